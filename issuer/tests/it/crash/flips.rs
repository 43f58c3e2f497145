//! Flips: every place of a store's file rots once, and each time the store is looked at.

use super::chance::Chance;
use super::load::{Load, said};
use redb::StorageBackend;
use std::io::{ErrorKind, Result};
use std::sync::Arc;
use tender_issuer::audit::audit;
use tender_issuer::store::{Damage, Fault, Folder, NAME, Store};

/// The header and its two commit slots.
const FRONT_BYTES: usize = 320;

/// What became of the flips.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub flips: u64,
    /// The store could not be opened, and said why.
    pub unopened: u64,
    /// A page does not match its checksum.
    pub found: u64,
    /// Among those, a row is named with its table, its key and its place.
    pub rows: u64,
    /// The store is what it was before its last commit, which the number of its commits tells.
    pub older: u64,
    /// Nothing is damaged, and all rows are what they were.
    pub harmless: u64,
}

/// A folder with one file, of which one byte is another.
#[derive(Clone, Debug)]
struct Rotten {
    bytes: Arc<[u8]>,
    at: usize,
    mask: u8,
}

impl StorageBackend for Rotten {
    fn len(&self) -> Result<u64> {
        Ok(u64::try_from(self.bytes.len()).expect("a length fits"))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let start = usize::try_from(offset).expect("an offset fits");
        let bytes = self.bytes.get(start..start + out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        if let Some(byte) = self.at.checked_sub(start).and_then(|at| out.get_mut(at)) {
            *byte ^= self.mask;
        }
        Ok(())
    }

    fn set_len(&self, _: u64) -> Result<()> {
        panic!("the file that is looked at is not written");
    }

    fn sync_data(&self) -> Result<()> {
        panic!("the file that is looked at is not written");
    }

    fn write(&self, _: u64, _: &[u8]) -> Result<()> {
        panic!("the file that is looked at is not written");
    }
}

impl Folder for Rotten {
    type File = Self;

    fn create(&self, _: &str) -> core::result::Result<Self, Fault> {
        panic!("nothing is made where something is looked at");
    }

    fn open(&self, name: &str) -> core::result::Result<Self, Fault> {
        assert_eq!(name, NAME);
        Ok(self.clone())
    }

    fn rename(&self, _: &str, _: &str) -> Result<()> {
        panic!("nothing is renamed where something is looked at");
    }

    fn sync(&self) -> Result<()> {
        panic!("nothing is renamed where something is looked at");
    }
}

/// What is true of the store before anything rots.
struct Sound {
    contents: [u8; 32],
    commits: u64,
}

/// Flips bits of the file's front, and one at so many places, spread evenly over the file of a
/// store that has answered all.
/// Panics at the first flip that shows another content and is not found.
pub fn run(load: &Load, seed: u64, flips: u64) -> Tally {
    let bytes: Arc<[u8]> = load.answered().into();
    let mut sound = Store::open_aside(&Rotten { bytes: Arc::clone(&bytes), at: 0, mask: 0 })
        .expect("the store is sound");
    let inspection = sound.examine().expect("the store is sound");
    assert!(inspection.is_clean() && inspection.pages == Some(true), "{inspection:?}");
    let commits = sound.commits().expect("the store is sound");
    let sound = Sound { contents: inspection.contents, commits };
    let mut chance = Chance::new(seed);
    let mut tally = Tally::default();
    let places = usize::try_from(flips).expect("it is small");
    let spread = (0..places).map(|place| {
        let from = bytes.len() * place / places;
        let until = (bytes.len() * (place + 1) / places).max(from + 1);
        (from + chance.below(until - from), chance.below(8))
    });
    let spread: Vec<_> = spread.collect();
    // The front says which of two states is read, and where it begins: all of it rots.
    let front = (0..FRONT_BYTES).flat_map(|at| [(at, 0), (at, 7)]);
    for (at, bit) in front.chain(spread) {
        let rotten = Rotten { bytes: Arc::clone(&bytes), at, mask: 1 << bit };
        flip(load, &rotten, &sound, &mut tally);
    }
    tally
}

fn flip(load: &Load, rotten: &Rotten, sound: &Sound, tally: &mut Tally) {
    tally.flips += 1;
    let looked = Store::open_aside(rotten).and_then(|mut store| {
        let commits = store.commits();
        store.examine().map(|inspection| (store, inspection, commits))
    });
    let (store, inspection, commits) = match looked {
        Ok(looked) => looked,
        Err(fault) => {
            assert!(!fault.to_string().is_empty());
            tally.unopened += 1;
            return;
        }
    };
    if !inspection.is_clean() {
        let said: Vec<String> = inspection.damaged.iter().map(ToString::to_string).collect();
        assert_eq!(inspection.pages, Some(false), "a damaged row in a sound page: {said:?}");
        tally.found += 1;
        let named = inspection.damaged.iter().any(|one| one.damage == Damage::Row);
        tally.rows += u64::from(named);
        return;
    }
    let at = (rotten.at, rotten.mask);
    if commits.expect("nothing is damaged") < sound.commits {
        tally.older += 1;
        return;
    }
    assert_eq!(inspection.contents, sound.contents, "other rows after a flip at {at:?}");
    let report = audit(&store, &load.office.manifest).expect("nothing is damaged");
    assert_eq!(said(&report), load.end, "another balance after a flip at {at:?}");
    tally.harmless += 1;
}
