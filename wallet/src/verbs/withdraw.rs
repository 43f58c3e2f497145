//! Withdraw (section 6): account money becomes tokens.
//!
//! Begin splits the amount, reserves slots, blinds, and makes the request durable (`[W2]`): these
//! bytes are sent, and no others, until there is an answer. Finish unblinds and keeps the tokens.

use crate::error::{Error, Result, Verb};
use crate::outputs::Output;
use crate::records::{What, WithdrawalRecord, WithdrawalState};
use crate::store::{StoreError, Withdrawals};
use crate::verbs::enrol::random;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_proto::withdraw::Reply;
use tender_token::amount::Amount;
use tender_token::bounds::REQUEST_LIFETIME_S;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::provision::SessionId;
use tender_token::withdraw::{self, Plan, SignedRequest};

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
        if amount.is_zero() {
            return Err(Error::Zero { verb: Verb::Withdraw });
        }
        self.check_withdraw(amount)?;
        let outputs = self.assign(amount, Verb::Withdraw, now)?;
        let sid = SessionId(random(rng));
        let request = self.sign_request(amount, sid, &outputs, now, rng)?;
        let mut draft = self.draft(now)?;
        let row = WithdrawalRecord {
            request: request.to_bytes(),
            amount,
            outputs: draft.reserve(sid, outputs),
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
        let answer = self.read_withdrawal(&row, &bytes)?;
        let (kept, value) = self.unblind_tokens(&mut draft, sid, &row.outputs, &answer, verb)?;
        let (count, complete) = (row.outputs.len(), kept == row.outputs.len());
        let state = if complete { WithdrawalState::Done } else { WithdrawalState::Disputed(bytes) };
        draft.note(What::Withdrawn, value, kept);
        draft.batch.put::<Withdrawals>(&sid, &WithdrawalRecord { state, ..row });
        self.commit(draft)?;
        if complete { Ok(Some(count)) } else { Err(verb.refused()(Rule::Value)) }
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
        let plan = Plan {
            manifest: self.trusted()?.manifest().hash(),
            identity: *self.keys.identity.point(),
            sid,
            expires: now.checked_add(LIFETIME_S).ok_or_else(|| refused(Rule::RequestExpired))?,
            debit: amount,
            debit_account: AccountRef(random(rng)),
            credit: Amount::ZERO,
            credit_account: AccountRef([0; 32]),
            outputs: self.blind(sid, outputs, Verb::Withdraw)?,
        };
        Ok(SignedRequest::sign(plan, Vec::new(), &self.keys.device))
    }

    /// Reads the answer to a withdrawal.
    fn read_withdrawal(&self, row: &WithdrawalRecord, reply: &[u8]) -> Result<withdraw::Reply> {
        let manifest = self.trusted()?.manifest();
        let request = SignedRequest::from_bytes(&row.request, manifest);
        let request = request.map_err(|_| StoreError::Corrupt { table: "withdrawals" })?;
        let reply = withdraw::Reply::from_bytes(reply, &request.plan, manifest);
        reply.map_err(|_| Verb::Withdraw.misunderstood())
    }
}
