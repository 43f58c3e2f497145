//! Exchange without a name: fresh tokens for tokens, once, and nobody is named.

use crate::stage::{Stage, VAULT, random, refused};
use crate::wallet::{CREDIT, Cash, Place, Wallet, exchange_plan};
use std::slice::from_ref;
use tender_issuer::request::{Reply, Request as Asked};
use tender_issuer::rows::{Exchanges, Postings};
use tender_token::amount::Amount;
use tender_token::cash::Instruction;
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::exchange::{Plan, Request};
use tender_token::provision::SessionId;

/// A token of 2.00 on the first of these slots, ready to be exchanged onto two others.
struct Scene {
    stage: Stage,
    wallet: Wallet,
}

impl Scene {
    fn new() -> Self {
        let stage = Stage::new();
        let wallet = Wallet::enrolled(&stage);
        Self { stage, wallet }
    }

    fn plan(&self, wanted: &[(&Place<'_>, u64)]) -> Plan {
        exchange_plan(&self.stage, wanted)
    }

    fn cash(&self, chain: &Chain, from: &Place<'_>, plan: &Plan) -> Cash {
        self.wallet.cash(chain, from, Instruction::Fund(plan.hash()), self.stage.manifest())
    }
}

fn request(plan: &Plan, items: &[&Cash]) -> Vec<u8> {
    let items = items.iter().map(|cash| cash.item.clone()).collect();
    Request { plan: plan.clone(), items }.to_bytes()
}

#[test]
fn tokens_are_cashed_and_signed_in_one_and_no_vault_moves() {
    let scene = Scene::new();
    let Scene { stage, wallet } = &scene;
    let opened = wallet.opened(stage, 3);
    let places = wallet.slots(stage, &opened);
    let chain = wallet.token(stage, &places[0], 200);
    let (vault, postings) = (stage.balance(&stage.bank), stage.count::<Postings>());
    let plan = scene.plan(&[(&places[1], 100), (&places[2], 100)]);
    let bytes = request(&plan, &[&scene.cash(&chain, &places[0], &plan)]);
    // Whoever relays it: the request names nobody.
    let reply = stage.exchange(&stage.other_bank, &bytes).expect("the sums agree");
    let reply = plan.read_reply(&reply, stage.manifest()).expect("it answers the plan");
    for (output, signature) in plan.outputs.iter().zip(&reply.signatures) {
        let key = &stage.manifest().value_key(output.denomination).expect("it is known").key;
        assert!(key.answers(signature, &output.blinded));
    }
    assert_eq!((stage.balance(&stage.bank), stage.count::<Postings>()), (vault, postings));
    assert_eq!(stage.balance(&stage.other_bank), VAULT);
    stage.assert_clean();
}

/// The signature would be the same, and so would be the token that the second one pays for.
#[test]
fn a3_one_blinded_message_is_exchanged_once_whatever_its_id() {
    let scene = Scene::new();
    let Scene { stage, wallet } = &scene;
    let opened = wallet.opened(stage, 3);
    let places = wallet.slots(stage, &opened);
    let (one, other) = (wallet.token(stage, &places[0], 100), wallet.token(stage, &places[1], 100));
    let first = scene.plan(&[(&places[2], 100)]);
    let second = Plan { sid: SessionId(random()), ..first.clone() };
    let paid = request(&first, &[&scene.cash(&one, &places[0], &first)]);
    stage.exchange(&stage.bank, &paid).expect("the sums agree");
    let cash = scene.cash(&other, &places[1], &second);
    let refusal = stage.exchange(&stage.bank, &request(&second, &[&cash])).unwrap_err();
    assert_eq!((refusal.error, refusal.evidence), (Error::SidConflict, vec![first.sid.to_bytes()]));
    let deposited = stage.deposit(&stage.bank, &[cash.instead(CREDIT)]).remove(0);
    assert_eq!(deposited, Ok(Amount::from_minor_units(100)), "the token is not used up");
    stage.assert_clean();
}

#[test]
fn n33_the_same_bytes_get_the_same_reply_and_other_bytes_a_conflict() {
    let scene = Scene::new();
    let Scene { stage, wallet } = &scene;
    let opened = wallet.opened(stage, 4);
    let places = wallet.slots(stage, &opened);
    let (one, other) = (wallet.token(stage, &places[0], 100), wallet.token(stage, &places[1], 100));
    let plan = scene.plan(&[(&places[2], 100)]);
    let bytes = request(&plan, &[&scene.cash(&one, &places[0], &plan)]);
    let ask = || (&stage.bank, Asked::exchange(&bytes, &stage.office));
    let mut replies = stage.ask_all(vec![ask(), ask()]);
    replies.extend(stage.ask_all(vec![ask()]));
    assert!(matches!(&replies[0], Reply::Exchange(Ok(_))));
    assert!(replies.iter().all(|reply| reply == &replies[0]));
    let instead = request(&plan, &[&scene.cash(&other, &places[1], &plan)]);
    assert_eq!(refused(stage.exchange(&stage.bank, &instead)), Error::SidConflict);
    assert_eq!(stage.count::<Exchanges>(), 1);
    stage.assert_clean();
}

#[test]
fn n33_an_exchange_beyond_the_limit_unequal_or_of_another_plan_leaves_nothing() {
    let scene = Scene::new();
    let Scene { stage, wallet } = &scene;
    let opened = wallet.opened(stage, 4);
    let places = wallet.slots(stage, &opened);
    let five = wallet.token(stage, &places[0], 500);
    let two = wallet.token(stage, &places[1], 200);
    let above = scene.plan(&[(&places[2], 500), (&places[3], 200)]);
    let both = [&scene.cash(&five, &places[0], &above), &scene.cash(&two, &places[1], &above)];
    assert_eq!(refused(stage.exchange(&stage.bank, &request(&above, &both))), Error::Limit);
    let less = scene.plan(&[(&places[2], 100)]);
    assert_eq!(refused(stage.exchange(&stage.bank, &request(&less, &both[1..]))), Error::Amount);
    let equal = scene.plan(&[(&places[2], 200)]);
    assert_eq!(refused(stage.exchange(&stage.bank, &request(&equal, &both[1..]))), Error::Instr);
    assert_eq!(refused(stage.exchange(&stage.bank, &request(&equal, &[]))), Error::Encoding);
    assert_eq!(stage.count::<Exchanges>(), 0);
    // The tokens are as good as before: their owner's answers stay what they were.
    let cash = [both[0].instead(CREDIT), both[1].instead(CREDIT)];
    let paid = stage.deposit(&stage.bank, &cash);
    assert_eq!(paid, [Ok(Amount::from_minor_units(500)), Ok(Amount::from_minor_units(200))]);
    stage.assert_clean();
}

#[test]
fn an_exchanged_token_cannot_be_deposited_nor_exchanged_again() {
    let scene = Scene::new();
    let Scene { stage, wallet } = &scene;
    let opened = wallet.opened(stage, 3);
    let places = wallet.slots(stage, &opened);
    let chain = wallet.token(stage, &places[0], 100);
    let plan = scene.plan(&[(&places[1], 100)]);
    let cash = scene.cash(&chain, &places[0], &plan);
    stage.exchange(&stage.bank, &request(&plan, &[&cash])).expect("the sums agree");
    let again = stage.deposit(&stage.bank, from_ref(&cash.instead(CREDIT))).remove(0);
    assert_eq!(refused(again), Error::Cashed);
    let other = scene.plan(&[(&places[2], 100)]);
    let item = cash.instead(Instruction::Fund(other.hash()));
    let bytes = Request { plan: other, items: vec![item] }.to_bytes();
    assert_eq!(refused(stage.exchange(&stage.bank, &bytes)), Error::Cashed);
    stage.assert_clean();
}
