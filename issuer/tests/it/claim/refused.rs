//! Every "no" to a claim: N21, and what a claim must look like.

use super::scene::{CLAIM, DEPOSIT, Scene, day, holder, leads, on, own, paid, payer, withdrawer};
use crate::stage::{random, refused};
use crate::wallet::{ACCOUNT, CREDIT, Wallet};
use tender_issuer::batch::Call;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::Presentations;
use tender_proto::claim::Request as Asked;
use tender_token::cash::Instruction;
use tender_token::claim::Claim;
use tender_token::error::Error;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::SessionId;
use tender_token::signature::SecretKey;
use tender_token::slot::SlotId;

#[test]
fn n21_a_value_opening_fits_its_session_its_wallet_its_window_and_an_uncashed_token() {
    let mut scene = Scene::new();
    let Scene { stage, payer, payee, from, .. } = &scene;
    let (drawn, _) = payer.drawn(stage, &from[0], 100);
    let (other, chain) = payer.drawn(stage, &from[1], 100);
    let item = payer.cash(&chain, &from[1], CREDIT, stage.manifest()).item;
    assert!(stage.deposit(&stage.bank, &[item])[0].is_ok());
    let right = drawn.opening(0, &from[0]);
    let good = withdrawer(payer, right.clone());
    let sid = other.opening(0, &from[1]).sid;
    let rows: Vec<(&str, Asked, Error)> = vec![
        (
            "b",
            withdrawer(payer, ValueOpening { blinding_seed: [9; 32], ..right.clone() }),
            Error::Opening,
        ),
        (
            "slot",
            withdrawer(payer, ValueOpening { slot: SlotId([9; 32]), ..right.clone() }),
            Error::Opening,
        ),
        ("t", withdrawer(payer, ValueOpening { output: 1, ..right.clone() }), Error::Opening),
        ("sid", withdrawer(payer, ValueOpening { sid, ..right.clone() }), Error::Opening),
        (
            "no sid",
            withdrawer(payer, ValueOpening { sid: SessionId([9; 32]), ..right.clone() }),
            Error::Wallet,
        ),
        (
            "wallet",
            Asked { session_identity: good.session_identity, ..withdrawer(payee, right.clone()) },
            Error::Wallet,
        ),
        (
            "identity",
            Asked { session_identity: Some(payee.identity.key()), ..good.clone() },
            Error::Wallet,
        ),
        ("exchange", Asked { session_identity: None, ..good.clone() }, Error::Wallet),
        ("stranger", withdrawer(&Wallet::new(&stage.bank), right.clone()), Error::Wallet),
        (
            "device",
            own(payer, &Claim::withdrawer(right, &SecretKey::from_seed(&random()))),
            Error::Auth,
        ),
        ("cashed", withdrawer(payer, other.opening(0, &from[1])), Error::Cashed),
    ];
    scene.stage.now = on(DEPOSIT);
    assert_eq!(refused(scene.ask(&good)), Error::Window, "too early");
    scene.stage.now = on(DEPOSIT + 1);
    for (what, asked, error) in rows {
        assert_eq!(refused(scene.ask(&asked)), error, "{what}");
        scene.stage.assert_clean();
    }
    let stage = &scene.stage;
    assert_eq!(refused(stage.claim(&stage.other_bank, &good)), Error::Auth, "another's wallet");
    assert_eq!(scene.ask(&good), leads());
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 0));
    assert_eq!(scene.ask(&good), paid(100));
}

#[test]
fn n21_a_slot_opening_fits_its_session_its_wallet_and_the_last_slot() {
    let mut scene = Scene::new();
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer: from_whom, payee, from, to } = &scene;
    let chain = from_whom.token(stage, &from[0], 100);
    let chain = from_whom.pay(&chain, &from[0], &to[0], &manifest);
    let lapsed = from_whom.token(stage, &from[1], 100);
    let lapsed = from_whom.cash_until(&lapsed, &from[1], CREDIT, day(5), &manifest);
    let right = to[0].opening(&manifest);
    let wrong = [
        SlotOpening { blinding_seed: [9; 32], ..right.clone() },
        SlotOpening { index: right.index ^ 1, ..right.clone() },
        SlotOpening { index: u16::MAX, ..right.clone() },
        to[1].opening(&manifest),
    ];
    let wrong = wrong.map(|opening| holder(payee, &chain, opening));
    let good = holder(payee, &chain, right.clone());
    let unknown = SlotOpening { sid: SessionId([9; 32]), ..right.clone() };
    let nobody = Asked { session_identity: None, ..good.clone() };
    let foreign = holder(from_whom, &chain, right);
    let rows = [
        (holder(payee, &chain, unknown), Error::Wallet),
        (nobody, Error::Wallet),
        (Asked { session_identity: good.session_identity, ..foreign }, Error::Wallet),
        (payer(from_whom, &lapsed.chain, from[2].opening(&manifest)), Error::Opening),
    ];
    let back = scene.payer(from_whom, &lapsed, &from[1]);
    scene.stage.now = on(DEPOSIT + 1);
    let wrong = wrong.into_iter().map(|asked| (asked, Error::Opening));
    for (number, (asked, error)) in rows.into_iter().chain(wrong).enumerate() {
        assert_eq!(refused(scene.ask(&asked)), error, "{number}");
    }
    assert_eq!(scene.ask(&good), leads());
    assert_eq!(scene.ask(&back), paid(100));
    scene.stage.assert_clean();
}

/// What each form names, and nothing else, can be read.
#[test]
fn a_claim_names_wallet_and_account_where_its_form_has_them_and_nowhere_else() {
    let mut scene = Scene::new();
    let Scene { stage, payer, from, .. } = &scene;
    let (drawn, _) = payer.drawn(stage, &from[0], 100);
    let chain = payer.token(stage, &from[1], 100);
    let cash = payer.cash(&chain, &from[1], CREDIT, stage.manifest());
    let (first, third) = (scene.withdrawer(&drawn, &from[0]), scene.payee(&cash));
    let fund = cash.instead(Instruction::Fund([1; 32]));
    let mut funding = third.claim[..1].to_vec();
    funding.extend(fund);
    let identity = first.identity;
    let rows = [
        (Asked { identity: None, ..first.clone() }, Error::Encoding),
        (Asked { account: None, ..first.clone() }, Error::Encoding),
        (Asked { identity, ..third.clone() }, Error::Encoding),
        (Asked { session_identity: identity, ..third.clone() }, Error::Encoding),
        (Asked { account: Some(ACCOUNT), ..third.clone() }, Error::Encoding),
        (Asked { claim: third.claim[..300].to_vec(), ..third.clone() }, Error::Encoding),
        (Asked { claim: Vec::new(), ..first.clone() }, Error::Encoding),
        (Asked { claim: funding, ..third.clone() }, Error::Instr),
    ];
    scene.stage.now = on(DEPOSIT + 1);
    for (number, (asked, error)) in rows.into_iter().enumerate() {
        assert_eq!(refused(scene.ask(&asked)), error, "{number}");
    }
    assert_eq!((scene.ask(&first), scene.ask(&third)), (leads(), leads()));
    scene.stage.assert_clean();
}

/// Closed wallets keep what is theirs.
#[test]
fn a_closed_wallet_claims_what_it_has() {
    let mut scene = Scene::new();
    let manifest = scene.stage.office.manifest.clone();
    let Scene { stage, payer, payee, from, to } = &scene;
    let (drawn, _) = payer.drawn(stage, &from[0], 100);
    let chain = payer.token(stage, &from[1], 100);
    for place in &to[..2] {
        let paid = payer.pay(&chain, &from[1], place, &manifest);
        let _paid_or_not =
            stage.deposit(&stage.bank, &[payee.cash(&paid, place, CREDIT, &manifest).item]);
    }
    assert_eq!(scene.accused(), [payer.identity.key()]);
    let claim = scene.withdrawer(&drawn, &from[0]);
    scene.stage.now = on(DEPOSIT + 1);
    assert_eq!(scene.ask(&claim), leads());
    scene.stage.now = on(CLAIM + 1);
    assert_eq!(scene.stage.pay_due(), (1, 0));
    scene.stage.assert_clean();
}

/// Claims are checked beside the writer, by rows that are durable then. One whose withdrawal became
/// durable only afterwards is refused as whoever has not heard of it asks, and leads when it is
/// asked again; the other way around nothing that is checked can be decided otherwise.
#[test]
fn n21_a_claim_is_checked_by_what_was_durable_before_it_is_decided() {
    let mut scene = Scene::new();
    let Scene { stage, payer, from, .. } = &scene;
    let drawn = payer.withdrawal(stage, &[(&from[0], 100)]);
    let asked = scene.withdrawer(&drawn, &from[0]);
    let (writer, late) = (stage.writer(), on(DEPOSIT + 1));
    let call = || {
        let request = Request::claim(asked.clone(), &stage.office);
        vec![Call { caller: stage.bank.id(), request }]
    };
    let early = writer.verify(call(), late).expect("the store answers");
    stage.withdraw(&stage.bank, &drawn.bytes).expect("the vault covers it");
    let promises = writer.commit(early).expect("the store answers");
    let heard = writer.keep(promises).remove(0).expect("the signer answers");
    assert_eq!(heard, Reply::Claim(Err(Error::Wallet.into())));
    // Two batches that are checked before either is decided: the second repeats the first.
    let both = [0, 1].map(|_| writer.verify(call(), late).expect("the store answers"));
    for batch in both {
        let promises = writer.commit(batch).expect("the store answers");
        let heard = writer.keep(promises).remove(0).expect("the signer answers");
        assert_eq!(heard, Reply::Claim(leads()));
    }
    scene.stage.now = late;
    assert_eq!(scene.ask(&asked), leads());
    assert_eq!(scene.stage.count::<Presentations>(), 1, "kept once");
    scene.stage.assert_clean();
}
