//! Secrets stay with their owner: printing shows none of their bytes, and nothing copies, compares,
//! displays or encodes them. That they are not serialized follows: the crate does not know serde.

use crate::conformance::file::File;
use core::fmt::{Debug, Display};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::endorse::{Kind, Place, Pledge, State, Terms};
use tender_token::group::{Scalar, SecretScalar};
use tender_token::identity::{Identity, Master};
use tender_token::provision::{self, SessionId};
use tender_token::slot::{SlotId, SlotSecret};
use tender_token::transcript::{Label, h32, hs, x};
use tender_token::treasury::Officer;
use tender_token::tree::Node;
use tender_token::{rsa, signature, vrf, withdraw};

/// Fails to compile if the type has the trait: there would be two ways to name `item`.
macro_rules! lacks {
    ($($secret:ty),+ => $forbidden:path) => {$({
        trait Ambiguous<Marker> {
            fn item() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct Has;
        impl<T: ?Sized + $forbidden> Ambiguous<Has> for T {}
        <$secret as Ambiguous<_>>::item();
    })+};
}

/// Applies a rule to every secret type.
macro_rules! every_secret {
    (lacks $($forbidden:path),+) => {$(lacks!(
        Master, Identity, SecretScalar, Node, SlotSecret, Pledge, rsa::Blinding, rsa::SecretKey,
        signature::SecretKey, vrf::SecretKey, withdraw::Session, provision::Session, Officer
            => $forbidden
    );)+};
}

#[test]
fn no_secret_can_be_copied_compared_displayed_or_made_from_nothing() {
    every_secret!(lacks Clone, PartialEq, Display, Default);
}

#[test]
fn no_secret_can_be_encoded() {
    // A session of provisioning is left out: it encodes its id and plan, from which the wallet
    // makes it again with the master secret.
    lacks!(
        Master, Identity, SecretScalar, Node, SlotSecret, Pledge, rsa::Blinding, rsa::SecretKey,
        signature::SecretKey, vrf::SecretKey, withdraw::Session, Officer => Encode
    );
}

/// Whether a text shows four bytes of a secret in a row, as hexadecimal digits or as a list of
/// numbers, on one line or on many.
fn shows(text: &str, secret: &[u8]) -> bool {
    let text: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let text = text.to_lowercase();
    secret.windows(4).any(|bytes| {
        let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
        text.contains(&hex::encode(bytes)) || text.contains(&numbers.join(","))
    })
}

/// What a secret prints, in both ways.
fn check(secret: &impl Debug, bytes: &[&[u8]]) {
    for text in [format!("{secret:?}"), format!("{secret:#?}")] {
        for bytes in bytes {
            assert!(!shows(&text, bytes), "{text}");
        }
    }
}

#[test]
fn printed_bytes_would_be_found() {
    let scalar = hs(Label::K, &[b"printed"]);
    assert!(shows(&format!("{scalar:?}"), &scalar.bytes()));
    assert!(shows(&format!("{scalar:#?}"), &scalar.bytes()));
    assert!(shows(&hex::encode_upper([9; 32]), &[9; 32]));
    assert!(!shows("redacted", &[9; 32]));
}

#[test]
fn the_master_and_what_follows_from_it_print_no_secret() {
    let bytes: [u8; 32] = core::array::from_fn(|at| u8::try_from(at * 7 + 3).expect("below 256"));
    let master = Master::new(bytes);
    let identity = master.identity(0).expect("not zero");
    let u = hs(Label::IdentitySecret, &[&bytes, &0_u32.to_be_bytes()]);
    check(&master, &[&bytes]);
    check(&identity, &[&bytes, &u.bytes()]);
    check(&SecretScalar::new(u), &[&u.bytes()]);

    let sid = SessionId([1; 32]);
    let seed = h32(Label::WithdrawSeed, &[&bytes, &sid.0]);
    check(&withdraw::Session::new(&master, sid), &[&bytes, &seed]);

    let manifest = &File::all()[0].manifest;
    let (series, _) = manifest.slot_keys().next().expect("a series");
    let plan = provision::Plan {
        manifest: manifest.hash(),
        identity: *identity.point(),
        series,
        count: 1,
    };
    let seed = h32(Label::Session, &[&bytes, &sid.0, &plan.hash()]);
    check(&provision::Session::new(&master, sid, plan), &[&bytes, &seed]);
}

#[test]
fn a_candidate_prints_no_secret_before_and_after_its_pledge() {
    let leaf: [u8; 32] = h32(Label::TreeRoot, &[b"a leaf"]);
    let secret = |label| hs(label, &[&leaf]).bytes();
    let [delta, k, rho] = [Label::Delta, Label::K, Label::Rho].map(secret);
    let (seed, salt) = (h32(Label::SlotBlind, &[&leaf]), x(Label::EndorseSalt, &[&leaf]));
    let hidden = [&leaf[..], &delta, &k, &rho, &seed, &salt[..16]];
    let node = Node::new(leaf);
    check(&node, &hidden);
    let secret = SlotSecret::from_leaf(&node);
    check(&secret, &hidden);
    let place = Place { slot: SlotId([2; 32]), position: 0, state: State([3; 32]) };
    let terms = Terms { kind: Kind::Slot, target: [4; 32], day: Day(0), nonce: [5; 32] };
    check(&secret.pledge(&place, terms), &hidden);
}

#[test]
fn keys_and_blindings_print_no_secret() {
    let seed = h32(Label::TreeRoot, &[b"a seed"]);
    check(&signature::SecretKey::from_seed(&seed), &[&seed]);
    check(&Officer::from_seed(&seed), &[&seed]);
    let scalar = Scalar::from_wide(&x(Label::TreeRoot, &[b"a scalar"]));
    check(&vrf::SecretKey::from_bytes(&scalar.bytes()).expect("not zero"), &[&scalar.bytes()]);

    let key = rsa::SecretKey::generate(&mut UnwrapErr(SysRng), 256).expect("a permitted length");
    check(&key, &[&*key.to_der().expect("a sound key")]);
    let blinding = key.public().blind(b"a message", &seed).expect("a sound key");
    let answer = key.sign(blinding.blinded()).expect("in range");
    let sigma = key.public().unblind(&answer, &blinding, b"a message").expect("well signed");
    check(&blinding, &[&seed, blinding.blinded(), &sigma]);
}
