//! The command line: what an operator can do, and how it ends.

mod commands;
mod customer;
mod desk;
mod passphrase;
mod problem;
mod purchases;
mod restore;
mod tier;

use crate::desk::{ALREADY, Asked};
use crate::home::Config;
use clap::{Parser, Subcommand};
use desk::Desk;
use passphrase::Keys;
use problem::Problem;
use rand_core::CryptoRng;
use serde_json::Value;
use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tender_store::envelope::Cost;
use tender_token::date::Timestamp;

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  refused by a rule or the books, for a reason that is named; nothing was changed
  2  wrong usage or configuration
  3  fault: could not answer, reach or open; ask again
  4  an invariant is violated (audit), or books and statement differ (reconcile)";

/// Tier two of Tender: a supervised bank that serves customers.
#[derive(Debug, Parser)]
#[command(name = "tender-intermediary", version, after_help = EXIT_CODES)]
struct Arguments {
    /// The home folder: books and keys.
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Print one JSON object on stdout.
    #[arg(long, global = true)]
    json: bool,
    /// Write logs as one JSON object per line.
    #[arg(long, global = true)]
    log_json: bool,
    /// Where the passphrase of the keys is, if nobody is there to be asked for it.
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new home folder with fresh keys, and the application to the issuer.
    Init {
        /// The intermediary's name.
        #[arg(long)]
        name: String,
        /// Where wallets will reach it, host:port.
        #[arg(long, value_name = "ADDR")]
        listen: String,
        #[command(flatten)]
        guess: Guess,
    },
    /// Take up the issuer's admission.
    Join {
        /// What the issuer handed back; it contains a secret key.
        #[arg(long, value_name = "FILE")]
        admission: PathBuf,
    },
    /// Open, change and close accounts, and say, find and erase who holds them.
    Customer {
        #[command(subcommand)]
        command: customer::Command,
    },
    /// Say what customers may do, by tier.
    Tier {
        #[command(subcommand)]
        command: tier::Command,
    },
    /// Read the record of actions: what the staff changed for customers, who did, and when.
    Action {
        #[command(subcommand)]
        command: Actions,
    },
    /// Answer wallets, finish the journal, keep the mirror of the vault.
    Serve {
        /// Listen here instead of the configured address.
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
        /// Stop when stdin ends.
        #[arg(long)]
        until_stdin_closes: bool,
    },
    /// Check the books, also of a running server.
    Audit,
    /// List accounts, or show one with everything that moved in it.
    Account {
        /// The customer's number; all accounts without it.
        customer: Option<u64>,
    },
    /// Fetch the issuer's statement and name every difference from the books.
    Reconcile,
    /// List the issuer's postings of the vault, as they were taken up.
    Statement {
        /// Only postings after this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
    },
    /// List what was ordered for the vault when it was low, for the issuer's operators.
    Purchases {
        /// Write the open one here, signed. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Copy the books into a new folder, also of a running server. The copy is read again.
    Backup {
        /// The folder; nothing may be there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Put a copy in the place of books that are lost.
    Restore {
        /// The folder of the copy.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    /// Show the metrics of the running server.
    Metrics,
}

#[derive(Debug, Subcommand)]
enum Actions {
    /// List what was changed, oldest first. Nothing is ever taken out of it.
    List {
        /// Only actions after this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
        /// Of this customer only.
        customer: Option<u64>,
    },
}

/// What a guess of the keys' passphrase costs (Argon2id); the configuration has it from then on.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Guess {
    /// The memory that a guess takes, in KiB: 8192 to 1048576.
    #[arg(long, value_name = "KIB", default_value_t = Cost::USUAL.memory_kib())]
    keys_memory_kib: u32,
    /// How often it goes over that memory: 1 to 16.
    #[arg(long, value_name = "TIMES", default_value_t = Cost::USUAL.passes())]
    keys_passes: u32,
}

/// What a command prints: a sentence for people, an object for programs.
struct Output {
    sentence: String,
    object: Value,
}

impl Output {
    /// Whether it tells of an order that was so already.
    fn is_already(&self) -> bool {
        self.object.get(ALREADY).is_some_and(|already| *already == Value::Bool(true))
    }

    /// Says something else of what was done now.
    fn unless_already(self, say: impl FnOnce(String) -> String) -> Self {
        if self.is_already() { self } else { Self { sentence: say(self.sentence), ..self } }
    }
}

/// Runs one command and gives its exit code.
pub fn run<R: CryptoRng + Clone + Send + Sync + 'static>(
    args: impl Iterator<Item = OsString>,
    clock: fn() -> Timestamp,
    rng: R,
) -> ExitCode {
    let args: Vec<_> = args.collect();
    let json = args.iter().any(|argument| argument == "--json");
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            let text = error.render().to_string();
            let usage = Problem::usage(first_sentence(&text));
            if json {
                let object = usage.object();
                print(&Output { sentence: String::new(), object }, true);
            }
            complain(&text.trim_end());
            return ExitCode::from(usage.exit_code);
        }
        Err(help) => {
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    log_to_stderr(arguments.log_json);
    match dispatch(arguments, clock, rng) {
        Ok(Some(output)) => {
            print(&output, json);
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(problem) => report(&problem, json),
    }
}

fn dispatch<R: CryptoRng + Clone + Send + Sync + 'static>(
    arguments: Arguments,
    clock: fn() -> Timestamp,
    mut rng: R,
) -> Result<Option<Output>, Problem> {
    let Arguments { home, json, command, passphrase_file, .. } = arguments;
    let home =
        home.ok_or_else(|| Problem::usage("say where the home folder is, with --home".to_owned()))?;
    let home = crate::home::Home::new(home);
    let keys = Keys(passphrase_file);
    let desk = Desk::new(home.clone(), keys.clone(), clock, rng.clone());
    match command {
        Command::Init { name, listen, guess } => {
            let Guess { keys_memory_kib, keys_passes } = guess;
            let config = Config::new(name, listen, keys_memory_kib, keys_passes);
            commands::init(&home, &config, &keys, &mut rng).map(Some)
        }
        Command::Join { admission } => commands::join(&home, &admission, &keys, &mut rng).map(Some),
        Command::Customer { command } => customer::run(&desk, command).map(Some),
        Command::Tier { command } => tier::run(&desk, &command).map(Some),
        Command::Action { command: Actions::List { after, customer } } => {
            desk.ask(Asked::Actions(after, customer)).map(Some)
        }
        Command::Serve { listen, until_stdin_closes } => {
            let ready = move |address| print_listening(address, json);
            let told = (listen, until_stdin_closes);
            commands::serve(&home, told, &keys, clock, rng, ready).map(|()| None)
        }
        Command::Audit => desk.ask(Asked::Audit).map(Some),
        Command::Account { customer } => {
            desk.ask(customer.map_or(Asked::Accounts, Asked::Account)).map(Some)
        }
        Command::Reconcile => desk.reconcile().map(Some),
        Command::Purchases { out } => purchases::purchases(&desk, out.as_deref()).map(Some),
        Command::Statement { after } => desk.ask(Asked::Statement(after)).map(Some),
        Command::Backup { out } => desk.backup(&out).map(Some),
        Command::Restore { from } => restore::restore(&home, &from).map(Some),
        Command::Metrics => desk.ask(Asked::Metrics).map(Some),
    }
}

/// Errors and what needs attention; more with `RUST_LOG`.
fn log_to_stderr(as_json: bool) {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::level_filters::LevelFilter::WARN.into())
        .from_env_lossy();
    // A second run in one process keeps the first one's subscriber.
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A log that cannot be written, as when a disk is full, must not end what it tells of.
        .log_internal_errors(false);
    // On a terminal `NO_COLOR` still decides.
    let is_file = !std::io::stderr().is_terminal();
    let subscriber = if is_file { subscriber.with_ansi(false) } else { subscriber };
    let _ = if as_json { subscriber.json().try_init() } else { subscriber.try_init() };
}

fn print_listening(address: std::net::SocketAddr, json: bool) {
    let object = serde_json::json!({ "listening": address.to_string() });
    print(&Output { sentence: format!("listening on {address}"), object }, json);
}

/// Prints and flushes; a closed stdout is nobody's problem.
fn print(output: &Output, json: bool) {
    let mut stdout = std::io::stdout();
    let _ = if json {
        writeln!(stdout, "{}", output.object)
    } else {
        writeln!(stdout, "{}", output.sentence)
    };
    let _ = stdout.flush();
}

fn report(problem: &Problem, json: bool) -> ExitCode {
    let details = problem.details();
    if json || details.is_some() {
        let sentence = details.unwrap_or_default().to_owned();
        print(&Output { sentence, object: problem.object() }, json);
    }
    complain(&format_args!("tender-intermediary: {}", problem.sentence));
    ExitCode::from(problem.exit_code)
}

/// The first paragraph of what the argument parser says, on one line: what is wrong.
fn first_sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Prints what went wrong. The exit code says it too when nobody reads any more.
fn complain(what: &dyn std::fmt::Display) {
    let _gone = writeln!(std::io::stderr(), "{what}");
}
