//! Whoever pays twice signs their own confession; nobody else is ever accused.

use crate::bank::{now, rng};
use crate::people::{World, hand, minor, world};
use tender_token::cash::CashItem;
use tender_token::double_spend::{Evidence, Offence, conflicts};
use tender_token::encode::Decode;
use tender_token::error::Error as Rule;
use tender_wallet::online;
use tender_wallet::verbs::deposit::Scope;

#[test]
fn a_store_that_was_copied_and_restored_pays_twice_and_names_its_owner_and_nobody_else() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    let mut restored = alice.copy();
    hand(&mut alice, &mut bob, 500, 1);
    hand(&mut restored, &mut carol, 500, 1);

    let items = [&mut bob, &mut carol].map(|person| {
        person.wallet().begin_deposit(Scope::Received, now(), &mut rng()).unwrap().unwrap();
        let (_, call) = person.wallet().open_deposits(now()).unwrap().remove(0);
        let deposit = tender_proto::deposit::Deposit::from_bytes(&call.body).unwrap();
        CashItem::from_bytes(&deposit.items[0], bank.manifest()).unwrap()
    });
    let known: Vec<_> = Evidence::of(items[0].chain()).collect();
    let found = conflicts(items[1].chain(), &known);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].offence, Offence::DoubleSpend);
    assert_eq!(found[0].culprit().unwrap(), alice.wallet().identity());

    let first = online::deposit(bob.wallet(), &mut bank, Scope::Received, now(), &mut rng());
    assert_eq!(first.unwrap().credited, minor(500));
    let second = online::deposit(carol.wallet(), &mut bank, Scope::Received, now(), &mut rng());
    let second = second.unwrap();
    assert_eq!((second.credited, second.lost), (minor(0), vec![(minor(500), Rule::Double)]));
    let accused: Vec<_> = bank.proofs.iter().map(|proof| proof.identity.bytes()).collect();
    assert_eq!(accused, [alice.wallet().identity().0]);
    let balance = carol.wallet().balance().unwrap();
    assert_eq!(balance.refused, [(minor(500), Rule::Double)]);
}

#[test]
fn an_honest_run_of_many_payments_never_accuses_anybody() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    for amount in [500, 500, 200, 200] {
        hand(&mut alice, &mut bob, amount, 1);
    }
    for amount in [500, 200] {
        hand(&mut bob, &mut carol, amount, 1);
    }
    hand(&mut carol, &mut alice, 200, 1);
    let retried = alice.pay(&bob.offer_key(300));
    bob.receive(&retried);
    bob.receive(&retried);
    for person in [&mut alice, &mut bob, &mut carol] {
        person.restart();
        for _ in 0..2 {
            let scope = Scope::All;
            let done = online::deposit(person.wallet(), &mut bank, scope, now(), &mut rng());
            assert!(done.unwrap().lost.is_empty());
        }
    }
    assert!(bank.proofs.is_empty());
    assert_eq!([alice.held(), bob.held(), carol.held()], [0, 0, 0]);
}
