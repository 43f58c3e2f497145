//! Deposit over bare rows: what is paid is credited once per token, and in full or not at all.

use crate::holder::Holder;
use crate::mint::{NOW, minor};
use crate::rows::{bare, basic};
use tender_intermediary::mirror;
use tender_intermediary::rows::{
    Credit, Customer, CustomerId, DepositItem, Deposition, Entry, EntryNumber, Job,
};
use tender_intermediary::verbs::Implausible;
use tender_intermediary::verbs::deposit::{finish, reply};
use tender_intermediary::verbs::device;
use tender_intermediary::view::View;
use tender_proto::deposit::Outcome;
use tender_token::cash::AccountRef;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::token::TokenId;

const ALICE: CustomerId = CustomerId(1);
const FIRST: EntryNumber = EntryNumber(1);
const ACCOUNT: AccountRef = AccountRef([5; 32]);

fn item(token: u8) -> DepositItem {
    DepositItem::Sent { token: TokenId([token; 32]), value: minor(500), bytes: vec![token] }
}

fn credit(token: u8) -> Credit {
    Credit { token: TokenId([token; 32]), account: ACCOUNT }
}

/// Rows with one open deposit: two tokens, and between them an item that was refused here.
fn rows() -> View {
    let mut view = bare();
    view.customers.load(ALICE, Some(Customer::open(basic(), minor(1_000))));
    view.references.load(ACCOUNT, None);
    view.mailboxes.load(ALICE, None);
    for token in [1, 2] {
        view.credits.load(credit(token), None);
    }
    mirror::claim(&mut view, ACCOUNT, ALICE);
    let items = vec![item(1), DepositItem::Refused(Error::Instr), item(2)];
    let job = Job::open(ALICE, Deposition { account: ACCOUNT, items });
    view.entries.load(FIRST, Some(Entry::Deposit(job)));
    view
}

fn balance(view: &View) -> u64 {
    let account = view.customers.get(&ALICE).expect("there");
    assert!(account.is_explained(), "conservation");
    account.balance.minor_units()
}

fn no(error: Error) -> Outcome {
    Err(error.into())
}

#[test]
fn what_was_paid_is_credited_and_what_was_refused_keeps_its_name() {
    let mut view = rows();
    for _ in 0..2 {
        finish(&mut view, FIRST, vec![Ok(minor(500)), no(Error::Double)], NOW).expect("fits");
        assert_eq!(balance(&view), 1_500);
    }
    let outcomes = view.entries.get(&FIRST).and_then(reply).expect("finished");
    assert_eq!(outcomes, [Ok(minor(500)), no(Error::Instr), no(Error::Double)]);
    assert_eq!(view.book().vault.moved.inward, minor(500));
}

#[test]
fn a_token_that_was_credited_is_never_credited_again() {
    let mut view = rows();
    view.credits.insert(credit(1), minor(500));
    finish(&mut view, FIRST, vec![Ok(minor(500)), Ok(minor(500))], NOW).expect("fits");
    assert_eq!(balance(&view), 1_500, "single-spend");
}

#[test]
fn an_answer_that_does_not_fit_credits_nothing() {
    let mut view = rows();
    for answer in [
        vec![],
        vec![Ok(minor(500))],
        vec![Ok(minor(500)), Ok(minor(500)), Ok(minor(500))],
        vec![Ok(minor(500)), Ok(minor(501))],
        vec![Ok(minor(0)), no(Error::Cashed)],
    ] {
        let mut attempt = view.clone();
        assert_eq!(finish(&mut attempt, FIRST, answer, NOW), Err(Implausible));
    }
    assert_eq!(balance(&view), 1_000);
    finish(&mut view, FIRST, vec![no(Error::Cashed), no(Error::Cashed)], NOW).expect("fits");
    assert_eq!(balance(&view), 1_000);
}

#[test]
fn an_unknown_device_is_nobody() {
    let mut view = bare();
    let device = Holder::new(RegistrarId([7; 32])).device.public();
    view.devices.load(device, None);
    assert_eq!(device::holder(&view, &device), None);
}
