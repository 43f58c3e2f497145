//! What the tiers' own audits print, as far as the report needs it.

use super::process::Party;
use super::report::MinorUnits;
use super::stage;
use crate::scenario::{IntermediaryIndex, Scenario, WalletIndex};
use anyhow::Result;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use tender_proto::trust::Trust;
use tender_token::double_spend::DoubleSpendProof;
use tender_token::encode::Decode;
use tender_token::manifest::Manifest;
use tender_token::signature::PublicKey;

/// Every store, audited.
pub struct Audits {
    /// The issuer's ledger.
    pub issuer: IssuerAudit,
    /// The intermediaries' books, in the order of the scenario.
    pub intermediaries: Vec<IntermediaryAudit>,
    /// The wallets, in the order of the scenario.
    pub wallets: Vec<WalletAudit>,
    /// What everyone may trust, verified under the root's key.
    pub manifest: Manifest,
}

impl Audits {
    /// Audits every store, now that every server is stopped.
    /// Errors: a store that cannot be opened or audited.
    pub fn read(scenario: &Scenario, folder: &Path) -> Result<Self> {
        let issuer = stage::issuer(folder);
        let intermediaries = (0..scenario.intermediaries.len())
            .map(|index| books(&stage::intermediary(folder, IntermediaryIndex(index))));
        let wallets = (0..scenario.wallets.len())
            .map(|index| stage::wallet(folder, WalletIndex(index)).run(&["balance"]));
        Ok(Self {
            issuer: issuer.run(&["audit"])?,
            intermediaries: intermediaries.collect::<Result<_>>()?,
            wallets: wallets.collect::<Result<_>>()?,
            manifest: issuer.run::<TrustAudit>(&["trust"])?.manifest()?,
        })
    }

    /// What all wallets hold, in minor units.
    pub fn held(&self) -> MinorUnits {
        self.wallets.iter().map(WalletAudit::held).sum()
    }
}

/// An intermediary's books, and whom it knows behind what it is shown a proof of.
/// Errors: those of its commands.
fn books(party: &Party) -> Result<IntermediaryAudit> {
    let mut audit: IntermediaryAudit = party.run(&["audit"])?;
    for accused in &mut audit.accused {
        let Some(number) = accused.customer.map(|number| number.to_string()) else { continue };
        let show = ["customer", "show", &number, "--by", "demo", "--purpose", "order"];
        let known: PersonShown = party.run(&show)?;
        accused.name = known.attributes.get("name").map(|name| name.value.clone());
    }
    Ok(audit)
}

/// What the issuer's audit prints.
#[derive(Deserialize)]
pub struct IssuerAudit {
    /// Created so far.
    pub issued: MinorUnits,
    /// Not distributed.
    pub treasury: MinorUnits,
    /// Signed and not cashed.
    pub circulation: MinorUnits,
    /// All vaults.
    pub vaults: Vec<VaultAudit>,
    /// What holds.
    pub invariants: IssuerInvariants,
    /// How many slots have answered.
    pub slots: SlotsAudit,
    /// All incidents.
    pub incidents: Vec<IncidentAudit>,
    /// What is wrong, in words.
    pub violations: Vec<String>,
}

/// Slots whose answers the issuer has seen.
#[derive(Clone, Copy, Deserialize)]
pub struct SlotsAudit {
    /// That answered once, and so fit every identity.
    pub unknown: u64,
    /// That answered more than once.
    pub revealed: u64,
}

/// One vault on the issuer's ledger.
#[derive(Deserialize)]
pub struct VaultAudit {
    /// Whose it is.
    pub intermediary: String,
    /// Free to use.
    pub balance: MinorUnits,
}

/// What the issuer's audit found to hold.
#[derive(Deserialize)]
pub struct IssuerInvariants {
    /// Nothing appeared or vanished.
    pub conservation: bool,
    /// Nothing was cashed twice.
    pub single_spend: bool,
}

/// The public keys, in hex, that anyone can check a proof with.
#[derive(Deserialize)]
struct TrustAudit {
    root: String,
    manifest: String,
    signature: String,
    policy: String,
}

/// A double spend that the issuer recorded.
#[derive(Deserialize)]
pub struct IncidentAudit {
    /// The proof, hex.
    pub proof: String,
    /// Its hash, hex.
    pub proof_hash: String,
}

/// What an intermediary's audit prints.
#[derive(Deserialize)]
pub struct IntermediaryAudit {
    /// The vault as the intermediary believes it to be.
    pub vault_mirror: i128,
    /// What it owes its account holders.
    pub liabilities: MinorUnits,
    /// Requests without an answer.
    pub journal_open: u64,
    /// All accounts.
    pub customers: Vec<AccountAudit>,
    /// All proofs against its account holders.
    pub accused: Vec<AccusedAudit>,
    /// What is wrong, in words.
    pub violations: Vec<String>,
}

/// One account.
#[derive(Deserialize)]
pub struct AccountAudit {
    /// The intermediary's number of the holder.
    pub customer: u64,
    /// Free to use.
    pub balance: MinorUnits,
    /// Set aside.
    pub held: MinorUnits,
}

/// Whom an intermediary connects with a proof.
#[derive(Deserialize)]
pub struct AccusedAudit {
    /// The intermediary's number of the holder, if it enrolled here.
    pub customer: Option<u64>,
    /// Who that is, as the intermediary knows.
    #[serde(skip)]
    pub name: Option<String>,
    /// Its hash, hex.
    pub proof_hash: String,
}

/// What an intermediary prints of a person.
#[derive(Deserialize)]
struct PersonShown {
    attributes: BTreeMap<String, Attribute>,
}

#[derive(Deserialize)]
struct Attribute {
    value: String,
}

/// What a wallet prints as its balance.
#[derive(Deserialize)]
pub struct WalletAudit {
    /// Minor units.
    pub value: MinorUnits,
    /// On its way, minor units.
    pub pending: MinorUnits,
    /// What was not paid out.
    pub refused: Vec<RefusedAudit>,
}

/// A token that was not paid out.
#[derive(Deserialize)]
pub struct RefusedAudit {
    /// Minor units.
    pub value: MinorUnits,
}

impl WalletAudit {
    /// What the wallet holds: in tokens and on its way.
    pub fn held(&self) -> MinorUnits {
        self.value.saturating_add(self.pending)
    }

    /// What it received in good faith and was not paid.
    pub fn lost(&self) -> MinorUnits {
        self.refused.iter().map(|refused| refused.value).sum()
    }
}

impl IncidentAudit {
    /// Whether the proof holds for someone who has the public keys and nothing else.
    pub fn verify(&self, manifest: &Manifest) -> bool {
        let bytes = hex::decode(&self.proof).unwrap_or_default();
        let proof = DoubleSpendProof::from_bytes(&bytes, manifest);
        proof.is_ok_and(|proof| proof.verify(manifest).is_ok())
    }
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
