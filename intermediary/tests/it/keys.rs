//! Our keys: sealed on the disk, and opened by their passphrase only.

use crate::command_line::{init, joined, run};
use crate::desk::Served;
use crate::issuer::TestIssuer;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every file under a folder with what is in it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable"));
    let read = |path: PathBuf| {
        if path.is_dir() {
            return files(&path);
        }
        let bytes = fs::read(&path).expect("readable");
        vec![(path, bytes)]
    };
    entries.flat_map(|entry| read(entry.path())).collect()
}

fn holds(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|window| window == what.as_bytes())
}

/// The program with another passphrase, or with none.
fn with(home: &Path, passphrase: Option<&Path>, arguments: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-intermediary"));
    command.args(["--json", "--home"]).arg(home);
    if let Some(file) = passphrase {
        command.arg("--passphrase-file").arg(file);
    }
    let Output { status, stdout, .. } = command.args(arguments).output().expect("runs");
    let object = serde_json::from_slice(&stdout).unwrap_or(Value::Null);
    (status.code().expect("ends by itself"), object)
}

fn message(object: &Value) -> &str {
    object["error"]["message"].as_str().unwrap_or_default()
}

/// Whoever reads the home without its passphrase finds no key: not the one that was handed back
/// with the admission, and none of those that were made here.
#[test]
fn g3_nothing_secret_lies_open_in_a_home_that_has_joined() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let admission = fs::read_to_string(folder.path().join("admission.toml")).expect("written");
    assert!(admission.contains("PRIVATE KEY"), "the file that was handed over has the key");
    let (_, pem) = admission.split_once("PRIVATE KEY-----").expect("a key");
    let secret = pem.trim_start().lines().next().expect("the key's first line");
    assert!(secret.len() > 40, "{secret}");
    let files = files(&home);
    assert!(files.len() >= 8, "{}", files.len());
    for (path, bytes) in &files {
        for open in ["PRIVATE KEY", secret, &hex::encode(secret)] {
            assert!(!holds(bytes, open), "{} has a key", path.display());
        }
    }
    let seed = fs::read(home.join("keys/signing.ed25519")).expect("there");
    assert!(seed.starts_with(b"tender/sealed") && seed.len() == 62 + 32 + 16);
    for file in ["keys/authority.toml", "keys/server.toml", "admission.toml"] {
        let text = fs::read_to_string(home.join(file)).expect("there");
        assert!(text.contains(&hex::encode("tender/sealed")), "{file}");
    }
}

/// A passphrase that is wrong, empty or missing opens nothing, is said to be so, and leaves the
/// home as it was; with the right one everything works afterwards.
#[test]
fn g3_a_wrong_passphrase_is_said_so_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let handed = folder.path().join("admission.toml");
    let join = ["join", "--admission", handed.to_str().expect("UTF-8")];
    let keys = || files(&home.join("keys"));
    let kept = (keys(), fs::read(home.join("admission.toml")).expect("there"));
    let other = folder.path().join("other");
    for (text, expected) in [("of another\n", "passphrase is wrong"), ("\n", "is empty")] {
        fs::write(&other, text).expect("ours");
        for command in [&["serve"][..], &["reconcile"], &join] {
            let (code, said) = with(&home, Some(&other), command);
            assert!(code == 2 && message(&said).contains(expected), "{command:?}: {said}");
        }
    }
    for command in [&["serve"][..], &["reconcile"], &join] {
        let (code, said) = with(&home, None, command);
        let wanted = message(&said).contains("--passphrase-file FILE");
        assert!(code == 2 && wanted, "{command:?}: {said}");
    }
    assert!(kept == (keys(), fs::read(home.join("admission.toml")).expect("there")));
    assert_eq!(run(&home, &join).0, 0);
    Served::new(&home).stop();
}

#[test]
fn without_a_passphrase_no_home_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("bank");
    let (code, said) = with(&home, None, &init("First Bank", "127.0.0.1:0"));
    assert!(code == 2 && message(&said).contains("--passphrase-file FILE"), "{said}");
    let mut silly = init("First Bank", "127.0.0.1:0");
    silly[6] = "8191";
    let (code, said) = run(&home, &silly);
    assert!(code == 2 && message(&said).contains("8192 to 1048576"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).expect("ours").count(), 0, "nothing was made");
}

/// What needs no key asks for no passphrase: the staff works beside a server that was given it.
#[test]
fn the_staff_works_without_the_passphrase() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let out = folder.path().join("ann.toml");
    let out = out.to_str().expect("UTF-8");
    let add = ["customer", "add", "--name", "Ann", "--balance", "10", "--out", out];
    assert_eq!(with(&home, None, &add).0, 0);
    let server = Served::new(&home);
    for command in [&["customer", "list"][..], &["audit"], &["reconcile"], &["purchases"]] {
        assert_eq!(with(&home, None, command).0, 0, "{command:?}");
    }
    server.stop();
}

/// A key that was put into the place of another one does not open there, nor one whose cost of
/// guessing was changed; and a signing key under the right passphrase that is another bank's is
/// noticed before anything is signed.
#[test]
fn g3_a_key_opens_in_its_own_place_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let sealed = |file: &str| {
        let text = fs::read_to_string(home.join(file)).expect("there");
        let (_, rest) = text.split_once("sealed_key = \"").expect("a sealed key");
        (rest.split('"').next().expect("it ends").to_owned(), text.clone())
    };
    let ([authority, _], [server, text]): ([String; 2], [String; 2]) =
        (sealed("keys/authority.toml").into(), sealed("keys/server.toml").into());
    for put in [authority, server.replacen("00002000", "00004000", 1)] {
        fs::write(home.join("keys/server.toml"), text.replace(&server, &put)).expect("ours");
        let (code, said) = run(&home, &["serve"]);
        assert!(code == 2 && message(&said).contains("server.toml"), "{said}");
    }
    fs::write(home.join("keys/server.toml"), text).expect("ours");
    let foreign = folder.path().join("other");
    assert_eq!(run(&foreign, &init("Other", "127.0.0.1:0")).0, 0, "under the same passphrase");
    let signing = "keys/signing.ed25519";
    fs::copy(foreign.join(signing), home.join(signing)).expect("ours");
    let (code, said) = run(&home, &["serve"]);
    assert!(code == 2 && message(&said).contains("applied with"), "{said}");
}
