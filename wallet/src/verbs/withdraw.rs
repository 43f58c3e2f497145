//! Withdraw (section 6): account money becomes tokens.
//!
//! Begin splits the amount, reserves slots, blinds, and makes the request durable (`[W2]`): these
//! bytes are sent, and no others, until there is an answer. Finish unblinds and keeps the tokens.

use crate::error::{Error, Result, Verb};
use crate::records::{
    Holder, SlotRecord, SlotState, TokenRecord, TokenState, What, WithdrawalRecord, WithdrawalState,
};
use crate::split::split;
use crate::store::{Slots, StoreError, Tokens, Withdrawals};
use crate::verbs::enrol::random;
use crate::wallet::{Draft, Wallet};
use rand_core::CryptoRng;
use tender_proto::withdraw::Reply;
use tender_token::amount::Amount;
use tender_token::bounds::REQUEST_LIFETIME_S;
use tender_token::cash::AccountRef;
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::provision::SessionId;
use tender_token::series::{DenominationId, SeriesId};
use tender_token::slot::{Slot, SlotId};
use tender_token::withdraw::{self, Plan, Session, SignedRequest};

/// How long a request may be accepted, in seconds: well within what the issuer allows, whatever its
/// clock says.
const LIFETIME_S: u64 = REQUEST_LIFETIME_S / 2;

/// A withdrawal that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its session.
    pub sid: SessionId,
    /// What it debits.
    pub amount: Amount,
    /// What to send.
    pub request: Vec<u8>,
}

/// The output of a withdrawal: what is signed, and onto which slot.
type Output = (DenominationId, SlotId, SlotRecord);

impl Wallet {
    /// Reserves slots and makes a request durable.
    /// Errors: `E_LIMIT` beyond the holding limit; `E_PLAN` if nothing is issued today;
    /// [`Error::NotPayable`] if no denominations make the amount; [`Error::SlotsMissing`].
    pub fn begin_withdraw(
        &mut self,
        amount: Amount,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<SessionId> {
        self.require_enrolled()?;
        let refused = Verb::Withdraw.refused();
        if amount.is_zero() {
            return Err(refused(Rule::Amount));
        }
        self.check_withdraw(amount)?;
        let outputs = self.assign(amount, now)?;
        let sid = SessionId(random(rng));
        let request = self.sign_request(amount, sid, &outputs, now, rng)?;
        let mut draft = self.draft(now)?;
        let mut pairs = Vec::with_capacity(outputs.len());
        for (denomination, id, mut slot) in outputs {
            slot.state = SlotState::Reserved(sid);
            draft.batch.put::<Slots>(&id, &slot);
            pairs.push((denomination, id));
        }
        let row = WithdrawalRecord {
            request: request.to_bytes(),
            amount,
            outputs: pairs,
            state: WithdrawalState::Open,
        };
        draft.batch.put::<Withdrawals>(&sid, &row);
        self.commit(draft)?;
        Ok(sid)
    }

    /// Every withdrawal that waits for its answer. Errors: the store cannot be read.
    pub fn open_withdrawals(&self) -> Result<Vec<Open>> {
        let rows = self.store.all::<Withdrawals>()?.into_iter();
        let open = rows.filter(|(_, row)| row.state == WithdrawalState::Open);
        Ok(open.map(|(sid, row)| Open { sid, amount: row.amount, request: row.request }).collect())
    }

    /// Takes the answer: unblinds, verifies and keeps the tokens (`[W7]`). `None` if it was here
    /// before.
    /// Errors: the refusal, after which the slots stay reserved (`[W8]`); `E_VALUE` for wrong
    /// signatures, which are kept as evidence while the right ones become tokens.
    pub fn finish_withdraw(
        &mut self,
        sid: SessionId,
        reply: Reply,
        now: Timestamp,
    ) -> Result<Option<usize>> {
        let verb = Verb::Withdraw;
        let row = self.store.get::<Withdrawals>(&sid)?.ok_or_else(|| verb.misunderstood())?;
        if row.state != WithdrawalState::Open {
            return Ok(None);
        }
        let mut draft = self.draft(now)?;
        let bytes = match reply {
            Ok(bytes) => bytes,
            Err(refusal) => {
                let state = WithdrawalState::Refused(refusal.error);
                draft.batch.put::<Withdrawals>(&sid, &WithdrawalRecord { state, ..row });
                self.commit(draft)?;
                return Err(Error::Refused { verb, rule: refusal.error });
            }
        };
        let (kept, value) = self.unblind_tokens(&mut draft, sid, &row, &bytes)?;
        let (count, complete) = (row.outputs.len(), kept == row.outputs.len());
        let state = if complete { WithdrawalState::Done } else { WithdrawalState::Disputed(bytes) };
        draft.note(What::Withdrawn, value, kept);
        draft.batch.put::<Withdrawals>(&sid, &WithdrawalRecord { state, ..row });
        self.commit(draft)?;
        if complete { Ok(Some(count)) } else { Err(verb.refused()(Rule::Value)) }
    }

    /// Picks denominations and free slots of one series, slots in the order of `[W3]`.
    fn assign(&self, amount: Amount, now: Timestamp) -> Result<Vec<Output>> {
        let (verb, trusted) = (Verb::Withdraw, self.trusted()?);
        let mut missing = Error::Refused { verb, rule: Rule::Plan };
        for series in trusted.issuing(self.currency()?, now.day()) {
            let denominations = trusted.denominations(series);
            let values: Vec<_> = denominations.iter().map(|(value, _)| *value).collect();
            let plan = split(amount, &values)?;
            let wanted = denominations.iter().zip(plan);
            let wanted = wanted.flat_map(|((_, id), times)| core::iter::repeat_n(*id, times));
            let wanted: Vec<_> = wanted.collect();
            let slots = self.free_slots(series)?;
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

    fn sign_request(
        &self,
        amount: Amount,
        sid: SessionId,
        outputs: &[Output],
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<SignedRequest> {
        let refused = Verb::Withdraw.refused();
        let manifest = self.trusted()?.manifest();
        let session = Session::new(&self.keys.master, sid);
        let mut blinded = Vec::with_capacity(outputs.len());
        for (t, (denomination, _, row)) in (0_u16..).zip(outputs) {
            let slot = Slot::from_bytes(&row.slot, manifest).map_err(&refused)?;
            slot.verify(manifest).map_err(&refused)?;
            let output = session.output(t, *denomination, &slot, manifest);
            blinded.push(output.map_err(&refused)?);
        }
        let plan = Plan {
            manifest: manifest.hash(),
            identity: *self.keys.identity.point(),
            sid,
            expires: now.checked_add(LIFETIME_S).ok_or_else(|| refused(Rule::RequestExpired))?,
            debit: amount,
            debit_account: AccountRef(random(rng)),
            credit: Amount::ZERO,
            credit_account: AccountRef([0; 32]),
            outputs: blinded,
        };
        Ok(SignedRequest::sign(plan, Vec::new(), &self.keys.device))
    }

    /// Adds the tokens whose signatures verify to a batch; their number and value.
    fn unblind_tokens(
        &self,
        draft: &mut Draft,
        sid: SessionId,
        row: &WithdrawalRecord,
        reply: &[u8],
    ) -> Result<(usize, Amount)> {
        let refused = Verb::Withdraw.refused();
        let manifest = self.trusted()?.manifest();
        let request = SignedRequest::from_bytes(&row.request, manifest);
        let request = request.map_err(|_| StoreError::Corrupt { table: "withdrawals" })?;
        let reply = withdraw::Reply::from_bytes(reply, &request.plan, manifest);
        let reply = reply.map_err(|_| Verb::Withdraw.misunderstood())?;
        let session = Session::new(&self.keys.master, sid);
        let (mut kept, mut value) = (0_usize, Amount::ZERO);
        let outputs = row.outputs.iter().zip(&reply.signatures);
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
