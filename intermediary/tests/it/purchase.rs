//! Purchases: currency is ordered once when the vault runs low, and the order is closed when it is
//! met; the issuer's operators read it in the books.

use crate::bank::Bank;
use crate::issuer::TestIssuer;
use crate::mint::{NOW, minor};
use crate::rows::{ask, bare};
use tender_intermediary::desk::{Asked, Order, Shown};
use tender_intermediary::rows::{Flow, PostingNumber, Purchase};
use tender_intermediary::verbs::purchase::{Stock, decide, is_due, touches};
use tender_intermediary::view::View;
use tender_token::amount::Amount;

fn stock() -> Stock {
    Stock { low: minor(1_000), fill: minor(5_000) }
}

/// Rows in which the vault has so much.
fn vault(view: &mut View, minor_units: u64) {
    let moved = Flow { inward: minor(minor_units), outward: Amount::ZERO };
    view.change_book(|book| book.vault.moved = moved);
}

/// Orders what is due; gives amount and state of every order.
fn orders(view: &mut View) -> Vec<(u64, Option<u64>)> {
    ask(view, touches);
    let before = view.purchases.all().count();
    let due = is_due(view, stock());
    decide(view, stock(), NOW);
    let told = |purchase: &Purchase| {
        (purchase.amount.minor_units(), purchase.met.map(|PostingNumber(number)| number))
    };
    let all: Vec<_> = view.purchases.all().map(|(_, purchase)| told(purchase)).collect();
    assert!(due || all.len() == before, "nothing is written that was not due");
    all
}

#[test]
fn a_low_vault_orders_once_what_fills_it_and_again_when_it_is_low_again() {
    let mut view = bare();
    vault(&mut view, 1_000);
    assert_eq!(orders(&mut view), [], "at the mark it is not low");
    vault(&mut view, 999);
    for _ in 0..2 {
        assert_eq!(orders(&mut view), [(4_001, None)], "once");
    }
    vault(&mut view, 10);
    assert_eq!(orders(&mut view), [(4_001, None)], "one order at a time");
    vault(&mut view, 4_011);
    view.change_book(|book| book.vault.posting = 7);
    for _ in 0..2 {
        assert_eq!(orders(&mut view), [(4_001, Some(7))], "met");
    }
    vault(&mut view, 0);
    assert_eq!(orders(&mut view), [(4_001, Some(7)), (5_000, None)]);
}

#[test]
fn a_round_orders_when_the_vault_is_low_and_closes_the_order_when_currency_comes() {
    let issuer = TestIssuer::up();
    issuer.distribute(900);
    let bank = Bank::new(&issuer, &[]);
    bank.catch_up_keeping(stock());
    let told = purchases(&bank);
    assert_eq!((told[0]["amount"].as_u64(), told[1].is_null()), (Some(4_100), true), "{told}");
    assert!(told[0]["met_by_posting"].is_null(), "{told}");
    issuer.distribute(4_100);
    bank.catch_up_keeping(stock());
    bank.catch_up_keeping(stock());
    let told = purchases(&bank);
    assert_eq!((told[0]["met_by_posting"].as_u64(), told[1].is_null()), (Some(2), true), "{told}");
    assert_eq!(bank.audit().violations, [""; 0]);
}

/// What an operator is told.
fn purchases(bank: &Bank) -> serde_json::Value {
    let shown = Shown { name: "bank".to_owned(), currency: "FLN".to_owned(), decimals: 2 };
    let answer = bank.order(&Order { asked: Asked::Purchases, shown });
    answer.object["purchases"].clone()
}
