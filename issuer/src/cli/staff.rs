//! `staff`: whose certificates run the issuer or read its books.

use super::admission::{handed, record, write_admission};
use super::desk::{Desk, operator};
use super::ordered::Ordered;
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::refused::Refused;
use super::standing::word;
use crate::overview::Overview;
use clap::{Subcommand, ValueEnum};
use serde_json::json;
use std::path::{Path, PathBuf};
use tender_proto::name::{RULE, is_readable};
use tender_proto::operator::{Duty, Operation};

/// What can be done with staff.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a certificate for somebody who runs the issuer or reads its books.
    Appoint {
        /// Name of the holder, unique among those who may call.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What the certificate is good for.
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// Where to write access.toml, which contains a secret key. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// List who was ever appointed.
    List,
    /// Refuse somebody's certificate from the next request on, for good.
    Dismiss {
        /// Name of the holder.
        #[arg(long, value_name = "NAME")]
        name: String,
    },
}

/// What a certificate is good for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Role {
    /// Runs the issuer.
    Operator,
    /// Reads the books, the log and the metrics, and changes nothing.
    Auditor,
    /// Reads totals, intermediaries and incidents, and changes nothing.
    Supervisor,
}

impl From<Role> for Duty {
    fn from(role: Role) -> Self {
        match role {
            Role::Operator => Self::Operator,
            Role::Auditor => Self::Auditor,
            Role::Supervisor => Self::Supervisor,
        }
    }
}

/// Carries a `staff` command out.
pub fn run(place: &Place, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::List => list(&place.desk()?),
        Command::Appoint { name, role, out } => {
            let (home, desk) = place.authority()?;
            refuse_unreadable(name)?;
            let (duty, overview) = (Duty::from(*role), desk.overview()?);
            if let Some(fingerprint) = done(&overview, name, duty, out) {
                return Ok(appointed(Ordered::Already, name, duty, fingerprint, out));
            }
            refuse_appointed(&overview, name)?;
            let fingerprint = write_admission(home, place.passphrase(), &desk, name, out)?;
            let operation = Operation::Appoint { name: name.clone(), duty, fingerprint };
            let ordered = record(&desk, operation, fingerprint, out)?;
            Ok(appointed(ordered, name, duty, fingerprint, out))
        }
        Command::Dismiss { name } => {
            let desk = place.desk()?;
            let overview = desk.overview()?;
            let own = place.home.as_ref().map(operator).transpose()?;
            let ends_own = own.is_some_and(|own| is_of(&overview, own, name));
            if ends_own && desk.is_served() {
                return Err(own_certificate(name));
            }
            let warning = locked_out(&overview, name, ends_own);
            let ordered = desk.order(Operation::Dismiss(name.clone()))?;
            let object = json!({ "name": name, "standing": "dismissed", "warning": warning });
            let done = format!("{name} may call no more.");
            let done = [done].into_iter().chain(warning.map(str::to_owned)).collect::<Vec<_>>();
            let before = format!("{name} was dismissed before");
            Ok(ordered.told(done.join("\n"), &before, object))
        }
    }
}

/// Whether a certificate is good, and its holder's name is this one.
fn is_of(overview: &Overview, certificate: [u8; 32], name: &str) -> bool {
    overview.staff.get(&certificate).is_some_and(|row| row.may_call() && row.name.0 == name)
}

/// What to do once a name is dismissed, where nobody is left who may order anything, or the home
/// may not call its own server.
fn locked_out(overview: &Overview, name: &str, ends_own: bool) -> Option<&'static str> {
    let operators =
        overview.staff.values().filter(|row| row.may_call() && row.duty.0 == Duty::Operator);
    let (ended, left): (Vec<_>, Vec<_>) = operators.partition(|row| row.name.0 == name);
    if !ended.is_empty() && left.is_empty() {
        return Some(
            "No operator is left who may call. At the home, stop the server and give `certificate \
             renew`, which appoints one.",
        );
    }
    ends_own.then_some(
        "This home may not call its own server any more. Before the next start give `certificate \
         renew`, which gives it another certificate.",
    )
}

/// The certificate with which somebody is appointed as the same order asks, if what lies at `out`
/// hands it over.
fn done(overview: &Overview, name: &str, duty: Duty, out: &Path) -> Option<[u8; 32]> {
    let fingerprint = handed(out)?;
    let row = overview.staff.get(&fingerprint)?;
    let is_same = row.may_call() && row.name.0 == *name && row.duty.0 == duty;
    is_same.then_some(fingerprint)
}

fn appointed(
    ordered: Ordered,
    name: &str,
    duty: Duty,
    fingerprint: [u8; 32],
    out: &Path,
) -> Outcome {
    let (shown, word) = (out.display(), word(duty));
    let now = format!("{name} is {word}. Hand over {shown}, which contains a secret key.");
    let before = format!("{name} is {word} already, with {shown}");
    let object = json!({ "name": name, "role": word, "fingerprint": hex::encode(fingerprint) });
    ordered.told(now, &before, object).written_to(out)
}

/// Refuses a name that does not read as what it is. Errors: wrong usage, with what to write.
pub fn refuse_unreadable(name: &str) -> Result<(), Failure> {
    if is_readable(name) {
        return Ok(());
    }
    Err(Failure::usage(format!("{name:?} is no name: {RULE}; nothing was changed")))
}

/// Refuses a name that somebody has who may call. Errors: [`Refused::Taken`].
pub fn refuse_appointed(overview: &Overview, name: &str) -> Result<(), Failure> {
    if overview.staff.values().any(|row| row.may_call() && row.name.0 == *name) {
        let sentence = format!("somebody named {name} is appointed already; nothing was changed");
        return Err(Failure::books(Refused::Taken, sentence));
    }
    Ok(())
}

/// The certificate that this home calls its own running server with is not ended: every command
/// after it would be refused. A server that is stopped asks for none, so there it can be ended.
fn own_certificate(name: &str) -> Failure {
    let sentence = format!(
        "this home calls its server with the certificate of {name}, and would be locked out; \
         nothing was changed. To give the home another certificate in place of this one, give \
         `certificate renew`; to end it, let another operator give this command with --access, or \
         give it with the server stopped"
    );
    Failure::books(Refused::OwnCertificate, sentence)
}

/// Prints who was ever appointed.
fn list(desk: &Desk) -> Result<Outcome, Failure> {
    let (mut lines, mut objects) = (Vec::new(), Vec::new());
    for (fingerprint, row) in desk.overview()?.staff {
        let (word, since) = (word(row.duty.0), row.dismissed.0.map(|since| since.0));
        let standing = if row.may_call() { "appointed" } else { "dismissed" };
        let fingerprint = hex::encode(fingerprint);
        lines.push(format!("{:20} {word:10} {standing:10} {fingerprint}", row.name.0));
        objects.push(json!({
            "name": row.name.0,
            "role": word,
            "standing": standing,
            "dismissed_since": since,
            "fingerprint": fingerprint,
        }));
    }
    let heading = format!("{:20} {:10} {:10} certificate", "name", "role", "standing");
    Ok(Outcome::listed(&heading, &lines, json!({ "staff": objects })))
}
