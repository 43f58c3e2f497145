//! The steps: what each of the three threads does with one batch after the other.

use super::gather::Gathering;
use super::{Measures, Ticket, Told};
use crate::batch::{Answer, Batch, Decided, Writer};
use crate::clock::LedgerClock;
use crate::forgetting::FORGOTTEN_MAX;
use crate::operation::Order;
use crate::settlement::Paid;
use crate::store::Fault;
use rand_core::CryptoRng;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use tender_token::date::Timestamp;
use tokio::sync::oneshot;

/// Where the answers of a batch go.
pub type Replies = Vec<oneshot::Sender<Answer>>;

/// What the writer does next: a batch whose checks are done, then orders.
pub struct Work {
    batch: Option<(Batch, Replies)>,
    orders: Vec<(Order, Told)>,
    now: Timestamp,
}

/// Checks what waits, batch by batch, until nothing will come any more. Errors: the store's.
pub fn verify<R: CryptoRng + Clone + Send>(
    writer: &Writer<R>,
    mut gathering: Gathering,
    checked: &SyncSender<Work>,
    clock: &LedgerClock,
    measures: &Measures,
) -> Result<(), Fault> {
    loop {
        let gathered = gathering.next();
        if gathered.is_empty() {
            return Ok(());
        }
        tracing::debug!(requests = gathered.len(), "batch");
        let now = clock.now();
        let (mut calls, mut replies, mut orders) = (Vec::new(), Replies::new(), Vec::new());
        for ticket in gathered {
            match ticket {
                Ticket::Call(call, reply) => {
                    calls.push(call);
                    replies.push(reply);
                }
                Ticket::Order(order, told) => orders.push((order, told)),
                // The batch itself says what time it is.
                Ticket::Tick => {}
            }
        }
        measures.gathered(calls.len().saturating_add(orders.len()));
        let any = !calls.is_empty();
        let batch = any.then(|| writer.verify(calls, now)).transpose()?;
        let work = Work { batch: batch.map(|batch| (batch, replies)), orders, now };
        if checked.send(work).is_err() {
            return Ok(());
        }
    }
}

/// Decides what was checked and makes it durable, one batch after the other. Errors: the store's.
pub fn commit<R: CryptoRng + Clone + Send>(
    writer: &Writer<R>,
    to_commit: &Receiver<Work>,
    committed: &SyncSender<(Vec<Decided>, Replies)>,
    measures: &Measures,
) -> Result<(), Fault> {
    while let Ok(work) = to_commit.recv() {
        let mut next = Some(work);
        while let Some(Work { batch, orders, now }) = next.take() {
            // Beside requests only a full step is worth a commit of its own.
            let least = if batch.is_some() { FORGOTTEN_MAX } else { 1 };
            if let Some((batch, replies)) = batch {
                let timer = measures.commit_seconds.start_timer();
                let decided = writer.commit(batch)?;
                timer.observe_duration();
                measures.decided(replies.len());
                if committed.send((decided, replies)).is_err() {
                    return Ok(());
                }
            }
            for (order, told) in orders {
                let outcome = writer.operate(&order, now)?;
                measures.decided(1);
                told(outcome);
            }
            writer.forget(now, least)?;
            measures.keep(&writer.kept());
            next = pay(writer, to_commit, now, measures)?;
            if next.is_none() {
                next = list(writer, to_commit, now)?;
            }
            writer.keep_time(now)?;
        }
    }
    Ok(())
}

/// Pays claims that are due until all are paid, or other work has come, which is returned.
fn pay<R: CryptoRng + Clone + Send>(
    writer: &Writer<R>,
    to_commit: &Receiver<Work>,
    now: Timestamp,
    measures: &Measures,
) -> Result<Option<Work>, Fault> {
    loop {
        let Paid { claims, held } = writer.pay_due(now)?;
        if claims == 0 {
            measures.hold(held);
            return Ok(None);
        }
        tracing::info!(claims, "claims were paid");
        match to_commit.try_recv() {
            Ok(work) => return Ok(Some(work)),
            // Nobody sends any more; the next start pays what is left.
            Err(TryRecvError::Disconnected) => return Ok(None),
            Err(TryRecvError::Empty) => {}
        }
    }
}

/// Puts lists of cashed tokens together that are due until all are published, or other work has
/// come, which is returned. Errors: the store's.
fn list<R: CryptoRng + Clone + Send>(
    writer: &Writer<R>,
    to_commit: &Receiver<Work>,
    now: Timestamp,
) -> Result<Option<Work>, Fault> {
    while writer.list(now)? {
        match to_commit.try_recv() {
            Ok(work) => return Ok(Some(work)),
            // Nobody sends any more; the next start begins the list anew.
            Err(TryRecvError::Disconnected) => return Ok(None),
            Err(TryRecvError::Empty) => {}
        }
    }
    Ok(None)
}

/// Signs what is durable, and answers.
pub fn sign<R: CryptoRng + Clone + Send>(
    writer: &Writer<R>,
    to_sign: &Receiver<(Vec<Decided>, Replies)>,
) {
    for (decided, replies) in to_sign {
        for (answer, reply) in writer.keep(decided).into_iter().zip(replies) {
            // A caller that went away asks again and gets the same answer.
            let _gone = reply.send(answer);
        }
    }
}
