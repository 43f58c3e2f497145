//! The pipeline: a bounded queue, and one thread that drains it batch by batch.
//!
//! A request that is in the queue is answered in the store whatever becomes of the connection it
//! came over: the handler only waits for the reply, it carries nothing out.

use crate::batch::{Answer, Call, Writer};
use crate::request::Reply;
use crate::store::Fault;
use rand_core::CryptoRng;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tokio::sync::oneshot;

/// Requests that wait at most; more are turned away at once.
const QUEUE_MAX: usize = 1024;
/// Requests in one commit at most.
const BATCH_MAX: usize = 256;

/// Why there is no reply. The same request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Too many requests wait already.
    #[error("the issuer is overloaded; nothing was decided, send the same request again later")]
    Overloaded,
    /// The writer stopped before it answered.
    #[error("the issuer is stopping; send the same request again")]
    Stopped,
    /// The reply is decided and durable, but could not be signed.
    #[error("the issuer could not sign the reply; send the same request again")]
    Unsigned(Error),
}

/// Why the writer ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// The store failed. What was answered is durable.
    #[error(transparent)]
    Fault(Fault),
    /// An invariant did not hold, and nothing after it was committed.
    #[error("an invariant is violated; keep the store as it is and run audit")]
    Invariant,
}

#[derive(Debug)]
enum Ticket {
    Ask { call: Call, reply: oneshot::Sender<Answer> },
    Stop,
}

/// The way into the batch. Clones lead to the same writer.
#[derive(Clone, Debug)]
pub struct Pipeline {
    queue: SyncSender<Ticket>,
}

/// The writer's thread.
#[derive(Debug)]
pub struct Running {
    queue: SyncSender<Ticket>,
    thread: JoinHandle<Result<(), Fault>>,
    ended: oneshot::Receiver<()>,
}

impl Pipeline {
    /// Starts the writer on its own thread. Errors: if the system gives no thread.
    pub fn start<R: CryptoRng + Clone + Send + 'static>(
        writer: Writer<R>,
        clock: fn() -> Timestamp,
    ) -> std::io::Result<(Self, Running)> {
        let (queue, tickets) = sync_channel(QUEUE_MAX);
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let _end: oneshot::Sender<()> = end;
            drain(&writer, &tickets, clock)
        })?;
        Ok((Self { queue: queue.clone() }, Running { queue, thread, ended }))
    }

    /// Queues a call and waits for its reply. Dropping the wait does not take the call back.
    /// Errors: [`Unanswered`].
    pub async fn ask(&self, call: Call) -> Result<Reply, Unanswered> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Ticket::Ask { call, reply }).map_err(|error| match error {
            TrySendError::Full(_) => Unanswered::Overloaded,
            TrySendError::Disconnected(_) => Unanswered::Stopped,
        })?;
        answer.await.map_err(|_| Unanswered::Stopped)?.map_err(Unanswered::Unsigned)
    }
}

impl Running {
    /// Resolves when the writer has ended, which before [`Self::stop`] means that it failed.
    pub async fn ended(&mut self) {
        // The sender is never used: the channel closes when the thread ends, however it ends.
        let _closed = (&mut self.ended).await;
    }

    /// Lets the writer answer what is queued, then ends it. What is queued later gets no answer.
    /// Errors: [`Ended`] if it failed before.
    pub fn stop(self) -> Result<(), Ended> {
        // If nobody receives this, the writer has ended already, and joining says why.
        let _received = self.queue.send(Ticket::Stop);
        match self.thread.join() {
            Ok(result) => result.map_err(Ended::Fault),
            Err(_said) => Err(Ended::Invariant),
        }
    }
}

/// Takes whatever waits, up to a batch, and answers it with one commit.
fn drain<R: CryptoRng + Clone + Send>(
    writer: &Writer<R>,
    tickets: &Receiver<Ticket>,
    clock: fn() -> Timestamp,
) -> Result<(), Fault> {
    let mut stopping = false;
    while !stopping {
        let Ok(first) = tickets.recv() else { break };
        let (mut calls, mut replies) = (Vec::new(), Vec::new());
        for ticket in core::iter::once(first).chain(tickets.try_iter()).take(BATCH_MAX) {
            match ticket {
                Ticket::Ask { call, reply } => {
                    calls.push(call);
                    replies.push(reply);
                }
                Ticket::Stop => stopping = true,
            }
        }
        tracing::debug!(requests = calls.len(), "batch");
        for (answer, reply) in writer.answer(calls, clock())?.into_iter().zip(replies) {
            // A caller that went away asks again and gets the same answer.
            let _gone = reply.send(answer);
        }
    }
    Ok(())
}
