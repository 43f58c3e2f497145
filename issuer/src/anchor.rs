//! The anchor: how far the store had come, kept in a file beside it.
//!
//! A store that was put back from an old copy is sound in itself, and yet has forgotten which
//! tokens were cashed since: it would pay them again. The anchor holds size and root of the log,
//! and the number of commits, as they were a moment ago: it is raised when a store is opened, after
//! every commit of a command that has the store itself, when a server ends, every second before
//! ([`crate::watch`]), and before anybody outside is told of the log. No command carries anything
//! out over a store that does not know all of that, nor shows what it says.

use crate::clock::Clocks;
use crate::home::{Anchored, Home};
use crate::rows::{LogNodes, Table, Total};
use crate::store::{Fault, Store};
use crate::view::View;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tender_token::log::tree::{Tree, frontier};
use tender_token::log::{LogHash, TreeHead};
use tender_token::rollback::Reached;

/// Why a store is not used.
#[derive(Debug, thiserror::Error)]
pub enum Astray {
    /// The store could not be read, or the anchor not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The anchor's file holds no anchor.
    #[error("the file `anchor` of the home is damaged; restore it together with the store")]
    Damaged,
    /// Nothing tells how far the store had come.
    #[error(
        "the file `anchor` of the home is missing, so nothing tells how far the store had come; \
         put it back; if it is lost, officers decide whether to go on from here: see rollback new"
    )]
    Unremembered,
    /// The store has forgotten what it knew before.
    #[error(
        "the store is older than what it was: its log has {found} leaves, and had {known}; tokens \
         that were cashed since would be paid again; move it away, keep it, and restore a newer \
         copy; if there is none, officers decide what to do: see rollback new"
    )]
    Behind {
        /// Leaves in the store.
        found: u64,
        /// Leaves that the anchor names.
        known: u64,
    },
    /// The store has forgotten commits that the log does not tell of.
    #[error(
        "the store is older than what it was: it has seen {found} commits, and had seen {known}; \
         move it away, keep it, and restore a newer copy; if there is none, officers decide what \
         to do: see rollback new"
    )]
    Older {
        /// Commits that the store counts.
        found: u64,
        /// Commits that the anchor names.
        known: u64,
    },
    /// The store tells another story.
    #[error(
        "the store's log is not the one that it was after {known} leaves; keep the store as it is \
         and restore the right copy"
    )]
    Forked {
        /// Leaves that the anchor names.
        known: u64,
    },
}

/// Checks a store against everything its home remembers. The anchor itself is there from the
/// founding on, and what was told outside does not stand for it, being older: whoever takes the
/// anchor away gets no older store accepted. Errors: [`Astray`].
pub fn check(home: &Home, store: &Store) -> Result<(), Astray> {
    compare(home, store)?;
    read(home, Anchored::Served)?.map(|_| ()).ok_or(Astray::Unremembered)
}

/// Checks a store that is in use against what its home remembers. Errors: [`Astray`].
pub fn compare(home: &Home, store: &Store) -> Result<(), Astray> {
    for what in Anchored::ALL {
        if let Some(known) = read(home, what)? {
            check_one(store, known)?;
        }
    }
    Ok(())
}

fn check_one(store: &Store, known: Reached) -> Result<(), Astray> {
    let (found, known, commits) = (size(store)?, known.head, known.commits);
    if found < known.size {
        return Err(Astray::Behind { found, known: known.size });
    }
    if head_of(store, known.size)? != known {
        return Err(Astray::Forked { known: known.size });
    }
    let found = store.commits()?;
    if found < commits {
        return Err(Astray::Older { found, known: commits });
    }
    Ok(())
}

/// The furthest that is known where a copy has come so far: what the home remembers, or the copy
/// itself, if that is further than what was last told outside and nothing else is remembered.
/// Errors: [`Astray::Damaged`], or a file's.
pub fn furthest(home: &Home, kept: Reached) -> Result<Reached, Astray> {
    let mut furthest = kept;
    for what in Anchored::ALL {
        let far = |reached: &Reached| (reached.head.size, reached.commits);
        let known = read(home, what)?.filter(|known| far(known) >= far(&furthest));
        furthest = known.unwrap_or(furthest);
    }
    Ok(furthest)
}

/// Moves every anchor to where the store is after a rollback that officers approved: the only time
/// that an anchor goes back. Errors: [`Astray::Fault`].
pub fn lower(home: &Home, reached: Reached) -> Result<(), Astray> {
    for what in Anchored::ALL {
        home.write_anchor(what, &text(reached)).map_err(Fault::File)?;
    }
    Ok(())
}

/// Moves an anchor to where the store is, which was checked. An anchor never goes back. Errors:
/// [`Astray::Fault`], [`Astray::Damaged`].
pub fn raise(home: &Home, what: Anchored, store: &Store) -> Result<(), Astray> {
    let before = read(home, what)?;
    let commits = store.commits()?;
    if before.is_some_and(|known| known.commits >= commits) {
        return Ok(());
    }
    Ok(home.write_anchor(what, &text(reached(store)?)).map_err(Fault::File)?)
}

/// Moves the anchor to where a store is in use, and says whether it holds all of it. What was
/// committed stays so whatever becomes of the anchor, and must not be asked for twice: that it
/// could not be moved is logged, and whoever looks after the store or opens it next moves it.
pub fn follow(home: &Home, store: &Store) -> bool {
    let raised = raise(home, Anchored::Served, store);
    if let Err(astray) = &raised {
        tracing::error!(%astray, "the anchor could not be raised; it is tried again");
    }
    raised.is_ok()
}

/// When the anchor last held all that the store had, by a clock that nobody sets.
#[derive(Debug)]
pub struct Freshness {
    clocks: Clocks,
    held_ms: AtomicU64,
}

impl Freshness {
    /// The anchor holds everything now, as it does when a store has been opened.
    #[must_use]
    pub fn new(clocks: Clocks) -> Self {
        let fresh = Self { clocks, held_ms: AtomicU64::new(0) };
        fresh.renew();
        fresh
    }

    /// The anchor holds everything now.
    pub fn renew(&self) {
        self.held_ms.store(self.running_ms(), Ordering::Relaxed);
    }

    /// For how long the anchor may have been behind the store.
    #[must_use]
    pub fn age(&self) -> Duration {
        let held_ms = self.held_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.running_ms().saturating_sub(held_ms))
    }

    fn running_ms(&self) -> u64 {
        u64::try_from(self.clocks.running().as_millis()).unwrap_or(u64::MAX)
    }
}

/// How far the store has come. Errors: [`Fault`].
pub fn reached(store: &Store) -> Result<Reached, Fault> {
    // The number first: what is committed in between is then behind the log that is read.
    let commits = store.commits()?;
    Ok(Reached { head: head(store)?, commits })
}

fn text(reached: Reached) -> String {
    let Reached { head: TreeHead { size, root }, commits } = reached;
    format!("{size}\n{}\n{commits}\n", hex::encode(root.0))
}

fn read(home: &Home, what: Anchored) -> Result<Option<Reached>, Astray> {
    let text = match home.read_anchor(what) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        // It is not even text.
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(Astray::Damaged),
        Err(error) => return Err(Fault::File(error).into()),
    };
    let mut lines = text.lines();
    let mut line = || lines.next().ok_or(Astray::Damaged);
    let (size, hash, commits) = (line()?, line()?, line()?);
    let number = |text: &str| text.parse().map_err(|_| Astray::Damaged);
    let mut root = [0; 32];
    hex::decode_to_slice(hash, &mut root).map_err(|_| Astray::Damaged)?;
    let head = TreeHead { size: number(size)?, root: LogHash(root) };
    Ok(Some(Reached { head, commits: number(commits)? }))
}

/// The log's head now. Errors: [`Fault`].
pub fn head(store: &Store) -> Result<TreeHead, Fault> {
    head_of(store, size(store)?)
}

fn size(store: &Store) -> Result<u64, Fault> {
    let mut view = View::default();
    view.totals.want(Total::Leaves);
    store.load(&mut view)?;
    Ok(view.totals.get(&Total::Leaves).copied().unwrap_or_default().0)
}

/// The log's head after its first leaves, of which there are as many.
fn head_of(store: &Store, size: u64) -> Result<TreeHead, Fault> {
    let mut view = View::default();
    frontier(size).for_each(|node| view.log_nodes.want(node));
    store.load(&mut view)?;
    let kept = |node| view.log_nodes.get(&node).copied();
    Tree::new(size, kept).head().ok_or(Fault::Missing(LogNodes::NAME))
}
