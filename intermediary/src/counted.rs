//! How many of something there are, for people.

/// A number with what it counts: `one` for one of it, `many` for any other number.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
