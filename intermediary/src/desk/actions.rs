//! The record of actions: what the staff changed for customers, who did, and when.

use super::{Answer, Shown};
use crate::rows::{Action, ActionNumber, Actions, Deed, OutsideNumber, TierName, UnixUser};
use crate::store::{Fault, Store};
use serde_json::{Value, json};
use tender_token::amount::Amount;
use tender_token::date::calendar::moment;
use tender_token::identity::IdentityKey;

/// Lists the actions after a number, oldest first; those of one customer only, if one is given.
pub fn list(
    books: &Store,
    after: u64,
    customer: Option<u64>,
    shown: &Shown,
) -> Result<Answer, Fault> {
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    books.scan::<Actions>(|number, action| {
        if number.0 > after && customer.is_none_or(|customer| customer == action.customer.0) {
            lines.push(line(number, &action, shown));
            rows.push(object(number, &action));
        }
    })?;
    Ok(Answer::listed(&lines, json!({ "actions": rows })))
}

fn line(number: ActionNumber, action: &Action, shown: &Shown) -> String {
    let Action { at, user: UnixUser(user), by, customer, deed } = action;
    let word = deed.word();
    let up_to = |amount: &Option<Amount>| match amount {
        Some(amount) => format!("up to {}", shown.amount(*amount)),
        None => "what the tier allows".to_owned(),
    };
    let what = match deed {
        Deed::Tier { from, to } => format!("tier {} instead of {}", to.0, from.0),
        Deed::Freeze | Deed::Unfreeze | Deed::Close | Deed::Erase => word.to_owned(),
        Deed::Block(wallet) | Deed::Unblock(wallet) => {
            format!("{word} wallet {}", hex::encode(wallet.0))
        }
        Deed::Grant(wallet, amount) => {
            format!("{word} wallet {} {}", hex::encode(wallet.0), up_to(amount))
        }
        Deed::Invite(amount) => format!("{word} a wallet for {}", up_to(amount)),
        Deed::Cover(amount) => format!("{word} {}", shown.amount(*amount)),
        Deed::Paid(outside) | Deed::Unpaid(outside) => format!("{word} number {}", outside.0),
    };
    let (number, at, by, customer) = (number.0, moment(*at), &by.0, customer.0);
    format!("{number:>6}  {at}  {by}, as Unix user {user}, for customer {customer}: {what}")
}

/// What a deed is about; what it is not about is left out.
#[derive(Default)]
struct About<'a> {
    tiers: Option<[&'a TierName; 2]>,
    wallet: Option<&'a IdentityKey>,
    amount: Option<Amount>,
    outside: Option<OutsideNumber>,
}

impl<'a> About<'a> {
    fn of(deed: &'a Deed) -> Self {
        let none = Self::default();
        match deed {
            Deed::Tier { from, to } => Self { tiers: Some([from, to]), ..none },
            Deed::Freeze | Deed::Unfreeze | Deed::Close | Deed::Erase => none,
            Deed::Block(wallet) | Deed::Unblock(wallet) => Self { wallet: Some(wallet), ..none },
            Deed::Grant(wallet, amount) => Self { wallet: Some(wallet), amount: *amount, ..none },
            Deed::Invite(amount) => Self { amount: *amount, ..none },
            Deed::Cover(amount) => Self { amount: Some(*amount), ..none },
            Deed::Paid(outside) | Deed::Unpaid(outside) => Self { outside: Some(*outside), ..none },
        }
    }
}

pub(super) fn object(number: ActionNumber, action: &Action) -> Value {
    let About { tiers, wallet, amount, outside } = About::of(&action.deed);
    json!({
        "number": number.0,
        "at": action.at.0,
        "user": action.user.0,
        "by": action.by.0,
        "customer": action.customer.0,
        "action": action.deed.word(),
        "from": tiers.map(|[from, _]| &from.0),
        "to": tiers.map(|[_, to]| &to.0),
        "wallet": wallet.map(|wallet| hex::encode(wallet.0)),
        "amount": amount.map(Amount::minor_units),
        "outside": outside.map(|number| number.0),
    })
}
