//! Claims that lead (`[R3]`): they stand in line until their last day is over, and then are paid.
//!
//! Of a denomination whose value key is in other hands, tokens are paid that were opened, and
//! others only if all of them that wait fit into what was signed and not opened (`[X2]`): otherwise
//! some are forged, nothing in them shows which, and an operator decides.

use crate::rows::{
    Account, Circulation, ClaimCounts, Count, DueGroup, DueKey, FrozenKey, LeadingClaim, Mark,
    Proof, Total,
};
use crate::verbs::ledger::{self, Draft, balance};
use crate::verbs::log;
use crate::view::View;
use tender_proto::statement::Cause;
use tender_token::amount::Currency;
use tender_token::claim::unopened_bound;
use tender_token::date::{Day, Timestamp};
use tender_token::error::{Error, Result};
use tender_token::series::DenominationId;
use tender_token::token::TokenId;

/// Whose claims stand in line together, whatever was opened.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The denomination.
    pub denomination: DenominationId,
    /// Its currency.
    pub currency: Currency,
    /// Claims are paid when this day is over.
    pub until: Day,
}

impl Line {
    /// The line that a claim stands in.
    #[must_use]
    pub fn of(claim: &LeadingClaim) -> Self {
        let LeadingClaim { denomination, currency, until, .. } = *claim;
        Self { denomination, currency, until }
    }

    fn place(self, token: TokenId, proof: Proof) -> DueKey {
        let Self { denomination, until: day, .. } = self;
        DueKey { group: DueGroup { day, denomination, proof }, token }
    }
}

/// The rows that a line as a whole needs.
pub fn touches_line(line: Line, view: &mut View) {
    view.denominations.want(line.denomination);
    view.frozen.want(line.denomination);
    view.claimants.want(line.denomination);
    let circulation = Account::Circulation(line.denomination);
    let own = [circulation, Account::Treasury, Account::Forged, Account::Backing];
    ledger::touches(view, line.currency, own);
}

/// The rows that a token in a line needs.
pub fn touches(token: TokenId, line: Line, view: &mut View) {
    touches_line(line, view);
    view.claims.want(token);
    view.cashed.want(token);
    view.opened.want(token);
    for proof in [Proof::Opened, Proof::Unopened] {
        view.due.want(line.place(token, proof));
    }
}

/// The rows that the claim that leads needs to end, once it is loaded.
pub fn touches_claim(token: TokenId, view: &mut View) {
    if let Some(claim) = view.claims.get(&token).copied() {
        touches(token, Line::of(&claim), view);
    }
}

/// The rows that the claim that leads needs to be paid, once it is loaded.
pub fn touches_vault(token: TokenId, view: &mut View) {
    if let Some(claim) = view.claims.get(&token).copied() {
        ledger::touches(view, claim.currency, [Account::Vault(claim.intermediary)]);
    }
}

/// Lets a claim lead, in the place of the one that did.
pub fn lead(token: TokenId, claim: LeadingClaim, view: &mut View) {
    leave(token, view);
    view.claims.insert(token, claim);
    enter(token, &claim, view);
}

/// Ends the claim of a token that was cashed after all. It came before its time, when the clock was
/// ahead, and would wait for ever.
pub fn end(token: TokenId, view: &mut View) {
    let Some(claim) = view.claims.get(&token).copied() else { return };
    leave(token, view);
    if view.opened.get(&token).is_some() {
        count(claim.denomination, view, |counts| counts.opened_paid = counts.opened_paid.plus(1));
    }
}

/// Keeps that the issuer signed a token, which an opening has shown for the first time.
pub fn open(token: TokenId, denomination: DenominationId, presentation: Count, view: &mut View) {
    let claim = view.claims.get(&token).copied();
    leave_line(token, claim.as_ref(), view);
    view.opened.insert(token, presentation);
    let paid = view.cashed.get(&token).is_some();
    count(denomination, view, |counts| {
        counts.opened = counts.opened.plus(1);
        if paid {
            counts.opened_paid = counts.opened_paid.plus(1);
        }
    });
    if let Some(claim) = claim {
        enter(token, &claim, view);
    }
}

/// Pays a token to a claim, all or nothing, and says which entry did it. Circulation pays; if
/// forged tokens took what circulated, the issuer does, out of its treasury, and backs it itself.
/// Errors: `E_FUNDS` if the treasury does not cover it, `E_AMOUNT`; nothing is changed then.
pub fn pay(token: TokenId, claim: &LeadingClaim, view: &mut View, now: Timestamp) -> Result<Count> {
    let LeadingClaim { denomination, value, currency, .. } = *claim;
    let covered = balance(view, currency, Account::Circulation(denomination)) >= value;
    let draft = Draft::new(currency, now);
    let draft = if covered {
        draft.cashed(denomination, value)
    } else {
        let draft = draft.debit(Account::Treasury, value, Cause::Forged);
        let draft = draft.debit(Account::Forged, value, Cause::Forged);
        draft.credit(Account::Backing, value, Cause::Forged)
    };
    let vault = Account::Vault(claim.intermediary);
    let draft = draft.credit(vault, value, Cause::Claim(claim.account));
    draft.check(view)?;
    assert!(view.cashed.get(&token).is_none(), "single-spend: a token is paid once");
    leave(token, view);
    draft.post(view);
    view.cashed.insert(token, claim.presentation);
    let mut circulation = circulation(denomination, view);
    circulation.claimed = circulation.claimed.plus(1);
    view.denominations.insert(denomination, circulation);
    if view.opened.get(&token).is_some() {
        count(denomination, view, |counts| counts.opened_paid = counts.opened_paid.plus(1));
    }
    log::count_claimed(view, claim.intermediary, denomination);
    Ok(view.totals.get(&Total::Entries).copied().unwrap_or_default())
}

/// Whether the value key of a denomination is known to be in other hands (`[X2]`), or is found to
/// be, because `more` tokens and those paid already are more than were signed. Then it is frozen.
pub fn is_compromised(
    denomination: DenominationId,
    revoked: bool,
    more: u64,
    view: &mut View,
    now: Timestamp,
) -> bool {
    if revoked || view.frozen.get(&denomination).is_some() {
        return true;
    }
    let circulation = circulation(denomination, view);
    let in_excess = circulation.paid().plus(more) > circulation.signed;
    if in_excess {
        view.frozen.insert(denomination, FrozenKey { since: now, refused: Count(0) });
    }
    in_excess
}

/// How many claims of a group may be paid now, whose last day is over and of which one is given.
pub fn payable(
    group: DueGroup,
    one: &LeadingClaim,
    revoked: bool,
    view: &mut View,
    now: Timestamp,
) -> u64 {
    let ClaimCounts { waiting_opened, waiting_unopened, .. } = counts(group.denomination, view);
    let waiting = waiting_opened.plus(waiting_unopened.0);
    let compromised = is_compromised(group.denomination, revoked, waiting.0, view, now);
    let allowed = match group.proof {
        Proof::Opened => waiting_opened.0,
        Proof::Unopened if !compromised => waiting_unopened.0,
        Proof::Unopened if bound(group.denomination, view) >= waiting_unopened.0 => {
            waiting_unopened.0
        }
        Proof::Unopened => 0,
    };
    let covering = [Account::Circulation(group.denomination), Account::Treasury];
    let covered = covering.map(|account| {
        let held = balance(view, one.currency, account).minor_units();
        held.checked_div(one.value.minor_units()).unwrap_or_default()
    });
    allowed.min(covered.into_iter().fold(0, u64::saturating_add))
}

/// How many claims of a group wait.
#[must_use]
pub fn waiting(group: DueGroup, view: &View) -> u64 {
    counts(group.denomination, view).waiting(group.proof).0
}

/// Pays the claim of a token on an operator's word, whose last day is over, within the bound on
/// tokens that nobody opened. Errors: `E_WINDOW` before that, `E_OPENING` beyond the bound, and
/// those of [`pay`].
pub fn pay_on_order(
    token: TokenId,
    claim: &LeadingClaim,
    view: &mut View,
    now: Timestamp,
) -> Result<Count> {
    if now.day() <= claim.until {
        return Err(Error::Window);
    }
    let opened = view.opened.get(&token).is_some();
    if !opened && bound(claim.denomination, view) == 0 {
        return Err(Error::Opening);
    }
    pay(token, claim, view, now)
}

/// How many more tokens of a denomination may be paid without an opening.
fn bound(denomination: DenominationId, view: &View) -> u64 {
    let Circulation { signed, .. } = circulation(denomination, view);
    let ClaimCounts { opened, opened_paid, .. } = counts(denomination, view);
    let paid = circulation(denomination, view).paid().0;
    unopened_bound(signed.0, opened.0, paid.saturating_sub(opened_paid.0))
}

/// Ends the claim that leads, if one does.
fn leave(token: TokenId, view: &mut View) {
    if let Some(claim) = view.claims.get(&token).copied() {
        leave_line(token, Some(&claim), view);
        view.claims.remove(&token);
    }
}

fn enter(token: TokenId, claim: &LeadingClaim, view: &mut View) {
    let proof = proof(token, view);
    view.due.insert(Line::of(claim).place(token, proof), Mark);
    count(claim.denomination, view, |counts| {
        let waiting = counts.waiting(proof);
        *waiting = waiting.plus(1);
    });
}

fn leave_line(token: TokenId, claim: Option<&LeadingClaim>, view: &mut View) {
    let Some(claim) = claim else { return };
    let proof = proof(token, view);
    view.due.remove(&Line::of(claim).place(token, proof));
    count(claim.denomination, view, |counts| {
        let waiting = counts.waiting(proof);
        let left = waiting.0.checked_sub(1);
        *waiting = Count(left.expect("every claim in line is counted"));
    });
}

fn proof(token: TokenId, view: &View) -> Proof {
    Proof::of(view.opened.get(&token).is_some())
}

fn circulation(denomination: DenominationId, view: &View) -> Circulation {
    view.denominations.get(&denomination).copied().unwrap_or_default()
}

fn counts(denomination: DenominationId, view: &View) -> ClaimCounts {
    view.claimants.get(&denomination).copied().unwrap_or_default()
}

fn count(denomination: DenominationId, view: &mut View, change: impl FnOnce(&mut ClaimCounts)) {
    let mut counts = counts(denomination, view);
    change(&mut counts);
    view.claimants.insert(denomination, counts);
}
