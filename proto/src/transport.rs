//! The hardened connections of every server and client, in one place.
//!
//! A server is three things: its certificate and what it demands of callers ([`tls`]), the door
//! that lets connections in and bounds them ([`mod@incoming`]), and the settings that bound what
//! one connection may do ([`mod@server`]). tonic removes several of hyper's limits; they are set
//! here again, so that a peer can hold neither streams, memory nor a connection for nothing. Every
//! request is followed from tier to tier by its [`request_id`].

mod address;
pub mod answered;
pub mod bound;
pub mod client;
pub mod connection;
mod dial;
mod frames;
pub mod gate;
pub mod incoming;
pub mod page;
pub mod pauses;
pub mod request_id;
pub mod server;
pub mod shares;
pub mod stopped;
pub mod tls;
pub mod traced;
pub mod traffic;

pub use address::{ADDRESS, is_address};
pub use answered::{Answered, Counted};
pub use bound::Bound;
pub use client::{bound_channel, channel};
pub use connection::{Line, Peer};
pub use gate::{Gate, Keeper, too_much};
pub use incoming::{Bounds, Incoming, incoming, usable};
pub use page::show_page;
pub use pauses::{Pauses, is_of_one_connection};
pub use request_id::{RequestId, carried, hand_on};
pub use server::server;
pub use stopped::stopped;
pub use tls::{Unusable, is_stranger};
pub use traced::Traced;
pub use traffic::Traffic;

use std::time::Duration;

/// The DNS name in every development server certificate.
pub const SERVER_NAME: &str = "tender.localhost";
/// Largest message an intermediary reads from a wallet, in bytes: a request with 64 funding items
/// of many hops.
pub const WALLET_MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Largest message between the tiers, in bytes: whatever a wallet may send still fits after the
/// intermediary has added its signature.
pub const TIER_MESSAGE_BYTES_MAX: usize = WALLET_MESSAGE_BYTES_MAX + 4096;
/// Largest reply of a server, in bytes: what a client reads at most.
pub const REPLY_BYTES_MAX: usize = 4 << 20;

/// Requests that one connection may have under way; a client waits with more.
const REQUESTS_PER_CONNECTION_MAX: usize = 32;
/// Longest list of headers, in bytes.
const HEADER_BYTES_MAX: u32 = 8 * 1024;
/// How long a request may take. Its state change does not end with it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may be silent before it is asked whether anybody is there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long the answer to that may take.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
