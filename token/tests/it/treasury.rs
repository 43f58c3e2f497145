//! Supply instructions: their bytes, and every way in which officers have not approved one.

use sha2::{Digest, Sha512};
use tender_token::amount::{Amount, Currency};
use tender_token::bounds::INSTRUCTION_LIFETIME_S;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::signature::{PublicKey, SecretKey, Signature};
use tender_token::treasury::{Approval, Instruction, InstructionId, Officer, Order, Submission};

const NOW: Timestamp = Timestamp(1_700_000_000);
const BANK: RegistrarId = RegistrarId([3; 32]);
const ISSUER: PublicKey = PublicKey([5; 32]);

pub fn orders() -> [Order; 8] {
    [
        Order::Issue,
        Order::Distribute(BANK),
        Order::Redeem(BANK),
        Order::Destroy,
        Order::CreditReserves(BANK),
        Order::DebitReserves(BANK),
        Order::Pledge(BANK),
        Order::Release(BANK),
    ]
}

fn currency(code: &str) -> Currency {
    Currency::new(code).expect("three capital letters")
}

fn instruction() -> Instruction {
    Instruction {
        issuer: ISSUER,
        id: InstructionId([9; 32]),
        order: Order::Issue,
        currency: currency("FLN"),
        amount: Amount::from_minor_units(500),
        expiry: Timestamp(NOW.0 + 60),
    }
}

fn officer(seed: u8) -> Officer {
    Officer::from_seed(&[seed; 32])
}

/// A policy of three officers, two of whom must approve.
fn policy() -> Policy {
    let zero = Amount::ZERO;
    let limits = Limits {
        currency: currency("FLN"),
        payment: zero,
        holding: zero,
        received: zero,
        payments: 0,
        reconcile_days: 0,
        exchange: zero,
        guarantee_cap: zero,
    };
    Policy {
        slot_quota: 1,
        loss_rule: LossRule::PayeeBears,
        limits: vec![limits],
        officers_k: 2,
        officers: [1, 2, 3].map(|seed| officer(seed).public()).to_vec(),
        witnesses_k: 0,
        witnesses: Vec::new(),
    }
}

fn submit(instruction: Instruction, officers: &[u8]) -> Submission {
    let approvals = officers.iter().map(|seed| officer(*seed).approve(&instruction));
    Submission { instruction, approvals: approvals.collect() }
}

#[track_caller]
fn check(submission: Submission, policy: &Policy, expected: Option<Error>) {
    assert_eq!(submission.verify(&ISSUER, policy, NOW).err(), expected);
}

#[test]
fn an_instruction_is_signed_over_a_hash_of_its_bytes_under_its_own_prefix() {
    let bank = &BANK.0[..];
    for (number, order) in (1_u8..).zip(orders()) {
        let instruction = Instruction { order, ..instruction() };
        let named = if order.intermediary().is_some() { bank } else { &[] };
        let rest = [&b"FLN"[..], &500_u64.to_be_bytes(), &(NOW.0 + 60).to_be_bytes()].concat();
        let bytes = [&[2][..], &[5; 32], &[9; 32], &[number], named, &rest].concat();
        assert_eq!(instruction.to_bytes(), bytes);
        assert_eq!(Instruction::from_bytes(&bytes), Ok(instruction));

        let digest = Sha512::digest([&b"tender/treasury/v2/"[..], &bytes].concat());
        let approval = officer(1).approve(&instruction);
        let expected = SecretKey::from_seed(&[1; 32]).sign_digest(&digest.into());
        assert_eq!(approval.signature, expected);
        assert_eq!(approval.to_bytes(), [&approval.officer.0[..], &expected.0].concat());
        let submission = submit(instruction, &[1, 2]);
        let whole = submission.to_bytes();
        assert_eq!(whole.len(), bytes.len() + 1 + 2 * 96);
        assert_eq!(Submission::from_bytes(&whole), Ok(submission));
    }
    let mut unknown = instruction().to_bytes();
    for (place, value) in [(0, 1), (65, 0), (65, 9)] {
        let before = core::mem::replace(&mut unknown[place], value);
        assert_eq!(Instruction::from_bytes(&unknown), Err(Error::Encoding));
        unknown[place] = before;
    }
}

#[test]
fn enough_distinct_officers_approve_and_fewer_do_not() {
    for (officers, expected) in [
        (&[1, 2][..], None),
        (&[3, 1], None),
        (&[1, 2, 3], None),
        (&[1], Some(Error::Auth)),
        (&[], Some(Error::Auth)),
    ] {
        check(submit(instruction(), officers), &policy(), expected);
    }
    let approved = submit(instruction(), &[1, 2]);
    let approved = approved.verify(&ISSUER, &policy(), NOW).expect("two of three");
    assert_eq!(*approved.instruction(), instruction());
    assert_eq!(*approved.submission(), submit(instruction(), &[1, 2]));
}

#[test]
fn the_same_officer_twice_is_one_and_a_stranger_is_none() {
    check(submit(instruction(), &[1, 1]), &policy(), Some(Error::Auth));
    check(submit(instruction(), &[1, 2, 2]), &policy(), Some(Error::Auth));
    check(submit(instruction(), &[1, 4]), &policy(), Some(Error::Auth));
    check(submit(instruction(), &[1, 2, 4]), &policy(), Some(Error::Auth));
    let listed_twice = [1, 1, 2].map(|seed| officer(seed).public()).to_vec();
    let policy = Policy { officers: listed_twice, ..policy() };
    check(submit(instruction(), &[1, 1]), &policy, Some(Error::Auth));
}

#[test]
fn a_policy_that_asks_for_nobody_or_for_more_than_there_are_approves_nothing() {
    let nobody = Policy { officers_k: 0, ..policy() };
    check(submit(instruction(), &[]), &nobody, Some(Error::Auth));
    check(submit(instruction(), &[1, 2, 3]), &nobody, Some(Error::Auth));
    let more = Policy { officers_k: 4, ..policy() };
    check(submit(instruction(), &[1, 2, 3]), &more, Some(Error::Auth));
}

#[test]
fn an_approval_is_for_one_instruction() {
    let other = Instruction { id: InstructionId([8; 32]), ..instruction() };
    let more = Instruction { amount: Amount::from_minor_units(501), ..instruction() };
    for changed in [other, more, Instruction { order: Order::Destroy, ..instruction() }] {
        let approvals = submit(instruction(), &[1, 2]).approvals;
        check(Submission { instruction: changed, approvals }, &policy(), Some(Error::Auth));
    }
    let mut forged = submit(instruction(), &[1, 2]);
    forged.approvals[1] = Approval { signature: Signature([0; 64]), ..forged.approvals[1] };
    check(forged, &policy(), Some(Error::Auth));
}

/// The same officers serve two issuers of one currency: what they approved at the one is nothing at
/// the other, whether it is sent as it is or renamed.
#[test]
fn ra17_an_approval_for_one_issuer_is_none_for_another() {
    let other = PublicKey([6; 32]);
    let submission = submit(instruction(), &[1, 2]);
    submission.verify_approvals(&ISSUER, &policy()).expect("it is for this one");
    assert_eq!(submission.verify_approvals(&other, &policy()), Err(Error::Auth));
    assert_eq!(submission.clone().verify(&other, &policy(), NOW).err(), Some(Error::Plan));
    let renamed = Instruction { issuer: other, ..instruction() };
    let renamed = Submission { instruction: renamed, ..submission };
    assert_eq!(renamed.verify(&other, &policy(), NOW).err(), Some(Error::Auth));
}

#[test]
fn an_instruction_of_another_currency_of_nothing_or_out_of_time_is_refused_by_name() {
    let check = |instruction, expected| check(submit(instruction, &[1, 2]), &policy(), expected);
    let other = Instruction { currency: currency("XTS"), ..instruction() };
    check(other, Some(Error::Plan));
    check(Instruction { amount: Amount::ZERO, ..instruction() }, Some(Error::Amount));
    let until = |expiry| Instruction { expiry: Timestamp(expiry), ..instruction() };
    check(until(NOW.0), None);
    check(until(NOW.0 - 1), Some(Error::RequestExpired));
    check(until(NOW.0 + INSTRUCTION_LIFETIME_S), None);
    check(until(NOW.0 + INSTRUCTION_LIFETIME_S + 1), Some(Error::RequestExpired));
    check(until(u64::MAX), Some(Error::RequestExpired));
}
