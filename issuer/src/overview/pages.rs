//! Pages: what is too long for one answer, so many rows at a time and from a place on.

use crate::rows::{
    AccountKey, Count, Due, DueKey, Entries, LeadingClaim, Leaves, PostingKey, Proof, Standing,
    Table, Total, Wallet, Wallets,
};
use crate::store::{Fault, Store};
use crate::verbs::statement;
use crate::view::View;
use tender_proto::statement::Posting;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::identity::{IdentityKey, Pseudonym, RegistrarId};
use tender_token::treasury::InstructionId;

/// A posting, and what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The posting.
    pub posting: Posting,
    /// The entry's number.
    pub entry: u64,
    /// When.
    pub time: Timestamp,
    /// The instruction that was carried out, if it was one.
    pub instruction: Option<InstructionId>,
}

/// About how many bytes [`postings`] will have. Errors: [`Fault`].
pub fn postings_length(store: &Store, account: AccountKey, after: u64) -> Result<usize, Fault> {
    let mut view = View::default();
    view.accounts.want(account);
    store.load(&mut view)?;
    Ok(statement::postings_length(&view, account, after))
}

/// The postings of an account after a number, oldest first, at most as many as a statement has.
/// Errors: [`Fault`].
pub fn postings(store: &Store, account: AccountKey, after: u64) -> Result<Vec<Booked>, Fault> {
    let mut view = View::default();
    view.accounts.want(account);
    store.load(&mut view)?;
    statement::touches_postings(&mut view, account, after);
    store.load(&mut view)?;
    let postings = statement::postings(&view, account, after);
    let numbers = postings.iter().filter_map(|posting| {
        let key = PostingKey { account, number: Count(posting.number) };
        view.postings.get(&key).map(|row| row.entry)
    });
    let numbers: Vec<_> = numbers.collect();
    for number in &numbers {
        view.entries.want(*number);
    }
    store.load(&mut view)?;
    let booked = |(posting, number): (Posting, Count)| {
        let entry = view.entries.get(&number)?;
        let (time, instruction) = (entry.time, entry.instruction);
        Some(Booked { posting, entry: number.0, time, instruction })
    };
    let booked = postings.into_iter().zip(numbers).map(booked).collect::<Option<_>>();
    booked.ok_or(Fault::Missing(Entries::NAME))
}

/// Wallets that are looked at for one answer, whoever registered them.
const WALLETS_MAX: usize = 4096;

/// A wallet as its intermediary registered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its identity.
    pub identity: IdentityKey,
    /// The pseudonym under which the intermediary knows it.
    pub pseudonym: Pseudonym,
    /// Whether it may provision and withdraw.
    pub standing: Standing,
}

/// Some wallets of one intermediary, and the last one that was looked at.
#[derive(Clone, Debug, Default)]
pub struct SomeWallets {
    /// In the order of their identities.
    pub wallets: Vec<Registered>,
    /// Where to go on; `None` if there are no more.
    pub last: Option<IdentityKey>,
}

/// The wallets that an intermediary registered, among the next ones behind an identity.
/// Errors: [`Fault`].
pub fn wallets(
    store: &Store,
    intermediary: RegistrarId,
    after: Option<&IdentityKey>,
) -> Result<SomeWallets, Fault> {
    let rows = store.after::<Wallets>(after, WALLETS_MAX)?;
    let last = rows.last().map(|(identity, _)| *identity);
    let last = last.filter(|_| rows.len() == WALLETS_MAX);
    let own = rows.into_iter().filter(|(_, row)| row.record().registrar == intermediary);
    let registered = |(identity, row): (IdentityKey, Wallet)| {
        let (pseudonym, standing) = (row.record().pseudonym, row.standing);
        Registered { identity, pseudonym, standing }
    };
    Ok(SomeWallets { wallets: own.map(registered).collect(), last })
}

/// Bytes of leaves in one reply at most, if there is more than one.
pub const PAGE_BYTES: usize = 1 << 20;

/// Length of a leaf, about.
const LEAF_BYTES: u64 = 128;

/// About how many bytes of [`leaves`] there are from a number on. Errors: [`Fault`].
pub fn leaves_length(store: &Store, from: u64, bytes_max: usize) -> Result<usize, Fault> {
    let count = total(store, Total::Leaves)?.saturating_sub(from);
    let bytes = usize::try_from(count.saturating_mul(LEAF_BYTES)).unwrap_or(usize::MAX);
    Ok(bytes.min(bytes_max))
}

/// A running number. Errors: [`Fault`].
pub(super) fn total(store: &Store, total: Total) -> Result<u64, Fault> {
    let mut view = View::default();
    view.totals.want(total);
    store.load(&mut view)?;
    Ok(view.totals.get(&total).copied().unwrap_or_default().0)
}

/// The log's leaves from a number on, so many bytes of them, but at least one. Errors: [`Fault`].
pub fn leaves(store: &Store, from: u64, bytes_max: usize) -> Result<Vec<Vec<u8>>, Fault> {
    let size = total(store, Total::Leaves)?;
    let mut view = View::default();
    let (mut page, mut bytes) = (Vec::new(), 0_usize);
    for number in from..size {
        let key = Count(number);
        view.leaves.want(key);
        store.load(&mut view)?;
        let leaf = view.leaves.get(&key).ok_or(Fault::Missing(Leaves::NAME))?;
        bytes = bytes.saturating_add(leaf.0.len());
        if bytes > bytes_max && !page.is_empty() {
            break;
        }
        page.push(leaf.0.clone());
    }
    Ok(page)
}

/// Claims in one answer; whoever wants more asks again behind the last one.
const CLAIMS_MAX: usize = 1024;

/// A claim that waits to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where it stands in the order of payment.
    pub place: DueKey,
    /// How much it is for.
    pub value: Amount,
    /// The intermediary to be credited.
    pub intermediary: RegistrarId,
}

impl Waiting {
    /// Whether its token was opened.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        self.place.group.proof == Proof::Opened
    }
}

/// Length of a claim in an answer, and of what is read for it, about.
pub const CLAIM_BYTES: usize = 256;

/// Where claims wait behind a place, in the order in which they are paid, at most so many.
/// Errors: [`Fault`].
pub fn due(store: &Store, after: Option<&DueKey>) -> Result<Vec<DueKey>, Fault> {
    let places = store.after::<Due>(after, CLAIMS_MAX)?;
    Ok(places.into_iter().map(|(place, _)| place).collect())
}

/// The claims at these places, but for those that were paid meanwhile. Errors: [`Fault`].
pub fn claims(store: &Store, places: &[DueKey]) -> Result<Vec<Waiting>, Fault> {
    let mut view = View::default();
    for place in places {
        view.claims.want(place.token);
    }
    store.load(&mut view)?;
    let claim = |place: &DueKey| {
        let LeadingClaim { value, intermediary, .. } = *view.claims.get(&place.token)?;
        Some(Waiting { place: *place, value, intermediary })
    };
    Ok(places.iter().filter_map(claim).collect())
}
