//! `ceremony`: makes the keys of a series and proposes the manifest that names them.

use super::founded::{Founded, read_new_config, read_root, refuse_taken, unusable, unwritten};
use super::init::progress;
use super::outcome::{Failure, Outcome};
use super::passphrase::{Whose, known};
use super::pending::{self, named};
use super::today::Today;
use super::withdrawable::Withdrawable;
use super::{Proposing, Reviewing, approval, proposed, unchanged};
use crate::home::Home;
use crate::signer::ceremony::SeriesKeys;
use rand_core::CryptoRng;
use serde_json::json;
use std::path::Path;
use tender_store::files::write_private;
use tender_token::ceremony::Proposal;
use tender_token::date::Day;
use tender_token::date::calendar::iso;
use tender_token::encode::Encode;
use tender_token::manifest::{Manifest, Strictness};

/// Makes the keys and writes the proposal. The keys are of no use to anybody until officers have
/// approved it and the root has signed it; a ceremony that goes no further may be replaced.
pub fn new<R: CryptoRng + Clone + Send>(
    home: &Home,
    arguments: &Proposing,
    passphrase: Option<&Path>,
    today: Today,
    rng: &mut R,
) -> Result<Outcome, Failure> {
    let founded = Founded::open(home)?;
    let today = founded.clock(today)?.now().day();
    let (published, _, held) = founded.published(home)?;
    let root = read_root(home)?;
    let revoked = published.revocations.iter().map(|signed| signed.verify(&root));
    let revoked = revoked.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
    let (_, config) = read_new_config(&arguments.config)?;
    if config.currency != founded.config.currency || config.decimals != founded.config.decimals {
        return Err(Failure::usage("a new series keeps the issuer's currency and its decimals"));
    }
    refuse_taken(&arguments.out)?;
    let beyond = || Failure::usage("the series would end beyond the range of days");
    let withdrawable = Withdrawable::of(&held, &revoked);
    let earliest = withdrawable.first_gap(today).ok_or_else(beyond)?;
    let begins = match arguments.begins_in {
        Some(days) => today.checked_add(days).ok_or_else(beyond)?,
        None => earliest,
    };
    let warning = gap(&withdrawable, earliest, begins);
    let dates = config.series.dates(begins).ok_or_else(beyond)?;
    let archive = founded.archive(home)?;
    let numbers = archive.slot_keys().map(|(_, key)| key.series.number);
    let number = numbers.max().unwrap_or_default().saturating_add(1);
    let replaced = pending::replaced(home, number, &config.denominations, arguments.replace)?;

    let mut lock = known(Whose::Issuer, passphrase)?;
    // Proves that the passphrase is that of the other keys before new ones are sealed under it.
    drop(founded.office(home, &mut lock, false)?);
    let bar = progress(&config);
    let keys = SeriesKeys::generate(&config.denominations, rng, || bar.inc(1))?;
    bar.finish_and_clear();
    let (series, denominations) = keys.records(&config, number, dates);
    let policy = config.policy.clone();
    let lead = config.min_lead_days;
    let proposal = Proposal::after(&held, series, denominations, policy, lead, today);
    Manifest::check(proposal.record.clone(), Strictness::Production)
        .map_err(|error| Failure::fault(format!("the proposal is no manifest: {error}")))?;
    pending::propose(home, &proposal)?;
    keys.write(number, home, &mut lock, config.cost, rng)?;
    write_private(&arguments.out, &proposal.to_bytes())
        .map_err(|error| unwritten(&arguments.out, &error))?;
    let done = Proposed { number, begins, warning, proposal, replaced };
    let ignored = unchanged::ignored(&config, &founded.config);
    Ok(told(&done, &arguments.config, &ignored, &arguments.out).written_to(&arguments.out))
}

/// What was proposed, and what to think of.
struct Proposed {
    number: u32,
    begins: Day,
    warning: Option<String>,
    proposal: Proposal,
    replaced: Option<Proposal>,
}

/// Says what was proposed, what is good for nothing since, and what of the file was not taken.
fn told(done: &Proposed, file: &Path, ignored: &[&str], out: &Path) -> Outcome {
    let Proposed { number, begins, warning, proposal, replaced } = done;
    let (hash, epoch) = (hex::encode(proposal.record.hash().0), proposal.record.epoch);
    let mut lines = vec![
        format!("Series {number} is proposed in {}, to begin on {}.", out.display(), iso(*begins)),
        format!("Officers approve manifest {epoch}: {hash}"),
    ];
    lines.extend(replaced.iter().map(|old| format!("No longer to be carried out: {}", named(old))));
    lines.extend(warning.clone());
    if !ignored.is_empty() {
        lines.push(format!(
            "Not taken from {}: {}. How the issuer is run is set in the home's issuer.toml.",
            file.display(),
            ignored.join(", ")
        ));
    }
    let object = json!({
        "series": number,
        "epoch": epoch,
        "manifest": hash,
        "begins": iso(*begins),
        "warning": warning,
        "ignored": ignored,
        "replaced": replaced.as_ref().map(|old| hex::encode(old.record.hash().0)),
    });
    Outcome::done(lines.join("\n"), object)
}

/// What to think of before there are days without a series to withdraw from.
fn gap(withdrawable: &Withdrawable<'_>, earliest: Day, begins: Day) -> Option<String> {
    let before = withdrawable.next(earliest).filter(|next| next.dates.issue_from <= begins);
    let (until, day) = match before {
        Some(next) => (format!("series {}", next.number), next.dates.issue_from),
        None => ("this series".to_owned(), begins),
    };
    let (earliest_shown, day) = (iso(earliest), iso(day));
    (begins > earliest).then(|| {
        format!("Nothing can be withdrawn from {earliest_shown} on, until {until} begins on {day}.")
    })
}

/// Signs a proposal as an officer, who has read it.
pub fn approve(arguments: &Reviewing, passphrase: Option<&Path>) -> Result<Outcome, Failure> {
    let Reviewing { approving, decimals } = arguments;
    let signed = |proposal: &Proposal| proposal.record.hash();
    let (proposal, officer) = approval::approve(approving, passphrase, approval::CEREMONY, signed)?;
    let (hash, out) = (hex::encode(proposal.record.hash().0), approving.out.display());
    let said = proposed::lines(&proposal, *decimals).join("\n");
    let sentence = format!("{said}\nManifest {hash} is approved; the approval is in {out}.");
    let mut object = proposed::object(&proposal);
    object.insert("manifest".to_owned(), json!(hash));
    object.insert("officer".to_owned(), json!(officer));
    Ok(Outcome::done(sentence, object.into()).written_to(&approving.out))
}
