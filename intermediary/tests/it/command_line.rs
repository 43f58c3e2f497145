//! The program as an operator or a script meets it.

use crate::issuer::TestIssuer;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tender_intermediary::home::Config;
use tender_proto::invitation::Invitation;

fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-intermediary"));
    command.arg("--json").arg("--home").arg(home);
    command
}

/// Runs one command; gives exit code and the object it printed.
fn run(home: &Path, arguments: &[&str]) -> (i32, Value) {
    let Output { status, stdout, .. } = command(home).args(arguments).output().expect("runs");
    let object = serde_json::from_slice(&stdout).unwrap_or(Value::Null);
    (status.code().expect("ends by itself"), object)
}

/// A home that has joined an issuer, which may be down.
fn joined(folder: &Path, issuer: &TestIssuer) -> std::path::PathBuf {
    let home = folder.join("bank");
    let listen = "127.0.0.1:0";
    assert_eq!(run(&home, &["init", "--name", "First Bank", "--listen", listen]).0, 0);
    let admission = folder.join("admission.toml");
    let text = toml::to_string(&issuer.admission()).expect("TOML");
    std::fs::write(&admission, text).expect("written");
    let admission = admission.to_str().expect("UTF-8");
    assert_eq!(run(&home, &["join", "--admission", admission]).0, 0);
    home
}

#[test]
fn a_home_is_private_and_made_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("bank");
    let init = ["init", "--name", "First Bank", "--listen", "127.0.0.1:7201"];
    let (code, object) = run(&home, &init);
    assert_eq!((code, object["public_key"].as_str().map(str::len)), (0, Some(64)));
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&home), 0o700);
    for name in ["signing.hex", "authority.toml", "server.toml"] {
        assert_eq!(mode(&home.join("keys").join(name)), 0o600, "{name}");
    }
    assert_eq!(run(&home, &init).0, 2, "what is there is never overwritten");
    let (code, object) = run(&home, &["customer", "list"]);
    assert_eq!((code, object["error"]["code"].as_str()), (2, Some("USAGE")), "not joined yet");
}

#[test]
fn customers_are_added_listed_and_audited() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let out = folder.path().join("invitation.toml");
    let out_text = out.to_str().expect("UTF-8");
    let add = |name, balance| {
        run(&home, &["customer", "add", "--name", name, "--balance", balance, "--out", out_text])
    };
    let (code, object) = add("alice", "12.50");
    assert_eq!((code, object["balance"].as_u64()), (0, Some(1_250)));
    let text = std::fs::read_to_string(&out).expect("written");
    let invitation: Invitation = toml::from_str(&text).expect("an invitation");
    assert_eq!((invitation.code.len(), invitation.intermediary.as_str()), (32, "First Bank"));
    assert_eq!(add("alice", "1").0, 2, "the name is taken");
    for amount in ["-1", "1.234", "x", "184467440737095516.16"] {
        assert_eq!(add("bob", amount).0, 2, "{amount}");
    }
    let (code, object) = run(&home, &["customer", "list"]);
    assert_eq!((code, object["customers"][0]["name"].as_str()), (0, Some("alice")));
    let (code, object) = run(&home, &["audit"]);
    assert_eq!((code, object["liabilities"].as_u64()), (0, Some(1_250)));
    assert_eq!(object["invariants"]["limits_hold"].as_bool(), Some(true));
}

#[test]
fn serving_without_issuer_and_manifest_is_a_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let (code, object) = run(&home, &["serve"]);
    assert_eq!((code, object["error"]["code"].as_str()), (3, Some("FAULT")));
}

#[test]
fn a_server_says_where_it_listens_holds_the_books_and_stops_with_its_parent() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let mut serve = command(&home);
    serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = serve.spawn().expect("runs");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let object: Value = serde_json::from_str(&line).expect("an object");
    let address = object["listening"].as_str().expect("an address").to_owned();
    let (code, busy) = run(&home, &["audit"]);
    assert_eq!((code, busy["error"]["code"].as_str()), (3, Some("FAULT")), "the books are in use");
    drop(child.stdin.take());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
    let taken = std::net::TcpListener::bind(&address).expect("free again");
    let (code, _) = run(&home, &["serve", "--listen", &address]);
    assert_eq!(code, 3, "the address is in use");
    drop(taken);
    assert_eq!(run(&home, &["audit"]).0, 0);
}

#[test]
fn the_example_configuration_is_one() {
    let text = include_str!("../../intermediary.example.toml");
    let config: Config = toml::from_str(text).expect("a configuration");
    assert_eq!(config.name, "First Bank");
}

#[test]
fn wrong_usage_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["withdraw"][..], &["init"], &["serve", "--port", "1"]] {
        let (code, object) = run(folder.path(), arguments);
        assert_eq!((code, object["error"]["code"].as_str()), (2, Some("USAGE")));
    }
}
