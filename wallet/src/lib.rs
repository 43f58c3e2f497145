//! The holder's wallet, as a library: slots, tokens, a journal, and what it trusts.
//!
//! Three parties meet here. The holder's **intermediary** ([`intermediary::Intermediary`]) relays
//! to the issuer and keeps the account; **another wallet** hands over an offer, a payment or a
//! receipt, as a file, a code on a screen or over the air; the **holder** decides. A wallet lives
//! like this:
//!
//! 1. enrol: it comes into being and proves to the intermediary that its identity is its own;
//! 2. provision: the issuer certifies slots for it by cut and choose;
//! 3. withdraw: account money becomes tokens on its slots;
//! 4. offer, pay, receive, confirm: money moves with nobody else present;
//! 5. deposit or exchange: tokens become account money again, or fresh tokens; reconcile:
//!    everything open is finished;
//! 6. restore: what is lost with a device is found again from 24 words, to be claimed.
//!
//! A verb that crosses the network has a begin and a finish, one durable commit each, with a
//! journal entry between them from which the same bytes follow for ever. Nothing here reads a
//! clock or makes randomness, and everything but [`client`] and [`online`] works without a
//! connection.
//!
//! A wallet's file must never be restored from a copy: a slot that answers twice reveals its owner.

pub mod error;
pub mod handover;
pub mod intermediary;

pub mod records;
pub mod seed;
pub mod store;

pub mod trusted;
pub mod wallet;

mod answer;
mod cashing;
pub mod choose;
mod limits;
mod outputs;
pub mod payee;
mod split;
pub mod sums;

pub mod verbs;

pub mod client;
pub mod online;

pub mod cli;

pub use error::{Error, Result};
pub use wallet::Wallet;
