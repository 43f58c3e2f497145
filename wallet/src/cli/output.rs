//! What is printed, and the exit code.

use super::no_money;
use crate::error::{Class, Error};
use crate::wallet::Wallet;
use serde_json::{Value, json};
use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use tender_token::amount::Amount;

/// What a command has to say.
pub(super) struct Answer {
    /// For people.
    pub(super) text: String,
    /// For programs.
    pub(super) json: Value,
}

/// Why a command failed.
pub(super) enum Failure {
    /// The wallet says no, or there is no answer.
    Wallet(Error),
    /// The command line or a file named on it is wrong.
    Usage(anyhow::Error),
    /// The machine does not play along.
    Fault(anyhow::Error),
    /// The holder was asked, and does not want it.
    Declined,
}

impl Failure {
    pub(super) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    pub(super) fn fault(error: impl Into<anyhow::Error>) -> Self {
        Self::Fault(error.into())
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Wallet(error) => error.code(),
            Self::Usage(_) => "USAGE",
            Self::Fault(_) => "FAULT",
            Self::Declined => "DECLINED",
        }
    }

    fn exit(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Wallet(error) => match error.class() {
                Class::Refused => 1,
                Class::Usage => 2,
                Class::Fault => 3,
            },
            Self::Usage(_) => 2,
            Self::Fault(_) => 3,
            Self::Declined => 1,
        })
    }

    fn text(&self, wallet: Option<&Wallet>) -> String {
        let money = wallet.and_then(|wallet| wallet.money().ok()).unwrap_or_else(no_money);
        match self {
            Self::Wallet(error) => error.tell(money),
            Self::Usage(error) | Self::Fault(error) => format!("{error:#}"),
            Self::Declined => "You did not agree. Nothing was done.".to_owned(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Wallet(error)
    }
}

/// Prints an outcome and gives its exit code.
pub(super) fn print(
    outcome: Result<Answer, Failure>,
    wallet: Option<&Wallet>,
    json: bool,
) -> ExitCode {
    match outcome {
        Ok(answer) if json => {
            say(&answer.json);
            ExitCode::SUCCESS
        }
        Ok(answer) => {
            say(&answer.text);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let text = failure.text(wallet);
            if json {
                say(&error_json(&failure, &text));
            }
            complain(&format_args!("tender-wallet: {text}"));
            failure.exit()
        }
    }
}

/// An error for programs; amounts that can be paid are named in minor units.
fn error_json(failure: &Failure, text: &str) -> Value {
    let minor_units = |amount: Option<Amount>| amount.map(Amount::minor_units);
    let mut error = serde_json::Map::new();
    error.insert("code".to_owned(), json!(failure.code()));
    error.insert("message".to_owned(), json!(text));
    if let Failure::Wallet(Error::NotPayable { below, above, .. }) = failure {
        error.insert("below".to_owned(), json!(minor_units(*below)));
        error.insert("above".to_owned(), json!(minor_units(*above)));
    }
    if let Failure::Wallet(Error::Funds { account, .. }) = failure {
        error.insert("account".to_owned(), json!(account.balance.minor_units()));
        error.insert("account_ready".to_owned(), json!(account.ready.minor_units()));
    }
    if let Failure::Wallet(Error::SlotCount { needed, .. } | Error::SlotsMissing { needed, .. }) =
        failure
    {
        error.insert("needed".to_owned(), json!(needed));
    }
    json!({ "error": error })
}

/// A command line that cannot be read, or a call for help.
pub(super) fn misused(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        say(&error.render());
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    if json {
        say(&json!({ "error": { "code": "USAGE", "message": first_sentence(&text) } }));
    }
    complain(&text.trim_end());
    ExitCode::from(2)
}

/// Prints for whoever reads. What was done stays done when nobody reads any more.
fn say(what: &dyn Display) {
    let _gone = writeln!(std::io::stdout(), "{what}");
}

/// Prints what went wrong. The exit code says it too when nobody reads any more.
fn complain(what: &dyn Display) {
    let _gone = writeln!(std::io::stderr(), "{what}");
}

/// The first paragraph of what the argument parser says, on one line: what is wrong.
fn first_sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}
