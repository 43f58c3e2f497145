//! The mailboxes' part of the audit: whether each account's lines are all there, and end with what
//! is owed.

use crate::rows::{CustomerId, Letter, Mailbox};
use crate::view::View;
use std::collections::BTreeMap;
use tender_token::amount::Amount;

/// What does not fit.
#[must_use]
pub fn examine(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut found = BTreeMap::<CustomerId, (u64, Amount)>::new();
    for (Letter { customer, number }, line) in view.lines.all() {
        let (lines, balance) = found.entry(*customer).or_default();
        *lines = lines.saturating_add(1);
        *balance = line.balance;
        if number.0 != *lines {
            wrong.push(format!("a line of customer {} is missing before {}", customer.0, number.0));
        }
    }
    for (id, customer) in view.customers.all() {
        let Mailbox { lines, .. } = view.mailboxes.known(id).copied().unwrap_or_default();
        let (counted, last) = found.remove(id).unwrap_or((0, customer.opened));
        if counted != lines.0 {
            wrong.push(format!("customer {} has {counted} lines, and {} by count", id.0, lines.0));
        }
        if Some(last) != customer.owed() {
            wrong.push(format!("the lines of customer {} do not end with what is owed", id.0));
        }
    }
    wrong.extend(found.into_keys().map(|id| format!("nobody is customer {}, who has lines", id.0)));
    wrong
}
