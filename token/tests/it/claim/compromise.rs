//! A compromised value key `[X2]`: tokens are paid against openings; N21.

use super::scene::{Registry, scenes};
use std::collections::BTreeSet;
use tender_token::claim::{Claim, OpenedToken, Openings, Outcome, StoredSession};
use tender_token::error::Error;
use tender_token::opening::ValueOpening;
use tender_token::series::DenominationId;
use tender_token::token::TokenId;

const FORGED: TokenId = TokenId([1; 32]);

#[test]
fn an_opened_token_is_paid_to_the_highest_rank_although_a_chain_alone_is_not() {
    for scene in scenes() {
        let (stored, opening, chain) = scene.withdrawal();
        let device = &scene.file.wallet(&scene.file.root().get("withdrawal").get("wallet")).device;
        let withdrawer = Claim::withdrawer(opening.clone(), device);
        let (held, holder) = scene.holder(chain.clone());
        let behind = Registry { leading: Some(&withdrawer), ..scene.registry(&held) };
        assert_eq!(scene.decide(&holder, &behind), scene.lead());
        let registry = Registry { leading: Some(&holder), ..scene.registry(&stored) };
        assert_eq!(scene.decide(&withdrawer, &registry), Outcome::Outranked(Vec::new()));

        let session = registry.session.expect("it is stored");
        let opened = OpenedToken::verify(&opening, &session, &scene.file.manifest);
        let opened = opened.expect("it is the withdrawer's");
        assert_eq!(opened.token(), chain.token_id());
        assert_eq!(opened.denomination(), chain.token().denomination());
        let openings = Openings::new(opened.denomination());
        assert!(!openings.contain(chain.token_id()));
        let mut unopened = openings.clone().close(0, BTreeSet::new());
        assert_eq!(unopened.pay(chain.token_id()), Err(Error::Opening));
        let mut openings = openings;
        openings.keep(&opened).expect("of this denomination");
        assert!(openings.contain(chain.token_id()));
        let mut settlement = openings.close(1, BTreeSet::new());
        assert_eq!(settlement.pay(FORGED), Err(Error::Opening));
        assert_eq!(settlement.pay(chain.token_id()), Ok(()));
        assert_eq!(settlement.pay(chain.token_id()), Err(Error::Cashed));
    }
}

#[test]
fn issued_minus_opened_bounds_what_is_paid_for_chains_without_opening() {
    for scene in scenes() {
        let (stored, opening, chain) = scene.withdrawal();
        let session = scene.registry(&stored).session.expect("it is stored");
        let opened = OpenedToken::verify(&opening, &session, &scene.file.manifest);
        let opened = opened.expect("it is the withdrawer's");
        let mut openings = Openings::new(opened.denomination());
        for _ in 0..2 {
            openings.keep(&opened).expect("of this denomination");
        }
        let other = [2, 3, 4].map(|byte| TokenId([byte; 32]));
        let bound = |issued, paid: &[TokenId]| {
            openings.clone().close(issued, paid.iter().copied().collect()).bound()
        };
        assert_eq!(bound(3, &[]), 2, "the same opening twice is one");
        assert_eq!(bound(3, &[chain.token_id()]), 2, "it was opened, whether paid or not");
        assert_eq!(bound(3, &other[..1]), 1);
        assert_eq!(bound(3, &other), 0, "more was paid than the issuer had signed");
        assert_eq!((bound(1, &[]), bound(0, &[])), (0, 0));

        let mut settlement = openings.close(3, BTreeSet::from([other[0]]));
        assert_eq!(settlement.pay(other[0]), Err(Error::Cashed));
        assert_eq!(settlement.pay(other[1]), Ok(()));
        assert_eq!(settlement.pay(other[1]), Err(Error::Cashed));
        assert_eq!(settlement.pay(other[2]), Err(Error::Opening));
        assert_eq!(settlement.pay(chain.token_id()), Ok(()), "its share is its own");
    }
}

#[test]
fn n21_what_does_not_open_is_no_evidence_of_a_token() {
    for scene in scenes() {
        let (stored, right, chain) = scene.withdrawal();
        let session = scene.registry(&stored).session.expect("it is stored");
        let verify = |opening: &ValueOpening, session: &StoredSession<'_>| {
            OpenedToken::verify(opening, session, &scene.file.manifest).err()
        };
        let wrong = Some(Error::Opening);
        assert_eq!(verify(&right, &session), None);
        let exchange = StoredSession::Exchange(stored.sid, &stored.outputs);
        assert_eq!(verify(&right, &exchange), None, "who knows b opens it");
        let seed = ValueOpening { blinding_seed: [0; 32], ..right.clone() };
        assert_eq!(verify(&seed, &session), wrong);
        let beyond = ValueOpening { output: u16::MAX, ..right.clone() };
        assert_eq!(verify(&beyond, &session), wrong);
        let (held, _) = scene.holder(chain);
        let provision = scene.registry(&held).session.expect("it is stored");
        assert_eq!(verify(&right, &provision), wrong);

        let opened = OpenedToken::verify(&right, &session, &scene.file.manifest).expect("right");
        let mut others = Openings::new(DenominationId([1; 32]));
        assert_eq!(others.keep(&opened), Err(Error::Denomination));
        assert!(!others.contain(opened.token()));
    }
}
