//! What an audit says.

use serde::Serialize;

/// What the audit found. Amounts are minor units; ids and bytes are hex.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The currency's code.
    pub currency: String,
    /// Ever created.
    pub issued: u64,
    /// Ever retired.
    pub destroyed: u64,
    /// Not yet distributed.
    pub treasury: u64,
    /// Undistributed currency of each intermediary.
    pub vaults: Vec<VaultLine>,
    /// Set aside by all intermediaries for losses they vouch for.
    pub guarantees: u64,
    /// Reserves that distributed currency was paid with.
    pub backing: u64,
    /// Reserves of all intermediaries.
    pub reserves: u64,
    /// Movements of the ledger so far.
    pub entries: u64,
    /// Signed and not yet paid out.
    pub circulation: u64,
    /// The same by denomination: those of the first series first, the smallest first.
    pub denominations: Vec<DenominationLine>,
    /// How many wallets there are.
    pub wallets: WalletCounts,
    /// How many slots have answered.
    pub slots: SlotCounts,
    /// Proved offences.
    pub incidents: Vec<IncidentLine>,
    /// Slots that answered twice and belong to nobody.
    pub untraced: u64,
    /// The public log.
    pub log: LogLine,
    /// The verdict.
    pub invariants: Invariants,
    /// What is wrong, one sentence each.
    pub violations: Vec<String>,
}

impl Report {
    /// Whether every invariant holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let Invariants { conservation, single_spend, no_framing, append_only } = self.invariants;
        conservation && single_spend && no_framing && append_only
    }
}

/// A vault.
#[derive(Debug, Serialize)]
pub struct VaultLine {
    /// Name of the intermediary.
    pub intermediary: String,
    /// Minor units.
    pub balance: u64,
    /// What the intermediary has at the central bank, in minor units.
    pub reserves: u64,
}

/// A denomination.
#[derive(Debug, Serialize)]
pub struct DenominationLine {
    /// Number of the series.
    pub series: u32,
    /// The series' id.
    pub series_id: String,
    /// The denomination's id.
    pub id: String,
    /// What one token is worth, in minor units.
    pub value: u64,
    /// Tokens signed.
    pub signed: u64,
    /// Tokens cashed.
    pub cashed: u64,
    /// Tokens paid to claims.
    pub claimed: u64,
}

/// The public log's tree.
#[derive(Debug, Serialize)]
pub struct LogLine {
    /// Number of leaves.
    pub size: u64,
    /// Root over the leaves.
    pub root: String,
}

/// How many wallets there are.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct WalletCounts {
    /// That may provision and withdraw.
    pub open: u64,
    /// That answered twice for a slot.
    pub closed: u64,
    /// That an operator froze.
    pub frozen: u64,
}

/// How many slots have answered, as far as their tokens were presented.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct SlotCounts {
    /// That answered once: the answer fits every identity, so nobody can say whose they are.
    pub unknown: u64,
    /// That answered more than once: the answers say whose they are.
    pub revealed: u64,
}

/// A proved offence.
#[derive(Debug, Serialize)]
pub struct IncidentLine {
    /// Counts from 1.
    pub number: u64,
    /// `U` of the offender.
    pub identity: String,
    /// The intermediary that knows who it is.
    pub registrar: String,
    /// The holder's name towards the issuer.
    pub pseudonym: String,
    /// How many endorsements came before the first of the two.
    pub position: u8,
    /// `double_spend` or `slot_reuse`.
    pub offence: &'static str,
    /// Canonical bytes of the proof.
    pub proof: String,
    /// The hash that is logged.
    pub proof_hash: String,
    /// Whether the proof holds with public knowledge only.
    pub verified: bool,
}

/// The named invariants that the issuer can check alone.
#[derive(Clone, Copy, Debug, Serialize)]
#[allow(clippy::struct_excessive_bools)] // One verdict for each invariant.
pub struct Invariants {
    /// issued - destroyed = treasury + vaults + guarantees + circulation, all with equal sides.
    pub conservation: bool,
    /// Every token was cashed once, and what was cashed was credited.
    pub single_spend: bool,
    /// Every accusation has a proof that holds.
    pub no_framing: bool,
    /// The log's tree holds its leaves, and every effect has its leaf.
    pub append_only: bool,
}
