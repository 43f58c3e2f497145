//! Provision sessions as the issuer returns them.

use super::OwnSlot;
use crate::error::{Error, Result};
use crate::identity::Master;
use crate::manifest::Manifest;
use crate::opening::SlotOpening;
use crate::provision::{Receipt, Reveal, Session, SignedOpen, Want};
use crate::signature::SecretKey;

/// What became of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// No valid REVEAL came yet.
    Unresolved,
    /// REVEAL asked for signatures: these are `s_t`, nb bytes each.
    Signed(Vec<Vec<u8>>),
    /// REVEAL gave the session up.
    Abandoned,
}

/// What the issuer stored of a provision session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProvision {
    /// The wallet's part of OPEN.
    pub request: SignedOpen,
    /// The receipt.
    pub receipt: Receipt,
    /// What became of it.
    pub resolution: Resolution,
}

/// What a wallet has of a session again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoredProvision {
    /// The session is to be resolved with this REVEAL, which asks for nothing. The challenge of a
    /// session is always the same (`[PR4]`), so it opens what an earlier one may have opened.
    Abandon(Reveal),
    /// The session ended without a slot.
    Abandoned,
    /// Its slots in the order of `t`.
    Slots(Vec<OwnSlot>),
}

impl StoredProvision {
    /// Recomputes the session. Only if all of it is the wallet's own is there anything to send.
    ///
    /// `device` is the key that the wallet of the session registered, `manifest` one that still has
    /// its series and the keys of its receipt.
    /// Errors: `E_RESTORE` unless `h` follows from the master secret; `E_CERT` for an unknown
    /// series; those of the receipt: `E_RECEIPT`, `E_AUTH`, `E_VRF`; `E_KEY_SUSPECT`.
    pub fn restore(
        &self,
        master: &Master,
        device: &SecretKey,
        manifest: &Manifest,
    ) -> Result<RestoredProvision> {
        let (plan, sid) = (&self.request.plan, self.request.sid);
        let session = Session::new(master, sid, plan.clone());
        let slots = (0..plan.count).map(|t| session.candidates_hash(t, manifest));
        let h = session.commitment(&slots.collect::<Result<Vec<_>>>()?);
        if h != self.request.h {
            return Err(Error::Restore);
        }
        self.receipt.verify(&sid, &plan.hash(), &h, manifest.issuer(), manifest.vrf())?;
        match &self.resolution {
            Resolution::Unresolved => {
                let reveal = session.reveal(&self.receipt, Want::Abandon, device, manifest)?;
                Ok(RestoredProvision::Abandon(reveal))
            }
            Resolution::Signed(answers) => {
                let slot = |t| self.slot(&session, t, answers, manifest);
                let slots = (0..plan.count).map(slot).collect::<Result<_>>();
                slots.map(RestoredProvision::Slots)
            }
            Resolution::Abandoned => Ok(RestoredProvision::Abandoned),
        }
    }

    /// A slot, which is known even if the issuer now returns no valid certificate for it.
    fn slot(
        &self,
        session: &Session,
        t: u16,
        answers: &[Vec<u8>],
        manifest: &Manifest,
    ) -> Result<OwnSlot> {
        let secret = session.secret(t, &self.receipt, manifest)?;
        let answer = answers.get(usize::from(t));
        Ok(OwnSlot {
            opening: SlotOpening::new(session, t, &secret),
            series: session.plan().series,
            commitments: secret.commitments(&session.plan().identity)?,
            certified: answer.and_then(|s| session.finish(t, &self.receipt, s, manifest).ok()),
        })
    }
}
