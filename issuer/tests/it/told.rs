//! What whoever gives a command reads when something is in the way: where, why, and what to do.

use crate::command_line::{admit, apply, configured, founded, run};
use crate::operator::Server;
use crate::staff::{by_access, reach};
use serde_json::Value;
use std::fs::{
    Permissions, create_dir, create_dir_all, read_to_string, remove_file, set_permissions, write,
};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use tokio::net::TcpSocket;

fn failed(folder: &Path, args: &[&str]) -> (i32, String, String) {
    error(run(folder, args))
}

fn error((code, said): (i32, Value)) -> (i32, String, String) {
    let text = |field: &str| said["error"][field].as_str().expect("it failed").to_owned();
    (code, text("code"), text("message"))
}

/// Edits a line of the home's configuration.
fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("home/issuer.toml");
    let text = read_to_string(&path).expect("the folder is ours");
    let edited = text.replacen(from, to, 1);
    assert_ne!(edited, text, "{from}");
    write(path, edited).expect("the folder is ours");
}

/// The folder around the home has a configuration too, and is no home that has lost its store.
#[test]
fn the_folder_around_the_home_is_told_to_be_none_and_where_the_home_is() {
    let folder = founded();
    let around = folder.path().parent().expect("it is in a folder");
    let name = folder.path().file_name().and_then(|name| name.to_str()).expect("it is text");
    let supply = |within: &Path, home: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
        command.current_dir(within).args(["--json", "--home", home, "supply"]);
        let output = command.output().expect("the program runs");
        let said = serde_json::from_slice(&output.stdout).expect("one JSON object");
        error((output.status.code().expect("it was not killed"), said))
    };
    let (code, _, message) = supply(around, name);
    let expected =
        format!("no issuer is founded in {name} itself, but in {name}/home: --home {name}/home");
    assert_eq!((code, message), (2, expected));
    let empty = configured();
    let (code, _, message) = supply(empty.path(), ".");
    assert!(code == 2 && message.ends_with("run init first, or give another --home"), "{message}");
    remove_file(folder.path().join("home/store.redb")).expect("the folder is ours");
    let (code, _, message) = failed(folder.path(), &["supply"]);
    assert!(code == 2 && message.contains("home is missing; restore it"), "{message}");
}

/// Who has signed too little learns how much, and which file is good for nothing and why.
#[test]
fn approvals_that_do_not_count_are_told_by_file_and_reason() {
    let folder = founded();
    let folder = folder.path();
    for (amount, out) in [("20", "issue"), ("21", "other")] {
        assert_eq!(run(folder, &["treasury", "issue", "--amount", amount, "--out", out]).0, 0);
    }
    assert_eq!(run(folder, &["officer", "new", "--out", "stranger.key"]).0, 0);
    for (what, key, out) in [
        ("issue", "officer-101.key", "first"),
        ("issue", "officer-102.key", "second"),
        ("other", "officer-102.key", "else"),
        ("issue", "stranger.key", "stranger"),
    ] {
        let approve = ["treasury", "approve", "--instruction", what, "--key", key, "--out", out];
        assert_eq!(run(folder, &approve).0, 0);
    }
    let submit = |files: &[&str]| {
        let approvals = files.iter().flat_map(|file| ["--approval", file]);
        let submit = ["treasury", "submit", "--instruction", "issue"].into_iter().chain(approvals);
        run(folder, &submit.collect::<Vec<_>>())
    };
    let counted = |valid: u8| {
        let verb = if valid == 1 { "is" } else { "are" };
        format!("{valid} of the 2 approvals that officers must give {verb} valid")
    };
    let one_more = "1 more officer must give `treasury approve` for this";
    let (stranger, changed) = ("stranger is by nobody who is an officer", "nothing was changed");
    let only = "give none but valid ones";
    for (files, told) in [
        (
            &[][..],
            format!(
                "{}; 2 more officers must give `treasury approve` for this; {changed}",
                counted(0)
            ),
        ),
        (&["first"], format!("{}; {one_more}; {changed}", counted(1))),
        (
            &["first", "first", "stranger", "else"],
            format!(
                "{}; first is by the same officer as first; {stranger}; else approves something \
                 else, such as another instruction; {one_more}; {only}; {changed}",
                counted(1)
            ),
        ),
        (
            &["first", "stranger", "second"],
            format!("{}; {stranger}; {only}; {changed}", counted(2)),
        ),
    ] {
        let (code, name, message) = error(submit(files));
        assert_eq!((code, name.as_str(), message), (1, "E_AUTH", told), "{files:?}");
    }
    assert_eq!(submit(&["first", "second"]).0, 0);

    let new = ["revocation", "new", "--series", "1", "--out", "end"];
    assert_eq!(run(folder, &new).0, 0);
    let approve = ["approve", "--proposal", "end", "--key", "officer-101.key", "--out", "one"];
    assert_eq!(run(folder, &[&["revocation"], &approve[..]].concat()).0, 0);
    let revoke = ["series", "revoke", "--proposal", "end", "--root-passphrase-file"];
    let with = ["root-passphrase", "--approval", "one", "--approval", "one"];
    let (code, _, message) = failed(folder, &[&revoke[..], &with].concat());
    assert!(code == 1 && message.contains("one is by the same officer as one"), "{message}");
}

/// An officer who names the wrong file hears that it is none, whatever its bytes are.
#[test]
fn a_file_of_other_bytes_is_no_instruction_no_approval_and_no_key() {
    let folder = founded();
    let folder = folder.path();
    write(folder.join("bytes"), [0xff, 0xfe, 0, 1]).expect("the folder is ours");
    assert_eq!(run(folder, &["treasury", "issue", "--amount", "20", "--out", "issue"]).0, 0);
    let approve = |what, key| {
        failed(folder, &["treasury", "approve", "--instruction", what, "--key", key, "--out", "no"])
    };
    let usage = |message: &str| (2, "USAGE".to_owned(), message.to_owned());
    assert_eq!(approve("bytes", "officer-101.key"), usage("bytes is no instruction"));
    assert_eq!(approve("issuer.toml", "officer-101.key"), usage("issuer.toml is no instruction"));
    assert_eq!(approve("issue", "bytes"), usage("bytes is no officer's key"));
    let submit = ["treasury", "submit", "--instruction", "issue", "--approval", "bytes"];
    assert_eq!(
        failed(folder, &submit),
        usage("bytes is no officer's approval, as `treasury approve` writes it")
    );
}

/// An approval of another kind was called none: it says of what it is, and which command makes one
/// of what is to be approved.
#[test]
fn an_approval_of_another_kind_is_told_by_what_it_approves_and_what_makes_the_right_one() {
    let folder = founded();
    let folder = folder.path();
    let done = |line: &str| {
        let (code, said) = run(folder, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(code, 0, "{line}: {said}");
    };
    done("treasury issue --amount 20 --out issue");
    done("ceremony new --config issuer.toml --out next");
    done("revocation new --series 1 --out end");
    for (approve, out) in [
        ("treasury approve --instruction issue", "of-issue"),
        ("ceremony approve --proposal next", "of-next"),
        ("revocation approve --proposal end", "of-end"),
    ] {
        done(&format!("{approve} --key officer-101.key --out {out}"));
    }
    let refused = |line: &str| failed(folder, &line.split(' ').collect::<Vec<_>>());
    let submit = "treasury submit --instruction issue --approval";
    let rotate = "series rotate --proposal next --root-passphrase-file root-passphrase --approval";
    let revoke = "series revoke --proposal end --root-passphrase-file root-passphrase --approval";
    let proposals = "approves the proposal of a series, a revocation or a rollback, and not an \
                     instruction of the supply: `treasury approve` makes";
    let supply = "of-issue approves an instruction of the supply, and not";
    for (line, expected) in [
        (format!("{submit} of-next"), format!("of-next {proposals}")),
        (format!("{submit} of-end"), format!("of-end {proposals}")),
        (
            format!("{rotate} of-issue"),
            format!("{supply} the proposal of a series: `ceremony approve` makes"),
        ),
        (
            format!("{revoke} of-issue"),
            format!("{supply} a revocation: `revocation approve` makes"),
        ),
    ] {
        let (code, name, message) = refused(&line);
        assert_eq!((code, name.as_str()), (2, "USAGE"), "{line}");
        assert!(message.starts_with(&expected), "{line}: {message}");
    }
    // These read alike, and are only told apart by what they are held against.
    for (line, other, approve) in [
        (
            rotate,
            "of-end",
            "another proposal, a revocation or a rollback; 2 more officers must \
         give `ceremony approve`",
        ),
        (
            revoke,
            "of-next",
            "another revocation, the proposal of a series or a rollback; 2 more \
         officers must give `revocation approve`",
        ),
    ] {
        let (code, name, message) = refused(&format!("{line} {other}"));
        assert_eq!((code, name.as_str()), (1, "E_AUTH"), "{line}");
        let expected = format!("{other} approves something else, such as {approve}");
        assert!(message.contains(&expected), "{line}: {message}");
    }
}

/// A server that is not there is named by its address, and one that answers is not said to be
/// silent.
#[test]
fn a_server_that_is_silent_and_one_that_cannot_now_are_told_apart_by_address() {
    let folder = founded();
    let folder = folder.path();
    edit(folder, "disk_free_percent = 0", "disk_free_percent = 100");
    let server = Server::start(folder);
    let appoint = ["staff", "appoint", "--name", "Olga", "--role", "operator", "--out", "o.toml"];
    let (code, name, message) = failed(folder, &appoint);
    assert!(!folder.join("o.toml").exists(), "it is good for nothing");
    apply(folder, "Nordhaven", 1);
    assert_eq!(admit(folder, "a.toml").0, 3);
    assert!(!folder.join("a.toml").exists(), "it is good for nothing");
    let address = server.address().to_owned();
    let told =
        format!("the server at {address} cannot do this now: the issuer's disk is nearly full");
    assert_eq!((code, name.as_str()), (3, "FAULT"), "{message}");
    assert!(message.starts_with(&told) && !message.contains("no answer"), "{message}");
    server.stop();

    edit(folder, "disk_free_percent = 100", "disk_free_percent = 0");
    let server = Server::start(folder);
    assert_eq!(run(folder, &appoint).0, 0);
    reach(folder, "o.toml", &server);
    let address = server.address().to_owned();
    assert_eq!(by_access(folder, "o.toml", &["supply"]).0, 0);
    server.stop();
    // Of a place that is bound and at which nobody listens, so that nobody else does either.
    let place = TcpSocket::new_v4().expect("the system has sockets");
    place.bind(([127, 0, 0, 1], 0).into()).expect("loopback has a free port");
    let nobody = place.local_addr().expect("it is bound").to_string();
    let text = read_to_string(folder.join("o.toml")).expect("it was written");
    write(folder.join("o.toml"), text.replace(&address, &nobody)).expect("the folder is ours");
    let address = nobody;
    let (code, name, message) = error(by_access(folder, "o.toml", &["supply"]));
    assert_eq!((code, name.as_str()), (3, "FAULT"), "{message}");
    let told = format!("the server at {address} gave no answer: Connection refused");
    assert!(message.starts_with(&told), "{message}");
}

#[test]
fn an_address_that_is_taken_is_told_with_what_it_was_wanted_for() {
    let folder = founded();
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    edit(folder.path(), "# metrics = \"127.0.0.1:7191\"", &format!("metrics = \"{address}\""));
    let (code, name, message) = failed(folder.path(), &["serve"]);
    assert_eq!((code, name.as_str()), (3, "FAULT"));
    let told = format!("cannot show metrics, as `metrics` in issuer.toml says, on {address}: ");
    assert!(message.starts_with(&told), "{message}");
    let (_, _, message) = failed(folder.path(), &["serve", "--listen", &address]);
    assert!(message.starts_with(&format!("cannot listen on {address}: ")), "{message}");
}

/// What is missing is told by the place where it should be, and that nothing makes it again.
#[test]
fn a_key_that_is_missing_is_told_by_its_place_and_what_to_do() {
    let folder = founded();
    remove_file(folder.path().join("home/keys/slot-1.der")).expect("the folder is ours");
    let (code, name, message) = failed(folder.path(), &["serve"]);
    assert_eq!((code, name.as_str()), (3, "FAULT"), "{message}");
    let told = "the key `slot-1.der` is missing: there is no home/keys/slot-1.der; put it back";
    assert!(message.starts_with(told), "{message}");
}

/// Some systems hand secrets over in files that everybody reads, so that works, with a warning.
#[test]
fn g3_a_passphrase_that_everybody_on_the_machine_can_read_is_warned_of() {
    let folder = founded();
    let folder = folder.path();
    let renew = ["certificate", "renew", "--days", "365"];
    let warning = "everybody on this machine can read this passphrase";
    let (code, said) = crate::command_line::told(folder, &renew);
    assert!(code == 0 && !said.contains(warning), "{said}");
    set_permissions(folder.join("passphrase"), Permissions::from_mode(0o644)).expect("ours");
    let (code, said) = crate::command_line::told(folder, &renew);
    assert!(code == 0 && said.contains(warning) && said.contains("chmod 600"), "{said}");
}

#[test]
fn appointing_is_taught_with_where_the_passphrase_is() {
    let folder = TempDir::new().expect("the system has room for a folder");
    let mut help = crate::command_line::program(folder.path());
    let help = help.args(["staff", "appoint", "--help"]).output().expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("it says text");
    let (_, example) = help.split_once("Example:").expect("it has one");
    assert!(example.contains("--passphrase-file"), "{help}");
}

/// What is no issuer's home is told by what it is, and never given for one.
#[test]
fn a_folder_that_is_no_home_is_told_by_what_it_is() {
    let home = founded();
    let folder = home.path();
    assert_eq!(run(folder, &["backup", "--out", "around/copy"]).0, 2, "there is no such folder");
    create_dir(folder.join("around")).expect("the folder is ours");
    assert_eq!(run(folder, &["backup", "--out", "around/copy"]).0, 0);
    let bank = folder.join("around/bank");
    create_dir_all(bank.join("keys")).expect("the folder is ours");
    write(bank.join("intermediary.toml"), "").expect("the folder is ours");
    write(bank.join("store.redb"), "").expect("the folder is ours");
    symlink("loop", folder.join("loop")).expect("the folder is ours");
    for (home, code, words) in [
        ("around", 2, "no issuer is founded in around"),
        ("around/bank", 2, "around/bank is the home of an intermediary"),
        ("around/copy", 2, "around/copy is a copy of a store"),
        ("around/copy", 2, "restore --from around/copy"),
        ("around/copy/store.redb", 2, "around/copy/store.redb cannot be read"),
        // Nobody can look into it, as into a folder of which only others may read anything.
        ("loop", 3, "loop cannot be read: "),
    ] {
        for args in [&["supply"][..], &["restore", "--from", "around/copy"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tender-issuer"));
            let output = command.current_dir(folder).args(["--json", "--home", home]).args(args);
            let output = output.output().expect("the program runs");
            let said = serde_json::from_slice(&output.stdout).expect("one JSON object");
            let (found, _, message) = error((output.status.code().expect("it ended"), said));
            assert!(found == code && message.contains(words), "{args:?}: {found} {message}");
        }
    }
}
