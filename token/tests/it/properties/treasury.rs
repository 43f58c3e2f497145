//! Supply instructions and their approvals.

use super::{canonical, config, damage};
use crate::treasury::orders;
use proptest::prelude::*;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::signature::PublicKey;
use tender_token::treasury::{Approvable, Instruction, InstructionId, Officer, Submission};

fn instruction() -> impl Strategy<Value = Instruction> {
    let order = prop::sample::select(orders().to_vec());
    (any::<[[u8; 32]; 2]>(), order, any::<[u8; 3]>(), any::<u64>(), any::<u64>()).prop_map(
        |([issuer, id], order, currency, amount, expiry)| Instruction {
            issuer: PublicKey(issuer),
            id: InstructionId(id),
            order,
            currency: Currency::from_bytes(&currency).expect("three bytes"),
            amount: Amount::from_minor_units(amount),
            expiry: Timestamp(expiry),
        },
    )
}

/// Instructions with up to two approvals.
pub fn submission() -> impl Strategy<Value = Submission> {
    let seeds = prop::collection::vec(any::<[u8; 32]>(), 0..3);
    (instruction(), seeds).prop_map(|(instruction, seeds)| {
        let approve = |seed| Officer::from_seed(seed).approve(&instruction);
        Submission { instruction, approvals: seeds.iter().map(approve).collect() }
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn instructions_are_canonical(instruction in instruction(), damage in damage()) {
        canonical(&instruction, &damage, Instruction::from_bytes)?;
    }

    #[test]
    fn submissions_are_canonical(submission in submission(), damage in damage()) {
        canonical(&submission, &damage, Submission::from_bytes)?;
    }

    #[test]
    fn two_instructions_have_two_digests(one in instruction(), other in instruction()) {
        prop_assert_eq!(one == other, one.digest() == other.digest());
    }
}
