//! The wallet's command line.

mod account;
mod arguments;
mod claim;
mod files;
mod inspect;
mod offline;
mod online;
mod output;
mod pictures;
mod progress;
mod restore;

use crate::error::{Error, Money};
use crate::online::Bring;
use crate::store::Store;
use crate::verbs::offer::Onto;
use crate::wallet::Wallet;
use arguments::{Arguments, Command};
use clap::Parser as _;
use output::{Answer, Failure};
use pictures::{scan, show};
use rand_core::CryptoRng;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

const FILE: &str = "store.redb";

/// Runs one command and prints what came of it.
pub fn run<R: CryptoRng + Clone + Send + Sync + 'static>(
    arguments: impl Iterator<Item = OsString>,
    clock: fn() -> Timestamp,
    rng: R,
) -> ExitCode {
    let arguments: Vec<_> = arguments.collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return output::misused(&error, json),
    };
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    let filter = filter.from_env_lossy();
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // On a terminal `NO_COLOR` still decides.
    let logs = if std::io::stderr().is_terminal() { logs } else { logs.with_ansi(false) };
    if logs.try_init().is_err() {
        tracing::debug!("logs are set up already");
    }
    let mut session = Session { home: arguments.home, json, now: clock(), rng, wallet: None };
    let outcome = session.perform(arguments.command);
    output::print(outcome, session.wallet.as_ref(), json)
}

/// One command's surroundings. Offline commands leave it to [`offline`], others to [`online`].
struct Session<R> {
    home: Option<PathBuf>,
    json: bool,
    now: Timestamp,
    rng: R,
    wallet: Option<Wallet>,
}

impl<R: CryptoRng> Session<R> {
    fn perform(&mut self, command: Command) -> Result<Answer, Failure> {
        match command {
            Command::Enrol { invitation } => self.enrol(&invitation),
            Command::Words => self.words(),
            Command::Restore { invitation, words_file } => {
                self.restore(&invitation, words_file.as_deref())
            }
            Command::Provision { slots } => self.provision(slots),
            Command::Withdraw { amount } => self.withdraw(&amount),
            Command::Balance { online } => self.balance(online),
            Command::Plan { amount } => self.plan(&amount),
            Command::Offer { amount, onto, series, expires_in, out } => {
                let onto = onto.slots.map_or(Onto::Key, |slots| Onto::Slots(slots.into(), series));
                self.offer(&amount, onto, expires_in, &out)
            }
            Command::Inspect { message } => self.inspect(&message),
            Command::Show { message, rate, pictures } => show(&message, rate, pictures, self.json),
            Command::Scan { out } => scan(&out),
            Command::Pay { offer, yes, out } => self.pay(&offer, &out, !yes),
            Command::Receive { payment, yes, out } => self.receive(&payment, &out, !yes),
            Command::Confirm { receipt } => self.confirm(&receipt),
            Command::Deposit { all, again } => self.deposit(all, again),
            Command::Reference => self.reference(),
            Command::Transfer { to, amount } => self.transfer(to, &amount),
            Command::Statement { after } => self.statement(after),
            Command::Exchange { all } => self.exchange(all),
            Command::Reconcile { exchange } => {
                self.reconcile(if exchange { Bring::Exchange } else { Bring::Deposit })
            }
            Command::Claim => self.claim(),
            Command::History => self.history(),
        }
    }

    /// Opens the wallet; it stays with the session so that errors can name its currency.
    fn open(&mut self) -> Result<(&mut Wallet, &mut R), Failure> {
        let wallet = Wallet::open(Store::open(&self.file()?).map_err(Error::Store)?)?;
        Ok((self.wallet.insert(wallet), &mut self.rng))
    }

    /// The wallet's folder. Errors: nobody named it.
    fn home(&self) -> Result<&Path, Failure> {
        let unnamed = || anyhow::anyhow!("Name the wallet's folder with `--home DIR`.");
        self.home.as_deref().ok_or_else(|| Failure::usage(unnamed()))
    }

    fn file(&self) -> Result<PathBuf, Failure> {
        Ok(self.home()?.join(FILE))
    }
}

/// Reads an amount in the wallet's currency.
fn amount(text: &str, money: Money) -> Result<Amount, Failure> {
    let amount = Amount::parse_decimal(text, money.decimals);
    amount.ok_or_else(|| {
        Failure::usage(anyhow::anyhow!(
            "`{text}` is no amount; write it like 12.50, with at most {} digits after the point.",
            money.decimals
        ))
    })
}

/// How amounts are shown when no wallet is open: no error has any then.
fn no_money() -> Money {
    let currency = Currency::new("XXX").expect("three capital letters");
    Money { currency, decimals: 2 }
}

/// The path as people read it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
