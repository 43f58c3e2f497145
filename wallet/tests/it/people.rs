//! Alice, Bob and Carol: enrolled and provisioned once per run; every test gets its own copies.

use crate::bank::{Bank, now, registrar, rng, root, wide};
use crate::cli::HELD_WITHIN;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;
use tempfile::TempDir;
use tender_proto::invitation::Invitation;
use tender_token::amount::Amount;
use tender_token::encode::Encode;
use tender_token::offer::Offer;
use tender_wallet::Wallet;
use tender_wallet::online;
use tender_wallet::seed::Seed;
use tender_wallet::store::{Store, StoreError};
use tender_wallet::verbs::offer::Onto;
use tender_wallet::verbs::receive::Received;

/// Minor units.
pub fn minor(units: u64) -> Amount {
    Amount::from_minor_units(units)
}

/// A wallet in a folder of its own.
pub struct Person {
    folder: TempDir,
    wallet: Option<Wallet>,
}

impl Person {
    pub fn create() -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("store.redb");
        let wallet = Wallet::create(&path, invitation(), now(), &mut rng()).expect("created");
        Self { folder, wallet: Some(wallet) }
    }

    pub fn wallet(&mut self) -> &mut Wallet {
        self.wallet.as_mut().expect("open between two calls")
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    pub fn path(&self) -> PathBuf {
        self.home().join("store.redb")
    }

    /// Stops the program and starts it again: only what is durable stays.
    pub fn restart(&mut self) {
        self.close();
        self.wallet = Some(Wallet::open(opened(&self.path())).expect("opens"));
    }

    /// Somebody with nothing but 24 words and a new invitation.
    pub fn recreated(words: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("store.redb");
        let seed = Seed::from_words(words).expect("24 words");
        let wallet = Wallet::recreate(&path, seed, invitation(), now(), &mut rng());
        Self { folder, wallet: Some(wallet.expect("created")) }
    }

    /// The words that this person wrote down.
    pub fn words(&mut self) -> String {
        self.wallet().words().join(" ")
    }

    /// Stops the program.
    pub fn close(&mut self) {
        self.wallet = None;
    }

    /// A copy of the wallet as it is now.
    pub fn copy(&mut self) -> Self {
        self.close();
        let folder = TempDir::new().expect("a folder");
        fs::copy(self.path(), folder.path().join("store.redb")).expect("copied");
        self.restart();
        let mut copy = Self { folder, wallet: None };
        copy.restart();
        copy
    }

    /// Makes an offer for slots.
    pub fn offer(&mut self, units: u64, slots: usize) -> Vec<u8> {
        self.ask(units, Onto::Slots(slots, None)).to_bytes()
    }

    /// Makes an offer for a key.
    pub fn offer_key(&mut self, units: u64) -> Vec<u8> {
        self.ask(units, Onto::Key).to_bytes()
    }

    fn ask(&mut self, units: u64, onto: Onto) -> Offer {
        let expires = now().checked_add(3600).expect("in range");
        self.wallet().offer(minor(units), onto, expires, now(), &mut rng()).expect("offered")
    }

    pub fn pay(&mut self, offer: &[u8]) -> Vec<u8> {
        self.wallet().pay(offer, now()).expect("paid")
    }

    pub fn receive(&mut self, payment: &[u8]) -> Received {
        self.wallet().receive(payment, now(), &mut rng()).expect("received")
    }

    pub fn held(&mut self) -> u64 {
        self.wallet().balance().expect("counted").value.minor_units()
    }
}

/// The store of a program that was stopped. While another test starts a program, that one holds a
/// copy of the store's lock until it executes.
fn opened(path: &Path) -> Store {
    let begun = Instant::now();
    loop {
        match Store::open(path) {
            Err(StoreError::InUse) if begun.elapsed() < HELD_WITHIN => std::thread::yield_now(),
            opened => return opened.expect("opens"),
        }
    }
}

/// The bank and three people. Alice has two tokens of each denomination, 17.00 in all, and eight
/// free slots; Bob and Carol have eight free slots each.
pub struct World {
    pub bank: Bank,
    pub alice: Person,
    pub bob: Person,
    pub carol: Person,
}

struct Template {
    bank: Bank,
    stores: [Vec<u8>; 3],
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let mut bank = Bank::new(wide());
    let mut people: Vec<_> = (0..3).map(|_| Person::create()).collect();
    for (person, slots) in people.iter_mut().zip([16, 8, 8]) {
        let wallet = person.wallet();
        online::enrol(wallet, &mut bank, now()).expect("enrolled");
        let got = online::provision(wallet, &mut bank, slots, now(), &mut rng(), &|| {});
        assert_eq!(got.expect("provisioned"), slots);
    }
    for _ in 0..2 {
        let alice = people.first_mut().expect("three people").wallet();
        let tokens = online::withdraw(alice, &mut bank, minor(850), now(), &mut rng());
        assert_eq!(tokens.expect("withdrawn"), 4);
    }
    let mut stores = people.iter_mut().map(|person| {
        person.close();
        fs::read(person.path()).expect("read")
    });
    let stores = [(); 3].map(|()| stores.next().expect("three people"));
    Template { bank, stores }
});

pub fn world() -> World {
    let person = |store: &Vec<u8>| {
        let folder = TempDir::new().expect("a folder");
        fs::write(folder.path().join("store.redb"), store).expect("written");
        let mut person = Person { folder, wallet: None };
        person.restart();
        person
    };
    let [alice, bob, carol] = &TEMPLATE.stores;
    World {
        bank: TEMPLATE.bank.clone(),
        alice: person(alice),
        bob: person(bob),
        carol: person(carol),
    }
}

/// Hands money over: onto so many slots, or onto a key for none.
pub fn hand(payer: &mut Person, payee: &mut Person, units: u64, slots: usize) -> Received {
    let offer = if slots == 0 { payee.offer_key(units) } else { payee.offer(units, slots) };
    payee.receive(&payer.pay(&offer))
}

pub fn invitation() -> Invitation {
    Invitation {
        intermediary: "Harbour Bank".to_owned(),
        registrar: hex::encode(registrar().0),
        address: "127.0.0.1:1".to_owned(),
        authority: String::new(),
        root: hex::encode(root().0),
        currency: "FLN".to_owned(),
        decimals: 2,
        code: "code".to_owned(),
    }
}

/// The rule that an outcome was refused for.
pub fn rule<T: core::fmt::Debug>(outcome: tender_wallet::Result<T>) -> tender_token::error::Error {
    outcome.expect_err("refused").rule().expect("a rule of the protocol")
}
