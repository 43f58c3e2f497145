//! The accusing side of an audit: every accusation must stand with public knowledge only.

use super::{IncidentLine, SlotCounts, WalletCounts};
use crate::rows::{Answers, Incident, Incidents, Standing, Wallets};
use crate::store::{Fault, Store};
use std::collections::BTreeSet;
use tender_token::double_spend::{DoubleSpendProof, Offence};
use tender_token::encode::Encode;
use tender_token::error::{Error, Result as Checked};
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;

/// Closed wallets, and the incidents that closed them.
#[derive(Debug)]
pub struct Offences {
    pub wallets: WalletCounts,
    pub slots: SlotCounts,
    pub incidents: Vec<IncidentLine>,
    /// Incidents that cannot even be read.
    unreadable: Vec<u64>,
    /// Wallets that are closed without an incident, or open in spite of one.
    unfounded: Vec<IdentityKey>,
}

impl Offences {
    /// Reads wallets and incidents. Errors: [`Fault`].
    pub fn read(store: &Store, manifest: &Manifest) -> Result<Self, Fault> {
        let mut wallets = WalletCounts::default();
        let mut closed = BTreeSet::new();
        store.scan::<Wallets>(|identity, wallet| match wallet.standing {
            Standing::Open => wallets.open += 1,
            Standing::Closed(_) => {
                wallets.closed += 1;
                closed.insert(identity);
            }
            Standing::Frozen(_) => wallets.frozen += 1,
        })?;
        let (mut incidents, mut unreadable) = (Vec::new(), Vec::new());
        let mut convicted = BTreeSet::new();
        store.scan::<Incidents>(|number, incident| {
            convicted.insert(incident.identity);
            match line(number.0, &incident, manifest) {
                Ok(line) => incidents.push(line),
                Err(_) => unreadable.push(number.0),
            }
        })?;
        let mut slots = SlotCounts::default();
        store.scan::<Answers>(|_, answers| match answers.entries() {
            [_] => slots.unknown += 1,
            _ => slots.revealed += 1,
        })?;
        let unfounded = closed.symmetric_difference(&convicted).copied().collect();
        Ok(Self { wallets, slots, incidents, unreadable, unfounded })
    }

    /// Nobody is accused without proof.
    pub fn check(&self, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        let unproved = self.incidents.iter().filter(|line| !line.verified).map(|line| line.number);
        for number in unproved.chain(self.unreadable.iter().copied()) {
            violations.push(format!("no-framing: the proof of incident {number} does not hold"));
        }
        for identity in &self.unfounded {
            violations.push(format!("no-framing: {identity:?} is closed or open without reason"));
        }
        violations.len() == before
    }
}

fn line(number: u64, incident: &Incident, manifest: &Manifest) -> Checked<IncidentLine> {
    let proof = DoubleSpendProof::from_bytes(&incident.proof.0, manifest)?;
    let verified = proof.verify(manifest).is_ok();
    let named = IdentityKey(proof.identity.bytes());
    if named != incident.identity {
        return Err(Error::Guilt);
    }
    Ok(IncidentLine {
        number,
        identity: hex::encode(named.0),
        registrar: hex::encode(proof.record.registrar.0),
        pseudonym: hex::encode(proof.record.pseudonym.0),
        position: proof.first.position,
        offence: match proof.offence {
            Offence::DoubleSpend => "double_spend",
            Offence::SlotReuse => "slot_reuse",
        },
        proof: hex::encode(proof.to_bytes()),
        proof_hash: hex::encode(proof.hash()),
        verified,
    })
}
