//! Founding and admitting on a disk: nothing that is there is lost, nothing is left half done.

use crate::command_line::{INIT, admit, apply, configured, founded, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{create_dir_all, metadata, read, read_dir, remove_file, rename, write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;
use tender_issuer::rows::Intermediaries;
use tender_issuer::store::{Directory, Store};
use tender_proto::certificate::fingerprint_of_pem;
use tender_store::files::write_private;

fn mode(path: &Path) -> u32 {
    metadata(path).expect("it is there").permissions().mode() & 0o777
}

fn message(said: &Value) -> &str {
    said["error"]["message"].as_str().expect("a failed command says why")
}

/// Every key of an issuer, by name.
fn keys(home: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = read_dir(home.join("keys")).expect("the issuer has keys");
    let entries = entries.map(|entry| entry.expect("the folder is ours"));
    let named = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().expect("names are text");
        (name, read(entry.path()).expect("the folder is ours"))
    };
    entries.map(named).collect()
}

/// The fingerprints of the certificates that are valid.
fn fingerprints(folder: &Path) -> Vec<[u8; 32]> {
    let store = Store::open(&Directory::new(&folder.join("home"))).expect("nobody holds the store");
    let mut found = Vec::new();
    let scanned = store.scan::<Intermediaries>(|_, row| found.push(row.fingerprint));
    scanned.expect("the store answers");
    found
}

#[test]
fn an_issuer_whose_store_is_lost_keeps_its_keys() {
    let folder = founded();
    let home = folder.path().join("home");
    let before = keys(&home);
    assert!(before.contains_key("root.ed25519"));
    remove_file(home.join("store.redb")).expect("the folder is ours");
    let (code, said) = run(folder.path(), &INIT);
    assert_eq!(code, 2, "{said}");
    assert!(message(&said).contains("has lost its store"), "{said}");
    assert_eq!(keys(&home), before);
    let (code, said) = run(folder.path(), &["audit"]);
    assert_eq!(code, 2, "{said}");
    assert!(message(&said).contains("restore it from a copy"), "{said}");
}

#[test]
fn a_founding_takes_an_empty_place_and_nothing_else() {
    let folder = configured();
    let home = folder.path().join("home");
    write(&home, "a file").expect("the folder is ours");
    assert_eq!(run(folder.path(), &INIT).0, 2);
    remove_file(&home).expect("the folder is ours");
    create_dir_all(&home).expect("the folder is ours");
    let draft = folder.path().join("home.new");
    create_dir_all(draft.join("keys")).expect("the folder is ours");
    write(draft.join("keys/root.ed25519"), "half").expect("the folder is ours");
    assert_eq!(run(folder.path(), &INIT).0, 0, "an interrupted founding is done again");
    assert!(!draft.exists());
    assert_eq!((mode(&home), mode(&home.join("keys/root.ed25519"))), (0o700, 0o600));
    assert_eq!(run(folder.path(), &["audit"]).0, 0);

    rename(&home, &draft).expect("the folder is ours");
    let before = keys(&draft);
    let (code, said) = run(folder.path(), &INIT);
    assert_eq!(code, 2, "a whole issuer is no draft: {said}");
    assert_eq!(keys(&draft), before);
}

#[test]
fn an_admission_that_cannot_be_written_leaves_the_old_certificate_valid() {
    let folder = founded();
    apply(folder.path(), "Nordhaven", 1);
    let rotate = |out| {
        run(folder.path(), &["intermediary", "rotate", "--name", "Nordhaven", "--out", out]).0
    };
    assert_eq!(admit(folder.path(), "admission.toml").0, 0);
    let before = fingerprints(folder.path());
    assert_eq!(before.len(), 1);
    write(folder.path().join("file"), "").expect("the folder is ours");
    assert_eq!(rotate("missing/admission.toml"), 2);
    assert_eq!(rotate("file/admission.toml"), 2);
    assert_eq!(rotate("admission.toml"), 2, "it is there already");
    assert_eq!(fingerprints(folder.path()), before);
    assert_eq!(rotate("second.toml"), 0);
    let text = std::fs::read_to_string(folder.path().join("second.toml")).expect("it was written");
    let admission: tender_proto::admission::Admission = toml::from_str(&text).expect("it is one");
    let handed_over = fingerprint_of_pem(&admission.credential.certificate).expect("it is one");
    assert_eq!(fingerprints(folder.path()), [handed_over]);
}

#[test]
fn a_secret_is_never_written_into_a_file_that_was_left_behind() {
    let folder = TempDir::new().expect("the system has room for a folder");
    let (secret, left) = (folder.path().join("a.secret"), folder.path().join("a.unfinished"));
    write(folder.path().join("others"), "theirs").expect("the folder is ours");
    std::os::unix::fs::symlink("others", &left).expect("the folder is ours");
    write_private(&secret, b"secret").expect("the folder is ours");
    assert_eq!(read(folder.path().join("others")).expect("the folder is ours"), b"theirs");
    write(&left, "").expect("the folder is ours");
    std::fs::set_permissions(&left, PermissionsExt::from_mode(0o644)).expect("the file is ours");
    write_private(&secret, b"secret").expect("the folder is ours");
    assert_eq!(mode(&secret), 0o600);
}

#[test]
fn what_is_missing_is_wrong_usage_and_says_what_to_do() {
    let folder = founded();
    let elsewhere = TempDir::new().expect("the system has room for a folder");
    let (code, said) = run(elsewhere.path(), &["audit"]);
    assert_eq!(code, 2, "{said}");
    assert_eq!(
        message(&said),
        "no issuer is founded in home; run init first, or give another --home"
    );
    assert_eq!(run(elsewhere.path(), &["init", "--config", "none.toml"]).0, 2);
    let admit = ["--application", "none.toml", "--out", "admission.toml"];
    assert_eq!(run(folder.path(), &[&["intermediary", "admit"], &admit[..]].concat()).0, 2);
    remove_file(folder.path().join("home/issuer.toml")).expect("the folder is ours");
    let (code, said) = run(folder.path(), &["audit"]);
    assert_eq!(code, 2, "{said}");
    assert!(message(&said).contains("home/issuer.toml"), "{said}");
}

#[test]
fn what_could_not_work_is_refused_by_its_name_before_anything_is_made() {
    let folder = configured();
    let folder = folder.path();
    let text = std::fs::read_to_string(folder.join("issuer.toml")).expect("it was written");
    let listen = "listen = \"127.0.0.1:0\"";
    let same = "listen = \"127.0.0.1:7101\"\nmetrics = \"127.0.0.1:7101\"";
    for (right, wrong, field) in [
        (listen, "listen = \"nonsense\"", "`listen`"),
        (listen, "listen = \"127.0.0.1:http\"", "`listen`"),
        (listen, "listen = \":7101\"", "`listen`"),
        (listen, same, "`metrics`"),
        (listen, &format!("{listen}\nmetrics = \"here\""), "`metrics`"),
        ("sessions_per_day = 64", "sessions_per_day = 0", "`sessions_per_day`"),
        ("guarantee_cap = \"0.00\"", "guarantee_cap = \"1.00\"", "`limits.guarantee_cap`"),
    ] {
        let changed = text.replacen(right, wrong, 1);
        assert_ne!(changed, text, "{right}");
        write(folder.join("wrong.toml"), changed).expect("the folder is ours");
        let root = ["--root-passphrase-file", "root-passphrase"];
        let (code, said) = run(folder, &[&["init", "--config", "wrong.toml"][..], &root].concat());
        let message = message(&said);
        assert!(code == 2 && message.contains(field), "{wrong}: {message}");
        assert!(!folder.join("home").exists() && !folder.join("home.new").exists(), "{wrong}");
    }
    // The example's officers are no secret: with one of them anybody could issue.
    let example = include_str!("../../issuer.example.toml");
    let published = example.lines().filter_map(|line| line.trim().strip_suffix(","));
    let published = published.filter(|key| key.starts_with('"') && key.len() == 66);
    let own = text.lines().find_map(|line| line.strip_prefix("keys = [")).expect("it has officers");
    let own = own.split(',').next().expect("it has some");
    let mut seen = 0;
    for key in published {
        write(folder.join("wrong.toml"), text.replacen(own, key, 1)).expect("the folder is ours");
        let root = ["--root-passphrase-file", "root-passphrase"];
        let (code, said) = run(folder, &[&["init", "--config", "wrong.toml"][..], &root].concat());
        let message = message(&said);
        assert!(code == 2 && message.contains("`officers.keys`"), "{key}: {message}");
        assert!(
            message.contains("your own officers") && !folder.join("home").exists(),
            "{message}"
        );
        seen += 1;
    }
    assert_eq!(seen, 3, "all of the example's");
    write(folder.join("issuer.toml"), text.replacen("127.0.0.1:0", "[::1]:0", 1))
        .expect("the folder is ours");
    assert_eq!(run(folder, &INIT).0, 0);
}
