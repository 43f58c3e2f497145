//! The demonstration: real processes and real stores play a scenario and account for every unit.
//!
//! One issuer, its intermediaries and one process per wallet command run from this very binary, in
//! a folder of their own. Offline payments are files that one wallet writes and the next one reads.
//! At the end every store is audited and the named invariants are checked against a model of what
//! should have happened.

mod act;
mod audits;
mod ledger;
mod narrate;
mod process;
mod report;
mod stage;

pub use report::Report;

use crate::scenario::Scenario;
use anyhow::Result;
use audits::Audits;
use narrate::Narrator;
use stage::Stage;
use std::path::Path;
use std::time::Instant;

/// How the demonstration tells its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// As prose on standard output, with progress on standard error.
    Story,
    /// Progress on standard error only; the caller prints the report.
    Quiet,
}

/// Plays a scenario in `folder`, which must exist and be empty.
///
/// Errors: a process that cannot be started, or a step that the scenario's check could not foresee
/// failing; the message names the step's line.
pub fn play(scenario: &Scenario, folder: &Path, telling: Telling) -> Result<Report> {
    let begun = Instant::now();
    let narrator = Narrator::new(scenario, telling);
    narrator.title();
    let mut stage = Stage::set(scenario, folder, &narrator)?;
    for (number, step) in (1..).zip(&scenario.steps) {
        narrator.step(number, step);
        act::perform(&mut stage, step, &narrator)?;
    }
    let (expected, facts) = stage.close();
    let audits = Audits::read(scenario, folder)?;
    let report = Report::new(scenario, audits, &expected, facts, begun.elapsed());
    narrator.report(&report);
    Ok(report)
}
