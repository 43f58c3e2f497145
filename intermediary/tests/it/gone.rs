//! Money for somebody whose account is closed and who was erased: nobody knows where it would go,
//! so it stays with the payer or goes back, what is known to be due keeps the erasure waiting, and
//! what comes in all the same is shown until somebody has seen to it.

use crate::bank::{Bank, clerk};
use crate::claim::{asks, claim};
use crate::holder::Drawn;
use crate::issuer::{Registry, TestIssuer};
use crate::mint::{NOW, minor, random, rng};
use crate::transfer::{Branch, refused, towns};
use tender_intermediary::office::{Office, Problem};
use tender_intermediary::rows::{CustomerId, OutsideNumber, Outsides};
use tender_proto::claim::Granted;
use tender_token::cash::AccountRef;
use tender_token::date::{Day, Timestamp};
use tender_token::error::Error;

const ALICE: CustomerId = CustomerId(1);
const BOB: CustomerId = CustomerId(2);

/// Bob's account is closed and everything of him erased, while his reference is known.
fn erase_bob(bank: &Bank) {
    let office = bank.office();
    office.close(BOB, "CH93", &clerk(), NOW, None, &mut rng()).expect("free");
    office.erase(BOB, &clerk(), NOW).expect("nothing is owed");
}

/// What is to be paid outside, by its numbers, and to whom.
fn unpaid(office: &Office) -> Vec<(OutsideNumber, CustomerId, u64)> {
    let mut open = Vec::new();
    let scanned = office.store().scan::<Outsides>(|number, row| {
        if row.paid.is_none() {
            open.push((number, row.customer, row.amount.minor_units()));
        }
    });
    scanned.expect("sound books");
    open
}

/// When a day begins.
fn at(day: Day) -> Timestamp {
    Timestamp(u64::from(day.0) * 86_400)
}

fn pay(office: &Office, number: OutsideNumber) {
    office.pay(number, &clerk(), NOW).expect("open");
}

/// The payer heard that it was done, and the money went outside to nobody knows where.
#[test]
fn c1_a_transfer_within_the_bank_does_not_go_to_somebody_who_was_erased() {
    let issuer = TestIssuer::up();
    let mut town = Branch::new(&issuer);
    let account = town.reference();
    town.rest();
    erase_bob(&town.bank);
    town.resume();
    let order = town.order(town.bank.registrar(), account, 700).sign(&town.alice.device);
    for _ in 0..2 {
        assert_eq!(town.client.transfer(&order).expect("reached"), refused(Error::Wallet));
    }
    assert_eq!(town.balances()[0], (2_000, 0), "it never left her account");
    town.rest();
    assert_eq!(unpaid(&town.bank.office()), []);
    let audit = town.bank.audit();
    assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
}

#[test]
fn c1_a_transfer_from_another_bank_for_somebody_who_was_erased_goes_back() {
    let (_issuer, mut here, mut there) = towns();
    let account = there.reference();
    there.rest();
    erase_bob(&there.bank);
    there.resume();
    let order = here.order(there.bank.registrar(), account, 700).sign(&here.alice.device);
    assert_eq!(here.client.transfer(&order).expect("reached"), Ok(()));
    there.rest();
    // The statement opened the entry that sends it back, and this round sends it.
    for _ in 0..2 {
        there.bank.catch_up();
    }
    assert_eq!(unpaid(&there.bank.office()), []);
    here.rest();
    here.resume();
    assert_eq!(here.balances()[0], (2_000, 0), "returned to the payer");
    here.rest();
    for town in [&here, &there] {
        let audit = town.bank.audit();
        assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
    }
}

/// A bank whose only customer has a claim that leads, and whose account was closed and paid out.
/// Gives the day until which it leads.
fn leading(issuer: &TestIssuer) -> (Drawn, Day) {
    issuer.distribute(10_000);
    let mut drawn = Drawn::at(issuer);
    issuer.with(|registry| registry.days_later = 85);
    let account = AccountRef(random());
    let call = asks(&drawn.holder, account, &claim(&drawn, account));
    let reply = drawn.bank.client().claim(call).expect("reached").expect("not refused");
    let Granted::Leads(until) = reply else { panic!("{reply:?}") };
    drawn.bank.crash();
    drawn.bank.catch_up();
    let office = drawn.bank.office();
    office.close(ALICE, "CH93", &clerk(), NOW, None, &mut rng()).expect("free");
    pay(&office, OutsideNumber(1));
    (drawn, until)
}

#[test]
fn pd05_a_claim_that_leads_keeps_the_erasure_waiting_until_it_was_paid_outside() {
    let issuer = TestIssuer::up();
    let (drawn, until) = leading(&issuer);
    let bank = &drawn.bank;
    let refused = bank.office().erase(ALICE, &clerk(), at(until));
    assert!(matches!(refused, Err(Problem::Unpaid(1))), "it is known to be due: {refused:?}");
    issuer.with(Registry::pay_claims);
    bank.catch_up();
    let office = bank.office();
    assert_eq!(unpaid(&office), [(OutsideNumber(2), ALICE, 500)], "it goes on outside");
    assert!(matches!(office.erase(ALICE, &clerk(), at(until)), Err(Problem::Unpaid(1))));
    pay(&office, OutsideNumber(2));
    office.erase(ALICE, &clerk(), at(until)).expect("nothing is due any more");
}

/// A claim that somebody else's went before is never paid, and so nobody waits for it without end.
/// If it is paid all the same, sweeping names the money until it was seen to.
#[test]
fn pd05_what_comes_in_for_somebody_who_was_erased_is_shown_until_it_was_seen_to() {
    let issuer = TestIssuer::up();
    let (drawn, until) = leading(&issuer);
    let bank = &drawn.bank;
    let late = |days| at(Day(until.0 + days));
    let office = bank.office();
    assert!(matches!(office.erase(ALICE, &clerk(), late(30)), Err(Problem::Unpaid(1))));
    office.erase(ALICE, &clerk(), late(31)).expect("it is not paid any more");
    assert_eq!(office.sweep(clerk().user, late(31), None).expect("books").nowhere, []);
    drop(office);
    issuer.with(Registry::pay_claims);
    bank.catch_up();
    let audit = bank.audit();
    assert!(audit.invariants.settled && audit.violations.is_empty(), "{audit:?}");
    let office = bank.office();
    let waits = [(OutsideNumber(2), ALICE, minor(500))];
    for _ in 0..2 {
        assert_eq!(office.sweep(clerk().user, late(40), None).expect("books").nowhere, waits);
    }
    pay(&office, OutsideNumber(2));
    assert_eq!(office.sweep(clerk().user, late(40), None).expect("books").nowhere, []);
}
