//! The program as an operator or a script meets it.

use crate::holder::Holder;
use crate::issuer::TestIssuer;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use tender_intermediary::home::{Config, Home};
use tender_intermediary::service::USUAL_PATIENCE;
use tender_intermediary::service::rates::Rates;
use tender_proto::admission::Admission;
use tender_proto::invitation::Invitation;
use tender_proto::transport::Bounds;
use tender_store::Cache;
use tender_store::envelope::Cost;
use tender_token::identity::RegistrarId;

pub const NOT_ADMITTED: &str = "the issuer does not know our certificate; ask it to admit us again";

/// The passphrase of every intermediary in the tests of the program.
pub const PASSPHRASE_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/passphrase.txt");

/// The command that makes a home, whose keys' passphrase costs the least that is permitted.
pub fn init<'a>(name: &'a str, listen: &'a str) -> [&'a str; 9] {
    let cost = ["--keys-memory-kib", "8192", "--keys-passes", "1"];
    let [memory, kib, passes, times] = cost;
    ["init", "--name", name, "--listen", listen, memory, kib, passes, times]
}

/// The program at a home, with the passphrase of its keys.
pub fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-intermediary"));
    command.args(["--json", "--passphrase-file", PASSPHRASE_FILE, "--home"]).arg(home);
    command
}

/// Runs one command; gives exit code and the object it printed.
pub fn run(home: &Path, arguments: &[&str]) -> (i32, Value) {
    let Output { status, stdout, .. } = command(home).args(arguments).output().expect("runs");
    let object = serde_json::from_slice(&stdout).unwrap_or(Value::Null);
    (status.code().expect("ends by itself"), object)
}

/// A home that has joined an issuer, which may be down.
pub fn joined(folder: &Path, issuer: &TestIssuer) -> std::path::PathBuf {
    let home = folder.join("bank");
    let (code, said) = run(&home, &init("First Bank", "127.0.0.1:0"));
    assert_eq!(code, 0, "{said}");
    let public_key = said["public_key"].as_str().expect("text");
    let admission = folder.join("admission.toml");
    let text = toml::to_string(&issuer.admission_for(public_key)).expect("TOML");
    std::fs::write(&admission, text).expect("written");
    let admission = admission.to_str().expect("UTF-8");
    assert_eq!(run(&home, &["join", "--admission", admission]).0, 0);
    home
}

/// A customer of a home, who was invited and not enrolled yet. Gives the code, too.
pub fn invited(home: &Path, folder: &Path) -> (Holder, String) {
    let out = folder.join("ann.toml");
    let add = ["customer", "add", "--name", "Ann", "--balance", "10", "--out"];
    assert_eq!(run(home, &[&add[..], &[out.to_str().expect("UTF-8")]].concat()).0, 0);
    holder_of(&out)
}

/// Whom an invitation invites, and its code.
pub fn holder_of(invitation: &Path) -> (Holder, String) {
    let text = std::fs::read_to_string(invitation).expect("written");
    let invitation: Invitation = toml::from_str(&text).expect("an invitation");
    let mut registrar = [0; 32];
    hex::decode_to_slice(&invitation.registrar, &mut registrar).expect("hex");
    (Holder::new(RegistrarId(registrar)), invitation.code)
}

/// An operator once let a bank's home join with another bank's admission, and it served as that.
#[test]
fn an_admission_of_another_bank_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("bank");
    assert_eq!(run(&home, &init("Other Bank", "127.0.0.1:0")).0, 0);
    let admission = folder.path().join("admission.toml");
    let text = toml::to_string(&TestIssuer::down().admission_for("5b1f09ac")).expect("TOML");
    std::fs::write(&admission, text).expect("written");
    let admission = admission.to_str().expect("UTF-8");
    let (code, object) = run(&home, &["join", "--admission", admission]);
    assert_eq!((code, object["error"]["code"].as_str()), (2, Some("USAGE")));
    let said = object["error"]["message"].as_str().expect("text");
    assert!(said.contains("5b1f09ac"), "{said}");
    assert_eq!(run(&home, &["customer", "list"]).0, 2, "it has not joined");
}

#[test]
fn a_home_is_private_and_made_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("bank");
    let init = init("First Bank", "127.0.0.1:7201");
    let (code, object) = run(&home, &init);
    assert_eq!((code, object["public_key"].as_str().map(str::len)), (0, Some(64)));
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&home), mode(&home.join("store.redb"))), (0o700, 0o600));
    for name in ["signing.ed25519", "authority.toml", "server.toml"] {
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
    assert_eq!(add("bob", "1").0, 1, "an invitation is not overwritten");
    assert_eq!(std::fs::read_to_string(&out).expect("written"), text);
    std::fs::remove_file(&out).expect("ours");
    for amount in ["-1", "1.234", "x", "184467440737095516.16"] {
        assert_eq!(add("bob", amount).0, 2, "{amount}");
    }
    let (code, object) = run(&home, &["customer", "list"]);
    assert_eq!((code, object["customers"][0]["tier"].as_str()), (0, Some("basic")));
    assert!(!object.to_string().contains("alice"), "a list names nobody");
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
    let (code, busy) = run(&home, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((code, busy["error"]["code"].as_str()), (3, Some("FAULT")), "the books are in use");
    assert_eq!(run(&home, &["audit"]).0, 0, "the server answers for them");
    drop(child.stdin.take());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
    let taken = std::net::TcpListener::bind(&address).expect("free again");
    let (code, _) = run(&home, &["serve", "--listen", &address]);
    assert_eq!(code, 3, "the address is in use");
    drop(taken);
    assert_eq!(run(&home, &["audit"]).0, 0);
}

#[test]
fn an_issuer_that_does_not_know_us_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let (refused, _refusals) = channel();
    issuer.with(|registry| registry.refusing = Some(refused));
    let (code, object) = run(&home, &["serve", "--until-stdin-closes"]);
    let message = object["error"]["message"].as_str().expect("a sentence");
    assert_eq!(code, 3, "{message}");
    assert!(message.contains(NOT_ADMITTED), "{message}");
}

#[test]
fn an_issuer_that_forgets_us_is_an_error_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let mut serve = command(&home);
    serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::piped());
    serve.stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("RUST_LOG");
    let mut child = serve.spawn().expect("runs");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let (refused, refusals) = channel();
    issuer.with(|registry| registry.refusing = Some(refused));
    for _ in 0..3 {
        refusals.recv().expect("the server asks again");
    }
    issuer.with(|registry| registry.refusing = None);
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut said = String::new();
    while !said.contains("knows our certificate again") {
        assert_ne!(stderr.read_line(&mut said).expect("text"), 0, "{said}");
    }
    drop(child.stdin.take());
    stderr.read_to_string(&mut said).expect("text");
    assert_eq!(said.matches(NOT_ADMITTED).count(), 1, "{said}");
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}

#[test]
fn an_audit_tells_people_whether_everything_is_settled() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let mut audit = Command::new(env!("CARGO_BIN_EXE_tender-intermediary"));
    let output = audit.arg("--home").arg(&home).arg("audit").output().expect("runs");
    let text = String::from_utf8(output.stdout).expect("text");
    for part in [
        "0.00 FLN by the mirror, 0.00 as stated",
        "0 entries are open",
        "0 are not reconciled",
        "everything is settled",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn what_is_missing_is_wrong_usage_and_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("nothing");
    for arguments in [&["audit"][..], &["serve"], &["join", "--admission", "none.toml"]] {
        let Output { status, stdout, stderr } =
            command(&home).args(arguments).output().expect("runs");
        let object: Value = serde_json::from_slice(&stdout).expect("an object");
        let sentence = format!("no intermediary in {}; run init first.", home.display());
        assert_eq!(status.code(), Some(2), "{object}");
        assert_eq!(object["error"]["message"].as_str(), Some(sentence.as_str()));
        let stderr = String::from_utf8(stderr).expect("text");
        assert_eq!(stderr, format!("tender-intermediary: {sentence}\n"));
    }
    let home = joined(folder.path(), &TestIssuer::down());
    assert_eq!(run(&home, &["join", "--admission", "none.toml"]).0, 2);
}

#[test]
fn books_that_are_gone_are_told_by_their_place_and_how_they_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let books = home.join("store.redb");
    std::fs::remove_file(&books).expect("the folder is ours");
    let (home_shown, books) = (home.display(), books.display());
    let sentence = format!(
        "the books of the intermediary are missing: there is no {books}; put back what was moved \
         away, or restore it from the backup: --home {home_shown} restore --from FOLDER."
    );
    for arguments in [&["audit"][..], &["serve"], &["customer", "list"], &["reconcile"]] {
        let (code, object) = run(&home, arguments);
        let told = object["error"]["message"].as_str();
        assert_eq!((code, told), (2, Some(sentence.as_str())), "{arguments:?}");
    }
}

#[test]
fn lists_without_anything_in_them_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    for what in ["list", "outside", "reads"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tender-intermediary"));
        command.arg("--home").arg(&home).args(["customer", what]);
        let Output { status, stdout, .. } = command.output().expect("runs");
        let told = String::from_utf8(stdout).expect("text");
        assert_eq!((status.code(), told.as_str()), (Some(0), "none\n"), "{what}");
    }
}

#[test]
fn an_address_that_is_taken_is_told_with_what_it_was_wanted_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let (code, object) = run(&home, &["serve", "--listen", &address]);
    let told = object["error"]["message"].as_str().expect("text");
    assert!(code == 3 && told.starts_with(&format!("Cannot listen on {address}: ")), "{told}");
    let path = home.join("intermediary.toml");
    let text = std::fs::read_to_string(&path).expect("the folder is ours");
    std::fs::write(path, format!("metrics = \"{address}\"\n{text}")).expect("the folder is ours");
    let (code, object) = run(&home, &["serve"]);
    let told = object["error"]["message"].as_str().expect("text");
    let metrics =
        format!("Cannot show metrics, as `metrics` in intermediary.toml says, on {address}: ");
    assert!(code == 3 && told.starts_with(&metrics), "{told}");
}

#[test]
fn a_whole_home_under_a_drafts_name_is_not_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let init = init("First Bank", "127.0.0.1:7201");
    let (home, other) = (folder.path().join("bank"), folder.path().join("bank.new"));
    assert_eq!(run(&other, &init).0, 0);
    assert_eq!(run(&home, &init).0, 2);
    assert!(other.join("keys/signing.ed25519").exists() && !home.exists());
}

#[test]
fn the_example_configuration_is_one() {
    let text = include_str!("../../intermediary.example.toml");
    let config: Config = toml::from_str(text).expect("a configuration");
    assert_eq!(config.name, "First Bank");
    assert_eq!(config.store_cache, Some(Cache::DEFAULT), "what holds without it too");
    assert_eq!(config.cost(), Ok(Cost::USUAL), "what holds without it too");
    assert_eq!(config.patience(), Ok(USUAL_PATIENCE), "what holds without it too");
    assert_eq!(config.rates(), Ok([Rates::ADDRESS, Rates::DEVICE]), "what holds without it too");
    assert_eq!(config.bounds(), Ok(Bounds::WALLETS), "what holds without it too");
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("bank");
    assert_eq!(run(&home, &init("Other Bank", "127.0.0.1:0")).0, 0);
    let written = std::fs::read_to_string(home.join("intermediary.toml")).expect("ours");
    for key in [
        "metrics",
        "vault_low",
        "vault_fill",
        "store_cache",
        "patience_seconds",
        "device_burst_units",
        "connections",
    ] {
        let line = text.lines().find(|line| line.starts_with(key)).expect("in the example");
        assert!(written.contains(&format!("\n# {line}\n")), "{key}: {written}");
    }
    let config: Config =
        toml::from_str(&written.replace("\n# ", "\n")).expect("all of it is valid");
    assert_eq!(
        (config.name.as_str(), config.vault_fill.as_deref()),
        ("Other Bank", Some("50000.00"))
    );
}

#[test]
fn the_cache_is_the_operators_choice_and_nonsense_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let file = home.join("intermediary.toml");
    let text = std::fs::read_to_string(&file).expect("joined");
    let is_written = text.lines().any(|line| line.starts_with("store_cache"));
    assert!(!is_written, "what nobody decided is written as a comment only");
    let with = |size: &str| {
        std::fs::write(&file, format!("{text}store_cache = \"{size}\"\n")).expect("written");
        run(&home, &["customer", "list"])
    };
    assert_eq!(with("48 MiB").0, 0);
    let config = Home::new(home.clone()).config().expect("a configuration");
    assert_eq!(config.cache(), Cache::parse("48 MiB").expect("a size"));
    let written: Config = toml::from_str(&toml::to_string(&config).expect("TOML")).expect("again");
    assert_eq!(written, config);
    for size in ["", "1GB", "-1 GiB", "15 MiB", "1025 GiB"] {
        let (code, object) = with(size);
        assert_eq!((code, object["error"]["code"].as_str()), (2, Some("USAGE")), "{size:?}");
        let message = object["error"]["message"].as_str().expect("a sentence");
        assert!(message.contains("store_cache") && message.contains(Cache::RULE), "{message}");
    }
}

#[test]
fn wrong_usage_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["withdraw"][..], &["init"], &["serve", "--port", "1"]] {
        let (code, object) = run(folder.path(), arguments);
        assert_eq!((code, object["error"]["code"].as_str()), (2, Some("USAGE")));
    }
    let (_, object) = run(folder.path(), &["join"]);
    let message = object["error"]["message"].as_str().expect("a sentence");
    assert!(message.contains("--admission <FILE>"), "the whole sentence: {message}");
}

#[test]
fn an_account_begins_with_a_readable_name_and_an_amount_that_sums_cannot_overflow() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let out = folder.path().join("invitation.toml");
    let out = out.to_str().expect("UTF-8");
    for (name, balance) in
        [("", "1.00"), (" Ann", "1.00"), ("A\u{1b}[31m", "1.00"), ("Ann", "184467440737095516.15")]
    {
        let add = ["customer", "add", "--name", name, "--balance", balance, "--out", out];
        assert_eq!(run(&home, &add).0, 2, "{name:?} {balance}");
    }
    assert!(!Path::new(out).exists(), "no invitation was written");
}

#[test]
fn an_admission_of_another_issuer_or_without_certificates_is_refused_and_the_good_one_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::down();
    let home = joined(folder.path(), &issuer);
    let kept = std::fs::read(home.join("admission.toml")).expect("joined");
    let good = issuer.admission();
    let other_root = Admission { root: "11".repeat(32), ..good.clone() };
    let other_currency = Admission { currency: "EUR".to_owned(), ..good.clone() };
    let garbage = Admission { authority: "garbage".to_owned(), ..good };
    for admission in [other_root, other_currency, garbage] {
        let file = folder.path().join("other.toml");
        std::fs::write(&file, toml::to_string(&admission).expect("TOML")).expect("written");
        let (code, object) = run(&home, &["join", "--admission", file.to_str().expect("UTF-8")]);
        assert_eq!((code, object["error"]["code"].as_str()), (2, Some("USAGE")));
    }
    assert_eq!(std::fs::read(home.join("admission.toml")).expect("there"), kept);
}

/// A folder or a binary file in the place of a file that is read is wrong usage, as at the issuer.
#[test]
fn what_is_no_text_file_in_the_place_of_one_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let (binary, other) = (folder.path().join("binary"), folder.path().join("folder"));
    std::fs::write(&binary, [0xff, 0x00, 0xfe]).expect("ours");
    std::fs::create_dir(&other).expect("ours");
    for file in [&binary, &other, &other.join("none"), &binary.join("none")] {
        let (code, said) = run(&home, &["join", "--admission", file.to_str().expect("UTF-8")]);
        assert_eq!((code, said["error"]["code"].as_str()), (2, Some("USAGE")), "{said}");
    }
    for place in ["tiers.toml", "intermediary.toml"] {
        let (path, aside) = (home.join(place), folder.path().join(place));
        std::fs::rename(&path, &aside).expect("ours");
        std::fs::copy(&binary, &path).expect("ours");
        let (code, said) = run(&home, &["tier", "check"]);
        assert_eq!((code, said["error"]["code"].as_str()), (2, Some("USAGE")), "{said}");
        std::fs::remove_file(&path).expect("ours");
        std::fs::create_dir(&path).expect("ours");
        let (code, said) = run(&home, &["tier", "check"]);
        assert_eq!((code, said["error"]["code"].as_str()), (2, Some("USAGE")), "{said}");
        std::fs::remove_dir(&path).expect("ours");
        std::fs::rename(&aside, &path).expect("ours");
    }
    assert_eq!(run(&home, &["tier", "check"]).0, 0);
}

/// A secret in the place of a file that is read shows where it is no such file, and nothing of it.
#[test]
fn g3_a_secret_that_is_given_for_an_admission_is_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("bank");
    assert_eq!(run(&home, &init("First Bank", "127.0.0.1:0")).0, 0);
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "7af72dd1 horse\n").expect("written");
    let (code, said) = run(&home, &["join", "--admission", secret.to_str().expect("UTF-8")]);
    assert_eq!(code, 2, "{said}");
    let said = said["error"]["message"].as_str().expect("text");
    assert!(said.contains("secret") && said.contains("line 1, column "), "{said}");
    assert!(!said.contains("7af72dd1") && !said.contains("horse"), "{said}");
}
