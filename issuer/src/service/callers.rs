//! The known callers: whose certificate each is, and how much each may ask for in a time.
//!
//! A caller is looked up at every request, not once per connection: who is revoked, or was given
//! another certificate, is refused from the next request on, over an open connection too.

use super::roles::Role;
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tender_token::date::Timestamp;
use tender_token::identity::RegistrarId;

/// How much one caller may ask for. A request costs a unit, and one more per whole KiB of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The time in which one unit comes back. It is not zero.
    pub unit_time: Duration,
    /// Units that are there after a pause.
    pub burst_units: NonZeroU32,
}

impl Rate {
    /// More than two cores can answer, and less than would fill the queue for long.
    pub const DEFAULT: Self = Self {
        unit_time: Duration::from_micros(100),
        burst_units: NonZeroU32::new(20_000).expect("it is not zero"),
    };
}

type Unchanged = NoOpMiddleware<<MonotonicClock as Clock>::Instant>;
type Bucket = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, Unchanged>;

/// What is left of a caller's rate.
#[derive(Clone, Debug)]
pub struct Allowance {
    bucket: Arc<Bucket>,
    seen: Arc<AtomicU64>,
}

/// Nobody has called or been looked for yet.
const NEVER: u64 = 0;

impl Allowance {
    fn new(rate: Rate) -> Self {
        let quota = Quota::with_period(rate.unit_time).expect("a unit takes its time");
        let quota = quota.allow_burst(rate.burst_units);
        let bucket = Arc::new(RateLimiter::direct_with_clock(quota, MonotonicClock));
        Self { bucket, seen: Arc::new(AtomicU64::new(NEVER)) }
    }

    /// The caller has called at this time.
    pub fn see(&self, now: Timestamp) {
        self.seen.store(now.0, Ordering::Relaxed);
    }

    /// Seconds since the caller called, or since somebody first asked for this.
    fn silent_s(&self, now: Timestamp) -> u64 {
        let unseen = self.seen.compare_exchange(NEVER, now.0, Ordering::Relaxed, Ordering::Relaxed);
        unseen.map_or_else(|seen| now.0.saturating_sub(seen), |_| 0)
    }

    /// Spends some units. Errors: after how long it may be tried again, if there are too few now.
    pub fn spend(&self, units: NonZeroU32) -> Result<(), Duration> {
        match self.bucket.check_n(units) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(early)) => Err(early.wait_time_from(MonotonicClock.now())),
            // More than can ever be there at once, which only a tiny burst makes possible.
            Err(_) => Err(Duration::MAX),
        }
    }
}

#[derive(Debug)]
struct Known {
    roles: BTreeMap<[u8; 32], Role>,
    /// The certificates that ended, of which their holders are told so.
    ended: BTreeSet<[u8; 32]>,
    allowances: BTreeMap<Role, Allowance>,
}

impl Known {
    /// Every role has an allowance, and nobody else.
    fn settle(&mut self, rate: Rate) {
        let named: BTreeSet<_> = self.roles.values().copied().collect();
        self.allowances.retain(|role, _| named.contains(role));
        for role in named {
            self.allowances.entry(role).or_insert_with(|| Allowance::new(rate));
        }
    }
}

/// The role behind each certificate's fingerprint. Clones are the same list.
#[derive(Clone, Debug)]
pub struct Callers {
    rate: Rate,
    known: Arc<RwLock<Known>>,
}

impl Callers {
    /// The callers by their certificates' fingerprints.
    #[must_use]
    pub fn new(roles: impl IntoIterator<Item = ([u8; 32], Role)>, rate: Rate) -> Self {
        let known =
            Known { roles: BTreeMap::new(), ended: BTreeSet::new(), allowances: BTreeMap::new() };
        let callers = Self { rate, known: Arc::new(RwLock::new(known)) };
        callers.replace(roles);
        callers
    }

    /// Replaces the whole list, from the next request on. What a caller has spent stays spent,
    /// whatever certificate it has now.
    pub fn replace(&self, roles: impl IntoIterator<Item = ([u8; 32], Role)>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.roles = roles.into_iter().collect();
        known.settle(self.rate);
    }

    /// Follows one change of an intermediary, from the next request on: the certificate that it had
    /// is forgotten, and the one that it has stands for its role. Certificates of others than
    /// intermediaries keep their roles.
    pub fn follow(&self, had: Option<[u8; 32]>, has: [u8; 32], role: Role) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let is_other =
            |role: &Role| matches!(role, Role::Operator | Role::Auditor | Role::Supervisor);
        known.roles.retain(|fingerprint, role| is_other(role) || Some(*fingerprint) != had);
        if !known.roles.get(&has).is_some_and(is_other) {
            known.roles.insert(has, role);
        }
        known.settle(self.rate);
    }

    /// Lets a certificate stand for a role, or for nobody since it ended, from the next request on.
    pub fn set(&self, fingerprint: [u8; 32], role: Option<Role>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(role) = role {
            known.roles.insert(fingerprint, role);
        } else {
            known.roles.remove(&fingerprint);
            known.ended.insert(fingerprint);
        }
        known.settle(self.rate);
    }

    /// Who has a certificate, and what is left of its rate.
    #[must_use]
    pub fn identify(&self, fingerprint: &[u8; 32]) -> Option<(Role, Allowance)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let role = *known.roles.get(fingerprint)?;
        Some((role, known.allowances.get(&role)?.clone()))
    }

    /// Whether a certificate was good for something and its holder was dismissed.
    #[must_use]
    pub fn has_ended(&self, fingerprint: &[u8; 32]) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.ended.contains(fingerprint)
    }

    /// How long each admitted intermediary has not called, in seconds.
    #[must_use]
    pub fn silences(&self, now: Timestamp) -> BTreeMap<RegistrarId, u64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let silence = |(role, allowance): (&Role, &Allowance)| match role {
            Role::Intermediary(id) => Some((*id, allowance.silent_s(now))),
            Role::Suspended(_) | Role::Operator | Role::Auditor | Role::Supervisor => None,
        };
        known.allowances.iter().filter_map(silence).collect()
    }
}
