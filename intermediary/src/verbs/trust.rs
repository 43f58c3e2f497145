//! Trust: the newest manifest that the root signed and that follows the one before (`[S4]`).

use tender_proto::trust::Trust;
use tender_token::error::Error;
use tender_token::manifest::Manifest;
use tender_token::signature::PublicKey;

/// A verified manifest with the bytes and the signature that prove it.
#[derive(Clone, Debug)]
pub struct Trusted {
    /// As it was published.
    pub trust: Trust,
    /// Its checked contents.
    pub manifest: Manifest,
}

impl Trusted {
    /// Verifies what was published. Errors: `E_ENCODING`, `E_MANIFEST`.
    pub fn verify(trust: Trust, root: &PublicKey) -> Result<Self, Error> {
        let manifest = trust.verify(root)?;
        Ok(Self { trust, manifest })
    }
}

/// Whether a verified manifest replaces the one that is held: `None` if it is the same.
/// Errors: `E_MANIFEST` for one that does not follow: somebody shows two views.
pub fn adopt(held: Option<&Trusted>, new: Trusted) -> Result<Option<Trusted>, Error> {
    match held {
        None => Ok(Some(new)),
        Some(held) if held.manifest.hash() == new.manifest.hash() => Ok(None),
        Some(held) if new.manifest.follows(&held.manifest) => Ok(Some(new)),
        Some(_) => Err(Error::Manifest),
    }
}
