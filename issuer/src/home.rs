//! The home folder: where the configuration, the keys and the store lie, and who may read them.

use crate::store::{self, Directory};
use std::fs::{File, canonicalize, read, read_dir, read_to_string, remove_file};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};
use tender_store::files::{
    absent_is_fine, clear_folder, create_folder, create_private, rename_durably, write_private,
};
use zeroize::Zeroizing;

const SERVING: &str = "serving";
/// A copy of the store for whoever gives a command beside the home while a server runs.
const ASIDE: &str = "audited";
/// The root's public key, hex.
pub const ROOT_PUBLIC: &str = "root.pub";

/// What an anchor remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchored {
    /// How far the store had come when it was served.
    Served,
    /// How far it had come when its log was given to somebody outside.
    Published,
}

impl Anchored {
    /// All that a home may remember.
    pub const ALL: [Self; 2] = [Self::Served, Self::Published];

    const fn name(self) -> &'static str {
        match self {
            Self::Served => "anchor",
            Self::Published => "anchor-published",
        }
    }
}

/// What a folder turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An issuer's home, also one that has lost its store.
    Issuer,
    /// An intermediary's home.
    Intermediary,
    /// A copy of a store.
    Copy,
    /// None of these.
    Nothing,
}

/// An issuer's home folder.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// The home at this place, whether it exists or not.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether there is anything that a founding could destroy: everything but an empty folder.
    /// Errors: the file system's.
    pub fn is_taken(&self) -> Result<bool> {
        match read_dir(&self.folder) {
            Ok(mut entries) => Ok(entries.next().is_some()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The home under which a founding is prepared, `<home>.new`, whether it exists or not.
    #[must_use]
    pub fn draft(&self) -> Self {
        let place = self.place();
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        Self::new(place.with_file_name(name))
    }

    /// Lets every other founding beside this home wait until the result is dropped, so that no two
    /// write into one draft. Errors: the file system's.
    pub fn alone(&self) -> Result<File> {
        let place = self.place();
        let beside = place.parent().filter(|beside| !beside.as_os_str().is_empty());
        let beside = File::open(beside.unwrap_or(Path::new(".")))?;
        beside.lock()?;
        Ok(beside)
    }

    /// Creates the draft's folders, for their owner only, instead of what an interrupted founding
    /// left there. Errors: the file system's.
    pub fn create(&self) -> Result<()> {
        create_folder(&self.folder)?;
        create_folder(&self.folder.join("keys"))
    }

    /// Gives a complete draft this home's name: a crash leaves no home or a whole one.
    /// Errors: the file system's.
    pub fn establish(&self, draft: &Self) -> Result<()> {
        rename_durably(&draft.folder, &self.place())
    }

    /// The folder without links and dots, as far as it exists.
    fn place(&self) -> PathBuf {
        canonicalize(&self.folder).unwrap_or_else(|_| self.folder.clone())
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the store is there. In a draft it comes last.
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.folder.join(store::NAME).exists()
    }

    /// Whether the store's annex is there, also without the store.
    #[must_use]
    pub fn has_annex(&self) -> bool {
        self.folder.join(store::ANNEX).exists()
    }

    /// What the folder is. Errors: the file system's, also if it lets nobody look.
    pub fn found(&self) -> Result<Found> {
        let has = |path: PathBuf| path.try_exists();
        Ok(if has(self.key(ROOT_PUBLIC))? {
            Found::Issuer
        } else if has(self.folder.join("intermediary.toml"))? {
            Found::Intermediary
        } else if has(self.folder.join(store::NAME))? {
            Found::Copy
        } else {
            Found::Nothing
        })
    }

    /// An issuer's home in this folder, for whoever named the folder around it.
    #[must_use]
    pub fn inside(&self) -> Option<PathBuf> {
        let mut found: Vec<_> = read_dir(&self.folder).ok()?.flatten().collect();
        found.sort_by_key(std::fs::DirEntry::file_name);
        let mut homes = found.into_iter().map(|entry| Self::new(entry.path()));
        let is_home = |home: &Self| {
            let is_issuer = home.found().is_ok_and(|found| found == Found::Issuer);
            is_issuer && home.has_store() && home.config().exists()
        };
        homes.find(is_home).map(|home| home.folder)
    }

    /// Where the store lies.
    #[must_use]
    pub fn directory(&self) -> Directory {
        Directory::new(&self.folder)
    }

    /// What an anchor says. Errors: the file system's; there is none before the first service.
    pub fn read_anchor(&self, what: Anchored) -> Result<String> {
        read_to_string(self.folder.join(what.name()))
    }

    /// Replaces an anchor. Errors: the file system's.
    pub fn write_anchor(&self, what: Anchored, text: &str) -> Result<()> {
        write_private(&self.folder.join(what.name()), text.as_bytes())
    }

    /// Where the server listens that serves now, or that served last. Errors: the file system's.
    pub fn read_serving(&self) -> Result<String> {
        read_to_string(self.folder.join(SERVING))
    }

    /// Leaves the server's address for the operator's commands. Errors: the file system's.
    pub fn write_serving(&self, address: &str) -> Result<()> {
        write_private(&self.folder.join(SERVING), address.as_bytes())
    }

    /// Copies a file into the home under this name, synced. Errors: the file system's.
    pub fn copy_in(&self, mut source: File, name: &str) -> Result<()> {
        let mut copy = create_private(&self.folder.join(name))?;
        std::io::copy(&mut source, &mut copy)?;
        copy.sync_all()
    }

    /// Removes a file of the home, if it is there. Errors: the file system's.
    pub fn remove(&self, name: &str) -> Result<()> {
        absent_is_fine(remove_file(self.folder.join(name)))
    }

    /// A place in the home for a copy of the store that is soon removed again.
    /// Errors: the file system's.
    pub fn aside(&self) -> Result<PathBuf> {
        std::path::absolute(self.folder.join(ASIDE))
    }

    /// The same place, where nothing is any more. Errors: the file system's.
    pub fn free_aside(&self) -> Result<PathBuf> {
        let place = self.aside()?;
        clear_folder(&place)?;
        Ok(place)
    }

    /// The configuration that the issuer was founded with.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.join("issuer.toml")
    }

    /// A key's file.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.join("keys").join(name)
    }

    /// The names of all files among the keys. Errors: the file system's.
    pub fn key_names(&self) -> Result<Vec<String>> {
        let names = read_dir(self.folder.join("keys"))?.map(|entry| Ok(entry?.file_name()));
        let names: Vec<_> = names.collect::<Result<_>>()?;
        Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
    }

    /// Where something waits that takes the name of a file among the keys later.
    #[must_use]
    pub fn waiting(&self, name: &str) -> PathBuf {
        self.key(&format!("{name}.next"))
    }

    /// Lets what waits take its name. Errors: the file system's.
    pub fn take_name(&self, name: &str) -> Result<()> {
        rename_durably(&self.waiting(name), &self.key(name))
    }

    /// Reads a key's file; the bytes are wiped when dropped. Errors: the file system's.
    pub fn read_key(&self, name: &str) -> Result<Zeroizing<Vec<u8>>> {
        read(self.key(name)).map(Zeroizing::new)
    }
}
