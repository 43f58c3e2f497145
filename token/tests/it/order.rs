//! Where two faults meet, the order of the protocol decides, and evidence is never lost on the way.

use crate::conformance::file::{Entry, File};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use std::collections::BTreeSet;
use tender_token::amount::Amount;
use tender_token::cash::{CashItem, Cashed, Instruction, Outcome, Purpose};
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::double_spend::{DoubleSpendProof, Evidence, Offence};
use tender_token::encode::Encode;
use tender_token::endorse::{Digest, State, Terms};
use tender_token::error::{Error, Result};
use tender_token::manifest::ManifestHash;
use tender_token::offer::Offer;
use tender_token::payment::{Acceptance, History, KnownAnswer, Verdict};
use tender_token::signature::SecretKey;
use tender_token::token::TokenId;
use tender_token::withdraw::{Authority, Plan, Request, SignedRequest, VerifiedRequest};

#[test]
fn n18_a_double_spend_is_found_behind_a_reused_slot() {
    for file in File::all() {
        let entry = file.root().get("payment_key");
        let place = file.chain(&entry.get("chain")).links()[0].place;
        let digest = Digest([0; 64]);
        let double = KnownAnswer { token: TokenId(place.state.0), place, digest };
        let reuse = KnownAnswer { token: TokenId([0; 32]), ..double };
        for (answers, expected) in [
            (vec![reuse, double], Error::Double),
            (vec![double, reuse], Error::Double),
            (vec![reuse], Error::SlotReused),
        ] {
            let history = History::from([(place.slot, answers)]);
            assert_eq!(accept(&file, &entry, &history).err(), Some(expected));
        }
    }
}

fn accept(file: &File, entry: &Entry<'_>, history: &History) -> Result<Verdict> {
    let acceptance = Acceptance {
        manifest: &file.manifest,
        offer: &Offer::from_bytes(&entry.get("offer").bytes(), &file.manifest)?,
        paid: None,
        now: Timestamp(file.root().get("now").number()),
        denied: &BTreeSet::new(),
        history,
    };
    acceptance.verify(&entry.get("payment").bytes(), &mut UnwrapErr(SysRng))
}

#[test]
fn n18_a_reused_slot_does_not_turn_cashed_into_double() {
    for file in File::all() {
        let item = CashItem::from_bytes(&cash_item(&file), &file.manifest)
            .expect("as the file is written");
        let item = item
            .verify(Purpose::Deposit, &file.manifest, &mut UnwrapErr(SysRng))
            .expect("as the file is written");
        let cashed = Cashed::Item { final_state: State([0; 32]), instruction: item.instruction() };
        let today = Day(file.root().get("today").number());
        let known: Vec<_> = item
            .evidence()
            .map(|evidence| {
                let mut place = evidence.place;
                place.state = State([0; 32]);
                Evidence { token: TokenId([0; 32]), place, ..evidence }
            })
            .collect();
        let outcome = item.decide(today, Some(&cashed), &known);
        assert_eq!(outcome, Outcome::Refused(Error::Cashed, Vec::new()));
    }
}

#[test]
fn a_cash_item_decodes_before_its_kind_and_instruction_are_looked_at() {
    for file in File::all() {
        let mut bytes = cash_item(&file);
        let instruction = bytes.len() - 64 - 33;
        bytes[instruction] = 3;
        assert_eq!(verify_item(&file, &bytes), Some(Error::Instr));
        bytes.push(0);
        assert_eq!(verify_item(&file, &bytes), Some(Error::Encoding));

        let fresh = file.root().get("withdrawal").get("outputs").members();
        let on_a_slot = file.chain_at(fresh[0].get("token_id").read());
        let mut bytes = [on_a_slot.to_bytes(), vec![3; 33], vec![0; 64]].concat();
        assert_eq!(verify_item(&file, &bytes), Some(Error::Kind));
        bytes.push(0);
        assert_eq!(verify_item(&file, &bytes), Some(Error::Encoding));
    }
}

fn verify_item(file: &File, bytes: &[u8]) -> Option<Error> {
    let item = CashItem::from_bytes(bytes, &file.manifest);
    let verify =
        |item: CashItem| item.verify(Purpose::Deposit, &file.manifest, &mut UnwrapErr(SysRng));
    item.and_then(verify).err()
}

#[test]
fn an_endorsement_of_no_kind_is_no_encoding_of_a_proof() {
    for file in File::all() {
        for entry in file.root().get("double_spends").members() {
            let mut bytes = entry.get("proof").bytes();
            let proof = DoubleSpendProof::from_bytes(&bytes, &file.manifest)
                .expect("as the file is written");
            let kind = 1 + proof.slot.to_bytes().len() + 32 + 1;
            bytes[kind] = 3;
            let read = DoubleSpendProof::from_bytes(&bytes, &file.manifest);
            assert_eq!(read.err(), Some(Error::Encoding));
        }
    }
}

#[test]
fn any_three_bytes_are_a_currency_that_somebody_may_have_signed() {
    for file in File::all() {
        let mut bytes = file.root().get("payment_key").get("offer").bytes();
        bytes[105..108].copy_from_slice(&[0x1b, 0xff, b'x']);
        let offer = Offer::from_bytes(&bytes, &file.manifest).expect("as the file is written");
        assert_eq!(offer.terms().currency.code(), "???");
        let now = Timestamp(file.root().get("now").number());
        let accepted = [file.manifest.hash()];
        let verified = offer.verify(&file.manifest, &accepted, now, |_| false);
        assert_eq!(verified.err(), Some(Error::Auth));
    }
}

#[test]
fn a_request_names_manifest_then_wallet_then_sums_then_instructions() {
    for file in File::all() {
        let request = read_request(&file);
        let current = [file.manifest.hash()];
        assert_eq!(verify(&file, request.clone(), &[], false).err(), Some(Error::Manifest));
        assert_eq!(verify(&file, request.clone(), &current, false).err(), Some(Error::Wallet));

        let mut items = request.signed.items.clone();
        let instruction = items[0].len() - 64 - 33;
        items[0][instruction] = 3;
        let plan = request.signed.plan;
        let more =
            plan.credit.checked_add(Amount::from_minor_units(1)).expect("as the file is written");
        let wrong = sign(&file, Plan { credit: more, ..plan.clone() }, items.clone());
        assert_eq!(verify(&file, wrong, &current, true).err(), Some(Error::Amount));
        let verified = verify(&file, sign(&file, plan, items), &current, true)
            .expect("as the file is written");
        let outcome = verified.decide(|_| Outcome::Pay);
        assert_eq!(outcome, Outcome::Refused(Error::Instr, Vec::new()));
    }
}

#[test]
fn n12_a_request_that_funds_itself_with_both_ends_of_a_double_spend_leaves_the_evidence() {
    for file in File::all() {
        let plan = read_request(&file).signed.plan;
        let entry = file.root().get("exchange").get("endorsement");
        let value = file.chain_at(entry.get("state").read()).value();
        let plan = Plan {
            credit: plan.credit.checked_add(value).expect("as the file is written"),
            ..plan
        };
        let items = [[1; 32], [2; 32]].map(|seed| {
            let key = SecretKey::from_seed(&seed);
            let chain = endorsed_to(&file, &entry, &key);
            CashItem::sign(chain, Instruction::Fund(plan.hash()), &key)
                .expect("as the file is written")
                .to_bytes()
        });
        let request = sign(&file, plan, items.to_vec());
        let verified =
            verify(&file, request, &[file.manifest.hash()], true).expect("as the file is written");
        let mut table: Vec<Evidence> = Vec::new();
        let outcome = verified.decide(|item| {
            table.extend(item.evidence());
            item.decide(Day(file.root().get("today").number()), None, &table)
        });
        assert_eq!(outcome, Outcome::Refused(Error::DupToken, Vec::new()));
        let last = table.last().expect("both items were shown");
        let offences: Vec<_> = table.iter().filter_map(|other| other.against(last)).collect();
        assert_eq!(offences, [Offence::DoubleSpend]);
    }
}

/// The chain that an endorsement of the story extends, passed on to another key instead.
pub fn endorsed_to(file: &File, entry: &Entry<'_>, key: &SecretKey) -> Chain {
    let chain = file.chain_at(entry.get("state").read());
    let own = file.own_slot(entry.get("slot_id").read());
    let terms = Terms::to_key(key.public(), [0; 32]);
    let pledge = own.secret.pledge(&chain.next_place().expect("as the file is written"), terms);
    let digest = pledge.digest();
    let (endorsement, answer) =
        pledge.answer(&digest, &own.wallet.identity).expect("as the file is written");
    chain.endorsed(endorsement, answer, None).expect("as the file is written")
}

fn cash_item(file: &File) -> Vec<u8> {
    file.root().get("cash").get("item").bytes()
}

/// The request of the exchange, which a token funds.
fn read_request(file: &File) -> Request {
    let entry = file.root().get("exchange").get("withdrawal").get("request");
    Request::from_bytes(&entry.bytes(), &file.manifest).expect("as the file is written")
}

fn sign(file: &File, plan: Plan, items: Vec<Vec<u8>>) -> Request {
    let wallet = file.wallet(&file.root().get("exchange").get("withdrawal").get("wallet"));
    let signed = SignedRequest::sign(plan, items, &wallet.device);
    signed.authorise(&file.ed25519_key("intermediary_seed"))
}

fn verify(
    file: &File,
    request: Request,
    accepted: &[ManifestHash],
    registered: bool,
) -> Result<VerifiedRequest> {
    let wallet = file.wallet(&file.root().get("exchange").get("withdrawal").get("wallet"));
    let device = wallet.device.public();
    let authority = Authority {
        manifest: &file.manifest,
        accepted,
        device: registered.then_some(&device),
        intermediary: &file.ed25519_key("intermediary_seed").public(),
        now: Timestamp(file.root().get("now").number()),
    };
    authority.verify(request, &mut UnwrapErr(SysRng))
}
