//! A store that was damaged, and one whose program was killed.

use crate::cli::{json, run};
use crate::people::{Person, World, hand, world};
use redb::{Builder, Database, TableDefinition};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Damages a wallet's file, and demands that the command says so, and what helps.
fn told_of_damage(person: &mut Person, damage: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    person.close();
    let path = person.path();
    let bytes = damage(fs::read(&path).expect("read"));
    fs::write(&path, bytes).expect("written");
    let (code, out, told) = run(&person.home(), &["balance"]);
    let out = json(&out);
    assert_eq!((code, out.pointer("/error/code")), (3, Some(&"FAULT".into())), "{told}");
    assert_eq!(told.matches("damaged").count(), 1, "{told}");
    assert!(!told.contains("corrupted"), "{told}");
    assert!(told.contains("Its tokens are in that file and nowhere else"), "{told}");
    assert!(told.contains("Keep the file as it is"), "{told}");
    assert!(told.contains("ask the intermediary"), "{told}");
    assert!(!told.contains("same command"), "{told}");
}

#[test]
fn a_damaged_file_is_told_once_with_what_helps() {
    told_of_damage(&mut world().alice, |_| Vec::new());
    told_of_damage(&mut world().alice, |_| b"not a store".repeat(1000));
    told_of_damage(&mut world().alice, |bytes| bytes[..bytes.len() / 2].to_vec());
    told_of_damage(&mut world().alice, |mut bytes| {
        bytes[..64].fill(0xa5);
        bytes
    });
}

#[test]
fn a_damaged_or_absent_row_is_told_once_with_what_helps() {
    for name in ["secrets", "enrolment", "trust", "tokens"] {
        let World { mut alice, .. } = world();
        alice.close();
        let database = Database::open(alice.path()).unwrap();
        let table: TableDefinition<&[u8], &[u8]> = TableDefinition::new(name);
        let write = database.begin_write().unwrap();
        write.open_table(table).unwrap().insert(&[][..], &[1, 2, 3][..]).unwrap();
        write.commit().unwrap();
        drop(database);
        told_of_damage(&mut alice, |bytes| bytes);
    }
    let World { mut alice, .. } = world();
    alice.close();
    let database = Database::open(alice.path()).unwrap();
    let table: TableDefinition<&[u8], &[u8]> = TableDefinition::new("secrets");
    let write = database.begin_write().unwrap();
    assert!(write.delete_table(table).unwrap());
    write.commit().unwrap();
    drop(database);
    told_of_damage(&mut alice, |bytes| bytes);
}

#[test]
fn a_store_whose_program_was_killed_opens_without_a_full_check() {
    let World { mut alice, mut bob, .. } = world();
    hand(&mut alice, &mut bob, 700, 2);
    let folder = tempfile::TempDir::new().unwrap();
    let copy = folder.path().join("store.redb");
    fs::copy(alice.path(), &copy).unwrap();
    assert_eq!(alice.held(), 1000, "it was open when it was copied, as if power had failed");
    let checked = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&checked);
    let mut builder = Builder::new();
    builder.set_repair_callback(move |_| noted.store(true, Ordering::Relaxed));
    drop(builder.open(&copy).unwrap());
    assert!(!checked.load(Ordering::Relaxed));
}
