//! How long files, functions and lines may be.

use super::Finding;
use super::source::{Source, behind_closing, end_of_head, line_at, places_of_word};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

/// Finds files that are too long, tests not counted.
pub fn file_length(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count() - source.test_lines;
    if !source.is_rust() || source.is_test() || lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    let advice = format!("{lines} lines without tests; split the file below {FILE_LINES_MAX}");
    vec![Finding { line: FILE_LINES_MAX, advice }]
}

/// Finds functions that are too long, from `fn` to the closing bracket.
pub fn function_length(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    if !source.is_rust() {
        return found;
    }
    let code = &source.code;
    for place in places_of_word(code, "fn") {
        let rest = code[place + "fn".len()..].trim_start();
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        let Some(body) = end_of_head(code, place) else { continue };
        if name.is_empty() || code.as_bytes()[body] != b'{' {
            continue;
        }
        let line = line_at(code, place);
        let lines = line_at(code, behind_closing(code, body)) - line + 1;
        if lines > FUNCTION_LINES_MAX {
            let advice = format!("`{name}` has {lines} lines; split it below {FUNCTION_LINES_MAX}");
            found.push(Finding { line, advice });
        }
    }
    found
}

/// Finds lines of code and of schemas that are too long.
pub fn line_length(source: &Source) -> Vec<Finding> {
    if !source.is_rust() && source.extension() != "proto" {
        return Vec::new();
    }
    let columns = source.text.lines().map(|line| line.chars().count());
    columns
        .enumerate()
        .filter(|(_, columns)| *columns > COLUMNS_MAX)
        .map(|(place, columns)| Finding {
            line: place + 1,
            advice: format!("{columns} columns; break the line at {COLUMNS_MAX}"),
        })
        .collect()
}
