//! `series`: lists them, puts the next one into force, revokes.

use super::approval::{CEREMONY, Kind, REVOCATION, read_all};
use super::counted;
use super::desk::Desk;
use super::founded::{Founded, read_root, unread};
use super::outcome::{Failure, Outcome};
use super::passphrase::{self, Whose};
use super::pending;
use super::revocation::{described, told};
use super::today::Today;
use super::withdrawable::Withdrawable;
use super::{Revoking, Rotation};
use crate::home::Home;
use crate::office::Office;
use crate::overview::Overview;
use crate::rows::{Circulation, Epoch};
use crate::signer::InProcess;
use crate::signer::root::Root;
use crate::verbs::{log, series};
use crate::view::View;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tender_token::amount::Amount;
use tender_token::ceremony::Proposal;
use tender_token::date::Day;
use tender_token::date::calendar::iso;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error;
use tender_token::manifest::Manifest;
use tender_token::revocation::{self, Subject, VerifiedRevocation};
use tender_token::series::{DenominationId, Series, SeriesId};

/// Days before the last day of withdrawing from which the next series is asked for.
const WARNING_DAYS: u32 = 7;

/// Prints every series that there ever was.
pub fn list(desk: &Desk) -> Result<Outcome, Failure> {
    let today = desk.now()?.day();
    let published = desk.published()?;
    let unusable = |error| Failure::fault(format!("what is published is unusable: {error}"));
    let root = desk.root_key()?;
    let (_, manifest) = published.verify(&root).map_err(unusable)?;
    let archive = published.archive().map_err(unusable)?;
    let revoked = published.revocations.iter().map(|signed| signed.verify(&root));
    let revoked: Vec<_> = revoked.collect::<Result<_, _>>().map_err(unusable)?;
    let Overview { denominations: out, frozen, .. } = desk.overview()?;
    let known = Known { archive: &archive, revoked: &revoked, out: &out, frozen: &frozen };
    let mut all: Vec<_> = archive.slot_keys().collect();
    all.sort_by_key(|(_, key)| key.series.number);
    let (mut lines, mut objects) = (Vec::new(), Vec::new());
    for (id, key) in all {
        let (own, object) = describe(id, &key.series, &known, desk.decimals, today);
        lines.extend(own);
        objects.push(object);
    }
    let mut warnings = warnings(&manifest, &revoked, &frozen, today);
    if !revoked.is_empty() {
        let (count, when) = (revoked.len(), revocations_hold(desk));
        warnings.push(format!("Revocations signed by the root: {count}, {when}."));
    }
    lines.extend(warnings.iter().cloned());
    Ok(Outcome::done(lines.join("\n"), json!({ "series": objects, "warnings": warnings })))
}

/// What is known of the series besides their dates.
struct Known<'a> {
    archive: &'a Manifest,
    revoked: &'a [VerifiedRevocation],
    out: &'a BTreeMap<DenominationId, Circulation>,
    frozen: &'a BTreeSet<DenominationId>,
}

/// From when on revocations hold: a server follows those that were there when it started, and none
/// is added while it runs.
fn revocations_hold(desk: &Desk) -> &'static str {
    if desk.is_served() { "in force" } else { "in force from the next start on" }
}

/// Lines for people, the series' first and then one for each denomination; an object for programs.
fn describe(
    id: SeriesId,
    series: &Series,
    known: &Known<'_>,
    decimals: u8,
    today: Day,
) -> (Vec<String>, Value) {
    let Known { archive, revoked, out, .. } = known;
    let is_revoked = revoked.iter().any(|one| one.ends_series(id));
    let is_ended = |of: &DenominationId| revoked.iter().any(|one| one.ends_denomination(*of, id));
    let dates = &series.dates;
    let mut values: Vec<_> =
        archive.value_keys().filter(|(_, key)| key.denomination.series == id).collect();
    values.sort_by_key(|(_, key)| key.denomination.value);
    let row = |id: &DenominationId| out.get(id).copied().unwrap_or_default();
    let (signed, cashed) = values.iter().fold((0_u64, 0_u64), |(signed, cashed), (id, _)| {
        let row = row(id);
        (signed.saturating_add(row.signed.0), cashed.saturating_add(row.cashed.0))
    });
    let phase = dates.phase(today).word();
    let ends = [dates.issue_until, dates.spend_until, dates.deposit_until, dates.claim_until];
    let [issue, spend, deposit, claim] = ends.map(iso);
    let from = iso(dates.issue_from);
    let word = if is_revoked { "revoked; " } else { "" };
    let line = format!(
        "{:>4}  {}  {phase:<8} {word}from {from}, withdrawn until {issue}, paid until {spend}, \
         cashed until {deposit}, claimed until {claim}; {signed} tokens signed, {cashed} cashed",
        series.number,
        hex::encode(id.0)
    );
    let (mut lines, mut denominations) = (vec![line], Vec::new());
    for (of, key) in values {
        let value = key.denomination.value;
        let (line, object) = described_value(of, value, row(&of), known, is_ended(&of), decimals);
        lines.push(line);
        denominations.push(object);
    }
    let object = json!({
        "number": series.number,
        "id": hex::encode(id.0),
        "phase": phase,
        "revoked": is_revoked,
        "issue_from": from,
        "issue_until": issue,
        "spend_until": spend,
        "deposit_until": deposit,
        "claim_until": claim,
        "denominations": denominations,
    });
    (lines, object)
}

fn described_value(
    id: DenominationId,
    value: Amount,
    row: Circulation,
    known: &Known<'_>,
    is_revoked: bool,
    decimals: u8,
) -> (String, Value) {
    let is_frozen = known.frozen.contains(&id);
    let mut line = format!("      {:>12}  {}", value.to_decimal(decimals), hex::encode(id.0));
    for (holds, word) in [(is_revoked, "  revoked"), (is_frozen, "  frozen")] {
        if holds {
            line.push_str(word);
        }
    }
    let object = json!({
        "id": hex::encode(id.0),
        "value": value.minor_units(),
        "signed": row.signed.0,
        "cashed": row.cashed.0,
        "frozen": is_frozen,
        "revoked": is_revoked,
    });
    (line, object)
}

/// What the operator must do, one sentence each.
fn warnings(
    manifest: &Manifest,
    revoked: &[VerifiedRevocation],
    frozen: &BTreeSet<DenominationId>,
    today: Day,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let soon = today.checked_add(WARNING_DAYS).unwrap_or(today);
    let gap = Withdrawable::of(manifest, revoked).first_gap(today);
    if let Some(first) = gap.filter(|first| *first <= soon) {
        let when = if first == today { "today, " } else { "on " };
        let date = iso(first);
        warnings.push(format!("No series can be withdrawn from {when}{date}: rotate now."));
    }
    for id in frozen {
        let id = hex::encode(id.0);
        warnings.push(format!("Denomination {id} is frozen: more came in than was signed."));
    }
    warnings
}

/// Verifies a proposal and its approvals, opens the keys that it names, and puts it into force.
pub fn rotate(
    home: &Home,
    arguments: &Rotation,
    own_lock: Option<&Path>,
    today: Today,
) -> Result<Outcome, Failure> {
    let founded = Founded::open(home)?;
    let now = founded.clock(today)?.now();
    let (mut published, trust, held) = founded.published(home)?;
    let proposal: Proposal = read(&arguments.proposal, CEREMONY)?;
    let proposed = proposal.clone();
    let (number, own) = (proposed.record.epoch, proposed.record.to_bytes());
    if published.manifests.iter().any(|(_, trust)| trust.manifest == own) {
        let hash = hex::encode(proposed.record.hash().0);
        let before = format!("manifest {number}, {hash}, was put into force before");
        return Ok(Outcome::already(&before, json!({ "epoch": number, "manifest": hash })));
    }
    let approvals = read_all(&arguments.approvals, Kind::Series)?;
    let approved =
        proposal.verify(&held, &trust.policy, &approvals, now.day()).map_err(|error| {
            let sentence = if error == Error::Auth {
                let hash = proposed.record.hash();
                let files = &arguments.approvals;
                counted::told(&hash, files, &approvals, &trust.policy, Kind::Series)
            } else {
                "the proposal does not follow the manifest in force; nothing was changed".to_owned()
            };
            Failure::refused(error, sentence)
        })?;
    pending::refuse_replaced(home, &proposed)?;
    let mut lock = passphrase::known(Whose::Issuer, own_lock)?;
    let signer = Box::new(InProcess::load(home, approved.manifest(), &mut lock)?);
    let root_lock = arguments.root_passphrase_file.as_deref();
    let root = Root::open(home, &mut passphrase::known(Whose::Root, root_lock)?)?;
    let trust = root.sign(&approved);
    let record = approved.manifest().record();
    let epoch = Epoch(record.epoch);
    published.manifests.push((epoch, trust.clone()));
    // Whatever would keep the next start from serving is found now.
    let next = Office::new(published, &read_root(home)?, signer, founded.config.sessions_per_day);
    next.map_err(|error| Failure::fault(format!("the root's key does not fit: {error}")))?;
    let mut view = loaded(&founded, epoch)?;
    pending::approve(home, &proposed)?;
    series::publish(&mut view, epoch, trust, now.day());
    founded.commit(home, view, now)?;
    let (number, hash) = (record.epoch, hex::encode(approved.manifest().hash().0));
    let sentence =
        format!("Manifest {number} is in force from the next start on.\nIts hash is {hash}.");
    Ok(Outcome::done(sentence, json!({ "epoch": number, "manifest": hash })))
}

/// Verifies a proposal and its approvals, lets the root sign the revocation, puts it into force.
pub fn revoke(home: &Home, arguments: &Revoking, today: Today) -> Result<Outcome, Failure> {
    let founded = Founded::open(home)?;
    let now = founded.clock(today)?.now();
    let day = now.day();
    let (published, trust, manifest) = founded.published(home)?;
    let proposal: revocation::Proposal = read(&arguments.proposal, REVOCATION)?;
    let root = read_root(home)?;
    let (subject, what) = (proposal.subject, described(proposal.subject));
    let is_ours = proposal.issuer == manifest.record().issuer;
    if let Some(known) = published.revocation(subject, &root).filter(|_| is_ours) {
        let object = revoked(subject, known.day);
        return Ok(Outcome::already(&format!("{what} is revoked already"), object));
    }
    let approvals = read_all(&arguments.approvals, Kind::Revocation)?;
    let approved = proposal.verify(&manifest.record().issuer, &trust.policy, &approvals);
    let approved = approved.map_err(|error| {
        let sentence = if is_ours {
            let files = &arguments.approvals;
            counted::told(&proposal, files, &approvals, &trust.policy, Kind::Revocation)
        } else {
            "the proposal is for another issuer; nothing was changed".to_owned()
        };
        Failure::refused(error, sentence)
    })?;
    let root_lock = arguments.root_passphrase_file.as_deref();
    let signing = Root::open(home, &mut passphrase::known(Whose::Root, root_lock)?)?;
    let epoch = manifest.record().epoch;
    let revocation = signing.revoke(&approved, epoch, day);
    revocation
        .verify(&root)
        .map_err(|_| Failure::fault("the root's key is not the one that was published"))?;
    let mut view = loaded(&founded, Epoch(epoch))?;
    series::revoke(&mut view, revocation, day);
    founded.commit(home, view, now)?;
    let sentence = format!("Revoked for good, from the next start on: {what}.");
    Ok(Outcome::done(sentence, revoked(subject, day)))
}

/// A revocation for programs.
fn revoked(subject: Subject, day: Day) -> Value {
    let mut object = told(subject);
    if let Some(object) = object.as_object_mut() {
        object.insert("day".to_owned(), json!(iso(day)));
    }
    object
}

fn loaded(founded: &Founded, epoch: Epoch) -> Result<View, Failure> {
    let mut view = View::default();
    series::touches(epoch, &mut view);
    log::touches_size(&mut view);
    founded.store.load(&mut view)?;
    log::touches_frontier(&mut view);
    founded.store.load(&mut view)?;
    Ok(view)
}

/// Reads what a file holds, all of it; `expected` says what that should be, and what writes it.
/// Errors: wrong usage, or a file that cannot be read.
pub fn read<T: Decode>(path: &Path, expected: &str) -> Result<T, Failure> {
    let bytes = std::fs::read(path).map_err(|error| unread(path, &error))?;
    let wrong = |_| Failure::usage(format!("{} is no {expected}", path.display()));
    T::from_bytes(&bytes).map_err(wrong)
}
