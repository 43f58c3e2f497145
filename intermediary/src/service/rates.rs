//! Rates: how much each address may ask for in a time, and each device from its address.

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tender_token::signature::PublicKey;

/// How much one caller may ask for. A request costs its address a unit, and one more per whole KiB
/// of it or of a list that it is answered with; its device one more per whole 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Units that come back per second.
    pub units_per_second: NonZeroU32,
    /// Units that are there after a pause.
    pub burst_units: NonZeroU32,
}

type Unchanged = NoOpMiddleware<<MonotonicClock as Clock>::Instant>;
type Buckets<K> = RateLimiter<K, HashMapStateStore<K>, MonotonicClock, Unchanged>;

/// Callers that are remembered before those are forgotten who have asked for nothing lately.
const REMEMBERED_MAX: usize = 1 << 16;

/// What is left of every caller's rate. Clones are the same.
#[derive(Clone, Debug)]
pub struct Rates {
    addresses: Arc<Buckets<IpAddr>>,
    devices: Arc<Buckets<(IpAddr, PublicKey)>>,
}

impl Rates {
    /// An address may be that of many wallets behind one router.
    pub const ADDRESS: Rate = Rate {
        units_per_second: NonZeroU32::new(2_000).expect("it is not zero"),
        burst_units: NonZeroU32::new(10_000).expect("it is not zero"),
    };
    /// A device is one person's, or one till's.
    pub const DEVICE: Rate = Rate {
        units_per_second: NonZeroU32::new(100).expect("it is not zero"),
        burst_units: NonZeroU32::new(2_000).expect("it is not zero"),
    };

    /// Nobody has asked for anything yet.
    #[must_use]
    pub fn new(address: Rate, device: Rate) -> Self {
        Self { addresses: Arc::new(buckets(address)), devices: Arc::new(buckets(device)) }
    }

    /// An address asks for so many units. Errors: after how long it may be tried again.
    pub fn spend(&self, address: IpAddr, units: NonZeroU32) -> Result<(), Duration> {
        spend(&self.addresses, &address, units)
    }

    /// A device asks for so many units. Only from its own address: whoever else claims to be it
    /// takes nothing from it. Errors: after how long it may be tried again.
    pub fn spend_of_device(
        &self,
        address: IpAddr,
        device: PublicKey,
        units: NonZeroU32,
    ) -> Result<(), Duration> {
        spend(&self.devices, &(address, device), units)
    }
}

fn buckets<K: Hash + Eq + Clone>(rate: Rate) -> Buckets<K> {
    let quota = Quota::per_second(rate.units_per_second).allow_burst(rate.burst_units);
    RateLimiter::hashmap_with_clock(quota, MonotonicClock)
}

fn spend<K: Hash + Eq + Clone>(
    buckets: &Buckets<K>,
    key: &K,
    units: NonZeroU32,
) -> Result<(), Duration> {
    if buckets.len() > REMEMBERED_MAX {
        buckets.retain_recent();
    }
    match buckets.check_key_n(key, units) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(early)) => Err(early.wait_time_from(MonotonicClock.now())),
        // More than can ever be there at once.
        Err(_) => Err(Duration::MAX),
    }
}
