//! N26: a restored wallet abandons what is unresolved, reveals nothing of what is not its own, and
//! its old slots answer no more.

use crate::mint::{DATES, MINT, NOW, SLOTS, WALLETS, fresh, sign};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode, Encode};
use tender_token::endorse::{Digest, Terms};
use tender_token::error::Error;
use tender_token::identity::Master;
use tender_token::manifest::ManifestHash;
use tender_token::provision::{Commitment, Plan, Receipt, Session, SessionId, SignedOpen, Want};
use tender_token::restore::{
    OwnSlots, PushedOutput, Query, Reservation, Resolution, RestoredProvision, StoredProvision,
    StoredWithdrawal,
};
use tender_token::signature::SecretKey;
use tender_token::slot::SlotId;
use tender_token::withdraw::{self, Reply, SignedRequest};

const SID: SessionId = SessionId([21; 32]);

/// A session of the first wallet for two slots, which is still unresolved.
fn unresolved() -> (Session, StoredProvision) {
    let wallet = &WALLETS[0];
    let plan = Plan {
        manifest: MINT.manifest.hash(),
        identity: *wallet.identity.point(),
        series: MINT.series[0],
        count: 2,
    };
    let session = Session::new(&wallet.master, SID, plan);
    let slot = |t| session.candidates_hash(t, &MINT.manifest).expect("sound");
    let request = session.open(session.commitment(&[slot(0), slot(1)]), &wallet.device);
    (session, stored(request, Resolution::Unresolved))
}

fn stored(request: SignedOpen, resolution: Resolution) -> StoredProvision {
    let receipt = Receipt::issue(&request, &MINT.vrf, &MINT.issuer).expect("sound");
    StoredProvision { request, receipt, resolution }
}

fn restore(stored: &StoredProvision, master: &Master) -> Result<RestoredProvision, Error> {
    stored.restore(master, &WALLETS[0].device, &MINT.manifest)
}

/// The session after the issuer signed its slots.
fn signed() -> (Session, StoredProvision) {
    let (session, stored) = unresolved();
    let challenge = stored.receipt.proof.challenge();
    let opened = session.opened(&challenge, &MINT.manifest).expect("sound");
    let answer = |kept: &Vec<u8>| MINT.slot_keys[0].sign(kept).expect("in range");
    let answers = opened.iter().map(|opened| answer(&opened.kept)).collect();
    (session, StoredProvision { resolution: Resolution::Signed(answers), ..stored })
}

fn slots(stored: &StoredProvision) -> OwnSlots {
    let restored = restore(stored, &WALLETS[0].master).expect("its own");
    let RestoredProvision::Slots(slots) = restored else { panic!("{restored:?}") };
    OwnSlots::new([slots])
}

#[test]
fn n26_an_unresolved_session_is_abandoned_with_identical_co_paths() {
    let (session, stored) = unresolved();
    let device = &WALLETS[0].device;
    let before = session.reveal(&stored.receipt, Want::Sign, device, &MINT.manifest);
    let before = before.expect("sound");
    let restored = restore(&stored, &WALLETS[0].master).expect("its own");
    let RestoredProvision::Abandon(reveal) = restored else { panic!("{restored:?}") };
    assert_eq!((reveal.want, &reveal.opened), (Want::Abandon, &before.opened));
    let commitment = Commitment::new(session.plan(), SID, stored.request.h);
    let key = MINT.manifest.slot_key(MINT.series[0]).expect("known");
    let challenge = stored.receipt.proof.challenge();
    let verified = commitment.verify(&reveal.to_bytes(), &challenge, &device.public(), key);
    assert!(verified.is_ok());

    let abandoned = StoredProvision { resolution: Resolution::Abandoned, ..stored };
    assert_eq!(restore(&abandoned, &WALLETS[0].master), Ok(RestoredProvision::Abandoned));
}

#[test]
fn n26_nothing_is_revealed_of_a_session_that_the_wallet_did_not_make() {
    let (session, right) = unresolved();
    let device = &WALLETS[0].device;
    assert_eq!(restore(&right, &WALLETS[1].master), Err(Error::Restore));
    let plan = session.plan().clone();
    let h = right.request.h;
    for (plan, sid, h) in [
        (Plan { count: 1, ..plan.clone() }, SID, h),
        (Plan { series: MINT.series[1], ..plan.clone() }, SID, h),
        (Plan { manifest: ManifestHash([1; 32]), ..plan.clone() }, SID, h),
        (Plan { identity: *WALLETS[1].identity.point(), ..plan.clone() }, SID, h),
        (plan.clone(), SessionId([22; 32]), h),
        (plan.clone(), SID, [1; 32]),
    ] {
        let request = SignedOpen::sign(plan, sid, h, device);
        let made_up = stored(request, Resolution::Unresolved);
        assert_eq!(restore(&made_up, &WALLETS[0].master), Err(Error::Restore));
    }
}

#[test]
fn n26_nothing_is_revealed_for_another_challenge() {
    let (_, right) = unresolved();
    let device = &WALLETS[0].device;
    let other = SignedOpen::sign(right.request.plan.clone(), SID, [1; 32], device);
    let other = Receipt::issue(&other, &MINT.vrf, &MINT.issuer).expect("sound");
    let elsewhere = StoredProvision { receipt: other.clone(), ..right.clone() };
    assert_eq!(restore(&elsewhere, &WALLETS[0].master), Err(Error::Receipt));
    let [own, foreign] = [&right.receipt, &other].map(Encode::to_bytes);
    let mixed = [&own[..96], &foreign[96..192], &own[192..]].concat();
    let receipt = Receipt::from_bytes(&mixed).expect("256 bytes");
    let unsigned = StoredProvision { receipt, ..right.clone() };
    assert_eq!(restore(&unsigned, &WALLETS[0].master), Err(Error::Auth));
    let vrf = tender_token::vrf::SecretKey::from_random(&[9; 64]).expect("a key");
    let chosen = Receipt::issue(&right.request, &vrf, &MINT.issuer).expect("sound");
    let chosen = StoredProvision { receipt: chosen, ..right };
    assert_eq!(restore(&chosen, &WALLETS[0].master), Err(Error::Vrf));
}

#[test]
fn n26_an_old_slot_refuses_to_answer() {
    let (session, stored) = signed();
    let slots = slots(&stored);
    let place = fresh(0, 0).next_place().expect("a slot holds it");
    for t in 0..2 {
        assert!(slots.all()[usize::from(t)].certified.is_some());
        let secret = session.secret(t, &stored.receipt, &MINT.manifest).expect("known");
        let pledge = secret.pledge(&place, Terms::to_slot(SLOTS[1].id(), [1; 32]));
        let answer = pledge.answer(&Digest::DEAD, &WALLETS[0].identity);
        assert_eq!(answer.err(), Some(Error::AlreadyAnswered));
    }
    assert!(Digest::DEAD.challenge().is_zero(), "no answer fits it");
}

/// A slot stays known, so that its token can be claimed, if the issuer keeps its certificate back.
#[test]
fn a_slot_without_a_certificate_that_holds_is_still_the_wallets_own() {
    let (_, right) = signed();
    let Resolution::Signed(answers) = &right.resolution else { panic!("it is signed") };
    let known = slots(&right);
    for answers in [Vec::new(), vec![answers[1].clone(), answers[0].clone()]] {
        let wrong = StoredProvision { resolution: Resolution::Signed(answers), ..right.clone() };
        let slots = slots(&wrong);
        for (slot, known) in slots.all().iter().zip(known.all()) {
            assert_eq!((slot.id(), &slot.opening), (known.id(), &known.opening));
            assert_eq!(slot.certified, None);
        }
    }
}

/// A withdrawal of the first wallet onto its second restored slot, and onto one of a payee.
fn withdrawal(own: &OwnSlots) -> StoredWithdrawal {
    let wallet = &WALLETS[0];
    let sid = SessionId([23; 32]);
    let session = withdraw::Session::new(&wallet.master, sid);
    let denomination = MINT.denominations[0];
    let slot = own.all()[1].certified.as_ref().expect("certified");
    let output = |t, slot| session.output(t, denomination, slot, &MINT.manifest).expect("sound");
    let outputs = vec![output(0, slot), output(1, &SLOTS[1].slot)];
    let answer = |output: &withdraw::Output| MINT.value_keys[0].sign(&output.blinded);
    let signatures = outputs.iter().map(|output| answer(output).expect("in range")).collect();
    let plan = withdraw::Plan {
        manifest: MINT.manifest.hash(),
        identity: *wallet.identity.point(),
        sid,
        expires: NOW,
        debit: Amount::from_minor_units(200),
        debit_account: AccountRef([1; 32]),
        credit: Amount::ZERO,
        credit_account: AccountRef([0; 32]),
        outputs,
    };
    let reply = Reply { sid, plan_hash: plan.hash(), signatures };
    let request = SignedRequest::sign(plan, Vec::new(), &wallet.device);
    StoredWithdrawal { request, reply: Some(reply) }
}

#[test]
fn a_push_payment_is_found_by_the_backup_alone_and_only_if_it_is_right() {
    let (_, stored) = signed();
    let own = slots(&stored);
    let withdrawal = withdrawal(&own);
    let sid = withdrawal.request.plan.sid;
    let right = PushedOutput { sid, output: 1, slot: SLOTS[1].id() };
    let restore = |pushed: &[PushedOutput]| {
        let (master, device) = (&WALLETS[0].master, WALLETS[0].device.public());
        withdrawal.restore(master, &device, &mut own.clone(), pushed, &MINT.manifest)
    };
    let found = restore(&[right]).expect("its own");
    let [Some(kept), Some(pushed)] = &found[..] else { panic!("{found:?}") };
    let outputs = &withdrawal.request.plan.outputs;
    for restored in [kept, pushed] {
        assert!(restored.opening.verify(&sid, outputs, &MINT.manifest).is_ok());
    }
    assert_eq!(kept.own.as_ref(), Some(&own.all()[1].opening));
    let token = kept.token.as_ref().expect("the reply is here");
    let sigma = sign(
        &MINT.value_keys[0],
        &tender_token::token::message(MINT.denominations[0], own.all()[1].id()),
    );
    assert_eq!(token.to_bytes()[352..], sigma);
    assert_eq!((pushed.own.as_ref(), pushed.token.as_ref()), (None, None));
    for wrong in [
        PushedOutput { sid: SID, ..right },
        PushedOutput { output: 0, ..right },
        PushedOutput { slot: SlotId([1; 32]), ..right },
    ] {
        let found = restore(&[wrong]).expect("its own");
        assert_eq!((&found[0], &found[1]), (&Some(kept.clone()), &None));
    }
}

#[test]
fn n26_a_withdrawal_that_the_device_did_not_sign_is_not_restored() {
    let (_, stored) = signed();
    let own = slots(&stored);
    let right = withdrawal(&own);
    let other = SecretKey::from_seed(&[99; 32]);
    let forged = SignedRequest::sign(right.request.plan.clone(), Vec::new(), &other);
    let forged = StoredWithdrawal { request: forged, ..right };
    let (master, device) = (&WALLETS[0].master, WALLETS[0].device.public());
    let restored = forged.restore(master, &device, &mut own.clone(), &[], &MINT.manifest);
    assert_eq!(restored, Err(Error::Restore));
}

#[test]
fn a_slot_without_reply_is_released_only_when_the_request_can_no_longer_come() {
    let reservation = Reservation { expires: NOW, dates: DATES };
    let seconds = |more: u64| Timestamp(NOW.0 + more);
    let says = |known, answered| Some(Query { answered, known });
    let last = |day: Day| Timestamp(u64::from(day.0) * 86_400 + 86_399);
    let end = last(DATES.claim_until);
    for (now, query, released) in [
        (seconds(9), None, false),
        (seconds(9), says(false, NOW), false),
        (seconds(9), says(false, seconds(1)), true),
        (seconds(9), says(true, seconds(1)), false),
        (last(DATES.spend_until), says(true, seconds(1)), false),
        (end, None, false),
        (Timestamp(end.0 + 1), None, true),
        (Timestamp(end.0 + 1), says(true, seconds(1)), true),
    ] {
        assert_eq!(reservation.is_released(now, query), released, "{now:?} {query:?}");
    }
}
