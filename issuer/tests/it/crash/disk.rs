//! A disk that promises only what disks promise.
//!
//! What was written and not synced is kept or lost on a power loss sector by sector, each sector as
//! it was after any of the writes to it, so later writes may survive earlier ones. Names of files
//! are durable in the order in which they changed, up to some point, and all of them only after the
//! folder was synced. A sync that fails loses what it should have written for good, although
//! reading still shows it, as the page cache of Linux does.

use super::chance::Chance;
use redb::StorageBackend;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard};
use tender_issuer::store::{ANNEX, Fault, Folder, NAME};

const SECTOR: usize = 512;

/// What goes wrong at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The power fails; nothing works until it is back.
    PowerLoss,
    /// The device reports an error, once.
    Broken,
    /// The device has no room, once; only what writes can meet it.
    Full,
}

/// The disk. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    chance: Chance,
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    renamings: Vec<BTreeMap<String, usize>>,
    /// Which time the power is on; what was opened before works no more.
    life: u64,
    is_off: bool,
    operations: u64,
    syncs: u64,
    armed: Option<(u64, Failure)>,
    /// The file that takes no more.
    full: Option<usize>,
}

/// The bytes of a store's two files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub database: Vec<u8>,
    pub annex: Vec<u8>,
}

/// A file: as it is read, as it is on the platter, and what happened in between.
#[derive(Clone, Debug, Default)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone, Debug)]
enum Pending {
    Written { offset: usize, bytes: Vec<u8> },
    Resized(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reads,
    Writes,
}

impl Disk {
    /// An empty disk.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            chance: Chance::new(seed),
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            renamings: Vec::new(),
            life: 0,
            is_off: false,
            operations: 0,
            syncs: 0,
            armed: None,
            full: None,
        })))
    }

    /// A disk with the files of a store.
    pub fn with(seed: u64, image: &Image) -> Self {
        let disk = Self::new(seed);
        let mut state = disk.lock();
        for (name, bytes) in [(NAME, &image.database), (ANNEX, &image.annex)] {
            let (seen, durable) = (bytes.clone(), bytes.clone());
            let index = state.files.len();
            state.files.push(Content { seen, durable, pending: Vec::new() });
            state.names.insert(name.to_owned(), index);
        }
        state.durable_names = state.names.clone();
        drop(state);
        disk
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    /// Lets the `nth` operation from now on fail, counted from 1.
    pub fn arm(&self, nth: u64, failure: Failure) {
        let mut state = self.lock();
        state.armed = Some((state.operations + nth, failure));
    }

    /// Lets a file take no more. What is written into another one meanwhile does not fail.
    pub fn fill(&self, name: &str) {
        let mut state = self.lock();
        state.full = state.names.get(name).copied();
    }

    /// How often a file was synced.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// Whether what was armed has not happened.
    pub fn is_armed(&self) -> bool {
        self.lock().armed.is_some()
    }

    /// Cuts the power and gives it back: what is left is what was durable, and some of the rest.
    pub fn restart(&self) {
        let mut state = self.lock();
        let State { chance, files, names, durable_names, renamings, .. } = &mut *state;
        for file in files {
            file.settle(chance);
            file.seen.clone_from(&file.durable);
        }
        let kept = chance.below(renamings.len() + 1);
        if let Some(last) = kept.checked_sub(1) {
            durable_names.clone_from(&renamings[last]);
        }
        renamings.clear();
        names.clone_from(durable_names);
        state.life += 1;
        state.is_off = false;
        state.armed = None;
    }

    /// Does something while the disk does nothing.
    pub fn frozen(&self, act: impl FnOnce()) {
        let _state = self.lock();
        act();
    }

    /// The bytes of a file, which was closed.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.lock();
        state.files[state.names[name]].seen.clone()
    }

    /// The files of a store, which was closed.
    pub fn image(&self) -> Image {
        Image { database: self.bytes(NAME), annex: self.bytes(ANNEX) }
    }

    pub fn has(&self, name: &str) -> bool {
        self.lock().names.contains_key(name)
    }

    fn file(&self, state: &State, index: usize) -> File {
        File { disk: self.clone(), index, life: state.life }
    }
}

impl State {
    /// Counts an operation and lets it fail if its time has come.
    fn operate(&mut self, kind: Kind) -> Result<()> {
        if self.is_off {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.operations += 1;
        let Some((at, failure)) = self.armed else { return Ok(()) };
        if self.operations < at || (failure == Failure::Full && kind == Kind::Reads) {
            return Ok(());
        }
        self.armed = None;
        match failure {
            Failure::PowerLoss => {
                self.is_off = true;
                Err(ErrorKind::BrokenPipe.into())
            }
            // EIO has no kind of its own.
            Failure::Broken => Err(Error::from_raw_os_error(5)),
            Failure::Full => Err(ErrorKind::StorageFull.into()),
        }
    }

    fn renamed(&mut self) {
        self.renamings.push(self.names.clone());
    }
}

impl Content {
    /// Some of what is pending reaches the platter, and the rest never will.
    fn settle(&mut self, chance: &mut Chance) {
        let pending = core::mem::take(&mut self.pending);
        let lengths: Vec<usize> = core::iter::once(self.durable.len())
            .chain(pending.iter().filter_map(|change| match change {
                Pending::Resized(length) => Some(*length),
                Pending::Written { .. } => None,
            }))
            .collect();
        let longest = lengths.iter().copied().max().unwrap_or_default().max(self.seen.len());
        let length = lengths[chance.below(lengths.len())];
        let written = pending.iter().map(|change| match change {
            Pending::Written { offset, bytes } => offset + bytes.len(),
            Pending::Resized(length) => *length,
        });
        self.durable.resize(written.max().unwrap_or_default().max(longest), 0);
        let mut versions: BTreeMap<usize, Vec<(usize, &[u8])>> = BTreeMap::new();
        for change in &pending {
            let Pending::Written { offset, bytes } = change else { continue };
            let (mut at, mut rest) = (*offset, bytes.as_slice());
            while !rest.is_empty() {
                let (head, tail) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
                versions.entry(at / SECTOR).or_default().push((at, head));
                (at, rest) = (at + head.len(), tail);
            }
        }
        for writes in versions.into_values() {
            let kept = chance.below(writes.len() + 1);
            for (at, bytes) in &writes[..kept] {
                self.durable[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
        self.durable.resize(length, 0);
    }

    /// Everything that is pending reaches the platter.
    fn sync(&mut self) {
        // After a sync that failed the platter may know another length.
        self.durable.resize(self.durable.len().max(self.seen.len()), 0);
        for change in core::mem::take(&mut self.pending) {
            match change {
                Pending::Written { offset, bytes } => {
                    let end = offset + bytes.len();
                    self.durable.resize(self.durable.len().max(end), 0);
                    self.durable[offset..end].copy_from_slice(&bytes);
                }
                Pending::Resized(length) => self.durable.resize(length, 0),
            }
        }
        self.durable.resize(self.seen.len(), 0);
    }
}

/// An open file.
#[derive(Debug)]
pub struct File {
    disk: Disk,
    index: usize,
    life: u64,
}

impl File {
    /// The state, with one more operation done by a process that lives.
    fn operate(&self, kind: Kind) -> Result<MutexGuard<'_, State>> {
        let mut state = self.disk.lock();
        if state.life != self.life {
            return Err(ErrorKind::BrokenPipe.into());
        }
        state.operate(kind)?;
        if kind == Kind::Writes && state.full == Some(self.index) {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(state)
    }
}

impl StorageBackend for File {
    fn len(&self) -> Result<u64> {
        let state = self.disk.lock();
        Ok(u64::try_from(state.files[self.index].seen.len()).expect("a length fits"))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let state = self.operate(Kind::Reads)?;
        let start = usize::try_from(offset).expect("an offset fits");
        let seen = state.files[self.index].seen.get(start..start + out.len());
        out.copy_from_slice(seen.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<()> {
        let mut state = self.operate(Kind::Writes)?;
        let length = usize::try_from(length).expect("a length fits");
        let file = &mut state.files[self.index];
        file.seen.resize(length, 0);
        file.pending.push(Pending::Resized(length));
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let operated = self.operate(Kind::Writes);
        let mut state = match operated {
            Ok(state) => state,
            Err(error) => {
                let mut state = self.disk.lock();
                if state.life == self.life {
                    let State { chance, files, .. } = &mut *state;
                    files[self.index].settle(chance);
                }
                return Err(error);
            }
        };
        state.syncs += 1;
        state.files[self.index].sync();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut state = self.operate(Kind::Writes)?;
        let offset = usize::try_from(offset).expect("an offset fits");
        let file = &mut state.files[self.index];
        file.seen[offset..offset + data.len()].copy_from_slice(data);
        file.pending.push(Pending::Written { offset, bytes: data.to_vec() });
        Ok(())
    }
}

impl Folder for Disk {
    type File = File;

    fn create(&self, name: &str) -> core::result::Result<File, Fault> {
        let mut state = self.lock();
        state.operate(Kind::Writes)?;
        let index = state.files.len();
        state.files.push(Content::default());
        state.names.insert(name.to_owned(), index);
        state.renamed();
        Ok(self.file(&state, index))
    }

    fn open(&self, name: &str) -> core::result::Result<File, Fault> {
        let mut state = self.lock();
        state.operate(Kind::Reads)?;
        let index = *state.names.get(name).ok_or(Fault::File(ErrorKind::NotFound.into()))?;
        Ok(self.file(&state, index))
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        let mut state = self.lock();
        state.operate(Kind::Writes)?;
        let index = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), index);
        state.renamed();
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        let mut state = self.lock();
        state.operate(Kind::Writes)?;
        state.durable_names = state.names.clone();
        state.renamings.clear();
        Ok(())
    }
}
