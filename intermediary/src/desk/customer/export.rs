//! Everything that is known of a person, for the person.

mod beside;

use super::super::{Answer, Clerk, Shown};
use super::account::close;
use super::{Closing, readable, staff, wallet};
use crate::desk::account::line_object;
use crate::office::{Office, Reader};
use crate::rows::{
    CustomerId, Entries, Entry, Job, Outcome, Outsides, Purpose, Reads, UnixUser, Usage, Usages,
};
use crate::store::{self, Fault, Store};
use serde_json::{Value, json};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::date::calendar::iso;

/// The field of an answer in which everything is.
pub const EVERYTHING: &str = "everything";

/// Answers with everything that is known of a person.
pub fn export(clerk: &Clerk, id: CustomerId, reader: &Reader) -> Result<Answer, Answer> {
    let everything = everything(clerk.office(), id, reader, clerk.now())?;
    let customer = id.0;
    let sentence = format!("Everything known of customer {customer} was read.");
    Ok(Answer::done(sentence, json!({ "customer": customer, EVERYTHING: everything })))
}

/// Closes an account of somebody who goes to another bank, and answers with everything known.
///
/// The new bank needs nothing from us: it identifies the person itself, as law wants, and the
/// wallet enrols with its invitation. The money comes by the payment to the account there, which is
/// the last thing that is known. If the answer is lost, everything can be exported still.
pub fn leave(
    clerk: &Clerk,
    closing: &Closing,
    to: &str,
    (shown, user): (&Shown, UnixUser),
) -> Result<Answer, Answer> {
    let to = readable("--to", to)?;
    let mut closed = close(clerk, closing, shown, user)?;
    let reader = Reader { by: staff(&closing.by, user)?, purpose: Purpose::Subject };
    let id = CustomerId(closing.customer);
    let known = everything(clerk.office(), id, &reader, clerk.now()).map_err(|undone| {
        Answer::fault(format!(
            "the account is closed, and what is known could not be read ({}): ask again with \
             customer export",
            undone.problem
        ))
    })?;
    if let Some(fields) = closed.object.as_object_mut() {
        fields.insert("to".to_owned(), json!(to));
        fields.insert(EVERYTHING.to_owned(), known);
    }
    Ok(closed)
}

fn everything(
    office: &Office,
    id: CustomerId,
    reader: &Reader,
    now: Timestamp,
) -> Result<Value, Answer> {
    let person = office.show(id, reader, now)?.object(iso);
    let account = office.customer(id)?;
    let store = office.store();
    let mut usage = Usage::NONE;
    store.scan::<Usages>(|key, row| {
        if key == id {
            usage = row;
        }
    })?;
    Ok(json!({
        "customer": id.0,
        "person": person,
        "tier": account.tier.0,
        "state": account.state.word(),
        "opened": account.opened.minor_units(),
        "balance": account.balance.minor_units(),
        "held": account.held.minor_units(),
        "credited": account.credited.minor_units(),
        "debited": account.debited.minor_units(),
        "paid_out": account.paid_out.minor_units(),
        "pulled": account.pulled.minor_units(),
        "cover": account.cover.minor_units(),
        "usage": {
            "day": iso(usage.day),
            "debited": usage.debited.minor_units(),
            "slots": usage.slots.0,
        },
        "wallets": wallets(store, id)?,
        "requests": requests(store, id)?,
        "outside": outside(store, id)?,
        "lines": lines(store, id)?,
        "reads": reads(store, id)?,
        "notices": beside::notices(store, id)?,
        "actions": beside::actions(store, id)?,
        "invitations": beside::invitations(store, id)?,
        "references": beside::references(store, id)?,
        "arrivals": beside::arrivals(store, id)?,
        "sessions": beside::sessions(store, id)?,
        "accused": beside::accused(store, id)?,
        "kept_until": beside::kept_until(store, id)?,
    }))
}

fn wallets(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    let wallets = store::wallets(store, id)?;
    Ok(wallets.iter().map(|(identity, wallet)| wallet::object(identity, wallet)).collect())
}

fn requests(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    let mut requests = Vec::new();
    store.scan::<Entries>(|number, entry| {
        if entry.customer() == id {
            let (kind, amount) = request(&entry);
            let amount = amount.map(Amount::minor_units);
            let open = entry.is_open();
            requests
                .push(json!({ "entry": number.0, "kind": kind, "amount": amount, "open": open }));
        }
    })?;
    Ok(requests)
}

/// What was asked for, and what of it took place.
fn request(entry: &Entry) -> (&'static str, Option<Amount>) {
    match entry {
        Entry::Enrol(_) => ("enrol", None),
        Entry::Withdraw(job) => {
            let is_refused = job.is_paid() == Some(false);
            ("withdraw", Some(if is_refused { Amount::ZERO } else { job.work.debit }))
        }
        Entry::Deposit(Job { reply, .. }) => {
            let outcomes = reply.iter().flat_map(|outcomes| &outcomes.0);
            let paid = outcomes.filter_map(|outcome| outcome.0.as_ref().ok().copied());
            ("deposit", Amount::checked_sum(paid))
        }
        Entry::Transfer(Job { work, reply, .. }) => {
            let refused = matches!(reply, Some(Outcome(Err(_))));
            ("transfer", Some(if refused { Amount::ZERO } else { work.transfer.amount }))
        }
        // Its posting credits it, and is among what came in.
        Entry::Claim(_) => ("claim", None),
    }
}

fn lines(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    let lines = store::lines(store, id)?;
    Ok(lines.iter().map(|(number, line)| line_object(*number, line)).collect())
}

fn outside(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    let mut rows = Vec::new();
    store.scan::<Outsides>(|number, row| {
        if row.customer == id {
            rows.push(json!({
                "number": number.0,
                "account": row.address.0,
                "amount": row.amount.minor_units(),
                "cause": row.cause.word(),
                "paid_on": row.paid.map(|paid| iso(paid.day)),
            }));
        }
    })?;
    Ok(rows)
}

fn reads(store: &Store, id: CustomerId) -> Result<Vec<Value>, Fault> {
    let mut rows = Vec::new();
    store.scan::<Reads>(|_, read| {
        if read.customer == Some(id) {
            let (UnixUser(user), by, purpose) = (read.user, read.by.0, read.purpose.word());
            rows.push(json!({ "at": read.at.0, "user": user, "by": by, "purpose": purpose }));
        }
    })?;
    Ok(rows)
}
