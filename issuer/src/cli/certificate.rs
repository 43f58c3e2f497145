//! `certificate`: the certificates that the home itself has, and new ones in their place.

use super::desk::{Desk, operator};
use super::founded::{
    AUTHORITY, OPERATOR, SERVER, certificate_file, certificate_key, read_certificate,
    read_config_of, read_credential, unwritten,
};
use super::outcome::{Failure, Outcome};
use super::passphrase::{Whose, known};
use super::staff::{refuse_appointed, refuse_unreadable};
use super::today::Today;
use crate::config::Config;
use crate::home::Home;
use crate::overview::Overview;
use crate::service::alerts::CERTIFICATE_DAYS;
use crate::signer::seal_waiting;
use clap::{Args, Subcommand};
use rand_core::CryptoRng;
use serde_json::json;
use std::path::Path;
use tender_proto::certificate::{
    Credential, Role, end_of_pem, fingerprint_of_pem, issue, issue_until,
};
use tender_proto::operator::{Duty, Operation};
use tender_proto::transport::SERVER_NAME;
use tender_store::envelope::Lock;
use tender_store::files::write_private;
use tender_token::date::Timestamp;
use tender_token::date::calendar::{iso, moment};
use zeroize::Zeroizing;

/// The operator's certificate before the one in use.
const REPLACED: &str = "operator.pem.replaced";

/// What can be done with the home's certificates.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List them, with the days that are left of each.
    List,
    /// Make new certificates for this home's operator and for its server. The operator's is
    /// appointed before it takes the place of the old one, which is then dismissed, so that the
    /// home can call its server all the time. The server shows its own from its next start on.
    Renew(Renewal),
}

/// What the new certificates say.
#[derive(Debug, Args)]
pub struct Renewal {
    /// Name of the holder of the operator's, unique among those who may call; without this, the
    /// old one's with a number.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// For how many days they are valid; without this, until the year 4096.
    #[arg(long, value_name = "DAYS")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
}

/// Carries a `certificate` command out.
pub fn run<R: CryptoRng>(
    home: &Home,
    command: &Command,
    passphrase: Option<&Path>,
    today: Today,
    rng: &mut R,
) -> Result<Outcome, Failure> {
    let config = read_config_of(home)?;
    let now = today.without_books()?;
    match command {
        Command::List => Ok(list(home, now)),
        Command::Renew(renewal) => {
            let mut lock = known(Whose::Issuer, passphrase)?;
            let authority = read_credential(home, AUTHORITY, &mut lock)?;
            let days = renewal.days.map(|days| u64::from(days).saturating_mul(86_400));
            let end = days.and_then(|seconds| now.checked_add(seconds));
            let making = Making { home, config: &config, authority, end };
            renew(&making, renewal.name.as_deref(), (passphrase, &mut lock), today, rng)
        }
    }
}

/// Until when the home's certificates are valid, those that can be read.
pub fn ends(home: &Home) -> Vec<(&'static str, Timestamp)> {
    let end = |name| Some((name, end_of_pem(&read_certificate(home, name).ok()?)?));
    [AUTHORITY, SERVER, OPERATOR].into_iter().filter_map(end).collect()
}

fn list(home: &Home, now: Timestamp) -> Outcome {
    let (mut lines, mut objects) = (Vec::new(), Vec::new());
    for name in [AUTHORITY, SERVER, OPERATOR] {
        let pem = read_certificate(home, name).ok();
        let read =
            pem.as_deref().and_then(|pem| Some((end_of_pem(pem)?, fingerprint_of_pem(pem)?)));
        let Some((end, fingerprint)) = read else {
            lines.push(format!("{name:10} is missing, or no certificate"));
            objects.push(json!({ "name": name, "end": null }));
            continue;
        };
        let left = end.day().0.saturating_sub(now.day().0);
        let fingerprint = hex::encode(fingerprint);
        let until = iso(end.day());
        let how = if end < now {
            format!("ended on {until}; renew it")
        } else if left < CERTIFICATE_DAYS {
            format!("ends on {until}, in {left} days; renew it")
        } else {
            format!("until {until}, {left} days")
        };
        lines.push(format!("{name:10} {fingerprint} {how}"));
        objects.push(json!({
            "name": name, "fingerprint": fingerprint, "end": end.0, "days_left": left,
        }));
    }
    let heading = format!("{:10} {:64} {}", "name", "fingerprint", "end");
    Outcome::listed(&heading, &lines, json!({ "certificates": objects }))
}

/// What new certificates are made with.
struct Making<'a> {
    home: &'a Home,
    config: &'a Config,
    authority: Credential,
    end: Option<Timestamp>,
}

fn renew(
    making: &Making<'_>,
    name: Option<&str>,
    (passphrase, lock): (Option<&Path>, &mut Lock),
    today: Today,
    rng: &mut impl CryptoRng,
) -> Result<Outcome, Failure> {
    name.map_or(Ok(()), refuse_unreadable)?;
    let home = making.home;
    let had = operator(home).ok();
    if had.is_none() {
        // Nobody opens the desk without one. Whoever has the home needs none to be appointed.
        making.waiting(OPERATOR, name.unwrap_or(OPERATOR), lock, rng)?;
        take_place(home, OPERATOR)?;
    }
    let desk = Desk::unlocked(home, passphrase, lock, today)?;
    let overview = desk.overview()?;
    let own = had.and_then(|own| holder(own, &overview));
    // A renewal that was cut short is ended: what took the place already stays there, and what was
    // appointed already takes it now.
    let (begun, old) = match replaced(home, had).and_then(|old| holder(old, &overview)) {
        Some(old) => (own, Some(old)),
        None => (appointed(home, &overview), own),
    };
    let old = old.map(|(name, _)| name);
    let (name, fingerprint) = if let Some(begun) = begun {
        begun
    } else {
        let name = name.map_or_else(|| free_name(old.as_deref(), &overview), str::to_owned);
        refuse_appointed(&overview, &name)?;
        let fingerprint = match had {
            Some(_) => making.waiting(OPERATOR, &name, lock, rng)?,
            None => operator(home)?,
        };
        let duty = Duty::Operator;
        desk.order(Operation::Appoint { name: name.clone(), duty, fingerprint })?;
        (name, fingerprint)
    };
    drop(desk);
    if had != Some(fingerprint) {
        remember(home)?;
        take_place(home, OPERATOR)?;
    }
    // The new one is tried before the old one ends.
    let desk = Desk::unlocked(home, passphrase, lock, today)?;
    desk.overview()?;
    if let Some(old) = old {
        desk.order(Operation::Dismiss(old))?;
    }
    making.waiting(SERVER, SERVER_NAME, lock, rng)?;
    take_place(home, SERVER)?;
    let end = end_of_pem(&read_certificate(home, OPERATOR)?);
    let end = end.ok_or_else(|| Failure::fault("the certificate that was made cannot be read"))?;
    let server = if desk.is_served() { "; restart the server to let it show its own" } else { "" };
    let sentence = format!(
        "This home calls with the certificate of {name} from now on. The server has a new one \
         too{server}. The first is valid until {}.",
        moment(end)
    );
    let fingerprint = hex::encode(fingerprint);
    Ok(Outcome::done(sentence, json!({ "name": name, "fingerprint": fingerprint, "end": end.0 })))
}

/// Whose certificate it is, if the holder may call.
fn holder(fingerprint: [u8; 32], overview: &Overview) -> Option<(String, [u8; 32])> {
    let row = overview.staff.get(&fingerprint)?;
    row.may_call().then(|| (row.name.0.clone(), fingerprint))
}

/// The certificate that waits to take the operator's place, if its holder may call already.
fn appointed(home: &Home, overview: &Overview) -> Option<(String, [u8; 32])> {
    let waits = home.waiting(&certificate_key(OPERATOR)).exists();
    let pem = std::fs::read_to_string(home.waiting(&certificate_file(OPERATOR))).ok()?;
    holder(fingerprint_of_pem(&pem).filter(|_| waits)?, overview)
}

/// Remembers the operator's certificate that is about to be replaced, until the next one is: its
/// holder is still to be dismissed. Errors: a file.
fn remember(home: &Home) -> Result<(), Failure> {
    let path = home.key(REPLACED);
    let Ok(pem) = read_certificate(home, OPERATOR) else { return Ok(()) };
    write_private(&path, pem.as_bytes()).map_err(|error| unwritten(&path, &error))
}

/// The certificate that was replaced last by the one that the operator has now.
fn replaced(home: &Home, has: Option<[u8; 32]>) -> Option<[u8; 32]> {
    let pem = std::fs::read_to_string(home.key(REPLACED)).ok()?;
    fingerprint_of_pem(&pem).filter(|replaced| Some(*replaced) != has)
}

/// A name that nobody ever had: that of the holder before, with a number.
fn free_name(old: Option<&str>, overview: &Overview) -> String {
    let old = old.unwrap_or(OPERATOR);
    let parts = old.rsplit_once('-').filter(|(_, number)| number.parse::<u32>().is_ok());
    let base = parts.map_or(old, |(base, _)| base);
    let is_free = |name: &String| overview.staff.values().all(|row| row.name.0 != *name);
    let mut names = (2_u64..).map(|number| format!("{base}-{number}"));
    names.find(is_free).expect("there are fewer certificates than numbers")
}

impl Making<'_> {
    /// Makes a certificate and lets it wait beside the one whose place it shall take, key and all.
    /// Returns its fingerprint.
    fn waiting(
        &self,
        place: &str,
        holder: &str,
        lock: &mut Lock,
        rng: &mut impl CryptoRng,
    ) -> Result<[u8; 32], Failure> {
        let Self { home, config, authority, end } = self;
        let role = if place == SERVER { Role::Server } else { Role::Client };
        let made = match end {
            Some(end) => issue_until(authority, holder, role, *end),
            None => issue(authority, holder, role),
        };
        let made =
            made.map_err(|error| Failure::fault(format!("no certificate could be made: {error}")))?;
        let fingerprint = fingerprint_of_pem(&made.certificate)
            .ok_or_else(|| Failure::fault("the certificate that was made cannot be read"))?;
        let (path, key) = (home.waiting(&certificate_file(place)), Zeroizing::new(made.key));
        seal_waiting(home, &certificate_key(place), key.as_bytes(), lock, config.cost, rng)?;
        write_private(&path, made.certificate.as_bytes())
            .map_err(|error| unwritten(&path, &error))?;
        Ok(fingerprint)
    }
}

/// Lets a certificate that waits take its place: the key first. A crash in between is made good by
/// whoever reads the certificate next.
fn take_place(home: &Home, name: &str) -> Result<(), Failure> {
    for file in [certificate_key(name), certificate_file(name)] {
        if home.waiting(&file).exists() {
            home.take_name(&file).map_err(|error| unwritten(&home.waiting(&file), &error))?;
        }
    }
    Ok(())
}
