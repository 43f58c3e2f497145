//! The balance sheet: every store audited, every named invariant checked.

use super::audits::{Audits, IncidentAudit, IntermediaryAudit, WalletAudit};
use super::ledger::Ledger;
use crate::scenario::{self, Scenario, WalletIndex};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

/// Minor units of the scenario's currency.
pub type MinorUnits = u64;

/// What was counted while the story went on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    payments: u64,
    offline_payments: u64,
    hops_max: u64,
}

impl Facts {
    /// Counts one handed-over payment.
    pub fn paid(&mut self, offline: bool, handovers: u64) {
        self.payments = self.payments.saturating_add(1);
        self.offline_payments = self.offline_payments.saturating_add(u64::from(offline));
        self.hops_max = self.hops_max.max(handovers);
    }
}

/// One intermediary's books at the end.
#[derive(Clone, Debug, Serialize)]
pub struct Vault {
    /// The intermediary.
    pub intermediary: String,
    /// Its vault on the issuer's ledger.
    pub balance: MinorUnits,
    /// The same vault as the intermediary believes it to be.
    pub mirror: i128,
    /// What it owes its account holders.
    pub liabilities: MinorUnits,
}

/// One holder at the end.
#[derive(Clone, Debug, Serialize)]
pub struct Holder {
    /// The holder.
    pub name: String,
    /// Its intermediary.
    pub intermediary: String,
    /// In the account.
    pub account: MinorUnits,
    /// In the wallet.
    pub tokens: MinorUnits,
    /// Received in good faith and not paid out, because it had been spent before.
    pub lost: MinorUnits,
    /// What the model says the three should sum to.
    pub expected: MinorUnits,
}

/// A double spend that was traced.
#[derive(Clone, Debug, Serialize)]
pub struct Incident {
    /// Who did it, as the intermediary knows the holder.
    pub name: String,
    /// Hash of the double-spend proof.
    pub proof_hash: String,
    /// Whether the proof convinced this program, which holds public keys only.
    pub verified: bool,
}

/// Everything the demonstration found, as `--json` prints it.
#[derive(Clone, Debug, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "one per named invariant")]
pub struct Report {
    /// The heading of the scenario.
    pub title: String,
    /// The currency's code.
    pub currency: String,
    /// Digits after the point.
    pub decimals: u8,
    /// Payments handed over.
    pub payments: u64,
    /// Payments handed over while every server was down.
    pub offline_payments: u64,
    /// Most hands one token went through before it was cashed.
    pub hops_max: u64,
    /// Double spends the scenario tried.
    pub double_spends_attempted: u64,
    /// Double spends whose author the issuer proved and the intermediary named.
    pub double_spends_traced: u64,
    /// Holders accused who did not double spend.
    pub honest_accused: u64,
    /// Payers' slots that the issuer saw answer once: nobody can say whose they are.
    pub payers_unknown: u64,
    /// Payers' slots that answered more than once and so name their owner.
    pub payers_revealed: u64,
    /// issued - destroyed = treasury + vaults + circulation.
    pub conservation: bool,
    /// No token was cashed twice.
    pub single_spend: bool,
    /// Everyone has what the model says, and no request is open.
    pub settled: bool,
    /// Nobody was accused without a proof that holds, nobody honest was, every traced cheat was.
    pub no_framing: bool,
    /// What the issuer created.
    pub issued: MinorUnits,
    /// What the issuer has not distributed.
    pub treasury: MinorUnits,
    /// Vaults, one per intermediary.
    pub vaults: Vec<Vault>,
    /// Signed and not yet cashed.
    pub circulation: MinorUnits,
    /// All wallets.
    pub holders: Vec<Holder>,
    /// Double spends traced.
    pub incidents: Vec<Incident>,
    /// What is wrong, in words; empty if nothing is.
    pub violations: Vec<String>,
    /// From the first key to the last audit.
    pub elapsed_ms: u64,
}

impl Report {
    /// Compares what the audits found with what the model expects.
    #[must_use]
    pub fn new(
        scenario: &Scenario,
        audits: Audits,
        expected: &Ledger,
        facts: Facts,
        elapsed: Duration,
    ) -> Self {
        let holders = holders(scenario, expected, &audits);
        let incidents = incidents(&audits);
        let cheats: BTreeSet<&str> =
            expected.cheats().iter().map(|c| scenario.wallet(c.who).name.as_str()).collect();
        let named: BTreeSet<&str> = incidents.iter().map(|i| i.name.as_str()).collect();
        let traced = expected.cheats().iter().map(|c| scenario.wallet(c.who).name.as_str());
        let traced = count(traced.filter(|name| named.contains(name)));
        let violations = violations(&audits, &holders, expected, traced);
        let settled = violations.is_empty();
        let honest_accused = count(named.difference(&cheats));
        let vaults = vaults(scenario, &audits);
        let issuer = audits.issuer;
        Self {
            title: scenario.title.clone(),
            currency: scenario.currency.code.to_string(),
            decimals: scenario.currency.decimals,
            payments: facts.payments,
            offline_payments: facts.offline_payments,
            hops_max: facts.hops_max,
            double_spends_attempted: count(expected.cheats().iter()),
            double_spends_traced: traced,
            honest_accused,
            payers_unknown: issuer.slots.unknown,
            payers_revealed: issuer.slots.revealed,
            conservation: issuer.invariants.conservation,
            single_spend: issuer.invariants.single_spend,
            settled,
            no_framing: honest_accused == 0 && incidents.iter().all(|i| i.verified),
            issued: issuer.issued,
            treasury: issuer.treasury,
            vaults,
            circulation: issuer.circulation,
            holders,
            incidents,
            violations: [issuer.violations, violations].concat(),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Whether every named invariant holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.conservation && self.single_spend && self.settled && self.no_framing
    }
}

fn holders(scenario: &Scenario, expected: &Ledger, audits: &Audits) -> Vec<Holder> {
    let indices = (0..scenario.wallets.len()).map(WalletIndex);
    let holder = |((index, terms), wallet): ((WalletIndex, &scenario::Wallet), &WalletAudit)| {
        let bank = audits.intermediaries.get(terms.intermediary.0);
        let accounts = bank.into_iter().flat_map(|bank| &bank.customers);
        // Accounts are opened in the order of the scenario, and intermediaries count from 1.
        let before = scenario.wallets.iter().take(index.0);
        let before = count(before.filter(|other| other.intermediary == terms.intermediary));
        let account = accounts.filter(|account| account.customer == before.saturating_add(1));
        Holder {
            name: terms.name.clone(),
            intermediary: scenario.intermediary(terms.intermediary).name.clone(),
            account: account.map(|account| account.balance.saturating_add(account.held)).sum(),
            tokens: wallet.held(),
            lost: wallet.lost(),
            expected: expected.worth(index).minor_units(),
        }
    };
    indices.zip(&scenario.wallets).zip(&audits.wallets).map(holder).collect()
}

fn vaults(scenario: &Scenario, audits: &Audits) -> Vec<Vault> {
    let vault = |(terms, bank): (&scenario::Intermediary, &IntermediaryAudit)| {
        let own = audits.issuer.vaults.iter().filter(|vault| vault.intermediary == terms.name);
        Vault {
            intermediary: terms.name.clone(),
            balance: own.map(|vault| vault.balance).sum(),
            mirror: bank.vault_mirror,
            liabilities: bank.liabilities,
        }
    };
    scenario.intermediaries.iter().zip(&audits.intermediaries).map(vault).collect()
}

/// Every proof the issuer recorded, with the name that an intermediary connects with it.
fn incidents(audits: &Audits) -> Vec<Incident> {
    let accused = || audits.intermediaries.iter().flat_map(|bank| &bank.accused);
    let incident = |incident: &IncidentAudit| {
        let mut named = accused().filter(|accused| accused.proof_hash == incident.proof_hash);
        let name = named.find_map(|accused| accused.name.clone());
        Incident {
            name: name.unwrap_or_else(|| "nobody that an intermediary knows".to_owned()),
            proof_hash: incident.proof_hash.clone(),
            verified: incident.verify(&audits.manifest),
        }
    };
    audits.issuer.incidents.iter().map(incident).collect()
}

/// What is not as the model says.
fn violations(audits: &Audits, holders: &[Holder], expected: &Ledger, traced: u64) -> Vec<String> {
    let banks = &audits.intermediaries;
    let mut found: Vec<String> = banks.iter().flat_map(|bank| bank.violations.clone()).collect();
    for holder in holders {
        let actual = holder.account.saturating_add(holder.tokens).saturating_add(holder.lost);
        if actual != holder.expected {
            let (name, expected) = (&holder.name, holder.expected);
            found.push(format!("{name} has {actual} minor units instead of {expected}"));
        }
    }
    let open: u64 = banks.iter().map(|bank| bank.journal_open).sum();
    if open > 0 {
        found.push(format!("{open} requests are still open in the intermediaries' journals"));
    }
    // A double spend that is not presented twice yet is held twice and was signed once.
    let (held, circulation) = (audits.held(), audits.issuer.circulation);
    let doubled: MinorUnits = expected.cheats().iter().map(|c| c.amount.minor_units()).sum();
    if held < circulation || held > circulation.saturating_add(doubled) {
        found.push(format!("wallets hold {held} minor units of {circulation} in circulation"));
    }
    let tried = count(expected.cheats().iter());
    if held == circulation && traced < tried {
        found.push(format!("every double spend was presented, but {traced} of {tried} are traced"));
    }
    found
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}
