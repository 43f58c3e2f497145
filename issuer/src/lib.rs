//! Tier one: the central bank's node, the only one who can create value.
//!
//! The issuer signs slots and tokens that it cannot recognise later, for intermediaries that it
//! admitted, and cashes each token once. It knows wallets by identity keys and pseudonyms; who
//! stands behind them is the intermediaries' knowledge. Whoever spends a token twice is named by
//! mathematics alone.
//!
//! A request goes one way: [`service`] learns from the client certificate who is calling and reads
//! the message; [`pipeline`] puts it in line; [`batch`] loads the rows that all waiting requests
//! need, checks them side by side, lets the [`verbs`] decide one after the other over a [`view`],
//! makes everything durable in one commit, and only then signs ([`signer`]) and replies. Replies
//! are functions of what is durable, so the same request gets the same bytes for ever.
//!
//! Operators go the same way: their order waits in the same queue and is an [`operation`] of the
//! same writer. Their commands open the store themselves when no server holds it, and else are its
//! [`client`].
//!
//! Modules in reading order: what the issuer runs with, what it remembers, what it decides, how it
//! is asked.

pub mod clock;
pub mod config;
pub mod home;
pub mod office;
pub mod recent;
pub mod signer;

pub mod anchor;
pub mod rows;
pub mod store;
pub mod view;

pub mod verbs;

pub mod batch;
pub mod forgetting;
pub mod keeping;
pub mod listing;
pub mod operation;
pub mod overview;
pub mod request;
pub mod settlement;

pub mod pipeline;
pub mod publisher;
pub mod service;
pub mod watch;

pub mod client;

pub mod audit;
pub mod cli;
