//! Processes: one store has one, and it ends when its disk fails.

use super::kill::{Home, SERVE};
use crate::command_line::{program, run};
use serde_json::json;
use std::process::{Child, Command};

pub fn signal(name: &str, child: &Child) {
    let mut kill = Command::new("kill");
    kill.args([format!("-{name}"), child.id().to_string()]);
    assert!(kill.status().expect("the system has kill").success());
}

/// A server that stands still keeps its store from every other process, and goes on with it.
#[test]
fn b7_two_processes_never_have_one_store_also_while_the_first_stands_still() {
    let (home, log) = Home::prepare(2);
    let mut server = home.serve();
    home.runtime.block_on(log.ask(&mut server.client, 0)).expect("the server answers");
    signal("STOP", &server.child);
    // The audit asks that process first, and hears nothing.
    for (second, told) in [(&SERVE[..], "holds the store"), (&["audit"], "gave no answer: ")] {
        let (code, said) = run(home.folder.path(), second);
        assert_eq!((code, &said["error"]["code"]), (3, &json!("FAULT")), "{said}");
        let message = said["error"]["message"].as_str().expect("it is text");
        assert!(message.contains(told), "{message}");
    }
    signal("CONT", &server.child);
    home.runtime.block_on(server.answer_all(&log));
    assert_eq!(home.check(&log), 0);
}

/// The disk is full from the first commit on: the caller gets no answer, and the process ends with
/// the exit code of a fault.
#[test]
fn b4_a_server_whose_disk_is_full_answers_nothing_and_exits() {
    let (home, log) = Home::prepare(2);
    let served = program(home.folder.path());
    let mut limited = Command::new("sh");
    // The limit holds for the store's file; without the signal it is an error of the write.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
    limited.arg(served.get_program()).args(served.get_args()).args(SERVE);
    limited.current_dir(home.folder.path());
    let mut server = home.start(limited);
    home.runtime.block_on(async {
        log.ask(&mut server.client, 0).await.expect_err("nothing is durable");
        log.ask(&mut server.client, 1).await.expect_err("the writer has ended");
    });
    drop(server.client);
    assert_eq!(server.child.wait().expect("it is our child").code(), Some(3));
    assert_eq!(home.check(&log), 0, "nothing was carried out");
}
