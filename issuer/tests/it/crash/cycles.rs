//! Cycles: the power fails, comes back, and whatever was answered is there.

use super::chance::Chance;
use super::disk::{Disk, Failure};
use super::load::Load;
use crate::stage::{DECIMALS, TODAY};
use std::collections::BTreeSet;
use std::sync::Arc;
use tender_issuer::store::{self, Fault, NAME, Store};

/// Requests in one batch at most.
const BATCH: usize = 6;
/// Operations within which a creation, an opening or a batch loses its power.
const CREATING: usize = 60;
const OPENING: usize = 40;
const SERVING: usize = 160;

/// What happened in the cycles: one per power loss.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub cycles: u64,
    pub in_creation: u64,
    pub in_recovery: u64,
    pub in_service: u64,
    /// Answers that were heard before a power loss, and found after it.
    pub answers: u64,
    /// Lives that ended with every request answered.
    pub lives: u64,
}

/// Runs so many cycles. Panics at the first answer that is lost.
pub fn run(load: &Load, seed: u64, cycles: u64) -> Tally {
    let mut chance = Chance::new(seed);
    let mut tally = Tally::default();
    while tally.cycles < cycles {
        create(load, &mut chance, &mut tally);
        live(load, &mut chance, &mut tally, cycles);
    }
    tally
}

/// A founding that loses its power until it does not.
fn create(load: &Load, chance: &mut Chance, tally: &mut Tally) {
    let disk = Disk::new(chance.next());
    loop {
        disk.arm(
            1 + u64::try_from(chance.below(CREATING)).expect("it is small"),
            Failure::PowerLoss,
        );
        let created = store::create(&disk, &load.office.trust, DECIMALS, TODAY);
        let answered = created.is_ok();
        drop(created);
        disk.restart();
        tally.cycles += 1;
        tally.in_creation += 1;
        if disk.has(NAME) {
            let store = Store::open(&disk).expect("durable: a store that has its name is whole");
            assert_eq!(store::trust(&store).expect("the disk is sound"), load.office.trust);
            return;
        }
        assert!(!answered, "durable: a founding that was reported is there");
    }
}

/// A store that loses its power until every request is answered.
fn live(load: &Load, chance: &mut Chance, tally: &mut Tally, cycles: u64) {
    let disk = load.disk(chance.next());
    let mut waiting: Vec<usize> = (0..load.requests.len()).collect();
    chance.shuffle(&mut waiting);
    let mut answered = BTreeSet::new();
    while tally.cycles < cycles {
        let store = open(&disk, chance, tally);
        check(load, &store, &answered, chance);
        if waiting.is_empty() {
            assert_eq!(load.look(&store), load.end, "nothing is lost and nothing is left over");
            tally.lives += 1;
            return;
        }
        let nth = 1 + chance.below(SERVING);
        disk.arm(u64::try_from(nth).expect("it is small"), Failure::PowerLoss);
        while !waiting.is_empty() {
            let from = waiting.len().saturating_sub(1 + chance.below(BATCH));
            if load.ask_and_check(&store, &waiting[from..]).is_err() {
                let again = load.ask(&store, &waiting[..1]);
                assert!(again.is_err(), "a store that failed answers nothing more");
                break;
            }
            tally.answers += u64::try_from(waiting.len() - from).expect("it is small");
            answered.extend(waiting.drain(from..));
        }
        drop(store);
        disk.restart();
        tally.cycles += 1;
        tally.in_service += 1;
    }
}

/// Opens the store; every other time the power fails meanwhile, at times again and again.
fn open(disk: &Disk, chance: &mut Chance, tally: &mut Tally) -> Arc<Store> {
    loop {
        let fails = chance.below(2) == 0;
        if fails {
            let nth = 1 + chance.below(OPENING);
            disk.arm(u64::try_from(nth).expect("it is small"), Failure::PowerLoss);
        }
        match Store::open(disk) {
            Ok(store) if !fails => return Arc::new(store),
            Ok(_) => {}
            Err(Fault::Database(_) | Fault::File(_)) if fails => {}
            Err(other) => panic!("durable: the store cannot be opened again: {other}"),
        }
        disk.restart();
        tally.cycles += 1;
        tally.in_recovery += 1;
    }
}

/// Everything that was answered is there, nothing is half there, and asking again gives the same.
fn check(load: &Load, store: &Arc<Store>, answered: &BTreeSet<usize>, chance: &mut Chance) {
    load.look(store);
    let present = load.present(store);
    assert!(present.is_superset(answered), "durable: {answered:?} were answered, not {present:?}");
    let known: Vec<usize> = answered.iter().copied().collect();
    if !known.is_empty() {
        let again = known[chance.below(known.len())];
        load.ask_and_check(store, &[again]).expect("the disk is sound");
    }
}
