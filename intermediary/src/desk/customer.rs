//! `customer`: what the staff does for customers, whether a server runs or not.
//!
//! What is asked comes as it was written, and everything about it is checked here: a command that
//! has the books itself and a server say the same of it.

mod account;
pub mod export;
mod outside;
mod person;
mod wallet;

use super::{Answer, Clerk, Shown};
use crate::office::{Reader, Staff};
use crate::rows::{CustomerId, Purpose, UnixUser};
use serde::{Deserialize, Serialize};
use tender_proto::name::{RULE, is_readable};

/// What is asked for customers, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Asked {
    /// An account for somebody who was identified.
    Add(Newcomer),
    /// All accounts, without anybody's name.
    List,
    /// Another tier for a customer.
    Tier(Decided, String),
    /// That nothing leaves an account.
    Freeze(Decided),
    /// That a frozen account can be used again.
    Unfreeze(Decided),
    /// The wallets of a customer.
    Wallets(u64),
    /// An invitation for another wallet, by the digest of its code, with its grant if it has one.
    Invite(Decided, Code, Option<String>),
    /// What a wallet of a customer may take out of the account; by the beginning of its identity.
    Grant(Decided, String, Option<String>),
    /// That a wallet of a customer is heard no more; by the beginning of its identity.
    Block(Decided, String),
    /// That it is heard again.
    Unblock(Decided, String),
    /// The end of an account.
    Close(Closing),
    /// The end of an account, and everything that is known of the person for a bank of this name.
    Move(Closing, String),
    /// What goes to accounts outside, and comes from there; or only what is open of it.
    Outside(bool),
    /// That an amount was paid or collected.
    Paid(Marked),
    /// That it was not.
    Unpaid(Marked),
    /// How much is held ready at a customer's account outside.
    Cover(Decided, String),
    /// What was verified of a person today, or an account outside.
    Verify(Verified),
    /// Who a customer is.
    Show(u64, Reading),
    /// The customers in whose names a text is.
    Find(Told, Reading),
    /// Everything that is known of a person.
    Export(u64, Reading),
    /// That nothing is known of a person any more.
    Erase(Decided),
    /// The end of everything whose time is over.
    Sweep,
    /// Who read what of whom; of one customer only, if one is given.
    Reads(Option<u64>),
}

impl Asked {
    /// Whether it looks at every row of a table.
    pub(super) fn is_long(&self) -> bool {
        match self {
            Self::List
            | Self::Outside(_)
            | Self::Find(..)
            | Self::Export(..)
            | Self::Reads(_)
            | Self::Erase(_)
            | Self::Sweep => true,
            Self::Add(_)
            | Self::Tier(..)
            | Self::Freeze(_)
            | Self::Unfreeze(_)
            | Self::Wallets(_)
            | Self::Invite(..)
            | Self::Grant(..)
            | Self::Block(..)
            | Self::Unblock(..)
            | Self::Close(_)
            | Self::Move(..)
            | Self::Cover(..)
            | Self::Paid(_)
            | Self::Unpaid(_)
            | Self::Verify(_)
            | Self::Show(..) => false,
        }
    }
}

/// What was told of a person. It is not shown where programs tell of what they do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(pub String);

impl core::fmt::Debug for Told {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Told(..)")
    }
}

/// The digest of an invitation's code, in hex. The code itself only the invitation has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(pub String);

/// Somebody who was identified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newcomer {
    /// The name.
    pub name: Told,
    /// The tier; the first of the file without one.
    pub tier: Option<String>,
    /// What else was verified, each as `ATTRIBUTE=VALUE`.
    pub verified: Vec<Told>,
    /// The person's account outside.
    pub account: Option<Told>,
    /// What the account begins with, in units of the currency, such as `12.50`.
    pub balance: String,
    /// The invitation's code.
    pub code: Code,
}

/// Whose account is changed, and by whom; the record of actions has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Whose.
    pub customer: u64,
    /// Which member of the staff decides it.
    pub by: String,
}

impl Decided {
    fn whose(&self, user: UnixUser) -> Result<(CustomerId, Staff), Answer> {
        Ok((CustomerId(self.customer), staff(&self.by, user)?))
    }
}

/// Which amount outside is marked, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marked {
    /// Its number.
    pub number: u64,
    /// Which member of the staff says so.
    pub by: String,
}

/// What closes an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Whose.
    pub customer: u64,
    /// The account outside to which the remainder goes.
    pub account: Told,
    /// Which member of the staff closes it.
    pub by: String,
}

/// What was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// Whose.
    pub customer: u64,
    /// What.
    pub attribute: String,
    /// As it was shown.
    pub value: Told,
    /// Which member of the staff verified it.
    pub by: String,
}

/// Who reads, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Which member of the staff reads.
    pub by: String,
    /// What for: one of [`Purpose::word`].
    pub purpose: String,
}

impl Reading {
    fn reader(&self, user: UnixUser) -> Result<Reader, Answer> {
        let known = Purpose::ALL.into_iter().find(|purpose| purpose.word() == self.purpose);
        let unknown = || Answer::wrong(format!("{} is no purpose", self.purpose));
        Ok(Reader { by: staff(&self.by, user)?, purpose: known.ok_or_else(unknown)? })
    }
}

/// Carries it out for a Unix user. Errors: the answer that says why not.
pub fn carry_out(
    clerk: &Clerk,
    asked: &Asked,
    shown: &Shown,
    user: UnixUser,
) -> Result<Answer, Answer> {
    match asked {
        Asked::Add(newcomer) => account::add(clerk, newcomer, shown),
        Asked::List => Ok(account::list(clerk, shown)?),
        Asked::Tier(decided, to) => account::tier(clerk, decided.whose(user)?, to, shown),
        Asked::Freeze(decided) => account::freeze(clerk, decided.whose(user)?, true),
        Asked::Unfreeze(decided) => account::freeze(clerk, decided.whose(user)?, false),
        Asked::Wallets(customer) => wallet::list(clerk, CustomerId(*customer), shown),
        Asked::Invite(decided, code, grant) => {
            wallet::invite(clerk, decided.whose(user)?, code, grant.as_deref(), shown)
        }
        Asked::Grant(decided, name, amount) => {
            wallet::grant(clerk, decided.whose(user)?, name, amount.as_deref(), shown)
        }
        Asked::Block(decided, name) => wallet::block(clerk, decided.whose(user)?, name, true),
        Asked::Unblock(decided, name) => wallet::block(clerk, decided.whose(user)?, name, false),
        Asked::Close(closing) => account::close(clerk, closing, shown, user),
        Asked::Move(closing, to) => export::leave(clerk, closing, to, (shown, user)),
        Asked::Outside(open) => Ok(outside::list(clerk, *open, shown)?),
        Asked::Paid(marked) => outside::pay(clerk, marked, user),
        Asked::Unpaid(marked) => outside::reopen(clerk, marked, user),
        Asked::Cover(decided, amount) => outside::cover(clerk, decided.whose(user)?, amount, shown),
        Asked::Verify(verified) => person::verify(clerk, verified, user),
        Asked::Show(customer, reading) => {
            person::show(clerk, CustomerId(*customer), &reading.reader(user)?)
        }
        Asked::Find(Told(name), reading) => person::find(clerk, name, &reading.reader(user)?),
        Asked::Export(customer, reading) => {
            export::export(clerk, CustomerId(*customer), &reading.reader(user)?)
        }
        Asked::Erase(decided) => person::erase(clerk, decided.whose(user)?),
        Asked::Sweep => person::sweep(clerk, user, shown),
        Asked::Reads(customer) => Ok(person::reads(clerk, customer.map(CustomerId))?),
    }
}

/// A member of the staff, with a name that people can read. Errors: the answer that they could not.
fn staff(name: &str, user: UnixUser) -> Result<Staff, Answer> {
    Ok(Staff { name: readable("--by", name)?.to_owned(), user })
}

/// Something that people will read. Errors: the answer that says that they could not.
fn readable<'a>(what: &str, text: &'a str) -> Result<&'a str, Answer> {
    if is_readable(text) {
        return Ok(text);
    }
    Err(Answer::wrong(format!("{what} {text:?} cannot be read: {RULE}")))
}
