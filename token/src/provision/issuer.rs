//! The issuer's half of provisioning.

use super::{Opened, Plan, Reveal, SessionId, candidates_hash, commitment_hash};
use crate::error::{Error, Result};
use crate::group::Point;
use crate::manifest::SlotKey;
use crate::series::SeriesId;
use crate::signature::PublicKey;
use crate::slot::SlotSecret;
use crate::tree::expand;
use crate::vrf;

/// What the issuer remembers of an opening and checks a REVEAL against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// The session.
    pub sid: SessionId,
    /// Hash of the plan.
    pub plan_hash: [u8; 32],
    /// `U`.
    pub identity: Point,
    /// The series of the slots.
    pub series: SeriesId,
    /// How many slots.
    pub count: u16,
    /// `h`.
    pub h: [u8; 32],
}

/// Evidence that a REVEAL matches its commitment: the blinded messages that may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    kept: Vec<Vec<u8>>,
}

impl Verified {
    /// `B` of the closed candidate of each slot, in order.
    #[must_use]
    pub fn kept(&self) -> &[Vec<u8>] {
        &self.kept
    }
}

impl Commitment {
    /// The commitment of an opening.
    #[must_use]
    pub fn new(plan: &Plan, sid: SessionId, h: [u8; 32]) -> Self {
        let (identity, series, count) = (plan.identity, plan.series, plan.count);
        Self { sid, plan_hash: plan.hash(), identity, series, count, h }
    }

    /// Decodes and checks a REVEAL against this commitment (`[PR8]`).
    /// Errors: `E_SESSION` for another session, `E_ENCODING`, `E_AUTH`, `E_REVEAL`.
    pub fn verify(
        &self,
        bytes: &[u8],
        challenge: &vrf::Challenge,
        device: &PublicKey,
        key: &SlotKey,
    ) -> Result<(Reveal, Verified)> {
        if Reveal::session_of(bytes)? != self.sid {
            return Err(Error::Session);
        }
        let reveal = Reveal::from_bytes(bytes, self.count, key.series.depth, &key.key)?;
        reveal.verify(device)?;
        let verified = self.verify_opened(&reveal.opened, challenge, key)?;
        Ok((reveal, verified))
    }

    /// Recomputes every opened candidate and compares the commitment.
    /// Errors: `E_REVEAL`, also for a co-path that is not as long as the series is deep.
    pub fn verify_opened(
        &self,
        opened: &[Opened],
        challenge: &vrf::Challenge,
        key: &SlotKey,
    ) -> Result<Verified> {
        let mut slots = Vec::with_capacity(opened.len());
        for (t, opened) in (0_u16..).zip(opened) {
            slots.push(self.slot_hash(t, opened, challenge, key)?);
        }
        let complete = opened.len() == usize::from(self.count);
        if !complete || commitment_hash(&self.sid, &self.plan_hash, &slots) != self.h {
            return Err(Error::Reveal);
        }
        Ok(Verified { kept: opened.iter().map(|slot| slot.kept.clone()).collect() })
    }

    /// `h_t` as the opened candidates and the closed one's blinded message give it.
    fn slot_hash(
        &self,
        t: u16,
        opened: &Opened,
        challenge: &vrf::Challenge,
        key: &SlotKey,
    ) -> Result<[u8; 32]> {
        // A shorter co-path would open fewer candidates, down to none at all.
        if opened.copath.len() != usize::from(key.series.depth) {
            return Err(Error::Reveal);
        }
        let kept = challenge.kept(t, key.series.candidates());
        let blinded = expand(&opened.copath, kept)
            .into_iter()
            .map(|leaf| match leaf {
                Some(leaf) => {
                    SlotSecret::from_leaf(&leaf).blinded(&self.identity, key, self.series)
                }
                None => Ok(opened.kept.clone()),
            })
            .collect::<Result<Vec<_>>>()
            .map_err(|_| Error::Reveal)?;
        Ok(candidates_hash(t, blinded.iter().map(Vec::as_slice)))
    }
}
