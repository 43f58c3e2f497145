//! Rows: whatever decodes as a row is written again as the same bytes, in every table.

use crate::claim::scene::{DEPOSIT, Scene, on, withdrawer};
use crate::crash::chance::Chance;
use crate::guarantee::{guaranteeing, pledge};
use crate::stage::{Stage, random};
use crate::transfer::transfer;
use crate::wallet::{CREDIT, Wallet};
use std::collections::BTreeMap;
use tender_issuer::rows::{Leaves, Table};
use tender_issuer::store::{Fault, Store};
use tender_issuer::view::View;
use tender_proto::operator::{Amendment, Duty, Operation};
use tender_store::{Rows, View as _, Visit};
use tender_token::encode::{Decode, Encode};
use tender_token::log::leaf::Leaf;

/// Encodings that are tried of each table's keys and values.
const TRIES: usize = 4_000;

/// What became of the tries of one kind of row.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    rows: usize,
    tried: usize,
    read: usize,
}

struct Canonical<'a> {
    store: &'a Store,
    chance: Chance,
    found: BTreeMap<&'static str, Tally>,
}

impl Visit for Canonical<'_> {
    type Error = Fault;

    fn visit<T: Table>(&mut self, _: &mut Rows<T>) -> Result<(), Fault> {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        self.store.scan::<T>(|key, value| {
            keys.push(key.to_bytes());
            values.push(value.to_bytes());
        })?;
        let mut tally = Tally { rows: keys.len(), ..Tally::default() };
        same_again::<T::Key>(&keys, &mut self.chance, &mut tally);
        same_again::<T::Value>(&values, &mut self.chance, &mut tally);
        self.found.insert(T::NAME, tally);
        Ok(())
    }
}

/// Bytes that were written, and the same with damage: what decodes must be written as it was read.
fn same_again<T: Encode + Decode>(written: &[Vec<u8>], chance: &mut Chance, tally: &mut Tally) {
    for bytes in written {
        let read = T::from_bytes(bytes).expect("what was written can be read");
        assert_eq!(&read.to_bytes(), bytes);
    }
    for _ in 0..TRIES / 2 {
        let mut bytes = match written.len() {
            0 => (0..chance.below(80)).map(|_| byte(chance)).collect(),
            count => written[chance.below(count)].clone(),
        };
        for _ in 0..=chance.below(3) {
            damage(&mut bytes, chance);
        }
        tally.tried += 1;
        if let Ok(read) = T::from_bytes(&bytes) {
            tally.read += 1;
            assert_eq!(read.to_bytes(), bytes, "two encodings of one row");
        }
    }
}

fn byte(chance: &mut Chance) -> u8 {
    u8::try_from(chance.below(256)).expect("it is a byte")
}

fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let place = chance.below(bytes.len() + 1);
    match chance.below(8) {
        0 => bytes.truncate(place),
        1 => bytes.insert(place, byte(chance)),
        _ if place < bytes.len() => bytes[place] = byte(chance),
        _ => bytes.push(byte(chance)),
    }
}

/// A store with something in almost every table.
fn told() -> Stage {
    let mut scene = Scene::on(guaranteeing());
    let Scene { stage, payer, from, .. } = &scene;
    pledge(stage, &stage.bank, 500);
    let chain = payer.token(stage, &from[0], 100);
    for _ in 0..2 {
        let cash = payer.cash(&chain, &from[0], CREDIT, stage.manifest());
        stage.deposit(&stage.bank, &[cash.item]);
    }
    Wallet::enrolled(stage).opened(stage, 1);
    let moved = transfer(&stage.bank, &stage.other_bank, 1).sign(&stage.bank.key);
    stage.transfer(&stage.bank, &moved).expect("the vault covers it");
    let suspend = Operation::Amend(stage.other_bank.id(), Amendment::Suspend);
    stage.operate(suspend).expect("it is admitted");
    for (name, duty) in [("Olga", Duty::Operator), ("Anton", Duty::Auditor)] {
        let name = name.to_owned();
        let appoint = Operation::Appoint { name, duty, fingerprint: random() };
        stage.operate(appoint).expect("it is new");
    }
    stage.operate(Operation::Dismiss("Anton".to_owned())).expect("it is appointed");
    let wallet = Wallet::enrolled(stage);
    let opened = wallet.opened(stage, 1);
    let place = wallet.slots(stage, &opened).remove(0);
    let (drawn, _) = wallet.drawn(stage, &place, 200);
    let asked = withdrawer(&wallet, drawn.opening(0, &place));
    scene.stage.now = on(DEPOSIT + 1);
    scene.ask(&asked).expect("nobody cashed it");
    scene.stage.list();
    scene.stage
}

/// A hundred thousand encodings, of every table's keys and rows and of the log's leaves.
#[test]
fn ra21_a_row_has_one_encoding() {
    let stage = told();
    let mut canonical =
        Canonical { store: &stage.store, chance: Chance::new(21), found: BTreeMap::new() };
    View::default().visit(&mut canonical).expect("the store answers");
    let Canonical { mut chance, mut found, .. } = canonical;
    let mut leaves = Vec::new();
    let scan = stage.store.scan::<Leaves>(|_, leaf| leaves.push(leaf.0));
    scan.expect("the store answers");
    let mut tally = Tally { rows: leaves.len(), ..Tally::default() };
    for _ in 0..4 {
        same_again::<Leaf>(&leaves, &mut chance, &mut tally);
    }
    found.insert("leaf", tally);
    let tried: usize = found.values().map(|tally| tally.tried).sum();
    assert!(tried >= 100_000, "{tried}");
    let (written, empty): (Vec<_>, Vec<_>) = found.iter().partition(|(_, tally)| tally.rows > 0);
    for (table, tally) in written {
        assert!(tally.read * 50 >= tally.tried, "{table}: {tally:?} is too little to say anything");
    }
    assert!(empty.len() <= 8, "the story leaves too many tables empty: {empty:?}");
}
