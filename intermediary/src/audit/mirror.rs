//! The mirror's part of the audit: whether each reference has the sums of the postings that name
//! it, and has ahead of the replies what the postings alone credited.

use crate::rows::{Credit, DepositItem, Difference, Entry, Flow, Posted, PostingNumber};
use crate::view::View;
use std::collections::BTreeMap;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;

/// What does not fit.
#[must_use]
pub fn examine(view: &View) -> Vec<String> {
    let (posted, mut ahead) = (posted(view), ahead(view));
    let mut wrong = Vec::new();
    for (account, reference) in view.references.all() {
        let named = hex::encode(account.0);
        let found = posted.get(account).copied().unwrap_or_default();
        // What was posted before the reference was known is not in its sums, and is a difference.
        let is_older = view.differences.known(&Difference::UnknownReference(*account)).is_some();
        if !is_older && found != (reference.posted, reference.posting.0) {
            wrong.push(format!("reference {named} does not have the sums of its postings"));
        }
        let found = ahead.remove(account).unwrap_or_default();
        if found != i128::from(reference.ahead.minor_units()) {
            wrong.push(format!("reference {named} has not ahead what its postings credited"));
        }
    }
    wrong
}

/// What the postings say under each reference, and the last of them.
fn posted(view: &View) -> BTreeMap<AccountRef, (Flow, u64)> {
    let mut found = BTreeMap::<AccountRef, (Flow, u64)>::new();
    for (PostingNumber(number), Posted { cause, amount, .. }) in view.postings.all() {
        let (Some(account), false) = (cause.account(), amount.is_zero()) else { continue };
        let inward = if cause.raises_vault() == Some(true) { *amount } else { Amount::ZERO };
        let outward = amount.checked_sub(inward).unwrap_or_default();
        let (flow, last) = found.entry(account).or_default();
        // A sum beyond the range of amounts is another than what is stored.
        *flow = flow.plus(inward, outward).unwrap_or_default();
        *last = *number;
    }
    found
}

/// What postings credited alone that replies may tell of, without what replies told of later.
fn ahead(view: &View) -> BTreeMap<AccountRef, i128> {
    let mut found = BTreeMap::<AccountRef, i128>::new();
    for (key, arrival) in view.arrivals.all() {
        if key.is_late {
            let sum = found.entry(arrival.account).or_default();
            *sum = sum.saturating_add(arrival.amount.minor_units().into());
        }
    }
    let mut values = BTreeMap::new();
    for (_, entry) in view.entries.all() {
        match entry {
            Entry::Withdraw(job) => {
                let sum = found.entry(job.work.credit_account).or_default();
                *sum = sum.saturating_sub(job.work.ahead.minor_units().into());
            }
            Entry::Deposit(job) => {
                for item in &job.work.items {
                    if let DepositItem::Sent { token, value, .. } = item {
                        values.insert(Credit { token: *token, account: job.work.account }, *value);
                    }
                }
            }
            Entry::Enrol(_) | Entry::Claim(_) | Entry::Transfer(_) => {}
        }
    }
    for (credit, amount) in view.credits.all() {
        let value = values.get(credit).copied().unwrap_or(*amount);
        let told = i128::from(value.minor_units()).saturating_sub(amount.minor_units().into());
        let sum = found.entry(credit.account).or_default();
        *sum = sum.saturating_sub(told);
    }
    found
}
