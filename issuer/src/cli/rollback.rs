//! `rollback`: that an issuer goes on from an older copy is proposed by one and approved by
//! several; `restore` carries it out.

use super::approval::{self, Approving, Kind};
use super::backup::take;
use super::counted;
use super::founded::{Founded, refuse_taken, unwritten};
use super::outcome::{Failure, Outcome};
use super::pending;
use super::place::Place;
use crate::anchor::{self, Astray};
use crate::home::Home;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tender_store::files::write_private;
use tender_token::date::calendar::moment;
use tender_token::encode::Encode;
use tender_token::error::Error;
use tender_token::log::TreeHead;
use tender_token::manifest::Manifest;
use tender_token::policy::Policy;
use tender_token::rollback::{ApprovedRollback, Proposal, Rollback};
use tender_token::treasury::Approval;

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

/// Carries a `rollback` command out.
pub fn run(place: &Place, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::New { from, out } => new(place.home()?, from, out),
        Command::Approve(arguments) => approve(place, arguments),
    }
}

/// Looks at the whole copy, as `restore` does, and takes it away again.
fn new(home: &Home, from: &Path, out: &Path) -> Result<Outcome, Failure> {
    refuse_taken(out)?;
    take(home, from, |founded, _| propose(home, &founded, from, out))
}

fn propose(home: &Home, founded: &Founded, from: &Path, out: &Path) -> Result<Outcome, Failure> {
    match anchor::check(home, &founded.store) {
        Err(Astray::Unremembered | Astray::Behind { .. } | Astray::Older { .. }) => {}
        Ok(()) => {
            let from = from.display();
            let sentence = format!("{from} has forgotten nothing that is known; restore it");
            return Err(Failure::usage(sentence));
        }
        Err(astray) => return Err(astray.into()),
    }
    let (_, trust, manifest) = founded.published(home)?;
    let kept = anchor::reached(&founded.store)?;
    // Where nothing is known, officers decide about what nobody can say.
    let known = anchor::furthest(home, kept)?;
    let proposal = Proposal { issuer: *manifest.issuer(), kept, known };
    let newer = newer_policy(home, &manifest)?;
    write_private(out, &proposal.to_bytes()).map_err(|error| unwritten(out, &error))?;
    let (what, place) = (described(&proposal), out.display());
    let also = newer.map(|policy| {
        format!(" Officers changed since: {} of the new ones must, too.", policy.officers_k)
    });
    let time = founded.store.newest_time();
    let sentence = format!(
        "{what}\nThe newest moment in the copy's books is {}: what came later is forgotten. \
         Tell the officers, since the proposal has numbers alone.\nThat is proposed in {place}; \
         {} officers must approve it.{}",
        moment(time),
        trust.policy.officers_k,
        also.unwrap_or_default()
    );
    let mut object = told(&proposal);
    if let Some(object) = object.as_object_mut() {
        object.insert("time".to_owned(), json!(time.0));
    }
    Ok(Outcome::done(sentence, object).written_to(out))
}

/// Signs a proposal as an officer, who has read what this prints. It needs no issuer.
fn approve(place: &Place, arguments: &Approving) -> Result<Outcome, Failure> {
    place.nowhere()?;
    let signed = |proposal: &Proposal| *proposal;
    let (proposal, officer) =
        approval::approve(arguments, place.passphrase(), approval::ROLLBACK, signed)?;
    let (what, out) = (described(&proposal), arguments.out.display());
    let sentence = format!("Approved: {what}\nThe approval of this is in {out}.");
    let mut object = told(&proposal);
    if let Some(object) = object.as_object_mut() {
        object.insert("officer".to_owned(), json!(officer));
    }
    Ok(Outcome::done(sentence, object).written_to(&arguments.out))
}

/// Checks that enough officers approve of going on from a copy: those of the policy that the copy
/// has in force, which is the one that readers of the log know there, and those of the newest
/// policy that the home remembers. Whom a later policy dismissed must not bring back the books
/// under which they were in office. Errors: `E_AUTH`, or a file.
pub fn approved(
    home: &Home,
    (held, manifest): (&Policy, &Manifest),
    rollback: &Rollback,
    files: &[PathBuf],
    kept: TreeHead,
) -> Result<ApprovedRollback, Failure> {
    let (newer, issuer) = (newer_policy(home, manifest)?, manifest.issuer());
    let by = |policy: &Policy| {
        let mut own = rollback.clone();
        own.approvals.retain(|approval| policy.officers.contains(&approval.officer));
        own.verify(issuer, policy, kept)
    };
    let is_known = |approval: &Approval| {
        let policies = core::iter::once(held).chain(&newer);
        policies.into_iter().any(|policy| policy.officers.contains(&approval.officer))
    };
    let all_known = rollback.approvals.iter().all(is_known);
    let is_borne_now = newer.as_ref().is_none_or(|policy| by(policy).is_ok());
    by(held).ok().filter(|_| all_known && is_borne_now).ok_or_else(|| {
        let newest = newer.as_ref().map(|policy| (policy, "the newest policy's "));
        let policies = core::iter::once((held, "the copy's ")).chain(newest);
        let policies: Vec<_> = policies.collect();
        let Rollback { proposal, approvals } = rollback;
        let sentence = counted::told_of(proposal, files, approvals, &policies, Kind::Rollback);
        Failure::refused(Error::Auth, sentence)
    })
}

/// The newest policy that officers approved, if it came after that of a copy and is another one.
fn newer_policy(home: &Home, held: &Manifest) -> Result<Option<Policy>, Failure> {
    let held = held.record();
    let newer = pending::newest(home)?.filter(|newest| newest.record.epoch > held.epoch);
    let newer = newer.map(|newer| newer.policy);
    Ok(newer.filter(|policy| policy.hash() != held.policy_hash))
}

/// The proposal for people.
pub fn described(proposal: &Proposal) -> String {
    let Proposal { issuer, kept, known } = proposal;
    if kept == known {
        return format!(
            "issuer {} goes on from leaf {} with root {}, commit {}, and nothing tells how far it \
             had come: whatever came after is forgotten, and tokens that were cashed in it can be \
             cashed once more.",
            hex::encode(issuer.0),
            kept.head.size,
            hex::encode(kept.head.root.0),
            kept.commits
        );
    }
    format!(
        "issuer {} goes on from leaf {} with root {}, commit {}, and had come to leaf {} with root \
         {}, commit {}: {} and {} are forgotten at least, and tokens that were \
         cashed in them can be cashed once more.",
        hex::encode(issuer.0),
        kept.head.size,
        hex::encode(kept.head.root.0),
        kept.commits,
        known.head.size,
        hex::encode(known.head.root.0),
        known.commits,
        lost(proposal.leaves_lost(), "leaf", "leaves"),
        lost(proposal.commits_lost(), "commit", "commits")
    )
}

fn lost(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
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
