//! A file as the rules see it: its text, and its code without comments, strings and tests.

/// One file of the repository.
pub struct Source {
    /// The path from the top of the repository, with `/`.
    pub path: String,
    /// The text as it is written.
    pub text: String,
    /// The text with comments and the insides of strings blanked out, line for line.
    pub code: String,
    /// The code with everything under `#[cfg(test)]` blanked out, line for line.
    pub live: String,
    /// How many lines of the text stand under `#[cfg(test)]`.
    pub test_lines: usize,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let is_rust = extension(path) == "rs";
        let code = if is_rust { without_comments_and_strings(text) } else { text.to_owned() };
        let (live, test_lines) = if is_rust { without_tests(&code) } else { (code.clone(), 0) };
        Self { path: path.to_owned(), text: text.to_owned(), code, live, test_lines }
    }

    /// Whether this is Rust.
    pub fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// What stands behind the last point of the name.
    pub fn extension(&self) -> &str {
        extension(&self.path)
    }

    /// Whether this is Rust that ends up in a library or a program, and not a test of it.
    pub fn is_live(&self) -> bool {
        self.is_rust() && self.is_under("src") && !self.is_test()
    }

    /// Whether this file holds tests.
    pub fn is_test(&self) -> bool {
        self.is_under("tests") || self.name() == "tests.rs"
    }

    /// Whether one of the folders on the path has this name.
    pub fn is_under(&self, folder: &str) -> bool {
        let mut folders: Vec<&str> = self.path.split('/').collect();
        folders.pop();
        folders.contains(&folder)
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The folder at the top of the repository: the crate.
    pub fn top(&self) -> &str {
        self.path.split('/').next().unwrap_or(&self.path)
    }
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The line of a place in a text, counted from 1.
pub fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The places where a word begins; letters, digits and `_` around it make it another word.
pub fn places_of_word(code: &str, word: &str) -> Vec<usize> {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_whole = |start: usize| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        let opens = !word.starts_with(is_letter) || !before.is_some_and(is_letter);
        let closes = !word.ends_with(is_letter) || !after.is_some_and(is_letter);
        opens && closes
    };
    code.match_indices(word).map(|(start, _)| start).filter(|start| is_whole(*start)).collect()
}

/// The place behind the bracket that closes the one at `open`, or the end of the code.
pub fn behind_closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (place, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    code.len()
}

/// The place of the `{` or `;` that ends the head of an item, outside of its brackets.
pub fn end_of_head(code: &str, start: usize) -> Option<usize> {
    let mut depth = 0_isize;
    for (place, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' | b';' if depth == 0 => return Some(place),
            _ => {}
        }
    }
    None
}

fn without_tests(code: &str) -> (String, usize) {
    let mut live = code.as_bytes().to_vec();
    let mut test_lines = 0;
    for (start, mark) in code.match_indices("#[cfg(test)]") {
        let Some(head) = end_of_head(code, start + mark.len()) else { continue };
        let end = if code.as_bytes()[head] == b'{' { behind_closing(code, head) } else { head + 1 };
        test_lines += code[start..end].lines().count();
        blank(&mut live[start..end]);
    }
    (String::from_utf8(live).expect("whole items were blanked out"), test_lines)
}

/// Replaces bytes by spaces and keeps the ends of lines.
fn blank(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

fn without_comments_and_strings(text: &str) -> String {
    let mut code = text.as_bytes().to_vec();
    let mut place = 0;
    while place < text.len() {
        let (keep_front, length, keep_back) = literal_at(text, place);
        if length > keep_front + keep_back {
            blank(&mut code[place + keep_front..place + length - keep_back]);
        }
        place += length.max(1);
    }
    String::from_utf8(code).expect("whole comments and strings were blanked out")
}

/// How much to keep of the front of the comment or literal that begins here, how long it is, and
/// how much to keep of its back; its length is 0 where none begins.
fn literal_at(text: &str, place: usize) -> (usize, usize, usize) {
    let rest = &text.as_bytes()[place..];
    let inside_word = place > 0 && is_word(text.as_bytes()[place - 1]);
    match rest {
        [b'/', b'/', ..] => (0, until(rest, b'\n'), 0),
        [b'/', b'*', ..] => (0, block_comment(rest), 0),
        [b'"', ..] => (1, quoted(rest, b'"'), 1),
        [b'r', ..] if !inside_word => raw_string(rest, 1),
        [b'b' | b'c', b'r', ..] if !inside_word => raw_string(rest, 2),
        [b'\'', b'\\', ..] => (1, quoted(rest, b'\''), 1),
        [b'\'', ..] => {
            // A character literal closes behind one character; a lifetime does not.
            let character = text[place + 1..].chars().next().map_or(1, char::len_utf8);
            if rest.get(1 + character) == Some(&b'\'') { (1, character + 2, 1) } else { (0, 0, 0) }
        }
        _ => (0, 0, 0),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn until(rest: &[u8], end: u8) -> usize {
    rest.iter().position(|byte| *byte == end).unwrap_or(rest.len())
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut place = 0;
    while place < rest.len() {
        match &rest[place..] {
            [b'/', b'*', ..] => (depth, place) = (depth + 1, place + 2),
            [b'*', b'/', ..] => (depth, place) = (depth - 1, place + 2),
            _ => place += 1,
        }
        if depth == 0 {
            break;
        }
    }
    place
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut place = 1;
    while place < rest.len() && rest[place] != quote {
        place += if rest[place] == b'\\' { 2 } else { 1 };
    }
    (place + 1).min(rest.len())
}

fn raw_string(rest: &[u8], prefix: usize) -> (usize, usize, usize) {
    let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
    let front = prefix + hashes + 1;
    if rest.get(front - 1) != Some(&b'"') {
        return (0, 0, 0);
    }
    let mut closing = vec![b'"'];
    closing.resize(hashes + 1, b'#');
    let inside = rest[front..].windows(closing.len()).position(|window| window == closing);
    match inside {
        Some(inside) => (front, front + inside + closing.len(), closing.len()),
        None => (front, rest.len(), 0),
    }
}
