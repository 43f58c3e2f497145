//! Withdrawals as the issuer returns them.

use super::{OwnSlot, OwnSlots};
use crate::error::{Error, Result};
use crate::identity::Master;
use crate::manifest::Manifest;
use crate::opening::{SlotOpening, ValueOpening};
use crate::provision::SessionId;
use crate::series::DenominationId;
use crate::signature::PublicKey;
use crate::slot::SlotId;
use crate::token::{Token, message};
use crate::withdraw::{Output, Reply, Session, SignedRequest};

/// What the issuer stored of a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWithdrawal {
    /// The wallet's part of the request.
    pub request: SignedRequest,
    /// The reply; `None` if it is still to be asked for, with the same bytes.
    pub reply: Option<Reply>,
}

/// A push payment (`[P2]`) as the wallet's backup keeps it until the receipt is there: no search
/// finds a payee's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushedOutput {
    /// The withdrawal.
    pub sid: SessionId,
    /// Which output, `t`.
    pub output: u16,
    /// The payee's slot.
    pub slot: SlotId,
}

/// An output whose slot is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredOutput {
    /// The denomination.
    pub denomination: DenominationId,
    /// Names the slot, and shows the issuer what was blinded: form 1 of a claim (`[R2]`).
    pub opening: ValueOpening,
    /// The opening of the slot, if it is the wallet's own: form 2 of a claim.
    pub own: Option<SlotOpening>,
    /// The token, if the slot is the wallet's own and the reply is here and holds. A reply that
    /// does not hold is, with the request, a dispute that anyone can check (`[W7]`).
    pub token: Option<Token>,
}

impl StoredWithdrawal {
    /// Finds the slot of each output: among the wallet's own or, for push payments, in its backup.
    /// `None` for an output that neither has. `slots` are all own slots; withdrawals are restored
    /// in the order in which the issuer accepted them.
    /// Errors: `E_RESTORE` unless the request is signed by `device`, the key that the wallet of the
    /// session registered; `E_DENOMINATION` if the manifest no longer has an output's.
    pub fn restore(
        &self,
        master: &Master,
        device: &PublicKey,
        slots: &mut OwnSlots,
        pushed: &[PushedOutput],
        manifest: &Manifest,
    ) -> Result<Vec<Option<RestoredOutput>>> {
        self.request.verify(device).map_err(|_| Error::Restore)?;
        let plan = &self.request.plan;
        let session = Session::new(master, plan.sid);
        let mut restored = Vec::with_capacity(plan.outputs.len());
        for (t, output) in (0_u16..).zip(&plan.outputs) {
            let own = slots.find(&session, t, output, manifest)?;
            restored.push(match own {
                Some(slot) => Some(self.own(&session, t, output, slot, manifest)),
                None => find_pushed(&session, t, output, pushed, manifest)?,
            });
        }
        Ok(restored)
    }

    fn own(
        &self,
        session: &Session,
        t: u16,
        output: &Output,
        slot: &OwnSlot,
        manifest: &Manifest,
    ) -> RestoredOutput {
        let denomination = output.denomination;
        let answer = self.reply.as_ref().and_then(|reply| reply.signatures.get(usize::from(t)));
        let token = answer.zip(slot.certified.as_ref()).and_then(|(answer, slot)| {
            session.finish(t, denomination, slot, answer, manifest).ok()
        });
        RestoredOutput {
            denomination,
            opening: ValueOpening::new(session, t, denomination, slot.id()),
            own: Some(slot.opening.clone()),
            token,
        }
    }
}

/// The payee's slot that the backup names for an output, if it is the one that was blinded.
fn find_pushed(
    session: &Session,
    t: u16,
    output: &Output,
    pushed: &[PushedOutput],
    manifest: &Manifest,
) -> Result<Option<RestoredOutput>> {
    let denomination = output.denomination;
    let key = &manifest.value_key(denomination)?.key;
    let mut named = pushed.iter().filter(|named| (named.sid, named.output) == (session.sid(), t));
    let fits = |named: &&PushedOutput| {
        let seed = session.blinding_seed(t, denomination, named.slot);
        key.blinded(&message(denomination, named.slot), &seed) == output.blinded
    };
    Ok(named.find(fits).map(|named| RestoredOutput {
        denomination,
        opening: ValueOpening::new(session, t, denomination, named.slot),
        own: None,
        token: None,
    }))
}
