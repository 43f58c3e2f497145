//! Claims and guarantees: a token that was paid to a claim is paid, and what goes beyond it is made
//! good by the rule and no further.

use super::scene::{CLAIM, DEPOSIT, Scene, day, leads, on, paid};
use crate::guarantee::{guarantee, guaranteeing, pledge};
use crate::stage::refused;
use crate::wallet::CREDIT;
use std::slice::from_ref;
use tender_issuer::rows::{Redress, RedressList, Redresses};
use tender_issuer::verbs::guarantee::parting_of;
use tender_token::amount::Amount;
use tender_token::cash::CashItem;
use tender_token::error::Error;

const ONE: Amount = Amount::from_minor_units(100);

/// The payer took its token back, and had passed it on to honest payees: what each of them lost is
/// one answer too many, made good once, until the incident has cost its cap. The payer, who has its
/// own, gets nothing more in any way.
#[test]
fn of06_beside_a_token_taken_back_each_answer_too_many_is_made_good_once_up_to_the_cap() {
    let mut scene = Scene::on(guaranteeing());
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    pledge(stage, &stage.bank, 5_000);
    let chain = payer.token(stage, &from[0], 100);
    let items = [0, 1, 2, 3].map(|n| {
        let fork = payer.pay(&chain, &from[0], &to[n], &manifest);
        payee.cash(&fork, &to[n], CREDIT, &manifest).item
    });
    let lapsed = payer.cash_until(&chain, &from[0], CREDIT, day(5), &manifest);
    let back = scene.payer(payer, &lapsed, &from[0]);
    scene.stage.now = on(6);
    assert_eq!(scene.ask(&back), paid(100));
    let Scene { stage, .. } = &scene;
    for _ in 0..2 {
        let outcomes = stage.deposit(&stage.other_bank, &items);
        assert_eq!(outcomes[..3], [Ok(ONE), Ok(ONE), Ok(ONE)]);
        assert_eq!(outcomes[3].as_ref().expect_err("the cap is reached").error, Error::Double);
        let late = stage.deposit(&stage.other_bank, from_ref(&lapsed.item)).remove(0);
        assert_eq!(refused(late), Error::Deadline);
        assert_eq!(scene.ask(&back), paid(100), "the same answer, and no more money");
        assert_eq!(guarantee(stage, &stage.bank), 4_700);
        stage.assert_clean();
    }
    assert_eq!(scene.accused(), [scene.payer.identity.key()]);

    let token = chain.token_id();
    stage.change(
        |view| {
            view.redresses.want(token);
            view.cashed.want(token);
        },
        |view| {
            let list = view.redresses.get(&token).expect("it is there").clone();
            let one = *list.entries().first().expect("it has three");
            let presentation = *view.cashed.get(&token).expect("it is there");
            let forged = RedressList::default().and(Redress { presentation, ..one });
            view.redresses.insert(token, forged.expect("there is room"));
        },
    );
    let said = stage.audit().violations;
    assert!(said.iter().any(|said| said.contains("was not lost")), "a claim is not made good");
}

/// The other way round: the payee was first, and the payer's claim is refused and never made good.
#[test]
fn of06_a_claim_of_a_cashed_token_is_refused_and_never_made_good() {
    let mut scene = Scene::on(guaranteeing());
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    pledge(stage, &stage.bank, 500);
    let chain = payer.token(stage, &from[0], 100);
    let fork = payer.pay(&chain, &from[0], &to[0], &manifest);
    let item = payee.cash(&fork, &to[0], CREDIT, &manifest).item;
    let lapsed = payer.cash_until(&chain, &from[0], CREDIT, day(5), &manifest);
    let back = scene.payer(payer, &lapsed, &from[0]);
    scene.stage.now = on(6);
    assert_eq!(scene.stage.deposit(&scene.stage.bank, &[item]), [Ok(ONE)]);
    let Scene { stage, .. } = &scene;
    assert_eq!(refused(scene.ask(&back)), Error::Cashed);
    assert_eq!((guarantee(stage, &stage.bank), stage.count::<Redresses>()), (500, 0));
    stage.assert_clean();
}

/// A claim that shows no chain is paid when deposits are over: nothing is made good beside it.
#[test]
fn of06_beside_a_claim_without_a_chain_nothing_is_made_good() {
    let mut scene = Scene::on(guaranteeing());
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    pledge(stage, &stage.bank, 500);
    let (drawn, chain) = payer.drawn(stage, &from[0], 100);
    let claim = scene.withdrawer(&drawn, &from[0]);
    let items = [0, 1].map(|n| {
        let fork = payer.pay(&chain, &from[0], &to[n], &manifest);
        payee.cash(&fork, &to[n], CREDIT, &manifest).item
    });
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(scene.ask(&claim), leads());
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 0));
    let Scene { stage, .. } = &scene;
    for outcome in stage.deposit(&stage.bank, &items) {
        assert_eq!(refused(outcome), Error::Expired);
    }
    assert_eq!((guarantee(stage, &stage.bank), stage.count::<Redresses>()), (500, 0));
    stage.assert_clean();
    let read = |item: &Vec<u8>| CashItem::from_bytes(item, &manifest).expect("it is an item");
    let [first, second] = [read(&items[0]), read(&items[1])];
    let parting = |paid: &[Option<&CashItem>]| {
        let paid = paid.iter().map(|item| item.map(CashItem::chain));
        parting_of(second.chain(), paid)
    };
    assert!(parting(&[Some(&first)]).is_some());
    assert_eq!(parting(&[None]), None, "nothing shows who answered twice");
    assert_eq!(parting(&[Some(&first), None]), None);
}
