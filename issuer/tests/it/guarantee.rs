//! Guarantees: who bears the loss of a double spend is a rule, and what was pledged pays for it.

use crate::deposit::{forgotten, remembered};
use crate::stage::{Bank, NOW, STILL, Stage, clock, config_with, founded, refused};
use crate::wallet::{ACCOUNT, CREDIT, Place, Wallet};
use std::slice::from_ref;
use std::sync::{Arc, LazyLock};
use tender_issuer::batch::Call;
use tender_issuer::office::Office;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{
    Account, CashedTokens, Count, IncidentCosts, Incidents, Redress, RedressList, Redresses,
};
use tender_issuer::view::View;
use tender_proto::deposit::Outcome;
use tender_proto::statement::{Cause, Request as After};
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, Instruction};
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::provision::SessionId;
use tender_token::token::TokenId;
use tender_token::treasury::Order;
use tokio::sync::Barrier;

const ONE: Amount = Amount::from_minor_units(100);
const TWO: Amount = Amount::from_minor_units(200);

/// Under the second rule, with 3.00 per incident.
static GUARANTEEING: LazyLock<Arc<Office>> = LazyLock::new(|| {
    founded(&config_with(&[
        ("\"payee_bears\"", "\"payer_intermediary_guarantees\""),
        ("guarantee_cap = \"0.00\"", "guarantee_cap = \"3.00\""),
    ]))
});

pub fn guaranteeing() -> Stage {
    Stage::of(Arc::clone(&GUARANTEEING))
}

pub fn pledge(stage: &Stage, bank: &Bank, minor_units: u64) {
    stage.supply(Order::Pledge(bank.id()), minor_units).expect("the vault covers it");
}

pub fn guarantee(stage: &Stage, bank: &Bank) -> u64 {
    stage.held(Account::Guarantee(bank.id()))
}

fn deposit(stage: &Stage, bank: &Bank, item: &[u8]) -> Outcome {
    stage.deposit(bank, &[item.to_vec()]).remove(0)
}

/// A wallet that the other bank has registered.
pub fn of_other_bank(stage: &mut Stage) -> Wallet {
    stage.at_other_bank(Wallet::enrolled)
}

/// The payer of a chain passes it on once more, to a payee's slot, and the payee deposits it.
pub fn lost(
    stage: &Stage,
    (payer, chain, from): (&Wallet, &Chain, &Place<'_>),
    (payee, to): (&Wallet, &Place<'_>),
) -> Vec<u8> {
    let paid = payer.pay(chain, from, to, stage.manifest());
    payee.cash(&paid, to, CREDIT, stage.manifest()).item
}

/// A payer and a payee of the first bank, with slots.
macro_rules! two_wallets {
    ($stage:ident, $payer:ident, $payee:ident, $from:ident, $to:ident) => {
        let ($payer, $payee) = (Wallet::enrolled(&$stage), Wallet::enrolled(&$stage));
        let sessions = ($payer.opened(&$stage, 3), $payee.opened(&$stage, 5));
        let $from = $payer.slots(&$stage, &sessions.0);
        let $to = $payee.slots(&$stage, &sessions.1);
    };
}

#[test]
fn of06_under_the_first_rule_the_payee_bears_the_loss() {
    let stage = Stage::new();
    pledge(&stage, &stage.bank, 500);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let items = [0, 1].map(|n| lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[n])));
    assert_eq!(deposit(&stage, &stage.bank, &items[0]), Ok(ONE));
    let refusal = deposit(&stage, &stage.other_bank, &items[1]).unwrap_err();
    assert_eq!((refusal.error, refusal.evidence.len()), (Error::Double, 2));
    assert_eq!((guarantee(&stage, &stage.bank), stage.count::<Redresses>()), (500, 0));
    stage.assert_clean();
}

#[test]
fn of06_under_the_second_rule_the_cheats_intermediary_makes_it_good_once() {
    let mut stage = guaranteeing();
    pledge(&stage, &stage.bank, 500);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let first = lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[0]));
    let paid = payer.pay(&chain, &from[0], &to[1], stage.manifest());
    let cash = payee.cash(&paid, &to[1], CREDIT, stage.manifest());
    assert_eq!(deposit(&stage, &stage.bank, &first), Ok(ONE));
    let before = stage.balance(&stage.other_bank).minor_units();
    assert_eq!(deposit(&stage, &stage.other_bank, &cash.item), Ok(ONE));
    let settled = |stage: &Stage| {
        assert_eq!(stage.balance(&stage.other_bank).minor_units(), before + 100);
        assert_eq!(guarantee(stage, &stage.bank), 400);
        assert_eq!((stage.count::<Incidents>(), stage.count::<CashedTokens>()), (1, 1));
        stage.assert_clean();
    };
    settled(&stage);
    let after = After { after_posting: 1, after_incident: 0, after_reserve_posting: 0 };
    let posting = stage.statement(&stage.other_bank, after).postings[0];
    assert_eq!((posting.cause, posting.amount), (Cause::Redress(ACCOUNT), ONE));

    assert_eq!(deposit(&stage, &stage.other_bank, &cash.item), Ok(ONE), "the same answer");
    let twice = stage.deposit(&stage.other_bank, &[cash.item.clone(), cash.item.clone()]);
    assert_eq!(twice, [Ok(ONE), Ok(ONE)]);
    let stolen = deposit(&stage, &stage.bank, &cash.item);
    assert_eq!(refused(stolen), Error::Double, "nobody else is paid for it");
    let instead = cash.instead(Instruction::Credit(AccountRef([8; 32])));
    assert_eq!(refused(deposit(&stage, &stage.other_bank, &instead)), Error::Double);
    settled(&stage);
    stage.now = Timestamp(NOW.0 + 31 * 86_400);
    assert_eq!(deposit(&stage, &stage.other_bank, &cash.item), Ok(ONE), "at any time");
    settled(&stage);
}

#[test]
fn of06_what_funds_a_request_is_refused_and_can_be_deposited() {
    let stage = guaranteeing();
    pledge(&stage, &stage.bank, 500);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let first = lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[0]));
    assert_eq!(deposit(&stage, &stage.bank, &first), Ok(ONE));
    let paid = payer.pay(&chain, &from[0], &to[1], stage.manifest());
    let cash = payee.cash(&paid, &to[1], CREDIT, stage.manifest());
    let wanted = payee
        .funded(&stage, &[(&to[2], 100)], SessionId([3; 32]), 0, |fund| vec![cash.instead(fund)]);
    assert_eq!(refused(stage.withdraw(&stage.bank, &wanted.bytes)), Error::Double);
    assert_eq!(guarantee(&stage, &stage.bank), 500);
    assert_eq!(deposit(&stage, &stage.bank, &cash.item), Ok(ONE));
    assert_eq!(guarantee(&stage, &stage.bank), 400);
    stage.assert_clean();
}

#[test]
fn of06_an_incident_costs_its_cap_at_most_and_an_item_is_paid_wholly_or_not() {
    let stage = guaranteeing();
    pledge(&stage, &stage.bank, 5_000);
    two_wallets!(stage, payer, payee, from, to);
    let other = Wallet::enrolled(&stage);
    let more = other.opened(&stage, 5);
    let more = other.slots(&stage, &more);
    let [ones, twos, fives] =
        [(0, 100), (1, 200), (2, 500)].map(|(n, value)| payer.token(&stage, &from[n], value));
    let fork = |n: usize, chain: &Chain, (payee, to): (&Wallet, &[Place<'_>])| -> Vec<_> {
        to.iter().map(|to| lost(&stage, (&payer, chain, &from[n]), (payee, to))).collect()
    };
    for (items, value, made_good) in [
        (fork(0, &ones, (&payee, &to)), 100, 3),
        (fork(1, &twos, (&other, &more[..3])), 200, 1),
        (fork(2, &fives, (&other, &more[3..])), 500, 0),
    ] {
        let before = guarantee(&stage, &stage.bank);
        let outcomes = stage.deposit(&stage.other_bank, &items);
        let paid = outcomes.iter().take_while(|outcome| outcome.is_ok()).count();
        assert_eq!(paid, 1 + made_good, "{outcomes:?}");
        assert!(outcomes.len() > paid, "the cap is reached");
        for outcome in outcomes.into_iter().skip(paid) {
            let refusal = outcome.unwrap_err();
            assert_eq!((refusal.error, refusal.evidence.len()), (Error::Double, 2));
        }
        assert_eq!(guarantee(&stage, &stage.bank), before - value * made_good as u64);
    }
    assert_eq!(stage.count::<Incidents>(), 3);
    stage.assert_clean();
}

#[test]
fn of06_an_exhausted_guarantee_pays_nothing_until_more_is_pledged() {
    let stage = guaranteeing();
    pledge(&stage, &stage.bank, 199);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let items = [0, 1, 2].map(|n| lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[n])));
    let outcomes = stage.deposit(&stage.other_bank, &items);
    assert_eq!(outcomes[..2], [Ok(ONE), Ok(ONE)]);
    assert_eq!(outcomes[2].as_ref().unwrap_err().error, Error::Double);
    assert_eq!(guarantee(&stage, &stage.bank), 99);
    let again = deposit(&stage, &stage.other_bank, &items[2]);
    assert_eq!(refused(again), Error::Double);
    pledge(&stage, &stage.bank, 1);
    assert_eq!(deposit(&stage, &stage.other_bank, &items[2]), Ok(ONE));
    assert_eq!(guarantee(&stage, &stage.bank), 0);
    stage.assert_clean();
}

/// Whoever answered twice is vouched for by its own intermediary, wherever in the chain it stands.
/// Here the first holder and the second one both cheat.
#[test]
fn of06_each_answer_too_many_is_paid_by_who_vouches_for_its_giver() {
    let mut stage = guaranteeing();
    pledge(&stage, &stage.bank, 500);
    pledge(&stage, &stage.other_bank, 500);
    let middle = of_other_bank(&mut stage);
    std::mem::swap(&mut stage.bank, &mut stage.other_bank);
    let session = middle.opened(&stage, 1);
    let place = &middle.slots(&stage, &session)[0];
    std::mem::swap(&mut stage.bank, &mut stage.other_bank);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 200);
    let passed = payer.pay(&chain, &from[0], place, stage.manifest());
    let items = [
        lost(&stage, (&middle, &passed, place), (&payee, &to[0])),
        lost(&stage, (&middle, &passed, place), (&payee, &to[1])),
        lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[2])),
    ];
    assert_eq!(deposit(&stage, &stage.bank, &items[0]), Ok(TWO));
    assert_eq!(deposit(&stage, &stage.bank, &items[1]), Ok(TWO));
    let guarantees =
        |stage: &Stage| (guarantee(stage, &stage.bank), guarantee(stage, &stage.other_bank));
    assert_eq!(guarantees(&stage), (500, 300), "the second holder's bank pays");
    assert_eq!(deposit(&stage, &stage.bank, &items[2]), Ok(TWO));
    assert_eq!(guarantees(&stage), (300, 300), "the first holder's bank pays");
    assert_eq!(stage.count::<Incidents>(), 2);
    stage.assert_clean();
}

#[test]
fn of06_nobody_vouches_for_a_cheat_that_nobody_registered() {
    let stage = guaranteeing();
    pledge(&stage, &stage.bank, 500);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let key = payer.identity.key();
    let registered = forgotten(&stage, key);
    let items = [0, 1].map(|n| lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[n])));
    assert_eq!(deposit(&stage, &stage.bank, &items[0]), Ok(ONE));
    assert_eq!(refused(deposit(&stage, &stage.bank, &items[1])), Error::Double);
    remembered(&stage, key, registered);
    assert_eq!(guarantee(&stage, &stage.bank), 500);
    stage.assert_clean();
}

/// Tasks that present one lost item side by side.
const TASKS: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn b10_64_tasks_that_present_a_loss_side_by_side_are_paid_for_it_once() {
    let stage = guaranteeing();
    pledge(&stage, &stage.bank, 500);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let items = [0, 1].map(|n| lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[n])));
    assert_eq!(deposit(&stage, &stage.bank, &items[0]), Ok(ONE));
    let before = [&stage.bank, &stage.other_bank].map(|bank| stage.balance(bank).minor_units());
    let clock = clock(&stage.store, STILL);
    let (pipeline, running) = Pipeline::start(stage.writer(), clock).expect("there are threads");
    let barrier = Arc::new(Barrier::new(TASKS));
    let banks = [stage.bank.id(), stage.other_bank.id()];
    let task = |number: usize| {
        let (pipeline, barrier) = (pipeline.clone(), Arc::clone(&barrier));
        let request = Request::deposit(from_ref(&items[1]), &stage.office);
        let caller = banks[number % 2];
        tokio::spawn(async move {
            barrier.wait().await;
            match pipeline.ask(Call { caller, request }).await.expect("the pipeline runs") {
                Reply::Deposit(mut outcomes) => outcomes.remove(0),
                other => panic!("another verb's reply: {other:?}"),
            }
        })
    };
    let tasks: Vec<_> = (0..TASKS).map(task).collect();
    let mut heard = [Vec::new(), Vec::new()];
    for (number, task) in tasks.into_iter().enumerate() {
        heard[number % 2].push(task.await.expect("no task panics"));
    }
    drop(pipeline);
    running.stop().expect("the threads end well");
    let paid = heard.each_ref().map(|outcomes| outcomes.iter().all(Result::is_ok));
    assert_ne!(paid[0], paid[1], "one of the two is paid, and hears it each time");
    let other = usize::from(paid[0]);
    let refused = |outcome: &Outcome| outcome.as_ref().is_err_and(|no| no.error == Error::Double);
    assert!(heard[other].iter().all(refused), "and the other one is not");
    let after = [&stage.bank, &stage.other_bank].map(|bank| stage.balance(bank).minor_units());
    let credited = [after[0] - before[0], after[1] - before[1]];
    assert_eq!((credited[1 - other], credited[other]), (100, 0));
    assert_eq!(guarantee(&stage, &stage.bank), 400);
    stage.assert_clean();
}

/// A stage on which one loss of 1.00 was made good.
fn played() -> (Stage, TokenId) {
    let stage = guaranteeing();
    pledge(&stage, &stage.bank, 500);
    two_wallets!(stage, payer, payee, from, to);
    let chain = payer.token(&stage, &from[0], 100);
    let items = [0, 1].map(|n| lost(&stage, (&payer, &chain, &from[0]), (&payee, &to[n])));
    assert_eq!(stage.deposit(&stage.bank, &items), [Ok(ONE), Ok(ONE)]);
    stage.assert_clean();
    (stage, chain.token_id())
}

/// What becomes of an empty list and the one redress that was there.
type Change = fn((RedressList, Redress)) -> Option<RedressList>;

#[test]
fn a_forged_redress_violates_conservation() {
    let forged = |list: &RedressList| {
        let one = *list.entries().first().expect("there is one");
        (RedressList::default(), one)
    };
    let changes: [Change; 4] = [
        |(none, one)| none.and(Redress { presentation: Count(1), ..one }),
        |(none, one)| none.and(one).and_then(|list| list.and(one)),
        |(none, one)| none.and(Redress { incident: Count(9), ..one }),
        |_| None,
    ];
    for change in changes {
        let (stage, token) = played();
        stage.change(
            |view| view.redresses.want(token),
            |view| match change(forged(view.redresses.get(&token).expect("it is there"))) {
                Some(list) => view.redresses.insert(token, list),
                None => view.redresses.remove(&token),
            },
        );
        assert!(!stage.audit().invariants.conservation);
    }
    let (stage, _) = played();
    let cost = |view: &mut View| view.incident_costs.want(Count(1));
    stage.change(cost, |view| view.incident_costs.insert(Count(1), TWO));
    assert_eq!(stage.count::<IncidentCosts>(), 1);
    assert!(!stage.audit().invariants.conservation);
}
