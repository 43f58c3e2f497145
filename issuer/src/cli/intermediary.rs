//! `intermediary`: who may call.

use super::admission::{handed, record, write_admission};
use super::desk::Desk;
use super::founded::read_given;
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::refused::Refused;
use super::staff::refuse_unreadable;
use crate::rows::{Account, Membership};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tender_proto::admission::Application;
use tender_proto::operator::{Amendment, Operation};
use tender_token::amount::Amount;
use tender_token::identity::RegistrarId;
use tender_token::signature::PublicKey;

/// The quota of an intermediary without one.
pub const UNBOUNDED: Amount = Amount::from_minor_units(u64::MAX);

/// What can be done with intermediaries.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Admit an intermediary.
    Admit {
        /// The intermediary's application.toml.
        #[arg(long, value_name = "FILE")]
        application: PathBuf,
        /// Where to write admission.toml, which contains a secret key. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The most that its vault may hold after a distribution. Without it there is no such
        /// bound.
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        quota: Option<String>,
    },
    /// List the intermediaries with what they hold.
    List,
    /// Refuse the intermediary's calls from now on. What its holders have stays good elsewhere.
    Suspend(Named),
    /// Accept the intermediary's calls again.
    Resume(Named),
    /// Give the intermediary a new certificate; the one before is refused from now on.
    Rotate {
        /// Name of the intermediary.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Where to write admission.toml, which contains a secret key. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Set the most that the intermediary's vault may hold after a distribution, or that there is
    /// no such bound.
    Quota {
        /// Name of the intermediary.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// How much, such as 1000000.00.
        #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
        #[arg(required_unless_present = "none", conflicts_with = "none")]
        amount: Option<String>,
        /// Take the bound away.
        #[arg(long)]
        none: bool,
    },
}

/// An intermediary's name.
#[derive(Debug, Args)]
pub struct Named {
    /// Name of the intermediary.
    #[arg(long, value_name = "NAME")]
    name: String,
}

/// Carries an `intermediary` command out.
pub fn run(place: &Place, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::List => list(&place.desk()?),
        Command::Admit { application, out, quota } => {
            let (home, desk) = place.authority()?;
            let quota = quota.as_deref().map(|quota| desk.amount(quota)).transpose()?;
            let quota = quota.unwrap_or(UNBOUNDED);
            let (name, id) = read_application(application)?;
            let object = json!({ "name": name, "id": hex::encode(id.0) });
            if is_done(&desk, (&name, id), quota, out)? {
                let shown = out.display();
                let before = format!("{name} is admitted already, with {shown}");
                return Ok(Outcome::already(&before, object).written_to(out));
            }
            let fingerprint =
                write_admission(home, place.passphrase(), &desk, &hex::encode(id.0), out)?;
            let operation = Operation::Admit { id, name: name.clone(), fingerprint, quota };
            let ordered = record(&desk, operation, fingerprint, out)?;
            let shown = out.display();
            let sentence =
                format!("{name} is admitted. Hand it {shown}, which contains a secret key.");
            let before = format!("{name} is admitted already, with {shown}");
            Ok(ordered.told(sentence, &before, object).written_to(out))
        }
        Command::Suspend(Named { name }) => {
            let told = ["is suspended", "is suspended already"].map(str::to_owned);
            amend(&place.desk()?, name, Amendment::Suspend, &told, ("standing", json!("suspended")))
        }
        Command::Resume(Named { name }) => {
            let told = ["may call again", "may call already"].map(str::to_owned);
            amend(&place.desk()?, name, Amendment::Resume, &told, ("standing", json!("admitted")))
        }
        Command::Rotate { name, out } => {
            let (home, desk) = place.authority()?;
            let (id, _) = desk.intermediary(name)?;
            let fingerprint =
                write_admission(home, place.passphrase(), &desk, &hex::encode(id.0), out)?;
            let operation = Operation::Amend(id, Amendment::Rotate(fingerprint));
            let ordered = record(&desk, operation, fingerprint, out)?;
            let shown = out.display();
            let sentence = format!(
                "{name} has a new certificate. Hand it {shown}, which contains a secret key."
            );
            let before = format!("{name} has the certificate in {shown} already");
            let object = json!({ "name": name, "id": hex::encode(id.0) });
            Ok(ordered.told(sentence, &before, object).written_to(out))
        }
        Command::Quota { name, amount, none: _ } => {
            let desk = place.desk()?;
            let quota = amount.as_deref().map(|amount| desk.amount(amount)).transpose()?;
            let told = match quota {
                None => ["has no quota any more", "has no quota already"].map(str::to_owned),
                Some(quota) => {
                    let told = format!("may hold {} in its vault", desk.shown(quota));
                    [told.clone(), format!("{told} already")]
                }
            };
            let amendment = Amendment::Quota(quota.unwrap_or(UNBOUNDED));
            let quota = ("quota", json!(quota.map(Amount::minor_units)));
            amend(&desk, name, amendment, &told, quota)
        }
    }
}

/// Whether the same order was carried out before: this intermediary is admitted with what lies at
/// `out`. Refuses a name or a key that is admitted otherwise. Errors: [`Refused::Taken`].
fn is_done(
    desk: &Desk,
    (name, id): (&str, RegistrarId),
    quota: Amount,
    out: &Path,
) -> Result<bool, Failure> {
    let overview = desk.overview()?;
    if let Some((known, row)) = overview.named(name) {
        if known == id && row.quota == quota && handed(out) == Some(row.fingerprint) {
            return Ok(true);
        }
        if known == id && row.quota != quota {
            let held = (row.quota != UNBOUNDED).then(|| desk.shown(row.quota));
            let held = held.map_or("no quota".to_owned(), |held| format!("a quota of {held}"));
            let what = format!(
                "{name} is admitted already, with {held}; `intermediary quota` changes that; \
                 nothing was changed"
            );
            return Err(Failure::books(Refused::Taken, what));
        }
        let what = format!("an intermediary is named {name} already; rotate its certificate?");
        return Err(Failure::books(Refused::Taken, what));
    }
    if overview.intermediaries.contains_key(&id) {
        let what = "this intermediary is admitted already under another name";
        return Err(Failure::books(Refused::Taken, what));
    }
    Ok(false)
}

/// Changes one thing of an intermediary: what is told of it if it is changed now, and if it was so
/// before.
fn amend(
    desk: &Desk,
    name: &str,
    amendment: Amendment,
    [now, before]: &[String; 2],
    (field, value): (&str, Value),
) -> Result<Outcome, Failure> {
    let (id, _) = desk.intermediary(name)?;
    let ordered = desk.order(Operation::Amend(id, amendment))?;
    let object = json!({ "name": name, "id": hex::encode(id.0), field: value });
    Ok(ordered.told(format!("{name} {now}."), &format!("{name} {before}"), object))
}

/// Prints every intermediary with what it holds.
fn list(desk: &Desk) -> Result<Outcome, Failure> {
    let overview = desk.overview()?;
    let (mut lines, mut objects) = (Vec::new(), Vec::new());
    for (id, row) in &overview.intermediaries {
        let held = |account| overview.balance(account);
        let (vault, reserves) = (held(Account::Vault(*id)), held(Account::Reserves(*id)));
        let guarantee = held(Account::Guarantee(*id));
        let standing = match row.standing {
            Membership::Admitted => "admitted",
            Membership::Suspended(_) => "suspended",
        };
        let decimals = desk.decimals;
        let quota = (row.quota != UNBOUNDED).then_some(row.quota);
        let quota_shown = quota.map_or("none".to_owned(), |quota| quota.to_decimal(decimals));
        lines.push(format!(
            "{:20} {} {standing:10} vault {:>16}  reserves {:>16}  guarantee {:>12}  \
             quota {quota_shown:>16}",
            row.name.0,
            hex::encode(id.0),
            vault.to_decimal(decimals),
            reserves.to_decimal(decimals),
            guarantee.to_decimal(decimals)
        ));
        objects.push(json!({
            "name": row.name.0,
            "id": hex::encode(id.0),
            "standing": standing,
            "fingerprint": hex::encode(row.fingerprint),
            "quota": quota.map(Amount::minor_units),
            "vault": vault.minor_units(),
            "reserves": reserves.minor_units(),
            "guarantee": guarantee.minor_units(),
        }));
    }
    let heading = format!("{:20} {:64} {:10} held, in {}", "name", "id", "standing", desk.currency);
    Ok(Outcome::listed(&heading, &lines, json!({ "intermediaries": objects })))
}

fn read_application(path: &Path) -> Result<(String, RegistrarId), Failure> {
    let shown = path.display();
    let wrong = |what: &str| Failure::usage(format!("{shown} {what}"));
    let text = read_given(path)?;
    let Application { name, public_key } =
        toml::from_str(&text).map_err(|_| wrong("is no application"))?;
    let mut id = [0; 32];
    let decoded = hex::decode_to_slice(&public_key, &mut id);
    decoded.map_err(|_| wrong("holds no public key of 32 bytes in hex"))?;
    PublicKey(id).check().map_err(|_| wrong("holds a public key that cannot be used"))?;
    refuse_unreadable(&name)?;
    Ok((name, RegistrarId(id)))
}
