//! Withdraw: account money becomes tokens. The money is set aside before the issuer hears of it and
//! leaves the account when the issuer has signed, exactly once (`[W2]`, `[W4]`).

use super::{Begun, Implausible, close, record, standing, touches_request};
use crate::mirror;
use crate::rows::{
    CustomerId, Entry, EntryNumber, Flow, Job, Outcome, Request, RequestDigest, RequestKey,
    Signatures, Withdrawal,
};
use crate::view::View;
use tender_proto::refusal::Refusal;
use tender_proto::withdraw::Reply;
use tender_token::amount::Currency;
use tender_token::bounds::REQUEST_LIFETIME_S;
use tender_token::cash::CashItem;
use tender_token::date::Timestamp;
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
    identity: IdentityKey,
}

impl Withdrawing {
    /// A request whose outputs are all of the accounts' currency: the amounts of a plan do not say
    /// of which they are. `authorise` gives the bytes with our signature that the issuer gets.
    /// Errors: `E_DENOMINATION`, `E_PLAN`; those of reading the funding items.
    pub fn new(
        signed: SignedRequest,
        currency: Currency,
        manifest: &Manifest,
        authorise: impl FnOnce(SignedRequest) -> Vec<u8>,
    ) -> Result<Self, Error> {
        let plan = &signed.plan;
        for output in &plan.outputs {
            if manifest.series_of(output.denomination)?.series.currency != currency {
                return Err(Error::Plan);
            }
        }
        // What is journalled is sent until it is answered, so the issuer must be able to read it.
        for item in &signed.items {
            CashItem::from_bytes(item, manifest)?;
        }
        let (identity, plan_hash) = (IdentityKey(plan.identity.bytes()), plan.hash());
        let Plan { sid, debit, debit_account, credit, credit_account, .. } = *plan;
        let request = authorise(signed.clone());
        let work =
            Withdrawal { sid, plan_hash, debit, debit_account, credit, credit_account, request };
        Ok(Self { signed, work, identity })
    }

    fn key(&self) -> RequestKey {
        RequestKey::Withdraw(self.identity, self.work.sid)
    }

    /// The rows that [`begin`] needs.
    pub fn touches(&self, view: &mut View) {
        view.wallets.want(self.identity);
        if let Some(wallet) = view.wallets.known(&self.identity) {
            view.customers.want(wallet.customer);
        }
        touches_request(view, self.key());
        for account in self.work.movements().into_keys() {
            view.references.want(account);
        }
    }

    /// The customer, if everything but the money allows the withdrawal.
    fn admit(&self, view: &View, now: Timestamp) -> Result<CustomerId, Error> {
        let wallet = view.wallets.get(&self.identity).ok_or(Error::Wallet)?;
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
        Ok(wallet.customer)
    }
}

/// Sets the debit aside and opens the journal entry with the bytes that every sending will send.
///
/// Refusals in this order: `E_SID_CONFLICT`, `E_WALLET`, `E_AUTH` also for a reference of another
/// customer, `E_REQUEST_EXPIRED`, `E_FUNDS`.
pub fn begin(view: &mut View, withdrawing: &Withdrawing, now: Timestamp) -> Begun<Reply> {
    let refused = |error: Error| Begun::Answered(Err(error.into()));
    let digest = RequestDigest::of(&[&withdrawing.signed.to_bytes()]);
    if let Some(known) = view.requests.get(&withdrawing.key()) {
        if known.digest != digest {
            return refused(Error::SidConflict);
        }
        return standing(view, known.entry, reply);
    }
    let customer = match withdrawing.admit(view, now) {
        Ok(customer) => customer,
        Err(error) => return refused(error),
    };
    let work = &withdrawing.work;
    let account = view.customers.get(&customer).expect("every wallet has its customer").clone();
    let Some(account) = account.hold(work.debit) else { return refused(Error::Funds) };
    view.customers.insert(customer, account);
    for reference in work.movements().into_keys() {
        mirror::claim(view, reference, customer);
    }
    let entry = Entry::Withdraw(Job::open(customer, work.clone()));
    Begun::Open(record(view, withdrawing.key(), |entry| Request { entry, digest }, entry))
}

/// The answer of a finished withdrawal.
#[must_use]
pub fn reply(entry: &Entry) -> Option<Reply> {
    let Entry::Withdraw(Job { reply: Some(Outcome(outcome)), .. }) = entry else { return None };
    Some(outcome.clone().map(|Signatures(bytes)| bytes))
}

/// Makes the issuer's word final: the hold becomes the debit, or returns to the balance.
/// Errors: [`Implausible`] for a reply to another session or plan.
pub fn finish(view: &mut View, number: EntryNumber, reply: Reply) -> Result<(), Implausible> {
    let Some(Entry::Withdraw(job)) = view.entries.get(&number) else { return Err(Implausible) };
    if job.reply.is_some() {
        return Ok(());
    }
    let mut job = job.clone();
    job.reply = Some(settle(view, job.customer, &job.work, reply)?);
    close(view, number, Entry::Withdraw(job));
    Ok(())
}

/// Moves the money as the reply says, and gives what is stored of it.
fn settle(
    view: &mut View,
    customer: CustomerId,
    work: &Withdrawal,
    reply: Reply,
) -> Result<Outcome<Signatures>, Implausible> {
    let account = view.customers.get(&customer).ok_or(Implausible)?.clone();
    let granted = reply.is_ok();
    let account = match &reply {
        Ok(bytes) => {
            check_reply(bytes, work)?;
            account.settle(work.debit).and_then(|account| account.credit(work.credit))
        }
        Err(Refusal { .. }) => account.release(work.debit),
    };
    let account = account.ok_or(Implausible)?;
    let moved = |flow| if granted { flow } else { Flow::default() };
    let flows: Vec<_> = work.movements().into_iter().map(|(to, flow)| (to, moved(flow))).collect();
    mirror::settle(view, &flows)?;
    view.customers.insert(customer, account);
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
