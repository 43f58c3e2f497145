//! The circuit breaker: while the issuer does not answer, wallets are told so at once, and only the
//! journal's loop asks it whether it is back.

use super::Stuck;
use std::sync::atomic::{AtomicU32, Ordering};

/// Failures in a row after which it opens.
pub const FAILURES_MAX: u32 = 8;

/// Counts how often the issuer was out of reach, in a row.
#[derive(Debug, Default)]
pub struct Breaker(AtomicU32);

impl Breaker {
    /// Whether nothing but a probe is sent now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= FAILURES_MAX
    }

    /// What became of something that was sent. Any answer closes it.
    pub fn saw<T>(&self, sent: &Result<T, Stuck>) {
        let out_of_reach = sent.as_ref().is_err_and(Stuck::is_out_of_reach);
        let next = |failures: u32| Some(if out_of_reach { failures.saturating_add(1) } else { 0 });
        // The update gives a value for every count, so it takes place.
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let before = before.unwrap_or_default();
        if out_of_reach && before.saturating_add(1) == FAILURES_MAX {
            tracing::warn!("the issuer does not answer; it is only asked whether it is back");
        }
        if !out_of_reach && before >= FAILURES_MAX {
            tracing::warn!("the issuer answers again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, FAILURES_MAX, Stuck};
    use crate::upstream::Fault;
    use crate::verbs::Implausible;

    #[test]
    fn it_opens_after_failures_in_a_row_and_any_answer_closes_it() {
        let breaker = Breaker::default();
        let down: Result<(), _> = Err(Stuck::Upstream(Fault::Unreachable));
        for _ in 1..FAILURES_MAX {
            breaker.saw(&down);
        }
        breaker.saw::<()>(&Err(Stuck::Implausible(Implausible)));
        breaker.saw(&down);
        assert!(!breaker.is_open(), "an answer that does not fit is one");
        for _ in 1..FAILURES_MAX {
            breaker.saw(&down);
        }
        assert!(breaker.is_open());
        breaker.saw(&Ok(()));
        assert!(!breaker.is_open());
    }
}
