//! Relays: what goes to the issuer without an entry of the journal shares the one channel with it.
//! It has places of its own there, so that whoever asks without end keeps nobody's money waiting.

use super::Stuck;
use crate::rows::CustomerId;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is relayed at the same time.
pub(super) const RELAYED_MAX: usize = 8;
/// Questions of restoring wallets among them: the issuer signs whole pages again for each.
const RESTORES_MAX: usize = 2;

/// The places that are free.
#[derive(Debug)]
pub(super) struct Relays {
    places: Arc<Semaphore>,
    restores: Arc<Semaphore>,
    restoring: Arc<Mutex<BTreeSet<CustomerId>>>,
}

/// A place on the way to the issuer. Whoever has it may ask once; it is free again when dropped.
#[derive(Debug)]
pub struct Place {
    _place: OwnedSemaphorePermit,
    _restore: Option<(OwnedSemaphorePermit, Restoring)>,
}

/// A customer who restores. It ends when this is dropped.
#[derive(Debug)]
struct Restoring(CustomerId, Arc<Mutex<BTreeSet<CustomerId>>>);

impl Drop for Restoring {
    fn drop(&mut self) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

impl Relays {
    pub(super) fn new() -> Self {
        let [places, restores] =
            [RELAYED_MAX, RESTORES_MAX].map(|places| Arc::new(Semaphore::new(places)));
        Self { places, restores, restoring: Arc::default() }
    }

    /// Waits for a place. Errors: [`Stuck::Busy`], if none is free in time.
    pub(super) async fn place(&self, patience: Duration) -> Result<Place, Stuck> {
        Ok(Place { _place: free(&self.places, patience).await?, _restore: None })
    }

    /// Waits for a place for a restoring wallet of a customer, who gets one at a time.
    /// Errors: [`Stuck::Busy`], if none is free in time, or the customer has one.
    pub(super) async fn restore(
        &self,
        customer: CustomerId,
        patience: Duration,
    ) -> Result<Place, Stuck> {
        let is_first =
            self.restoring.lock().unwrap_or_else(PoisonError::into_inner).insert(customer);
        if !is_first {
            return Err(Stuck::Busy);
        }
        let restoring = Restoring(customer, Arc::clone(&self.restoring));
        let restore = free(&self.restores, patience).await?;
        let place = free(&self.places, patience).await?;
        Ok(Place { _place: place, _restore: Some((restore, restoring)) })
    }
}

async fn free(places: &Arc<Semaphore>, patience: Duration) -> Result<OwnedSemaphorePermit, Stuck> {
    let place = tokio::time::timeout(patience, Arc::clone(places).acquire_owned()).await;
    Ok(place.map_err(|_| Stuck::Busy)?.expect("it is never closed"))
}
