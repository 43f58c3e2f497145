//! Names: which are allowed, and whom a written name means.

use super::problem::Problem;

/// What the issuer is called in a step.
pub(super) const ISSUER: &str = "issuer";
/// What all wallets together are called in a step.
pub(super) const EVERYONE: &str = "everyone";

const CHARACTERS_MAX: usize = 32;

/// The names given so far, each with its line.
#[derive(Default)]
pub(super) struct Register {
    given: Vec<(String, usize)>,
}

impl Register {
    /// Gives a name once. Names that differ only in capitals are too easy to mix up and count as
    /// the same; names become folder names, so they hold nothing that could be a path.
    pub(super) fn give(&mut self, name: &str, line: usize) -> Result<(), Problem> {
        if !is_name(name) {
            return Err(Problem::NotAName { name: name.to_owned() });
        }
        let folded = name.to_lowercase();
        if folded == ISSUER || folded == EVERYONE {
            return Err(Problem::ReservedName { name: name.to_owned() });
        }
        if let Some((_, first_line)) = self.given.iter().find(|(given, _)| *given == folded) {
            return Err(Problem::DuplicateName { name: name.to_owned(), first_line: *first_line });
        }
        self.given.push((folded, line));
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let short = (1..=CHARACTERS_MAX).contains(&name.chars().count());
    let plain = name.chars().all(|letter| letter.is_alphanumeric() || " -".contains(letter));
    let tidy = name.trim() == name && !name.contains("  ");
    // A name that begins with a hyphen would be an option on a command line.
    short && plain && tidy && !name.starts_with('-')
}

/// The place of a written name among the known ones, or the nearest known one as a suggestion.
pub(super) fn find(known: &[&str], wanted: &str) -> Result<usize, Problem> {
    if let Some(place) = known.iter().position(|name| *name == wanted) {
        return Ok(place);
    }
    let nearest = known
        .iter()
        .min_by_key(|name| edits(&name.to_lowercase(), &wanted.to_lowercase()))
        .expect("a scenario with nobody in it is refused before its names are looked up");
    Err(Problem::UnknownName { name: wanted.to_owned(), nearest: (*nearest).to_owned() })
}

/// How many letters have to be added, removed or changed to turn one text into the other.
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut left = line + 1;
        let mut next = vec![left];
        for ((diagonal, above), other_letter) in
            row.iter().zip(row.iter().skip(1)).zip(other.chars())
        {
            let changed = diagonal + usize::from(letter != other_letter);
            left = changed.min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().expect("a row has one entry more than the text has letters")
}
