//! Withdraw: account money becomes tokens. The money is set aside before the issuer hears of it and
//! leaves the account when the issuer has signed, exactly once (`[W2]`, `[W4]`).

use super::debit::{Debit, Undone};
use super::{
    Begun, Implausible, OPEN_OF_ONE_MAX, close, credit, debit, device, has_room, record, standing,
    touches_request,
};
use crate::mailbox::{Slip, write_line, write_notice};
use crate::mirror::late;
use crate::rows::{
    Entry, EntryNumber, Flow, Job, LedgerAccount, Origin, Outcome, Request, RequestDigest,
    RequestKey, Signatures, Wallet, Withdrawal,
};
use crate::view::View;
use crate::{ledger, limit, mailbox, mirror};
use tender_proto::movement::Movement;
use tender_proto::withdraw::Reply;
use tender_store::plain::Count;
use tender_token::amount::{Amount, Currency};
use tender_token::bounds::REQUEST_LIFETIME_S;
use tender_token::cash::CashItem;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Encode, Reader};
use tender_token::error::Error;
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;
use tender_token::provision::SessionId;
use tender_token::withdraw::{Plan, SignedRequest};

/// A wallet's request, and what it asks of the books.
#[derive(Clone, Debug)]
pub struct Withdrawing {
    signed: SignedRequest,
    work: Withdrawal,
    /// Value of the most valuable token.
    largest: Amount,
}

impl Withdrawing {
    /// A request whose outputs are all of the accounts' currency: the amounts of a plan do not say
    /// of which they are. It counts for the day of `now`. `authorise` gives the bytes with our
    /// signature that the issuer gets.
    /// Errors: `E_DENOMINATION`, `E_PLAN`; those of reading the funding items.
    pub fn new(
        signed: SignedRequest,
        currency: Currency,
        manifest: &Manifest,
        now: Timestamp,
        authorise: impl FnOnce(SignedRequest) -> Vec<u8>,
    ) -> Result<Self, Error> {
        let plan = &signed.plan;
        let mut largest = Amount::ZERO;
        for output in &plan.outputs {
            if manifest.series_of(output.denomination)?.series.currency != currency {
                return Err(Error::Plan);
            }
            let value = manifest.value_key(output.denomination)?.denomination.value;
            largest = largest.max(value);
        }
        // What is journalled is sent until it is answered, so the issuer must be able to read it.
        for item in &signed.items {
            CashItem::from_bytes(item, manifest)?;
        }
        let (identity, plan_hash) = (IdentityKey(plan.identity.bytes()), plan.hash());
        let Plan { sid, debit, debit_account, credit, credit_account, .. } = *plan;
        let request = authorise(signed.clone());
        let day = now.day();
        let work = Withdrawal {
            wallet: identity,
            grants: Count(0),
            sid,
            plan_hash,
            day,
            debit,
            pulled: Amount::ZERO,
            debit_account,
            credit,
            credit_account,
            ahead: Amount::ZERO,
            request,
        };
        Ok(Self { signed, work, largest })
    }

    fn key(&self) -> RequestKey {
        RequestKey::Withdraw(self.work.wallet, self.work.sid)
    }

    /// The rows that [`begin`] needs.
    pub fn touches(&self, view: &mut View) {
        view.wallets.want(self.work.wallet);
        if let Some(wallet) = view.wallets.known(&self.work.wallet).cloned() {
            mailbox::touches(wallet.customer, view);
        }
        touches_request(view, self.key());
        for account in self.work.movements().into_keys() {
            view.references.want(account);
        }
    }

    /// Whether everything but the money allows a wallet's withdrawal.
    fn admit(&self, view: &View, wallet: &Wallet, now: Timestamp) -> Result<(), Error> {
        self.signed.verify(&wallet.registration.record.device)?;
        let mut accounts = self.work.movements().into_keys();
        if !accounts.all(|account| mirror::may_use(view, account, wallet.customer)) {
            return Err(Error::Auth);
        }
        let expires = self.signed.plan.expires;
        let latest = now.checked_add(REQUEST_LIFETIME_S).ok_or(Error::RequestExpired)?;
        if expires < now || expires > latest {
            return Err(Error::RequestExpired);
        }
        // The issuer would refuse it, or sign nothing: it would only wait in the journal.
        if self.work.debit.is_zero() && self.signed.items.is_empty() {
            return Err(Error::Amount);
        }
        Ok(())
    }

    /// What is written if the account affords it. Errors: `E_WALLET`, `E_LIMIT`, `E_FUNDS`.
    fn afford(&self, view: &View, wallet: &Wallet) -> Result<Debit, Error> {
        let Withdrawal { day, debit, .. } = self.work;
        debit::set_aside(view, wallet, day, debit, |limits, today| {
            limit::withdrawal(limits, today, debit, self.largest)
        })
    }
}

/// Sets the debit aside and opens the journal entry with the bytes that every sending will send.
///
/// Refusals in this order: `E_WALLET` for a wallet that is unknown or whose device is blocked, also
/// if it asked for the same before; `E_SID_CONFLICT`; `E_AUTH` also for a reference of another
/// customer; `E_REQUEST_EXPIRED`; `E_AMOUNT` for one that nothing pays for; `E_WALLET` for an
/// account that is frozen or closed; `E_LIMIT` beyond the limits of the customer's tier or the
/// wallet's grant; `E_FUNDS`.
pub fn begin(view: &mut View, withdrawing: &Withdrawing, now: Timestamp) -> Begun<Reply> {
    let refused = |error: Error| Begun::Answered(Err(error.into()));
    let wallet = match device::heard(view, &withdrawing.work.wallet) {
        Ok(wallet) => wallet,
        Err(error) => return refused(error),
    };
    let digest = RequestDigest::of(&[&withdrawing.signed.to_bytes()]);
    if let Some(known) = view.requests.get(&withdrawing.key()) {
        if known.digest != digest {
            return refused(Error::SidConflict);
        }
        return standing(view, known.entry, reply);
    }
    let admitted = withdrawing.admit(view, wallet, now);
    let debit = match admitted.and_then(|()| withdrawing.afford(view, wallet)) {
        Ok(debit) => debit,
        Err(error) => return refused(error),
    };
    let customer = debit.wallet.customer;
    if !has_room(view, customer, OPEN_OF_ONE_MAX) {
        return Begun::Full;
    }
    let (day, pulled, grants) = (debit.usage.day, debit.pulled, debit.wallet.grants);
    let work = Withdrawal { grants, day, pulled, ..withdrawing.work.clone() };
    debit::record(view, work.wallet, debit);
    for reference in work.movements().into_keys() {
        mirror::claim(view, reference, customer);
    }
    let entry = Entry::Withdraw(Job::open(customer, work));
    let number = record(view, withdrawing.key(), |entry| Request { entry, digest }, entry);
    let (from, to) = (LedgerAccount::Customers, LedgerAccount::Holds);
    ledger::enter(view, from, to, withdrawing.work.debit, Origin::Entry(number));
    Begun::Open(number)
}

/// The answer of a finished withdrawal.
#[must_use]
pub fn reply(entry: &Entry) -> Option<Reply> {
    let Entry::Withdraw(Job { reply: Some(Outcome(outcome)), .. }) = entry else { return None };
    Some(outcome.clone().map(|Signatures(bytes)| bytes))
}

/// Makes the issuer's word final: the hold becomes the debit, or returns to the balance. It becomes
/// the debit also if the issuer carried the withdrawal out and can sign its tokens no more.
/// Errors: [`Implausible`] for a reply to another session or plan.
pub fn finish(
    view: &mut View,
    number: EntryNumber,
    reply: Reply,
    now: Timestamp,
) -> Result<(), Implausible> {
    let Some(Entry::Withdraw(job)) = view.entries.get(&number) else { return Err(Implausible) };
    if job.reply.is_some() {
        return Ok(());
    }
    let mut job = job.clone();
    // What was carried out and cannot be signed any more is paid: the reply itself says the rest.
    let paid = job.work.is_paid(&reply);
    let refused = reply.as_ref().err().filter(|_| !paid);
    let outcome = refused.map_or(Ok(job.work.debit), |refusal| Err(refusal.error));
    if paid {
        // The statement may have been here first.
        job.work.ahead = late::known_of(view, job.work.credit_account, job.work.credit);
    }
    job.reply = Some(settle(view, number, &job, reply, now.day())?);
    let (movement, account) = (Movement::Withdrawal, job.work.debit_account);
    write_notice(view, job.customer, now, movement, account, outcome);
    close(view, number, Entry::Withdraw(job));
    Ok(())
}

/// Moves the money as the reply says, and gives what is stored of it.
fn settle(
    view: &mut View,
    number: EntryNumber,
    job: &Job<Withdrawal, Outcome<Signatures>>,
    reply: Reply,
    day: Day,
) -> Result<Outcome<Signatures>, Implausible> {
    let Job { customer, work, .. } = job;
    let customer = *customer;
    let account = view.customers.get(&customer).ok_or(Implausible)?.clone();
    if let Ok(bytes) = &reply {
        check_reply(bytes, work)?;
    }
    let paid = work.is_paid(&reply);
    let account = if paid { account.settle(work.debit) } else { account.release(work.debit) };
    let account = account.ok_or(Implausible)?;
    let change = if paid { work.change() } else { Amount::ZERO };
    // Whether it can be credited and paid out shows before the first write.
    account.clone().credit(change).ok_or(Implausible)?;
    account.clone().pay_out(if paid { Amount::ZERO } else { work.pulled }).ok_or(Implausible)?;
    let moved = |flow| if paid { flow } else { Flow::default() };
    let flows: Vec<_> = work.movements().into_iter().map(|(to, flow)| (to, moved(flow))).collect();
    mirror::settle(view, (number, customer), &flows)?;
    late::told(view, work.credit_account, work.ahead);
    if !paid {
        let (from, to) = (LedgerAccount::Holds, LedgerAccount::Customers);
        ledger::enter(view, from, to, work.debit, Origin::Entry(number));
    }
    view.customers.insert(customer, account);
    if paid {
        let (movement, account) = (Movement::Withdrawal, Some(work.debit_account));
        write_line(view, customer, work.debit, Slip { day, movement, account });
    } else {
        let Withdrawal { wallet, grants, day: of, debit: amount, pulled, .. } = *work;
        let undone = Undone { customer, wallet: Some((wallet, grants)), day: of, amount, pulled };
        debit::give_back(view, undone, day).ok_or(Implausible)?;
    }
    let (movement, account) = (Movement::Change, Some(work.credit_account));
    credit(view, customer, change, Slip { day, movement, account }).ok_or(Implausible)?;
    Ok(Outcome(reply.map(Signatures)))
}

/// Whether a reply begins with the session and the plan that were asked about. Its signatures are
/// the wallet's to check: request and reply prove a wrong one (`[W7]`).
fn check_reply(bytes: &[u8], work: &Withdrawal) -> Result<(), Implausible> {
    let mut reader = Reader::new(bytes);
    let named = reader.get::<SessionId>().and_then(|sid| Ok((sid, reader.array::<32>()?)));
    let fits = named.is_ok_and(|named| named == (work.sid, work.plan_hash));
    if fits { Ok(()) } else { Err(Implausible) }
}
