//! N1: who does not know the secret of an identity cannot register it.

use crate::mint::{MINT, WALLETS};
use tender_token::encode::{Decode, Encode};
use tender_token::error::{Error, Result};
use tender_token::group::{Point, Scalar};
use tender_token::identity::Registration;
use tender_token::transcript::{Label, hs};

fn verify(identity: &[u8], record: &[u8]) -> Result<()> {
    Registration::from_bytes(&[identity, record].concat())?.verify().map(drop)
}

#[test]
fn n01_an_identity_with_a_part_of_the_second_generator_is_not_possessed() {
    let wallet = &WALLETS[0];
    let shift = hs(Label::Delta, &[b"a"]);
    let shifted = wallet.identity.point().plus_blinding(&shift).expect("no identity element");
    let record = wallet.record.to_bytes();
    assert_eq!(verify(&shifted.bytes(), &record), Err(Error::Pop));
    assert_eq!(verify(&wallet.identity.key().0, &record), Ok(()));
}

#[test]
fn n01_a_proof_made_for_such_an_identity_does_not_hold() {
    // The best effort: R = aG and y = a + eu for the challenge e that belongs to U = uG + dH.
    let u = hs(Label::IdentitySecret, &[&[0; 32], &0_u32.to_be_bytes()]);
    let shifted = Point::commitment(&u, &hs(Label::Delta, &[b"d"])).expect("no identity element");
    let a = hs(Label::PopNonce, &[b"a"]);
    let nonce = Point::base(&a).expect("not zero");
    let mut record = WALLETS[0].record.to_bytes();
    let registrar_to_epoch = &record[..100];
    let context = tender_token::transcript::h32(Label::PopContext, &[registrar_to_epoch]);
    let e: Scalar = hs(Label::Pop, &[&shifted.bytes(), &nonce.bytes(), &context]);
    record[100..132].copy_from_slice(&nonce.bytes());
    record[132..164].copy_from_slice(&a.plus(&e.times(&u)).bytes());
    assert_eq!(verify(&shifted.bytes(), &record), Err(Error::Pop));
    // The very same effort is a proof for uG, as far as the proof of possession goes.
    let honest = Point::base(&u).expect("not zero");
    let e: Scalar = hs(Label::Pop, &[&honest.bytes(), &nonce.bytes(), &context]);
    record[132..164].copy_from_slice(&a.plus(&e.times(&u)).bytes());
    let read = Registration::from_bytes(&[&honest.bytes()[..], &record].concat());
    let read = read.expect("well formed");
    assert_eq!(read.record.verify_pop(&read.identity), Ok(()));
}

#[test]
fn n01_a_proof_for_another_context_or_wallet_does_not_hold() {
    let identity = WALLETS[0].identity.key().0;
    let record = WALLETS[0].record.to_bytes();
    for place in [0, 32, 64, 96] {
        let mut record = record.clone();
        record[place + 3] ^= 1;
        assert_eq!(verify(&identity, &record), Err(Error::Pop), "registrar, holder, device, epoch");
    }
    assert_eq!(verify(&WALLETS[1].identity.key().0, &record), Err(Error::Pop));
    let mut record = record;
    record[164] ^= 1;
    assert_eq!(verify(&identity, &record), Err(Error::Auth), "the device's signature");
}

#[test]
fn n01_the_identity_element_is_no_identity() {
    let record = WALLETS[0].record.to_bytes();
    assert_eq!(verify(&[0; 32], &record), Err(Error::Encoding));
    let mut record = record;
    record[100..132].fill(0);
    assert_eq!(verify(&WALLETS[0].identity.key().0, &record), Err(Error::Encoding));
    assert_eq!(tender_token::vrf::PublicKey::from_bytes(&[0; 32]).err(), Some(Error::Encoding));
    assert!(MINT.manifest.vrf().bytes() != [0; 32]);
}
