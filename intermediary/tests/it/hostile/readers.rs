//! Commands that give an order and read no answer.

use crate::command_line::{invited, joined, run};
use crate::desk::Served;
use crate::issuer::TestIssuer;
use crate::mint::{NOW, minor, rng};
use crate::rows::basic;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tender_intermediary::books::Books;
use tender_intermediary::desk::customer::Asked as AskedOfCustomers;
use tender_intermediary::desk::{Asked, Order, Shown, letter};
use tender_intermediary::home::Home;
use tender_intermediary::office::{Office, Reader, Staff};
use tender_intermediary::person::Person;
use tender_intermediary::persons::Keys;
use tender_intermediary::rows::{CodeDigest, Purpose, UnixUser};

/// As many as the desk hears at the same time, and one that waits.
const READERS: usize = 33;
/// How long the desk may be held: some patience for each that was let in.
const FREE_WITHIN: Duration = Duration::from_secs(30);

/// A record of reads whose list no socket takes at once.
fn much_to_read(home: &Path) {
    let books = Home::new(home.to_owned()).open_books().expect("nobody else has them");
    let office = Office::new(Books::open(books).into(), Keys::of(home));
    for number in 0..50 {
        let mut person = Person::default();
        assert!(person.verify("name", "Ann", NOW.day()));
        let code = CodeDigest::of(&format!("code {number}"));
        office.add(&person, basic(), minor(1), code, &mut rng()).expect("books");
    }
    let by = Staff { name: "Clerk".to_owned(), user: UnixUser(1_000) };
    let reader = Reader { by, purpose: Purpose::Service };
    for _ in 0..100 {
        assert_eq!(office.find("Ann", &reader, NOW).expect("books").len(), 51);
    }
}

/// Everybody whom the desk hears asks for something long and takes nothing of it: the desk is free
/// again after some patience, and the staff goes on.
#[test]
fn e2_commands_that_read_no_answer_do_not_hold_the_desk() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = TestIssuer::up();
    let home = joined(folder.path(), &issuer);
    invited(&home, folder.path());
    much_to_read(&home);
    let server = Served::new(&home);
    let (_, list) = run(&home, &["customer", "reads"]);
    assert!(list.to_string().len() > 300_000, "no socket takes it at once");
    let shown = Shown { name: "First Bank".into(), currency: "FLN".into(), decimals: 2 };
    let order = Order { asked: Asked::Customer(AskedOfCustomers::Reads(None)), shown };
    let line = format!("{}\n", letter::write(&order).expect("short"));
    let silent: Vec<_> = (0..READERS)
        .map(|_| {
            let mut stream = UnixStream::connect(home.join("desk")).expect("it is there");
            stream.write_all(line.as_bytes()).expect("sent");
            stream
        })
        .collect();
    let began = Instant::now();
    while run(&home, &["customer", "freeze", "1", "--by", "Clerk"]).0 != 0 {
        assert!(began.elapsed() < FREE_WITHIN, "the desk is held by who reads nothing");
    }
    drop(silent);
    assert_eq!(run(&home, &["customer", "reads"]).1, list, "and who reads gets all of it");
    server.stop();
}
