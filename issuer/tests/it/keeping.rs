//! Refusals that are kept: so many of each bank, and beyond them nothing is refused that must be.

use crate::stage::{Bank, STILL, Stage, VAULT, clock, refused};
use crate::transfer::transfer;
use crate::wallet::Wallet;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use tender_issuer::batch::{Answer, Call, Undecided, Unsaid, Writer};
use tender_issuer::pipeline::{Pipeline, Unanswered};
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{Refusals, Transfers, Withdrawals};
use tender_proto::transfer::SignedTransfer;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tonic::{Code, Status};

/// What a lying bank asks for all day: more than its vault holds, every time under a new id.
fn uncovered(stage: &Stage, bank: &Bank) -> SignedTransfer {
    let other = if bank.id() == stage.bank.id() { &stage.other_bank } else { &stage.bank };
    transfer(bank, other, VAULT.minor_units() + 1).sign(&bank.key)
}

fn moving(bank: &Bank, signed: &SignedTransfer) -> Call {
    Call { caller: bank.id(), request: Request::Transfer(Box::new(signed.clone())) }
}

fn answers(writer: &Writer<UnwrapErr<SysRng>>, now: Timestamp, calls: Vec<Call>) -> Vec<Answer> {
    writer.answer(calls, now).expect("the store answers")
}

fn is_refused(answer: &Answer, error: Error) -> bool {
    match answer {
        Ok(Reply::Transfer(Err(refusal)) | Reply::Withdraw(Err(refusal))) => refusal.error == error,
        _ => false,
    }
}

const FULL: Answer = Err(Unsaid::Undecided(Undecided::Full));

/// The bank that floods is answered no "no" beyond its cap, and fills nothing; what it had heard it
/// hears again, what is covered is carried out, and other banks notice nothing. What was left
/// undecided is carried out once as soon as it is covered: its money was set aside all the time.
#[test]
fn b13_beyond_its_cap_a_bank_is_refused_nothing_that_must_be_kept() {
    let stage = Stage::new();
    let (bank, other) = (&stage.bank, &stage.other_bank);
    let writer = stage.writer_keeping(2);
    let ask = |bank: &Bank, signed: &SignedTransfer| {
        answers(&writer, stage.now, vec![moving(bank, signed)]).remove(0)
    };
    let flood: Vec<_> = (0..5).map(|_| uncovered(&stage, bank)).collect();
    let calls = flood.iter().map(|signed| moving(bank, signed)).collect();
    let heard = answers(&writer, stage.now, calls);
    assert!(heard[..2].iter().all(|answer| is_refused(answer, Error::Funds)), "{heard:?}");
    assert_eq!(heard[2..], [FULL, FULL, FULL], "also within one batch");
    assert_eq!(stage.count::<Refusals>(), 2);

    assert_eq!(ask(bank, &flood[0]), heard[0], "what was refused stays so");
    assert_eq!(ask(bank, &flood[2]), FULL);
    let nothing = transfer(bank, other, 0).sign(&bank.key);
    assert!(is_refused(&ask(bank, &nothing), Error::Amount), "that needs no row");
    let covered = transfer(bank, other, 700).sign(&bank.key);
    assert_eq!(ask(bank, &covered), Ok(Reply::Transfer(Ok(()))));
    let theirs = transfer(other, bank, 3 * VAULT.minor_units()).sign(&other.key);
    assert!(is_refused(&ask(other, &theirs), Error::Funds), "each bank has a cap of its own");
    assert_eq!(stage.count::<Refusals>(), 3);

    let paid = transfer(other, bank, VAULT.minor_units()).sign(&other.key);
    assert_eq!(ask(other, &paid), Ok(Reply::Transfer(Ok(()))));
    for _ in 0..2 {
        assert_eq!(ask(bank, &flood[2]), Ok(Reply::Transfer(Ok(()))), "once, however often");
    }
    let (held, moved) = (stage.balance(bank), stage.count::<Transfers>());
    assert_eq!((held.minor_units(), moved), (VAULT.minor_units() - 701, 3));
    assert!(is_refused(&ask(bank, &flood[0]), Error::Funds), "the bank gave that money back");
    stage.assert_clean();
}

/// The cap holds over a restart, whose writer counts what is kept; a greater one makes room.
#[test]
fn b13_a_restart_gives_a_bank_no_room_and_a_greater_cap_does() {
    let stage = Stage::new();
    let flood: Vec<_> = (0..3).map(|_| uncovered(&stage, &stage.bank)).collect();
    let ask = |most| {
        let calls = flood.iter().map(|signed| moving(&stage.bank, signed)).collect();
        answers(&stage.writer_keeping(most), stage.now, calls)
    };
    for _ in 0..2 {
        assert_eq!(ask(1)[1..], [FULL, FULL]);
        assert_eq!(stage.count::<Refusals>(), 1);
    }
    let heard = ask(2);
    assert!(is_refused(&heard[1], Error::Funds) && heard[2] == FULL);
    assert_eq!(ask(1)[..2], heard[..2], "a smaller cap takes nothing back");
    assert_eq!(stage.count::<Refusals>(), 2);
}

/// A withdrawal that a bank says to be good in ten days only is refused as too far ahead, and would
/// be carried out then: its refusal counts until it has expired. What was left undecided meanwhile
/// is expired by then too, which needs no row.
#[test]
fn b13_refusals_of_what_lies_far_ahead_count_until_it_has_expired() {
    let mut stage = Stage::new();
    let wallet = Wallet::enrolled(&stage);
    let opened = wallet.opened(&stage, 2);
    let places = wallet.slots(&stage, &opened);
    let now = stage.now;
    stage.now = now.checked_add(10 * 86_400).expect("time goes on");
    let ahead: Vec<_> =
        places.iter().map(|place| wallet.withdrawal(&stage, &[(place, 500)])).collect();
    let writer = stage.writer_keeping(1);
    let ask = |which: usize, now| {
        let request = Request::withdraw(&ahead[which].bytes, &stage.office);
        answers(&writer, now, vec![Call { caller: stage.bank.id(), request }]).remove(0)
    };
    assert!(is_refused(&ask(0, now), Error::RequestExpired));
    assert_eq!(ask(1, now), FULL);
    assert!(is_refused(&ask(0, stage.now), Error::RequestExpired), "it was refused, finally");
    assert_eq!(stage.count::<Refusals>(), 1);

    let gone = ahead[0].plan.expires.checked_add(1).expect("time goes on");
    assert!(is_refused(&ask(1, gone), Error::RequestExpired), "it is expired, not kept");
    assert_eq!(writer.forget(gone, 1).expect("the store answers"), 1);
    assert_eq!((stage.count::<Refusals>(), stage.count::<Withdrawals>()), (0, 0));
    let next = uncovered(&stage, &stage.bank);
    let heard = answers(&writer, gone, vec![moving(&stage.bank, &next)]);
    assert!(is_refused(&heard[0], Error::Funds), "what was forgotten makes room");
    stage.assert_clean();
}

/// Whoever runs the issuer sees it on the page, and the bank hears what to do.
#[tokio::test]
async fn b13_a_bank_at_its_cap_is_told_and_so_is_the_operator() {
    let stage = Stage::new();
    let clock = clock(&stage.store, STILL);
    let (pipeline, running) = Pipeline::start(stage.writer_keeping(1), clock).expect("threads");
    let ask = || pipeline.ask(moving(&stage.bank, &uncovered(&stage, &stage.bank)));
    assert_eq!(pipeline.measures().full(), 0);
    let Ok(Reply::Transfer(reply)) = ask().await else { panic!("another verb's reply") };
    assert_eq!(refused(reply), Error::Funds);
    assert_eq!(ask().await, Err(Unanswered::Full));
    assert_eq!(pipeline.measures().full(), 1);
    let status = Status::from(Unanswered::Full);
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("what is set aside stays so"), "{status}");
    drop(pipeline);
    running.stop().expect("the store answers");
}
