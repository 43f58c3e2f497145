//! Backup: a copy is of one moment, and an old one is not taken for the store.

use super::LOAD;
use super::disk::Disk;
use super::kill::{Home, SERVE};
use crate::command_line::run;
use std::collections::BTreeSet;
use std::fs::{copy, read, read_to_string, remove_file, write};
use std::sync::Arc;
use tender_issuer::store::{Directory, NAME, Store};

/// A copy knows everything that was answered before it began, and nothing half.
#[test]
fn a_copy_that_is_made_while_the_store_changes_is_of_one_moment() {
    let disk = LOAD.disk(21);
    let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
    let all: Vec<_> = (0..LOAD.requests.len()).collect();
    let asking = {
        let (store, all) = (Arc::clone(&store), all.clone());
        std::thread::spawn(move || {
            for batch in all.chunks(3) {
                LOAD.ask_and_check(&store, batch).expect("the disk is sound");
            }
        })
    };
    let mut last = BTreeSet::new();
    while !asking.is_finished() || last.len() < all.len() {
        let before = LOAD.present(&store);
        let elsewhere = Disk::new(0);
        store.copy(&elsewhere, NAME).expect("the disk is sound");
        let after = LOAD.present(&store);
        let copied = Store::open(&elsewhere).expect("the copy is whole");
        LOAD.look(&copied);
        let present = LOAD.present(&copied);
        assert!(present.is_superset(&before) && present.is_subset(&after));
        last = present;
    }
    asking.join().expect("every answer was the right one");
}

/// A store that was rolled back would cash tokens again that it has forgotten.
#[test]
fn b6_an_old_copy_is_neither_served_nor_restored_and_the_newest_one_is() {
    let (home, log) = Home::prepare(4);
    let folder = home.folder.path();
    let lost = folder.join("home").join(NAME);
    let done = |args: &[&str]| assert_eq!(run(folder, args).0, 0, "{args:?}");
    let refused = |args: &[&str], code, words: &str| {
        let (exit, said) = run(folder, args);
        let message = said["error"]["message"].as_str().unwrap_or_default();
        assert!(exit == code && message.contains(words), "{args:?}: {exit} {said}");
    };
    done(&["backup", "--out", "old.redb"]);
    refused(&["backup", "--out", "old.redb"], 2, "is there already");
    home.runtime.block_on(home.serve().answer_all(&log));
    done(&["backup", "--out", "new.redb"]);
    refused(&["restore", "--from", "new.redb"], 2, "has a store");

    copy(folder.join("old.redb"), &lost).expect("the folder is ours");
    refused(&SERVE, 4, "older than what it was");
    remove_file(&lost).expect("the folder is ours");
    refused(&["restore", "--from", "old.redb"], 4, "older than what it was");
    let mut rotten = read(folder.join("new.redb")).expect("it was written");
    let middle = rotten.len() / 2;
    let used = (middle..rotten.len()).find(|at| rotten[*at] != 0).expect("it is not empty");
    rotten[used] ^= 1;
    write(folder.join("rotten.redb"), rotten).expect("the folder is ours");
    let (exit, said) = run(folder, &["restore", "--from", "rotten.redb"]);
    assert!(exit >= 3, "{exit} {said}");
    assert!(!lost.exists(), "nothing is taken that was refused");

    done(&["restore", "--from", "new.redb"]);
    home.runtime.block_on(home.serve().answer_all(&log));
    assert_eq!(home.check(&log), 0);
    Store::open(&Directory::new(&folder.join("home"))).expect("nobody holds the store");
}

/// A server that is killed has raised its anchor a moment before: no snapshot from before that
/// moment is served, restored or audited as if it were the store, and nothing is spent again.
#[test]
fn b6_every_snapshot_from_before_the_last_moment_is_refused() {
    let (home, log) = Home::prepare(12);
    let folder = home.folder.path();
    let place = folder.join("home").join(NAME);
    let anchor = folder.join("home/anchor");
    let mut server = home.serve();
    let mut snapshots = Vec::new();
    for one in 0..12 {
        if one % 3 == 0 {
            let name = format!("{one}.redb");
            assert_eq!(run(folder, &["backup", "--out", &name]).0, 0);
            snapshots.push(name);
        }
        home.runtime.block_on(log.ask(&mut server.client, one)).expect("the server answers");
    }
    assert_eq!(run(folder, &["backup", "--out", "last.redb"]).0, 0);
    let last = Store::open_copy(&Directory::new(folder), "last.redb").expect("it is whole");
    let commits = last.commits().expect("it is whole").to_string();
    drop(last);
    // It is raised within a second; until then the server answers what it answered before.
    while read_to_string(&anchor).expect("it is there").lines().nth(2) != Some(&commits) {
        home.runtime.block_on(log.ask(&mut server.client, 0)).expect("the server answers");
    }
    server.child.kill().expect("it is our child");
    server.child.wait().expect("it is our child");
    let newest = read(&place).expect("it is there");
    for snapshot in &snapshots {
        remove_file(&place).expect("the folder is ours");
        let (exit, said) = run(folder, &["restore", "--from", snapshot]);
        assert_eq!((exit, &said["error"]["code"]), (4, &serde_json::json!("INVARIANT")), "{said}");
        copy(folder.join(snapshot), &place).expect("the folder is ours");
        for command in [&SERVE[..], &["audit"]] {
            let (exit, said) = run(folder, command);
            let message = said["error"]["message"].as_str().unwrap_or_default();
            let told = message.contains("older than what it was") && message.contains("restore");
            assert!(exit == 4 && told, "{snapshot}: {exit} {said}");
        }
    }
    write(&place, newest).expect("the folder is ours");
    home.runtime.block_on(home.serve().answer_all(&log));
    assert_eq!(home.check(&log), 0);
}
