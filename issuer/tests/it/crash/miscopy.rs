//! Copies onto a bad disk: what is not what was copied gets no name.

use super::LOAD;
use super::disk::{Disk, File};
use redb::StorageBackend;
use std::io::Result;
use tender_issuer::store::{Fault, Folder, NAME, Store};

/// A disk that gives back one byte otherwise than it was written.
#[derive(Clone, Debug)]
struct Rotting {
    disk: Disk,
    at: u64,
}

#[derive(Debug)]
struct RottingFile {
    file: File,
    /// Which byte, once the file was written and is opened again.
    at: Option<u64>,
}

impl StorageBackend for RottingFile {
    fn len(&self) -> Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        self.file.read(offset, out)?;
        let within = self.at.and_then(|at| usize::try_from(at.checked_sub(offset)?).ok());
        if let Some(byte) = within.and_then(|within| out.get_mut(within)) {
            *byte ^= 1;
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<()> {
        self.file.set_len(length)
    }

    fn sync_data(&self) -> Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.file.write(offset, data)
    }
}

impl Folder for Rotting {
    type File = RottingFile;

    fn create(&self, name: &str) -> core::result::Result<RottingFile, Fault> {
        Ok(RottingFile { file: self.disk.create(name)?, at: None })
    }

    fn open(&self, name: &str) -> core::result::Result<RottingFile, Fault> {
        Ok(RottingFile { file: self.disk.open(name)?, at: Some(self.at) })
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.disk.rename(from, to)
    }

    fn sync(&self) -> Result<()> {
        self.disk.sync()
    }
}

/// Every page that is read while the copy is looked at, one byte of each.
#[test]
fn b5_a_copy_that_is_not_what_was_copied_gets_no_name() {
    let store = Store::open(&LOAD.disk(18)).expect("the disk is sound");
    let good = Disk::new(0);
    store.copy(&good).expect("the disk is sound");
    let bytes = good.bytes(NAME);
    let used = (0..bytes.len()).step_by(4096).filter(|page| bytes[page + 8] != 0 || *page == 0);
    let mut refused = 0;
    for page in used {
        let disk = Disk::new(0);
        let rotting = Rotting { disk: disk.clone(), at: u64::try_from(page).expect("it fits") };
        if store.copy(&rotting).is_ok() {
            let copied = Store::open_aside(&disk).expect("the disk is sound");
            let found = copied.inspect().expect("the disk is sound");
            assert_eq!(found.contents, store.inspect().expect("it is sound").contents);
        } else {
            refused += 1;
            assert!(!disk.has(NAME), "a copy that was refused has no name");
        }
    }
    assert!(refused > 3, "{refused}");
}
