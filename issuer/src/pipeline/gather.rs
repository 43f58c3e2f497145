//! Gathering: what waits becomes a batch.

use super::{BATCH_MAX, BATCH_WAIT, Ticket};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

/// What batches are made of.
pub struct Gathering {
    /// Counts the wait.
    pub timer: Runtime,
    /// The queue.
    pub tickets: mpsc::Receiver<Ticket>,
    /// The word to stop.
    pub stopping: watch::Receiver<bool>,
}

impl Gathering {
    /// The next batch, which is empty when nothing will come any more.
    pub fn next(&mut self) -> Vec<Ticket> {
        let Self { timer, tickets, stopping } = self;
        timer.block_on(gather(tickets, stopping))
    }
}

/// The next batch: up to [`BATCH_MAX`] of what comes within [`BATCH_WAIT`] of the first. It is
/// empty when nothing will come any more.
async fn gather<T>(tickets: &mut mpsc::Receiver<T>, stop: &mut watch::Receiver<bool>) -> Vec<T> {
    let mut batch: Vec<T> = next(tickets, stop).await.into_iter().collect();
    let waited = tokio::time::sleep(BATCH_WAIT);
    tokio::pin!(waited);
    while (1..BATCH_MAX).contains(&batch.len()) {
        tokio::select! {
            biased;
            ticket = next(tickets, stop) => match ticket {
                Some(ticket) => batch.push(ticket),
                None => break,
            },
            () = &mut waited => break,
        }
    }
    batch
}

/// The next ticket. After the word to stop, only what is queued already.
async fn next<T>(tickets: &mut mpsc::Receiver<T>, stop: &mut watch::Receiver<bool>) -> Option<T> {
    tokio::select! {
        biased;
        _told = stop.wait_for(|stop| *stop) => {
            tickets.close();
            tickets.recv().await
        }
        ticket = tickets.recv() => ticket,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::QUEUE_MAX;

    fn channels() -> (mpsc::Sender<usize>, mpsc::Receiver<usize>, watch::Sender<bool>) {
        let (queue, tickets) = mpsc::channel(QUEUE_MAX);
        (queue, tickets, watch::channel(false).0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_takes_all_that_waits_up_to_its_count() {
        let (queue, mut tickets, stop) = channels();
        for ticket in 0..BATCH_MAX + 3 {
            queue.try_send(ticket).expect("the queue has room");
        }
        let mut stopping = stop.subscribe();
        let first = gather(&mut tickets, &mut stopping).await;
        let second = gather(&mut tickets, &mut stopping).await;
        assert_eq!((first.len(), second.len()), (BATCH_MAX, 3));
        assert!(first.into_iter().chain(second).eq(0..BATCH_MAX + 3), "in their order");
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_waits_for_others_so_long_and_no_longer() {
        let (queue, mut tickets, stop) = channels();
        let mut stopping = stop.subscribe();
        let late = async {
            queue.try_send(0).expect("the queue has room");
            tokio::time::sleep(BATCH_WAIT / 2).await;
            queue.try_send(1).expect("the queue has room");
            tokio::time::sleep(BATCH_WAIT).await;
            queue.try_send(2).expect("the queue has room");
        };
        let (batch, ()) = tokio::join!(gather(&mut tickets, &mut stopping), late);
        assert_eq!(batch, [0, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_queued_when_the_pipeline_stops_is_still_a_batch() {
        let (queue, mut tickets, stop) = channels();
        let mut stopping = stop.subscribe();
        queue.try_send(0).expect("the queue has room");
        stop.send(true).expect("somebody listens");
        assert_eq!(gather(&mut tickets, &mut stopping).await, [0]);
        queue.try_send(1).expect_err("the queue is closed");
        assert!(gather(&mut tickets, &mut stopping).await.is_empty());
    }
}
