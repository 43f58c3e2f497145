//! Claims `[R2]` `[R3]`: who may claim, when, and whose claim is paid; N16 and N21.

mod compromise;
mod rank;
mod scene;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use scene::{Registry, refused, scenes};
use tender_token::cash::{CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::claim::{Claim, Grounds, StoredSession};
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::identity::{Pseudonym, Record, RegistrarId};
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::SessionId;
use tender_token::signature::SecretKey;
use tender_token::slot::SlotId;

#[test]
fn claims_of_forms_1_to_3_lead_until_the_last_day_within_the_window() {
    for scene in scenes() {
        let (stored, opening, chain) = scene.withdrawal();
        let device = &scene.file.wallet(&scene.file.root().get("withdrawal").get("wallet")).device;
        let withdrawer = Claim::withdrawer(opening, device);
        let (held, holder) = scene.holder(chain.clone());
        let payee = scene.payee(chain.clone(), Day(0), 1);
        let token = Some(chain.token_id());
        for (stored, claim) in [(&stored, withdrawer), (&held, holder), (&stored, payee)] {
            let registry = scene.registry(stored);
            assert_eq!(claim.token_id(registry.session.as_ref()), token);
            let last = scene.dates.claim_until;
            for (today, expected) in [
                (scene.dates.deposit_until, refused(Error::Window)),
                (scene.today, scene.lead()),
                (last, scene.lead()),
                (Day(last.0 + 1), refused(Error::Window)),
            ] {
                assert_eq!(scene.decide(&claim, &Registry { today, ..registry }), expected);
            }
            let cashed = Registry { cashed: true, ..registry };
            assert_eq!(scene.decide(&claim, &cashed), refused(Error::Cashed));
            let again = Registry { leading: Some(&claim), ..registry };
            assert_eq!(scene.decide(&claim, &again), scene.lead(), "it leads already");
        }
    }
}

#[test]
fn n21_only_the_holder_of_the_session_claims_in_whatever_epoch() {
    for scene in scenes() {
        let (stored, opening, _) = scene.withdrawal();
        let wallet = scene.file.wallet(&scene.file.root().get("withdrawal").get("wallet"));
        let claim = Claim::withdrawer(opening.clone(), &wallet.device);
        let registry = scene.registry(&stored);
        let later = Record { epoch: stored.owner.epoch + 1, ..stored.owner.clone() };
        let restored = Registry { requester: Some(&later), ..registry };
        assert_eq!(scene.decide(&claim, &restored), scene.lead());

        let pseudonym = Record { pseudonym: Pseudonym([0; 32]), ..later.clone() };
        let registrar = Record { registrar: RegistrarId([0; 32]), ..later.clone() };
        for other in [Some(&pseudonym), Some(&registrar), None] {
            let registry = Registry { requester: other, ..registry };
            assert_eq!(scene.decide(&claim, &registry), refused(Error::Wallet));
        }
        let unknown = Registry { session: None, ..registry };
        assert_eq!(scene.decide(&claim, &unknown), refused(Error::Wallet));
        let stolen = Claim::withdrawer(opening, &SecretKey::from_seed(&[1; 32]));
        assert_eq!(scene.decide(&stolen, &registry), refused(Error::Auth));
        // An exchange is nobody's: whoever knows the opening claims for itself.
        let session = Some(StoredSession::Exchange(stored.sid, &stored.outputs));
        let foreign = Registry { session, requester: Some(&pseudonym), ..registry };
        assert_eq!(scene.decide(&claim, &foreign), scene.lead());
    }
}

#[test]
fn n21_openings_fit_their_session_and_slot() {
    for scene in scenes() {
        let (stored, opening, chain) = scene.withdrawal();
        let wallet = scene.file.wallet(&scene.file.root().get("withdrawal").get("wallet"));
        let other = SessionId([9; 32]);
        for wrong in [
            ValueOpening { sid: other, ..opening.clone() },
            ValueOpening { output: 1, ..opening.clone() },
            ValueOpening { output: 64, ..opening.clone() },
            ValueOpening { slot: SlotId([9; 32]), ..opening.clone() },
            ValueOpening { blinding_seed: [9; 32], ..opening.clone() },
        ] {
            let claim = Claim::withdrawer(wrong, &wallet.device);
            let outcome = scene.decide(&claim, &scene.registry(&stored));
            assert_eq!(outcome, refused(Error::Opening));
        }
        let (held, fits, own) = scene.provision(chain.holder().expect("a slot holds it"));
        let claim = Claim::withdrawer(opening, &own.wallet.device);
        assert_eq!(scene.decide(&claim, &scene.registry(&held)), refused(Error::Opening));
        for wrong in [
            SlotOpening { sid: other, ..fits.clone() },
            SlotOpening { index: fits.index ^ 1, ..fits.clone() },
            SlotOpening { index: u16::MAX, ..fits.clone() },
            SlotOpening { blinding_seed: [9; 32], ..fits },
        ] {
            let claim = Claim::holder(chain.clone(), wrong, &own.wallet.device);
            let claim = claim.expect("a slot holds it");
            let outcome = scene.decide(&claim, &scene.registry(&held));
            assert_eq!(outcome, refused(Error::Opening));
            assert_eq!(scene.decide(&claim, &scene.registry(&stored)), refused(Error::Opening));
        }
    }
}

#[test]
fn every_form_wants_its_own_end_of_the_chain() {
    for scene in scenes() {
        let (_, _, chain) = scene.withdrawal();
        let (_, opening, own) = scene.provision(chain.holder().expect("a slot holds it"));
        let device = &own.wallet.device;
        let ended = scene.to_key(chain.clone(), Day(1), 1);
        let holder = Claim::holder(ended.clone(), opening.clone(), device);
        assert_eq!(holder.err(), Some(Error::Kind));
        let payer = Claim::payer(chain.clone(), opening.clone(), device);
        assert_eq!(payer.err(), Some(Error::Kind));
        // The same, by those who do not ask before they send.
        let verify = |bytes: &[u8]| {
            let claim = Claim::from_bytes(bytes, &scene.file.manifest)?;
            claim.verify(&Grounds::NONE, &scene.file.manifest, &mut UnwrapErr(SysRng)).map(drop)
        };
        let body = |form: u8, chain: &Chain| {
            [&[form], &chain.to_bytes()[..], &opening.to_bytes(), &[0; 64]].concat()
        };
        assert_eq!(verify(&body(2, &ended)), Err(Error::Kind));
        assert_eq!(verify(&body(4, &chain)), Err(Error::Kind));
        let key = SecretKey::from_seed(&[1; 32]);
        let item = CashItem::sign(ended, Instruction::Fund([1; 32]), &key).expect("its key");
        assert_eq!(verify(&Claim::payee(item).to_bytes()), Err(Error::Instr));
    }
}

#[test]
fn claims_are_canonical() {
    for scene in scenes() {
        let (_, opening, chain) = scene.withdrawal();
        let device = &SecretKey::from_seed(&[1; 32]);
        let (_, payer) = scene.payer(chain.clone(), Day(1), 1);
        for claim in [
            Claim::withdrawer(opening, device),
            scene.holder(chain.clone()).1,
            scene.payee(chain.clone(), Day(0), 1),
            payer.expect("the endorsement has a day"),
        ] {
            let bytes = claim.to_bytes();
            let read = |bytes: &[u8]| Claim::from_bytes(bytes, &scene.file.manifest).err();
            for end in 0..bytes.len() {
                assert_eq!(read(&bytes[..end]), Some(Error::Encoding), "{end} bytes");
            }
            assert_eq!(read(&[&bytes[..], &[0]].concat()), Some(Error::Encoding));
            for form in [0, 5, 255] {
                assert_eq!(read(&[&[form], &bytes[1..]].concat()), Some(Error::Encoding));
            }
        }
    }
}

#[test]
fn a_changed_answer_is_no_evidence() {
    for scene in scenes() {
        let (_, claim) = scene.holder(scene.passed_chain());
        let mut bytes = claim.to_bytes();
        let answer = 1 + 608 + 1 + 85;
        bytes[answer] ^= 1;
        let claim = Claim::from_bytes(&bytes, &scene.file.manifest).expect("still a scalar");
        let rng = &mut UnwrapErr(SysRng);
        let verified = claim.verify(&Grounds::NONE, &scene.file.manifest, rng);
        assert_eq!(verified.err(), Some(Error::Response));
    }
}
