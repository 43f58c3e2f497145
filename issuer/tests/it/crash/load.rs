//! The load: requests of every kind that were made once, with the one reply that each may get.

use super::disk::{Disk, Image};
use super::effect::{Effect, present};
use crate::stage::{DECIMALS, NOW, Stage, TODAY, office};
use crate::wallet::{CREDIT, Wallet};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::collections::BTreeSet;
use std::slice::from_ref;
use std::sync::Arc;
use tempfile::TempDir;
use tender_issuer::audit::{Report, audit};
use tender_issuer::batch::{Call, Writer};
use tender_issuer::keeping::KEPT_MAX;
use tender_issuer::office::Office;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::SessionKey;
use tender_issuer::store::{self, Fault, Store};
use tender_token::encode::Encode;

/// Slots of a wallet on the stage.
const SLOTS: u16 = 6;

/// An issuer's store, and what can still be asked of it.
pub struct Load {
    pub office: Arc<Office>,
    /// The store before any of the requests.
    pub image: Image,
    pub requests: Vec<Call>,
    effects: Vec<Effect>,
    /// What each request is answered, whenever it is.
    pub replies: Vec<Reply>,
    /// What the store says after all requests.
    pub end: String,
}

impl Load {
    /// Makes wallets; so many of them with tokens to deposit, as many with slots to withdraw onto,
    /// and as many with a token to exchange.
    pub fn prepare(wallets: usize) -> Self {
        let disk = Disk::new(0);
        let stage = stage_on(&disk);
        let mut requests = Vec::new();
        for _ in 0..wallets {
            let wallet = Wallet::enrolled(&stage);
            let session = wallet.opened(&stage, SLOTS);
            let places = wallet.slots(&stage, &session);
            for place in &places {
                let chain = wallet.token(&stage, place, 100);
                let cash = wallet.cash(&chain, place, CREDIT, stage.manifest());
                let request = Request::deposit(from_ref(&cash.item), &stage.office);
                requests.push((request, Effect::Cashed(chain.token_id())));
            }
            let other = Wallet::enrolled(&stage);
            let session = other.opened(&stage, SLOTS);
            for place in &other.slots(&stage, &session) {
                let withdrawal = other.withdrawal(&stage, &[(place, 100)]);
                let key = SessionKey { identity: other.identity.key(), sid: withdrawal.plan.sid };
                let request = Request::withdraw(&withdrawal.bytes, &stage.office);
                requests.push((request, Effect::Withdrawal(key)));
            }
            let newcomer = Wallet::new(&stage.bank);
            let effect = Effect::Wallet(newcomer.identity.key());
            requests.push((Request::Enrol(Box::new(newcomer.registration)), effect));
            let swapper = Wallet::enrolled(&stage);
            let session = swapper.opened(&stage, 2);
            let places = swapper.slots(&stage, &session);
            let chain = swapper.token(&stage, &places[0], 100);
            let exchange = swapper.exchange(&stage, (&chain, &places[0]), &places[1]);
            let effect = Effect::Exchange(exchange.plan.sid);
            requests.push((Request::exchange(&exchange.to_bytes(), &stage.office), effect));
        }
        let caller = stage.bank.id();
        let office = Arc::clone(&stage.office);
        drop(stage);
        let image = disk.image();
        let (requests, effects): (Vec<_>, _) = requests.into_iter().unzip();
        let calls = requests.into_iter().map(|request| Call { caller, request });
        let mut load = Self {
            office,
            image,
            requests: calls.collect(),
            effects,
            replies: Vec::new(),
            end: String::new(),
        };
        let disk = load.disk(0);
        let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
        let all: Vec<_> = (0..load.requests.len()).collect();
        load.replies = load.ask(&store, &all).expect("the disk is sound");
        load.end = load.look(&store);
        load
    }

    /// A disk with the store before any of the requests.
    pub fn disk(&self, seed: u64) -> Disk {
        Disk::with(seed, &self.image)
    }

    /// The store after all of the requests.
    pub fn answered(&self) -> Image {
        let disk = self.disk(0);
        let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
        for batch in (0..self.requests.len()).collect::<Vec<_>>().chunks(8) {
            self.ask_and_check(&store, batch).expect("the disk is sound");
        }
        drop(store);
        disk.image()
    }

    pub fn writer(&self, store: &Arc<Store>) -> Result<Writer<UnwrapErr<SysRng>>, Fault> {
        Writer::new(Arc::clone(&self.office), Arc::clone(store), UnwrapErr(SysRng), KEPT_MAX)
    }

    /// Asks some of the requests in one batch.
    pub fn ask(&self, store: &Arc<Store>, which: &[usize]) -> Result<Vec<Reply>, Fault> {
        let calls = which.iter().map(|one| self.requests[*one].clone()).collect();
        let answers = self.writer(store)?.answer(calls, NOW)?;
        Ok(answers.into_iter().map(|answer| answer.expect("the signer answers")).collect())
    }

    /// Asks, and checks that every reply is the one that it has to be.
    pub fn ask_and_check(&self, store: &Arc<Store>, which: &[usize]) -> Result<(), Fault> {
        for (one, reply) in which.iter().zip(self.ask(store, which)?) {
            assert_eq!(reply, self.replies[*one], "one-answer: request {one}");
        }
        Ok(())
    }

    /// What the store says, after every invariant was found to hold.
    pub fn look(&self, store: &Store) -> String {
        let report: Report = audit(store, &self.office.manifest).expect("the disk is sound");
        assert!(report.is_clean(), "{:?}", report.violations);
        said(&report)
    }

    /// Which requests the store knows.
    pub fn present(&self, store: &Store) -> BTreeSet<usize> {
        present(store, &self.effects)
    }
}

/// A report without the log's head, which depends on the order of the requests.
pub fn said(report: &Report) -> String {
    let mut report = serde_json::to_value(report).expect("a report is an object");
    report["log"].take();
    report.to_string()
}

/// An issuer whose store is on this disk.
pub fn stage_on(disk: &Disk) -> Stage {
    let folder = TempDir::new().expect("the system has room for a folder");
    let office = office();
    let store =
        store::create(disk, &office.trust, DECIMALS, TODAY).expect("the store can be created");
    Stage::over(folder, office, store)
}
