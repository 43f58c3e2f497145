//! Payments: offers, answers, chains, payments and receipts.

use crate::conformance::file::{Entry, File};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use std::collections::BTreeSet;
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::endorse::{Answer, Endorsement, Kind, Place, Terms};
use tender_token::offer::Offer;
use tender_token::payment::{Acceptance, History, Payment, Verdict};
use tender_token::signature::SecretKey;
use tender_token::slot::SlotId;

#[test]
fn payments() {
    for file in File::all() {
        for entry in file.payments() {
            let payee = SecretKey::from_seed(&entry.get("payee_seed").read());
            let offer = Offer::from_bytes(&entry.get("offer").bytes(), &file.manifest)
                .expect("as the file is written");
            let offer = Offer::sign(offer.terms().clone(), &payee);
            entry.get("offer").is(offer.to_bytes());
            entry.get("offer_hash").is(offer.hash().0);
            entry.get("nonce_0").is(offer.hash().nonce(0));

            let single = entry.find("endorsement").into_iter();
            let several = entry.find("endorsements").into_iter().flat_map(|list| list.members());
            let endorsements: Vec<_> = single.chain(several).collect();
            let chain = endorsed(&file, &endorsements);
            entry.get("chain").is(chain.to_bytes());
            let payment = pay(&file, &entry, &offer, chain);
            entry.get("receipt").is(payment.receipt(&payee).0);
            let payer = file.own_slot(endorsements[0].get("slot_id").read()).wallet;
            file.wallet_entry(&entry.get("payer")).get("U").is(payer.identity.key().0);
        }
    }
}

#[test]
fn push_payments() {
    for file in File::all() {
        let entry = file.root().get("payment_push");
        let offer = Offer::from_bytes(&entry.get("offer").bytes(), &file.manifest)
            .expect("as the file is written");
        let outputs = entry.get("withdrawal").get("outputs").members();
        let chain = file.chain_at(outputs[0].get("token_id").read());
        assert!(chain.links().is_empty(), "only the withdrawal has touched the token");
        pay(&file, &entry, &offer, chain);
    }
}

/// Hands over one chain; the payee accepts it, and its receipt holds.
fn pay(file: &File, entry: &Entry<'_>, offer: &Offer, chain: Chain) -> Payment {
    let now = Timestamp(file.root().get("now").number());
    let accepted = [file.manifest.hash()];
    offer
        .clone()
        .verify(&file.manifest, &accepted, now, |_| false)
        .expect("as the file is written");
    let payment = Payment { offer: offer.hash(), chains: vec![chain] };
    entry.get("payment").is(payment.to_bytes());
    let acceptance = Acceptance {
        manifest: &file.manifest,
        offer,
        paid: None,
        now,
        denied: &BTreeSet::new(),
        history: &History::new(),
    };
    let verdict = acceptance
        .verify(&payment.to_bytes(), &mut UnwrapErr(SysRng))
        .expect("as the file is written");
    assert!(matches!(verdict, Verdict::New(verified) if *verified.payment() == payment));
    payment
        .verify_receipt(&offer.payee(), &entry.get("receipt").read())
        .expect("as the file is written");
    payment
}

/// A chain of the story after more endorsements, which its slots' secrets give.
pub fn endorsed(file: &File, entries: &[Entry<'_>]) -> Chain {
    let chain = file.chain_at(entries[0].get("state").read());
    entries.iter().fold(chain, |chain, entry| {
        assert_eq!(chain.final_state(), entry.get("state").read());
        let (endorsement, answer) = endorse(file, entry);
        let next = match endorsement.kind {
            Kind::Slot => Some(file.own_slot(SlotId(endorsement.target)).slot.body),
            Kind::Key => None,
        };
        chain.endorsed(endorsement, answer, next).expect("as the file is written")
    })
}

/// Lets a slot of the story answer, and compares everything about the endorsement.
fn endorse(file: &File, entry: &Entry<'_>) -> (Endorsement, Answer) {
    let own = file.own_slot(entry.get("slot_id").read());
    let place = Place {
        slot: own.slot.id(),
        position: entry.get("j").number(),
        state: entry.get("state").read(),
    };
    let terms = Terms {
        kind: match entry.get("kind").number::<u8>() {
            1 => Kind::Slot,
            2 => Kind::Key,
            kind => panic!("{kind} is no kind"),
        },
        target: entry.get("target").read(),
        day: Day(entry.get("day").number()),
        nonce: entry.get("nonce").read(),
    };
    let pledge = own.secret.pledge(&place, terms);
    let digest = pledge.digest();
    entry.get("D").is(digest.0);
    entry.get("c").is(digest.challenge().bytes());
    entry.get("state_next").is(digest.next_state().0);
    let (endorsement, answer) =
        pledge.answer(&digest, &own.wallet.identity).expect("as the file is written");
    entry.get("salt").is(endorsement.salt);
    entry.get("E").is(endorsement.to_bytes());
    entry.get("z").is(answer.z.bytes());
    entry.get("w").is(answer.w.bytes());
    answer.verify(&digest, &own.slot.body.commitments).expect("as the file is written");
    (endorsement, answer)
}
