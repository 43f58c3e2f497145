//! The record of actions, the treasury's postings and the wallets, read beside a store and from a
//! running server, which say the same.

use crate::command_line::{KEYS, admit, apply, founded, run, told};
use crate::operator::Server;
use crate::staff::{by_access, reach};
use crate::stage::Bank;
use crate::wallet::Wallet;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tender_proto::admission::Admission;
use tender_proto::transport::channel;
use tender_proto::wire;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_token::encode::Encode;
use tender_token::signature::SecretKey;

/// A home with two intermediaries, 20.00 issued and a staff of four, one of them dismissed.
fn settled() -> TempDir {
    let home = founded();
    let folder = home.path();
    for (name, seed) in [("Nordhaven", 1), ("Suedhaven", 2)] {
        apply(folder, name, seed);
        assert_eq!(admit(folder, &format!("{name}.toml")).0, 0);
    }
    for (name, role) in [("Olga", "operator"), ("Anton", "auditor"), ("Sven", "supervisor")] {
        let out = format!("{role}.toml");
        let args = ["staff", "appoint", "--name", name, "--role", role, "--out", &out];
        assert_eq!(run(folder, &args).0, 0);
    }
    let quota = ["intermediary", "quota", "--name", "Nordhaven", "--amount", "7.50"];
    assert_eq!(run(folder, &quota).0, 0);
    for verb in ["suspend", "resume"] {
        assert_eq!(run(folder, &["intermediary", verb, "--name", "Suedhaven"]).0, 0);
    }
    let issue = [&["treasury", "issue", "--amount", "20.00"][..], &KEYS].concat();
    assert_eq!(run(folder, &issue).0, 0);
    home
}

fn listed(folder: &Path, args: &[&str], of: &str) -> Vec<Value> {
    let (code, said) = run(folder, args);
    assert_eq!(code, 0, "{args:?} {said}");
    said[of].as_array().expect("a list").clone()
}

/// Today by the record itself, so that no test depends on midnight.
fn day(row: &Value) -> String {
    row["day"].as_str().expect("it is text").to_owned()
}

/// What an operator changed is told with who it was, when, what was before and what came after, in
/// its order and without a gap; and it is cut down to days and people.
#[test]
fn ra10_the_record_says_who_changed_what_and_when() {
    let home = settled();
    let folder = home.path();
    let all = listed(folder, &["action", "list"], "actions");
    let numbers: Vec<_> = all.iter().map(|row| row["number"].clone()).collect();
    assert_eq!(numbers, (1..=10).map(|number| json!(number)).collect::<Vec<_>>());
    assert!(all.iter().all(|row| row["by"] == json!("operator")), "{all:?}");
    let of: Vec<_> = all.iter().map(|row| row["change"]["of"].as_str().unwrap()).collect();
    let staff = |count| vec!["staff"; count];
    let expected = [staff(1), vec!["intermediary"; 2], staff(3), vec!["intermediary"; 3]].concat();
    assert_eq!(of, [&expected[..], &["supply"]].concat());
    let quota = &all[6]["change"];
    assert_eq!((&quota["old"]["quota"], &quota["new"]["quota"]), (&Value::Null, &json!(750)));
    assert_eq!(all[1]["change"]["old"], Value::Null, "it was not there before");

    let (code, said) = told(folder, &["action", "list", "--after", "3"]);
    assert_eq!(code, 0, "{said}");
    let expected = [
        "appointed Olga as operator",
        "appointed Anton as auditor",
        "appointed Sven as supervisor",
        "changed the quota from none to 7.50 of Nordhaven",
        "suspended Suedhaven",
        "resumed Suedhaven",
        "carried instruction",
    ];
    let mut lines = said.lines();
    let heading = lines.next().expect("it says what the columns are");
    assert!(heading.contains("number") && heading.contains("by"), "{heading}");
    assert_eq!(lines.clone().count(), expected.len(), "{said}");
    for (line, sentence) in lines.zip(expected) {
        assert!(line.contains(" UTC operator") && line.contains(sentence), "{sentence}: {line}");
    }
    let (first, last) = (day(&all[0]), day(&all[9]));
    let counted =
        |args: &[&str]| listed(folder, &[&["action", "list"], args].concat(), "actions").len();
    assert_eq!(counted(&["--since", &first, "--until", &last]), 10);
    assert_eq!(counted(&["--until", "2026-01-01"]), 0);
    assert_eq!(counted(&["--since", "9999-12-31"]), 0);
    assert_eq!((counted(&["--by", "operator"]), counted(&["--by", "Olga"])), (10, 0));
    for (wrong, code) in [(["--by", "Nobody"], 1), (["--since", "28.11.2026"], 2)] {
        assert_eq!(run(folder, &[&["action", "list"][..], &wrong].concat()).0, code, "{wrong:?}");
    }
}

/// The record had an instruction's id and an entry's number, and nobody saw by it what was done.
#[test]
fn ra10_the_record_says_which_order_of_how_much_and_for_whom_was_carried_out() {
    let home = settled();
    let folder = home.path();
    let bank = ["--intermediary", "Nordhaven", "--amount", "5"];
    for order in ["credit-reserves", "distribute", "pledge"] {
        let (code, said) = run(folder, &[&["treasury", order], &bank[..], &KEYS].concat());
        assert_eq!(code, 0, "{order}: {said}");
    }
    let asked = ["action", "list", "--after", "9"];
    let alone = (told(folder, &asked).1, listed(folder, &asked, "actions"));
    let orders = alone.1.iter().map(|row| {
        let change = &row["change"];
        let [order, units, name] = ["order", "minor_units", "name"].map(|field| &change[field]);
        (order.as_str().expect("it is text"), units.as_u64().expect("a number"), name.as_str())
    });
    let expected = [
        ("issue", 2000, None),
        ("credit-reserves", 500, Some("Nordhaven")),
        ("distribute", 500, Some("Nordhaven")),
        ("pledge", 500, Some("Nordhaven")),
    ];
    assert_eq!(orders.collect::<Vec<_>>(), expected);
    let ends = [
        ": issue 20.00 FLN",
        ": credit-reserves 5.00 FLN for Nordhaven",
        ": distribute 5.00 FLN for Nordhaven",
        ": pledge 5.00 FLN for Nordhaven",
    ];
    let lines = alone.0.lines().skip(1);
    assert_eq!(lines.clone().count(), ends.len(), "{}", alone.0);
    for (line, end) in lines.zip(ends) {
        assert!(line.ends_with(end), "{line}");
    }
    let server = Server::start(folder);
    assert_eq!((told(folder, &asked).1, listed(folder, &asked, "actions")), alone, "as served");
    server.stop();
}

/// An auditor reads the record from elsewhere, a supervisor does not, and a running server says the
/// very same as the store.
#[test]
fn ra10_a_running_server_tells_the_same_record_to_operators_and_auditors() {
    let home = settled();
    let folder = home.path();
    let lists = [
        (&["action", "list"][..], "actions"),
        (&["treasury", "statement"], "postings"),
        (&["wallet", "list", "--intermediary", "Nordhaven"], "wallets"),
    ];
    let before = lists.map(|(args, of)| listed(folder, args, of));
    let server = Server::start(folder);
    assert_eq!(lists.map(|(args, of)| listed(folder, args, of)), before);
    for access in ["operator.toml", "auditor.toml", "supervisor.toml"] {
        reach(folder, access, &server);
    }
    for (access, may) in [
        ("operator.toml", [true, true, true]),
        ("auditor.toml", [true, true, false]),
        ("supervisor.toml", [false, false, false]),
    ] {
        for ((args, of), may) in lists.iter().zip(may) {
            let (code, said) = by_access(folder, access, args);
            assert_eq!(code, i32::from(!may), "{access} {args:?} {said}");
            assert!(may == said[of].is_array(), "{access} {args:?} {said}");
        }
    }
    let dismissed = run(folder, &["staff", "dismiss", "--name", "Olga"]);
    assert_eq!(dismissed.0, 0);
    let last = listed(folder, &["action", "list", "--after", "10"], "actions").remove(0);
    assert_eq!(last["change"]["old"]["dismissed_since"], Value::Null);
    assert_eq!(last["change"]["new"]["dismissed_since"], last["time"]);
    server.stop();
}

/// Every posting says its moment, its day, its entry and the very instruction that officers signed.
#[test]
fn ra06_a_posting_names_its_day_and_its_instruction() {
    let home = settled();
    let folder = home.path();
    let destroy = ["treasury", "destroy", "--amount", "5.00", "--out", "destroy"];
    let (_, proposed) = run(folder, &destroy);
    for (key, out) in [("officer-101.key", "one"), ("officer-102.key", "two")] {
        let approve = ["approve", "--instruction", "destroy", "--key", key, "--out", out];
        assert_eq!(run(folder, &[&["treasury"], &approve[..]].concat()).0, 0);
    }
    let submit = ["submit", "--instruction", "destroy", "--approval", "one", "--approval", "two"];
    let done = run(folder, &[&["treasury"], &submit[..]].concat()).1;
    let all = listed(folder, &["treasury", "statement"], "postings");
    assert_eq!(all.len(), 2);
    let last = &all[1];
    assert_eq!((&last["instruction"], &last["cause"]), (&proposed["id"], &json!("destruction")));
    let action = done["action"].as_u64().expect("a number");
    let after = (action - 1).to_string();
    let recorded = listed(folder, &["action", "list", "--after", &after], "actions").remove(0);
    assert_eq!(
        [&recorded["change"]["instruction"], &recorded["change"]["entry"], &recorded["time"]],
        [&last["instruction"], &last["entry"], &last["time"]]
    );
    let (_, said) = told(folder, &["treasury", "statement", "--after", "1"]);
    let id = proposed["id"].as_str().expect("it is text");
    assert!(said.contains(&day(last)) && said.contains(id) && said.contains("15.00"), "{said}");
    let counted = |args: &[&str]| {
        listed(folder, &[&["treasury", "statement"], args].concat(), "postings").len()
    };
    let (first, end) = (day(&all[0]), day(last));
    assert_eq!(counted(&["--since", &first, "--until", &end]), 2);
    assert_eq!((counted(&["--until", "2026-01-01"]), counted(&["--since", "9999-12-31"])), (0, 0));
    let supply = run(folder, &["supply"]).1;
    assert!(supply["time"].as_u64() >= last["time"].as_u64(), "{supply}");
}

/// The bank says under which pseudonym it registered a wallet, the issuer finds its identity by
/// that, freezes it, and learns nobody's name.
#[test]
fn a_wallet_is_found_by_its_pseudonym_and_frozen_by_its_identity() {
    let home = settled();
    let folder = home.path();
    let server = Server::start(folder);
    let text = std::fs::read_to_string(folder.join("Nordhaven.toml")).expect("it was written");
    let admission: Admission = toml::from_str(&text).expect("it is an admission");
    let bank = Bank { key: SecretKey::from_seed(&[1; 32]) };
    let registered = [0, 1].map(|_| Wallet::new(&bank));
    let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
    runtime.block_on(async {
        let way = channel(server.address(), &admission.authority, Some(&admission.credential));
        let mut client = IssuerClient::new(way.expect("the address is one"));
        for wallet in &registered {
            let registration = wallet.registration.to_bytes();
            let request = wire::EnrolRequest { registration, invitation: String::new() };
            client.enrol(request).await.expect("the issuer answers");
        }
    });
    let list = |more: &[&str]| listed(folder, &[&["wallet", "list"], more].concat(), "wallets");
    let own = ["--intermediary", "Nordhaven"];
    assert_eq!((list(&own).len(), list(&["--intermediary", "Suedhaven"]).len()), (2, 0));
    let pseudonym = hex::encode(registered[0].registration.record.pseudonym.0);
    let by_name = [&own[..], &["--pseudonym", &pseudonym]].concat();
    let found = list(&by_name).remove(0);
    let identity = hex::encode(registered[0].identity.key().0);
    assert_eq!((&found["identity"], &found["standing"]), (&json!(identity), &json!("open")));
    assert_eq!(run(folder, &["wallet", "freeze", "--identity", &identity]).0, 0);
    let again = json!({ "identity": identity, "standing": "frozen", "already": true });
    assert_eq!(run(folder, &["wallet", "freeze", "--identity", &identity]), (0, again));
    let found = list(&by_name).remove(0);
    assert_eq!(found["standing"], json!("frozen"));
    let action = listed(folder, &["action", "list", "--after", "10"], "actions").remove(0);
    let change = json!({ "of": "wallet", "identity": identity, "old": "open", "new": "frozen" });
    assert_eq!((&action["change"], &action["time"]), (&change, &found["since"]));
    let (_, said) = told(folder, &[&["wallet", "list"], &own[..]].concat());
    assert!(said.contains(&format!("{identity} frozen known as {pseudonym}")), "{said}");
    server.stop();
    assert_eq!(list(&by_name), [found], "the store says the same");
    let unread = [&own[..], &["--pseudonym", "1"]].concat();
    for (wrong, code) in [(&["--intermediary", "Westhaven"][..], 1), (&unread, 2)] {
        assert_eq!(run(folder, &[&["wallet", "list"], wrong].concat()).0, code, "{wrong:?}");
    }
    assert_eq!(run(folder, &["audit"]).1["violations"], json!([]));
}
