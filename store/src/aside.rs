//! Aside: a file that is looked at and never written, whatever is done to it.
//!
//! The database writes when it opens a file, and more when it finds damage. What it writes here
//! stays in memory, so a file that may be evidence is not touched.

use redb::{BackendError, StorageBackend};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};

type Locked<T> = core::result::Result<T, BackendError>;

const BLOCK_BYTES: usize = 4096;

/// A file, and the changes that it does not get.
#[derive(Debug)]
pub struct Aside<F> {
    file: F,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    length: u64,
    /// As much of the file as was never cut off.
    kept: u64,
    /// Changed blocks by their numbers.
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl<F: StorageBackend> Aside<F> {
    /// The file as it is now. Errors: the file's.
    pub fn new(file: F) -> Result<Self> {
        let length = file.len()?;
        let changes = Changes { length, kept: length, blocks: BTreeMap::new() };
        Ok(Self { file, changes: Mutex::new(changes) })
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().expect("nothing panics while it holds the changes")
    }

    /// A block as it was left: zeros where the file ends.
    fn block(&self, changes: &Changes, number: u64) -> Result<Vec<u8>> {
        if let Some(block) = changes.blocks.get(&number) {
            return Ok(block.clone());
        }
        let mut block = vec![0; BLOCK_BYTES];
        let start = number.saturating_mul(wide(BLOCK_BYTES));
        let there = changes.kept.saturating_sub(start).min(wide(BLOCK_BYTES));
        let there = usize::try_from(there).expect("it is at most a block");
        if let Some(part) = block.get_mut(..there).filter(|part| !part.is_empty()) {
            self.file.read(start, part)?;
        }
        Ok(block)
    }
}

impl<F: StorageBackend> StorageBackend for Aside<F> {
    fn len(&self) -> Result<u64> {
        Ok(self.changes().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let changes = self.changes();
        if offset.checked_add(wide(out.len())).is_none_or(|end| end > changes.length) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        for (number, within, part) in parts(offset, out) {
            let block = self.block(&changes, number)?;
            let source = block.get(within..within + part.len());
            part.copy_from_slice(source.ok_or(ErrorKind::UnexpectedEof)?);
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<()> {
        let mut changes = self.changes();
        if length < changes.length {
            let number = length / wide(BLOCK_BYTES);
            let within = usize::try_from(length % wide(BLOCK_BYTES)).expect("it is in a block");
            let mut last = self.block(&changes, number)?;
            last.iter_mut().skip(within).for_each(|byte| *byte = 0);
            changes.blocks.split_off(&number);
            changes.blocks.insert(number, last);
        }
        changes.kept = changes.kept.min(length);
        changes.length = length;
        Ok(())
    }

    /// There is nothing that could be lost.
    fn sync_data(&self) -> Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut changes = self.changes();
        let mut data = data.to_vec();
        for (number, within, part) in parts(offset, &mut data) {
            let mut block = self.block(&changes, number)?;
            let target = block.get_mut(within..within + part.len());
            target.ok_or(ErrorKind::UnexpectedEof)?.copy_from_slice(part);
            changes.blocks.insert(number, block);
        }
        Ok(())
    }

    fn close(&self) -> Result<()> {
        self.file.close()
    }

    // The locks are the file's: nobody writes what is being looked at.

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.query_lock_range(start, end)
    }
}

/// The parts of a range that lie in one block each: the block, where in it, and the bytes.
fn parts(offset: u64, mut bytes: &mut [u8]) -> Vec<(u64, usize, &mut [u8])> {
    let (mut at, mut parts) = (offset, Vec::new());
    while !bytes.is_empty() {
        let within = usize::try_from(at % wide(BLOCK_BYTES)).expect("it is in a block");
        let length = bytes.len().min(BLOCK_BYTES - within);
        let (part, rest) = bytes.split_at_mut(length);
        parts.push((at / wide(BLOCK_BYTES), within, part));
        (at, bytes) = (at.saturating_add(wide(length)), rest);
    }
    parts
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).expect("a length fits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::backends::InMemoryBackend;

    fn file(length: usize) -> InMemoryBackend {
        let file = InMemoryBackend::new();
        file.set_len(wide(length)).expect("memory has room");
        file.write(0, &vec![7; length]).expect("memory has room");
        file
    }

    fn read(file: &impl StorageBackend, offset: u64, length: usize) -> Vec<u8> {
        let mut out = vec![1; length];
        file.read(offset, &mut out).expect("it is there");
        out
    }

    #[test]
    fn what_is_written_is_read_again_and_does_not_reach_the_file() {
        let aside = Aside::new(file(3 * BLOCK_BYTES)).expect("it has a length");
        aside.write(4000, &[9; 200]).expect("it goes into memory");
        let seen = read(&aside, 3999, 202);
        assert_eq!((seen[0], seen[201]), (7, 7));
        assert!(seen[1..201].iter().all(|byte| *byte == 9));
        assert_eq!(read(&aside.file, 0, 3 * BLOCK_BYTES), vec![7; 3 * BLOCK_BYTES]);
    }

    #[test]
    fn what_was_cut_off_comes_back_as_zeros() {
        let aside = Aside::new(file(3 * BLOCK_BYTES)).expect("it has a length");
        aside.set_len(5000).expect("it gets shorter");
        aside.read(4999, &mut [0; 2]).expect_err("the end is before that");
        aside.set_len(wide(3 * BLOCK_BYTES)).expect("it gets longer");
        assert_eq!(read(&aside, 4998, 4), [7, 7, 0, 0]);
        assert_eq!(read(&aside, 8190, 4), [0; 4]);
        assert_eq!(aside.file.len().expect("it has a length"), wide(3 * BLOCK_BYTES));
    }
}
