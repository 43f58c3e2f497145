//! Account money becomes tokens.

use crate::bank::{now, rng};
use crate::people::{World, minor, rule, world};
use std::collections::BTreeSet;
use tender_token::error::Error as Rule;
use tender_wallet::error::Error;
use tender_wallet::intermediary::Intermediary as _;
use tender_wallet::online;
use tender_wallet::store::{Store, Withdrawals};

#[test]
fn a_withdrawal_needs_free_slots_funds_and_denominations() {
    let World { mut bank, mut alice, .. } = world();
    let mut withdraw =
        |units| online::withdraw(alice.wallet(), &mut bank, minor(units), now(), &mut rng());
    assert_eq!(rule(withdraw(0)), Rule::Amount);
    assert_eq!(rule(withdraw(1_000_000)), Rule::Funds);
    assert!(matches!(withdraw(5_000), Err(Error::SlotsMissing { free: 8, .. })));
    let odd = withdraw(75).expect_err("no denominations make 0.75");
    let Error::NotPayable { below, above, .. } = odd else { panic!("not payable") };
    assert_eq!((below, above), (Some(minor(50)), Some(minor(100))));
    assert_eq!(withdraw(850).unwrap(), 4);
}

#[test]
fn a_slot_of_a_refused_withdrawal_is_never_used_again() {
    let World { mut bank, mut alice, .. } = world();
    bank.refuse_withdrawal = Some(Rule::Limit);
    let refused = online::withdraw(alice.wallet(), &mut bank, minor(350), now(), &mut rng());
    assert_eq!(rule(refused), Rule::Limit);
    assert_eq!(alice.wallet().balance().unwrap().slots_free, 5);
    online::withdraw(alice.wallet(), &mut bank, minor(350), now(), &mut rng()).unwrap();
    alice.close();
    let store = Store::open(&alice.path()).unwrap();
    let mut seen = BTreeSet::new();
    for (_, row) in store.all::<Withdrawals>().unwrap() {
        assert!(row.outputs.iter().all(|(_, slot)| seen.insert(*slot)));
    }
}

#[test]
fn n32_no_slot_is_ever_asked_for_twice_whatever_became_of_the_withdrawals() {
    let World { mut bank, mut alice, .. } = world();
    let begin = |alice: &mut crate::people::Person| {
        alice.wallet().begin_withdraw(minor(50), now(), &mut rng())
    };
    // One stays open, one is refused, one comes in, and the wallet is started anew in between.
    begin(&mut alice).unwrap();
    alice.restart();
    let refused = begin(&mut alice).unwrap();
    let no = Err(Rule::Limit.into());
    assert_eq!(rule(alice.wallet().finish_withdraw(refused, no, now())), Rule::Limit);
    alice.restart();
    online::withdraw(alice.wallet(), &mut bank, minor(50), now(), &mut rng()).unwrap();
    let free = alice.wallet().balance().unwrap().slots_free;
    (0..free).for_each(|_| assert!(begin(&mut alice).is_ok()));
    assert!(matches!(begin(&mut alice), Err(Error::SlotsMissing { free: 0, .. })));
    alice.close();
    let rows = Store::open(&alice.path()).unwrap().all::<Withdrawals>().unwrap();
    let mut seen = BTreeSet::new();
    let slots = rows.iter().flat_map(|(_, row)| row.outputs.iter().map(|(_, slot)| *slot));
    assert!(slots.into_iter().all(|slot| seen.insert(slot)));
}

#[test]
fn a11_wrong_signatures_are_kept_as_evidence_and_good_ones_become_tokens() {
    let World { mut bank, mut alice, .. } = world();
    let sid = alice.wallet().begin_withdraw(minor(350), now(), &mut rng()).unwrap();
    let request = alice.wallet().open_withdrawals().unwrap().remove(0).request;
    let right = bank.withdraw(request).unwrap().unwrap();
    let garbled = alice.wallet().finish_withdraw(sid, Ok(vec![1, 2, 3]), now());
    assert!(matches!(garbled, Err(Error::Unanswered { .. })));
    assert_eq!(alice.wallet().open_withdrawals().unwrap().len(), 1, "it stays open");
    let mut wrong = right;
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    assert_eq!(rule(alice.wallet().finish_withdraw(sid, Ok(wrong), now())), Rule::Value);
    alice.restart();
    assert_eq!(alice.held(), 1700 + 150, "the token of 2.00 is owed");
    assert!(alice.wallet().open_withdrawals().unwrap().is_empty());
}

#[test]
fn a_withdrawal_beyond_the_account_tells_what_the_account_holds() {
    let World { mut bank, mut alice, .. } = world();
    let money = alice.wallet().money().unwrap();
    let mut withdraw = |bank: &mut crate::bank::Bank, units| {
        let outcome = online::withdraw(alice.wallet(), bank, minor(units), now(), &mut rng());
        outcome.expect_err("refused").tell(money)
    };
    let told = withdraw(&mut bank, 8_301);
    assert!(told.contains("The account holds 83.00 FLN, which is less than 83.01 FLN"), "{told}");
    bank.refuse_withdrawal = Some(Rule::Funds);
    let told = withdraw(&mut bank, 350);
    assert!(told.contains("3.50 FLN was refused although the account holds 83.00 FLN"), "{told}");
    assert!(told.contains("its vault may be empty"), "{told}");
}

/// What the bank held ready outside could not be reached: the wallet compared with the balance.
#[test]
fn wt04_what_is_held_ready_outside_is_withdrawn_and_not_a_unit_more() {
    let World { mut bank, mut alice, .. } = world();
    let identity = alice.wallet().identity();
    bank.keep_outside_all_but(identity, 100);
    let money = alice.wallet().money().unwrap();
    let mut withdraw =
        |units| online::withdraw(alice.wallet(), &mut bank, minor(units), now(), &mut rng());
    let told = withdraw(8_301).expect_err("more than there is").tell(money);
    let expected = "The account holds 1.00 FLN, and 82.00 FLN more are held ready for it outside, \
                    which is less than 83.01 FLN (E_FUNDS).";
    assert!(told.starts_with(expected), "{told}");
    assert_eq!(withdraw(850).expect("covered"), 4);
    let left = online::account(alice.wallet(), &mut bank, now()).expect("answered");
    assert_eq!((left.balance, left.ready), (minor(0), minor(8_200 - 750)));
}

/// Who withdraws another amount while one is pending was told that it is kept, and it was not even
/// begun.
#[test]
fn another_amount_begins_beside_a_withdrawal_that_is_open() {
    let World { mut bank, mut alice, .. } = world();
    alice.wallet().begin_withdraw(minor(50), now(), &mut rng()).unwrap();
    let tokens = online::withdraw(alice.wallet(), &mut bank, minor(100), now(), &mut rng());
    assert_eq!(tokens.unwrap(), 2);
    assert_eq!(alice.held(), 1700 + 100);
    let open = alice.wallet().open_withdrawals().unwrap();
    assert_eq!(open.iter().map(|open| open.amount).collect::<Vec<_>>(), [minor(50)]);
    // If nobody answers, nothing of the new one is kept.
    bank.lost_answers = 1;
    online::withdraw(alice.wallet(), &mut bank, minor(200), now(), &mut rng()).unwrap_err();
    assert_eq!(alice.wallet().open_withdrawals().unwrap().len(), 1);
}
