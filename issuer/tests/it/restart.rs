//! Restart: what was answered is still so when another process opens the store.

use crate::stage::{DECIMALS, NOW, Stage, TODAY};
use crate::wallet::{CREDIT, Wallet};
use std::slice::from_ref;
use tender_issuer::request::Request;
use tender_issuer::store::{self, Directory, Fault, Store, UNFINISHED};
use tender_token::provision::Want;

#[test]
fn every_answer_is_the_same_after_a_restart() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let (_, open) = wallet.open(&stage.bank, stage.manifest(), 1);
    let open = Request::Open(Box::new(open));
    let unresolved = stage.provision(&stage.bank, open.clone());

    let other = Wallet::enrolled(&stage);
    let opened = other.opened(&stage, 2);
    let places = other.slots(&stage, &opened);
    let reveal = other.reveal(&opened, Want::Sign, stage.manifest());
    let certificates = stage.provision(&stage.bank, reveal.clone());
    let withdrawal = other.withdrawal(&stage, &[(&places[0], 100)]);
    let tokens = stage.withdraw(&stage.bank, &withdrawal.bytes);
    let chain = withdrawal.finish(
        tokens.as_ref().expect("the withdrawal was accepted"),
        &[&places[0]],
        stage.manifest(),
    );
    let cash = other.cash(&chain[0], &places[0], CREDIT, stage.manifest());
    let paid = stage.deposit(&stage.bank, from_ref(&cash.item));
    let before = serde_json::to_value(stage.audit()).expect("a report is an object");

    let stage = stage.restarted();
    assert_eq!(stage.enrol(&stage.bank, &wallet), Ok(()));
    assert_eq!(stage.provision(&stage.bank, open), unresolved);
    assert_eq!(stage.provision(&stage.bank, reveal), certificates);
    assert_eq!(stage.withdraw(&stage.bank, &withdrawal.bytes), tokens);
    assert_eq!(stage.deposit(&stage.bank, &[cash.item]), paid);
    assert_eq!(serde_json::to_value(stage.audit()).expect("a report is an object"), before);
    assert_eq!(
        store::trust(&stage.store).expect("the store keeps what is trusted"),
        stage.office.trust
    );
    stage.assert_clean();
}

#[test]
fn b7_a_store_has_one_process() {
    let stage = Stage::new();
    let second = Store::open(&Directory::new(&stage.path()));
    assert!(matches!(second, Err(Fault::Held)));
}

#[test]
fn b3_a_founding_that_was_cut_short_is_done_again() {
    let stage = Stage::new();
    let folder = stage.path().join("second");
    std::fs::create_dir(&folder).expect("the folder is ours");
    std::fs::write(folder.join(UNFINISHED), b"half a database").expect("the folder is ours");
    let store = store::create(&Directory::new(&folder), &stage.office.trust, DECIMALS, TODAY)
        .expect("the store can be created");
    assert_eq!(store::trust(&store).expect("the store keeps what is trusted"), stage.office.trust);
    assert!(!folder.join(UNFINISHED).exists());
    assert_eq!(stage.now, NOW);
}
