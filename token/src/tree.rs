//! The tree of candidate seeds (section 5): a GGM tree in which all leaves but one can be revealed
//! by `d` nodes.

use crate::bounds::DEPTH_MAX;
use crate::transcript::{Label, halves, x};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A node: 32 bytes from which its whole subtree follows. Wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Node([u8; 32]);

impl Node {
    /// Takes charge of a node's bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of a leaf or of a revealed node.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn children(&self) -> [Self; 2] {
        let (left, right) = halves(&Zeroizing::new(x(Label::TreeNode, &[&self.0])));
        [Self(left), Self(right)]
    }

    fn child(&self, bit: bool) -> Self {
        let [left, right] = self.children();
        if bit { right } else { left }
    }

    /// Leaf `index` of a tree of so many levels below this node.
    #[must_use]
    pub fn leaf(&self, depth: u8, index: u32) -> Self {
        (0..depth).fold(Self(self.0), |node, level| node.child(bit(index, depth, level)))
    }

    /// All leaves of a tree of so many levels below this node, from the left.
    #[must_use]
    pub fn leaves(&self, depth: u8) -> Vec<Self> {
        let mut level = vec![Self(self.0)];
        for _ in 0..depth {
            // Room for all from the start: a list that grows leaves its old memory unwiped.
            let mut below = Vec::with_capacity(level.len().saturating_mul(2));
            for node in &level {
                below.extend(node.children());
            }
            level = below;
        }
        level
    }

    /// The siblings along the way to leaf `index`, at depth 1 first: they give every leaf but that
    /// one. They are plain bytes because they are what a REVEAL reveals: no slot comes of them.
    #[must_use]
    pub fn copath(&self, depth: u8, index: u32) -> Vec<[u8; 32]> {
        let mut node = Self(self.0);
        let mut siblings = Vec::new();
        for level in 0..depth {
            let turn = bit(index, depth, level);
            siblings.push(node.child(!turn).0);
            node = node.child(turn);
        }
        siblings
    }
}

impl core::fmt::Debug for Node {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Node(redacted)")
    }
}

/// All leaves that a co-path gives, from the left, with `None` at `index`; none at all for one that
/// is longer than any tree is deep. All of them are revealed, so none is worth wiping, although
/// nodes wipe themselves.
#[must_use]
pub fn expand(copath: &[[u8; 32]], index: u32) -> Vec<Option<Node>> {
    let depth = u8::try_from(copath.len()).ok().filter(|depth| *depth <= DEPTH_MAX);
    let Some(depth) = depth else { return Vec::new() };
    let mut leaves = vec![None];
    for (sibling, level) in copath.iter().zip(0..depth).rev() {
        let below = depth.saturating_sub(level).saturating_sub(1);
        let known = Node(*sibling).leaves(below).into_iter().map(Some);
        leaves = if bit(index, depth, level) {
            known.chain(leaves).collect()
        } else {
            leaves.into_iter().chain(known).collect()
        };
    }
    leaves
}

/// Which way to turn at a level, most significant bit first; `true` is right.
fn bit(index: u32, depth: u8, level: u8) -> bool {
    let shift = u32::from(depth).saturating_sub(u32::from(level)).saturating_sub(1);
    index.checked_shr(shift).unwrap_or_default() & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::{Node, expand};
    use crate::bounds::DEPTH_MAX;

    #[test]
    fn a_copath_gives_every_leaf_but_one() {
        let root = Node::new([7; 32]);
        let leaves = root.leaves(4);
        for (index, kept) in (0..16).zip(&leaves) {
            assert_eq!(root.leaf(4, index).bytes(), kept.bytes());
            let known = expand(&root.copath(4, index), index);
            assert_eq!(known.len(), leaves.len());
            for ((position, leaf), known) in (0..).zip(&leaves).zip(&known) {
                let expected = (position != index).then(|| leaf.bytes());
                assert_eq!(known.as_ref().map(Node::bytes), expected);
            }
        }
    }

    #[test]
    fn a_copath_that_is_longer_than_any_tree_is_deep_gives_no_leaf() {
        for length in [usize::from(DEPTH_MAX) + 1, 64, 256] {
            assert!(expand(&vec![[7; 32]; length], 0).is_empty(), "{length}");
        }
    }
}
