//! The manifest: verified under the root, and never stepped back.

use crate::bank::{Bank, now, wide};
use crate::people::{World, rule, world};
use tender_token::error::Error as Rule;
use tender_wallet::intermediary::Intermediary as _;
use tender_wallet::online;

#[test]
fn a_manifest_is_adopted_only_if_it_follows_and_holds_under_the_root() {
    let World { mut bank, mut alice, .. } = world();
    let old = bank.trust().unwrap();
    assert!(!online::refresh(alice.wallet(), &mut bank, now()).unwrap());
    bank.publish(wide());
    assert!(online::refresh(alice.wallet(), &mut bank, now()).unwrap());
    alice.restart();
    assert_eq!(rule(alice.wallet().adopt(old, now())), Rule::Manifest);

    let mut forged = bank.trust().unwrap();
    forged.signature.0[0] ^= 1;
    assert_eq!(rule(alice.wallet().adopt(forged, now())), Rule::Manifest);
    let mut forged = bank.trust().unwrap();
    forged.policy.slot_quota += 1;
    assert_eq!(rule(alice.wallet().adopt(forged, now())), Rule::Manifest);

    let mut split = Bank::new(tender_token::policy::Limits { payments: 7, ..wide() });
    assert_eq!(rule(online::refresh(alice.wallet(), &mut split, now())), Rule::Manifest);
}
