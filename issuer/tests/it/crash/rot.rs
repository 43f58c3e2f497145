//! Rot: a byte that changes on the platter is noticed, or changes nothing.

use super::LOAD;
use super::chance::Chance;
use super::disk::Disk;
use super::load::said;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tender_issuer::audit::audit;
use tender_issuer::store::{NAME, Store};

/// What a look into a store finds, or nothing where it halts: the database itself stops at some
/// damage.
fn look<T>(bytes: &[u8], look: impl FnOnce(&mut Store) -> Option<T>) -> Option<T> {
    let open = || look(&mut Store::open(&Disk::with(0, NAME, bytes)).ok()?);
    catch_unwind(AssertUnwindSafe(open)).ok().flatten()
}

fn audited(store: &mut Store) -> Option<String> {
    let report = audit(store, &LOAD.office.manifest).ok()?;
    report.is_clean().then(|| said(&report))
}

/// What the audit passes has the balances that it had: damage to them is a halt or a violated
/// invariant. And the check that every restored copy goes through sees damage that no balance
/// shows.
#[test]
fn b5_a_flipped_byte_halts_or_is_found_and_never_shows_another_balance() {
    let disk = LOAD.disk(0);
    let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
    let all: Vec<_> = (0..LOAD.requests.len()).collect();
    LOAD.ask_and_check(&store, &all).expect("the disk is sound");
    drop(store);
    let sound = disk.bytes(NAME);
    assert_eq!(look(&sound, |store| store.is_intact().ok()), Some(true));
    let used: Vec<usize> = (0..sound.len()).filter(|at| sound[*at] != 0).collect();
    let mut chance = Chance::new(5);
    let (mut halted, mut found) = (0, 0);
    for _ in 0..300 {
        let at = used[chance.below(used.len())];
        let mut rotten = sound.clone();
        rotten[at] ^= 1 << chance.below(8);
        match look(&rotten, audited) {
            None => halted += 1,
            Some(said) => assert_eq!(said, LOAD.end, "another balance after a flip at {at}"),
        }
        let intact = look(&rotten, |store| store.is_intact().ok());
        found += usize::from(intact != Some(true));
    }
    assert!(halted > 5 && found > 50, "{halted} halted, {found} found");
}
