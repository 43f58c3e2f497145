//! What a cashed token costs in the store, in two layouts of the same content, in one run.
//!
//! `cargo bench -p tender-issuer --bench registry -- 1000000` cashes so many tokens of one hop, 256
//! to a commit. *Whole* keeps the item under the token's id and its endorsements under the slots'
//! ids. *Pointed* appends the item to a table in running order and lets the same keys point there,
//! as the issuer does. When a tenth of the tokens is in the pointed layout and when all are, it
//! looks tokens up as a deposit does, and says how much memory the process holds; so a lookup among
//! many stands beside one among few of the same run. `… -- 10000000 pointed` leaves the other
//! layout out.

// The tests' own modules, of which this program needs a part.
#![allow(dead_code, unused_imports, clippy::indexing_slicing)]

#[path = "../tests/it/crash/chance.rs"]
mod chance;
#[path = "../tests/it/stage.rs"]
mod stage;
#[path = "../tests/it/wallet.rs"]
mod wallet;

use chance::Chance;
use redb::{
    Database, Durability, ReadableDatabase, TableDefinition, TableHandle, WriteTransaction,
};
use sha2::{Digest, Sha256};
use stage::Stage;
use std::os::unix::fs::MetadataExt;
use std::time::Instant;
use tempfile::TempDir;
use wallet::{CREDIT, Wallet};

type Rows = TableDefinition<'static, &'static [u8], &'static [u8]>;
const CASHED: Rows = TableDefinition::new("cashed");
const ANSWERS: Rows = TableDefinition::new("answers");
const PRESENTATIONS: Rows = TableDefinition::new("presentations");

/// The file in its folder.
const FILE: &str = "store.redb";
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

/// A row with the seal that the store puts behind each.
fn sealed(table: Rows, key: &[u8], row: &[&[u8]]) -> Vec<u8> {
    let mut row = row.concat();
    let seal = Sha256::new().chain_update(table.name()).chain_update(key).chain_update(&row);
    row.extend_from_slice(&seal.finalize()[..SEAL]);
    row
}

/// Cashes a token: transaction, its number, its key, its slots' keys, its item.
type Layout = fn(&WriteTransaction, &[Token]);

struct Token {
    number: u64,
    id: [u8; 32],
    slots: [[u8; 32]; 2],
    item: Vec<u8>,
}

fn whole(write: &WriteTransaction, tokens: &[Token]) {
    let mut cashed = write.open_table(CASHED).expect("the disk is sound");
    let mut answers = write.open_table(ANSWERS).expect("the disk is sound");
    for token in tokens {
        let row = sealed(CASHED, &token.id, &[&[1; CASHED_HEAD], &token.item]);
        cashed.insert(&token.id[..], &row[..]).expect("the disk is sound");
        for slot in &token.slots {
            let row = sealed(ANSWERS, slot, &[&[2; EVIDENCE]]);
            answers.insert(&slot[..], &row[..]).expect("the disk is sound");
        }
    }
}

fn pointed(write: &WriteTransaction, tokens: &[Token]) {
    let mut presentations = write.open_table(PRESENTATIONS).expect("the disk is sound");
    let mut cashed = write.open_table(CASHED).expect("the disk is sound");
    let mut answers = write.open_table(ANSWERS).expect("the disk is sound");
    for token in tokens {
        let number = token.number.to_be_bytes();
        let row = sealed(PRESENTATIONS, &number, &[&[1; 37], &token.item]);
        presentations.insert(&number[..], &row[..]).expect("the disk is sound");
        let row = sealed(CASHED, &token.id, &[&number]);
        cashed.insert(&token.id[..], &row[..]).expect("the disk is sound");
        for (position, slot) in (0_u8..).zip(&token.slots) {
            let row = sealed(ANSWERS, slot, &[&[0, 1], &number, &[position]]);
            answers.insert(&slot[..], &row[..]).expect("the disk is sound");
        }
    }
}

/// A file of cashed tokens.
struct Filled {
    folder: TempDir,
    database: Database,
    layout: Layout,
    /// How many there are, and what they took of the processor in milliseconds.
    count: u64,
    spent_ms: u64,
}

impl Filled {
    fn new(layout: Layout) -> Self {
        let folder = TempDir::new().expect("the system has room for a folder");
        let mut builder = Database::builder();
        builder.set_cache_size(256 << 20);
        let database = builder.create(folder.path().join(FILE)).expect("the disk is sound");
        Self { folder, database, layout, count: 0, spent_ms: 0 }
    }

    /// Cashes more tokens, until there are so many.
    fn fill(&mut self, item: &[u8], count: u64) {
        let before = processor_ms();
        while self.count < count {
            let numbers = self.count..self.count + BATCH;
            let mut tokens: Vec<_> = numbers.map(|number| token(number, item)).collect();
            tokens.sort_by_key(|token| token.id);
            let mut write = self.database.begin_write().expect("the disk is sound");
            write.set_durability(Durability::Immediate).expect("it is known");
            write.set_two_phase_commit(true);
            write.set_quick_repair(true);
            (self.layout)(&write, &tokens);
            write.commit().expect("the disk is sound");
            self.count += BATCH;
        }
        self.spent_ms += processor_ms() - before;
    }

    /// Bytes of the file per token, as the system counts what it holds on the disk.
    fn bytes(&self) -> u64 {
        let file = std::fs::metadata(self.folder.path().join(FILE)).expect("it is there");
        file.blocks() * 512 / self.count
    }

    /// Microseconds of the processor per token.
    fn spent_us(&self) -> u64 {
        self.spent_ms * 1000 / self.count
    }

    /// Says what it cost so far and what a lookup takes; returns p99 of a cashed token in
    /// nanoseconds.
    fn describe(&self) -> u128 {
        let (count, bytes, spent) = (self.count, self.bytes(), self.spent_us());
        println!("{count} tokens: {bytes} bytes and {spent} us of processor per token");
        let [cashed, fresh] = [[0, count], [count, 2 * count]].map(|numbers| {
            let times = look_up(&self.database, numbers);
            [50, 99].map(|percent| times[times.len() * percent / 100])
        });
        for (what, [half, most]) in [("cashed", cashed), ("fresh", fresh)] {
            let (half, most) = (half / 1000, most / 1000);
            println!("  lookup of a {what} token: p50 {half} us, p99 {most} us");
        }
        println!("  memory: {} MiB", resident_kib() / 1024);
        cashed[1]
    }
}

/// The same number gives the same token, whose ids are spread like hashes.
fn token(number: u64, item: &[u8]) -> Token {
    let mut chance = Chance::new(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let mut id = || {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|part| part.copy_from_slice(&chance.next().to_be_bytes()));
        bytes
    };
    Token { number, id: id(), slots: [id(), id()], item: item.to_vec() }
}

/// Times in nanoseconds, the shortest first, of what a deposit reads of a token from the first to
/// the last number: its own row and those of its two slots.
fn look_up(database: &Database, numbers: [u64; 2]) -> Vec<u128> {
    let [first, last] = numbers;
    let mut chance = Chance::new(first);
    let one = |_| {
        let token = token(first + chance.next() % (last - first), &[]);
        let begun = Instant::now();
        let read = database.begin_read().expect("the disk is sound");
        let cashed = read.open_table(CASHED).expect("the disk is sound");
        let found = cashed.get(&token.id[..]).expect("the disk is sound").is_some();
        let answers = read.open_table(ANSWERS).expect("the disk is sound");
        for slot in &token.slots {
            let row = answers.get(&slot[..]).expect("the disk is sound");
            assert_eq!(row.is_some(), found, "a token and its slots are there, or none is");
        }
        begun.elapsed().as_nanos()
    };
    let mut times: Vec<_> = (0..LOOKUPS).map(one).collect();
    times.sort_unstable();
    times
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
    let mut pointed = Filled::new(pointed);
    pointed.fill(&item, count / 10);
    let few = pointed.describe();
    pointed.fill(&item, count);
    let many = pointed.describe();
    println!(
        "p99 of a lookup among {count} is {} % of that among a tenth",
        many * 100 / few.max(1)
    );
    let (bytes, spent) = (pointed.bytes(), pointed.spent_us());
    drop(pointed);
    if std::env::args().any(|word| word == "pointed") {
        return;
    }
    let mut whole = Filled::new(whole);
    whole.fill(&item, count);
    let (whole_bytes, whole_spent) = (whole.bytes(), whole.spent_us());
    println!("whole:   {whole_bytes} bytes and {whole_spent} us of processor per token");
    let percent = |part: u64, of: u64| part * 100 / of.max(1);
    let ratio = (percent(bytes, whole_bytes), percent(spent, whole_spent));
    println!("ratio:   {} % and {} %", ratio.0, ratio.1);
}
