//! Persons: what was verified, who reads it, and its end.

use super::super::commands::admission;
use super::super::{Output, problem::Problem};
use super::account::not_verifiable;
use super::readable;
use crate::home::Home;
use crate::office::{Erased, Office, Reader};
use crate::rows::{Attributes, CustomerId, Reads};
use rand_core::CryptoRng;
use serde_json::json;
use tender_token::date::Timestamp;
use tender_token::date::calendar::{iso, moment};

/// What was verified.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// The customer's number.
    customer: u64,
    /// What: name, phone, email, address, document, register; or account, which is not verified.
    #[arg(long)]
    attribute: String,
    /// As it was shown; it takes the place of what was known.
    #[arg(long)]
    value: String,
    /// Which member of the staff verified it.
    #[arg(long, value_name = "STAFF")]
    by: String,
}

/// Keeps what was verified, or an account outside.
pub fn verify(
    office: &Office,
    verify: &Verify,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    let Verify { customer, attribute, value, by } = verify;
    let (value, by) = (readable("--value", value)?, readable("--by", by)?);
    let is_account = attribute == "account";
    if !is_account && Attributes::named(attribute).is_none() {
        return Err(not_verifiable(attribute));
    }
    office.amend(CustomerId(*customer), by, now, rng, |person| {
        if is_account || !person.verify(attribute, value, now.day()) {
            person.link(value);
        }
    })?;
    Ok(Output {
        sentence: format!("The {attribute} of customer {customer} is kept, sealed."),
        object: json!({ "customer": customer, "attribute": attribute }),
    })
}

/// Shows who a customer is.
pub fn show(
    office: &Office,
    customer: u64,
    reader: &Reader,
    now: Timestamp,
) -> Result<Output, Problem> {
    let person = office.show(CustomerId(customer), reader, now)?;
    let mut object = person.object(iso);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("customer".to_owned(), json!(customer));
    }
    Ok(Output { sentence: person.lines(iso), object })
}

/// Finds customers by name.
pub fn find(
    office: &Office,
    name: &str,
    reader: &Reader,
    now: Timestamp,
) -> Result<Output, Problem> {
    let found = office.find(readable("--name", name)?, reader, now)?;
    let lines = found.iter().map(|(id, name)| format!("{:>6}  {name}", id.0));
    let objects = found.iter().map(|(id, name)| json!({ "customer": id.0, "name": name }));
    let object = json!({ "found": objects.collect::<Vec<_>>() });
    Ok(Output { sentence: lines.collect::<Vec<_>>().join("\n"), object })
}

/// Erases who a customer is.
pub fn erase(office: &Office, customer: u64, now: Timestamp) -> Result<Output, Problem> {
    let Erased { kept_until } = office.erase(CustomerId(customer), now.day())?;
    let until = kept_until.map(iso);
    let rest = until.as_ref().map_or_else(
        || "nothing is known of the person any more".to_owned(),
        |until| format!("law wants name, address, documents and account kept until {until}"),
    );
    Ok(Output {
        sentence: format!("The record of customer {customer} is erased; {rest}."),
        object: json!({ "customer": customer, "kept_until": until }),
    })
}

/// Lists the reads of personal data.
pub fn reads(home: &Home, customer: Option<u64>) -> Result<Output, Problem> {
    admission(home)?;
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    home.open_books()?.scan::<Reads>(|_, read| {
        let of = read.customer.map(|id| id.0);
        if customer.is_some() && customer != of {
            return;
        }
        let (at, by, purpose) = (moment(read.at), &read.by.0, read.purpose.word());
        let whose = of.map_or_else(|| "nobody".to_owned(), |id| format!("customer {id}"));
        lines.push(format!("{at}  {by} read {whose} for {purpose}"));
        rows.push(json!({ "at": read.at.0, "by": by, "customer": of, "purpose": purpose }));
    })?;
    Ok(Output { sentence: lines.join("\n"), object: json!({ "reads": rows }) })
}
