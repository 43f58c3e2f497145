//! `action`: the record of who changed what, and when.

mod told;

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use super::period::Period;
use super::refused::Refused;
use crate::overview::{Overview, Recorded};
use crate::rows::Action;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tender_token::date::calendar::{iso, moment};
use tender_token::treasury::Instruction;

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
    actions.retain(|Recorded { action, .. }| {
        let is_theirs = by.as_deref().is_none_or(|name| who(action, &overview) == Some(name));
        is_theirs && period.has(action.time)
    });
    let lines: Vec<_> = actions.iter().map(|action| line(action, desk, &overview)).collect();
    let objects: Vec<_> = actions.iter().map(|action| object(action, &overview)).collect();
    let heading = format!("{:>6} {:23} {:20} {}", "number", "moment", "by", "change");
    Ok(Outcome::listed(&heading, &lines, json!({ "actions": objects })))
}

fn is_known(name: &str, overview: &Overview) -> bool {
    overview.staff.values().any(|row| row.name.0 == name)
}

/// The holder of the certificate that an action came with, also one who was dismissed since.
fn who<'a>(action: &Action, overview: &'a Overview) -> Option<&'a str> {
    overview.staff.get(&action.operator).map(|row| row.name.0.as_str())
}

fn line(recorded: &Recorded, desk: &Desk, overview: &Overview) -> String {
    let Recorded { number, action, instruction } = recorded;
    let mut what = told::sentence(&action.change, desk.decimals);
    if let Some(Instruction { order, amount, .. }) = instruction {
        what = format!("{what}: {} {}", order.word(), desk.shown(*amount));
        let bank = order.intermediary().and_then(|id| overview.intermediaries.get(&id));
        what.extend(bank.map(|bank| format!(" for {}", bank.name.0)));
    }
    let by = who(action, overview).unwrap_or("somebody unknown");
    format!("{number:6} {} {by:20} {what}", moment(action.time))
}

fn object(recorded: &Recorded, overview: &Overview) -> Value {
    let Recorded { number, action, instruction } = recorded;
    let mut change = told::object(&action.change);
    if let (Some(signed), Value::Object(change)) = (instruction, &mut change) {
        let id = signed.order.intermediary();
        let name = id.and_then(|id| Some(&overview.intermediaries.get(&id)?.name.0));
        change.insert("order".to_owned(), json!(signed.order.word()));
        change.insert("currency".to_owned(), json!(signed.currency.code()));
        change.insert("minor_units".to_owned(), json!(signed.amount.minor_units()));
        change.insert("intermediary".to_owned(), json!(id.map(|id| hex::encode(id.0))));
        change.insert("name".to_owned(), json!(name));
    }
    json!({
        "number": number,
        "time": action.time.0,
        "day": iso(action.time.day()),
        "by": who(action, overview),
        "certificate": hex::encode(action.operator),
        "change": change,
    })
}
