//! Everything that is known of a person, in a file that only its owner may read.

use super::super::Output;
use super::super::desk::Desk;
use super::super::problem::Problem;
use crate::desk::Asked;
use crate::desk::customer::export::EVERYTHING;
use crate::desk::customer::{self, Closing, Reading};
use crate::home::{read_text, write_private};
use rand_core::CryptoRng;
use serde_json::{Value, json};
use std::path::Path;

/// Refuses a place where something is, or where no file can be.
pub fn nothing_at(out: &Path) -> Result<(), Problem> {
    if out.exists() {
        return Err(there_already(out));
    }
    let place = out.display();
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Problem::usage(format!(
            "There is no folder for {place}: nothing was changed."
        )));
    }
    Ok(())
}

/// Writes everything that is known of a person.
pub fn export<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    customer: u64,
    reading: Reading,
    out: &Path,
) -> Result<Output, Problem> {
    nothing_at(out)?;
    let known = desk.ask(Asked::Customer(customer::Asked::Export(customer, reading)))?;
    let object = keep(known.object, out)?;
    let sentence = format!("Everything known of customer {customer} is in {}.", out.display());
    Ok(Output { sentence, object })
}

/// Closes an account of somebody who goes to another bank, and writes everything that is known.
pub fn leave<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    closing: Closing,
    to: String,
    out: &Path,
) -> Result<Output, Problem> {
    let written = written(desk, closing.customer, out)?;
    let whose = format!("{} is for the person to hand to {to}.", out.display());
    let moved = desk.ask(Asked::Customer(customer::Asked::Move(closing, to)))?;
    let moved = moved.unless_already(|moved| format!("{moved} {whose}"));
    let object = match written {
        Some(before) => stay(moved.object, &before, out)?,
        None => keep(moved.object, out).map_err(|problem| {
            let closed = "The account is closed, and what is known of the person was not written";
            Problem::fault(format!("{closed}: {} Write it with customer export.", problem.sentence))
        })?,
    };
    Ok(Output { object, ..moved })
}

/// What is at the place to write to, if the account is closed already, or `None` if nothing is.
/// Errors: something is there, or nothing can be.
fn written<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    customer: u64,
    out: &Path,
) -> Result<Option<Value>, Problem> {
    let Err(taken) = nothing_at(out) else { return Ok(None) };
    let account = desk.ask(Asked::Account(customer))?.object;
    let is_closed = account.get("state").is_some_and(|state| state == "closed");
    let text = read_text(out).unwrap_or_default();
    let before = serde_json::from_str(&text).ok().filter(|_| is_closed);
    before.map(Some).ok_or(taken)
}

/// Leaves a file as it is that tells of the same person as the answer, which then says where it is.
/// Errors: it tells of something else.
fn stay(mut object: Value, before: &Value, out: &Path) -> Result<Value, Problem> {
    if let Some(fields) = object.as_object_mut() {
        let everything = fields.remove(EVERYTHING).unwrap_or(Value::Null);
        let is_same = |field: &&str| before.get(field) == everything.get(field);
        if !["customer", "person", "state"].iter().all(is_same) {
            return Err(there_already(out));
        }
        fields.insert("out".to_owned(), json!(out.display().to_string()));
    }
    Ok(object)
}

/// Writes everything out of an answer, which then says where it is instead. Errors: [`Problem`].
fn keep(mut object: Value, out: &Path) -> Result<Value, Problem> {
    if let Some(fields) = object.as_object_mut() {
        let everything = fields.remove(EVERYTHING).unwrap_or(Value::Null);
        let text = serde_json::to_string_pretty(&everything);
        let text = text.expect("strings and numbers are JSON");
        write_private(out, &format!("{text}\n"))?;
        fields.insert("out".to_owned(), json!(out.display().to_string()));
    }
    Ok(object)
}

fn there_already(out: &Path) -> Problem {
    let place = out.display();
    Problem::usage(format!("{place} is there already: nothing was changed."))
}
