//! The keys of the personal records: one file, a fixed slot for each, so that destroying a key is
//! writing zeros over it.
//!
//! ```text
//! file = slots; the slot of customer n's record is number 2n, of what law keeps of it 2n + 1
//! slot = key(32) || check(8)          all zeros: there is no key, or it was destroyed
//! check = first 8 bytes of SHA-256("tender/person-key/1" || u64 slot || key)
//! sealed = nonce(24) || XChaCha20-Poly1305(record), with "tender/person/1" || u64 slot
//! ```
//!
//! Without its key a sealed record is noise, in the store, in every copy of it and in whatever the
//! disk has not overwritten yet. So this file is no part of the store and of its copies.

use crate::rows::CustomerId;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tender_store::files::{create_private, sync_folder};
use zeroize::Zeroizing;

/// Name of the file in the home folder.
pub const NAME: &str = "persons.keys";

const KEY_BYTES: usize = 32;
const CHECK_BYTES: usize = 8;
const SLOT_BYTES: usize = KEY_BYTES + CHECK_BYTES;
const SLOT_LENGTH: u64 = 40;
const NONCE_BYTES: usize = 24;
const CHECK_LABEL: &[u8] = b"tender/person-key/1";
const RECORD_LABEL: &[u8] = b"tender/person/1";

/// Why a personal record cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The file cannot be read or written.
    #[error("{0} cannot be read or written: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// The file is not there.
    #[error("{0} is missing, the keys of what is known of customers; put its newest copy back")]
    Gone(PathBuf),
    /// A slot's check does not fit its key.
    #[error("the key of customer {0}'s record is damaged; the record cannot be read any more")]
    Damaged(u64),
    /// The key is no longer there, or is not the one that sealed the record.
    #[error("the key of customer {0}'s record is not in persons.keys; the record cannot be read")]
    NoKey(u64),
}

/// One of a customer's two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The person as we know it.
    Record(CustomerId),
    /// What law wants kept after the account is closed.
    Kept(CustomerId),
}

impl Slot {
    fn customer(self) -> CustomerId {
        match self {
            Self::Record(customer) | Self::Kept(customer) => customer,
        }
    }

    fn number(self) -> u64 {
        let first = self.customer().0.checked_mul(2).expect("customers are counted one by one");
        match self {
            Self::Record(_) => first,
            Self::Kept(_) => first.saturating_add(1),
        }
    }

    fn offset(self) -> u64 {
        self.number().checked_mul(SLOT_LENGTH).expect("customers are counted one by one")
    }
}

/// The file, which is opened whenever a key is needed: whoever needs none goes on without it, and
/// who puts a copy in its place is not left behind.
#[derive(Clone, Debug)]
pub struct Keys {
    path: PathBuf,
}

impl Keys {
    /// Makes the file, empty, for its owner only. Errors: [`Unreadable::File`].
    pub fn create(folder: &Path) -> Result<(), Unreadable> {
        let path = folder.join(NAME);
        let made = create_private(&path).and_then(|file| file.sync_all());
        let made = made.and_then(|()| sync_folder(folder));
        made.map_err(|error| Unreadable::File(path, error))
    }

    /// The file in a folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { path: folder.join(NAME) }
    }

    /// Seals a record under a key of its own: the one that is there, else a fresh one, which is
    /// durable before this returns. Errors: [`Unreadable`].
    pub fn seal(
        &self,
        slot: Slot,
        record: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Unreadable> {
        let key = match self.read(slot)? {
            Some(key) => key,
            None => self.make(slot, rng)?,
        };
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let payload = Payload { msg: record, aad: &associated(slot) };
        let cipher = XChaCha20Poly1305::new((&*key).into());
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.expect("a record is far shorter than the cipher's limit");
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens a sealed record. Errors: [`Unreadable`].
    pub fn unseal(&self, slot: Slot, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        let no_key = || Unreadable::NoKey(slot.customer().0);
        let key = self.read(slot)?.ok_or_else(no_key)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(no_key)?;
        let payload = Payload { msg: sealed, aad: &associated(slot) };
        let cipher = XChaCha20Poly1305::new((&*key).into());
        let record = cipher.decrypt(&XNonce::from(*nonce), payload);
        record.map(Zeroizing::new).map_err(|_| no_key())
    }

    /// Destroys a key: zeros stand in its place, durably, before this returns. Doing so again
    /// changes nothing. Errors: [`Unreadable::File`].
    pub fn destroy(&self, slot: Slot) -> Result<(), Unreadable> {
        self.write(slot, &[0; SLOT_BYTES])
    }

    fn make(
        &self,
        slot: Slot,
        rng: &mut impl CryptoRng,
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, Unreadable> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rng.fill_bytes(&mut *key);
        let mut bytes = Zeroizing::new([0; SLOT_BYTES]);
        let (first, second) = bytes.split_at_mut(KEY_BYTES);
        first.copy_from_slice(&*key);
        second.copy_from_slice(&check(slot, &key));
        self.write(slot, &bytes)?;
        Ok(key)
    }

    fn open(&self) -> std::io::Result<File> {
        OpenOptions::new().read(true).write(true).open(&self.path)
    }

    fn read(&self, slot: Slot) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, Unreadable> {
        let failed = |error| self.failed(error);
        let file = self.open().map_err(failed)?;
        let end = slot.offset().saturating_add(SLOT_LENGTH);
        if file.metadata().map_err(failed)?.len() < end {
            return Ok(None);
        }
        let mut bytes = Zeroizing::new([0; SLOT_BYTES]);
        file.read_exact_at(&mut *bytes, slot.offset()).map_err(failed)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let (first, second) = bytes.split_at(KEY_BYTES);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        key.copy_from_slice(first);
        if second == check(slot, &key) {
            Ok(Some(key))
        } else {
            Err(Unreadable::Damaged(slot.customer().0))
        }
    }

    fn write(&self, slot: Slot, bytes: &[u8; SLOT_BYTES]) -> Result<(), Unreadable> {
        let written = self.open().and_then(|file| {
            file.write_all_at(bytes, slot.offset())?;
            file.sync_all()
        });
        written.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> Unreadable {
        if error.kind() == std::io::ErrorKind::NotFound {
            Unreadable::Gone(self.path.clone())
        } else {
            Unreadable::File(self.path.clone(), error)
        }
    }
}

fn check(slot: Slot, key: &[u8; KEY_BYTES]) -> [u8; CHECK_BYTES] {
    let mut hash = Sha256::new();
    hash.update(CHECK_LABEL);
    hash.update(slot.number().to_be_bytes());
    hash.update(key);
    let digest: [u8; 32] = hash.finalize().into();
    let mut check = [0; CHECK_BYTES];
    check.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    check
}

fn associated(slot: Slot) -> Vec<u8> {
    [RECORD_LABEL, &slot.number().to_be_bytes()[..]].concat()
}
