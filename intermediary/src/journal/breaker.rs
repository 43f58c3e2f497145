//! The circuit breaker: while the issuer does not answer, or refuses us for having asked too much,
//! wallets are told so at once, and only the journal's loop asks it whether it is back.

use super::{Stuck, UNREACHABLE};
use crate::upstream::Fault;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Failures in a row after which it opens.
pub const FAILURES_MAX: u32 = 8;

/// Counts how often the issuer was out of reach, in a row, and knows whether it refuses us.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: AtomicU32,
    /// How long the issuer refuses us, in milliseconds; 0 if it does not. A refusal is an answer,
    /// and no outage.
    refused_for_ms: AtomicU64,
}

impl Breaker {
    /// Whether the issuer does not answer, so that nothing but a probe is sent now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= FAILURES_MAX
    }

    /// How long the issuer refuses us: so long nothing is sent.
    #[must_use]
    pub fn refused_for(&self) -> Option<Duration> {
        let wait_ms = self.refused_for_ms.load(Ordering::Relaxed);
        (wait_ms > 0).then(|| Duration::from_millis(wait_ms))
    }

    /// Errors: [`Stuck`], if nothing but a probe may be sent now.
    pub fn pass(&self) -> Result<(), Stuck> {
        if self.is_open() {
            return Err(UNREACHABLE);
        }
        self.refused_for().map_or(Ok(()), |wait| Err(Fault::TooMuch(wait).into()))
    }

    /// What became of something that was sent. Any answer closes it.
    pub fn saw<T>(&self, sent: &Result<T, Stuck>) {
        let stuck = sent.as_ref().err();
        self.count(stuck.filter(|stuck| stuck.is_out_of_reach()));
        let wait = stuck.and_then(Stuck::refused_for);
        // Nobody is refused for no time at all.
        let wait_ms =
            wait.map_or(0, |wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1));
        let before_ms = self.refused_for_ms.swap(wait_ms, Ordering::Relaxed);
        match (wait, before_ms) {
            (Some(wait), 0) => tracing::warn!(
                ?wait,
                "the issuer refuses us, as we ask for more than it takes of us in a time; \
                 everything waits so long and is sent again. If this goes on, ask the issuer for \
                 a higher rate"
            ),
            (None, 1..) => tracing::warn!("the issuer takes what we ask again"),
            (Some(_), 1..) | (None, 0) => {}
        }
    }

    fn count(&self, out_of_reach: Option<&Stuck>) {
        let next = |failures: u32| Some(out_of_reach.map_or(0, |_| failures.saturating_add(1)));
        // The update gives a value for every count, so it takes place.
        let before = self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let before = before.unwrap_or_default();
        match out_of_reach {
            Some(stuck) if before.saturating_add(1) == FAILURES_MAX => {
                tracing::warn!(
                    %stuck,
                    "the issuer does not answer; it is only asked whether it is back"
                );
            }
            None if before >= FAILURES_MAX => tracing::warn!("the issuer answers again"),
            Some(_) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, FAILURES_MAX, Stuck};
    use crate::upstream::Fault;
    use crate::verbs::Implausible;
    use std::time::Duration;

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

    #[test]
    fn a_refusal_for_asking_too_much_is_waited_for_and_is_no_outage() {
        let breaker = Breaker::default();
        let wait = Duration::from_secs(5);
        for _ in 0..FAILURES_MAX {
            breaker.saw::<()>(&Err(Stuck::Upstream(Fault::TooMuch(wait))));
        }
        assert!(!breaker.is_open());
        assert_eq!(breaker.pass().unwrap_err().refused_for(), Some(wait));
        breaker.saw(&Ok(()));
        assert!(breaker.pass().is_ok());
        breaker.saw::<()>(&Err(Stuck::Upstream(Fault::TooMuch(Duration::ZERO))));
        assert!(breaker.pass().is_err(), "until something is answered");
    }
}
