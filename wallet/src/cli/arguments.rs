//! What can be typed.

use crate::payee::Payee;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use tender_token::bounds::OFFER_SLOTS_MAX;
use tender_token::series::SeriesId;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 refused, nothing is lost; 2 wrong usage or \
configuration; 3 no answer: ask again; or the wallet's file cannot be used.";

/// A wallet for digital cash that works without a connection.
#[derive(Debug, Parser)]
#[command(name = "tender-wallet", version, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// The wallet's folder; every command but `show` and `scan` needs it.
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) home: Option<PathBuf>,
    /// Prints one JSON object; amounts are integers in minor units.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Takes up an invitation and becomes known to the intermediary; later, any invitation of the
    /// same intermediary says where it has moved. Online.
    Enrol {
        /// The invitation from the intermediary.
        #[arg(long, value_name = "FILE")]
        invitation: PathBuf,
    },
    /// Shows the 24 words from which the wallet can be restored when the device is lost. Whoever
    /// reads them can claim its money: write them on paper, and keep that in a safe place.
    Words,
    /// Begins anew in an empty folder with the 24 words of a lost wallet and a new invitation of
    /// its intermediary, and finds what the lost wallet had withdrawn. Online.
    Restore {
        /// The new invitation from the intermediary.
        #[arg(long, value_name = "FILE")]
        invitation: PathBuf,
        /// Where the words are; without it they are read from standard input.
        #[arg(long, value_name = "FILE")]
        words_file: Option<PathBuf>,
    },
    /// Gets slots certified: each can hold one token once. Online.
    Provision {
        /// How many.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
        slots: u16,
    },
    /// Turns account money into tokens on free slots. Online. Repeating it for the same amount
    /// after a fault finishes what was begun.
    Withdraw {
        /// How much, such as 12.50.
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
    },
    /// Shows what the wallet holds.
    Balance {
        /// Asks for the account as well.
        #[arg(long)]
        online: bool,
    },
    /// Shows with how many tokens of which series an amount would be paid.
    Plan {
        /// How much.
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
    },
    /// Asks for a payment.
    Offer {
        /// How much.
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
        #[command(flatten)]
        onto: OntoArguments,
        /// The series of the slots, as the payer's `plan` shows it.
        #[arg(long, value_name = "HEX", value_parser = series)]
        series: Option<SeriesId>,
        /// For how long it may be paid.
        #[arg(long, value_name = "SECONDS", default_value_t = 3600,
            value_parser = clap::value_parser!(u64).range(1..))]
        expires_in: u64,
        /// Where to write the offer.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Shows what an offer or a payment says, and changes nothing.
    Inspect {
        /// What another wallet handed over.
        #[arg(long, value_name = "FILE")]
        message: PathBuf,
    },
    /// Shows an offer, a payment or a receipt as pictures that another wallet's camera reads, until
    /// Ctrl-C; without a terminal, as lines for any program that draws QR codes.
    Show {
        /// What to hand over.
        #[arg(long, value_name = "FILE")]
        message: PathBuf,
        /// Pictures per second.
        #[arg(long, value_name = "N", default_value_t = 8,
            value_parser = clap::value_parser!(u64).range(1..=30))]
        rate: u64,
        /// So many pictures and no more; without a terminal, half as many again as are needed.
        #[arg(long, value_name = "N")]
        pictures: Option<usize>,
    },
    /// Reads the pictures of another wallet, one line of text for each, as cameras and scanners
    /// give them, from standard input.
    Scan {
        /// Where to write what they say.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Pays an offer. The same offer again gives the same bytes. On a terminal it asks first.
    Pay {
        /// The offer.
        #[arg(long, value_name = "FILE")]
        offer: PathBuf,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
        /// Where to write the payment.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Verifies and keeps a payment. The same payment again gives the same receipt. On a terminal
    /// it asks first.
    Receive {
        /// The payment.
        #[arg(long, value_name = "FILE")]
        payment: PathBuf,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
        /// Where to write the receipt.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Keeps the payee's receipt.
    Confirm {
        /// The receipt.
        #[arg(long, value_name = "FILE")]
        receipt: PathBuf,
    },
    /// Turns received tokens into account money. Online.
    Deposit {
        /// All tokens, not only received ones.
        #[arg(long)]
        all: bool,
        /// Also what was refused as a double spend, once more, where a guarantee may pay for it.
        #[arg(long)]
        again: bool,
    },
    /// Turns received tokens into fresh ones that nobody can follow: neither who paid with them nor
    /// the intermediary learns whose the fresh ones are. Takes free slots. Online.
    Exchange {
        /// All tokens, not only received ones.
        #[arg(long)]
        all: bool,
    },
    /// Makes a fresh reference of the account, for somebody to transfer to, once. Online.
    Reference,
    /// Sends account money to another account, at the same bank or another. Online. Repeating it
    /// after a fault finishes what was begun.
    Transfer {
        /// The payee's reference, as its wallet shows it.
        #[arg(long, value_name = "HEX", value_parser = payee)]
        to: Payee,
        /// How much, such as 12.50.
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
    },
    /// Shows what moved the account. Online.
    Statement {
        /// Only what came after this line.
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: u64,
    },
    /// Finishes what is open, learns the newest manifest, deposits what was received. Online.
    Reconcile {
        /// Exchanges what was received for fresh tokens instead of depositing it.
        #[arg(long)]
        exchange: bool,
    },
    /// Claims what nobody cashed until the last deposit day of its series: what a lost wallet had
    /// withdrawn, what is left here, what came too late. It is paid when the last claim day is
    /// over. Online. Repeating it after a fault finishes what was begun.
    Claim,
    /// Shows what happened.
    History,
}

/// Where the tokens of an offer shall go.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct OntoArguments {
    /// Onto so many slots, one token each, from which they can be passed on.
    #[arg(long, value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=i64::from(OFFER_SLOTS_MAX)))]
    pub(super) slots: Option<u16>,
    /// Onto a key: for deposit only.
    #[arg(long)]
    pub(super) key: bool,
}

/// Reads a payee's reference.
fn payee(text: &str) -> Result<Payee, &'static str> {
    Payee::read(text).ok_or("a reference is 128 hexadecimal digits")
}

/// Reads the name of a series, as `plan` shows it.
fn series(text: &str) -> Result<SeriesId, &'static str> {
    let bytes = hex::decode(text).map_err(|_| "a series is 64 hexadecimal digits")?;
    bytes.try_into().map(SeriesId).map_err(|_| "a series is 64 hexadecimal digits")
}
