//! The issuer's program. Only here are the clocks and the system's randomness made.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tender_issuer::clock::Clocks;
use tender_proto::memory;
use tender_token::date::Timestamp;

fn main() -> ExitCode {
    memory::keep_private().expect("a process may always lower its own limits");
    let clocks = Clocks::new(now, running);
    tender_issuer::cli::run(std::env::args_os(), clocks, UnwrapErr(SysRng))
}

/// The system's time. A clock before 1970 counts as 1970, when no series was issued.
fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(elapsed.map_or(0, |elapsed| elapsed.as_secs()))
}

/// How long the program runs, by the clock that nobody sets.
fn running() -> Duration {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGUN.elapsed()
}
