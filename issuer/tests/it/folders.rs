//! Where the store lies: every verb answers alike over a folder of the system and over memory.

use crate::claim::scene::{Scene, day, on, paid};
use crate::crash::disk::Disk;
use crate::rules;
use crate::stage::{DECIMALS, Stage, TODAY, VAULT, currency, office, random};
use crate::wallet::CREDIT;
use std::slice::from_ref;
use std::sync::Arc;
use tempfile::TempDir;
use tender_issuer::audit::audit;
use tender_issuer::store::{self, Directory, Folder, Store};
use tender_proto::restore::{Asked, Told};
use tender_proto::statement::Request;
use tender_proto::transfer::Transfer;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::treasury::Order;

const ONE: Amount = Amount::from_minor_units(100);

/// Every verb once. Gives what the store then holds: rows, commits, and the vault.
fn told(place: &impl Folder) -> (u64, u64, Amount) {
    let store = store::create(place, &office().trust, DECIMALS, TODAY).expect("there is room");
    // Treasury, and the admission of intermediaries.
    let folder = TempDir::new().expect("the system has room for a folder");
    let stage = Stage::over(folder, office(), store);
    stage.supply(Order::Issue, 100).expect("two officers approve it");
    // Exchange, with enrolment, provision and withdrawal before it.
    let scene = rules::Scene::on(stage);
    let rules::Asked::Exchange(bytes) = scene.exchange(&scene.token(0, 100), 0, 100) else {
        panic!("it is an exchange")
    };
    let stage = scene.stage;
    stage.exchange(&stage.bank, &bytes).expect("the sums agree");
    // Pay and deposit; claim; restore; transfer; statement.
    let mut scene = Scene::on(stage);
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    let chain = payer.token(stage, &from[0], 100);
    let chain = payer.pay(&chain, &from[0], &to[0], &manifest);
    let cash = payee.cash(&chain, &to[0], CREDIT, &manifest);
    assert_eq!(stage.deposit(&stage.bank, from_ref(&cash.item)), [Ok(ONE)]);
    let lapsed = payer.token(stage, &from[1], 100);
    let lapsed = payer.cash_until(&lapsed, &from[1], CREDIT, day(5), &manifest);
    let back = scene.payer(payer, &lapsed, &from[1]);
    scene.stage.now = on(6);
    assert_eq!(scene.ask(&back), paid(100));
    let Scene { stage, payer, .. } = &scene;
    let asked = stage.restore(&stage.bank, &payer.question(Asked::After(0), stage.now));
    let Ok(Told::Page(page)) = asked else { panic!("no page: {asked:?}") };
    assert_eq!(page.sessions.len(), 3, "one of slots, two of tokens");
    let transfer = Transfer {
        id: random(),
        payer: stage.bank.id(),
        payee: stage.other_bank.id(),
        currency: currency(),
        amount: ONE,
        payer_account: AccountRef([1; 32]),
        payee_account: AccountRef([2; 32]),
    };
    stage.transfer(&stage.bank, &transfer.sign(&stage.bank.key)).expect("the vault covers it");
    let all = Request { after_posting: 0, after_incident: 0, after_reserve_posting: 0 };
    let statement = stage.statement(&stage.bank, all);
    assert!(!statement.postings.is_empty());
    stage.assert_clean();

    let (vault, before) = (stage.balance(&stage.bank), stage.store.inspect().expect("readable"));
    let Scene { stage: Stage { store, .. }, .. } = scene;
    drop(Arc::into_inner(store).expect("nobody else holds the store"));
    let store = Store::open(place).expect("it was closed");
    let after = store.inspect().expect("readable");
    assert_eq!((after.contents, after.is_clean()), (before.contents, true), "read back");
    assert!(audit(&store, &manifest).expect("readable").is_clean());
    (after.rows, store.commits().expect("readable"), vault)
}

#[test]
fn ra24_every_verb_answers_alike_over_memory_and_over_a_folder() {
    let folder = TempDir::new().expect("the system has room for a folder");
    let on_disk = told(&Directory::new(folder.path()));
    let in_memory = told(&Disk::new(24));
    assert_eq!(on_disk, in_memory);
    // What was exchanged came from the vault, and what was transferred left it.
    assert_eq!(on_disk.2.minor_units(), VAULT.minor_units() - 200);
}
