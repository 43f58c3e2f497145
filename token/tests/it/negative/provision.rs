//! N2, N3, N5, N6, N7, N26: sessions of provisioning that go wrong, and can still go right.

use super::{ORDER, number, plus_order, sum};
use crate::mint::{DEPTH, MINT, WALLETS, sign};
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::group::{Point, Scalar};
use tender_token::provision::{
    Commitment, Opened, Plan, Receipt, Reveal, Session, SessionId, Want,
};
use tender_token::signature::SecretKey;
use tender_token::transcript::{Label, h32};
use tender_token::vrf;

const COUNT: u16 = 2;

/// A session of the first wallet up to the receipt.
struct Opening {
    session: Session,
    receipt: Receipt,
    commitment: Commitment,
}

fn plan() -> Plan {
    let (manifest, identity) = (MINT.manifest.hash(), *WALLETS[0].identity.point());
    Plan { manifest, identity, series: MINT.series[0], count: COUNT }
}

fn open(sid: [u8; 32]) -> Opening {
    let (wallet, plan) = (&WALLETS[0], plan());
    let session = Session::new(&wallet.master, SessionId(sid), plan.clone());
    let hashes = (0..COUNT).map(|t| session.candidates_hash(t, &MINT.manifest).expect("sound"));
    let h = session.commitment(&hashes.collect::<Vec<_>>());
    let request = session.open(h, &wallet.device);
    let receipt = Receipt::issue(&request, &MINT.vrf, &MINT.issuer).expect("sound");
    Opening { commitment: Commitment::new(&plan, SessionId(sid), h), session, receipt }
}

impl Opening {
    fn reveal(&self, want: Want) -> Reveal {
        let device = &WALLETS[0].device;
        self.session.reveal(&self.receipt, want, device, &MINT.manifest).expect("sound")
    }

    fn check(&self, bytes: &[u8]) -> Result<Want, Error> {
        let key = MINT.manifest.slot_key(MINT.series[0]).expect("known");
        let device = WALLETS[0].device.public();
        let challenge = self.receipt.proof.challenge();
        self.commitment.verify(bytes, &challenge, &device, key).map(|(reveal, _)| reveal.want)
    }
}

#[test]
fn n02_a_late_reveal_resolves_a_session_with_sign_and_with_abandon() {
    let opening = open([1; 32]);
    for want in [Want::Sign, Want::Abandon] {
        let reveal = opening.reveal(want);
        assert_eq!(opening.check(&reveal.to_bytes()), Ok(want), "a session never runs out");
    }
}

#[test]
fn a14_n03_other_content_under_one_session_id_gives_other_secrets() {
    let first = Session::new(&WALLETS[0].master, SessionId([1; 32]), plan());
    let second = Session::new(&WALLETS[0].master, SessionId([1; 32]), Plan { count: 1, ..plan() });
    let hash = |session: &Session| session.candidates_hash(0, &MINT.manifest).expect("sound");
    assert!(hash(&first) != hash(&second));
}

#[test]
fn n05_a_reveal_with_a_wrong_identity_series_or_order_is_refused_and_the_right_one_accepted() {
    let opening = open([2; 32]);
    let reveal = opening.reveal(Want::Sign);
    let key = |series: usize| MINT.manifest.slot_key(MINT.series[series]).expect("known");
    let challenge = opening.receipt.proof.challenge();
    let check = |commitment: &Commitment, opened: &[_], series| {
        commitment.verify_opened(opened, &challenge, key(series)).err()
    };
    let other = *WALLETS[1].identity.point();
    let wrong = Commitment { identity: other, ..opening.commitment.clone() };
    assert_eq!(check(&wrong, &reveal.opened, 0), Some(Error::Reveal), "wrong U");
    assert_eq!(check(&opening.commitment, &reveal.opened, 1), Some(Error::Reveal), "wrong key");
    let swapped: Vec<_> = reveal.opened.iter().rev().cloned().collect();
    assert_eq!(check(&opening.commitment, &swapped, 0), Some(Error::Reveal), "swapped t");
    assert_eq!(check(&opening.commitment, &reveal.opened[..1], 0), Some(Error::Reveal), "one t");
    assert_eq!(check(&opening.commitment, &reveal.opened, 0), None);
}

#[test]
fn n05_a_flipped_bit_in_any_node_or_kept_candidate_is_refused_and_the_right_one_accepted() {
    let opening = open([3; 32]);
    let reveal = opening.reveal(Want::Sign);
    let challenge = opening.receipt.proof.challenge();
    let key = MINT.manifest.slot_key(MINT.series[0]).expect("known");
    let check = |opened: &[_]| opening.commitment.verify_opened(opened, &challenge, key).err();
    for slot in 0..usize::from(COUNT) {
        for node in 0..usize::from(DEPTH) {
            let mut opened = reveal.opened.clone();
            opened[slot].copath[node][node] ^= 0x10;
            assert_eq!(check(&opened), Some(Error::Reveal), "slot {slot}, node {node}");
        }
        let mut opened = reveal.opened.clone();
        opened[slot].kept[200] ^= 1;
        assert_eq!(check(&opened), Some(Error::Reveal), "slot {slot}, kept");
    }
    assert_eq!(check(&reveal.opened), None);
}

/// Whoever called the check of opened slots directly, without decoding a REVEAL, got the issuer's
/// evidence for a slot of one candidate of which nothing was opened.
#[test]
fn n05_a_copath_of_another_length_than_the_series_is_deep_opens_nothing() {
    let challenge = open([6; 32]).receipt.proof.challenge();
    let key = MINT.manifest.slot_key(MINT.series[0]).expect("known");
    let kept = number(7);
    let candidate = h32(Label::Candidate, &[&[0; 4], &kept]);
    let slot = h32(Label::Candidates, &[&candidate]);
    let (sid, plan) = (SessionId([6; 32]), Plan { count: 1, ..plan() });
    let h = h32(Label::Commit, &[&sid.0, &plan.hash(), &[0, 1], &slot]);
    let commitment = Commitment::new(&plan, sid, h);
    for length in [0, 1, usize::from(DEPTH) - 1, usize::from(DEPTH) + 1, 17, 256] {
        let opened = [Opened { copath: vec![[0; 32]; length], kept: kept.clone() }];
        let refused = commitment.verify_opened(&opened, &challenge, key).err();
        assert_eq!(refused, Some(Error::Reveal), "{length} nodes");
    }
}

#[test]
fn n05_a_kept_candidate_out_of_range_is_no_encoding_and_the_right_one_accepted() {
    let opening = open([4; 32]);
    let bytes = opening.reveal(Want::Sign).to_bytes();
    let modulus = MINT.slot_keys[0].public().modulus();
    let beyond = sum(modulus, &number(2)).expect("no modulus of the tests is so large");
    let place = 32 + 1 + 32 * usize::from(DEPTH);
    for kept in [number(0), number(1), modulus.to_vec(), beyond] {
        let mut bytes = bytes.clone();
        bytes[place..place + 256].copy_from_slice(&kept);
        assert_eq!(opening.check(&bytes), Err(Error::Encoding));
    }
    let mut unsigned = bytes.clone();
    unsigned[40] ^= 1;
    assert_eq!(opening.check(&unsigned), Err(Error::Auth));
    assert_eq!(open([5; 32]).check(&bytes), Err(Error::Session));
    assert_eq!(opening.check(&bytes), Ok(Want::Sign));
}

#[test]
fn n05_the_modulus_added_to_a_kept_candidate_is_no_encoding_of_it() {
    let modulus = MINT.slot_keys[0].public().modulus();
    let place = 32 + 1 + 32 * usize::from(DEPTH);
    let fits = (0..=u8::MAX).find_map(|number| {
        let opening = open([number; 32]);
        let bytes = opening.reveal(Want::Sign).to_bytes();
        let beyond = sum(&bytes[place..place + 256], modulus)?;
        Some((opening, bytes, beyond))
    });
    let (opening, bytes, beyond) = fits.expect("one of 256 candidates is small enough");
    assert_eq!(opening.check(&bytes), Ok(Want::Sign));
    let mut bytes = bytes;
    bytes[place..place + 256].copy_from_slice(&beyond);
    assert_eq!(opening.check(&bytes), Err(Error::Encoding));
}

#[test]
fn n06_a_challenge_of_another_key_or_value_is_refused() {
    let (sid, h) = ([1; 32], [2; 32]);
    let proof = MINT.vrf.prove(&sid, &h).expect("sound");
    let verify = |key: &vrf::PublicKey, bytes: &[u8]| {
        vrf::Proof::from_bytes(bytes).and_then(|proof| key.verify(&sid, &h, &proof))
    };
    let other = vrf::SecretKey::from_random(&[7; 64]).expect("not zero");
    let bytes = proof.to_bytes();
    let key = MINT.vrf.public();
    assert_eq!(verify(key, &bytes), Ok(()));
    assert_eq!(verify(other.public(), &bytes), Err(Error::Vrf), "other key");
    let replaced = |at: usize, part: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + part.len()].copy_from_slice(part);
        bytes
    };
    assert_eq!(verify(key, &replaced(0, &[0; 32])), Err(Error::Encoding), "identity");
    // The group has no element T of small order to add, so any other element stands for it.
    let gamma = Point::from_bytes(bytes[..32].try_into().expect("32 bytes")).expect("a point");
    let moved = gamma.plus_blinding(&Scalar::from_weight([1; 16])).expect("no identity");
    assert_eq!(verify(key, &replaced(0, &moved.bytes())), Err(Error::Vrf), "Gamma + T");
    for at in [32, 64] {
        assert_eq!(verify(key, &replaced(at, &ORDER)), Err(Error::Encoding), "l");
        let noncanonical = plus_order(&bytes[at..at + 32]);
        assert_eq!(verify(key, &replaced(at, &noncanonical)), Err(Error::Encoding), "+ l");
        assert_eq!(verify(key, &replaced(at, &[0; 32])), Err(Error::Vrf), "zero");
    }
}

#[test]
fn n07_a_receipt_for_another_session_or_without_signature_is_refused() {
    let opening = open([6; 32]);
    let (sid, plan_hash, h) = (SessionId([6; 32]), plan().hash(), opening.commitment.h);
    let (issuer, key) = (MINT.manifest.issuer(), MINT.manifest.vrf());
    let verify = |receipt: &Receipt| receipt.verify(&sid, &plan_hash, &h, issuer, key);
    assert_eq!(verify(&opening.receipt), Ok(()));
    let changed = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = opening.receipt.clone();
        change(&mut receipt);
        receipt
    };
    let other_h = changed(&|receipt| receipt.h = [0; 32]);
    let other_sid = changed(&|receipt| receipt.sid = SessionId([7; 32]));
    let other_plan = changed(&|receipt| receipt.plan_hash = [0; 32]);
    for receipt in [other_h, other_sid, other_plan, open([7; 32]).receipt] {
        assert_eq!(verify(&receipt), Err(Error::Receipt));
    }
    let request = opening.session.open(h, &WALLETS[0].device);
    let impostor = SecretKey::from_seed(&[9; 32]);
    let unsigned = Receipt::issue(&request, &MINT.vrf, &impostor).expect("sound");
    assert_eq!(verify(&unsigned), Err(Error::Auth));
    let another = vrf::SecretKey::from_random(&[7; 64]).expect("not zero");
    let unproved = Receipt::issue(&request, &another, &MINT.issuer).expect("sound");
    assert_eq!(verify(&unproved), Err(Error::Vrf));
}

#[test]
fn n26_a_restored_wallet_abandons_an_unresolved_session_with_identical_copaths() {
    let before = open([8; 32]);
    let after = open([8; 32]);
    assert_eq!(before.receipt, after.receipt, "the challenge is a function of the session");
    let (sign, abandon) = (before.reveal(Want::Sign), after.reveal(Want::Abandon));
    assert_eq!(sign.opened, abandon.opened);
    assert_eq!(before.check(&abandon.to_bytes()), Ok(Want::Abandon));
}

#[test]
fn n23_an_answer_that_is_no_signature_gives_no_certificate() {
    let opening = open([9; 32]);
    let reveal = opening.reveal(Want::Sign);
    let finish =
        |answer: &[u8]| opening.session.finish(0, &opening.receipt, answer, &MINT.manifest).err();
    let (key, kept) = (&MINT.slot_keys[0], &reveal.opened[0].kept);
    let wrong = sign(key, b"something else");
    let modulus = key.public().modulus().to_vec();
    for answer in [number(0), number(1), modulus, wrong.clone(), wrong[1..].to_vec()] {
        assert_eq!(finish(&answer), Some(Error::Cert));
    }
    assert_eq!(finish(&key.sign(kept).expect("in range")), None);
}
