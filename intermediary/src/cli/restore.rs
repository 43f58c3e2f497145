//! `restore`: the books from a copy, in the place of books that are lost.

use super::Output;
use super::commands::joined;
use super::problem::Problem;
use crate::anchor;
use crate::audit::examine;
use crate::home::{Home, Unusable};
use crate::store::{self, Store};
use serde_json::json;
use std::path::Path;
use tender_store::{ANNEX, NAME, UNFINISHED, UNFINISHED_ANNEX};

/// Puts a copy in the place of the books, if it is intact, adds up, and is not behind what the home
/// remembers. A copy that is not taken is gone from the home again.
pub fn restore(home: &Home, from: &Path) -> Result<Output, Problem> {
    let joined = joined(home)?;
    let folder = home.folder().display();
    if home.has_store() {
        return Err(Problem::usage(format!(
            "{folder} has books; move {NAME} and {ANNEX} away first, and keep them; nothing was \
             changed."
        )));
    }
    if [NAME, ANNEX].iter().any(|name| !from.join(name).is_file()) {
        return Err(Problem::usage(format!(
            "{} is no copy of books: that is a folder with {NAME} and {ANNEX}, both from one \
             backup; nothing was changed.",
            from.display()
        )));
    }
    let restored = take(home, from, &joined.currency);
    let removed = home.remove(UNFINISHED).and_then(|()| home.remove(UNFINISHED_ANNEX));
    let restored = restored?;
    removed?;
    Ok(restored)
}

fn take(home: &Home, from: &Path, currency: &str) -> Result<Output, Problem> {
    for (name, unfinished) in [(NAME, UNFINISHED), (ANNEX, UNFINISHED_ANNEX)] {
        home.copy_in(&from.join(name), unfinished)?;
    }
    let examined = Store::open_unfinished(&home.directory()).and_then(|mut copy| {
        let inspected = copy.examine()?;
        Ok((copy, inspected.is_clean()))
    });
    let (copy, is_clean) = match examined {
        Err(fault) if fault.is_damage() => return Err(damaged(from)),
        examined => examined?,
    };
    if !is_clean {
        return Err(damaged(from));
    }
    anchor::check(home.folder(), &copy)?;
    let audit = examine(&store::everything(&copy)?, &home.config()?.name, currency);
    let broken = !(audit.invariants.conservation && audit.invariants.limits_hold);
    if broken {
        return Err(Problem::violated(format!(
            "The copy's books do not add up ({}); nothing was changed.",
            audit.violations.join("; ")
        )));
    }
    let (commits, posting) = (copy.commits()?, audit.posting);
    drop(copy);
    Store::establish(&home.directory())?;
    let sentence = format!(
        "The books are restored as they were at posting {posting} of the statement. Reconcile \
         before you serve: what the issuer posted since the copy was made shows there, by name. \
         Customers, payments within these books and payouts since then are in no statement: take \
         them from where else they are recorded."
    );
    Ok(Output { sentence, object: json!({ "commits": commits, "posting": posting }) })
}

fn damaged(from: &Path) -> Problem {
    let place = from.display();
    Problem::violated(format!(
        "The copy in {place} is damaged: take another one; nothing was changed."
    ))
}

impl From<anchor::Astray> for Problem {
    fn from(astray: anchor::Astray) -> Self {
        match astray {
            anchor::Astray::Fault(fault) => fault.into(),
            anchor::Astray::Missing(_) => Self::usage(format!("{astray}.")),
            anchor::Astray::Damaged => Self::fault(format!("{astray}.")),
            anchor::Astray::Behind { .. } => Self::violated(format!("{astray}.")),
        }
    }
}

impl Home {
    fn copy_in(&self, from: &Path, name: &str) -> Result<(), Unusable> {
        let failed = |error| Unusable::File(from.to_owned(), error);
        let mut source = std::fs::File::open(from).map_err(failed)?;
        let made = tender_store::files::create_private(&self.folder().join(name));
        let mut copy = made.map_err(failed)?;
        std::io::copy(&mut source, &mut copy).map_err(failed)?;
        copy.sync_all().map_err(failed)
    }

    fn remove(&self, name: &str) -> Result<(), Unusable> {
        let path = self.folder().join(name);
        let removed = tender_store::files::absent_is_fine(std::fs::remove_file(&path));
        removed.map_err(|error| Unusable::File(path, error))
    }
}
