//! Every stop is survivable: what is open resumes with the same bytes.

use crate::bank::{now, rng};
use crate::people::{World, minor, world};
use tender_wallet::online::{self, Bring};
use tender_wallet::verbs::deposit::Scope;

#[test]
fn a_payment_that_crashed_between_begin_and_finish_resumes_with_identical_bytes() {
    let World { mut alice, mut bob, .. } = world();
    let mut undisturbed = alice.copy();
    let offer = bob.offer(850, 4);
    let expected = undisturbed.pay(&offer);
    let hash = alice.wallet().begin_pay(&offer, now()).unwrap();
    assert_eq!(alice.held(), 850);
    alice.restart();
    assert_eq!(alice.wallet().begun_payments().unwrap(), [hash]);
    assert_eq!(alice.wallet().finish_pay(hash, now()).unwrap(), expected);
    alice.restart();
    assert!(alice.wallet().begun_payments().unwrap().is_empty());
    assert_eq!(alice.pay(&offer), expected);
    bob.receive(&expected);
}

#[test]
fn reconciling_finishes_a_payment_that_was_begun() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    let offer = bob.offer(850, 4);
    alice.wallet().begin_pay(&offer, now()).unwrap();
    alice.restart();
    online::reconcile(alice.wallet(), &mut bank, Bring::Deposit, now(), &mut rng()).unwrap();
    assert!(alice.wallet().begun_payments().unwrap().is_empty());
    bob.receive(&alice.pay(&offer));
}

#[test]
fn a_withdrawal_whose_answer_was_lost_resumes_with_identical_bytes_and_is_debited_once() {
    let World { mut bank, mut alice, .. } = world();
    let before = bank.balance_of(alice.wallet().identity());
    let sid = alice.wallet().begin_withdraw(minor(350), now(), &mut rng()).unwrap();
    let request = alice.wallet().open_withdrawals().unwrap().remove(0).request;
    alice.restart();
    bank.lost_answers = 1;
    let lost = online::withdraw(alice.wallet(), &mut bank, minor(350), now(), &mut rng());
    assert!(lost.is_err());
    alice.restart();
    let open = alice.wallet().open_withdrawals().unwrap();
    assert_eq!((open.len(), open[0].sid, &open[0].request), (1, sid, &request));
    let tokens = online::withdraw(alice.wallet(), &mut bank, minor(350), now(), &mut rng());
    assert_eq!(tokens.unwrap(), 3);
    assert!(bank.seen.ends_with(&[request.clone(), request]));
    assert_eq!(alice.held(), 1700 + 350);
    assert_eq!(bank.balance_of(alice.wallet().identity()), before - 350);
    alice.restart();
    assert_eq!(alice.held(), 1700 + 350);
}

#[test]
fn a_provision_session_resumes_after_a_crash_at_every_step() {
    let World { mut bank, mut bob, .. } = world();
    for lost in 0..3 {
        bank.lost_answers = 0;
        let free = bob.wallet().balance().unwrap().slots_free;
        bob.wallet().begin_provision(2, now(), &mut rng(), &|| {}).unwrap();
        bob.restart();
        let request = bob.wallet().provision_request().unwrap();
        assert_eq!(bob.wallet().provision_request().unwrap(), request);
        bank.lost_answers = usize::from(lost == 0);
        if lost == 1 {
            // OPEN is answered, the answer to REVEAL gets lost.
            let request = bob.wallet().provision_request().unwrap().unwrap();
            let reply = tender_wallet::intermediary::Intermediary::provision(&mut bank, request);
            bob.wallet().finish_provision(reply.unwrap(), now()).unwrap();
            bob.restart();
            bank.lost_answers = 1;
        }
        let outcome = online::provision(bob.wallet(), &mut bank, 2, now(), &mut rng(), &|| {});
        bob.restart();
        if lost < 2 {
            assert!(outcome.is_err());
            let got = online::provision(bob.wallet(), &mut bank, 2, now(), &mut rng(), &|| {});
            assert_eq!(got.unwrap(), 2);
        } else {
            assert_eq!(outcome.unwrap(), 2);
        }
        bob.restart();
        assert_eq!(bob.wallet().balance().unwrap().slots_free, free + 2);
        assert!(bob.wallet().provision_request().unwrap().is_none());
    }
}

#[test]
fn a_deposit_whose_answer_was_lost_sends_identical_items_and_is_credited_once() {
    let World { mut bank, mut alice, .. } = world();
    let before = bank.balance_of(alice.wallet().identity());
    bank.lost_answers = 1;
    let lost = online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng());
    assert!(lost.is_err());
    assert_eq!(alice.wallet().balance().unwrap().pending, minor(1700));
    let (account, call) = alice.wallet().open_deposits(now()).unwrap().remove(0);
    alice.restart();
    let later = now().checked_add(60).unwrap();
    let (same_account, same) = alice.wallet().open_deposits(later).unwrap().remove(0);
    assert_eq!((account, &call.body), (same_account, &same.body));
    let done = online::deposit(alice.wallet(), &mut bank, Scope::All, now(), &mut rng());
    assert_eq!(done.unwrap().credited, minor(1700));
    assert_eq!(bank.balance_of(alice.wallet().identity()), before + 1700);
    let balance = alice.wallet().balance().unwrap();
    assert_eq!((balance.value, balance.pending), (minor(0), minor(0)));
    assert!(balance.tokens.is_empty());
}

#[test]
fn every_step_is_there_after_a_restart() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    let offer = bob.offer(700, 2);
    bob.restart();
    alice.restart();
    let payment = alice.pay(&offer);
    alice.restart();
    assert_eq!(alice.held(), 1000);
    let received = bob.receive(&payment);
    bob.restart();
    assert_eq!(bob.held(), 700);
    let receipt = tender_token::encode::Encode::to_bytes(&received.receipt);
    alice.wallet().confirm(&receipt, now()).unwrap();
    online::reconcile(bob.wallet(), &mut bank, Bring::Deposit, now(), &mut rng()).unwrap();
    bob.restart();
    alice.restart();
    assert_eq!((alice.held(), bob.held()), (1000, 0));
    let names = |person: &mut crate::people::Person| {
        let events = person.wallet().history().unwrap();
        events.iter().map(|event| event.what.name()).collect::<Vec<_>>()
    };
    let expected = ["enrolled", "provisioned", "withdrawn", "withdrawn", "paid", "confirmed"];
    assert_eq!(names(&mut alice), expected);
    assert_eq!(names(&mut bob), ["enrolled", "provisioned", "received", "deposited", "reconciled"]);
}
