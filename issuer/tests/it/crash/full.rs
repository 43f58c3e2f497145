//! Full: a disk without room, as it is told to whoever gives a command over it.

use super::kill::{Home, SERVE};
use crate::command_line::{founded, program, run};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// A command whose files cannot grow beyond so many blocks; without the signal that is an error of
/// the write, as on a full disk.
fn within(blocks: u32, folder: &Path, args: &[&str]) -> Command {
    let own = program(folder);
    let mut limited = Command::new("sh");
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    limited.args(["-c", &line]).arg(own.get_program()).args(own.get_args()).args(args);
    limited.current_dir(folder);
    limited
}

fn answered(mut command: Command) -> (i32, Value) {
    let output = command.output().expect("there is a shell");
    let said = serde_json::from_slice(&output.stdout).expect("one JSON object");
    (output.status.code().expect("it was not killed"), said)
}

/// What happened, where the money is, and what to do.
fn is_told(said: &Value) {
    let message = said["error"]["message"].as_str().expect("it failed");
    for part in ["there is no room", "Nothing that was answered is lost", "make room"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// `supply` and `audit` said the system's word for it and no more. An audit beside the home needs
/// no room of it at all.
#[test]
fn b13_a_command_on_a_full_disk_says_that_nothing_is_lost_and_to_make_room() {
    let home = founded();
    let folder = home.path();
    let before = run(folder, &["supply"]);
    assert_eq!(before.0, 0);
    for command in [&["supply"][..], &["staff", "list"], &["backup", "--out", "copy"]] {
        let (code, said) = answered(within(0, folder, command));
        assert_eq!((code, &said["error"]["code"]), (3, &json!("FAULT")), "{command:?}: {said}");
        is_told(&said);
    }
    assert!(!folder.join("copy").exists() && !folder.join("copy.unfinished").exists());
    let (code, said) = answered(within(0, folder, &["audit"]));
    assert_eq!((code, &said["violations"]), (0, &json!([])), "{said}");
    assert_eq!(run(folder, &["supply"]).1["issued"], before.1["issued"], "with room again");
}

/// While a server runs an audit is of a copy that the server makes, and needs room for it.
#[test]
fn b13_an_audit_of_a_server_without_room_for_the_copy_says_so_and_the_server_goes_on() {
    let (home, log) = Home::prepare(2);
    let folder = home.folder.path();
    let server = home.start(within(8, folder, &SERVE));
    let (code, said) = run(folder, &["audit"]);
    assert_eq!((code, &said["error"]["code"]), (3, &json!("FAULT")), "{said}");
    is_told(&said);
    assert!(
        !folder.join("home/audited").exists() && !folder.join("home/audited.unfinished").exists()
    );
    let (code, said) = run(folder, &["supply"]);
    assert_eq!(code, 0, "what is read is read: {said}");
    server.end();
    home.runtime.block_on(home.serve().answer_all(&log));
    assert_eq!(home.check(&log), 0);
}
