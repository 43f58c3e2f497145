//! The root: signs manifests and revocations, in a ceremony and never while serving.

use super::files::{ROOT, Unusable, open_seed, seal_key};
use crate::home::Home;
use rand_core::CryptoRng;
use tender_proto::trust::Trust;
use tender_store::envelope::{Cost, Lock};
use tender_token::ceremony::ApprovedManifest;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::manifest::ManifestRecord;
use tender_token::revocation::{ApprovedRevocation, Revocation, SignedRevocation};
use tender_token::signature::{PublicKey, SecretKey, Signature};
use zeroize::Zeroizing;

/// The root's key, opened with a passphrase of its own.
pub struct Root {
    seed: Zeroizing<[u8; 32]>,
}

impl core::fmt::Debug for Root {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Root(redacted)")
    }
}

impl Root {
    /// A fresh root.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        Self { seed }
    }

    /// Opens the root's key. Errors: [`Unusable`].
    pub fn open(home: &Home, lock: &mut Lock) -> Result<Self, Unusable> {
        Ok(Self { seed: open_seed(home, ROOT, lock)? })
    }

    /// Seals the root's key into the home. Errors: [`Unusable::Unwritten`].
    pub fn write(
        &self,
        home: &Home,
        lock: &mut Lock,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Unusable> {
        seal_key(home, ROOT, &*self.seed, lock, cost, rng)
    }

    /// What everything is verified under.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.key().public()
    }

    /// The signature over an issuer's first manifest (`[S4]`): no policy is in force yet.
    pub(super) fn found(&self, manifest: &ManifestRecord) -> Signature {
        manifest.sign(&self.key())
    }

    /// Publishes a manifest that officers approved (`[S4]`).
    #[must_use]
    pub fn sign(&self, approved: &ApprovedManifest) -> Trust {
        let record = approved.manifest().record();
        Trust {
            manifest: record.to_bytes(),
            signature: record.sign(&self.key()),
            policy: approved.policy().clone(),
        }
    }

    /// Revokes what officers approved (`[X1]`), in the manifest of this epoch, as of this day.
    #[must_use]
    pub fn revoke(&self, approved: &ApprovedRevocation, epoch: u32, day: Day) -> SignedRevocation {
        Revocation { epoch, subject: approved.subject(), day }.sign(&self.key())
    }

    fn key(&self) -> SecretKey {
        SecretKey::from_seed(&self.seed)
    }
}
