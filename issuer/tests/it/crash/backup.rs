//! Backup: a copy is of one moment, and an old one is not taken for the store.

use super::LOAD;
use super::disk::Disk;
use super::kill::{Home, SERVE};
use crate::command_line::{founded, lose, put, run};
use crate::operator::Server;
use std::collections::BTreeSet;
use std::fs::{
    copy, create_dir, create_dir_all, read, read_dir, read_to_string, remove_dir, write,
};
use std::sync::Arc;
use tender_issuer::store::{Directory, NAME, Store, UNFINISHED, UNFINISHED_ANNEX};

/// A copy is begun beside its place, where what another copy left is cleared away; but a folder of
/// somebody else by that name stays as it is, whether the home copies or its server.
#[test]
fn a_backup_removes_the_rest_of_a_copy_and_nothing_that_is_somebody_else_s() {
    let home = founded();
    let folder = home.path();
    let copy = |name: &str| run(folder, &["backup", "--out", name]);
    let both = |round: &str| {
        let (theirs, mixed) = (format!("theirs-{round}"), format!("mixed-{round}"));
        let letter = folder.join(format!("{theirs}.unfinished/deep/letter"));
        create_dir_all(letter.parent().expect("it has one")).expect("the folder is ours");
        write(&letter, b"theirs").expect("the folder is ours");
        let among = folder.join(format!("{mixed}.unfinished"));
        create_dir(&among).expect("the folder is ours");
        for name in [UNFINISHED, "letter"] {
            write(among.join(name), b"theirs").expect("the folder is ours");
        }
        for name in [&theirs, &mixed] {
            let (code, said) = copy(name);
            let message = said["error"]["message"].as_str().expect("it is text");
            assert_eq!(code, 3, "{said}");
            assert!(message.contains("there is something else"), "{message}");
            assert!(!folder.join(name).exists());
        }
        assert_eq!(read(&letter).expect("it stays"), b"theirs");
        assert_eq!(read_dir(&among).expect("it stays").count(), 2);
        let left = folder.join(format!("left-{round}.unfinished"));
        create_dir(&left).expect("the folder is ours");
        for name in [UNFINISHED, UNFINISHED_ANNEX] {
            write(left.join(name), b"half a copy").expect("the folder is ours");
        }
        let (code, said) = copy(&format!("left-{round}"));
        assert_eq!(code, 0, "{said}");
        assert!(!left.exists());
    };
    both("home");
    let server = Server::start(folder);
    both("server");
    server.stop();
}

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
        store.copy(&elsewhere).expect("the disk is sound");
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
    done(&["backup", "--out", "old"]);
    refused(&["backup", "--out", "old"], 2, "is there already");
    home.runtime.block_on(home.serve().answer_all(&log));
    done(&["backup", "--out", "new"]);
    refused(&["restore", "--from", "new"], 2, "has a store");

    copy(folder.join("old").join(NAME), &lost).expect("the folder is ours");
    refused(&SERVE, 4, "older than what it was");
    lose(&folder.join("home"));
    refused(&["restore", "--from", "old"], 4, "older than what it was");
    let mut rotten = read(folder.join("new").join(NAME)).expect("it was written");
    let middle = rotten.len() / 2;
    let used = (middle..rotten.len()).find(|at| rotten[*at] != 0).expect("it is not empty");
    rotten[used] ^= 1;
    create_dir(folder.join("rotten")).expect("the folder is ours");
    put(&folder.join("new"), &folder.join("rotten"));
    write(folder.join("rotten").join(NAME), rotten).expect("the folder is ours");
    let (exit, said) = run(folder, &["restore", "--from", "rotten"]);
    assert!(exit >= 3, "{exit} {said}");
    assert!(!lost.exists(), "nothing is taken that was refused");
    for unfinished in [UNFINISHED, UNFINISHED_ANNEX] {
        assert!(!folder.join("home").join(unfinished).exists(), "and nothing of it stays");
    }

    done(&["restore", "--from", "new"]);
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
    let place = folder.join("home");
    let anchor = folder.join("home/anchor");
    let mut server = home.serve();
    let mut snapshots = Vec::new();
    for one in 0..12 {
        if one % 3 == 0 {
            let name = format!("{one}");
            assert_eq!(run(folder, &["backup", "--out", &name]).0, 0);
            snapshots.push(name);
        }
        home.runtime.block_on(log.ask(&mut server.client, one)).expect("the server answers");
    }
    assert_eq!(run(folder, &["backup", "--out", "last"]).0, 0);
    let last = Store::open(&Directory::new(&folder.join("last"))).expect("it is whole");
    let commits = last.commits().expect("it is whole").to_string();
    drop(last);
    // It is raised within a second; until then the server answers what it answered before.
    while read_to_string(&anchor).expect("it is there").lines().nth(2) != Some(&commits) {
        home.runtime.block_on(log.ask(&mut server.client, 0)).expect("the server answers");
    }
    server.child.kill().expect("it is our child");
    server.child.wait().expect("it is our child");
    let newest = folder.join("newest");
    create_dir(&newest).expect("the folder is ours");
    put(&place, &newest);
    for snapshot in &snapshots {
        lose(&place);
        let (exit, said) = run(folder, &["restore", "--from", snapshot]);
        assert_eq!((exit, &said["error"]["code"]), (4, &serde_json::json!("INVARIANT")), "{said}");
        put(&folder.join(snapshot), &place);
        for command in [&SERVE[..], &["audit"]] {
            let (exit, said) = run(folder, command);
            let message = said["error"]["message"].as_str().unwrap_or_default();
            let told = message.contains("older than what it was") && message.contains("restore");
            assert!(exit == 4 && told, "{snapshot}: {exit} {said}");
        }
    }
    put(&newest, &place);
    home.runtime.block_on(home.serve().answer_all(&log));
    assert_eq!(home.check(&log), 0);
}

const ISSUE: [&str; 10] = [
    "treasury",
    "issue",
    "--amount",
    "100.00",
    "--key",
    "officer-101.key",
    "--key",
    "officer-102.key",
    "--key-passphrase-file",
    "passphrase",
];

/// A store that has forgotten something is of use to no command, not only to those that serve it:
/// what it shows is not so, and what is done over it is done to nothing.
#[test]
fn b6_no_command_goes_on_over_an_older_copy() {
    let home = founded();
    let folder = home.path();
    let place = folder.join("home").join(NAME);
    let id = hex::encode([3; 32]);
    assert_eq!(run(folder, &["revocation", "new", "--everything", "--out", "revoke"]).0, 0);
    assert_eq!(run(folder, &["backup", "--out", "old"]).0, 0);
    assert_eq!(run(folder, &ISSUE).0, 0);
    copy(folder.join("old").join(NAME), &place).expect("the folder is ours");
    let keys = || read_dir(folder.join("home/keys")).expect("it is there").count();
    let (before, known) = (keys(), read(folder.join("home/anchor")).expect("it was raised"));
    for command in [
        &["supply"][..],
        &["series", "list"],
        &["incident", "list"],
        &["claim", "list"],
        &["staff", "list"],
        &["intermediary", "list"],
        &["trust"],
        &["audit"],
        &SERVE,
        &ISSUE,
        &["staff", "appoint", "--name", "Anton", "--role", "auditor", "--out", "out"],
        &["wallet", "freeze", "--identity", &id],
        &["log", "export", "--out", "out"],
        &["backup", "--out", "out"],
        &["ceremony", "new", "--config", "issuer.toml", "--out", "out"],
        &["revocation", "new", "--everything", "--out", "out"],
        &["series", "rotate", "--proposal", "revoke"],
        &["series", "revoke", "--proposal", "revoke"],
    ] {
        let (exit, said) = run(folder, command);
        let message = said["error"]["message"].as_str().unwrap_or_default();
        let told = message.contains("older than what it was") && message.contains("restore");
        assert!(exit == 4 && told, "{command:?}: {exit} {said}");
        assert!(!folder.join("out").exists(), "{command:?} wrote something");
    }
    assert_eq!(keys(), before, "no keys were made");
    assert_eq!(read(folder.join("home/anchor")).expect("it is there"), known);
    let store = Store::open(&Directory::new(&folder.join("home"))).expect("nobody holds it");
    let old = Store::open(&Directory::new(&folder.join("old"))).expect("it is whole");
    let commits = [store, old].map(|store| store.commits().expect("it is sound"));
    assert_eq!(commits[0], commits[1], "nothing was carried out");
}

/// What operators do while no server runs is remembered like what a server answers.
#[test]
fn b6_what_is_done_at_the_desk_is_not_undone_by_an_older_copy() {
    let home = founded();
    let folder = home.path();
    let done = |args: &[&str]| {
        let (exit, said) = run(folder, args);
        assert_eq!(exit, 0, "{args:?}: {said}");
    };
    let approved = |kind: &str, proposal: &str| {
        let outs = ["101", "102"].map(|seed| format!("{proposal}-{seed}"));
        for (seed, out) in ["101", "102"].iter().zip(&outs) {
            let key = format!("officer-{seed}.key");
            done(&[kind, "approve", "--proposal", proposal, "--key", &key, "--out", out]);
        }
        outs
    };
    done(&["revocation", "new", "--series", "1", "--out", "revoke"]);
    let revoking = approved("revocation", "revoke");
    done(&["ceremony", "new", "--config", "issuer.toml", "--out", "rotate"]);
    let rotating = approved("ceremony", "rotate");
    let signed = |verb, proposal, approvals: &[String; 2]| {
        let [one, two] = approvals.each_ref().map(String::clone);
        let root = ["--root-passphrase-file", "root-passphrase", "--proposal", proposal];
        let args = ["series", verb].into_iter().chain(root).map(str::to_owned);
        args.chain(["--approval".to_owned(), one, "--approval".to_owned(), two]).collect()
    };
    let owned = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect();
    let appoint = ["staff", "appoint", "--name", "Anton", "--role", "auditor", "--out", "access"];
    let all: [Vec<String>; 4] = [
        owned(&ISSUE),
        owned(&appoint),
        signed("revoke", "revoke", &revoking),
        signed("rotate", "rotate", &rotating),
    ];
    for (number, command) in all.iter().enumerate() {
        let before = format!("before-{number}");
        done(&["backup", "--out", &before]);
        done(&command.iter().map(String::as_str).collect::<Vec<_>>());
        done(&["backup", "--out", &format!("after-{number}")]);
        lose(&folder.join("home"));
        let (exit, said) = run(folder, &["restore", "--from", &before]);
        assert_eq!((exit, &said["error"]["code"]), (4, &serde_json::json!("INVARIANT")), "{said}");
        assert!(!folder.join("home").join(UNFINISHED).exists(), "nothing of a refused copy stays");
        done(&["restore", "--from", &format!("after-{number}")]);
    }
    done(&["audit"]);
}

/// A command that was carried out says so, whatever becomes of the anchor: whoever heard of a fault
/// would give it again. The next command makes good for it, and does nothing before it has.
#[test]
fn b6_an_anchor_that_could_not_follow_a_command_is_moved_by_the_next() {
    let home = founded();
    let folder = home.path();
    let place = folder.join("home").join(NAME);
    assert_eq!(run(folder, &["backup", "--out", "old"]).0, 0);
    let anchor = || read_to_string(folder.join("home/anchor")).expect("it was written");
    let before = anchor();
    let obstacle = folder.join("home/anchor.unfinished");
    create_dir(&obstacle).expect("the folder is ours");
    assert_eq!(run(folder, &ISSUE).0, 0, "it is carried out");
    assert_eq!(anchor(), before);
    let (exit, said) = run(folder, &ISSUE);
    assert_eq!((exit, &said["error"]["code"]), (3, &serde_json::json!("FAULT")), "{said}");
    remove_dir(&obstacle).expect("it is empty");
    let (exit, supply) = run(folder, &["supply"]);
    assert_eq!((exit, &supply["treasury"]), (0, &serde_json::json!(10_000)), "once: {supply}");
    assert_ne!(anchor(), before);
    copy(folder.join("old").join(NAME), &place).expect("the folder is ours");
    assert_eq!(run(folder, &["supply"]).0, 4);
}
