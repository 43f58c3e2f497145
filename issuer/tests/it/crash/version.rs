//! Versions: a store that another program wrote is left alone.

use super::LOAD;
use super::disk::{Disk, Image};
use sha2::{Digest, Sha256};
use tender_issuer::store::{Fault, Folder, NAME, Store};

/// A store that says this of its version.
fn of_version(row: &[u8]) -> Disk {
    let disk = LOAD.disk(14);
    let file = disk.open(NAME).expect("the disk is sound");
    let database =
        redb::Database::builder().create_with_backend(file).expect("the store is a database");
    let transaction = database.begin_write().expect("the disk is sound");
    {
        let meta = redb::TableDefinition::<&str, &[u8]>::new("meta");
        let mut meta = transaction.open_table(meta).expect("the table is there");
        meta.insert("schema", row).expect("the disk is sound");
    }
    transaction.commit().expect("the disk is sound");
    drop(database);
    disk
}

/// The version with its seal, as `docs/storage.md` says it.
fn sealed(version: u32) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [&b"tender/row/1"[..], b"meta", b"schema"] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let row = version.to_be_bytes();
    let hash = hash.chain_update(row).finalize();
    [&row[..], &hash[..8]].concat()
}

/// There is no migration that could stop half-way: one version is read, and every other one is
/// refused by its number and not changed. Versions up to 4 had no seals.
#[test]
fn b14_a_store_of_another_version_is_refused_by_its_number_and_not_changed() {
    let old = (0..9_u32).map(|version| (version, version.to_be_bytes().to_vec()));
    let new = [0, 4, 5, 6, 7, 8, 10, u32::MAX].map(|version| (version, sealed(version)));
    for (version, row) in old.chain(new) {
        let disk = of_version(&row);
        let before = disk.bytes(NAME);
        match Store::open(&disk) {
            Err(Fault::Version { found, .. }) => assert_eq!(found, version),
            other => panic!("version {version}: {:?}", other.map(drop)),
        }
        let said = Fault::Version { found: version, read: 9 }.to_string();
        assert!(said.contains(&format!("version {version}, ")), "{said}");
        assert_eq!(of_version(&row).bytes(NAME).len(), before.len());
    }
    Store::open(&of_version(&sealed(9))).expect("this is the version that is read");
    for damaged in [&9_u32.to_be_bytes()[..], &[0; 12], b""] {
        let opened = Store::open(&of_version(damaged));
        assert!(matches!(opened, Err(Fault::Damaged { table: "meta", .. })), "{opened:?}");
    }
}

/// The database would take an empty file for a new store.
#[test]
fn b3_an_empty_file_is_no_store() {
    let disk = Disk::with(0, &Image::default());
    assert!(matches!(Store::open(&disk), Err(Fault::Empty)));
    assert!(disk.bytes(NAME).is_empty());
    let other = Image { database: vec![7; 4096], annex: Vec::new() };
    assert!(Store::open(&Disk::with(0, &other)).is_err());
}
