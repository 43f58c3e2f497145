//! The log's side of an audit: the tree holds every leaf, and every effect has its leaf.

use super::tally::{ByIntermediary, Tally};
use crate::rows::{
    Actions, Change, Circulation, Count, Denominations, Incidents, Instructions, Leaves, LogNodes,
    Manifests, Revocations, Total, Totals, Untraced,
};
use crate::store::{Fault, Store};
use std::collections::{BTreeMap, BTreeSet};
use tender_proto::trust::Trust;
use tender_token::date::Day;
use tender_token::double_spend::DoubleSpendProof;
use tender_token::encode::{Decode, Encode};
use tender_token::log::leaf::{Effect, Leaf, Transfer};
use tender_token::log::tree::{NodeId, Tree, completed};
use tender_token::log::{LogHash, TreeHead};
use tender_token::manifest::Manifest;
use tender_token::rollback::{Proposal, Reached};
use tender_token::series::DenominationId;
use tender_token::slot::SlotId;

/// The log as it is stored, and the effects that it tells.
#[derive(Debug)]
pub struct Log {
    /// Size and root over the leaves.
    pub head: TreeHead,
    /// What is wrong with leaves and tree.
    faults: Vec<String>,
    told: Tally,
    circulation: BTreeMap<DenominationId, Circulation>,
    told_incidents: Vec<([u8; 32], Day)>,
    incidents: Vec<([u8; 32], Day)>,
    told_untraced: BTreeMap<SlotId, Day>,
    untraced: BTreeMap<SlotId, Day>,
    told_supply: Vec<Vec<u8>>,
    supply: BTreeMap<Count, Vec<u8>>,
    /// Transfers between vaults, in the order of the amounts and names.
    pub told_transfers: Vec<Transfer>,
    /// What guarantees made good, in the order of the amounts and names.
    pub told_redresses: Vec<Transfer>,
    told_published: Vec<Vec<u8>>,
    published: Vec<Vec<u8>>,
    told_rollbacks: Vec<(Reached, Reached)>,
    rollbacks: Vec<(Reached, Reached)>,
}

impl Log {
    /// Reads leaves, tree and what they must agree with. Errors: [`Fault`].
    pub fn read(store: &Store, manifest: &Manifest) -> Result<Self, Fault> {
        let mut leaves = Vec::new();
        store.scan::<Leaves>(|number, leaf| leaves.push((number, leaf.0)))?;
        let mut stored = BTreeMap::new();
        store.scan::<LogNodes>(|node, hash| {
            stored.insert(node, hash);
        })?;
        let mut size = Count::default();
        store.scan::<Totals>(|total, count| match total {
            Total::Leaves => size = count,
            Total::Incidents
            | Total::Presentations
            | Total::Entries
            | Total::Actions
            | Total::Revocations => {}
        })?;
        let mut log = Self {
            head: TreeHead { size: 0, root: LogHash::empty() },
            faults: Vec::new(),
            told: Tally::default(),
            circulation: BTreeMap::new(),
            told_incidents: Vec::new(),
            incidents: Vec::new(),
            told_untraced: BTreeMap::new(),
            untraced: BTreeMap::new(),
            told_supply: Vec::new(),
            supply: BTreeMap::new(),
            told_transfers: Vec::new(),
            told_redresses: Vec::new(),
            told_published: Vec::new(),
            published: Vec::new(),
            told_rollbacks: Vec::new(),
            rollbacks: Vec::new(),
        };
        log.rebuild(&leaves, &stored, size);
        store.scan::<Denominations>(|id, circulation| {
            log.circulation.insert(id, circulation);
        })?;
        store.scan::<Instructions>(|_, row| {
            log.supply.insert(row.entry, row.submission.0);
        })?;
        store.scan::<Untraced>(|slot, time| {
            log.untraced.insert(slot, time.day());
        })?;
        log.told_transfers.sort_unstable();
        log.told_redresses.sort_unstable();
        store.scan::<Manifests>(|_, trust| log.published.push(trust.to_bytes()))?;
        store.scan::<Revocations>(|_, revocation| log.published.push(revocation.to_bytes()))?;
        store.scan::<Actions>(|_, action| {
            if let Change::Rollback { kept, known } = action.change {
                log.rollbacks.push((kept, known));
            }
        })?;
        store.scan::<Incidents>(|_, incident| {
            // A proof that cannot be read is found among the offences.
            if let Ok(proof) = DoubleSpendProof::from_bytes(&incident.proof.0, manifest) {
                log.incidents.push((proof.hash(), incident.time.day()));
            }
        })?;
        Ok(log)
    }

    /// Grows the tree again from its leaves.
    fn rebuild(
        &mut self,
        leaves: &[(Count, Vec<u8>)],
        stored: &BTreeMap<NodeId, LogHash>,
        size: Count,
    ) {
        let mut nodes = BTreeMap::new();
        for (index, (number, bytes)) in (0_u64..).zip(leaves) {
            if number.0 != index {
                self.faults.push(format!("leaf {index} of the log is missing"));
                return;
            }
            let kept = |node| nodes.get(&node).copied();
            let before = Tree::new(index, kept).head();
            let grown = completed(index, LogHash::leaf(bytes), kept);
            for (node, hash) in grown.expect("every node before was made here") {
                if stored.get(&node) != Some(&hash) {
                    self.faults.push(format!("the log's tree is wrong from leaf {index} on"));
                    return;
                }
                nodes.insert(node, hash);
            }
            match Leaf::from_bytes(bytes) {
                Ok(Leaf { effect: Effect::Rollback(rollback), .. })
                    if before != Some(rollback.proposal.kept.head) =>
                {
                    self.faults.push(format!("the log goes on elsewhere than leaf {index} says"));
                }
                Ok(leaf) => self.tell(&leaf),
                Err(_) => self.faults.push(format!("leaf {index} of the log cannot be read")),
            }
        }
        let counted = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        if size.0 != counted || stored.len() != nodes.len() {
            self.faults.push(format!("the log has {counted} leaves and counts {}", size.0));
        }
        let head = Tree::new(counted, |node| nodes.get(&node).copied()).head();
        self.head = head.expect("every node was made here");
    }

    fn tell(&mut self, Leaf { day, effect }: &Leaf) {
        match effect {
            Effect::Signed(tokens) => {
                let told = self.told.of(tokens.intermediary, tokens.denomination);
                told.signed = told.signed.plus(tokens.count);
            }
            Effect::Cashed(tokens) => {
                let told = self.told.of(tokens.intermediary, tokens.denomination);
                told.cashed = told.cashed.plus(tokens.count);
            }
            Effect::Claimed(tokens) => {
                let told = self.told.of(tokens.intermediary, tokens.denomination);
                told.claimed = told.claimed.plus(tokens.count);
            }
            Effect::Incident(proof_hash) => self.told_incidents.push((*proof_hash, *day)),
            Effect::Supply(submission) => self.told_supply.push(submission.to_bytes()),
            Effect::Transfer(transfer) => self.told_transfers.push(*transfer),
            Effect::Manifest { manifest, signature, policy } => {
                let (manifest, signature) = (manifest.clone(), *signature);
                let trust = Trust { manifest, signature, policy: policy.clone() };
                self.told_published.push(trust.to_bytes());
            }
            Effect::Revocation(revocation) => self.told_published.push(revocation.to_bytes()),
            // Compared with what it lists, where that is.
            Effect::CashedList(..) => {}
            Effect::Redress(transfer) => self.told_redresses.push(*transfer),
            Effect::Rollback(rollback) => {
                let Proposal { kept, known, .. } = rollback.proposal;
                self.told_rollbacks.push((kept, known));
            }
            Effect::Untraced(slot) => {
                if self.told_untraced.insert(*slot, *day).is_some() {
                    self.faults.push(format!("the log tells twice that {slot:?} is nobody's"));
                }
            }
        }
    }

    /// Leaves and requests tell the same of every intermediary.
    pub fn check_tally(&self, tally: &Tally, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        let (told, found) = (self.told.all(), tally.all());
        for key in told.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            let of = |all: &ByIntermediary| all.get(key).copied().unwrap_or_default();
            if of(told) != of(found) {
                let (intermediary, id) = key;
                violations.push(format!(
                    "append-only: for {} of {id:?} (signed, cashed, claimed) are {:?} in the log, \
                     and {:?} by the requests",
                    hex::encode(intermediary.0),
                    numbers(of(told)),
                    numbers(of(found))
                ));
            }
        }
        violations.len() == before
    }

    /// The tree is that of its leaves, and leaves and effects tell the same.
    pub fn check(&self, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        for fault in &self.faults {
            violations.push(format!("append-only: {fault}"));
        }
        let told = self.told.by_denomination();
        let ids = told.keys().chain(self.circulation.keys());
        for id in ids.collect::<BTreeSet<_>>() {
            let told = told.get(id).copied().unwrap_or_default();
            let stored = self.circulation.get(id).copied().unwrap_or_default();
            if told != stored {
                violations.push(format!(
                    "append-only: of {id:?} (signed, cashed, claimed) are {:?} in the log \
                     and {:?} here",
                    numbers(told),
                    numbers(stored)
                ));
            }
        }
        if self.told_incidents != self.incidents {
            violations.push("append-only: the log tells other incidents than the books".to_owned());
        }
        if self.told_untraced != self.untraced {
            violations
                .push("append-only: the log tells of other slots that are nobody's".to_owned());
        }
        if !self.told_supply.iter().eq(self.supply.values()) {
            violations.push("append-only: the log tells of another supply".to_owned());
        }
        if self.told_rollbacks != self.rollbacks {
            violations.push("append-only: the log tells other rollbacks than the books".to_owned());
        }
        let sorted = |list: &[Vec<u8>]| list.iter().cloned().collect::<BTreeSet<_>>();
        let equal = sorted(&self.told_published) == sorted(&self.published);
        if !equal || self.told_published.len() != self.published.len() {
            let sentence =
                "append-only: the log tells other manifests or revocations than the books";
            violations.push(sentence.to_owned());
        }
        violations.len() == before
    }
}

fn numbers(row: Circulation) -> (u64, u64, u64) {
    (row.signed.0, row.cashed.0, row.claimed.0)
}
