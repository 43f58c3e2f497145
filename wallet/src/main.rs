//! Hands the clock and the system's randomness to the wallet's command line.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use tender_proto::memory;
use tender_token::date::Timestamp;

fn main() -> ExitCode {
    memory::keep_private().expect("a process may always lower its own limits");
    tender_wallet::cli::run(std::env::args_os(), now, UnwrapErr(SysRng))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(since.expect("the system's clock is set to a time after 1970").as_secs())
}
