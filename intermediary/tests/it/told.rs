//! What the staff and operators are told: whose, where, and what to do, in letters as they were
//! given.

use crate::administration;
use crate::bank::Bank;
use crate::command_line::{PASSPHRASE_FILE, command, init, invited, joined, run};
use crate::desk::Served;
use crate::holder::Holder;
use crate::issuer::TestIssuer;
use crate::mint::NOW;
use std::fs;
use std::path::Path;
use tender_intermediary::desk::{Asked, Order, Shown, customer};
use tender_intermediary::rows::{Accused, CustomerId, IncidentNumber, Wallet};
use tender_token::date::calendar::iso;
use tender_token::identity::RegistrarId;

fn message(home: &Path, code: i32, arguments: &[&str]) -> String {
    let (ended, said) = run(home, arguments);
    assert_eq!(ended, code, "{arguments:?}: {said}");
    said["error"]["message"].as_str().expect("a sentence").to_owned()
}

/// The issuer refused the name weeks later, and `serve` the address.
#[test]
fn a_home_is_made_only_with_a_name_and_an_address_that_can_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("bank");
    let good = "127.0.0.1:7201";
    for name in ["", " First Bank", "First\u{200b}Bank", &"n".repeat(65)] {
        let said = message(&home, 2, &init(name, good));
        assert!(said.starts_with("the name cannot be used: a name has 1 to 64 letters"), "{said}");
    }
    for address in ["", "nowhere", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "a b:1", "::1:7"] {
        let said = message(&home, 2, &init("First Bank", address));
        assert!(said.starts_with("listen must be host:port, such as"), "{address}: {said}");
    }
    assert!(!home.exists(), "nothing was made");
    assert_eq!(run(&home, &init("First Bank", good)).0, 0);
    let file = home.join("intermediary.toml");
    let text = fs::read_to_string(&file).expect("made");
    fs::write(&file, format!("metrics = \"7291\"\n{text}")).expect("ours");
    let said = message(&home, 2, &["serve"]);
    assert!(said.contains("intermediary.toml is refused: metrics must be host:port"), "{said}");
}

/// `--name T --verified name=Q` made a customer of the name Q.
#[test]
fn a_customer_is_not_of_two_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    let out = folder.path().join("t.toml");
    let out = out.to_str().expect("UTF-8");
    let add = ["customer", "add", "--name", "T", "--balance", "1", "--out", out];
    for (more, says) in [
        (["--verified", "name=Q", "--verified", "phone=1"], "the name is \"T\" and \"Q\" at once"),
        (
            ["--verified", "phone=1", "--verified", "phone=2"],
            "the phone is \"1\" and \"2\" at once",
        ),
    ] {
        let said = message(&home, 2, &[&add[..], &more].concat());
        assert!(said.starts_with(says), "{said}");
    }
    assert!(!Path::new(out).exists());
    let same = ["--verified", "name=T", "--verified", "phone=1", "--verified", "phone=1"];
    let (code, said) = run(&home, &[&add[..], &same].concat());
    assert_eq!((code, said["name"].as_str()), (0, Some("T")), "{said}");
}

/// A sentence began with a capital letter, also where it began with a path or somebody's word.
#[test]
fn what_somebody_gave_is_told_in_its_own_letters() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = joined(folder.path(), &TestIssuer::down());
    invited(&home, folder.path());
    fs::write(home.join("tiers.toml"), "nothing").expect("ours");
    for (arguments, begins) in [
        (
            &["customer", "tier", "1", "--to", "full", "--by", "Clerk"][..],
            "bank/tiers.toml is refused",
        ),
        (&["customer", "cover", "1", "--amount", "much", "--by", "Clerk"], "much is no amount"),
    ] {
        let mut program = command(Path::new("bank"));
        let output = program.current_dir(folder.path()).args(arguments).output().expect("runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(said.starts_with(&format!("tender-intermediary: {begins}")), "{said}");
    }
}

/// A server without a socket took no order, and the invitation of nobody lay there.
#[test]
fn an_order_that_nobody_took_leaves_no_invitation() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    let server = Served::new(&home);
    let (desk, aside) = (home.join("desk"), home.join("desk.aside"));
    fs::rename(&desk, &aside).expect("the server's socket");
    let out = folder.path().join("ann.toml");
    let out = out.to_str().expect("UTF-8");
    let add = ["customer", "add", "--name", "Ann", "--balance", "1", "--out", out];
    let said = message(&home, 3, &add);
    assert!(said.contains("another process holds the store") && !Path::new(out).exists(), "{said}");
    fs::rename(&aside, &desk).expect("the server's socket");
    assert_eq!(run(&home, &add).0, 0);
    server.stop();
}

/// "Books and statement agree" came first, and that the statement was an old one after it.
#[test]
fn a_statement_that_could_not_be_fetched_is_told_first() {
    let folder = tempfile::tempdir().expect("a folder");
    joined(folder.path(), &TestIssuer::down());
    let passphrase = ["--passphrase-file", PASSPHRASE_FILE];
    let said = administration::told(folder.path(), &[&["reconcile"][..], &passphrase].concat());
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("The statement could not be fetched now ("), "{said}");
    assert!(lines[0].ends_with("what follows is as of the last one."), "{said}");
    assert_eq!(lines[1..], ["Books and statement agree, to the last posting."]);
}

/// "Run init first" was said of a home whose configuration was lost, and "cannot be read or
/// written" of a file that was not there.
#[test]
fn a_part_of_the_home_that_is_missing_is_named_with_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    for (part, what, arguments) in [
        ("intermediary.toml", "the configuration", &["customer", "list"][..]),
        ("tiers.toml", "what customers may do", &["tier", "check"]),
        ("keys/signing.ed25519", "the key that", &["serve"]),
        ("keys/server.toml", "towards wallets", &["serve"]),
        ("application.toml", "the key that the intermediary applied with", &["serve"]),
    ] {
        let (path, aside) = (home.join(part), folder.path().join("aside"));
        fs::rename(&path, &aside).expect("ours");
        let said = message(&home, 2, arguments);
        let begins = format!("{} is missing, ", path.display());
        assert!(said.starts_with(&begins) && said.contains(what), "{said}");
        assert!(said.ends_with("; put its copy back."), "{said}");
        fs::rename(&aside, &path).expect("ours");
    }
    invited(&home, folder.path());
    fs::remove_file(home.join("persons.keys")).expect("ours");
    let show = ["customer", "show", "1", "--by", "Clerk", "--purpose", "service"];
    let said = message(&home, 3, &show);
    assert!(said.contains("persons.keys is missing, the keys of"), "{said}");
}

/// The program said how many had spent twice, and of whose wallet only to other programs.
#[test]
fn who_spent_twice_is_named_and_the_wallet_is_closed_since_then() {
    let bank = Bank::new(&TestIssuer::down(), &[("Ann", 500, "code")]);
    let holder = Holder::new(RegistrarId([7; 32]));
    let (identity, ann) = (holder.identity.key(), CustomerId(1));
    let office = bank.office();
    let wallet = Wallet::enrolled(ann, holder.registration.clone());
    let accused = Accused {
        customer: Some(ann),
        identity,
        proof_hash: [9; 32],
        proof: Vec::new(),
        time: NOW,
    };
    let found = office.books().decide(
        move |view| view.wallets.want(identity),
        move |view| {
            view.wallets.insert(identity, wallet);
            view.accused.append(IncidentNumber(1), accused);
        },
    );
    found.expect("books");
    drop(office);
    let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
    let ask = |asked| bank.order(&Order { asked, shown: shown.clone() });
    let (name, day) = (hex::encode(identity.0), iso(NOW.day()));
    let audit = ask(Asked::Audit);
    let line =
        format!("wallet {name} of customer 1, since {day}, by the proof {}", "09".repeat(32));
    assert!(audit.sentence.contains(&line), "{}", audit.sentence);
    assert!(audit.sentence.contains("1 is proven to have spent twice"), "{}", audit.sentence);
    let wallets = ask(Asked::Customer(customer::Asked::Wallets(1)));
    let ended = format!("closed by the issuer since {day}, for a double spend that it proved");
    assert!(wallets.sentence.contains(&ended), "{}", wallets.sentence);
    assert_eq!(wallets.object["wallets"][0]["closed_since"].as_u64(), Some(NOW.0));
}
