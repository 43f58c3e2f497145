//! The transparency log's tree: published answers, every size and index, and every mutation.

mod checkpoint;
mod export;
mod leaf;
mod published;

use published::{CONSISTENCIES, EMPTY_ROOT, INCLUSIONS, LEAVES, ROOTS};
use std::collections::BTreeMap;
use tender_token::error::Error;
use tender_token::log::tree::{NodeId, Tree, completed, frontier};
use tender_token::log::{LogHash, TreeHead};

/// A log in memory: its leaves and the nodes that it keeps.
#[derive(Default)]
pub struct Log {
    leaves: Vec<LogHash>,
    nodes: BTreeMap<NodeId, LogHash>,
}

impl Log {
    fn of(contents: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut log = Self::default();
        for content in contents {
            let leaf = LogHash::leaf(&content);
            let index = u64::try_from(log.leaves.len()).expect("a small log");
            let nodes = completed(index, leaf, |id| log.nodes.get(&id).copied());
            log.nodes.extend(nodes.expect("all earlier nodes are kept"));
            log.leaves.push(leaf);
        }
        log
    }

    fn numbered(size: u32) -> Self {
        Self::of((0..size).map(|number| number.to_be_bytes().to_vec()))
    }

    fn tree(&self, size: u64) -> Tree<impl Fn(NodeId) -> Option<LogHash>> {
        Tree::new(size, |id| self.nodes.get(&id).copied())
    }

    fn head(&self, size: u64) -> TreeHead {
        self.tree(size).head().expect("all nodes are kept")
    }
}

fn hash(text: &str) -> LogHash {
    LogHash(hex::decode(text).expect("hex").try_into().expect("32 bytes"))
}

fn hashes(texts: &[&str]) -> Vec<LogHash> {
    texts.iter().map(|text| hash(text)).collect()
}

/// The tree hash as RFC 9162, 2.1.1 defines it, from all leaves.
fn defined(leaves: &[LogHash]) -> LogHash {
    match leaves {
        [] => LogHash::empty(),
        [leaf] => *leaf,
        leaves => {
            let mut middle = 1;
            while middle * 2 < leaves.len() {
                middle *= 2;
            }
            LogHash::node(&defined(&leaves[..middle]), &defined(&leaves[middle..]))
        }
    }
}

#[test]
fn roots_and_proofs_are_the_published_ones() {
    let log = Log::of(LEAVES.map(|leaf| hex::decode(leaf).expect("hex")));
    assert_eq!(log.head(0), TreeHead { size: 0, root: hash(EMPTY_ROOT) });
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(log.head(size), TreeHead { size, root: hash(root) });
    }
    for (index, size, proof) in INCLUSIONS {
        let proof = hashes(proof);
        assert_eq!(log.tree(size).inclusion(index).as_ref(), Some(&proof));
        let leaf = &log.leaves[usize::try_from(index).expect("small")];
        assert_eq!(log.head(size).verify_inclusion(index, leaf, &proof), Ok(()));
    }
    for (older, size, proof) in CONSISTENCIES {
        let proof = hashes(proof);
        assert_eq!(log.tree(size).consistency(older).as_ref(), Some(&proof));
        assert_eq!(log.head(size).verify_consistency(&log.head(older), &proof), Ok(()));
    }
}

/// Which wrong places are tried: all of them in a small tree, the nearest ones in a large one.
fn is_tried(size: u64, right: u64, wrong: u64) -> bool {
    size <= 34 || wrong.abs_diff(right) <= 2
}

#[test]
fn every_leaf_of_every_tree_has_a_proof_that_fits_no_other_place() {
    let log = Log::numbered(130);
    for size in 0..=130 {
        let head = log.head(size);
        let leaves = &log.leaves[..usize::try_from(size).expect("small")];
        assert_eq!(head.root, defined(leaves));
        assert_eq!(log.tree(size).inclusion(size), None);
        assert_eq!(log.tree(size).inclusion(u64::MAX), None);
        for (index, leaf) in (0..).zip(leaves) {
            let proof = log.tree(size).inclusion(index).expect("the leaf is in the tree");
            assert_eq!(head.verify_inclusion(index, leaf, &proof), Ok(()));
            let others =
                (0..=size).filter(|other| *other != index && is_tried(size, index, *other));
            for other in others.chain([u64::MAX]) {
                assert_eq!(head.verify_inclusion(other, leaf, &proof), Err(Error::Manifest));
            }
        }
    }
}

#[test]
fn every_tree_extends_every_smaller_one_and_no_other() {
    let log = Log::numbered(130);
    let heads: Vec<_> = (0..=130).map(|size| log.head(size)).collect();
    for (size, head) in (0..).zip(&heads) {
        assert_eq!(log.tree(size).consistency(0), None);
        assert_eq!(log.tree(size).consistency(size), None);
        assert_eq!(log.tree(size).consistency(u64::MAX), None);
        for (older, held) in (0..size).zip(&heads).skip(1) {
            let proof = log.tree(size).consistency(older).expect("the older tree is smaller");
            assert_eq!(head.verify_consistency(held, &proof), Ok(()));
            let others = heads.iter().filter(|other| other.size != older);
            for other in others.filter(|other| is_tried(size, older, other.size)) {
                let refused = head.verify_consistency(other, &proof);
                assert_eq!(refused, Err(Error::Manifest), "{older} as {} of {size}", other.size);
            }
        }
    }
}

/// Every proof that differs a little: one node changed, dropped, repeated or added, two swapped.
fn mutations(proof: &[LogHash]) -> Vec<Vec<LogHash>> {
    let mut mutated = vec![[proof, &[LogHash([0; 32])]].concat()];
    for place in 0..proof.len() {
        let (front, back) = proof.split_at(place);
        let mut changed = proof[place];
        changed.0[place % 32] ^= 1;
        mutated.push([front, &[changed], &back[1..]].concat());
        mutated.push([front, &back[1..]].concat());
        mutated.push([front, &back[..1], back].concat());
        mutated.push([front, &[LogHash([0; 32])], back].concat());
        if place > 0 {
            let mut swapped = proof.to_vec();
            swapped.swap(place - 1, place);
            mutated.push(swapped);
        }
        if place + 1 < proof.len() {
            mutated.push(proof[..=place].to_vec());
        }
    }
    if !proof.is_empty() {
        mutated.push(Vec::new());
    }
    mutated.push(vec![LogHash([0; 32]); 65]);
    mutated
}

#[test]
fn every_mutation_of_an_inclusion_is_refused() {
    let log = Log::numbered(40);
    for size in 1..=40 {
        let head = log.head(size);
        for index in 0..size {
            let leaf = &log.leaves[usize::try_from(index).expect("small")];
            let proof = log.tree(size).inclusion(index).expect("the leaf is in the tree");
            for wrong in mutations(&proof) {
                let refused = head.verify_inclusion(index, leaf, &wrong);
                assert_eq!(refused, Err(Error::Manifest), "{index} of {size}");
            }
            let leaf = LogHash::leaf(b"another");
            let root = TreeHead { root: leaf, ..head };
            assert_eq!(head.verify_inclusion(index, &leaf, &proof), Err(Error::Manifest));
            let other = &log.leaves[usize::try_from(index).expect("small")];
            let refused = TreeHead { root: LogHash([0; 32]), ..head };
            assert_eq!(refused.verify_inclusion(index, other, &proof), Err(Error::Manifest));
            // Whoever claims the leaf as a root proves it for a tree of one leaf only.
            let accepted = size == 1;
            assert_eq!(root.verify_inclusion(index, &leaf, &[]).is_ok(), accepted);
        }
    }
}

#[test]
fn every_mutation_of_a_consistency_is_refused() {
    let log = Log::numbered(40);
    for size in 1..=40 {
        let head = log.head(size);
        for older in 1..size {
            let held = log.head(older);
            let proof = log.tree(size).consistency(older).expect("the older tree is smaller");
            for wrong in mutations(&proof) {
                let refused = head.verify_consistency(&held, &wrong);
                assert_eq!(refused, Err(Error::Manifest), "{older} of {size}");
            }
            let rewritten = TreeHead { root: LogHash::leaf(b"another"), ..held };
            assert_eq!(head.verify_consistency(&rewritten, &proof), Err(Error::Manifest));
            let split = TreeHead { root: LogHash::leaf(b"another"), ..head };
            assert_eq!(split.verify_consistency(&held, &proof), Err(Error::Manifest));
            assert_eq!(held.verify_consistency(&head, &proof), Err(Error::Manifest), "shrunk");
        }
    }
}

#[test]
fn empty_and_equal_trees_prove_nothing() {
    let log = Log::numbered(8);
    let proofs = [Vec::new(), vec![LogHash([0; 32])], vec![log.head(8).root]];
    for proof in &proofs {
        for size in [0, 1, 8] {
            let head = log.head(size);
            assert_eq!(head.verify_consistency(&head, proof), Err(Error::Manifest));
            assert_eq!(head.verify_consistency(&log.head(0), proof), Err(Error::Manifest));
        }
        let empty = log.head(0);
        for index in [0, 1, u64::MAX] {
            let refused = empty.verify_inclusion(index, &empty.root, proof);
            assert_eq!(refused, Err(Error::Manifest));
        }
        let huge = TreeHead { size: u64::MAX, ..log.head(8) };
        let refused = huge.verify_inclusion(u64::MAX - 1, &log.leaves[0], proof);
        assert_eq!(refused, Err(Error::Manifest));
        assert_eq!(huge.verify_consistency(&log.head(8), proof), Err(Error::Manifest));
        let nearly = TreeHead { size: u64::MAX - 1, ..huge };
        assert_eq!(huge.verify_consistency(&nearly, proof), Err(Error::Manifest));
    }
}

#[test]
fn appending_needs_no_node_but_the_frontier() {
    let log = Log::numbered(33);
    for size in 0..33_u64 {
        let frontier: BTreeMap<_, _> =
            frontier(size).map(|id| (id, *log.nodes.get(&id).expect("it is complete"))).collect();
        let leaf = LogHash::leaf(b"the next");
        let all = completed(size, leaf, |id| log.nodes.get(&id).copied());
        assert_eq!(completed(size, leaf, |id| frontier.get(&id).copied()), all, "size {size}");
        assert_eq!(frontier.len(), usize::try_from(size.count_ones()).expect("at most 64"));
    }
}

#[test]
fn a_log_that_lost_a_node_proves_nothing_over_it() {
    let mut log = Log::numbered(7);
    let id = NodeId { level: 1, index: 2 };
    assert!(log.nodes.remove(&id).is_some(), "leaves 4 and 5 are complete");
    assert_eq!(log.tree(7).head(), None);
    assert_eq!(log.tree(7).inclusion(0), None);
    assert_eq!(log.tree(7).consistency(4), None);
    assert_eq!(completed(7, LogHash([0; 32]), |id| log.nodes.get(&id).copied()), None);
    let none = |_| None;
    assert_eq!(Tree::new(u64::MAX, none).head(), None);
    assert_eq!(Tree::new(u64::MAX, none).inclusion(u64::MAX - 1), None);
    assert_eq!(Tree::new(u64::MAX, none).consistency(u64::MAX - 1), None);
    assert_eq!(completed(u64::MAX, LogHash([0; 32]), none), None);
}
