//! Tender's money as pure functions: no I/O, no clock, no randomness of its own.
//!
//! Three parties meet here. The **wallet** proves who it is ([`identity`]), has one-time places for
//! money certified ([`provision`]), turns account money into tokens ([`withdraw`]), passes them on
//! without a connection ([`offer`], [`endorse`], [`payment`]), gets fresh ones for them without a
//! name ([`exchange`]) and turns them back into account money ([`cash`]). The **issuer** answers
//! each of those steps from the other side of the same file. The **intermediary** adds its word and
//! sees nothing that could trace a payment.
//!
//! Whoever answers twice for one place reveals their identity ([`double_spend`]); nobody else ever
//! does. What was never cashed can be claimed by showing what was blinded ([`opening`], [`claim`]),
//! also by a wallet that lost all but its master secret ([`restore`]).
//! All keys stand in a public log that can only grow ([`log`]), so that everybody sees the same.
//! `docs/protocol.md` is normative for every byte; functions cite its rules, such as `[W3]`.
//!
//! Modules are listed in reading order: numbers and bytes, keys, what the issuer publishes, who a
//! wallet is, where money can live, how it is born, how it moves, how it ends.
//!
//! Secrets are types that wipe themselves, print nothing of what they hold, and can be neither
//! copied, compared nor encoded; so are the values in between, down to the products in an answer.
//! Two things are out of reach of safe code: what a move leaves behind on the stack, and what the
//! libraries' arithmetic does there.

// Not `deny`: what protects money cannot be switched off further down, by anyone.
#![forbid(missing_docs, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

pub mod amount;
pub mod bounds;
pub mod date;
pub mod encode;
pub mod error;
pub mod transcript;

pub mod group;
pub mod rsa;
pub mod signature;

pub mod ceremony;
pub mod log;
pub mod manifest;
pub mod policy;
pub mod revocation;
pub mod rollback;
pub mod series;
pub mod treasury;

pub mod identity;

pub mod provision;
pub mod slot;
pub mod tree;
pub mod vrf;

pub mod exchange;
pub mod token;
pub mod withdraw;

pub mod chain;
pub mod change;
pub mod endorse;
pub mod offer;
pub mod payment;

pub mod cash;
pub mod cashed_list;
pub mod claim;
pub mod deny_list;
pub mod double_spend;
pub mod opening;
pub mod restore;
