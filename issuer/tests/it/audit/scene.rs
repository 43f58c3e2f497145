//! A store in which every table has rows.

use crate::claim::scene::{DEPOSIT, holder, on, own, slots, withdrawer};
use crate::deposit::{forgotten, remembered};
use crate::frozen::forge;
use crate::guarantee::{guaranteeing, lost, pledge};
use crate::stage::{Stage, random, refused};
use crate::transfer::transfer;
use crate::wallet::{CREDIT, Wallet, denomination, exchange_plan};
use std::slice::from_ref;
use tender_issuer::verbs::{log, series};
use tender_issuer::view::View;
use tender_proto::claim::Granted;
use tender_proto::operator::{Duty, Operation};
use tender_token::cash::Instruction;
use tender_token::claim::Claim;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::exchange::Request;
use tender_token::provision::{SessionId, Want};
use tender_token::revocation::{Revocation, Subject};
use tender_token::signature::SecretKey;

/// A stage on which everything happened once: a deposit, a withdrawal that is funded, an exchange,
/// a transfer, a double spend that is made good, one of nobody, a stolen key, claims that are paid
/// and that wait, sessions that are resolved, abandoned and open.
pub fn played() -> Stage {
    let mut stage = guaranteeing();
    administered(&stage);
    let holder_of_all = spent(&stage);
    stolen(&stage, &holder_of_all);
    claimed(&mut stage);
    stage.assert_clean();
    stage
}

/// What operators, officers and intermediaries do.
fn administered(stage: &Stage) {
    pledge(stage, &stage.bank, 500);
    let auditor = Operation::Appoint {
        name: "Auditor".to_owned(),
        duty: Duty::Auditor,
        fingerprint: random(),
    };
    stage.operate(auditor).expect("the name is free");
    let (_idle, frozen) = (Wallet::enrolled(stage), Wallet::enrolled(stage));
    stage.operate(Operation::Freeze(frozen.identity.key(), true)).expect("it is open");
    let moved = transfer(&stage.bank, &stage.other_bank, 700).sign(&stage.bank.key);
    stage.transfer(&stage.bank, &moved).expect("the vault covers it");
    let above = transfer(&stage.bank, &stage.other_bank, u64::MAX).sign(&stage.bank.key);
    assert_eq!(refused(stage.transfer(&stage.bank, &above)), Error::Funds);
    let five = denomination(stage.manifest(), 500);
    let revocation =
        Revocation { epoch: 1, subject: Subject::Denomination(five), day: stage.now.day() };
    let root = SecretKey::from_seed(&[77; 32]);
    let mut view = View::default();
    series::touches(tender_issuer::rows::Epoch(1), &mut view);
    log::touches_size(&mut view);
    stage.store.load(&mut view).expect("the store answers");
    log::touches_frontier(&mut view);
    stage.store.load(&mut view).expect("the store answers");
    series::revoke(&mut view, revocation.sign(&root), stage.now.day());
    stage.store.commit(view).expect("the store answers");
    let waits = Wallet::enrolled(stage);
    let abandoned = waits.opened(stage, 2);
    let reply =
        stage.provision(&stage.bank, waits.reveal(&abandoned, Want::Abandon, stage.manifest()));
    reply.expect("it may be abandoned");
    waits.opened(stage, 1);
}

/// Tokens are withdrawn, passed on, spent twice, exchanged and deposited. Returns who is paid.
fn spent(stage: &Stage) -> Wallet {
    let (payer, nobody, payee) =
        (Wallet::enrolled(stage), Wallet::enrolled(stage), Wallet::enrolled(stage));
    let (from, unknown, to) = (slots(&payer, stage), slots(&nobody, stage), slots(&payee, stage));
    let chain = payer.token(stage, &from[0], 200);
    let secret = nobody.token(stage, &unknown[0], 200);
    let whole = payee.token(stage, &to[4], 200);
    let items = [0, 1].map(|n| lost(stage, (&payer, &chain, &from[0]), (&payee, &to[n])));
    assert!(stage.deposit(&stage.bank, &items[..1])[0].is_ok());
    assert!(stage.deposit(&stage.other_bank, &items[1..])[0].is_ok(), "it is made good");
    let key = nobody.identity.key();
    let registered = forgotten(stage, key);
    for place in &to[2..4] {
        let item = lost(stage, (&nobody, &secret, &unknown[0]), (&payee, place));
        let _outcome = stage.deposit(&stage.bank, from_ref(&item));
    }
    remembered(stage, key, registered);
    let plan = exchange_plan(stage, &[(&to[5], 200)]);
    let cash = payee.cash(&whole, &to[4], Instruction::Fund(plan.hash()), stage.manifest());
    let bytes = Request { plan, items: vec![cash.item] }.to_bytes();
    stage.exchange(&stage.other_bank, &bytes).expect("the sums agree");
    payee
}

/// One token of 1.00 is signed and funds another; then somebody else turns out to have the key.
fn stolen(stage: &Stage, payee: &Wallet) {
    let (wallet, thief) = (Wallet::enrolled(stage), Wallet::enrolled(stage));
    let (places, dens) = (slots(&wallet, stage), slots(&thief, stage));
    let first = wallet.token(stage, &places[0], 100);
    let funded = wallet.funded(stage, &[(&places[1], 100)], SessionId(random()), 0, |fund| {
        vec![wallet.cash(&first, &places[0], fund, stage.manifest()).item]
    });
    let reply = stage.withdraw(&stage.bank, &funded.bytes).expect("the token pays for it");
    let second = funded.finish(&reply, &[&places[1]], stage.manifest()).remove(0);
    let paid = wallet.cash(&second, &places[1], CREDIT, stage.manifest());
    assert!(stage.deposit(&stage.bank, from_ref(&paid.item))[0].is_ok());
    let forged = forge(stage, &thief, &dens[0]);
    let item = thief.cash(&forged, &dens[0], CREDIT, stage.manifest()).item;
    let outcome = stage.deposit(&stage.bank, from_ref(&item)).remove(0);
    assert_eq!(refused(outcome), Error::KeySuspect);
    assert_ne!(payee.identity.key(), thief.identity.key());
}

/// One claim is paid at once, one has opened its token and waits, another waits unopened.
fn claimed(stage: &mut Stage) {
    let wallet = Wallet::enrolled(stage);
    let places = slots(&wallet, stage);
    let (drawn, _) = wallet.drawn(stage, &places[0], 200);
    let held = wallet.token(stage, &places[1], 200);
    let lapsed = wallet.token(stage, &places[2], 200);
    let day = Day(stage.now.day().0 + 5);
    let lapsed = wallet.cash_until(&lapsed, &places[2], CREDIT, day, stage.manifest());
    stage.now = on(DEPOSIT + 1);
    stage.list();
    let opening = places[2].opening(stage.manifest());
    let back = Claim::payer(lapsed.chain, opening, &wallet.device).expect("it has a day");
    let asked = [
        own(&wallet, &back),
        withdrawer(&wallet, drawn.opening(0, &places[0])),
        holder(&wallet, &held, places[1].opening(stage.manifest())),
    ];
    let [paid, opened, waits] = asked.map(|asked| stage.claim(&stage.bank, &asked));
    assert!(matches!(paid, Ok(Granted::Paid(_))), "{paid:?}");
    assert!(matches!(opened, Ok(Granted::Leads(_))), "{opened:?}");
    assert!(matches!(waits, Ok(Granted::Leads(_))), "{waits:?}");
}
