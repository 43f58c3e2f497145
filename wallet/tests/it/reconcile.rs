//! One reconciliation after a long time away.

use crate::bank::{now, rng, wide};
use crate::people::{World, hand, minor, rule, world};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;
use tender_token::policy::Limits;
use tender_token::revocation::Subject;
use tender_token::series::DenominationId;
use tender_wallet::intermediary::Intermediary as _;
use tender_wallet::online::{self, Bring};
use tender_wallet::verbs::deposit::Scope;

fn in_thirty_days() -> Timestamp {
    now().checked_add(30 * 24 * 3600).expect("in range")
}

#[test]
fn ra13_after_thirty_days_away_one_reconciliation_tells_what_became_of_everything() {
    let World { mut bank, mut alice, mut bob, .. } = world();
    // Open are a withdrawal that was accepted and a deposit; a withdrawal was refused.
    hand(&mut alice, &mut bob, 850, 4);
    hand(&mut alice, &mut bob, 50, 0);
    bob.wallet().begin_withdraw(minor(150), now(), &mut rng()).unwrap();
    bank.withdraw(bob.wallet().open_withdrawals().unwrap().remove(0).request).unwrap().unwrap();
    let sid = bob.wallet().begin_withdraw(minor(50), now(), &mut rng()).unwrap();
    let no = Err(Rule::Limit.into());
    assert_eq!(rule(bob.wallet().finish_withdraw(sid, no, now())), Rule::Limit);
    bob.wallet().begin_deposit(Scope::Received, now(), &mut rng()).unwrap().unwrap();
    let before = bank.balance_of(bob.wallet().identity());
    bob.restart();
    // Meanwhile the limits change, twice, and a denomination is revoked.
    bank.publish(Limits { payment: Amount::from_minor_units(15_000), ..wide() });
    bank.publish(Limits { payment: Amount::from_minor_units(10_000), ..wide() });
    let revoked = DenominationId([9; 32]);
    bank.revoke(Subject::Denomination(revoked));
    bank.time = in_thirty_days();

    let done =
        online::reconcile(bob.wallet(), &mut bank, Bring::Deposit, in_thirty_days(), &mut rng());
    let done = done.unwrap();
    assert_eq!(done.withdrawn, minor(150), "what was accepted came in");
    assert_eq!(done.released, 1, "what was refused is free again");
    assert_eq!(done.deposited.credited, minor(900), "what was received is in the account");
    assert!(done.new_manifest && done.anew);
    assert_eq!(bank.balance_of(bob.wallet().identity()), before + 900);
    bob.restart();
    let balance = bob.wallet().balance().unwrap();
    assert_eq!((balance.value, balance.pending), (minor(150), minor(0)));
    assert_eq!(bob.wallet().epoch(), 3);
    let again =
        online::reconcile(bob.wallet(), &mut bank, Bring::Deposit, in_thirty_days(), &mut rng());
    let again = again.unwrap();
    assert_eq!((again.withdrawn, again.released), (minor(0), 0), "once");
    assert_eq!(again.deposited.credited, minor(0));
}
