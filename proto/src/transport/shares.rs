//! Shares: how many of something each peer holds, and no more than its share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A count per key, each at most `max`.
#[derive(Debug)]
pub struct Shares<K: Ord> {
    held: Mutex<BTreeMap<K, usize>>,
    max: usize,
}

/// One held; given back when it is dropped.
#[derive(Debug)]
pub struct Share<K: Ord> {
    shares: Arc<Shares<K>>,
    key: K,
}

impl<K: Ord + Clone> Shares<K> {
    /// Nobody holds anything, and nobody may hold more than `max`.
    #[must_use]
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { held: Mutex::default(), max })
    }

    /// Takes one more for this key. `None` if it holds its share already.
    #[must_use]
    pub fn take(self: &Arc<Self>, key: K) -> Option<Share<K>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(key.clone()).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Share { shares: Arc::clone(self), key })
    }
}

impl<K: Ord> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.shares.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            // Keys that hold nothing take no memory: an attacker has many addresses.
            Some(_) | None => {
                held.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    #[test]
    fn a_share_ends_at_its_bound_and_comes_back_when_it_is_dropped() {
        let shares = Shares::new(2);
        let first = shares.take('a').expect("one of two");
        let second = shares.take('a').expect("two of two");
        assert!(shares.take('a').is_none());
        assert!(shares.take('b').is_some(), "another key has its own share");
        drop(first);
        assert!(shares.take('a').is_some());
        drop(second);
        assert!(shares.held.lock().expect("nobody panicked").is_empty());
    }
}
