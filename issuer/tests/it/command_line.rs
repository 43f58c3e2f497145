//! The program: founded, admitting, issuing, serving, audited, with the exit codes it promises.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tender_proto::admission::Admission;
use tender_token::signature::SecretKey;

/// The program, with the issuer in `home`.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.current_dir(folder).args(["--json", "--home", "home"]);
    command
}

/// Runs one command; gives exit code and the object it printed.
pub fn run(folder: &Path, args: &[&str]) -> (i32, Value) {
    let Output { status, stdout, .. } =
        program(folder).args(args).output().expect("the program runs");
    let said = String::from_utf8(stdout).expect("it says text");
    (
        status.code().expect("it was not killed"),
        serde_json::from_str(&said).expect("one JSON object"),
    )
}

/// A folder with an issuer in `home`.
pub fn founded() -> TempDir {
    let folder = configured();
    let (code, said) = run(folder.path(), &["init", "--config", "issuer.toml"]);
    assert_eq!((code, &said["currency"]), (0, &json!("FLN")));
    folder
}

/// A folder with a configuration that is quickly founded.
pub fn configured() -> TempDir {
    let folder = TempDir::new().expect("the system has room for a folder");
    let example = include_str!("../../issuer.example.toml");
    let few = example
        .replace("127.0.0.1:7101", "127.0.0.1:0")
        .replace(r#"["0.50", "1.00", "2.00", "5.00", "10.00", "20.00", "50.00"]"#, r#"["1.00"]"#);
    std::fs::write(folder.path().join("issuer.toml"), few).expect("the folder is ours");
    folder
}

/// Writes an application.
pub fn apply(folder: &Path, name: &str, seed: u8) {
    let key = hex::encode(SecretKey::from_seed(&[seed; 32]).public().0);
    let text = format!("name = \"{name}\"\npublic_key = \"{key}\"\n");
    std::fs::write(folder.join("application.toml"), text).expect("the folder is ours");
}

#[test]
fn an_issuer_is_founded_once_and_its_supply_adds_up() {
    let home = founded();
    let folder = home.path();
    let code = |args: &[&str]| {
        let (code, said) = run(folder, args);
        (code, said["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(code(&["init", "--config", "issuer.toml"]), (2, "USAGE".to_owned()));
    apply(folder, "Nordhaven", 1);
    let admit = ["admit", "--application", "application.toml", "--out", "admission.toml"];
    assert_eq!(run(folder, &admit).0, 0);
    let text = std::fs::read_to_string(folder.join("admission.toml")).expect("the folder is ours");
    let admission: Admission = toml::from_str(&text).expect("it is an admission");
    assert_eq!((admission.currency.as_str(), admission.decimals), ("FLN", 2));
    assert_eq!(code(&admit), (2, "USAGE".to_owned()), "what is there is not overwritten");
    let again = ["admit", "--application", "application.toml", "--out", "second.toml"];
    assert_eq!(run(folder, &again).0, 0, "a new certificate");
    apply(folder, "Nordhaven", 2);
    let other = ["admit", "--application", "application.toml", "--out", "third.toml"];
    assert_eq!(code(&other), (2, "USAGE".to_owned()), "a name belongs to one");

    let to = ["distribute", "--to", "Nordhaven", "--amount", "12.50"];
    assert_eq!(code(&to), (1, "E_FUNDS".to_owned()));
    assert_eq!(
        run(folder, &["issue", "--amount", "20"]).1,
        json!({"issued": 2000, "treasury": 2000})
    );
    let done = json!({"intermediary": "Nordhaven", "treasury": 750, "vault": 1250});
    assert_eq!(run(folder, &to), (0, done));
    assert_eq!(code(&["issue", "--amount", "0"]), (1, "E_AMOUNT".to_owned()));
    assert_eq!(code(&["issue", "--amount", "1.005"]), (2, "USAGE".to_owned()));
    assert_eq!(code(&["distribute", "--to", "X", "--amount", "1"]), (2, "USAGE".to_owned()));

    let (exit, report) = run(folder, &["audit"]);
    assert_eq!((exit, &report["treasury"], &report["circulation"]), (0, &json!(750), &json!(0)));
    let held = json!({
        "conservation": true,
        "single_spend": true,
        "no_framing": true,
        "append_only": true,
    });
    assert_eq!(report["invariants"], held);
}

#[test]
fn a_server_announces_itself_holds_the_store_and_ends_with_its_input() {
    let home = founded();
    let mut serve = program(home.path());
    serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = serve.spawn().expect("the program runs");
    let mut said = String::new();
    BufReader::new(server.stdout.take().expect("standard output is a pipe"))
        .read_line(&mut said)
        .expect("standard output is a pipe");
    let said: Value = serde_json::from_str(&said).expect("it says one JSON object");
    let address = said["listening"].as_str().expect("it is text").to_owned();

    let (code, held) = run(home.path(), &["audit"]);
    assert_eq!((code, &held["error"]["code"]), (3, &json!("FAULT")));
    drop(server.stdin.take());
    assert_eq!(server.wait().expect("it is our child").code(), Some(0));

    let _taken = std::net::TcpListener::bind(&address).expect("loopback has a free port");
    let (code, taken) = run(home.path(), &["serve", "--listen", &address]);
    assert_eq!((code, &taken["error"]["code"]), (3, &json!("FAULT")));
    assert!(taken["error"]["message"].as_str().expect("it is text").contains(&address));
}

#[cfg(unix)]
#[test]
fn the_home_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = founded();
    let mode = |path: &str| {
        std::fs::metadata(home.path().join(path)).expect("the folder is ours").permissions().mode()
            & 0o777
    };
    assert_eq!((mode("home"), mode("home/keys")), (0o700, 0o700));
    for file in ["store.redb", "issuer.toml", "keys/root.ed25519", "keys/slot-1.der"] {
        assert_eq!(mode(&format!("home/{file}")), 0o600, "{file}");
    }
}

#[test]
fn wrong_usage_says_so() {
    let folder = TempDir::new().expect("the system has room for a folder");
    for args in [&["audit"][..], &["bogus"], &[], &["issue"]] {
        let (code, said) = run(folder.path(), args);
        assert_eq!((code, &said["error"]["code"]), (2, &json!("USAGE")), "{args:?}");
    }
    let (_, said) = run(folder.path(), &["init"]);
    let message = said["error"]["message"].as_str().expect("it is text");
    assert!(message.contains("--config <FILE>"), "the whole sentence: {message}");
    let help = program(folder.path()).arg("--help").output().expect("the program runs");
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8(help.stdout).expect("it says text").contains("Exit codes:"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_has_gone_changes_neither_the_outcome_nor_the_exit_code() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("on Linux");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.args(["--json", "--home", "nowhere", "audit"]).stdout(full()).stderr(full());
    assert_eq!(command.status().expect("starts").code(), Some(2));
}
