//! What the pipeline measures: the queue, and the batches that are taken from it.

use crate::keeping::Kept;
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntGauge};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tender_token::date::Timestamp;

/// Clones measure together.
#[derive(Clone, Debug)]
pub struct Measures {
    /// Requests that wait.
    pub queued: IntGauge,
    /// Requests in a batch.
    pub batch: Histogram,
    /// How long a batch takes to be decided and durably committed.
    pub commit_seconds: Histogram,
    /// Claims whose last day is over and that cannot be paid.
    held: IntGauge,
    /// Refusals that are kept of the intermediary of which there are most.
    kept: IntGauge,
    /// Intermediaries of which no more are kept.
    full: IntGauge,
    /// When each request came that is not decided yet, the oldest first.
    waiting: Arc<Mutex<VecDeque<Timestamp>>>,
}

impl Measures {
    /// Nothing measured yet.
    #[must_use]
    pub fn new() -> Self {
        let histogram = |name, help, buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            Histogram::with_opts(options).expect("names and buckets are well formed")
        };
        Self {
            queued: IntGauge::new("tender_queue_requests", "Requests that wait for a batch.")
                .expect("the name is well formed"),
            held: IntGauge::new(
                "tender_claims_held",
                "Claims that are due and not paid: an operator decides, or the treasury is short.",
            )
            .expect("the name is well formed"),
            kept: IntGauge::new(
                "tender_refusals_kept",
                "Refusals that are kept of the intermediary of which there are most.",
            )
            .expect("the name is well formed"),
            full: IntGauge::new(
                "tender_callers_full",
                "Intermediaries of which no more refusals are kept.",
            )
            .expect("the name is well formed"),
            batch: histogram(
                "tender_batch_requests",
                "Requests that were decided with one commit.",
                &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0],
            ),
            commit_seconds: histogram(
                "tender_commit_seconds",
                "Time in which a batch is decided and durably committed.",
                &[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0],
            ),
            waiting: Arc::default(),
        }
    }

    /// A request has come.
    pub fn arrived(&self, now: Timestamp) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(now);
    }

    /// The request that came last found no place.
    pub fn turned_away(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_back();
    }

    /// So many requests are decided, which were the oldest: what they rest on is durable.
    pub fn decided(&self, requests: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let decided = requests.min(waiting.len());
        waiting.drain(..decided);
    }

    /// Requests that wait for their decision, and since when the oldest of them does.
    #[must_use]
    pub fn waiting(&self) -> (usize, Option<Timestamp>) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        (waiting.len(), waiting.front().copied())
    }

    /// So many requests have left the queue and are one batch.
    pub fn gathered(&self, requests: usize) {
        self.queued.sub(i64::try_from(requests).unwrap_or(i64::MAX));
        if let (Ok(requests), true) = (u32::try_from(requests), requests > 0) {
            self.batch.observe(requests.into());
        }
    }

    /// So many claims are due and cannot be paid. Alarms when it becomes another number.
    pub fn hold(&self, claims: u64) {
        let claims = i64::try_from(claims).unwrap_or(i64::MAX);
        if self.held.get() != claims && claims > 0 {
            tracing::error!(claims, "HELD: claims are due that nothing proves or nothing covers");
        }
        self.held.set(claims);
    }

    /// So many refusals are kept.
    pub fn keep(&self, kept: &Kept) {
        self.kept.set(i64::try_from(kept.greatest()).unwrap_or(i64::MAX));
        self.full.set(i64::try_from(kept.full().count()).unwrap_or(i64::MAX));
    }

    /// Intermediaries of which no more refusals are kept.
    #[must_use]
    pub fn full(&self) -> u64 {
        u64::try_from(self.full.get()).unwrap_or_default()
    }

    /// The collectors, for a registry.
    pub fn collectors(&self) -> [Box<dyn Collector>; 6] {
        [
            Box::new(self.held.clone()),
            Box::new(self.kept.clone()),
            Box::new(self.full.clone()),
            Box::new(self.queued.clone()),
            Box::new(self.batch.clone()),
            Box::new(self.commit_seconds.clone()),
        ]
    }
}

impl Default for Measures {
    fn default() -> Self {
        Self::new()
    }
}
