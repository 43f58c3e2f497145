//! Treasury: the supply changes by approved instruction only, once, and the books stay in balance.

use crate::stage::{Bank, OFFICERS, OPERATOR, RESERVES, Stage, VAULT, currency, random};
use crate::wallet::{CREDIT, Wallet};
use std::collections::BTreeMap;
use tender_issuer::rows::{
    Account, Actions, Change, Entries, Instructions, Intermediaries, Membership, Postings, Side,
    Staff, Standing, Wallets,
};
use tender_issuer::verbs::ledger::{Draft, assert_balanced};
use tender_issuer::view::View;
use tender_proto::operator::{Amendment, Duty, Operation, Refusal};
use tender_proto::statement::Cause;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::signature::PublicKey;
use tender_token::treasury::{Instruction, Order};

fn refused<T: core::fmt::Debug>(outcome: Result<T, Refusal>) -> Error {
    match outcome.expect_err("this should be refused") {
        Refusal::Protocol(error) => error,
        other => panic!("not by the protocol: {other}"),
    }
}

/// Every account of a bank and of the treasury.
fn balances(stage: &Stage) -> [u64; 6] {
    let bank = stage.bank.id();
    let accounts = [
        Account::Issued,
        Account::Treasury,
        Account::Vault(bank),
        Account::Reserves(bank),
        Account::Backing,
        Account::Destroyed,
    ];
    accounts.map(|account| stage.held(account))
}

/// Orders it, expects this refusal, and that nothing was changed.
#[track_caller]
fn check(stage: &Stage, order: Order, amount: u64, expected: Error) {
    let (before, entries) = (balances(stage), stage.count::<Entries>());
    assert_eq!(refused(stage.supply(order, amount)), expected);
    assert_eq!((balances(stage), stage.count::<Entries>()), (before, entries));
}

#[test]
fn lc_02_an_order_that_is_unapproved_or_replayed_creates_nothing() {
    let stage = Stage::new();
    let before = balances(&stage);
    let instruction = stage.instruction(Order::Issue, 500);
    for officers in [&[][..], &[101], &[101, 101], &[101, 104]] {
        assert_eq!(refused(stage.submit(instruction, officers)), Error::Auth, "{officers:?}");
    }
    let elsewhere = Instruction { issuer: PublicKey([7; 32]), ..instruction };
    assert_eq!(refused(stage.submit(elsewhere, &OFFICERS)), Error::Plan, "another issuer's");
    let expired = Instruction { expiry: Timestamp(stage.now.0 - 1), ..instruction };
    assert_eq!(refused(stage.submit(expired, &OFFICERS)), Error::RequestExpired);
    assert_eq!(balances(&stage), before);

    stage.submit(instruction, &OFFICERS[..2]).expect("two of three approve");
    for officers in [&OFFICERS[..2], &OFFICERS[1..], &[]] {
        let again = stage.submit(instruction, officers);
        assert_eq!(again, Err(Refusal::Already), "{officers:?}");
    }
    let more = Instruction { amount: Amount::from_minor_units(501), ..instruction };
    assert_eq!(refused(stage.submit(more, &OFFICERS)), Error::SidConflict, "ids are unique");
    assert_eq!(stage.held(Account::Issued), before[0] + 500);
    let mut stage = stage.restarted();
    assert_eq!(stage.submit(instruction, &OFFICERS[..2]), Err(Refusal::Already));
    stage.now = Timestamp(instruction.expiry.0 + 1);
    assert_eq!(stage.submit(instruction, &OFFICERS[..2]), Err(Refusal::Already), "for ever");
    let report = stage.audit();
    assert_eq!((report.issued, report.treasury), (before[0] + 500, before[1] + 500));
    stage.assert_clean();
}

#[test]
fn lc_03_currency_is_bought_one_to_one_from_reserves_in_one_step() {
    let stage = Stage::new();
    let bank = stage.bank.id();
    let [issued, treasury, vault, reserves, backing, _] = balances(&stage);
    let entries = stage.count::<Entries>();
    stage.supply(Order::Distribute(bank), 300).expect("everything covers it");
    let after = [issued, treasury - 300, vault + 300, reserves - 300, backing + 300, 0];
    assert_eq!((balances(&stage), stage.count::<Entries>()), (after, entries + 1));

    check(&stage, Order::Distribute(bank), RESERVES.minor_units(), Error::Funds);
    stage.supply(Order::CreditReserves(bank), 2_000_000).expect("the bank is admitted");
    check(&stage, Order::Distribute(bank), 1_000_000, Error::Funds);
    let quota = 800_000 - VAULT.minor_units() - 300;
    check(&stage, Order::Distribute(bank), quota + 1, Error::Limit);
    stage.supply(Order::Distribute(bank), quota).expect("the quota allows this much");
    check(&stage, Order::Distribute(RegistrarId([7; 32])), 1, Error::Auth);
    stage.assert_clean();
}

#[test]
fn lc_11_a_redemption_is_the_exact_inverse_of_a_distribution() {
    let stage = Stage::new();
    let bank = stage.bank.id();
    let before = balances(&stage);
    stage.supply(Order::Distribute(bank), 1_234).expect("everything covers it");
    assert_ne!(balances(&stage), before);
    stage.supply(Order::Redeem(bank), 1_234).expect("the vault covers it");
    assert_eq!(balances(&stage), before);
    check(&stage, Order::Redeem(bank), VAULT.minor_units() + 1, Error::Funds);
    stage.supply(Order::Redeem(bank), VAULT.minor_units()).expect("the vault covers it");
    assert_eq!(stage.held(Account::Reserves(bank)), 60_000);
    stage.assert_clean();
}

#[test]
fn lc_11_what_circulates_cannot_be_redeemed() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &session);
    let chain = wallet.token(&stage, &places[0], 500);
    check(&stage, Order::Redeem(stage.bank.id()), VAULT.minor_units(), Error::Funds);
    let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
    stage.deposit(&stage.bank, &[cash.item])[0].clone().expect("the token is good");
    let vault = VAULT.minor_units();
    stage.supply(Order::Redeem(stage.bank.id()), vault).expect("everything came back");
    stage.assert_clean();
}

#[test]
fn lc_12_what_is_destroyed_lowers_the_supply_by_exactly_that_and_never_returns() {
    let stage = Stage::new();
    let treasury = stage.held(Account::Treasury);
    let destroy = stage.instruction(Order::Destroy, treasury - 10);
    assert_eq!(refused(stage.submit(destroy, &OFFICERS[..1])), Error::Auth, "two approve");
    stage.submit(destroy, &OFFICERS[..2]).expect("two of three approve");
    let report = stage.audit();
    assert_eq!((report.destroyed, report.treasury), (treasury - 10, 10));
    assert_eq!(report.issued - report.destroyed, 10 + 2 * VAULT.minor_units());
    let bank = stage.bank.id();
    check(&stage, Order::Distribute(bank), 11, Error::Funds);
    check(&stage, Order::Destroy, 11, Error::Funds);
    stage.supply(Order::Distribute(bank), 10).expect("the rest is there");
    let mut leaves = 0;
    let scan = stage.store.scan::<Entries>(|_, entry| {
        let destroyed = entry.legs.iter().filter(|leg| leg.account == Account::Destroyed);
        leaves += destroyed.filter(|leg| leg.side == Side::Debit).count();
    });
    scan.expect("the store answers");
    assert_eq!(leaves, 0);
    stage.assert_clean();
}

#[test]
fn a_guarantee_is_set_aside_and_returns_and_reserves_come_and_go() {
    let stage = Stage::new();
    let bank = stage.bank.id();
    let before = balances(&stage);
    stage.supply(Order::Pledge(bank), 400).expect("the vault covers it");
    assert_eq!(stage.held(Account::Guarantee(bank)), 400);
    stage.assert_clean();
    check(&stage, Order::Release(bank), 401, Error::Funds);
    stage.supply(Order::Release(bank), 400).expect("the guarantee covers it");
    check(&stage, Order::DebitReserves(bank), RESERVES.minor_units() + 1, Error::Funds);
    stage.supply(Order::DebitReserves(bank), 100).expect("the reserves cover it");
    stage.supply(Order::CreditReserves(bank), 100).expect("the bank is admitted");
    assert_eq!(balances(&stage), before);
    stage.assert_clean();
}

/// Amounts at the ends of the range: nothing, everything, and sums that no account can hold.
#[test]
fn b12_amounts_at_the_ends_of_the_range_neither_wrap_nor_vanish() {
    let stage = Stage::new();
    let bank = stage.bank.id();
    let orders = [
        Order::Issue,
        Order::Destroy,
        Order::Distribute(bank),
        Order::Redeem(bank),
        Order::CreditReserves(bank),
        Order::DebitReserves(bank),
        Order::Pledge(bank),
        Order::Release(bank),
    ];
    for order in orders {
        check(&stage, order, 0, Error::Amount);
        let rises = matches!(order, Order::Issue | Order::CreditReserves(_));
        for amount in [1 << 63, u64::MAX] {
            if rises && amount == 1 << 63 {
                continue;
            }
            check(&stage, order, amount, if rises { Error::Amount } else { Error::Funds });
        }
    }
    let rest = u64::MAX - stage.held(Account::Issued);
    stage.supply(Order::Issue, rest).expect("all that fits");
    assert_eq!(stage.held(Account::Issued), u64::MAX);
    check(&stage, Order::Issue, 1, Error::Amount);
    let rest = u64::MAX - stage.held(Account::Settlement);
    stage.supply(Order::CreditReserves(bank), rest).expect("all that fits");
    check(&stage, Order::CreditReserves(bank), 1, Error::Amount);
    stage.assert_clean();
}

#[test]
#[should_panic(expected = "conservation: an entry has equal sides")]
fn an_entry_with_unequal_sides_is_never_written() {
    let one = Amount::from_minor_units(1);
    let draft = Draft::new(currency(), Timestamp(1));
    draft.credit(Account::Treasury, one, Cause::Issuance).post(&mut View::default());
}

#[test]
#[should_panic(expected = "conservation: the books sum to zero")]
fn a_commit_that_is_out_of_balance_stops_the_issuer() {
    let stage = Stage::new();
    let mut view = View::default();
    view.accounts.want(stage.bank.vault());
    stage.store.load(&mut view).expect("the store answers");
    let mut row = *view.accounts.get(&stage.bank.vault()).expect("the row is there");
    row.amount = Amount::from_minor_units(1);
    view.accounts.insert(stage.bank.vault(), row);
    assert_balanced(&view);
}

/// Whoever operates the issuer leaves a record of it from which everything can be told again.
#[test]
fn ra_10_replaying_every_action_gives_the_configuration_and_the_supply() {
    let stage = Stage::new();
    let (bank, other) = (stage.bank.id(), stage.other_bank.id());
    let wallet = Wallet::enrolled(&stage);
    let identity = wallet.identity.key();
    let rotated = random();
    for (id, amendment) in [
        (bank, Amendment::Suspend),
        (other, Amendment::Rotate(rotated)),
        (bank, Amendment::Resume),
        (bank, Amendment::Suspend),
        (other, Amendment::Quota(Amount::from_minor_units(5))),
    ] {
        stage.operate(Operation::Amend(id, amendment)).expect("it is a change");
    }
    stage.operate(Operation::Freeze(identity, true)).expect("it is a change");
    for (name, duty, fingerprint) in
        [("Olga", Duty::Operator, [6; 32]), ("Anton", Duty::Auditor, [7; 32])]
    {
        let name = name.to_owned();
        stage.operate(Operation::Appoint { name, duty, fingerprint }).expect("it is a change");
    }
    stage.operate(Operation::Dismiss("Olga".to_owned())).expect("it is a change");
    let before = stage.count::<Actions>();
    let again = stage.operate(Operation::Amend(bank, Amendment::Suspend));
    assert_eq!(again, Err(Refusal::Already));
    let unknown = stage.operate(Operation::Amend(RegistrarId([7; 32]), Amendment::Suspend));
    assert_eq!(unknown, Err(Refusal::UnknownIntermediary));
    assert_eq!(stage.count::<Actions>(), before, "what was refused changed nothing");

    let (mut intermediaries, mut standings) = (BTreeMap::new(), BTreeMap::new());
    let (mut staff, mut instructions) = (BTreeMap::new(), Vec::new());
    let scan = stage.store.scan::<Actions>(|_, action| {
        assert_eq!((action.operator, action.time), (OPERATOR, stage.now));
        match action.change {
            Change::Intermediary { id, old, new } => {
                assert_eq!(intermediaries.insert(id, new), old, "the old value is what was");
            }
            Change::Wallet { identity, old, new } => {
                let known = standings.insert(identity, new).unwrap_or(Standing::Open);
                assert_eq!(known, old, "the old value is what was");
            }
            Change::Staff { fingerprint, old, new } => {
                assert_eq!(staff.insert(fingerprint, new), old, "the old value is what was");
            }
            Change::Supply { instruction, entry } => instructions.push((instruction, entry)),
            Change::Claim { .. } | Change::Rollback { .. } => panic!("nobody did that"),
        }
    });
    scan.expect("the store answers");
    let mut stored = BTreeMap::new();
    let scan = stage.store.scan::<Intermediaries>(|id, row| drop(stored.insert(id, row)));
    scan.expect("the store answers");
    assert_eq!(intermediaries, stored);
    let mut appointed = BTreeMap::new();
    let scan = stage.store.scan::<Staff>(|id, row| drop(appointed.insert(id, row)));
    scan.expect("the store answers");
    assert_eq!((&staff, staff.len()), (&appointed, 2));
    assert_eq!(stored[&other].fingerprint, rotated);
    assert_eq!(stored[&bank].standing, Membership::Suspended(stage.now));
    let scan = stage.store.scan::<Wallets>(|id, row| assert_eq!(standings[&id], row.standing));
    scan.expect("the store answers");
    let mut carried_out = BTreeMap::new();
    let scan = stage.store.scan::<Instructions>(|id, row| {
        carried_out.insert(id, row.entry);
    });
    scan.expect("the store answers");
    assert_eq!(instructions.into_iter().collect::<BTreeMap<_, _>>(), carried_out);
    stage.assert_clean();
}

#[test]
fn a_frozen_wallet_cannot_withdraw_and_what_it_holds_stays_good() {
    let stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &session);
    let chain = wallet.token(&stage, &places[0], 100);
    let freeze = |freeze| stage.operate(Operation::Freeze(wallet.identity.key(), freeze));
    freeze(true).expect("it is open");
    let withdrawal = wallet.withdrawal(&stage, &[(&places[1], 100)]);
    let refusal = stage.withdraw(&stage.bank, &withdrawal.bytes).expect_err("it is frozen");
    assert_eq!(refusal.error, Error::Wallet);
    let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
    stage.deposit(&stage.bank, &[cash.item])[0].clone().expect("the token is good");
    freeze(false).expect("it is frozen");
    let withdrawal = wallet.withdrawal(&stage, &[(&places[1], 100)]);
    stage.withdraw(&stage.bank, &withdrawal.bytes).expect("it is open again");

    for _ in 0..2 {
        let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
        let _one_is_refused = stage.deposit(&stage.bank, &[cash.item]);
    }
    assert_eq!(freeze(false), Err(Refusal::Closed));
    assert_eq!(freeze(true), Err(Refusal::Closed), "what is proved is not undone");
    stage.assert_clean();
}

#[test]
fn every_movement_of_tokens_is_an_entry_with_equal_sides() {
    let stage = Stage::new();
    let entries = stage.count::<Entries>();
    let wallet = Wallet::enrolled(&stage);
    let session = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &session);
    let chain = wallet.token(&stage, &places[0], 500);
    assert_eq!(stage.count::<Entries>(), entries + 1);
    let postings = stage.count::<Postings>();
    let cash = wallet.cash(&chain, &places[0], CREDIT, stage.manifest());
    stage.deposit(&stage.other_bank, &[cash.item])[0].clone().expect("the token is good");
    assert_eq!((stage.count::<Entries>(), stage.count::<Postings>()), (entries + 2, postings + 1));
    let of = |bank: &Bank| stage.balance(bank).minor_units();
    assert_eq!((of(&stage.bank), of(&stage.other_bank)), (9_500, 10_500), "no claim is left over");
    stage.assert_clean();
}
