//! How many signatures each key has made: the signer's own cap, whatever the ledger says.
//!
//! Every signature that leaves counts, also one that repeats an earlier one for a retry. They are
//! reserved in blocks, and a block is durable before its first signature leaves, so a stop or a
//! crash loses the rest of a block at most and never counts too few. Beside that stands how many
//! tokens the ledger was about to owe, durable before the ledger's commit: it tells a file that was
//! put back from an older copy from one that is true.
//!
//! The file `keys/signatures` has one line per key, `<name> <reserved> <owed>`, ascending by name,
//! and then `sha256 <hex>` over all of that. The hash is against accidents; nobody who may write
//! into the folder of the keys is kept out by it.

use super::Withheld;
use crate::home::Home;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::ErrorKind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tender_store::files::write_private;

const FILE: &str = "signatures";
/// Signatures that are reserved at once at most. Under a cap it is a thousandth, so that what a
/// crash loses is little of it.
const BLOCK_MAX: u64 = 4096;
const BLOCKS_MIN: u64 = 1000;

/// Why it is not known how many signatures the keys have made.
#[derive(Debug, thiserror::Error)]
pub enum Uncounted {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unread(#[source] std::io::Error),
    /// The file cannot be written.
    #[error("it cannot be written: {0}")]
    Unwritten(#[source] std::io::Error),
    /// The file is not what was written.
    #[error("it is damaged")]
    Damaged,
    /// A key that may sign is not in the file.
    #[error("it does not name the key `{0}`")]
    Unnamed(String),
    /// The ledger owes more tokens than the signer ever heard of: the file is an older one.
    #[error(
        "it is an older copy: it has {owed} tokens of the key `{name}`, and the ledger {signed}"
    )]
    Behind {
        /// The key.
        name: String,
        /// What the file says.
        owed: u64,
        /// What the ledger says.
        signed: u64,
    },
}

/// What a key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The key's name.
    pub key: String,
    /// Signatures, with those that a crash may have lost.
    pub signatures: u64,
    /// Whether that is all that it may make.
    pub is_capped: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    made: u64,
    reserved: u64,
    owed: u64,
    told: bool,
}

/// The counts of all keys.
#[derive(Debug)]
pub(super) struct Counts {
    home: Option<Home>,
    max: Option<u64>,
    keys: Mutex<BTreeMap<String, Count>>,
}

impl Counts {
    /// Counts in this process only, for keys that have signed nothing yet.
    pub(super) fn fresh(max: Option<u64>) -> Self {
        Self { home: None, max, keys: Mutex::default() }
    }

    /// Reads the counts of these keys. Errors: [`Uncounted`].
    pub(super) fn read<'a>(
        home: &Home,
        max: Option<u64>,
        names: impl Iterator<Item = &'a String>,
    ) -> Result<Self, Uncounted> {
        let keys = read(home)?;
        for name in names {
            keys.get(name).ok_or_else(|| Uncounted::Unnamed(name.clone()))?;
        }
        Ok(Self { home: Some(home.clone()), max, keys: Mutex::new(keys) })
    }

    /// Counts one signature more, before it is made. Errors: [`Withheld::Capped`],
    /// [`Withheld::Uncounted`].
    pub(super) fn take(&self, name: &str) -> Result<(), Withheld> {
        let mut keys = self.keys();
        let mut count = keys.get(name).copied().unwrap_or_default();
        if self.is_capped(count) {
            if !count.told {
                tracing::error!(key = name, made = count.made, "CAPPED: the key signs no more");
                keys.insert(name.to_owned(), Count { told: true, ..count });
            }
            return Err(Withheld::Capped);
        }
        count.made = count.made.saturating_add(1);
        if count.made > count.reserved {
            let reserved = count.reserved.max(count.made).saturating_add(self.block() - 1);
            count.reserved = reserved.min(self.max.unwrap_or(u64::MAX));
            self.write(&keys, name, count).map_err(|error| {
                tracing::error!(%error, "the signatures cannot be counted; nothing is signed");
                Withheld::Uncounted
            })?;
        }
        keys.insert(name.to_owned(), count);
        Ok(())
    }

    /// Remembers that the ledger is about to owe so many tokens in all. Errors: the file system's.
    pub(super) fn owe(&self, name: &str, tokens: u64) -> std::io::Result<()> {
        let mut keys = self.keys();
        let mut count = keys.get(name).copied().unwrap_or_default();
        if tokens > count.owed {
            count.owed = tokens.saturating_add(self.block() - 1);
            self.write(&keys, name, count)?;
            keys.insert(name.to_owned(), count);
        }
        Ok(())
    }

    /// Whether the ledger's count of a key's tokens was heard of. Errors: [`Uncounted::Behind`].
    pub(super) fn check_owed(&self, name: &str, signed: u64) -> Result<(), Uncounted> {
        let owed = self.keys().get(name).copied().unwrap_or_default().owed;
        if self.home.is_some() && owed < signed {
            return Err(Uncounted::Behind { name: name.to_owned(), owed, signed });
        }
        Ok(())
    }

    /// What a key has signed.
    pub(super) fn made(&self, name: &str) -> Made {
        let count = self.keys().get(name).copied().unwrap_or_default();
        Made { key: name.to_owned(), signatures: count.made, is_capped: self.is_capped(count) }
    }

    fn is_capped(&self, count: Count) -> bool {
        self.max.is_some_and(|max| count.made >= max)
    }

    fn block(&self) -> u64 {
        self.max.map_or(BLOCK_MAX, |max| (max / BLOCKS_MIN).clamp(1, BLOCK_MAX))
    }

    /// Makes a count durable together with the others. Errors: the file system's.
    fn write(&self, keys: &Keys, name: &str, count: Count) -> std::io::Result<()> {
        let Some(home) = &self.home else { return Ok(()) };
        let mut keys = keys.clone();
        keys.insert(name.to_owned(), count);
        write(home, &keys)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Keys = BTreeMap<String, Count>;

/// Begins the counts of fresh keys, at nothing. Errors: [`Uncounted`].
pub(super) fn begin(home: &Home, names: impl Iterator<Item = String>) -> Result<(), Uncounted> {
    let mut keys = match read(home) {
        Err(Uncounted::Unread(error)) if error.kind() == ErrorKind::NotFound => Keys::new(),
        other => other?,
    };
    keys.extend(names.map(|name| (name, Count::default())));
    write(home, &keys).map_err(Uncounted::Unwritten)
}

/// Writes the counts again, at least as high as the ledger's, after the file was lost: what can be
/// read of it is kept. Errors: the file system's.
pub(super) fn recount(
    home: &Home,
    signed: impl Iterator<Item = (String, u64)>,
) -> Result<(), Uncounted> {
    let mut keys = read(home).unwrap_or_default();
    for (name, signed) in signed {
        let count = keys.entry(name).or_default();
        count.reserved = count.reserved.max(signed);
        count.owed = count.owed.max(signed);
    }
    write(home, &keys).map_err(Uncounted::Unwritten)
}

fn read(home: &Home) -> Result<Keys, Uncounted> {
    let bytes = home.read_key(FILE).map_err(Uncounted::Unread)?;
    let text = core::str::from_utf8(&bytes).map_err(|_| Uncounted::Damaged)?;
    parse(text).ok_or(Uncounted::Damaged)
}

fn parse(text: &str) -> Option<Keys> {
    let mut keys = Keys::new();
    for line in text.lines().filter(|line| !line.starts_with(SUM)) {
        let mut fields = line.split(' ');
        let name = fields.next()?.to_owned();
        let mut number = || fields.next()?.parse().ok();
        let (reserved, owed) = (number()?, number()?);
        keys.insert(name, Count { made: reserved, reserved, owed, told: false });
    }
    // Whatever is not exactly what is written is damage.
    (show(&keys) == text).then_some(keys)
}

fn write(home: &Home, keys: &Keys) -> std::io::Result<()> {
    write_private(&home.key(FILE), show(keys).as_bytes())
}

const SUM: &str = "sha256 ";

fn show(keys: &Keys) -> String {
    let mut text = String::new();
    for (name, Count { reserved, owed, .. }) in keys {
        writeln!(text, "{name} {reserved} {owed}").expect("a string takes everything");
    }
    let sum = hex::encode(Sha256::digest(text.as_bytes()));
    writeln!(text, "{SUM}{sum}").expect("a string takes everything");
    text
}
