//! `customer`: what the staff does for customers, whether a server runs or not.

mod file;
mod invitation;

use super::Output;
use super::desk::Desk;
use super::problem::Problem;
use crate::desk::Asked;
use crate::desk::customer::{self, Decided, Marked, Newcomer, Told, Verified};
use crate::rows::Purpose;
use clap::builder::PossibleValuesParser;
use rand_core::CryptoRng;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Open an account for somebody who was identified, and write the invitation.
    Add(Box<Add>),
    /// List all accounts: numbers, tiers, states and amounts, and nobody's name.
    List,
    /// Put a customer into another tier: its limits hold at once, and nothing is taken away.
    Tier {
        /// The customer's number.
        customer: u64,
        /// The tier.
        #[arg(long, value_name = "TIER")]
        to: String,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Let nothing leave an account until it is unfrozen; what comes in is still credited.
    Freeze {
        /// The customer's number.
        customer: u64,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// List a customer's wallets, which of them are blocked, and what they are granted.
    Wallets {
        /// The customer's number.
        customer: u64,
    },
    /// Invite another wallet of a customer, such as that of a new phone, or of a child or a machine
    /// that may take no more out of the account than it is granted.
    Invite {
        /// The customer's number.
        customer: u64,
        /// What the wallet may take out of the account altogether, in tokens and transfers, such as
        /// 50.00; all that the tier allows if it is not given.
        #[arg(long, value_name = "AMOUNT")]
        grant: Option<String>,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
        /// Where to write the invitation.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Grant a wallet what it may take out of the account altogether; it takes the place of what
    /// was granted before, and what the wallet took until now counts.
    Grant {
        /// The customer's number.
        customer: u64,
        /// The beginning of the wallet's identity.
        #[arg(long, value_name = "HEX")]
        wallet: String,
        /// How much altogether, in tokens and transfers, such as 50.00.
        #[arg(long, value_name = "AMOUNT", required_unless_present = "unlimited")]
        amount: Option<String>,
        /// All that the customer's tier allows.
        #[arg(long, conflicts_with = "amount")]
        unlimited: bool,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Hear nothing any more from a wallet's device, such as a lost phone.
    Block {
        /// The customer's number.
        customer: u64,
        /// The beginning of the wallet's identity.
        #[arg(long, value_name = "HEX")]
        wallet: String,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Hear a blocked device again, such as a phone that was found.
    Unblock {
        /// The customer's number.
        customer: u64,
        /// The beginning of the wallet's identity.
        #[arg(long, value_name = "HEX")]
        wallet: String,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Let a frozen account be used again.
    Unfreeze {
        /// The customer's number.
        customer: u64,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Close an account for good; what remains goes to an account outside.
    Close(Close),
    /// Close an account, and write everything known for the person's new bank.
    Move {
        #[command(flatten)]
        close: Close,
        /// The new bank.
        #[arg(long, value_name = "BANK")]
        to: String,
        /// Everything that is known of the person, for the person to hand over. Nothing may be
        /// there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// List what is to be paid to accounts outside, and collected from them.
    Outside {
        /// Only what is not paid or collected yet.
        #[arg(long)]
        open: bool,
    },
    /// Say that something of that list was paid or collected, by its number. Once: whoever pays by
    /// the list pays nothing twice.
    Paid {
        /// The number in the list.
        number: u64,
        /// Which member of the staff says it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Say that it was not, such as after a payment was returned.
    Unpaid {
        /// The number in the list.
        number: u64,
        /// Which member of the staff says it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Say how much other systems hold ready at a customer's account outside, for payments that the
    /// account here does not cover; it takes the place of what was said before.
    Cover {
        /// The customer's number.
        customer: u64,
        /// How much, such as 250.00; 0 for nothing.
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Keep what was verified about a person today, or an account outside.
    Verify(Verify),
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
        /// Which member of the staff decides it.
        #[arg(long, value_name = "STAFF")]
        by: String,
    },
    /// Erase everybody whose time is over: records of closed accounts after the days that
    /// tiers.toml says, and what law wanted kept after its last day. To be run every day.
    Sweep,
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

/// Somebody who was identified: what is given here was verified today.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The customer's name.
    #[arg(long)]
    name: String,
    /// The tier; the first of tiers.toml if none is named.
    #[arg(long)]
    tier: Option<String>,
    /// Something else that was verified, such as phone=+41791234567.
    #[arg(long = "verified", value_name = "ATTRIBUTE=VALUE")]
    verified: Vec<String>,
    /// The person's account outside, for what goes there.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// What the account is opened with, such as 12.50.
    #[arg(long, value_name = "AMOUNT")]
    balance: String,
    /// The invitation; it contains a one-time code. Nothing may be there.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What closes an account.
#[derive(Debug, clap::Args)]
pub struct Close {
    /// The customer's number.
    customer: u64,
    /// The account outside to which the remainder goes.
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    /// Which member of the staff closes it.
    #[arg(long, value_name = "STAFF")]
    by: String,
}

/// What was verified.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// The customer's number.
    customer: u64,
    /// What: name, phone, email, address, document, register; or account, which is not verified.
    #[arg(long)]
    attribute: String,
    /// As it was shown; it takes the place of what was known.
    #[arg(long)]
    value: String,
    /// Which member of the staff verified it.
    #[arg(long, value_name = "STAFF")]
    by: String,
}

impl From<Reading> for customer::Reading {
    fn from(Reading { by, purpose }: Reading) -> Self {
        Self { by, purpose }
    }
}

impl From<Close> for customer::Closing {
    fn from(Close { customer, account, by }: Close) -> Self {
        Self { customer, account: Told(account), by }
    }
}

impl From<Verify> for Verified {
    fn from(Verify { customer, attribute, value, by }: Verify) -> Self {
        Self { customer, attribute, value: Told(value), by }
    }
}

pub fn run<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    command: Command,
) -> Result<Output, Problem> {
    let asked = match command {
        Command::Add(add) => {
            let Add { name, tier, verified, account, balance, out } = *add;
            let verified = verified.into_iter().map(Told).collect();
            let (name, account) = (Told(name), account.map(Told));
            let newcomer = |code| Newcomer { name, tier, verified, account, balance, code };
            return invitation::add(desk, &out, newcomer);
        }
        Command::Invite { customer, grant, by, out } => {
            return invitation::invite(desk, Decided { customer, by }, grant, &out);
        }
        Command::Export { customer, out, reading } => {
            return file::export(desk, customer, reading.into(), &out);
        }
        Command::Move { close, to, out } => return file::leave(desk, close.into(), to, &out),
        Command::List => customer::Asked::List,
        Command::Tier { customer, to, by } => customer::Asked::Tier(Decided { customer, by }, to),
        Command::Freeze { customer, by } => customer::Asked::Freeze(Decided { customer, by }),
        Command::Unfreeze { customer, by } => customer::Asked::Unfreeze(Decided { customer, by }),
        Command::Wallets { customer } => customer::Asked::Wallets(customer),
        Command::Grant { customer, wallet, amount, unlimited: _, by } => {
            customer::Asked::Grant(Decided { customer, by }, wallet, amount)
        }
        Command::Block { customer, wallet, by } => {
            customer::Asked::Block(Decided { customer, by }, wallet)
        }
        Command::Unblock { customer, wallet, by } => {
            customer::Asked::Unblock(Decided { customer, by }, wallet)
        }
        Command::Close(close) => customer::Asked::Close(close.into()),
        Command::Outside { open } => customer::Asked::Outside(open),
        Command::Paid { number, by } => customer::Asked::Paid(Marked { number, by }),
        Command::Unpaid { number, by } => customer::Asked::Unpaid(Marked { number, by }),
        Command::Cover { customer, amount, by } => {
            customer::Asked::Cover(Decided { customer, by }, amount)
        }
        Command::Verify(verify) => customer::Asked::Verify(verify.into()),
        Command::Show { customer, reading } => customer::Asked::Show(customer, reading.into()),
        Command::Find { name, reading } => customer::Asked::Find(Told(name), reading.into()),
        Command::Erase { customer, by } => customer::Asked::Erase(Decided { customer, by }),
        Command::Sweep => customer::Asked::Sweep,
        Command::Reads { customer } => customer::Asked::Reads(customer),
    };
    desk.ask(Asked::Customer(asked))
}
