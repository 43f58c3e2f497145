//! The simulator's binary: the one place with a clock, randomness and the process's arguments.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use tender_token::date::Timestamp;

fn main() -> ExitCode {
    tender_sim::cli::run(std::env::args_os(), now, UnwrapErr(SysRng))
}

/// Unix seconds by the system's clock; zero for a clock before 1970.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_secs())
}
