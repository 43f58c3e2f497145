//! Everybody's half: verifying that a leaf is in the tree, and that the tree only grew.

use super::{LogHash, TreeHead};
use crate::error::{Error, Result};

impl TreeHead {
    /// Verifies that leaf `index`, counted from 0, is in this tree (RFC 9162, 2.1.3.2).
    /// Errors: `E_MANIFEST`, also for an empty tree, an index beyond it, or a proof that is too
    /// short or too long.
    pub fn verify_inclusion(&self, index: u64, leaf: &LogHash, proof: &[LogHash]) -> Result<()> {
        if index >= self.size {
            return Err(Error::Manifest);
        }
        let mut way = Way::new(index, self.size)?;
        let mut root = *leaf;
        for sibling in proof {
            root = match way.step()? {
                Side::Left => LogHash::node(sibling, &root),
                Side::Right => LogHash::node(&root, sibling),
            };
        }
        if way.is_at_the_root() && root == self.root { Ok(()) } else { Err(Error::Manifest) }
    }

    /// Verifies that this tree extends an older one (RFC 9162, 2.1.4.2).
    /// Errors: `E_MANIFEST`, also unless the older one is smaller but not empty, or for a proof
    /// that is empty, too short or too long.
    pub fn verify_consistency(&self, older: &Self, proof: &[LogHash]) -> Result<()> {
        if older.size >= self.size || proof.is_empty() {
            return Err(Error::Manifest);
        }
        let last = older.size.checked_sub(1).ok_or(Error::Manifest)?;
        let mut way = Way::new(last, self.size)?;
        way.climb_complete();
        // The proof starts with the largest complete subtree at the end of the older tree. If that
        // is the whole older tree, its root is known and not part of the proof.
        let (first, rest) = match proof.split_first() {
            Some((first, rest)) if !older.size.is_power_of_two() => (*first, rest),
            _ => (older.root, proof),
        };
        let (mut old_root, mut root) = (first, first);
        for sibling in rest {
            match way.step()? {
                Side::Left => {
                    old_root = LogHash::node(sibling, &old_root);
                    root = LogHash::node(sibling, &root);
                }
                Side::Right => root = LogHash::node(&root, sibling),
            }
        }
        let grown = old_root == older.root && root == self.root;
        if way.is_at_the_root() && grown { Ok(()) } else { Err(Error::Manifest) }
    }
}

/// On which side of the way up a sibling is.
enum Side {
    Left,
    Right,
}

/// The way from a leaf to the root: where it is at some height, and where the last node is.
struct Way {
    here: u64,
    last: u64,
}

impl Way {
    fn new(index: u64, size: u64) -> Result<Self> {
        Ok(Self { here: index, last: size.checked_sub(1).ok_or(Error::Manifest)? })
    }

    fn climb(&mut self) {
        self.here >>= 1;
        self.last >>= 1;
    }

    /// Climbs as long as the way is the right child of a complete subtree.
    fn climb_complete(&mut self) {
        while self.here & 1 == 1 {
            self.climb();
        }
    }

    /// Climbs past the next sibling. Errors: `E_MANIFEST` at the root, which has none.
    fn step(&mut self) -> Result<Side> {
        if self.last == 0 {
            return Err(Error::Manifest);
        }
        let right_child = self.here & 1 == 1;
        let side = if right_child || self.here == self.last { Side::Left } else { Side::Right };
        // The last node of a height has no sibling there unless it is a right child.
        while matches!(side, Side::Left) && self.here & 1 == 0 && self.here != 0 {
            self.climb();
        }
        self.climb();
        Ok(side)
    }

    fn is_at_the_root(&self) -> bool {
        self.last == 0
    }
}
