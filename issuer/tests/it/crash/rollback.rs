//! Rollback: a copy that has forgotten something is taken if enough officers approved just that.

use crate::command_line::{KEYS, founded, keep_officer, lose, run};
use crate::stage::officer;
use serde_json::{Value, json};
use std::fs::{copy, read, read_to_string, remove_file, write};
use std::path::Path;
use tempfile::TempDir;
use tender_issuer::rows::{Actions, Change};
use tender_issuer::store::{Directory, NAME, Store, UNFINISHED, UNFINISHED_ANNEX};
use tender_token::encode::Decode;
use tender_token::log::export::verify;
use tender_token::manifest::Strictness;
use tender_token::rollback::Proposal;
use tender_token::signature::PublicKey;

/// An issuer that lost its store, of which there are two copies. The log that it has told outside
/// is longer than that of both.
struct Lost {
    home: TempDir,
}

impl Lost {
    fn new() -> Self {
        let lost = Self { home: founded() };
        let issue = [&["treasury", "issue", "--amount", "100.00"][..], &KEYS].concat();
        for copied in ["older", "old"] {
            lost.told(&issue, 0);
            lost.told(&["backup", "--out", copied], 0);
        }
        lost.told(&issue, 0);
        lost.told(&["log", "export", "--out", "told"], 0);
        lose(&lost.folder().join("home"));
        lost
    }

    fn folder(&self) -> &Path {
        self.home.path()
    }

    fn store(&self) -> std::path::PathBuf {
        self.folder().join("home").join(NAME)
    }

    fn told(&self, args: &[&str], code: i32) -> Value {
        let (exit, said) = run(self.folder(), args);
        assert_eq!(exit, code, "{args:?}: {said}");
        said
    }

    fn propose(&self, from: &str, out: &str) -> Value {
        self.told(&["rollback", "new", "--from", from, "--out", out], 0)
    }

    fn approve(&self, proposal: &str, officer: &str, out: &str) -> Value {
        let files = ["--proposal", proposal, "--key", officer, "--out", out];
        self.told(&[&["rollback", "approve"], &files[..]].concat(), 0)
    }

    fn restore(&self, from: &str, proposal: &str, approvals: &[&str], code: i32) -> Value {
        let mut args = vec!["restore", "--from", from, "--proposal", proposal];
        args.extend(approvals.iter().flat_map(|approval| ["--approval", approval]));
        self.told(&args, code)
    }
}

#[test]
fn b6_an_older_copy_is_taken_only_as_enough_officers_approved_it() {
    let lost = Lost::new();
    lost.told(&["restore", "--from", "old"], 4);
    let proposed = lost.propose("old", "back");
    assert_eq!((&proposed["leaves"], &proposed["leaves_lost"]), (&json!(3), &json!(1)));
    lost.told(&["rollback", "new", "--from", "old", "--out", "back"], 2);
    let approved = lost.approve("back", "officer-101.key", "one");
    assert_eq!(approved["root"], proposed["root"], "officers see what they approve");
    lost.approve("back", "officer-102.key", "two");
    lost.propose("older", "further");
    lost.approve("further", "officer-101.key", "further-one");

    let refused = |from, proposal, approvals: &[&str], why| {
        let said = lost.restore(from, proposal, approvals, 1);
        assert_eq!(said["error"]["code"], json!("E_AUTH"), "{why}");
        assert!(!lost.store().exists(), "{why}");
        for unfinished in [UNFINISHED, UNFINISHED_ANNEX] {
            assert!(!lost.folder().join("home").join(unfinished).exists(), "{why}");
        }
    };
    refused("old", "back", &["one"], "k - 1 officers");
    refused("old", "back", &["one", "one"], "one officer twice");
    refused("old", "back", &["further-one", "two"], "approvals of another proposal");
    refused("older", "back", &["one", "two"], "another copy");
    lost.restore("old", "back", &[], 2);

    let epoch = || read_to_string(lost.folder().join("home/epoch")).expect("it was raised");
    let before = epoch();
    let done = lost.restore("old", "back", &["one", "two"], 0);
    assert_eq!(done["leaves_lost"], json!(1));
    assert_ne!(epoch(), before, "whoever had the store commits no more");
    let audited = lost.told(&["audit"], 0);
    assert_eq!((&audited["log"]["size"], &audited["violations"]), (&json!(4), &json!([])));

    // What was approved for once is not good for a second time.
    lose(&lost.folder().join("home"));
    lost.told(&["restore", "--from", "old"], 4);
    refused("old", "back", &["one", "two"], "again");
}

/// After the copy officers changed. Those whom the newest policy dismissed would bring the books
/// back under which they were in office, and those who are new are not known to a reader of the
/// shortened log: it takes enough of both.
#[test]
fn b6_officers_who_were_dismissed_since_the_copy_do_not_decide_alone() {
    let home = founded();
    let folder = home.path();
    let told = |args: &[&str], code: i32| {
        let (exit, said) = run(folder, args);
        assert_eq!(exit, code, "{args:?}: {said}");
        said
    };
    told(&["backup", "--out", "old.redb"], 0);
    let config = read_to_string(folder.join("issuer.toml")).expect("it was written");
    let key = |seed: u8| hex::encode(officer(seed).public().0);
    let config = config.replace(&key(101), &key(104)).replace(&key(102), &key(105));
    write(folder.join("changed.toml"), config).expect("the folder is ours");
    for seed in [104, 105] {
        keep_officer(folder, seed);
    }
    told(&["ceremony", "new", "--config", "changed.toml", "--out", "next"], 0);
    let approve = |what: &str, proposal: &str, seed: u8| {
        let (key, out) = (format!("officer-{seed}.key"), format!("{proposal}-{seed}"));
        told(&[what, "approve", "--proposal", proposal, "--key", &key, "--out", &out], 0);
        out
    };
    let [one, two] = [101, 102].map(|seed| approve("ceremony", "next", seed));
    let rotate = ["series", "rotate", "--proposal", "next", "--approval", &one];
    let root = ["--approval", &two, "--root-passphrase-file", "root-passphrase"];
    told(&[&rotate[..], &root].concat(), 0);
    lose(&folder.join("home"));
    told(&["rollback", "new", "--from", "old.redb", "--out", "back"], 0);
    let seeds = [101, 102, 103, 104, 105];
    let signed = seeds.map(|seed| (seed, approve("rollback", "back", seed)));
    let restore = |seeds: &[u8], code: i32| {
        let mut args = vec!["restore", "--from", "old.redb", "--proposal", "back"];
        for (_, out) in signed.iter().filter(|(seed, _)| seeds.contains(seed)) {
            args.extend(["--approval", out]);
        }
        told(&args, code)
    };
    for (seeds, why) in [
        (&[101, 102][..], "both were dismissed"),
        (&[104, 105], "nobody who reads the log knows them"),
        (&[101, 103], "one of the new ones"),
        (&[103, 104], "one of the old ones"),
    ] {
        assert_eq!(restore(seeds, 1)["error"]["code"], json!("E_AUTH"), "{why}");
        assert!(!folder.join("home").join(NAME).exists(), "{why}");
    }
    restore(&[101, 103, 104], 0);
    told(&["log", "export", "--out", "shortened"], 0);
    assert_eq!(told(&["audit"], 0)["violations"], json!([]));
}

/// The log says that it was longer, to everybody who has the root's key, and so do the actions.
#[test]
fn b6_a_rollback_is_told_by_the_log_and_by_the_actions() {
    let lost = Lost::new();
    let proposed = lost.propose("old", "back");
    lost.approve("back", "officer-101.key", "one");
    lost.approve("back", "officer-103.key", "three");
    lost.restore("old", "back", &["one", "three"], 0);
    lost.told(&["log", "export", "--out", "shortened"], 0);
    let root = read_to_string(lost.folder().join("home/keys/root.pub")).expect("it was written");
    let mut key = [0; 32];
    hex::decode_to_slice(root.trim(), &mut key).expect("it is hex");
    let exported = read(lost.folder().join("shortened")).expect("it was written");
    let verified = verify(&exported, &PublicKey(key), Strictness::Production);
    assert_eq!(verified.expect("officers approved it").head.size, 4);
    let bytes = read(lost.folder().join("back")).expect("it was written");
    assert!(exported.windows(bytes.len()).any(|window| window == bytes), "the log has it");
    let proposal = Proposal::from_bytes(&bytes).expect("it is a proposal");
    assert_eq!(json!(proposal.commits_lost()), proposed["commits_lost"]);

    let store = Store::open(&Directory::new(&lost.folder().join("home"))).expect("nobody has it");
    let mut told = Vec::new();
    store.scan::<Actions>(|_, action| told.push(action.change)).expect("it is sound");
    let Proposal { kept, known, .. } = proposal;
    assert_eq!(told.last(), Some(&Change::Rollback { kept, known }));
}

/// A crash after the store has its name and before the home knows that it may: the store is
/// refused, and the same command is given again.
#[test]
fn b6_a_rollback_that_a_crash_cut_short_is_done_again() {
    let lost = Lost::new();
    lost.propose("old", "back");
    lost.approve("back", "officer-101.key", "one");
    lost.approve("back", "officer-102.key", "two");
    let anchor = lost.folder().join("home/anchor-published");
    copy(&anchor, lost.folder().join("anchor")).expect("the folder is ours");
    lost.restore("old", "back", &["one", "two"], 0);
    copy(lost.folder().join("anchor"), &anchor).expect("the folder is ours");
    remove_file(lost.folder().join("home/anchor")).expect("it was written");
    lost.told(&["audit"], 4);
    lost.restore("old", "back", &["one", "two"], 2);
    lose(&lost.folder().join("home"));
    lost.restore("old", "back", &["one", "two"], 0);
    assert_eq!(lost.told(&["audit"], 0)["violations"], json!([]));
}

#[test]
fn a_copy_that_has_forgotten_nothing_needs_no_officers() {
    let home = founded();
    let folder = home.path();
    assert_eq!(run(folder, &["backup", "--out", "new"]).0, 0);
    let new = ["rollback", "new", "--from", "new", "--out", "back"];
    assert_eq!(run(folder, &new).0, 2, "the store is there");
    lose(&folder.join("home"));
    assert_eq!(run(folder, &new).0, 2, "nothing is forgotten");
    assert_eq!(run(folder, &["restore", "--from", "new"]).0, 0);
}

/// Whoever moved the anchor away once got any older copy accepted, and nothing told of it.
#[test]
fn b6_without_its_anchor_a_home_takes_no_store_unless_officers_approve() {
    let lost = Lost::new();
    for anchor in ["anchor", "anchor-published"] {
        remove_file(lost.folder().join("home").join(anchor)).expect("it was raised");
    }
    let said = lost.told(&["restore", "--from", "old"], 4);
    let sentence = said["error"]["message"].as_str().expect("it is text");
    assert!(sentence.contains("`anchor`") && sentence.contains("officers"), "{sentence}");
    assert!(!lost.store().exists());
    let proposed = lost.propose("old", "back");
    assert_eq!((&proposed["leaves"], &proposed["leaves_lost"]), (&json!(3), &json!(0)));
    lost.approve("back", "officer-101.key", "one");
    lost.approve("back", "officer-102.key", "two");
    lost.restore("old", "back", &["one"], 1);
    lost.restore("old", "back", &["one", "two"], 0);
    assert_eq!(lost.told(&["audit"], 0)["log"]["size"], json!(4), "the log tells of it");

    remove_file(lost.folder().join("home/anchor")).expect("it was lowered");
    remove_file(lost.folder().join("home/anchor-published")).expect("it was lowered");
    for command in [&["audit"][..], &["supply"], &["backup", "--out", "copy"]] {
        lost.told(command, 4);
    }
}

/// What was once told outside does not stand for the anchor: it was taken as all that is known.
#[test]
fn b6_a_home_that_lost_its_anchor_takes_no_older_store_after_its_log_was_exported() {
    let lost = Lost { home: founded() };
    let home = lost.folder().join("home");
    lost.told(&["log", "export", "--out", "told"], 0);
    lost.told(&["backup", "--out", "mid"], 0);
    lost.told(&[&["treasury", "issue", "--amount", "100.00"][..], &KEYS].concat(), 0);
    remove_file(home.join("anchor")).expect("the founding wrote it");
    for command in [&["audit"][..], &["supply"], &["log", "export", "--out", "again"]] {
        lost.told(command, 4);
    }
    lose(&home);
    let said = lost.told(&["restore", "--from", "mid"], 4);
    let sentence = said["error"]["message"].as_str().expect("it is text");
    assert!(sentence.contains("`anchor`") && sentence.contains("rollback new"), "{sentence}");
    assert!(!lost.store().exists() && home.join("anchor-published").exists());

    let proposed = lost.propose("mid", "back");
    assert_eq!(proposed["leaves_lost"], json!(0), "nothing tells how far it had come");
    lost.approve("back", "officer-101.key", "one");
    lost.approve("back", "officer-102.key", "two");
    lost.restore("mid", "back", &["one"], 1);
    lost.restore("mid", "back", &["one", "two"], 0);
    assert_eq!(lost.told(&["audit"], 0)["violations"], json!([]));
}
