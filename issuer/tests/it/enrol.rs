//! Enrol: who is registered, and who is not.

use crate::stage::{Stage, refused};
use crate::wallet::Wallet;
use tender_issuer::rows::Wallets;
use tender_token::error::Error;

#[test]
fn a_wallet_is_registered_by_its_own_intermediary() {
    let stage = Stage::new();
    let wallet = Wallet::new(&stage.bank);
    assert_eq!(stage.enrol(&stage.bank, &wallet), Ok(()));
    assert_eq!(stage.count::<Wallets>(), 1);
}

#[test]
fn the_same_registration_again_changes_nothing() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    assert_eq!(stage.enrol(&stage.bank, &wallet), Ok(()));
    assert_eq!(stage.count::<Wallets>(), 1);
}

#[test]
fn n1_an_identity_is_registered_once() {
    let stage = Stage::new();
    let mut wallet = Wallet::enrolled(&stage);
    wallet.register_again(&stage.bank);
    assert_eq!(refused(stage.enrol(&stage.bank, &wallet)), Error::DuplicateU);
    wallet.register_again(&stage.other_bank);
    assert_eq!(refused(stage.enrol(&stage.other_bank, &wallet)), Error::DuplicateU);
}

#[test]
fn an_intermediary_registers_for_itself_only() {
    let stage = Stage::new();
    let wallet = Wallet::new(&stage.bank);
    assert_eq!(refused(stage.enrol(&stage.other_bank, &wallet)), Error::Auth);
    assert_eq!(stage.count::<Wallets>(), 0);
}

#[test]
fn n1_a_proof_of_possession_for_another_identity_does_not_hold() {
    let stage = Stage::new();
    let mut wallet = Wallet::new(&stage.bank);
    wallet.registration.identity = Wallet::new(&stage.bank).registration.identity;
    assert_eq!(refused(stage.enrol(&stage.bank, &wallet)), Error::Pop);
}
