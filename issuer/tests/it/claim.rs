//! Claim: what nobody cashed is paid once, to whoever shows the most of its story.

mod chance;
mod crash;
pub mod desk;
mod forged;
mod guaranteed;
mod rank;
mod refused;
mod revoked;
pub mod scene;
mod stolen;

use crate::series::another_office;
use crate::stage::{VAULT, clock, refused};
use crate::wallet::{ACCOUNT, CREDIT, Wallet};
use scene::{CLAIM, DEPOSIT, Scene, day, leads, on, paid};
use std::slice::from_ref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tender_issuer::batch::Call;
use tender_issuer::clock::Clocks;
use tender_issuer::pipeline::Pipeline;
use tender_issuer::request::{Reply, Request as Asks};
use tender_issuer::rows::{Account, CashedTokens, Claims, Due, Leaves};
use tender_proto::statement::{Cause, Request};
use tender_token::date::Timestamp;
use tender_token::encode::Decode;
use tender_token::error::Error;
use tender_token::log::leaf::{Effect, Leaf};

/// Every form from its first day to its payment, with every question asked again on the way.
#[test]
fn every_form_is_paid_once_in_its_time_and_answered_again_as_before() {
    let mut scene = Scene::new();
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    let (drawn, _) = payer.drawn(stage, &from[0], 100);
    let received = payer.token(stage, &from[1], 200);
    let received = payer.pay(&received, &from[1], &to[0], &manifest);
    let late = payer.token(stage, &from[2], 500);
    let late = payer.cash(&late, &from[2], CREDIT, &manifest);
    let lapsed = payer.token(stage, &from[3], 100);
    let lapsed = payer.cash_until(&lapsed, &from[3], CREDIT, day(5), &manifest);
    let waiting = [
        (100, scene.withdrawer(&drawn, &from[0])),
        (200, scene.holder(payee, &received, &to[0])),
        (500, scene.payee(&late)),
    ];
    let back = scene.payer(payer, &lapsed, &from[3]);
    let before = stage.balance(&stage.bank).minor_units();
    assert_eq!(before, VAULT.minor_units() - 900);

    scene.stage.now = on(5);
    assert_eq!(refused(scene.ask(&back)), Error::Window);
    scene.stage.now = on(6);
    for _ in 0..2 {
        assert_eq!(scene.ask(&back), paid(100), "at once, and the same again");
        scene.stage.assert_clean();
    }
    let deposited = scene.stage.deposit(&scene.stage.bank, from_ref(&lapsed.item)).remove(0);
    assert_eq!(refused(deposited), Error::Deadline, "the payee's day is over");
    assert_eq!(scene.stage.balance(&scene.stage.bank).minor_units(), before + 100);
    for (_, asked) in &waiting {
        scene.stage.now = on(DEPOSIT);
        assert_eq!(refused(scene.ask(asked)), Error::Window);
        for today in [DEPOSIT + 1, CLAIM] {
            scene.stage.now = on(today);
            assert_eq!(scene.ask(asked), leads());
            assert_eq!(scene.stage.pay_due(), (0, 0), "the last day is not over");
        }
        scene.stage.assert_clean();
    }
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (3, 0));
    assert_eq!(scene.stage.pay_due(), (0, 0));
    for (value, asked) in &waiting {
        assert_eq!(scene.ask(asked), paid(*value));
    }
    assert_eq!(scene.ask(&back), paid(100));
    let Scene { stage, .. } = &scene;
    assert_eq!(stage.balance(&stage.bank), VAULT, "everything came back");
    assert_eq!((stage.count::<Claims>(), stage.count::<Due>()), (0, 0));
    assert_eq!(stage.count::<CashedTokens>(), 4);
    let all = Request { after_posting: 0, after_incident: 0, after_reserve_posting: 0 };
    let postings = stage.statement(&stage.bank, all).postings;
    let claims = postings.iter().filter(|posting| posting.cause == Cause::Claim(ACCOUNT));
    assert_eq!(claims.map(|posting| posting.amount.minor_units()).sum::<u64>(), 900);
    stage.assert_clean();
    assert_eq!(told(&scene), 4);
}

/// How many tokens the log says were paid to claims.
fn told(scene: &Scene) -> u64 {
    let mut told = 0;
    let scan = scene.stage.store.scan::<Leaves>(|_, leaf| {
        let leaf = Leaf::from_bytes(&leaf.0).expect("the issuer wrote it");
        if let Effect::Claimed(tokens) = leaf.effect {
            assert_eq!(tokens.intermediary, scene.stage.bank.id());
            told += tokens.count;
        }
    });
    scan.expect("the store answers");
    told
}

/// A token that was taken back is cashed for whoever comes with an item of another story: the item
/// is refused with both answers, and the cheat is named.
#[test]
fn a_deposit_of_a_token_that_a_claim_was_paid_is_refused_with_both_answers() {
    let mut scene = Scene::new();
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    let chain = payer.token(stage, &from[0], 100);
    let fork = payer.pay(&chain, &from[0], &to[0], &manifest);
    let lapsed = payer.cash_until(&chain, &from[0], CREDIT, day(5), &manifest);
    let back = scene.payer(payer, &lapsed, &from[0]);
    let honest = payee.cash(&fork, &to[0], CREDIT, &manifest);
    scene.stage.now = on(6);
    assert_eq!(scene.ask(&back), paid(100));
    let outcome = scene.stage.deposit(&scene.stage.bank, from_ref(&honest.item)).remove(0);
    let refusal = outcome.expect_err("the token is paid");
    assert_eq!((refusal.error, refusal.evidence.len()), (Error::Double, 2));
    assert_eq!(scene.accused(), [scene.payer.identity.key()]);
    scene.stage.assert_clean();
}

/// A claim and a deposit of one token in one batch, in either order: the first one is paid.
#[test]
fn b10_a_claim_and_a_deposit_of_one_token_are_paid_once_whoever_comes_first() {
    for claim_first in [true, false] {
        let mut scene = Scene::new();
        let manifest = scene.stage.office.manifest.clone();
        let Scene { stage, payer, payee, from, to } = &scene;
        let chain = payer.token(stage, &from[0], 100);
        let fork = payer.pay(&chain, &from[0], &to[0], &manifest);
        let lapsed = payer.cash_until(&chain, &from[0], CREDIT, day(5), &manifest);
        let back = Asks::claim(scene.payer(payer, &lapsed, &from[0]), &stage.office);
        let item = payee.cash(&fork, &to[0], CREDIT, &manifest).item;
        let item = Asks::deposit(&[item], &stage.office);
        scene.stage.now = on(6);
        let Scene { stage, .. } = &scene;
        let mut asks = vec![(&stage.bank, back), (&stage.other_bank, item)];
        if !claim_first {
            asks.reverse();
        }
        let replies = stage.ask_all(asks);
        let was_paid = |reply: &Reply| match reply {
            Reply::Claim(reply) => *reply == paid(100),
            Reply::Deposit(outcomes) => outcomes[0].is_ok(),
            other => panic!("another verb's reply: {other:?}"),
        };
        assert_eq!(replies.iter().map(was_paid).collect::<Vec<_>>(), [true, false]);
        assert_eq!(
            stage.held(Account::Vault(stage.bank.id()))
                + stage.held(Account::Vault(stage.other_bank.id())),
            2 * VAULT.minor_units()
        );
        assert_eq!(scene.accused(), [scene.payer.identity.key()]);
        scene.stage.assert_clean();
    }
}

/// Nobody has heard of a withdrawal of the same batch, so nobody can claim what it signs.
#[test]
fn a_claim_beside_its_own_withdrawal_finds_no_session() {
    let scene = Scene::new();
    let Scene { stage, payer, from, .. } = &scene;
    let drawn = payer.withdrawal(stage, &[(&from[0], 100)]);
    let claim = Asks::claim(scene.withdrawer(&drawn, &from[0]), &stage.office);
    let withdrawal = Asks::withdraw(&drawn.bytes, &stage.office);
    let replies = stage.ask_all(vec![(&stage.bank, withdrawal), (&stage.bank, claim)]);
    assert_eq!(replies[1], Reply::Claim(Err(Error::Wallet.into())));
    stage.assert_clean();
}

/// Through all phases of a series by a clock that is only a number: what was in time is cashed,
/// what comes late is claimed, and paid once, by an issuer whose manifest knows the series no more.
#[test]
fn lc13_a_late_claim_with_proof_is_honoured_once_after_the_series_is_over() {
    let mut scene = Scene::new();
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, from, .. } = &scene;
    let (drawn, chain) = payer.drawn(stage, &from[0], 100);
    let in_time = payer.token(stage, &from[1], 100);
    let in_time = payer.cash(&in_time, &from[1], CREDIT, &manifest).item;
    let late = payer.cash(&chain, &from[0], CREDIT, &manifest);
    let claims = [scene.payee(&late), scene.withdrawer(&drawn, &from[0])];
    for (today, error) in [
        (0, Error::Window),
        (11, Error::Window),
        (21, Error::Window),
        (DEPOSIT, Error::Window),
        (CLAIM + 1, Error::Window),
    ] {
        scene.stage.now = on(today);
        assert_eq!(refused(scene.ask(&claims[0])), error, "day {today}");
        assert_eq!(scene.stage.pay_due(), (0, 0));
    }
    scene.stage.now = on(DEPOSIT);
    let Scene { stage, .. } = &scene;
    assert!(stage.deposit(&stage.bank, &[in_time])[0].is_ok());
    scene.stage.now = on(DEPOSIT + 1);
    let Scene { stage, .. } = &scene;
    let outcome = stage.deposit(&stage.bank, from_ref(&late.item)).remove(0);
    assert_eq!(refused(outcome), Error::Expired);
    assert_eq!(scene.ask(&claims[0]), leads());
    assert_eq!(refused(scene.ask(&claims[1])), Error::Cashed, "it shows less");
    scene.stage.assert_clean();

    let Scene { mut stage, .. } = scene;
    let known = std::mem::replace(&mut stage.office, another_office());
    stage.now = on(CLAIM + 1);
    assert_eq!(stage.pay_due(), (1, 0));
    assert_eq!(stage.pay_due(), (0, 0));
    stage.office = known;
    let mut stage = stage.restarted();
    for _ in 0..2 {
        assert_eq!(stage.claim(&stage.bank, &claims[0]), paid(100));
        stage.now = on(400);
    }
    assert_eq!(stage.balance(&stage.bank), VAULT);
    stage.assert_clean();
}

/// An issuer that nobody asks for anything pays when its clock says so, and one that is asked for
/// other things does too.
#[tokio::test]
async fn a_running_issuer_pays_what_is_due_at_a_tick_and_after_other_work() {
    const AFTER: Clocks = Clocks::new(|| on(CLAIM + 1), || Duration::ZERO);
    for by_tick in [true, false] {
        let mut scene = Scene::new();
        let Scene { stage, payer, from, .. } = &scene;
        let (drawn, _) = payer.drawn(stage, &from[0], 100);
        let claim = scene.withdrawer(&drawn, &from[0]);
        scene.stage.now = on(DEPOSIT + 1);
        assert_eq!(scene.ask(&claim), leads());
        let Scene { stage, .. } = &scene;
        let (pipeline, running) =
            Pipeline::start(stage.writer(), clock(&stage.store, AFTER)).expect("threads");
        if by_tick {
            pipeline.tick();
        } else {
            let request = Asks::Enrol(Box::new(Wallet::new(&stage.bank).registration));
            pipeline.ask(Call { caller: stage.bank.id(), request }).await.expect("it answers");
        }
        let paid_out = async {
            while stage.count::<Claims>() > 0 {
                tokio::task::yield_now().await;
            }
        };
        let minute = Duration::from_mins(1);
        tokio::time::timeout(minute, paid_out).await.expect("the issuer pays");
        let request = Asks::claim(claim.clone(), &stage.office);
        let asked = Call { caller: stage.bank.id(), request };
        assert_eq!(pipeline.ask(asked).await, Ok(Reply::Claim(paid(100))));
        drop(pipeline);
        running.stop().expect("the disk is sound");
        stage.assert_clean();
    }
}

/// The clocks of the next test's issuer: one that nobody sets, and by how much the other is ahead.
static RUNNING: AtomicU64 = AtomicU64::new(0);
static AHEAD: AtomicU64 = AtomicU64::new(0);

/// A clock that is months ahead for some ticks pays nothing before its day, which could never be
/// taken back; the same claim is paid when its day has really come.
#[tokio::test]
async fn a15_a_clock_that_is_far_ahead_for_a_tick_pays_no_claim_before_its_day() {
    const CLOCKS: Clocks = Clocks::new(
        || Timestamp(RUNNING.load(Ordering::SeqCst) + AHEAD.load(Ordering::SeqCst)),
        || Duration::from_secs(RUNNING.load(Ordering::SeqCst)),
    );
    let mut scene = Scene::new();
    let Scene { stage, payer, from, .. } = &scene;
    let (drawn, _) = payer.drawn(stage, &from[0], 100);
    let claim = scene.withdrawer(&drawn, &from[0]);
    let begins = on(DEPOSIT + 1);
    scene.stage.now = begins;
    assert_eq!(scene.ask(&claim), leads());
    let Scene { stage, .. } = &scene;
    RUNNING.store(begins.0, Ordering::SeqCst);
    let time = clock(&stage.store, CLOCKS);
    let (pipeline, running) = Pipeline::start(stage.writer(), time).expect("threads");
    // What is due after one piece of work is paid before the next one is decided.
    let tick_and_ask = async || {
        pipeline.tick();
        for _ in 0..2 {
            let request = Asks::claim(claim.clone(), &stage.office);
            let asked = Call { caller: stage.bank.id(), request };
            pipeline.ask(asked).await.expect("it answers");
        }
    };
    for days in [11, 40, 400] {
        AHEAD.store(days * 86_400, Ordering::SeqCst);
        tick_and_ask().await;
    }
    assert_eq!(stage.count::<Claims>(), 1, "it waits");
    assert_eq!(stage.store.newest_time(), begins);
    AHEAD.store(0, Ordering::SeqCst);
    RUNNING.store(on(CLAIM).0, Ordering::SeqCst);
    tick_and_ask().await;
    assert_eq!(stage.count::<Claims>(), 1, "its last day is not over");
    RUNNING.store(on(CLAIM + 1).0, Ordering::SeqCst);
    tick_and_ask().await;
    assert_eq!(stage.count::<Claims>(), 0, "it is paid");
    drop(pipeline);
    running.stop().expect("the disk is sound");
    assert_eq!(stage.balance(&stage.bank), VAULT);
    stage.assert_clean();
}

/// A clock that was ahead let a claim lead. When it was right again the token was cashed, and the
/// claim stayed in line until its day, when paying it a second time was refused by a panic that
/// came back at every start.
#[test]
fn a15_a_claim_from_a_clock_that_was_ahead_ends_when_its_token_is_cashed() {
    for restarts in [false, true] {
        let mut scene = Scene::new();
        let manifest = scene.stage.office.manifest.clone();
        let Scene { stage, payer, payee, from, to } = &scene;
        let (drawn, chain) = payer.drawn(stage, &from[0], 100);
        let chain = payer.pay(&chain, &from[0], &to[0], &manifest);
        let cash = payee.cash(&chain, &to[0], CREDIT, &manifest);
        let claim = scene.withdrawer(&drawn, &from[0]);
        scene.stage.now = on(DEPOSIT + 1);
        assert_eq!(scene.ask(&claim), leads());
        scene.stage.now = on(5);
        if restarts {
            scene = Scene { stage: scene.stage.restarted(), ..scene };
        }
        let outcome = scene.stage.deposit(&scene.stage.bank, from_ref(&cash.item)).remove(0);
        outcome.expect("nobody was paid for it");
        scene.stage.assert_clean();
        scene.stage.now = on(CLAIM + 1);
        assert_eq!(scene.stage.pay_due(), (0, 0));
        assert_eq!(scene.stage.balance(&scene.stage.bank), VAULT, "it was paid once");
        assert_eq!((scene.stage.count::<Claims>(), scene.stage.count::<Due>()), (0, 0));
        scene.stage.assert_clean();
    }
}
