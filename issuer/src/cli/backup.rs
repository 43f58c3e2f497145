//! `backup` and `restore`: a copy of the store, and the store from a copy.

use super::audit::damaged;
use super::desk::Desk;
use super::founded::{Founded, file_failure};
use super::outcome::{Failure, Outcome};
use super::{Backup, Restoration};
use crate::anchor;
use crate::audit::{Report, audit};
use crate::home::Home;
use crate::store::{Inspection, Store, UNFINISHED};
use serde_json::json;
use std::path::Path;

/// Copies the store into a file. Nothing may be there.
pub fn backup(
    home: &Home,
    arguments: &Backup,
    passphrase: Option<&Path>,
) -> Result<Outcome, Failure> {
    let desk = Desk::open(home, passphrase)?;
    let out = arguments.out.display();
    if arguments.out.exists() {
        return Err(Failure::usage(format!("{out} is there already; nothing was changed")));
    }
    desk.copy(&arguments.out)?;
    let sentence = format!(
        "The store is copied to {out}. The copy knows nothing of what happens from now on."
    );
    Ok(Outcome::done(sentence, json!({ "out": arguments.out.to_string_lossy() })))
}

/// Puts a copy in the place of a store that is lost, if it is intact, adds up, and is not behind
/// what the home remembers.
pub fn restore(home: &Home, arguments: &Restoration) -> Result<Outcome, Failure> {
    let folder = home.folder().display();
    if home.has_store() {
        return Err(Failure::usage(format!(
            "{folder} has a store; move it away first, and keep it; nothing was changed"
        )));
    }
    if !home.config().exists() {
        return Err(Failure::usage(format!("no issuer is founded in {folder}; run init first")));
    }
    home.copy_in(&arguments.from, UNFINISHED)
        .map_err(|error| file_failure(&arguments.from, &error))?;
    let report = match check(home)? {
        Checked::Damaged(inspection) => {
            let sentence = "The copy is damaged, and is not taken. Take another one.";
            return Ok(damaged(sentence, &inspection));
        }
        Checked::Read(report) => report,
    };
    if !report.is_clean() {
        let object = serde_json::to_value(&report).expect("a report is numbers and strings");
        let mut lines = vec!["The copy violates an invariant, and is not taken.".to_owned()];
        lines.extend(report.violations);
        return Ok(Outcome::violated(lines.join("\n"), object));
    }
    Store::establish(&home.directory())?;
    let sentence = format!("The store in {folder} is restored. Every invariant holds.");
    Ok(Outcome::done(sentence, json!({ "leaves": report.log.size, "root": report.log.root })))
}

/// What was found in a copy.
enum Checked {
    /// Damage.
    Damaged(Inspection),
    /// None, and what the books add up to.
    Read(Report),
}

/// Opens the copy that is not yet the store, and looks at all of it.
fn check(home: &Home) -> Result<Checked, Failure> {
    let mut store = Store::open_unfinished(&home.directory())?;
    let inspection = store.examine()?;
    if !inspection.is_clean() {
        return Ok(Checked::Damaged(inspection));
    }
    let founded = Founded::over(home, store)?;
    let report = audit(&founded.store, &founded.archive(home)?)?;
    anchor::check(home, &founded.store)?;
    Ok(Checked::Read(report))
}
