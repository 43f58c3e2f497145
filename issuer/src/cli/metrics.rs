//! `metrics`: what a running server measured, over the same door as everything else.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use serde_json::json;
use tender_proto::metrics::Metrics;

/// Prints the page, or its samples for programs.
pub fn run(desk: &Desk) -> Result<Outcome, Failure> {
    let Metrics { page, samples } = desk.metrics()?;
    Ok(Outcome::done(page.trim_end().to_owned(), json!({ "samples": samples })))
}
