//! What is stored of a customer beside the account and its lines: what it was told, what the staff
//! did, and what its wallets left.

use crate::desk::actions;
use crate::rows::{
    AccusedWallets, Actions, Arrivals, CustomerId, Invitation, Invitations, Keeps, Openings,
    References, Unread,
};
use crate::store::{self, Fault, Store};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tender_store::Table;
use tender_token::amount::Amount;
use tender_token::date::calendar::iso;
use tender_token::error::Error;

/// Notices that a wallet of the account has still to acknowledge.
pub fn notices(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    listed::<Unread>(store, |letter, notice| {
        (letter.customer == id).then(|| {
            json!({
                "number": letter.number.0,
                "at": notice.time.0,
                "movement": notice.movement.word(),
                "amount": notice.amount.minor_units(),
                "reference": hex::encode(notice.account.0),
                "refused": notice.refused.map(Error::name),
            })
        })
    })
}

/// What the staff changed for the customer, and who did.
pub fn actions(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    listed::<Actions>(store, |number, action| {
        (action.customer == id).then(|| actions::object(number, &action))
    })
}

/// The invitations of wallets, in no order of their codes, which only the customer has.
pub fn invitations(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    let mut rows = Vec::new();
    store.scan::<Invitations>(|_, Invitation { customer, used_by, grant }| {
        if customer == id {
            rows.push((used_by.map(|entry| entry.0), grant.map(Amount::minor_units)));
        }
    })?;
    rows.sort_unstable();
    let told = |(used_by, grant)| json!({ "used_by": used_by, "grant": grant });
    Ok(rows.into_iter().map(told).collect())
}

/// Account references, and what moved under each.
pub fn references(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    listed::<References>(store, |account, reference| {
        (reference.customer == id).then(|| {
            json!({
                "reference": hex::encode(account.0),
                "inward": reference.moved.inward.minor_units(),
                "outward": reference.moved.outward.minor_units(),
            })
        })
    })
}

/// What came in unasked.
pub fn arrivals(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    listed::<Arrivals>(store, |key, arrival| {
        (arrival.customer == id).then(|| {
            json!({
                "posting": key.posting.0,
                "late": key.is_late,
                "reference": hex::encode(arrival.account.0),
                "amount": arrival.amount.minor_units(),
            })
        })
    })
}

/// The sessions in which slots were certified, which the bank vouched for.
pub fn sessions(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    let wallets = store::wallets(store, id)?.into_iter().map(|(identity, _)| identity);
    let wallets: BTreeSet<_> = wallets.collect();
    listed::<Openings>(store, |opening, vouched| {
        wallets.contains(&opening.identity).then(|| {
            json!({
                "identity": hex::encode(opening.identity.0),
                "session": hex::encode(opening.sid.0),
                "day": iso(vouched.day),
                "slots": vouched.slots.0,
            })
        })
    })
}

/// Double spends that wallets of the customer are accused of, with the proofs.
pub fn accused(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    listed::<AccusedWallets>(store, |number, accused| {
        (accused.customer == Some(id)).then(|| {
            json!({
                "incident": number.0,
                "identity": hex::encode(accused.identity.0),
                "at": accused.time.0,
                "proof": hex::encode(&accused.proof),
            })
        })
    })
}

/// Until when law wants some of the record kept, once the account is closed.
pub fn kept_until(store: &Store, id: CustomerId) -> Result<Option<String>, Fault> {
    let kept = listed::<Keeps>(store, |customer, kept| {
        (customer == id).then(|| Value::from(iso(kept.until)))
    })?;
    Ok(kept.first().and_then(Value::as_str).map(str::to_owned))
}

/// The rows of a table that `of` makes something of.
fn listed<T: Table>(
    store: &Store,
    of: impl Fn(T::Key, T::Value) -> Option<Value>,
) -> Result<Vec<Value>, Fault> {
    let mut rows = Vec::new();
    store.scan::<T>(|key, row| rows.extend(of(key, row)))?;
    Ok(rows)
}
