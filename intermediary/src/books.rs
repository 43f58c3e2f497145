//! The books: one writer decides what many ask, batch by batch, and each batch is one durable
//! commit.
//!
//! A commit takes a few milliseconds, so what is asked meanwhile is decided together and made
//! durable together. Nobody hears of a decision before it is durable.

use crate::store::{Fault, Store};
use crate::view::View;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tender_store::View as _;
use tender_store::plain::Sole;

/// Decisions that wait at most; whoever asks for one more waits to be let in.
const WAITING_MAX: usize = 1024;
/// Decisions in one commit at most.
const BATCH_MAX: usize = 256;

/// The books gave no answer. Whether a decision took place shows when they are opened again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failed {
    /// The store failed: no more decisions are made.
    #[error(transparent)]
    Store(Arc<Fault>),
    /// They were closed, or had failed before.
    #[error("the books are closed")]
    Closed,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Store(Arc::new(fault))
    }
}

/// Open books with their writer.
#[derive(Debug)]
pub struct Books {
    store: Arc<Store>,
    waiting: Mutex<Option<SyncSender<Box<dyn Decision>>>>,
    writer: Option<JoinHandle<()>>,
}

impl Books {
    /// Opens them for decisions.
    #[must_use]
    pub fn open(store: Store) -> Self {
        let store = Arc::new(store);
        let (waiting, asked) = sync_channel(WAITING_MAX);
        let written = Arc::clone(&store);
        let writer = std::thread::spawn(move || write(&written, &asked));
        Self { store, waiting: Mutex::new(Some(waiting)), writer: Some(writer) }
    }

    /// What is stored, to be read.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Loads what a verb asks for until it asks for nothing more, and lets it read.
    /// Errors: [`Failed`].
    pub fn read<T>(
        &self,
        touches: impl Fn(&mut View),
        verb: impl FnOnce(&View) -> T,
    ) -> Result<T, Failed> {
        let mut view = View::default();
        load(&self.store, &mut view, &touches)?;
        Ok(verb(&view))
    }

    /// Loads what a verb asks for until it asks for nothing more, lets it decide, and returns when
    /// its writes are durable. A verb that refuses has written nothing: others share its view.
    /// Errors: [`Failed`].
    pub fn decide<T: Send + 'static>(
        &self,
        touches: impl Fn(&mut View) + Send + 'static,
        verb: impl FnOnce(&mut View) -> T + Send + 'static,
    ) -> Result<T, Failed> {
        let (tell, told) = sync_channel(1);
        let asked = Asked { touches, state: State::Undecided(verb), tell };
        let waiting = self.waiting().clone().ok_or(Failed::Closed)?;
        waiting.send(Box::new(asked)).map_err(|_| Failed::Closed)?;
        told.recv().unwrap_or(Err(Failed::Closed))
    }

    fn waiting(&self) -> MutexGuard<'_, Option<SyncSender<Box<dyn Decision>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Books {
    fn drop(&mut self) {
        drop(self.waiting().take());
        if let Some(writer) = self.writer.take() {
            let _panicked = writer.join();
        }
    }
}

/// Something to be decided, by whatever verb.
trait Decision: Send {
    /// Asks for the rows that it needs, as far as it knows yet.
    fn touches(&self, view: &mut View);

    /// Decides.
    fn decide(&mut self, view: &mut View);

    /// Tells whoever waits what was decided, or that it failed.
    fn tell(self: Box<Self>, committed: Result<(), Failed>);
}

struct Asked<T, A, V> {
    touches: A,
    state: State<T, V>,
    tell: SyncSender<Result<T, Failed>>,
}

enum State<T, V> {
    Undecided(V),
    Deciding,
    Decided(T),
}

impl<T: Send, A: Fn(&mut View) + Send, V: FnOnce(&mut View) -> T + Send> Decision
    for Asked<T, A, V>
{
    fn touches(&self, view: &mut View) {
        (self.touches)(view);
    }

    fn decide(&mut self, view: &mut View) {
        if let State::Undecided(verb) = core::mem::replace(&mut self.state, State::Deciding) {
            self.state = State::Decided(verb(view));
        }
    }

    fn tell(self: Box<Self>, committed: Result<(), Failed>) {
        let told = match (committed, self.state) {
            (Ok(()), State::Decided(decided)) => Ok(decided),
            (Ok(()), State::Undecided(_) | State::Deciding) => Err(Failed::Closed),
            (Err(failed), _) => Err(failed),
        };
        // Whoever asked may have gone; the decision stands.
        let _gone = self.tell.send(told);
    }
}

/// Decides and commits until nobody can ask any more, or the store fails.
fn write(store: &Store, asked: &Receiver<Box<dyn Decision>>) {
    while let Ok(first) = asked.recv() {
        let mut batch = vec![first];
        batch.extend(asked.try_iter().take(BATCH_MAX.saturating_sub(1)));
        let committed = commit(store, &mut batch);
        let failed = committed.is_err();
        for decision in batch {
            decision.tell(committed.clone());
        }
        if failed {
            return;
        }
    }
}

/// Decides a batch in its order, each over what was decided before, and makes it durable.
fn commit(store: &Store, batch: &mut [Box<dyn Decision>]) -> Result<(), Failed> {
    let mut view = View::default();
    for decision in batch.iter_mut() {
        load(store, &mut view, &|view| decision.touches(view))?;
        decision.decide(&mut view);
    }
    Ok(store.commit(view)?)
}

/// Loads what is asked for, and what is asked for then, until nothing is.
fn load(store: &Store, view: &mut View, touches: &dyn Fn(&mut View)) -> Result<(), Failed> {
    view.books.want(Sole);
    touches(view);
    while view.is_asking() {
        store.load(view)?;
        touches(view);
    }
    Ok(())
}
