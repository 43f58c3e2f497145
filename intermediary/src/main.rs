//! Makes the clock and the randomness, and hands them to the command line.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use tender_proto::memory;
use tender_token::date::Timestamp;

fn main() -> ExitCode {
    memory::keep_private().expect("a process may always lower its own limits");
    tender_intermediary::cli::run(std::env::args_os(), now, UnwrapErr(SysRng))
}

/// The system's clock. A clock before 1970 counts as 1970: everything is then out of date.
fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(elapsed.map_or(0, |elapsed| elapsed.as_secs()))
}
