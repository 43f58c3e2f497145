//! CASH items.

use super::{acceptable_day, canonical, chain_along, config, damage, flip, route};
use crate::mint::{DATES, MINT, SLOTS, TODAY, rng};
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::cash::{AccountRef, CashItem, Cashed, Instruction, Outcome, Purpose};
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode};
use tender_token::endorse::Terms;
use tender_token::error::Error;
use tender_token::signature::SecretKey;

fn credited() -> impl Strategy<Value = CashItem> {
    let parts = (route(1, 3), 0_usize..2, any::<[[u8; 32]; 3]>(), acceptable_day());
    parts.prop_map(|(route, denomination, [seed, nonce, account], day)| {
        let key = SecretKey::from_seed(&seed);
        let chain = chain_along(&route, denomination, nonce);
        let terms = Terms { day, ..Terms::to_key(key.public(), nonce) };
        let chain = SLOTS[route[route.len() - 1]].pass(&chain, terms, None);
        CashItem::sign(chain, Instruction::Credit(AccountRef(account)), &key).expect("its key")
    })
}

fn read(bytes: &[u8]) -> Result<CashItem, Error> {
    CashItem::from_bytes(bytes, &MINT.manifest)
}

/// What becomes of an item on a day, in a registry that holds this about its token.
fn decide(item: CashItem, today: Day, cashed: Option<&Cashed>) -> Outcome {
    match item.verify(Purpose::Deposit, &MINT.manifest, &mut rng()) {
        Ok(item) => item.decide(today, cashed, &[]),
        Err(error) => Outcome::Refused(error, Vec::new()),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn items_are_canonical(item in credited(), damage in damage()) {
        canonical(&item, &damage, read)?;
    }

    #[test]
    fn instructions_have_two_kinds(kind in any::<u8>(), about in any::<[u8; 32]>()) {
        let bytes = [&[kind][..], &about].concat();
        let read = Instruction::from_bytes(&bytes);
        prop_assert_eq!(
            read.as_ref().err().copied(),
            (!(1..=2).contains(&kind)).then_some(Error::Instr)
        );
        prop_assert!(read.map_or(true, |instruction| instruction.to_bytes() == bytes));
    }

    #[test]
    fn an_honest_item_is_paid_once_and_answered_again(item in credited()) {
        prop_assert_eq!(decide(item.clone(), TODAY, None), Outcome::Pay);
        let instruction = item.stated_instruction().expect("an instruction");
        let cashed = Cashed::Item { final_state: item.chain().final_state(), instruction };
        prop_assert_eq!(decide(item, TODAY, Some(&cashed)), Outcome::AlreadyPaid);
    }

    #[test]
    fn a_flipped_bit_anywhere_in_an_item_is_refused(item in credited(), bit in any::<Index>()) {
        if let Ok(item) = read(&flip(&item.to_bytes(), bit)) {
            let refused = match decide(item, TODAY, None) {
                Outcome::Refused(_, conflicts) => conflicts.is_empty(),
                Outcome::Pay | Outcome::AlreadyPaid => false,
            };
            prop_assert!(refused);
        }
    }

    #[test]
    fn an_item_is_paid_up_to_its_last_day(item in credited(), today in 19_980_u32..20_060) {
        let stated = item.chain().last().expect("ends with a key").endorsement.day;
        let expected = if Day(today) > DATES.deposit_until {
            Outcome::Refused(Error::Expired, Vec::new())
        } else if stated != Day(0) && Day(today) > stated {
            Outcome::Refused(Error::Deadline, Vec::new())
        } else {
            Outcome::Pay
        };
        prop_assert_eq!(decide(item, Day(today), None), expected);
    }

    #[test]
    fn an_item_serves_no_other_purpose(item in credited(), plan in any::<[u8; 32]>()) {
        let refused = item.verify(Purpose::Fund(plan), &MINT.manifest, &mut rng()).err();
        prop_assert_eq!(refused, Some(Error::Instr));
    }

    /// One item that does not hold neither spoils the others nor hides among them.
    #[test]
    fn items_of_one_request_are_judged_as_each_would_be_alone(
        items in proptest::collection::vec(
            (credited(), proptest::option::of(any::<Index>())),
            1..5,
        ),
    ) {
        let item = |(item, bit): &(CashItem, Option<Index>)| match bit {
            Some(bit) => read(&flip(&item.to_bytes(), *bit)),
            None => Ok(item.clone()),
        };
        let items: Vec<_> = items.iter().map(item).collect();
        let manifest = &MINT.manifest;
        let alone: Vec<_> = items
            .iter()
            .map(|item| item.clone()?.verify(Purpose::Deposit, manifest, &mut rng()))
            .collect();
        let together = CashItem::verify_all(items, Purpose::Deposit, manifest, &mut rng());
        prop_assert_eq!(together, alone);
    }
}
