//! The issuer's program. Only here are the clock and the system's randomness made.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use tender_proto::memory;
use tender_token::date::Timestamp;

fn main() -> ExitCode {
    memory::keep_private().expect("a process may always lower its own limits");
    tender_issuer::cli::run(std::env::args_os(), now, UnwrapErr(SysRng))
}

/// The system's time. A clock before 1970 counts as 1970, when no series was issued.
fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(elapsed.map_or(0, |elapsed| elapsed.as_secs()))
}
