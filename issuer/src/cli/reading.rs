//! The commands that only read: an operator's beside the store, and an auditor's or a supervisor's
//! from anywhere, with what `staff appoint` has written.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use super::{Command, Series, action, claim, incident, intermediary, log, metrics, series, staff};
use super::{statement, supply, treasury, trust, wallet};

/// Carries a command out that only reads. `None` if it is another one.
pub fn run(
    command: &Command,
    open: impl FnOnce() -> Result<Desk, Failure>,
) -> Option<Result<Outcome, Failure>> {
    let desk = || open();
    Some(match command {
        Command::Supply => desk().and_then(|desk| supply::run(&desk)),
        Command::Metrics => desk().and_then(|desk| metrics::run(&desk)),
        Command::Trust => desk().and_then(|desk| trust::run(&desk)),
        Command::Incident(command) => desk().and_then(|desk| incident::run(&desk, command)),
        Command::Claim(claim::Command::List) => desk().and_then(|desk| claim::list(&desk)),
        Command::Log(command) => desk().and_then(|desk| log::run(&desk, command)),
        Command::Series(Series::List) => desk().and_then(|desk| series::list(&desk)),
        Command::Intermediary(intermediary::Command::List) => {
            desk().and_then(|desk| intermediary::list(&desk))
        }
        Command::Staff(staff::Command::List) => desk().and_then(|desk| staff::list(&desk)),
        Command::Treasury(treasury::Command::Statement(asked)) => {
            desk().and_then(|desk| statement::run(&desk, asked))
        }
        Command::Action(command) => desk().and_then(|desk| action::run(&desk, command)),
        Command::Wallet(wallet::Command::List(asked)) => {
            desk().and_then(|desk| wallet::list(&desk, asked))
        }
        _ => return None,
    })
}
