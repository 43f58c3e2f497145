//! A stolen value key (`[X2]`): what was opened is paid, and the rest as far as it can be true.

use super::scene::{CLAIM, DEPOSIT, Scene, day, leads, on, paid, slots};
use crate::frozen::{forge, frozen};
use crate::stage::{VAULT, refused};
use crate::wallet::{CREDIT, Wallet};
use std::slice::from_ref;
use tender_issuer::operation::Done;
use tender_issuer::rows::{Account, Change, Count, FrozenKey, Presentations};
use tender_proto::claim::Request as Asked;
use tender_proto::operator::Refusal;
use tender_token::chain::Chain;
use tender_token::error::Error;
use tender_token::token::TokenId;
use tender_token::treasury::Order;

/// A thief's tokens, and their claims of form 2.
fn loot(scene: &Scene, count: usize) -> Vec<(Chain, tender_proto::claim::Request)> {
    let thief = Wallet::enrolled(&scene.stage);
    let dens = slots(&thief, &scene.stage);
    let forged = dens[..count].iter().map(|den| {
        let chain = forge(&scene.stage, &thief, den);
        let claim = scene.holder(&thief, &chain, den);
        (chain, claim)
    });
    forged.collect()
}

/// Three tokens were signed, and seven are claimed. The two that were opened are paid; of the five
/// others one at most can be true, so none is paid, until an operator says which.
#[test]
fn a8_after_a_theft_opened_tokens_are_paid_and_the_thiefs_are_not() {
    let mut scene = Scene::new();
    let loot = loot(&scene, 4);
    let (drawn, from) = (scene.drawn(3), &scene.from);
    let first = [0, 1].map(|at| scene.withdrawer(&drawn[at].0, &from[at]));
    let second = [1, 2].map(|at| scene.holder(&scene.payer, &drawn[at].1, &from[at]));
    let unopened = drawn[2].1.token_id();
    scene.file(first.iter().chain(&second).chain(loot.iter().map(|(_, claim)| claim)));
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (2, 5));
    assert_eq!(frozen(&scene.stage), Some(FrozenKey { since: scene.stage.now, refused: Count(0) }));
    scene.stage.assert_clean();
    assert_eq!(scene.ask(&first[0]), paid(100));
    assert_eq!(scene.ask(&second[0]), paid(100), "opened by the withdrawer, paid to the holder");

    let Done { change, .. } = scene.order(unopened).expect("the bound allows one");
    assert!(matches!(change, Change::Claim { token, .. } if token == unopened));
    assert_eq!(scene.ask(&second[1]), paid(100));
    for (chain, _) in &loot {
        let refused = scene.order(chain.token_id());
        assert_eq!(refused, Err(Refusal::Protocol(Error::Opening)));
    }
    assert_eq!(scene.stage.pay_due(), (0, 4), "they wait for ever");
    let Scene { stage, .. } = &scene;
    assert_eq!(stage.balance(&stage.bank), VAULT);
    assert_eq!(stage.held(Account::Forged), 0);
    stage.assert_clean();
    scene.stage.restarted().assert_clean();
}

/// What waits fits into what was signed and not opened, so nobody has to decide.
#[test]
fn a8_without_an_excess_unopened_tokens_of_a_revoked_key_are_paid() {
    let mut scene = Scene::new();
    let Scene { stage, payer, from, .. } = &scene;
    let (opened, _) = payer.drawn(stage, &from[0], 100);
    let chain = payer.token(stage, &from[1], 100);
    let claims = [scene.withdrawer(&opened, &from[0]), scene.holder(payer, &chain, &from[1])];
    freeze(&scene);
    scene.stage.now = on(DEPOSIT + 1);
    for claim in &claims {
        assert_eq!(scene.ask(claim), leads());
    }
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (2, 0));
    assert_clean_but_frozen(&scene);
}

/// The key of the tokens of 1.00 is found to be in other hands.
fn freeze(scene: &Scene) {
    let id = crate::wallet::denomination(scene.stage.manifest(), 100);
    let row = FrozenKey { since: scene.stage.now, refused: Count(1) };
    scene.stage.change(|view| view.frozen.want(id), |view| view.frozen.insert(id, row));
}

/// Everything holds but that the key was frozen by [`freeze`], which the audit finds.
fn assert_clean_but_frozen(scene: &Scene) {
    let id = crate::wallet::denomination(scene.stage.manifest(), 100);
    let [violation] = &scene.stage.audit().violations[..] else { panic!("one finding") };
    assert!(violation.contains(&format!("{id:?} is frozen, and of")), "{violation}");
}

/// Forged tokens were cashed before anybody could know. What they took from circulation is paid to
/// the holders out of the treasury as far as it goes, and the rest when officers have issued more.
#[test]
fn a8_what_forged_tokens_took_is_paid_out_of_the_treasury() {
    let mut scene = Scene::new();
    let thief = Wallet::enrolled(&scene.stage);
    let dens = slots(&thief, &scene.stage);
    let (drawn, Scene { stage, from, .. }) = (scene.drawn(3), &scene);
    let claims: Vec<_> = (0..3).map(|at| scene.withdrawer(&drawn[at].0, &from[at])).collect();
    for (number, den) in dens[..4].iter().enumerate() {
        let chain = forge(stage, &thief, den);
        let item = thief.cash(&chain, den, CREDIT, stage.manifest()).item;
        let outcome = stage.deposit(&stage.other_bank, from_ref(&item)).remove(0);
        assert_eq!(outcome.is_ok(), number < 3, "the fourth gives it away");
    }
    let left = stage.held(Account::Treasury);
    stage.supply(Order::Destroy, left - 50).expect("the treasury covers it");
    scene.file(&claims);
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (0, 3), "the treasury is short");
    for (issued, paid, held) in [(150, 2, 1), (99, 0, 1), (1, 1, 0)] {
        scene.stage.supply(Order::Issue, issued).expect("the currency is new");
        assert_eq!(scene.stage.pay_due(), (paid, held));
        scene.stage.assert_clean();
    }
    let Scene { stage, .. } = &scene;
    assert_eq!((stage.held(Account::Forged), stage.held(Account::Treasury)), (300, 0));
    assert_eq!(stage.balance(&stage.bank), VAULT);
    assert_eq!(stage.balance(&stage.other_bank).minor_units(), VAULT.minor_units() + 300);
}

/// An operator's word pays a claim that waits, whose day is over, and nothing else.
#[test]
fn a8_an_operator_pays_within_the_bound_and_no_further() {
    let mut scene = Scene::new();
    let loot = loot(&scene, 2);
    let Scene { stage, payer, from, .. } = &scene;
    let chain = payer.token(stage, &from[0], 100);
    let claim = scene.holder(payer, &chain, &from[0]);
    scene.file([&claim].into_iter().chain(loot.iter().map(|(_, claim)| claim)));
    let early = scene.order(chain.token_id());
    assert_eq!(early, Err(Refusal::Protocol(Error::Window)));
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.order(TokenId([1; 32])), Err(Refusal::UnknownClaim));
    assert!(scene.order(chain.token_id()).is_ok());
    assert_eq!(scene.order(chain.token_id()), Err(Refusal::Already), "it is paid");
    let beyond = scene.order(loot[0].0.token_id());
    assert_eq!(beyond, Err(Refusal::Protocol(Error::Opening)));
    assert_eq!(scene.stage.pay_due(), (0, 2));
    scene.stage.assert_clean();
}

/// A token that the payee let lapse: what was signed first, and what the late item and both who may
/// claim it ask with.
struct Lapsed {
    chain: Chain,
    item: Vec<u8>,
    back: Asked,
    opening: Asked,
}

fn lapsed(scene: &Scene) -> Lapsed {
    let Scene { stage, payer, payee, from, to } = scene;
    let manifest = stage.manifest();
    let (drawn, chain) = payer.drawn(stage, &from[0], 100);
    let passed = payer.pay(&chain, &from[0], &to[0], manifest);
    let late = payee.cash_until(&passed, &to[0], CREDIT, day(5), manifest);
    let (back, opening) = (scene.payer(payee, &late, &to[0]), scene.withdrawer(&drawn, &from[0]));
    Lapsed { chain, item: late.item, back, opening }
}

/// Form 4 is paid at once elsewhere; here it waits, keeps its place, and is paid in the moment in
/// which the withdrawer opens the token.
#[test]
fn a8_a_payer_waits_for_the_opening_and_is_paid_with_it() {
    let mut scene = Scene::new();
    let Lapsed { chain, back, opening, .. } = lapsed(&scene);
    let shorter = scene.holder(&scene.payer, &chain, &scene.from[0]);
    freeze(&scene);
    scene.stage.now = on(6);
    assert_eq!(scene.ask(&back), leads());
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(refused(scene.ask(&shorter)), Error::Cashed, "it keeps its place");
    assert_eq!(scene.ask(&back), leads());
    assert_eq!(refused(scene.ask(&opening)), Error::Cashed);
    assert_eq!(scene.ask(&back), paid(100));
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (0, 0));
    assert_clean_but_frozen(&scene);
}

/// The payee's late item has shown the endorsement before, so no slot points at the payer's claim:
/// only the place in line does. Asking again finds it there.
#[test]
fn i11_a_payer_who_waits_and_asks_again_leaves_nothing_new() {
    let mut scene = Scene::new();
    let Lapsed { item, back, opening, .. } = lapsed(&scene);
    freeze(&scene);
    scene.stage.now = on(6);
    let late = scene.stage.deposit(&scene.stage.bank, from_ref(&item)).remove(0);
    assert!(late.is_err(), "its day is over");
    let known = scene.stage.count::<Presentations>();
    assert_eq!(scene.ask(&back), leads());
    assert_eq!(scene.stage.count::<Presentations>(), known + 1);
    for _ in 0..3 {
        assert_eq!(scene.ask(&back), leads());
        assert_eq!(scene.stage.count::<Presentations>(), known + 1, "it is the same claim");
    }
    assert_clean_but_frozen(&scene);
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(refused(scene.ask(&opening)), Error::Cashed);
    assert_eq!(scene.ask(&back), paid(100), "its place in line was kept");
    assert_clean_but_frozen(&scene);
}
