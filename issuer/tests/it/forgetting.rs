//! Refusals that are forgotten: when nothing can come of what was refused, and in bounded steps.

use crate::stage::{STILL, Stage, VAULT, clock, random, refused};
use crate::transfer::transfer;
use crate::wallet::Wallet;
use tender_issuer::batch::Call;
use tender_issuer::forgetting::{FORGOTTEN_MAX, forget};
use tender_issuer::pipeline::Pipeline;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{
    Asked, ContentDigest, Refusals, Refused, RefusedKey, SessionKey, Withdrawals,
};
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::provision::SessionId;

/// The bank gave the money back. Whether the refusal is kept or forgotten, no copy of the request
/// is carried out: not in its last second, not later, not after a restart, and not if it was
/// checked before the refusal was forgotten.
#[test]
fn ra27_a_refusal_that_was_forgotten_is_never_a_yes() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 1);
    let places = wallet.slots(&stage, &opened);
    let wanted: Vec<_> = [(&places[0], 500); 21].into();
    let asked = wallet.withdrawal(&stage, &wanted);
    assert_eq!(refused(stage.withdraw(&stage.bank, &asked.bytes)), Error::Funds);
    let more = transfer(&stage.other_bank, &stage.bank, VAULT.minor_units());
    stage.transfer(&stage.other_bank, &more.sign(&stage.other_bank.key)).expect("covered");
    let held = stage.balance(&stage.bank);

    let last = asked.plan.expires;
    stage.now = last;
    let writer = stage.writer();
    let request = Request::withdraw(&asked.bytes, &stage.office);
    let batch = writer.verify(vec![Call { caller: stage.bank.id(), request }], stage.now);
    assert_eq!(writer.forget(last, 1).expect("the store answers"), 0, "it is still good");
    let decided = writer.commit(batch.expect("the store answers")).expect("the store answers");
    let answers = writer.keep(decided);
    assert!(matches!(&answers[..], [Ok(Reply::Withdraw(Err(no)))] if no.error == Error::Funds));

    let gone = last.checked_add(1).expect("time goes on");
    assert_eq!(writer.forget(gone, 1).expect("the store answers"), 1);
    drop(writer);
    assert_eq!(stage.count::<Refusals>(), 0);
    assert!(stage.store.newest_time() >= gone, "the time is durable with it");
    let mut stage = stage.restarted();
    for later in [0, 1, 86_400] {
        stage.now = gone.checked_add(later).expect("time goes on");
        let again = stage.withdraw(&stage.bank, &asked.bytes);
        assert_eq!(refused(again), Error::RequestExpired);
    }
    assert_eq!((stage.count::<Withdrawals>(), stage.balance(&stage.bank)), (0, held));
    assert_eq!(stage.count::<Refusals>(), 0, "what is expired needs no row");
    stage.assert_clean();
}

/// Refusals of withdrawals, as they would stand after so many requests.
fn fill(stage: &Stage, until: Timestamp, count: usize) {
    let identity = Wallet::enrolled(stage).identity.key();
    let keys: Vec<_> = (0..count)
        .map(|_| {
            let session = SessionKey { identity, sid: SessionId(random()) };
            RefusedKey { until, caller: stage.bank.id(), asked: Asked::Withdrawal(session) }
        })
        .collect();
    let row = || Refused { content: ContentDigest::of(b""), refusal: Error::Funds.into() };
    stage.change(
        |view| keys.iter().for_each(|key| view.refused.want(*key)),
        |view| keys.iter().for_each(|key| view.refused.insert(*key, row())),
    );
}

/// A bank that asks all day for what is refused leaves no more than a day's worth, and what it left
/// is taken away in steps, none of which keeps anybody waiting for long.
#[test]
fn b13_refusals_of_what_has_expired_are_forgotten_in_bounded_steps() {
    let stage = Stage::new();
    let next = stage.now.checked_add(1).expect("time goes on");
    fill(&stage, stage.now, FORGOTTEN_MAX + 5);
    fill(&stage, next, 1);
    let strange = transfer(&stage.bank, &stage.other_bank, VAULT.minor_units() + 1);
    let signed = strange.sign(&stage.bank.key);
    assert_eq!(refused(stage.transfer(&stage.bank, &signed)), Error::Funds);
    let step = |now, least| forget(&stage.store, now, least).expect("the store answers").len();
    assert_eq!(step(stage.now, 1), 0, "in its last second it is good");
    assert_eq!(step(next, FORGOTTEN_MAX), FORGOTTEN_MAX);
    assert_eq!(step(next, FORGOTTEN_MAX), 0, "beside requests only a full step is worth it");
    assert_eq!(step(next, 1), 5);
    assert_eq!(step(next, 1), 0);
    assert_eq!(stage.count::<Refusals>(), 2, "the one that is good, and the transfer");
    assert_eq!(step(Timestamp(u64::MAX), 1), 1);
    assert_eq!(refused(stage.transfer(&stage.bank, &signed)), Error::Funds);
    assert_eq!(stage.count::<Refusals>(), 1, "a transfer has no end");
}

/// An issuer that nobody asks for anything forgets too.
#[test]
fn b13_an_idle_issuer_forgets_at_a_tick() {
    let stage = Stage::new();
    fill(&stage, Timestamp(stage.now.0 - 1), 3);
    let clock = clock(&stage.store, STILL);
    let (pipeline, running) = Pipeline::start(stage.writer(), clock).expect("threads");
    pipeline.tick();
    drop(pipeline);
    running.stop().expect("the store answers");
    assert_eq!(stage.count::<Refusals>(), 0);
}
