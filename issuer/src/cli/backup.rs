//! `backup` and `restore`: a copy of the store, and the store from a copy.

use super::approval::{Kind, ROLLBACK, read_all};
use super::audit::damaged;
use super::desk::{Desk, operator};
use super::founded::{Founded, check_founded, refuse_taken, unread, unwritten};
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::rollback::{approved, described, told};
use super::series::read;
use super::today::Today;
use super::{Backup, Restoration};
use crate::anchor::{self, Astray};
use crate::audit::{Report, audit};
use crate::home::{Found, Home};
use crate::store::{ANNEX, Fault, NAME, Store, UNFINISHED, UNFINISHED_ANNEX};
use crate::verbs::rollback;
use crate::view::View;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use tender_token::error::Error;
use tender_token::rollback::{Proposal, Reached, Rollback};

const DAMAGED: &str = "The copy is damaged, and is not taken. Take another one.";

/// Copies the store into a folder. Nothing may be there.
pub fn backup(place: &Place, arguments: &Backup) -> Result<Outcome, Failure> {
    let out = &arguments.out;
    let desk = place.desk()?;
    if place.is_elsewhere() {
        desk.copy_there(out)?;
    } else {
        refuse_taken(out)?;
        copy(desk, place.home()?, out)?;
    }
    let there = if place.is_elsewhere() { ", below the issuer's folder for copies" } else { "" };
    let sentence = format!(
        "The store is copied to {}{there}. The copy knows nothing of what happens from now on.",
        out.display()
    );
    Ok(Outcome::done(sentence, json!({})).written_to(out))
}

/// Copies the store beside its home, as whoever gives the command may write.
fn copy(desk: Desk, home: &Home, out: &Path) -> Result<(), Failure> {
    let out = std::path::absolute(out).map_err(|error| unread(out, &error))?;
    let above = out.parent().filter(|_| out.file_name().is_some());
    let no_name = || Failure::usage(format!("{} is no name of a folder", out.display()));
    let above = above.ok_or_else(no_name)?;
    if !above.is_dir() {
        return Err(Failure::usage(format!("there is no folder {}", above.display())));
    }
    Ok(desk.books(home)?.store.copy_out(&out)?)
}

/// Puts a copy in the place of a store that is lost, if it is intact, adds up, and is not behind
/// what the home remembers; or if officers approved that it is.
pub fn restore(home: &Home, arguments: &Restoration, today: Today) -> Result<Outcome, Failure> {
    take(home, &arguments.from, |founded, report| {
        put_back(home, founded, &report, arguments, today)
    })
}

fn put_back(
    home: &Home,
    founded: Founded,
    report: &Report,
    arguments: &Restoration,
    today: Today,
) -> Result<Outcome, Failure> {
    let folder = home.folder().display();
    let Restoration { proposal, approvals, .. } = arguments;
    let checked = anchor::check(home, &founded.store);
    let Some(proposal) = proposal else {
        checked.map_err(|astray| not_taken(astray, &arguments.from))?;
        drop(founded);
        Store::establish(&home.directory())?;
        let sentence = format!("The store in {folder} is restored. Every invariant holds.");
        let object = json!({ "leaves": report.log.size, "root": report.log.root });
        return Ok(Outcome::done(sentence, object));
    };
    match checked {
        Err(Astray::Unremembered | Astray::Behind { .. } | Astray::Older { .. }) => {}
        Ok(()) => {
            let sentence = "the copy has forgotten nothing that is known; restore it without a \
                            proposal; nothing was changed";
            return Err(Failure::usage(sentence));
        }
        Err(astray) => return Err(astray.into()),
    }
    let proposal: Proposal = read(proposal, ROLLBACK)?;
    let reached = roll_back(home, founded, proposal, approvals, today)?;
    Store::establish(&home.directory())?;
    // Until this is done the home refuses the store, and the same command can be given again.
    anchor::lower(home, reached)?;
    let sentence = format!(
        "The store in {folder} is restored from an older copy, as officers approved: {}\nThe log \
         says so in leaf {}.",
        described(&proposal),
        proposal.kept.head.size
    );
    Ok(Outcome::done(sentence, told(&proposal)))
}

/// Why a copy is not taken: nothing of it is in the home, so nothing is to be moved away there.
fn not_taken(astray: Astray, from: &Path) -> Failure {
    let from = from.display();
    let behind = match &astray {
        Astray::Behind { found, known } => {
            format!("its log ends after leaf {found}, and the store's did after leaf {known}")
        }
        Astray::Older { found, known } => {
            format!("it ends with commit {found}, and the store did with commit {known}")
        }
        Astray::Fault(_) | Astray::Damaged | Astray::Unremembered | Astray::Forked { .. } => {
            return astray.into();
        }
    };
    Failure::from(astray).saying(format!(
        "the copy in {from} is older than what it was a copy of: {behind}; tokens that were \
         cashed since would be paid again, so it is not taken, and nothing was changed. Restore a \
         newer copy; if there is none, officers decide what to do: see rollback new"
    ))
}

/// Copies a copy into a home whose store is gone, looks at all of it, and hands it on with what its
/// books add up to, if it is intact and adds up. A copy that is not made the store is gone again
/// afterwards. Errors: wrong usage, or a file; and those of `sound`.
pub fn take(
    home: &Home,
    from: &Path,
    sound: impl FnOnce(Founded, Report) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let folder = home.folder().display();
    if home.found().is_ok_and(|found| found == Found::Nothing) && home.inside().is_none() {
        return Err(Failure::usage(format!(
            "no issuer is founded in {folder}, and a copy has the store alone: put the home's \
             keys, its issuer.toml and its anchor back first, from where they are kept; nothing \
             was changed"
        )));
    }
    check_founded(home)?;
    Store::refuse_held(&home.directory())?;
    refuse_no_copy(from)?;
    if home.has_store() {
        return Err(Failure::usage(format!(
            "{folder} has a store; move it away first, and keep it; nothing was changed"
        )));
    }
    // What was presented is read from there by hand, if nothing better is left of the store.
    if home.has_annex() {
        return Err(Failure::usage(format!(
            "{folder} has the annex of a store that is gone, {ANNEX}; move it away first, and keep \
             it; nothing was changed"
        )));
    }
    let done = look(home, from, sound);
    let removed = home.remove(UNFINISHED).and_then(|()| home.remove(UNFINISHED_ANNEX));
    let done = done?;
    removed.map_err(|error| unwritten(home.folder(), &error))?;
    Ok(done)
}

/// Refuses a folder that holds no copy, before anything is to be moved away for it. Errors: wrong
/// usage.
fn refuse_no_copy(from: &Path) -> Result<(), Failure> {
    if [NAME, ANNEX].iter().all(|name| from.join(name).is_file()) {
        return Ok(());
    }
    let place = from.display();
    let none = if from.exists() {
        format!("{place} is no copy of a store")
    } else {
        format!("there is nothing at {place}, so no copy of a store")
    };
    Err(Failure::usage(format!(
        "{none}: that is a folder with {NAME} and {ANNEX}, both from one backup; nothing was \
         changed"
    )))
}

fn look(
    home: &Home,
    from: &Path,
    sound: impl FnOnce(Founded, Report) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    for (name, unfinished) in [(NAME, UNFINISHED), (ANNEX, UNFINISHED_ANNEX)] {
        let from = from.join(name);
        let file = File::open(&from).map_err(|error| unread(&from, &error))?;
        let copied = home.copy_in(file, unfinished);
        copied.map_err(|error| unwritten(&home.folder().join(unfinished), &error))?;
    }
    let examined = Store::open_unfinished(&home.directory()).and_then(|mut store| {
        let inspection = store.examine()?;
        Ok((store, inspection))
    });
    let (store, inspection) = match examined {
        Err(fault) if fault.is_damage() => return Ok(no_store(&fault)),
        examined => examined?,
    };
    if !inspection.is_clean() {
        return Ok(damaged(DAMAGED, &inspection));
    }
    let founded = Founded::over(home, store)?;
    founded.check_unchanged()?;
    let report = audit(&founded.store, &founded.archive(home)?)?;
    if !report.is_clean() {
        let object = serde_json::to_value(&report).expect("a report is numbers and strings");
        let mut lines = vec!["The copy violates an invariant, and is not taken.".to_owned()];
        lines.extend(report.violations);
        return Ok(Outcome::violated(lines.join("\n"), object));
    }
    sound(founded, report)
}

/// A copy that is not even so much of a store that its damages can be listed.
fn no_store(fault: &Fault) -> Outcome {
    let object = json!({ "damage": { "pages": true, "count": 1, "places": [] }, "rows": 0 });
    Outcome::violated(format!("{DAMAGED}\ndamage: {fault}"), object)
}

/// Writes into the copy what officers approved, in one commit, and says how far it is then. Whoever
/// still has the store that was lost commits nothing any more.
fn roll_back(
    home: &Home,
    founded: Founded,
    proposal: Proposal,
    approvals: &[PathBuf],
    today: Today,
) -> Result<Reached, Failure> {
    let now = founded.clock(today)?.now();
    let (_, trust, manifest) = founded.published(home)?;
    let kept = anchor::reached(&founded.store)?;
    let known = anchor::furthest(home, kept)?;
    if (proposal.kept, proposal.known) != (kept, known) {
        let sentence = "the proposal is for another copy, or the home knows more than it says; \
                        nothing was changed";
        return Err(Failure::refused(Error::Auth, sentence));
    }
    let files = approvals;
    let approvals = read_all(files, Kind::Rollback)?;
    let rollback = Rollback { proposal, approvals };
    let approved = approved(home, (&trust.policy, &manifest), &rollback, files, kept.head)?;
    let operator = operator(home)?;
    let store = founded.store.fenced(home.folder())?;
    let mut view = View::default();
    rollback::touches(&mut view);
    store.load(&mut view)?;
    rollback::touches_more(&mut view);
    store.load(&mut view)?;
    rollback::decide(&approved, operator, &mut view, now);
    store.commit_at(view, now)?;
    Ok(anchor::reached(&store)?)
}
