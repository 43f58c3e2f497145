//! Deposit: tokens become account money, item by item and each token once (`[C2]`).

use super::{
    Begun, DEPOSITS_OF_ONE_MAX, Implausible, close, credit, device, has_room, record, standing,
    touches_request,
};
use crate::mailbox::{Slip, write_notice};
use crate::mirror::{self, late};
use crate::rows::{
    Credit, CustomerId, DepositItem, Deposition, Entry, EntryNumber, Flow, Job, Outcome, Outcomes,
    Request, RequestDigest, RequestKey,
};
use crate::verbs::trust::Trusted;
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::deposit::{Deposit, Outcome as ItemOutcome};
use tender_proto::movement::Movement;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::manifest::Manifest;
use tender_token::policy::LossRule;
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;

/// The outcomes, one per item.
pub type Reply = Vec<ItemOutcome>;

/// A deposit whose items were read: what goes to the issuer, and what is refused here.
#[derive(Clone, Debug)]
pub struct Depositing {
    device: PublicKey,
    body: Vec<u8>,
    work: Deposition,
    /// Whether what is refused as a double spend may be made good when it is asked again (`[S6]`).
    is_guaranteed: bool,
}

impl Depositing {
    /// Reads the items of a deposit that a device signed. An item that cannot be read, names
    /// another reference or is of another currency is refused under the name of its error.
    #[must_use]
    pub fn new(
        deposit: &Deposit,
        device: PublicKey,
        currency: Currency,
        trusted: &Trusted,
    ) -> Self {
        let read = |bytes: &Vec<u8>| read_item(bytes, deposit, currency, &trusted.manifest);
        let items = deposit.items.iter().map(|bytes| match read(bytes) {
            Ok(item) => item,
            Err(error) => DepositItem::Refused(error),
        });
        let work = Deposition { account: deposit.account, items: items.collect() };
        let rule = trusted.trust.policy.loss_rule;
        let is_guaranteed = rule == LossRule::PayerIntermediaryGuarantees;
        Self { device, body: deposit.to_bytes(), work, is_guaranteed }
    }

    /// The rows that [`begin`] needs.
    pub fn touches(&self, view: &mut View) {
        device::touches(self.device, view);
        view.references.want(self.work.account);
        if let Some(customer) = device::holder(view, &self.device) {
            view.customers.want(customer);
            touches_request(view, self.key(customer));
        }
    }

    fn key(&self, customer: CustomerId) -> RequestKey {
        RequestKey::deposit(customer, &self.body)
    }

    /// Whether the issuer may answer otherwise now.
    fn is_open_to(&self, answer: &Begun<Reply>) -> bool {
        let Begun::Answered(outcomes) = answer else { return false };
        let is_double = |outcome: &ItemOutcome| {
            outcome.as_ref().is_err_and(|refusal| refusal.error == Error::Double)
        };
        self.is_guaranteed && outcomes.iter().any(is_double)
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

/// Opens the journal entry, unless no item is left to be sent. A deposit that was answered gets
/// the same answer, but where a guarantee may make a double spend good the issuer is asked again:
/// each token is credited once all the same.
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
        let answer = standing(view, known.entry, reply);
        if !depositing.is_open_to(&answer) {
            return answer;
        }
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
    if !has_room(view, customer, DEPOSITS_OF_ONE_MAX) {
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
                let credit = Credit { token: *token, account: job.work.account };
                if outcome.is_ok() && view.credits.get(&credit).is_none() {
                    paid.insert(*token, *value);
                }
                outcome
            }
        };
        outcomes.push(Outcome(outcome));
    }
    // The statement may have been here first.
    let known = take_known(view, job.work.account, &mut paid).ok_or(Implausible)?;
    let credited = Amount::checked_sum(paid.values().copied()).ok_or(Implausible)?;
    let account = view.customers.get(&job.customer).ok_or(Implausible)?.clone();
    // Whether it can be credited shows before the first write.
    account.credit(credited).ok_or(Implausible)?;
    let flow = Flow { inward: credited, outward: Amount::ZERO };
    mirror::settle(view, (number, job.customer), &[(job.work.account, flow)])?;
    late::told(view, job.work.account, known);
    let (movement, account) = (Movement::Deposit, Some(job.work.account));
    let slip = Slip { day: now.day(), movement, account };
    credit(view, job.customer, credited, slip).ok_or(Implausible)?;
    for (token, amount) in paid {
        view.credits.insert(Credit { token, account: job.work.account }, amount);
    }
    let (holder, account) = (job.customer, job.work.account);
    let outcome = noticed(credited, &outcomes);
    write_notice(view, holder, now, Movement::Deposit, account, outcome);
    job.reply = Some(Outcomes(outcomes));
    close(view, number, Entry::Deposit(job));
    Ok(())
}

/// Takes from what was paid for tokens what the postings had credited before. Gives how much it is.
fn take_known(
    view: &View,
    account: AccountRef,
    paid: &mut BTreeMap<TokenId, Amount>,
) -> Option<Amount> {
    let sum = Amount::checked_sum(paid.values().copied())?;
    let known = late::known_of(view, account, sum);
    let mut left = known;
    for amount in paid.values_mut() {
        let taken = left.min(*amount);
        *amount = amount.checked_sub(taken)?;
        left = left.checked_sub(taken)?;
    }
    Some(known)
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
