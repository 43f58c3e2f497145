//! What a cashed token costs in the store, and how long a lookup among many takes, in one run.
//!
//! `cargo bench -p tender-issuer --bench registry -- 1000000` cashes so many tokens of one hop, 256
//! to a commit. *Pointed* is the issuer's own store: the item lies in its annex, and the token's id
//! and the slots' ids point there. *Whole* keeps the item under the token's id and its endorsements
//! under the slots' ids, in a bare database. When a tenth of the tokens is in the pointed layout
//! and when all are, the store is closed, and for each of some sizes of the cache another process
//! opens it, looks tokens up as a deposit does, and says how much memory it holds; so a lookup
//! among many stands beside one among few of the same run.
//! `… -- 10000000 pointed` leaves the other layout out; `… -- 10000000 pointed DIR` makes the store
//! in a folder that stays, or goes on with the one that is there.
//! `… -- lookups DIR "1 GiB"` only looks up.

// The tests' own modules, of which this program needs a part.
#![allow(dead_code, unused_imports, clippy::indexing_slicing)]

#[path = "../tests/it/crash/chance.rs"]
mod chance;
#[path = "registry/lookups.rs"]
mod lookups;
#[path = "registry/pointed.rs"]
mod pointed;
#[path = "registry/spent.rs"]
mod spent;
#[path = "../tests/it/stage.rs"]
mod stage;
#[path = "registry/tokens.rs"]
mod tokens;
#[path = "../tests/it/wallet.rs"]
mod wallet;
#[path = "registry/whole.rs"]
mod whole;

use pointed::{FILES, Pointed};
use spent::{BATCH, Spent};
use stage::Stage;
use std::path::Path;
use tempfile::TempDir;
use tender_issuer::store::NAME;
use wallet::{CREDIT, Wallet};
use whole::Whole;

fn main() {
    // Cargo adds `--bench`.
    let words: Vec<_> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words[..] {
        [lookups::WORD, folder, size] => lookups::measure(Path::new(folder), size),
        [] => compare(200_000),
        [count] => compare(number(count)),
        [count, "pointed"] => {
            let folder = temporary();
            fill(folder.path(), number(count), &Stage::new());
        }
        [count, "pointed", folder] => {
            std::fs::create_dir_all(folder).expect("the system has room for a folder");
            fill(Path::new(folder), number(count), &Stage::new());
        }
        _ => panic!("say how many tokens, then perhaps pointed, then perhaps a folder"),
    }
}

fn number(word: &str) -> u64 {
    word.parse().expect("a number of tokens")
}

fn temporary() -> TempDir {
    TempDir::new().expect("the system has room for a folder")
}

/// Both layouts with so many tokens.
fn compare(count: u64) {
    let stage = Stage::new();
    let folder = temporary();
    let pointed = fill(folder.path(), count, &stage);
    let bytes = pointed.bytes(folder.path(), &FILES);
    drop(folder);
    let mut whole = Whole::new();
    whole.fill(&item(&stage), count);
    whole.spent.describe(whole.folder.path(), &[NAME]);
    let percent = |part: u64, of: u64| part * 100 / of.max(1);
    println!(
        "pointed has {} % of the bytes and {} % of the processor of whole",
        percent(bytes, whole.spent.bytes(whole.folder.path(), &[NAME])),
        percent(pointed.processor_us(), whole.spent.processor_us())
    );
}

/// Fills the issuer's store, and looks tokens up when a tenth of them is in and when all are.
fn fill(folder: &Path, count: u64, stage: &Stage) -> Spent {
    let item = item(stage);
    println!("{count} tokens of one hop, items of {} bytes", item.len());
    let mut spent = Pointed::open(folder, stage).close();
    let mut p99 = Vec::new();
    for count in [count / 10, count] {
        if spent.tokens >= count + BATCH {
            println!("{} tokens are in already: nothing is measured at {count}", spent.tokens);
            continue;
        }
        let mut pointed = Pointed::again(folder, spent);
        pointed.fill(&item, count);
        pointed.spent.describe(folder, &FILES);
        spent = pointed.close();
        println!("{}", lookups::HEAD);
        p99.push(lookups::SIZES.map(|size| lookups::run(folder, size)));
    }
    if let [few, many] = p99[..] {
        for ((size, few), many) in lookups::SIZES.iter().zip(few).zip(many) {
            let percent = many * 100 / few.max(1);
            println!("with {size}, p99 among {count} is {percent} % of that among a tenth");
        }
    }
    spent
}

/// The item of a token of one hop.
fn item(stage: &Stage) -> Vec<u8> {
    let (payer, payee) = (Wallet::enrolled(stage), Wallet::enrolled(stage));
    let sessions = (payer.opened(stage, 1), payee.opened(stage, 1));
    let (from, to) = (payer.slots(stage, &sessions.0), payee.slots(stage, &sessions.1));
    let chain = payer.token(stage, &from[0], 100);
    let chain = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    payee.cash(&chain, &to[0], CREDIT, stage.manifest()).item
}
