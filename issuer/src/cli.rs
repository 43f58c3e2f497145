//! The command line: one file per command, one exit code per kind of outcome.

mod audit;
mod backup;
mod desk;
mod founded;
mod incident;
mod init;
mod intermediary;
mod officer;
mod outcome;
mod serve;
mod supply;
mod treasury;
mod trust;
mod wallet;

use crate::home::Home;
use clap::{Args, Parser, Subcommand};
use outcome::{Failure, Outcome};
use rand_core::CryptoRng;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use tender_token::date::Timestamp;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused by a rule of the protocol; nothing was changed
  2  wrong usage or configuration
  3  fault: could not open, reach or serve; ask again
  4  an invariant is violated";

/// The central bank's node of Tender.
#[derive(Debug, Parser)]
#[command(name = "tender-issuer", version, after_help = EXIT_CODES)]
struct Line {
    /// The issuer's home folder.
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Print one JSON object instead of sentences.
    #[arg(long, global = true)]
    json: bool,
    /// Write logs as one JSON object per line.
    #[arg(long, global = true)]
    log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Found the issuer: make its keys, sign its first manifest, create its store.
    Init(Founding),
    /// Make an officer's key.
    #[command(subcommand)]
    Officer(officer::Command),
    /// Create, distribute, redeem and destroy currency, as officers approve.
    #[command(subcommand)]
    Treasury(treasury::Command),
    /// Admit, list, suspend, resume intermediaries; rotate their certificates.
    #[command(subcommand)]
    Intermediary(intermediary::Command),
    /// Freeze and unfreeze wallets.
    #[command(subcommand)]
    Wallet(wallet::Command),
    /// List and export proved double spends.
    #[command(subcommand)]
    Incident(incident::Command),
    /// Print how much currency there is, and where.
    Supply,
    /// Answer intermediaries until told to stop.
    Serve(Serving),
    /// Print everything public that proofs are checked with: root key, manifest, policy.
    Trust,
    /// Copy the store into a file. The server must be stopped.
    Backup(Backup),
    /// Put a copy in the place of a store that is lost, if it is intact and new enough.
    Restore(Restoration),
    /// Check the invariants against the whole store. The server must be stopped.
    Audit,
}

#[derive(Debug, Args)]
struct Founding {
    /// The configuration; see issuer.example.toml.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct Serving {
    /// Where to listen, host:port, if not where the configuration says. Port 0 takes any.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Stop also when standard input closes, so that a child ends with its parent.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Debug, Args)]
struct Backup {
    /// Where to write the copy. Nothing may be there.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Restoration {
    /// The copy, as `backup` wrote it.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

/// Runs the program: parses the arguments, carries the command out, prints, and says how it went.
///
/// `clock` is the only source of time and `rng` the only source of randomness; clones of `rng` must
/// be independent, as those of the operating system's are.
pub fn run<R: CryptoRng + Clone + Send + Sync + 'static>(
    args: impl Iterator<Item = OsString>,
    clock: fn() -> Timestamp,
    rng: R,
) -> ExitCode {
    let args: Vec<_> = args.collect();
    let json = args.iter().any(|arg| arg == "--json");
    let line = match Line::try_parse_from(&args) {
        Ok(line) => line,
        Err(error) if error.use_stderr() => {
            return outcome::usage_error(&error, json);
        }
        Err(help) => {
            print!("{help}");
            return ExitCode::SUCCESS;
        }
    };
    start_logging(line.log_json);
    let json = line.json;
    outcome::report(carry_out(line, clock, rng), json)
}

fn carry_out<R: CryptoRng + Clone + Send + Sync + 'static>(
    line: Line,
    clock: fn() -> Timestamp,
    mut rng: R,
) -> Result<Outcome, Failure> {
    if let Command::Officer(command) = &line.command {
        return officer::run(command, &mut rng);
    }
    if let Command::Treasury(treasury::Command::Approve(arguments)) = &line.command {
        return treasury::approve(arguments);
    }
    let folder = line.home.ok_or_else(|| Failure::usage("say where the home is: --home DIR"))?;
    let home = Home::new(folder);
    match line.command {
        Command::Init(arguments) => init::run(&home, &arguments, clock().day(), &mut rng),
        Command::Officer(command) => officer::run(&command, &mut rng),
        Command::Treasury(command) => treasury::run(&home, &command, clock(), &mut rng),
        Command::Intermediary(command) => intermediary::run(&home, &command, clock()),
        Command::Wallet(command) => wallet::run(&home, &command, clock()),
        Command::Incident(command) => incident::run(&home, &command),
        Command::Supply => supply::run(&home),
        Command::Serve(arguments) => serve::run(&home, &arguments, line.json, clock, rng),
        Command::Trust => trust::run(&home),
        Command::Backup(arguments) => backup::backup(&home, &arguments),
        Command::Restore(arguments) => backup::restore(&home, &arguments),
        Command::Audit => audit::run(&home),
    }
}

/// Logs go to standard error; `RUST_LOG` says how much.
fn start_logging(as_json: bool) {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    // A log that cannot be written, as when a disk is full, must not end what it tells of.
    let subscriber =
        tracing_subscriber::fmt().with_writer(std::io::stderr).log_internal_errors(false);
    // Inside the simulator another role may have set the log up already.
    let subscriber = subscriber.with_env_filter(filter.from_env_lossy());
    let _already = if as_json { subscriber.json().try_init() } else { subscriber.try_init() };
}
