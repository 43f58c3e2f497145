//! Faults: a disk that reports an error ends the answers, at whichever operation it does.

use super::LOAD;
use super::disk::{Disk, Failure};
use crate::stage::{DECIMALS, STILL, TODAY, clock};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::{Context, Waker};
use tender_issuer::pipeline::{Ended, Pipeline, Unanswered};
use tender_issuer::store::{self, ANNEX, Fault, NAME, Store};

/// Three batches: an enrolment, withdrawals and deposits.
fn batches() -> Vec<Vec<usize>> {
    let last = LOAD.requests.len() - 1;
    vec![vec![0, 6], vec![last], vec![1, 7]]
}

/// Lets the `nth` operation fail. Returns whether there were as many.
fn fail_at(nth: u64, failure: Failure) -> bool {
    let disk = LOAD.disk(nth);
    disk.arm(nth, failure);
    let mut answered = BTreeSet::new();
    if let Ok(store) = Store::open(&disk).map(Arc::new) {
        let mut failed = false;
        for batch in batches() {
            match LOAD.ask_and_check(&store, &batch) {
                Ok(()) => {
                    assert!(!failed, "a store that failed answers nothing more");
                    answered.extend(batch);
                }
                Err(_) => failed = true,
            }
        }
    }
    let happened = !disk.is_armed();
    disk.restart();
    let store = Store::open(&disk).expect("durable: the store can be opened again");
    LOAD.look(&store);
    let present = LOAD.present(&store);
    assert!(present.is_superset(&answered), "durable: {answered:?} not in {present:?} at {nth}");
    happened
}

#[test]
fn b4_an_error_at_any_operation_ends_the_answers_and_loses_none() {
    for failure in [Failure::Broken, Failure::Full] {
        let mut count = 0;
        while fail_at(count + 1, failure) {
            count += 1;
        }
        assert!(count > 30, "{failure:?}: only {count} operations");
    }
}

#[test]
fn b3_a_founding_that_loses_its_power_or_its_disk_at_any_operation_can_be_done_again() {
    for failure in [Failure::PowerLoss, Failure::Broken, Failure::Full] {
        let mut count = 0;
        for nth in 1.. {
            let disk = Disk::new(nth);
            disk.arm(nth, failure);
            let reported = store::create(&disk, &LOAD.office.trust, DECIMALS, TODAY).is_ok();
            if disk.is_armed() {
                break;
            }
            count += 1;
            disk.restart();
            assert!(disk.has(NAME) || !reported, "durable: a founding that was reported is there");
            if !disk.has(NAME) {
                store::create(&disk, &LOAD.office.trust, DECIMALS, TODAY)
                    .expect("it can be done again");
            }
            let store = Store::open(&disk).expect("a store that has its name is whole");
            assert_eq!(store::trust(&store).expect("the disk is sound"), LOAD.office.trust);
        }
        assert!(count > 15, "{failure:?}: only {count} operations");
    }
}

/// No reply leaves the pipeline once a commit has failed, also not to what waited behind it, and
/// the pipeline ends with the fault, which the process exits with: the database's, or, where
/// something is appended first, the annex's.
#[tokio::test]
async fn b4_after_a_failed_commit_the_pipeline_answers_nothing_and_ends() {
    for (failing, full) in [(12, NAME), (6, ANNEX)] {
        let disk = LOAD.disk(7);
        let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
        let writer = LOAD.writer(&store).expect("the disk is sound");
        let (pipeline, mut running) =
            Pipeline::start(writer, clock(&store, STILL)).expect("threads");
        let ask = |one: usize| pipeline.ask(LOAD.requests[one].clone());
        assert_eq!(ask(0).await.as_ref(), Ok(&LOAD.replies[0]));
        // Behind an answer the writer may still be at work, so no operation of the disk is the next
        // request's for certain; but only a request appends.
        disk.fill(full);
        assert_eq!(ask(failing).await, Err(Unanswered::Stopped));
        for one in [0, 1, 7] {
            assert_eq!(ask(one).await, Err(Unanswered::Stopped), "also what was answered before");
        }
        running.ended().await;
        match running.stop() {
            Err(Ended::Fault(Fault::Database(_))) => assert_eq!(full, NAME),
            Err(Ended::Fault(Fault::File(_))) => assert_eq!(full, ANNEX),
            other => panic!("another end: {other:?}"),
        }
    }
}

/// While the writer waits for the disk, requests gather; one commit serves them all.
#[tokio::test]
async fn one_commit_serves_all_that_waited() {
    let disk = LOAD.disk(8);
    let store = Arc::new(Store::open(&disk).expect("the disk is sound"));
    let writer = LOAD.writer(&store).expect("the disk is sound");
    let (pipeline, running) = Pipeline::start(writer, clock(&store, STILL)).expect("threads");
    let before = store.commits().expect("the disk is sound");
    let mut asked: Vec<_> =
        LOAD.requests.iter().map(|call| Box::pin(pipeline.ask(call.clone()))).collect();
    disk.frozen(|| {
        let mut waker = Context::from_waker(Waker::noop());
        for ask in &mut asked {
            assert!(ask.as_mut().poll(&mut waker).is_pending());
        }
    });
    for (ask, reply) in asked.into_iter().zip(&LOAD.replies) {
        assert_eq!(ask.await.as_ref(), Ok(reply));
    }
    // They were once counted in syncs, of which a store's first commit has more: one for all was 0.
    // One batch may commit, one wait for the writer, one be checked; everything else is the fourth.
    let commits = store.commits().expect("the disk is sound") - before;
    assert!((1..=4).contains(&commits), "{commits} commits for {} requests", LOAD.requests.len());
    drop(pipeline);
    running.stop().expect("the disk is sound");
}
