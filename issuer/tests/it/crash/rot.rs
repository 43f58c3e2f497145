//! Rot: a byte that changes on the platter is found and named, or changes nothing.

use super::LOAD;
use super::flips::{self, Tally};
use crate::command_line::{founded, run};
use redb::ReadableTable;
use serde_json::{Value, json};
use std::fs::read;
use tender_issuer::store::NAME;

/// Bits of a whole store's files, spread over all of them. `benches/crash.rs` flips more.
#[test]
fn b5_every_flipped_bit_is_found_and_named_or_changes_no_row() {
    let tally = flips::run(&LOAD, 5, 1_500);
    let Tally { flips, unopened, found, rows, older, harmless, .. } = tally;
    let Tally { presentations, withdrawals, exchanges, .. } = tally;
    let annexed = presentations + withdrawals + exchanges;
    assert_eq!(unopened + found + older + harmless + annexed, flips, "{tally:?}");
    assert_eq!(annexed, 1_500, "every flip in the annex names its row");
    assert!(presentations > 100 && withdrawals > 100 && exchanges > 50, "{tally:?}");
    assert!(unopened > 20 && found > 100 && rows > 100 && harmless > 100, "{tally:?}");
}

/// Whoever runs the audit is told of every damaged row, also of those in a sound page, and keeps
/// the file as it was.
#[test]
fn b5_the_audit_names_every_damaged_row_and_writes_nothing() {
    let folder = founded();
    let store = folder.path().join("home").join(NAME);
    let before = read(&store).expect("it was founded");
    assert_eq!(run(folder.path(), &["audit"]).0, 0);
    assert_eq!(read(&store).expect("it is there"), before, "an audit writes nothing");

    let database = redb::Database::open(&store).expect("nobody holds the store");
    let transaction = database.begin_write().expect("the disk is sound");
    let mut changed = Vec::new();
    for name in ["currencies", "leaves", "manifests", "totals"] {
        let table = redb::TableDefinition::<&[u8], &[u8]>::new(name);
        let mut table = transaction.open_table(table).expect("the table is there");
        let first = table.first().expect("it can be read").expect("it has rows");
        let (key, mut row) = (first.0.value().to_vec(), first.1.value().to_vec());
        drop(first);
        row[0] ^= 1;
        table.insert(key.as_slice(), row.as_slice()).expect("the disk is sound");
        changed.push((name, hex::encode(key)));
    }
    transaction.commit().expect("the disk is sound");
    drop(database);

    let before = read(&store).expect("it is there");
    let (code, said) = run(folder.path(), &["audit"]);
    let places = said["damage"]["places"].as_array().expect("the audit names places");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut named: Vec<_> =
        places.iter().map(|place| (text(&place["table"]), text(&place["key"]))).collect();
    named.sort();
    let expected = changed.iter().map(|(name, key)| ((*name).to_owned(), key.clone()));
    assert_eq!((code, named), (4, expected.collect::<Vec<_>>()), "{said}");
    assert_eq!((&said["damage"]["pages"], &said["damage"]["count"]), (&json!(false), &json!(4)));
    assert_eq!(read(&store).expect("it is there"), before, "an audit writes nothing");
    // Whoever opens the store reads first how far it has come.
    let (code, said) = run(folder.path(), &["trust"]);
    let message = text(&said["error"]["message"]);
    assert!(code == 3 && message.contains("table `totals` is damaged"), "{code} {said}");
}
