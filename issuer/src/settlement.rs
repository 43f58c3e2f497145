//! Settlement: claims whose last day is over are paid, group by group, each group in one commit or
//! several (`[R3]`, `[X2]`).
//!
//! A claim leaves the line in the commit that pays it, so a crash between two commits loses nothing
//! and pays nothing twice. What may not be paid keeps its place, and nothing behind it waits.

use crate::batch::tell_frozen;
use crate::office::Office;
use crate::pipeline::BATCH_MAX;
use crate::rows::{Claims, Due, DueGroup, DueKey, LeadingClaim, Table};
use crate::store::{Fault, Store};
use crate::verbs::due::{self, Line};
use crate::verbs::{ledger, log};
use crate::view::View;
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::token::TokenId;

/// What a settlement has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// Claims that were paid. If there were any, others may follow.
    pub claims: usize,
    /// Claims whose last day is over and that cannot be paid; known only when none was paid.
    pub held: u64,
}

/// Pays what may be paid of the first group of which anything may. The caller is the only writer of
/// the store. Errors: [`Fault`]; the store must not be written again then.
pub fn pay_due(store: &Store, office: &Office, now: Timestamp) -> Result<Paid, Fault> {
    let mut held: u64 = 0;
    let mut behind: Option<DueKey> = None;
    while let Some((first, _)) = store.after::<Due>(behind.as_ref(), 1)?.pop() {
        if first.group.day >= now.day() {
            break;
        }
        let (claims, waiting) = pay_group(store, office, first, behind.as_ref(), now)?;
        if claims > 0 {
            return Ok(Paid { claims, held: 0 });
        }
        held = held.saturating_add(waiting);
        behind = Some(first.group.end());
    }
    Ok(Paid { claims: 0, held })
}

/// Pays what may be paid of a group, in one commit. Says how much that was, and what waits then.
fn pay_group(
    store: &Store,
    office: &Office,
    first: DueKey,
    behind: Option<&DueKey>,
    now: Timestamp,
) -> Result<(usize, u64), Fault> {
    let DueGroup { denomination, .. } = first.group;
    let mut view = View::default();
    view.claims.want(first.token);
    store.load(&mut view)?;
    let one = claim(first.token, &view)?;
    due::touches_line(Line::of(&one), &mut view);
    log::touches_size(&mut view);
    store.load(&mut view)?;
    log::touches_frontier(&mut view);
    let revoked = office.is_compromised(denomination);
    let most = due::payable(first.group, &one, revoked, &mut view, now);
    let most = usize::try_from(most).unwrap_or(BATCH_MAX).min(BATCH_MAX);
    let mut tokens = Vec::new();
    if most > 0 {
        let rows = store.after::<Due>(behind, most)?;
        let same = rows.into_iter().take_while(|(key, _)| key.group == first.group);
        tokens.extend(same.map(|(key, _)| key.token));
    }
    for token in &tokens {
        due::touches(*token, Line::of(&one), &mut view);
    }
    store.load(&mut view)?;
    for token in &tokens {
        due::touches_vault(*token, &mut view);
    }
    store.load(&mut view)?;
    let mut paid: usize = 0;
    for token in tokens {
        let claim = claim(token, &view)?;
        if due::pay(token, &claim, &mut view, now).is_err() {
            break;
        }
        paid = paid.saturating_add(1);
    }
    let waiting = due::waiting(first.group, &view);
    log::publish(&mut view, now.day());
    ledger::assert_balanced(&view);
    tell_frozen(&view);
    store.commit_at(view, now)?;
    Ok((paid, waiting))
}

/// The claim of a token that stands in line. Errors: [`Fault::Damaged`] if there is none.
fn claim(token: TokenId, view: &View) -> Result<LeadingClaim, Fault> {
    let damaged = || Fault::Damaged { table: Claims::NAME, key: token.to_bytes() };
    view.claims.get(&token).copied().ok_or_else(damaged)
}
