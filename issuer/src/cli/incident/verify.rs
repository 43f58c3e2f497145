//! `incident verify`: an exported proof, with nothing but the exported log and the root's key.
//!
//! The log is verified first, as everybody verifies it. The manifests in it say which keys the
//! issuer had, so a proof is checked years later too, when its series is no longer in force.

use super::word;
use crate::cli::founded::{read_given, root_key, unread};
use crate::cli::outcome::{Failure, Outcome};
use crate::cli::refused::Refused;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tender_token::chain::Chain;
use tender_token::date::Day;
use tender_token::date::calendar::iso;
use tender_token::double_spend::{DoubleSpendProof, Exhibit, Offence};
use tender_token::error::Error;
use tender_token::log::TreeHead;
use tender_token::log::export::{Doubt, Verified, verify};
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::manifest::{Manifest, Strictness};
use tender_token::signature::PublicKey;

/// What a third party holds.
#[derive(Debug, Args)]
pub struct Evidence {
    /// The proof, as `incident export` wrote it.
    #[arg(long, value_name = "FILE")]
    proof: PathBuf,
    /// The issuer's log, as `log export` wrote it. One from after the proof has the proof's leaf.
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// The root's public key in hex, such as an issuer's `keys/root.pub`. Take it from somewhere
    /// else than the two other files.
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
}

/// Says what a proof proves. Errors: wrong usage; `UNSOUND_LOG`; the rule that the proof breaks.
pub fn run(evidence: &Evidence) -> Result<Outcome, Failure> {
    let Evidence { proof, log, root } = evidence;
    let key = root_key(read_given(root)?.trim());
    let no_key = || Failure::usage(format!("{} is no public key in hex", root.display()));
    let key = key.ok_or_else(no_key)?;
    let bytes = read(proof)?;
    let verified = sound(log, &key)?;
    let refused = |error: Error| {
        let (proof, log) = (proof.display(), log.display());
        Failure::refused(error, format!("{proof} proves nothing by {log}: {error}"))
    };
    let (read, manifest) = keyed(&bytes, &verified.leaves, &key).map_err(|unusable| match unusable
    {
        Unusable::Series => {
            let (proof, log) = (proof.display(), log.display());
            let sentence = format!(
                "{proof} is of a series that no manifest in {log} has: it is of another issuer, or \
                 the log is from before that series"
            );
            Failure::refused(Error::Cert, sentence)
        }
        Unusable::Other(error) => refused(error),
    })?;
    read.verify(&manifest).map_err(refused)?;
    let series = manifest.slot_key(read.proof.slot.series).map_err(refused)?.series.number;
    Ok(told(&read, series, logged(&read.proof, &verified.leaves), verified.head))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| unread(path, &error))
}

/// The log, verified. Errors: wrong usage if it is another file; `UNSOUND_LOG`.
fn sound(path: &Path, root: &PublicKey) -> Result<Verified, Failure> {
    verify(&read(path)?, root, Strictness::Production).map_err(|doubt| {
        let sentence = format!("{} is not believed under this root's key: {doubt}", path.display());
        match doubt {
            Doubt::Front => Failure::usage(sentence),
            Doubt::Leaf(..) | Doubt::Checkpoint | Doubt::Tree => {
                Failure::books(Refused::UnsoundLog, sentence)
            }
        }
    })
}

/// Why a proof cannot be read.
enum Unusable {
    /// No manifest in the log has its series.
    Series,
    /// It is no proof, or a manifest is none.
    Other(Error),
}

/// The proof, and the newest manifest that has its slot's series.
fn keyed(bytes: &[u8], leaves: &[Leaf], root: &PublicKey) -> Result<(Exhibit, Manifest), Unusable> {
    for leaf in leaves.iter().rev() {
        let Effect::Manifest { manifest, signature, policy } = &leaf.effect else { continue };
        let manifest = Manifest::verify(manifest, signature, root, policy, Strictness::Production)
            .map_err(Unusable::Other)?;
        match Exhibit::from_bytes(bytes, &manifest) {
            Ok(exhibit) => return Ok((exhibit, manifest)),
            // Reading one has this error for an unknown series only.
            Err(Error::Cert) => {}
            Err(error) => return Err(Unusable::Other(error)),
        }
    }
    Err(Unusable::Series)
}

/// Where the log has the proof, and of which day.
fn logged(proof: &DoubleSpendProof, leaves: &[Leaf]) -> Option<(u64, Day)> {
    let hash = proof.hash();
    let mut counted = (0..).zip(leaves);
    let (number, leaf) = counted.find(|(_, leaf)| leaf.effect == Effect::Incident(hash))?;
    Some((number, leaf.day))
}

/// What the chains of a proof show: which tokens it is about, and what each is worth.
fn worth(chains: &[Chain]) -> (String, Vec<Value>) {
    let line = |chain: &Chain| {
        let (token, value) = (hex::encode(chain.token_id().0), chain.value().minor_units());
        format!("token         {token}, worth {value} minor units\n")
    };
    let object = |chain: &Chain| {
        json!({
            "token": hex::encode(chain.token_id().0),
            "value": chain.value().minor_units(),
        })
    };
    let lines: String = chains.iter().map(line).collect();
    (lines, chains.iter().map(object).collect())
}

fn told(exhibit: &Exhibit, series: u32, leaf: Option<(u64, Day)>, head: TreeHead) -> Outcome {
    let Exhibit { proof, chains } = exhibit;
    let record = &proof.record;
    let [identity, pseudonym, intermediary, series_id, hash, root] = [
        proof.identity.bytes(),
        record.pseudonym.0,
        record.registrar.0,
        proof.slot.series.0,
        proof.hash(),
        head.root.0,
    ]
    .map(hex::encode);
    let (offence, size) = (word(proof.offence), head.size);
    let shows = match proof.offence {
        Offence::DoubleSpend => "passed one token on twice from the same place",
        Offence::SlotReuse => {
            "answered twice with one slot, for two tokens or places: no double spend"
        }
    };
    let where_logged = leaf.map_or_else(
        || {
            format!(
                "not among the {size} leaves: the log is older than the proof, or the issuer did \
                 not\n              write the proof so. Whoever has one proof of a slot can \
                 write others of it,\n              so ask for a log that has this one"
            )
        },
        |(number, day)| format!("leaf {number} of {size}, on {}", iso(day)),
    );
    let (tokens, worths) = worth(chains);
    let unsaid = if chains.is_empty() {
        "\nWhat the token was worth the proof alone does not say, and no chain is attached to it."
    } else {
        ""
    };
    let sentence = format!(
        "The proof holds: the wallet {shows}.\n\
         offence       {offence}\n\
         identity      {identity}\n\
         pseudonym     {pseudonym}\n\
         intermediary  {intermediary}\n\
         series        {series}, {series_id}\n\
         {tokens}\
         proof's hash  {hash}\n\
         in the log    {where_logged}\n\
         log's root    {root}\n\
         Identity and pseudonym are random keys of a wallet, and the intermediary's is its public \
         key:\nonly the intermediary knows whose wallet it is, and the issuer's `intermediary \
         list` has its name.{unsaid}"
    );
    let object = json!({
        "offence": offence,
        "identity": identity,
        "pseudonym": pseudonym,
        "intermediary": intermediary,
        "series": series,
        "series_id": series_id,
        "tokens": worths,
        "proof": hash,
        "leaf": leaf.map(|(number, _)| number),
        "day": leaf.map(|(_, day)| iso(day)),
        "size": size,
        "root": root,
    });
    Outcome::done(sentence, object)
}
