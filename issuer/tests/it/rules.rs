//! The rules of acceptance: who breaks only one of them hears that one's error and changes nothing.

use crate::series::another_office;
use crate::stage::{Stage, random, refused};
use crate::wallet::{CREDIT, Cash, Place, Wallet, denomination};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;
use tender_issuer::rows::Table;
use tender_issuer::store::{Fault, Store};
use tender_issuer::view::View;
use tender_proto::operator::Operation;
use tender_store::{Rows, View as _, Visit};
use tender_token::amount::Amount;
use tender_token::cash::{CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::exchange::{Plan as ExchangePlan, Request as Exchange};
use tender_token::provision::SessionId;
use tender_token::token::message;
use tender_token::withdraw::{Output, Plan, SignedRequest};

/// Where `[D1]` keeps what a verified chain proves, also if the item is refused.
const EVIDENCE: &[&str] = &["answers", "presentations", "totals"];
const NOTHING: &[&str] = &[];

/// The tables of a store, each as a hash of its rows.
struct Tables<'a> {
    store: &'a Store,
    hashes: BTreeMap<&'static str, [u8; 32]>,
}

impl Visit for Tables<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        let mut hash = Sha256::new();
        self.store.scan::<T>(|key, row| {
            for part in [key.to_bytes(), row.to_bytes()] {
                hash.update(part.len().to_be_bytes());
                hash.update(part);
            }
        })?;
        self.hashes.insert(T::NAME, hash.finalize().into());
        Ok(())
    }
}

/// What a store holds: each table, and everything with the count of commits.
#[derive(PartialEq)]
struct Contents {
    tables: BTreeMap<&'static str, [u8; 32]>,
    all: [u8; 32],
}

impl Contents {
    fn of(stage: &Stage) -> Self {
        let mut tables = Tables { store: &stage.store, hashes: BTreeMap::new() };
        View::default().visit(&mut tables).expect("the store answers");
        let inspection = stage.store.inspect().expect("the store answers");
        Self { tables: tables.hashes, all: inspection.contents }
    }

    /// The tables that are not as they were.
    fn changed_since(&self, before: &Self) -> BTreeSet<&'static str> {
        let changed = self.tables.iter().filter(|(name, hash)| before.tables[*name] != **hash);
        changed.map(|(name, _)| *name).collect()
    }
}

/// What is asked.
pub enum Asked {
    Deposit(Vec<u8>),
    Withdraw(Vec<u8>),
    Exchange(Vec<u8>),
}

/// A request that breaks one rule.
struct Breach {
    rule: &'static str,
    asked: Asked,
    /// Days after the stage's.
    after_days: u32,
    error: Error,
    /// The tables that may change when it is asked for the first time.
    keeps: &'static [&'static str],
}

impl Breach {
    fn new(rule: &'static str, asked: Asked, error: Error) -> Self {
        Self { rule, asked, after_days: 0, error, keeps: NOTHING }
    }

    fn with_evidence(self) -> Self {
        Self { keeps: EVIDENCE, ..self }
    }

    /// Asks twice: the first time may leave evidence, and leaves the refusal if it is final, the
    /// second time leaves nothing at all.
    fn try_on(self, stage: &mut Stage) {
        let Self { rule, asked, after_days, error, keeps } = self;
        let now = stage.now;
        stage.now = Timestamp(now.0 + u64::from(after_days) * 86_400);
        let of_bytes = matches!(error, Error::Auth | Error::Amount);
        let is_final = matches!(asked, Asked::Withdraw(_)) && !of_bytes;
        let first: Vec<_> = keeps.iter().copied().chain(is_final.then_some("refusals")).collect();
        for keeps in [&first[..], NOTHING] {
            let before = Contents::of(stage);
            let answered = match &asked {
                Asked::Deposit(item) => {
                    refused(stage.deposit(&stage.bank, from_ref(item)).remove(0))
                }
                Asked::Withdraw(bytes) => refused(stage.withdraw(&stage.bank, bytes)),
                Asked::Exchange(bytes) => refused(stage.exchange(&stage.bank, bytes)),
            };
            assert_eq!(answered, error, "{rule}");
            let after = Contents::of(stage);
            let changed = after.changed_since(&before);
            assert_eq!(changed, keeps.iter().copied().collect(), "{rule}");
            assert_eq!(after.all == before.all, keeps.is_empty(), "{rule}");
        }
        stage.now = now;
    }
}

/// A wallet with tokens and with slots for more.
pub struct Scene {
    pub stage: Stage,
    wallet: Wallet,
    places: Vec<Place<'static>>,
}

impl Scene {
    pub fn on(stage: Stage) -> Self {
        let wallet = Wallet::enrolled(&stage);
        // What the slots are derived from lives as long as the test.
        let opened = Box::leak(Box::new(wallet.opened(&stage, 6)));
        let places = wallet.slots(&stage, opened);
        Self { stage, wallet, places }
    }

    fn cash(&self, chain: &Chain, place: usize, instruction: Instruction) -> Cash {
        self.wallet.cash(chain, &self.places[place], instruction, self.stage.manifest())
    }

    pub fn token(&self, place: usize, value: u64) -> Chain {
        self.wallet.token(&self.stage, &self.places[place], value)
    }

    /// The item of a token whose bytes were changed before it was endorsed.
    fn forged(&self, chain: &Chain, place: usize, change: impl FnOnce(&mut Vec<u8>)) -> Asked {
        let mut bytes = chain.to_bytes();
        change(&mut bytes);
        let chain = Chain::from_bytes(&bytes, self.stage.manifest()).expect("it can be read");
        Asked::Deposit(self.cash(&chain, place, CREDIT).item)
    }

    /// A withdrawal of 1.00 onto the last slot, changed before anybody signs it.
    fn withdrawal(&self, wallet: &Wallet, change: impl FnOnce(&mut Plan)) -> Asked {
        let mut plan = wallet.withdrawal(&self.stage, &[(&self.places[5], 100)]).plan;
        change(&mut plan);
        let signed = SignedRequest::sign(plan, Vec::new(), &wallet.device);
        Asked::Withdraw(signed.authorise(&self.stage.bank.key).to_bytes())
    }

    /// An exchange of a token for one of this value onto the last slot.
    pub fn exchange(&self, chain: &Chain, place: usize, value: u64) -> Asked {
        let (manifest, onto) = (self.stage.manifest(), &self.places[5]);
        let denomination = denomination(manifest, value);
        let key = &manifest.value_key(denomination).expect("the manifest has it").key;
        let blinded = key.blinded(&message(denomination, onto.slot.id()), &random());
        let plan = ExchangePlan {
            manifest: manifest.hash(),
            sid: SessionId(random()),
            expires: self.stage.now.checked_add(3600).expect("time goes on"),
            outputs: vec![Output { denomination, blinded }],
        };
        let item = self.cash(chain, place, Instruction::Fund(plan.hash())).item;
        Asked::Exchange(Exchange { plan, items: vec![item] }.to_bytes())
    }

    fn try_all(mut self, breaches: Vec<Breach>) {
        for breach in breaches {
            breach.try_on(&mut self.stage);
        }
        self.stage.assert_clean();
    }
}

/// The end of a token's bytes: its value signature, and the number of its endorsements, which is 0.
fn last_of_signature(bytes: &[u8]) -> usize {
    bytes.len() - 2
}

/// The certificate of the first slot ends where the value signature of 256 bytes begins.
fn last_of_certificate(bytes: &[u8]) -> usize {
    last_of_signature(bytes) - 256
}

#[test]
fn ra14_a_token_that_is_not_valid_is_refused_by_its_rule_and_changes_nothing() {
    let scene = Scene::on(Stage::new());
    let elsewhere = Scene::on(Stage::of(another_office()));
    let chain = scene.token(0, 100);
    let foreign = elsewhere.token(0, 100);
    let foreign = elsewhere.cash(&foreign, 0, CREDIT).item;
    let of_value = denomination(scene.stage.manifest(), 500).to_bytes();
    let breaches = vec![
        Breach::new("a series of the manifest", Asked::Deposit(foreign), Error::Denomination),
        Breach::new(
            "the denomination that was signed",
            scene.forged(&chain, 0, |bytes| bytes[..32].copy_from_slice(&of_value)),
            Error::Value,
        ),
        Breach::new(
            "the value key's signature",
            scene.forged(&chain, 0, |bytes| {
                let place = last_of_signature(bytes);
                bytes[place] ^= 1;
            }),
            Error::Value,
        ),
        Breach::new(
            "the slot key's certificate",
            scene.forged(&chain, 0, |bytes| {
                let place = last_of_certificate(bytes);
                bytes[place] ^= 1;
            }),
            Error::Cert,
        ),
    ];
    scene.try_all(breaches);
}

#[test]
fn ra14_a_token_out_of_its_time_or_spent_is_refused_by_its_rule() {
    let scene = Scene::on(Stage::new());
    let expired = scene.cash(&scene.token(0, 100), 0, CREDIT).item;
    let lapsed = scene.wallet.cash_until(
        &scene.token(1, 100),
        &scene.places[1],
        CREDIT,
        Day(scene.stage.now.day().0 - 1),
        scene.stage.manifest(),
    );
    let spent = scene.cash(&scene.token(2, 100), 2, CREDIT);
    let paid = scene.stage.deposit(&scene.stage.bank, from_ref(&spent.item)).remove(0);
    assert_eq!(paid, Ok(Amount::from_minor_units(100)));
    let again = spent.instead(Instruction::Credit(tender_token::cash::AccountRef([8; 32])));
    let late = Breach::new("within the days of deposit", Asked::Deposit(expired), Error::Expired);
    let breaches = vec![
        Breach { after_days: 31, ..late }.with_evidence(),
        Breach::new("the endorsement's day", Asked::Deposit(lapsed.item), Error::Deadline)
            .with_evidence(),
        Breach::new("not spent", Asked::Deposit(again), Error::Cashed),
        Breach {
            after_days: 11,
            ..Breach::new(
                "within the days of issue",
                {
                    let expires = Timestamp(scene.stage.now.0 + 11 * 86_400 + 60);
                    scene.withdrawal(&scene.wallet, |plan| plan.expires = expires)
                },
                Error::Plan,
            )
        },
    ];
    scene.try_all(breaches);
}

#[test]
fn ra14_who_may_not_ask_is_refused_by_its_rule() {
    let scene = Scene::on(Stage::new());
    let chain = scene.token(0, 100);
    let cash = scene.cash(&chain, 0, CREDIT);
    let mut unsigned = cash.item.clone();
    // The item ends with the word of the key that the chain ends with.
    *unsigned.last_mut().expect("there are bytes") ^= 1;
    let other = cash.instead(Instruction::Fund([1; 32]));
    assert!(CashItem::from_bytes(&other, scene.stage.manifest()).is_ok());
    let (stranger, frozen) = (Wallet::new(&scene.stage.bank), Wallet::enrolled(&scene.stage));
    let freeze = Operation::Freeze(frozen.identity.key(), true);
    scene.stage.operate(freeze).expect("it is registered");
    let elsewhere = Wallet::new(&scene.stage.other_bank);
    scene.stage.enrol(&scene.stage.other_bank, &elsewhere).expect("the identity is new");
    let breaches = vec![
        Breach::new("the payee's own word", Asked::Deposit(unsigned), Error::Auth).with_evidence(),
        Breach::new("for this purpose", Asked::Deposit(other), Error::Instr),
        Breach::new("a registered wallet", scene.withdrawal(&stranger, |_| {}), Error::Wallet),
        Breach::new("an open wallet", scene.withdrawal(&frozen, |_| {}), Error::Wallet),
        Breach::new("the wallet's own bank", scene.withdrawal(&elsewhere, |_| {}), Error::Auth),
    ];
    scene.try_all(breaches);
}

#[test]
fn ra14_sums_that_do_not_agree_are_refused_by_their_rule_and_change_nothing() {
    let scene = Scene::on(Stage::new());
    let chain = scene.token(0, 200);
    let minor = Amount::from_minor_units;
    let wallet = &scene.wallet;
    let covered = wallet.withdrawal(&scene.stage, &[(&scene.places[5], 500); 20]);
    assert_eq!(covered.plan.debit, minor(10_000));
    let breaches = vec![
        Breach::new(
            "a withdrawal pays for what it wants",
            scene.withdrawal(wallet, |plan| plan.debit = minor(99)),
            Error::Amount,
        ),
        Breach::new(
            "a withdrawal wants what it pays for",
            scene.withdrawal(wallet, |plan| plan.debit = minor(101)),
            Error::Amount,
        ),
        Breach::new("an exchange gains nothing", scene.exchange(&chain, 0, 500), Error::Amount),
        Breach::new("an exchange loses nothing", scene.exchange(&chain, 0, 100), Error::Amount),
        // The vault holds 9_800 since the token was withdrawn.
        Breach::new("the vault covers it", Asked::Withdraw(covered.bytes), Error::Funds),
    ];
    scene.try_all(breaches);
}
