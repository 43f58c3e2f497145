//! `restore`: the books from a copy, in the place of books that are lost.

use super::Output;
use super::commands::joined;
use super::problem::Problem;
use crate::anchor;
use crate::audit::examine;
use crate::desk::SOCKET;
use crate::home::{Home, Unusable};
use crate::store::{self, Fault, Store};
use serde_json::json;
use std::os::unix::net::UnixStream;
use std::path::Path;
use tender_store::{ANNEX, NAME, UNFINISHED, UNFINISHED_ANNEX};

/// Puts a copy in the place of the books, if it is intact, adds up, and is not behind what the home
/// remembers. A copy that is not taken is gone from the home again.
pub fn restore(home: &Home, from: &Path) -> Result<Output, Problem> {
    let joined = joined(home)?;
    refuse_served(home)?;
    if [NAME, ANNEX].iter().any(|name| !from.join(name).is_file()) {
        return Err(Problem::usage(format!(
            "{} is no copy of books: that is a folder with {NAME} and {ANNEX}, both from one \
             backup; nothing was changed.",
            from.display()
        )));
    }
    // Whatever is left of books that are damaged is kept: somebody may have to read it by hand.
    let left: Vec<_> =
        [NAME, ANNEX].into_iter().filter(|name| home.folder().join(name).exists()).collect();
    if !left.is_empty() {
        return Err(Problem::usage(format!(
            "{} has books; move {} away first, and keep what you move; nothing was changed.",
            home.folder().display(),
            left.join(" and ")
        )));
    }
    let restored = take(home, from, &joined.currency);
    let removed = home.remove(UNFINISHED).and_then(|()| home.remove(UNFINISHED_ANNEX));
    let restored = restored?;
    removed?;
    Ok(restored)
}

/// Refuses beside a running server, also one whose books were moved away: it would go on answering
/// by them, and two would be the intermediary. Errors: [`Problem`].
fn refuse_served(home: &Home) -> Result<(), Problem> {
    let is_attended = UnixStream::connect(home.folder().join(SOCKET)).is_ok();
    match Store::refuse_held(&home.directory()) {
        Ok(()) if !is_attended => Ok(()),
        Ok(()) | Err(Fault::Held) => Err(Problem::fault(
            "A server, or another command, has the books: stop the server first; nothing was \
             changed."
                .to_owned(),
        )),
        Err(fault) => Err(fault.into()),
    }
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
    // A server that was not seen, and still has the lost books, commits nothing any more.
    drop(copy.fenced(home.folder())?);
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
