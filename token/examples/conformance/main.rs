//! Runs a file of known answers against this implementation.
//!
//! ```text
//! cargo run --release -p tender-token --example conformance -- FILE
//! ```
//!
//! prints `ID ok` or `ID FAIL expected … got …` for every case, and how many passed and failed in
//! the end. It accepts any file of the schema in `tests/vectors/README.md`: other keys, dates,
//! depths and hop counts. The integration tests contain this program as a module, so there is one
//! set of checks.

mod case;
mod cash;
mod checks;
pub(crate) mod command;
pub(crate) mod file;
mod guilt;
mod manifest;
mod opening;
mod payment;
mod provision;
mod withdraw;

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A check that panics fails its case, and the line of the case says why.
    std::panic::set_hook(Box::new(|_| ()));
    let arguments = std::env::args_os().skip(1);
    let status = command::run(arguments, &mut io::stdout().lock(), &mut io::stderr());
    ExitCode::from(status)
}
