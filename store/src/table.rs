//! Tables: a name in the store, keys, and rows as canonical bytes.

use tender_token::encode::{Decode, Encode};

/// A table: its name in the store, its keys and its rows.
pub trait Table {
    /// Name in the store.
    const NAME: &'static str;
    /// Whether the store appends the rows to its annex and keeps only their places among what is
    /// looked up: for rows that are long, seldom read, and neither replaced nor removed.
    const ANNEXED: bool;
    /// What a row is found by.
    type Key: Encode + Decode + Ord + Clone + core::fmt::Debug + Send + Sync;
    /// What a row says.
    type Value: Encode + Decode + Clone + core::fmt::Debug + Send + Sync;
}

/// A table whose rows may be replaced and removed, which those in the annex may not.
pub trait Replaceable: Table {}

/// A row with its key.
pub type Keyed<T> = (<T as Table>::Key, <T as Table>::Value);

/// Declares a table: `/// What it holds. Name = "name in the store": Key => Row`. With `annexed`
/// before the name its rows lie in the annex.
#[macro_export]
macro_rules! table {
    ($(#[$doc:meta])* annexed $name:ident = $text:literal: $key:ty => $value:ty) => {
        $crate::table! { $(#[$doc])* ($name, $text, true, $key, $value) }
    };
    ($(#[$doc:meta])* $name:ident = $text:literal: $key:ty => $value:ty) => {
        $crate::table! { $(#[$doc])* ($name, $text, false, $key, $value) }

        impl $crate::Replaceable for $name {}
    };
    ($(#[$doc:meta])* ($name:ident, $text:literal, $annexed:literal, $key:ty, $value:ty)) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl $crate::Table for $name {
            const NAME: &'static str = $text;
            const ANNEXED: bool = $annexed;
            type Key = $key;
            type Value = $value;
        }
    };
}
