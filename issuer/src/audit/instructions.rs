//! Supply instructions: each made its entry and nothing else, and its officers approved it.

use super::ledger::Ledger;
use super::movements::Movement;
use crate::rows::{Bytes, CarriedOut, Instructions, Manifests, Table};
use crate::store::{Fault, Store};
use crate::verbs::ledger::Draft;
use crate::verbs::treasury::movements;
use std::collections::BTreeMap;
use tender_token::encode::Decode;
use tender_token::manifest::ManifestRecord;
use tender_token::policy::Policy;
use tender_token::signature::PublicKey;
use tender_token::treasury::{InstructionId, Submission};

/// Compares instructions with the entries that name them. Errors: [`Fault`].
pub fn compare(store: &Store, ledger: &mut Ledger) -> Result<(), Fault> {
    let mut policies: BTreeMap<[u8; 32], Policy> = BTreeMap::new();
    let mut issuer = None;
    store.scan::<Manifests>(|_, trust| {
        issuer = ManifestRecord::from_bytes(&trust.manifest).ok().map(|record| record.issuer);
        policies.insert(trust.policy.hash(), trust.policy);
    })?;
    let issuer = issuer.ok_or(Fault::Missing(Manifests::NAME))?;
    store.scan::<Instructions>(|id, row| {
        let entry = ledger.instructed.remove(&id);
        let kept = entry.is_some_and(|entry| {
            entry.number == row.entry
                && entry.time == row.time
                && carried_out(&row, id, &issuer, &policies) == Some(entry.movement)
        });
        if !kept {
            let sentence = format!("entry {} is not what officers approved", row.entry.0);
            ledger.wrong.push(sentence);
        }
    })?;
    for entry in ledger.instructed.values() {
        ledger.wrong.push(format!("entry {} has no instruction", entry.number.0));
    }
    Ok(())
}

/// What an instruction moves. `None` unless officers of a policy that was in force approved it.
fn carried_out(
    row: &CarriedOut,
    id: InstructionId,
    issuer: &PublicKey,
    policies: &BTreeMap<[u8; 32], Policy>,
) -> Option<Movement> {
    let Bytes(bytes) = &row.submission;
    let submission = Submission::from_bytes(bytes).ok()?;
    submission.verify_approvals(issuer, policies.get(&row.policy)?).ok()?;
    let instruction = submission.instruction;
    let (movements, cause) = movements(instruction.order);
    let mut draft = Draft::by(instruction.currency, row.time, instruction.id);
    for (debited, credited) in movements {
        let amount = instruction.amount;
        draft = draft.debit(debited, amount, cause).credit(credited, amount, cause);
    }
    (instruction.id == id).then(|| Movement::drafted(&draft))
}
