//! N4: a wallet that hides another identity in a candidate is found out unless it is lucky.
//!
//! What passes is a function of the candidate that is bad and of the one that stays closed. The
//! first test goes through that whole function. The second plays ten thousand sessions from the
//! commitment to the issuer's verdict and counts who gets through.

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
    slot: [u8; 32],
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
        let candidate = |(index, blinded): (u16, &Vec<u8>)| {
            h32(Label::Candidate, &[&[0, 0], &index.to_be_bytes(), blinded])
        };
        let candidates: Vec<_> = (0..).zip(&blinded).map(candidate).collect();
        let slot = h32(Label::Candidates, &[&candidates.concat()]);
        Self { root, blinded, slot }
    }

    /// What the issuer gets to see first, under this session id.
    fn commitment(&self, sid: [u8; 32]) -> Commitment {
        let (manifest, identity) = (MINT.manifest.hash(), *WALLETS[0].identity.point());
        let plan = Plan { manifest, identity, series: MINT.series[0], count: 1 };
        let h = h32(Label::Commit, &[&sid, &plan.hash(), &[0, 1], &self.slot]);
        Commitment::new(&plan, SessionId(sid), h)
    }

    fn passes(&self, commitment: &Commitment, challenge: &Challenge) -> Result<(), Error> {
        let kept = challenge.kept(0, CANDIDATES);
        let copath = self.root.copath(DEPTH, kept);
        let blinded = self.blinded[usize::try_from(kept).expect("a small number")].clone();
        let key = MINT.manifest.slot_key(MINT.series[0]).expect("the series is known");
        let opened = [Opened { copath, kept: blinded }];
        commitment.verify_opened(&opened, challenge, key).map(drop)
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
        let commitment = cheat.commitment([3; 32]);
        for (kept, challenge) in (0..).zip(&challenges) {
            let expected = if kept == bad { Ok(()) } else { Err(Error::Reveal) };
            assert_eq!(cheat.passes(&commitment, challenge), expected, "bad {bad}, closed {kept}");
        }
    }
    let honest = Cheat::with_bad_candidate(CANDIDATES);
    let commitment = honest.commitment([3; 32]);
    assert!(challenges.iter().all(|challenge| honest.passes(&commitment, challenge) == Ok(())));
}

/// Plays a session whose bad candidate is chosen in turn: which one stays closed, and whether the
/// cheat gets through.
fn play(session: u64, cheats: &[Cheat]) -> (usize, bool) {
    let bad = usize::try_from(session % u64::from(CANDIDATES)).expect("a small number");
    let commitment = cheats[bad].commitment(h32(Label::Session, &[&session.to_be_bytes()]));
    let (sid, h) = (&commitment.sid.0, &commitment.h);
    let proof = MINT.vrf.prove(sid, h).expect("sound");
    assert_eq!(MINT.manifest.vrf().verify(sid, h, &proof), Ok(()));
    let kept = proof.challenge().kept(0, CANDIDATES);
    let verdict = cheats[bad].passes(&commitment, &proof.challenge());
    assert!(verdict.is_ok() || verdict == Err(Error::Reveal));
    (usize::try_from(kept).expect("a small number"), verdict.is_ok())
}

#[test]
fn n04_one_bad_candidate_passes_with_probability_one_in_kappa() {
    let cheats: Vec<_> = (0..CANDIDATES).map(Cheat::with_bad_candidate).collect();
    let (mut closed, mut passed) = ([0_u64; 1 << DEPTH], 0_u64);
    std::thread::scope(|scope| {
        let cheats = &cheats;
        let halves = [0..SESSIONS / 2, SESSIONS / 2..SESSIONS].map(|half| {
            scope.spawn(move || half.map(|session| play(session, cheats)).collect::<Vec<_>>())
        });
        for (kept, passes) in halves.into_iter().flat_map(|half| half.join().expect("it ends")) {
            closed[kept] += 1;
            passed += u64::from(passes);
        }
    });
    assert_eq!(closed.iter().sum::<u64>(), SESSIONS);
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
