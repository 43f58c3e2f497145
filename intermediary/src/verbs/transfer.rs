//! Transfer: account money goes to another account, of ours in one transaction, or of another
//! intermediary through the issuer's vaults. Nothing is debited without the order that the payer's
//! device signed, which is kept.

pub(crate) mod id;

use super::debit::{Debit, Undone};
use super::{
    Begun, Implausible, OPEN_OF_ONE_MAX, close, credit, debit, device, has_room, outside, person,
    record, standing, touches_request,
};
use crate::mailbox::{Slip, write_line, write_notice};
use crate::rows::{
    CustomerId, Entry, EntryNumber, Flow, Job, LedgerAccount, Origin, Outcome, Payee, Reference,
    Request, RequestDigest, RequestKey, Sending, Sent, Wallet,
};
use crate::view::View;
use crate::{ledger, limit, mailbox, mirror};
use tender_proto::movement::Movement;
use tender_proto::order::{Order, SignedOrder};
use tender_proto::transfer::{Reply, Transfer};
use tender_store::plain::Mark;
use tender_token::amount::{Amount, Currency};
use tender_token::bounds::REQUEST_LIFETIME_S;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::identity::{IdentityKey, RegistrarId};

/// An order whose signature holds.
#[derive(Clone, Debug)]
pub struct Ordered {
    signed: SignedOrder,
    currency: Currency,
    today: Day,
}

impl Ordered {
    /// Verifies an order to us. Errors: `E_AUTH`.
    pub fn verify(
        signed: SignedOrder,
        registrar: RegistrarId,
        currency: Currency,
        today: Day,
    ) -> Result<Self, Error> {
        signed.verify()?;
        if signed.order.registrar != registrar {
            return Err(Error::Auth);
        }
        Ok(Self { signed, currency, today })
    }

    fn is_internal(&self) -> bool {
        self.signed.order.payee == self.signed.order.registrar
    }

    fn payee(&self) -> Payee {
        let Order { payee: intermediary, payee_account: account, .. } = self.signed.order;
        Payee { intermediary, account }
    }

    fn key(&self, customer: CustomerId) -> RequestKey {
        RequestKey::Transfer(customer, self.signed.order.id)
    }

    /// The rows that [`begin`] needs.
    pub fn touches(&self, view: &mut View) {
        let order = self.signed.order;
        device::touches(self.signed.device, view);
        if let Some(customer) = device::holder(view, &self.signed.device) {
            touches_request(view, self.key(customer));
            mailbox::touches(customer, view);
        }
        view.references.want(order.payer_account);
        view.references.want(order.payee_account);
        view.sent.want(self.payee());
        if let Some(sent) = view.sent.known(&self.payee()).copied() {
            view.entries.want(sent.entry);
        }
        if let Some(reference) = view.references.known(&order.payee_account).copied() {
            mailbox::touches(reference.customer, view);
            person::touches_gone(reference.customer, view);
        }
    }

    /// What is asked of the order, whoever pays. Errors: `E_REQUEST_EXPIRED`, `E_PLAN`, `E_AMOUNT`,
    /// `E_INSTR` for references that are one.
    fn admit(&self, now: Timestamp) -> Result<(), Error> {
        let order = self.signed.order;
        let latest = now.checked_add(REQUEST_LIFETIME_S).ok_or(Error::RequestExpired)?;
        if order.expires < now || order.expires > latest {
            return Err(Error::RequestExpired);
        }
        if order.currency != self.currency {
            return Err(Error::Plan);
        }
        if order.amount.is_zero() {
            return Err(Error::Amount);
        }
        if order.payer_account == order.payee_account {
            return Err(Error::Instr);
        }
        Ok(())
    }

    /// What is written if the account affords it. Errors: `E_WALLET` for an account that is frozen
    /// or closed, `E_LIMIT`, `E_FUNDS`.
    fn afford(&self, view: &View, wallet: &Wallet) -> Result<Debit, Error> {
        let amount = self.signed.order.amount;
        debit::set_aside(view, wallet, self.today, amount, |limits, today| {
            limit::transfer(limits, today, amount)
        })
    }

    fn work(&self, identity: IdentityKey, debit: &Debit) -> Sending {
        let Order { id, registrar, payee, payee_account, payer_account, currency, amount, .. } =
            self.signed.order;
        let id = id::of_order(debit.wallet.customer, id);
        let payer = registrar;
        let transfer =
            Transfer { id, payer, payee, currency, amount, payer_account, payee_account };
        let (order, wallet) = (self.signed.to_bytes(), Some(identity));
        let (day, grants, pulled) = (debit.usage.day, debit.wallet.grants, debit.pulled);
        Sending { order, wallet, grants, day, pulled, transfer }
    }
}

/// Moves the money within the books, or sets it aside and opens the journal entry.
///
/// Refusals in this order: `E_WALLET` for an unknown device, `E_SID_CONFLICT` for another order of
/// this name, those of the order itself, `E_AUTH` for a payer's reference that is not fresh,
/// `E_WALLET` for an account that is frozen or closed, `E_LIMIT` beyond the limits of the
/// customer's tier, `E_FUNDS`; then `E_SID_CONFLICT` if something was sent to this payee's
/// reference before, or within the books `E_WALLET` for a reference that nobody made known, or who
/// was erased since, and `E_PLAN` for one's own.
pub fn begin(view: &mut View, ordered: &Ordered, now: Timestamp) -> Begun<Reply> {
    let refused = |error: Error| Begun::Answered(Err(error.into()));
    let identity = device::wallet(view, &ordered.signed.device);
    let known = identity.and_then(|identity| Some((identity, view.wallets.get(&identity)?)));
    let Some((identity, wallet)) = known else { return refused(Error::Wallet) };
    let customer = wallet.customer;
    let key = ordered.key(customer);
    let digest = RequestDigest::of(&[&ordered.signed.order.to_bytes()]);
    if let Some(known) = view.requests.get(&key) {
        if known.digest != digest {
            return refused(Error::SidConflict);
        }
        return standing(view, known.entry, reply);
    }
    let order = ordered.signed.order;
    if let Err(error) = ordered.admit(now) {
        return refused(error);
    }
    if view.references.get(&order.payer_account).is_some() {
        return refused(Error::Auth);
    }
    let debit = match ordered.afford(view, wallet) {
        Ok(debit) => debit,
        Err(error) => return refused(error),
    };
    let request = |entry| Request { entry, digest };
    let entry = Entry::Transfer(Job::open(customer, ordered.work(identity, &debit)));
    if ordered.is_internal() {
        if let Err(error) = move_within(view, identity, debit, &order, now) {
            return refused(error);
        }
        let number = record(view, key, request, entry);
        close_within(view, number, order.amount);
        return standing(view, number, reply);
    }
    if is_sent_to(view, &ordered.payee()) {
        return refused(Error::SidConflict);
    }
    if !has_room(view, customer, OPEN_OF_ONE_MAX) {
        return Begun::Full;
    }
    debit::record(view, identity, debit);
    mirror::claim(view, order.payer_account, customer);
    let number = record(view, key, request, entry);
    view.sent.insert(ordered.payee(), Sent { entry: number, returned: false });
    let (from, to) = (LedgerAccount::Customers, LedgerAccount::Holds);
    ledger::enter(view, from, to, order.amount, Origin::Entry(number));
    Begun::Open(number)
}

/// Whether something was sent to this payee that the issuer has not refused: what comes back of it
/// must belong to one payer.
fn is_sent_to(view: &View, payee: &Payee) -> bool {
    let sent = view.sent.get(payee).and_then(|sent| view.entries.get(&sent.entry));
    sent.is_some_and(|entry| reply(entry).is_none_or(|reply| reply.is_ok()))
}

/// Moves the money between two accounts; nothing is written if it is refused.
/// Errors: `E_WALLET`, `E_PLAN`, `E_AMOUNT`.
fn move_within(
    view: &mut View,
    identity: IdentityKey,
    debit: Debit,
    order: &Order,
    now: Timestamp,
) -> Result<(), Error> {
    let Order { amount, payer_account, payee_account, .. } = *order;
    let payer = debit.wallet.customer;
    let payee = view.references.get(&payee_account).ok_or(Error::Wallet)?.customer;
    if payee == payer {
        return Err(Error::Plan);
    }
    if payee == CustomerId::NOBODY || person::is_gone(view, payee) {
        return Err(Error::Wallet);
    }
    let debited = debit.account.clone().settle(amount).ok_or(Error::Amount)?;
    let slip = |movement, account| Slip { day: now.day(), movement, account: Some(account) };
    let came = slip(Movement::TransferIn, payee_account);
    credit(view, payee, amount, came).ok_or(Error::Amount)?;
    debit::record(view, identity, debit);
    view.customers.insert(payer, debited);
    write_line(view, payer, amount, slip(Movement::TransferOut, payer_account));
    write_notice(view, payee, now, Movement::TransferIn, payee_account, Ok(amount));
    // Used up, so that nothing else is ever done under it.
    view.references.insert(payer_account, Reference::of(payer));
    Ok(())
}

/// Closes the entry of a transfer that was made within the books. What customers have together is
/// the same as before; the movement says that it moved.
fn close_within(view: &mut View, number: EntryNumber, amount: Amount) {
    let customers = LedgerAccount::Customers;
    ledger::enter(view, customers, customers, amount, Origin::Entry(number));
    if let Some(Entry::Transfer(mut job)) = view.entries.get(&number).cloned() {
        job.reply = Some(Outcome(Ok(Mark)));
        close(view, number, Entry::Transfer(job));
    }
}

/// The answer of a finished transfer.
#[must_use]
pub fn reply(entry: &Entry) -> Option<Reply> {
    let Entry::Transfer(Job { reply: Some(Outcome(outcome)), .. }) = entry else { return None };
    Some(outcome.clone().map(|Mark| ()))
}

/// Makes the issuer's word final: the hold becomes the debit, or returns to the balance. What goes
/// back to another intermediary leaves the vault only: while the vault does not cover it, the entry
/// stays open under another id, for a refusal is final; if it cannot go at all, it waits
/// outside for the staff. Errors: [`Implausible`] if the entry is no transfer.
pub fn finish(
    view: &mut View,
    number: EntryNumber,
    reply: Reply,
    now: Timestamp,
) -> Result<(), Implausible> {
    let Some(Entry::Transfer(job)) = view.entries.get(&number) else { return Err(Implausible) };
    if job.reply.is_some() {
        return Ok(());
    }
    let mut job = job.clone();
    let uncovered = reply.as_ref().is_err_and(|refusal| refusal.error == Error::Funds);
    if uncovered && job.customer == CustomerId::NOBODY {
        job.work.transfer.id = id::of_next(job.work.transfer.id);
        view.entries.insert(number, Entry::Transfer(job));
        return Ok(());
    }
    let Transfer { amount, payer_account, .. } = job.work.transfer;
    let outward = if reply.is_ok() { amount } else { Amount::ZERO };
    let flow = Flow { inward: Amount::ZERO, outward };
    if job.customer == CustomerId::NOBODY {
        mirror::settle(view, (number, job.customer), &[(payer_account, flow)])?;
        if reply.is_err() {
            outside::keep(view, payer_account, amount);
        }
    } else {
        let account = view.customers.get(&job.customer).ok_or(Implausible)?.clone();
        let moved = if reply.is_ok() { account.settle(amount) } else { account.release(amount) };
        let account = moved.ok_or(Implausible)?;
        // Whether it can be paid out again shows before the first write.
        let back = if reply.is_ok() { Amount::ZERO } else { job.work.pulled };
        account.clone().pay_out(back).ok_or(Implausible)?;
        mirror::settle(view, (number, job.customer), &[(payer_account, flow)])?;
        view.customers.insert(job.customer, account);
        if reply.is_ok() {
            let (movement, account) = (Movement::TransferOut, Some(payer_account));
            write_line(view, job.customer, amount, Slip { day: now.day(), movement, account });
        } else {
            let (from, to) = (LedgerAccount::Holds, LedgerAccount::Customers);
            ledger::enter(view, from, to, amount, Origin::Entry(number));
            let (customer, Sending { wallet, grants, day, pulled, .. }) = (job.customer, &job.work);
            let (wallet, day, pulled) = (wallet.map(|wallet| (wallet, *grants)), *day, *pulled);
            let undone = Undone { customer, wallet, day, amount, pulled };
            debit::give_back(view, undone, now.day()).ok_or(Implausible)?;
        }
        let outcome = reply.as_ref().map(|()| amount).map_err(|refusal| refusal.error);
        let (payer, movement) = (job.customer, Movement::TransferOut);
        write_notice(view, payer, now, movement, payer_account, outcome);
    }
    job.reply = Some(Outcome(reply.map(|()| Mark)));
    close(view, number, Entry::Transfer(job));
    Ok(())
}
