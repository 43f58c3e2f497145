//! Whether the time of an RSA signature says anything of what is signed.
//!
//! `cargo bench -p tender-benches --bench timing -- 100000` signs so many blinded messages of each
//! of two classes, in an order that chance decides, and compares their times as dudect does
//! (Reparaz, Balasch, Verbauwhede, *Dude, is my code constant time?*, DATE 2017): Welch's t over
//! all samples and over the fastest ones, since what disturbs a machine makes samples slow. Beyond
//! 4.5 the times differ; below, a difference smaller than the stated one may still be there.
//!
//! The arithmetic is of integers: sums of nanoseconds and of their squares.

// Every index is below what was just counted.
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use rand_core::Rng;
use std::time::Instant;
use tender_benches::mint::Mint;
use tender_benches::{random, rng};

/// |t| beyond which the classes differ, in hundredths.
const DIFFERENT: u128 = 450;
/// Which parts of the samples are compared, the fastest first, in percent.
const PARTS: [usize; 4] = [50, 90, 99, 100];
/// Samples of each class unless the command says otherwise.
const SAMPLES: usize = 20_000;

/// Times of one class in nanoseconds.
#[derive(Default)]
struct Class {
    times: Vec<u64>,
}

/// What Welch's test needs of a class.
struct Sums {
    count: u128,
    sum: u128,
    /// `n sum(x^2) - sum(x)^2`, which is `n (n - 1)` times the variance.
    spread: u128,
}

impl Class {
    /// The samples up to this time.
    fn up_to(&self, limit: u64) -> Sums {
        let within = self.times.iter().filter(|time| **time <= limit).map(|time| u128::from(*time));
        let (mut count, mut sum, mut squares) = (0, 0, 0);
        for time in within {
            (count, sum, squares) = (count + 1, sum + time, squares + time * time);
        }
        Sums { count, sum, spread: count * squares - sum * sum }
    }
}

/// |t| in hundredths, and the difference of the means in nanoseconds that would make it 4.5.
fn compare(one: &Sums, other: &Sums) -> (u128, u128) {
    let (n, m) = (one.count, other.count);
    if n < 2 || m < 2 {
        return (0, u128::MAX);
    }
    // With a common factor of (n m)^2: the square of the difference, and that of its error.
    let difference = (one.sum * m).abs_diff(other.sum * n);
    let error = m * m * one.spread / (n - 1) + n * n * other.spread / (m - 1);
    let t = (difference.saturating_mul(difference) / (error / 10_000).max(1)).isqrt();
    (t, error.isqrt() * DIFFERENT / 100 / (n * m))
}

/// Signs messages of both classes and says how their times differ. Returns whether they do.
fn differ(name: &str, samples: usize, mint: &Mint, mut special: impl FnMut() -> Vec<u8>) -> bool {
    let key = mint.value_key.public();
    let ordinary = || {
        let message = random::<32>();
        key.blind(&message, &random()).expect("a sound key").blinded().to_vec()
    };
    let mut classes = [Class::default(), Class::default()];
    while classes.iter().any(|class| class.times.len() < samples) {
        // Both are made, so that nothing but the signature knows which one is signed.
        let blinded = [special(), ordinary()];
        let chosen = usize::from(rng().next_u32() & 1 == 1);
        let begun = Instant::now();
        let signature = mint.value_key.sign(&blinded[chosen]);
        let time = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        signature.expect("it is in range");
        classes[chosen].times.push(time);
    }
    let mut sorted: Vec<_> = classes.iter().flat_map(|class| &class.times).copied().collect();
    sorted.sort_unstable();
    let mut found = false;
    for percent in PARTS {
        let limit = sorted[(sorted.len() * percent / 100).max(1) - 1];
        let [special, ordinary] = classes.each_ref().map(|class| class.up_to(limit));
        let (t, visible) = compare(&special, &ordinary);
        found |= t > DIFFERENT;
        println!(
            "| {name} | {percent} % | {} | {}.{:02} | {visible} |",
            special.sum / special.count.max(1),
            t / 100,
            t % 100
        );
    }
    found
}

fn main() {
    // Cargo adds `--bench`.
    let samples = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(SAMPLES);
    let mint = Mint::new(4);
    let key = mint.value_key.public();
    let again = key.blind(b"always the same", &random()).expect("a sound key").blinded().to_vec();
    let small = [vec![0; key.length() - 1], vec![2]].concat();
    println!("RSA signatures, {samples} of each class, against messages blinded afresh\n");
    println!("| class | fastest | mean, ns | \\|t\\| | visible from, ns |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let found = [
        differ("one message, again and again", samples, &mint, || again.clone()),
        differ("the number 2", samples, &mint, || small.clone()),
        differ("blinded afresh as well", samples, &mint, || {
            key.blind(b"another", &random()).expect("a sound key").blinded().to_vec()
        }),
    ];
    let said = if found.contains(&true) { "They differ" } else { "No difference is visible" };
    println!("\n{said} (beyond |t| = 4.5).");
}
