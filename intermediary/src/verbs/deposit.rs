//! Deposit: tokens become account money, item by item and each token once (`[C2]`).

use super::{
    Begun, Implausible, close, credit, device, has_room, record, standing, touches_request,
};
use crate::mailbox::{Slip, write_notice};
use crate::mirror;
use crate::rows::{
    Credit, CustomerId, DepositItem, Deposition, Entry, EntryNumber, Flow, Job, Outcome, Outcomes,
    Request, RequestDigest, RequestKey,
};
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::deposit::{Deposit, Outcome as ItemOutcome};
use tender_proto::movement::Movement;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::{CashItem, Instruction};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::manifest::Manifest;
use tender_token::signature::PublicKey;

/// The outcomes, one per item.
pub type Reply = Vec<ItemOutcome>;

/// A deposit whose items were read: what goes to the issuer, and what is refused here.
#[derive(Clone, Debug)]
pub struct Depositing {
    device: PublicKey,
    body: Vec<u8>,
    work: Deposition,
}

impl Depositing {
    /// Reads the items of a deposit that a device signed. An item that cannot be read, names
    /// another reference or is of another currency is refused under the name of its error.
    #[must_use]
    pub fn new(
        deposit: &Deposit,
        device: PublicKey,
        currency: Currency,
        manifest: &Manifest,
    ) -> Self {
        let read = |bytes: &Vec<u8>| read_item(bytes, deposit, currency, manifest);
        let items = deposit.items.iter().map(|bytes| match read(bytes) {
            Ok(item) => item,
            Err(error) => DepositItem::Refused(error),
        });
        let work = Deposition { account: deposit.account, items: items.collect() };
        Self { device, body: deposit.to_bytes(), work }
    }

    /// The rows that [`begin`] needs.
    pub fn touches(&self, view: &mut View) {
        device::touches(self.device, view);
        view.references.want(self.work.account);
        if let Some(customer) = device::holder(view, &self.device) {
            touches_request(view, self.key(customer));
        }
    }

    fn key(&self, customer: CustomerId) -> RequestKey {
        RequestKey::deposit(customer, &self.body)
    }

    fn refused(&self, error: Error) -> Begun<Reply> {
        Begun::Answered(self.work.items.iter().map(|_| Err(error.into())).collect())
    }
}

/// Errors: those of reading a CASH item; `E_INSTR`, `E_PLAN`.
fn read_item(
    bytes: &[u8],
    deposit: &Deposit,
    currency: Currency,
    manifest: &Manifest,
) -> Result<DepositItem, Error> {
    let item = CashItem::from_bytes(bytes, manifest)?;
    if item.stated_instruction()? != Instruction::Credit(deposit.account) {
        return Err(Error::Instr);
    }
    let chain = item.chain();
    if manifest.slot_key(chain.token().series())?.series.currency != currency {
        return Err(Error::Plan);
    }
    let (token, value) = (chain.token_id(), chain.value());
    Ok(DepositItem::Sent { token, value, bytes: bytes.to_vec() })
}

/// Opens the journal entry, unless no item is left to be sent.
///
/// Refusals of every item: `E_WALLET` for an unknown device, `E_AUTH` for a reference of another
/// customer.
pub fn begin(view: &mut View, depositing: &Depositing) -> Begun<Reply> {
    let Some(customer) = device::holder(view, &depositing.device) else {
        return depositing.refused(Error::Wallet);
    };
    let work = &depositing.work;
    let key = depositing.key(customer);
    if let Some(known) = view.requests.get(&key) {
        return standing(view, known.entry, reply);
    }
    if !mirror::may_use(view, work.account, customer) {
        return depositing.refused(Error::Auth);
    }
    if work.sent().next().is_none() {
        let refused = work.items.iter().filter_map(|item| match item {
            DepositItem::Refused(error) => Some(Err((*error).into())),
            DepositItem::Sent { .. } => None,
        });
        return Begun::Answered(refused.collect());
    }
    if !has_room(view) {
        return Begun::Full;
    }
    mirror::claim(view, work.account, customer);
    let digest = RequestDigest::of(&[&depositing.body]);
    let entry = Entry::Deposit(Job::open(customer, work.clone()));
    Begun::Open(record(view, key, |entry| Request { entry, digest }, entry))
}

/// The answer of a finished deposit.
#[must_use]
pub fn reply(entry: &Entry) -> Option<Reply> {
    let Entry::Deposit(Job { reply: Some(Outcomes(outcomes)), .. }) = entry else { return None };
    Some(outcomes.iter().map(|Outcome(outcome)| outcome.clone()).collect())
}

/// Makes the issuer's word final: what was paid and not credited before is credited.
/// Errors: [`Implausible`] unless there is one outcome per item sent, each paid in full or refused.
pub fn finish(
    view: &mut View,
    number: EntryNumber,
    reply: Reply,
    now: Timestamp,
) -> Result<(), Implausible> {
    let Some(Entry::Deposit(job)) = view.entries.get(&number) else { return Err(Implausible) };
    if job.reply.is_some() {
        return Ok(());
    }
    let mut job = job.clone();
    if reply.len() != job.work.sent().count() {
        return Err(Implausible);
    }
    let mut answers = reply.into_iter();
    let mut outcomes = Vec::with_capacity(job.work.items.len());
    let mut paid = BTreeMap::new();
    for item in &job.work.items {
        let outcome = match item {
            DepositItem::Refused(error) => Err((*error).into()),
            DepositItem::Sent { token, value, .. } => {
                let outcome = answers.next().ok_or(Implausible)?;
                if outcome.as_ref().is_ok_and(|paid| paid != value) {
                    return Err(Implausible);
                }
                if outcome.is_ok() && view.credits.get(token).is_none() {
                    paid.insert(*token, *value);
                }
                outcome
            }
        };
        outcomes.push(Outcome(outcome));
    }
    let credited = Amount::checked_sum(paid.values().copied()).ok_or(Implausible)?;
    let account = view.customers.get(&job.customer).ok_or(Implausible)?.clone();
    // Whether it can be credited shows before the first write.
    account.credit(credited).ok_or(Implausible)?;
    let flow = Flow { inward: credited, outward: Amount::ZERO };
    mirror::settle(view, number, &[(job.work.account, flow)])?;
    let (movement, account) = (Movement::Deposit, Some(job.work.account));
    let slip = Slip { day: now.day(), movement, account };
    credit(view, job.customer, credited, slip).ok_or(Implausible)?;
    for (token, amount) in paid {
        view.credits.insert(token, Credit { account: job.work.account, amount });
    }
    let (holder, account) = (job.customer, job.work.account);
    let outcome = noticed(credited, &outcomes);
    write_notice(view, holder, now, Movement::Deposit, account, outcome);
    job.reply = Some(Outcomes(outcomes));
    close(view, number, Entry::Deposit(job));
    Ok(())
}

/// What a notice says of the items together: what was credited, or why nothing was.
fn noticed(credited: Amount, outcomes: &[Outcome<Amount>]) -> Result<Amount, Error> {
    let paid = outcomes.iter().any(|Outcome(outcome)| outcome.is_ok());
    let refusal = outcomes.iter().find_map(|Outcome(outcome)| outcome.as_ref().err());
    match refusal {
        Some(refusal) if !paid => Err(refusal.error),
        Some(_) | None => Ok(credited),
    }
}
