//! Pages: a wallet's sessions in the order in which they were accepted, as much as fits.

use crate::office::Office;
use crate::rows::{
    Acceptance, AcceptanceKey, Bytes, Count, Resolution, Session, SessionKey, SessionKind,
};
use crate::signer::Signed;
use crate::verbs::outputs;
use crate::verbs::provision::{Certificates, owed, stored_reveal};
use crate::view::View;
use tender_proto::restore::{Page, Stored, Withdrawal};
use tender_token::encode::Encode;
use tender_token::identity::IdentityKey;
use tender_token::provision::SignedOpen;
use tender_token::restore as protocol;
use tender_token::signature::Signature;
use tender_token::withdraw::SignedRequest;

/// Sessions that are read for one page at most.
const SESSIONS_MAX: u64 = 32;
/// Bytes of a page, of which a session that is longer takes one for itself. The longest has 64
/// outputs and 64 funding items, and stays below this too.
const BYTES_MAX: usize = 256 << 10;

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    /// Whose.
    pub identity: IdentityKey,
    /// Behind which session.
    pub after: u64,
}

/// What a page will say, once it is signed.
#[derive(Debug)]
pub struct Promised {
    sessions: Vec<Promise>,
    more: Option<u64>,
    /// Length of the page.
    pub bytes: usize,
}

#[derive(Debug)]
enum Promise {
    Provision { request: SignedOpen, revealed: Option<Certificates> },
    Withdrawal { request: Vec<u8>, owed: Option<outputs::Owed> },
}

/// The row that says how many sessions there are.
pub fn touches_count(cursor: Cursor, view: &mut View) {
    view.acceptance_counts.want(cursor.identity);
}

/// The rows that say which ones come next.
pub fn touches_order(cursor: Cursor, view: &mut View) {
    for number in numbers(cursor, view) {
        view.acceptances.want(AcceptanceKey { identity: cursor.identity, number });
    }
}

/// How many those are, at most as many as one page is made of.
#[must_use]
pub fn sessions(cursor: Cursor, view: &View) -> usize {
    numbers(cursor, view).count()
}

/// The rows of those.
pub fn touches_sessions(cursor: Cursor, view: &mut View) {
    let next: Vec<_> = next(cursor, view).collect();
    for (_, kind, key) in next {
        match kind {
            SessionKind::Provision => view.sessions.want(key),
            SessionKind::Withdrawal => view.withdrawals.want(key),
        }
    }
}

/// The page. Slots of a series that the manifest in force has no more are left out: nothing can be
/// claimed with them. A withdrawal is given whatever became of its series.
#[must_use]
pub fn decide(cursor: Cursor, view: &View, office: &Office) -> Promised {
    let mut promised = Promised { sessions: Vec::new(), more: None, bytes: 0 };
    let mut told = cursor.after;
    for (number, kind, key) in next(cursor, view) {
        let promise = match kind {
            SessionKind::Provision => view.sessions.get(&key).map(|row| provision(row, office)),
            SessionKind::Withdrawal => {
                view.withdrawals.get(&key).map(|Bytes(bytes)| Some(withdrawal(bytes, office)))
            }
        };
        let promise = promise.expect("durable: an acceptance is committed with its session");
        if let Some(promise) = promise {
            let bytes = promised.bytes.saturating_add(promise.length());
            if bytes > BYTES_MAX && !promised.sessions.is_empty() {
                break;
            }
            promised.bytes = bytes;
            promised.sessions.push(promise);
        }
        told = number.0;
    }
    let count = count(cursor, view);
    promised.more = (told < count.0).then_some(told);
    promised
}

impl Promised {
    /// Signs everything again, which gives the same bytes as ever.
    /// Errors: the signer's; asking again may help.
    pub fn keep(&self, office: &Office) -> Signed<Page> {
        let sessions = self.sessions.iter().map(|promise| promise.keep(office));
        Ok(Page { sessions: sessions.collect::<Signed<_>>()?, more: self.more })
    }
}

impl Promise {
    /// What it adds to a page, about.
    fn length(&self) -> usize {
        const RECEIPT: usize = 256;
        const SIGNATURE: usize = 256;
        let (stored, signatures) = match self {
            Self::Provision { request, revealed } => {
                let signatures = revealed.as_ref().map_or(0, |owed| owed.blinded.len());
                (request.to_bytes().len().saturating_add(RECEIPT), signatures)
            }
            Self::Withdrawal { request, owed } => {
                (request.len(), owed.as_ref().map_or(0, |owed| owed.outputs.len()))
            }
        };
        stored.saturating_add(signatures.saturating_mul(SIGNATURE))
    }

    fn keep(&self, office: &Office) -> Signed<Stored> {
        match self {
            Self::Provision { request, revealed } => {
                let resolution = match revealed {
                    None => protocol::Resolution::Unresolved,
                    Some(owed) if owed.blinded.is_empty() => protocol::Resolution::Abandoned,
                    Some(owed) => protocol::Resolution::Signed(owed.keep(office)?),
                };
                let receipt = office.signer.receipt(request)?;
                let request = request.clone();
                Ok(Stored::Provision(protocol::StoredProvision { request, receipt, resolution }))
            }
            Self::Withdrawal { request, owed } => {
                let reply = owed.as_ref().map(|owed| owed.keep(office)).transpose()?;
                Ok(Stored::Withdrawal(Withdrawal { request: request.clone(), reply }))
            }
        }
    }
}

fn provision(session: &Session, office: &Office) -> Option<Promise> {
    let request = session.open.request.clone();
    let revealed = match &session.resolution {
        Resolution::Awaited => None,
        Resolution::Revealed(stored) => {
            Some(owed(&request, stored_reveal(&request, stored, &office.manifest).ok()?))
        }
    };
    Some(Promise::Provision { request, revealed })
}

/// The wallet's part of a request, which is all but the intermediary's signature, and its reply if
/// every key for it is still kept.
fn withdrawal(bytes: &[u8], office: &Office) -> Promise {
    let own =
        bytes.len().checked_sub(size_of::<Signature>()).and_then(|length| bytes.get(..length));
    let request = own.expect("durable: an accepted withdrawal ends with a signature").to_vec();
    let signed = SignedRequest::from_bytes(&request, &office.archive);
    let owed = signed.ok().map(|signed| outputs::Owed::of(signed.plan));
    let owed = owed.filter(|owed| outputs::check_kept(owed, office).is_ok());
    Promise::Withdrawal { request, owed }
}

fn count(cursor: Cursor, view: &View) -> Count {
    view.acceptance_counts.get(&cursor.identity).copied().unwrap_or_default()
}

fn numbers(cursor: Cursor, view: &View) -> impl Iterator<Item = Count> + use<> {
    let end = count(cursor, view).0.min(cursor.after.saturating_add(SESSIONS_MAX));
    (cursor.after..end).map(|number| Count(number).plus(1))
}

fn next(
    cursor: Cursor,
    view: &View,
) -> impl Iterator<Item = (Count, SessionKind, SessionKey)> + use<'_> {
    let identity = cursor.identity;
    numbers(cursor, view).map(move |number| {
        let row = view.acceptances.get(&AcceptanceKey { identity, number });
        let Acceptance { kind, sid } = row.expect("durable: acceptances are numbered without gaps");
        (number, *kind, SessionKey { identity, sid: *sid })
    })
}
