//! The mailboxes' part of the audit: whether each account's lines are all there, follow from each
//! other and end with what is owed, and whether every notice that nobody acknowledged is.

use crate::rows::{Addressee, CustomerId, Letter, Line};
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::movement::Movement;
use tender_token::amount::Amount;

/// What does not fit.
#[must_use]
pub fn examine(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut found = BTreeMap::<CustomerId, (u64, Amount)>::new();
    for (Letter { customer, number }, line) in view.lines.all() {
        let opened = || view.customers.known(customer).map_or(Amount::ZERO, |row| row.opened);
        let (lines, balance) = found.entry(*customer).or_insert_with(|| (0, opened()));
        *lines = lines.saturating_add(1);
        if number.0 != *lines {
            wrong.push(format!("a line of customer {} is missing before {}", customer.0, number.0));
        }
        if after(*balance, line) != Some(line.balance) {
            let (customer, number) = (customer.0, number.0);
            wrong.push(format!("line {number} of customer {customer} does not follow"));
        }
        *balance = line.balance;
    }
    let mut unread = BTreeMap::<CustomerId, Vec<u64>>::new();
    for (Letter { customer, number }, _) in view.notices.all() {
        unread.entry(*customer).or_default().push(number.0);
    }
    for (id, customer) in view.customers.all() {
        let mailbox = view.mailboxes.known(id).cloned().unwrap_or_default();
        let lines = mailbox.lines;
        let misread = |one: &Addressee| {
            let wallet = view.wallets.known(&one.wallet);
            wallet.is_none_or(|wallet| wallet.customer != *id) || one.heard > mailbox.notices
        };
        if mailbox.addressees.iter().any(misread) {
            wrong.push(format!("not who hears the notices of customer {} is counted", id.0));
        }
        let expected = mailbox.acknowledged.0.saturating_add(1)..=mailbox.notices.0;
        if !unread.remove(id).into_iter().flatten().eq(expected) {
            wrong.push(format!("customer {} does not have the notices that are unread", id.0));
        }
        let (counted, last) = found.remove(id).unwrap_or((0, customer.opened));
        if counted != lines.0 {
            wrong.push(format!("customer {} has {counted} lines, and {} by count", id.0, lines.0));
        }
        if Some(last) != customer.owed() {
            wrong.push(format!("the lines of customer {} do not end with what is owed", id.0));
        }
    }
    found.extend(unread.into_keys().map(|id| (id, (0, Amount::ZERO))));
    wrong.extend(
        found.into_keys().map(|id| format!("nobody is customer {}, who was written", id.0)),
    );
    wrong
}

/// What is owed after a line, by its movement and amount.
fn after(owed: Amount, line: &Line) -> Option<Amount> {
    match line.movement {
        Movement::Change
        | Movement::Deposit
        | Movement::Claim
        | Movement::TransferIn
        | Movement::Returned
        | Movement::PulledIn => owed.checked_add(line.amount),
        Movement::Withdrawal | Movement::TransferOut | Movement::PaidOut => {
            owed.checked_sub(line.amount)
        }
        // Nothing moved, so nobody wrote a line.
        Movement::ClaimLeads | Movement::Enrolled => None,
    }
}
