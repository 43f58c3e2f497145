//! Export: the log leaves the issuer, and whoever has the root's public key verifies all of it.

use crate::command_line::{KEYS, admit, apply, founded, run};
use crate::operator::Server;
use crate::staff::{by_access, reach};
use serde_json::{Value, json};
use std::fs::{copy, read, read_to_string};
use std::path::Path;
use tender_token::log::export::{Doubt, verify};
use tender_token::manifest::Strictness;
use tender_token::signature::PublicKey;

fn root(folder: &Path) -> PublicKey {
    let text = read_to_string(folder.join("home/keys/root.pub")).expect("it was written");
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim(), &mut key).expect("it is hex");
    PublicKey(key)
}

/// An issuer that created, distributed and took reserves in.
fn supplied() -> tempfile::TempDir {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    for order in [
        &["treasury", "issue", "--amount", "100.00"][..],
        &["treasury", "credit-reserves", "--intermediary", "Nordhaven", "--amount", "9.00"],
        &["treasury", "distribute", "--intermediary", "Nordhaven", "--amount", "9.00"],
    ] {
        let (code, said) = run(folder, &[order, &KEYS].concat());
        assert_eq!(code, 0, "{said}");
    }
    home
}

#[test]
fn ra20_the_whole_log_verifies_outside_and_every_flipped_byte_is_found() {
    let home = supplied();
    let folder = home.path();
    let (code, said) = run(folder, &["log", "export", "--out", "log"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(run(folder, &["log", "export", "--out", "log"]).0, 2, "nothing is replaced");
    let (root, bytes) = (root(folder), read(folder.join("log")).expect("it was written"));
    let check = |bytes: &[u8]| verify(bytes, &root, Strictness::Production);
    let verified = check(&bytes).expect("the issuer wrote it");
    assert_eq!(json!(verified.head.size), said["size"]);
    assert_eq!(json!(hex::encode(verified.head.root.0)), said["root"]);
    let mut leaves = std::collections::BTreeSet::new();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        match check(&flipped) {
            Err(Doubt::Leaf(index, _)) => {
                leaves.insert(index);
            }
            Err(Doubt::Front | Doubt::Checkpoint | Doubt::Tree) => {}
            Ok(_) => panic!("a flip at {at} is not found"),
        }
    }
    // The last index is that of the leaf that is missing when the count is another.
    assert!(leaves.into_iter().eq(0..=verified.head.size), "every leaf is named");
}

/// An auditor elsewhere and the operator at the home get the same file, with and without a server.
#[test]
fn ra20_who_may_read_the_log_gets_the_same_signed_export_of_it() {
    let home = supplied();
    let folder = home.path();
    let server = Server::start(folder);
    let appoint = ["staff", "appoint", "--name", "Anton", "--role", "auditor"];
    assert_eq!(run(folder, &[&appoint[..], &["--out", "access.toml"]].concat()).0, 0);
    reach(folder, "access.toml", &server);
    let export = |name| ["log", "export", "--out", name];
    let (code, first) = by_access(folder, "access.toml", &export("auditor"));
    assert_eq!(code, 0, "{first}");
    let told = |said: &Value| ["size", "root"].map(|field| said[field].clone());
    let (code, second) = run(folder, &export("operator"));
    assert_eq!((code, told(&second)), (0, told(&first)));
    let anchor = read_to_string(folder.join("home/anchor-published")).expect("it was raised");
    let size = first["size"].to_string();
    assert_eq!(anchor.lines().next(), Some(size.as_str()), "what was told is remembered");
    server.stop();
    let (code, third) = run(folder, &export("alone"));
    assert_eq!((code, told(&third)), (0, told(&first)));
    let file = |name| read(folder.join(name)).expect("it was written");
    let bytes = file("auditor");
    assert_eq!((&file("operator"), &file("alone")), (&bytes, &bytes));
    let verified = verify(&bytes, &root(folder), Strictness::Production).expect("it is signed");
    assert_eq!(json!(verified.head.size), first["size"]);
}

/// What was told outside is never forgotten, also by an issuer that never served.
#[test]
fn b6_a_store_from_before_an_export_is_refused() {
    let home = founded();
    let folder = home.path();
    let store = folder.join("home/store.redb");
    copy(&store, folder.join("old")).expect("the folder is ours");
    let issue = [&["treasury", "issue", "--amount", "100.00"][..], &KEYS].concat();
    assert_eq!(run(folder, &issue).0, 0);
    assert_eq!(run(folder, &["log", "export", "--out", "log"]).0, 0);
    copy(folder.join("old"), &store).expect("the folder is ours");
    let export = &["log", "export", "--out", "other"];
    for command in [&["audit"][..], &["serve", "--listen", "127.0.0.1:0"], export] {
        let (code, said) = run(folder, command);
        assert_eq!((code, &said["error"]["code"]), (4, &json!("INVARIANT")), "{said}");
    }
}

/// No byte of the export can be written, as on a full disk, while the server's disk has room.
#[test]
fn b13_an_export_that_has_no_room_leaves_nothing_behind_and_can_be_made_again() {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    let export = ["log", "export", "--out", "log.tender"];
    let mut full = std::process::Command::new("sh");
    let limited = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    full.current_dir(folder).args(["-c", limited, "sh", env!("CARGO_BIN_EXE_tender-issuer")]);
    full.args(["--home", "home", "--passphrase-file", "passphrase", "--json"]).args(export);
    let output = full.output().expect("the system has a shell");
    let said = String::from_utf8(output.stdout).expect("it says text");
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("log.tender cannot be written: File too large"), "{said}");
    let left = std::fs::read_dir(folder).expect("the folder is ours").filter(|entry| {
        let name = entry.as_ref().expect("it can be read").file_name();
        name.to_string_lossy().starts_with("log.")
    });
    assert_eq!(left.count(), 0, "nothing is left of it");
    assert_eq!(run(folder, &export).0, 0);
    server.stop();
}
