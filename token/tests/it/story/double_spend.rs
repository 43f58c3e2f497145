//! Double spends: two answers of one slot, the secrets they give away, and the proof.

use super::payment::endorsed;
use crate::conformance::file::{Entry, File};
use tender_token::double_spend::{Evidence, Offence, conflicts};
use tender_token::encode::{Decode, Encode};
use tender_token::group::{Point, Scalar};
use tender_token::slot::SlotId;

#[test]
fn double_spends() {
    for file in File::all() {
        for entry in file.root().get("double_spends").members() {
            let [first, second] = ["first", "second"].map(|name| {
                let chain = endorsed(&file, &[entry.get(name)]);
                entry.get(&format!("chain_{name}")).is(chain.to_bytes());
                chain
            });
            let known: Vec<_> = Evidence::of(&first).collect();
            let found = conflicts(&second, &known);
            assert_eq!(found.len(), 1, "one slot answered twice");
            let conflict = &found[0];
            assert_eq!(conflict.offence, Offence::DoubleSpend);
            assert_eq!(conflict.first.place.position, entry.get("position").number::<u8>());
            entry.get("U").is(conflict.culprit().expect("as the file is written").0);

            let wallet = file.wallet_entry(&entry.get("culprit"));
            let proof = conflict.prove(wallet.get("U").read(), wallet.get("record").read());
            entry.get("proof").is(proof.to_bytes());
            entry.get("proof_hash").is(proof.hash());
            proof.verify(&file.manifest).expect("as the file is written");
            check_extraction(&file, &entry, &wallet);
        }
    }
}

/// `[D2]`, from the answers in the file: the secrets are those of the culprit and its slot.
fn check_extraction(file: &File, entry: &Entry<'_>, wallet: &Entry<'_>) {
    let scalar = |name: &str, part: &str| entry.get(name).get(part).read::<Scalar>();
    let difference = |part| scalar("first", part).minus(&scalar("second", part));
    let inverse = difference("c").inverse().expect("different challenges");
    let (k, rho) = (difference("z").times(&inverse), difference("w").times(&inverse));
    let c = scalar("first", "c");
    let u = scalar("first", "z").minus(&c.times(&k));
    let delta = scalar("first", "w").minus(&c.times(&rho));
    let own = file.own_slot(entry.get("first").get("slot_id").read::<SlotId>());
    let commitments = own.slot.body.commitments;
    assert_eq!(Point::commitment(&u, &delta), Ok(commitments.c0));
    assert_eq!(Point::commitment(&k, &rho), Ok(commitments.c1));
    wallet.get("u").is(u.bytes());
    for (name, secret) in [("u", u), ("k", k), ("delta", delta), ("rho", rho)] {
        entry.get(&format!("extracted_{name}")).is(secret.bytes());
        assert_eq!(Scalar::from_bytes(&secret.bytes()), Ok(secret));
    }
}
