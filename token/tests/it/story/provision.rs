//! Provision sessions: from the session id to certified slots.

use crate::cast::{Wallet, product};
use crate::conformance::file::{Entry, File};
use tender_token::encode::Encode;
use tender_token::group::Point;
use tender_token::manifest::SlotKey;
use tender_token::provision::{Commitment, Plan, Receipt, Session, Verified, Want};
use tender_token::rsa::encode_message;
use tender_token::series::SeriesId;
use tender_token::slot::{Slot, SlotSecret};
use tender_token::transcript::{Label, h32, halves, hs, x};
use tender_token::tree::Node;
use tender_token::vrf;

/// A session in which every step has given the bytes of the file.
struct Provision<'a> {
    file: &'a File,
    entry: Entry<'a>,
    wallet: Wallet,
    session: Session,
    receipt: Receipt,
}

#[test]
fn provision_sessions() {
    for file in File::all() {
        for entry in file.root().get("provisions").members() {
            let provision = Provision::open(&file, entry);
            let verified = provision.reveal();
            provision.certify(&verified);
        }
    }
}

#[test]
fn candidates() {
    for file in File::all() {
        for entry in file.root().get("provisions").members() {
            let wallet = file.wallet(&entry.get("wallet"));
            let [sid, plan_hash] = ["sid", "plan_hash"].map(|name| entry.get(name).bytes());
            let master = file.wallet_entry(&entry.get("wallet")).get("master").bytes();
            let ss = h32(Label::Session, &[&master, &sid, &plan_hash]);
            entry.get("ss").is(ss);
            let series: SeriesId = entry.get("slot_key_id").read();
            let key = file.manifest.slot_key(series).expect("as the file is written");
            for (t, slot) in (0_u16..).zip(entry.get("slots").members()) {
                let root = h32(Label::TreeRoot, &[&ss, &t.to_be_bytes()]);
                slot.get("root").is(root);
                check_tree(t, &slot, wallet.identity.point(), key);
                check_secrets(&slot, wallet.identity.point(), key);
            }
        }
    }
}

impl<'a> Provision<'a> {
    /// Plan, commitment, OPEN, challenge, receipt.
    fn open(file: &'a File, entry: Entry<'a>) -> Self {
        let wallet = file.wallet(&entry.get("wallet"));
        let slots = entry.get("slots").members();
        let plan = Plan {
            manifest: file.manifest.hash(),
            identity: *wallet.identity.point(),
            series: entry.get("slot_key_id").read(),
            count: u16::try_from(slots.len()).expect("as the file is written"),
        };
        entry.get("plan").is(plan.to_bytes());
        entry.get("plan_hash").is(plan.hash());
        let session = Session::new(&wallet.master, entry.get("sid").read(), plan);
        let hashes = (0..).zip(&slots).map(|(t, slot)| {
            let hash = session.candidates_hash(t, &file.manifest).expect("as the file is written");
            slot.get("h_t").is(hash);
            hash
        });
        let h = session.commitment(&hashes.collect::<Vec<_>>());
        entry.get("h").is(h);

        let intermediary = file.ed25519_key("intermediary_seed");
        let open = session.open(h, &wallet.device).authorise(&intermediary);
        entry.get("open").is(open.to_bytes());
        open.verify(&wallet.device.public(), &intermediary.public())
            .expect("as the file is written");

        let vrf = vrf::SecretKey::from_bytes(&file.root().get("keys").get("vrf_x").read())
            .expect("as the file is written");
        let parts = [&vrf.public().bytes()[..], &entry.get("sid").bytes(), &h];
        entry.get("vrf_P").is(Point::from_uniform(&x(Label::VrfPoint, &parts))
            .expect("as the file is written")
            .bytes());
        let receipt = Receipt::issue(&open.request, &vrf, &file.ed25519_key("issuer_seed"))
            .expect("as the file is written");
        let proof = receipt.proof.to_bytes();
        entry.get("Gamma").is(&proof[..32]);
        entry.get("vrf_ev").is(&proof[32..64]);
        entry.get("vrf_sv").is(&proof[64..]);
        entry.get("receipt").is(receipt.to_bytes());
        Self { file, entry, wallet, session, receipt }
    }

    /// REVEAL, and the issuer's check of it.
    fn reveal(&self) -> Verified {
        let Self { file, entry, wallet, session, receipt } = self;
        let manifest = &file.manifest;
        let plan = session.plan();
        let (hash, issuer, vrf) = (plan.hash(), manifest.issuer(), manifest.vrf());
        receipt
            .verify(&session.sid(), &hash, &receipt.h, issuer, vrf)
            .expect("as the file is written");
        let reveal = session
            .reveal(receipt, Want::Sign, &wallet.device, manifest)
            .expect("as the file is written");
        entry.get("reveal").is(reveal.to_bytes());
        for (opened, slot) in reveal.opened.iter().zip(entry.get("slots").members()) {
            slot.get("copath").is(opened.copath.concat());
        }
        let commitment = Commitment::new(plan, session.sid(), receipt.h);
        let challenge = receipt.proof.challenge();
        let key = manifest.slot_key(plan.series).expect("as the file is written");
        let device = wallet.device.public();
        let checked = commitment.verify(&reveal.to_bytes(), &challenge, &device, key);
        checked.expect("as the file is written").1
    }

    /// The issuer's signatures and the certificates that the wallet makes of them.
    fn certify(&self, verified: &Verified) {
        let Self { file, entry, session, receipt, .. } = self;
        let key = file.manifest.slot_key(session.plan().series).expect("as the file is written");
        let secret = file.rsa_key(key.key.modulus());
        for ((t, slot), kept) in (0..).zip(entry.get("slots").members()).zip(verified.kept()) {
            let gamma = receipt.proof.challenge().kept(t, key.series.candidates());
            assert_eq!(gamma, slot.get("gamma").number::<u32>());
            slot.get("B").is(kept);
            let signature = secret.sign(kept).expect("as the file is written");
            slot.get("s").is(&signature);
            let certified: Slot = session
                .finish(t, receipt, &signature, &file.manifest)
                .expect("as the file is written");
            slot.get("C0").is(certified.body.commitments.c0.bytes());
            slot.get("C1").is(certified.body.commitments.c1.bytes());
            slot.get("sigma_slot").is(&certified.body.certificate);
            slot.get("s").is(product(&slot.get("sigma_slot"), &slot.get("r"), key.key.modulus()));
            slot.get("slot_id").is(certified.id().0);
            slot.get("slot").is(certified.to_bytes());
            certified.verify(&file.manifest).expect("as the file is written");
        }
    }
}

/// The leaves under a slot's root and, where the file lists them, every candidate's hash.
fn check_tree(t: u16, slot: &Entry<'_>, identity: &Point, key: &SlotKey) {
    let (root, depth) = (Node::new(slot.get("root").read()), key.series.depth);
    let gamma = slot.get("gamma").number();
    slot.get("leaf").is(root.leaf(depth, gamma).bytes());
    slot.get("copath").is(root.copath(depth, gamma).concat());
    let Some(listed) = slot.find("leaves") else { return };
    let (leaves, listed) = (root.leaves(depth), listed.members());
    let hashes = slot.get("candidate_hashes").members();
    assert_eq!((leaves.len(), leaves.len()), (listed.len(), hashes.len()));
    for (i, leaf) in (0_u16..).zip(&leaves) {
        let index = usize::from(i);
        listed[index].is(leaf.bytes());
        let commitments =
            SlotSecret::from_leaf(leaf).commitments(identity).expect("as the file is written");
        let seed = h32(Label::SlotBlind, &[leaf.bytes()]);
        let blinded = key.key.blinded(&commitments.message(key.series.id()), &seed);
        let number = [t.to_be_bytes(), i.to_be_bytes()].concat();
        hashes[index].is(h32(Label::Candidate, &[&number, &blinded]));
    }
    let hashes: Vec<_> = hashes.iter().flat_map(Entry::bytes).collect();
    slot.get("h_t").is(h32(Label::Candidates, &[&hashes]));
}

/// What follows from the leaf of the closed candidate.
fn check_secrets(slot: &Entry<'_>, identity: &Point, key: &SlotKey) {
    let leaf = Node::new(slot.get("leaf").read());
    let scalars = [("delta", Label::Delta), ("k", Label::K), ("rho", Label::Rho)];
    let [delta, k, rho] = scalars.map(|(name, label)| {
        let scalar = hs(label, &[leaf.bytes()]);
        slot.get(name).is(scalar.bytes());
        scalar
    });
    slot.get("C0").is(identity.plus_blinding(&delta).expect("as the file is written").bytes());
    slot.get("C1").is(Point::commitment(&k, &rho).expect("as the file is written").bytes());
    let (left, _) = halves(&x(Label::EndorseSalt, &[leaf.bytes()]));
    slot.get("salt").is(&left[..16]);
    let seed = h32(Label::SlotBlind, &[leaf.bytes()]);
    slot.get("b").is(seed);
    let commitments =
        SlotSecret::from_leaf(&leaf).commitments(identity).expect("as the file is written");
    let message = commitments.message(key.series.id());
    slot.get("M_slot").is(&message);
    slot.get("EM").is(encode_message(&message, key.key.length()));
    slot.get("B").is(key.key.blind(&message, &seed).expect("as the file is written").blinded());
}
