//! Operations: what an operator may change, decided and recorded in one commit.
//!
//! Whether the command line holds the store itself or asks a running server, it is this that
//! carries the operation out: over the same verbs, one at a time, by the only writer of the store.

use crate::rows::{
    Action, Actions, Change, Count, Dismissed, Held, Intermediaries, Intermediary, Member,
    Membership, Name, Staff, Standing, Total, Wallet,
};
use crate::store::{Fault, Store};
use crate::verbs::{due, ledger, log, treasury};
use crate::view::View;
use tender_proto::operator::{Amendment, Operation, Refusal};
use tender_token::date::Timestamp;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::policy::Policy;
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;

/// An operation and whose certificate it came with.
#[derive(Clone, Debug)]
pub struct Order {
    /// SHA-256 of the operator's certificate.
    pub operator: [u8; 32],
    /// What is asked for.
    pub operation: Operation,
}

/// Whose operations are carried out, and under which rules.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The issuer's key, by which officers name it.
    pub issuer: PublicKey,
    /// The policy in force.
    pub policy: &'a Policy,
}

/// An operation that was carried out: the number under which it is recorded, and the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Counts the actions from 1.
    pub number: u64,
    /// What was changed.
    pub change: Change,
}

/// Decides an operation and makes it durable together with its record. The caller is the only
/// writer of the store. Errors: [`Fault`]; the store must not be written again then.
pub fn carry_out(
    store: &Store,
    terms: Terms<'_>,
    order: &Order,
    now: Timestamp,
) -> Result<Result<Done, Refusal>, Fault> {
    let Order { operator, operation } = order;
    let mut view = View::default();
    view.totals.want(Total::Actions);
    log::touches_size(&mut view);
    store.scan::<Intermediaries>(|id, _| view.intermediaries.want(id))?;
    store.scan::<Staff>(|fingerprint, _| view.staff.want(fingerprint))?;
    touches(operation, &mut view);
    store.load(&mut view)?;
    log::touches_frontier(&mut view);
    if let Operation::PayClaim(token) = operation {
        touches_payment(*token, &mut view);
    }
    store.load(&mut view)?;
    let change = match decide(operation, terms, &mut view, now) {
        Ok(change) => change,
        Err(Refusal::UnknownClaim) if was_ordered(store, operation)? => {
            return Ok(Err(Refusal::Already));
        }
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(certificate) = given(&change)
        && was_given(store, certificate)?
    {
        return Ok(Err(Refusal::Taken));
    }
    let number = record(&mut view, *operator, change.clone(), now);
    log::publish(&mut view, now.day());
    ledger::assert_balanced(&view);
    store.commit_at(view, now)?;
    Ok(Ok(Done { number: number.0, change }))
}

/// The certificate that somebody has after a change and did not have before.
fn given(change: &Change) -> Option<[u8; 32]> {
    match change {
        Change::Intermediary { old, new, .. } => {
            let had = old.as_ref().map(|old| old.fingerprint);
            (had != Some(new.fingerprint)).then_some(new.fingerprint)
        }
        Change::Staff { fingerprint, old, .. } => old.is_none().then_some(*fingerprint),
        Change::Wallet { .. }
        | Change::Supply { .. }
        | Change::Claim { .. }
        | Change::Rollback { .. } => None,
    }
}

/// Whether anybody ever had a certificate, as the actions tell. It is good for one thing: not for
/// two duties, not for staff and an intermediary, and not again after it was replaced or its holder
/// dismissed. Errors: [`Fault`].
fn was_given(store: &Store, certificate: [u8; 32]) -> Result<bool, Fault> {
    let mut was = false;
    store.scan::<Actions>(|_, action| was |= given(&action.change) == Some(certificate))?;
    Ok(was)
}

/// Whether a claim was paid by the same order before: it waits no more then. Errors: [`Fault`].
fn was_ordered(store: &Store, operation: &Operation) -> Result<bool, Fault> {
    let Operation::PayClaim(ordered) = operation else { return Ok(false) };
    let mut was = false;
    store.scan::<Actions>(|_, action| {
        was |= matches!(action.change, Change::Claim { token, .. } if token == *ordered);
    })?;
    Ok(was)
}

/// Appends an action, and gives its number. The number of actions so far must be loaded.
pub fn record(view: &mut View, operator: [u8; 32], change: Change, now: Timestamp) -> Count {
    let number = view.totals.get(&Total::Actions).copied().unwrap_or_default().plus(1);
    view.actions.append(number, Action { time: now, operator, change });
    view.totals.insert(Total::Actions, number);
    number
}

fn touches(operation: &Operation, view: &mut View) {
    match operation {
        Operation::Supply(submission) => treasury::touches(submission, view),
        Operation::Admit { id, .. } | Operation::Amend(id, _) => view.intermediaries.want(*id),
        Operation::Freeze(identity, _) => view.wallets.want(*identity),
        Operation::Appoint { fingerprint, .. } => view.staff.want(*fingerprint),
        Operation::Dismiss(_) => {}
        Operation::PayClaim(token) => view.claims.want(*token),
    }
}

/// The rows that paying a claim needs, once the claim is loaded.
fn touches_payment(token: TokenId, view: &mut View) {
    if let Some(claim) = view.claims.get(&token).copied() {
        due::touches(token, due::Line::of(&claim), view);
        due::touches_vault(token, view);
    }
}

fn decide(
    operation: &Operation,
    terms: Terms<'_>,
    view: &mut View,
    now: Timestamp,
) -> Result<Change, Refusal> {
    match operation {
        Operation::Supply(submission) => {
            if treasury::was_carried_out(&submission.instruction, view) {
                return Err(Refusal::Already);
            }
            let approved = treasury::verify((**submission).clone(), terms, now)?;
            let entry: Count = treasury::decide(&approved, terms.policy, view, now)?;
            let effect = Effect::Supply(approved.submission().clone());
            log::append(view, Leaf { day: now.day(), effect });
            Ok(Change::Supply { instruction: approved.instruction().id, entry })
        }
        Operation::Admit { id, name, fingerprint, quota } => {
            let new = Intermediary {
                name: Name(name.clone()),
                fingerprint: *fingerprint,
                quota: *quota,
                standing: Membership::Admitted,
            };
            if view.intermediaries.get(id) == Some(&new) {
                return Err(Refusal::Already);
            }
            replace(view, *id, None, new)
        }
        Operation::Amend(id, amendment) => {
            let old = view.intermediaries.get(id).cloned();
            let old = old.ok_or(Refusal::UnknownIntermediary)?;
            let new = amended(&old, *amendment, now);
            replace(view, *id, Some(old), new)
        }
        Operation::Freeze(identity, freeze) => set_frozen(view, *identity, *freeze, now),
        Operation::Appoint { name, duty, fingerprint } => {
            let (name, duty) = (Name(name.clone()), Held(*duty));
            appoint(view, *fingerprint, Member { name, duty, dismissed: Dismissed(None) })
        }
        Operation::Dismiss(name) => dismiss(view, name, now),
        Operation::PayClaim(token) => {
            let claim = view.claims.get(token).copied().ok_or(Refusal::UnknownClaim)?;
            let entry = due::pay_on_order(*token, &claim, view, now)?;
            Ok(Change::Claim { token: *token, entry })
        }
    }
}

fn amended(old: &Intermediary, amendment: Amendment, now: Timestamp) -> Intermediary {
    let new = old.clone();
    match amendment {
        Amendment::Suspend if old.standing == Membership::Admitted => {
            Intermediary { standing: Membership::Suspended(now), ..new }
        }
        Amendment::Suspend => new,
        Amendment::Resume => Intermediary { standing: Membership::Admitted, ..new },
        Amendment::Rotate(fingerprint) => Intermediary { fingerprint, ..new },
        Amendment::Quota(quota) => Intermediary { quota, ..new },
    }
}

/// Names are unique, and so are certificates, of which [`carry_out`] sees that they are new.
fn replace(
    view: &mut View,
    id: RegistrarId,
    old: Option<Intermediary>,
    new: Intermediary,
) -> Result<Change, Refusal> {
    if old.as_ref() == Some(&new) {
        return Err(Refusal::Already);
    }
    let clash = view
        .intermediaries
        .all()
        .any(|(other, row)| if *other == id { old.is_none() } else { row.name == new.name });
    if clash {
        return Err(Refusal::Taken);
    }
    view.intermediaries.insert(id, new.clone());
    Ok(Change::Intermediary { id, old, new })
}

fn set_frozen(
    view: &mut View,
    identity: IdentityKey,
    freeze: bool,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let wallet = view.wallets.get(&identity).cloned().ok_or(Refusal::UnknownWallet)?;
    let old = wallet.standing;
    let new = match (old, freeze) {
        (Standing::Closed(_), _) => return Err(Refusal::Closed),
        (Standing::Open, true) => Standing::Frozen(now),
        (Standing::Frozen(_), false) => Standing::Open,
        (Standing::Open, false) | (Standing::Frozen(_), true) => return Err(Refusal::Already),
    };
    view.wallets.insert(identity, Wallet { standing: new, ..wallet });
    Ok(Change::Wallet { identity, old, new })
}

/// Whose certificate is new, as [`carry_out`] sees, and whose name nobody has who may call.
fn appoint(view: &mut View, fingerprint: [u8; 32], new: Member) -> Result<Change, Refusal> {
    if view.staff.get(&fingerprint) == Some(&new) {
        return Err(Refusal::Already);
    }
    let named = view.staff.all().any(|(_, row)| row.may_call() && row.name == new.name);
    if named {
        return Err(Refusal::Taken);
    }
    view.staff.insert(fingerprint, new.clone());
    Ok(Change::Staff { fingerprint, old: None, new })
}

fn dismiss(view: &mut View, name: &str, now: Timestamp) -> Result<Change, Refusal> {
    let found = view.staff.all().find(|(_, row)| row.may_call() && row.name.0 == name);
    let found = found.map(|(fingerprint, row)| (*fingerprint, row.clone()));
    let Some((fingerprint, old)) = found else {
        let was = view.staff.all().any(|(_, row)| row.name.0 == name);
        return Err(if was { Refusal::Already } else { Refusal::UnknownStaff });
    };
    let new = Member { dismissed: Dismissed(Some(now)), ..old.clone() };
    view.staff.insert(fingerprint, new.clone());
    Ok(Change::Staff { fingerprint, old: Some(old), new })
}
