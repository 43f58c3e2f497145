//! The issuer's admission as the home keeps it: our key towards the issuer is sealed in it.

use super::to_toml;
use crate::signer::{Key, Sealed, Sealing};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use tender_proto::admission::Admission;
use tender_store::envelope::{Lock, Unopened};

/// `admission.toml` in the home. Certificate and key are in one file, so that no crash leaves one
/// of them with another one's other half.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// Where the issuer serves, `host:port`.
    pub issuer_address: String,
    /// The root's public key, 32 bytes in hex.
    pub root: String,
    /// The currency's code.
    pub currency: String,
    /// Digits after the point when amounts are shown.
    pub decimals: u8,
    /// The issuer tier's certificate authority, PEM.
    pub authority: String,
    credential: Sealed,
}

impl Joined {
    /// Seals the key in an admission.
    #[must_use]
    pub fn sealed(admission: Admission, sealing: &mut Sealing<'_, impl CryptoRng>) -> Self {
        let Admission { issuer_address, root, currency, decimals, authority, credential } =
            admission;
        let credential = sealing.credential(Key::Client, credential);
        Self { issuer_address, root, currency, decimals, authority, credential }
    }

    /// Whether it is this admission, and its key opens.
    #[must_use]
    pub fn is(&self, admission: &Admission, lock: &mut Lock) -> bool {
        self.open(lock).is_ok_and(|held| to_toml(&held) == to_toml(admission))
    }

    /// The admission as the issuer handed it back. Errors: [`Unopened`].
    pub fn open(&self, lock: &mut Lock) -> Result<Admission, Unopened> {
        let Self { issuer_address, root, currency, decimals, authority, credential } = self.clone();
        let credential = credential.open(Key::Client, lock)?;
        Ok(Admission { issuer_address, root, currency, decimals, authority, credential })
    }
}
