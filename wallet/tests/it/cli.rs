//! The command line, as a process.

use crate::people::{World, world};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// How long a copy of a lock may be held by a program that is just starting.
pub const HELD_WITHIN: Duration = Duration::from_mins(1);

/// Runs a command that answers a program: its exit code, output and errors.
pub fn run(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    tell(home, &[&["--json"], arguments].concat())
}

/// Runs a command that answers a person: its exit code, output and errors.
pub fn tell(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-wallet"));
    command.arg("--home").arg(home).args(arguments);
    let Output { status, stdout, stderr } = command.output().expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

/// Runs a command on a wallet that nobody has open. While another test starts a program, that one
/// holds a copy of each of our files' locks until it executes: then the command is given again.
pub fn run_alone(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let begun = Instant::now();
    loop {
        let told = tell(home, arguments);
        let is_held = told.2.contains("Let it finish, and run the same command again.");
        if !is_held || begun.elapsed() > HELD_WITHIN {
            return told;
        }
    }
}

pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("one JSON object")
}

#[test]
fn a_payment_goes_through_files_and_processes() {
    let World { mut alice, mut bob, .. } = world();
    alice.close();
    bob.close();
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (offer, payment, receipt) = (file("offer"), file("payment"), file("receipt"));

    let (code, out, _) = run(&alice.home(), &["plan", "--amount", "7.00"]);
    assert_eq!((code, &json(&out)["tokens"]), (0, &serde_json::json!(2)));
    let arguments = ["offer", "--amount", "7.00", "--slots", "2", "--out", &offer];
    let (code, out, _) = run(&bob.home(), &arguments);
    assert_eq!((code, &json(&out)["amount"]), (0, &serde_json::json!(700)));
    let (code, _, _) = run(&alice.home(), &["pay", "--offer", &offer, "--out", &payment]);
    assert_eq!(code, 0);
    let arguments = ["receive", "--payment", &payment, "--out", &receipt];
    let (code, out, _) = run(&bob.home(), &arguments);
    assert_eq!((code, &json(&out)["repeated"]), (0, &serde_json::json!(false)));
    let (code, out, _) = run(&alice.home(), &["confirm", "--receipt", &receipt]);
    assert_eq!((code, &json(&out)["confirmed"]), (0, &serde_json::json!(true)));
    let (code, out, _) = run(&bob.home(), &["balance"]);
    assert_eq!((code, &json(&out)["value"]), (0, &serde_json::json!(700)));
    let (code, out, _) = run(&bob.home(), &["history"]);
    assert_eq!((code, &json(&out)["events"][2]["what"]), (0, &serde_json::json!("received")));
}

#[test]
fn errors_have_their_codes_and_tell_where_the_money_is() {
    let World { mut alice, mut bob, .. } = world();
    bob.close();
    let folder = tempfile::TempDir::new().unwrap();
    let offer = folder.path().join("offer").display().to_string();

    let (code, out, _) = run(&alice.home(), &["balance"]);
    assert_eq!((code, &json(&out)["error"]["code"]), (3, &serde_json::json!("FAULT")), "in use");
    alice.close();
    let (code, out, told) = run(&alice.home(), &["plan", "--amount", "7.25"]);
    let error = &json(&out)["error"];
    assert_eq!((code, &error["code"]), (1, &serde_json::json!("E_AMOUNT")));
    assert_eq!(
        (&error["below"], &error["above"]),
        (&serde_json::json!(700), &serde_json::json!(750))
    );
    assert!(told.contains("Your tokens are still in this wallet."), "{told}");
    let (code, out, _) = run(&alice.home(), &["plan", "--amount", "7.255"]);
    assert_eq!((code, &json(&out)["error"]["code"]), (2, &serde_json::json!("USAGE")));
    let (code, _, _) = run(&alice.home(), &["pay", "--offer", &offer, "--out", &offer]);
    assert_eq!(code, 2, "no such file");
    let (code, _, _) = run(&alice.home(), &["dance"]);
    assert_eq!(code, 2);
    let (code, out, _) = run(folder.path(), &["balance"]);
    assert_eq!((code, &json(&out)["error"]["code"]), (2, &serde_json::json!("USAGE")));
    let (code, out, told) = run(&alice.home(), &["reconcile"]);
    assert_eq!((code, &json(&out)["error"]["code"]), (3, &serde_json::json!("FAULT")), "{told}");
    let arguments = ["offer", "--amount", "1", "--slots", "1", "--series", "00", "--out", &offer];
    assert_eq!(run(&alice.home(), &arguments).0, 2);
}

#[test]
fn the_wallets_folder_and_file_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dora = crate::people::Person::create();
    let mode = std::fs::metadata(dora.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
