//! What the work costs by itself: the cryptography of a token, and a sync of the disk.

use super::processor;
use crate::rng;
use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use tender_token::cash::{CashItem, Purpose};
use tender_token::manifest::Manifest;
use tender_token::rsa::{self, encode_message};

/// How often each is repeated, so that the system's count of processor time is fine enough.
const SIGNATURES: u32 = 1_000;
const VERIFICATIONS: u32 = 10_000;
const SYNCS: usize = 100;
/// Bytes that are written before a sync, about what a small batch writes.
const WRITTEN: usize = 1 << 16;

/// Processor time of one core, and for the disk time of the clock.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// One RSA signature, checked: what signing a token is made of.
    pub sign: Duration,
    /// One RSA verification.
    pub verify: Duration,
    /// Reading and verifying one item: what depositing a token is made of.
    pub cash: Duration,
    /// One fdatasync after a write, the median.
    pub sync: Duration,
}

/// Measures, while nothing else happens in this process.
/// Errors: the system's.
pub fn measure(
    manifest: &Manifest,
    cash: &[(usize, Vec<Vec<u8>>)],
    folder: &Path,
    clock: fn() -> Instant,
) -> Result<Own> {
    let key = rsa::SecretKey::generate(&mut rng(), 256).context("no key")?;
    let message = b"what is signed and verified";
    let encoded = encode_message(message, 256);
    let signature = key.sign(&encoded).context("no signature")?;
    let sign = per(SIGNATURES, || key.sign(&encoded).is_ok())?;
    let verify = per(VERIFICATIONS, || key.public().verify(message, &signature))?;
    let mut items = cash.iter().flat_map(|(_, items)| items).cycle();
    let one = || {
        let item = items.next().and_then(|item| CashItem::from_bytes(item, manifest).ok());
        item.is_some_and(|item| item.verify(Purpose::Deposit, manifest, &mut rng()).is_ok())
    };
    let cash = per(SIGNATURES * 2, one)?;
    Ok(Own { sign, verify, cash, sync: sync(folder, clock)? })
}

fn per(times: u32, mut step: impl FnMut() -> bool) -> Result<Duration> {
    let before = processor::spent("self")?;
    for _ in 0..times {
        ensure!(step(), "an honest step failed");
    }
    Ok((processor::spent("self")?.saturating_sub(before)) / times)
}

fn sync(folder: &Path, clock: fn() -> Instant) -> Result<Duration> {
    let mut file = File::create(folder.join("synced")).context("no file")?;
    let written = vec![7; WRITTEN];
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&written)?;
        let begun = clock();
        file.sync_data()?;
        times.push(clock().duration_since(begun));
    }
    times.sort_unstable();
    times.get(SYNCS / 2).copied().context("no sync")
}
