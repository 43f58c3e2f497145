//! Orders of the staff that are given again because their answer was lost.

use crate::administration;
use crate::command_line::{holder_of, invited, joined, run};
use crate::desk::Served;
use crate::issuer::TestIssuer;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// Every order of the staff, in an order in which it makes sense. `WALLET` stands for the identity
/// of customer 1's wallet.
const ORDERS: &[&str] = &[
    "tier adopt",
    "customer add --name Bert --verified phone=112 --account CH1 --balance 7 --out bert.toml",
    "customer verify 2 --attribute document --value P12 --by Clerk",
    "customer verify 2 --attribute address --value Lakeside --by Clerk",
    "customer verify 2 --attribute account --value CH2 --by Clerk",
    "customer tier 2 --to full --by Clerk",
    "customer freeze 2 --by Clerk",
    "customer unfreeze 2 --by Clerk",
    "customer block 1 --wallet WALLET --by Clerk",
    "customer unblock 1 --wallet WALLET --by Clerk",
    "customer grant 1 --wallet WALLET --amount 12.34 --by Clerk",
    "customer grant 1 --wallet WALLET --unlimited --by Clerk",
    "customer invite 1 --grant 50.00 --out child.toml --by Clerk",
    "customer cover 2 --amount 250.00 --by Clerk",
    "customer close 2 --account CH93 --by Clerk",
    "customer paid 1 --by Clerk",
    "customer unpaid 1 --by Clerk",
    "customer paid 1 --by Clerk",
    "customer move 1 --to Second --account CH01 --out ann.json --by Clerk",
    "customer erase 1 --by Clerk",
    "customer erase 2 --by Clerk",
];

/// Another order where one of those stands already, and by which word it is refused.
const OTHERS: &[(&str, &str)] = &[
    ("customer add --name Carl --balance 7 --out bert.toml", "TAKEN"),
    ("customer invite 2 --out child.toml --by Clerk", "CLOSED"),
    ("customer paid 1 --by Other", "PAID"),
    ("customer close 2 --account CH94 --by Clerk", "CLOSED"),
    ("customer move 1 --to Second --account CH02 --out other.json --by Clerk", "CLOSED"),
];

/// The commands that give no order: what they tell is new each time, or nothing is changed.
const LOOKS: &[&str] = &[
    "customer list",
    "customer wallets",
    "customer outside",
    "customer show",
    "customer find",
    "customer export",
    "customer reads",
    "customer sweep",
    "tier list",
    "tier check",
    "action list",
];

/// The first time it is done; from then on it is so already: no error, the same object about the
/// same thing, nothing in the record of actions, and a sentence for people that says so.
fn twice(folder: &Path, line: &str) {
    let words: Vec<_> = line.split(' ').collect();
    let actions = || administration::run(folder, &["action", "list"]);
    let (code, first, said) = administration::run(folder, &words);
    assert_eq!((code, &first["already"]), (0, &Value::Null), "{line}: {said}");
    let record = actions();
    let (code, mut again, said) = administration::run(folder, &words);
    let already = again.as_object_mut().and_then(|fields| fields.remove("already"));
    assert_eq!((code, already), (0, Some(Value::Bool(true))), "{line}: {said}");
    assert_eq!(again, first, "{line}");
    let sentence = administration::told(folder, &words);
    assert!(sentence.ends_with("; nothing was changed.\n") && sentence.len() > 50, "{sentence}");
    assert_eq!(actions(), record, "{line}");
}

/// Whoever repeats an order because the answer was lost gets one answer, from every command, from a
/// server or without one.
#[test]
fn an_order_that_is_repeated_is_so_already_and_another_in_its_place_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let ([stopped, served], wallet) = administration::twins(folder.path(), &issuer);
    let server = Served::new(&served.join(administration::HOME));
    for folder in [&stopped, &served] {
        administration::change_tiers(folder, "\"10000\"", "\"9000\"");
        for line in ORDERS {
            twice(folder, &line.replace("WALLET", &wallet));
        }
        for (line, word) in OTHERS {
            let words: Vec<_> = line.split(' ').collect();
            let (code, object, _) = administration::run(folder, &words);
            assert_eq!((code, &object["error"]["code"]), (1, &Value::from(*word)), "{line}");
        }
        assert!(!folder.join("other.json").exists(), "nothing was written");
    }
    server.stop();
}

#[test]
fn no_order_of_the_staff_is_left_out() {
    let all = ["customer", "tier", "action"].into_iter().flat_map(administration::listed);
    let known = |name: &String| {
        let is_order =
            ORDERS.iter().any(|line| line == name || line.starts_with(&format!("{name} ")));
        is_order != LOOKS.contains(&name.as_str())
    };
    let unknown: Vec<_> = all.filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

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
