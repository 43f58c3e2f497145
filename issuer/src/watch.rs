//! The watch: what is looked after every second while the issuer serves: how far the anchor lies
//! behind the store, how much room its disk has left, and where the machine's clock goes.

use crate::anchor::{self, Freshness};
use crate::clock::LedgerClock;
use crate::home::Home;
use crate::store::{Measured, Store};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long the anchor may lie behind what a server answers, and a disk be fuller than is known.
const EVERY: Duration = Duration::from_secs(1);

/// What the watch looks after.
#[derive(Debug)]
pub struct Watched {
    /// Where the anchor and the disk are.
    pub home: Home,
    /// What the anchor follows.
    pub store: Arc<Store>,
    /// When it last did.
    pub anchored: Arc<Freshness>,
    /// What ledger time comes from.
    pub clock: Arc<LedgerClock>,
    /// Below this share of the disk nothing new is decided; 0 never stops anything.
    pub free_percent_min: u8,
}

/// A thread that looks after a store until this is dropped.
#[derive(Debug)]
pub struct Watch {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Looks once, then starts the thread. Errors: if the disk cannot be measured, or the system
    /// gives no thread.
    pub fn start(watched: Watched) -> std::io::Result<Self> {
        measure(&watched)?;
        let (stop, stopped) = sync_channel::<()>(0);
        let work = move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                look(&watched);
            }
        };
        let thread = Builder::new().name("watch".to_owned()).spawn(work)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

fn look(watched: &Watched) {
    // It says itself what it finds.
    let _told = watched.clock.look();
    if anchor::follow(&watched.home, &watched.store) {
        watched.anchored.renew();
    }
    if let Err(error) = measure(watched) {
        tracing::error!(%error, "the disk could not be measured; trying again");
    }
}

/// Measures the room, and tells when it begins or ceases to be short.
fn measure(watched: &Watched) -> std::io::Result<()> {
    let Watched { home, store, free_percent_min, .. } = watched;
    let measured = Measured::read(home.folder())?;
    let Measured { free_bytes, disk_bytes, .. } = measured;
    if store.room().found(measured, *free_percent_min) {
        if store.room().is_short() {
            tracing::error!(free_bytes, disk_bytes, "the disk is nearly full; nothing is decided");
        } else {
            tracing::warn!(free_bytes, disk_bytes, "the disk has room again");
        }
    }
    Ok(())
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A thread that panicked has said why.
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}
