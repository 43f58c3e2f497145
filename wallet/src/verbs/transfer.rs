//! Transfer: account money goes to somebody else's account, at the same intermediary or another.
//!
//! Begin makes the order durable that the device signs; these bytes are sent until there is an
//! answer. An order is accepted for some minutes only, so that one which was refused cannot be
//! carried out when nobody expects it any more.

use crate::error::{Error, Result, Verb};
use crate::payee::Payee;
use crate::records::{OrderId, TransferRecord, TransferState, What};
use crate::store::{StoreError, Transfers};
use crate::trusted::read_hex;
use crate::verbs::enrol::random;
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use tender_proto::call::{self, Call};
use tender_proto::order::{Order, SignedOrder};
use tender_proto::transfer::Reply;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error as Rule;

/// How long an order may be accepted, in seconds.
const LIFETIME_S: u64 = 600;

impl Wallet {
    /// A fresh reference of this wallet's account, and the call that makes it known, signed to be
    /// sent now. Errors: [`Error::NotEnrolled`].
    pub fn reference(&self, now: Timestamp, rng: &mut impl CryptoRng) -> Result<(Payee, Call)> {
        self.require_enrolled()?;
        let intermediary = read_hex(&self.enrolment.invitation.registrar)?;
        let account = AccountRef(random(rng));
        let call = Call::sign(call::Verb::Reference, account.to_bytes(), now, &self.keys.device);
        Ok((Payee { intermediary, account }, call))
    }

    /// The question for the account's lines after so many, signed to be sent now.
    pub fn statement_call(&self, after: u64, now: Timestamp) -> Call {
        let body = after.to_be_bytes().to_vec();
        Call::sign(call::Verb::Statement, body, now, &self.keys.device)
    }

    /// Makes an order durable. Errors: `E_AMOUNT` for nothing.
    pub fn begin_transfer(
        &mut self,
        payee: Payee,
        amount: Amount,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<OrderId> {
        self.require_enrolled()?;
        let refused = Verb::Transfer.refused();
        if amount.is_zero() {
            return Err(Error::Zero { verb: Verb::Transfer });
        }
        let order = Order {
            id: random(rng),
            registrar: read_hex(&self.enrolment.invitation.registrar)?,
            payee: payee.intermediary,
            payee_account: payee.account,
            payer_account: AccountRef(random(rng)),
            currency: self.currency()?,
            amount,
            expires: now.checked_add(LIFETIME_S).ok_or_else(|| refused(Rule::RequestExpired))?,
        };
        let signed = order.sign(&self.keys.device);
        let id = OrderId(signed.order.id);
        let row = TransferRecord { order: signed.to_bytes(), amount, state: TransferState::Open };
        let mut draft = self.draft(now)?;
        draft.batch.put::<Transfers>(&id, &row);
        self.commit(draft)?;
        Ok(id)
    }

    /// Every transfer that waits for its answer. Errors: the store cannot be read.
    pub fn open_transfers(&self) -> Result<Vec<(OrderId, SignedOrder)>> {
        let rows = self.store.all::<Transfers>()?.into_iter();
        let open = rows.filter(|(_, row)| row.state == TransferState::Open);
        let read = |(id, row): (OrderId, TransferRecord)| {
            let order = SignedOrder::from_bytes(&row.order);
            Ok((id, order.map_err(|_| StoreError::Corrupt { table: "transfers" })?))
        };
        open.map(read).collect()
    }

    /// Takes the answer. `None` if it was here before.
    /// Errors: the refusal; the money is in the account then.
    pub fn finish_transfer(
        &mut self,
        id: OrderId,
        reply: Reply,
        now: Timestamp,
    ) -> Result<Option<Amount>> {
        let verb = Verb::Transfer;
        let row = self.store.get::<Transfers>(&id)?.ok_or_else(|| verb.misunderstood())?;
        if row.state != TransferState::Open {
            return Ok(None);
        }
        let (amount, mut draft) = (row.amount, self.draft(now)?);
        let state = match &reply {
            Ok(()) => TransferState::Done,
            Err(refusal) => TransferState::Refused(refusal.error),
        };
        if reply.is_ok() {
            draft.note(What::Transferred, amount, 0);
        }
        draft.batch.put::<Transfers>(&id, &TransferRecord { state, ..row });
        self.commit(draft)?;
        reply.map_err(|refusal| Error::Refused { verb, rule: refusal.error })?;
        Ok(Some(amount))
    }
}
