//! What the served wire measures: requests by method and outcome, and refusals by error.

use crate::request::Reply;
use prometheus::core::Collector;
use prometheus::{IntCounterVec, Opts};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tonic::Code;

/// Counts of requests. Clones count together.
#[derive(Clone, Debug)]
pub struct Requests {
    answered: IntCounterVec,
    refused: IntCounterVec,
    counterfeits: Arc<Mutex<VecDeque<Timestamp>>>,
}

/// Counterfeits that are remembered at most; more are a burst anyway.
const REMEMBERED_MAX: usize = 1024;

/// A request that is being answered. One that is dropped before it ended was given up.
#[derive(Debug)]
pub struct Counted {
    requests: Requests,
    method: &'static str,
    code: Option<Code>,
}

impl Requests {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let vector = |name, help, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels).expect("the names are well formed")
        };
        Self {
            answered: vector(
                "tender_requests_total",
                "Requests by method and by status; `given_up` if nobody waited for the end.",
                &["method", "outcome"],
            ),
            refused: vector(
                "tender_refusals_total",
                "Replies and items of replies that were refused, by the protocol's error.",
                &["error"],
            ),
            counterfeits: Arc::default(),
        }
    }

    /// The collectors, for a registry.
    pub fn collectors(&self) -> [Box<dyn Collector>; 2] {
        [Box::new(self.answered.clone()), Box::new(self.refused.clone())]
    }

    /// A request begins.
    #[must_use]
    pub fn begin(&self, method: &'static str) -> Counted {
        Counted { requests: self.clone(), method, code: None }
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

    /// Counts the refusals in a reply, and remembers when counterfeits came: what no key of the
    /// issuer ever signed.
    pub fn look_at(&self, reply: &Reply, now: Timestamp) {
        let refuse = |error: Error| {
            self.refused.with_label_values(&[error.name()]).inc();
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

impl Counted {
    /// The request ended with this status.
    pub fn ended(mut self, code: Code) {
        self.code = Some(code);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let outcome = self.code.map_or("given_up", name);
        self.requests.answered.with_label_values(&[self.method, outcome]).inc();
    }
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}
