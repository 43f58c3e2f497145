//! Trust: every manifest that the root signed and that follows the one before (`[S4]`), what was
//! revoked, and what is denied.

use crate::rows::Epoch;
use std::sync::Arc;
use tender_proto::trust::{self, Notices, Reply, Trust};
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

    fn epoch(&self) -> u32 {
        self.manifest.record().epoch
    }
}

/// Everything that was published, as far as it is known here.
#[derive(Clone, Debug, Default)]
pub struct Known {
    manifests: Vec<(Epoch, Trust)>,
    newest: Option<Arc<Trusted>>,
    archive: Option<Arc<Manifest>>,
    notices: Notices,
}

impl Known {
    /// What the books hold, the oldest manifest first. Errors: `E_ENCODING`, `E_MANIFEST` unless
    /// the newest holds under the root.
    pub fn held(
        manifests: Vec<(Epoch, Trust)>,
        notices: Notices,
        root: &PublicKey,
    ) -> Result<Self, Error> {
        let newest = manifests.last().map(|(_, trust)| trust.clone());
        let newest = newest.map(|trust| Trusted::verify(trust, root)).transpose()?;
        let mut known = Self { manifests, newest: newest.map(Arc::new), archive: None, notices };
        known.archive()?;
        Ok(known)
    }

    /// Puts all series that there ever were into one manifest. Errors: `E_ENCODING`, `E_MANIFEST`.
    fn archive(&mut self) -> Result<(), Error> {
        if !self.manifests.is_empty() {
            let all = self.manifests.iter().map(|(_, trust)| trust);
            self.archive = Some(Arc::new(trust::archive(all)?));
        }
        Ok(())
    }

    /// The newest manifest.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<Trusted>> {
        self.newest.clone()
    }

    /// All series that there ever were, which nobody signed: what was answered is read with it
    /// again, also when its series has left.
    #[must_use]
    pub fn past(&self) -> Option<Arc<Manifest>> {
        self.archive.clone()
    }

    /// Epoch to ask the issuer from. Before anything is known it is the first, since wallets may
    /// need every manifest.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.newest.as_ref().map_or(1, |newest| newest.epoch())
    }

    /// What a wallet is told that holds this epoch.
    #[must_use]
    pub fn tell(&self, held: u32) -> Reply {
        let manifests = self.manifests.iter().map(|(Epoch(epoch), row)| (*epoch, row));
        Reply::to(held, manifests, self.notices.clone())
    }

    /// Takes up what the issuer told: the manifests that are new here. A revocation is never
    /// forgotten.
    /// Errors: `E_ENCODING`; `E_MANIFEST` for one that does not follow, which means that somebody
    /// shows two views; `E_AUTH` for a revocation that the root did not sign. Nothing is taken up
    /// then.
    pub fn learn(&self, told: Reply, root: &PublicKey) -> Result<Learnt, Error> {
        let mut known = self.clone();
        let mut new = Vec::new();
        for trust in told.manifests {
            if known.newest.as_ref().is_some_and(|newest| newest.trust == trust) {
                continue;
            }
            let trusted = Trusted::verify(trust, root)?;
            let follows = |newest: &Arc<Trusted>| trusted.manifest.follows(&newest.manifest);
            if !known.newest.as_ref().is_none_or(follows) {
                return Err(Error::Manifest);
            }
            new.push((Epoch(trusted.epoch()), trusted.trust.clone()));
            known.newest = Some(Arc::new(trusted));
        }
        for revocation in told.notices.revocations {
            revocation.verify(root)?;
            if !known.notices.revocations.contains(&revocation) {
                known.notices.revocations.push(revocation);
            }
        }
        known.notices.denied = told.notices.denied;
        known.manifests.extend(new.iter().cloned());
        if !new.is_empty() {
            known.archive()?;
        }
        let changed = !new.is_empty() || known.notices != self.notices;
        Ok(Learnt { known, new, changed })
    }

    /// What was revoked and denied.
    #[must_use]
    pub fn notices(&self) -> &Notices {
        &self.notices
    }
}

/// What is known after the issuer told something.
#[derive(Debug)]
pub struct Learnt {
    /// Everything.
    pub known: Known,
    /// The manifests that are new.
    pub new: Vec<(Epoch, Trust)>,
    /// Whether anything is new.
    pub changed: bool,
}
