//! What the served wire measures: requests by method and outcome, and refusals by error.

use crate::request::Reply;
use prometheus::core::Collector;
use prometheus::{IntCounterVec, Opts};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tender_proto::transport::{Answered, Counted};
use tender_token::date::Timestamp;
use tender_token::error::Error;

/// Counts of requests. Clones count together.
#[derive(Clone, Debug)]
pub struct Requests {
    answered: Answered,
    refused: IntCounterVec,
    counterfeits: Arc<Mutex<VecDeque<Timestamp>>>,
}

/// Counterfeits that are remembered at most; more are a burst anyway.
const REMEMBERED_MAX: usize = 1024;

impl Requests {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let help = "Replies and items of replies that were refused, by the protocol's error.";
        let refused = IntCounterVec::new(Opts::new("tender_refusals_total", help), &["error"]);
        Self {
            answered: Answered::new(),
            refused: refused.expect("the names are well formed"),
            counterfeits: Arc::default(),
        }
    }

    /// The collectors, for a registry.
    pub fn collectors(&self) -> [Box<dyn Collector>; 2] {
        [self.answered.collector(), Box::new(self.refused.clone())]
    }

    /// A request begins.
    #[must_use]
    pub fn begin(&self, method: &'static str) -> Counted {
        self.answered.begin(method)
    }

    /// Counterfeits that were presented within so many seconds before now.
    #[must_use]
    pub fn counterfeits(&self, now: Timestamp, window_s: u64) -> u64 {
        let remembered = self.counterfeits.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |time: &&Timestamp| now.0.saturating_sub(time.0) < window_s;
        u64::try_from(remembered.iter().filter(recent).count()).unwrap_or(u64::MAX)
    }

    fn remember_counterfeit(&self, now: Timestamp) {
        let mut remembered = self.counterfeits.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.pop_front();
        }
        remembered.push_back(now);
    }

    /// Counts a refusal.
    pub fn refused(&self, error: Error) {
        self.refused.with_label_values(&[error.name()]).inc();
    }

    /// Counts the refusals in a reply, and remembers when counterfeits came: what no key of the
    /// issuer ever signed.
    pub fn look_at(&self, reply: &Reply, now: Timestamp) {
        let refuse = |error: Error| {
            self.refused(error);
            if matches!(error, Error::Value | Error::Cert) {
                self.remember_counterfeit(now);
            }
        };
        match reply {
            Reply::Enrol(Err(refusal))
            | Reply::Provision(Err(refusal))
            | Reply::Withdraw(Err(refusal))
            | Reply::Exchange(Err(refusal))
            | Reply::Claim(Err(refusal))
            | Reply::Transfer(Err(refusal))
            | Reply::Restore(Err(refusal)) => refuse(refusal.error),
            Reply::Enrol(Ok(()))
            | Reply::Provision(Ok(_))
            | Reply::Withdraw(Ok(_))
            | Reply::Exchange(Ok(_))
            | Reply::Claim(Ok(_))
            | Reply::Transfer(Ok(()))
            | Reply::Restore(Ok(_)) => {}
            Reply::Deposit(outcomes) => {
                outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).for_each(|refusal| {
                    refuse(refusal.error);
                });
            }
        }
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self::new()
    }
}
