//! The simulator's binary: the one place with clocks, randomness and the process's arguments.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tender_token::date::Timestamp;

fn main() -> ExitCode {
    tender_sim::cli::run(std::env::args_os(), now, running, UnwrapErr(SysRng))
}

/// Unix seconds by the system's clock; zero for a clock before 1970.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_secs())
}

/// How long the program runs, by the clock that nobody sets.
fn running() -> Duration {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGUN.elapsed()
}
