//! The manifest: verified under the root, followed epoch by epoch, and never stepped back.

use crate::bank::{Bank, now, wide};
use crate::people::{World, hand, rule, world};
use std::slice::from_ref;
use tender_proto::trust::{MANIFESTS_MAX, Trust};
use tender_token::error::Error as Rule;
use tender_token::revocation::Subject;
use tender_wallet::error::Error;
use tender_wallet::intermediary::Intermediary as _;
use tender_wallet::online;

#[test]
fn a_manifest_is_adopted_only_if_it_follows_and_holds_under_the_root() {
    let World { mut bank, mut alice, .. } = world();
    let old = bank.manifest_of(1);
    assert!(!online::refresh(alice.wallet(), &mut bank, now()).unwrap());
    bank.publish(wide());
    assert!(online::refresh(alice.wallet(), &mut bank, now()).unwrap());
    alice.restart();
    assert_eq!(rule(alice.wallet().adopt(old, now())), Rule::Manifest);

    let forged = |forge: fn(&mut Trust)| {
        let mut trust = bank.manifest_of(2);
        forge(&mut trust);
        trust
    };
    for trust in [
        forged(|trust| trust.signature.0[0] ^= 1),
        forged(|trust| trust.policy.slot_quota += 1),
        // The first day of the series: a key set with an altered date.
        forged(|trust| trust.manifest[147] ^= 1),
    ] {
        assert_eq!(rule(alice.wallet().adopt(trust, now())), Rule::Manifest);
    }

    let mut split = Bank::new(tender_token::policy::Limits { payments: 7, ..wide() });
    assert_eq!(rule(online::refresh(alice.wallet(), &mut split, now())), Rule::Manifest);
    split.publish(wide());
    assert_eq!(rule(online::refresh(alice.wallet(), &mut split, now())), Rule::Manifest);
}

#[test]
fn a_wallet_that_slept_through_manifests_follows_them_in_their_order() {
    let World { mut bank, mut alice, .. } = world();
    let (mut sleeper, epochs) = (alice.copy(), MANIFESTS_MAX + 3);
    (1..epochs).for_each(|_| bank.publish(wide()));
    let newest = bank.manifest_of(epochs);
    assert_eq!(rule(sleeper.wallet().adopt(newest, now())), Rule::Manifest, "one in between");
    assert!(online::refresh(alice.wallet(), &mut bank, now()).unwrap());
    assert_eq!(usize::try_from(alice.wallet().epoch()), Ok(epochs));
    let told = bank.trust(1).unwrap().manifests;
    assert_eq!(told.len(), MANIFESTS_MAX, "more take another question");
    let told = bank.trust(0).unwrap().manifests;
    assert_eq!(told, from_ref(&bank.manifest_of(epochs)), "who holds none begins with the newest");
    assert!(!online::refresh(alice.wallet(), &mut bank, now()).unwrap());
}

#[test]
fn what_the_root_revoked_is_neither_paid_nor_accepted_but_still_cashed() {
    let World { mut bank, mut alice, mut bob, mut carol } = world();
    hand(&mut alice, &mut bob, 300, 2);
    let offer = carol.offer(200, 1);
    let payment = alice.pay(&offer);
    bank.revoke(Subject::Everything);
    let mut forged = bank.trust(0).unwrap();
    let signed = tender_token::encode::Encode::to_bytes(&forged.notices.revocations[0]);
    let mut other = signed.clone();
    other[3] ^= 1;
    forged.notices.revocations =
        vec![tender_token::encode::Decode::from_bytes(&other).expect("it is one")];
    assert_eq!(rule(carol.wallet().follow(forged, now())), Rule::Auth, "not by the root");

    for person in [&mut bob, &mut carol] {
        online::refresh(person.wallet(), &mut bank, now()).unwrap();
        person.restart();
    }
    assert_eq!(
        rule(carol.wallet().receive(&payment, now(), &mut crate::bank::rng())),
        Rule::Denied
    );
    let planned = bob.wallet().plan(crate::people::minor(100), now());
    assert!(
        matches!(planned, Err(Error::NotPayable { .. } | Error::Refused { .. })),
        "{planned:?}"
    );

    // The intermediary stops repeating it, and the wallet still knows.
    bank.notices.revocations.clear();
    online::refresh(carol.wallet(), &mut bank, now()).unwrap();
    assert_eq!(
        rule(carol.wallet().receive(&payment, now(), &mut crate::bank::rng())),
        Rule::Denied
    );
    let scope = tender_wallet::verbs::deposit::Scope::All;
    let done =
        online::deposit(bob.wallet(), &mut bank, scope, now(), &mut crate::bank::rng()).unwrap();
    assert_eq!(done.lost.len(), 0);
    assert!(done.tokens > 0);
}
