//! Lookups in a store, with a cache of some size, in a process of their own: so neither the memory
//! nor the cache of filling is in what is measured.

use crate::chance::Chance;
use crate::pointed::tokens;
use crate::spent::{read_from_disk, resident_kib};
use crate::tokens::{Token, asking};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use tender_issuer::rows::Count;
use tender_issuer::store::{Cache, Directory, NAME, Store};
use tender_issuer::view::View;

/// The sizes that are compared.
pub const SIZES: [&str; 5] = ["64 MiB", "128 MiB", "256 MiB", "1 GiB", "4 GiB"];
/// The word by which this program runs as the process of its own.
pub const WORD: &str = "lookups";
/// Lookups of each kind that are measured.
const MEASURED: usize = 300_000;
/// Bytes of a page of the database.
const PAGE: u64 = 4_096;

/// The head of the rows that are printed.
pub const HEAD: &str = "| cache | cashed p50 / p99, us | … read from the disk, bytes | fresh p50 / \
                        p99, us | presentation p50 / p99, us | memory, MiB |\n\
                        | ---: | ---: | ---: | ---: | ---: | ---: |";

/// Lets another process look tokens up and print a row; gives p99 of a cashed token in nanoseconds.
pub fn run(folder: &Path, size: &str) -> u64 {
    let program = std::env::current_exe().expect("this program is a file");
    let mut command = Command::new(program);
    command.arg(WORD).arg(folder).arg(size).stdin(Stdio::null());
    let output = command.output().expect("the system has processes");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("text");
    let (row, nanoseconds) = said.trim_end().rsplit_once('\n').expect("a row and a number");
    println!("{row}");
    nanoseconds.parse().expect("a number")
}

/// What the other process does.
pub fn measure(folder: &Path, size: &str) {
    let cache = Cache::parse(size).expect("a size such as 1 GiB");
    let store = Store::open_with(&Directory::new(folder), cache).expect("the disk is sound");
    let count = tokens(&store);
    let pages = std::fs::metadata(folder.join(NAME)).expect("it is there").len() / PAGE;
    let held = u64::try_from(cache.bytes()).expect("it fits") / PAGE;
    let mut chance = Chance::new(7);
    // As many as there are pages of which the cache can have any: each reads three.
    for _ in 0..pages.min(held) {
        look_up(&store, 1 + chance.next() % count);
    }
    let before = read_from_disk();
    let cashed = times(2, |chance| {
        let view = look_up(&store, 1 + chance.next() % count);
        assert_eq!(view.cashed.all().count() + view.answers.all().count(), 3);
    });
    let read = (read_from_disk() - before) / u64::try_from(MEASURED).expect("it fits");
    let fresh = times(3, |chance| {
        let view = look_up(&store, 1 + count + chance.next() % count);
        assert_eq!(view.cashed.all().count() + view.answers.all().count(), 0);
    });
    let shown = times(4, |chance| {
        let mut view = View::default();
        view.presentations.want(Count(1 + chance.next() % count));
        store.load(&mut view).expect("the disk is sound");
    });
    let [cashed_shown, fresh, shown] =
        [cashed, fresh, shown].map(|[half, most]| format!("{} / {}", half / 1000, most / 1000));
    let memory = resident_kib() / 1024;
    println!("| {size} | {cashed_shown} | {read} | {fresh} | {shown} | {memory} |\n{}", cashed[1]);
}

/// What a deposit reads of a token.
fn look_up(store: &Store, number: u64) -> View {
    let mut view = asking(&[Token::new(number)]);
    store.load(&mut view).expect("the disk is sound");
    view
}

/// Half and 99 of 100 of the times that something takes, in nanoseconds.
fn times(seed: u64, mut work: impl FnMut(&mut Chance)) -> [u128; 2] {
    let mut chance = Chance::new(seed);
    let mut times: Vec<_> = (0..MEASURED)
        .map(|_| {
            let begun = Instant::now();
            work(&mut chance);
            begun.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    [50, 99].map(|percent| times[times.len() * percent / 100])
}
