//! The operator's desk of a running server: a socket in the home folder, which whoever owns the
//! home may use and nobody else. One line asks, one line answers; empty lines before it say that
//! the order is being worked on.

use super::page::Page;
use crate::desk::letter::{self, ORDER_BYTES_MAX};
use crate::desk::{Answer, Asked, Clerk, Order};
use crate::journal::Journal;
use crate::rows::UnixUser;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tender_proto::transport::{Pauses, is_of_one_connection};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;

/// How long an order may take to come in.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long is looked whether whoever gave an order is still there.
const GLANCE: Duration = Duration::from_millis(1);
/// How long whoever gave an order may take nothing of its answer.
const READ_PATIENCE: Duration = Duration::from_secs(3);
/// How long an answer may take to be read, however steadily.
const READ_WITHIN: Duration = Duration::from_mins(1);
/// How often a command hears that its order is being worked on.
const BEAT: Duration = Duration::from_secs(1);
/// Commands that are heard at the same time.
const HEARD_MAX: usize = 32;
/// Long looks at the books that are taken at the same time; whoever wants another one waits.
const LOOKS_MAX: usize = 4;

/// The number of the Unix user who may do everything.
const ADMINISTRATOR: u32 = 0;

/// Where orders come in, and who carries them out.
pub struct Attended {
    /// The socket.
    pub listener: UnixListener,
    /// The Unix user who owns the home: besides the machine's administrator the only one who is
    /// heard.
    pub owner: u32,
    /// A clerk over the books that are served.
    pub clerk: Clerk,
}

/// What carries orders out. Clones are the same desk.
#[derive(Clone)]
pub struct Desk {
    journal: Arc<Journal>,
    clerk: Arc<Clerk>,
    owner: u32,
    page: Arc<Page>,
    heard: Arc<Semaphore>,
    looks: Arc<Semaphore>,
}

impl Desk {
    /// The desk of a server.
    #[must_use]
    pub fn new(journal: &Arc<Journal>, clerk: Clerk, owner: u32, page: &Arc<Page>) -> Self {
        let [heard, looks] = [HEARD_MAX, LOOKS_MAX].map(|places| Arc::new(Semaphore::new(places)));
        let (journal, page) = (Arc::clone(journal), Arc::clone(page));
        Self { journal, clerk: Arc::new(clerk), owner, page, heard, looks }
    }

    /// Carries out what comes in, until this is dropped. Wallets are served whatever becomes of
    /// the listener, so an error of it is waited out.
    pub async fn attend(&self, listener: UnixListener) {
        let mut pauses = Pauses::default();
        loop {
            let place = Arc::clone(&self.heard).acquire_owned().await;
            let place = place.expect("it is never closed");
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    tracing::error!(%error, "no order can be accepted; trying again soon");
                    pauses.wait().await;
                    continue;
                }
            };
            pauses.over();
            let desk = self.clone();
            tokio::spawn(async move {
                let _place = place;
                if let Err(error) = desk.answer(stream).await {
                    tracing::warn!(%error, "an operator's order was not answered");
                }
            });
        }
    }

    async fn answer(&self, stream: UnixStream) -> std::io::Result<()> {
        let user = stream.peer_cred()?.uid();
        let (reading, mut writing) = stream.into_split();
        let mut reading = BufReader::new(reading);
        let line = tokio::time::timeout(PATIENCE, order_line(&mut reading)).await??;
        // Whoever gave up waiting for a server that slept may have done something else since.
        if is_gone(&mut reading).await {
            return Ok(());
        }
        let order = if may_ask(user, self.owner) {
            letter::read(&line)
        } else {
            tracing::warn!(user, "somebody else than the home's owner was turned away");
            Err(Answer::wrong("only the owner of the home gives orders, and nothing was changed"))
        };
        let answer = match order {
            Ok(order) => {
                // It goes on to its end if the command goes away.
                let desk = self.clone();
                let mut working =
                    tokio::spawn(async move { desk.carry_out(order, UnixUser(user)).await });
                let mut beat = tokio::time::interval(BEAT);
                beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
                beat.tick().await;
                loop {
                    tokio::select! {
                        done = &mut working => break done.unwrap_or_else(|_| unfinished()),
                        _ = beat.tick() => hand(&mut writing, b"\n").await?,
                    }
                }
            }
            Err(answer) => answer,
        };
        let answer = format!("{}\n", answer.line());
        tokio::time::timeout(READ_WITHIN, hand(&mut writing, answer.as_bytes())).await??;
        writing.shutdown().await
    }

    async fn carry_out(&self, order: Order, user: UnixUser) -> Answer {
        let _look = if order.asked.is_long() {
            Some(self.looks.acquire().await.expect("it is never closed"))
        } else {
            None
        };
        let reconciles = order.asked == Asked::Reconcile;
        let caught_up = if reconciles { self.journal.catch_up().await } else { Ok(()) };
        let (clerk, page) = (Arc::clone(&self.clerk), Arc::clone(&self.page));
        let done = tokio::task::spawn_blocking(move || match order.asked {
            Asked::Metrics => page.look().map_or_else(Answer::fault, Answer::metrics),
            _ => clerk.carry_out(&order, user),
        });
        let Ok(answer) = done.await else { return unfinished() };
        if reconciles { answer.fetched(caught_up.err()) } else { answer }
    }
}

/// Hands something over to whoever takes some of it in time, and holds a place for nobody else. An
/// order whose answer is not read is carried out all the same.
/// Errors: those of the stream; that nothing was taken.
async fn hand(writing: &mut OwnedWriteHalf, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let taken = tokio::time::timeout(READ_PATIENCE, writing.write(bytes)).await??;
        bytes = bytes.get(taken..).filter(|_| taken > 0).ok_or(ErrorKind::WriteZero)?;
    }
    Ok(())
}

/// The line that an order is in, as far as it may be long. Errors: those of the stream.
async fn order_line(reading: &mut BufReader<OwnedReadHalf>) -> std::io::Result<String> {
    let bytes_max = u64::try_from(ORDER_BYTES_MAX).expect("a few kilobytes");
    let mut line = String::new();
    reading.take(bytes_max).read_line(&mut line).await?;
    Ok(line)
}

/// Whether nobody waits for the answer any more. The end of a stream that came before is seen only
/// when the system is asked again, which waiting for a moment does.
async fn is_gone(reading: &mut BufReader<OwnedReadHalf>) -> bool {
    let more = tokio::time::timeout(GLANCE, reading.read(&mut [0; 1])).await;
    matches!(more, Ok(Ok(0) | Err(_)))
}

/// Whether a Unix user gives orders: the home's owner does, and whom nothing could keep from it.
/// The socket's mode says the same; this holds also where somebody widened it.
fn may_ask(user: u32, owner: u32) -> bool {
    [owner, ADMINISTRATOR].contains(&user)
}

fn unfinished() -> Answer {
    Answer::fault("the order did not come to its end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pd03_only_the_homes_owner_and_the_administrator_are_heard_at_the_desk() {
        let heard = [1_000, ADMINISTRATOR, 1_001, u32::MAX].map(|user| may_ask(user, 1_000));
        assert_eq!(heard, [true, true, false, false]);
    }
}
