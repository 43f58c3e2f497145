//! The audit: whether the books hold what they must, and what they owe to whom.

mod actions;
mod journal;
mod ledger;
mod limits;
mod mailbox;
mod mirror;

use crate::counted::counted;
use crate::rows::{Customer, CustomerId, Entry, Job, Outcome, Reference};
use crate::view::View;
use serde::Serialize;
use std::collections::BTreeMap;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::date::calendar::iso;

/// What the audit found. Amounts are minor units.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// The intermediary.
    pub name: String,
    /// The currency's code.
    pub currency: String,
    /// Our vault as we believe it to be.
    pub vault_mirror: i128,
    /// Our vault as the issuer last stated it.
    pub vault_stated: u64,
    /// The posting up to which it did.
    pub posting: u64,
    /// What we owe all customers.
    pub liabilities: u64,
    /// Entries that the issuer has not answered yet.
    pub journal_open: usize,
    /// References that no statement was compared with yet.
    pub unreconciled: usize,
    /// Where books and statement disagree.
    pub differences: Vec<String>,
    /// All customers.
    pub customers: Vec<Holder>,
    /// Proven double spends of wallets enrolled with us.
    pub accused: Vec<Accusation>,
    /// What must hold.
    pub invariants: Invariants,
    /// What does not hold.
    pub violations: Vec<String>,
}

/// A customer and the account.
#[derive(Debug, Serialize)]
pub struct Holder {
    /// Our number of the customer.
    pub customer: u64,
    /// The tier.
    pub tier: String,
    /// Whether the account can be used: `active`, `frozen` or `closed`.
    pub state: &'static str,
    /// Free to use.
    pub balance: u64,
    /// Set aside.
    pub held: u64,
    /// Whether a wallet is enrolled.
    pub enrolled: bool,
}

/// Who is proven to have spent twice.
#[derive(Debug, Serialize)]
pub struct Accusation {
    /// Our number of the customer; `None` if we never enrolled the identity.
    pub customer: Option<u64>,
    /// The revealed identity, hex.
    pub identity: String,
    /// The hash that is logged, hex.
    pub proof_hash: String,
    /// When the issuer found it, and closed the wallet, in unix seconds.
    pub time: u64,
}

/// What must hold.
#[derive(Debug, Serialize)]
pub struct Invariants {
    /// Every account's money has a recorded origin, deposits are what was credited per token, and
    /// the ledger's balances are those of its movements.
    pub conservation: bool,
    /// Nobody has more set aside than is being withdrawn, nobody is overdrawn, every tier that
    /// somebody is in is in force, and what counts against each limit is what was done.
    pub limits_hold: bool,
    /// Every entry is answered, everything is compared with the statement, and nothing differs.
    pub settled: bool,
}

impl Audit {
    /// The audit for people, in lines; amounts with the currency's decimals.
    #[must_use]
    pub fn text(&self, decimals: u8) -> String {
        let shown = |minor_units: u64| Amount::from_minor_units(minor_units).to_decimal(decimals);
        let below = if self.vault_mirror < 0 { "-" } else { "" };
        let mirror = u64::try_from(self.vault_mirror.unsigned_abs()).unwrap_or(u64::MAX);
        let (mirror, stated) = (shown(mirror), shown(self.vault_stated));
        let (owed, currency) = (shown(self.liabilities), &self.currency);
        let last = match (self.violations.is_empty(), self.invariants.settled) {
            (false, _) => "The books do not add up. Keep them as they are.",
            (true, true) => "The books add up, and everything is settled.",
            (true, false) => "The books add up; not everything is settled yet.",
        };
        let count =
            |of: usize, one, many| counted(u64::try_from(of).unwrap_or(u64::MAX), one, many);
        let customers = count(self.customers.len(), "is", "are");
        let entries = count(self.journal_open, "entry is", "entries are");
        let apart = count(self.unreconciled, "is", "are");
        let accused = count(self.accused.len(), "is", "are");
        let mut lines = vec![
            format!("customers   {customers} owed {owed} {currency}"),
            format!("vault       {below}{mirror} {currency} by the mirror, {stated} as stated"),
            format!("journal     {entries} open"),
            format!("references  {apart} not reconciled"),
            format!("accused     {accused} proven to have spent twice"),
        ];
        lines.extend(self.accused.iter().map(Accusation::line));
        lines.push(last.to_owned());
        lines.join("\n")
    }
}

impl Accusation {
    /// Whose wallet it is, in a line of the audit for people.
    fn line(&self) -> String {
        let Self { customer, identity, proof_hash, time } = self;
        let whose = customer.map_or_else(
            || "of nobody who was enrolled here".to_owned(),
            |customer| format!("of customer {customer}"),
        );
        let day = iso(Timestamp(*time).day());
        format!("            wallet {identity} {whose}, since {day}, by the proof {proof_hash}")
    }
}

impl Holder {
    /// A customer as the audit shows it.
    #[must_use]
    pub fn new(id: CustomerId, customer: &Customer) -> Self {
        Self {
            customer: id.0,
            tier: customer.tier.0.clone(),
            state: customer.state.word(),
            balance: customer.balance.minor_units(),
            held: customer.held.minor_units(),
            enrolled: customer.enrolled,
        }
    }
}

/// Examines all rows.
#[must_use]
pub fn examine(view: &View, name: &str, currency: &str) -> Audit {
    let mut violations = unexplained(view);
    violations.extend(ledger::examine(view));
    let conservation = violations.is_empty();
    violations.extend(journal::examine(view));
    violations.extend(mailbox::examine(view));
    violations.extend(actions::examine(view));
    violations.extend(mirror::examine(view));
    let beyond = limits::examine(view);
    let limits_hold = beyond.is_empty();
    violations.extend(beyond);
    let owed = Amount::checked_sum(view.customers.all().filter_map(|(_, row)| row.owed()));
    let differences: Vec<_> = view.differences.all().map(|(row, _)| row.text()).collect();
    violations.extend(differences.iter().cloned());
    let vault = view.book().vault;
    let (journal_open, unreconciled) = (view.open.all().count(), view.unreconciled.all().count());
    let quiet = journal_open == 0 && unreconciled == 0;
    let mirrored = vault.mirror() == i128::from(vault.stated.minor_units());
    if quiet && !mirrored && differences.is_empty() {
        violations.push("the vault's mirror is not what the issuer states".to_owned());
    }
    Audit {
        name: name.to_owned(),
        currency: currency.to_owned(),
        vault_mirror: vault.mirror(),
        vault_stated: vault.stated.minor_units(),
        posting: vault.posting,
        liabilities: owed.map_or(u64::MAX, Amount::minor_units),
        journal_open,
        unreconciled,
        customers: view.customers.all().map(|(id, row)| Holder::new(*id, row)).collect(),
        accused: accused(view),
        invariants: Invariants {
            conservation,
            limits_hold,
            settled: quiet && mirrored && differences.is_empty(),
        },
        differences,
        violations,
    }
}

/// Accounts whose money has no recorded origin: their sums must add up, and be the sums of what
/// was settled and credited.
fn unexplained(view: &View) -> Vec<String> {
    let mut debits = BTreeMap::<CustomerId, Vec<Amount>>::new();
    let mut credits = BTreeMap::<CustomerId, Vec<Amount>>::new();
    for (_, entry) in view.entries.all() {
        if let Entry::Withdraw(job) = entry
            && job.is_paid() == Some(true)
        {
            debits.entry(job.customer).or_default().push(job.work.debit);
            credits.entry(job.customer).or_default().push(job.work.change());
        }
    }
    let owners: BTreeMap<_, _> = view.references.all().map(|(key, row)| (*key, row)).collect();
    let [sent, received] = transferred(view, &owners);
    for (customer, amount) in sent {
        debits.entry(customer).or_default().push(amount);
    }
    for (customer, amount) in received {
        credits.entry(customer).or_default().push(amount);
    }
    for (_, arrival) in view.arrivals.all() {
        credits.entry(arrival.customer).or_default().push(arrival.amount);
    }
    for (credit, amount) in view.credits.all() {
        if let Some(reference) = owners.get(&credit.account) {
            credits.entry(reference.customer).or_default().push(*amount);
        }
    }
    let mut outward = BTreeMap::<CustomerId, Vec<Amount>>::new();
    let mut inward = BTreeMap::<CustomerId, Vec<Amount>>::new();
    for (_, row) in view.outside.all() {
        let direction = if row.cause.is_inward() { &mut inward } else { &mut outward };
        direction.entry(row.customer).or_default().push(row.amount);
    }
    let sum =
        |amounts: Option<&Vec<Amount>>| Amount::checked_sum(amounts.into_iter().flatten().copied());
    let wrong = view.customers.all().filter(|(id, customer)| {
        let debited = sum(debits.get(id)) == Some(customer.debited);
        let credited = sum(credits.get(id)) == Some(customer.credited);
        let paid_out = sum(outward.get(id)) == Some(customer.paid_out);
        let pulled = sum(inward.get(id)) == Some(customer.pulled);
        !(customer.is_explained() && debited && credited && paid_out && pulled)
    });
    wrong.map(|(id, _)| format!("the account of customer {} does not add up", id.0)).collect()
}

/// What left accounts by transfers, and what came into them by transfers within the books.
fn transferred(
    view: &View,
    owners: &BTreeMap<AccountRef, &Reference>,
) -> [Vec<(CustomerId, Amount)>; 2] {
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    for (_, entry) in view.entries.all() {
        let Entry::Transfer(Job { customer, work, reply: Some(Outcome(Ok(_))) }) = entry else {
            continue;
        };
        sent.push((*customer, work.transfer.amount));
        if work.is_internal() {
            let payee = owners.get(&work.transfer.payee_account);
            received.extend(payee.map(|row| (row.customer, work.transfer.amount)));
        }
    }
    [sent, received]
}

fn accused(view: &View) -> Vec<Accusation> {
    let accusation = |(_, row): (&_, &crate::rows::Accused)| {
        let customer = row.customer.map(|id| id.0);
        let (identity, proof_hash) = (hex::encode(row.identity.0), hex::encode(row.proof_hash));
        Accusation { customer, identity, proof_hash, time: row.time.0 }
    };
    view.accused.all().map(accusation).collect()
}
