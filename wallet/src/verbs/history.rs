//! History: what happened, in order.

use crate::error::{Error, Result};
use crate::records::Event;
use crate::store::Events;
use crate::wallet::Wallet;

impl Wallet {
    /// Every event, the first first. Errors: the store cannot be read.
    pub fn history(&self) -> Result<Vec<Event>> {
        let events = self.store.all::<Events>().map_err(Error::Store)?;
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }
}
