//! Accounts: opening, tiers, freezing, closing.

use super::super::{Answer, Clerk, Shown};
use super::{Closing, Newcomer, Told, readable, staff, wallet};
use crate::audit::Holder;
use crate::office::Staff;
use crate::person::Person;
use crate::rows::{Attributes, CustomerId, TierName, UnixUser};
use crate::store::{self, Fault};
use serde_json::json;
use std::collections::BTreeMap;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::date::calendar::years_later;

/// What an account may begin with, in minor units: far above any, far below where sums would
/// overflow.
const OPENING_BALANCE_MAX: Amount = Amount::from_minor_units(1 << 60);

/// Opens an account.
pub fn add(clerk: &Clerk, newcomer: &Newcomer, shown: &Shown) -> Result<Answer, Answer> {
    let Newcomer { name: Told(name), balance, code, .. } = newcomer;
    let opened = shown.read(balance)?;
    if opened > OPENING_BALANCE_MAX {
        return Err(Answer::wrong(format!("{balance} is more than an account may begin with")));
    }
    let person = identified(newcomer, clerk.now())?;
    let code = wallet::digest(code)?;
    let tiers = clerk.tiers(shown.decimals)?;
    let tier = newcomer.tier.clone().map_or(tiers.first, TierName);
    let (added, ordered) = clerk.office().add(&person, tier, opened, code, &mut *clerk.rng())?;
    // Of an account that this order opened before, it is the tier of today.
    let tier = clerk.office().customer(added)?.tier;
    let (customer, tier, amount) = (added.0, tier.0, shown.amount(opened));
    let object = json!({
        "customer": customer,
        "name": name,
        "tier": tier,
        "balance": opened.minor_units(),
    });
    let who = format!("{name} is customer {customer} in tier {tier}");
    Ok(Answer::ordered(
        ordered,
        format!("{who} and has an account with {amount}."),
        &format!("{who} already, with an account that began with {amount}"),
        object,
    ))
}

/// The person as the staff says.
fn identified(newcomer: &Newcomer, now: Timestamp) -> Result<Person, Answer> {
    let (mut person, mut told) = (Person::default(), BTreeMap::new());
    let mut verify = |name: &str, value: &str| {
        let before = told.insert(name.to_owned(), value.to_owned());
        if let Some(before) = before.filter(|before| before != value) {
            let both = format!("the {name} is {before:?} and {value:?} at once");
            return Err(Answer::wrong(format!("{both}: give it once, as it was verified")));
        }
        let known = person.verify(name, readable(name, value)?, now.day());
        if known { Ok(()) } else { Err(not_verifiable(name)) }
    };
    verify("name", &newcomer.name.0)?;
    for Told(written) in &newcomer.verified {
        let (name, value) = written.split_once('=').ok_or_else(|| {
            Answer::wrong(format!("{written:?} is not ATTRIBUTE=VALUE, such as phone=112"))
        })?;
        verify(name, value)?;
    }
    if let Some(Told(account)) = &newcomer.account {
        person.link(readable("--account", account)?);
    }
    Ok(person)
}

/// What cannot be verified.
pub fn not_verifiable(name: &str) -> Answer {
    let known = Attributes::NAMES.join(", ");
    Answer::wrong(format!("{name:?} cannot be verified: write one of {known}"))
}

/// Lists all accounts, without anybody's name.
pub fn list(clerk: &Clerk, shown: &Shown) -> Result<Answer, Fault> {
    let customers = store::customers(clerk.office().store())?;
    let lines = customers.iter().map(|(id, customer)| {
        let [balance, held] =
            [customer.balance, customer.held].map(|amount| amount.to_decimal(shown.decimals));
        let (tier, state) = (&customer.tier.0, customer.state.word());
        let enrolled = if customer.enrolled { "enrolled" } else { "invited" };
        let id = id.0;
        format!("{id:>8}  {tier:<12} {state:<7} {balance:>14} {held:>14}  {enrolled}")
    });
    let [number, tier, state] = ["customer", "tier", "state"];
    let [balance, held] = ["balance", "held"].map(|what| format!("{what} {}", shown.currency));
    let heading = format!("{number:>8}  {tier:<12} {state:<7} {balance:>14} {held:>14}  wallet");
    let holders: Vec<_> = customers.iter().map(|(id, row)| Holder::new(*id, row)).collect();
    Ok(Answer::table(heading, lines.collect(), json!({ "customers": holders })))
}

/// Puts a customer into another tier, of those in the file as it is now.
pub fn tier(
    clerk: &Clerk,
    (id, by): (CustomerId, Staff),
    to: &str,
    shown: &Shown,
) -> Result<Answer, Answer> {
    clerk.tiers(shown.decimals)?;
    let ordered = clerk.office().change_tier(id, &TierName(to.to_owned()), &by, clerk.now())?;
    let customer = id.0;
    let sentence = format!(
        "Customer {customer} is in tier {to}; its limits hold from now on, \
         and nothing was taken away."
    );
    let before = format!("Customer {customer} is in tier {to} already");
    let object = json!({ "customer": customer, "tier": to });
    Ok(Answer::ordered(ordered, sentence, &before, object))
}

/// Freezes an account, or lets it be used again.
pub fn freeze(
    clerk: &Clerk,
    (id, by): (CustomerId, Staff),
    frozen: bool,
) -> Result<Answer, Answer> {
    let ordered = clerk.office().freeze(id, frozen, &by, clerk.now())?;
    let (state, now, before) = if frozen {
        let now = "is frozen: nothing leaves it, and what comes in is credited";
        ("frozen", now, "is frozen already")
    } else {
        ("active", "can be used again", "is not frozen")
    };
    let (customer, whose) = (id.0, format!("The account of customer {}", id.0));
    let (now, before) = (format!("{whose} {now}."), format!("{whose} {before}"));
    let object = json!({ "customer": customer, "state": state });
    Ok(Answer::ordered(ordered, now, &before, object))
}

/// Closes an account. What law wants kept is kept for as long as the tiers' file says now.
pub fn close(
    clerk: &Clerk,
    closing: &Closing,
    shown: &Shown,
    user: UnixUser,
) -> Result<Answer, Answer> {
    let Closing { customer, account: Told(account), by } = closing;
    let (account, by) = (readable("--account", account)?, staff(by, user)?);
    let (id, now) = (CustomerId(*customer), clerk.now());
    let years = clerk.tiers(shown.decimals)?.retention_years;
    let until = (years > 0).then(|| years_later(now.day(), years)).flatten();
    let office = clerk.office();
    let (paid, ordered) = office.close(id, account, &by, now, until, &mut *clerk.rng())?;
    let (whose, goes) = (format!("The account of customer {customer}"), shown.amount(paid));
    Ok(Answer::ordered(
        ordered,
        format!("{whose} is closed; {goes} goes to {account}, see customer outside."),
        &format!("{whose} is closed already, and {goes} goes to {account}"),
        json!({ "customer": customer, "state": "closed", "paid_out": paid.minor_units() }),
    ))
}
