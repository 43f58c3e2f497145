//! What newcomers and breakers were told, and could do nothing with: each says what is so now.

use crate::command_line::{
    INIT, KEYS, admit, apply, configured, founded, lose, program, run, told,
};
use crate::operator::Server;
use crate::staff::{by_access, reach};
use serde_json::json;
use std::fs::{create_dir, rename, write};
use std::path::Path;
use std::process::Command;

/// The message of an order that is refused, for programs.
fn message(folder: &Path, line: &str, code: i32) -> String {
    let (exit, said) = run(folder, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(exit, code, "{line}: {said}");
    said["error"]["message"].as_str().expect("it is text").to_owned()
}

/// What a command says with another home than the tests'.
fn by_home(folder: &Path, home: &str, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
    command.current_dir(folder).args(["--home", home, "--passphrase-file", "passphrase"]);
    let output = command.args(args).output().expect("the program runs");
    let said = String::from_utf8(output.stderr).expect("it says text");
    (output.status.code().expect("it was not killed"), said)
}

/// "Holds something else" did not say what was wanted, nor which command makes it.
#[test]
fn a_file_of_another_kind_is_told_by_what_should_have_been_given() {
    let home = founded();
    let folder = home.path();
    let key = "--key officer-101.key --out none";
    for (line, expected) in [
        ("series rotate --proposal passphrase", "proposal of a series, as `ceremony new` writes"),
        ("series revoke --proposal passphrase", "proposal of a revocation, as `revocation new`"),
        (&format!("ceremony approve --proposal passphrase {key}"), "proposal of a series, as"),
        (&format!("revocation approve --proposal passphrase {key}"), "proposal of a revocation"),
        (&format!("rollback approve --proposal passphrase {key}"), "proposal of a rollback, as"),
        (&format!("treasury approve --instruction passphrase {key}"), "instruction"),
    ] {
        let said = message(folder, line, 2);
        assert!(said.starts_with(&format!("passphrase is no {expected}")), "{line}: {said}");
    }
}

/// Reading was told as "read or written", and a configuration that was gone as a file's error.
#[test]
fn what_cannot_be_read_is_told_as_that_and_with_what_to_do() {
    let home = founded();
    let folder = home.path();
    for line in ["series revoke --proposal none", "ceremony new --config none --out next"] {
        let said = message(folder, line, 2);
        assert!(said.starts_with("none cannot be read: "), "{line}: {said}");
    }
    rename(folder.join("home/issuer.toml"), folder.join("away")).expect("the folder is ours");
    let said = message(folder, "supply", 2);
    assert!(
        said.starts_with("home/issuer.toml is missing, ") && said.contains("put back"),
        "{said}"
    );
    assert!(said.contains("tender-issuer init --config FILE"), "{said}");
}

/// `restore` told people with an empty folder to run `init`, and those with an old copy to move a
/// store away that was not there; `init` called an intermediary's home a folder that is not empty.
#[test]
fn a_place_is_told_by_what_is_there_and_nothing_is_to_be_moved_from_where_nothing_is() {
    let home = founded();
    let folder = home.path();
    assert_eq!(run(folder, &["backup", "--out", "old"]).0, 0);
    let appoint = ["staff", "appoint", "--name", "Olga", "--role", "operator", "--out", "a.toml"];
    assert_eq!(run(folder, &appoint).0, 0);
    lose(&folder.join("home"));
    let said = message(folder, "restore --from old", 4);
    assert!(said.starts_with("the copy in old is older than what it was a copy of: "), "{said}");
    assert!(said.contains("rollback new") && !said.contains("move it away"), "{said}");
    for place in ["empty", "bank"] {
        create_dir(folder.join(place)).expect("the folder is ours");
    }
    let (code, said) = by_home(folder, "empty", &["restore", "--from", "old"]);
    assert_eq!(code, 2);
    let told = said.contains("no issuer is founded in empty") && said.contains("keys, its issuer");
    assert!(told && !said.contains("move") && !said.contains("run init"), "{said}");
    write(folder.join("bank/intermediary.toml"), "").expect("the folder is ours");
    let (_, said) = by_home(folder, "bank", &INIT);
    assert_eq!(said, "tender-issuer: bank is the home of an intermediary; nothing was done\n");
    let said = message(folder, &INIT.join(" "), 2);
    assert_eq!(
        said,
        "home is an issuer's home that has lost its store: see restore; nothing was \
                      done"
    );
}

/// A list of days that cannot be was empty, and looked like a record without actions.
#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    let home = founded();
    for list in ["action list", "treasury statement"] {
        let line = format!("{list} --since 2026-11-29 --until 2026-11-28");
        let said = message(home.path(), &line, 2);
        assert_eq!(said, "--since 2026-11-29 is after --until 2026-11-28: no day is within that");
        let same = format!("{list} --since 2026-11-28 --until 2026-11-28");
        assert_eq!(run(home.path(), &same.split(' ').collect::<Vec<_>>()).0, 0);
    }
}

/// A lone hash, a file's bare name, one leaf as several, and an error that said so twice.
#[test]
fn what_is_printed_has_a_word_of_what_it_is() {
    let home = configured();
    let folder = home.path();
    let (code, said) = run(folder, &INIT);
    assert_eq!((code, &said["out"]), (0, &json!("home")));
    let (_, said) = told(folder, &["log", "export", "--out", "leaves"]);
    assert!(said.starts_with("1 leaf is in leaves; "), "{said}");
    let (_, said) = told(folder, &["audit"]);
    assert!(said.contains("log         1 leaf, root "), "{said}");
    let said = message(folder, "init", 2);
    assert!(said.starts_with("the following required arguments"), "{said}");
    let later = ["ceremony", "new", "--config", "issuer.toml", "--begins-in", "90"];
    let (_, said) = told(folder, &[&later[..], &["--out", "next"]].concat());
    assert!(said.contains("Nothing can be withdrawn from 20") && said.contains(" on, until this"));
    assert_eq!(run(folder, &["backup", "--out", "old"]).0, 0);
    let appoint = ["staff", "appoint", "--name", "Olga", "--role", "operator", "--out", "a.toml"];
    assert_eq!(run(folder, &appoint).0, 0);
    lose(&folder.join("home"));
    assert_eq!(run(folder, &["rollback", "new", "--from", "old", "--out", "back"]).0, 0);
    let approve = ["rollback", "approve", "--proposal", "back", "--key", "officer-101.key"];
    let (_, said) = told(folder, &[&approve[..], &["--out", "back1"]].concat());
    assert!(said.contains(" 1 commit are forgotten"), "{said}");
    assert!(said.ends_with("\nThe approval of this is in back1.\n"), "{said}");
}

/// The help of a group lists no option that each of its commands refuses.
#[test]
fn help_of_a_group_shows_no_option_that_all_of_its_commands_refuse() {
    let home = configured();
    for (group, shown, hidden) in [
        ("ceremony", &["--passphrase-file"][..], &["--access"][..]),
        ("certificate", &["--home", "--today"], &["--access"]),
        ("officer", &["--passphrase-file"], &["--home", "--access", "--today"]),
        ("rollback", &["--passphrase-file"], &["--access"]),
        ("series", &["--home", "--access"], &[]),
    ] {
        let help = program(home.path()).args([group, "--help"]).output().expect("it runs");
        let help = String::from_utf8(help.stdout).expect("it says text");
        let options = help.split("Options:").nth(1).expect("it has options");
        let options = options.split("\n\n").next().unwrap_or_default();
        assert!(shown.iter().all(|option| options.contains(option)), "{group}: {help}");
        assert!(!hidden.iter().any(|option| options.contains(option)), "{group}: {help}");
    }
}

/// "Something is there already" did not say where, on a machine that its reader does not see.
#[test]
fn a_copy_from_elsewhere_into_a_taken_place_names_the_place() {
    let home = founded();
    let folder = home.path();
    let server = Server::start(folder);
    let appoint = ["staff", "appoint", "--name", "Olga", "--role", "operator", "--out", "a.toml"];
    assert_eq!(run(folder, &appoint).0, 0);
    reach(folder, "a.toml", &server);
    let taken = "monday";
    std::fs::create_dir_all(folder.join("home/backups/monday")).expect("the folder is ours");
    let (code, said) = by_access(folder, "a.toml", &["backup", "--out", taken]);
    let expected =
        format!("{taken} is there already, on the issuer's machine; nothing was changed");
    assert_eq!((code, &said["error"]["message"]), (2, &json!(expected)));
    server.stop();
}

/// A guarantee was pledged and released, and neither said what is in it now.
#[test]
fn whoever_pledges_and_releases_is_told_what_the_guarantee_holds() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    let order = |order, amount| {
        let bank: &[_] = if order == "issue" { &[] } else { &["--intermediary", "Nordhaven"] };
        [&["treasury", order, "--amount", amount], bank, &KEYS].concat()
    };
    for (word, amount) in [("issue", "24"), ("credit-reserves", "9"), ("distribute", "4")] {
        let (code, said) = run(folder, &order(word, amount));
        assert_eq!((code, said.get("guarantee")), (0, None), "{word} moves none: {said}");
    }
    let (code, said) = told(folder, &order("pledge", "3"));
    let expected = "Pledge of 3.00 FLN is done; vault 1.00 FLN, reserves 5.00 FLN, guarantee 3.00 \
                    FLN; the treasury holds 20.00 FLN.\n";
    assert_eq!((code, said.as_str()), (0, expected));
    let (code, said) = run(folder, &order("release", "2"));
    assert_eq!((code, &said["vault"], &said["guarantee"]), (0, &json!(300), &json!(100)), "{said}");
}

/// "Move it away first" was said of the store that a server had open: whoever did it had two
/// issuers, of which the one that answered was shut out.
#[test]
fn a_restoration_beside_a_running_server_says_to_stop_it_and_moves_nothing() {
    let home = founded();
    let folder = home.path();
    assert_eq!(run(folder, &["backup", "--out", "copy"]).0, 0);
    let server = Server::start(folder);
    let held = "another process holds the store; stop it first";
    assert_eq!(message(folder, "ceremony new --config issuer.toml --out next", 3), held);
    for from in ["copy", "nowhere"] {
        assert_eq!(message(folder, &format!("restore --from {from}"), 3), held);
    }
    assert_eq!(message(folder, "rollback new --from copy --out back", 3), held);
    assert_eq!(run(folder, &["supply"]).0, 0, "it serves on");
    server.stop();
    let said = message(folder, "restore --from nowhere", 2);
    assert!(said.starts_with("there is nothing at nowhere, so no copy of a store: "), "{said}");
    let said = message(folder, "restore --from .", 2);
    assert!(said.starts_with(". is no copy of a store: "), "{said}");
    let said = message(folder, "restore --from copy", 2);
    assert!(said.starts_with("home has a store; move it away first"), "{said}");
}

/// A quota could be set and never taken away, and whoever wanted another one was asked to rotate a
/// certificate.
#[test]
fn a_quota_is_taken_away_again_and_another_one_is_not_another_admission() {
    let home = founded();
    let folder = home.path();
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "admission.toml").0, 0);
    let again = "intermediary admit --application application.toml --out admission.toml --quota 50";
    let said = message(folder, again, 1);
    let changes = "`intermediary quota` changes that; nothing was changed";
    assert_eq!(said, format!("Nordhaven is admitted already, with no quota; {changes}"));
    let quota = |given: &[&str]| {
        run(folder, &[&["intermediary", "quota", "--name", "Nordhaven"], given].concat())
    };
    assert_eq!(quota(&["--amount", "50"]).1["quota"], json!(5000));
    let said = message(folder, &again.replace("50", "60"), 1);
    assert_eq!(
        said,
        format!("Nordhaven is admitted already, with a quota of 50.00 FLN; {changes}")
    );
    assert_eq!((quota(&[]).0, quota(&["--none", "--amount", "5"]).0), (2, 2), "one of both");
    let (code, said) = quota(&["--none"]);
    assert_eq!((code, said.get("quota")), (0, Some(&json!(null))), "{said}");
    let (_, listed) = run(folder, &["intermediary", "list"]);
    assert_eq!(listed["intermediaries"][0]["quota"], json!(null));
    let (code, said) = told(folder, &["intermediary", "quota", "--name", "Nordhaven", "--none"]);
    let before = "Nordhaven has no quota already; nothing was changed.\n";
    assert_eq!((code, said.as_str()), (0, before));
}
