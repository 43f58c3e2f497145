//! What passes a server's door, counted since it opened.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counts. Nothing is decided by them.
#[derive(Debug, Default)]
pub struct Traffic {
    pub(super) opened: Count,
    pub(super) closed: Count,
    pub(super) turned_away: Count,
    pub(super) handshakes_failed: Count,
    pub(super) accepts_failed: Count,
}

/// One count.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Traffic {
    /// Connections that are open now, handshakes under way included.
    #[must_use]
    pub fn open(&self) -> u64 {
        let closed = self.closed.get();
        self.opened.get().saturating_sub(closed)
    }

    /// Connections that were closed at once because a bound was reached.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away.get()
    }

    /// Handshakes that failed, or took too long.
    #[must_use]
    pub fn handshakes_failed(&self) -> u64 {
        self.handshakes_failed.get()
    }

    /// Times that the system could give no connection, for want of descriptors or memory.
    #[must_use]
    pub fn accepts_failed(&self) -> u64 {
        self.accepts_failed.get()
    }
}
