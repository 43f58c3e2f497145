//! Statement: the issuer's postings of our vault against our own mirror, and the incidents.

use crate::mirror::{self, Ours, incoming, late};
use crate::rows::{Accused, Difference, IncidentNumber};
use crate::view::View;
use tender_proto::statement::{Incident, Request, Statement};
use tender_token::cash::AccountRef;
use tender_token::double_spend::DoubleSpendProof;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::manifest::Manifest;

/// What to ask for next, and the time by which the answer can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// Entries finished before it was sent.
    pub horizon: u64,
}

/// Continues where the last statement ended.
#[must_use]
pub fn ask(view: &View) -> Asked {
    let book = view.book();
    let vault = book.vault;
    let request = Request {
        after_posting: vault.posting,
        after_incident: vault.incident,
        after_reserve_posting: book.reserves.posting,
    };
    Asked { request, horizon: book.finished }
}

/// What an incident's proof says.
#[derive(Clone, Debug)]
pub enum Charge {
    /// A double spend by a wallet that names us as its registrar.
    Ours(IncidentNumber, Accused),
    /// A double spend by somebody else's wallet.
    Others(IncidentNumber),
    /// No valid proof: nobody is accused.
    Unproven(IncidentNumber),
}

/// Verifies an incident with public knowledge only (`[D3]`).
#[must_use]
pub fn examine(incident: &Incident, registrar: RegistrarId, manifest: &Manifest) -> Charge {
    let number = IncidentNumber(incident.number);
    let proof = DoubleSpendProof::from_bytes(&incident.proof, manifest);
    let Some(proof) = proof.ok().filter(|proof| proof.verify(manifest).is_ok()) else {
        return Charge::Unproven(number);
    };
    if proof.record.registrar != registrar {
        return Charge::Others(number);
    }
    let accused = Accused {
        customer: None,
        identity: IdentityKey(proof.identity.bytes()),
        proof_hash: proof.hash(),
        proof: incident.proof.clone(),
        time: incident.time,
    };
    Charge::Ours(number, accused)
}

/// The rows that [`apply`] needs; `waiting` are the references that it compares.
pub fn touches(statement: &Statement, charges: &[Charge], waiting: &[AccountRef], view: &mut View) {
    let moved = statement.postings.iter().filter_map(|posting| posting.cause.account());
    for account in moved.chain(waiting.iter().copied()) {
        view.references.want(account);
    }
    statement.postings.iter().for_each(|posting| incoming::touches(posting, view));
    for account in waiting {
        late::touches(*account, view);
    }
    for charge in charges {
        if let Charge::Ours(_, accused) = charge {
            view.wallets.want(accused.identity);
        }
    }
}

/// Takes up postings and incidents, each once. A statement without further postings is complete up
/// to the time it was asked for: then what may be compared is.
pub fn apply(
    view: &mut View,
    asked: Asked,
    statement: &Statement,
    charges: &[Charge],
    waiting: &[AccountRef],
    ours: Ours,
) {
    for posting in &statement.postings {
        mirror::post(view, posting, ours);
    }
    for posting in &statement.reserves.postings {
        mirror::post_reserves(view, posting);
    }
    for charge in charges {
        charge_wallet(view, charge);
    }
    let vault = view.book().vault;
    if !statement.postings.is_empty() || asked.request.after_posting != vault.posting {
        return;
    }
    if statement.vault != vault.stated {
        view.differences.mark(Difference::Vault(vault.posting));
    }
    let reserves = view.book().reserves;
    let caught_up = statement.reserves.postings.is_empty();
    if caught_up && statement.reserves.balance != reserves.stated {
        view.differences.mark(Difference::Reserves(reserves.posting));
    }
    mirror::compare(view, waiting, asked.horizon, ours);
}

fn charge_wallet(view: &mut View, charge: &Charge) {
    let number = match charge {
        Charge::Ours(number, _) | Charge::Others(number) | Charge::Unproven(number) => *number,
    };
    if number.0 <= view.book().vault.incident {
        return;
    }
    view.change_book(|book| book.vault.incident = number.0);
    match charge {
        Charge::Ours(_, accused) => {
            let wallet = view.wallets.get(&accused.identity);
            let customer = wallet.map(|wallet| wallet.customer);
            view.accused.append(number, Accused { customer, ..accused.clone() });
        }
        Charge::Others(_) => (),
        Charge::Unproven(_) => view.differences.mark(Difference::Proof(number.0)),
    }
}
