//! `rollback`: that an issuer goes on from an older copy is proposed by one and approved by
//! several; `restore` carries it out.

use super::backup::take;
use super::founded::{Founded, file_failure, refuse_taken};
use super::officer;
use super::outcome::{Failure, Outcome};
use super::series::read;
use crate::anchor::{self, Astray};
use crate::home::Home;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tender_store::files::write_private;
use tender_token::encode::Encode;
use tender_token::rollback::Proposal;

/// What can be done with a rollback before `restore` carries it out.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write down what would be forgotten with an older copy, for officers to approve. Nothing is
    /// restored yet.
    New {
        /// The folder with the copy, as `backup` wrote it.
        #[arg(long, value_name = "FOLDER")]
        from: PathBuf,
        /// Where to write the proposal. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Approve a rollback as one of the officers. Needs no issuer.
    Approve(Approving),
}

/// An approval of a rollback.
#[derive(Debug, Args)]
pub struct Approving {
    /// The proposal that `rollback new` wrote.
    #[arg(long, value_name = "FILE")]
    proposal: PathBuf,
    /// The officer's key; see `officer new`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the approval. Nothing may be there.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Carries a `rollback` command out.
pub fn run(home: &Home, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::New { from, out } => new(home, from, out),
        Command::Approve(arguments) => approve(arguments),
    }
}

/// Looks at the whole copy, as `restore` does, and takes it away again.
fn new(home: &Home, from: &Path, out: &Path) -> Result<Outcome, Failure> {
    refuse_taken(out)?;
    take(home, from, |founded, _| propose(home, &founded, from, out))
}

fn propose(home: &Home, founded: &Founded, from: &Path, out: &Path) -> Result<Outcome, Failure> {
    match anchor::check(home, &founded.store) {
        Err(Astray::Behind { .. } | Astray::Older { .. }) => {}
        Ok(()) => {
            let from = from.display();
            let sentence = format!("{from} has forgotten nothing that is known; restore it");
            return Err(Failure::usage(sentence));
        }
        Err(astray) => return Err(astray.into()),
    }
    let (_, trust, manifest) = founded.published(home)?;
    let kept = anchor::reached(&founded.store)?;
    let known = anchor::furthest(home)?.ok_or(Astray::Damaged)?;
    let proposal = Proposal { issuer: *manifest.issuer(), kept, known };
    write_private(out, &proposal.to_bytes()).map_err(|error| file_failure(out, &error))?;
    let (what, out) = (described(&proposal), out.display());
    let sentence = format!(
        "{what}\nThat is proposed in {out}; {} officers must approve it.",
        trust.policy.officers_k
    );
    Ok(Outcome::done(sentence, told(&proposal)))
}

/// Signs a proposal as an officer, who has read what this prints. It needs no issuer.
pub fn approve(arguments: &Approving) -> Result<Outcome, Failure> {
    let Approving { proposal, key, out } = arguments;
    let proposal: Proposal = read(proposal)?;
    let officer = officer::read(key)?;
    refuse_taken(out)?;
    let approval = officer.approve_rollback(&proposal);
    write_private(out, &approval.to_bytes()).map_err(|error| file_failure(out, &error))?;
    let sentence = format!("Approved: {}\n{}", described(&proposal), out.display());
    let mut object = told(&proposal);
    if let Some(object) = object.as_object_mut() {
        object.insert("officer".to_owned(), json!(hex::encode(officer.public().0)));
    }
    Ok(Outcome::done(sentence, object))
}

/// The proposal for people.
pub fn described(proposal: &Proposal) -> String {
    let Proposal { issuer, kept, known } = proposal;
    format!(
        "issuer {} goes on from leaf {} with root {}, commit {}, and had come to leaf {} with root \
         {}, commit {}: {} leaves and {} commits are forgotten at least, and tokens that were \
         cashed in them can be cashed once more.",
        hex::encode(issuer.0),
        kept.head.size,
        hex::encode(kept.head.root.0),
        kept.commits,
        known.head.size,
        hex::encode(known.head.root.0),
        known.commits,
        proposal.leaves_lost(),
        proposal.commits_lost()
    )
}

/// The proposal for programs.
pub fn told(proposal: &Proposal) -> Value {
    json!({
        "issuer": hex::encode(proposal.issuer.0),
        "leaves": proposal.kept.head.size,
        "root": hex::encode(proposal.kept.head.root.0),
        "commits": proposal.kept.commits,
        "leaves_lost": proposal.leaves_lost(),
        "commits_lost": proposal.commits_lost(),
    })
}
