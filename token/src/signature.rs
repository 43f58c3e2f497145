//! Ed25519 signatures, verified strictly and always over a labelled hash (`[F5]`, RFC 8032).

use crate::encode::{Decode, Encode, Reader, Writer, head};
use crate::error::{Error, Result};
use crate::transcript::{Label, x};
use ed25519_dalek::Signer as _;

/// An Ed25519 public key as it stands in a structure: 32 bytes, checked when it is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Verifies a signature over `X(label, data)`: canonical S, key and R not of small order,
    /// equation without cofactor. Errors: `E_AUTH`.
    pub fn verify(&self, label: Label, data: &[&[u8]], signature: &Signature) -> Result<()> {
        self.verify_digest(&x(label, data), signature)
    }

    /// Verifies a signature over a 64-byte digest that the caller has made. Errors: `E_AUTH`.
    pub fn verify_digest(&self, digest: &[u8; 64], signature: &Signature) -> Result<()> {
        self.verify_text(digest, signature)
    }

    /// Verifies a signature over the text of a checkpoint, as strictly. Errors: `E_AUTH`.
    pub(crate) fn verify_text(&self, text: &[u8], signature: &Signature) -> Result<()> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.key()?.verify_strict(text, &signature).map_err(|_| Error::Auth)
    }

    /// Refuses keys that are no point or of small order. Errors: `E_AUTH`.
    pub fn check(&self) -> Result<()> {
        self.key().map(|_| ())
    }

    fn key(&self) -> Result<ed25519_dalek::VerifyingKey> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_| Error::Auth)?;
        if key.is_weak() { Err(Error::Auth) } else { Ok(key) }
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({:08x}…)", head(&self.0))
    }
}

impl Encode for PublicKey {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for PublicKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self)
    }
}

/// An Ed25519 signature: 64 bytes, checked when it is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl Encode for Signature {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for Signature {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self)
    }
}

/// An Ed25519 secret key: wiped on drop, not clonable, not printable.
pub struct SecretKey(ed25519_dalek::SigningKey);

impl SecretKey {
    /// The key of a 32-byte seed (RFC 8032, 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `X(label, data)`.
    #[must_use]
    pub fn sign(&self, label: Label, data: &[&[u8]]) -> Signature {
        self.sign_digest(&x(label, data))
    }

    /// Signs a 64-byte digest that the caller has made.
    #[must_use]
    pub fn sign_digest(&self, digest: &[u8; 64]) -> Signature {
        self.sign_text(digest)
    }

    /// Signs the text of a checkpoint, the only thing that is signed unhashed.
    pub(crate) fn sign_text(&self, text: &[u8]) -> Signature {
        Signature(self.0.sign(text).to_bytes())
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SecretKey(of {:?})", self.public())
    }
}

#[cfg(test)]
mod tests;
