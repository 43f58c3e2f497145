//! Names, and whatever else is written down for people to read: one rule for all.

/// What a name has to be, to be said to whoever gave another one.
pub const RULE: &str = "a name has 1 to 64 letters, no blank at either end, and only letters that \
                        are seen: no control letters, and none without width or that turn the text";

/// Letters of the longest name, in any script: as many as a certificate takes.
const LETTERS_MAX: usize = 64;

/// Whether a name reads as what it is: no two that differ look the same for what cannot be seen.
#[must_use]
pub fn is_readable(name: &str) -> bool {
    let letters: Vec<_> = name.chars().collect();
    (1..=LETTERS_MAX).contains(&letters.len())
        && name.trim() == name
        && !letters.iter().any(|letter| letter.is_control())
        && !letters
            .windows(3)
            .any(|three| matches!(three, [_, middle, _] if is_unseen(*middle)) && !joins(three))
        && ![letters.first(), letters.last()].into_iter().flatten().any(|end| is_unseen(*end))
}

/// Whether the letter in the middle is one that names of some scripts, such as Persian ones, are
/// written with: between two of their letters it changes how those look.
fn joins(three: &[char]) -> bool {
    let [before, middle, after] = three else { return false };
    let is_joined = |letter: &char| *letter >= '\u{600}' && !is_unseen(*letter);
    matches!(middle, '\u{200c}' | '\u{200d}') && is_joined(before) && is_joined(after)
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
        let longest = "語".repeat(64);
        for name in [
            "Olga",
            "Jürgen",
            "Ангела",
            "Ørsted & Søn",
            "日本銀行",
            "First Bank",
            "é",
            "علی\u{200c}رضا",
            &longest,
        ] {
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
            "Ol\u{200c}ga",
            "علی\u{200c}",
            "علی\u{200c}\u{200d}رضا",
            "Ol\u{ad}ga",
            &long,
        ] {
            assert!(!is_readable(name), "{name:?}");
        }
    }
}
