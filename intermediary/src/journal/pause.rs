//! Pauses: how long the loop waits before it asks again.

use rand_core::CryptoRng;
use std::time::Duration;

/// Pause between two rounds while the issuer answers.
const PERIOD: Duration = Duration::from_secs(2);
/// First pause after the issuer did not answer; it doubles up to [`PAUSE_MAX`].
pub const PAUSE_MIN: Duration = Duration::from_millis(200);
/// Longest pause between two rounds.
pub const PAUSE_MAX: Duration = Duration::from_secs(8);

/// The next pause. It doubles while the issuer does not answer, up to a cap.
#[derive(Debug)]
pub struct Pause<R> {
    next: Duration,
    rng: R,
}

impl<R: CryptoRng> Pause<R> {
    /// Nothing has failed yet.
    pub fn new(rng: R) -> Self {
        Self { next: PAUSE_MIN, rng }
    }

    /// The pause after a round that the issuer answered.
    pub fn answered(&mut self) -> Duration {
        self.next = PAUSE_MIN;
        jittered(PERIOD, &mut self.rng)
    }

    /// The pause after a round that it did not.
    pub fn unanswered(&mut self) -> Duration {
        let pause = jittered(self.next, &mut self.rng);
        self.next = self.next.saturating_mul(2).min(PAUSE_MAX);
        pause
    }
}

/// Between half of a pause and all of it, so that many intermediaries do not ask in step.
fn jittered(pause: Duration, rng: &mut impl CryptoRng) -> Duration {
    let sixteenths = rng.next_u32() & 0b111;
    let half = pause.checked_div(2).unwrap_or_default();
    let sixteenth = pause.checked_div(16).unwrap_or_default();
    half.saturating_add(sixteenth.saturating_mul(sixteenths))
}

#[cfg(test)]
mod tests {
    use super::{PAUSE_MAX, PAUSE_MIN, PERIOD, Pause};
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    #[test]
    fn d13_pauses_double_up_to_a_cap_never_in_step_and_begin_anew_after_an_answer() {
        let mut pause = Pause::new(UnwrapErr(SysRng));
        let mut longest = PAUSE_MIN;
        for _ in 0..20 {
            let next = pause.unanswered();
            assert!(next >= longest / 2 && next <= longest, "{next:?} of {longest:?}");
            longest = (longest * 2).min(PAUSE_MAX);
        }
        assert!(pause.answered() <= PERIOD);
        assert!(pause.unanswered() <= PAUSE_MIN);
        let mut many: Vec<_> =
            (0..100).map(|_| Pause::new(UnwrapErr(SysRng)).unanswered()).collect();
        many.sort_unstable();
        many.dedup();
        assert!(many.len() > 3, "intermediaries that lost the issuer together ask apart");
    }
}
