//! Orders of the staff that are given again because their answer was lost.

use crate::command_line::{holder_of, invited, joined, run};
use crate::desk::Served;
use crate::issuer::TestIssuer;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// Where an order is lost.
#[derive(Clone, Copy)]
enum Lost {
    /// Before the server has it.
    Order,
    /// After the server has carried it out.
    Answer,
}

/// Runs a command through a server whose desk loses what it is told to.
fn lost(home: &Path, what: Lost, arguments: &[&str]) -> (i32, Value) {
    let (desk, real) = (home.join("desk"), home.join("desk.real"));
    fs::rename(&desk, &real).expect("the server's socket");
    let between = UnixListener::bind(&desk).expect("a socket in its place");
    let behind = real.clone();
    let losing = std::thread::spawn(move || {
        let (command, _) = between.accept().expect("the command calls");
        let mut order = String::new();
        BufReader::new(&command).read_line(&mut order).expect("an order");
        if let Lost::Answer = what {
            let mut server = UnixStream::connect(behind).expect("the server listens");
            server.write_all(order.as_bytes()).expect("sent");
            let mut answer = String::new();
            server.read_to_string(&mut answer).expect("answered");
            assert!(answer.contains("\"done\""), "it is carried out: {answer}");
        }
    });
    let ended = run(home, arguments);
    losing.join().expect("it lost what it was told to");
    fs::rename(real, desk).expect("the server's socket again");
    ended
}

/// A command whose order or answer is lost is given again as it was: one account is opened, with
/// one opening balance, and the invitation is good.
#[test]
fn an_account_that_is_opened_again_after_a_lost_answer_is_opened_once() {
    for what in [Lost::Order, Lost::Answer] {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = TestIssuer::up();
        let home = joined(folder.path(), &issuer);
        let out = folder.path().join("ann.toml");
        let out = out.to_str().expect("UTF-8");
        let add =
            |name, balance| ["customer", "add", "--name", name, "--balance", balance, "--out", out];
        let server = Served::new(&home);
        let (code, object) = lost(&home, what, &add("Ann Lee", "12.50"));
        assert_eq!((code, object["error"]["code"].as_str()), (3, Some("FAULT")), "{object}");
        let invitation = fs::read_to_string(out).expect("it stays");
        for _ in 0..2 {
            let (code, object) = run(&home, &add("Ann Lee", "12.50"));
            assert_eq!((code, object["customer"].as_u64()), (0, Some(1)), "{object}");
        }
        for other in [add("Bert", "12.50"), add("Ann Lee", "13.50")] {
            let (code, object) = run(&home, &other);
            assert!(code != 0 && object.to_string().contains("customer 1 already"), "{object}");
        }
        assert_eq!(fs::read_to_string(out).expect("it stays"), invitation);
        let (code, audit) = run(&home, &["audit"]);
        assert_eq!((code, audit["liabilities"].as_u64()), (0, Some(1_250)), "{audit}");
        let (holder, code) = holder_of(Path::new(out));
        let enrolled = server.client(&home).enrol(&holder.registration, &code);
        assert_eq!(enrolled.expect("reached"), Ok(()));
        server.stop();
    }
}

/// An invitation that was used is never made good again by giving its order again.
#[test]
fn an_invitation_that_was_used_stays_used_when_its_order_is_given_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    invited(&home, folder.path());
    let out = folder.path().join("phone.toml");
    let out = out.to_str().expect("UTF-8");
    let invite = ["customer", "invite", "1", "--by", "Clerk", "--out", out];
    let server = Served::new(&home);
    assert_eq!(lost(&home, Lost::Answer, &invite).0, 3);
    assert_eq!(run(&home, &invite).0, 0, "it is asked again");
    let enrol = || {
        let (holder, code) = holder_of(Path::new(out));
        server.client(&home).enrol(&holder.registration, &code).expect("reached")
    };
    assert_eq!(enrol(), Ok(()));
    assert_ne!(run(&home, &invite).0, 0, "it was used");
    assert!(enrol().is_err(), "it invited once");
    server.stop();
}
