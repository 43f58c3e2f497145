//! Names of those whom the issuer deals with, as people read them: one rule for all.

/// What a name has to be, to be said to whoever gave another one.
pub const RULE: &str = "a name has 1 to 64 bytes, no blank at either end, and only letters that \
                        are seen: no control letters, and none without width or that turn the text";

/// Bytes of the longest name.
const BYTES_MAX: usize = 64;

/// Whether a name reads as what it is: no two that differ look the same for what cannot be seen.
#[must_use]
pub fn is_readable(name: &str) -> bool {
    (1..=BYTES_MAX).contains(&name.len())
        && name.trim() == name
        && !name.chars().any(|letter| letter.is_control() || is_unseen(letter))
}

/// Letters of no width, separators of lines, and those that turn the text that follows (Unicode's
/// default-ignorable and bidirectional format characters).
fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_good_and_what_cannot_be_seen_is_none() {
        for name in ["Olga", "Jürgen", "Ангела", "Ørsted & Søn", "日本銀行", "First Bank", "é"]
        {
            assert!(is_readable(name), "{name}");
        }
        let long = "a".repeat(65);
        for name in [
            "",
            " Olga",
            "Olga ",
            "Olga\u{a0}",
            "Ol\nga",
            "Ol\u{200b}ga",
            "\u{202e}aglO",
            "Ol\u{2066}ga",
            "Olga\u{feff}",
            "Ol\u{ad}ga",
            &long,
        ] {
            assert!(!is_readable(name), "{name:?}");
        }
    }
}
