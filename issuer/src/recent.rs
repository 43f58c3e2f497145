//! Recent: the signatures that were made lately, so that whoever repeats a request gets the same
//! bytes again without another use of the key.
//!
//! A signature is a function of its key and the blinded message, so it does not matter which of two
//! requests it was made for, or whether it is found here: without it, it is made again.

use crate::signer::Signed;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tender_token::encode::Encode;
use tender_token::series::{DenominationId, SeriesId};

/// Signatures that are remembered: some 50 MiB.
pub const RECENT_MAX: usize = 1 << 17;

/// Which key signed what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signing([u8; 32]);

impl Signing {
    /// A token of a denomination.
    #[must_use]
    pub fn token(denomination: DenominationId, blinded: &[u8]) -> Self {
        Self::of(1, &denomination.to_bytes(), blinded)
    }

    /// The certificate of a slot of a series.
    #[must_use]
    pub fn certificate(series: SeriesId, blinded: &[u8]) -> Self {
        Self::of(2, &series.to_bytes(), blinded)
    }

    fn of(kind: u8, key: &[u8], blinded: &[u8]) -> Self {
        Self(
            Sha256::new()
                .chain_update([kind])
                .chain_update(key)
                .chain_update(blinded)
                .finalize()
                .into(),
        )
    }
}

/// The signatures that were made last, at most so many.
#[derive(Debug)]
pub struct Recent {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    signatures: HashMap<Signing, Arc<[u8]>>,
    /// The oldest first.
    order: VecDeque<Signing>,
}

impl Recent {
    /// Remembers at most so many, and none yet.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// The signature that was made lately, or the one that is made now. Errors: those of making it;
    /// nothing is remembered then.
    pub fn or_sign(
        &self,
        signing: Signing,
        sign: impl FnOnce() -> Signed<Vec<u8>>,
    ) -> Signed<Vec<u8>> {
        if let Some(known) = self.kept().signatures.get(&signing) {
            return Ok(known.to_vec());
        }
        let signature = sign()?;
        let mut kept = self.kept();
        if kept.signatures.insert(signing, signature.as_slice().into()).is_none() {
            kept.order.push_back(signing);
        }
        if kept.order.len() > self.most
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.signatures.remove(&oldest);
        }
        Ok(signature)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
