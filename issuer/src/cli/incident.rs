//! `incident`: double spends that are proved.

use super::desk::Desk;
use super::founded::file_failure;
use super::outcome::{Failure, Outcome};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

/// What can be done with incidents.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the incidents.
    List {
        /// Only incidents after this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
    },
    /// Write an incident's proof, which anyone can verify with what `trust` prints.
    Export {
        /// Which incident.
        #[arg(long, value_name = "NUMBER")]
        number: u64,
        /// Where to write the canonical bytes of the proof.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Carries an `incident` command out.
pub fn run(desk: &Desk, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::List { after } => {
            let all = desk.incidents(*after)?;
            let line = |(number, incident): &(u64, crate::rows::Incident)| {
                format!("{number:6} {} at {}", hex::encode(incident.identity.0), incident.time.0)
            };
            let object = |(number, incident): &(u64, crate::rows::Incident)| {
                json!({
                    "number": number,
                    "identity": hex::encode(incident.identity.0),
                    "time": incident.time.0,
                })
            };
            let lines: Vec<_> = all.iter().map(line).collect();
            let objects: Vec<_> = all.iter().map(object).collect();
            Ok(Outcome::done(lines.join("\n"), json!({ "incidents": objects })))
        }
        Command::Export { number, out } => {
            let mut after = desk.incidents(number.saturating_sub(1))?.into_iter();
            let found = after.next().filter(|(found, _)| found == number);
            let (_, incident) =
                found.ok_or_else(|| Failure::usage(format!("there is no incident {number}")))?;
            std::fs::write(out, &incident.proof.0).map_err(|error| file_failure(out, &error))?;
            let sentence = format!("The proof of incident {number} is in {}.", out.display());
            Ok(Outcome::done(sentence, json!({ "number": number })))
        }
    }
}
