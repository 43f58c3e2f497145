//! `log`: the public log, for whoever checks it elsewhere.

use super::desk::Desk;
use super::founded::{refuse_taken, unwritten};
use super::outcome::{Failure, Outcome};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;
use tender_store::files::write_private;
use tender_token::log::export::{export, verify};
use tender_token::manifest::Strictness;

/// What can be done with the log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write every leaf and a signed checkpoint over them, and verify that with the root's key.
    Export {
        /// Where to write the export. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Writes the log, and reads it as everybody does who has the root's key. What is not sound is
/// written too: it is signed, and so it is evidence.
pub fn run(desk: &Desk, command: &Command) -> Result<Outcome, Failure> {
    let Command::Export { out } = command;
    let place = out.display();
    refuse_taken(out)?;
    let checkpoint = desk.checkpoint()?;
    let size = checkpoint.checkpoint().head.size;
    let mut leaves = desk.leaves()?;
    // The log may have grown since.
    leaves.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let bytes = export(&leaves, &checkpoint);
    write_private(out, &bytes).map_err(|error| unwritten(out, &error))?;
    match verify(&bytes, &desk.root_key()?, Strictness::Production) {
        Ok(verified) => {
            let (size, root) = (verified.head.size, hex::encode(verified.head.root.0));
            let leaves = if size == 1 { "leaf is" } else { "leaves are" };
            let sentence = format!("{size} {leaves} in {place}; the issuer signed root {root}.");
            Ok(Outcome::done(sentence, json!({ "size": size, "root": root })).written_to(out))
        }
        Err(doubt) => {
            let sentence = format!("The log is in {place}, and is not sound: {doubt}. Keep it.");
            Ok(Outcome::violated(sentence, json!({ "doubt": doubt.to_string() })).written_to(out))
        }
    }
}
