//! Versions: a store that another program wrote is left alone.

use super::LOAD;
use super::disk::Disk;
use tender_issuer::store::{Fault, Folder, NAME, Store};

/// A store that says it has this version.
fn of_version(version: u32) -> Disk {
    let disk = LOAD.disk(14);
    let file = disk.open(NAME).expect("the disk is sound");
    let database =
        redb::Database::builder().create_with_backend(file).expect("the store is a database");
    let transaction = database.begin_write().expect("the disk is sound");
    {
        let meta = redb::TableDefinition::<&str, &[u8]>::new("meta");
        let mut meta = transaction.open_table(meta).expect("the table is there");
        meta.insert("schema", &version.to_be_bytes()[..]).expect("the disk is sound");
    }
    transaction.commit().expect("the disk is sound");
    drop(database);
    disk
}

/// There is no migration that could stop half-way: one version is read, and every other one is
/// refused by its number and not changed.
#[test]
fn b14_a_store_of_another_version_is_refused_by_its_number_and_not_changed() {
    for version in [0, 1, 2, 3, 4, 6, u32::MAX] {
        let disk = of_version(version);
        let before = disk.bytes(NAME);
        match Store::open(&disk) {
            Err(Fault::Version(found)) => assert_eq!(found, version),
            other => panic!("version {version}: {other:?}"),
        }
        let said = Fault::Version(version).to_string();
        assert!(said.contains(&format!("version {version}, ")), "{said}");
        assert_eq!(of_version(version).bytes(NAME).len(), before.len());
    }
    Store::open(&of_version(5)).expect("this is the version that is read");
}

/// The database would take an empty file for a new store.
#[test]
fn b3_an_empty_file_is_no_store() {
    let disk = Disk::with(0, NAME, b"");
    assert!(matches!(Store::open(&disk), Err(Fault::Empty)));
    assert!(disk.bytes(NAME).is_empty());
    assert!(Store::open(&Disk::with(0, NAME, &[7; 4096])).is_err());
}
