//! The home folder: what lies where, readable by its owner only.

mod config;
mod joined;

pub use config::{Config, Wrong};
pub use joined::Joined;

use crate::anchor::{self, Astray};
use crate::signer::{Key, Sealed, Signer, open_signer};
use crate::store::{self, Directory, Store};
use crate::tier::{self, Tiers};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use tender_proto::admission::{Admission, Application};
use tender_proto::certificate::Credential;
use tender_proto::unread::Unread;
use tender_store::Cache;
use tender_store::envelope::{Lock, Unopened};
use tender_store::files::{self, absent_is_fine, rename_durably};
use tender_token::identity::RegistrarId;

/// Something in the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A file or folder cannot be read or written.
    #[error("{0} cannot be read or written: {1}")]
    File(PathBuf, #[source] io::Error),
    /// A part of the home is not there.
    #[error("{0} is missing, {what}; put its copy back", what = part(.0))]
    Gone(PathBuf),
    /// A file does not say what it must.
    #[error("{0} cannot be understood: {1}")]
    Content(PathBuf, #[source] Unread),
    /// The tiers are impossible.
    #[error("{0} is refused: {1}")]
    Tiers(PathBuf, #[source] tier::Wrong),
    /// The key in a file does not open.
    #[error("the key in {0} cannot be opened: {1}")]
    Sealed(PathBuf, #[source] Unopened),
    /// The signing key is not the one that the application names.
    #[error("{0} is not the key that this intermediary applied with: restore it")]
    Foreign(PathBuf),
    /// A setting of the configuration is impossible.
    #[error("{0} is refused: {1}")]
    Setting(PathBuf, #[source] Wrong),
    /// The folder is no home.
    #[error("no intermediary in {0}; run init first")]
    Missing(PathBuf),
    /// What looks like an interrupted draft of a home is complete.
    #[error("a whole intermediary is in {0}; give it its name, or move it away")]
    Whole(PathBuf),
}

impl Unusable {
    /// Whether it may work when it is tried again, with the same files.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        match self {
            Self::File(_, error) => !matches!(
                error.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::InvalidData
            ),
            Self::Gone(_)
            | Self::Content(..)
            | Self::Tiers(..)
            | Self::Sealed(..)
            | Self::Foreign(_)
            | Self::Setting(..)
            | Self::Missing(_)
            | Self::Whole(_) => false,
        }
    }
}

const SIGNING: &str = "keys/signing.ed25519";
const AUTHORITY: &str = "keys/authority.toml";
const SERVER: &str = "keys/server.toml";
const ADMISSION: &str = "admission.toml";
const APPLICATION: &str = "application.toml";
const CONFIG: &str = "intermediary.toml";
const TIERS: &str = "tiers.toml";

/// What the parts are, for whoever misses one.
const PARTS: [(&str, &str); 6] = [
    (CONFIG, "the configuration of the intermediary"),
    (TIERS, "which says what customers may do"),
    (APPLICATION, "which names the key that the intermediary applied with"),
    (SIGNING, "the key that the intermediary vouches and orders with"),
    (AUTHORITY, "the authority that wallets know the intermediary by"),
    (SERVER, "the certificate towards wallets"),
];

/// What a new home is filled with.
pub struct Contents<'a> {
    /// The operator's decisions.
    pub config: &'a Config,
    /// What is handed to the issuer.
    pub application: &'a Application,
    /// The sealed seed of the signing key.
    pub seed: &'a [u8],
    /// Certificate authority of this tier.
    pub authority: &'a Sealed,
    /// Our certificate towards wallets.
    pub server: &'a Sealed,
}

/// A home folder.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// The folder at a path.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Whether anything is there.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Opens the books as their only writer, and remembers how far they have come. Every command
    /// that has the books itself comes by here. Errors: [`Astray`].
    pub fn open_books(&self) -> Result<Store, Astray> {
        if !self.has_store() {
            return Err(Astray::Missing(self.0.clone()));
        }
        // Every command reads the configuration before, and says what is wrong with it.
        let cache = self.config().map_or(Cache::DEFAULT, |config| config.cache());
        let books = Store::open_with(&self.directory(), cache)?.fenced(&self.0)?;
        anchor::check(&self.0, &books)?;
        anchor::raise(&self.0, &books)?;
        Ok(books)
    }

    /// Where the books lie.
    #[must_use]
    pub fn directory(&self) -> Directory {
        Directory::new(&self.0)
    }

    /// Whether the books are there. In a draft they come last.
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.0.join(store::NAME).exists()
    }

    /// What is handed to the issuer.
    #[must_use]
    pub fn application(&self) -> PathBuf {
        self.0.join(APPLICATION)
    }

    /// Makes the folder with everything in it, under a draft name until it is complete: a crash
    /// leaves either no home or a complete one. `fill` makes the books in it. Errors: [`Unusable`]
    /// and those of `fill`.
    pub fn create<E: From<Unusable>>(
        &self,
        contents: &Contents<'_>,
        fill: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut name = self.0.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let draft = Self(self.0.with_file_name(name));
        if draft.has_store() {
            return Err(Unusable::Whole(draft.0).into());
        }
        absent_is_fine(fs::remove_dir_all(&draft.0))
            .map_err(|error| Unusable::File(draft.0.clone(), error))?;
        draft.make_folder("")?;
        draft.make_folder("keys")?;
        draft.write(CONFIG, &contents.config.explained())?;
        draft.write(TIERS, tier::DEFAULT)?;
        draft.write(APPLICATION, &to_toml(contents.application))?;
        write_bytes(&draft.0.join(SIGNING), contents.seed)?;
        draft.write(AUTHORITY, &to_toml(contents.authority))?;
        draft.write(SERVER, &to_toml(contents.server))?;
        fill(&draft)?;
        let renamed = rename_durably(&draft.0, &self.0);
        renamed.map_err(|error| Unusable::File(self.0.clone(), error).into())
    }

    /// The operator's decisions. Errors: [`Unusable`]; [`Unusable::Missing`] if there are none, for
    /// then this is no home.
    pub fn config(&self) -> Result<Config, Unusable> {
        let config: Config = self.read_toml(CONFIG).map_err(|unusable| match unusable {
            Unusable::Gone(_) if !self.has_parts() => Unusable::Missing(self.0.clone()),
            other => other,
        })?;
        match config.check() {
            Ok(()) => Ok(config),
            Err(wrong) => Err(Unusable::Setting(self.0.join(CONFIG), wrong)),
        }
    }

    /// The tiers, with amounts of a currency with so many decimals. Errors: [`Unusable`].
    pub fn tiers(&self, decimals: u8) -> Result<Tiers, Unusable> {
        let text = self.read(TIERS)?;
        let wrong = |wrong| Unusable::Tiers(self.0.join(TIERS), wrong);
        Tiers::parse(&text, decimals).map_err(wrong)
    }

    /// The signing key, which must be the one that we applied with. Errors: [`Unusable`].
    pub fn signer(&self, lock: &mut Lock) -> Result<Signer, Unusable> {
        let path = self.0.join(SIGNING);
        let sealed = fs::read(&path).map_err(|error| unread(&path, error))?;
        let signer = open_signer(&sealed, lock).map_err(sealed_in(&path))?;
        let is_ours = self.registrar()? == signer.registrar();
        if is_ours { Ok(signer) } else { Err(Unusable::Foreign(path)) }
    }

    /// The certificate of this tier's authority, PEM. Errors: [`Unusable`].
    pub fn authority(&self) -> Result<String, Unusable> {
        self.read_toml(AUTHORITY).map(|sealed: Sealed| sealed.certificate)
    }

    /// Our certificate towards wallets. Errors: [`Unusable`].
    pub fn server(&self, lock: &mut Lock) -> Result<Credential, Unusable> {
        let sealed: Sealed = self.read_toml(SERVER)?;
        sealed.open(Key::Server, lock).map_err(sealed_in(&self.0.join(SERVER)))
    }

    /// Our name in registrations: the public key with which we applied. Errors: [`Unusable`].
    pub fn registrar(&self) -> Result<RegistrarId, Unusable> {
        let Application { public_key, .. } = self.read_toml(APPLICATION)?;
        let mut registrar = [0; 32];
        let decoded = hex::decode_to_slice(&public_key, &mut registrar);
        decoded.map_err(|_| Unusable::Foreign(self.application()))?;
        Ok(RegistrarId(registrar))
    }

    /// What the issuer handed back, or `None` before the admission. Errors: [`Unusable`].
    pub fn joined(&self) -> Result<Option<Joined>, Unusable> {
        let is_there = self.0.join(ADMISSION).exists();
        is_there.then(|| self.read_toml(ADMISSION)).transpose()
    }

    /// The same with its key. Errors: [`Unusable`].
    pub fn admission(&self, joined: &Joined, lock: &mut Lock) -> Result<Admission, Unusable> {
        joined.open(lock).map_err(sealed_in(&self.0.join(ADMISSION)))
    }

    /// Keeps what the issuer handed back. Errors: [`Unusable`].
    pub fn keep_admission(&self, joined: &Joined) -> Result<(), Unusable> {
        self.write(ADMISSION, &to_toml(joined))
    }

    fn make_folder(&self, name: &str) -> Result<(), Unusable> {
        let path = self.0.join(name);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| Unusable::File(path, error))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Unusable> {
        write_private(&self.0.join(name), text)
    }

    fn read(&self, name: &str) -> Result<String, Unusable> {
        let path = self.0.join(name);
        fs::read_to_string(&path).map_err(|error| unread(&path, error))
    }

    /// Whether anything of a home is in the folder beside a configuration.
    fn has_parts(&self) -> bool {
        [APPLICATION, SIGNING, store::NAME].iter().any(|name| self.0.join(name).exists())
    }

    fn read_toml<T: for<'a> Deserialize<'a>>(&self, name: &str) -> Result<T, Unusable> {
        parse(&self.0.join(name), &self.read(name)?)
    }
}

/// Why a part of the home cannot be read.
fn unread(path: &Path, error: io::Error) -> Unusable {
    if error.kind() == io::ErrorKind::NotFound {
        Unusable::Gone(path.to_owned())
    } else {
        Unusable::File(path.to_owned(), error)
    }
}

/// What a part of the home is.
fn part(path: &Path) -> &'static str {
    let known = PARTS.iter().find(|(name, _)| path.ends_with(name));
    known.map_or("a part of the home", |(_, what)| what)
}

/// Reads a file. Errors: [`Unusable`].
pub fn read_text(path: &Path) -> Result<String, Unusable> {
    fs::read_to_string(path).map_err(|error| Unusable::File(path.to_owned(), error))
}

/// Reads the contents of a file. Errors: [`Unusable`].
pub fn parse<T: for<'a> Deserialize<'a>>(path: &Path, text: &str) -> Result<T, Unusable> {
    let unread = |error| Unusable::Content(path.to_owned(), Unread::new(&error, text));
    toml::from_str(text).map_err(unread)
}

/// Writes a file that only its owner may read; a crash leaves the old one or the new one.
/// Errors: [`Unusable`].
pub fn write_private(path: &Path, text: &str) -> Result<(), Unusable> {
    write_bytes(path, text.as_bytes())
}

fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Unusable> {
    let written = files::write_private(path, bytes);
    written.map_err(|error| Unusable::File(path.to_owned(), error))
}

fn sealed_in(path: &Path) -> impl FnOnce(Unopened) -> Unusable {
    let path = path.to_owned();
    |why| Unusable::Sealed(path, why)
}

/// Writes a structure as TOML.
pub fn to_toml(value: &impl Serialize) -> String {
    toml::to_string(value).expect("structures of strings and numbers are TOML")
}
