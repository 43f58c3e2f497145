//! Key files: their names, and the way through their envelopes.

use super::count::Uncounted;
use crate::home::Home;
use rand_core::CryptoRng;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tender_store::envelope::{Cost, Lock, Unopened};
use tender_store::files::write_private;
use tender_token::amount::Amount;
use tender_token::error::Error;
use tender_token::rsa;
use zeroize::Zeroizing;

/// Signs manifests and revocations; sealed under the root's passphrase.
pub(super) const ROOT: &str = "root.ed25519";
/// Signs receipts.
pub(super) const ISSUER: &str = "issuer.ed25519";
/// Makes challenges.
pub(super) const CHALLENGE: &str = "challenge.ristretto255";

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A key's file is not there.
    #[error(
        "the key `{name}` is missing: there is no {}; put it back from where the home's keys are \
         kept as a copy, since nothing makes it again",
        .path.display()
    )]
    Missing {
        /// The file's name.
        name: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// A key's file cannot be read.
    #[error("the key `{name}` cannot be read: {error}")]
    Unread {
        /// The file's name.
        name: String,
        /// What the file system says.
        error: std::io::Error,
    },
    /// A key's file cannot be written.
    #[error("the key `{name}` cannot be written: {error}")]
    Unwritten {
        /// The file's name.
        name: String,
        /// What the file system says.
        error: std::io::Error,
    },
    /// A key's envelope does not open.
    #[error("the key `{name}` cannot be opened: {why}")]
    Sealed {
        /// The file's name.
        name: String,
        /// Why.
        why: Unopened,
    },
    /// A key's file holds no key, or not the manifest's.
    #[error("the key `{0}` is not the one that the manifest names")]
    Foreign(String),
    /// A key does not answer its own test.
    #[error("the key `{0}` computes wrongly; do not use this machine until it is examined")]
    Faulty(String),
    /// Nobody knows how many signatures the keys have made.
    #[error(
        "the file `keys/signatures` cannot be used: {0}; nothing is signed, and all money is where \
         it was. Put the newest copy back. If there is none, `serve --recount` begins at what the \
         ledger owes"
    )]
    Uncounted(#[from] Uncounted),
    /// A key could not be made, or the manifest does not pass its own checks.
    #[error("the keys cannot be made: {0}")]
    Refused(#[from] Error),
}

pub(super) fn slot_key_name(series: u32) -> String {
    format!("slot-{series}.der")
}

pub(super) fn value_key_name(series: u32, value: Amount) -> String {
    format!("value-{series}-{}.der", value.minor_units())
}

/// Names of the key files of a series with these denominations.
pub fn series_keys(series: u32, values: &[Amount]) -> impl Iterator<Item = String> {
    let values = values.iter().map(move |value| value_key_name(series, *value));
    core::iter::once(slot_key_name(series)).chain(values)
}

/// Seals a secret and writes it into the home, for its owner only. Errors: [`Unusable::Unwritten`].
pub fn seal_key(
    home: &Home,
    name: &str,
    secret: &[u8],
    lock: &mut Lock,
    cost: Cost,
    rng: &mut impl CryptoRng,
) -> Result<(), Unusable> {
    seal_at(&home.key(name), name, secret, lock, cost, rng)
}

/// The same for a secret that waits beside the one of this name, until it takes the name.
/// Errors: [`Unusable::Unwritten`].
pub fn seal_waiting(
    home: &Home,
    name: &str,
    secret: &[u8],
    lock: &mut Lock,
    cost: Cost,
    rng: &mut impl CryptoRng,
) -> Result<(), Unusable> {
    seal_at(&home.waiting(name), name, secret, lock, cost, rng)
}

fn seal_at(
    path: &Path,
    name: &str,
    secret: &[u8],
    lock: &mut Lock,
    cost: Cost,
    rng: &mut impl CryptoRng,
) -> Result<(), Unusable> {
    let sealed = lock.seal(name, secret, cost, rng);
    let unwritten = |error| Unusable::Unwritten { name: name.to_owned(), error };
    write_private(path, &sealed).map_err(unwritten)
}

/// Reads a secret from the home and opens it. Errors: [`Unusable::Missing`],
/// [`Unusable::Unread`], [`Unusable::Sealed`].
pub fn open_key(home: &Home, name: &str, lock: &mut Lock) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    let sealed = home.read_key(name).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unusable::Missing { name: name.to_owned(), path: home.key(name) },
        _ => Unusable::Unread { name: name.to_owned(), error },
    })?;
    lock.open(name, &sealed).map_err(|why| Unusable::Sealed { name: name.to_owned(), why })
}

/// Opens a secret of 32 bytes. Errors: [`Unusable`].
pub(super) fn open_seed(
    home: &Home,
    name: &str,
    lock: &mut Lock,
) -> Result<Zeroizing<[u8; 32]>, Unusable> {
    let bytes = open_key(home, name, lock)?;
    let seed = bytes.as_slice().try_into().map_err(|_| Unusable::Foreign(name.to_owned()))?;
    Ok(Zeroizing::new(seed))
}

/// Opens an RSA key that must have this public half. Errors: [`Unusable`].
pub(super) fn open_rsa(
    home: &Home,
    name: String,
    public: &rsa::PublicKey,
    lock: &mut Lock,
) -> Result<rsa::SecretKey, Unusable> {
    match rsa::SecretKey::from_der(&open_key(home, &name, lock)?) {
        Ok(key) if key.public().modulus() == public.modulus() => Ok(key),
        Ok(_) | Err(_) => Err(Unusable::Foreign(name)),
    }
}
