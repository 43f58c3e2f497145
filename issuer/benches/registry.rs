//! What a cashed token costs in the store, in two layouts of the same content, in one run.
//!
//! `cargo bench -p tender-issuer --bench registry -- 1000000` cashes so many tokens of one hop, 256
//! to a commit. *Pointed* is the issuer's own store: the item lies in its annex, and the token's id
//! and the slots' ids point there. *Whole* keeps the item under the token's id and its endorsements
//! under the slots' ids, in a bare database. When a tenth of the tokens is in the pointed layout
//! and when all are, it looks tokens up as a deposit does, and says how much memory the process
//! holds; so a lookup among many stands beside one among few of the same run.
//! `… -- 10000000 pointed` leaves the other layout out.

// The tests' own modules, of which this program needs a part.
#![allow(dead_code, unused_imports, clippy::indexing_slicing)]

#[path = "../tests/it/crash/chance.rs"]
mod chance;
#[path = "../tests/it/stage.rs"]
mod stage;
#[path = "../tests/it/wallet.rs"]
mod wallet;

use chance::Chance;
use redb::{Database, Durability, TableDefinition, TableHandle, WriteTransaction};
use sha2::{Digest, Sha256};
use stage::{Stage, TODAY};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;
use tender_issuer::rows::{AnswerList, Bytes, Count, Found, Position, Presentation, Shown, Total};
use tender_issuer::store::{self, ANNEX, Directory, NAME, Store};
use tender_issuer::view::View;
use tender_token::identity::RegistrarId;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;
use wallet::{CREDIT, Wallet};

type Rows = TableDefinition<'static, &'static [u8], &'static [u8]>;
const CASHED: Rows = TableDefinition::new("cashed");
const ANSWERS: Rows = TableDefinition::new("answers");

/// Lookups that are measured.
const LOOKUPS: usize = 100_000;
/// Tokens in a commit.
const BATCH: u64 = 256;
/// Bytes of a row's seal.
const SEAL: usize = 8;
/// Bytes of an endorsement as evidence, with the count of its list.
const EVIDENCE: usize = 248;
/// Bytes of a cashed token's row besides its item: who, denomination, state, instruction, length.
const CASHED_HEAD: usize = 133;

/// A token, numbered from 1.
struct Token {
    number: u64,
    id: [u8; 32],
    slots: [[u8; 32]; 2],
}

/// What filling has cost so far.
#[derive(Default)]
struct Spent {
    tokens: u64,
    processor_ms: u64,
    written: u64,
}

impl Spent {
    /// Cashes more tokens, until there are so many.
    fn fill(&mut self, count: u64, mut cash: impl FnMut(&[Token])) {
        let before = (processor_ms(), written());
        while self.tokens < count {
            let numbers = self.tokens + 1..=self.tokens + BATCH;
            cash(&numbers.map(token).collect::<Vec<_>>());
            self.tokens += BATCH;
        }
        self.processor_ms += processor_ms() - before.0;
        self.written += written() - before.1;
    }

    /// Bytes of files per token, as the system counts what they hold on the disk.
    fn bytes(&self, folder: &Path, names: &[&str]) -> u64 {
        let held = names
            .iter()
            .map(|name| std::fs::metadata(folder.join(name)).expect("it is there").blocks() * 512);
        held.sum::<u64>() / self.tokens
    }

    /// Microseconds of the processor per token.
    fn processor_us(&self) -> u64 {
        self.processor_ms * 1000 / self.tokens
    }

    /// Says it all of a layout.
    fn describe(&self, folder: &Path, names: &[&str]) {
        let files = names.iter().map(|name| format!("{} in {name}", self.bytes(folder, &[name])));
        println!(
            "{} tokens: {} bytes ({}), {} bytes written and {} us of processor per token",
            self.tokens,
            self.bytes(folder, names),
            files.collect::<Vec<_>>().join(", "),
            self.written / self.tokens,
            self.processor_us()
        );
    }
}

/// The issuer's store.
struct Pointed {
    folder: TempDir,
    store: Store,
    spent: Spent,
}

impl Pointed {
    const FILES: [&str; 2] = [NAME, ANNEX];

    fn new(stage: &Stage) -> Self {
        let folder = TempDir::new().expect("the system has room for a folder");
        let store = store::create(&Directory::new(folder.path()), &stage.office.trust, TODAY);
        Self { folder, store: store.expect("the disk is sound"), spent: Spent::default() }
    }

    fn fill(&mut self, item: &[u8], count: u64) {
        let Self { store, spent, .. } = self;
        spent.fill(count, |tokens| {
            let mut view = asking(tokens);
            view.totals.want(Total::Presentations);
            store.load(&mut view).expect("the disk is sound");
            for token in tokens {
                let number = Count(token.number);
                let shown = Shown::Item(Bytes(item.to_vec()));
                let row = Presentation::new(RegistrarId([1; 32]), shown);
                view.presentations.append(number, row);
                view.cashed.insert(TokenId(token.id), number);
                for (position, slot) in (0_u8..).zip(&token.slots) {
                    let mut answers = AnswerList::default();
                    answers.push(Found { presentation: number, position: Position(position) });
                    view.answers.insert(SlotId(*slot), answers);
                }
                view.totals.insert(Total::Presentations, number);
            }
            store.commit(view).expect("the disk is sound");
        });
    }

    /// Says what it cost so far and what a lookup takes; returns p99 of a cashed token in
    /// nanoseconds.
    fn describe(&self) -> u128 {
        self.spent.describe(self.folder.path(), &Self::FILES);
        let count = self.spent.tokens;
        let cashed = times(|chance| {
            let view = self.look_up(1 + chance.next() % count);
            assert_eq!(view.cashed.all().count() + view.answers.all().count(), 3);
        });
        let fresh = times(|chance| {
            let view = self.look_up(1 + count + chance.next() % count);
            assert_eq!(view.cashed.all().count() + view.answers.all().count(), 0);
        });
        let shown = times(|chance| {
            let mut view = View::default();
            view.presentations.want(Count(1 + chance.next() % count));
            self.store.load(&mut view).expect("the disk is sound");
        });
        for (what, [half, most]) in [
            ("lookup of a cashed token", cashed),
            ("lookup of a fresh token", fresh),
            ("reading of a presentation", shown),
        ] {
            println!("  {what}: p50 {} us, p99 {} us", half / 1000, most / 1000);
        }
        println!("  memory: {} MiB", resident_kib() / 1024);
        cashed[1]
    }

    /// What a deposit reads of a token: its own row and those of its two slots.
    fn look_up(&self, number: u64) -> View {
        let mut view = asking(&[token(number)]);
        self.store.load(&mut view).expect("the disk is sound");
        view
    }
}

fn asking(tokens: &[Token]) -> View {
    let mut view = View::default();
    for token in tokens {
        view.cashed.want(TokenId(token.id));
        token.slots.iter().for_each(|slot| view.answers.want(SlotId(*slot)));
    }
    view
}

/// A bare database.
struct Whole {
    folder: TempDir,
    database: Database,
    spent: Spent,
}

impl Whole {
    fn new() -> Self {
        let folder = TempDir::new().expect("the system has room for a folder");
        let mut builder = Database::builder();
        builder.set_cache_size(256 << 20);
        let database = builder.create(folder.path().join(NAME)).expect("the disk is sound");
        Self { folder, database, spent: Spent::default() }
    }

    fn fill(&mut self, item: &[u8], count: u64) {
        let Self { database, spent, .. } = self;
        spent.fill(count, |tokens| {
            let mut write = database.begin_write().expect("the disk is sound");
            write.set_durability(Durability::Immediate).expect("it is known");
            write.set_two_phase_commit(true);
            write.set_quick_repair(true);
            cash_whole(&write, tokens, item);
            write.commit().expect("the disk is sound");
        });
    }
}

fn cash_whole(write: &WriteTransaction, tokens: &[Token], item: &[u8]) {
    let mut tokens: Vec<_> = tokens.iter().collect();
    tokens.sort_by_key(|token| token.id);
    let mut cashed = write.open_table(CASHED).expect("the disk is sound");
    let mut answers = write.open_table(ANSWERS).expect("the disk is sound");
    for token in tokens {
        let row = sealed(CASHED, &token.id, &[&[1; CASHED_HEAD], item]);
        cashed.insert(&token.id[..], &row[..]).expect("the disk is sound");
        for slot in &token.slots {
            let row = sealed(ANSWERS, slot, &[&[2; EVIDENCE]]);
            answers.insert(&slot[..], &row[..]).expect("the disk is sound");
        }
    }
}

/// A row with the seal that the store puts behind each.
fn sealed(table: Rows, key: &[u8], row: &[&[u8]]) -> Vec<u8> {
    let mut row = row.concat();
    let seal = Sha256::new().chain_update(table.name()).chain_update(key).chain_update(&row);
    row.extend_from_slice(&seal.finalize()[..SEAL]);
    row
}

/// The same number gives the same token, whose ids are spread like hashes.
fn token(number: u64) -> Token {
    let mut chance = Chance::new(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let mut id = || {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|part| part.copy_from_slice(&chance.next().to_be_bytes()));
        bytes
    };
    Token { number, id: id(), slots: [id(), id()] }
}

/// Half and 99 of 100 of the times that something takes, in nanoseconds.
fn times(mut work: impl FnMut(&mut Chance)) -> [u128; 2] {
    let mut chance = Chance::new(1);
    let mut times: Vec<_> = (0..LOOKUPS)
        .map(|_| {
            let begun = Instant::now();
            work(&mut chance);
            begun.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    [50, 99].map(|percent| times[times.len() * percent / 100])
}

/// Kibibytes that this process holds in memory.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("on Linux");
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("a number of kB")
}

/// Milliseconds of processor that this process has spent, user and system.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("on Linux");
    let fields = stat.rsplit(") ").next().expect("the name ends with a bracket").split(' ');
    let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    ticks * 10
}

/// Bytes that this process has given the disk to write, in whole pages.
fn written() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").expect("on Linux");
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    line.and_then(|bytes| bytes.parse().ok()).expect("a number of bytes")
}

fn main() {
    // Cargo adds `--bench`.
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(200_000);
    let stage = Stage::new();
    let (payer, payee) = (Wallet::enrolled(&stage), Wallet::enrolled(&stage));
    let sessions = (payer.opened(&stage, 1), payee.opened(&stage, 1));
    let (from, to) = (payer.slots(&stage, &sessions.0), payee.slots(&stage, &sessions.1));
    let chain = payer.token(&stage, &from[0], 100);
    let chain = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    let item = payee.cash(&chain, &to[0], CREDIT, stage.manifest()).item;
    println!("{count} tokens of one hop, items of {} bytes", item.len());
    let mut pointed = Pointed::new(&stage);
    pointed.fill(&item, count / 10);
    let few = pointed.describe();
    pointed.fill(&item, count);
    let many = pointed.describe();
    println!(
        "p99 of a lookup among {count} is {} % of that among a tenth",
        many * 100 / few.max(1)
    );
    let bytes = pointed.spent.bytes(pointed.folder.path(), &Pointed::FILES);
    let processor_us = pointed.spent.processor_us();
    drop(pointed);
    if std::env::args().any(|word| word == "pointed") {
        return;
    }
    let mut whole = Whole::new();
    whole.fill(&item, count);
    whole.spent.describe(whole.folder.path(), &[NAME]);
    let percent = |part: u64, of: u64| part * 100 / of.max(1);
    println!(
        "pointed has {} % of the bytes and {} % of the processor of whole",
        percent(bytes, whole.spent.bytes(whole.folder.path(), &[NAME])),
        percent(processor_us, whole.spent.processor_us())
    );
}
