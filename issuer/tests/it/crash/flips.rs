//! Flips: every place of a store's files rots once, and each time the store is looked at.

use super::chance::Chance;
use super::disk::Image;
use super::load::{Load, said};
use redb::StorageBackend;
use std::io::{ErrorKind, Result};
use std::sync::Arc;
use tender_issuer::audit::audit;
use tender_issuer::rows::{Count, Exchanges, Presentations, SessionKey, Table, Withdrawals};
use tender_issuer::store::{ANNEX, Damage, Damaged, Fault, Folder, NAME, Store};
use tender_issuer::view::View;
use tender_token::encode::Decode;
use tender_token::provision::SessionId;

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
    /// A value of the annex is not what was written, and its row is named: of what was presented,
    pub presentations: u64,
    /// of a withdrawal,
    pub withdrawals: u64,
    /// or of an exchange.
    pub exchanges: u64,
}

/// A folder with a store, in which one byte of one file is another.
#[derive(Clone, Debug)]
struct Rotten {
    image: Arc<Image>,
    name: &'static str,
    at: usize,
    mask: u8,
}

#[derive(Debug)]
struct RottenFile {
    image: Arc<Image>,
    name: &'static str,
    /// Which byte, if it is of this file.
    at: Option<usize>,
    mask: u8,
}

impl RottenFile {
    fn bytes(&self) -> &[u8] {
        if self.name == NAME { &self.image.database } else { &self.image.annex }
    }
}

impl StorageBackend for RottenFile {
    fn len(&self) -> Result<u64> {
        Ok(u64::try_from(self.bytes().len()).expect("a length fits"))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let start = usize::try_from(offset).expect("an offset fits");
        let bytes = self.bytes().get(start..start + out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        let within = self.at.and_then(|at| at.checked_sub(start));
        if let Some(byte) = within.and_then(|at| out.get_mut(at)) {
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
    type File = RottenFile;

    fn create(&self, _: &str) -> core::result::Result<RottenFile, Fault> {
        panic!("nothing is made where something is looked at");
    }

    fn open(&self, name: &str) -> core::result::Result<RottenFile, Fault> {
        let name = [NAME, ANNEX].into_iter().find(|known| *known == name);
        let name = name.expect("a store has two files");
        let at = (name == self.name).then_some(self.at);
        Ok(RottenFile { image: Arc::clone(&self.image), name, at, mask: self.mask })
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

/// Flips bits of the database's front, and one at so many places, spread evenly over the database
/// of a store that has answered all; then at as many of its annex.
/// Panics at the first flip that shows another content and is not found.
pub fn run(load: &Load, seed: u64, flips: u64) -> Tally {
    let image = Arc::new(load.answered());
    let rotten = |name, at, mask| Rotten { image: Arc::clone(&image), name, at, mask };
    let mut sound = Store::open_aside(&rotten(NAME, 0, 0)).expect("the store is sound");
    let inspection = sound.examine().expect("the store is sound");
    assert!(inspection.is_clean() && inspection.pages == Some(true), "{inspection:?}");
    let commits = sound.commits().expect("the store is sound");
    let sound = Sound { contents: inspection.contents, commits };
    let mut chance = Chance::new(seed);
    let mut tally = Tally::default();
    let places = usize::try_from(flips).expect("it is small");
    let mut spread = |length: usize| {
        let spread = (0..places).map(|place| {
            let from = length * place / places;
            let until = (length * (place + 1) / places).max(from + 1);
            (from + chance.below(until - from), chance.below(8))
        });
        spread.collect::<Vec<_>>()
    };
    let (database, annex) = (spread(image.database.len()), spread(image.annex.len()));
    // The front says which of two states is read, and where it begins: all of it rots.
    let front = (0..FRONT_BYTES).flat_map(|at| [(at, 0), (at, 7)]);
    for (at, bit) in front.chain(database) {
        flip(load, &rotten(NAME, at, 1 << bit), &sound, &mut tally);
    }
    for (at, bit) in annex {
        flip_annexed(&rotten(ANNEX, at, 1 << bit), &mut tally);
    }
    tally
}

/// Every byte of the annex is a value's, so each flip damages one row, which is named; the database
/// is whole.
fn flip_annexed(rotten: &Rotten, tally: &mut Tally) {
    tally.flips += 1;
    let mut store = Store::open_aside(rotten).expect("the database is whole");
    let inspection = store.examine().expect("the database is whole");
    assert_eq!((inspection.pages, inspection.count), (Some(true), 1), "{inspection:?}");
    let [Damaged { table, ref key, place, damage: Damage::Annex }] = inspection.damaged[..] else {
        panic!("a flip at {} is {:?}", rotten.at, inspection.damaged)
    };
    let mut view = View::default();
    let named = match table {
        Presentations::NAME => {
            assert_eq!(key[..], place.to_be_bytes());
            view.presentations.want(Count(place));
            &mut tally.presentations
        }
        Withdrawals::NAME => {
            view.withdrawals.want(SessionKey::from_bytes(key).expect("it is a key"));
            &mut tally.withdrawals
        }
        Exchanges::NAME => {
            view.exchanges.want(SessionId::from_bytes(key).expect("it is a key"));
            &mut tally.exchanges
        }
        other => panic!("{other} is not annexed"),
    };
    let read = store.load(&mut view);
    assert!(matches!(read, Err(Fault::Damaged { table: found, .. }) if found == table), "{read:?}");
    *named += 1;
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
