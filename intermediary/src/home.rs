//! The home folder: what lies where, readable by its owner only.

use crate::anchor::{self, Astray};
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
use tender_store::files::{self, absent_is_fine, rename_durably};

/// Something in the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A file or folder cannot be read or written.
    #[error("{0} cannot be read or written: {1}")]
    File(PathBuf, #[source] io::Error),
    /// A file does not say what it must.
    #[error("{0} cannot be understood: {1}")]
    Content(PathBuf, #[source] Unread),
    /// The tiers are impossible.
    #[error("{0} is refused: {1}")]
    Tiers(PathBuf, #[source] tier::Wrong),
    /// A file holds no key.
    #[error("{0} holds no usable key")]
    Key(PathBuf),
    /// The folder is no home.
    #[error("no intermediary in {0}; run init first")]
    Missing(PathBuf),
    /// What looks like an interrupted draft of a home is complete.
    #[error("a whole intermediary is in {0}; give it its name, or move it away")]
    Whole(PathBuf),
}

/// Everything that a configuration may say.
const EXAMPLE: &str = include_str!("../intermediary.example.toml");

/// `intermediary.toml`: what the operator decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The intermediary's name.
    pub name: String,
    /// Where wallets reach it, `host:port`; invitations carry it.
    pub listen: String,
    /// Where metrics are shown in plain HTTP, `host:port`, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// Whether the server tells what it can be asked.
    #[serde(default)]
    pub reflection: bool,
    /// The share of the disk that must be free for anything new to be begun; 0 asks for none.
    #[serde(default)]
    pub disk_free_percent: u8,
    /// Below this the vault is low, such as 10000.00; if it is not given, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_low: Option<String>,
    /// When the vault is low, currency is ordered to fill it to this; if it is not given, none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_fill: Option<String>,
    /// How much of the books' database is held in memory at most, such as 1 GiB, if somebody
    /// decided.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "written_cache")]
    pub store_cache: Option<Cache>,
}

/// The size of a cache as it is written.
mod written_cache {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use tender_store::Cache;

    #[allow(clippy::ref_option)] // The field is handed over like this.
    pub fn serialize<S: Serializer>(cache: &Option<Cache>, to: S) -> Result<S::Ok, S::Error> {
        match cache {
            Some(cache) => to.collect_str(cache),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Cache>, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom(format_args!("`store_cache` must be {}", Cache::RULE));
        Cache::parse(&text).map(Some).ok_or_else(wrong)
    }
}

impl Config {
    /// A name and an address, and nothing else.
    #[must_use]
    pub fn new(name: String, listen: String) -> Self {
        Self {
            name,
            listen,
            metrics: None,
            reflection: false,
            disk_free_percent: 0,
            vault_low: None,
            vault_fill: None,
            store_cache: None,
        }
    }

    /// How much of the books' database is held in memory at most.
    #[must_use]
    pub fn cache(&self) -> Cache {
        self.store_cache.unwrap_or(Cache::DEFAULT)
    }
}

/// What a new home is filled with.
pub struct Contents<'a> {
    /// The operator's decisions.
    pub config: &'a Config,
    /// What is handed to the issuer.
    pub application: &'a Application,
    /// Seed of the signing key.
    pub seed: &'a [u8; 32],
    /// Certificate authority of this tier.
    pub authority: &'a Credential,
    /// Our certificate towards wallets.
    pub server: &'a Credential,
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
        self.0.join("application.toml")
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
        draft.write("intermediary.toml", &explained(contents.config))?;
        draft.write("tiers.toml", tier::DEFAULT)?;
        draft.write("application.toml", &to_toml(contents.application))?;
        draft.write("keys/signing.hex", &hex::encode(contents.seed))?;
        draft.write("keys/authority.toml", &to_toml(contents.authority))?;
        draft.write("keys/server.toml", &to_toml(contents.server))?;
        fill(&draft)?;
        let renamed = rename_durably(&draft.0, &self.0);
        renamed.map_err(|error| Unusable::File(self.0.clone(), error).into())
    }

    /// The operator's decisions. Errors: [`Unusable`]; [`Unusable::Missing`] if there are none, for
    /// then this is no home.
    pub fn config(&self) -> Result<Config, Unusable> {
        self.read_toml("intermediary.toml").map_err(|unusable| match unusable {
            Unusable::File(_, error) if error.kind() == io::ErrorKind::NotFound => {
                Unusable::Missing(self.0.clone())
            }
            other => other,
        })
    }

    /// The tiers, with amounts of a currency with so many decimals. Errors: [`Unusable`].
    pub fn tiers(&self, decimals: u8) -> Result<Tiers, Unusable> {
        let text = self.read("tiers.toml")?;
        let wrong = |wrong| Unusable::Tiers(self.0.join("tiers.toml"), wrong);
        Tiers::parse(&text, decimals).map_err(wrong)
    }

    /// The seed of the signing key. Errors: [`Unusable`].
    pub fn seed(&self) -> Result<[u8; 32], Unusable> {
        let text = self.read("keys/signing.hex")?;
        let mut seed = [0; 32];
        let decoded = hex::decode_to_slice(text.trim(), &mut seed);
        decoded.map_err(|_| Unusable::Key(self.0.join("keys/signing.hex")))?;
        Ok(seed)
    }

    /// Certificate authority of this tier. Errors: [`Unusable`].
    pub fn authority(&self) -> Result<Credential, Unusable> {
        self.read_toml("keys/authority.toml")
    }

    /// Our certificate towards wallets. Errors: [`Unusable`].
    pub fn server(&self) -> Result<Credential, Unusable> {
        self.read_toml("keys/server.toml")
    }

    /// The public key, hex, with which the intermediary applied. Errors: [`Unusable`].
    pub fn applied_with(&self) -> Result<String, Unusable> {
        self.read_toml("application.toml").map(|application: Application| application.public_key)
    }

    /// What the issuer handed back, or `None` before the admission. Errors: [`Unusable`].
    pub fn admission(&self) -> Result<Option<Admission>, Unusable> {
        if self.0.join("admission.toml").exists() {
            self.read_toml("admission.toml").map(Some)
        } else {
            Ok(None)
        }
    }

    /// Keeps what the issuer handed back. Errors: [`Unusable`].
    pub fn keep_admission(&self, admission: &Admission) -> Result<(), Unusable> {
        self.write("admission.toml", &to_toml(admission))
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
        read_text(&self.0.join(name))
    }

    fn read_toml<T: for<'a> Deserialize<'a>>(&self, name: &str) -> Result<T, Unusable> {
        parse(&self.0.join(name), &self.read(name)?)
    }
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
    let written = files::write_private(path, text.as_bytes());
    written.map_err(|error| Unusable::File(path.to_owned(), error))
}

/// A new configuration, and what else can be written into it, as comments.
fn explained(config: &Config) -> String {
    let mut text = to_toml(config);
    for line in EXAMPLE.lines().filter(|line| !line.starts_with('#')) {
        let key = line.split('=').next().unwrap_or_default();
        if !text.lines().any(|known| known.starts_with(key)) {
            text = format!("{text}# {line}\n");
        }
    }
    text
}

/// Writes a structure as TOML.
pub fn to_toml(value: &impl Serialize) -> String {
    toml::to_string(value).expect("structures of strings and numbers are TOML")
}
