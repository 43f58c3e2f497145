//! How our secret keys lie in the home: each in an envelope under the operator's passphrase.

use super::Signer;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use tender_proto::certificate::Credential;
use tender_store::envelope::{Cost, Lock, Unopened};
use zeroize::Zeroizing;

/// Which key it is. An envelope that was put into the place of another one does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The key that we vouch with.
    Signing,
    /// The key of this tier's certificate authority.
    Authority,
    /// The key of our certificate towards wallets.
    Server,
    /// The key of our certificate towards the issuer.
    Client,
}

impl Key {
    const fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Authority => "authority",
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// With what new keys are sealed.
#[derive(Debug)]
pub struct Sealing<'a, R> {
    /// The operator's passphrase.
    pub lock: &'a mut Lock,
    /// What a guess of it costs.
    pub cost: Cost,
    /// For salt and nonces.
    pub rng: &'a mut R,
}

impl<R: CryptoRng> Sealing<'_, R> {
    /// Seals the seed of the signing key.
    #[must_use]
    pub fn seed(&mut self, seed: &[u8; 32]) -> Vec<u8> {
        self.seal(Key::Signing, seed)
    }

    /// Seals the key of a certificate.
    #[must_use]
    pub fn credential(&mut self, key: Key, credential: Credential) -> Sealed {
        let Credential { certificate, key: secret } = credential;
        let secret = Zeroizing::new(secret);
        Sealed { certificate, sealed_key: hex::encode(self.seal(key, secret.as_bytes())) }
    }

    fn seal(&mut self, key: Key, secret: &[u8]) -> Vec<u8> {
        self.lock.seal(key.name(), secret, self.cost, self.rng)
    }
}

/// The signer whose sealed seed this is. Errors: [`Unopened`].
pub fn open_signer(sealed: &[u8], lock: &mut Lock) -> Result<Signer, Unopened> {
    let seed = lock.open(Key::Signing.name(), sealed)?;
    let seed = seed.as_slice().try_into().map_err(|_| Unopened::NoEnvelope)?;
    Ok(Signer::from_seed(seed))
}

/// A certificate whose secret key is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The certificate, PEM.
    pub certificate: String,
    /// The envelope of its secret key, in hex.
    sealed_key: String,
}

impl Sealed {
    /// The certificate with its key. Errors: [`Unopened`].
    pub fn open(&self, key: Key, lock: &mut Lock) -> Result<Credential, Unopened> {
        let sealed = hex::decode(&self.sealed_key).map_err(|_| Unopened::NoEnvelope)?;
        let opened = lock.open(key.name(), &sealed)?;
        let text = core::str::from_utf8(&opened).map_err(|_| Unopened::NoEnvelope)?;
        Ok(Credential { certificate: self.certificate.clone(), key: text.to_owned() })
    }
}
