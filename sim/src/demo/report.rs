//! The balance sheet: every store audited, every named invariant checked.

use super::ledger::Ledger;
use super::stage;
use crate::scenario::{self, IntermediaryIndex, Scenario, WalletIndex};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tender_proto::trust::Trust;
use tender_token::double_spend::DoubleSpendProof;
use tender_token::encode::Decode;
use tender_token::manifest::Manifest;
use tender_token::signature::PublicKey;

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

#[derive(Deserialize)]
struct IssuerAudit {
    issued: MinorUnits,
    treasury: MinorUnits,
    circulation: MinorUnits,
    vaults: Vec<VaultAudit>,
    invariants: IssuerInvariants,
    incidents: Vec<IncidentAudit>,
    violations: Vec<String>,
}

#[derive(Deserialize)]
struct VaultAudit {
    intermediary: String,
    balance: MinorUnits,
}

#[derive(Deserialize)]
struct IssuerInvariants {
    conservation: bool,
    single_spend: bool,
}

/// The public keys, in hex, that anyone can check a proof with.
#[derive(Deserialize)]
struct TrustAudit {
    root: String,
    manifest: String,
    signature: String,
    policy: String,
}

#[derive(Deserialize)]
struct IncidentAudit {
    proof: String,
    proof_hash: String,
}

#[derive(Deserialize)]
struct IntermediaryAudit {
    vault_mirror: i128,
    liabilities: MinorUnits,
    journal_open: u64,
    customers: Vec<AccountAudit>,
    accused: Vec<AccusedAudit>,
    violations: Vec<String>,
}

#[derive(Deserialize)]
struct AccountAudit {
    name: String,
    balance: MinorUnits,
    held: MinorUnits,
}

#[derive(Deserialize)]
struct AccusedAudit {
    customer: Option<String>,
    proof_hash: String,
}

#[derive(Deserialize)]
struct WalletAudit {
    value: MinorUnits,
    pending: MinorUnits,
    refused: Vec<RefusedAudit>,
}

#[derive(Deserialize)]
struct RefusedAudit {
    value: MinorUnits,
}

impl Report {
    /// Audits every store, now that every server is stopped.
    /// Errors: a store that cannot be opened or audited.
    pub fn audit(
        scenario: &Scenario,
        folder: &Path,
        expected: &Ledger,
        facts: Facts,
        elapsed: Duration,
    ) -> Result<Self> {
        let issuer: IssuerAudit = stage::issuer(folder).run(&["audit"])?;
        let banks = (0..scenario.intermediaries.len())
            .map(|index| stage::intermediary(folder, IntermediaryIndex(index)).run(&["audit"]))
            .collect::<Result<Vec<IntermediaryAudit>>>()?;
        let wallets = (0..scenario.wallets.len())
            .map(|index| stage::wallet(folder, WalletIndex(index)).run(&["balance"]))
            .collect::<Result<Vec<WalletAudit>>>()?;
        let holders = holders(scenario, expected, &banks, &wallets);
        let trust: TrustAudit = stage::issuer(folder).run(&["trust"])?;
        let incidents = incidents(&issuer, &banks, &trust.manifest()?);
        let cheats: BTreeSet<&str> =
            expected.cheats().iter().map(|c| scenario.wallet(c.who).name.as_str()).collect();
        let named: BTreeSet<&str> = incidents.iter().map(|i| i.name.as_str()).collect();
        let traced = expected.cheats().iter().map(|c| scenario.wallet(c.who).name.as_str());
        let violations = violations(&issuer, &banks, &wallets, &holders, expected);
        let settled = violations.is_empty();
        let honest_accused = count(named.difference(&cheats));
        Ok(Self {
            title: scenario.title.clone(),
            currency: scenario.currency.code.to_string(),
            decimals: scenario.currency.decimals,
            payments: facts.payments,
            offline_payments: facts.offline_payments,
            hops_max: facts.hops_max,
            double_spends_attempted: count(expected.cheats().iter()),
            double_spends_traced: count(traced.filter(|name| named.contains(name))),
            honest_accused,
            conservation: issuer.invariants.conservation,
            single_spend: issuer.invariants.single_spend,
            settled,
            no_framing: honest_accused == 0 && incidents.iter().all(|i| i.verified),
            issued: issuer.issued,
            treasury: issuer.treasury,
            vaults: vaults(scenario, &issuer, &banks),
            circulation: issuer.circulation,
            holders,
            incidents,
            violations: [issuer.violations, violations].concat(),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Whether every named invariant holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.conservation && self.single_spend && self.settled && self.no_framing
    }
}

fn holders(
    scenario: &Scenario,
    expected: &Ledger,
    banks: &[IntermediaryAudit],
    wallets: &[WalletAudit],
) -> Vec<Holder> {
    let indices = (0..scenario.wallets.len()).map(WalletIndex);
    let holder = |((index, terms), wallet): ((WalletIndex, &scenario::Wallet), &WalletAudit)| {
        let bank = banks.get(terms.intermediary.0);
        let accounts = bank.into_iter().flat_map(|bank| &bank.customers);
        let account = accounts.filter(|account| account.name == terms.name);
        Holder {
            name: terms.name.clone(),
            intermediary: scenario.intermediary(terms.intermediary).name.clone(),
            account: account.map(|account| account.balance.saturating_add(account.held)).sum(),
            tokens: wallet.value.saturating_add(wallet.pending),
            lost: wallet.refused.iter().map(|refused| refused.value).sum(),
            expected: expected.worth(index).minor_units(),
        }
    };
    indices.zip(&scenario.wallets).zip(wallets).map(holder).collect()
}

fn vaults(scenario: &Scenario, issuer: &IssuerAudit, banks: &[IntermediaryAudit]) -> Vec<Vault> {
    let vault = |(terms, bank): (&scenario::Intermediary, &IntermediaryAudit)| {
        let own = issuer.vaults.iter().filter(|vault| vault.intermediary == terms.name);
        Vault {
            intermediary: terms.name.clone(),
            balance: own.map(|vault| vault.balance).sum(),
            mirror: bank.vault_mirror,
            liabilities: bank.liabilities,
        }
    };
    scenario.intermediaries.iter().zip(banks).map(vault).collect()
}

/// Every proof the issuer logged, with the name that an intermediary connects with it.
fn incidents(
    issuer: &IssuerAudit,
    banks: &[IntermediaryAudit],
    manifest: &Manifest,
) -> Vec<Incident> {
    let mut found = Vec::new();
    for incident in &issuer.incidents {
        let accused = banks.iter().flat_map(|bank| &bank.accused);
        let name = accused.filter(|accused| accused.proof_hash == incident.proof_hash);
        let name = name.into_iter().find_map(|accused| accused.customer.clone());
        found.push(Incident {
            name: name.unwrap_or_else(|| "nobody that an intermediary knows".to_owned()),
            proof_hash: incident.proof_hash.clone(),
            verified: verify(&incident.proof, manifest),
        });
    }
    found
}

impl TrustAudit {
    /// Verifies the manifest under the root's key, as every third party would begin.
    fn manifest(&self) -> Result<Manifest> {
        let root = PublicKey::from_bytes(&hex::decode(&self.root)?)?;
        let trust = Trust {
            manifest: hex::decode(&self.manifest)?,
            signature: Decode::from_bytes(&hex::decode(&self.signature)?)?,
            policy: Decode::from_bytes(&hex::decode(&self.policy)?)?,
        };
        Ok(trust.verify(&root)?)
    }
}

/// Whether a proof holds for someone who has the public keys and nothing else.
fn verify(proof: &str, manifest: &Manifest) -> bool {
    let bytes = hex::decode(proof).unwrap_or_default();
    DoubleSpendProof::from_bytes(&bytes, manifest).is_ok_and(|p| p.verify(manifest).is_ok())
}

/// What is not as the model says.
fn violations(
    issuer: &IssuerAudit,
    banks: &[IntermediaryAudit],
    wallets: &[WalletAudit],
    holders: &[Holder],
    expected: &Ledger,
) -> Vec<String> {
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
    // A double spend that nobody has presented yet is held twice and was signed once.
    let held: MinorUnits = wallets.iter().map(|w| w.value.saturating_add(w.pending)).sum();
    let doubled: MinorUnits = expected.cheats().iter().map(|c| c.amount.minor_units()).sum();
    if held < issuer.circulation || held > issuer.circulation.saturating_add(doubled) {
        let circulation = issuer.circulation;
        found.push(format!("wallets hold {held} minor units of {circulation} in circulation"));
    }
    found
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}
