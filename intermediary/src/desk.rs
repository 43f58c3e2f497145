//! Orders: what an operator may ask of the books, whether a server holds them or not.
//!
//! An order is carried out over the store alone, so the command that has the books itself and the
//! server that has them carry out the same one. What comes of it is a sentence for people and an
//! object for programs.

pub mod account;
mod purchases;
mod reconcile;
mod statement;

use crate::audit::examine;
use crate::store::{self, Fault, Store};
use core::fmt::Display;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;
use tender_token::amount::Amount;

/// The name of the socket at which a running server takes orders, in the home folder.
pub const SOCKET: &str = "desk";

/// An operator's order, with what its answer needs to be readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What is asked.
    pub asked: Asked,
    /// How money is shown.
    pub shown: Shown,
}

/// What an order asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Asked {
    /// Everything that must hold.
    Audit,
    /// A copy of the store, in a folder that is not there yet.
    Backup(PathBuf),
    /// What differs between books and statement, after the statement was fetched.
    Reconcile,
    /// The issuer's postings of the vault after a number.
    Statement(u64),
    /// What was ordered for the vault.
    Purchases,
    /// All accounts.
    Accounts,
    /// What moved in the account of a customer of this number.
    Account(u64),
    /// The metrics of the server.
    Metrics,
}

/// How money is shown, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The intermediary's name.
    pub name: String,
    /// The currency's code.
    pub currency: String,
    /// Digits after the point.
    pub decimals: u8,
}

impl Shown {
    /// An amount with the currency's code, for people.
    #[must_use]
    pub fn amount(&self, amount: Amount) -> String {
        format!("{} {}", amount.to_decimal(self.decimals), self.currency)
    }

    /// The same for what may be below zero.
    #[must_use]
    pub fn signed(&self, minor_units: i128) -> String {
        let below = if minor_units < 0 { "-" } else { "" };
        let units = u64::try_from(minor_units.unsigned_abs()).unwrap_or(u64::MAX);
        format!("{below}{}", self.amount(Amount::from_minor_units(units)))
    }
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was carried out.
    Done,
    /// It cannot be asked like this.
    Usage,
    /// It could not be carried out; ask again.
    Fault,
    /// It was carried out, and something does not hold or differs.
    Invariant,
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// How it ended.
    pub ending: Ending,
    /// What went wrong, in a sentence; empty if nothing did.
    pub problem: String,
    /// For people.
    pub sentence: String,
    /// For programs.
    pub object: Value,
}

impl Answer {
    /// It was carried out.
    #[must_use]
    pub fn done(sentence: String, object: Value) -> Self {
        Self { ending: Ending::Done, problem: String::new(), sentence, object }
    }

    /// It was carried out, and something does not hold.
    #[must_use]
    pub fn violated(problem: String, sentence: String, object: Value) -> Self {
        Self { ending: Ending::Invariant, problem, sentence, object }
    }

    /// It cannot be asked like this.
    #[must_use]
    pub fn wrong(problem: impl Display) -> Self {
        let (problem, sentence) = (problem.to_string(), String::new());
        Self { ending: Ending::Usage, problem, sentence, object: json!({}) }
    }

    /// It could not be carried out.
    #[must_use]
    pub fn fault(problem: impl Display) -> Self {
        Self { ending: Ending::Fault, ..Self::wrong(problem) }
    }

    /// The metrics page.
    #[must_use]
    pub fn metrics(text: String) -> Self {
        let object = json!({ "metrics": text });
        Self::done(text, object)
    }

    /// The same, saying whether the statement was fetched for it, and if not, why.
    #[must_use]
    pub fn fetched(mut self, stuck: Option<impl Display>) -> Self {
        if let Value::Object(object) = &mut self.object {
            object.insert("statement_is_new".to_owned(), json!(stuck.is_none()));
        }
        if let Some(why) = stuck {
            let added = format!(
                "The statement could not be fetched now ({why}): this is as of the last one."
            );
            self.sentence = [self.sentence, added].join("\n");
        }
        self
    }

    /// The answer as one line.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers are JSON")
    }
}

impl Order {
    /// Carries it out over the books. Errors: the store's.
    pub fn carry_out(&self, books: &Store) -> Result<Answer, Fault> {
        let shown = &self.shown;
        match &self.asked {
            Asked::Audit => audit(books, shown),
            Asked::Backup(out) => backup(books, out),
            Asked::Reconcile => reconcile::reconcile(books, shown),
            Asked::Statement(after) => statement::statement(books, *after, shown),
            Asked::Purchases => purchases::purchases(books, shown),
            Asked::Accounts => account::accounts(books, shown),
            Asked::Account(customer) => account::account(books, *customer, shown),
            Asked::Metrics => {
                Ok(Answer::fault("no server runs, so nothing is measured; start it, and ask again"))
            }
        }
    }
}

fn audit(books: &Store, shown: &Shown) -> Result<Answer, Fault> {
    let audit = examine(&store::everything(books)?, &shown.name, &shown.currency);
    let object = serde_json::to_value(&audit).expect("numbers and strings are JSON");
    let sentence = audit.text(shown.decimals);
    if audit.violations.is_empty() {
        Ok(Answer::done(sentence, object))
    } else {
        Ok(Answer::violated(format!("{}.", audit.violations.join("; ")), sentence, object))
    }
}

fn backup(books: &Store, out: &std::path::Path) -> Result<Answer, Fault> {
    let place = out.display();
    if out.exists() {
        return Ok(Answer::wrong(format!("{place} is there already; nothing was changed")));
    }
    if !out.parent().is_some_and(std::path::Path::is_dir) {
        return Ok(Answer::wrong(format!("there is no folder to put {place} in")));
    }
    books.copy_out(out)?;
    let commits = books.commits()?;
    let sentence = format!(
        "The books are copied to {place}, and the copy was read again. It knows nothing of what \
         happens from now on."
    );
    Ok(Answer::done(sentence, json!({ "out": out.to_string_lossy(), "commits": commits })))
}
