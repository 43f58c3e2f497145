//! Debit: what may leave an account, by its state, the limits of its tier and the money in it; and
//! what the account outside pays of it, if the account does not cover it.

use super::credit::pay_out;
use crate::ledger;
use crate::limit::Exceeded;
use crate::mailbox::{Slip, write_line};
use crate::rows::{
    Cause, Customer, CustomerId, LedgerAccount, Limits, Origin, Outside, OutsideNumber, State,
    Usage, Wallet,
};
use crate::view::View;
use tender_proto::movement::Movement;
use tender_store::plain::Count;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::error::Error;
use tender_token::identity::IdentityKey;

/// A debit that is allowed and covered, and not written yet.
#[derive(Clone, Debug)]
pub(super) struct Debit {
    /// The account, with the amount set aside.
    pub account: Customer,
    /// What was used on the day, with it.
    pub usage: Usage,
    /// What of it comes from the account outside.
    pub pulled: Amount,
    /// The wallet that asked, after it took the amount of what it is granted.
    pub wallet: Wallet,
}

/// Account and use of the day after an amount was set aside for a wallet. What the account does not
/// cover comes from the one outside, as far as it is held ready there. `within` says whether the
/// limits allow it after what was used on that day. Nothing is written.
/// Errors: `E_WALLET` for an account that is frozen or closed, `E_LIMIT` beyond the limits of the
/// tier or the wallet's grant, `E_FUNDS`.
pub(super) fn set_aside(
    view: &View,
    wallet: &Wallet,
    day: Day,
    amount: Amount,
    within: impl FnOnce(&Limits, &Usage) -> Result<(), Exceeded>,
) -> Result<Debit, Error> {
    let id = wallet.customer;
    let account = view.customers.get(&id).expect("every wallet has its customer").clone();
    if account.state != State::Active {
        return Err(Error::Wallet);
    }
    let tier = view.tiers.get(&account.tier).expect("every customer's tier is kept");
    let today = view.usage.get(&id).copied().unwrap_or(Usage::NONE).on(day);
    within(&tier.limits, &today).map_err(|_| Error::Limit)?;
    let debited = today.debited.checked_add(amount).ok_or(Error::Limit)?;
    let wallet = wallet.clone().take(amount).ok_or(Error::Limit)?;
    let pulled = amount.checked_sub(account.balance).unwrap_or_default();
    let account = account.pull(pulled).and_then(|account| account.hold(amount));
    let account = account.ok_or(Error::Funds)?;
    Ok(Debit { account, usage: Usage { debited, ..today }, pulled, wallet })
}

/// Writes account, use of the day and use of the wallet's grant, and what came from the account
/// outside.
pub(super) fn record(view: &mut View, identity: IdentityKey, debit: Debit) {
    let Debit { account, usage, pulled, wallet } = debit;
    let (id, address) = (wallet.customer, account.address);
    view.customers.insert(id, account);
    view.usage.insert(id, usage);
    if wallet.grant.is_some() {
        view.wallets.insert(identity, wallet);
    }
    if pulled.is_zero() {
        return;
    }
    view.change_book(|book| book.outside = book.outside.saturating_add(1));
    let number = OutsideNumber(view.book().outside);
    let cause = Cause::ReverseWaterfall;
    view.outside.append(number, Outside::open(id, pulled, cause, address));
    let (from, to) = (LedgerAccount::Outside, LedgerAccount::Customers);
    ledger::enter(view, from, to, pulled, Origin::Outside(number));
    let slip = Slip { day: usage.day, movement: Movement::PulledIn, account: None };
    write_line(view, id, pulled, slip);
}

/// A debit that did not take place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Undone {
    /// Whose.
    pub customer: CustomerId,
    /// The wallet that asked, if one did, and how many grants of it had been decided then.
    pub wallet: Option<(IdentityKey, Count)>,
    /// The day against whose limits it counted.
    pub day: Day,
    /// How much.
    pub amount: Amount,
    /// What of it had come from the account outside.
    pub pulled: Amount,
}

/// What did not take place takes nothing from the limit of its day nor from the wallet's grant, and
/// what had come from the account outside for it goes back there; a frozen account keeps it. The
/// account has the amount again. `None` beyond the range of amounts.
pub(super) fn give_back(view: &mut View, undone: Undone, today: Day) -> Option<()> {
    let Undone { customer: id, wallet, day, amount, pulled } = undone;
    let usage = view.usage.get(&id).copied();
    if let Some(usage) = usage.filter(|usage| usage.day == day) {
        let debited = usage.debited.checked_sub(amount).unwrap_or_default();
        view.usage.insert(id, Usage { debited, ..usage });
    }
    if let Some((identity, grants)) = wallet
        && let Some(wallet) = view.wallets.get(&identity).cloned()
    {
        view.wallets.insert(identity, wallet.give_back(amount, grants));
    }
    if view.customers.get(&id)?.state == State::Frozen {
        return Some(());
    }
    let slip = Slip { day: today, movement: Movement::PaidOut, account: None };
    pay_out(view, id, pulled, Cause::Returned, slip)
}
