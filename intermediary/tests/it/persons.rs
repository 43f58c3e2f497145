//! Personal data: where it is, who reads it, and that it is gone when it is erased.

use crate::actions::recorded;
use crate::bank::{Bank, clerk};
use crate::command_line::{joined, run};
use crate::issuer::TestIssuer;
use crate::mint::{NOW, minor, rng};
use crate::rows::basic;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tender_intermediary::desk::{Asked, Ending, Order, Shown, customer};
use tender_intermediary::mailbox::{self, Slip};
use tender_intermediary::office::{Erased, Office, Problem, Reader};
use tender_intermediary::person::Person;
use tender_intermediary::persons::{Keys, NAME, Slot, Unreadable};
use tender_intermediary::rows::{CodeDigest, CustomerId, Deed, OutsideNumber, Purpose, Reads};
use tender_intermediary::tier;
use tender_intermediary::verbs::action::Ordered;
use tender_intermediary::verbs::credit;
use tender_proto::movement::Movement;
use tender_token::date::calendar::iso;
use tender_token::date::{Day, Timestamp};

const ALICE: CustomerId = CustomerId(1);
/// Words that stand in no file by chance.
const WORDS: [&str; 4] =
    ["Aurelia Quittenbaum", "+41791230077", "Zwetschgenweg 9", "CH93-0076-2011"];

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A home with two customers; the first has the words in everything that is known of her.
fn town(folder: &Path) -> PathBuf {
    let home = joined(folder, &TestIssuer::down());
    let [name, phone, address, account] = WORDS;
    let (phone, address) = (format!("phone={phone}"), format!("address={address}"));
    let out = folder.join("first.toml");
    let add = ["customer", "add", "--name", name, "--verified", &phone, "--verified", &address];
    let rest = ["--account", account, "--balance", "12.50", "--out", text(&out)];
    let (code, added) = run(&home, &[&add[..], &rest].concat());
    assert_eq!((code, added["customer"].as_u64()), (0, Some(1)), "{added}");
    let out = folder.join("second.toml");
    let add = ["customer", "add", "--name", "Bert Ohnesorg", "--balance", "7", "--out", text(&out)];
    assert_eq!(run(&home, &add).0, 0);
    home
}

/// The keys that seal what is known of the first customer.
fn sealing_keys(home: &Path) -> Vec<Vec<u8>> {
    let slots = fs::read(home.join(NAME)).expect("ours");
    // Two slots of 40 bytes for each customer, and of each the first 32 are the key.
    let own = slots.chunks(40).skip(2).take(2).map(|slot| slot[..32].to_vec());
    own.filter(|key| key.iter().any(|byte| *byte != 0)).collect()
}

/// The files under a folder in whose bytes a word is.
fn files_with(folder: &Path, word: impl AsRef<[u8]>) -> Vec<PathBuf> {
    let word = word.as_ref();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files_with(&path, word));
        } else if fs::read(&path).expect("ours").windows(word.len()).any(|at| at == word) {
            found.push(path);
        }
    }
    found
}

fn reading<'a>(command: &[&'a str]) -> Vec<&'a str> {
    [&["customer"], command, &["--by", "Clerk", "--purpose", "service"]].concat()
}

/// The tier's cells of the privacy matrix that a disk, a list or an audit could give away.
#[test]
fn pd03_no_file_no_list_and_no_audit_names_anybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    for word in WORDS {
        assert_eq!(files_with(&home, word), [] as [PathBuf; 0], "{word}");
    }
    for command in
        [&["customer", "list"][..], &["customer", "outside"], &["audit"], &["tier", "list"]]
    {
        let (code, object) = run(&home, command);
        assert_eq!(code, 0, "{command:?} {object}");
        assert!(!WORDS.iter().any(|word| object.to_string().contains(word)), "{command:?}");
    }
    let (code, shown) = run(&home, &reading(&["show", "1"]));
    assert_eq!((code, shown["attributes"]["name"]["value"].as_str()), (0, Some(WORDS[0])));
}

#[test]
fn pd03_every_read_says_who_what_for_and_whose_before_anything_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    assert_eq!(run(&home, &["customer", "show", "1"]).0, 2, "nobody reads for nothing");
    let unknown = ["customer", "show", "1", "--by", "Clerk", "--purpose", "curiosity"];
    assert_eq!(run(&home, &unknown).0, 2);
    assert_eq!(run(&home, &["customer", "reads"]).1["reads"], Value::Array(Vec::new()));
    let out = folder.path().join("everything.json");
    for command in [
        reading(&["show", "1"]),
        reading(&["find", "--name", "quitten"]),
        reading(&["find", "--name", "nobody"]),
        reading(&["export", "1", "--out", text(&out)]),
    ] {
        assert_eq!(run(&home, &command).0, 0, "{command:?}");
    }
    let (_, log) = run(&home, &["customer", "reads"]);
    let log = log["reads"].as_array().expect("a list").clone();
    let whose: Vec<_> = log.iter().map(|read| read["customer"].as_u64()).collect();
    assert_eq!(whose, [Some(1), Some(1), None, Some(1)]);
    assert!(log.iter().all(|read| read["by"] == "Clerk" && read["purpose"] == "service"));
    let own = fs::metadata(&out).expect("written").uid();
    assert!(log.iter().all(|read| read["user"].as_u64() == Some(u64::from(own))), "{log:?}");
    // A record that cannot be read any more was still asked for.
    fs::write(home.join(NAME), []).expect("ours");
    assert_eq!(run(&home, &reading(&["show", "1"])).0, 3);
    let (_, log) = run(&home, &["customer", "reads", "1"]);
    assert_eq!(log["reads"].as_array().map(Vec::len), Some(4));
}

#[test]
fn pd05_an_export_has_everything_of_the_person_and_nothing_of_anybody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    let out = folder.path().join("everything.json");
    let export = reading(&["export", "1", "--out", text(&out)]);
    assert_eq!(run(&home, &export).0, 0);
    let written = fs::read_to_string(&out).expect("written");
    assert!(WORDS.iter().all(|word| written.contains(word)), "{written}");
    assert!(!written.contains("Bert"), "{written}");
    let object: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!((object["balance"].as_u64(), object["tier"].as_str()), (Some(1_250), Some("basic")));
    assert_eq!(run(&home, &export).0, 2, "what is there is not written over");
}

/// Access, rectification, closing, erasure: then nothing is found, neither in the home nor in a
/// copy of the store from before, also not with the keys that are left; and the books balance.
#[test]
fn pd05_after_an_erasure_no_byte_of_the_person_is_found_and_the_books_balance() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    let tiers = fs::read_to_string(home.join("tiers.toml")).expect("there");
    let tiers = tiers.replace("retention_years = 5", "retention_years = 0");
    fs::write(home.join("tiers.toml"), tiers).expect("ours");
    let rectify = ["customer", "verify", "1", "--attribute", "phone", "--value", "+41791230078"];
    assert_eq!(run(&home, &[&rectify[..], &["--by", "Clerk"]].concat()).0, 0);
    let (code, refused) = run(&home, &["customer", "erase", "1", "--by", "Clerk"]);
    assert!(code == 1 && refused.to_string().contains("close it first"), "{refused}");
    let close = ["customer", "close", "1", "--account", WORDS[3], "--by", "Clerk"];
    let (code, closed) = run(&home, &close);
    assert_eq!((code, closed["paid_out"].as_u64()), (0, Some(1_250)), "{closed}");
    let backup = folder.path().join("backup");
    fs::create_dir(&backup).expect("new");
    for name in ["store.redb", "store.annex"] {
        fs::copy(home.join(name), backup.join(name)).expect("copied");
    }
    // The words lie sealed, so what must be gone is the key: of the record, and of what law wanted.
    let keys = sealing_keys(&home);
    assert!(!keys.is_empty());
    for key in &keys {
        assert_eq!(files_with(&home, key), [home.join(NAME)], "it is there until then");
    }
    let (code, unpaid) = run(&home, &["customer", "erase", "1", "--by", "Clerk"]);
    assert!(code == 1 && unpaid.to_string().contains("customer paid"), "{unpaid}");
    assert_eq!(run(&home, &["customer", "paid", "1", "--by", "Clerk"]).0, 0);
    let (code, erased) = run(&home, &["customer", "erase", "1", "--by", "Clerk"]);
    assert_eq!((code, erased["kept_until"].is_null()), (0, true), "{erased}");
    for key in &keys {
        assert_eq!(files_with(folder.path(), key), [] as [PathBuf; 0], "no copy of it is left");
    }
    for word in WORDS.into_iter().chain(["+41791230078"]) {
        assert_eq!(files_with(&home, word), [] as [PathBuf; 0], "{word}");
        assert_eq!(files_with(&backup, word), [] as [PathBuf; 0], "{word}");
    }
    let (code, gone) = run(&home, &reading(&["show", "1"]));
    assert!(code == 1 && gone.to_string().contains("erased"), "{gone}");
    let (code, audit) = run(&home, &["audit"]);
    assert_eq!((code, audit["liabilities"].as_u64()), (0, Some(700)), "{audit}");
    assert_eq!(audit["invariants"]["conservation"].as_bool(), Some(true));
    let (_, outside) = run(&home, &["customer", "outside"]);
    assert_eq!(outside["outside"][0]["amount"].as_u64(), Some(1_250));
    // The copy from before the erasure, put back: the record is there, and its key is not.
    for name in ["store.redb", "store.annex"] {
        fs::copy(backup.join(name), home.join(name)).expect("copied");
    }
    // It is older than the anchor says, which whoever puts it back has to move away first.
    fs::remove_file(home.join("anchor")).expect("there");
    let (code, unreadable) = run(&home, &reading(&["show", "1"]));
    assert!(code == 3 && unreadable.to_string().contains("cannot be read"), "{unreadable}");
    let (code, bert) = run(&home, &reading(&["find", "--name", "e"]));
    assert_eq!((code, bert["found"].as_array().map(Vec::len)), (0, Some(1)), "others are found");
    assert_eq!(
        run(&home, &["customer", "paid", "1", "--by", "Clerk"]).0,
        0,
        "that is forgotten, too"
    );
    assert_eq!(run(&home, &["customer", "erase", "1", "--by", "Clerk"]).0, 0, "it is erased again");
    assert_eq!(run(&home, &["audit"]).0, 0);
}

/// The number of the list of payments leads to the account that was named when each was ordered.
#[test]
fn wt03_the_record_of_a_person_counts_the_accounts_outside_and_forgets_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    let link = |account| {
        let verify = ["customer", "verify", "1", "--attribute", "account", "--value", account];
        assert_eq!(run(&home, &[&verify[..], &["--by", "Clerk"]].concat()).0, 0);
    };
    link(WORDS[3]);
    link("CH11");
    let close = ["customer", "close", "1", "--account", "CH22", "--by", "Clerk"];
    assert_eq!(run(&home, &close).0, 0);
    let (_, outside) = run(&home, &["customer", "outside"]);
    assert_eq!(outside["outside"][0]["account"], 3, "{outside}");
    let (_, shown) = run(&home, &reading(&["show", "1"]));
    assert_eq!(
        (&shown["account"], &shown["accounts"]),
        (&json!("CH22"), &json!([WORDS[3], "CH11", "CH22"]))
    );
}

/// A bank with one customer, closed today; law wants some of the record until a day.
fn closed(until: Option<Day>) -> (Bank, Office) {
    let bank = Bank::new(&TestIssuer::down(), &[("Aurelia Quittenbaum", 500, "code")]);
    let office = bank.office();
    let verify = |person: &mut Person| assert!(person.verify("phone", "112", NOW.day()));
    office.amend(ALICE, &clerk(), NOW, &mut rng(), verify).expect("known");
    let paid = office.close(ALICE, "CH93", &clerk(), NOW, until, &mut rng()).expect("free");
    assert_eq!(paid, (minor(500), Ordered::Done));
    (bank, office)
}

/// The remainder was paid to the account outside.
fn paid(office: &Office) {
    office.pay(OutsideNumber(1), &clerk(), NOW).expect("open");
}

/// The same moment so many days later.
fn days_later(days: u64) -> Timestamp {
    NOW.checked_add(days * 86_400).expect("in this era")
}

fn reader() -> Reader {
    Reader { by: clerk(), purpose: Purpose::Subject }
}

#[test]
fn pd05_what_law_keeps_survives_the_erasure_until_its_last_day_and_no_longer() {
    let until = Day(NOW.day().0 + 100);
    let (_bank, office) = closed(Some(until));
    let kept = Erased { kept_until: Some(until) };
    let erased = office.erase(ALICE, &clerk(), NOW).expect("closed");
    assert_eq!(erased, (kept, Ordered::Done), "with its day");
    let kept = office.show(ALICE, &reader(), NOW).expect("law keeps it");
    assert_eq!((kept.name(), kept.account()), (Some("Aurelia Quittenbaum"), Some("CH93")));
    assert!(!kept.object(|_| String::new()).to_string().contains("112"), "no phone");
    for purpose in Purpose::ALL {
        let known = office.show(ALICE, &Reader { purpose, ..reader() }, NOW);
        let is_for_law = !matches!(purpose, Purpose::Service | Purpose::Verification);
        assert_eq!(known.is_ok(), is_for_law, "{}", purpose.word());
        assert!(is_for_law || matches!(known, Err(Problem::Kept { customer: 1, .. })));
    }
    let again = office.erase(ALICE, &clerk(), days_later(100)).expect("closed");
    assert_eq!(again, (Erased { kept_until: Some(until) }, Ordered::Already));
    let unpaid = office.erase(ALICE, &clerk(), days_later(101));
    assert!(
        matches!(unpaid, Err(Problem::Unpaid(1))),
        "its money has no other address: {unpaid:?}"
    );
    paid(&office);
    for ordered in [Ordered::Done, Ordered::Already] {
        let erased = office.erase(ALICE, &clerk(), days_later(101)).expect("its date is over");
        assert_eq!(erased, (Erased { kept_until: None }, ordered));
        assert!(matches!(office.show(ALICE, &reader(), NOW), Err(Problem::Erased(1))));
    }
}

/// A claim is paid to a closed account after an erasure has looked for what is unpaid, and before
/// it decides: where that money is to go is not forgotten, nor that of a payment that came back.
/// Once all of it was paid the record goes.
#[test]
fn pd05_what_is_recorded_while_an_erasure_looks_around_keeps_its_address() {
    let (bank, office) = closed(None);
    paid(&office);
    let mut looked = office.owing([ALICE]).expect("books");
    let looked = looked.remove(&ALICE).expect("she was asked for");
    let late = office.books().decide(
        |view| mailbox::touches(ALICE, view),
        |view| {
            let slip = Slip { day: NOW.day(), movement: Movement::Claim, account: None };
            credit(view, ALICE, minor(300), slip)
        },
    );
    assert_eq!(late.expect("books"), Some(()), "it goes on to the account outside");
    let refused = office.erase_owing(ALICE, &clerk(), NOW, looked.clone());
    assert!(matches!(refused, Err(Problem::Unpaid(1))), "{refused:?}");
    let known = office.show(ALICE, &reader(), NOW).expect("nothing was erased");
    assert_eq!(known.account(), Some("CH93"));
    assert!(bank.path().join(NAME).exists());
    office.pay(OutsideNumber(2), &clerk(), NOW).expect("open");
    // A payment that came back in between needs its address again.
    let looked = office.owing([ALICE]).expect("books").remove(&ALICE).expect("asked for");
    office.reopen(OutsideNumber(2), &clerk(), NOW).expect("paid");
    let refused = office.erase_owing(ALICE, &clerk(), NOW, looked.clone());
    assert!(matches!(refused, Err(Problem::Unpaid(1))), "{refused:?}");
    office.pay(OutsideNumber(2), &clerk(), NOW).expect("open");
    office.erase_owing(ALICE, &clerk(), NOW, looked).expect("all of it was paid");
    assert!(matches!(office.show(ALICE, &reader(), NOW), Err(Problem::Erased(1))));
}

/// The key is destroyed before the record goes: a crash between leaves a record that is noise.
#[test]
fn pd05_an_erasure_that_a_crash_interrupted_is_finished_by_the_same_command() {
    let (bank, office) = closed(None);
    paid(&office);
    let keys = Keys::of(bank.path());
    keys.destroy(Slot::Record(ALICE)).expect("written");
    let unreadable = office.show(ALICE, &reader(), NOW);
    assert!(matches!(unreadable, Err(Problem::Keys(Unreadable::NoKey(1)))), "{unreadable:?}");
    assert!(office.find("Aurelia", &reader(), NOW).expect("others go on").is_empty());
    office.erase(ALICE, &clerk(), NOW).expect("finished");
    assert!(matches!(office.show(ALICE, &reader(), NOW), Err(Problem::Erased(1))));
}

/// A key of a customer who was never committed seals nothing of the next one.
#[test]
fn a_key_that_a_crash_left_without_a_customer_is_not_used_for_the_next_one() {
    let bank = Bank::new(&TestIssuer::down(), &[]);
    let keys = Keys::of(bank.path());
    let lost = keys.seal(Slot::Record(ALICE), b"somebody else", &mut rng()).expect("sealed");
    let mut person = Person::default();
    assert!(person.verify("name", "Ann", NOW.day()));
    let code = CodeDigest::of("code");
    let office = bank.office();
    let added = office.add(&person, basic(), minor(0), code, &mut rng()).expect("added");
    assert_eq!(added, (ALICE, Ordered::Done));
    assert!(keys.unseal(Slot::Record(ALICE), &lost).is_err());
    assert_eq!(office.show(ALICE, &reader(), NOW).expect("sealed").name(), Some("Ann"));
    let mut reads = 0;
    office.store().scan::<Reads>(|_, _| reads += 1).expect("sound");
    assert_eq!(reads, 1);
}

#[test]
fn a_damaged_key_is_told_from_one_that_was_destroyed() {
    let (bank, office) = closed(None);
    let path = bank.path().join(NAME);
    let mut bytes = fs::read(&path).expect("there");
    bytes[2 * 40] ^= 1;
    fs::write(&path, bytes).expect("ours");
    let damaged = office.show(ALICE, &reader(), NOW);
    assert!(matches!(damaged, Err(Problem::Keys(Unreadable::Damaged(1)))), "{damaged:?}");
}

/// Somebody goes to another bank: the account is closed, and everything known goes along.
#[test]
fn pd05_a_customer_who_moves_takes_everything_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    let out = folder.path().join("for-the-other-bank.json");
    let leave = ["customer", "move", "1", "--to", "Second Bank", "--account", "CH01"];
    let rest = ["--out", text(&out), "--by", "Clerk"];
    let (code, moved) = run(&home, &[&leave[..], &rest].concat());
    assert_eq!((code, moved["paid_out"].as_u64()), (0, Some(1_250)), "{moved}");
    assert!(fs::read_to_string(&out).expect("written").contains(WORDS[0]));
    let (_, list) = run(&home, &["customer", "list"]);
    assert_eq!(list["customers"][0]["state"].as_str(), Some("closed"));
}

#[test]
fn wt01_the_commands_put_customers_into_tiers_and_freeze_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    let tier = |to| run(&home, &["customer", "tier", "1", "--to", to, "--by", "Clerk"]);
    let (code, refused) = tier("full");
    assert!(code == 1 && refused.to_string().contains("document"), "{refused}");
    let verify = ["customer", "verify", "1", "--attribute", "document", "--value", "P 12"];
    assert_eq!(run(&home, &[&verify[..], &["--by", "Clerk"]].concat()).0, 0);
    assert_eq!(tier("full").0, 0);
    assert_eq!(tier("nosuch").0, 1);
    for (command, state) in [("freeze", "frozen"), ("unfreeze", "active")] {
        let (_, object) = run(&home, &["customer", command, "1", "--by", "Clerk"]);
        assert_eq!(object["state"].as_str(), Some(state));
    }
    let (code, list) = run(&home, &["tier", "list"]);
    assert_eq!((code, list["versions"][0]["version"].as_u64()), (0, Some(1)), "{list}");
    let full = list["tiers"].as_array().expect("a list").iter().find(|t| t["name"] == "full");
    assert_eq!(full.expect("there")["customers"].as_u64(), Some(1));
    let file = home.join("tiers.toml");
    let wrong = fs::read_to_string(&file).expect("there").replace("\"10000\"", "\"ten\"");
    fs::write(&file, wrong).expect("ours");
    let (code, wrong) = run(&home, &["tier", "check"]);
    assert!(code == 2 && wrong.to_string().contains("tier basic: holding"), "{wrong}");
}

#[test]
fn wt04_the_commands_say_what_is_held_ready_at_an_account_outside() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    let cover = |customer, amount| {
        let cover = ["customer", "cover", customer, "--amount", amount, "--by", "Clerk"];
        let (code, said) = run(&home, &cover);
        (code, said["cover"].as_u64())
    };
    assert_eq!(cover("1", "250.00"), (0, Some(25_000)));
    let (code, account) = run(&home, &["account", "1"]);
    assert_eq!((code, account["cover"].as_u64()), (0, Some(25_000)), "{account}");
    assert_eq!(cover("1", "much").0, 2);
    assert_eq!(cover("2", "1.00").0, 1, "no account outside is linked");
    assert_eq!(cover("9", "1.00").0, 1, "there is no such customer");
    let (code, audit) = run(&home, &["audit"]);
    assert_eq!((code, audit["invariants"]["conservation"].as_bool()), (0, Some(true)), "{audit}");
}

/// What is to be paid to accounts outside is paid by other systems, each amount once.
#[test]
fn wt04_what_was_paid_outside_is_marked_once_and_moves_no_money() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = town(folder.path());
    let close = ["customer", "close", "1", "--account", "CH93", "--by", "Clerk"];
    assert_eq!(run(&home, &close).0, 0);
    let open = || {
        let (code, list) = run(&home, &["customer", "outside", "--open"]);
        assert_eq!(code, 0, "{list}");
        list["outside"].as_array().map(Vec::len)
    };
    assert_eq!(open(), Some(1));
    let (code, paid) = run(&home, &["customer", "paid", "1", "--by", "Clerk"]);
    let day = paid["paid_on"].as_str().expect("a day").to_owned();
    assert_eq!((code, paid["customer"].as_u64(), open()), (0, Some(1), Some(0)), "{paid}");
    let (code, again) = run(&home, &["customer", "paid", "1", "--by", "Clerk"]);
    assert_eq!((code, again["paid_on"].as_str()), (0, Some(day.as_str())), "{again}");
    assert_eq!(again["already"].as_bool(), Some(true), "{again}");
    let (code, twice) = run(&home, &["customer", "paid", "1", "--by", "Other"]);
    assert!(code == 1 && twice.to_string().contains(&day), "perhaps it was paid twice: {twice}");
    let (_, list) = run(&home, &["customer", "outside"]);
    assert_eq!(list["outside"][0]["paid_on"].as_str(), Some(day.as_str()), "{list}");
    assert_eq!(list["outside"][0]["amount"].as_u64(), Some(1_250));
    let (_, audit) = run(&home, &["audit"]);
    assert_eq!(audit["invariants"]["conservation"].as_bool(), Some(true), "{audit}");
    assert_eq!(audit["liabilities"].as_u64(), Some(700));
    assert_eq!((run(&home, &["customer", "unpaid", "1", "--by", "Clerk"]).0, open()), (0, Some(1)));
    assert_eq!(run(&home, &["customer", "unpaid", "1", "--by", "Clerk"]).0, 0, "it is open");
    assert_eq!(run(&home, &["customer", "paid", "2", "--by", "Clerk"]).0, 1, "there is none");
}

/// Days on which the clerk works, counted from the closing.
fn at_closing() -> Timestamp {
    NOW
}

fn on_the_last_day() -> Timestamp {
    Timestamp(NOW.0 + 30 * 86_400)
}

fn after_the_last_day() -> Timestamp {
    Timestamp(NOW.0 + 31 * 86_400)
}

fn after_the_law() -> Timestamp {
    Timestamp(NOW.0 + 101 * 86_400)
}

/// What sweeping the records at some time says of the first customer.
fn swept(bank: &Bank, office: Office, clock: fn() -> Timestamp) -> (Office, Value) {
    drop(office);
    let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
    let order = Order { asked: Asked::Customer(customer::Asked::Sweep), shown };
    let answer = bank.order_at(&order, clock);
    assert_eq!(answer.ending, Ending::Done, "{answer:?}");
    (bank.office(), answer.object)
}

#[test]
fn pd05_records_whose_time_is_over_are_swept_after_their_last_day_and_once_they_are_paid() {
    let until = Day(NOW.day().0 + 100);
    let (bank, office) = closed(Some(until));
    let tiers = tier::DEFAULT.replace("# erase_after_days = 90", "erase_after_days = 30");
    fs::write(bank.path().join("tiers.toml"), tiers).expect("ours");
    let nothing = json!({ "erased": [], "unpaid": [], "nowhere": [] });
    let (office, said) = swept(&bank, office, at_closing);
    assert_eq!(said, nothing);
    let (office, said) = swept(&bank, office, on_the_last_day);
    assert_eq!(said, nothing);
    let (office, said) = swept(&bank, office, after_the_last_day);
    assert_eq!(said["erased"], json!([{ "customer": 1, "kept_until": iso(until) }]));
    let known = office.show(ALICE, &reader(), NOW).expect("law keeps it");
    assert!(!known.object(|_| String::new()).to_string().contains("112"), "no phone");
    let (office, said) = swept(&bank, office, after_the_last_day);
    assert_eq!(said, nothing, "once");
    let (office, said) = swept(&bank, office, after_the_law);
    assert_eq!(
        said,
        json!({ "erased": [], "unpaid": [1], "nowhere": [] }),
        "its money has no other address"
    );
    paid(&office);
    let (office, said) = swept(&bank, office, after_the_law);
    assert_eq!(said["erased"], json!([{ "customer": 1, "kept_until": null }]));
    assert!(matches!(office.show(ALICE, &reader(), NOW), Err(Problem::Erased(1))));
    let (office, said) = swept(&bank, office, after_the_law);
    assert_eq!(said, nothing);
    let erased = recorded(&office).into_iter().filter(|(_, action)| action.deed == Deed::Erase);
    let by: Vec<_> = erased.map(|(_, action)| (action.by.0, action.at)).collect();
    let swept = [after_the_last_day(), after_the_law()].map(|at| ("sweep".to_owned(), at));
    assert_eq!(by, swept, "nobody of the staff decided it");
}

#[test]
fn pd05_without_days_in_the_file_only_what_law_wanted_is_swept() {
    let (bank, office) = closed(None);
    fs::write(bank.path().join("tiers.toml"), tier::DEFAULT).expect("ours");
    paid(&office);
    let (office, said) = swept(&bank, office, after_the_law);
    assert_eq!(said, json!({ "erased": [], "unpaid": [], "nowhere": [] }));
    office.show(ALICE, &reader(), NOW).expect("known still");
}
