//! What an appointed operator changes from elsewhere, with `--access`: the same as at the home, and
//! recorded under the operator's own name.

use crate::command_line::{KEYS, admit, apply, founded, run};
use crate::operator::Server;
use crate::staff::{by_access, reach};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A home with Nordhaven admitted, and a server that Olga and Oleg are operators of, Anton auditor.
fn staffed() -> (TempDir, Server) {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    for (name, role) in [("Olga", "operator"), ("Oleg", "operator"), ("Anton", "auditor")] {
        let out = format!("{name}.toml");
        let args = ["staff", "appoint", "--name", name, "--role", role, "--out", &out];
        assert_eq!(run(folder, &args).0, 0);
        reach(folder, &out, &server);
    }
    (home, server)
}

/// Who did the last action, and how many there are.
fn newest(folder: &Path) -> (Value, usize) {
    let actions = run(folder, &["action", "list"]).1["actions"].take();
    let actions = actions.as_array().expect("a list").clone();
    (actions.last().expect("the founder was appointed")["by"].clone(), actions.len())
}

fn error(said: &Value) -> (&str, &str) {
    let text = |field: &str| said["error"][field].as_str().expect("it is text");
    (text("code"), text("message"))
}

/// Everything that needs neither the home's keys nor a stopped server; officers still decide about
/// the supply, and an auditor changes nothing by the same commands.
#[test]
fn ra_17_what_an_operator_changes_from_elsewhere_is_recorded_under_the_operators_name() {
    let (home, server) = staffed();
    let folder = home.path();
    let olga = |args: &[&str]| by_access(folder, "Olga.toml", args);
    let changes: [&[&str]; 3] = [
        &["intermediary", "suspend", "--name", "Nordhaven"],
        &["intermediary", "resume", "--name", "Nordhaven"],
        &["intermediary", "quota", "--name", "Nordhaven", "--amount", "7.50"],
    ];
    for args in changes {
        let before = newest(folder).1;
        let (code, said) = by_access(folder, "Anton.toml", args);
        assert_eq!((code, error(&said).0), (1, "ROLE"), "{args:?} {said}");
        assert_eq!(newest(folder).1, before, "{args:?}");
        let (code, said) = olga(args);
        assert_eq!((code, said["action"].as_u64()), (0, Some(before as u64 + 1)), "{said}");
        assert_eq!(newest(folder), (json!("Olga"), before + 1), "{args:?}");
    }

    let issue = ["treasury", "issue", "--amount", "20.00", "--out", "issue"];
    assert_eq!(olga(&issue).0, 0);
    let mut submit = vec!["treasury", "submit", "--instruction", "issue"];
    for (key, out) in [("officer-101.key", "approval-1"), ("officer-102.key", "approval-2")] {
        let (code, said) = olga(&submit);
        assert_eq!((code, error(&said).0), (1, "E_AUTH"), "{said}");
        let approve = ["treasury", "approve", "--instruction", "issue", "--key", key, "--out", out];
        assert_eq!(run(folder, &approve).0, 0);
        submit.extend(["--approval", out]);
    }
    assert_eq!(olga(&submit).1["treasury"], json!(2_000));
    assert_eq!(newest(folder).0, json!("Olga"));

    let identity = "11".repeat(32);
    for args in [
        &["wallet", "freeze", "--identity", &identity][..],
        &["claim", "pay", "--token", &identity],
    ] {
        let (code, said) = olga(args);
        assert_eq!(code, 1, "it is asked, and there is none: {said}");
        assert!(["UNKNOWN_WALLET", "UNKNOWN_CLAIM"].contains(&error(&said).0), "{said}");
    }
    assert_eq!(olga(&["backup", "--out", "copy"]).0, 0);
    assert!(folder.join("home/backups/copy/store.redb").is_file());
    let (code, said) = olga(&["backup", "--out", "copy"]);
    assert_eq!((code, error(&said).0), (2, "USAGE"), "something is there: {said}");
    let (code, said) = olga(&["revocation", "new", "--series", "1", "--out", "end"]);
    assert_eq!(code, 0, "{said}");
    server.stop();
    assert_eq!(run(folder, &["audit"]).1["violations"], json!([]));
}

/// The certificate that the home calls its own server with is ended by another operator, who needs
/// no home for that; and an operator's own by whoever it was stolen from.
#[test]
fn c6_one_operator_dismisses_another_from_elsewhere() {
    let (home, server) = staffed();
    let folder = home.path();
    let dismiss = |access, name| by_access(folder, access, &["staff", "dismiss", "--name", name]);
    let (code, said) = run(folder, &["staff", "dismiss", "--name", "operator"]);
    assert!(code == 1 && error(&said).1.contains("with --access"), "{said}");
    assert_eq!(dismiss("Anton.toml", "Oleg").0, 1, "an auditor dismisses nobody");
    assert_eq!(dismiss("Olga.toml", "Oleg").0, 0);
    let (code, said) = dismiss("Oleg.toml", "Olga");
    assert_eq!((code, error(&said).0), (1, "UNKNOWN_CERTIFICATE"), "at once: {said}");
    assert_eq!(newest(folder).0, json!("Olga"));
    assert_eq!(dismiss("Olga.toml", "operator").0, 0, "what the home was told to do");
    let (code, said) = run(folder, &["supply"]);
    assert_eq!((code, error(&said).0), (1, "UNKNOWN_CERTIFICATE"), "{said}");
    assert_eq!(dismiss("Olga.toml", "Olga").0, 0, "it was stolen");
    server.stop();
    assert_eq!(run(folder, &["audit"]).1["violations"], json!([]));
}

/// Certificates are made with the home's authority; who orders them there says so with an access,
/// and the record has that name, not the home's.
#[test]
fn ra_17_a_certificate_is_made_at_the_home_and_recorded_under_whose_access_ordered_it() {
    let (home, server) = staffed();
    let folder = home.path();
    apply(folder, "Suedhaven", 2);
    let makes: [&[&str]; 3] = [
        &["intermediary", "admit", "--application", "application.toml", "--out", "a.toml"],
        &["intermediary", "rotate", "--name", "Nordhaven", "--out", "b.toml"],
        &["staff", "appoint", "--name", "Sven", "--role", "supervisor", "--out", "c.toml"],
    ];
    for args in makes {
        let before = newest(folder).1;
        let (code, said) = by_access(folder, "Olga.toml", args);
        assert!(code == 2 && error(&said).1.contains("--home DIR beside --access"), "{said}");
        let beside = [&["--access", "Anton.toml"], args].concat();
        let (code, said) = run(folder, &beside);
        assert_eq!((code, error(&said).0), (1, "ROLE"), "{said}");
        let out = folder.join(args.last().expect("it ends with the file"));
        assert!(!out.exists(), "it is good for nothing");
        assert_eq!(newest(folder).1, before, "{args:?}");
        let (code, said) = run(folder, &[&["--access", "Olga.toml"], args].concat());
        assert_eq!(code, 0, "{said}");
        assert_eq!(newest(folder), (json!("Olga"), before + 1), "{args:?}");
    }
    let (code, said) = run(folder, &["--access", "Olga.toml", "supply"]);
    assert!(code == 2 && error(&said).1.contains("give one of them"), "{said}");

    let other = founded();
    let olga = folder.join("Olga.toml");
    let olga = olga.to_str().expect("it is text");
    let appoint = ["--role", "auditor", "--name", "Ada", "--out", "ada.toml"];
    let (code, said) =
        run(other.path(), &[&["--access", olga, "staff", "appoint"], &appoint[..]].concat());
    assert!(code == 2 && error(&said).1.contains("another issuer"), "{said}");
    server.stop();
    assert_eq!(run(folder, &["audit"]).1["violations"], json!([]));
}

/// The help of a command, by its words.
fn help(words: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    let output = command.args(words).arg("--help").output().expect("the program runs");
    String::from_utf8(output.stdout).expect("it says text")
}

/// Every command without others below it, by its words, as the help lists them.
fn commands(words: &[String], found: &mut Vec<Vec<String>>) {
    let help = help(words);
    let Some((_, listed)) = help.split_once("\nCommands:\n") else {
        return found.push(words.to_vec());
    };
    let names = listed.lines().take_while(|line| !line.is_empty());
    // What a command is for may go on in lines that are indented further.
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()) {
        if name != "help" {
            commands(&[words, &[name.to_owned()]].concat(), found);
        }
    }
}

/// Each command is given by its own example, with an access that is not there.
#[test]
fn every_command_shows_the_access_if_and_only_if_it_obeys_it() {
    let folder = TempDir::new().expect("the system has room for a folder");
    let mut found = Vec::new();
    commands(&[], &mut found);
    assert!(found.len() >= 50, "{found:?}");
    let mut obeying = 0;
    for words in found {
        let help = help(&words);
        let (_, example) = help.split_once("Example:\n  tender-issuer ").expect("it has one");
        let given: Vec<_> = example.split_whitespace().collect();
        let own = given.windows(words.len()).position(|some| some == &words[..]);
        let own = &given[own.expect("the example is of this command")..];
        let (code, said) = by_access(folder.path(), "none.toml", own);
        let (name, message) = error(&said);
        assert_eq!((code, name), (2, "USAGE"), "{words:?} {said}");
        let obeys = message.starts_with("none.toml cannot be read")
            || message.contains("give --home DIR beside --access");
        let refuses = message.contains("without --access");
        assert_ne!(obeys, refuses, "{words:?} {message}");
        assert_eq!(help.contains("--access <FILE>"), obeys, "{words:?} {help}");
        let needs_none = message.contains("needs no issuer");
        assert_eq!(help.contains("--home <DIR>"), !needs_none, "{words:?} {help}");
        obeying += usize::from(obeys);
    }
    assert!(obeying > 30, "{obeying}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is ours").count(), 0, "nothing is made");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    let output = command.arg("supply").output().expect("the program runs");
    let said = String::from_utf8(output.stderr).expect("it says text");
    assert!(said.contains("--home DIR") && said.contains("--access FILE"), "{said}");
}

/// The manual said that operators alone propose, and everybody who may read did. Who may read the
/// books may write down what officers shall approve, and an operator alone hands it in.
#[test]
fn ra_17_whoever_reads_proposes_and_only_an_operator_carries_out() {
    let (home, server) = staffed();
    let folder = home.path();
    let args = ["staff", "appoint", "--name", "Sven", "--role", "supervisor", "--out", "Sven.toml"];
    assert_eq!(run(folder, &args).0, 0);
    reach(folder, "Sven.toml", &server);
    for name in ["Anton", "Sven"] {
        let access = format!("{name}.toml");
        for (order, bank) in [
            ("issue", &[][..]),
            ("destroy", &[]),
            ("distribute", &["--intermediary", "Nordhaven"]),
            ("pledge", &["--intermediary", "Nordhaven"]),
        ] {
            let out = format!("{order}-{name}");
            let words = [&["treasury", order, "--amount", "20"], bank].concat();
            let (code, said) = by_access(folder, &access, &[&words[..], &["--out", &out]].concat());
            assert_eq!((code, &said["out"]), (0, &json!(out)), "{said}");
            let (code, said) = by_access(folder, &access, &[&words[..], &KEYS].concat());
            assert_eq!((code, error(&said).0), (1, "ROLE"), "{order} {name}: {said}");
        }
        let instruction = format!("issue-{name}");
        let mut submit = vec!["treasury", "submit", "--instruction", &instruction];
        let approvals = ["101", "102"].map(|seed| (format!("officer-{seed}.key"), seed));
        for (key, seed) in &approvals {
            let files = ["--instruction", &instruction, "--key", key, "--out", seed];
            assert_eq!(run(folder, &[&["treasury", "approve"], &files[..]].concat()).0, 0);
            submit.extend(["--approval", seed]);
        }
        let (code, said) = by_access(folder, &access, &submit);
        assert_eq!((code, error(&said).0), (1, "ROLE"), "{name}: {said}");
        let (code, said) = by_access(folder, "Olga.toml", &submit);
        assert_eq!((code, &said["minor_units"]), (0, &json!(2000)), "as officers approved: {said}");
        for (_, seed) in &approvals {
            std::fs::remove_file(folder.join(seed)).expect("the folder is ours");
        }
    }
    assert_eq!(run(folder, &["supply"]).1["issued"], json!(4000));
    server.stop();
}

/// "Gave no answer, ask again" was said of a server that is another one's.
#[test]
fn a_server_of_another_issuer_is_told_as_that_and_nobody_is_to_ask_again() {
    let (home, server) = staffed();
    let other = founded();
    let appoint = ["staff", "appoint", "--name", "Olga", "--role", "operator", "--out", "a.toml"];
    assert_eq!(run(other.path(), &appoint).0, 0);
    reach(other.path(), "a.toml", &server);
    let (code, said) = by_access(other.path(), "a.toml", &["supply"]);
    let (name, message) = error(&said);
    let begins = format!(
        "the other end of the line at {} is not the issuer: invalid peer certificate: ",
        server.address()
    );
    assert!(code == 3 && name == "FAULT" && message.starts_with(&begins), "{said}");
    assert!(message.contains("issuer_address") && !message.contains("ask again"), "{message}");
    assert_eq!(by_access(home.path(), "Olga.toml", &["supply"]).0, 0, "its own is answered");
    server.stop();
}

/// Whoever has an operator's access writes with the server's rights into the issuer's folder for
/// copies, and nowhere else: not by a whole path, not by dots, not by a link. Whoever stands beside
/// the home writes anywhere, with own rights.
#[test]
fn b13_a_copy_from_elsewhere_leaves_the_folder_for_copies_by_no_path() {
    let (home, server) = staffed();
    let folder = home.path();
    let copy = |out: &str| by_access(folder, "Olga.toml", &["backup", "--out", out]);
    assert_eq!(copy("monday").0, 0);
    let backups = folder.join("home/backups");
    std::fs::create_dir(backups.join("week")).expect("the folder is ours");
    let whole = backups.join("week/tuesday");
    assert_eq!(copy(whole.to_str().expect("it is text")).0, 0, "a whole path in there is one too");
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, backups.join(name)).expect("the folder is ours");
    };
    link(folder, "out");
    link(&folder.join("linked"), "end");
    let outside = folder.join("outside");
    let outside = outside.to_str().expect("it is text");
    let before = listed(folder);
    for out in [outside, "../outside", "week/../../outside", "out/outside", "../keys/outside"] {
        let (code, said) = copy(out);
        assert_eq!((code, error(&said).0), (2, "USAGE"), "{out}: {said}");
        assert!(error(&said).1.contains("the only folder"), "{out}: {said}");
        assert!(error(&said).1.contains(out), "{out}: {said}");
    }
    for out in ["end", "", "..", "week/..", "none/copy", "monday/store.redb/copy"] {
        let (code, said) = copy(out);
        assert_eq!((code, error(&said).0), (2, "USAGE"), "{out}: {said}");
    }
    assert_eq!(listed(folder), before, "nothing was written anywhere");
    assert_eq!(run(folder, &["backup", "--out", "outside"]).0, 0, "beside the home");
    assert!(folder.join("outside/store.annex").is_file());
    assert!(!folder.join("home/audited").exists(), "what it was copied from is gone");
    assert_eq!(run(folder, &["audit"]).1["violations"], json!([]));
    server.stop();
}

/// The names of everything in a folder and in the home in it.
fn listed(folder: &Path) -> Vec<std::path::PathBuf> {
    let places = [folder.to_owned(), folder.join("home"), folder.join("home/keys")];
    let mut names = Vec::new();
    for place in places {
        let entries = std::fs::read_dir(place).expect("the folder is ours");
        names.extend(entries.map(|entry| entry.expect("the folder is ours").path()));
    }
    names.sort();
    names
}
