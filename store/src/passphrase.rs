//! Passphrases that stand in files: one line, and nothing else.
//!
//! Whoever names the wrong file would otherwise seal keys under all of it, and could not type it
//! again at a terminal; or, with two lines, think that only the first one counts.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// The most bytes that a passphrase in a file has.
pub const BYTES_MAX: usize = 1_024;

/// Why a file gives no passphrase. Nothing of what is in the file is told.
#[derive(Debug, thiserror::Error)]
pub enum NoPassphrase {
    /// The file cannot be read.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// Nothing stands before the line's end.
    #[error("it is empty")]
    Empty,
    /// There is more than one line.
    #[error(
        "it has several lines, and a passphrase is one, with or without a line break at its end"
    )]
    Lines,
    /// The line is too long to be one that people chose.
    #[error("it is longer than {BYTES_MAX} bytes, and no passphrase is: it is another file")]
    Long,
}

/// Reads the passphrase in a file, without the line break at its end. Errors: [`NoPassphrase`].
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, NoPassphrase> {
    one_line(File::open(path)?)
}

fn one_line(mut file: impl Read) -> Result<Zeroizing<Vec<u8>>, NoPassphrase> {
    // Room for the line, its break and one byte too many: what was read is in one place, which is
    // wiped, however little the file gives at a time.
    let mut room = Zeroizing::new([0; BYTES_MAX + 3]);
    let mut filled = 0;
    while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let line = room.get(..filled).expect("no more was read than there is room for");
    let line =
        line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
    if line.iter().any(|byte| [b'\n', b'\r'].contains(byte)) {
        return Err(NoPassphrase::Lines);
    }
    match line.len() {
        0 => Err(NoPassphrase::Empty),
        1..=BYTES_MAX => Ok(Zeroizing::new(line.to_vec())),
        _ => Err(NoPassphrase::Long),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(content: &[u8]) -> Result<Vec<u8>, NoPassphrase> {
        one_line(content).map(|line| line.to_vec())
    }

    #[test]
    fn one_line_is_a_passphrase_with_or_without_its_end() {
        let longest = [b'p'; BYTES_MAX];
        for line in [&b"a"[..], b" two words ", b"caf\xc3\xa9", b"\xff\x00", &longest] {
            for end in [&b""[..], b"\n", b"\r\n"] {
                assert_eq!(given(&[line, end].concat()).expect("it is one line"), line);
            }
        }
    }

    #[test]
    fn what_is_not_one_line_is_refused_with_the_reason() {
        for empty in [&b""[..], b"\n", b"\r\n"] {
            assert!(matches!(given(empty), Err(NoPassphrase::Empty)), "{empty:?}");
        }
        for lines in [&b"one\ntwo"[..], b"one\ntwo\n", b"one\n\n", b"\n\n", b"\none", b"a\rb"] {
            assert!(matches!(given(lines), Err(NoPassphrase::Lines)), "{lines:?}");
        }
        for beyond in [BYTES_MAX + 1, BYTES_MAX + 2, BYTES_MAX + 3, 1 << 20] {
            assert!(matches!(given(&vec![b'p'; beyond]), Err(NoPassphrase::Long)), "{beyond}");
        }
        assert!(matches!(read(Path::new("/no/such/file")), Err(NoPassphrase::File(_))));
    }
}
