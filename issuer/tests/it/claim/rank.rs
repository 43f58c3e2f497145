//! Which claim of a token goes before the others (`[R3]`).

use super::scene::{CLAIM, DEPOSIT, Scene, leads, on, paid};
use crate::stage::refused;
use crate::wallet::CREDIT;
use tender_issuer::rows::Claims;
use tender_token::chain::Chain;
use tender_token::error::Error;

/// The withdrawer, the first holder, the second holder and the key that was paid last claim one
/// token: whoever shows more takes the lead, whoever shows less is told so, in whatever order.
#[test]
fn the_longest_story_is_paid_and_the_shorter_ones_are_refused() {
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]];
    for order in orders {
        let mut scene = Scene::new();
        let manifest = scene.stage.office.manifest.clone();
        let Scene { stage, payer, payee, from, to } = &scene;
        let (drawn, chain) = payer.drawn(stage, &from[0], 100);
        let passed = payer.pay(&chain, &from[0], &to[0], &manifest);
        let cash = payee.cash(&passed, &to[0], CREDIT, &manifest);
        let claims = [
            scene.withdrawer(&drawn, &from[0]),
            scene.holder(payer, &chain, &from[0]),
            scene.holder(payee, &passed, &to[0]),
            scene.payee(&cash),
        ];
        scene.stage.now = on(DEPOSIT + 1);
        let mut highest = None;
        for claim in order {
            let reply = scene.ask(&claims[claim]);
            if highest.is_none_or(|highest| claim > highest) {
                assert_eq!(reply, leads(), "{order:?} {claim}");
                highest = Some(claim);
            } else {
                assert_eq!(refused(reply), Error::Cashed, "{order:?} {claim}");
            }
            assert_eq!(scene.stage.count::<Claims>(), 1);
            scene.stage.assert_clean();
        }
        scene.stage.now = on(CLAIM + 1);
        assert_eq!(scene.stage.pay_due(), (1, 0));
        assert_eq!(scene.ask(&claims[3]), paid(100));
        for lower in &claims[..3] {
            assert_eq!(refused(scene.ask(lower)), Error::Window);
        }
        assert_eq!(scene.accused(), []);
        scene.stage.assert_clean();
    }
}

/// Two claims that contradict each other: the first presented leads, the second hears both answers,
/// and the one who answered twice is named although nothing was cashed.
#[test]
fn n16_a_fork_against_a_claim_names_the_cheat_at_every_place_and_the_first_is_paid() {
    for place in [0, 1] {
        let mut scene = Scene::new();
        let manifest = scene.stage.office.manifest.clone();
        let Scene { stage, payer, payee, from, to } = &scene;
        let chain = payer.token(stage, &from[0], 100);
        let passed = |place| payer.pay(&chain, &from[0], place, &manifest);
        let claim = |wallet, chain: &Chain, place| scene.holder(wallet, chain, place);
        let (claims, culprit) = if place == 0 {
            let claims = [&to[0], &to[1]].map(|place| claim(payee, &passed(place), place));
            (claims, payer.identity.key())
        } else {
            let received = passed(&to[0]);
            let forks = [(); 2].map(|()| payee.cash(&received, &to[0], CREDIT, &manifest));
            (forks.map(|cash| scene.payee(&cash)), payee.identity.key())
        };
        scene.stage.now = on(DEPOSIT + 1);
        assert_eq!(scene.ask(&claims[0]), leads());
        let refusal = scene.ask(&claims[1]).expect_err("the first leads");
        assert_eq!((refusal.error, refusal.evidence.len()), (Error::Double, 2));
        assert_eq!(scene.accused(), [culprit]);
        assert_eq!(scene.ask(&claims[0]), leads(), "the accused are paid too");
        scene.stage.now = on(CLAIM + 1);
        assert_eq!(scene.stage.pay_due(), (1, 0));
        assert_eq!(scene.ask(&claims[0]), paid(100));
        scene.stage.assert_clean();
    }
}

/// A claim that contradicts what was cashed is evidence too.
#[test]
fn n16_a_claim_against_a_cashed_fork_is_refused_and_names_the_cheat() {
    let mut scene = Scene::new();
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    let chain = payer.token(stage, &from[0], 100);
    let [one, other] = [0, 1].map(|at| payer.pay(&chain, &from[0], &to[at], &manifest));
    let item = payee.cash(&one, &to[0], CREDIT, &manifest).item;
    assert!(stage.deposit(&stage.bank, &[item])[0].is_ok());
    let claim = scene.holder(payee, &other, &to[1]);
    scene.stage.now = on(DEPOSIT + 1);
    let refusal = scene.ask(&claim).expect_err("it is cashed");
    assert_eq!((refusal.error, refusal.evidence.len()), (Error::Cashed, 2));
    assert_eq!(scene.accused(), [scene.payer.identity.key()]);
    scene.stage.assert_clean();
}

/// The same item claimed at two intermediaries is paid to the one that was first.
#[test]
fn b10_one_item_claimed_at_two_intermediaries_is_paid_to_the_first() {
    let mut scene = Scene::new();
    let Scene { stage, payer, from, .. } = &scene;
    let chain = payer.token(stage, &from[0], 100);
    let claim = scene.payee(&payer.cash(&chain, &from[0], CREDIT, stage.manifest()));
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(scene.ask(&claim), leads());
    let Scene { stage, .. } = &scene;
    assert_eq!(refused(stage.claim(&stage.other_bank, &claim)), Error::Cashed);
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 0));
    let Scene { stage, .. } = &scene;
    assert_eq!(stage.claim(&stage.bank, &claim), paid(100));
    let other = stage.claim(&stage.other_bank, &claim);
    assert_eq!(refused(other), Error::Window);
    stage.assert_clean();
}
