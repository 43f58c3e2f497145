//! Orders: what an operator may ask of the books, whether a server holds them or not.
//!
//! An order is carried out by the [`clerk`], so the command that has the books itself and the
//! server that has them carry out the same one. What comes of it is a sentence for people and an
//! object for programs. Files are read and written by the command, but for the copy of a backup.

pub mod account;
mod actions;
mod answer;
mod backup;
pub mod clerk;
pub mod customer;
pub mod letter;
mod purchases;
mod reconcile;
mod statement;
mod tier;

pub use answer::{ALREADY, Answer, Ending};
pub use clerk::Clerk;

use crate::audit::examine;
use crate::rows::UnixUser;
use crate::store::{self, Fault, Store};
use serde::{Deserialize, Serialize};
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
    /// What the staff did after an action of this number; for one customer only, if one is given.
    Actions(u64, Option<u64>),
    /// All accounts.
    Accounts,
    /// What moved in the account of a customer of this number.
    Account(u64),
    /// The metrics of the server.
    Metrics,
    /// The tiers in force.
    Tiers,
    /// That the tiers of the home's file are put in force.
    Adopt,
    /// What the staff does for customers.
    Customer(customer::Asked),
}

impl Asked {
    /// Whether it looks at so much of the books that it takes its time.
    #[must_use]
    pub fn is_long(&self) -> bool {
        match self {
            Self::Audit
            | Self::Backup(_)
            | Self::Reconcile
            | Self::Statement(_)
            | Self::Purchases
            | Self::Actions(..)
            | Self::Accounts
            | Self::Account(_) => true,
            Self::Metrics | Self::Tiers | Self::Adopt => false,
            Self::Customer(asked) => asked.is_long(),
        }
    }
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

    /// Reads an amount. Errors: the answer that it is none.
    pub fn read(&self, amount: &str) -> Result<Amount, Answer> {
        let none = || Answer::wrong(format!("{amount} is no amount of {}", self.currency));
        Amount::parse_decimal(amount, self.decimals).ok_or_else(none)
    }

    /// The same for what may be below zero.
    #[must_use]
    pub fn signed(&self, minor_units: i128) -> String {
        let below = if minor_units < 0 { "-" } else { "" };
        let units = u64::try_from(minor_units.unsigned_abs()).unwrap_or(u64::MAX);
        format!("{below}{}", self.amount(Amount::from_minor_units(units)))
    }
}

impl Order {
    /// Carries it out. Errors: the answer that says why not.
    fn carry_out(&self, clerk: &Clerk, user: UnixUser) -> Result<Answer, Answer> {
        let (books, shown) = (clerk.office().store(), &self.shown);
        let answer = match &self.asked {
            Asked::Audit => audit(books, shown)?,
            Asked::Backup(out) => backup::backup(books, out)?,
            Asked::Reconcile => reconcile::reconcile(books, shown)?,
            Asked::Statement(after) => statement::statement(books, *after, shown)?,
            Asked::Purchases => purchases::purchases(books, shown)?,
            Asked::Actions(after, customer) => actions::list(books, *after, *customer, shown)?,
            Asked::Accounts => account::accounts(books, shown)?,
            Asked::Account(customer) => account::account(books, *customer, shown)?,
            Asked::Metrics => {
                Answer::fault("no server runs, so nothing is measured; start it, and ask again")
            }
            Asked::Tiers => tier::list(clerk, shown)?,
            Asked::Adopt => tier::adopt(clerk, shown)?,
            Asked::Customer(asked) => customer::carry_out(clerk, asked, shown, user)?,
        };
        Ok(answer)
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
