//! The policy's limits: at the limit yes, one above no (`[S6]`).

use crate::bank::{now, rng, wide};
use crate::people::{Person, World, hand, minor, rule, world};
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;
use tender_token::policy::Limits;
use tender_token::policy::limits::Bound;
use tender_wallet::error::Error;
use tender_wallet::online::{self, Bring};
use tender_wallet::verbs::offer::Onto;

/// A world whose payer has one set of limits and whose payees have another; both know each other's
/// manifests as current and previous.
fn limited(limits: Limits) -> World {
    let mut world = world();
    world.bank.publish(limits);
    for person in [&mut world.alice, &mut world.bob, &mut world.carol] {
        assert!(online::refresh(person.wallet(), &mut world.bank, now()).expect("adopted"));
    }
    world
}

fn ask(person: &mut Person, units: u64, at: Timestamp) -> tender_wallet::Result<()> {
    let expires = at.checked_add(3600).expect("in range");
    person.wallet().offer(minor(units), Onto::Key, expires, at, &mut rng()).map(|_| ())
}

#[test]
fn the_value_of_one_payment_is_limited_at_payee_and_payer() {
    let World { mut alice, mut bob, .. } = limited(Limits { payment: minor(700), ..wide() });
    let error = ask(&mut bob, 701, now()).expect_err("one above");
    assert!(
        matches!(error, Error::Limit { bound: Bound::Payment(limit), .. } if limit == minor(700))
    );
    let at = bob.offer_key(700);
    bob.receive(&alice.pay(&at));

    // An offer made before the limit came is refused by the payer as well.
    let mut world = world();
    let above = world.bob.offer_key(750);
    world.bank.publish(Limits { payment: minor(749), ..wide() });
    online::refresh(world.alice.wallet(), &mut world.bank, now()).unwrap();
    assert_eq!(rule(world.alice.wallet().pay(&above, now())), Rule::Limit);
}

#[test]
fn the_payee_refuses_a_payment_above_its_limits_even_if_the_offer_is_older() {
    let mut world = world();
    let offer = world.bob.offer(700, 2);
    let payment = world.alice.pay(&offer);
    world.bank.publish(Limits { received: minor(699), ..wide() });
    online::refresh(world.bob.wallet(), &mut world.bank, now()).unwrap();
    assert_eq!(rule(world.bob.wallet().receive(&payment, now(), &mut rng())), Rule::Limit);
    assert_eq!(world.bob.held(), 0);
    world.bank.publish(Limits { received: minor(700), ..wide() });
    online::refresh(world.bob.wallet(), &mut world.bank, now()).unwrap();
    world.bob.receive(&payment);
}

#[test]
fn the_value_held_is_limited_for_receiving_and_withdrawing() {
    let World { mut bank, mut alice, mut bob, .. } =
        limited(Limits { holding: minor(1700), ..wide() });
    let above = alice.wallet().begin_withdraw(minor(50), now(), &mut rng());
    assert_eq!(rule(above), Rule::Limit);
    assert_eq!(rule(ask(&mut alice, 50, now())), Rule::Limit);
    hand(&mut alice, &mut bob, 200, 1);
    assert_eq!(rule(ask(&mut alice, 201, now())), Rule::Limit);
    ask(&mut alice, 200, now()).unwrap();
    online::withdraw(alice.wallet(), &mut bank, minor(200), now(), &mut rng()).unwrap();
    assert_eq!(alice.held(), 1700);
}

#[test]
fn the_value_received_is_limited_until_the_next_reconciliation() {
    let World { mut bank, mut alice, mut bob, .. } =
        limited(Limits { received: minor(700), ..wide() });
    hand(&mut alice, &mut bob, 500, 1);
    assert_eq!(rule(ask(&mut bob, 201, now())), Rule::Limit);
    hand(&mut alice, &mut bob, 200, 1);
    assert_eq!(rule(ask(&mut bob, 1, now())), Rule::Limit);
    online::reconcile(bob.wallet(), &mut bank, Bring::Deposit, now(), &mut rng()).unwrap();
    ask(&mut bob, 700, now()).unwrap();
}

#[test]
fn the_number_of_payments_is_limited_until_the_next_reconciliation() {
    let World { mut bank, mut alice, mut bob, .. } = limited(Limits { payments: 2, ..wide() });
    let offers: Vec<_> = (0..3).map(|_| bob.offer(100, 1)).collect();
    alice.pay(&offers[0]);
    let second = alice.pay(&offers[1]);
    let error = alice.wallet().pay(&offers[2], now()).expect_err("the third");
    assert!(matches!(error, Error::Limit { bound: Bound::Payments(2), .. }));
    assert_eq!(alice.pay(&offers[1]), second, "what was paid can be handed over again");
    online::reconcile(alice.wallet(), &mut bank, Bring::Deposit, now(), &mut rng()).unwrap();
    // Both tokens of 1.00 are gone.
    let offer = bob.offer(200, 1);
    alice.pay(&offer);
}

#[test]
fn a_payer_that_holds_or_received_more_than_it_may_pays_nothing_offline() {
    // The policy became narrower than what the wallet did before. [S6] names every limit for the
    // payer, and not only those that the payment itself would exceed.
    for (limits, bound) in [
        (Limits { holding: minor(199), ..wide() }, Bound::Holding(minor(199))),
        (Limits { received: minor(199), ..wide() }, Bound::Received(minor(199))),
    ] {
        let World { mut bank, mut alice, mut bob, mut carol } = world();
        hand(&mut alice, &mut bob, 200, 1);
        let offer = carol.offer_key(200);
        bank.publish(limits);
        online::refresh(bob.wallet(), &mut bank, now()).unwrap();
        let error = bob.wallet().pay(&offer, now()).expect_err("beyond a limit");
        assert!(matches!(error, Error::Limit { bound: found, .. } if found == bound), "{error:?}");
    }
}

#[test]
fn after_too_many_days_a_wallet_neither_pays_nor_asks_nor_accepts() {
    let days = |days: u64| now().checked_add(days * 86_400).unwrap();
    let World { mut alice, mut bob, .. } = limited(Limits { reconcile_days: 3, ..wide() });
    let expires = days(10);
    let offer =
        |at, bob: &mut Person| bob.wallet().offer(minor(100), Onto::Key, expires, at, &mut rng());
    let first = tender_token::encode::Encode::to_bytes(&offer(now(), &mut bob).unwrap());
    let second = tender_token::encode::Encode::to_bytes(&offer(days(3), &mut bob).unwrap());
    let payment = alice.wallet().pay(&first, days(3)).unwrap();
    assert_eq!(rule(alice.wallet().pay(&second, days(4))), Rule::Limit);
    assert_eq!(rule(bob.wallet().receive(&payment, days(4), &mut rng())), Rule::Limit);
    assert_eq!(rule(offer(days(4), &mut bob)), Rule::Limit);
    bob.wallet().receive(&payment, days(3), &mut rng()).unwrap();
}

#[test]
fn a_limit_of_zero_forbids() {
    for limits in [
        Limits { payment: minor(0), ..wide() },
        Limits { payments: 0, ..wide() },
        Limits { reconcile_days: 0, ..wide() },
    ] {
        let mut world = world();
        let offer = world.bob.offer_key(100);
        world.bank.publish(limits);
        online::refresh(world.alice.wallet(), &mut world.bank, now()).unwrap();
        assert_eq!(rule(world.alice.wallet().pay(&offer, now())), Rule::Limit);
    }
}

#[test]
fn a_limit_tells_the_most_that_can_be_paid_or_to_reconcile_if_that_helps() {
    let told = |limits: Limits, units| {
        let mut world = world();
        let offer = world.bob.offer_key(units);
        world.bank.publish(limits);
        online::refresh(world.alice.wallet(), &mut world.bank, now()).unwrap();
        let money = world.alice.wallet().money().unwrap();
        world.alice.wallet().pay(&offer, now()).expect_err("refused").tell(money)
    };
    let payment = told(Limits { payment: minor(700), ..wide() }, 750);
    assert!(payment.ends_with("Agree on at most 7.00 FLN for one payment."), "{payment}");
    let World { mut alice, mut bob, .. } = limited(Limits { payments: 1, ..wide() });
    let offers = [bob.offer_key(100), bob.offer_key(100)];
    alice.pay(&offers[0]);
    let money = alice.wallet().money().unwrap();
    let payments = alice.wallet().pay(&offers[1], now()).expect_err("the second").tell(money);
    assert!(payments.ends_with("Run `reconcile` when you are online."), "{payments}");
    let World { mut bob, .. } = limited(Limits { received: minor(700), ..wide() });
    let received = ask(&mut bob, 701, now()).expect_err("one above").tell(money);
    assert!(received.contains("Run `reconcile`"), "{received}");
    for limits in [
        Limits { payment: minor(0), ..wide() },
        Limits { payments: 0, ..wide() },
        Limits { reconcile_days: 0, ..wide() },
    ] {
        let forbidden = told(limits, 100);
        assert!(!forbidden.contains("`reconcile`"), "{forbidden}");
    }
}
