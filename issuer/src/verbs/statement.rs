//! Statement: an intermediary compares its own books with the issuer's.
//!
//! It changes nothing, so it is answered from one state of the store without waiting in line. The
//! rows asked for depend on two running numbers, which are loaded first.

use crate::rows::{Account, AccountKey, Count, PostingKey, Total};
use crate::view::View;
use tender_proto::statement::{Incident, Posting, Request, Reserves, Statement};
use tender_token::amount::Currency;
use tender_token::identity::RegistrarId;

/// Postings in one statement; whoever is further behind asks again from the last one it got.
pub const POSTINGS_MAX: u64 = 4096;
/// Incidents in one statement; as for the postings.
pub const INCIDENTS_MAX: u64 = 128;

/// Length of a posting, about.
const POSTING_BYTES: usize = 64;
/// Length of an incident, about: most of it is the proof.
pub const INCIDENT_BYTES: usize = 1024;

/// Whose statement, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The intermediary.
    pub intermediary: RegistrarId,
    /// The currency.
    pub currency: Currency,
}

impl Holder {
    fn vault(self) -> AccountKey {
        AccountKey { currency: self.currency, account: Account::Vault(self.intermediary) }
    }

    fn reserves(self) -> AccountKey {
        AccountKey { currency: self.currency, account: Account::Reserves(self.intermediary) }
    }
}

/// The rows that say how much there is.
pub fn touches_totals(holder: Holder, view: &mut View) {
    view.accounts.want(holder.vault());
    view.accounts.want(holder.reserves());
    view.totals.want(Total::Incidents);
}

/// The rows that the statement lists.
pub fn touches(request: Request, holder: Holder, view: &mut View) {
    touches_postings(view, holder.vault(), request.after_posting);
    touches_postings(view, holder.reserves(), request.after_reserve_posting);
    incidents(request, view).for_each(|number| view.incidents.want(number));
}

/// About how many bytes the statement has, once it is known how much there is.
#[must_use]
pub fn length(request: Request, holder: Holder, view: &View) -> usize {
    [
        postings_length(view, holder.vault(), request.after_posting),
        postings_length(view, holder.reserves(), request.after_reserve_posting),
        incidents(request, view).count().saturating_mul(INCIDENT_BYTES),
    ]
    .into_iter()
    .fold(0, usize::saturating_add)
}

/// The statement: what vault and reserves hold, and what happened after the named points, oldest
/// first.
#[must_use]
pub fn decide(request: Request, holder: Holder, view: &View) -> Statement {
    let incident = |number: Count| {
        let row = view.incidents.get(&number)?;
        Some(Incident { number: number.0, proof: row.proof.0.clone(), time: row.time })
    };
    let amount = |key| view.accounts.get(&key).copied().unwrap_or_default().amount;
    Statement {
        vault: amount(holder.vault()),
        postings: postings(view, holder.vault(), request.after_posting),
        incidents: incidents(request, view).filter_map(incident).collect(),
        reserves: Reserves {
            balance: amount(holder.reserves()),
            postings: postings(view, holder.reserves(), request.after_reserve_posting),
        },
    }
}

/// The rows of an account's postings after a number, once the account is loaded.
pub fn touches_postings(view: &mut View, account: AccountKey, after: u64) {
    for number in numbers(view, account, after) {
        view.postings.want(PostingKey { account, number });
    }
}

/// About how many bytes those postings have.
#[must_use]
pub fn postings_length(view: &View, account: AccountKey, after: u64) -> usize {
    numbers(view, account, after).count().saturating_mul(POSTING_BYTES)
}

/// An account's postings after a number, oldest first.
#[must_use]
pub fn postings(view: &View, account: AccountKey, after: u64) -> Vec<Posting> {
    let row = |number| view.postings.get(&PostingKey { account, number }).map(|row| row.posting);
    numbers(view, account, after).filter_map(row).collect()
}

fn numbers(view: &View, account: AccountKey, number: u64) -> impl Iterator<Item = Count> + use<> {
    let last = view.accounts.get(&account).map_or(0, |row| row.postings.0);
    after(number, last, POSTINGS_MAX)
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
