//! The clerk: with what orders are carried out, whether a server runs beside or not.

use super::{Answer, Order};
use crate::books::Books;
use crate::home::{Home, Unusable};
use crate::office::{Office, adopt};
use crate::persons::Keys;
use crate::rows::UnixUser;
use crate::tier::Tiers;
use rand_core::CryptoRng;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tender_token::date::Timestamp;

/// Books, keys and home, time and randomness.
pub struct Clerk {
    home: Home,
    office: Office,
    clock: fn() -> Timestamp,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
    /// Held from reading the tiers to their being in force: of two versions of the file, the older
    /// one must not come last.
    adopting: Mutex<()>,
}

impl Clerk {
    /// A clerk over open books, which a server may share.
    #[must_use]
    pub fn new(
        home: Home,
        books: Arc<Books>,
        clock: fn() -> Timestamp,
        rng: impl CryptoRng + Send + 'static,
    ) -> Self {
        let office = Office::new(books, Keys::of(home.folder()));
        let (rng, adopting) = (Mutex::new(Box::new(rng) as Box<_>), Mutex::new(()));
        Self { home, office, clock, rng, adopting }
    }

    /// Carries an order out for a Unix user. Whatever went wrong is in the answer.
    #[must_use]
    pub fn carry_out(&self, order: &Order, user: UnixUser) -> Answer {
        order.carry_out(self, user).unwrap_or_else(|undone| undone)
    }

    /// The office.
    #[must_use]
    pub fn office(&self) -> &Office {
        &self.office
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(super) fn rng(&self) -> MutexGuard<'_, Box<dyn CryptoRng + Send>> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tiers of the home's file, whether they are in force or not. Errors: [`Unusable`].
    pub(super) fn written_tiers(&self, decimals: u8) -> Result<Tiers, Unusable> {
        self.home.tiers(decimals)
    }

    /// Puts the tiers of the home's file in force and gives them: what the file says holds from
    /// here on, also for whoever is being served. Errors: the answer that says why not.
    pub(super) fn tiers(&self, decimals: u8) -> Result<Tiers, Answer> {
        let _alone = self.adopting.lock().unwrap_or_else(PoisonError::into_inner);
        let tiers = self.written_tiers(decimals)?;
        adopt(self.office.books(), &tiers, self.now())?;
        Ok(tiers)
    }
}
