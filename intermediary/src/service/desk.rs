//! The operator's desk of a running server: a socket in the home folder, which whoever may read the
//! home may use and nobody else. One line of JSON asks, one line answers.

use super::page::Page;
use crate::desk::{Answer, Asked, Order};
use crate::journal::Journal;
use crate::teller::Teller;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Longest order, in bytes.
const ORDER_BYTES_MAX: u64 = 16 * 1024;
/// How long an order may take to come in.
const PATIENCE: Duration = Duration::from_secs(3);
/// Orders that are carried out at the same time.
const ORDERS_MAX: usize = 4;

/// What carries orders out. Clones are the same desk.
#[derive(Clone)]
pub struct Desk {
    journal: Arc<Journal>,
    teller: Arc<Teller>,
    page: Arc<Page>,
    places: Arc<Semaphore>,
}

impl Desk {
    /// The desk of a server.
    #[must_use]
    pub fn new(journal: &Arc<Journal>, teller: &Arc<Teller>, page: &Arc<Page>) -> Self {
        let places = Arc::new(Semaphore::new(ORDERS_MAX));
        let (journal, teller) = (Arc::clone(journal), Arc::clone(teller));
        Self { journal, teller, page: Arc::clone(page), places }
    }

    /// Carries out what comes in, until this is dropped. Ends with the listener's error.
    pub async fn attend(&self, listener: UnixListener) -> std::io::Error {
        loop {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let place = place.expect("it is never closed");
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => return error,
            };
            let desk = self.clone();
            tokio::spawn(async move {
                let _place = place;
                if let Err(error) = desk.answer(stream).await {
                    tracing::warn!(%error, "an operator's order was not answered");
                }
            });
        }
    }

    async fn answer(&self, mut stream: UnixStream) -> std::io::Result<()> {
        let (reading, mut writing) = stream.split();
        let mut line = String::new();
        let mut reading = BufReader::new(reading.take(ORDER_BYTES_MAX));
        tokio::time::timeout(PATIENCE, reading.read_line(&mut line)).await??;
        let answer = match serde_json::from_str(&line) {
            Ok(order) => self.carry_out(order).await,
            Err(_) => Answer::wrong("the server does not know this order; use its own release"),
        };
        writing.write_all(format!("{}\n", answer.line()).as_bytes()).await?;
        writing.shutdown().await
    }

    async fn carry_out(&self, order: Order) -> Answer {
        let caught_up = match order.asked {
            Asked::Reconcile => self.journal.catch_up().await,
            Asked::Audit
            | Asked::Backup(_)
            | Asked::Statement(_)
            | Asked::Purchases
            | Asked::Accounts
            | Asked::Account(_)
            | Asked::Metrics => Ok(()),
        };
        let reconciles = order.asked == Asked::Reconcile;
        let (teller, page) = (Arc::clone(&self.teller), Arc::clone(&self.page));
        let done = tokio::task::spawn_blocking(move || match order.asked {
            Asked::Metrics => page.text().map_or_else(Answer::fault, Answer::metrics),
            _ => order.carry_out(teller.store()).unwrap_or_else(Answer::fault),
        });
        let Ok(answer) = done.await else {
            return Answer::fault("the order did not come to its end");
        };
        if reconciles { answer.fetched(caught_up.err()) } else { answer }
    }
}
