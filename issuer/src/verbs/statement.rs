//! Statement: an intermediary compares its own books with the issuer's.
//!
//! It changes nothing, so it is answered from one state of the store without waiting in line. The
//! rows asked for depend on two running numbers, which are loaded first.

use crate::rows::{Count, PostingKey, Total, VaultKey};
use crate::view::View;
use tender_proto::statement::{Incident, Request, Statement};
use tender_token::amount::Amount;

/// Postings in one statement; whoever is further behind asks again from the last one it got.
pub const POSTINGS_MAX: u64 = 4096;
/// Incidents in one statement; as for the postings.
pub const INCIDENTS_MAX: u64 = 128;

/// The rows that say how much there is.
pub fn touches_totals(vault: VaultKey, view: &mut View) {
    view.vaults.want(vault);
    view.totals.want(Total::Incidents);
}

/// The rows that the statement lists.
pub fn touches(request: Request, vault: VaultKey, view: &mut View) {
    for number in postings(request, vault, view) {
        view.postings.want(PostingKey { vault, number });
    }
    incidents(request, view).for_each(|number| view.incidents.want(number));
}

/// The statement: what the vault holds, and what happened after the named points, oldest first.
#[must_use]
pub fn decide(request: Request, vault: VaultKey, view: &View) -> Statement {
    let row = |number| view.postings.get(&PostingKey { vault, number }).map(|row| row.0);
    let incident = |number: Count| {
        let row = view.incidents.get(&number)?;
        Some(Incident { number: number.0, proof: row.proof.0.clone(), time: row.time })
    };
    Statement {
        vault: view.vaults.get(&vault).map_or(Amount::ZERO, |vault| vault.balance),
        postings: postings(request, vault, view).filter_map(row).collect(),
        incidents: incidents(request, view).filter_map(incident).collect(),
    }
}

fn postings(request: Request, vault: VaultKey, view: &View) -> impl Iterator<Item = Count> + use<> {
    let last = view.vaults.get(&vault).map_or(0, |vault| vault.postings.0);
    after(request.after_posting, last, POSTINGS_MAX)
}

fn incidents(request: Request, view: &View) -> impl Iterator<Item = Count> + use<> {
    let last = view.totals.get(&Total::Incidents).map_or(0, |total| total.0);
    after(request.after_incident, last, INCIDENTS_MAX)
}

/// The numbers after one, up to the last that was given, at most so many.
fn after(number: u64, last: u64, most: u64) -> impl Iterator<Item = Count> + use<> {
    let end = last.min(number.saturating_add(most));
    (number..end).map(|number| Count(number).plus(1))
}
