//! The life of the currency, from reserves to reserves: what it is worth on the way, wherever it
//! goes and however long it takes.

use crate::stage::{Stage, VAULT};
use crate::wallet::{CREDIT, Cash, Wallet};
use tender_issuer::rows::{Account, CashedTokens, Presentations};
use tender_proto::operator::{Amendment, Operation};
use tender_token::amount::Amount;
use tender_token::error::Error;
use tender_token::treasury::Order;

const TEN_YEARS_S: u64 = 10 * 366 * 86_400;

/// A token of this many minor units that the first intermediary's customer withdrew and paid.
fn paid(stage: &Stage, value: u64) -> Cash {
    let (payer, payee) = (Wallet::enrolled(stage), Wallet::enrolled(stage));
    let sessions = (payer.opened(stage, 1), payee.opened(stage, 1));
    let (from, to) = (payer.slots(stage, &sessions.0), payee.slots(stage, &sessions.1));
    let chain = payer.token(stage, &from[0], value);
    let chain = payer.pay(&chain, &from[0], &to[0], stage.manifest());
    payee.cash(&chain, &to[0], CREDIT, stage.manifest())
}

#[test]
fn lc10_a_deposit_elsewhere_is_final_without_the_intermediary_of_the_withdrawal() {
    let stage = Stage::new();
    let cash = paid(&stage, 500);
    stage
        .operate(Operation::Amend(stage.bank.id(), Amendment::Suspend))
        .expect("an intermediary can be suspended");
    let outcome = stage.deposit(&stage.other_bank, &[cash.item]).remove(0);
    assert_eq!(outcome, Ok(Amount::from_minor_units(500)));
    assert_eq!(stage.balance(&stage.other_bank).minor_units(), VAULT.minor_units() + 500);
    assert_eq!(stage.balance(&stage.bank).minor_units(), VAULT.minor_units() - 500);
    stage.assert_clean();
}

#[test]
fn lc17_one_unit_of_tokens_is_one_of_deposits_and_one_of_reserves_at_any_intermediary() {
    let stage = Stage::new();
    let other = stage.other_bank.id();
    let reserves = stage.held(Account::Reserves(other));
    for value in [100, 200, 500] {
        let cash = paid(&stage, value);
        let outcome = stage.deposit(&stage.other_bank, &[cash.item]).remove(0);
        assert_eq!(outcome, Ok(Amount::from_minor_units(value)));
        stage.supply(Order::Redeem(other), value).expect("the vault was credited as much");
    }
    assert_eq!(stage.balance(&stage.other_bank), VAULT);
    assert_eq!(stage.held(Account::Reserves(other)), reserves + 800);
    stage.assert_clean();
}

#[test]
fn lc18_ten_idle_years_change_no_balance() {
    let mut stage = Stage::new();
    let _outstanding = paid(&stage, 500);
    let accounts = |stage: &Stage| {
        let mut accounts = Vec::new();
        stage
            .store
            .scan::<tender_issuer::rows::Accounts>(|key, balance| accounts.push((key, balance)))
            .expect("the store answers");
        accounts
    };
    let before = accounts(&stage);
    stage.now.0 += TEN_YEARS_S;
    let stage = stage.restarted();
    // Somebody asks for something, so that the issuer commits on that day.
    Wallet::enrolled(&stage);
    assert_eq!(accounts(&stage), before);
    stage.assert_clean();
}

#[test]
fn lc14_of_ten_thousand_forgeries_none_is_paid_and_the_token_still_is() {
    const FORGERIES: usize = 10_000;
    const REQUEST: usize = 50;
    let stage = Stage::new();
    let cash = paid(&stage, 500);
    // Before the value's signature come the denomination's id, two commitments and a certificate.
    let signature = 32 + 64 + 256;
    let forged = |number: usize| {
        let mut item = cash.item.clone();
        let (byte, bit) = (number / 8 % 256, number % 8);
        item[signature + byte] ^= 1 << bit;
        item[signature + (byte + 1 + number / 2048) % 256] ^= 1;
        item
    };
    let mut refused = 0;
    for request in 0..FORGERIES / REQUEST {
        let numbers = request * REQUEST..(request + 1) * REQUEST;
        let items: Vec<_> = numbers.map(forged).collect();
        for outcome in stage.deposit(&stage.bank, &items) {
            assert_eq!(outcome.expect_err("it is forged").error, Error::Value);
            refused += 1;
        }
    }
    assert_eq!(refused, FORGERIES);
    assert_eq!((stage.count::<CashedTokens>(), stage.count::<Presentations>()), (0, 0));
    let outcome = stage.deposit(&stage.bank, &[cash.item]).remove(0);
    assert_eq!(outcome, Ok(Amount::from_minor_units(500)));
    stage.assert_clean();
}
