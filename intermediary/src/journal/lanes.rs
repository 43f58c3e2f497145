//! Lanes: each customer's entries go to the issuer one after another, in the order in which they
//! were begun, and many customers' at the same time.

use super::Settled;
use crate::rows::{CustomerId, EntryNumber};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot::{Receiver, Sender, channel};

/// Who waits for which entry.
type Waiting = BTreeMap<EntryNumber, Vec<Sender<Settled>>>;

/// The lanes in which somebody drives. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Lanes(Arc<Mutex<BTreeMap<CustomerId, Waiting>>>);

/// The right to drive in a lane. It ends when this is dropped; whoever still waits hears nothing.
#[derive(Debug)]
pub struct Driver {
    lanes: Lanes,
    customer: CustomerId,
    has_left: bool,
}

impl Lanes {
    /// Waits for the next attempt at an entry. Whoever gets the right to drive must use it.
    pub fn wait(
        &self,
        customer: CustomerId,
        number: EntryNumber,
    ) -> (Receiver<Settled>, Option<Driver>) {
        let (tell, told) = channel();
        let mut lanes = self.lock();
        let is_free = !lanes.contains_key(&customer);
        lanes.entry(customer).or_default().entry(number).or_default().push(tell);
        (told, is_free.then(|| self.driver(customer)))
    }

    /// The right to drive in a lane, unless somebody does already.
    pub fn enter(&self, customer: CustomerId) -> Option<Driver> {
        let mut lanes = self.lock();
        if lanes.contains_key(&customer) {
            return None;
        }
        lanes.insert(customer, Waiting::new());
        Some(self.driver(customer))
    }

    fn driver(&self, customer: CustomerId) -> Driver {
        Driver { lanes: self.clone(), customer, has_left: false }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CustomerId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver {
    /// Whose lane it is.
    pub fn customer(&self) -> CustomerId {
        self.customer
    }

    /// Tells whoever waits for an entry what became of it.
    pub fn tell(&self, number: EntryNumber, settled: &Settled) {
        let waiting =
            self.lanes.lock().get_mut(&self.customer).and_then(|lane| lane.remove(&number));
        for tell in waiting.into_iter().flatten() {
            // Whoever asked may have gone; the entry goes on.
            let _gone = tell.send(settled.clone());
        }
    }

    /// Leaves the lane, or gives it back with the entries that somebody still waits for.
    pub fn leave(mut self) -> Option<(Self, Vec<EntryNumber>)> {
        let all = self.lanes.clone();
        let mut lanes = all.lock();
        let waited_for: Vec<_> =
            lanes.get(&self.customer).into_iter().flat_map(BTreeMap::keys).copied().collect();
        if waited_for.is_empty() {
            lanes.remove(&self.customer);
            // Somebody else may enter from now on.
            self.has_left = true;
            return None;
        }
        Some((self, waited_for))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.has_left {
            self.lanes.lock().remove(&self.customer);
        }
    }
}
