//! Time of the processor, as the system counts it.

use anyhow::{Context, Result};
use std::time::Duration;

/// What the system counts in, on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// What a process has spent, of itself and of the system for it.
/// Errors: there is no such process, or no Linux.
pub fn spent(process: &str) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("no process")?;
    let (_, fields) = stat.rsplit_once(") ").context("no process")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>);
    let ticks = ticks.sum::<Result<u32, _>>().context("no number of ticks")?;
    Ok(TICK.saturating_mul(ticks))
}

/// How many processes wanted the machine in the last minute, and how many cores it has.
/// Errors: no Linux.
pub fn machine_load() -> Result<String> {
    let load = std::fs::read_to_string("/proc/loadavg").context("no /proc/loadavg")?;
    let last = load.split(' ').next().unwrap_or_default();
    Ok(format!("load {last} on {} cores", cores()))
}

/// Cores of the machine.
pub fn cores() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(cores).unwrap_or(u32::MAX)
}
