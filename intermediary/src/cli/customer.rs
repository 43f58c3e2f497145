//! `customer`: what the staff does for customers; the server must be stopped.

mod account;
mod export;
mod outside;
mod person;
mod wallet;

use super::Output;
use super::commands::office;
use super::problem::Problem;
use crate::home::Home;
use crate::office::Reader;
use crate::person::is_readable;
use crate::rows::Purpose;
use clap::builder::PossibleValuesParser;
use rand_core::CryptoRng;
use std::path::PathBuf;
use tender_token::date::Timestamp;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Open an account for somebody who was identified, and write the invitation.
    Add(Box<account::Add>),
    /// List all accounts: numbers, tiers, states and amounts, and nobody's name.
    List,
    /// Put a customer into another tier: its limits hold at once, and nothing is taken away.
    Tier {
        /// The customer's number.
        customer: u64,
        /// The tier.
        #[arg(long, value_name = "TIER")]
        to: String,
    },
    /// Let nothing leave an account until it is unfrozen; what comes in is still credited.
    Freeze {
        /// The customer's number.
        customer: u64,
    },
    /// List a customer's wallets, and which of them are blocked.
    Wallets {
        /// The customer's number.
        customer: u64,
    },
    /// Invite another wallet of a customer, such as that of a new phone.
    Invite {
        /// The customer's number.
        customer: u64,
        /// Where to write the invitation.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Hear nothing any more from a wallet's device, such as a lost phone.
    Block {
        /// The customer's number.
        customer: u64,
        /// The beginning of the wallet's identity.
        #[arg(long, value_name = "HEX")]
        wallet: String,
    },
    /// Hear a blocked device again, such as a phone that was found.
    Unblock {
        /// The customer's number.
        customer: u64,
        /// The beginning of the wallet's identity.
        #[arg(long, value_name = "HEX")]
        wallet: String,
    },
    /// Let a frozen account be used again.
    Unfreeze {
        /// The customer's number.
        customer: u64,
    },
    /// Close an account for good; what remains goes to an account outside.
    Close(account::Close),
    /// Close an account, and write everything known for the person's new bank.
    Move {
        #[command(flatten)]
        close: account::Close,
        /// The new bank.
        #[arg(long, value_name = "BANK")]
        to: String,
        /// Everything that is known of the person, for the person to hand over. Nothing may be
        /// there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// List what is to be paid to accounts outside, and collected from them.
    Outside,
    /// Say how much other systems hold ready at a customer's account outside, for payments that the
    /// account here does not cover; it takes the place of what was said before.
    Cover {
        /// The customer's number.
        customer: u64,
        /// How much, such as 250.00; 0 for nothing.
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
    },
    /// Keep what was verified about a person today, or an account outside.
    Verify(person::Verify),
    /// Show who a customer is.
    Show {
        /// The customer's number.
        customer: u64,
        #[command(flatten)]
        reading: Reading,
    },
    /// Find customers by name.
    Find {
        /// Some of the name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        reading: Reading,
    },
    /// Write everything that is known of a person.
    Export {
        /// The customer's number.
        customer: u64,
        /// JSON. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        reading: Reading,
    },
    /// Erase who a customer is: the account must be closed, and law may keep some of it for years.
    Erase {
        /// The customer's number.
        customer: u64,
    },
    /// List who read what of whom, and what for.
    Reads {
        /// Of this customer only.
        customer: Option<u64>,
    },
}

/// Who reads, and what for; the log has it before anything is shown.
#[derive(Clone, Debug, clap::Args)]
pub struct Reading {
    /// Which member of the staff reads.
    #[arg(long, value_name = "STAFF")]
    by: String,
    /// What for.
    #[arg(long, value_parser = PossibleValuesParser::new(Purpose::ALL.map(Purpose::word)))]
    purpose: String,
}

impl Reading {
    fn reader(&self) -> Result<Reader, Problem> {
        let known = Purpose::ALL.into_iter().find(|purpose| purpose.word() == self.purpose);
        let unknown = || Problem::usage(format!("{} is no purpose.", self.purpose));
        Ok(Reader {
            by: readable("--by", &self.by)?.to_owned(),
            purpose: known.ok_or_else(unknown)?,
        })
    }
}

pub fn run(
    home: &Home,
    command: Command,
    clock: fn() -> Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    let open = || office(home, clock);
    match command {
        Command::Add(add) => account::add(home, &add, clock, rng),
        Command::List => account::list(home),
        Command::Tier { customer, to } => account::tier(&open()?, customer, &to),
        Command::Freeze { customer } => account::freeze(&open()?, customer, true),
        Command::Unfreeze { customer } => account::freeze(&open()?, customer, false),
        Command::Wallets { customer } => wallet::list(&open()?, customer),
        Command::Invite { customer, out } => wallet::invite(home, &open()?, customer, &out, rng),
        Command::Block { customer, wallet } => wallet::block(&open()?, customer, &wallet, true),
        Command::Unblock { customer, wallet } => wallet::block(&open()?, customer, &wallet, false),
        Command::Close(close) => account::close(home, &close, clock, rng),
        Command::Move { close, to, out } => export::leave(home, &close, &to, &out, clock, rng),
        Command::Outside => outside::list(home),
        Command::Cover { customer, amount } => outside::cover(home, &open()?, customer, &amount),
        Command::Verify(verify) => person::verify(&open()?, &verify, clock(), rng),
        Command::Show { customer, reading } => {
            person::show(&open()?, customer, &reading.reader()?, clock())
        }
        Command::Find { name, reading } => {
            person::find(&open()?, &name, &reading.reader()?, clock())
        }
        Command::Export { customer, out, reading } => {
            export::export(&open()?, customer, &out, &reading.reader()?, clock())
        }
        Command::Erase { customer } => person::erase(&open()?, customer, clock()),
        Command::Reads { customer } => person::reads(home, customer),
    }
}

/// Something that people will read. Errors: [`Problem`].
fn readable<'a>(what: &str, text: &'a str) -> Result<&'a str, Problem> {
    if is_readable(text) {
        return Ok(text);
    }
    Err(Problem::usage(format!("{what} {text:?} cannot be read: write 1 to 64 visible letters.")))
}
