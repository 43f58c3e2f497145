//! The record of actions: what the staff changed for customers, who did, and when.

use super::Answer;
use crate::rows::{Action, ActionNumber, Actions, Deed, UnixUser};
use crate::store::{Fault, Store};
use serde_json::{Value, json};
use tender_token::date::calendar::moment;

/// Lists the actions after a number, oldest first; those of one customer only, if one is given.
pub fn list(books: &Store, after: u64, customer: Option<u64>) -> Result<Answer, Fault> {
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    books.scan::<Actions>(|number, action| {
        if number.0 > after && customer.is_none_or(|customer| customer == action.customer.0) {
            lines.push(line(number, &action));
            rows.push(object(number, &action));
        }
    })?;
    Ok(Answer::listed(&lines, json!({ "actions": rows })))
}

fn line(number: ActionNumber, action: &Action) -> String {
    let Action { at, user: UnixUser(user), by, customer, deed } = action;
    let what = match deed {
        Deed::Tier { from, to } => format!("tier {} instead of {}", to.0, from.0),
        Deed::Freeze | Deed::Unfreeze | Deed::Close => deed.word().to_owned(),
        Deed::Block(wallet) | Deed::Unblock(wallet) => {
            format!("{} wallet {}", deed.word(), hex::encode(wallet.0))
        }
    };
    let (number, at, by, customer) = (number.0, moment(*at), &by.0, customer.0);
    format!("{number:>6}  {at}  {by}, as Unix user {user}, for customer {customer}: {what}")
}

fn object(number: ActionNumber, action: &Action) -> Value {
    let (from, to, wallet) = match &action.deed {
        Deed::Tier { from, to } => (Some(&from.0), Some(&to.0), None),
        Deed::Freeze | Deed::Unfreeze | Deed::Close => (None, None, None),
        Deed::Block(wallet) | Deed::Unblock(wallet) => (None, None, Some(hex::encode(wallet.0))),
    };
    json!({
        "number": number.0,
        "at": action.at.0,
        "user": action.user.0,
        "by": action.by.0,
        "customer": action.customer.0,
        "action": action.deed.word(),
        "from": from,
        "to": to,
        "wallet": wallet,
    })
}
