//! The pipeline: a bounded queue, and three threads that work on three batches at once.
//!
//! ```text
//! queue ─► verifier: gathers, checks ─► writer: decides, commits ─► signer: signs, replies
//! ```
//!
//! While the writer waits for the disk, the verifier checks the next batch and the signer signs the
//! last one, both on all cores. The guarantees are those of one step after the other:
//!
//! - Only the writer decides and commits, one batch after the other, so every decision sees what
//!   all earlier batches left in the store.
//! - The verifier reads rows that are durable. They may be a batch or two old, but not older than
//!   the request: what a caller heard of before it asked is there. Whatever may have changed since
//!   is looked at again by the decision.
//! - The signer gets nothing that is not committed. When a commit fails, the writer ends, its batch
//!   and everything behind it goes unanswered, and the process stops; what was committed before is
//!   still signed.
//!
//! A batch is closed by its count or when its first request has waited [`BATCH_WAIT`], so one
//! commit serves many requests. Between two threads at most one batch waits; further requests wait
//! in the queue, and beyond [`QUEUE_MAX`] they are turned away.
//!
//! Operators' orders wait in the same queue. The writer carries them out between two batches, so
//! the store keeps its one writer; they need no signature and are answered at once.
//!
//! Claims whose last day is over are paid by the writer, a commit's worth after every piece of
//! work, and on while nothing else waits. A tick of the clock is work, so that an idle issuer pays.
//!
//! A request that is in the queue is answered in the store whatever becomes of the connection it
//! came over: the handler only waits for the reply, it carries nothing out.

mod gather;
mod measures;
mod steps;
pub use measures::Measures;

use crate::batch::{Answer, Call, Undecided, Unsaid, Writer};
use crate::clock::LedgerClock;
use crate::operation::{Done, Order};
use crate::request::Reply;
use crate::signer::Withheld;
use crate::store::{Fault, Store};
use gather::Gathering;
use rand_core::CryptoRng;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use steps::{commit, sign, verify};
use tender_proto::operator::Refusal;
use tender_token::date::Timestamp;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Requests that wait at most; more are turned away at once.
pub const QUEUE_MAX: usize = 1024;
/// Requests in one commit at most.
pub const BATCH_MAX: usize = 256;
/// How long the first request of a batch waits for others.
pub const BATCH_WAIT: Duration = Duration::from_millis(2);
/// Batches that wait between two threads at most.
const AHEAD_MAX: usize = 1;

/// Why there is no reply. The same request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Too many requests wait already.
    #[error("the issuer is overloaded; nothing was decided, send the same request again later")]
    Overloaded,
    /// The disk has too little room left to decide anything.
    #[error(
        "the issuer's disk is nearly full; nothing was decided, send the same request again later"
    )]
    Short,
    /// The writer stopped before it answered.
    #[error("the issuer is stopping; send the same request again")]
    Stopped,
    /// The caller was suspended while the request waited.
    #[error("the caller is suspended; nothing was decided")]
    Suspended,
    /// It would be refused, and no more refusals of the caller are kept.
    #[error(
        "the issuer keeps no more refusals of this intermediary; nothing was decided, what is set \
         aside stays so: send the same request again later, and ask the issuer for room"
    )]
    Full,
    /// The reply is decided and durable, but could not be signed.
    #[error("the issuer could not sign the reply; send the same request again")]
    Unsigned(Withheld),
}

impl From<Unsaid> for Unanswered {
    fn from(unsaid: Unsaid) -> Self {
        match unsaid {
            Unsaid::Undecided(Undecided::Suspended) => Self::Suspended,
            Unsaid::Undecided(Undecided::Full) => Self::Full,
            Unsaid::Unsigned(withheld) => Self::Unsigned(withheld),
        }
    }
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

/// What waits in the queue, and where its answer goes.
enum Ticket {
    Call(Call, oneshot::Sender<Answer>),
    Order(Order, Told),
    /// Time goes on: claims may be due.
    Tick,
}

/// Hears what became of an order, in the moment in which it is durable.
type Told = Box<dyn FnOnce(Result<Done, Refusal>) + Send>;

/// The way into the batch. Clones lead to the same writer.
#[derive(Clone, Debug)]
pub struct Pipeline {
    queue: mpsc::Sender<Ticket>,
    measures: Measures,
    store: Arc<Store>,
    clock: Arc<LedgerClock>,
}

/// The threads.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    ended: Arc<Notify>,
    threads: [JoinHandle<Result<(), Fault>>; 3],
}

/// Tells that a thread has ended, however it ended.
struct Ending(Arc<Notify>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Pipeline {
    /// Starts the threads. Errors: if the system gives none.
    pub fn start<R: CryptoRng + Clone + Send + Sync + 'static>(
        writer: Writer<R>,
        clock: LedgerClock,
    ) -> std::io::Result<(Self, Running)> {
        let clock = Arc::new(clock);
        let (queue, tickets) = mpsc::channel(QUEUE_MAX);
        let (stop, stopping) = watch::channel(false);
        let (checked, to_commit) = sync_channel(AHEAD_MAX);
        let (committed, to_sign) = sync_channel(AHEAD_MAX);
        let ended = Arc::new(Notify::new());
        let spawn = |name: &str, work: Box<dyn FnOnce() -> Result<(), Fault> + Send>| {
            let ending = Ending(Arc::clone(&ended));
            Builder::new().name(name.to_owned()).spawn(move || {
                let _ending = ending;
                work()
            })
        };
        let gathering = Gathering {
            timer: tokio::runtime::Builder::new_current_thread().enable_time().build()?,
            tickets,
            stopping,
        };
        let measures = Measures::new();
        measures.keep(&writer.kept());
        let [gathered, committing] = [measures.clone(), measures.clone()];
        let store = Arc::clone(writer.store());
        let writer = Arc::new(writer);
        let [verifier, signer] = [Arc::clone(&writer), Arc::clone(&writer)];
        let time = Arc::clone(&clock);
        let threads = [
            spawn(
                "verifier",
                Box::new(move || verify(&verifier, gathering, &checked, &time, &gathered)),
            )?,
            spawn(
                "writer",
                Box::new(move || commit(&writer, &to_commit, &committed, &committing)),
            )?,
            spawn(
                "signer",
                Box::new(move || {
                    sign(&signer, &to_sign);
                    Ok(())
                }),
            )?,
        ];
        Ok((Self { queue, measures, store, clock }, Running { stop, ended, threads }))
    }

    /// Ledger time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the issuer's time comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<LedgerClock> {
        &self.clock
    }

    /// What is measured of the queue and its batches.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Queues a call and waits for its reply. Dropping the wait does not take the call back.
    /// Errors: [`Unanswered`].
    pub async fn ask(&self, call: Call) -> Result<Reply, Unanswered> {
        let (reply, answer) = oneshot::channel();
        self.queue(Ticket::Call(call, reply))?;
        Ok(answer.await.map_err(|_| Unanswered::Stopped)??)
    }

    /// Queues an operator's order and waits until it is carried out. `heard` is called by the
    /// writer itself as soon as the order is durable and before anything else is decided, whatever
    /// becomes of the wait. Errors: [`Unanswered`].
    pub async fn operate(
        &self,
        order: Order,
        heard: impl FnOnce(&Done) + Send + 'static,
    ) -> Result<Result<Done, Refusal>, Unanswered> {
        let (reply, answer) = oneshot::channel();
        let told = move |outcome: Result<Done, Refusal>| {
            if let Ok(done) = &outcome {
                heard(done);
            }
            // An operator who went away sees in the books what became of the order.
            let _gone = reply.send(outcome);
        };
        self.queue(Ticket::Order(order, Box::new(told)))?;
        answer.await.map_err(|_| Unanswered::Stopped)
    }

    /// Lets claims be paid that are due. A full queue does without: what is in it does the same.
    pub fn tick(&self) {
        if !self.store.room().is_short() {
            let _other_work_comes = self.queue.try_send(Ticket::Tick);
        }
    }

    /// Queues a request, that is, anything but a tick, for which nobody waits.
    fn queue(&self, ticket: Ticket) -> Result<(), Unanswered> {
        if self.store.room().is_short() {
            return Err(Unanswered::Short);
        }
        self.measures.queued.inc();
        self.measures.arrived(self.now());
        self.queue.try_send(ticket).map_err(|error| {
            self.measures.queued.dec();
            self.measures.turned_away();
            match error {
                TrySendError::Full(_) => Unanswered::Overloaded,
                TrySendError::Closed(_) => Unanswered::Stopped,
            }
        })
    }
}

impl Running {
    /// Resolves when a thread has ended, which before [`Self::stop`] means that it failed.
    pub async fn ended(&mut self) {
        self.ended.notified().await;
    }

    /// Lets the threads answer what is queued, then ends them. What is queued later gets no answer.
    /// Errors: [`Ended`] if one failed before.
    pub fn stop(self) -> Result<(), Ended> {
        // If nobody receives this, the verifier has ended already, and joining says why.
        let _received = self.stop.send(true);
        let mut ended = Ok(());
        for thread in self.threads {
            let result = match thread.join() {
                Ok(result) => result.map_err(Ended::Fault),
                Err(_said) => Err(Ended::Invariant),
            };
            ended = match (ended, result) {
                // What failed for one thread fails for the others too; the cause is told.
                (Err(Ended::Fault(Fault::Failed)), Err(cause)) => Err(cause),
                (ended, result) => ended.and(result),
            };
        }
        ended
    }
}
