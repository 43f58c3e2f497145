//! The publisher: gives the head of the log, signed, to somebody outside.
//!
//! What was told outside must never be forgotten, so the anchor moves first: a store that does not
//! know the log that somebody holds is not served again ([`crate::anchor`]).

use crate::anchor::{self, Astray};
use crate::home::{Anchored, Home};
use crate::signer::Signer;
use crate::store::Store;
use std::sync::{Mutex, PoisonError};
use tender_token::log::checkpoint::{Checkpoint, SignedCheckpoint};
use tender_token::log::export::origin;
use tender_token::signature::PublicKey;

/// Signs for whoever asks, one after the other.
#[derive(Debug)]
pub struct Publisher {
    home: Home,
    root: PublicKey,
    /// Held while an anchor is written: two writers of one file would disturb each other.
    raising: Mutex<()>,
}

impl Publisher {
    /// A publisher of the log of this home, under the root's public key.
    #[must_use]
    pub fn new(home: Home, root: PublicKey) -> Self {
        Self { home, root, raising: Mutex::default() }
    }

    /// The head of the store's log, signed. Errors: [`Astray`]; nothing is signed then.
    pub fn checkpoint(
        &self,
        store: &Store,
        signer: &dyn Signer,
    ) -> Result<SignedCheckpoint, Astray> {
        // Whoever panicked while holding it has left the anchor's file whole.
        let _alone = self.raising.lock().unwrap_or_else(PoisonError::into_inner);
        anchor::compare(&self.home, store)?;
        let head = anchor::head(store)?;
        anchor::raise(&self.home, Anchored::Published, store)?;
        Ok(signer.checkpoint(Checkpoint { origin: origin(&self.root), head }))
    }
}
