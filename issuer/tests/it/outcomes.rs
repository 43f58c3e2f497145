//! What commands print for programs: the code of a refusal, where they wrote, logs without colours.

use crate::command_line::{admit, apply, founded, lose, program, run, told};
use crate::operator::Server;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use tender_token::encode::Decode as _;
use tender_token::manifest::ManifestRecord;
use tender_token::policy::Policy;

/// Every command that writes a file or a folder, in an order that runs.
const WRITING: &[&str] = &[
    "officer new --out officer.key",
    "treasury issue --amount 20 --out issue",
    "treasury approve --instruction issue --key officer-101.key --out issue.approval",
    "intermediary admit --application application.toml --out admission.toml",
    "intermediary rotate --name Nordhaven --out second.toml",
    "revocation new --everything --out end.tender",
    "revocation approve --proposal end.tender --key officer-101.key --out end.approval",
    "ceremony new --config issuer.toml --out next.tender",
    "ceremony approve --proposal next.tender --key officer-101.key --out next.approval",
    "log export --out issuer.export",
    "backup --out copy",
    "staff appoint --name Anton --role auditor --out access.toml",
];

#[test]
fn whatever_writes_a_file_says_where_it_is() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    let writes = |line: &str| {
        let args: Vec<_> = line.split(' ').collect();
        let (code, said) = run(folder, &args);
        let out = args[args.len() - 1];
        assert_eq!((code, &said["out"]), (0, &json!(out)), "{line}: {said}");
        assert!(folder.join(out).exists(), "{line}");
    };
    for line in WRITING {
        writes(line);
    }
    // Who was appointed after the copy was made is what it has forgotten.
    lose(&folder.join("home"));
    writes("rollback new --from copy --out back.tender");
    writes("rollback approve --proposal back.tender --key officer-101.key --out back.approval");
}

/// What the books refuse, command by command. Each is refused with exit code 1, and by the same
/// code whether the store is at hand or a server has it.
const REFUSED: &[(&str, &str)] = &[
    ("intermediary admit --application application.toml --out none", "TAKEN"),
    ("staff appoint --name Anton --role operator --out none", "TAKEN"),
    ("certificate renew --name Anton", "TAKEN"),
    ("intermediary suspend --name Westhaven", "UNKNOWN_INTERMEDIARY"),
    ("intermediary resume --name Westhaven", "UNKNOWN_INTERMEDIARY"),
    ("intermediary quota --name Westhaven --amount 5", "UNKNOWN_INTERMEDIARY"),
    ("intermediary rotate --name Westhaven --out none", "UNKNOWN_INTERMEDIARY"),
    ("treasury distribute --intermediary Westhaven --amount 5 --out none", "UNKNOWN_INTERMEDIARY"),
    ("wallet list --intermediary Westhaven", "UNKNOWN_INTERMEDIARY"),
    ("wallet freeze --identity HEX", "UNKNOWN_WALLET"),
    ("wallet unfreeze --identity HEX", "UNKNOWN_WALLET"),
    ("staff dismiss --name Nobody", "UNKNOWN_STAFF"),
    ("action list --by Nobody", "UNKNOWN_STAFF"),
    ("claim pay --token HEX", "UNKNOWN_CLAIM"),
    ("incident export --number 9 --out none", "UNKNOWN_INCIDENT"),
    ("revocation new --series 9 --out none", "UNKNOWN_SERIES"),
    ("revocation new --denomination HEX --out none", "UNKNOWN_DENOMINATION"),
];

/// The same of what takes a stopped server; each is done once before.
const REFUSED_AGAIN: &[(&str, &str)] = &[
    ("ceremony new --config issuer.toml --out none", "PENDING"),
    ("revocation new --everything --out none", "REVOKED"),
    ("revocation new --series 1 --out none", "REVOKED"),
];

fn words(line: &str) -> Vec<String> {
    line.replace("HEX", &"11".repeat(32)).split(' ').map(str::to_owned).collect()
}

fn carried_out(folder: &Path, line: &str) -> Value {
    let words = words(line);
    let (code, said) = run(folder, &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, 0, "{line}: {said}");
    said
}

fn refused(folder: &Path, rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        refused_as(folder, line, expected);
    }
}

/// Refused like this, and the record of actions has nothing new.
fn refused_as(folder: &Path, line: &str, expected: &str) {
    let before = carried_out(folder, "action list");
    let words = words(line);
    let (code, said) = run(folder, &words.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((code, &said["error"]["code"]), (1, &json!(expected)), "{line}: {said}");
    assert_eq!(carried_out(folder, "action list"), before, "{line}");
    assert!(!folder.join("none").exists(), "{line}");
}

#[test]
fn what_the_books_refuse_has_one_code_from_every_command_served_or_not() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    for line in [
        "intermediary admit --application application.toml --out admission.toml",
        "intermediary quota --name Nordhaven --amount 5",
        "intermediary suspend --name Nordhaven",
        "staff appoint --name Anton --role auditor --out access.toml",
    ] {
        carried_out(folder, line);
    }
    refused(folder, REFUSED);
    let server = Server::start(folder);
    refused(folder, REFUSED);
    server.stop();
    carried_out(folder, "ceremony new --config issuer.toml --out next");
    carried_out(folder, "revocation new --everything --out end");
    for seed in ["101", "102"] {
        let key = format!("--key officer-{seed}.key --out end.{seed}");
        carried_out(folder, &format!("revocation approve --proposal end {key}"));
    }
    carried_out(
        folder,
        "series revoke --proposal end --approval end.101 --approval end.102 \
         --root-passphrase-file root-passphrase",
    );
    refused(folder, REFUSED_AGAIN);
}

/// What people compare and what programs verify are of the same manifest.
#[test]
fn trust_says_what_to_compare_and_gives_programs_the_bytes() {
    let home = founded();
    let (_, said) = told(home.path(), &["trust"]);
    let printed = carried_out(home.path(), "trust");
    for field in ["root", "manifest_hash", "issuer", "policy_hash"] {
        let value = printed[field].as_str().expect("it is text");
        assert!(value.len() == 64 && said.contains(value), "{field}: {said}");
    }
    let bytes = |field: &str| hex::decode(printed[field].as_str().expect("text")).expect("hex");
    let record = ManifestRecord::from_bytes(&bytes("manifest")).expect("it is a manifest");
    assert_eq!(json!(hex::encode(record.hash().0)), printed["manifest_hash"]);
    let policy = Policy::from_bytes(&bytes("policy")).expect("it is a policy");
    assert_eq!(json!(hex::encode(policy.hash())), printed["policy_hash"]);
    assert!(said.contains("Compare") && !said.contains(&hex::encode(bytes("manifest"))), "{said}");
}

#[test]
fn logs_that_go_to_a_file_have_no_colours() {
    let home = founded();
    let mut serve = program(home.path());
    serve.env("RUST_LOG", "debug").env_remove("NO_COLOR");
    serve.args(["serve", "--until-stdin-closes"]).stdin(Stdio::null());
    let output = serve.output().expect("the program runs");
    let logs = String::from_utf8(output.stderr).expect("it says text");
    assert!(logs.contains("DEBUG") || logs.contains("INFO"), "there are logs: {logs}");
    assert!(!logs.contains('\u{1b}'), "{logs}");
}

/// Whoever looks into what a bank or an operator did finds its requests in the log by its id.
#[test]
fn ra17_the_servers_log_names_the_bank_and_the_operators_certificate_of_a_request() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    let log = std::fs::File::create(folder.join("log")).expect("the folder is ours");
    let mut serve = program(folder);
    serve.env("RUST_LOG", "info").args(["serve", "--until-stdin-closes"]);
    serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
    let mut serve = serve.spawn().expect("the program runs");
    let mut line = String::new();
    let out = serve.stdout.take().expect("it is piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("it is text");
    let said: Value = serde_json::from_str(&line).expect("one JSON object");
    let address = said["listening"].as_str().expect("it listens");
    let (code, supply) = run(folder, &["supply"]);
    assert_eq!(code, 0, "{supply}");
    let text = std::fs::read_to_string(folder.join("admission.toml")).expect("it was written");
    let admission: tender_proto::admission::Admission = toml::from_str(&text).expect("it is one");
    tokio::runtime::Runtime::new().expect("the system has threads").block_on(async {
        let own = Some(&admission.credential);
        let way = tender_proto::transport::channel(address, &admission.authority, own);
        let way = way.expect("the address is one");
        let mut client = tender_proto::wire::issuer_client::IssuerClient::new(way);
        let request = tender_proto::wire::TrustRequest { held: 0 };
        client.trust(request).await.expect("the issuer answers");
    });
    drop(serve.stdin.take());
    assert!(serve.wait().expect("it is our child").success());
    let log = std::fs::read_to_string(folder.join("log")).expect("it is text");
    let pem = std::fs::read_to_string(folder.join("home/keys/operator.pem")).expect("init made it");
    let operator = tender_proto::certificate::fingerprint_of_pem(&pem).expect("a certificate");
    let bank = tender_token::signature::SecretKey::from_seed(&[1; 32]).public();
    for (role, id) in [("operator", hex::encode(operator)), ("intermediary", hex::encode(bank.0))] {
        let named = format!("caller=\"{role}\" caller_id=\"{id}\"");
        assert!(log.contains(&named), "{named} is not in {log}");
    }
}
