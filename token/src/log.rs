//! The transparency log's mathematics (`[S4]`): a Merkle tree over everything the issuer publishes.
//!
//! The **issuer** appends a leaf for each of its effects ([`leaf`]) and keeps the nodes that it
//! completes ([`tree`]), signs checkpoints of the tree, and proves with a few nodes that a leaf is
//! in it and that it only grew.
//! **Intermediaries** cosign the checkpoints that extend what they saw before ([`checkpoint`]).
//! **Wallets** hold on to a checkpoint that enough of them cosigned, and verify the proofs
//! ([`proof`]), so that nobody can be shown another list of keys than everybody else.
//!
//! Tree and proofs are those of RFC 9162, section 2.1 (RFC 6962, section 2.1), with SHA-256.
//! Checkpoints are in the formats tlog-checkpoint, signed-note and tlog-cosignature/v1 of C2SP.

pub mod checkpoint;
pub mod export;
pub mod leaf;
pub mod note;
pub mod proof;
pub mod tree;

use crate::encode::identifier;
use sha2::{Digest, Sha256};

const LEAF_PREFIX: [u8; 1] = [0];
const NODE_PREFIX: [u8; 1] = [1];

identifier! {
    /// The SHA-256 hash of a leaf or node of the log's tree.
    LogHash
}

impl LogHash {
    /// The hash of a leaf with this content.
    #[must_use]
    pub fn leaf(content: &[u8]) -> Self {
        Self(Sha256::new().chain_update(LEAF_PREFIX).chain_update(content).finalize().into())
    }

    /// The hash of a node with these children.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        let hash = Sha256::new().chain_update(NODE_PREFIX);
        Self(hash.chain_update(left.0).chain_update(right.0).finalize().into())
    }

    /// The root of a tree without leaves.
    #[must_use]
    pub fn empty() -> Self {
        Self(Sha256::digest([]).into())
    }
}

/// A tree at some point of its growth: how many leaves, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of leaves.
    pub size: u64,
    /// The root.
    pub root: LogHash,
}
