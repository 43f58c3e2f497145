//! `rollback`: what officers approved is told by the copy that the issuer goes on from (`[X4]`).

use super::log;
use crate::operation::record;
use crate::rows::{Change, Total};
use crate::view::View;
use tender_token::date::Timestamp;
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::rollback::{ApprovedRollback, Proposal};

/// The rows that say how many leaves and actions there are.
pub fn touches(view: &mut View) {
    view.totals.want(Total::Actions);
    log::touches_size(view);
}

/// The rows that appending the leaf needs, once those are loaded.
pub fn touches_more(view: &mut View) {
    log::touches_frontier(view);
}

/// Appends the leaf, and the action of the operator who restored the copy.
pub fn decide(approved: &ApprovedRollback, operator: [u8; 32], view: &mut View, now: Timestamp) {
    let rollback = approved.rollback().clone();
    let Proposal { kept, known, .. } = rollback.proposal;
    log::append(view, Leaf { day: now.day(), effect: Effect::Rollback(rollback) });
    record(view, operator, Change::Rollback { kept, known }, now);
}
