//! `revocation`: proposed by one, approved by several; `series revoke` puts it into force.

use super::approval::{self, Approving};
use super::founded::{refuse_taken, unwritten};
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::refused::Refused;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use tender_store::files::write_private;
use tender_token::date::calendar::iso;
use tender_token::encode::Encode;
use tender_token::manifest::Manifest;
use tender_token::revocation::{Proposal, Subject};
use tender_token::series::DenominationId;

/// What can be done with a revocation before it is in force.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write down what shall be revoked, for officers to approve. Nothing is revoked yet.
    New {
        #[command(flatten)]
        subject: Named,
        /// Where to write the proposal. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Approve a revocation as one of the officers. Needs no issuer. It may be done ahead, and the
    /// approvals kept where an emergency finds them.
    Approve(Approving),
}

/// What shall be revoked.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Named {
    /// Number of a series whose slot key is compromised: its tokens are only cashed from now on.
    #[arg(long, value_name = "NUMBER")]
    series: Option<u32>,
    /// Id of a denomination whose value key is compromised: its tokens are paid by openings only.
    #[arg(long, value_name = "HEX")]
    denomination: Option<String>,
    /// Everything that was ever published.
    #[arg(long)]
    everything: bool,
}

/// Carries a `revocation` command out.
pub fn run(place: &Place, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::Approve(arguments) => approve(place, arguments),
        Command::New { subject: named, out } => {
            refuse_taken(out)?;
            let desk = place.desk()?;
            let published = desk.published()?;
            let archive = published.archive();
            let archive = archive.map_err(|error| Failure::fault(error.to_string()))?;
            let subject = subject(named, &archive)?;
            if let Some(known) = published.revocation(subject, &desk.root_key()?) {
                let (what, day) = (described(subject), iso(known.day));
                let sentence = format!("{what} is revoked since {day}; nothing was proposed");
                return Err(Failure::books(Refused::Revoked, sentence));
            }
            let proposal = Proposal { issuer: archive.record().issuer, subject };
            write_private(out, &proposal.to_bytes()).map_err(|error| unwritten(out, &error))?;
            let (what, place) = (described(subject), out.display());
            let mut lines = vec![format!(
                "To revoke {what} for good is proposed in {place}; {} officers must approve it.",
                desk.trust()?.policy.officers_k
            )];
            lines.extend(comprised(subject, &archive, desk.decimals));
            Ok(Outcome::done(lines.join("\n"), told(subject)).written_to(out))
        }
    }
}

/// Signs a proposal as an officer, who has read what this prints. It needs no issuer.
fn approve(place: &Place, arguments: &Approving) -> Result<Outcome, Failure> {
    place.nowhere()?;
    let signed = |proposal: &Proposal| *proposal;
    let (proposal, officer) =
        approval::approve(arguments, place.passphrase(), approval::REVOCATION, signed)?;
    let (what, issuer) = (described(proposal.subject), hex::encode(proposal.issuer.0));
    let out = arguments.out.display();
    let sentence = format!(
        "Approved: to revoke {what} of issuer {issuer} for good.\n\
         The approval of this is in {out}; nothing is revoked yet.{}",
        whose(proposal.subject)
    );
    let mut object = told(proposal.subject);
    if let Some(object) = object.as_object_mut() {
        object.insert("issuer".to_owned(), json!(issuer));
        object.insert("officer".to_owned(), json!(officer));
    }
    Ok(Outcome::done(sentence, object).written_to(&arguments.out))
}

/// What the subject is, for whoever knows what was published: the numbers of its series, and the
/// values and ids of its denominations.
fn comprised(subject: Subject, archive: &Manifest, decimals: u8) -> Vec<String> {
    let of = match subject {
        Subject::Denomination(id) => archive.value_key(id).ok().map(|key| key.denomination.series),
        Subject::Series(id) => Some(id),
        Subject::Everything => None,
    };
    let mut series: Vec<_> =
        archive.slot_keys().filter(|(id, _)| of.is_none_or(|of| of == *id)).collect();
    series.sort_by_key(|(_, key)| key.series.number);
    let mut lines = Vec::new();
    for (id, key) in series {
        lines.push(format!("series {}, {}", key.series.number, hex::encode(id.0)));
        let ends = |of| match subject {
            Subject::Denomination(ended) => of == ended,
            Subject::Series(_) | Subject::Everything => true,
        };
        let own = archive.value_keys().filter(|(_, key)| key.denomination.series == id);
        let mut values: Vec<_> = own.filter(|(of, _)| ends(*of)).collect();
        values.sort_by_key(|(_, key)| key.denomination.value);
        lines.extend(values.into_iter().map(|(of, key)| {
            let value = key.denomination.value.to_decimal(decimals);
            format!("      {value:>12}  {}", hex::encode(of.0))
        }));
    }
    lines
}

/// Where an officer, who has no issuer at hand, finds what the id stands for.
fn whose(subject: Subject) -> &'static str {
    match subject {
        Subject::Denomination(_) | Subject::Series(_) => {
            "\nWhich one that is, `series list` of the issuer says: compare all of the id, and \
             hand over no approval for another one."
        }
        Subject::Everything => "",
    }
}

/// The subject for programs: what it is, and its id unless it is everything.
pub fn told(subject: Subject) -> Value {
    let (what, id) = match subject {
        Subject::Denomination(id) => ("denomination", Some(hex::encode(id.0))),
        Subject::Series(id) => ("series", Some(hex::encode(id.0))),
        Subject::Everything => ("everything", None),
    };
    json!({ "subject": what, "id": id })
}

/// The subject for people.
pub fn described(subject: Subject) -> String {
    match subject {
        Subject::Denomination(id) => format!("denomination {}", hex::encode(id.0)),
        Subject::Series(id) => format!("series {}", hex::encode(id.0)),
        Subject::Everything => "everything".to_owned(),
    }
}

fn subject(named: &Named, archive: &Manifest) -> Result<Subject, Failure> {
    let Named { series, denomination, .. } = named;
    if let Some(number) = series {
        let mut keys = archive.slot_keys();
        let found = keys.find(|(_, key)| key.series.number == *number);
        let unknown =
            || Failure::books(Refused::UnknownSeries, format!("there is no series {number}"));
        return found.map(|(id, _)| Subject::Series(id)).ok_or_else(unknown);
    }
    let Some(text) = denomination else { return Ok(Subject::Everything) };
    let mut id = [0; 32];
    hex::decode_to_slice(text, &mut id)
        .map_err(|_| Failure::usage("a denomination is 64 hex digits; see series list"))?;
    let id = DenominationId(id);
    archive.value_key(id).map(|_| Subject::Denomination(id)).map_err(|_| {
        Failure::books(Refused::UnknownDenomination, format!("there is no denomination {text}"))
    })
}
