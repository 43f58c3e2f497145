//! Audit: a store that was tampered with does not pass.

use crate::stage::{Stage, currency};
use crate::wallet::{CREDIT, Wallet, denomination};
use tender_issuer::rows::{Count, Standing, Vault, Wallet as Row};
use tender_issuer::view::View;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::token::TokenId;

/// A stage on which a token of 1.00 was withdrawn and deposited, and one of 2.00 withdrawn.
fn played() -> (Stage, Wallet, TokenId) {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let chain = wallet.token(&stage, &places[0], 100);
    wallet.token(&stage, &places[1], 200);
    let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
    stage.deposit(&stage.bank, &[cash.item])[0].clone().expect("the token is good");
    (stage, wallet, chain.token_id())
}

#[test]
fn an_honest_story_adds_up() {
    let (stage, ..) = played();
    let report = stage.audit();
    assert!(report.is_clean(), "{:?}", report.violations);
    assert_eq!(report.currency, "FLN");
    assert_eq!((report.issued, report.treasury, report.circulation), (1_000_000, 980_000, 200));
    let counts =
        |line: &tender_issuer::audit::DenominationLine| (line.value, line.signed, line.cashed);
    let lines: Vec<_> = report.denominations.iter().map(counts).collect();
    assert_eq!(lines, [(100, 1, 1), (200, 1, 0), (500, 0, 0)]);
    assert_eq!((report.wallets.open, report.wallets.closed), (1, 0));
}

/// Changes a played store behind the verbs' back, and expects this verdict of conservation,
/// single spend and no framing.
#[track_caller]
fn check(
    verdict: [bool; 3],
    touches: impl FnOnce(&mut View, &Stage),
    change: impl FnOnce(&mut View, &Stage),
) {
    let (stage, ..) = played();
    stage.change(|view| touches(view, &stage), |view| change(view, &stage));
    let report = stage.audit();
    let found = report.invariants;
    assert_eq!([found.conservation, found.single_spend, found.no_framing], verdict);
    assert!(!report.is_clean() && !report.violations.is_empty());
}

#[test]
fn money_from_nowhere_violates_conservation() {
    check(
        [false, true, true],
        |view, stage| view.vaults.want(stage.bank.vault()),
        |view, stage| {
            let vault = *view.vaults.get(&stage.bank.vault()).expect("the row is there");
            let balance =
                vault.balance.checked_add(Amount::from_minor_units(1)).expect("far from the end");
            view.vaults.insert(stage.bank.vault(), Vault { balance, ..vault });
        },
    );
    check(
        [false, true, true],
        |view, _| view.treasury.want(currency()),
        |view, _| {
            let mut account = *view.treasury.get(&currency()).expect("the row is there");
            account.issued = Amount::from_minor_units(999_999);
            view.treasury.insert(currency(), account);
        },
    );
}

#[test]
fn a_signature_that_nobody_asked_for_violates_conservation() {
    let two = |stage: &Stage| denomination(stage.manifest(), 200);
    check(
        [false, true, true],
        |view, stage| view.denominations.want(two(stage)),
        |view, stage| {
            let mut circulation = *view.denominations.get(&two(stage)).expect("the row is there");
            circulation.signed = Count(2);
            view.denominations.insert(two(stage), circulation);
        },
    );
}

#[test]
fn a_forgotten_cashing_violates_single_spend() {
    let (stage, _, token) = played();
    stage.change(|view| view.cashed.want(token), |view| view.cashed.remove(&token));
    let report = stage.audit();
    assert!(report.invariants.conservation && !report.invariants.single_spend);
}

#[test]
fn a_wallet_closed_without_proof_violates_no_framing() {
    let (stage, wallet, _) = played();
    let key = wallet.identity.key();
    stage.change(
        |view| view.wallets.want(key),
        |view| {
            let row = view.wallets.get(&key).expect("the row is there").clone();
            view.wallets.insert(key, Row { standing: Standing::Closed(Timestamp(1)), ..row });
        },
    );
    let report = stage.audit();
    assert!(!report.invariants.no_framing && report.invariants.conservation);
}
