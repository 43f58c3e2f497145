//! The crash tests for long: how many cycles, and how fast.
//!
//! `cargo bench -p tender-issuer --bench crash -- disk 50000` cuts the power of a disk that loses
//! and reorders what was not synced; `… -- kill 500` kills the real server;
//! `… -- flips 10000` flips a bit at as many places of a store's file; `… -- dropped 100000` calls
//! and hangs up; `… -- sockets 10000` begins so many handshakes and ends none. A third number is
//! the seed. Each ends with a panic at the first answer that is
//! lost, or flip that is not found.

// The tests' own modules, of which this program needs a part.
#![allow(dead_code, unused_imports, clippy::indexing_slicing)]

#[path = "../tests/it/command_line.rs"]
mod command_line;
#[path = "../tests/it/hostile/dropped.rs"]
mod dropped;
#[path = "../tests/it/hostile/half_open.rs"]
mod half_open;
#[path = "../tests/it/served.rs"]
mod served;
#[path = "../tests/it/stage.rs"]
mod stage;
#[path = "../tests/it/wallet.rs"]
mod wallet;

#[path = "../tests/it/crash"]
mod crash {
    //! The harness, without its tests.

    pub mod chance;
    pub mod cycles;
    pub mod disk;
    pub mod effect;
    pub mod flips;
    pub mod kill;
    pub mod load;
}

use std::time::Instant;

fn main() {
    // Cargo adds `--bench`.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let what = words.next();
    let mut number = |default| words.next().map_or(Ok(default), |word| word.parse::<u64>());
    let (Ok(times), Ok(seed)) = (number(0), number(1)) else { return usage() };
    let begun = Instant::now();
    match what.as_deref() {
        Some("disk") => {
            let load = crash::load::Load::prepare(3);
            println!("prepared in {:?}", begun.elapsed());
            println!("{:?}", crash::cycles::run(&load, seed, times));
        }
        Some("flips") => {
            let load = crash::load::Load::prepare(3);
            println!("prepared in {:?}", begun.elapsed());
            println!("{:?}", crash::flips::run(&load, seed, times));
        }
        Some("dropped") => {
            let calls = usize::try_from(times).expect("this machine counts that far");
            let stage = stage::Stage::new();
            stage.distribute(&stage.bank, tender_token::amount::Amount::from_minor_units(times));
            let served = served::Served::start(&stage);
            let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
            let answered = runtime.block_on(async {
                let answered = dropped::transfers(&stage, &served, calls).await;
                served.stop().await;
                answered
            });
            stage.assert_clean();
            println!("{answered} of {calls} were answered at once; 0 minor units of difference");
        }
        Some("sockets") => {
            let sockets = usize::try_from(times).expect("this machine counts that far");
            let (stage, begun) = (stage::Stage::new(), Instant::now());
            let served = served::Served::start(&stage);
            let runtime = tokio::runtime::Runtime::new().expect("the system has threads");
            let (opened, answered) = runtime.block_on(async {
                let counts = half_open::keep_nobody_out(&served, sockets).await;
                served.stop().await;
                counts
            });
            let took = begun.elapsed();
            println!("{opened} half-open sockets, {answered} callers answered meanwhile, {took:?}");
        }
        Some("kill") => println!("{:?}", crash::kill::run(seed, times)),
        _ => return usage(),
    }
    println!("in {:?}", begun.elapsed());
}

fn usage() {
    println!(
        "say what and how often: disk 50000, kill 500, flips 10000, dropped 100000 or sockets \
         10000; then a seed"
    );
}
