//! Incidents as they are listed: beside the proof, who registered the wallet, and which tokens it
//! answered for, which the proof itself does not say.

use super::pages::total;
use crate::rows::{Count, Incident, Incidents, Presentations, Table, Total};
use crate::store::{Fault, Store};
use crate::verbs::statement;
use crate::view::View;
use std::collections::BTreeSet;
use tender_token::amount::Amount;
use tender_token::double_spend::{DoubleSpendProof, Evidence, Statement};
use tender_token::encode::Encode as _;
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;
use tender_token::token::TokenId;

/// A token that a proof's answers were given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which.
    pub token: TokenId,
    /// What it is worth.
    pub value: Amount,
}

/// An incident, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Counts the incidents from 1.
    pub number: u64,
    /// The incident.
    pub incident: Incident,
    /// Who registered the wallet.
    pub intermediary: RegistrarId,
    /// The one that was spent twice, or those that shared a slot.
    pub tokens: Vec<Answered>,
    /// Canonical bytes of the chains that lead to the proof's states (`[D3]`), each once.
    pub chains: Vec<Vec<u8>>,
}

/// Length of an incident in an answer, and of the presentations that are read for it, about.
const PROVED_BYTES: usize = 4 * statement::INCIDENT_BYTES;

/// About how many bytes [`incidents`] will read. Errors: [`Fault`].
pub fn incidents_length(store: &Store, after: u64) -> Result<usize, Fault> {
    let last = total(store, Total::Incidents)?;
    Ok(told(after, last).count().saturating_mul(PROVED_BYTES))
}

/// What one answer tells of incidents up to the last: each stands for the one after it.
fn told(after: u64, last: u64) -> core::ops::Range<u64> {
    after..last.min(after.saturating_add(statement::INCIDENTS_MAX))
}

/// The incidents after a number, oldest first, at most as many as a statement has. `archive` has
/// all series that there ever were. Errors: [`Fault`].
pub fn incidents(store: &Store, archive: &Manifest, after: u64) -> Result<Vec<Proved>, Fault> {
    let last = total(store, Total::Incidents)?;
    let mut view = View::default();
    let numbers = || told(after, last).map(|before| Count(before).plus(1));
    numbers().for_each(|number| view.incidents.want(number));
    store.load(&mut view)?;
    let mut read = Vec::new();
    for number in numbers() {
        let incident = view.incidents.get(&number).ok_or(Fault::Missing(Incidents::NAME))?;
        let proof = DoubleSpendProof::from_bytes(&incident.proof.0, archive);
        let proof = proof.map_err(|_| Fault::Missing(Incidents::NAME))?;
        read.push((number, incident.clone(), proof));
    }
    for (_, _, proof) in &read {
        view.answers.want(proof.slot.id());
    }
    store.load(&mut view)?;
    for (_, _, proof) in &read {
        let answers = view.answers.get(&proof.slot.id()).cloned().unwrap_or_default();
        for found in answers.entries() {
            view.presentations.want(found.presentation);
        }
    }
    store.load(&mut view)?;
    let proved = |(number, incident, proof): (Count, Incident, DoubleSpendProof)| {
        let (tokens, chains) = answered(&proof, &view, archive)?;
        let intermediary = proof.record.registrar;
        Ok(Proved { number: number.0, incident, intermediary, tokens, chains })
    };
    read.into_iter().map(proved).collect()
}

/// The tokens of a proof's two answers, and the chains that lead to where those were given, each
/// once.
fn answered(
    proof: &DoubleSpendProof,
    view: &View,
    archive: &Manifest,
) -> Result<(Vec<Answered>, Vec<Vec<u8>>), Fault> {
    let missing = || Fault::Missing(Presentations::NAME);
    let answers = view.answers.get(&proof.slot.id()).cloned().unwrap_or_default();
    let (mut tokens, mut chains) = (Vec::<Answered>::new(), Vec::new());
    let mut states = BTreeSet::new();
    for found in answers.entries() {
        let row = view.presentations.get(&found.presentation).ok_or_else(missing)?;
        let chain = row.read(archive).map_err(|_| missing())?.chain().ok_or_else(missing)?;
        let evidence = Evidence::of(chain).nth(usize::from(found.position.0));
        let statement = Statement::from(&evidence.ok_or_else(missing)?);
        if ![proof.first, proof.second].contains(&statement) {
            continue;
        }
        let token = chain.token_id();
        if tokens.iter().all(|told| told.token != token) {
            tokens.push(Answered { token, value: chain.value() });
        }
        if states.insert((statement.position, statement.state.0)) {
            chains.push(chain.before(statement.position).to_bytes());
        }
    }
    Ok((tokens, chains))
}
