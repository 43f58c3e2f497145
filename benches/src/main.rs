//! The load generator's program. Only here are the clocks and the program's own file read.

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tender_benches::load::{self, Options, Surroundings};
use tender_issuer::clock::Clocks;
use tender_token::date::Timestamp;

/// Loads real servers and says what they cost.
#[derive(Parser)]
#[command(name = "tender-bench", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Withdraw and deposit tokens at an issuer of its own, over loopback.
    Issuer(Options),
    /// Run as the issuer; the load generator starts it itself.
    #[command(hide = true)]
    Role {
        /// The issuer's own command line.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let options = match Line::parse().command {
        Command::Issuer(options) => options,
        Command::Role { arguments } => {
            let named = std::iter::once(OsString::from("tender-issuer")).chain(arguments);
            return tender_issuer::cli::run(
                named,
                Clocks::new(today, running),
                tender_benches::rng(),
            );
        }
    };
    let measured = std::env::current_exe().map_err(anyhow::Error::from).and_then(|program| {
        let surroundings = Surroundings { program, today, clock: Instant::now };
        load::run(&options, &surroundings)
    });
    // If nobody is there to read it, there is nobody to tell.
    match measured {
        Ok(said) => {
            let _gone = writeln!(std::io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _gone = writeln!(std::io::stderr(), "tender-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Unix seconds by the system's clock; zero for a clock before 1970.
fn today() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_secs())
}

/// How long the program runs, by the clock that nobody sets.
fn running() -> Duration {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGUN.elapsed()
}
