//! `backup`: a copy of the books, also while they are in use.

use super::Answer;
use crate::store::{Fault, Store};
use serde_json::json;
use std::path::Path;

/// Copies the books into a folder that is not there yet.
pub fn backup(books: &Store, out: &Path) -> Result<Answer, Fault> {
    let place = out.display();
    if out.exists() {
        return Ok(Answer::wrong(format!("{place} is there already; nothing was changed")));
    }
    if !out.parent().is_some_and(Path::is_dir) {
        return Ok(Answer::wrong(format!("there is no folder to put {place} in")));
    }
    books.copy_out(out)?;
    let commits = books.commits()?;
    let sentence = format!(
        "The books are copied to {place}, and the copy was read again. It knows nothing of what \
         happens from now on."
    );
    Ok(Answer::done(sentence, json!({ "out": out.to_string_lossy(), "commits": commits })))
}
