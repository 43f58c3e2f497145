//! The home's own certificates: new ones take the place of the old ones, and nobody is locked out.

use crate::command_line::{founded, run, told};
use crate::operator::Server;
use serde_json::{Value, json};
use std::fs::{copy, create_dir_all, read_to_string, remove_dir_all, remove_file, rename};
use std::path::{Path, PathBuf};
use tender_proto::admission::Admission;

fn key(folder: &Path, name: &str) -> PathBuf {
    folder.join("home/keys").join(name)
}

fn done(folder: &Path, args: &[&str]) -> Value {
    let (code, said) = run(folder, args);
    assert_eq!(code, 0, "{args:?} {said}");
    said
}

/// The staff by names, with how they stand.
fn staff(folder: &Path) -> Vec<(String, bool)> {
    let said = done(folder, &["staff", "list"]);
    let rows = said["staff"].as_array().expect("a list").iter();
    let named = |row: &Value| {
        let name = row["name"].as_str().expect("it is text").to_owned();
        (name, row["standing"] == json!("appointed"))
    };
    let mut staff: Vec<_> = rows.map(named).collect();
    staff.sort();
    staff
}

fn standing(expected: &[(&str, bool)]) -> Vec<(String, bool)> {
    expected.iter().map(|(name, may)| ((*name).to_owned(), *may)).collect()
}

/// The days left of the home's certificates by `certificate list`.
fn days(folder: &Path) -> [u64; 3] {
    let said = done(folder, &["certificate", "list"]);
    let days = |at: usize| said["certificates"][at]["days_left"].as_u64().expect("a number");
    [0, 1, 2].map(days)
}

/// What the running server measures under a name and a label.
fn shown(folder: &Path, name: &str, label: &str) -> u64 {
    let said = done(folder, &["metrics"]);
    let samples = said["samples"].as_array().expect("a list");
    let labelled = |sample: &&Value| {
        let labels = sample["labels"].as_object().expect("labels");
        sample["name"] == name && labels.values().any(|value| value == label)
    };
    let sample = samples.iter().find(labelled);
    let value = sample.and_then(|sample| sample["value"].as_f64());
    let value = value.unwrap_or_else(|| panic!("{name} {label} is not shown: {said}"));
    format!("{value}").parse().expect("a whole number")
}

/// Whether the alert of certificates that end soon stands.
fn alert(folder: &Path) -> u64 {
    shown(folder, "tender_issuer_alert", "certificate_ends")
}

/// A certificate that ends soon is an alert until it is renewed. The home calls its server before,
/// while and after that, and what it called with before is refused.
#[test]
fn c6_a_home_renews_its_certificates_while_its_server_serves() {
    let home = founded();
    let folder = home.path();
    assert!(days(folder).iter().all(|days| *days > 700_000), "without an end that is near");
    let server = Server::start(folder);
    assert_eq!(alert(folder), 0);
    for name in ["operator.pem", "operator.key"] {
        copy(key(folder, name), folder.join(name)).expect("the folder is ours");
    }
    let said = done(folder, &["certificate", "renew", "--days", "10"]);
    assert_eq!(said["name"], json!("operator-2"));
    let [authority, own_server, operator] = days(folder);
    assert_eq!((authority > 700_000, own_server, operator), (true, 10, 10));
    assert_eq!(staff(folder), standing(&[("operator", false), ("operator-2", true)]));
    let text = told(folder, &["certificate", "list"]).1;
    assert_eq!(text.matches("in 10 days; renew it").count(), 2, "{text}");
    server.stop();
    // The store is open to whoever has the home, so only a running server can refuse it.
    let server = Server::start(folder);
    let left = "tender_certificate_days_left";
    assert_eq!(shown(folder, left, "server"), 10);
    assert_eq!(shown(folder, left, "operator"), 10);
    assert_eq!(alert(folder), 1);
    for name in ["operator.pem", "operator.key"] {
        rename(key(folder, name), folder.join(format!("new-{name}"))).expect("it is ours");
        copy(folder.join(name), key(folder, name)).expect("the folder is ours");
    }
    let (code, said) = run(folder, &["supply"]);
    assert_eq!((code, &said["error"]["code"]), (1, &json!("UNKNOWN_CERTIFICATE")), "the old one");
    for name in ["operator.pem", "operator.key"] {
        rename(folder.join(format!("new-{name}")), key(folder, name)).expect("it is ours");
    }
    let said = done(folder, &["certificate", "renew", "--name", "Olga"]);
    assert_eq!(said["name"], json!("Olga"));
    assert!(said["end"].as_u64() > Some(60_000_000_000), "in the year 4096: {said}");
    let (code, _) = run(folder, &["certificate", "renew", "--name", "Olga"]);
    assert_eq!(code, 1, "she is appointed already, and nothing is changed");
    done(folder, &["supply"]);
    server.stop();
    let server = Server::start(folder);
    assert_eq!(alert(folder), 0);
    server.stop();
    let expected = [("Olga", true), ("operator", false), ("operator-2", false)];
    assert_eq!(staff(folder), standing(&expected));
    assert_eq!(done(folder, &["audit"])["violations"], json!([]));
}

/// Wherever a renewal is cut short, the home has a certificate and its key, both of one make, that
/// its server accepts; and the same command ends what it began.
#[test]
fn c6_a_renewal_that_is_cut_short_locks_nobody_out_and_is_done_again() {
    let home = founded();
    let folder = home.path();
    // The new key cannot take its place: the certificate is appointed, and not in use.
    let (own, aside) = (key(folder, "operator.key"), folder.join("aside"));
    rename(&own, &aside).expect("the folder is ours");
    create_dir_all(own.join("in the way")).expect("the folder is ours");
    assert_eq!(run(folder, &["certificate", "renew"]).0, 2, "a folder is in the place of a file");
    remove_dir_all(&own).expect("the folder is ours");
    rename(&aside, &own).expect("the folder is ours");
    assert_eq!(staff(folder), standing(&[("operator", true), ("operator-2", true)]));
    let server = Server::start(folder);
    done(folder, &["supply"]);
    let before = read_to_string(key(folder, "operator.pem")).expect("it is there");
    assert_eq!(done(folder, &["certificate", "renew"])["name"], json!("operator-2"));
    assert_eq!(staff(folder), standing(&[("operator", false), ("operator-2", true)]));

    // The key has taken its place, the certificate has not.
    let pem = key(folder, "operator.pem");
    rename(&pem, key(folder, "operator.pem.next")).expect("the folder is ours");
    std::fs::write(&pem, before).expect("the folder is ours");
    done(folder, &["supply"]);
    assert!(!key(folder, "operator.pem.next").exists(), "it took its place");
    server.stop();
    let own = read_to_string(&pem).expect("it is there");

    // Both have taken their places, and the one before is not dismissed.
    let args = ["staff", "appoint", "--name", "next", "--role", "operator", "--out", "access"];
    done(folder, &args);
    let access = read_to_string(folder.join("access")).expect("it was written");
    let access: Admission = toml::from_str(&access).expect("it is an admission");
    std::fs::write(&pem, access.credential.certificate).expect("the folder is ours");
    std::fs::write(key(folder, "operator.pem.replaced"), own).expect("the folder is ours");
    assert_eq!(done(folder, &["certificate", "renew"])["name"], json!("next"));
    let expected = [("next", true), ("operator", false), ("operator-2", false)];
    assert_eq!(staff(folder), standing(&expected));
    // Nothing is left over, so the next one is a whole renewal.
    assert_eq!(done(folder, &["certificate", "renew"])["name"], json!("next-2"));
    let server = Server::start(folder);
    done(folder, &["supply"]);
    server.stop();
}

/// A home whose certificates are lost, or whose operator was dismissed because the key was stolen,
/// gets new ones with the server stopped.
#[test]
fn c6_a_home_without_a_certificate_gets_one_while_no_server_runs() {
    let home = founded();
    let folder = home.path();
    done(folder, &["staff", "dismiss", "--name", "operator"]);
    done(folder, &["certificate", "renew"]);
    let serves = || {
        let server = Server::start(folder);
        done(folder, &["supply"]);
        server.stop();
    };
    serves();
    for name in ["operator.pem", "operator.key", "server.pem", "server.key"] {
        remove_file(key(folder, name)).expect("it is there");
    }
    let (_, text) = told(folder, &["certificate", "list"]);
    assert_eq!(text.matches("is missing").count(), 2, "{text}");
    assert_eq!(done(folder, &["certificate", "renew"])["name"], json!("operator-3"));
    serves();
    let expected = [("operator", false), ("operator-2", true), ("operator-3", true)];
    assert_eq!(staff(folder), standing(&expected), "whoever found the lost one is to be dismissed");
    assert_eq!(done(folder, &["audit"])["violations"], json!([]));
}
