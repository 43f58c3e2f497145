//! Fence: a process that lost its store to another one answers nothing more and writes nothing.

use super::LOAD;
use super::kill::Home;
use super::process::signal;
use std::fs::{copy, rename};
use std::sync::Arc;
use tempfile::TempDir;
use tender_issuer::store::{Fault, NAME, Store};

/// A disk without locks, as over a network: both processes have the file open.
#[test]
fn b7_of_two_processes_that_have_one_file_only_the_last_commits_and_writes() {
    let disk = LOAD.disk(17);
    let folder = TempDir::new().expect("the system has room for a folder");
    let take = || {
        let store = Store::open(&disk).expect("the disk is sound");
        Arc::new(store.fenced(folder.path()).expect("the folder is ours"))
    };
    let first = take();
    LOAD.ask_and_check(&first, &[0, 6]).expect("the disk is sound");
    let second = take();
    LOAD.ask_and_check(&second, &[1, 7]).expect("the disk is sound");
    let before = disk.image();
    let refused = LOAD.ask(&first, &[2, 8]);
    assert!(matches!(refused, Err(Fault::Fenced { epoch: 1 })), "{refused:?}");
    drop(first);
    assert!(disk.image() == before, "who was fenced off does not even close the files");
    let all: Vec<_> = (0..LOAD.requests.len()).collect();
    LOAD.ask_and_check(&second, &all).expect("the disk is sound");
    drop(second);
    assert_eq!(LOAD.look(&take()), LOAD.end, "nothing is lost and nothing is left over");
}

/// Every command that opens the store takes it over, and the next one from it.
#[test]
fn b7_each_process_that_takes_the_store_raises_the_epoch() {
    let (home, log) = Home::prepare(2);
    let epoch = || {
        let text = std::fs::read_to_string(home.folder.path().join("home/epoch"));
        text.expect("it was written").trim_end().parse::<u64>().expect("it is a number")
    };
    let mut last = epoch();
    for _ in 0..3 {
        let mut server = home.serve();
        assert!(epoch() > last);
        last = epoch();
        home.runtime.block_on(log.ask(&mut server.client, 0)).expect("the server answers");
        home.runtime.block_on(server.answer_all(&log));
    }
}

/// While the leader stands still, its file is exchanged for a copy, and a second server takes over.
/// The leader goes on and finds itself fenced off: no answer, exit code 3.
#[test]
fn b7_a_leader_that_was_replaced_while_it_stood_still_answers_nothing_more() {
    let (home, log) = Home::prepare(4);
    let mut leader = home.serve();
    home.runtime.block_on(log.ask(&mut leader.client, 0)).expect("the server answers");
    signal("STOP", &leader.child);
    let store = home.folder.path().join("home").join(NAME);
    rename(&store, store.with_extension("moved")).expect("the folder is ours");
    copy(store.with_extension("moved"), &store).expect("the folder is ours");
    let mut second = home.serve();
    home.runtime.block_on(log.ask(&mut second.client, 1)).expect("the server answers");
    signal("CONT", &leader.child);
    home.runtime.block_on(async {
        log.ask(&mut leader.client, 2).await.expect_err("another one has taken over");
    });
    drop(leader.client);
    assert_eq!(leader.child.wait().expect("it is our child").code(), Some(3));
    home.runtime.block_on(second.answer_all(&log));
    assert_eq!(home.check(&log), 0);
}
