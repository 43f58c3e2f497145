//! Customer: an account from its opening to its closing, as the bank's staff decides.

use super::action::Ordered;
use super::tier::{Unchanged, admit, enter, leave};
use super::{credit, touches_account};
use crate::mailbox::{self, Slip};
use crate::rows::{
    Attributes, Cause, CodeDigest, Customer, CustomerId, EntryNumber, Invitation, Kept,
    LedgerAccount, Origin, State, TierName,
};
use crate::view::View;
use crate::{ledger, limit};
use tender_proto::movement::Movement;
use tender_store::plain::{Bytes, Count, Sole};
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::date::calendar::iso;

/// A new customer.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The number, which must be the next one.
    pub customer: CustomerId,
    /// The tier.
    pub tier: TierName,
    /// What was verified about the person.
    pub verified: Attributes,
    /// Which account outside of those in the record is linked; 0 for none.
    pub address: Count,
    /// What the account is opened with.
    pub balance: Amount,
    /// The code that invites a wallet.
    pub code: CodeDigest,
    /// Who it is, sealed.
    pub record: Bytes,
}

/// Why an account stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The tier does not allow it, or there is no such customer.
    #[error(transparent)]
    Tier(#[from] Unchanged),
    /// The number is not the next one.
    #[error("another customer was added meanwhile; ask again")]
    Raced,
    /// The code invites somebody already, and whoever asks again asks for something else.
    #[error("this invitation is of customer {0} already, and not for this; nothing was changed")]
    Invites(u64),
    /// It would begin with more than the tier lets it hold.
    #[error("an account of tier {} may not hold so much", .0.0)]
    Holding(TierName),
    /// Nothing can be held ready where no account is linked.
    #[error("customer {0} has no account outside; link one first")]
    Unlinked(u64),
    /// Nothing of this number goes outside or comes from there.
    #[error("nothing outside has the number {0}; `customer outside` lists it")]
    NoOutside(u64),
    /// Somebody else has marked it as paid or collected before.
    #[error(
        "number {number} was marked as paid on {} already, by somebody else: see action list; \
         nothing was changed", iso(*day)
    )]
    Paid {
        /// Its number.
        number: u64,
        /// The day.
        day: Day,
    },
    /// It has no such wallet.
    #[error("customer {0} has no such wallet; `customer wallets` lists them")]
    NoWallet(u64),
    /// Something of it is still under way.
    #[error(
        "customer {0} has a request under way; the money is where it was; \
         serve until the journal is empty, then close"
    )]
    UnderWay(u64),
}

impl Opening {
    /// The rows that [`open`] needs.
    pub fn touches(&self, view: &mut View) {
        view.invitations.want(self.code);
        view.tiers.want(self.tier.clone());
        view.persons.want(self.customer);
    }
}

/// Opens an account and the one-time code that invites its holder.
/// Errors: [`Refused`]; nothing is written then.
pub fn open(view: &mut View, opening: Opening) -> Result<CustomerId, Refused> {
    let Opening { customer, tier, verified, address, balance, code, record } = opening;
    if let Some(known) = view.invitations.get(&code) {
        return Err(Refused::Invites(known.customer.0));
    }
    if customer.0 != view.book().customers.saturating_add(1) {
        return Err(Refused::Raced);
    }
    let opened = Customer { verified, address, ..Customer::open(tier.clone(), balance) };
    let limits = admit(view, &tier, verified, opened.is_linked())?.limits;
    if !limit::excess(&limits, balance).is_zero() {
        return Err(Refused::Holding(tier));
    }
    view.change_book(|book| book.customers = customer.0);
    enter(view, &tier);
    view.customers.append(customer, opened);
    let (from, to) = (LedgerAccount::Outside, LedgerAccount::Customers);
    ledger::enter(view, from, to, balance, Origin::Opened(customer));
    view.persons.insert(customer, record);
    view.invitations.insert(code, Invitation::fresh(customer, None));
    Ok(customer)
}

/// The rows that [`record`] needs.
pub fn touches_record(id: CustomerId, view: &mut View) {
    touches_account(view, id);
    view.persons.want(id);
}

/// Puts a record in the place of the one that is known of a person, and what of it was verified.
/// What was held ready at an account outside is not at another: `address` says which one is linked.
/// Errors: [`Refused`]; nothing is written then.
pub fn record(
    view: &mut View,
    id: CustomerId,
    record: Bytes,
    verified: Attributes,
    address: Count,
) -> Result<(), Refused> {
    let customer = usable(view, id)?;
    view.persons.insert(id, record);
    let cover = if address == customer.address { customer.cover } else { Amount::ZERO };
    view.customers.insert(id, Customer { verified, address, cover, ..customer });
    Ok(())
}

/// Invites another wallet of a customer's, such as that of a new device, or of a child or a machine
/// that may take no more out of the account than it is granted. Asking again changes nothing.
/// Errors: [`Refused`]; nothing is written then.
pub fn invite(
    view: &mut View,
    id: CustomerId,
    code: CodeDigest,
    grant: Option<Amount>,
) -> Result<Ordered, Refused> {
    usable(view, id)?;
    match view.invitations.get(&code) {
        // The answer was lost, and it is asked again. A code that was used stays so.
        Some(known) if *known == Invitation::fresh(id, grant) => return Ok(Ordered::Already),
        Some(known) => return Err(Refused::Invites(known.customer.0)),
        None => (),
    }
    view.invitations.insert(code, Invitation::fresh(id, grant));
    Ok(Ordered::Done)
}

/// Freezes an account or lets it be used again. Errors: [`Refused`]; nothing is written then.
pub fn freeze(view: &mut View, id: CustomerId, frozen: bool) -> Result<Ordered, Refused> {
    let customer = usable(view, id)?;
    let state = if frozen { State::Frozen } else { State::Active };
    if customer.state == state {
        return Ok(Ordered::Already);
    }
    view.customers.insert(id, Customer { state, ..customer });
    Ok(Ordered::Done)
}

/// Sets what the bank's other systems hold ready at the account outside, to pay what the account
/// does not cover. Errors: [`Refused`]; nothing is written then.
pub fn cover(view: &mut View, id: CustomerId, amount: Amount) -> Result<Ordered, Refused> {
    let customer = usable(view, id)?;
    if !customer.is_linked() {
        return Err(Refused::Unlinked(id.0));
    }
    if customer.cover == amount {
        return Ok(Ordered::Already);
    }
    view.customers.insert(id, Customer { cover: amount, ..customer });
    Ok(Ordered::Done)
}

/// What is needed to close an account.
#[derive(Clone, Debug)]
pub struct Closing {
    /// Whose.
    pub customer: CustomerId,
    /// The day.
    pub day: Day,
    /// How many entries there were when the open ones were looked up: those after them are looked
    /// at when it is decided.
    pub entries: u64,
    /// The entries that were open then.
    pub under_way: Vec<EntryNumber>,
    /// Who it is, with the account to which the remainder goes, sealed.
    pub record: Bytes,
    /// Which of the accounts in the record that is.
    pub address: Count,
    /// What law wants kept, if anything.
    pub kept: Option<Kept>,
}

impl Closing {
    /// The rows that [`close`] needs.
    pub fn touches(&self, view: &mut View) {
        touches_record(self.customer, view);
        mailbox::touches(self.customer, view);
        view.kept.want(self.customer);
        let entries = view.books.known(&Sole).map_or(0, |book| book.entries);
        for entry in self.looked_at(entries) {
            view.entries.want(entry);
        }
    }

    /// The entries that may be open, of so many.
    fn looked_at(&self, entries: u64) -> impl Iterator<Item = EntryNumber> {
        let newer = (self.entries.saturating_add(1)..=entries).map(EntryNumber);
        self.under_way.iter().copied().chain(newer)
    }
}

/// Closes an account for good and sends what remains to the account outside; gives how much.
/// Errors: [`Refused`]; nothing is written then.
pub fn close(view: &mut View, closing: Closing) -> Result<Amount, Refused> {
    let customer = usable(view, closing.customer)?;
    let mut entries = closing.looked_at(view.book().entries);
    let is_under_way = |number| {
        let entry = view.entries.get(&number);
        entry.is_some_and(|entry| entry.is_open() && entry.customer() == closing.customer)
    };
    if !customer.held.is_zero() || entries.any(is_under_way) {
        return Err(Refused::UnderWay(closing.customer.0));
    }
    drop(entries);
    let Closing { customer: id, day, record, address, kept, .. } = closing;
    let remainder = customer.balance;
    leave(view, &customer.tier);
    let cover = Amount::ZERO;
    let customer = Customer { state: State::Closed(day), address, cover, ..customer };
    view.customers.insert(id, customer);
    let slip = Slip { day, movement: Movement::PaidOut, account: None };
    let paid_out = credit::pay_out(view, id, remainder, Cause::Closing, slip);
    paid_out.expect("an account covers its balance, and sums have one origin");
    view.persons.insert(id, record);
    if let Some(kept) = kept {
        view.kept.insert(id, kept);
    }
    Ok(remainder)
}

/// The customer, unless the account is closed or there is none.
fn usable(view: &View, id: CustomerId) -> Result<Customer, Refused> {
    let customer = view.customers.get(&id).ok_or(Unchanged::NoCustomer(id.0))?;
    match customer.state {
        State::Active | State::Frozen => Ok(customer.clone()),
        State::Closed(_) => Err(Unchanged::Closed(id.0).into()),
    }
}
