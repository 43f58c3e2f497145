//! `log`: the public log, for whoever checks it elsewhere.

use super::desk::Desk;
use super::founded::file_failure;
use super::outcome::{Failure, Outcome};
use crate::home::write_private;
use clap::Subcommand;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tender_token::log::tree::{NodeId, Tree, completed};
use tender_token::log::{LogHash, TreeHead};

/// What can be done with the log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write every leaf, one in hex on each line, and print the root that they grow to.
    Export {
        /// Where to write the leaves. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Writes the log. The root is computed here, from what is written.
pub fn run(desk: &Desk, command: &Command) -> Result<Outcome, Failure> {
    let Command::Export { out } = command;
    if out.exists() {
        let out = out.display();
        return Err(Failure::usage(format!("{out} is there already; nothing was changed")));
    }
    let leaves = desk.leaves()?;
    let lines: String = leaves.iter().map(|leaf| hex::encode(leaf) + "\n").collect();
    write_private(out, lines.as_bytes()).map_err(|error| file_failure(out, &error))?;
    let head =
        head(&leaves).ok_or_else(|| Failure::fault("the log is larger than a log can be"))?;
    let (size, root) = (head.size, hex::encode(head.root.0));
    let sentence = format!("{size} leaves are in {}; they grow to {root}.", out.display());
    Ok(Outcome::done(sentence, json!({ "size": size, "root": root })))
}

/// The tree over leaves in their order.
fn head(leaves: &[Vec<u8>]) -> Option<TreeHead> {
    let mut nodes: BTreeMap<NodeId, LogHash> = BTreeMap::new();
    let mut size = 0_u64;
    for leaf in leaves {
        let more = completed(size, LogHash::leaf(leaf), |node| nodes.get(&node).copied())?;
        nodes.extend(more);
        size = size.checked_add(1)?;
    }
    Tree::new(size, |node| nodes.get(&node).copied()).head()
}
