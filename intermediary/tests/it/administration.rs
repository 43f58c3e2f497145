//! Administration: every command of the staff on a stopped home and through a running server, with
//! the same answers, at once and from nobody else.

use crate::command_line::{command, joined};
use crate::desk::Served;
use crate::fields;
use crate::holder::Holder;
use crate::issuer::TestIssuer;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use tender_token::identity::RegistrarId;

/// The name of everybody's home, in a folder of its own.
pub const HOME: &str = "bank";

/// Runs a command in the folder that the home is in, so that its files' names are relative.
pub fn run(folder: &Path, arguments: &[&str]) -> (i32, Value, String) {
    let mut command = command(&folder.join(HOME));
    let output = command.current_dir(folder).args(arguments).output().expect("runs");
    let object = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let said = String::from_utf8(output.stderr).expect("text");
    (output.status.code().expect("ends by itself"), object, said)
}

/// The same for people.
pub fn told(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-intermediary"));
    let command = command.current_dir(folder).arg("--home").arg(folder.join(HOME));
    let output = command.args(arguments).output().expect("runs");
    String::from_utf8(output.stdout).expect("text")
}

/// When something was read is not the same in two homes, and what was drawn neither.
fn without_time(mut object: Value) -> Value {
    for list in ["reads", "actions"] {
        for row in object[list].as_array_mut().into_iter().flatten() {
            row["at"].take();
        }
    }
    object
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("new");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("readable");
        let (path, kind) = (entry.path(), entry.file_type().expect("known"));
        if kind.is_dir() {
            copy(&path, &to.join(entry.file_name()));
        } else if kind.is_file() {
            fs::copy(&path, to.join(entry.file_name())).expect("copied");
        }
    }
}

/// Two folders with the same home: one customer with a wallet. Gives the wallet's identity, too.
pub fn twins(folder: &Path, issuer: &TestIssuer) -> ([PathBuf; 2], String) {
    let [one, other] = ["stopped", "served"].map(|name| folder.join(name));
    fs::create_dir(&one).expect("new");
    let home = joined(&one, issuer);
    let add = ["customer", "add", "--name", "Ann Lee", "--balance", "12.50", "--out", "ann.toml"];
    let (code, _, said) = run(&one, &add);
    assert_eq!(code, 0, "{said}");
    let invitation = fs::read_to_string(one.join("ann.toml")).expect("written");
    let invitation: toml::Table = invitation.parse().expect("TOML");
    let text = |field: &str| invitation[field].as_str().expect("text");
    let mut registrar = [0; 32];
    hex::decode_to_slice(text("registrar"), &mut registrar).expect("hex");
    let holder = Holder::new(RegistrarId(registrar));
    let server = Served::new(&home);
    let enrolled = server.client(&home).enrol(&holder.registration, text("code"));
    enrolled.expect("reached").expect("invited");
    server.stop();
    fs::create_dir(&other).expect("new");
    copy(&home, &other.join(HOME));
    ([one, other], hex::encode(holder.identity.key().0))
}

pub fn change_tiers(folder: &Path, from: &str, to: &str) {
    let file = folder.join(HOME).join("tiers.toml");
    let text = fs::read_to_string(&file).expect("there");
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).expect("ours");
}

/// Every command of the staff with how it ends, in an order in which it makes sense. `WALLET`
/// stands for the wallet's identity.
const COMMANDS: &[(i32, &str)] = &[
    (0, "customer add --name Bert --verified phone=112 --account CH1 --balance 7 --out bert.toml"),
    (2, "customer add --name Carl --balance 1.234 --out carl.toml"),
    (1, "customer add --name Carl --balance 1 --tier nosuch --out carl.toml"),
    (2, "customer add --name Carl --balance 1 --verified shoe=43 --out carl.toml"),
    (1, "customer add --name Carl --balance 1 --out bert.toml"),
    (2, "customer add --name Carl --balance 1 --out nowhere/carl.toml"),
    (0, "customer list"),
    (0, "customer verify 2 --attribute document --value P12 --by Clerk"),
    (0, "customer verify 2 --attribute address --value Lakeside --by Clerk"),
    (2, "customer verify 2 --attribute shoe --value 43 --by Clerk"),
    (1, "customer verify 9 --attribute phone --value 43 --by Clerk"),
    (0, "customer tier 2 --to full --by Clerk"),
    (1, "customer tier 1 --to full --by Clerk"),
    (1, "customer tier 9 --to full --by Clerk"),
    (1, "customer tier 2 --to nosuch --by Clerk"),
    (0, "customer freeze 2 --by Clerk"),
    (1, "customer freeze 9 --by Clerk"),
    (0, "customer unfreeze 2 --by Clerk"),
    (0, "customer wallets 1"),
    (0, "customer wallets 2"),
    (1, "customer wallets 9"),
    (0, "customer block 1 --wallet WALLET --by Clerk"),
    (2, "customer block 1 --wallet 00 --by Clerk"),
    (1, "customer block 2 --wallet WALLET --by Clerk"),
    (0, "customer wallets 1"),
    (0, "customer unblock 1 --wallet WALLET --by Clerk"),
    (0, "customer grant 1 --wallet WALLET --amount 12.34 --by Clerk"),
    (0, "customer wallets 1"),
    (0, "customer grant 1 --wallet WALLET --unlimited --by Clerk"),
    (2, "customer grant 1 --wallet WALLET --by Clerk"),
    (2, "customer grant 1 --wallet WALLET --amount 1 --unlimited --by Clerk"),
    (2, "customer grant 1 --wallet WALLET --amount 1.234 --by Clerk"),
    (1, "customer grant 2 --wallet WALLET --amount 1 --by Clerk"),
    (0, "customer invite 1 --grant 50.00 --out child.toml --by Clerk"),
    (2, "customer invite 1 --grant much --out never.toml --by Clerk"),
    (0, "customer invite 1 --out again.toml --by Clerk"),
    (0, "customer invite 1 --out again.toml --by Clerk"),
    (1, "customer invite 2 --out again.toml --by Clerk"),
    (1, "customer invite 1 --grant 5 --out again.toml --by Clerk"),
    (1, "customer invite 9 --out never.toml --by Clerk"),
    (0, "customer cover 2 --amount 250.00 --by Clerk"),
    (1, "customer cover 1 --amount 250.00 --by Clerk"),
    (2, "customer cover 2 --amount much --by Clerk"),
    (0, "customer show 2 --by Clerk --purpose service"),
    (1, "customer show 9 --by Clerk --purpose service"),
    (2, "customer show 2 --by Clerk --purpose curiosity"),
    (0, "customer find --name ber --by Clerk --purpose order"),
    (0, "customer find --name nobody --by Clerk --purpose order"),
    (0, "customer export 2 --out bert.json --by Clerk --purpose subject"),
    (2, "customer export 2 --out bert.json --by Clerk --purpose subject"),
    (1, "customer erase 2 --by Clerk"),
    (0, "account"),
    (0, "account 2"),
    (1, "account 9"),
    (0, "customer close 2 --account CH93 --by Clerk"),
    (0, "customer close 2 --account CH93 --by Clerk"),
    (1, "customer close 2 --account CH94 --by Clerk"),
    (1, "customer freeze 2 --by Clerk"),
    (0, "customer outside"),
    (0, "customer paid 1 --by Clerk"),
    (0, "customer paid 1 --by Clerk"),
    (1, "customer paid 1 --by Other"),
    (1, "customer paid 9 --by Clerk"),
    (0, "customer outside --open"),
    (0, "customer outside"),
    (0, "customer unpaid 1 --by Clerk"),
    (0, "customer unpaid 1 --by Clerk"),
    (1, "customer unpaid 9 --by Clerk"),
    (0, "customer outside --open"),
    (0, "customer move 1 --to Second --account CH01 --out ann.json --by Clerk"),
    (1, "customer move 1 --to Second --account CH02 --out ann-again.json --by Clerk"),
    (0, "customer export 1 --out ann-later.json --by Clerk --purpose subject"),
    (0, "customer erase 1 --by Clerk"),
    (0, "customer erase 1 --by Clerk"),
    (1, "customer erase 9 --by Clerk"),
    (0, "action list"),
    (0, "action list 2"),
    (0, "action list --after 3"),
    (0, "customer sweep"),
    (0, "customer reads"),
    (0, "customer reads 2"),
    (0, "tier list"),
    (0, "tier adopt"),
    (0, "tier check"),
    (0, "purchases"),
    (1, "purchases --out order"),
    (0, "audit"),
];

/// The commands that change nothing, of which people read the same, too.
const READING: &[&str] = &["customer list", "customer wallets 1", "customer outside", "tier list"];

#[test]
fn every_command_of_the_staff_answers_the_same_on_a_stopped_home_and_through_a_running_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let ([stopped, served], wallet) = twins(folder.path(), &issuer);
    let server = Served::new(&served.join(HOME));
    for (expected, line) in COMMANDS {
        let line = line.replace("WALLET", &wallet);
        let arguments: Vec<_> = line.split(' ').collect();
        let [alone, asked] = [&stopped, &served].map(|folder| run(folder, &arguments));
        assert_eq!(alone.0, *expected, "{line}: {alone:?}");
        let said = alone.1.clone();
        assert_eq!(without_time(alone.1), without_time(asked.1), "{line}");
        assert_eq!((alone.0, alone.2), (asked.0, asked.2), "{line}");
        if *expected == 0 {
            fields::check(&line, &said);
        }
    }
    for line in READING {
        let arguments: Vec<_> = line.split(' ').collect();
        let [alone, asked] = [&stopped, &served].map(|folder| told(folder, &arguments));
        assert!(!alone.is_empty() && alone == asked, "{line}: {alone} {asked}");
    }
    for name in ["bert.json", "ann.json", "ann-later.json"] {
        let [alone, asked] = [&stopped, &served].map(|folder| {
            let text = fs::read_to_string(folder.join(name)).expect("written");
            without_time(serde_json::from_str(&text).expect("JSON"))
        });
        assert!(alone == asked && !alone.is_null(), "{name}");
    }
    for name in ["carl.toml", "never.toml", "ann-again.json", "order"] {
        assert!(!served.join(name).exists() && !stopped.join(name).exists(), "{name}");
    }
    // Through the server, too, it is the command's user who has read, and not only who serves.
    let own = u64::from(fs::metadata(&served).expect("there").uid());
    let reads = run(&served, &["customer", "reads"]).1["reads"].take();
    let users = reads.as_array().expect("a list").iter().map(|read| read["user"].as_u64());
    assert!(reads[0].is_object() && users.into_iter().all(|user| user == Some(own)), "{reads}");
    server.stop();
    let [alone, asked] = [&stopped, &served].map(|folder| run(folder, &["customer", "list"]));
    assert_eq!(alone, asked, "and so are the books");
}

/// What `--help` lists of a command.
pub fn listed(of: &str) -> BTreeSet<String> {
    let program = env!("CARGO_BIN_EXE_tender-intermediary");
    let help = Command::new(program).args([of, "--help"]).output().expect("runs");
    let help = String::from_utf8(help.stdout).expect("text");
    let commands = help.split("Commands:\n").nth(1).expect("it has commands");
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("    "));
    let names = names.filter_map(|line| line.split_whitespace().next()).map(|name| (of, name));
    names.filter(|(_, name)| *name != "help").map(|(of, name)| format!("{of} {name}")).collect()
}

#[test]
fn no_command_of_the_staff_is_left_out() {
    let all = ["customer", "tier", "action"].into_iter().flat_map(listed);
    let all: BTreeSet<_> = all.chain(["account", "purchases"].map(str::to_owned)).collect();
    let works = COMMANDS.iter().filter(|(code, _)| *code == 0).map(|(_, line)| *line);
    let tried: Vec<_> = works.collect();
    let missing: Vec<_> =
        all.iter().filter(|name| !tried.iter().any(|line| line.starts_with(*name))).collect();
    assert!(all.len() > 20 && missing.is_empty(), "{missing:?} of {all:?}");
}

#[test]
fn wt01_a_running_server_puts_changed_tiers_in_force_at_once_and_keeps_the_versions() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let ([_, served], _) = twins(folder.path(), &issuer);
    let server = Served::new(&served.join(HOME));
    let listed = || {
        let (code, list, said) = run(&served, &["tier", "list"]);
        assert_eq!(code, 0, "{said}");
        list
    };
    let versions = |is_in_force| {
        let list = listed();
        assert_eq!(list["file_is_in_force"].as_bool(), Some(is_in_force), "{list}");
        let basic = list["tiers"].as_array().expect("tiers").iter().find(|t| t["name"] == "basic");
        let holding = basic.expect("there")["holding"].as_u64();
        (list["versions"].as_array().map(Vec::len), holding)
    };
    let adopt = || run(&served, &["tier", "adopt"]);
    assert_eq!(versions(true), (Some(1), Some(1_000_000)));
    change_tiers(&served, "\"10000\"", "\"9000\"");
    assert_eq!(versions(false), (Some(1), Some(1_000_000)), "a list changes nothing");
    assert_eq!((adopt().0, adopt().1["already"].as_bool()), (0, Some(true)));
    assert_eq!(versions(true), (Some(2), Some(900_000)), "nothing changed again");
    change_tiers(&served, "[tier.basic]", "[tier.other]");
    let (code, _, said) = adopt();
    assert!(code == 2 && said.contains("tier"), "{said}");
    assert_eq!(versions(false), (Some(2), Some(900_000)));
    let (code, _, said) = run(&served, &["customer", "freeze", "1", "--by", "Clerk"]);
    assert_eq!(code, 0, "a file that cannot be used keeps nobody from freezing: {said}");
    change_tiers(&served, "[tier.other]", "[tier.basic]");
    change_tiers(&served, "\"9000\"", "\"10000\"");
    assert_eq!(adopt().0, 0);
    assert_eq!(versions(true), (Some(3), Some(1_000_000)), "every version that held is kept");
    server.stop();
}

/// What a line says to a running server, after the empty lines that say that it works.
fn say(home: &Path, line: &[u8]) -> String {
    let mut stream = UnixStream::connect(home.join("desk")).expect("it is there");
    stream.write_all(line).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer.trim().to_owned()
}

#[test]
fn e4_what_is_no_order_of_this_release_is_named_and_harms_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let ([_, served], _) = twins(folder.path(), &issuer);
    let (home, server) = (served.join(HOME), Served::new(&served.join(HOME)));
    let shown = r#"{"name":"First Bank","currency":"FLN","decimals":2}"#;
    let freeze = format!(
        r#"{{"asked":{{"customer":{{"freeze":{{"customer":1,"by":"Clerk"}}}}}},"shown":{shown}}}"#
    );
    for (line, why) in [
        (freeze.clone(), "another release"),
        (format!(r#"{{"release":"99.0.0","order":{freeze}}}"#), "99.0.0"),
        ("GET / HTTP/1.1\r".to_owned(), "another release"),
    ] {
        let answer = say(&home, format!("{line}\n").as_bytes());
        let answer: Value = serde_json::from_str(&answer).expect("an answer");
        assert_eq!(answer["ending"], "usage", "{answer}");
        assert!(answer["problem"].as_str().is_some_and(|said| said.contains(why)), "{answer}");
    }
    let (_, list, _) = run(&served, &["customer", "list"]);
    assert_eq!(list["customers"][0]["state"], "active", "nothing was changed");
    let named = format!(r#"{{"release":"{}","order":{freeze}}}"#, env!("CARGO_PKG_VERSION"));
    assert!(say(&home, format!("{named}\n").as_bytes()).contains("frozen"));
    // It is not read to its end, and so not answered.
    let mut stream = UnixStream::connect(home.join("desk")).expect("it is there");
    let _ended_before = stream.write_all(&vec![b'x'; 1 << 20]);
    let _no_answer = stream.read_to_end(&mut Vec::new());
    let name = "x".repeat(20_000);
    for folder in [&served, &folder.path().join("stopped")] {
        let (code, _, said) =
            run(folder, &["customer", "tier", "1", "--to", &name, "--by", "Clerk"]);
        assert!(code == 2 && said.contains("longer than"), "{said}");
    }
    server.stop();
}

#[test]
fn e2_a_server_that_hangs_is_named_and_forgets_the_orders_that_nobody_waits_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let ([_, served], _) = twins(folder.path(), &issuer);
    let server = Served::new(&served.join(HOME));
    server.signal("STOP");
    let (code, _, said) = run(&served, &["customer", "freeze", "1", "--by", "Clerk"]);
    assert!(code == 3 && said.contains("has said nothing for 5 s"), "{said}");
    server.signal("CONT");
    let (code, list, _) = run(&served, &["customer", "list"]);
    assert_eq!((code, &list["customers"][0]["state"]), (0, &Value::from("active")));
    assert_eq!(
        run(&served, &["customer", "freeze", "1", "--by", "Clerk"]).0,
        0,
        "it answers again"
    );
    server.stop();
}

/// Who sends nothing is not waited for, and others are heard meanwhile.
#[test]
fn e2_connections_to_the_desk_that_say_nothing_keep_nobody_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let ([_, served], _) = twins(folder.path(), &issuer);
    let (home, server) = (served.join(HOME), Served::new(&served.join(HOME)));
    let silent: Vec<_> = (0..40).map(|_| UnixStream::connect(home.join("desk"))).collect();
    assert_eq!(run(&served, &["customer", "freeze", "1", "--by", "Clerk"]).0, 0);
    for stream in silent {
        let said = stream.expect("accepted").read(&mut [0; 1]);
        assert_eq!(said.expect("ended"), 0);
    }
    server.stop();
}
