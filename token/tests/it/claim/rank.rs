//! Whose claim is paid, of several for one token `[R3]`; N16.

use super::scene::{Registry, Stored, refused, scenes};
use tender_token::chain::Chain;
use tender_token::claim::{Claim, Grounds, Outcome};
use tender_token::date::Day;
use tender_token::double_spend::Evidence;
use tender_token::error::Error;

#[test]
fn the_longest_story_leads() {
    for scene in scenes() {
        let chain = scene.passed_chain();
        let (held, holder) = scene.holder(chain.clone());
        let born = Chain::new(chain.token().clone());
        let (origin, first) = scene.holder(born);
        let payee = scene.payee(chain, Day(0), 1);
        let (higher, lower) = (Some(&holder), Some(&first));
        let decide = |claim: &Claim, stored: &Stored, leading| {
            scene.decide(claim, &Registry { leading, ..scene.registry(stored) })
        };
        assert_eq!(decide(&holder, &held, lower), scene.lead());
        assert_eq!(decide(&first, &origin, higher), Outcome::Outranked(Vec::new()));
        assert_eq!(decide(&payee, &held, higher), scene.lead());
        assert_eq!(decide(&holder, &held, Some(&payee)), Outcome::Outranked(Vec::new()));

        let (stored, opening, fresh) = scene.withdrawal();
        let device = &scene.file.wallet(&scene.file.root().get("withdrawal").get("wallet")).device;
        let withdrawer = Claim::withdrawer(opening, device);
        let (shown, token) = scene.holder(fresh);
        assert!(withdrawer.rank() < token.rank());
        assert_eq!(decide(&token, &shown, Some(&withdrawer)), scene.lead());
        let second = decide(&withdrawer, &stored, Some(&token));
        assert_eq!(second, Outcome::Outranked(Vec::new()));
    }
}

#[test]
fn n16_of_conflicting_stories_the_first_presented_leads_and_the_evidence_stays() {
    for scene in scenes() {
        let (_, _, chain) = scene.withdrawal();
        let [one, other] = [1, 2].map(|seed| scene.payee(chain.clone(), Day(0), seed));
        let known: Vec<Evidence> = scene.verified(&one, &Grounds::NONE).evidence().collect();
        assert_eq!(known.len(), 1);
        let (stored, _, _) = scene.withdrawal();
        let registry = Registry { known: &known, ..scene.registry(&stored) };
        let second = scene.decide(&other, &Registry { leading: Some(&one), ..registry });
        let Outcome::Outranked(conflicts) = second else { panic!("{second:?}") };
        let culprit = conflicts[0].culprit().expect("both answers hold");
        let (_, _, own) = scene.provision(chain.holder().expect("a slot holds it"));
        assert_eq!((conflicts.len(), culprit), (1, own.wallet.identity.key()));

        let cashed = scene.decide(&other, &Registry { cashed: true, ..registry });
        assert_eq!(cashed, Outcome::Refused(Error::Cashed, conflicts));
        // A story that does not part from the first one only goes on.
        let (held, holder) = scene.holder(chain);
        let before = Registry { leading: Some(&holder), ..scene.registry(&held) };
        assert_eq!(scene.decide(&other, &before), scene.lead());
    }
}

#[test]
fn form_4_takes_back_from_the_day_after_and_is_paid_at_once() {
    for scene in scenes() {
        let (_, _, chain) = scene.withdrawal();
        let day = scene.dates.issue_from;
        let (stored, claim) = scene.payer(chain.clone(), day, 1);
        let claim = claim.expect("the endorsement has a day");
        assert_eq!(claim.rank(), None);
        let registry = scene.registry(&stored);
        let last = scene.dates.claim_until;
        for (today, expected) in [
            (day, refused(Error::Window)),
            (Day(day.0 + 1), Outcome::Pay),
            (last, Outcome::Pay),
            (Day(last.0 + 1), refused(Error::Window)),
        ] {
            assert_eq!(scene.decide(&claim, &Registry { today, ..registry }), expected);
        }
        let cashed = Registry { cashed: true, ..registry };
        assert_eq!(scene.decide(&claim, &cashed), refused(Error::Cashed));
        let (_, holder) = scene.holder(chain.clone());
        let behind = Registry { leading: Some(&holder), ..registry };
        assert_eq!(scene.decide(&claim, &behind), Outcome::Pay);
        let rival = scene.payee(chain.clone(), Day(0), 2);
        let conflicting = Registry { leading: Some(&rival), ..registry };
        assert_eq!(scene.decide(&claim, &conflicting), Outcome::Outranked(Vec::new()));

        let (_, undated) = scene.payer(chain.clone(), Day(0), 1);
        assert_eq!(undated.err(), Some(Error::Deadline));
        let late = scene.payee(chain, day, 1);
        assert_eq!(scene.decide(&late, &registry), refused(Error::Deadline));
    }
}

/// Where a value key is compromised, form 4 waits for an opening, and what is paid at once
/// elsewhere is not overtaken there.
#[test]
fn form_4_that_waits_keeps_its_place_before_every_other() {
    for scene in scenes() {
        let (opened, opening, chain) = scene.withdrawal();
        let (stored, payer) = scene.payer(chain.clone(), scene.dates.issue_from, 1);
        let payer = payer.expect("the endorsement has a day");
        let (held, holder) = scene.holder(chain);
        let device = &scene.file.wallet(&scene.file.root().get("withdrawal").get("wallet")).device;
        let withdrawer = Claim::withdrawer(opening, device);
        for (stored, claim) in [(&held, &holder), (&opened, &withdrawer)] {
            let behind = Registry { leading: Some(&payer), ..scene.registry(stored) };
            assert_eq!(scene.decide(claim, &behind), Outcome::Outranked(Vec::new()));
        }
        let before = Registry { leading: Some(&holder), ..scene.registry(&stored) };
        assert_eq!(scene.decide(&payer, &before), Outcome::Pay);
    }
}
