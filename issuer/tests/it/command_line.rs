//! The program: founded, admitting, issuing, serving, audited, with the exit codes it promises.

use crate::stage::{OFFICERS, officer};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{LazyLock, Mutex};
use tempfile::TempDir;
use tender_issuer::store::{ANNEX, NAME};
use tender_proto::admission::Admission;
use tender_proto::purchase::Purchase;
use tender_proto::transport::channel;
use tender_proto::wire;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_store::envelope::{Cost, Lock};
use tender_store::files::write_private;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::Encode as _;
use tender_token::identity::RegistrarId;
use tender_token::signature::SecretKey;
use zeroize::Zeroizing;

/// Founds what [`configured`] prepared.
pub const INIT: [&str; 5] =
    ["init", "--config", "issuer.toml", "--root-passphrase-file", "root-passphrase"];

/// Two officers' keys, as a supply order takes them that is carried out at once.
pub const KEYS: [&str; 6] =
    ["--key", "officer-101.key", "--key", "officer-102.key", "--key-passphrase-file", "passphrase"];

/// What is in the file `passphrase`; it is the officers' too, as one person plays them all.
const PASSPHRASE: &str = "of the issuer";

/// One lock for all officers, so that their passphrase is worked on once for all tests.
static OFFICERS_LOCK: LazyLock<Mutex<Lock>> = LazyLock::new(|| {
    let lock = Lock::new(Zeroizing::new(PASSPHRASE.as_bytes().to_vec()));
    Mutex::new(lock.expect("it is not empty"))
});

/// Seals an officer's key as `officer new` does, at the least cost, as `officer-<seed>.key`.
pub fn keep_officer(folder: &Path, seed: u8) {
    let cost = Cost::new(8_192, 1).expect("the least that is permitted");
    let mut lock = OFFICERS_LOCK.lock().expect("no test panics with it");
    let sealed = lock.seal("officer", &[seed; 32], cost, &mut UnwrapErr(SysRng));
    std::fs::write(folder.join(format!("officer-{seed}.key")), sealed).expect("it is ours");
}

/// The program, with the issuer in `home`.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.current_dir(folder).args(["--json", "--home", "home"]);
    command.args(["--passphrase-file", "passphrase"]);
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

/// Runs one command without `--json`; gives exit code and what it printed.
pub fn told(folder: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.current_dir(folder).args(["--home", "home", "--passphrase-file", "passphrase"]);
    let Output { status, stdout, stderr } = command.args(args).output().expect("the program runs");
    let said = String::from_utf8([stdout, stderr].concat()).expect("it says text");
    (status.code().expect("it was not killed"), said)
}

/// A folder with an issuer in `home`.
pub fn founded() -> TempDir {
    let folder = configured();
    let (code, said) = run(folder.path(), &INIT);
    assert_eq!((code, &said["currency"]), (0, &json!("FLN")));
    folder
}

/// Loses the store of a home.
pub fn lose(home: &Path) {
    for name in [NAME, ANNEX] {
        std::fs::remove_file(home.join(name)).expect("the folder is ours");
    }
}

/// Puts the store of one folder into another one, over what is there.
pub fn put(from: &Path, to: &Path) {
    for name in [NAME, ANNEX] {
        std::fs::copy(from.join(name), to.join(name)).expect("the folder is ours");
    }
}

/// A folder with a configuration that is quickly founded.
pub fn configured() -> TempDir {
    let folder = TempDir::new().expect("the system has room for a folder");
    let example = include_str!("../../issuer.example.toml");
    let few = example
        .replace("127.0.0.1:7101", "127.0.0.1:0")
        .replace("disk_free_percent = 5", "disk_free_percent = 0")
        .replace("memory_kib = 65536", "memory_kib = 8192")
        .replace("passes = 3", "passes = 1")
        .replace(r#"["0.50", "1.00", "2.00", "5.00", "10.00", "20.00", "50.00"]"#, r#"["1.00"]"#);
    let start = few.find("keys = [").expect("the example has officers");
    let mut keys = Vec::new();
    for seed in OFFICERS {
        keep_officer(folder.path(), seed);
        keys.push(hex::encode(officer(seed).public().0));
    }
    let text = format!("{}keys = {keys:?}\n", &few[..start]);
    let written = [
        ("issuer.toml", text.as_str()),
        ("passphrase", &format!("{PASSPHRASE}\n")),
        ("root-passphrase", "of the root\n"),
    ];
    for (name, text) in written {
        write_private(&folder.path().join(name), text.as_bytes()).expect("the folder is ours");
    }
    folder
}

/// Writes an application.
pub fn apply(folder: &Path, name: &str, seed: u8) {
    let key = hex::encode(SecretKey::from_seed(&[seed; 32]).public().0);
    let text = format!("name = \"{name}\"\npublic_key = \"{key}\"\n");
    std::fs::write(folder.join("application.toml"), text).expect("the folder is ours");
}

/// Admits who applied.
pub fn admit(folder: &Path, out: &str) -> (i32, Value) {
    let admit = ["intermediary", "admit", "--application", "application.toml", "--out", out];
    run(folder, &admit)
}

/// The code of a command that failed.
fn code(folder: &Path, args: &[&str]) -> (i32, String) {
    let (code, said) = run(folder, args);
    (code, said["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// A supply order with the keys of two officers, carried out at once.
fn treasury(folder: &Path, args: &[&str]) -> (i32, Value) {
    run(folder, &[&["treasury"], args, &KEYS].concat())
}

#[test]
fn an_issuer_is_founded_once_and_its_supply_adds_up() {
    let home = founded();
    let folder = home.path();
    let code = |args: &[&str]| code(folder, args);
    assert_eq!(code(&INIT), (2, "USAGE".to_owned()));
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    let text = std::fs::read_to_string(folder.join("admission.toml")).expect("the folder is ours");
    let admission: Admission = toml::from_str(&text).expect("it is an admission");
    assert_eq!((admission.currency.as_str(), admission.decimals), ("FLN", 2));
    assert_eq!(admit(folder, "second.toml").0, 1, "it is admitted already");
    let rotate = ["intermediary", "rotate", "--name", "Nordhaven", "--out"];
    assert_eq!(run(folder, &[&rotate[..], &["admission.toml"]].concat()).0, 2, "not overwritten");
    assert_eq!(run(folder, &[&rotate[..], &["second.toml"]].concat()).0, 0, "a new certificate");
    apply(folder, "Nordhaven", 2);
    assert_eq!(admit(folder, "third.toml").0, 1, "a name belongs to one");

    let bank = ["--intermediary", "Nordhaven", "--amount", "12.50"];
    let of = |order: &'static str| [&[order], &bank[..]].concat();
    let refused = |said: (i32, Value)| (said.0, said.1["error"]["code"].clone());
    assert_eq!(refused(treasury(folder, &of("distribute"))), (1, json!("E_FUNDS")));
    assert_eq!(treasury(folder, &["issue", "--amount", "20"]).1["treasury"], json!(2000));
    assert_eq!(refused(treasury(folder, &of("distribute"))), (1, json!("E_FUNDS")), "no reserves");
    assert_eq!(treasury(folder, &of("credit-reserves")).1["reserves"], json!(1250));
    let (exit, done) = treasury(folder, &of("distribute"));
    assert_eq!((exit, &done["treasury"], &done["vault"]), (0, &json!(750), &json!(1250)));
    assert_eq!(done["reserves"], json!(0));
    assert_eq!(refused(treasury(folder, &["issue", "--amount", "0"])), (2, json!("USAGE")));
    assert_eq!(refused(treasury(folder, &["issue", "--amount", "1.005"])), (2, json!("USAGE")));
    let unknown = ["distribute", "--intermediary", "X", "--amount", "1"];
    assert_eq!(refused(treasury(folder, &unknown)), (1, json!("UNKNOWN_INTERMEDIARY")));

    let (exit, report) = run(folder, &["audit"]);
    assert_eq!((exit, &report["treasury"], &report["circulation"]), (0, &json!(750), &json!(0)));
    let held = json!({
        "conservation": true,
        "single_spend": true,
        "no_framing": true,
        "append_only": true,
    });
    assert_eq!(report["invariants"], held);
    let (exit, supply) = run(folder, &["supply"]);
    assert_eq!((exit, &supply["issued"], &supply["vaults"]), (0, &json!(2000), &json!(1250)));
    assert_eq!(supply["backing"], json!(1250));
}

#[test]
fn a_purchase_is_fulfilled_once_and_only_if_an_admitted_intermediary_signed_it() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    assert_eq!(treasury(folder, &["issue", "--amount", "20"]).0, 0);
    let reserves = ["credit-reserves", "--intermediary", "Nordhaven", "--amount", "20"];
    assert_eq!(treasury(folder, &reserves).0, 0);
    let fulfil = |seed: u8, number: u64, code: &str, minor_units: u64| {
        let key = SecretKey::from_seed(&[seed; 32]);
        let purchase = Purchase {
            registrar: RegistrarId(key.public().0),
            number,
            currency: Currency::new(code).expect("three capital letters"),
            amount: Amount::from_minor_units(minor_units),
            time: Timestamp(1),
        };
        let signed = hex::encode(purchase.sign(&key).to_bytes());
        std::fs::write(folder.join("purchase"), signed).expect("the folder is ours");
        let (exit, said) = treasury(folder, &["fulfil", "--purchase", "purchase"]);
        (exit, said["vault"].as_u64())
    };
    assert_eq!(fulfil(2, 1, "FLN", 500), (2, None), "nobody admitted its key");
    assert_eq!(fulfil(1, 1, "XXX", 500), (2, None), "another currency");
    assert_eq!(fulfil(1, 1, "FLN", 0), (2, None), "nothing");
    assert_eq!(fulfil(1, 1, "FLN", 500), (0, Some(500)));
    assert_eq!(fulfil(1, 1, "FLN", 500), (0, None), "it was carried out before");
    assert_eq!(fulfil(1, 2, "FLN", 500), (0, Some(1_000)), "another order");
    std::fs::write(folder.join("purchase"), "00").expect("the folder is ours");
    assert_eq!(treasury(folder, &["fulfil", "--purchase", "purchase"]).0, 2, "that is none");
    assert_eq!(run(folder, &["audit"]).0, 0);
}

#[test]
fn ra_17_an_instruction_is_proposed_approved_by_two_and_carried_out_once() {
    let home = founded();
    let folder = home.path();
    let issue = ["treasury", "issue", "--amount", "20", "--out", "issue.instruction"];
    assert_eq!(run(folder, &issue).0, 0);
    assert_eq!(run(folder, &["supply"]).1["issued"], json!(0), "nothing is done yet");
    for number in ["101", "102"] {
        let (key, out) = (format!("officer-{number}.key"), format!("{number}.approval"));
        let approve = ["approve", "--instruction", "issue.instruction", "--key", &key, "--out"];
        let (exit, said) = run(folder, &[&["treasury"], &approve[..], &[&out]].concat());
        assert_eq!(
            (exit, &said["order"], &said["minor_units"]),
            (0, &json!("issue"), &json!(2000))
        );
    }
    let submit = |approvals: &[&str]| {
        let approvals: Vec<_> = approvals.iter().flat_map(|file| ["--approval", file]).collect();
        let submit = ["treasury", "submit", "--instruction", "issue.instruction"];
        code(folder, &[&submit[..], &approvals].concat())
    };
    let refused = |name: &str| (1, name.to_owned());
    assert_eq!(submit(&[]), refused("E_AUTH"));
    assert_eq!(submit(&["101.approval"]), refused("E_AUTH"), "one person alone");
    assert_eq!(submit(&["101.approval", "101.approval"]), refused("E_AUTH"), "twice the same");
    assert_eq!(submit(&["101.approval", "102.approval"]), (0, String::new()));
    assert_eq!(submit(&["101.approval", "102.approval"]), (0, String::new()), "a replay");
    assert_eq!(run(folder, &["supply"]).1["issued"], json!(2000));
    let (exit, said) = run(folder, &["treasury", "statement"]);
    let posting = &said["postings"][0];
    let fields = ["number", "cause", "amount", "balance"].map(|field| posting[field].clone());
    assert_eq!((exit, fields), (0, [json!(1), json!("issuance"), json!(2000), json!(2000)]));
    let new = ["officer", "new", "--out", "new.key"];
    let (exit, said) = run(folder, &new);
    assert_eq!((exit, said["officer"].as_str().map(str::len)), (0, Some(64)));
    assert_eq!(code(folder, &new), (2, "USAGE".to_owned()), "a key is never overwritten");
    let approve = ["approve", "--instruction", "issue.instruction", "--key", "new.key", "--out"];
    assert_eq!(run(folder, &[&["treasury"], &approve[..], &["new.approval"]].concat()).0, 0);
    let other = ["issue", "--amount", "20", "--out", "other.instruction"];
    assert_eq!(run(folder, &[&["treasury"], &other[..]].concat()).0, 0);
    let submit = ["treasury", "submit", "--instruction", "other.instruction", "--approval"];
    let strange = [&submit[..], &["101.approval", "--approval", "new.approval"]].concat();
    assert_eq!(code(folder, &strange), refused("E_AUTH"), "of another one, and by a stranger");
}

/// What no officer should ever be asked to sign is refused before anything is written.
#[test]
fn an_instruction_that_cannot_be_carried_out_is_refused_before_officers_see_it() {
    let home = founded();
    let folder = home.path();
    for (given, why) in [
        (&["--amount", "0"][..], "above zero"),
        (&["--amount", "-5"], "`-5` is no amount"),
        (&["--amount", "99999999999999999999"], "too large"),
        (&["--amount", "1.005"], "no amount with at most 2 decimals"),
        (&["--amount", "1", "--valid-hours", "0"], "0 is not in 1..=720"),
        (&["--amount", "1", "--valid-hours", "721"], "721 is not in 1..=720"),
        (&["--amount", "1", "--valid-hours", "-1"], "-1 is not in 1..=720"),
    ] {
        let issue = [&["treasury", "issue", "--out", "instruction"], given].concat();
        let (exit, said) = run(folder, &issue);
        assert_eq!(exit, 2, "{given:?}");
        let message = said["error"]["message"].as_str().expect("it is text");
        assert!(message.contains(why), "{given:?}: {message}");
        assert!(!folder.join("instruction").exists(), "{given:?}");
    }
    let issue = ["treasury", "issue", "--amount", "20", "--out", "instruction"];
    assert_eq!(run(folder, &issue).0, 0);
    let before = std::fs::read(folder.join("instruction")).expect("it was written");
    assert_eq!(code(folder, &issue), (2, "USAGE".to_owned()), "nothing is overwritten");
    assert_eq!(std::fs::read(folder.join("instruction")).expect("it is there"), before);
    let approve = ["approve", "--instruction", "instruction", "--key", "officer-101.key", "--out"];
    let (exit, said) = told(folder, &[&["treasury"], &approve[..], &["approval"]].concat());
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("20.00 FLN (2000 minor units)"), "{said}");
    let expiry = said.lines().find(|line| line.starts_with("expiry")).expect("it has a line");
    assert!(expiry.ends_with(" UTC") && expiry.contains('-'), "{said}");
    assert_eq!(run(folder, &[&["treasury"], &approve[..], &["approval"]].concat()).0, 2);
}

#[test]
fn empty_lists_say_so_and_a_proof_is_written_over_nothing() {
    let home = founded();
    let folder = home.path();
    for list in [&["incident", "list"][..], &["intermediary", "list"], &["claim", "list"]] {
        assert_eq!(told(folder, list), (0, "none\n".to_owned()), "{list:?}");
    }
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    let (_, said) = run(folder, &["intermediary", "list"]);
    assert_eq!(said["intermediaries"][0]["quota"], Value::Null);
    assert!(told(folder, &["intermediary", "list"]).1.trim_end().ends_with("none"));
    let quota = ["intermediary", "quota", "--name", "Nordhaven", "--amount", "7.50"];
    assert_eq!(run(folder, &quota).0, 0);
    let (_, said) = run(folder, &["intermediary", "list"]);
    assert_eq!(said["intermediaries"][0]["quota"], json!(750));
    assert!(told(folder, &["intermediary", "list"]).1.trim_end().ends_with("7.50"));
    std::fs::write(folder.join("proof"), "mine").expect("the folder is ours");
    let (exit, said) = told(folder, &["incident", "export", "--number", "1", "--out", "proof"]);
    assert_eq!((exit, said.contains("is there already")), (2, true), "{said}");
    assert_eq!(std::fs::read(folder.join("proof")).expect("it is there"), b"mine");
}

/// Starts a server that ends with its standard input, and says where it listens.
fn serve(folder: &Path) -> (Child, String) {
    let mut serve = program(folder);
    serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = serve.spawn().expect("the program runs");
    let mut said = String::new();
    BufReader::new(server.stdout.take().expect("standard output is a pipe"))
        .read_line(&mut said)
        .expect("standard output is a pipe");
    let said: Value = serde_json::from_str(&said).expect("it says one JSON object");
    let address = said["listening"].as_str().expect("it is text").to_owned();
    (server, address)
}

#[test]
fn a_server_announces_itself_holds_the_store_and_ends_with_its_input() {
    let home = founded();
    let (mut server, _) = serve(home.path());

    let (code, held) = run(home.path(), &["serve"]);
    assert_eq!((code, &held["error"]["code"]), (3, &json!("FAULT")));
    assert_eq!(run(home.path(), &["audit"]).0, 0, "of a copy");
    drop(server.stdin.take());
    assert_eq!(server.wait().expect("it is our child").code(), Some(0));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let (code, said) = run(home.path(), &["serve", "--listen", &address]);
    assert_eq!((code, &said["error"]["code"]), (3, &json!("FAULT")));
    assert!(said["error"]["message"].as_str().expect("it is text").contains(&address));
}

/// Whether a server that is started now answers the intermediary of an admission.
fn is_served(folder: &Path, admission: &str) -> bool {
    let text = std::fs::read_to_string(folder.join(admission)).expect("the folder is ours");
    let admission: Admission = toml::from_str(&text).expect("it is an admission");
    let (mut server, address) = serve(folder);
    let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
    let answer = runtime.block_on(async {
        let channel = channel(&address, &admission.authority, Some(&admission.credential));
        IssuerClient::new(channel.expect("the address is one"))
            .trust(wire::TrustRequest { held: 0 })
            .await
    });
    drop(server.stdin.take());
    assert_eq!(server.wait().expect("it is our child").code(), Some(0));
    answer.is_ok()
}

#[test]
fn ra_18_who_is_suspended_or_has_an_old_certificate_is_not_served() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "first.toml").0, 0);
    assert!(is_served(folder, "first.toml"));
    let named = |verb| run(folder, &["intermediary", verb, "--name", "Nordhaven"]);
    assert_eq!(named("suspend").0, 0);
    let (exit, said) = named("suspend");
    assert_eq!((exit, &said["already"]), (0, &json!(true)));
    let (_, said) = run(folder, &["intermediary", "list"]);
    assert_eq!(said["intermediaries"][0]["standing"], json!("suspended"));
    assert!(!is_served(folder, "first.toml"));
    assert_eq!(named("resume").0, 0);
    assert!(is_served(folder, "first.toml"));
    let rotate = ["intermediary", "rotate", "--name", "Nordhaven", "--out", "second.toml"];
    assert_eq!(run(folder, &rotate).0, 0);
    assert!(!is_served(folder, "first.toml") && is_served(folder, "second.toml"));
    assert_eq!(run(folder, &["audit"]).0, 0);
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
    for file in [NAME, ANNEX, "issuer.toml", "keys/root.ed25519", "keys/slot-1.der"] {
        assert_eq!(mode(&format!("home/{file}")), 0o600, "{file}");
    }
}

/// The one table of exit codes: what operators read, what `--help` prints, and what happens.
#[test]
fn every_exit_code_is_in_the_table_and_happens() {
    let manual = include_str!("../../../docs/operations.md");
    let start = manual.find("## Exit codes").expect("the manual has the section");
    let rows = manual[start..].lines().skip_while(|line| !line.starts_with("| 0 ")).map(|line| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
    });
    let written: Vec<_> = rows.take_while(|(code, _)| !code.is_empty()).collect();
    let codes: Vec<_> = written.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["0", "1", "2", "3", "4"]);
    let folder = founded();
    let folder = folder.path();
    let help = program(folder).arg("--help").output().expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("it says text");
    for (code, meaning) in written {
        let first = meaning.split([',', ':', ' ']).next().unwrap_or_default();
        assert!(help.contains(&format!("  {code}  {first}")), "{code} {meaning}: {help}");
    }
    assert_eq!(run(folder, &["supply"]).0, 0);
    let (code, said) = run(folder, &["staff", "dismiss", "--name", "nobody"]);
    assert_eq!((code, &said["error"]["code"]), (1, &json!("UNKNOWN_STAFF")));
    let (code, said) = run(folder, &["metrics"]);
    assert_eq!((code, &said["error"]["code"]), (3, &json!("FAULT")), "no server runs");
    let store = folder.join("home/store.redb");
    let copy = folder.join("copy");
    std::fs::copy(&store, &copy).expect("the folder is ours");
    std::fs::write(&store, []).expect("the folder is ours");
    let (code, said) = run(folder, &["supply"]);
    assert_eq!((code, &said["error"]["code"]), (3, &json!("FAULT")));
    std::fs::rename(&copy, &store).expect("the folder is ours");
    let ahead = format!("{}\n{}\n{}\n", 1_000_000, hex::encode([1; 32]), 1_000_000);
    std::fs::write(folder.join("home/anchor"), ahead).expect("the folder is ours");
    let (code, said) = run(folder, &["serve"]);
    assert_eq!((code, &said["error"]["code"]), (4, &json!("INVARIANT")), "{said}");
}

#[test]
fn wrong_usage_says_so() {
    let folder = TempDir::new().expect("the system has room for a folder");
    for args in [&["audit"][..], &["bogus"], &[], &["treasury", "issue"]] {
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
