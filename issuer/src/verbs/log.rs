//! The public log: every effect leaves a leaf, in the same commit.
//!
//! Signed, cashed and claimed tokens are counted while a batch is decided and published when it
//! ends, one leaf per intermediary and denomination: the log tells how much, and never which.

use crate::rows::{Bytes, Count, Total};
use crate::view::View;
use std::collections::BTreeMap;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::identity::RegistrarId;
use tender_token::log::leaf::{Effect, Leaf, Tokens};
use tender_token::log::tree::{completed, frontier};
use tender_token::series::DenominationId;

/// How many tokens were signed, cashed and claimed, by whom and of what.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    signed: Counts,
    cashed: Counts,
    claimed: Counts,
}

type Counts = BTreeMap<(RegistrarId, DenominationId), u64>;

/// The row that says how many leaves there are.
pub fn touches_size(view: &mut View) {
    view.totals.want(Total::Leaves);
}

/// The rows that appending needs, once the size is loaded.
pub fn touches_frontier(view: &mut View) {
    let size = size(view);
    frontier(size.0).for_each(|node| view.log_nodes.want(node));
    if let Some(last) = last(size) {
        view.leaves.want(last);
    }
}

/// Counts a token that is about to be signed.
pub fn count_signed(view: &mut View, intermediary: RegistrarId, denomination: DenominationId) {
    count(&mut view.tally.signed, intermediary, denomination);
}

/// Counts a token that was cashed.
pub fn count_cashed(view: &mut View, intermediary: RegistrarId, denomination: DenominationId) {
    count(&mut view.tally.cashed, intermediary, denomination);
}

/// Counts a token that was paid to a claim.
pub fn count_claimed(view: &mut View, intermediary: RegistrarId, denomination: DenominationId) {
    count(&mut view.tally.claimed, intermediary, denomination);
}

/// Publishes what was counted since the last time. Every commit of a tally needs it first.
pub fn publish(view: &mut View, day: Day) {
    let Tally { signed, cashed, claimed } = core::mem::take(&mut view.tally);
    let tokens =
        |((intermediary, denomination), count)| Tokens { intermediary, denomination, count };
    let signed = signed.into_iter().map(tokens).map(Effect::Signed);
    let cashed = cashed.into_iter().map(tokens).map(Effect::Cashed);
    let claimed = claimed.into_iter().map(tokens).map(Effect::Claimed);
    signed.chain(cashed).chain(claimed).for_each(|effect| append(view, Leaf { day, effect }));
}

/// Appends a leaf and the nodes that it completes. Its day is not before that of the leaf before,
/// whatever the clock says: whoever reads the log takes a day that steps back for a forgery.
pub fn append(view: &mut View, leaf: Leaf) {
    let index = size(view);
    let before = last(index).and_then(|last| view.leaves.get(&last)).map(|bytes| day(&bytes.0));
    let leaf = Leaf { day: before.map_or(leaf.day, |before| before.max(leaf.day)), ..leaf };
    let kept = |node| view.log_nodes.get(&node).copied();
    let nodes = completed(index.0, leaf.hash(), kept);
    let nodes = nodes.expect("append-only: the log has every node of its frontier");
    for (node, hash) in nodes {
        view.log_nodes.append(node, hash);
    }
    view.leaves.append(index, Bytes(leaf.to_bytes()));
    view.totals.insert(Total::Leaves, index.plus(1));
}

/// The number of the last leaf, if there is one.
fn last(size: Count) -> Option<Count> {
    size.0.checked_sub(1).map(Count)
}

fn day(leaf: &[u8]) -> Day {
    Leaf::from_bytes(leaf).expect("append-only: the issuer reads what it wrote").day
}

fn size(view: &View) -> Count {
    view.totals.get(&Total::Leaves).copied().unwrap_or_default()
}

fn count(counts: &mut Counts, intermediary: RegistrarId, denomination: DenominationId) {
    let count = counts.entry((intermediary, denomination)).or_default();
    *count = count.checked_add(1).expect("a batch counts far below 2^64");
}
