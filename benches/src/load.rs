//! Load: a real issuer with its disk, its wire and mutual TLS, and callers who never pause.
//!
//! Wallets withdraw tokens, pay each with one hop to another wallet, and deposit them through
//! another intermediary. Before, the same process measures what the cryptography of this costs by
//! itself, so that everything can be read as a ratio of the same run.

mod client;
mod figures;
mod own;
mod processor;
mod server;
mod wallets;

use anyhow::{Context, Result, ensure};
use client::{Asked, Bank};
use figures::{Figures, Phase};
use rayon::prelude::*;
use server::{Issuer, Server};
use std::path::PathBuf;
use std::time::Instant;
use tender_token::date::Timestamp;
use tender_token::manifest::Manifest;
use tokio::runtime::Runtime;
use wallets::{Account, Withdrawal};

/// Slots of one wallet, all from one session.
const SLOTS: u16 = 64;

/// How much load, and of what shape.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Tokens to withdraw and deposit; rounded up to whole wallets of 64.
    #[arg(long, default_value_t = 4096)]
    tokens: usize,
    /// Tokens in one call, at most 64.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    items: u16,
    /// Calls under way at the same time, over all intermediaries.
    #[arg(long, default_value_t = 96)]
    calls: usize,
    /// Intermediaries that call.
    #[arg(long, default_value_t = 3)]
    intermediaries: usize,
    /// Where the issuer's store is made; a folder on the disk that is to be measured.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print one JSON object instead of a Markdown table.
    #[arg(long)]
    json: bool,
}

/// What the program has around it.
#[derive(Debug)]
pub struct Surroundings {
    /// This program's own file, which is the issuer too.
    pub program: PathBuf,
    /// The time of day.
    pub today: fn() -> Timestamp,
    /// The clock that measures.
    pub clock: fn() -> Instant,
}

/// Measures an issuer under load, and says what was found.
/// Errors: what could not be started, asked or answered.
pub fn run(options: &Options, surroundings: &Surroundings) -> Result<String> {
    ensure!(options.intermediaries > 0 && options.calls >= options.intermediaries, "no callers");
    let folder = match &options.folder {
        Some(folder) => tempfile::TempDir::new_in(folder),
        None => tempfile::TempDir::new(),
    };
    let folder = folder.context("no folder can be made")?;
    let issuer = Issuer::found(folder.path(), surroundings, options)?;
    let runtime = Runtime::new().context("no runtime")?;
    let server = issuer.serve(&runtime)?;
    let manifest = server.manifest(&runtime)?;
    let load = Load { options, surroundings, server, manifest, runtime };
    let figures = load.measure(folder.path())?;
    load.server.stop()?;
    issuer.audit()?;
    Ok(if options.json { figures.to_json() } else { figures.to_markdown() })
}

/// A server under load.
struct Load<'a> {
    options: &'a Options,
    surroundings: &'a Surroundings,
    server: Server,
    manifest: Manifest,
    runtime: Runtime,
}

impl Load<'_> {
    fn measure(&self, folder: &std::path::Path) -> Result<Figures> {
        let wallets = self.options.tokens.div_ceil(usize::from(SLOTS));
        let accounts = self.accounts(wallets)?;
        let items = usize::from(self.options.items);
        let withdrawals: Vec<Withdrawal> =
            accounts.par_iter().flat_map(|[payer, _]| payer.withdrawals(self, items)).collect();
        let asked = withdrawals.iter().map(|one| (one.bank, one.asked())).collect();
        let (withdrawn, replies) = self.phase(asked)?;
        let cash = wallets::pay(accounts, &withdrawals, &replies, self)?;
        let own = own::measure(&self.manifest, &cash, folder, self.surroundings.clock)?;
        let other = |bank: usize| (bank + 1) % self.options.intermediaries;
        let deposits = cash
            .iter()
            .flat_map(|(bank, cash)| cash.chunks(items).map(|cash| (other(*bank), cash.to_vec())))
            .map(|(bank, cash)| (bank, Asked::Deposit(cash)))
            .collect();
        let (deposited, replies) = self.phase(deposits)?;
        replies.iter().try_for_each(wallets::check_paid)?;
        Ok(Figures { withdrawn, deposited, own, load: processor::machine_load()? })
    }

    /// Pairs of wallets with slots: who withdraws, and who is paid.
    fn accounts(&self, pairs: usize) -> Result<Vec<[Account; 2]>> {
        let equip = |number: usize| {
            let bank = number % self.options.intermediaries;
            Ok([Account::equip(bank, self)?, Account::equip(bank, self)?])
        };
        (0..pairs).into_par_iter().map(equip).collect()
    }

    fn bank(&self, number: usize) -> &Bank {
        let banks = &self.server.banks;
        banks.get(number).expect("accounts are made at banks that there are")
    }

    /// Sends everything as fast as it is answered. Gives the replies in the order of the requests.
    fn phase(&self, asked: Vec<(usize, Asked)>) -> Result<(Phase, Vec<client::Heard>)> {
        let calls = asked.len();
        let tokens = asked.iter().map(|(_, asked)| asked.tokens()).sum();
        let (commits, syncs) = (self.server.commits()?, self.server.syncs()?);
        let before = self.server.processor()?;
        let begun = (self.surroundings.clock)();
        let lanes = self.options.calls / self.options.intermediaries;
        let banks = &self.server.banks;
        let loop_ = client::closed_loop(banks, asked, lanes, self.surroundings.clock);
        let (heard, mut latencies): (Vec<_>, Vec<_>) =
            self.runtime.block_on(loop_)?.into_iter().unzip();
        let wall = (self.surroundings.clock)().duration_since(begun);
        let processor = self.server.processor()?.saturating_sub(before);
        let commits = self.server.commits()?.saturating_sub(commits);
        let syncs = self.server.syncs()?.saturating_sub(syncs);
        latencies.sort_unstable();
        Ok((Phase { tokens, calls, wall, processor, commits, syncs, latencies }, heard))
    }
}
