//! A bank that does not do with a deposit what its holder signed: what it can gain, and who can
//! show what. There is no word of the issuer's for the depositor; the item that the holder keeps
//! and the issuer's books say it together.

use crate::claim::scene::{CLAIM, DEPOSIT, Scene, leads, on, paid};
use crate::stage::{Stage, VAULT, refused};
use crate::wallet::{ACCOUNT, CREDIT, Wallet};
use std::slice::from_ref;
use tender_issuer::rows::{Bytes, CashedTokens, Shown};
use tender_issuer::view::View;
use tender_proto::statement::{Cause, Request as After};
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::error::Error;

const ONE: Amount = Amount::from_minor_units(100);
const ALL: After = After { after_posting: 0, after_incident: 0, after_reserve_posting: 0 };

/// The bank answers that the deposit was refused, and sends it nowhere.
#[test]
fn c3_a_deposit_that_a_bank_drops_is_paid_through_another_and_the_dropper_gets_nothing() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    let chain = wallet.token(&stage, place, 100);
    let cash = wallet.cash(&chain, place, CREDIT, stage.manifest());
    let before = stage.balance(&stage.bank);
    let elsewhere = stage.deposit(&stage.other_bank, from_ref(&cash.item));
    assert_eq!(elsewhere, [Ok(ONE)], "the issuer never heard of it");
    let late = stage.deposit(&stage.bank, from_ref(&cash.item)).remove(0);
    assert_eq!(refused(late), Error::Cashed);
    assert_eq!(stage.balance(&stage.bank), before);
    assert_eq!(stage.balance(&stage.other_bank).minor_units(), VAULT.minor_units() + 100);
    stage.assert_clean();
}

/// The holder notices only after the last deposit day.
#[test]
fn c3_a_deposit_that_a_bank_drops_until_its_last_day_is_claimed_through_another() {
    let mut scene = Scene::new();
    let manifest = scene.stage.office.manifest.clone();
    let chain = scene.payer.token(&scene.stage, &scene.from[0], 100);
    let cash = scene.payer.cash(&chain, &scene.from[0], CREDIT, &manifest);
    let claim = scene.payee(&cash);
    scene.stage.now = on(DEPOSIT + 1);
    let late = scene.stage.deposit(&scene.stage.bank, from_ref(&cash.item)).remove(0);
    assert_eq!(refused(late), Error::Expired);
    assert_eq!(scene.stage.claim(&scene.stage.other_bank, &claim), leads());
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 0));
    assert_eq!(scene.stage.claim(&scene.stage.other_bank, &claim), paid(100));
    let statement = scene.stage.statement(&scene.stage.other_bank, ALL);
    let paid = statement.postings.iter().find(|posting| posting.cause == Cause::Claim(ACCOUNT));
    assert_eq!(paid.map(|posting| posting.amount), Some(ONE));
    scene.stage.assert_clean();
}

/// The bank presents the item, credits nobody and says that it was refused. It cannot present it
/// for anybody else, and the issuer's books hold the holder's own item under the bank's name.
#[test]
fn c3_what_a_bank_keeps_for_itself_is_in_the_books_under_the_reference_that_the_holder_signed() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let place = &wallet.slots(&stage, &opened)[0];
    let chain = wallet.token(&stage, place, 100);
    let cash = wallet.cash(&chain, place, CREDIT, stage.manifest());
    let mut diverted = cash.item.clone();
    let reference = diverted.len() - 64 - 32;
    diverted[reference..reference + 32].copy_from_slice(&[9; 32]);
    let read = CashItem::from_bytes(&diverted, stage.manifest()).expect("an item");
    let other = Instruction::Credit(AccountRef([9; 32]));
    assert_eq!(read.stated_instruction(), Ok(other));
    let outcome = stage.deposit(&stage.bank, &[diverted]).remove(0);
    assert_eq!(refused(outcome), Error::Auth, "only the holder's key says whose it is");

    assert_eq!(stage.deposit(&stage.bank, from_ref(&cash.item)), [Ok(ONE)]);
    let elsewhere = stage.deposit(&stage.other_bank, from_ref(&cash.item)).remove(0);
    assert_eq!(refused(elsewhere), Error::Cashed, "so the holder learns that it was not refused");

    let mut view = View::default();
    view.cashed.want(cash.chain.token_id());
    stage.store.load(&mut view).expect("the store answers");
    let number = *view.cashed.get(&cash.chain.token_id()).expect("cashed");
    view.presentations.want(number);
    stage.store.load(&mut view).expect("the store answers");
    let row = view.presentations.get(&number).expect("kept");
    assert_eq!(row.intermediary, stage.bank.id(), "who was paid");
    assert_eq!(
        row.shown,
        Shown::Item(Bytes(cash.item.clone())),
        "for the item that the holder has"
    );
    let statement = stage.statement(&stage.bank, ALL);
    let posted = statement.postings.iter().find(|one| one.cause == Cause::Deposit(ACCOUNT));
    assert_eq!(posted.map(|one| one.amount), Some(ONE), "and the bank was told so");
    assert_eq!(stage.count::<CashedTokens>(), 1);
    stage.assert_clean();
}
