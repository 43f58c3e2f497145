//! Revocations `[X1]`.

use sha2::{Digest, Sha512};
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::policy::{LossRule, Policy};
use tender_token::revocation::{Proposal, Revocation, SignedRevocation, Subject};
use tender_token::series::{DenominationId, SeriesId};
use tender_token::signature::{PublicKey, SecretKey};
use tender_token::transcript::{Label, x};
use tender_token::treasury::{Approvable, Officer};

const SERIES: SeriesId = SeriesId([5; 32]);
const DENOMINATION: DenominationId = DenominationId([6; 32]);

fn subjects() -> [Subject; 3] {
    [Subject::Denomination(DENOMINATION), Subject::Series(SERIES), Subject::Everything]
}

fn revocation(subject: Subject) -> Revocation {
    Revocation { epoch: 3, subject, day: Day(20_040) }
}

#[test]
fn a_revocation_is_signed_by_the_root_over_its_41_bytes() {
    let root = SecretKey::from_seed(&[1; 32]);
    for (what, subject) in (1_u8..).zip(subjects()) {
        let id = match subject {
            Subject::Denomination(id) => id.0,
            Subject::Series(id) => id.0,
            Subject::Everything => [0; 32],
        };
        let body = [&[0, 0, 0, 3, what], &id[..], &20_040_u32.to_be_bytes()].concat();
        assert_eq!(revocation(subject).to_bytes(), body);
        let signed = revocation(subject).sign(&root);
        let bytes = signed.to_bytes();
        assert_eq!(bytes[..41], body);
        assert_eq!(bytes[41..], root.sign_digest(&x(Label::Revocation, &[&body])).0);
        assert_eq!(SignedRevocation::from_bytes(&bytes).as_ref(), Ok(&signed));
        let verified = signed.verify(&root.public()).expect("the root signed");
        assert_eq!(*verified.revocation(), revocation(subject));

        let other = SecretKey::from_seed(&[2; 32]);
        assert_eq!(signed.verify(&other.public()).err(), Some(Error::Auth));
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 4;
            let refused = SignedRevocation::from_bytes(&changed);
            let refused = refused.and_then(|signed| signed.verify(&root.public())).err();
            let expected = [Some(Error::Auth), Some(Error::Encoding)];
            assert!(expected.contains(&refused), "byte {place}: {refused:?}");
        }
    }
}

#[test]
fn a_revocation_ends_what_it_names_and_what_belongs_to_it() {
    let root = SecretKey::from_seed(&[1; 32]);
    let ends = subjects().map(|subject| {
        let verified = revocation(subject).sign(&root).verify(&root.public()).expect("signed");
        let other = SeriesId([7; 32]);
        [
            verified.ends_denomination(DENOMINATION, SERIES),
            verified.ends_denomination(DenominationId([7; 32]), SERIES),
            verified.ends_denomination(DenominationId([7; 32]), other),
            verified.ends_series(SERIES),
            verified.ends_series(other),
        ]
    });
    assert_eq!(ends[0], [true, false, false, false, false]);
    assert_eq!(ends[1], [true, true, false, true, false]);
    assert_eq!(ends[2], [true; 5]);
}

#[test]
fn other_subjects_and_an_id_for_everything_are_no_encoding() {
    let good = revocation(Subject::Everything).to_bytes();
    let read = |bytes: &[u8]| Revocation::from_bytes(bytes).err();
    for (place, value) in [(4, 0), (4, 4), (4, 255), (5, 1), (36, 1)] {
        let mut bytes = good.clone();
        bytes[place] = value;
        assert_eq!(read(&bytes), Some(Error::Encoding), "byte {place} as {value}");
    }
    assert_eq!(read(&good[..40]), Some(Error::Encoding));
    assert_eq!(read(&[&good[..], &[0]].concat()), Some(Error::Encoding));
}

/// A policy of three officers, two of whom must approve.
fn policy() -> Policy {
    Policy {
        slot_quota: 1,
        loss_rule: LossRule::PayeeBears,
        limits: Vec::new(),
        officers_k: 2,
        officers: [1, 2, 3].map(|seed| Officer::from_seed(&[seed; 32]).public()).to_vec(),
        witnesses_k: 0,
        witnesses: Vec::new(),
    }
}

#[test]
fn ra17_a_revocation_needs_as_many_officers_as_the_policy_says_and_is_for_one_issuer() {
    let (own, other) = (PublicKey([7; 32]), PublicKey([8; 32]));
    for (what, subject) in (1_u8..).zip(subjects()) {
        let proposal = Proposal { issuer: own, subject };
        let bytes = proposal.to_bytes();
        assert_eq!((bytes.len(), bytes[0], &bytes[1..33], bytes[33]), (66, 1, &own.0[..], what));
        assert_eq!(Proposal::from_bytes(&bytes), Ok(proposal));
        let digest = Sha512::digest([&b"tender/revocation/v1/"[..], &bytes].concat());
        assert_eq!(proposal.digest()[..], digest[..]);
        let approve = |seed: u8| Officer::from_seed(&[seed; 32]).approve(&proposal);
        for (officers, approved) in [
            (&[1, 2][..], true),
            (&[1, 2, 3], true),
            (&[1], false),
            (&[], false),
            (&[1, 1], false),
            (&[1, 4], false),
        ] {
            let approvals: Vec<_> = officers.iter().copied().map(approve).collect();
            let verified = proposal.verify(&own, &policy(), &approvals);
            assert_eq!(verified.is_ok(), approved, "{officers:?}");
        }
        let approvals = [1, 2].map(approve);
        let verified = proposal.verify(&own, &policy(), &approvals).expect("two of three");
        assert_eq!(verified.subject(), subject);
        assert_eq!(proposal.verify(&other, &policy(), &approvals).err(), Some(Error::Auth));
        let renamed = Proposal { issuer: other, ..proposal };
        assert_eq!(renamed.verify(&other, &policy(), &approvals).err(), Some(Error::Auth));
        for another in subjects().into_iter().filter(|another| *another != subject) {
            let changed = Proposal { subject: another, ..proposal };
            assert_eq!(changed.verify(&own, &policy(), &approvals).err(), Some(Error::Auth));
        }
    }
}
