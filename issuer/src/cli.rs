//! The command line: one file per command, one exit code per kind of outcome.

mod access;
mod action;
mod admission;
mod approval;
mod audit;
mod backup;
mod ceremony;
mod certificate;
mod claim;
mod counted;
mod desk;
mod examples;
mod founded;
mod handing;
mod incident;
mod init;
mod intermediary;
mod log;
mod metrics;
mod officer;
mod ordered;
mod outcome;
mod paged;
mod passphrase;
mod pending;
mod period;
mod place;
mod proposed;
mod refused;
mod revocation;
mod rollback;
mod series;
mod serve;
mod short;
mod staff;
mod standing;
mod statement;
mod supply;
mod today;
mod treasury;
mod trust;
mod unchanged;
mod wallet;
mod withdrawable;

use crate::clock::Clocks;
use crate::home::Home;
use approval::Approving;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use outcome::{Failure, Outcome};
use place::Place;
use rand_core::CryptoRng;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tender_token::date::Day;
use tender_token::date::calendar;
use today::Today;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused by a rule, the books, or for the caller's role or certificate; nothing was changed
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
    /// A file with the passphrase, one line that its owner alone can read; without it the terminal
    /// is asked. It opens the keys in the home, or an officer's key for `officer` and `approve`,
    /// which need no home. The root's key has an option of its own.
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// State today's date by UTC, such as 2026-11-28, where the machine's clock and the books are
    /// so far apart that nothing is decided otherwise.
    #[arg(long, global = true, value_name = "DATE", value_parser = calendar::read)]
    today: Option<Day>,
    /// Ask a server elsewhere instead of a home, with the access.toml that `staff appoint` wrote.
    /// What is changed is recorded under its holder's name.
    #[arg(long, global = true, value_name = "FILE")]
    access: Option<PathBuf>,
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
    /// Appoint, list and dismiss operators, auditors and supervisors.
    #[command(subcommand)]
    Staff(staff::Command),
    /// List the home's own certificates, and renew those of operator and server.
    #[command(subcommand)]
    Certificate(certificate::Command),
    /// List wallets, freeze and unfreeze them.
    #[command(subcommand)]
    Wallet(wallet::Command),
    /// Read the record of actions: who changed what, and when.
    #[command(subcommand)]
    Action(action::Command),
    /// List and export proved double spends, and verify a proof without an issuer.
    #[command(subcommand)]
    Incident(incident::Command),
    /// List claims that wait, and pay those that nothing proves.
    #[command(subcommand)]
    Claim(claim::Command),
    /// Export the public log with a signed checkpoint.
    #[command(subcommand)]
    Log(log::Command),
    /// Print the metrics of the running server.
    Metrics,
    /// Print how much currency there is, and where.
    Supply,
    /// Answer intermediaries until told to stop.
    Serve(Serving),
    /// Make the keys of the next series and propose the manifest that names them.
    #[command(subcommand)]
    Ceremony(Ceremony),
    /// List the series, put the next one into force, revoke one.
    #[command(subcommand)]
    Series(Series),
    /// Propose and approve what `series revoke` puts into force.
    #[command(subcommand)]
    Revocation(revocation::Command),
    /// Print everything public that proofs are checked with: root key, manifest, policy. Compare
    /// the root's key and the manifest's hash with those that the issuer publishes elsewhere.
    Trust,
    /// Copy the store into a folder, also while the server runs.
    Backup(Backup),
    /// Put a copy in the place of a store that is lost, if it is intact and new enough, or if
    /// officers approved that it is not.
    Restore(Restoration),
    /// Propose and approve that `restore` takes a copy that has forgotten something.
    #[command(subcommand)]
    Rollback(rollback::Command),
    /// Check the invariants against the whole store, or a copy of it while the server runs. In its
    /// JSON, `slots` counts those whose tokens were presented: `unknown` answered once, which fits
    /// every identity, so nobody can say whose they are; `revealed` answered twice, and name it.
    Audit,
}

#[derive(Debug, Args)]
struct Founding {
    /// The configuration; see issuer.example.toml.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Where the passphrase of the root's key is. Keep it away from the other one.
    #[arg(long, value_name = "FILE")]
    root_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Ceremony {
    /// Make one slot key and one key per denomination, and write the proposal that officers
    /// approve. Nothing is in force until `series rotate`. The server must be stopped.
    New(Proposing),
    /// Approve a proposal as one of the officers, and print what it says: every series, the
    /// limits and the officers from then on. Needs no issuer. Of each series it prints kappa, which
    /// is two to the power of the configuration's `depth`: so many candidates a wallet makes of
    /// every slot, and opens all but one, so that a slot without its owner's identity passes
    /// once in kappa tries.
    Approve(Reviewing),
}

#[derive(Debug, Args)]
struct Reviewing {
    #[command(flatten)]
    approving: Approving,
    /// Digits after the point when amounts are shown. The proposal does not say; the issuer's
    /// configuration does.
    #[arg(long, value_name = "DIGITS", default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u8).range(..=6))]
    decimals: u8,
}

#[derive(Debug, Args)]
struct Proposing {
    /// The configuration of the new series, and the policy from then on.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Where to write the proposal. Nothing may be there.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// In how many days it begins; without this, on the first day on which nothing can be withdrawn
    /// from the series before, today if they are revoked. At most 3650.
    #[arg(long, value_name = "DAYS", allow_hyphen_values = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(..=3650))]
    begins_in: Option<u32>,
    /// Make new keys instead of those of a proposal that officers have not approved, which can then
    /// no longer be carried out.
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Subcommand)]
enum Series {
    /// Every series with its dates, its phase today, and what is out.
    List,
    /// Let the root sign a proposal that enough officers approved; it is in force at the next
    /// start. The server must be stopped.
    Rotate(Rotation),
    /// Let the root revoke a denomination, a series or everything, for good, as enough officers
    /// approved. Wallets stop accepting it when they next hear of it. The server must be stopped.
    Revoke(Revoking),
}

#[derive(Debug, Args)]
struct Rotation {
    /// The proposal that `ceremony new` wrote.
    #[arg(long, value_name = "FILE")]
    proposal: PathBuf,
    /// An officer's approval of it; once for each officer.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// Where the passphrase of the root's key is.
    #[arg(long, value_name = "FILE")]
    root_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Revoking {
    /// The proposal that `revocation new` wrote.
    #[arg(long, value_name = "FILE")]
    proposal: PathBuf,
    /// An officer's approval of it; once for each officer.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// Where the passphrase of the root's key is.
    #[arg(long, value_name = "FILE")]
    root_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Serving {
    /// Where to listen, host:port, if not where the configuration says. Port 0 takes any.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Begin the signer's counts at what the ledger owes, because `keys/signatures` is lost.
    #[arg(long)]
    recount: bool,
    /// Stop also when standard input closes, so that a child ends with its parent.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Debug, Args)]
struct Backup {
    /// The folder to write the copy into. Nothing may be there.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Restoration {
    /// The folder with the copy, as `backup` wrote it.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The proposal that `rollback new` wrote, if the copy is older than what was known.
    #[arg(long, value_name = "FILE", requires = "approvals")]
    proposal: Option<PathBuf>,
    /// An officer's approval of it; once for each officer.
    #[arg(long = "approval", value_name = "FILE", requires = "proposal")]
    approvals: Vec<PathBuf>,
}

/// Runs the program: parses the arguments, carries the command out, prints, and says how it went.
///
/// `clocks` are the only source of time and `rng` the only source of randomness; clones of `rng`
/// must be independent, as those of the operating system's are.
pub fn run<R: CryptoRng + Clone + Send + Sync + 'static>(
    args: impl Iterator<Item = OsString>,
    clocks: Clocks,
    rng: R,
) -> ExitCode {
    let args: Vec<_> = args.collect();
    let json = args.iter().any(|arg| arg == "--json");
    let program = examples::taught(Line::command());
    let line = program.try_get_matches_from(&args);
    let line = match line.and_then(|given| Line::from_arg_matches(&given)) {
        Ok(line) => line,
        Err(error) if error.use_stderr() => {
            return outcome::usage_error(&error, json);
        }
        Err(help) => {
            // Whoever stopped reading it has read enough.
            let _closed = write!(std::io::stdout(), "{help}");
            return ExitCode::SUCCESS;
        }
    };
    start_logging(line.log_json);
    let json = line.json;
    outcome::report(carry_out(line, clocks, rng), json)
}

fn carry_out<R: CryptoRng + Clone + Send + Sync + 'static>(
    line: Line,
    clocks: Clocks,
    mut rng: R,
) -> Result<Outcome, Failure> {
    let Line { home, access, passphrase_file: passphrase, json, command, .. } = line;
    let today = Today::new(clocks, line.today);
    let place = Place { home: home.map(Home::new), access, passphrase, today };
    let passphrase = place.passphrase();
    match command {
        Command::Init(arguments) => {
            init::run(place.home()?, &arguments, passphrase, today, &mut rng)
        }
        Command::Officer(command) => officer::run(&place, &command, &mut rng),
        Command::Treasury(command) => treasury::run(&place, &command, &mut rng),
        Command::Intermediary(command) => intermediary::run(&place, &command),
        Command::Wallet(command) => wallet::run(&place, &command),
        Command::Claim(command) => claim::run(&place, &command),
        Command::Certificate(command) => {
            certificate::run(place.home()?, &command, passphrase, today, &mut rng)
        }
        Command::Staff(command) => staff::run(&place, &command),
        Command::Action(command) => action::run(&place.desk()?, &command),
        Command::Incident(command) => incident::run(&place, &command),
        Command::Log(command) => log::run(&place.desk()?, &command),
        Command::Metrics => metrics::run(&place.desk()?),
        Command::Supply => supply::run(&place.desk()?),
        Command::Trust => trust::run(&place.desk()?),
        Command::Serve(arguments) => {
            serve::run(place.home()?, &arguments, passphrase, json, today, rng)
        }
        Command::Ceremony(Ceremony::New(arguments)) => {
            ceremony::new(place.home()?, &arguments, passphrase, today, &mut rng)
        }
        Command::Ceremony(Ceremony::Approve(arguments)) => {
            place.nowhere().and_then(|()| ceremony::approve(&arguments, passphrase))
        }
        Command::Series(Series::List) => series::list(&place.desk()?),
        Command::Series(Series::Rotate(arguments)) => {
            series::rotate(place.home()?, &arguments, passphrase, today)
        }
        Command::Series(Series::Revoke(arguments)) => {
            series::revoke(place.home()?, &arguments, today)
        }
        Command::Revocation(command) => revocation::run(&place, &command),
        Command::Backup(arguments) => backup::backup(&place, &arguments),
        Command::Restore(arguments) => backup::restore(place.home()?, &arguments, today),
        Command::Rollback(command) => rollback::run(&place, &command),
        Command::Audit => audit::run(place.home()?, passphrase, today),
    }
}

/// Logs go to standard error, in colours only if that is a terminal; `RUST_LOG` says how much.
fn start_logging(as_json: bool) {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    // A log that cannot be written, as when a disk is full, must not end what it tells of.
    let subscriber =
        tracing_subscriber::fmt().with_writer(std::io::stderr).log_internal_errors(false);
    // On a terminal `NO_COLOR` still decides.
    let is_file = !std::io::stderr().is_terminal();
    let subscriber = if is_file { subscriber.with_ansi(false) } else { subscriber };
    // Inside the simulator another role may have set the log up already.
    let subscriber = subscriber.with_env_filter(filter.from_env_lossy());
    let _already = if as_json { subscriber.json().try_init() } else { subscriber.try_init() };
}
