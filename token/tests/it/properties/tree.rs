//! The tree of candidate seeds.

use super::config;
use proptest::prelude::*;
use proptest::sample::Index;
use tender_token::tree::{Node, expand};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_leaf_is_the_same_on_every_way_to_it(
        root in any::<[u8; 32]>(),
        depth in 0_u8..=8,
        index in any::<Index>(),
    ) {
        let (root, index) = (Node::new(root), index.index(1 << depth));
        let leaves = root.leaves(depth);
        prop_assert_eq!(leaves.len(), 1 << depth);
        let number = u32::try_from(index).expect("below 256");
        let leaf = root.leaf(depth, number);
        prop_assert_eq!(leaf.bytes(), leaves[index].bytes());
    }

    #[test]
    fn a_copath_gives_every_leaf_but_one_and_not_that_one(
        root in any::<[u8; 32]>(),
        depth in 1_u8..=8,
        index in any::<Index>(),
    ) {
        let (root, index) = (Node::new(root), index.index(1 << depth));
        let number = u32::try_from(index).expect("below 256");
        let copath = root.copath(depth, number);
        prop_assert_eq!(copath.len(), usize::from(depth));
        let (known, leaves) = (expand(&copath, number), root.leaves(depth));
        for (place, (known, leaf)) in known.iter().zip(&leaves).enumerate() {
            let expected = (place != index).then(|| leaf.bytes());
            prop_assert_eq!(known.as_ref().map(Node::bytes), expected);
        }
        let closed = leaves[index].bytes();
        prop_assert!(!copath.contains(closed), "the closed leaf is not among the nodes");
    }

    #[test]
    fn a_flipped_bit_in_a_copath_changes_the_leaves_below_it_and_no_others(
        root in any::<[u8; 32]>(),
        index in 0_u32..64,
        level in 0_usize..6,
        bit in 0_usize..256,
    ) {
        let right = Node::new(root).copath(6, index);
        let mut wrong = right.clone();
        wrong[level][bit / 8] ^= 1 << (bit % 8);
        let (right, wrong) = (expand(&right, index), expand(&wrong, index));
        let same = |pair: &(&Option<Node>, &Option<Node>)| {
            pair.0.as_ref().map(Node::bytes) == pair.1.as_ref().map(Node::bytes)
        };
        let changed = right.iter().zip(&wrong).filter(|pair| !same(pair)).count();
        prop_assert_eq!(changed, 1 << (5 - level));
    }

    #[test]
    fn leaves_of_a_tree_are_all_different(root in any::<[u8; 32]>(), depth in 1_u8..=6) {
        let leaves = Node::new(root).leaves(depth);
        let mut bytes: Vec<_> = leaves.iter().map(Node::bytes).collect();
        bytes.sort_unstable();
        bytes.dedup();
        prop_assert_eq!(bytes.len(), leaves.len());
    }
}
