//! The books on disk: all or nothing, one owner, no unknown versions.

use crate::mint::minor;
use crate::rows::basic;
use tempfile::TempDir;
use tender_intermediary::books::Books;
use tender_intermediary::rows::{Customer, CustomerId};
use tender_intermediary::store::{self, Directory, Fault, NAME, Store};
use tender_intermediary::view::View;

const ALICE: CustomerId = CustomerId(1);

fn place() -> (TempDir, Directory) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = Directory::new(folder.path());
    (folder, directory)
}

fn alice() -> Customer {
    Customer::open(basic(), minor(100))
}

#[test]
fn durable_what_was_decided_is_there_after_reopening() {
    let (_folder, directory) = place();
    let books = Books::open(store::create(&directory).expect("new books"));
    let decided = books.decide(
        |_| (),
        |view| {
            view.change_book(|book| book.customers = 1);
            view.customers.append(ALICE, alice());
        },
    );
    assert!(decided.is_ok());
    drop(books);
    let store = Store::open(&directory).expect("free");
    assert_eq!(store::customers(&store).expect("sound"), [(ALICE, alice())]);
    let counted = Books::open(store).read(|_| (), |view| view.book().customers);
    assert_eq!(counted.expect("sound"), 1);
}

/// Each decision sees what was decided before it, also within the batch that is committed at once.
#[test]
fn decisions_that_are_asked_for_at_once_are_made_one_after_the_other() {
    let (_folder, directory) = place();
    let books = Books::open(store::create(&directory).expect("new books"));
    books.decide(|_| (), |view| view.customers.append(ALICE, alice())).expect("sound");
    let pay_in = || {
        let credit = |view: &mut View| {
            let account = view.customers.get(&ALICE).expect("there").clone();
            view.customers.insert(ALICE, account.credit(minor(1)).expect("in range"));
        };
        books.decide(|view| view.customers.want(ALICE), credit).expect("sound");
    };
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| (0..50).for_each(|_| pay_in()));
        }
    });
    let commits = books.store().commits().expect("sound");
    assert!(commits < 401, "{commits} commits: decisions share them");
    let touches = |view: &mut View| view.customers.want(ALICE);
    let balance = books.read(touches, |view| view.customers.get(&ALICE).expect("there").balance);
    assert_eq!(balance.expect("sound"), minor(500));
}

#[test]
fn books_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, directory) = place();
    std::fs::write(folder.path().join("store.unfinished"), b"readable by others").expect("written");
    drop(store::create(&directory).expect("new books"));
    let mode = std::fs::metadata(folder.path().join(NAME)).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn books_have_one_owner_at_a_time() {
    let (_folder, directory) = place();
    let store = store::create(&directory).expect("new books");
    assert!(matches!(Store::open(&directory), Err(Fault::Held)));
    drop(store);
    assert!(Store::open(&directory).is_ok());
}

#[test]
fn a_draft_that_a_crash_left_behind_is_no_obstacle() {
    let (folder, directory) = place();
    std::fs::write(folder.path().join("store.unfinished"), b"half a file").expect("written");
    assert!(store::create(&directory).is_ok());
}
