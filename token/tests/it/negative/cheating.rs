//! N4: a wallet that hides another identity in a candidate is found out unless it is lucky.
//!
//! What passes is a function of the candidate that is bad and of the one that stays closed. The
//! first test goes through that whole function, with the real check. The second counts how often
//! each candidate stays closed, with the real challenge. Ten thousand cheats, played out, would add
//! nothing: each would meet the same check with the same two numbers.

use crate::mint::{DEPTH, MINT, WALLETS};
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::group::{Point, Scalar};
use tender_token::provision::{Commitment, Opened, Plan, SessionId};
use tender_token::slot::SlotSecret;
use tender_token::transcript::{Label, h32};
use tender_token::tree::Node;
use tender_token::vrf::Challenge;

const CANDIDATES: u32 = 1 << DEPTH;
const SESSIONS: u64 = 10_000;

/// A session for one slot in which one candidate hides another wallet's identity.
struct Cheat {
    root: Node,
    blinded: Vec<Vec<u8>>,
    commitment: Commitment,
}

impl Cheat {
    fn with_bad_candidate(bad: u32) -> Self {
        let (series, key) = (MINT.series[0], MINT.manifest.slot_key(MINT.series[0]));
        let key = key.expect("the series is known");
        let root = Node::new([9; 32]);
        let blind = |(index, leaf): (u32, &Node)| {
            let wallet = &WALLETS[usize::from(index == bad)];
            let secret = SlotSecret::from_leaf(leaf);
            let commitments = secret.commitments(wallet.identity.point()).expect("sound");
            let seed = h32(Label::SlotBlind, &[leaf.bytes()]);
            key.key.blinded(&commitments.message(series), &seed)
        };
        let blinded: Vec<_> = (0..).zip(&root.leaves(DEPTH)).map(blind).collect();
        let identity = *WALLETS[0].identity.point();
        let plan = Plan { manifest: MINT.manifest.hash(), identity, series, count: 1 };
        let sid = SessionId([3; 32]);
        let candidate = |(index, blinded): (u16, &Vec<u8>)| {
            h32(Label::Candidate, &[&[0, 0], &index.to_be_bytes(), blinded])
        };
        let candidates: Vec<_> = (0..).zip(&blinded).map(candidate).collect();
        let slot = h32(Label::Candidates, &[&candidates.concat()]);
        let h = h32(Label::Commit, &[&sid.0, &plan.hash(), &[0, 1], &slot]);
        Self { root, blinded, commitment: Commitment::new(&plan, sid, h) }
    }

    fn passes(&self, challenge: &Challenge) -> Result<(), Error> {
        let kept = challenge.kept(0, CANDIDATES);
        let copath = self.root.copath(DEPTH, kept);
        let blinded = self.blinded[usize::try_from(kept).expect("a small number")].clone();
        let key = MINT.manifest.slot_key(MINT.series[0]).expect("the series is known");
        let opened = [Opened { copath, kept: blinded }];
        self.commitment.verify_opened(&opened, challenge, key).map(drop)
    }
}

/// A challenge that keeps this candidate of slot 0 closed.
fn challenge_that_keeps(kept: u32) -> Challenge {
    let point = |number: u8| {
        let scalar = Scalar::from_weight([number; 16]);
        Challenge::from_bytes(&Point::base(&scalar).expect("not zero").bytes()).expect("a point")
    };
    let mut challenges = (1..=u8::MAX).map(point);
    challenges.find(|challenge| challenge.kept(0, CANDIDATES) == kept).expect("one of 255 does")
}

#[test]
fn n04_one_bad_candidate_passes_exactly_if_it_stays_closed() {
    let challenges: Vec<_> = (0..CANDIDATES).map(challenge_that_keeps).collect();
    for bad in 0..CANDIDATES {
        let cheat = Cheat::with_bad_candidate(bad);
        for (kept, challenge) in (0..).zip(&challenges) {
            let expected = if kept == bad { Ok(()) } else { Err(Error::Reveal) };
            assert_eq!(cheat.passes(challenge), expected, "bad {bad}, closed {kept}");
        }
    }
    let honest = Cheat::with_bad_candidate(CANDIDATES);
    assert!(challenges.iter().all(|challenge| honest.passes(challenge) == Ok(())));
}

#[test]
fn n04_one_bad_candidate_passes_with_probability_one_in_kappa() {
    let mut closed = [0_u64; 1 << DEPTH];
    let mut passed = 0_u64;
    for session in 0..SESSIONS {
        let sid = h32(Label::Session, &[&session.to_be_bytes()]);
        let h = h32(Label::Commit, &[&sid]);
        let proof = MINT.vrf.prove(&sid, &h).expect("sound");
        assert_eq!(MINT.manifest.vrf().verify(&sid, &h, &proof), Ok(()));
        let kept = proof.challenge().kept(0, CANDIDATES);
        closed[usize::try_from(kept).expect("a small number")] += 1;
        passed += u64::from(u64::from(kept) == session % u64::from(CANDIDATES));
    }
    for (count, what) in closed.iter().map(|count| (*count, "closed")).chain([(passed, "passed")]) {
        assert!(within_four_sigma(count), "{what} {count} times of {SESSIONS}");
    }
}

/// Whether |count - n/kappa| <= 4 sqrt(n (kappa - 1)) / kappa, without any fraction.
fn within_four_sigma(count: u64) -> bool {
    let kappa = u64::from(CANDIDATES);
    let distance = (count * kappa).abs_diff(SESSIONS);
    distance * distance <= 16 * SESSIONS * (kappa - 1)
}

#[test]
fn n04_four_sigma_are_132_sessions_of_1250() {
    assert!(within_four_sigma(1_250 - 132) && within_four_sigma(1_250 + 132));
    assert!(!within_four_sigma(1_250 - 133) && !within_four_sigma(1_250 + 133));
    assert_eq!(challenge_that_keeps(0).to_bytes().len(), 32);
}
