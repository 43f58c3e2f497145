//! The signing key: what we vouch with, and our name in our customers' records.

pub(crate) mod sealed;

pub use sealed::{Key, Sealed, Sealing, open_signer};

use tender_proto::purchase::{Purchase, SignedPurchase};
use tender_proto::transfer::{SignedTransfer, Transfer};
use tender_token::encode::Encode;
use tender_token::identity::RegistrarId;
use tender_token::provision::{Open, SignedOpen};
use tender_token::signature::{PublicKey, SecretKey};
use tender_token::withdraw::SignedRequest;

/// Holds the secret key; nothing else does.
#[derive(Debug)]
pub struct Signer(SecretKey);

impl Signer {
    /// The signer of a 32-byte seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SecretKey::from_seed(seed))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.0.public()
    }

    /// Our name in registrations.
    #[must_use]
    pub fn registrar(&self) -> RegistrarId {
        RegistrarId(self.public().0)
    }

    /// Vouches for an opening (`[PR2]`).
    #[must_use]
    pub fn authorise_open(&self, open: SignedOpen) -> Open {
        open.authorise(&self.0)
    }

    /// Signs a transfer out of our vault. The same transfer gets the same bytes every time.
    #[must_use]
    pub fn sign_transfer(&self, transfer: Transfer) -> SignedTransfer {
        transfer.sign(&self.0)
    }

    /// Signs an order for currency.
    #[must_use]
    pub fn sign_purchase(&self, purchase: Purchase) -> SignedPurchase {
        purchase.sign(&self.0)
    }

    /// Vouches for a withdrawal; gives the bytes that the issuer gets.
    #[must_use]
    pub fn authorise_withdrawal(&self, request: SignedRequest) -> Vec<u8> {
        request.authorise(&self.0).to_bytes()
    }
}
