//! Backup, restore, reconcile, statement and account, as an operator or a script gives the orders.

use crate::bank::Client;
use crate::command_line::{command, holder_of, joined, run};
use crate::issuer::TestIssuer;
use crate::mint::minor;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tender_intermediary::home::Home;
use tender_proto::purchase::SignedPurchase;
use tender_proto::statement::Cause;
use tender_token::cash::AccountRef;
use tender_token::encode::Decode as _;

/// A server that runs while this is there, and where it listens.
pub struct Served(Child, String);

impl Served {
    pub fn new(home: &Path) -> Self {
        Self::of(command(home))
    }

    /// The server that the program becomes when this command is told to serve.
    pub fn of(mut serve: Command) -> Self {
        serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = serve.spawn().expect("runs");
        let stdout = child.stdout.take().expect("piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).expect("an object");
        let address = said["listening"].as_str().expect("an address").to_owned();
        Self(child, address)
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.1
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// A wallet's wire to it.
    pub fn client(&self, home: &Path) -> Client {
        let authority = Home::new(home.to_owned()).authority().expect("there");
        Client::to(&self.1, &authority)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().expect("runs");
        assert!(sent.success());
    }

    pub fn stop(mut self) {
        drop(self.0.stdin.take());
        assert_eq!(self.0.wait().expect("ends").code(), Some(0));
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn add(home: &Path, folder: &Path, name: &str) {
    let out = folder.join(format!("{name}.toml"));
    let add = ["customer", "add", "--name", name, "--balance", "10.00", "--out", text(&out)];
    assert_eq!(run(home, &add).0, 0, "{name}");
}

/// Moves the books out of the home.
pub fn lose(home: &Path) {
    for name in ["store.redb", "store.annex"] {
        std::fs::rename(home.join(name), home.join(format!("{name}.lost"))).expect("moved");
    }
}

#[test]
fn a_running_server_carries_out_what_a_stopped_one_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    issuer.distribute(70_000);
    let home = joined(folder.path(), &issuer);
    add(&home, folder.path(), "alice");
    let config = home.join("intermediary.toml");
    let written = std::fs::read_to_string(&config).expect("there");
    let marks = |low: &str| format!("{low}vault_fill = \"5000.00\"\n{written}");
    std::fs::write(&config, marks("")).expect("ours");
    let (code, object) = run(&home, &["serve"]);
    assert!(code == 2 && object.to_string().contains("vault_low"), "{object}");
    std::fs::write(&config, marks("vault_low = \"1000.00\"\n")).expect("ours");
    let orders = |copy: &str, served: bool, was_served: bool| {
        let (code, object) = run(&home, &["reconcile"]);
        assert_eq!((code, object["statement_is_new"].as_bool()), (0, Some(true)), "{object}");
        let (code, object) = run(&home, &["statement"]);
        assert_eq!((code, object["vault_stated"].as_u64()), (0, Some(70_000)), "{object}");
        assert_eq!(object["postings"][0]["cause"].as_str(), Some("distribution"));
        let (code, object) = run(&home, &["purchases"]);
        let ordered = object["purchases"][0]["amount"].as_u64();
        assert_eq!((code, ordered), (0, was_served.then_some(430_000)), "{object}");
        let out = folder.path().join(format!("{copy}.purchase"));
        let (code, _) = run(&home, &["purchases", "--out", text(&out)]);
        assert_eq!((code, out.exists()), if was_served { (0, true) } else { (1, false) });
        if was_served {
            let bytes = std::fs::read_to_string(&out).expect("written");
            let bytes = hex::decode(bytes.trim()).expect("hex");
            let signed = SignedPurchase::from_bytes(&bytes).expect("an order");
            assert_eq!((signed.verify(), signed.purchase.amount), (Ok(()), minor(430_000)));
            assert_eq!(run(&home, &["purchases", "--out", text(&out)]).0, 2, "it is there");
        }
        let (code, object) = run(&home, &["account"]);
        assert_eq!((code, object["accounts"][0]["balance"].as_u64()), (0, Some(1_000)));
        let (code, object) = run(&home, &["account", "1"]);
        assert_eq!((code, object["opened"].as_u64()), (0, Some(1_000)), "{object}");
        let (code, object) = run(&home, &["account", "2"]);
        assert_eq!((code, object["error"]["code"].as_str()), (1, Some("UNKNOWN_CUSTOMER")));
        let (code, object) = run(&home, &["audit"]);
        assert_eq!((code, object["invariants"]["settled"].as_bool()), (0, Some(true)), "{object}");
        let copy = folder.path().join(copy);
        assert_eq!(run(&home, &["backup", "--out", text(&copy)]).0, 0);
        assert!(copy.join("store.redb").is_file() && copy.join("store.annex").is_file());
        assert_eq!(run(&home, &["backup", "--out", text(&copy)]).0, 2, "nothing is replaced");
        let (code, object) = run(&home, &["metrics"]);
        assert_eq!(code, if served { 0 } else { 3 }, "{object}");
        object["samples"].as_array().cloned().unwrap_or_default()
    };
    orders("stopped", false, false);
    let server = Served::new(&home);
    let mode = std::fs::metadata(home.join("desk")).expect("a socket").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner gives orders");
    let metrics = orders("served", true, true);
    for (name, label, of, value) in [
        ("tender_vault_minor_units", "of", "mirror", 70_000.0),
        ("tender_vault_minor_units", "of", "ordered", 430_000.0),
        ("tender_intermediary_alert", "alert", "vault_low", 1.0),
        ("tender_journal_entries", "are", "open", 0.0),
        ("tender_intermediary_alert", "alert", "difference", 0.0),
        ("tender_intermediary_alert", "alert", "issuer_down", 0.0),
    ] {
        let labels = json!({ label: of });
        let sample = json!({ "name": name, "kind": "gauge", "labels": labels, "value": value });
        assert!(metrics.contains(&sample), "{sample} in {metrics:?}");
    }
    server.stop();
    orders("stopped again", false, true);
}

/// Books that were put back from before a deposit: the server says so by itself, once.
#[test]
fn c2_a_server_over_older_books_says_that_they_miss_something_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    issuer.distribute(70_000);
    let home = joined(folder.path(), &issuer);
    let missed = Cause::Deposit(AccountRef([9; 32]));
    issuer.with(|registry| registry.bank(0).post(missed, minor(500)));
    let mut serve = command(&home);
    serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut server = serve.stderr(Stdio::piped()).env_remove("RUST_LOG").spawn().expect("runs");
    let mut stderr = BufReader::new(server.stderr.take().expect("piped"));
    let mut said = String::new();
    while !said.contains("statement differ") {
        assert_ne!(stderr.read_line(&mut said).expect("text"), 0, "{said}");
    }
    drop(server.stdin.take());
    stderr.read_to_string(&mut said).expect("text");
    assert_eq!(server.wait().expect("ends").code(), Some(0));
    assert_eq!(said.matches("statement differ").count(), 1, "{said}");
    assert!(said.contains("`reconcile` names each difference") && !said.contains('\u{1b}'));
    let (code, object) = run(&home, &["reconcile"]);
    assert_eq!((code, object["differences"].as_array().map(Vec::len)), (4, Some(1)), "{object}");
}

#[test]
fn a_copy_is_restored_only_if_it_has_forgotten_nothing_that_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let copies: Vec<PathBuf> = ["alice", "bob"]
        .into_iter()
        .map(|name| {
            add(&home, folder.path(), name);
            let copy = folder.path().join(format!("with {name}"));
            assert_eq!(run(&home, &["backup", "--out", text(&copy)]).0, 0);
            copy
        })
        .collect();
    let restore = |from: &Path| run(&home, &["restore", "--from", text(from)]);
    assert_eq!(restore(&copies[1]).0, 2, "the books are there");
    lose(&home);
    assert_eq!(restore(folder.path()).0, 2, "that is no copy");
    let (code, object) = restore(&copies[0]);
    let message = object["error"]["message"].as_str().expect("a sentence");
    assert!(code == 4 && message.contains("older than they were"), "{message}");
    assert!(!home.join("store.redb").exists(), "nothing was changed");
    let (code, object) = restore(&copies[1]);
    assert_eq!(code, 0, "{object}");
    let (_, object) = run(&home, &["account"]);
    assert_eq!(object["accounts"][1]["customer"].as_u64(), Some(2));

    lose(&home);
    for name in ["store.redb", "store.annex"] {
        std::fs::copy(copies[0].join(name), home.join(name)).expect("put back by hand");
    }
    let (code, object) = run(&home, &["account"]);
    let message = object["error"]["message"].as_str().expect("a sentence");
    assert!(code == 4 && message.contains("older than they were"), "{message}");
}

/// The anchor used to follow when the books were opened next, so the last order of a day without a
/// server could be forgotten unseen.
#[test]
fn c2_a_copy_from_before_the_last_order_of_a_stopped_home_is_older() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    add(&home, folder.path(), "alice");
    let copy = folder.path().join("copy");
    assert_eq!(run(&home, &["backup", "--out", text(&copy)]).0, 0);
    assert_eq!(run(&home, &["customer", "freeze", "1", "--by", "Clerk"]).0, 0, "the last order");
    lose(&home);
    let (code, object) = run(&home, &["restore", "--from", text(&copy)]);
    let message = object["error"]["message"].as_str().expect("a sentence");
    assert!(code == 4 && message.contains("older than they were"), "{message}");
}

/// A copy of the books of a running server that has heard all that the issuer has to say, so that
/// nothing more is committed by itself.
fn copied(home: &Path, folder: &Path) -> PathBuf {
    let (code, object) = run(home, &["reconcile"]);
    assert_eq!((code, object["statement_is_new"].as_bool()), (0, Some(true)), "{object}");
    let copy = folder.join("copy");
    assert_eq!(run(home, &["backup", "--out", text(&copy)]).0, 0);
    copy
}

/// "Move the books away first" was said of books that a server had open, and whoever had moved them
/// already got a second intermediary beside the running one.
#[test]
fn b7_a_restoration_beside_a_running_server_is_refused_wherever_its_books_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    add(&home, folder.path(), "alice");
    let server = Served::new(&home);
    let copy = copied(&home, folder.path());
    let restore = |from: &Path| run(&home, &["restore", "--from", text(from)]);
    let refused = |from: &Path| {
        let (code, object) = restore(from);
        let message = object["error"]["message"].as_str().expect("a sentence");
        assert!(code == 3 && message.contains("stop the server first"), "{message}");
    };
    refused(&copy);
    refused(folder.path());
    lose(&home);
    refused(&copy);
    assert!(!home.join("store.redb").exists(), "nothing was changed");
    server.stop();
    std::fs::rename(home.join("store.annex.lost"), home.join("store.annex")).expect("ours");
    let (code, object) = restore(&copy);
    let message = object["error"]["message"].as_str().expect("a sentence");
    assert!(code == 2 && message.contains("move store.annex away first"), "{message}");
    std::fs::remove_file(home.join("store.annex")).expect("ours");
    let (code, object) = restore(&copy);
    assert_eq!(code, 0, "{object}");
}

/// A server without a socket is not seen when its books were moved away. The books that are put
/// back take over from it.
#[test]
fn b7_a_server_that_a_restoration_did_not_see_commits_nothing_any_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    add(&home, folder.path(), "alice");
    let server = Served::new(&home);
    let copy = copied(&home, folder.path());
    std::fs::remove_file(home.join("desk")).expect("its socket");
    lose(&home);
    let (code, object) = run(&home, &["restore", "--from", text(&copy)]);
    assert_eq!(code, 0, "{object}");
    let (holder, code) = holder_of(&folder.path().join("alice.toml"));
    let enrolled = server.client(&home).enrol(&holder.registration, &code);
    assert!(enrolled.is_err(), "{enrolled:?}");
    server.signal("KILL");
    let (code, list) = run(&home, &["customer", "list"]);
    assert_eq!((code, list["customers"][0]["enrolled"].as_bool()), (0, Some(false)), "{list}");
}

#[test]
fn a_damaged_copy_is_not_restored() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    add(&home, folder.path(), "alice");
    let copy = folder.path().join("copy");
    assert_eq!(run(&home, &["backup", "--out", text(&copy)]).0, 0);
    let file = copy.join("store.redb");
    let mut bytes = std::fs::read(&file).expect("there");
    let name = bytes.windows(5).position(|bytes| bytes == b"basic").expect("the row");
    bytes[name] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    lose(&home);
    let restore = || run(&home, &["restore", "--from", text(&copy)]);
    let (code, object) = restore();
    assert_eq!((code, object["error"]["code"].as_str()), (4, Some("INVARIANT")), "{object}");
    assert!(!home.join("store.redb").exists(), "nothing was changed");
    // What is no store at all is the same to whoever has to take another copy.
    std::fs::write(&file, b"this is no store").expect("ours");
    assert_eq!(restore().0, 4);
    std::fs::remove_file(&file).expect("ours");
    std::fs::create_dir(&file).expect("ours");
    assert_eq!(restore().0, 2, "that is no copy");
    assert!(!home.join("store.redb").exists(), "nothing was changed");
}
