//! Officers' keys: sealed under their own passphrase, whatever their files are called.

use crate::command_line::{founded, run};
use serde_json::{Value, json};
use std::fs::{copy, read, write};
use std::path::Path;
use std::process::{Command, Stdio};
use tender_token::treasury::Officer;

/// An officer's command, given on the officer's own machine.
fn by(folder: &Path, args: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.current_dir(folder).arg("--json").args(args).stdin(Stdio::null());
    let output = command.output().expect("the program runs");
    let said = serde_json::from_slice(&output.stdout).expect("one JSON object");
    (output.status.code().expect("it was not killed"), said)
}

/// Approves the instruction `issue` with a key, into the file `approval`.
fn approve(folder: &Path, key: &str, passphrase: Option<&str>) -> (i32, Value) {
    let mut args = vec!["treasury", "approve", "--instruction", "issue", "--out", "approval"];
    args.extend(["--key", key]);
    args.extend(passphrase.map(|file| ["--passphrase-file", file]).into_iter().flatten());
    by(folder, &args)
}

/// That approval is refused for this reason, and nothing is written.
fn refused(folder: &Path, key: &str, passphrase: Option<&str>, why: &str) {
    let (exit, said) = approve(folder, key, passphrase);
    let message = said["error"]["message"].as_str().expect("it says why");
    assert!(exit == 2 && message.contains(why), "{key}: {exit} {message}");
    assert!(!folder.join("approval").exists(), "{key}: something was signed");
}

/// A founded issuer, an instruction to approve, and an officer with a passphrase of their own.
fn proposed() -> tempfile::TempDir {
    let home = founded();
    let folder = home.path();
    assert_eq!(run(folder, &["treasury", "issue", "--amount", "20", "--out", "issue"]).0, 0);
    for (file, text) in [("own", "of the officer\n"), ("another", "of another\n"), ("empty", "\n")]
    {
        write(folder.join(file), text).expect("the folder is ours");
    }
    home
}

#[test]
fn g3_an_officers_key_opens_under_its_own_passphrase_whatever_its_file_is_called() {
    let home = proposed();
    let folder = home.path();
    let new = ["officer", "new", "--out", "new.key"];
    let with = |file| by(folder, &[&new[..], &["--passphrase-file", file]].concat());
    for (made, why) in [(by(folder, &new), "--passphrase-file"), (with("empty"), "is empty")] {
        let message = made.1["error"]["message"].as_str().expect("it says why");
        assert!(made.0 == 2 && message.contains(why), "{message}");
        assert!(!folder.join("new.key").exists());
    }
    let (exit, made) = with("own");
    assert_eq!(exit, 0, "{made}");
    let sealed = read(folder.join("new.key")).expect("it was made");
    assert_eq!(sealed[14..22], [0, 1, 0, 0, 0, 0, 0, 3], "64 MiB, three passes");
    refused(folder, "new.key", Some("another"), "the passphrase is wrong");
    refused(
        folder,
        "new.key",
        Some("empty"),
        "empty does not hold the passphrase of the officer's key new.key: it is empty",
    );
    refused(folder, "new.key", None, "new.key is needed: --passphrase-file");
    copy(folder.join("new.key"), folder.join("renamed")).expect("the folder is ours");
    let (exit, approved) = approve(folder, "renamed", Some("own"));
    assert_eq!((exit, &approved["officer"]), (0, &made["officer"]));
}

/// Flipped bytes, keys of another kind under the same passphrase, and keys as they were once.
#[test]
fn g3_what_is_no_officers_key_any_more_signs_nothing() {
    let home = proposed();
    let folder = home.path();
    let sealed = read(folder.join("officer-101.key")).expect("it was made");
    // Magic, version, memory, passes, salt, nonce, ciphertext, and its tag.
    for place in [0, 13, 14, 18, 22, 38, 62, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        write(folder.join("changed"), changed).expect("the folder is ours");
        let why = if place == 0 { "changed is no officer's key" } else { "cannot be opened: " };
        refused(folder, "changed", Some("passphrase"), why);
    }
    refused(folder, "home/keys/issuer.ed25519", Some("passphrase"), "holds another key");
    for open in [hex::encode([101; 32]), hex::encode([101; 32]) + "\n"] {
        write(folder.join("open.key"), open).expect("the folder is ours");
        refused(folder, "open.key", Some("passphrase"), "make a new one with officer new");
    }
    let (exit, said) = approve(folder, "officer-101.key", Some("passphrase"));
    let officer = hex::encode(Officer::from_seed(&[101; 32]).public().0);
    assert_eq!((exit, &said["officer"]), (0, &json!(officer)), "the whole one does");
}

/// Beside the home every key has its own passphrase, in the order of the keys, or all have one.
#[test]
fn g3_officers_keys_that_are_handed_over_open_with_their_own_passphrases() {
    let home = founded();
    let folder = home.path();
    write(folder.join("another"), "of another").expect("the folder is ours");
    let issue = |files: &[&str]| {
        let keys = ["treasury", "issue", "--amount", "20", "--key", "officer-101.key", "--key"];
        let files = files.iter().flat_map(|file| ["--key-passphrase-file", file]);
        let args: Vec<_> = keys.into_iter().chain(["officer-102.key"]).chain(files).collect();
        let (exit, said) = run(folder, &args);
        (exit, said["error"]["message"].as_str().unwrap_or_default().to_owned())
    };
    for (files, why) in [
        (&[][..], "officer's key officer-101.key is needed: --key-passphrase-file FILE"),
        (&["another"], "the officer's key officer-101.key cannot be opened: the passphrase"),
        (&["passphrase", "another"], "key officer-102.key cannot be opened: the passphrase"),
        (&["passphrase"; 3], "once for all keys, or once for each"),
    ] {
        let (exit, message) = issue(files);
        assert!(exit == 2 && message.contains(why), "{files:?}: {exit} {message}");
    }
    assert_eq!(run(folder, &["supply"]).1["issued"], json!(0), "nothing was carried out");
    assert_eq!(issue(&["passphrase"]).0, 0);
    assert_eq!(issue(&["passphrase", "passphrase"]).0, 0);
    let alone = ["treasury", "issue", "--amount", "20", "--out", "i", "--key-passphrase-file", "p"];
    assert_eq!(run(folder, &alone).0, 2, "a passphrase without a key");
}
