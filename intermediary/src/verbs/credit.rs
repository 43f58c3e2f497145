//! Credit: what comes into an account, and what of it goes on to the account outside.

use super::outside;
use crate::mailbox::{Slip, write_line};
use crate::rows::{Cause, Customer, CustomerId, LedgerAccount, Origin, Outside, State};
use crate::view::View;
use crate::{ledger, limit};
use tender_proto::movement::Movement;
use tender_token::amount::Amount;

/// Credits an account, whatever its state: money that came back is never refused. What is beyond
/// the tier's holding goes outside if the tier says so and an account is linked; everything does if
/// the account is closed. `None` beyond the range of amounts; nothing is written then.
pub fn credit(view: &mut View, id: CustomerId, amount: Amount, slip: Slip) -> Option<()> {
    let account = view.customers.get(&id)?.clone().credit(amount)?;
    let (beyond, cause) = beyond(view, &account)?;
    // Whether it can be paid out shows before the first write.
    account.clone().pay_out(beyond)?;
    view.customers.insert(id, account);
    write_line(view, id, amount, slip);
    pay_out(view, id, beyond, cause, slip)
}

/// What does not stay in the account, and why.
fn beyond(view: &View, account: &Customer) -> Option<(Amount, Cause)> {
    match account.state {
        State::Closed(_) => Some((account.balance, Cause::Closing)),
        State::Frozen => Some((Amount::ZERO, Cause::Waterfall)),
        State::Active => {
            let tier = view.tiers.get(&account.tier).expect("every customer's tier is kept");
            let flows = tier.waterfall && account.is_linked();
            let excess =
                if flows { limit::excess(&tier.limits, account.owed()?) } else { Amount::ZERO };
            Some((excess.min(account.balance), Cause::Waterfall))
        }
    }
}

/// Takes an amount from an account for the one outside; nothing for nothing. `None` if the account
/// does not cover it; nothing is written then.
pub(super) fn pay_out(
    view: &mut View,
    id: CustomerId,
    amount: Amount,
    cause: Cause,
    slip: Slip,
) -> Option<()> {
    if amount.is_zero() {
        return Some(());
    }
    let account = view.customers.get(&id)?.clone().pay_out(amount)?;
    let address = account.address;
    view.customers.insert(id, account);
    let number = outside::open(view, Outside::open(id, amount, cause, address));
    let (from, to) = (LedgerAccount::Customers, LedgerAccount::Outside);
    ledger::enter(view, from, to, amount, Origin::Outside(number));
    write_line(view, id, amount, Slip { movement: Movement::PaidOut, account: None, ..slip });
    Some(())
}
