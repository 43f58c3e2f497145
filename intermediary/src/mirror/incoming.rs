//! What comes into the vault unasked: paid claims, and transfers from other intermediaries.
//!
//! Nothing of ours is open for it, so the posting alone credits the account, once. A transfer under
//! a reference that nobody here knows, or of somebody who was erased, goes back to where it came
//! from, under the same reference, and its sender credits the payer. What comes back of something
//! that went back stays where it is, so nothing goes to and fro for ever; it waits outside until
//! the staff has seen to it.

use crate::ledger;
use crate::mailbox::{self, Slip};
use crate::rows::{
    Arrival, ArrivalKey, CustomerId, Difference, Entry, Flow, Job, LedgerAccount, Origin, Payee,
    PostingNumber, Reference, Sending, Sent,
};
use crate::verbs::transfer::id;
use crate::verbs::{self, open_entry, outside, person};
use crate::view::View;
use tender_proto::movement::Movement;
use tender_proto::statement::{Cause, Posting};
use tender_proto::transfer::Transfer;
use tender_store::plain::Count;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::identity::RegistrarId;

/// Who takes up a statement, and when.
#[derive(Clone, Copy, Debug)]
pub struct Ours {
    /// Our name.
    pub registrar: RegistrarId,
    /// The currency of the accounts.
    pub currency: Currency,
    /// When.
    pub now: Timestamp,
}

impl Ours {
    pub(super) fn slip(self, movement: Movement, account: AccountRef) -> (Slip, Timestamp) {
        (Slip { day: self.now.day(), movement, account: Some(account) }, self.now)
    }
}

/// The rows that a posting leads to.
pub fn touches(posting: &Posting, view: &mut View) {
    let (Cause::Claim(account) | Cause::TransferIn(account, _)) = posting.cause else { return };
    view.references.want(account);
    if let Some(reference) = view.references.known(&account).copied() {
        mailbox::touches(reference.customer, view);
        person::touches_gone(reference.customer, view);
    }
    let Cause::TransferIn(account, intermediary) = posting.cause else { return };
    let payee = Payee { intermediary, account };
    view.sent.want(payee);
    let Some(sent) = view.sent.known(&payee).copied() else { return };
    view.entries.want(sent.entry);
    if let Some(payer) = view.entries.known(&sent.entry).map(Entry::customer) {
        mailbox::touches(payer, view);
    }
}

/// Credits a paid claim to whom its reference stands for. It is paid when its last day is over, and
/// the posting is the first that we hear of it.
pub(super) fn credit_claim(view: &mut View, account: AccountRef, posting: &Posting, ours: Ours) {
    if posting.amount.is_zero() {
        return;
    }
    let Some(reference) = view.references.get(&account).copied() else {
        view.differences.mark(Difference::UnknownReference(account));
        return;
    };
    let slip = ours.slip(Movement::Claim, account);
    let _named_if_not = credit_posting(view, reference.customer, account, posting, slip);
}

/// Credits a transfer to the payee, or to the payer whose transfer came back, or sends it back.
pub(super) fn take_transfer(
    view: &mut View,
    account: AccountRef,
    from: RegistrarId,
    posting: &Posting,
    ours: Ours,
) {
    if posting.amount.is_zero() {
        return;
    }
    let came = ours.slip(Movement::TransferIn, account);
    let payee = Payee { intermediary: from, account };
    if let Some(sent) = view.sent.get(&payee).copied() {
        let payer = returning(view, sent, posting.amount);
        let slip = ours.slip(Movement::Returned, account);
        if credit_posting(view, payer.unwrap_or(CustomerId::NOBODY), account, posting, slip) {
            match payer {
                Some(_) => view.sent.insert(payee, Sent { returned: true, ..sent }),
                None => outside::keep(view, account, posting.amount),
            }
        }
        return;
    }
    let known = view.references.get(&account).map(|reference| reference.customer);
    let known = known.filter(|customer| !person::is_gone(view, *customer));
    let customer = known.unwrap_or(CustomerId::NOBODY);
    let counted = credit_posting(view, customer, account, posting, came);
    if counted && customer == CustomerId::NOBODY {
        send_back(view, payee, posting, ours);
    }
}

/// Whose transfer comes back, if it is a whole one that has not come back before.
fn returning(view: &View, sent: Sent, amount: Amount) -> Option<CustomerId> {
    let Entry::Transfer(job) = view.entries.get(&sent.entry)? else { return None };
    let whole = !sent.returned && job.work.transfer.amount == amount;
    let refused = job.reply.as_ref().is_some_and(|outcome| outcome.0.is_err());
    (whole && !refused && job.customer != CustomerId::NOBODY).then_some(job.customer)
}

/// What came in, counted: the row of its reference, and what our work moved in the vault.
pub(super) struct Counted {
    pub(super) reference: Reference,
    pub(super) vault: Flow,
}

/// Credits a posting to a customer, or counts it as nobody's. Gives whether it could be counted.
fn credit_posting(
    view: &mut View,
    customer: CustomerId,
    account: AccountRef,
    posting: &Posting,
    slip: (Slip, Timestamp),
) -> bool {
    let key = ArrivalKey { posting: PostingNumber(posting.number), is_late: false };
    let amount = posting.amount;
    let counted = count(view, customer, account, posting);
    credit(view, key, Arrival { customer, account, amount }, counted, slip)
}

/// Credits what arrived, or names it as a difference if it could not be counted.
/// Gives whether it could.
pub(super) fn credit(
    view: &mut View,
    key: ArrivalKey,
    arrival: Arrival,
    counted: Option<Counted>,
    (slip, now): (Slip, Timestamp),
) -> bool {
    let Arrival { customer, account, amount } = arrival;
    let is_nobodys = customer == CustomerId::NOBODY;
    let credited = |_: &_| is_nobodys || verbs::credit(view, customer, amount, slip).is_some();
    let Some(Counted { reference, vault }) = counted.filter(credited) else {
        view.differences.mark(Difference::Movement(account));
        return false;
    };
    view.change_book(|book| book.vault.moved = vault);
    view.references.insert(account, reference);
    view.unreconciled.mark(account);
    view.arrivals.append(key, arrival);
    if !is_nobodys {
        mailbox::write_notice(view, customer, now, slip.movement, account, Ok(amount));
    }
    let to = match customer {
        CustomerId::NOBODY => LedgerAccount::Returns,
        CustomerId(_) => LedgerAccount::Customers,
    };
    ledger::enter(view, LedgerAccount::Vault, to, amount, Origin::Posting(key.posting));
    true
}

/// What came in under a reference so far, counted on both sides, ours and the issuer's; and what
/// our work moved in the vault. `None` beyond the range of amounts.
fn count(
    view: &View,
    customer: CustomerId,
    account: AccountRef,
    posting: &Posting,
) -> Option<Counted> {
    let (amount, none) = (posting.amount, Amount::ZERO);
    let known = view.references.get(&account).copied();
    let mut reference = known.unwrap_or_else(|| Reference::of(customer));
    reference.moved = reference.moved.plus(amount, none)?;
    reference.posted = reference.posted.plus(amount, none)?;
    reference.posting = PostingNumber(posting.number);
    Some(Counted { reference, vault: view.book().vault.moved.plus(amount, none)? })
}

/// Opens the entry that sends back what nobody here knows.
fn send_back(view: &mut View, payee: Payee, posting: &Posting, ours: Ours) {
    let Payee { intermediary, account } = payee;
    super::claim(view, account, CustomerId::NOBODY);
    let transfer = Transfer {
        id: id::of_return(posting.number, account),
        payer: ours.registrar,
        payee: intermediary,
        currency: ours.currency,
        amount: posting.amount,
        payer_account: account,
        payee_account: account,
    };
    let (day, pulled) = (ours.now.day(), Amount::ZERO);
    let (order, wallet, grants) = (Vec::new(), None, Count(0));
    let work = Sending { order, wallet, grants, day, pulled, transfer };
    let entry = open_entry(view, Entry::Transfer(Job::open(CustomerId::NOBODY, work)));
    view.sent.insert(payee, Sent { entry, returned: false });
}
