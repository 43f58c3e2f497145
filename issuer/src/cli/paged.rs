//! Lists that are answered page by page.

use super::outcome::Failure;

/// Every row of a list that is answered page by page: each page begins behind the last row of the
/// one before, and a server that does not go on is asked no more.
pub fn all<T, K: PartialOrd>(
    more: impl Fn(Option<&T>) -> Result<Vec<T>, Failure>,
    place: impl Fn(&T) -> K,
) -> Result<Vec<T>, Failure> {
    let mut all: Vec<T> = Vec::new();
    loop {
        let mut page = more(all.last())?;
        let last = all.last().map(&place);
        let goes_on =
            page.first().map(&place).is_some_and(|first| last.is_none_or(|last| first > last));
        if !goes_on {
            return Ok(all);
        }
        all.append(&mut page);
    }
}
