//! N8, N9, N12 to N16, N19, N20: items that the issuer must not pay, and one that it must.

use crate::mint::{
    DATES, MAX_HOPS, MINT, OwnSlot, SLOTS, TODAY, fresh, passed_along, rng, sign, to_key,
};
use tender_token::cash::{AccountRef, CashItem, Cashed, Instruction, Outcome, Purpose};
use tender_token::chain::Chain;
use tender_token::date::Day;
use tender_token::double_spend::{Evidence, Offence};
use tender_token::encode::Encode;
use tender_token::endorse::{Answer, Terms};
use tender_token::error::Error;
use tender_token::signature::{PublicKey, SecretKey};
use tender_token::token::message;

const CREDIT: Instruction = Instruction::Credit(AccountRef([4; 32]));

fn key() -> SecretKey {
    SecretKey::from_seed(&[44; 32])
}

/// A token of slot 0 endorsed to the key.
fn chain() -> Chain {
    to_key(0, &fresh(0, 0), &key(), [0; 32])
}

fn item(instruction: Instruction) -> CashItem {
    CashItem::sign(chain(), instruction, &key()).expect("the key of the chain")
}

/// The item of these bytes, up to the evidence.
fn refusal(bytes: &[u8], purpose: Purpose) -> Option<Error> {
    let item = CashItem::from_bytes(bytes, &MINT.manifest);
    item.and_then(|item| item.verify(purpose, &MINT.manifest, &mut rng())).err()
}

fn decide(item: CashItem, today: Day, cashed: Option<&Cashed>, known: &[Evidence]) -> Outcome {
    let item = item.verify(Purpose::Deposit, &MINT.manifest, &mut rng());
    item.expect("valid").decide(today, cashed, known)
}

fn refused(error: Error) -> Outcome {
    Outcome::Refused(error, Vec::new())
}

/// Bytes of an item with this chain, which nobody has signed.
fn unsigned(chain: &Chain) -> Vec<u8> {
    [chain.to_bytes(), CREDIT.to_bytes(), vec![0; 64]].concat()
}

#[test]
fn n14_what_ends_with_a_slot_cannot_be_cashed() {
    for chain in [fresh(0, 0), passed_along(&[0, 1])] {
        assert_eq!(refusal(&unsigned(&chain), Purpose::Deposit), Some(Error::Kind));
        assert_eq!(CashItem::sign(chain, CREDIT, &key()).err(), Some(Error::Kind));
    }
    assert_eq!(refusal(&unsigned(&chain()), Purpose::Deposit), None);
}

#[test]
fn n13_the_issuer_counts_hops_and_slots_as_a_payee_does() {
    let most = usize::from(MAX_HOPS);
    let route = |hops: usize| (0..=hops).collect::<Vec<_>>();
    for (route, expected) in [
        (route(most), None),
        (route(most + 1), Some(Error::Hops)),
        (vec![0, 1, 2, 1], Some(Error::DupSlot)),
    ] {
        let last = route[route.len() - 1];
        let chain = to_key(last, &passed_along(&route), &key(), [0; 32]);
        assert_eq!(refusal(&unsigned(&chain), Purpose::Deposit), expected, "{route:?}");
    }
}

#[test]
fn n08_the_issuer_takes_no_value_certificate_target_or_answer_from_elsewhere() {
    let refused = |chain: &Chain| refusal(&unsigned(chain), Purpose::Deposit);
    let terms = Terms::to_key(key().public(), [0; 32]);
    let elsewhere = SLOTS[0].pass(&fresh(0, 0), Terms { target: [9; 32], ..terms }, None);
    assert_eq!(refused(&elsewhere), None, "any key can be a target");
    let slot = Terms::to_slot(SLOTS[2].id(), [0; 32]);
    let misled = SLOTS[0].pass(&fresh(0, 0), slot, Some(&SLOTS[1]));
    assert_eq!(refused(&to_key(1, &misled, &key(), [0; 32])), Some(Error::Target));

    let body = &SLOTS[0].slot.body;
    let worthless = sign(&MINT.slot_keys[0], &message(MINT.denominations[0], SLOTS[0].id()));
    let token = Chain::new(MINT.unchecked_token(0, body, &worthless));
    assert_eq!(refused(&SLOTS[0].pass(&token, terms, None)), Some(Error::Value));
    let foreign = OwnSlot::certified(1, [1; 32], 1);
    let target = foreign.slot.body.commitments.slot_id(MINT.series[0]);
    let chain = SLOTS[0].pass(&fresh(0, 0), Terms::to_slot(target, [0; 32]), Some(&foreign));
    assert_eq!(refused(&foreign.pass(&chain, terms, None)), Some(Error::Cert));

    let place = fresh(0, 0).next_place().expect("on a slot");
    let (endorsement, answer) = SLOTS[0].answer(&place, terms);
    let wrong = Answer { z: answer.w, ..answer };
    let chain = fresh(0, 0).endorsed(endorsement, wrong, None).expect("well formed");
    assert_eq!(refused(&chain), Some(Error::Response));
}

#[test]
fn n15_a_key_past_its_day_or_beyond_the_series_is_not_paid() {
    let terms = Terms::to_key(key().public(), [0; 32]);
    for (day, expected) in [
        (Day(TODAY.0 - 1), refused(Error::Deadline)),
        (TODAY, Outcome::Pay),
        (DATES.deposit_until, Outcome::Pay),
        (Day(DATES.deposit_until.0 + 1), refused(Error::Deadline)),
    ] {
        let chain = SLOTS[0].pass(&fresh(0, 0), Terms { day, ..terms }, None);
        let item = CashItem::sign(chain, CREDIT, &key()).expect("the key of the chain");
        assert_eq!(decide(item, TODAY, None, &[]), expected, "{day:?}");
    }
    let terms = Terms::to_slot(SLOTS[1].id(), [0; 32]);
    let dated = SLOTS[0].pass(&fresh(0, 0), Terms { day: TODAY, ..terms }, Some(&SLOTS[1]));
    let dated = to_key(1, &dated, &key(), [0; 32]);
    assert_eq!(refusal(&unsigned(&dated), Purpose::Deposit), Some(Error::Deadline));
}

#[test]
fn n16_a_cashed_token_with_another_answer_gives_both_endorsements() {
    let other = to_key(0, &fresh(0, 0), &key(), [1; 32]);
    let known: Vec<_> = Evidence::of(&other).collect();
    let cashed = Cashed::Item { final_state: other.final_state(), instruction: CREDIT };
    let Outcome::Refused(error, conflicts) = decide(item(CREDIT), TODAY, Some(&cashed), &known)
    else {
        panic!("a double spend is not paid")
    };
    assert_eq!((error, conflicts.len()), (Error::Double, 1));
    assert_eq!(conflicts[0].offence, Offence::DoubleSpend);
    assert_eq!(conflicts[0].culprit(), Ok(SLOTS[0].wallet().identity.key()));
}

#[test]
fn n19_a_known_conflict_does_not_keep_the_first_item_from_being_paid() {
    let other = to_key(0, &fresh(0, 0), &key(), [1; 32]);
    let known: Vec<_> = Evidence::of(&other).collect();
    assert_eq!(decide(item(CREDIT), TODAY, None, &known), Outcome::Pay);
}

#[test]
fn n20_only_the_key_of_the_chain_decides_what_the_money_is_for() {
    let other = SecretKey::from_seed(&[45; 32]);
    assert_eq!(CashItem::sign(chain(), CREDIT, &other).err(), Some(Error::Kind));
    let read = |bytes: &[u8]| CashItem::from_bytes(bytes, &MINT.manifest).expect("well formed");
    let unsigned = read(&unsigned(&chain()));
    assert_eq!(decide(unsigned, TODAY, None, &[]), refused(Error::Auth));
    let mut bytes = item(CREDIT).to_bytes();
    let account = bytes.len() - 64 - 1;
    bytes[account] ^= 1;
    assert_eq!(decide(read(&bytes), TODAY, None, &[]), refused(Error::Auth));
    // The signature of one chain is none for another that ends with the same key.
    let elsewhere = to_key(1, &fresh(1, 0), &key(), [0; 32]);
    let signed = item(CREDIT).to_bytes();
    let moved = [&elsewhere.to_bytes(), &signed[signed.len() - 97..]].concat();
    assert_eq!(decide(read(&moved), TODAY, None, &[]), refused(Error::Auth));
}

#[test]
fn n20_a_key_of_small_order_cashes_nothing() {
    for small in small_order_keys() {
        let terms = Terms::to_key(PublicKey(small), [0; 32]);
        let chain = SLOTS[0].pass(&fresh(0, 0), terms, None);
        for r in small_order_keys() {
            let trivial = [&r[..], &[0; 32]].concat();
            let bytes = [chain.to_bytes(), CREDIT.to_bytes(), trivial].concat();
            let item = CashItem::from_bytes(&bytes, &MINT.manifest).expect("well formed");
            assert_eq!(decide(item, TODAY, None, &[]), refused(Error::Auth));
        }
    }
}

/// The eight elements of small order, in their canonical encodings.
fn small_order_keys() -> Vec<[u8; 32]> {
    let torsion = curve25519_dalek::constants::EIGHT_TORSION;
    torsion.iter().map(|point| point.compress().to_bytes()).collect()
}

#[test]
fn n20_an_instruction_serves_its_purpose_only() {
    let (plan, other) = ([1; 32], [2; 32]);
    let fund = item(Instruction::Fund(plan)).to_bytes();
    let credit = item(CREDIT).to_bytes();
    assert_eq!(refusal(&fund, Purpose::Fund(plan)), None);
    assert_eq!(refusal(&fund, Purpose::Fund(other)), Some(Error::Instr), "another request");
    assert_eq!(refusal(&fund, Purpose::Deposit), Some(Error::Instr));
    assert_eq!(refusal(&credit, Purpose::Fund(plan)), Some(Error::Instr));
    for kind in [0, 3, 255] {
        let mut bytes = credit.clone();
        bytes[credit.len() - 97] = kind;
        assert_eq!(refusal(&bytes, Purpose::Deposit), Some(Error::Instr));
    }
}

#[test]
fn n20_a_replay_is_answered_and_another_instruction_is_not() {
    let final_state = chain().final_state();
    let cashed = |instruction| Cashed::Item { final_state, instruction };
    let other = cashed(Instruction::Credit(AccountRef([5; 32])));
    let late = Day(DATES.deposit_until.0 + 1);
    let same = Some(cashed(CREDIT));
    assert_eq!(decide(item(CREDIT), TODAY, same.as_ref(), &[]), Outcome::AlreadyPaid);
    assert_eq!(decide(item(CREDIT), late, same.as_ref(), &[]), Outcome::AlreadyPaid);
    assert_eq!(decide(item(CREDIT), TODAY, Some(&other), &[]), refused(Error::Cashed));
    assert_eq!(decide(item(CREDIT), DATES.deposit_until, None, &[]), Outcome::Pay);
    assert_eq!(decide(item(CREDIT), late, None, &[]), refused(Error::Expired));
}
