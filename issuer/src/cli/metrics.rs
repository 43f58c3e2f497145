//! `metrics`: the page of a running server, over the same door as everything else.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use serde_json::json;

/// Prints the page.
pub fn run(desk: &Desk) -> Result<Outcome, Failure> {
    let page = desk.metrics()?;
    let object = json!({ "page": page });
    Ok(Outcome::done(page.trim_end().to_owned(), object))
}
