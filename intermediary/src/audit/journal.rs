//! The journal's part of the audit: whether every row that an entry has written is there, and no
//! other.

use crate::rows::{Entry, EntryNumber, Flow, Job, OpenEntry, Outcome, PurchaseNumber, Reference};
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;

/// What does not fit.
#[must_use]
pub fn examine(view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    let book = view.book();
    let numbers = (1..=book.entries).map(EntryNumber);
    if !view.entries.all().map(|(number, _)| *number).eq(numbers) {
        wrong.push(format!("the journal does not have its {} entries, each once", book.entries));
    }
    let open = view.entries.all().filter(|(_, entry)| entry.is_open());
    let open =
        open.map(|(number, entry)| OpenEntry { customer: entry.customer(), number: *number });
    let open: BTreeSet<_> = open.collect();
    let marked: BTreeSet<_> = view.open.all().map(|(open, _)| *open).collect();
    for OpenEntry { number, .. } in open.symmetric_difference(&marked) {
        wrong.push(format!("entry {} is open or not, and its mark says the contrary", number.0));
    }
    let mut waiting = BTreeMap::<_, u64>::new();
    for OpenEntry { customer, .. } in &open {
        let waiting = waiting.entry(*customer).or_default();
        *waiting = waiting.saturating_add(1);
    }
    for (id, customer) in view.customers.all() {
        let there = waiting.get(id).copied().unwrap_or(0);
        if customer.waiting != there {
            let counted = customer.waiting;
            wrong.push(format!("customer {} has {there} open entries, not {counted}", id.0));
        }
    }
    if book.open() != u64::try_from(open.len()).unwrap_or(u64::MAX) {
        wrong.push(format!("{} entries are counted as open, and {} are", book.open(), open.len()));
    }
    for (_, request) in view.requests.all() {
        if view.entries.known(&request.entry).is_none() {
            wrong.push(format!("a request began entry {}, which is not there", request.entry.0));
        }
    }
    let purchases = (1..=book.purchases).map(PurchaseNumber);
    if !view.purchases.all().map(|(number, _)| *number).eq(purchases) {
        wrong.push(format!("there are not {} purchases, each once", book.purchases));
    }
    wrong.extend(references(view));
    wrong.extend(vault(view));
    wrong
}

/// References whose sums are not those of their entries and of what arrived.
fn references(view: &View) -> Vec<String> {
    let mut found = BTreeMap::<AccountRef, (u64, Flow)>::new();
    let mut add = |account, is_open: bool, Flow { inward, outward }: Flow| {
        let (open, moved) = found.entry(account).or_default();
        *open = open.saturating_add(u64::from(is_open));
        // A sum beyond the range of amounts is another than what is stored.
        *moved = moved.plus(inward, outward).unwrap_or_default();
    };
    for (_, entry) in view.entries.all() {
        match entry {
            Entry::Enrol(_) => {}
            Entry::Withdraw(job) => {
                let paid = job.is_paid();
                for (account, flow) in job.work.movements() {
                    let moved = if paid == Some(true) { flow } else { Flow::default() };
                    add(account, paid.is_none(), moved);
                }
            }
            Entry::Deposit(Job { work, reply, .. }) => {
                add(work.account, reply.is_none(), Flow::default());
            }
            Entry::Claim(Job { work, reply, .. }) => {
                add(work.account, reply.is_none(), Flow::default());
            }
            Entry::Transfer(Job { work, reply, .. }) => {
                let left = matches!(reply, Some(Outcome(Ok(_)))) && !work.is_internal();
                let outward = if left { work.transfer.amount } else { Amount::ZERO };
                let flow = Flow { inward: Amount::ZERO, outward };
                add(work.transfer.payer_account, reply.is_none(), flow);
            }
        }
    }
    for (credit, amount) in view.credits.all() {
        add(credit.account, false, Flow { inward: *amount, outward: Amount::ZERO });
    }
    for (_, arrival) in view.arrivals.all() {
        add(arrival.account, false, Flow { inward: arrival.amount, outward: Amount::ZERO });
    }
    let mut wrong = Vec::new();
    for (account, Reference { open, moved, .. }) in view.references.all() {
        let known = found.remove(account).unwrap_or_default();
        if known != (*open, *moved) {
            let account = hex::encode(account.0);
            wrong.push(format!("reference {account} does not have the sums of its entries"));
        }
    }
    wrong.extend(found.into_keys().map(|account| {
        format!("reference {} is named by an entry and has no row", hex::encode(account.0))
    }));
    wrong
}

/// The vault against what moved under all references, and against the postings that were taken up.
fn vault(view: &View) -> Vec<String> {
    let vault = view.book().vault;
    let mut wrong = Vec::new();
    let moved = view.references.all().try_fold(Flow::default(), |sum, (_, reference)| {
        sum.plus(reference.moved.inward, reference.moved.outward)
    });
    if moved != Some(vault.moved) {
        wrong.push("the vault did not move by what moved under all references".to_owned());
    }
    let last = view.postings.all().last();
    if last.map_or((0, Amount::ZERO), |(number, posted)| (number.0, posted.balance))
        != (vault.posting, vault.stated)
    {
        wrong.push(format!("the last posting is not {}, by which the vault is", vault.posting));
    }
    wrong
}
