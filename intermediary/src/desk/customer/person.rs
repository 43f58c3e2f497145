//! Persons: what was verified, who reads it, and its end.

use super::super::{Answer, Clerk, Shown};
use super::account::not_verifiable;
use super::{Told, Verified, readable, staff};
use crate::office::{Erased, Reader, Staff, Swept};
use crate::rows::{Attributes, CustomerId, Reads, UnixUser};
use crate::store::Fault;
use serde_json::json;
use tender_token::date::calendar::{iso, moment};

/// Keeps what was verified, or an account outside.
pub fn verify(clerk: &Clerk, verified: &Verified, user: UnixUser) -> Result<Answer, Answer> {
    let Verified { customer, attribute, value: Told(value), by } = verified;
    let (value, by) = (readable("--value", value)?, staff(by, user)?);
    let is_account = attribute == "account";
    if !is_account && Attributes::named(attribute).is_none() {
        return Err(not_verifiable(attribute));
    }
    let (id, now) = (CustomerId(*customer), clerk.now());
    let ordered = clerk.office().amend(id, &by, now, &mut *clerk.rng(), |person| {
        if is_account || !person.verify(attribute, value, now.day()) {
            person.link(value);
        }
    })?;
    let (what, when) = (
        format!("The {attribute} of customer {customer} is"),
        if is_account { "" } else { ", verified today" },
    );
    Ok(Answer::ordered(
        ordered,
        format!("{what} kept, sealed."),
        &format!("{what} known so already{when}"),
        json!({ "customer": customer, "attribute": attribute }),
    ))
}

/// Shows who a customer is.
pub fn show(clerk: &Clerk, id: CustomerId, reader: &Reader) -> Result<Answer, Answer> {
    let person = clerk.office().show(id, reader, clerk.now())?;
    let mut object = person.object(iso);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("customer".to_owned(), json!(id.0));
    }
    Ok(Answer::done(person.lines(iso), object))
}

/// Finds customers by name.
pub fn find(clerk: &Clerk, name: &str, reader: &Reader) -> Result<Answer, Answer> {
    let name = readable("--name", name)?;
    let found = clerk.office().find(name, reader, clerk.now())?;
    let lines = found.iter().map(|(id, name)| format!("{:>6}  {name}", id.0));
    let objects = found.iter().map(|(id, name)| json!({ "customer": id.0, "name": name }));
    let object = json!({ "found": objects.collect::<Vec<_>>() });
    Ok(Answer::done(lines.collect::<Vec<_>>().join("\n"), object))
}

/// Erases who a customer is.
pub fn erase(clerk: &Clerk, (id, by): (CustomerId, Staff)) -> Result<Answer, Answer> {
    let (Erased { kept_until }, ordered) = clerk.office().erase(id, &by, clerk.now())?;
    let (customer, until) = (id.0, kept_until.map(iso));
    let rest = until.as_ref().map_or_else(
        || "nothing is known of the person any more".to_owned(),
        |until| format!("law wants name, address, documents and account kept until {until}"),
    );
    let whose = format!("The record of customer {customer}");
    Ok(Answer::ordered(
        ordered,
        format!("{whose} is erased; {rest}."),
        &format!("{whose} was erased already, and {rest}"),
        json!({ "customer": customer, "kept_until": until }),
    ))
}

/// Erases everybody whose time is over, by the tiers' file as it is now.
pub fn sweep(clerk: &Clerk, user: UnixUser, shown: &Shown) -> Result<Answer, Answer> {
    let after_days = clerk.tiers(shown.decimals)?.erase_after_days;
    let Swept { erased, unpaid, nowhere } = clerk.office().sweep(user, clerk.now(), after_days)?;
    let lines = erased.iter().map(|(id, Erased { kept_until })| match kept_until {
        Some(until) => format!("{:>6}  erased; law wants the rest until {}", id.0, iso(*until)),
        None => format!("{:>6}  erased", id.0),
    });
    let waiting = unpaid.iter().map(|id| {
        format!("{:>6}  waits: something is to be paid outside, or due; see customer outside", id.0)
    });
    let mut lines: Vec<_> = lines.chain(waiting).collect();
    if lines.is_empty() {
        lines.push("Nobody's time is over.".to_owned());
    }
    lines.extend(nowhere.iter().map(|(number, id, amount)| {
        let whose = match *id {
            CustomerId::NOBODY => "nobody's".to_owned(),
            CustomerId(id) => format!("of customer {id}, who was erased"),
        };
        let (amount, number) = (shown.amount(*amount), number.0);
        format!("{amount} wait for nobody known, {whose}: number {number} of customer outside")
    }));
    let objects = erased.iter().map(|(id, Erased { kept_until })| {
        json!({ "customer": id.0, "kept_until": kept_until.map(iso) })
    });
    let object = json!({
        "erased": objects.collect::<Vec<_>>(),
        "unpaid": unpaid.iter().map(|id| id.0).collect::<Vec<_>>(),
        "nowhere": nowhere.iter().map(|(number, id, amount)| {
            json!({ "number": number.0, "customer": id.0, "amount": amount.minor_units() })
        }).collect::<Vec<_>>(),
    });
    Ok(Answer::done(lines.join("\n"), object))
}

/// Lists the reads of personal data, of one customer or of all.
pub fn reads(clerk: &Clerk, customer: Option<CustomerId>) -> Result<Answer, Fault> {
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    clerk.office().store().scan::<Reads>(|_, read| {
        let of = read.customer;
        if customer.is_some() && customer != of {
            return;
        }
        let (at, by, purpose) = (moment(read.at), &read.by.0, read.purpose.word());
        let whose = of.map_or_else(|| "nobody".to_owned(), |id| format!("customer {}", id.0));
        let (of, UnixUser(user)) = (of.map(|id| id.0), read.user);
        lines.push(format!("{at}  {by}, as Unix user {user}, read {whose} for {purpose}"));
        rows.push(json!({
            "at": read.at.0,
            "user": user,
            "by": by,
            "customer": of,
            "purpose": purpose,
        }));
    })?;
    Ok(Answer::listed(&lines, json!({ "reads": rows })))
}
