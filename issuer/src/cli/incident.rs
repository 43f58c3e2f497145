//! `incident`: double spends that are proved.

mod verify;

use super::founded::{file_failure, refuse_taken};
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::refused::Refused;
use crate::rows::Incident;
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;
use tender_store::files::write_private;
use tender_token::date::calendar::moment;
use tender_token::double_spend::Offence;

/// What can be done with incidents.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the incidents.
    List {
        /// Only incidents after this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
    },
    /// Write an incident's proof, which anyone can verify: see `incident verify`.
    Export {
        /// Which incident.
        #[arg(long, value_name = "NUMBER")]
        number: u64,
        /// Where to write the canonical bytes of the proof. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Verify a proof as a court or another bank does: needs no issuer, only what is public.
    /// Prints which wallet is guilty of what, and where the log has the proof. A proof that does
    /// not hold is refused with the rule that it breaks.
    Verify(verify::Evidence),
}

/// Carries an `incident` command out.
pub fn run(place: &Place, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::List { after } => {
            let all = place.desk()?.incidents(*after)?;
            let object = |(number, incident): &(u64, Incident)| {
                json!({
                    "number": number,
                    "offence": offence(incident),
                    "identity": hex::encode(incident.identity.0),
                    "time": incident.time.0,
                })
            };
            let lines: Vec<_> =
                all.iter().map(|(number, incident)| line(*number, incident)).collect();
            let objects: Vec<_> = all.iter().map(object).collect();
            Ok(Outcome::listed(&lines, json!({ "incidents": objects })))
        }
        Command::Export { number, out } => {
            refuse_taken(out)?;
            let mut after = place.desk()?.incidents(number.saturating_sub(1))?.into_iter();
            let found = after.next().filter(|(found, _)| found == number);
            let (_, incident) = found.ok_or_else(|| {
                let sentence = format!("there is no incident {number}");
                Failure::books(Refused::UnknownIncident, sentence)
            })?;
            write_private(out, &incident.proof.0).map_err(|error| file_failure(out, &error))?;
            let place = out.display();
            let sentence = format!(
                "The proof of incident {number} is in {place}. Whoever has a `log export` from \
                 now on, and the root's public key, verifies it without an issuer:\n\
                 tender-issuer incident verify --proof {place} --log FILE --root root.pub"
            );
            Ok(Outcome::done(sentence, json!({ "number": number })).written_to(out))
        }
        Command::Verify(evidence) => place.nowhere().and_then(|()| verify::run(evidence)),
    }
}

fn line(number: u64, incident: &Incident) -> String {
    let (identity, time) = (hex::encode(incident.identity.0), moment(incident.time));
    format!("{number:6} {identity} {} on {time}", offence(incident))
}

/// What the proof is of, by its first byte (`[D3]`).
fn offence(incident: &Incident) -> &'static str {
    match incident.proof.0.first() {
        Some(1) => word(Offence::DoubleSpend),
        Some(2) => word(Offence::SlotReuse),
        Some(_) | None => "unknown",
    }
}

/// The name of an offence, for people and programs.
const fn word(offence: Offence) -> &'static str {
    match offence {
        Offence::DoubleSpend => "double spend",
        Offence::SlotReuse => "slot reuse",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Bytes;
    use tender_token::date::Timestamp;
    use tender_token::identity::IdentityKey;

    #[test]
    fn an_incident_says_who_did_what_and_when() {
        for (first, word) in [(1, "double spend"), (2, "slot reuse"), (9, "unknown")] {
            let (identity, proof) = (IdentityKey([7; 32]), Bytes(vec![first]));
            let incident = Incident { identity, time: Timestamp(86_400), proof };
            let who = "07".repeat(32);
            assert_eq!(
                line(3, &incident),
                format!("     3 {who} {word} on 1970-01-02 00:00:00 UTC")
            );
        }
    }
}
