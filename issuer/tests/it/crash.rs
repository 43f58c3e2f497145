//! Crash: every stop is survivable, and nothing that was answered is lost.

pub mod chance;
pub mod cycles;
pub mod disk;
pub mod effect;
pub mod flips;
pub mod kill;
pub mod load;

mod annex;
mod backup;
mod faults;
mod fence;
mod full;
mod growth;
mod miscopy;
mod process;
mod rollback;
mod rot;
mod version;

use load::Load;
use std::sync::LazyLock;

static LOAD: LazyLock<Load> = LazyLock::new(|| Load::prepare(3));

/// The power fails at any write or sync of service (torn and reordered sectors), of the recovery
/// after it, and of the first creation. `benches/crash.rs` runs the same for long.
#[test]
fn b1_b2_b3_a_disk_that_loses_and_reorders_what_was_not_synced_loses_no_answer() {
    let tally = cycles::run(&LOAD, 1, 600);
    assert!(tally.in_creation > 20 && tally.in_recovery > 50 && tally.in_service > 50, "{tally:?}");
    assert!(tally.lives > 0 && tally.answers > 100, "{tally:?}");
}

/// Whoever was answered before the kill finds the answer after it, whoever was not asks again.
/// `benches/crash.rs` kills more often.
#[test]
fn a1_ra30_a_server_killed_at_random_moments_loses_no_answer_and_repeats_each_to_the_byte() {
    let tally = kill::run(1, 40);
    assert!(tally.answers > tally.requests, "some were answered before a kill: {tally:?}");
}
