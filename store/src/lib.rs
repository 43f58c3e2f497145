//! Durable rows: what every tier keeps on its disk, and how it survives what disks do.
//!
//! A tier declares its [`table!`]s, each with its own key and row, and the [`view!`] of them all.
//! A verb works on a [`View`]: it asks for [`Rows`], the [`Store`] loads them from one state, the
//! verb decides, and the store makes what changed durable, all or nothing. So verbs are pure, and
//! everything about disks stands here once, for all tiers: a seal on every row, creation that a
//! crash leaves undone or complete, a fence against a second process, copies that were read again,
//! and an inspection that names every damaged row. Beside the rows lie the keys, each in an
//! [`envelope`].
//!
//! It is a crate because the tiers must not know each other, and neither the money (`token`) nor
//! the wire (`proto`) may know a database.

mod record;
mod table;
mod view;

pub mod envelope;
pub mod files;
pub mod passphrase;
pub mod plain;
pub mod unlock;

mod annex;
mod aside;
mod cache;
mod copy;
mod counted;
mod fault;
mod fence;
mod folder;
mod guard;
mod inspect;
mod opening;
mod room;
mod seal;
mod store;
mod tables;

pub use cache::Cache;
pub use fault::Fault;
pub use folder::{Directory, Folder};
pub use inspect::{Damage, Damaged, Inspection, LISTED_MAX};
pub use opening::{ANNEX, NAME, UNFINISHED, UNFINISHED_ANNEX};
pub use room::{Measured, Room};
pub use store::{SCAN_ROWS, Store};
pub use table::{Keyed, Replaceable, Table};
pub use view::{Rows, View, Visit};
