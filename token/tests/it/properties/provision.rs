//! Sessions of provisioning: the honest wallet always succeeds, and one bit of difference never.

use super::{canonical, config, damage, flip, scalar};
use crate::mint::{DEPTH, MINT, WALLETS};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::group::Point;
use tender_token::manifest::ManifestHash;
use tender_token::provision::{
    Commitment, Open, Plan, Receipt, Reveal, Session, SessionId, SignedOpen, Want,
};
use tender_token::series::SeriesId;
use tender_token::vrf::Challenge;

fn plan(identity: &Point, count: u16) -> Plan {
    Plan { manifest: MINT.manifest.hash(), identity: *identity, series: MINT.series[0], count }
}

/// A session for one slot and the issuer's memory of it.
fn session(sid: [u8; 32], wallet: usize) -> (Session, Commitment, Receipt) {
    let (wallet, sid) = (&WALLETS[wallet], SessionId(sid));
    let plan = plan(wallet.identity.point(), 1);
    let session = Session::new(&wallet.master, sid, plan.clone());
    let h = session.commitment(&[session.candidates_hash(0, &MINT.manifest).expect("sound")]);
    let request = session.open(h, &wallet.device);
    let receipt = Receipt::issue(&request, &MINT.vrf, &MINT.issuer).expect("sound");
    (session, Commitment::new(&plan, sid, h), receipt)
}

fn read_reveal(bytes: &[u8]) -> Result<Reveal, Error> {
    let key = MINT.manifest.slot_key(MINT.series[0]).expect("known");
    Reveal::from_bytes(bytes, 1, DEPTH, &key.key)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn plans_and_openings_are_canonical(
        ids in any::<[[u8; 32]; 4]>(),
        u in scalar(),
        count in 1_u16..=64,
        damage in damage(),
    ) {
        let [manifest, series, sid, h] = ids;
        let identity = Point::base(&u).expect("not zero");
        let (manifest, series) = (ManifestHash(manifest), SeriesId(series));
        let plan = Plan { manifest, identity, series, count };
        canonical(&plan, &damage, Plan::from_bytes)?;
        let signed = SignedOpen::sign(plan, SessionId(sid), h, &WALLETS[0].device);
        canonical(&signed, &damage, SignedOpen::from_bytes)?;
        let open = signed.authorise(&MINT.intermediary);
        canonical(&open, &damage, Open::from_bytes)?;
        prop_assert_eq!(open.to_bytes().len(), 291);
    }

    #[test]
    fn a_plan_asks_for_one_to_64_slots(u in scalar(), count in any::<u16>()) {
        let mut bytes = plan(&Point::base(&u).expect("not zero"), 1).to_bytes();
        let place = bytes.len() - 2;
        bytes[place..].copy_from_slice(&count.to_be_bytes());
        prop_assert_eq!(Plan::from_bytes(&bytes).is_ok(), (1..=64).contains(&count));
    }

    #[test]
    fn a_flipped_bit_anywhere_in_an_opening_is_refused(
        sid in any::<[u8; 32]>(),
        bit in any::<Index>(),
    ) {
        let (device, bank) = (&WALLETS[0].device, &MINT.intermediary);
        let plan = plan(WALLETS[0].identity.point(), 1);
        let open = SignedOpen::sign(plan, SessionId(sid), [1; 32], device).authorise(bank);
        let verify = |open: Open| open.verify(&device.public(), &bank.public());
        prop_assert_eq!(verify(open.clone()), Ok(()));
        let flipped = Open::from_bytes(&flip(&open.to_bytes(), bit));
        prop_assert!(matches!(flipped.and_then(verify), Err(Error::Auth | Error::Encoding)));
    }

    #[test]
    fn a_receipt_is_canonical_and_no_flipped_bit_passes(
        sid in any::<[u8; 32]>(),
        h in any::<[u8; 32]>(),
        damage in damage(),
    ) {
        let plan = plan(WALLETS[0].identity.point(), 1);
        let (sid, hash) = (SessionId(sid), plan.hash());
        let request = SignedOpen::sign(plan, sid, h, &WALLETS[0].device);
        let receipt = Receipt::issue(&request, &MINT.vrf, &MINT.issuer).expect("sound");
        canonical(&receipt, &damage, Receipt::from_bytes)?;
        let (issuer, vrf) = (MINT.manifest.issuer(), MINT.manifest.vrf());
        let verify = |receipt: Receipt| receipt.verify(&sid, &hash, &h, issuer, vrf);
        prop_assert_eq!(verify(receipt.clone()), Ok(()));
        let flipped = Receipt::from_bytes(&flip(&receipt.to_bytes(), damage.1));
        let refused = flipped.and_then(verify).err();
        prop_assert!(matches!(refused, Some(Error::Receipt | Error::Auth | Error::Encoding)));
    }

    #[test]
    fn an_honest_session_passes_every_challenge_and_no_flipped_bit(
        sid in any::<[u8; 32]>(),
        wallet in 0_usize..4,
        other in scalar(),
        damage in damage(),
    ) {
        let (session, commitment, receipt) = session(sid, wallet);
        let device = &WALLETS[wallet].device;
        let key = MINT.manifest.slot_key(MINT.series[0]).expect("known");
        // The challenge of the receipt, and any other the issuer might have drawn.
        let any_point = Point::base(&other).expect("not zero").bytes();
        let any_challenge = Challenge::from_bytes(&any_point).expect("a point");
        let opened = session.opened(&any_challenge, &MINT.manifest).expect("sound");
        let verified = commitment.verify_opened(&opened, &any_challenge, key);
        prop_assert!(verified.is_ok_and(|verified| verified.kept().len() == 1));

        let challenge = receipt.proof.challenge();
        let reveal = session.reveal(&receipt, Want::Sign, device, &MINT.manifest).expect("sound");
        canonical(&reveal, &damage, read_reveal)?;
        let verify =
            |bytes: &[u8]| commitment.verify(bytes, &challenge, &device.public(), key).map(drop);
        prop_assert_eq!(verify(&reveal.to_bytes()), Ok(()));
        let refused = verify(&flip(&reveal.to_bytes(), damage.1)).err();
        prop_assert!(matches!(refused, Some(Error::Session | Error::Encoding | Error::Auth)));
        let mut opened = reveal.opened;
        let bytes = flip(&opened[0].copath.concat(), damage.1);
        let nodes = bytes.chunks(32).map(|node| node.try_into().expect("32 bytes"));
        opened[0].copath = nodes.collect();
        let refused = commitment.verify_opened(&opened, &challenge, key).err();
        prop_assert_eq!(refused, Some(Error::Reveal));
    }

    #[test]
    fn secrets_are_a_function_of_master_session_and_plan(
        sid in any::<[u8; 32]>(),
        bit in any::<Index>(),
        t in 0_u16..64,
    ) {
        let secret = |wallet: usize, sid: [u8; 32], count: u16, t: u16| {
            let identity = WALLETS[0].identity.point();
            let session =
                Session::new(&WALLETS[wallet].master, SessionId(sid), plan(identity, count));
            let request = session.open([0; 32], &WALLETS[0].device);
            let receipt = Receipt::issue(&request, &MINT.vrf, &MINT.issuer).expect("sound");
            let secret = session.secret(t, &receipt, &MINT.manifest).expect("known");
            secret.commitments(identity).expect("probability 2^-252")
        };
        let right = secret(0, sid, 64, t);
        prop_assert_eq!(right, secret(0, sid, 64, t));
        prop_assert!(right != secret(1, sid, 64, t), "another wallet");
        prop_assert!(right != secret(0, sid, 63, t), "another plan");
        prop_assert!(right != secret(0, sid, 64, (t + 1) % 64), "another slot");
        let other = flip(&sid, bit).try_into().expect("32 bytes");
        prop_assert!(right != secret(0, other, 64, t), "another session");
    }
}
