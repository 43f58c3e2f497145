//! The accusing side of an audit: every accusation must stand with public knowledge only.

use super::{IncidentLine, SlotCounts, WalletCounts};
use crate::rows::{Answers, ConvictionKey, Convictions, Incident, Incidents, Standing, Wallets};
use crate::store::{Fault, Store};
use std::collections::{BTreeMap, BTreeSet};
use tender_token::double_spend::{DoubleSpendProof, Offence};
use tender_token::encode::Encode;
use tender_token::error::{Error, Result as Checked};
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;
use tender_token::slot::SlotId;

/// Closed wallets, and the incidents that closed them.
#[derive(Debug)]
pub struct Offences {
    pub wallets: WalletCounts,
    pub slots: SlotCounts,
    pub incidents: Vec<IncidentLine>,
    /// Incidents that cannot even be read.
    unreadable: Vec<u64>,
    /// Wallets that are closed without an incident, open in spite of one, or closed at another
    /// time.
    unfounded: Vec<IdentityKey>,
    /// Incidents without their conviction.
    unconvicted: Vec<u64>,
    /// Convictions of slots without their incident.
    convictions: Vec<SlotId>,
}

impl Offences {
    /// Reads wallets and incidents. Errors: [`Fault`].
    pub fn read(store: &Store, manifest: &Manifest) -> Result<Self, Fault> {
        let mut wallets = WalletCounts::default();
        let mut closed = BTreeMap::new();
        store.scan::<Wallets>(|identity, wallet| match wallet.standing {
            Standing::Open => wallets.open += 1,
            Standing::Closed(time) => {
                wallets.closed += 1;
                closed.insert(identity, time);
            }
            Standing::Frozen(_) => wallets.frozen += 1,
        })?;
        let (mut incidents, mut unreadable) = (Vec::new(), Vec::new());
        let mut convicted = BTreeMap::new();
        let mut proved = BTreeMap::new();
        store.scan::<Incidents>(|number, incident| {
            convicted.entry(incident.identity).or_insert(incident.time);
            match line(number.0, &incident, manifest) {
                Ok((line, key)) => {
                    incidents.push(line);
                    proved.insert(number, key);
                }
                Err(_) => unreadable.push(number.0),
            }
        })?;
        let mut convictions = Vec::new();
        store.scan::<Convictions>(|key, number| {
            if proved.get(&number) == Some(&key) {
                proved.remove(&number);
            } else {
                convictions.push(key.slot);
            }
        })?;
        let mut slots = SlotCounts::default();
        store.scan::<Answers>(|_, answers| match answers.entries() {
            [_] => slots.unknown += 1,
            _ => slots.revealed += 1,
        })?;
        let differs = |identity: &&IdentityKey| closed.get(identity) != convicted.get(identity);
        let all: BTreeSet<_> = closed.keys().chain(convicted.keys()).collect();
        let unfounded = all.into_iter().filter(differs).copied().collect();
        let unconvicted = proved.into_keys().map(|number| number.0).collect();
        Ok(Self { wallets, slots, incidents, unreadable, unfounded, unconvicted, convictions })
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
        for number in &self.unconvicted {
            violations.push(format!("no-framing: nothing says what incident {number} convicts"));
        }
        for slot in &self.convictions {
            violations.push(format!("no-framing: {slot:?} is convicted without an incident"));
        }
        violations.len() == before
    }
}

/// What an incident says, and of which offence. Errors: those of its proof's bytes; `E_GUILT` if
/// that accuses somebody else.
fn line(
    number: u64,
    incident: &Incident,
    manifest: &Manifest,
) -> Checked<(IncidentLine, ConvictionKey)> {
    let proof = DoubleSpendProof::from_bytes(&incident.proof.0, manifest)?;
    let verified = proof.verify(manifest).is_ok();
    let named = IdentityKey(proof.identity.bytes());
    if named != incident.identity {
        return Err(Error::Guilt);
    }
    let key = ConvictionKey::new(proof.slot.id(), proof.offence);
    let line = IncidentLine {
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
    };
    Ok((line, key))
}
