//! `action`: the record of who changed what, and when.

mod told;

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use super::period::Period;
use super::refused::Refused;
use crate::overview::Overview;
use crate::rows::Action;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tender_token::date::calendar::{iso, moment};

/// What can be done with the record of actions.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List what was changed, by whom and when, oldest first. Nothing is ever taken out of it.
    List(Asked),
}

/// Which actions.
#[derive(Debug, Args)]
pub struct Asked {
    /// Only actions after this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// Only what was done with the certificates of this name; see `staff list`.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    period: Period,
}

/// Carries an `action` command out.
pub fn run(desk: &Desk, command: &Command) -> Result<Outcome, Failure> {
    let Command::List(Asked { after, by, period }) = command;
    period.check()?;
    let overview = desk.overview()?;
    if let Some(name) = by.as_ref().filter(|name| !is_known(name, &overview)) {
        return Err(Failure::books(
            Refused::UnknownStaff,
            format!("nobody named {name} was ever appointed"),
        ));
    }
    let mut actions = desk.actions(*after)?;
    actions.retain(|(_, action)| {
        let is_theirs = by.as_deref().is_none_or(|name| who(action, &overview) == Some(name));
        is_theirs && period.has(action.time)
    });
    let lines: Vec<_> = actions.iter().map(|action| line(action, desk, &overview)).collect();
    let objects: Vec<_> = actions.iter().map(|action| object(action, &overview)).collect();
    Ok(Outcome::listed(&lines, json!({ "actions": objects })))
}

fn is_known(name: &str, overview: &Overview) -> bool {
    overview.staff.values().any(|row| row.name.0 == name)
}

/// The holder of the certificate that an action came with, also one who was dismissed since.
fn who<'a>(action: &Action, overview: &'a Overview) -> Option<&'a str> {
    overview.staff.get(&action.operator).map(|row| row.name.0.as_str())
}

fn line((number, action): &(u64, Action), desk: &Desk, overview: &Overview) -> String {
    let what = told::sentence(&action.change, desk.decimals);
    let by = who(action, overview).unwrap_or("somebody unknown");
    format!("{number:6} {} {by:20} {what}", moment(action.time))
}

fn object((number, action): &(u64, Action), overview: &Overview) -> Value {
    json!({
        "number": number,
        "time": action.time.0,
        "day": iso(action.time.day()),
        "by": who(action, overview),
        "certificate": hex::encode(action.operator),
        "change": told::object(&action.change),
    })
}
