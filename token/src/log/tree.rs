//! The log's half: which nodes to keep, and roots and proofs made from them.
//!
//! Only complete subtrees are kept, about two hashes per leaf. Everything else is computed from at
//! most 64 of them.

use super::{LogHash, TreeHead};
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::Result;

/// Names the complete subtree over the `2^level` leaves from leaf `index * 2^level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Its height; leaves are at 0.
    pub level: u8,
    /// How many of the same height are to its left.
    pub index: u64,
}

impl Encode for NodeId {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.level);
        writer.u64(self.index);
    }
}

impl Decode for NodeId {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { level: reader.u8()?, index: reader.u64()? })
    }
}

/// The roots of the complete subtrees that a tree of `size` leaves consists of, the smallest first:
/// all that appending needs, at most 64.
pub fn frontier(size: u64) -> impl Iterator<Item = NodeId> {
    (0..64_u8).filter_map(move |level| {
        let index = size.checked_shr(u32::from(level))?;
        (index & 1 == 1).then_some(NodeId { level, index: index.checked_sub(1)? })
    })
}

/// What a new leaf completes, itself first: all hashes to keep for it. `index` is the number of
/// leaves before. `None` if `kept` lacks a node of the tree so far.
pub fn completed(
    index: u64,
    leaf: LogHash,
    kept: impl Fn(NodeId) -> Option<LogHash>,
) -> Option<Vec<(NodeId, LogHash)>> {
    let (mut id, mut hash) = (NodeId { level: 0, index }, leaf);
    let mut nodes = vec![(id, hash)];
    // An odd index is a right child, whose arrival completes the parent.
    while id.index & 1 == 1 {
        let left = NodeId { index: id.index.checked_sub(1)?, ..id };
        hash = LogHash::node(&kept(left)?, &hash);
        id = NodeId { level: id.level.checked_add(1)?, index: id.index >> 1 };
        nodes.push((id, hash));
    }
    Some(nodes)
}

/// A tree of so many leaves over kept nodes.
#[derive(Clone, Copy, Debug)]
pub struct Tree<F> {
    size: u64,
    kept: F,
}

impl<F: Fn(NodeId) -> Option<LogHash>> Tree<F> {
    /// The tree over the first `size` leaves; `kept` looks up what [`completed`] gave for them.
    pub fn new(size: u64, kept: F) -> Self {
        Self { size, kept }
    }

    /// Size and root. `None` if a node is missing.
    pub fn head(&self) -> Option<TreeHead> {
        let root = if self.size == 0 { LogHash::empty() } else { self.over(0, self.size)? };
        Some(TreeHead { size: self.size, root })
    }

    /// The proof that leaf `index` is in the tree, from the leaf's sibling upwards (RFC 9162,
    /// 2.1.3.1). `None` if the tree has no such leaf or a node is missing.
    pub fn inclusion(&self, index: u64) -> Option<Vec<LogHash>> {
        if index >= self.size {
            return None;
        }
        let (mut start, mut end, mut proof) = (0, self.size, Vec::new());
        while let Some(middle) = split(start, end) {
            if index < middle {
                proof.push(self.over(middle, end)?);
                end = middle;
            } else {
                proof.push(self.over(start, middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The proof that the tree extends the one over its first `size` leaves (RFC 9162, 2.1.4.1).
    /// `None` unless that is smaller but not empty, or if a node is missing.
    pub fn consistency(&self, size: u64) -> Option<Vec<LogHash>> {
        if size == 0 || size >= self.size {
            return None;
        }
        let (mut start, mut end, mut proof) = (0, self.size, Vec::new());
        while size < end {
            let middle = split(start, end)?;
            if size <= middle {
                proof.push(self.over(middle, end)?);
                end = middle;
            } else {
                proof.push(self.over(start, middle)?);
                start = middle;
            }
        }
        // The old root itself is known to whoever verifies.
        if start > 0 {
            proof.push(self.over(start, end)?);
        }
        proof.reverse();
        Some(proof)
    }

    /// The root over the leaves from `start` to before `end`, which [`split`] has made.
    fn over(&self, start: u64, end: u64) -> Option<LogHash> {
        let leaves = end.checked_sub(start)?;
        if leaves.is_power_of_two() {
            let level = leaves.trailing_zeros();
            let index = start.checked_shr(level)?;
            return (self.kept)(NodeId { level: u8::try_from(level).ok()?, index });
        }
        let middle = split(start, end)?;
        Some(LogHash::node(&self.over(start, middle)?, &self.over(middle, end)?))
    }
}

/// Where a tree over these leaves splits: the left part is the largest complete subtree that is
/// smaller. `None` for fewer than two leaves.
fn split(start: u64, end: u64) -> Option<u64> {
    let largest = end.checked_sub(start)?.checked_sub(1)?.checked_ilog2()?;
    start.checked_add(1_u64.checked_shl(largest)?)
}
