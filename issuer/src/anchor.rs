//! The anchor: how far the log had come, kept in a file beside the store.
//!
//! A store that was put back from an old copy is sound in itself, and yet has forgotten which
//! tokens were cashed since: it would pay them again. The anchor holds size and root of the log as
//! they were when a server last began or ended, or told anybody outside. A store whose log does not
//! begin with that tree is not served.

use crate::home::Home;
use crate::rows::{LogNodes, Table, Total};
use crate::store::{Fault, Store};
use crate::view::View;
use std::io::ErrorKind;
use tender_token::log::tree::{Tree, frontier};
use tender_token::log::{LogHash, TreeHead};

/// Why a store is not served.
#[derive(Debug, thiserror::Error)]
pub enum Astray {
    /// The store could not be read, or the anchor not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The anchor's file holds no anchor.
    #[error("the file `anchor` of the home is damaged; restore it together with the store")]
    Damaged,
    /// The store has forgotten what it knew before.
    #[error(
        "the store is older than what it was: its log has {found} leaves, and had {known}; \
         restore a newer copy"
    )]
    Behind {
        /// Leaves in the store.
        found: u64,
        /// Leaves that the anchor names.
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

/// Checks a store against the anchor of its home. A home that was never served has none.
/// Errors: [`Astray`].
pub fn check(home: &Home, store: &Store) -> Result<(), Astray> {
    let Some(known) = read(home)? else { return Ok(()) };
    let found = size(store)?;
    if found < known.size {
        return Err(Astray::Behind { found, known: known.size });
    }
    let same = head(store, known.size)? == known;
    if same { Ok(()) } else { Err(Astray::Forked { known: known.size }) }
}

/// Moves the anchor to where the store is, which was checked. Errors: [`Astray::Fault`].
pub fn raise(home: &Home, store: &Store) -> Result<(), Astray> {
    let TreeHead { size, root } = head(store, size(store)?)?;
    let text = format!("{size}\n{}\n", hex::encode(root.0));
    Ok(home.write_anchor(&text).map_err(Fault::File)?)
}

fn read(home: &Home) -> Result<Option<TreeHead>, Astray> {
    let text = match home.read_anchor() {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Fault::File(error).into()),
    };
    let mut lines = text.lines();
    let size = lines.next().and_then(|line| line.parse().ok()).ok_or(Astray::Damaged)?;
    let mut root = [0; 32];
    let hash = lines.next().ok_or(Astray::Damaged)?;
    hex::decode_to_slice(hash, &mut root).map_err(|_| Astray::Damaged)?;
    Ok(Some(TreeHead { size, root: LogHash(root) }))
}

fn size(store: &Store) -> Result<u64, Fault> {
    let mut view = View::default();
    view.totals.want(Total::Leaves);
    store.load(&mut view)?;
    Ok(view.totals.get(&Total::Leaves).copied().unwrap_or_default().0)
}

/// The log's head after its first leaves, of which there are as many.
fn head(store: &Store, size: u64) -> Result<TreeHead, Fault> {
    let mut view = View::default();
    frontier(size).for_each(|node| view.log_nodes.want(node));
    store.load(&mut view)?;
    let kept = |node| view.log_nodes.get(&node).copied();
    Tree::new(size, kept).head().ok_or(Fault::Missing(LogNodes::NAME))
}
