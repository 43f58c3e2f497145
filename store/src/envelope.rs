//! The envelope: how a secret lies on a disk, sealed under a passphrase.
//!
//! ```text
//! file = "tender/sealed" || u8 1 || u32 memory_kib || u32 passes || salt(16) || nonce(24)
//!        || XChaCha20-Poly1305(secret)
//! key  = Argon2id(passphrase, salt, memory_kib, passes, 1 lane), 32 bytes      (RFC 9106)
//! ```
//!
//! The header and a name are authenticated with the secret, so a file that was put into the place
//! of another one, or whose cost was lowered, does not open. The name of a key in a home is that of
//! its file; officers call their files as they like, and one word is the name of all their keys.
//! The cost in a header is bounded before any work is done for it.

use rand_core::CryptoRng;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

const MAGIC: [u8; 13] = *b"tender/sealed";
const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = MAGIC.len() + 1 + 4 + 4 + SALT_BYTES + NONCE_BYTES;
const MEMORY_KIB: core::ops::RangeInclusive<u32> = 8_192..=1_048_576;
const PASSES: core::ops::RangeInclusive<u32> = 1..=16;

/// What one guess of a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Cost {
    /// What the example of a configuration says, for keys that no configuration is at hand for.
    pub const USUAL: Self = Self { memory_kib: 65_536, passes: 3 };

    /// A cost of 8 MiB to 1 GiB of memory and 1 to 16 passes over it. `None` for any other.
    #[must_use]
    pub fn new(memory_kib: u32, passes: u32) -> Option<Self> {
        let sane = MEMORY_KIB.contains(&memory_kib) && PASSES.contains(&passes);
        sane.then_some(Self { memory_kib, passes })
    }

    /// The memory of a guess, in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// How often a guess goes over it.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }
}

/// Why an envelope does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// It is no envelope, or it is cut short.
    #[error("it is no sealed key")]
    NoEnvelope,
    /// It was written by another version.
    #[error("it is sealed in version {0}, and this program opens version {VERSION} only")]
    Version(u8),
    /// Its header demands more or less work than any key of ours.
    #[error("its header demands a cost that no key is sealed with")]
    Cost,
    /// The passphrase is wrong, or the file is not what it was. The two look the same.
    #[error("the passphrase is wrong, or the file was changed or holds another key")]
    Wrong,
}

/// A passphrase and the keys that were derived from it. Everything in it is wiped when dropped.
///
/// Whatever is sealed by one lock shares a salt and has a nonce of its own, so that a command that
/// opens many keys derives once.
pub struct Lock {
    passphrase: Zeroizing<Vec<u8>>,
    derived: BTreeMap<([u8; SALT_BYTES], Cost), Zeroizing<[u8; 32]>>,
    salt: Option<[u8; SALT_BYTES]>,
}

impl core::fmt::Debug for Lock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Lock(redacted)")
    }
}

impl Lock {
    /// The lock of a passphrase. `None` for an empty one.
    #[must_use]
    pub fn new(passphrase: Zeroizing<Vec<u8>>) -> Option<Self> {
        let given = !passphrase.is_empty();
        given.then(|| Self { passphrase, derived: BTreeMap::new(), salt: None })
    }

    /// Whether somebody who knows one of two passphrases knows both.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.passphrase == other.passphrase
    }

    /// Seals a secret under a name, such as that of its file.
    pub fn seal(
        &mut self,
        name: &str,
        secret: &[u8],
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let salt = *self.salt.get_or_insert_with(|| {
            let mut salt = [0; SALT_BYTES];
            rng.fill_bytes(&mut salt);
            salt
        });
        let mut file = Vec::with_capacity(HEADER_BYTES);
        file.extend(MAGIC);
        file.push(VERSION);
        file.extend(cost.memory_kib.to_be_bytes());
        file.extend(cost.passes.to_be_bytes());
        file.extend(salt);
        file.extend(nonce);
        let associated = associated(&file, name);
        let payload = Payload { msg: secret, aad: &associated };
        let sealed = self.cipher(salt, cost).encrypt(&XNonce::from(nonce), payload);
        file.extend(sealed.expect("a key is shorter than the cipher's 256 GiB"));
        file
    }

    /// Opens what was sealed under this name. Errors: [`Unopened`].
    pub fn open(&mut self, name: &str, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (header, sealed) = file.split_at_checked(HEADER_BYTES).ok_or(Unopened::NoEnvelope)?;
        let fields = header.strip_prefix(&MAGIC).ok_or(Unopened::NoEnvelope)?;
        let Some((&[version], fields)) = fields.split_first_chunk::<1>() else {
            return Err(Unopened::NoEnvelope);
        };
        if version != VERSION {
            return Err(Unopened::Version(version));
        }
        let (memory_kib, fields) = fields.split_first_chunk().ok_or(Unopened::NoEnvelope)?;
        let (passes, fields) = fields.split_first_chunk().ok_or(Unopened::NoEnvelope)?;
        let (salt, nonce) = fields.split_first_chunk().ok_or(Unopened::NoEnvelope)?;
        let nonce: &[u8; NONCE_BYTES] = nonce.try_into().map_err(|_| Unopened::NoEnvelope)?;
        let cost = Cost::new(u32::from_be_bytes(*memory_kib), u32::from_be_bytes(*passes));
        let cipher = self.cipher(*salt, cost.ok_or(Unopened::Cost)?);
        let payload = Payload { msg: sealed, aad: &associated(header, name) };
        let secret = cipher.decrypt(&XNonce::from(*nonce), payload);
        secret.map(Zeroizing::new).map_err(|_| Unopened::Wrong)
    }

    fn cipher(&mut self, salt: [u8; SALT_BYTES], cost: Cost) -> XChaCha20Poly1305 {
        let passphrase = &self.passphrase;
        let key = self.derived.entry((salt, cost)).or_insert_with(|| {
            let parameters = Params::new(cost.memory_kib, cost.passes, 1, Some(32))
                .expect("the bounds of a cost are within Argon2's");
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
            let mut key = Zeroizing::new([0; 32]);
            argon2
                .hash_password_into(passphrase, &salt, &mut *key)
                .expect("the lengths of passphrase, salt and key are within Argon2's");
            key
        });
        XChaCha20Poly1305::new((&**key).into())
    }
}

fn associated(header: &[u8], name: &str) -> Vec<u8> {
    [header, name.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
