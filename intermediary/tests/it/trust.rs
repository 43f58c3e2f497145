//! Manifests: followed one by one, kept, and told to whoever holds an older one.

use crate::bank::Bank;
use crate::issuer::TestIssuer;
use crate::mint::MINT;
use std::slice::from_ref;
use tender_proto::trust::Reply;
use tender_token::error::Error;

#[test]
fn manifests_are_followed_in_their_order_kept_and_told_on() {
    let issuer = TestIssuer::up();
    let mut bank = Bank::new(&issuer, &[]);
    let second = MINT.after(&MINT.trust);
    let third = MINT.after(&second);
    let revoked = MINT.revoke_everything();
    issuer.with(|registry| {
        registry.later = vec![second.clone(), third.clone()];
        registry.notices.revocations = vec![revoked.clone()];
    });
    bank.catch_up();
    bank.start();
    let told = |held| {
        let reply = bank.client().trust(held).expect("the intermediary answers");
        Reply::try_from(reply).expect("it can be read")
    };
    assert_eq!(told(1).manifests, [MINT.trust.clone(), second.clone(), third.clone()]);
    assert_eq!(told(2).manifests, [second, third.clone()]);
    assert_eq!(told(0).manifests, from_ref(&third));
    assert_eq!(told(0).notices.revocations, [revoked]);

    let root = MINT.root;
    let known = tender_intermediary::verbs::trust::Known::default();
    let after_third = Reply { manifests: vec![MINT.after(&third)], ..told(0) };
    let known = known.learn(told(1), &root).expect("they follow each other").known;
    let skipped = Reply { manifests: vec![MINT.after(&MINT.after(&third))], ..told(0) };
    assert_eq!(known.learn(skipped, &root).expect_err("one is missing"), Error::Manifest);
    assert!(known.learn(after_third, &root).is_ok_and(|learnt| learnt.new.len() == 1));
}
