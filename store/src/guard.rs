//! Guard: the database panics at some damage instead of saying so, and again when it is closed.

use crate::Fault;
use redb::Database;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does something with the database. Errors: also [`Fault::Halted`], where it panics.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Fault::Halted))
}

/// The database, which is closed whatever it says about it.
#[derive(Debug)]
pub struct Guarded(Option<Database>);

impl Guarded {
    /// This database.
    pub fn new(database: Database) -> Self {
        Self(Some(database))
    }

    /// Gives the database up without closing it, which would write into its file.
    pub fn abandon(&mut self) {
        core::mem::forget(self.0.take());
    }
}

impl Deref for Guarded {
    type Target = Database;

    fn deref(&self) -> &Database {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl DerefMut for Guarded {
    fn deref_mut(&mut self) -> &mut Database {
        self.0.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let database = self.0.take();
        // After it halted there is nothing left that closing could save.
        let _halted = guarded(|| {
            drop(database);
            Ok(())
        });
    }
}
