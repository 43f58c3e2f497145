//! The limits' part of the audit: what counts against each limit, recomputed from what it counts.

use crate::rows::{Customer, CustomerId, Entry, Grant, Outcome, State, Tier, TierName, Usage};
use crate::view::View;
use std::collections::BTreeMap;
use tender_store::plain::Count;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::identity::IdentityKey;

/// What does not fit.
#[must_use]
pub fn examine(view: &View) -> Vec<String> {
    [overheld(view), miscounted(view), misused(view), overdrawn(view)].concat()
}

/// Accounts in which another amount is set aside than is being withdrawn.
fn overheld(view: &View) -> Vec<String> {
    let mut held = BTreeMap::<CustomerId, Vec<Amount>>::new();
    for (_, entry) in view.entries.all() {
        held.entry(entry.customer()).or_default().push(entry.held());
    }
    let differs = |(id, customer): &(&CustomerId, &Customer)| {
        let amounts = held.get(id).into_iter().flatten().copied();
        Amount::checked_sum(amounts) != Some(customer.held)
    };
    let accounts = view.customers.all().filter(differs);
    accounts.map(|(id, _)| format!("the holds of customer {} do not add up", id.0)).collect()
}

/// Tiers in which another number of customers is than is counted: one could end while it is used.
fn miscounted(view: &View) -> Vec<String> {
    let mut members = BTreeMap::<&TierName, u64>::new();
    for (_, customer) in view.customers.all() {
        if !matches!(customer.state, State::Closed(_)) {
            let count = members.entry(&customer.tier).or_default();
            *count = count.saturating_add(1);
        }
    }
    let differs = |(name, tier): &(&TierName, &Tier)| {
        members.get(name).copied().unwrap_or_default() != tier.customers
    };
    let wrong = view.tiers.all().filter(differs);
    wrong.map(|(name, _)| format!("the customers of tier {} are miscounted", name.0)).collect()
}

/// Work that counts against the limits of a day, and against what a wallet is granted.
struct Use {
    customer: CustomerId,
    wallet: Option<IdentityKey>,
    grants: Count,
    day: Day,
    /// Nothing if it was refused.
    amount: Amount,
}

/// What the journal's entries used. What goes back to another intermediary counts for nobody.
fn uses(view: &View) -> impl Iterator<Item = Use> {
    view.entries.all().filter_map(|(_, entry)| match entry {
        Entry::Withdraw(job) => {
            let refused = job.is_paid() == Some(false);
            let work = &job.work;
            let amount = if refused { Amount::ZERO } else { work.debit };
            let (customer, wallet) = (job.customer, Some(work.wallet));
            Some(Use { customer, wallet, grants: work.grants, day: work.day, amount })
        }
        Entry::Transfer(job) if job.customer != CustomerId::NOBODY => {
            let refused = matches!(job.reply, Some(Outcome(Err(_))));
            let work = &job.work;
            let amount = if refused { Amount::ZERO } else { work.transfer.amount };
            let (customer, wallet) = (job.customer, work.wallet);
            Some(Use { customer, wallet, grants: work.grants, day: work.day, amount })
        }
        Entry::Enrol(_) | Entry::Deposit(_) | Entry::Claim(_) | Entry::Transfer(_) => None,
    })
}

/// Customers of whom something else is counted for their latest day than they did on it.
fn misused(view: &View) -> Vec<String> {
    let mut found = BTreeMap::<CustomerId, Usage>::new();
    let mut count = |customer, day, amount, slots| {
        let usage = found.entry(customer).or_insert(Usage::NONE);
        if day >= usage.day {
            let today = usage.on(day);
            // A sum beyond the range of amounts is another than what is stored.
            let debited = today.debited.checked_add(amount).unwrap_or_default();
            *usage = Usage { debited, slots: today.slots.plus(slots), ..today };
        }
    };
    for Use { customer, day, amount, .. } in uses(view) {
        count(customer, day, amount, 0);
    }
    for (opening, vouched) in view.openings.all() {
        let wallet = view.wallets.known(&opening.identity);
        let customer = wallet.map_or(CustomerId::NOBODY, |wallet| wallet.customer);
        count(customer, vouched.day, Amount::ZERO, vouched.slots.0);
    }
    let mut wrong = Vec::new();
    for (id, usage) in view.usage.all() {
        if found.remove(id) != Some(*usage) {
            wrong.push(format!("customer {} did not do what is counted for a day", id.0));
        }
    }
    let uncounted = found.into_keys();
    wrong.extend(uncounted.map(|id| format!("what customer {} did is not counted", id.0)));
    wrong
}

/// Wallets of which another amount is counted than they took since they may not take all. It may be
/// more than is granted: less was granted since.
fn overdrawn(view: &View) -> Vec<String> {
    let mut taken = BTreeMap::<(IdentityKey, u64), Vec<Amount>>::new();
    for Use { wallet, grants, amount, .. } in uses(view) {
        if let Some(wallet) = wallet {
            taken.entry((wallet, grants.0)).or_default().push(amount);
        }
    }
    let mut wrong = Vec::new();
    for (identity, wallet) in view.wallets.all() {
        let Some(Grant { used, .. }) = wallet.grant else { continue };
        let took = taken.get(&(*identity, wallet.grants.0));
        let took = Amount::checked_sum(took.into_iter().flatten().copied());
        if took != Some(used) {
            let (customer, identity) = (wallet.customer.0, hex::encode(identity.0));
            wrong.push(format!(
                "wallet {identity} of customer {customer} did not take what is counted of its grant"
            ));
        }
    }
    wrong
}
