//! Getting slots certified.

use crate::bank::{Bank, now, rng, wide};
use crate::people::{Person, World, invitation, rule, world};
use tender_proto::provision::{Granted, Request};
use tender_proto::refusal::Refusal;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error as Rule;
use tender_token::provision::Receipt;
use tender_wallet::error::Error;
use tender_wallet::intermediary::Intermediary as _;
use tender_wallet::online;

#[test]
fn a_wallet_enrols_once_and_answers_a_lost_answer_with_the_same_registration() {
    let mut bank = Bank::new(wide());
    let mut dora = Person::create();
    let early = dora.wallet().begin_provision(1, now(), &mut rng(), &|| {});
    assert!(matches!(early, Err(Error::NotEnrolled)));
    bank.lost_answers = 2;
    assert!(online::enrol(dora.wallet(), &mut bank, now()).is_err(), "the manifest is lost");
    let request = dora.wallet().enrol_request().unwrap();
    assert!(online::enrol(dora.wallet(), &mut bank, now()).is_err(), "the answer is lost");
    dora.restart();
    assert_eq!(dora.wallet().enrol_request().unwrap(), request);
    assert!(online::enrol(dora.wallet(), &mut bank, now()).unwrap());
    assert!(!online::enrol(dora.wallet(), &mut bank, now()).unwrap());
    let mut other = invitation();
    other.code = "another".to_owned();
    assert!(!dora.wallet().begin_enrol(other, now()).unwrap(), "nothing new for it");
    assert!(dora.wallet().enrol_request().unwrap().is_none());
}

#[test]
fn a_wrong_receipt_reveals_nothing_and_the_right_one_is_taken_later() {
    let World { mut bank, mut bob, .. } = world();
    bob.wallet().begin_provision(1, now(), &mut rng(), &|| {}).unwrap();
    let request = bob.wallet().provision_request().unwrap().unwrap();
    let Granted::Receipt(right) = bank.provision(request).unwrap().unwrap() else {
        panic!("a receipt answers OPEN")
    };
    let changed = |position: usize| {
        let mut bytes = right.to_bytes();
        bytes[position] ^= 1;
        Receipt::from_bytes(&bytes).map(|receipt| Ok(Granted::Receipt(receipt)))
    };
    for (position, expected) in [(0, Rule::Receipt), (64, Rule::Receipt), (255, Rule::Auth)] {
        let wrong = changed(position).unwrap();
        assert_eq!(rule(bob.wallet().finish_provision(wrong, now())), expected);
        let next = bob.wallet().provision_request().unwrap().unwrap();
        assert!(matches!(next, Request::Open(_)));
    }
    bob.wallet().finish_provision(Ok(Granted::Receipt(right)), now()).unwrap();
    let next = bob.wallet().provision_request().unwrap().unwrap();
    assert!(matches!(next, Request::Reveal { .. }));
    let refused = bob.wallet().finish_provision(Err(Refusal::from(Rule::Reveal)), now());
    assert_eq!(rule(refused), Rule::Reveal);
    let got = online::provision(bob.wallet(), &mut bank, 1, now(), &mut rng(), &|| {});
    assert_eq!(got.unwrap(), 1, "only a valid REVEAL resolves a session");
}

#[test]
fn wrong_certificates_are_kept_as_evidence_and_good_ones_become_slots() {
    let World { mut bank, mut bob, .. } = world();
    let free = bob.wallet().balance().unwrap().slots_free;
    bob.wallet().begin_provision(3, now(), &mut rng(), &|| {}).unwrap();
    let open = bob.wallet().provision_request().unwrap().unwrap();
    let receipt = bank.provision(open).unwrap();
    bob.wallet().finish_provision(receipt, now()).unwrap();
    let reveal = bob.wallet().provision_request().unwrap().unwrap();
    let Granted::Certificates(mut answers) = bank.provision(reveal).unwrap().unwrap() else {
        panic!("certificates answer REVEAL")
    };
    answers[1][200] ^= 1;
    let outcome = bob.wallet().finish_provision(Ok(Granted::Certificates(answers)), now());
    assert_eq!(rule(outcome), Rule::Cert);
    bob.restart();
    assert_eq!(bob.wallet().balance().unwrap().slots_free, free + 2);
    assert!(bob.wallet().provision_request().unwrap().is_none());
}

#[test]
fn a_refused_opening_ends_its_session_and_the_next_one_is_another() {
    let World { mut bank, mut bob, .. } = world();
    let first = bob.wallet().begin_provision(1, now(), &mut rng(), &|| {}).unwrap();
    let refused = bob.wallet().finish_provision(Err(Refusal::from(Rule::Rate)), now());
    assert_eq!(rule(refused), Rule::Rate);
    let second = bob.wallet().begin_provision(1, now(), &mut rng(), &|| {}).unwrap();
    assert_ne!(first, second);
    let got = online::provision(bob.wallet(), &mut bank, 1, now(), &mut rng(), &|| {});
    assert_eq!(got.unwrap(), 1);
}
