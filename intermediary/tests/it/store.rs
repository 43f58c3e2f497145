//! The books on disk: all or nothing, one owner, no unknown versions.

use crate::mint::minor;
use std::convert::Infallible;
use std::path::PathBuf;
use tempfile::TempDir;
use tender_intermediary::rows::{Customer, CustomerId};
use tender_intermediary::store::{Fault, Store};
use tender_intermediary::view::Touches;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    (folder, path)
}

fn alice() -> Customer {
    Customer::open("alice".to_owned(), minor(100))
}

#[test]
fn durable_what_was_decided_is_there_after_reopening() {
    let (_folder, path) = place();
    let store = Store::create(&path).expect("new books");
    let decided = store.decide(Touches::default(), |view| {
        view.book.customers = 1;
        view.customers.put(CustomerId(1), alice());
        Ok::<_, Infallible>(())
    });
    assert!(decided.is_ok());
    drop(store);
    let store = Store::open(&path).expect("free");
    assert_eq!(store.customers().expect("sound"), [(CustomerId(1), alice())]);
    assert_eq!(store.view(Touches::default()).expect("sound").book.customers, 1);
}

#[test]
fn a_verb_that_fails_writes_nothing() {
    let (_folder, path) = place();
    let store = Store::create(&path).expect("new books");
    let decided = store.decide(Touches::default(), |view| {
        view.book.customers = 1;
        view.customers.put(CustomerId(1), alice());
        Err::<(), _>("no")
    });
    assert_eq!(decided.expect("sound"), Err("no"));
    assert_eq!(store.customers().expect("sound"), []);
    assert_eq!(store.view(Touches::default()).expect("sound").book.customers, 0);
}

#[test]
fn books_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = place();
    std::fs::write(path.with_extension("new"), b"readable by others").expect("written");
    drop(Store::create(&path).expect("new books"));
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn books_have_one_owner_at_a_time() {
    let (_folder, path) = place();
    let store = Store::create(&path).expect("new books");
    assert!(matches!(Store::open(&path), Err(Fault::Busy)));
    drop(store);
    assert!(Store::open(&path).is_ok());
}

#[test]
fn a_draft_that_a_crash_left_behind_is_no_obstacle() {
    let (_folder, path) = place();
    std::fs::write(path.with_extension("new"), b"half a file").expect("written");
    assert!(Store::create(&path).is_ok());
}
