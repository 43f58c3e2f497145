//! What a command knows of the time: the machine's clocks, and the date that an operator states.

use super::outcome::Failure;
use crate::clock::{Clocks, LedgerClock, Tolerance, check_stated};
use crate::store::Store;
use tender_token::date::{Day, Timestamp};

/// The machine's clocks, and today's date if it was stated.
#[derive(Clone, Copy, Debug)]
pub struct Today {
    clocks: Clocks,
    stated: Option<Day>,
}

impl Today {
    /// What `--today` stated, if it was given.
    pub fn new(clocks: Clocks, stated: Option<Day>) -> Self {
        Self { clocks, stated }
    }

    /// The clock that everything over a store is decided by. Errors: the machine's clock is too far
    /// from the books.
    pub fn clock_of(self, store: &Store, tolerance: Tolerance) -> Result<LedgerClock, Failure> {
        Ok(LedgerClock::start(self.clocks, store.newest_time(), tolerance, self.stated)?)
    }

    /// The time where there are no books yet, or where a server decides by its own. Errors: the
    /// date that was stated is another one.
    pub fn without_books(self) -> Result<Timestamp, Failure> {
        let now = self.clocks.machine_time();
        check_stated(self.stated, now)?;
        Ok(now)
    }
}
