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

#[derive(Debug)]
struct Ticket {
    call: Call,
    reply: oneshot::Sender<Answer>,
}

/// The way into the batch. Clones lead to the same writer; when all are gone it finishes.
#[derive(Clone, Debug)]
pub struct Pipeline {
    queue: SyncSender<Ticket>,
}

/// The writer's thread.
#[derive(Debug)]
pub struct Running {
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
        Ok((Self { queue }, Running { thread, ended }))
    }

    /// Queues a call and waits for its reply. Dropping the wait does not take the call back.
    /// Errors: [`Unanswered`].
    pub async fn ask(&self, call: Call) -> Result<Reply, Unanswered> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Ticket { call, reply }).map_err(|error| match error {
            TrySendError::Full(_) => Unanswered::Overloaded,
            TrySendError::Disconnected(_) => Unanswered::Stopped,
        })?;
        answer.await.map_err(|_| Unanswered::Stopped)?.map_err(Unanswered::Unsigned)
    }
}

impl Running {
    /// Resolves when the writer has ended, which before the last [`Pipeline`] is gone means a fault.
    pub async fn ended(&mut self) {
        // The sender is never used: the channel closes when the thread ends, however it ends.
        let _closed = (&mut self.ended).await;
    }

    /// Waits for the writer to finish what it has begun. Errors: [`Fault`] if it stopped over one.
    pub fn join(self) -> Result<(), Fault> {
        match self.thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// Takes whatever waits, up to a batch, and answers it with one commit.
fn drain<R: CryptoRng + Clone + Send>(
    writer: &Writer<R>,
    tickets: &Receiver<Ticket>,
    clock: fn() -> Timestamp,
) -> Result<(), Fault> {
    while let Ok(first) = tickets.recv() {
        let batch = core::iter::once(first).chain(tickets.try_iter()).take(BATCH_MAX);
        let (calls, replies): (Vec<_>, Vec<_>) =
            batch.map(|Ticket { call, reply }| (call, reply)).unzip();
        tracing::debug!(requests = calls.len(), "batch");
        for (answer, reply) in writer.answer(calls, clock())?.into_iter().zip(replies) {
            // A caller that went away asks again and gets the same answer.
            let _gone = reply.send(answer);
        }
    }
    Ok(())
}
