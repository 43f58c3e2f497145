//! Ids: every record's id is what another program made of the same bytes.

use crate::stage::currency;
use serde_json::Value;
use std::collections::BTreeMap;
use tender_token::amount::Amount;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode, Encode};
use tender_token::group::Point;
use tender_token::identity::RegistrarId;
use tender_token::log::LogHash;
use tender_token::log::leaf::{Effect, Leaf, Tokens, Transfer};
use tender_token::series::{DenominationId, SeriesId};
use tender_token::signature::PublicKey;
use tender_token::slot::{Commitments, SlotId};
use tender_token::token::token_id;
use tender_token::treasury::{Approvable, Instruction, InstructionId, Order};

const RECORDS: &str = include_str!("../vectors/records.json");

fn bytes(record: &Value, field: &str) -> Vec<u8> {
    hex::decode(record[field].as_str().expect("it is text")).expect("it is hex")
}

fn part(bytes: &[u8], number: usize) -> [u8; 32] {
    bytes[number * 32..][..32].try_into().expect("32 bytes")
}

/// What the file's program encoded, as our types say it.
fn instruction(name: &str) -> Instruction {
    let bank = RegistrarId([3; 32]);
    let orders = [
        Order::Issue,
        Order::Distribute(bank),
        Order::Redeem(bank),
        Order::Destroy,
        Order::CreditReserves(bank),
        Order::DebitReserves(bank),
        Order::Pledge(bank),
        Order::Release(bank),
    ];
    let at = orders.iter().position(|order| order.word() == name).expect("it is an order");
    Instruction {
        issuer: PublicKey([1; 32]),
        id: InstructionId([2; 32]),
        order: orders[at],
        currency: currency(),
        amount: Amount::from_minor_units(1000 + u64::try_from(at).expect("there are few")),
        expiry: Timestamp(1_728_043_200),
    }
}

fn leaf(name: &str) -> Leaf {
    let (intermediary, denomination) = (RegistrarId([4; 32]), DenominationId([5; 32]));
    let tokens = Tokens { intermediary, denomination, count: 7 };
    let transfer = Transfer {
        payer: intermediary,
        payee: RegistrarId([3; 32]),
        currency: currency(),
        amount: Amount::from_minor_units(700),
    };
    let effect = match name {
        "signed" => Effect::Signed(tokens),
        "cashed" => Effect::Cashed(tokens),
        "claimed" => Effect::Claimed(tokens),
        "incident" => Effect::Incident([6; 32]),
        "untraced" => Effect::Untraced(SlotId([7; 32])),
        "transfer" => Effect::Transfer(transfer),
        other => panic!("no such leaf: {other}"),
    };
    Leaf { day: Day(20_000), effect }
}

#[test]
fn ra21_ids_agree_with_those_of_another_program() {
    let file: Value = serde_json::from_str(RECORDS).expect("it is JSON");
    let mut counts = BTreeMap::new();
    for record in file["records"].as_array().expect("it is a list") {
        let [kind, name] =
            ["record", "name"].map(|field| record[field].as_str().expect("it is text"));
        let (encoded, id) = (bytes(record, "bytes"), bytes(record, "id"));
        let found = match kind {
            "instruction" => {
                let read = Instruction::from_bytes(&encoded).expect("it is one");
                assert_eq!((read, read.to_bytes()), (instruction(name), encoded), "{name}");
                read.digest().to_vec()
            }
            "leaf" => {
                let read = Leaf::from_bytes(&encoded).expect("it is one");
                assert_eq!((&read, read.to_bytes()), (&leaf(name), encoded), "{name}");
                read.hash().0.to_vec()
            }
            "node" => {
                let [left, right] = [0, 1].map(|at| LogHash(part(&encoded, at)));
                LogHash::node(&left, &right).0.to_vec()
            }
            "slot" => {
                let [c0, c1] =
                    [1, 2].map(|at| Point::from_bytes(&part(&encoded, at)).expect("it is a point"));
                Commitments { c0, c1 }.slot_id(SeriesId(part(&encoded, 0))).0.to_vec()
            }
            "token" => {
                let slot = SlotId(part(&encoded, 1));
                token_id(DenominationId(part(&encoded, 0)), slot).0.to_vec()
            }
            other => panic!("no such record: {other}"),
        };
        assert_eq!(hex::encode(found), hex::encode(id), "{kind} {name}");
        *counts.entry(kind).or_insert(0) += 1;
    }
    let expected = [("instruction", 8), ("leaf", 6), ("node", 1), ("slot", 1), ("token", 1)];
    assert_eq!(counts, expected.into());
}
