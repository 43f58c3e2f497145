//! Tables: a name in the store, keys, and rows as canonical bytes.

use tender_token::encode::{Decode, Encode};

/// A table: its name in the store, its keys and its rows.
pub trait Table {
    /// Name in the store.
    const NAME: &'static str;
    /// What a row is found by.
    type Key: Encode + Decode + Ord + Clone + core::fmt::Debug + Send + Sync;
    /// What a row says.
    type Value: Encode + Decode + Clone + core::fmt::Debug + Send + Sync;
}

/// A row with its key.
pub type Keyed<T> = (<T as Table>::Key, <T as Table>::Value);

/// Declares a table: `/// What it holds. Name = "name in the store": Key => Row`.
#[macro_export]
macro_rules! table {
    ($(#[$doc:meta])* $name:ident = $text:literal: $key:ty => $value:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl $crate::Table for $name {
            const NAME: &'static str = $text;
            type Key = $key;
            type Value = $value;
        }
    };
}
