//! N3, N25, N31: requests for fresh tokens that the issuer refuses whole.

use crate::mint::{DATES, MINT, NOW, SLOTS, VALUES, WALLETS, fresh, rng, to_key};
use tender_token::amount::Amount;
use tender_token::bounds::REQUEST_LIFETIME_S;
use tender_token::cash::{AccountRef, CashItem, Instruction, Outcome};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tender_token::signature::SecretKey;
use tender_token::withdraw::{Authority, Plan, Request, Session, SignedRequest, VerifiedRequest};

/// A withdrawal of one token onto slot 0.
fn plan() -> Plan {
    let sid = SessionId([1; 32]);
    let session = Session::new(&WALLETS[0].master, sid);
    let output = session.output(0, MINT.denominations[0], &SLOTS[0].slot, &MINT.manifest);
    Plan {
        manifest: MINT.manifest.hash(),
        identity: *WALLETS[0].identity.point(),
        sid,
        expires: NOW,
        debit: Amount::from_minor_units(VALUES[0]),
        debit_account: AccountRef([1; 32]),
        credit: Amount::ZERO,
        credit_account: AccountRef([0; 32]),
        outputs: vec![output.expect("sound")],
    }
}

fn request(plan: Plan, items: Vec<Vec<u8>>) -> Request {
    SignedRequest::sign(plan, items, &WALLETS[0].device).authorise(&MINT.intermediary)
}

fn verify_at(now: Timestamp, request: Request) -> Result<VerifiedRequest, Error> {
    let authority = Authority {
        manifest: &MINT.manifest,
        accepted: &[MINT.manifest.hash()],
        device: Some(&WALLETS[0].device.public()),
        intermediary: &MINT.intermediary.public(),
        now,
    };
    authority.verify(request, &mut rng())
}

/// What becomes of a request in an empty registry.
fn outcome(plan: Plan, items: Vec<Vec<u8>>) -> Result<Outcome, Error> {
    let verified = verify_at(NOW, request(plan, items))?;
    Ok(verified.decide(|item| item.decide(NOW.day(), None, &[])))
}

/// A token of the slot with this number, cashed for a plan.
fn item(slot: usize, plan_hash: [u8; 32]) -> Vec<u8> {
    let key = SecretKey::from_seed(&[46; 32]);
    let chain = to_key(slot, &fresh(slot, 0), &key, [0; 32]);
    CashItem::sign(chain, Instruction::Fund(plan_hash), &key).expect("its key").to_bytes()
}

#[test]
fn n03_other_outputs_under_one_session_id_never_share_a_blinding() {
    let session = Session::new(&WALLETS[0].master, SessionId([1; 32]));
    let output = |t, denomination: usize, slot: usize| {
        let denomination = MINT.denominations[denomination];
        session.output(t, denomination, &SLOTS[slot].slot, &MINT.manifest).expect("sound").blinded
    };
    let right = output(0, 0, 0);
    assert!(right != output(1, 0, 0) && right != output(0, 1, 0) && right != output(0, 0, 1));
    assert_eq!(right, output(0, 0, 0), "and what is the same is the same again");
}

#[test]
fn n03_a_request_is_the_same_up_to_the_devices_signature() {
    let signed = request(plan(), Vec::new()).signed;
    let elsewhere = signed.clone().authorise(&SecretKey::from_seed(&[9; 32]));
    assert_eq!(elsewhere.signed, signed, "another intermediary's word changes nothing");
    let other = Plan { expires: Timestamp(NOW.0 + 1), ..plan() };
    assert!(request(other, Vec::new()).signed != signed, "the issuer answers E_SID_CONFLICT");
}

#[test]
fn n08_a_slot_of_another_series_gets_no_token() {
    let session = Session::new(&WALLETS[0].master, SessionId([1; 32]));
    let output = session.output(0, MINT.denominations[2], &SLOTS[0].slot, &MINT.manifest);
    assert_eq!(output.err(), Some(Error::Cert));
}

#[test]
fn n23_an_answer_that_is_no_signature_gives_no_token() {
    let session = Session::new(&WALLETS[0].master, SessionId([1; 32]));
    let finish = |answer: &[u8]| {
        let denomination = MINT.denominations[0];
        session.finish(0, denomination, &SLOTS[0].slot, answer, &MINT.manifest).err()
    };
    let blinded = &plan().outputs[0].blinded;
    let other_key = MINT.value_keys[1].sign(blinded);
    assert_eq!(finish(&[0; 256]), Some(Error::Value));
    assert_eq!(finish(&other_key.expect("in range")), Some(Error::Value));
    assert_eq!(finish(&MINT.value_keys[0].sign(blinded).expect("in range")), None);
}

#[test]
fn n25_a_request_that_is_off_by_one_or_overflows_is_refused() {
    let debit = |minor_units| Plan { debit: Amount::from_minor_units(minor_units), ..plan() };
    assert_eq!(outcome(debit(VALUES[0] - 1), Vec::new()), Err(Error::Amount));
    assert_eq!(outcome(debit(VALUES[0] + 1), Vec::new()), Err(Error::Amount));
    assert_eq!(outcome(debit(VALUES[0]), Vec::new()), Ok(Outcome::Pay));
    let greatest = Amount::from_minor_units(u64::MAX);
    let overflowing = Plan { debit: greatest, credit: greatest, ..plan() };
    assert_eq!(outcome(overflowing, Vec::new()), Err(Error::Amount), "the right side");
    let overflowing = Plan { debit: greatest, ..plan() };
    let funded = vec![item(1, overflowing.hash())];
    assert_eq!(outcome(overflowing, funded), Err(Error::Amount), "the left side");
}

#[test]
fn n31_a_request_is_accepted_up_to_its_last_second_and_not_made_for_days_ahead() {
    let expiring = |expires| request(Plan { expires: Timestamp(expires), ..plan() }, Vec::new());
    let at = |now: u64, expires: u64| verify_at(Timestamp(now), expiring(expires)).err();
    let (now, expired) = (NOW.0, Some(Error::RequestExpired));
    assert_eq!(at(now, now), None);
    assert_eq!(at(now + 1, now), expired, "after expires");
    assert_eq!(at(now + 86_400, now), expired, "the replay of a delayed request");
    assert_eq!(at(now, now + REQUEST_LIFETIME_S), None);
    assert_eq!(at(now, now + REQUEST_LIFETIME_S + 1), expired, "too far ahead");
    assert_eq!(at(u64::MAX, u64::MAX), expired, "the end of time");
    let closing = (u64::from(DATES.issue_until.0) + 1) * 86_400;
    assert_eq!(at(closing - 1, closing), None);
    assert_eq!(at(closing, closing), Some(Error::Plan), "the series issues no more");
}

#[test]
fn n31_a_half_funded_request_pays_nothing() {
    let free = Plan { debit: Amount::ZERO, ..plan() };
    let funded = item(1, free.hash());
    assert_eq!(outcome(free.clone(), vec![funded.clone()]), Ok(Outcome::Pay));
    assert_eq!(outcome(free.clone(), Vec::new()), Err(Error::Amount));

    // One good token and one for another request: nothing is paid, and the good one stays free.
    let two = Plan { credit: Amount::from_minor_units(VALUES[0]), ..free };
    let (good, wrong) = (item(1, two.hash()), item(2, [0; 32]));
    let refused = |error| Ok(Outcome::Refused(error, Vec::new()));
    assert_eq!(outcome(two.clone(), vec![good.clone(), wrong]), refused(Error::Instr));
    let twice = outcome(two.clone(), vec![good.clone(), good.clone()]);
    assert_eq!(twice, refused(Error::DupToken));
    let third = item(3, two.hash());
    assert_eq!(outcome(two, vec![good, third]), Ok(Outcome::Pay));
}

/// The issuer stopped listening at the first item that it refused, and the endorsements of the
/// items behind it were lost, although they had been verified.
#[test]
fn n31_a_refused_request_leaves_the_evidence_of_every_item_that_holds() {
    let plan =
        Plan { debit: Amount::ZERO, credit: Amount::from_minor_units(2 * VALUES[0]), ..plan() };
    let items = vec![item(1, plan.hash()), item(2, [0; 32]), item(3, plan.hash())];
    let verified = verify_at(NOW, request(plan, items)).expect("sound up to the items");
    let mut kept = Vec::new();
    let outcome = verified.decide(|item| {
        kept.extend(item.evidence().map(|evidence| evidence.place.slot));
        item.decide(NOW.day(), None, &[])
    });
    assert_eq!(outcome, Outcome::Refused(Error::Instr, Vec::new()));
    assert_eq!(kept, [SLOTS[1].id(), SLOTS[3].id()]);
}

#[test]
fn n20_funds_for_another_request_are_refused() {
    let free = Plan { debit: Amount::ZERO, ..plan() };
    let other = Plan { expires: Timestamp(NOW.0 + 1), ..free.clone() };
    let refused = Ok(Outcome::Refused(Error::Instr, Vec::new()));
    assert_eq!(outcome(free, vec![item(1, other.hash())]), refused);
}
