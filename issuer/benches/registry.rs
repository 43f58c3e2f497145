//! What a cashed token costs in the store, in two layouts of the same content, in one run.
//!
//! `cargo bench -p tender-issuer --bench registry -- 1000000` cashes so many tokens of one hop, 256
//! to a commit. *Whole* keeps the item under the token's id and its endorsements under the slots'
//! ids. *Pointed* appends the item to a table in running order and lets the same keys point there,
//! as the issuer does.

// The tests' own modules, of which this program needs a part.
#![allow(dead_code, unused_imports, clippy::indexing_slicing)]

#[path = "../tests/it/stage.rs"]
mod stage;
#[path = "../tests/it/wallet.rs"]
mod wallet;

use getrandom::SysRng;
use rand_core::{Rng, UnwrapErr};
use redb::{Database, Durability, TableDefinition, WriteTransaction};
use stage::Stage;
use tempfile::TempDir;
use wallet::{CREDIT, Wallet};

type Rows = TableDefinition<'static, &'static [u8], &'static [u8]>;
const CASHED: Rows = TableDefinition::new("cashed");
const ANSWERS: Rows = TableDefinition::new("answers");
const PRESENTATIONS: Rows = TableDefinition::new("presentations");

/// Tokens in a commit.
const BATCH: u64 = 256;
/// Bytes of an endorsement as evidence, with the count of its list.
const EVIDENCE: usize = 248;
/// Bytes of a cashed token's row besides its item: who, denomination, state, instruction, length.
const CASHED_HEAD: usize = 133;

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
        let row = [&[1; CASHED_HEAD][..], &token.item].concat();
        cashed.insert(&token.id[..], &row[..]).expect("the disk is sound");
        for slot in &token.slots {
            answers.insert(&slot[..], &[2; EVIDENCE][..]).expect("the disk is sound");
        }
    }
}

fn pointed(write: &WriteTransaction, tokens: &[Token]) {
    let mut presentations = write.open_table(PRESENTATIONS).expect("the disk is sound");
    let mut cashed = write.open_table(CASHED).expect("the disk is sound");
    let mut answers = write.open_table(ANSWERS).expect("the disk is sound");
    for token in tokens {
        let number = token.number.to_be_bytes();
        let row = [&[1; 36][..], &token.item].concat();
        presentations.insert(&number[..], &row[..]).expect("the disk is sound");
        cashed.insert(&token.id[..], &number[..]).expect("the disk is sound");
        for (position, slot) in (0_u8..).zip(&token.slots) {
            let row = [&[0, 1][..], &number, &[position]].concat();
            answers.insert(&slot[..], &row[..]).expect("the disk is sound");
        }
    }
}

/// Bytes of the file and microseconds of processor per token.
fn measure(layout: Layout, item: &[u8], count: u64) -> (u64, u64) {
    let folder = TempDir::new().expect("the system has room for a folder");
    let path = folder.path().join("store.redb");
    let mut builder = Database::builder();
    builder.set_cache_size(256 << 20);
    let database = builder.create(&path).expect("the disk is sound");
    let before = processor_ms();
    for batch in 0..count / BATCH {
        let mut tokens: Vec<_> = (0..BATCH).map(|one| token(batch * BATCH + one, item)).collect();
        tokens.sort_by_key(|token| token.id);
        let mut write = database.begin_write().expect("the disk is sound");
        write.set_durability(Durability::Immediate).expect("it is known");
        write.set_two_phase_commit(true);
        write.set_quick_repair(true);
        layout(&write, &tokens);
        write.commit().expect("the disk is sound");
    }
    let spent = processor_ms() - before;
    drop(database);
    let bytes = std::fs::metadata(&path).expect("it is there").len();
    (bytes / count, spent * 1000 / count)
}

fn token(number: u64, item: &[u8]) -> Token {
    let random = || {
        let mut bytes = [0; 32];
        UnwrapErr(SysRng).fill_bytes(&mut bytes);
        bytes
    };
    Token { number, id: random(), slots: [random(), random()], item: item.to_vec() }
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
    let whole = measure(whole, &item, count);
    let pointed = measure(pointed, &item, count);
    println!("whole:   {} bytes and {} us of processor per token", whole.0, whole.1);
    println!("pointed: {} bytes and {} us of processor per token", pointed.0, pointed.1);
    let percent = |part: u64, of: u64| part * 100 / of.max(1);
    println!("ratio:   {} % and {} %", percent(pointed.0, whole.0), percent(pointed.1, whole.1));
}
