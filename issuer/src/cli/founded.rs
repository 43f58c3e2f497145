//! A founded issuer: its home opened, its configuration read, its manifest checked.

use super::outcome::Failure;
use crate::config::Config;
use crate::home::Home;
use crate::office::Office;
use crate::rows::{Intermediaries, Intermediary, Membership};
use crate::signer::Signer;
use crate::store::Store;
use std::collections::BTreeMap;
use std::path::Path;
use tender_proto::certificate::Credential;
use tender_token::amount::Amount;
use tender_token::identity::RegistrarId;
use tender_token::signature::PublicKey;

/// The names under which certificates and their keys lie among the keys.
pub const AUTHORITY: &str = "authority.toml";
/// The server's certificate and key.
pub const SERVER: &str = "server.toml";
/// The operator's certificate and key.
pub const OPERATOR: &str = "operator.toml";
/// The root's public key, hex.
pub const ROOT_PUBLIC: &str = "root.pub";

/// A founded issuer.
#[derive(Debug)]
pub struct Founded {
    /// What it was founded with.
    pub config: Config,
    /// Its store, which no other process holds.
    pub store: Store,
}

impl Founded {
    /// Opens the home. Errors: no issuer is founded here, or its files cannot be used.
    pub fn open(home: &Home) -> Result<Self, Failure> {
        Ok(Self { config: read_config_of(home)?, store: Store::open(&home.directory())? })
    }

    /// The same over a store that does not have its name yet. Errors: the configuration's.
    pub fn over(home: &Home, store: Store) -> Result<Self, Failure> {
        Ok(Self { config: read_config(&home.config())?, store })
    }

    /// Loads the keys too. Errors: manifest or keys cannot be used.
    pub fn office(&self, home: &Home) -> Result<Office, Failure> {
        let trust = self.store.trust()?;
        let manifest = trust
            .verify(&read_root(home)?)
            .map_err(|error| Failure::fault(format!("the stored manifest is unusable: {error}")))?;
        let signer = Signer::load(home, &manifest)?;
        let sessions_per_day = self.config.sessions_per_day;
        Ok(Office { trust, manifest, signer, sessions_per_day })
    }

    /// Every intermediary that may call: admitted, and not suspended. Errors: the store's.
    pub fn intermediaries(&self) -> Result<BTreeMap<RegistrarId, Intermediary>, Failure> {
        let mut all = BTreeMap::new();
        self.store.scan::<Intermediaries>(|id, row| {
            if row.standing == Membership::Admitted {
                all.insert(id, row);
            }
        })?;
        Ok(all)
    }
}

/// Reads an amount of the currency. Errors: wrong usage.
pub fn read_amount(config: &Config, text: &str) -> Result<Amount, Failure> {
    let decimals = config.decimals;
    Amount::parse_decimal(text, decimals).ok_or_else(|| {
        Failure::usage(format!("`{text}` is no amount with at most {decimals} decimals"))
    })
}

/// Reads the configuration of a founded issuer. Errors: none is founded here, or it cannot be used.
pub fn read_config_of(home: &Home) -> Result<Config, Failure> {
    if !home.has_store() {
        let folder = home.folder().display();
        return Err(Failure::usage(if home.config().exists() {
            format!("the store of the issuer in {folder} is missing; restore it from a copy")
        } else {
            format!("no issuer is founded in {folder}; run init first")
        }));
    }
    read_config(&home.config())
}

fn read_config(path: &Path) -> Result<Config, Failure> {
    let text = read_text(path)?;
    Config::parse(&text).map_err(|error| Failure::usage(error.to_string()))
}

/// Reads the root's public key. Errors: a failure that names the file.
fn read_root(home: &Home) -> Result<PublicKey, Failure> {
    let path = home.key(ROOT_PUBLIC);
    let mut root = [0; 32];
    match hex::decode_to_slice(read_text(&path)?, &mut root) {
        Ok(()) => Ok(PublicKey(root)),
        Err(_) => Err(Failure::fault(format!("{} is no key in hex", path.display()))),
    }
}

/// Reads a text file. Errors: those of [`file_failure`].
pub fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| file_failure(path, &error))
}

/// Reads a certificate and its key. Errors: a failure that names the file.
pub fn read_credential(home: &Home, name: &str) -> Result<Credential, Failure> {
    let path = home.key(name);
    let text = zeroize::Zeroizing::new(read_text(&path)?);
    toml::from_str(&text)
        .map_err(|_| Failure::fault(format!("{} is no certificate with its key", path.display())))
}

/// A failure that names the file: wrong usage if nothing is there, else a fault.
pub fn file_failure(path: &Path, error: &std::io::Error) -> Failure {
    let sentence = format!("{} cannot be read or written: {error}", path.display());
    match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(sentence),
        _ => Failure::fault(sentence),
    }
}
