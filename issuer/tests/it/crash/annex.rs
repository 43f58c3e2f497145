//! Annex: whatever becomes of the second file, the store is whole or says what is wrong.

use super::LOAD;
use super::disk::{Disk, Failure, Image};
use super::load::stage_on;
use crate::command_line::{founded, lose, put, run, told};
use std::collections::BTreeSet;
use std::fs::{create_dir, read, read_dir, remove_file, rename, write};
use std::sync::Arc;
use tender_issuer::rows::{Bytes, Count, Presentation, Presentations, Shown, Table, Withdrawals};
use tender_issuer::store::{ANNEX, Damage, Fault, NAME, Store};
use tender_issuer::view::View;

/// Deposits of the load, each of which is one value of the annex: those that a store has answered.
const DEPOSITS: [usize; 3] = [0, 1, 2];
/// What is asked for next, a value of each annexed table: a deposit, a withdrawal, and an exchange,
/// which is presented too.
const NEXT: [usize; 3] = [14, 20, 27];

fn open(disk: &Disk) -> Arc<Store> {
    Arc::new(Store::open(disk).expect("the store can be opened"))
}

/// Presentations that a store has, each of which was read from the annex.
fn presented(store: &Store) -> u64 {
    count::<Presentations>(store)
}

fn count<T: Table>(store: &Store) -> u64 {
    let mut count = 0;
    store.scan::<T>(|_, _| count += 1).expect("the disk is sound");
    count
}

/// A store with something in its annex, as it was left.
fn begun() -> Image {
    let disk = LOAD.disk(0);
    LOAD.ask_and_check(&open(&disk), &DEPOSITS).expect("the disk is sound");
    let image = disk.image();
    assert!(!image.annex.is_empty());
    image
}

/// Where the power failed, as the files tell afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    /// Nothing of the commit is there, or only some of its values.
    Unsynced,
    /// All values are there, and nothing points at them.
    Uncommitted,
    /// The commit took place, and nobody heard of it.
    Unheard,
}

/// A power loss at every operation of a commit that appends, on disks that lose different parts.
#[test]
fn b1_a_power_loss_at_every_step_of_an_append_loses_no_answer_and_leaves_nothing_half() {
    let before = begun();
    let whole = {
        let disk = Disk::with(0, &before);
        LOAD.ask_and_check(&open(&disk), &NEXT).expect("the disk is sound");
        disk.image().annex
    };
    let mut stops = BTreeSet::new();
    for seed in 0..12 {
        for nth in 1.. {
            let disk = Disk::with(seed, &before);
            let store = open(&disk);
            disk.arm(nth, Failure::PowerLoss);
            let answered = LOAD.ask_and_check(&store, &NEXT).is_ok();
            let happened = !disk.is_armed();
            drop(store);
            disk.restart();
            let left = disk.bytes(ANNEX);
            assert!(left.starts_with(&before.annex), "what was committed is not touched");
            let store = open(&disk);
            assert!(store.inspect().expect("the disk is sound").is_clean());
            LOAD.look(&store);
            let committed = LOAD.present(&store).contains(&NEXT[0]);
            assert!(committed || !answered, "durable: it was answered");
            if happened && !answered {
                stops.insert(match (committed, left.starts_with(&whole)) {
                    (true, true) => Stop::Unheard,
                    (true, false) => panic!("durable: a value is lost that a row points at"),
                    (false, true) => Stop::Uncommitted,
                    (false, false) => Stop::Unsynced,
                });
            }
            LOAD.ask_and_check(&store, &NEXT).expect("the disk is sound");
            assert_eq!(presented(&store), 5, "each of them once");
            drop(store);
            assert!(disk.bytes(ANNEX).starts_with(&whole), "leftovers are written over");
            if !happened {
                break;
            }
        }
    }
    let all = [Stop::Unsynced, Stop::Uncommitted, Stop::Unheard];
    assert_eq!(stops, all.into_iter().collect::<BTreeSet<_>>());
}

/// After an error of the annex nothing is answered, also what the database alone could answer; and
/// no sync is tried twice.
#[test]
fn b4_after_an_error_of_the_annex_the_store_answers_nothing_more() {
    let before = begun();
    for failure in [Failure::Broken, Failure::Full] {
        let mut failed = 0;
        for nth in 1.. {
            let disk = Disk::with(nth, &before);
            let store = open(&disk);
            disk.arm(nth, failure);
            let asked = LOAD.ask(&store, &NEXT);
            if disk.is_armed() {
                break;
            }
            if let Err(Fault::File(_)) = asked {
                failed += 1;
                let syncs = disk.syncs();
                for again in [&NEXT[..], &DEPOSITS, &[6]] {
                    let refused = LOAD.ask(&store, again);
                    assert!(matches!(refused, Err(Fault::Failed)), "{refused:?}");
                }
                assert_eq!(disk.syncs(), syncs);
            }
            drop(store);
            disk.restart();
            LOAD.ask_and_check(&open(&disk), &NEXT).expect("the disk is sound again");
        }
        assert!(failed >= 3, "making it longer, writing and syncing: {failed}");
    }
}

/// Whatever lies behind the end was left by a crash: it changes nothing, and is written over.
#[test]
fn b1_bytes_behind_the_end_of_the_annex_mean_nothing() {
    let image = begun();
    let contents = |image: &Image| {
        let disk = Disk::with(0, image);
        let found = Store::open_aside(&disk).and_then(|mut store| store.examine());
        let found = found.expect("the disk is sound");
        assert!(found.is_clean());
        found.contents
    };
    let sound = contents(&image);
    for left in [&[7; 1][..], &[7; 511], &[0; 5_000]] {
        let torn = Image { annex: [&image.annex[..], left].concat(), ..image.clone() };
        assert_eq!(contents(&torn), sound);
        let disk = Disk::with(0, &torn);
        LOAD.ask_and_check(&open(&disk), &NEXT).expect("the disk is sound");
        let store = open(&disk);
        assert!(store.inspect().expect("the disk is sound").is_clean());
        assert_eq!(presented(&store), 5);
    }
}

#[test]
fn b5_an_annex_that_is_missing_cut_off_or_another_stores_is_told_where_it_is_opened() {
    let image = begun();
    let sound = open(&Disk::with(0, &image));
    let annexed = presented(&sound) + count::<Withdrawals>(&sound);
    assert!(annexed > 3, "not only what was presented");
    let opened = |annex: &[u8]| {
        let image = Image { annex: annex.to_vec(), ..image.clone() };
        Store::open(&Disk::with(0, &image))
    };
    opened(&image.annex).expect("it is the right one");
    for length in [0, 1, image.annex.len() - 1] {
        let end = u64::try_from(image.annex.len()).expect("a length fits");
        match opened(&image.annex[..length]) {
            Err(Fault::Short { length: found, end: known }) => {
                assert_eq!((found, known), (u64::try_from(length).expect("it fits"), end));
            }
            other => panic!("{length} bytes: {other:?}"),
        }
    }
    // Of an issuer with other keys, longer than ours.
    let disk = Disk::new(0);
    drop(stage_on(&disk));
    let other = Disk::with(0, &disk.image());
    append(&other, Count(1), &vec![3; 90_000]).expect("the disk is sound");
    for foreign in [other.bytes(ANNEX), vec![0; image.annex.len()]] {
        let found = opened(&foreign);
        assert!(matches!(found, Err(Fault::Foreign { table: "withdrawals", .. })), "{found:?}");
        let image = Image { annex: foreign, ..image.clone() };
        let looked = Store::open_aside(&Disk::with(0, &image)).expect("it can be looked at");
        let found = looked.inspect().expect("it can be looked at");
        assert_eq!(found.count, annexed, "every row is named");
        assert!(found.damaged.iter().all(|row| row.damage == Damage::Annex), "{found:?}");
    }
}

/// Puts a presentation under a number, whatever the running number says.
fn append(disk: &Disk, number: Count, item: &[u8]) -> Result<(), Fault> {
    let mut view = View::default();
    let shown = Shown::Item(Bytes(item.to_vec()));
    view.presentations.append(number, Presentation::new(LOAD.requests[0].caller, shown));
    Store::open(disk).expect("the disk is sound").commit(view)
}

/// A running number that was counted wrongly is no reason to lose what was presented.
#[test]
fn b1_a_presentation_is_never_replaced() {
    let disk = Disk::with(0, &begun());
    let before = open(&disk).inspect().expect("the disk is sound").contents;
    let refused = append(&disk, Count(2), &[1; 700]);
    assert!(matches!(refused, Err(Fault::Damaged { table: "presentations", .. })), "{refused:?}");
    assert_eq!(open(&disk).inspect().expect("the disk is sound").contents, before);
    append(&disk, Count(9), &[1; 700]).expect("a fresh number is fine");
}

/// Nobody who writes a session without having looked whether there is one replaces it.
#[test]
fn b1_a_withdrawal_is_never_replaced() {
    let disk = Disk::with(0, &begun());
    let store = open(&disk);
    let mut known = None;
    store.scan::<Withdrawals>(|key, _| known = Some(key)).expect("the disk is sound");
    let before = store.inspect().expect("the disk is sound").contents;
    let mut view = View::default();
    view.withdrawals.append(known.expect("some were made"), Bytes(vec![1; 700]));
    let refused = store.commit(view);
    assert!(matches!(refused, Err(Fault::Damaged { table: "withdrawals", .. })), "{refused:?}");
    drop(store);
    assert_eq!(open(&disk).inspect().expect("the disk is sound").contents, before);
}

/// A row that points elsewhere, with a seal that fits, leaves bytes of the annex to nobody.
#[test]
fn b5_bytes_of_the_annex_that_no_row_has_are_found() {
    let disk = Disk::with(0, &begun());
    let file = tender_issuer::store::Folder::open(&disk, NAME).expect("the disk is sound");
    let database = redb::Database::builder().create_with_backend(file).expect("it is a database");
    let write = database.begin_write().expect("the disk is sound");
    {
        let table = redb::TableDefinition::<&[u8], &[u8]>::new("presentations");
        let mut table = write.open_table(table).expect("the table is there");
        table.remove(&2_u64.to_be_bytes()[..]).expect("the disk is sound");
    }
    write.commit().expect("the disk is sound");
    drop(database);
    let found = open(&disk).inspect().expect("the disk is sound");
    assert_eq!((found.count, found.damaged[0].damage), (1, Damage::Gap), "{found:?}");
    assert!(found.damaged[0].to_string().contains("annex"));
}

/// Both files, or nothing: half a copy is refused by name, and so is a home with half a store.
#[test]
fn b6_a_copy_or_a_home_that_lacks_one_of_the_two_files_is_refused_by_name() {
    let home = founded();
    let folder = home.path();
    let place = folder.join("home");
    let refused = |args: &[&str], code, word: &str| {
        let (exit, said) = run(folder, args);
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(exit == code && message.contains(word), "{args:?}: {exit} {said}");
    };
    assert_eq!(run(folder, &["backup", "--out", "whole"]).0, 0);
    let mut files: Vec<_> = read_dir(folder.join("whole"))
        .expect("it was written")
        .map(|entry| entry.expect("it can be listed").file_name())
        .collect();
    files.sort();
    assert_eq!(files, [ANNEX, NAME]);
    assert!(!folder.join("whole.unfinished").exists());

    // The home lacks its annex.
    rename(place.join(ANNEX), folder.join("away")).expect("the folder is ours");
    for command in [&["supply"][..], &["audit"], &["backup", "--out", "half"]] {
        refused(command, 3, ANNEX);
    }
    assert!(!folder.join("half").exists() && !folder.join("half.unfinished").exists());
    rename(folder.join("away"), place.join(ANNEX)).expect("the folder is ours");
    assert_eq!(run(folder, &["audit"]).0, 0);

    // The home has nothing but its annex.
    rename(place.join(NAME), folder.join("away")).expect("the folder is ours");
    refused(&["supply"], 2, "is missing");
    let restore = ["restore", "--from", "whole"];
    refused(&restore, 2, ANNEX);
    remove_file(place.join(ANNEX)).expect("the folder is ours");

    // The copy is no copy.
    for lacks in [NAME, ANNEX] {
        let half = folder.join(format!("without-{lacks}"));
        create_dir(&half).expect("the folder is ours");
        put(&folder.join("whole"), &half);
        remove_file(half.join(lacks)).expect("the folder is ours");
        refused(&["restore", "--from", &format!("without-{lacks}")], 2, lacks);
        refused(&["restore", "--from", &format!("whole/{lacks}")], 2, lacks);
    }
    refused(&["restore", "--from", "nowhere"], 2, NAME);
    assert!(!place.join(NAME).exists() && !place.join(ANNEX).exists());
    assert_eq!(run(folder, &restore).0, 0);
    assert_eq!(run(folder, &["audit"]).0, 0);
    lose(&place);
    assert_eq!(run(folder, &restore).0, 0, "a copy is good for more than once");
}

/// Whatever is in the files of a copy, it is told as other damaged copies are.
#[test]
fn b5_a_copy_whose_database_is_anything_else_is_told_to_be_damaged() {
    let home = founded();
    let (folder, place) = (home.path(), home.path().join("home"));
    assert_eq!(run(folder, &["backup", "--out", "whole"]).0, 0);
    lose(&place);
    let noise = (0..9_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]);
    let whole = read(folder.join("whole").join(NAME)).expect("it was written");
    let half = whole[..whole.len() / 2].to_vec();
    for (name, bytes) in [("noise", noise.collect()), ("empty", Vec::new()), ("half", half)] {
        create_dir(folder.join(name)).expect("the folder is ours");
        put(&folder.join("whole"), &folder.join(name));
        write(folder.join(name).join(NAME), bytes).expect("the folder is ours");
        let (code, said) = told(folder, &["restore", "--from", name]);
        let is_told = said.contains("The copy is damaged, and is not taken");
        assert!(code == 4 && is_told, "{name}: {code} {said}");
        assert!(!place.join(NAME).exists() && !place.join(ANNEX).exists(), "{name}");
    }
    assert_eq!(run(folder, &["restore", "--from", "whole"]).0, 0);
}
