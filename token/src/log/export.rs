//! Exports: the whole log in one file, for whoever verifies it with the root's public key alone.
//!
//! The **issuer** writes every leaf with its hash, and the signed checkpoint over them. **Anybody**
//! reads the file ([`verify`]): each leaf is what its hash says, the tree over the hashes is the
//! one that the issuer signed, every manifest follows the one before under the root's signature,
//! revocations are the root's and nothing is signed after them, the supply moves once and as
//! officers approved, days never go back, and of no denomination more is paid than was signed. What
//! does not hold is named with the first leaf that shows it.
//!
//! One excess is no doubt: claims of a denomination whose value key was stolen are paid against
//! openings, although forged tokens were cashed before them (`[X2]`). The log shows that it is so
//! by the revocation of that denomination, or of everything; without one, the excess is named.

mod rules;

use super::checkpoint::SignedCheckpoint;
use super::leaf::{Effect, Leaf};
use super::note::Name;
use super::tree::{NodeId, Tree, completed};
use super::{LogHash, TreeHead};
use crate::encode::{Decode, Reader, Writer};
use crate::manifest::{ManifestRecord, Strictness};
use crate::signature::PublicKey;
use rules::Rules;
use std::collections::BTreeMap;

const MAGIC: &[u8] = b"tender/log/1\n";
const FRONT_BYTES: usize = 21;

/// The log's name in its checkpoints: every root has its own log.
#[must_use]
pub fn origin(root: &PublicKey) -> Name {
    let mut name = String::from("tender/log/");
    for byte in root.0 {
        for digit in [byte >> 4, byte & 15] {
            name.push(char::from_digit(digit.into(), 16).expect("it is below 16"));
        }
    }
    Name::new(&name).expect("hex digits and slashes")
}

/// What an export tells, once it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Size and root that the issuer signed.
    pub head: TreeHead,
    /// The manifest in force.
    pub epoch: u32,
    /// Every leaf, in the order of the log.
    pub leaves: Vec<Leaf>,
}

/// Why an export is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The file does not begin like an export.
    Front,
    /// This leaf, counted from 0, or its hash, is not what was written: the first bad one.
    Leaf(u64, Flaw),
    /// The leaves are whole, and there is no signed checkpoint behind them.
    Checkpoint,
    /// The checkpoint is signed, and is not over these leaves: leaves were exchanged together with
    /// their hashes, or some at the end are missing or too many.
    Tree,
}

/// What is wrong with a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The file ends, or a length is wrong.
    Cut,
    /// The leaf does not have its hash.
    Hash,
    /// The leaf is not one.
    Encoding,
    /// The first leaf is no manifest.
    Founding,
    /// The manifest does not follow the one before, or the root did not sign it.
    Manifest,
    /// The root did not sign the revocation.
    Revocation,
    /// Too few officers approved the instruction.
    Supply,
    /// Too few officers approved that the log goes on here, or it was to go on elsewhere.
    Rollback,
    /// No manifest so far has this denomination.
    Denomination,
    /// More was cashed than was signed.
    Cashed,
    /// Its day is before that of the leaf before it.
    Day,
    /// The instruction was carried out before.
    Repeated,
    /// The instruction had expired.
    Expired,
    /// Tokens were signed after their denomination, their series or everything was revoked.
    Revoked,
    /// More was cashed and paid to claims than was signed, and no revocation says why.
    Paid,
    /// The manifest drops a denomination of which tokens circulate that may still be claimed.
    Dropped,
    /// More tokens than can be counted.
    Count,
    /// The list of what was cashed of a series comes before its deposit days are over, or twice, or
    /// has not as many tokens as were cashed.
    List,
    /// Tokens were cashed after the list of their series was closed.
    Listed,
}

impl core::fmt::Display for Doubt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Front => f.write_str("this is no export of a log"),
            Self::Leaf(index, flaw) => write!(f, "leaf {index}: {flaw}"),
            Self::Checkpoint => f.write_str(
                "every leaf is whole, but no issuer of this root signed what is behind them",
            ),
            Self::Tree => f.write_str("the issuer signed the checkpoint of other leaves"),
        }
    }
}

impl core::fmt::Display for Flaw {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Cut => "the file ends in it, or its length is wrong",
            Self::Hash => "it does not have its hash",
            Self::Encoding => "it is no leaf",
            Self::Founding => "no manifest comes before it",
            Self::Manifest => "this manifest does not follow the one before by the root's word",
            Self::Revocation => "the root did not sign this revocation",
            Self::Supply => "too few officers approved this instruction",
            Self::Rollback => "too few officers approved that the log goes on from just here",
            Self::Denomination => "no manifest before it has this denomination",
            Self::Cashed => "more tokens were cashed than were signed",
            Self::Day => "its day is before that of the leaf before it",
            Self::Repeated => "this instruction was carried out before",
            Self::Expired => "this instruction had expired",
            Self::Revoked => "tokens were signed after they were revoked",
            Self::Paid => "more was paid than signed, and no revocation says why",
            Self::Dropped => "this manifest drops tokens that circulate and may still be claimed",
            Self::Count => "no issuer can count so many tokens",
            Self::List => "this is not the list of what was cashed of the series",
            Self::Listed => "tokens were cashed behind the list of what was cashed",
        })
    }
}

/// Writes an export.
#[must_use]
pub fn export(leaves: &[Vec<u8>], checkpoint: &SignedCheckpoint) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes(MAGIC);
    writer.u64(u64::try_from(leaves.len()).expect("a length fits"));
    for leaf in leaves {
        writer.sized(leaf);
        writer.put(&LogHash::leaf(leaf));
    }
    writer.bytes(&checkpoint.to_bytes());
    writer.finish()
}

/// Verifies an export that is all of `bytes`, with the root's public key: that every leaf is whole,
/// that the issuer signed the tree over them, and then that they keep the rules.
/// Errors: [`Doubt`], the first one.
pub fn verify(bytes: &[u8], root: &PublicKey, strictness: Strictness) -> Result<Verified, Doubt> {
    let Whole { leaves, nodes, note } = read(bytes)?;
    let records = leaves.iter().rev().find_map(|leaf| match &leaf.effect {
        Effect::Manifest { manifest, .. } => Some(ManifestRecord::from_bytes(manifest)),
        _ => None,
    });
    let founded = records.and_then(Result::ok).ok_or(Doubt::Leaf(0, Flaw::Founding))?;
    let signed = SignedCheckpoint::from_bytes(note).map_err(|_| Doubt::Checkpoint)?;
    let signed = signed.verify(&origin(root), &founded.issuer, &[], 0);
    let signed = signed.map_err(|_| Doubt::Checkpoint)?.checkpoint().head;
    let size = u64::try_from(leaves.len()).expect("a length fits");
    if Tree::new(size, |node| nodes.get(&node).copied()).head() != Some(signed) {
        return Err(Doubt::Tree);
    }
    // The key that signed is the issuer's only if the root says so: the manifests come now.
    let mut rules = Rules::new(*root, strictness, &leaves);
    for (index, leaf) in (0..).zip(&leaves) {
        let before = || Tree::new(index, |node| nodes.get(&node).copied()).head();
        rules.take(leaf, before).map_err(|flaw| Doubt::Leaf(index, flaw))?;
    }
    Ok(Verified { head: signed, epoch: founded.epoch, leaves })
}

/// An export of which every leaf has its hash.
struct Whole<'a> {
    leaves: Vec<Leaf>,
    nodes: BTreeMap<NodeId, LogHash>,
    note: &'a [u8],
}

fn read(bytes: &[u8]) -> Result<Whole<'_>, Doubt> {
    let (front, rest) = bytes.split_at_checked(FRONT_BYTES).ok_or(Doubt::Front)?;
    let count = front.strip_prefix(MAGIC).ok_or(Doubt::Front)?;
    let count = u64::from_be_bytes(count.try_into().map_err(|_| Doubt::Front)?);
    let mut reader = Reader::new(rest);
    let (mut leaves, mut nodes) = (Vec::new(), BTreeMap::new());
    for index in 0..count {
        let (leaf, hash) = leaf(&mut reader).map_err(|flaw| Doubt::Leaf(index, flaw))?;
        let kept = |node| nodes.get(&node).copied();
        nodes.extend(completed(index, hash, kept).expect("every node before was made here"));
        leaves.push(leaf);
    }
    Ok(Whole { leaves, nodes, note: reader.rest() })
}

/// The next leaf, which has its hash.
fn leaf(reader: &mut Reader<'_>) -> Result<(Leaf, LogHash), Flaw> {
    let content = reader.sized().map_err(|_| Flaw::Cut)?;
    let stated: LogHash = reader.get().map_err(|_| Flaw::Cut)?;
    let hash = LogHash::leaf(content);
    if hash != stated {
        return Err(Flaw::Hash);
    }
    let leaf = Leaf::from_bytes(content).map_err(|_| Flaw::Encoding)?;
    Ok((leaf, hash))
}
