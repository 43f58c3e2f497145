//! The wire between the tiers: schemas, and the one translation between wire and typed messages.
//!
//! A verb is one file here as in every tier: its typed request and reply, and how they become
//! protobuf and back. A body that needs the manifest to be read stays canonical bytes until the
//! tier that holds the manifest reads it. Decoding refuses what is malformed ([`Malformed`]);
//! deciding is the tiers' business.
//!
//! Two files carry trust from hand to hand before the first call: an intermediary applies to the
//! issuer and is admitted ([`admission`]), and it invites wallets ([`invitation`]).

/// The generated messages and services.
// Generated, and documented in the schema.
#[allow(missing_docs, clippy::pedantic, clippy::unwrap_used)]
pub mod wire {
    tonic::include_proto!("tender.v1");
}

/// The schemas, as an encoded `google.protobuf.FileDescriptorSet`: what a server can be asked.
pub const SCHEMAS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schemas.bin"));

mod malformed;
pub use malformed::Malformed;

pub mod refusal;

pub mod account;
pub mod call;
pub mod cashed_list;
pub mod claim;
pub mod deposit;
pub mod enrol;
pub mod exchange;
pub mod lines;
pub mod movement;
pub mod notices;
pub mod operator;
pub mod order;
pub mod pending;
pub mod provision;
pub mod purchase;
pub mod reference;
pub mod restore;
pub mod session;
pub mod statement;
pub mod transfer;
pub mod trust;
pub mod withdraw;

pub mod admission;
pub mod certificate;
pub mod invitation;
pub mod memory;
pub mod metrics;
pub mod name;
pub mod transport;
pub mod unread;
