//! The watch: what is looked after every second while the issuer serves: how far the anchor lies
//! behind the store, and how much room its disk has left.

use crate::anchor;
use crate::home::Home;
use crate::store::{Measured, Store};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long the anchor may lie behind what a server answers, and a disk be fuller than is known.
const EVERY: Duration = Duration::from_secs(1);

/// A thread that looks after a store until this is dropped.
#[derive(Debug)]
pub struct Watch {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Looks once, then starts the thread. Below `free_percent_min` of the disk nothing new is
    /// decided; 0 never stops anything. Errors: if the disk cannot be measured, or the system gives
    /// no thread.
    pub fn start(home: Home, store: Arc<Store>, free_percent_min: u8) -> std::io::Result<Self> {
        measure(&home, &store, free_percent_min)?;
        let (stop, stopped) = sync_channel::<()>(0);
        let work = move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                look(&home, &store, free_percent_min);
            }
        };
        let thread = Builder::new().name("watch".to_owned()).spawn(work)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

fn look(home: &Home, store: &Store, free_percent_min: u8) {
    anchor::follow(home, store);
    if let Err(error) = measure(home, store, free_percent_min) {
        tracing::error!(%error, "the disk could not be measured; trying again");
    }
}

/// Measures the room, and tells when it begins or ceases to be short.
fn measure(home: &Home, store: &Store, free_percent_min: u8) -> std::io::Result<()> {
    let measured = Measured::read(home.folder())?;
    let Measured { free_bytes, disk_bytes, .. } = measured;
    if store.room().found(measured, free_percent_min) {
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
