//! The mailbox of a customer: lines and notices, written in the transaction that they tell of.

use crate::rows::{Customer, CustomerId, Letter, Line, Mailbox, Notice};
use crate::verbs::touches_account;
use crate::view::View;
use tender_proto::movement::Movement;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::{Day, Timestamp};
use tender_token::error::Error;
use tender_token::identity::IdentityKey;

/// The rows that writing needs: the account, whose balance the lines tell, and the counters.
pub fn touches(customer: CustomerId, view: &mut View) {
    touches_account(view, customer);
    view.mailboxes.want(customer);
}

/// How much a customer was written.
#[must_use]
pub fn of(view: &View, customer: CustomerId) -> Mailbox {
    view.mailboxes.get(&customer).cloned().unwrap_or_default()
}

/// What a line says of a movement besides its amount.
#[derive(Clone, Copy, Debug)]
pub struct Slip {
    /// When.
    pub day: Day,
    /// Why.
    pub movement: Movement,
    /// The account reference; `None` for what goes outside.
    pub account: Option<AccountRef>,
}

/// Writes a line about a movement of the account, which has happened. Nothing moves nothing.
pub fn write_line(view: &mut View, customer: CustomerId, amount: Amount, slip: Slip) {
    let owed = view.customers.get(&customer).and_then(Customer::owed);
    let Some(balance) = owed.filter(|_| !amount.is_zero()) else { return };
    let before = of(view, customer);
    let number = before.lines.plus(1);
    view.mailboxes.insert(customer, Mailbox { lines: number, ..before });
    let Slip { day, movement, account } = slip;
    view.lines
        .append(Letter { customer, number }, Line { day, movement, amount, balance, account });
}

/// Tells the wallets of an account that another one was enrolled on it: whoever did not invite it
/// hears that the invitation was stolen. The new one reads on from here, and keeps nothing of
/// before from being forgotten.
pub fn enrolled(view: &mut View, customer: CustomerId, now: Timestamp, wallet: IdentityKey) {
    let before = of(view, customer);
    let heard = before.notices;
    let is_first = view.customers.get(&customer).is_some_and(|customer| !customer.enrolled);
    view.mailboxes.insert(customer, before.heard(wallet, heard));
    if !is_first {
        let (movement, identity) = (Movement::Enrolled, AccountRef(wallet.0));
        write_notice(view, customer, now, movement, identity, Ok(Amount::ZERO));
    }
}

/// Writes a notice. An outcome of what was granted says how much moved.
pub fn write_notice(
    view: &mut View,
    customer: CustomerId,
    now: Timestamp,
    movement: Movement,
    account: AccountRef,
    outcome: Result<Amount, Error>,
) {
    let before = of(view, customer);
    let number = before.notices.plus(1);
    view.mailboxes.insert(customer, Mailbox { notices: number, ..before });
    let (amount, refused) = (outcome.unwrap_or_default(), outcome.err());
    let notice = Notice { time: now, movement, amount, account, refused };
    view.notices.append(Letter { customer, number }, notice);
}
