//! The simulator's command line.

use crate::demo::{self, Report, Telling};
use crate::scenario::Scenario;
use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rand_core::CryptoRng;
use serde_json::json;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tender_issuer::clock::Clocks;
use tender_token::date::Timestamp;

const MARKET_DAY: &str = include_str!("../scenarios/market-day.toml");

const EXIT_CODES: &str = "\
Exit codes: 0 every invariant holds; 2 wrong usage or a scenario that cannot work; \
3 something could not be started or reached; 4 an invariant is broken.";

/// Plays Tender in small: real processes, real stores, invented people.
#[derive(Parser)]
#[command(name = "tender-sim", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a scenario with one process per tier and end with a balance sheet.
    Demo(Demo),
    /// Run as one of the tiers; the demonstration starts these itself.
    #[command(hide = true)]
    Role {
        /// Which tier.
        role: Tier,
        /// The tier's own command line.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Args)]
struct Demo {
    /// The scenario to play, a TOML file [default: the market day that comes with the program].
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Print the findings as one JSON object instead of the story.
    #[arg(long)]
    json: bool,
    /// Keep the stores and everything that was handed over in this folder, which must not exist.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tier {
    Issuer,
    Intermediary,
    Wallet,
}

/// Why the demonstration could not be played.
enum Failure {
    Usage(anyhow::Error),
    Fault(anyhow::Error),
}

/// Runs the simulator with these arguments, these clocks and this randomness. `running` is a clock
/// that nobody sets.
pub fn run<R>(
    arguments: impl IntoIterator<Item = OsString>,
    clock: fn() -> Timestamp,
    running: fn() -> Duration,
    rng: R,
) -> ExitCode
where
    R: CryptoRng + Clone + Send + Sync + 'static,
{
    match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Command::Role { role, arguments } }) => {
            let named = std::iter::once(OsString::from("tender")).chain(arguments);
            match role {
                Tier::Issuer => tender_issuer::cli::run(named, Clocks::new(clock, running), rng),
                Tier::Intermediary => tender_intermediary::cli::run(named, clock, rng),
                Tier::Wallet => tender_wallet::cli::run(named, clock, rng),
            }
        }
        Ok(Arguments { command: Command::Demo(options) }) => finish(play(&options), options.json),
        Err(error) => {
            // Printing fails only if the terminal is gone, and then nobody is left to tell.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { 2 } else { 0 })
        }
    }
}

fn play(options: &Demo) -> Result<Report, Failure> {
    let scenario = read(options.scenario.as_deref()).map_err(Failure::Usage)?;
    let telling = if options.json { Telling::Quiet } else { Telling::Story };
    if let Some(folder) = &options.keep {
        let made = std::fs::create_dir(folder);
        let cannot = || format!("cannot make the folder {}", folder.display());
        made.with_context(cannot).map_err(Failure::Usage)?;
        return demo::play(&scenario, folder, telling).map_err(Failure::Fault);
    }
    let folder = tempfile::Builder::new().prefix("tender-demo-").tempdir();
    let folder = folder.context("cannot make a temporary folder").map_err(Failure::Fault)?;
    demo::play(&scenario, folder.path(), telling).map_err(Failure::Fault)
}

/// Reads and checks a scenario before anything starts.
fn read(file: Option<&Path>) -> Result<Scenario> {
    let Some(file) = file else {
        return Scenario::parse(MARKET_DAY).context("the scenario that comes with the program");
    };
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| format!("cannot read the scenario {}", file.display()))?;
    Scenario::parse(&text).with_context(|| format!("the scenario {}", file.display()))
}

/// Prints what is left to print and chooses the exit code.
fn finish(played: Result<Report, Failure>, json: bool) -> ExitCode {
    let (code, exit, error) = match played {
        Ok(report) => {
            if json {
                say(&json!(report));
            }
            return ExitCode::from(if report.holds() { 0 } else { 4 });
        }
        Err(Failure::Usage(error)) => ("USAGE", 2, error),
        Err(Failure::Fault(error)) => ("FAULT", 3, error),
    };
    if json {
        say(&json!({"error": {"code": code, "message": format!("{error:#}")}}));
    }
    // Nobody is left to tell if this fails; the exit code still says it.
    let _ = writeln!(std::io::stderr(), "tender-sim: {error:#}");
    ExitCode::from(exit)
}

/// Prints one JSON object. A reader that has gone must not change the exit code.
fn say(object: &serde_json::Value) {
    let _ = writeln!(std::io::stdout(), "{object}");
}
