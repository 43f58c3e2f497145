//! What a home knows of the ceremonies of its series: which proposal the keys of each are for, and
//! whether officers approved it. The store may forget that, the home does not.
//!
//! `keys/series-<n>.proposed` is written before the keys, `keys/series-<n>.approved` before the
//! store has the manifest, so after a crash the home knows too much of a ceremony at most.

use super::founded::{unread, unwritten};
use super::outcome::Failure;
use super::refused::Refused;
use crate::home::Home;
use crate::signer::series_keys;
use std::path::PathBuf;
use tender_store::files::write_private;
use tender_token::amount::Amount;
use tender_token::ceremony::Proposal;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::manifest::ManifestHash;

/// How far a proposal has come.
#[derive(Clone, Copy)]
enum Stage {
    /// Its keys are made.
    Proposed,
    /// Officers approved it, and the root signed it.
    Approved,
}

impl Stage {
    fn path(self, home: &Home, series: u32) -> PathBuf {
        home.key(&match self {
            Self::Proposed => format!("series-{series}.proposed"),
            Self::Approved => format!("series-{series}.approved"),
        })
    }
}

/// The proposal that the keys of a series in the home are for, if it may be replaced. Errors:
/// [`Refused::Pending`], if nobody asked for that, or officers approved it; wrong usage, if keys
/// are there that may be in use; or a file.
pub fn replaced(
    home: &Home,
    series: u32,
    values: &[Amount],
    replace: bool,
) -> Result<Option<Proposal>, Failure> {
    let keys = format!("the keys of series {series} in the home are");
    if let Some(approved) = read(home, Stage::Approved, series)? {
        let sentence = format!(
            "{keys} those of {}, which officers approved; they are never replaced; give series \
             rotate with that proposal; nothing was changed",
            named(&approved)
        );
        return Err(Failure::books(Refused::Pending, sentence));
    }
    match read(home, Stage::Proposed, series)? {
        Some(pending) if replace => Ok(Some(pending)),
        Some(pending) => {
            let sentence = format!(
                "{keys} for {}, which was proposed and is pending; with --replace new ones are \
                 made, and that proposal can no longer be carried out; nothing was changed",
                named(&pending)
            );
            Err(Failure::books(Refused::Pending, sentence))
        }
        None => match series_keys(series, values).find(|name| home.key(name).exists()) {
            None => Ok(None),
            Some(name) => Err(Failure::usage(format!(
                "{keys} there already, and the home does not know which manifest names them: {}; \
                 if none does, move them away and keep them; nothing was changed",
                home.key(&name).display()
            ))),
        },
    }
}

/// Remembers which proposal the keys of a series are for, from now on. Errors: a file.
pub fn propose(home: &Home, proposal: &Proposal) -> Result<(), Failure> {
    write(home, Stage::Proposed, proposal)
}

/// Refuses a proposal if the keys of its series are for another one by now.
/// Errors: `E_MANIFEST`, or a file.
pub fn refuse_replaced(home: &Home, proposal: &Proposal) -> Result<(), Failure> {
    let newer = read(home, Stage::Proposed, number(proposal))?;
    if let Some(newer) = newer.filter(|newer| newer != proposal) {
        let sentence = format!(
            "{} was replaced by a later ceremony, and can no longer be carried out; the keys in \
             the home are for {}; nothing was changed",
            named(proposal),
            named(&newer)
        );
        return Err(Failure::refused(Error::Manifest, sentence));
    }
    Ok(())
}

/// Remembers that officers approved a proposal, and the root signed it. Errors: a file.
pub fn approve(home: &Home, proposal: &Proposal) -> Result<(), Failure> {
    write(home, Stage::Approved, proposal)
}

/// The newest proposal that officers approved, as far as the home knows: its policy says who the
/// officers are, also where the store has forgotten it. Errors: a file.
pub fn newest(home: &Home) -> Result<Option<Proposal>, Failure> {
    let names = home.key_names().map_err(|error| unread(home.folder(), &error))?;
    let series = names
        .iter()
        .filter_map(|name| name.strip_prefix("series-")?.strip_suffix(".approved")?.parse().ok());
    let mut newest: Option<Proposal> = None;
    for number in series {
        let approved = read(home, Stage::Approved, number)?;
        newest = newest.into_iter().chain(approved).max_by_key(|one| one.record.epoch);
    }
    Ok(newest)
}

/// The proposal's manifest, for people.
pub fn named(proposal: &Proposal) -> String {
    let ManifestHash(hash) = proposal.record.hash();
    format!("manifest {}: {}", proposal.record.epoch, hex::encode(hash))
}

/// The number of the series that a proposal adds.
fn number(proposal: &Proposal) -> u32 {
    let numbers = proposal.record.series.iter().map(|series| series.number);
    numbers.max().unwrap_or_default()
}

fn read(home: &Home, stage: Stage, series: u32) -> Result<Option<Proposal>, Failure> {
    let path = stage.path(home, series);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unread(&path, &error)),
    };
    let damaged = |_| Failure::fault(format!("{} holds no proposal", path.display()));
    Proposal::from_bytes(&bytes).map(Some).map_err(damaged)
}

fn write(home: &Home, stage: Stage, proposal: &Proposal) -> Result<(), Failure> {
    let path = stage.path(home, number(proposal));
    write_private(&path, &proposal.to_bytes()).map_err(|error| unwritten(&path, &error))
}
