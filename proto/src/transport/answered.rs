//! What a served wire measures: requests by method and outcome.

use prometheus::core::Collector;
use prometheus::{IntCounterVec, Opts};
use tonic::Code;

/// Counts of requests. Clones count together.
#[derive(Clone, Debug)]
pub struct Answered(IntCounterVec);

/// A request that is being answered. One that is dropped before it ended was given up.
#[derive(Debug)]
pub struct Counted {
    answered: Answered,
    method: &'static str,
    code: Option<Code>,
}

impl Answered {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let help = "Requests by method and by status; `given_up` if nobody waited for the end.";
        let vector =
            IntCounterVec::new(Opts::new("tender_requests_total", help), &["method", "outcome"]);
        Self(vector.expect("the names are well formed"))
    }

    /// The collector, for a registry.
    #[must_use]
    pub fn collector(&self) -> Box<dyn Collector> {
        Box::new(self.0.clone())
    }

    /// A request begins.
    #[must_use]
    pub fn begin(&self, method: &'static str) -> Counted {
        Counted { answered: self.clone(), method, code: None }
    }
}

impl Default for Answered {
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
        self.answered.0.with_label_values(&[self.method, outcome]).inc();
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
