//! Signed notes (C2SP signed-note): a text, an empty line, and one line per signature.

use crate::bounds::NOTE_SIGNATURES_MAX;
use crate::error::{Error, Result};
use crate::signature::PublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use sha2::{Digest, Sha256};

const DASH: &str = "\u{2014} ";
const KEY_ID_BYTES: usize = 4;

/// Whoever signs a note, or the log itself: not empty, without spaces, control characters and `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// This name, or `None` if it cannot be one.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let fits = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '+';
        (!name.is_empty() && name.chars().all(fits)).then(|| Self(name.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a key signs notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 over the text; the log's own signature.
    Ed25519 = 1,
    /// Ed25519 over time and text; a witness's cosignature.
    Cosignature = 4,
}

/// The first 4 bytes of `SHA-256(name || 0x0A || algorithm || key)`: which key signed a line.
#[must_use]
pub fn key_id(name: &Name, algorithm: Algorithm, key: &PublicKey) -> [u8; 4] {
    let hash = Sha256::new().chain_update(&name.0).chain_update([b'\n', algorithm as u8]);
    let [first, second, third, fourth, ..]: [u8; 32] = hash.chain_update(key.0).finalize().into();
    [first, second, third, fourth]
}

/// One signature of a note; its line is `— name base64(key id || signature)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    pub(super) name: Name,
    pub(super) key_id: [u8; 4],
    pub(super) signature: Vec<u8>,
}

impl SignatureLine {
    /// Reads a line without its end. Errors: `E_ENCODING`.
    pub fn from_text(line: &str) -> Result<Self> {
        let line = line.strip_prefix(DASH).ok_or(Error::Encoding)?;
        let (name, signed) = line.split_once(' ').ok_or(Error::Encoding)?;
        let signed = decode(signed)?;
        let (key_id, signature) = signed.split_at_checked(KEY_ID_BYTES).ok_or(Error::Encoding)?;
        if signature.is_empty() {
            return Err(Error::Encoding);
        }
        Ok(Self {
            name: Name::new(name).ok_or(Error::Encoding)?,
            key_id: key_id.try_into().map_err(|_| Error::Encoding)?,
            signature: signature.to_vec(),
        })
    }

    /// Who signed, by the line's own word.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = STANDARD.encode([&self.key_id[..], &self.signature].concat());
        write!(f, "{DASH}{} {signed}", self.name.0)
    }
}

/// The text and the signature lines of a note that is all of `bytes`, 1 to 256 of them.
/// Errors: `E_ENCODING`.
pub(super) fn read(bytes: &[u8]) -> Result<(&str, Vec<SignatureLine>)> {
    let note = core::str::from_utf8(bytes).map_err(|_| Error::Encoding)?;
    let (text, lines) = note.rsplit_once("\n\n").ok_or(Error::Encoding)?;
    let lines = lines.strip_suffix('\n').ok_or(Error::Encoding)?;
    let mut signatures = Vec::new();
    for line in lines.split('\n') {
        if signatures.len() >= NOTE_SIGNATURES_MAX {
            return Err(Error::Encoding);
        }
        signatures.push(SignatureLine::from_text(line)?);
    }
    Ok((text, signatures))
}

/// Standard base64 with padding. Errors: `E_ENCODING` for any other way to write the same bytes.
pub(super) fn decode(text: &str) -> Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|_| Error::Encoding)
}

/// Standard base64 with padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
