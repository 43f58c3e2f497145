//! Outputs: which tokens the issuer shall sign onto which slots. A withdrawal and an exchange ask
//! for them alike, and keep them alike.

use crate::error::{Error, Result, Verb};
use crate::records::{Holder, SlotRecord, SlotState, TokenRecord, TokenState};
use crate::split::split;
use crate::store::{Slots, Tokens};
use crate::wallet::{Draft, Wallet};
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::provision::SessionId;
use tender_token::series::{DenominationId, SeriesId};
use tender_token::slot::{Slot, SlotId};
use tender_token::withdraw::{self, Reply, Session};

/// What is signed, and onto which slot.
pub(crate) type Output = (DenominationId, SlotId, SlotRecord);

/// What a journal keeps of an output.
pub(crate) type Assigned = (DenominationId, SlotId);

impl Wallet {
    /// Picks denominations and free slots of one series, slots in the order of `[W3]`.
    /// Errors: `E_PLAN` if nothing is issued today; [`Error::NotPayable`]; [`Error::SlotsMissing`].
    pub(crate) fn assign(&self, amount: Amount, verb: Verb, now: Timestamp) -> Result<Vec<Output>> {
        let trusted = self.trusted()?;
        let mut missing = Error::Refused { verb, rule: Rule::Plan };
        for series in trusted.issuing(self.currency()?, now.day()) {
            let denominations = trusted.denominations(series);
            let values: Vec<_> = denominations.iter().map(|(value, _)| *value).collect();
            let slots = self.free_slots(series)?;
            let plan = split(amount, &values, slots.len())?;
            let wanted = denominations.iter().zip(plan);
            let wanted = wanted.flat_map(|((_, id), times)| core::iter::repeat_n(*id, times));
            let wanted: Vec<_> = wanted.collect();
            if slots.len() >= wanted.len() {
                let outputs = wanted.into_iter().zip(slots);
                return Ok(outputs.map(|(id, (slot, row))| (id, slot, row)).collect());
            }
            missing = Error::SlotsMissing { verb, needed: wanted.len(), free: slots.len() };
        }
        Err(missing)
    }

    /// Free slots of a series in the order of (provision session, t) (`[W3]`).
    pub(crate) fn free_slots(&self, series: SeriesId) -> Result<Vec<(SlotId, SlotRecord)>> {
        let slots = self.store.all::<Slots>()?.into_iter();
        let free = |row: &SlotRecord| row.state == SlotState::Free && row.series == series;
        let mut slots: Vec<_> = slots.filter(|(_, row)| free(row)).collect();
        slots.sort_by_key(|(_, row)| (row.session_number, row.t));
        Ok(slots)
    }

    /// Blinds each output, after checking its slot's certificate (`[W3]`).
    pub(crate) fn blind(
        &self,
        sid: SessionId,
        outputs: &[Output],
        verb: Verb,
    ) -> Result<Vec<withdraw::Output>> {
        let refused = verb.refused();
        let manifest = self.trusted()?.manifest();
        let session = Session::new(&self.keys.master, sid);
        let mut blinded = Vec::with_capacity(outputs.len());
        for (t, (denomination, _, row)) in (0_u16..).zip(outputs) {
            let slot = Slot::from_bytes(&row.slot, manifest).map_err(&refused)?;
            slot.verify(manifest).map_err(&refused)?;
            let output = session.output(t, *denomination, &slot, manifest);
            blinded.push(output.map_err(&refused)?);
        }
        Ok(blinded)
    }

    /// Adds the tokens whose signatures verify to a batch; their number and value. A slot whose
    /// signature is wrong serves nobody any more.
    pub(crate) fn unblind_tokens(
        &self,
        draft: &mut Draft,
        sid: SessionId,
        outputs: &[Assigned],
        reply: &Reply,
        verb: Verb,
    ) -> Result<(usize, Amount)> {
        let refused = verb.refused();
        let manifest = self.trusted()?.manifest();
        let session = Session::new(&self.keys.master, sid);
        let (mut kept, mut value) = (0_usize, Amount::ZERO);
        let outputs = outputs.iter().zip(&reply.signatures);
        for (t, ((denomination, id), answer)) in (0_u16..).zip(outputs) {
            let mut slot_row = self.slot(*id)?;
            let slot = Slot::from_bytes(&slot_row.slot, manifest).map_err(&refused)?;
            let Ok(token) = session.finish(t, *denomination, &slot, answer, manifest) else {
                slot_row.state = SlotState::Dead;
                draft.batch.put::<Slots>(id, &slot_row);
                continue;
            };
            slot_row.state = SlotState::Holding(token.id());
            draft.batch.put::<Slots>(id, &slot_row);
            let (token_id, chain) = (token.id(), Chain::new(token));
            draft.batch.put::<Tokens>(
                &token_id,
                &TokenRecord {
                    value: chain.value(),
                    series: slot.series,
                    hops: 0,
                    holder: Holder::Slot(*id),
                    received: false,
                    state: TokenState::Held,
                    chain: chain.to_bytes(),
                },
            );
            kept = kept.saturating_add(1);
            value = value.checked_add(chain.value()).ok_or_else(|| refused(Rule::Amount))?;
        }
        Ok((kept, value))
    }
}

impl Draft {
    /// Reserves the slots of a request.
    pub(crate) fn reserve(&mut self, sid: SessionId, outputs: Vec<Output>) -> Vec<Assigned> {
        let reserve = |(denomination, id, mut slot): Output| {
            slot.state = SlotState::Reserved(sid);
            self.batch.put::<Slots>(&id, &slot);
            (denomination, id)
        };
        outputs.into_iter().map(reserve).collect()
    }

    /// Frees the slots of a request that can never be accepted (`[W8]`).
    pub(crate) fn free(&mut self, wallet: &Wallet, outputs: &[Assigned]) -> Result<()> {
        for (_, id) in outputs {
            let mut slot = wallet.slot(*id)?;
            slot.state = SlotState::Free;
            self.batch.put::<Slots>(id, &slot);
        }
        Ok(())
    }
}
