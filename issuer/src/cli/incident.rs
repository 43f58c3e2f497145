//! `incident`: double spends that are proved.

mod verify;

use super::founded::{refuse_taken, unusable, unwritten};
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::refused::Refused;
use crate::overview::{Answered, Overview, Proved};
use crate::rows::Incident;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;
use tender_store::files::write_private;
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::date::calendar::moment;
use tender_token::double_spend::{DoubleSpendProof, Exhibit, Offence};
use tender_token::encode::Encode as _;
use tender_token::manifest::Manifest;

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
            let desk = place.desk()?;
            let (all, overview) = (desk.incidents(*after)?, desk.overview()?);
            let shown = |amount| desk.shown(amount);
            let lines: Vec<_> =
                all.iter().map(|proved| line(proved, &name(proved, &overview), shown)).collect();
            let objects: Vec<_> =
                all.iter().map(|proved| object(proved, &name(proved, &overview))).collect();
            let heading = format!("{:>6} {:64} offence", "number", "identity");
            Ok(Outcome::listed(&heading, &lines, json!({ "incidents": objects })))
        }
        Command::Export { number, out } => {
            refuse_taken(out)?;
            let desk = place.desk()?;
            let mut after = desk.incidents(number.saturating_sub(1))?.into_iter();
            let found = after.next().filter(|found| found.number == *number);
            let found = found.ok_or_else(|| {
                let sentence = format!("there is no incident {number}");
                Failure::books(Refused::UnknownIncident, sentence)
            })?;
            let exhibit = exhibit(&found, &desk.published()?.archive().map_err(unusable)?)?;
            write_private(out, &exhibit.to_bytes()).map_err(|error| unwritten(out, &error))?;
            let place = out.display();
            let worth = if exhibit.chains.is_empty() { "" } else { ", with what shows the amount" };
            let sentence = format!(
                "The proof of incident {number} is in {place}{worth}. Whoever has a `log export` \
                 from now on, and the root's public key, verifies it without an issuer:\n\
                 tender-issuer incident verify --proof {place} --log FILE --root root.pub"
            );
            let object = json!({ "number": number, "chains": exhibit.chains.len() });
            Ok(Outcome::done(sentence, object).written_to(out))
        }
        Command::Verify(evidence) => place.nowhere().and_then(|()| verify::run(evidence)),
    }
}

/// A proof with the chains that lead to its states. Errors: a fault.
fn exhibit(proved: &Proved, archive: &Manifest) -> Result<Exhibit, Failure> {
    let proof = DoubleSpendProof::from_bytes(&proved.incident.proof.0, archive);
    let chains = proved.chains.iter().map(|chain| Chain::from_bytes(chain, archive));
    let chains = chains.collect::<Result<_, _>>();
    Ok(Exhibit { proof: proof.map_err(unusable)?, chains: chains.map_err(unusable)? })
}

/// The name of the intermediary that registered the wallet; its key, if it is not admitted.
fn name(proved: &Proved, overview: &Overview) -> String {
    let row = overview.intermediaries.get(&proved.intermediary);
    row.map_or_else(|| hex::encode(proved.intermediary.0), |row| row.name.0.clone())
}

fn line(proved: &Proved, name: &str, shown: impl Fn(Amount) -> String) -> String {
    let Proved { number, incident, tokens, .. } = proved;
    let (identity, time) = (hex::encode(incident.identity.0), moment(incident.time));
    let tokens: Vec<_> = tokens.iter().map(|answered| shown(answered.value)).collect();
    let (offence, tokens) = (offence(incident), tokens.join(" and "));
    format!("{number:6} {identity} of {name}: {offence} of {tokens} on {time}")
}

fn object(proved: &Proved, name: &str) -> Value {
    let Proved { number, incident, intermediary, tokens, .. } = proved;
    let token = |answered: &Answered| {
        json!({
            "token": hex::encode(answered.token.0),
            "value": answered.value.minor_units(),
        })
    };
    json!({
        "number": number,
        "offence": offence(incident),
        "identity": hex::encode(incident.identity.0),
        "intermediary": hex::encode(intermediary.0),
        "name": name,
        "tokens": tokens.iter().map(token).collect::<Vec<_>>(),
        "time": incident.time.0,
    })
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
    use tender_token::identity::{IdentityKey, RegistrarId};
    use tender_token::token::TokenId;

    #[test]
    fn an_incident_says_who_did_what_and_when_with_which_tokens() {
        for (first, word) in [(1, "double spend"), (2, "slot reuse"), (9, "unknown")] {
            let (identity, proof) = (IdentityKey([7; 32]), Bytes(vec![first]));
            let incident = Incident { identity, time: Timestamp(86_400), proof };
            let token = |value| Answered {
                token: TokenId([5; 32]),
                value: Amount::from_minor_units(value),
            };
            let tokens = vec![token(100), token(250)];
            let intermediary = RegistrarId([3; 32]);
            let chains = Vec::new();
            let proved = Proved { number: 3, incident, intermediary, tokens, chains };
            let who = "07".repeat(32);
            let shown = |amount: Amount| amount.to_decimal(2);
            assert_eq!(
                line(&proved, "Nordhaven", shown),
                format!(
                    "     3 {who} of Nordhaven: {word} of 1.00 and 2.50 on 1970-01-02 00:00:00 UTC"
                )
            );
        }
    }
}
