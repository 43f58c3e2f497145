//! Parts: a message as a series of pictures, of which any sufficient number will do, in any order.
//!
//! Each is a uniform resource of the type `tender` (Blockchain Commons BCR-2020-005), made by a
//! fountain code (BCR-2024-001). Upper case, a part takes the alphanumeric mode of a QR code.

use super::{HandoverError, Message};
use std::collections::BTreeSet;
use ur::ur::{Decoder, Encoder};

/// The type of our uniform resources.
const TYPE: &str = "tender";
/// Bytes of a message in one picture: a QR code that telephones read from a hand's distance.
const FRAGMENT_BYTES: usize = 200;
/// Most parts of one message: at eight pictures a second they take a minute.
const PARTS_MAX: usize = 512;
/// Longest part that is read, in characters; ours have half of it.
const CHARACTERS_MAX: usize = 1_024;
/// How many different parts are read for each that a message has. A fountain needs a few more than
/// one.
const TRIES: usize = 8;

/// A message as pictures, without end.
#[expect(missing_debug_implementations, reason = "the fountain has none")]
pub struct Pictures(Encoder<'static>);

impl Pictures {
    /// The pictures of a message. Errors: [`HandoverError::Pictures`] for more than 100 kB.
    pub fn of(message: &Message) -> Result<Self, HandoverError> {
        let encoder = Encoder::new(&message.to_bytes(), FRAGMENT_BYTES, TYPE);
        let encoder = encoder.map_err(|_| HandoverError::Pictures)?;
        if encoder.fragment_count() > PARTS_MAX {
            return Err(HandoverError::Pictures);
        }
        Ok(Self(encoder))
    }

    /// How many of them a reader needs who misses none.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.0.fragment_count()
    }
}

impl Iterator for Pictures {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.0.next_part().ok().map(|part| part.to_uppercase())
    }
}

/// What was read of a message's pictures so far. However false they are, they take at most some
/// MiB and milliseconds each.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "the fountain has none")]
pub struct Reading {
    decoder: Decoder,
    seen: BTreeSet<usize>,
}

impl Reading {
    /// Reads one more picture, in whatever case; a picture of another message begins that one.
    /// Gives the message as soon as it is whole.
    /// Errors: [`HandoverError::Picture`] for what is none of ours, which changes nothing;
    /// [`HandoverError::Contradictory`] when no message comes of them, after which reading begins
    /// anew; those of [`Message::from_bytes`].
    pub fn read(&mut self, part: &str) -> Result<Option<Message>, HandoverError> {
        let number = number(part).ok_or(HandoverError::Picture)?;
        if self.decoder.receive(part).is_err() {
            let mut other = Decoder::default();
            other.receive(part).map_err(|_| HandoverError::Picture)?;
            *self = Self { decoder: other, seen: BTreeSet::new() };
        }
        self.seen.insert(number);
        match self.decoder.message() {
            Ok(Some(bytes)) => Message::from_bytes(&bytes).map(Some),
            Ok(None) if self.seen.len() <= TRIES.saturating_mul(self.needed()) => Ok(None),
            Ok(None) | Err(_) => {
                *self = Self::default();
                Err(HandoverError::Contradictory)
            }
        }
    }

    /// How many parts of the message are known.
    #[must_use]
    pub fn known(&self) -> usize {
        self.decoder.resolved_fragment_count().unwrap_or_default()
    }

    /// How many it has; 0 before the first.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.decoder.fragment_count()
    }
}

/// Which part of ours this is, if it is one, and of a message that is not too long: the fountain
/// would believe whatever count stands there.
fn number(part: &str) -> Option<usize> {
    if part.len() > CHARACTERS_MAX {
        return None;
    }
    let part = part.to_ascii_lowercase();
    let part = part.strip_prefix("ur:")?.strip_prefix(TYPE)?.strip_prefix('/')?;
    let (numbers, _) = part.split_once('/')?;
    let (number, all) = numbers.split_once('-')?;
    let all: usize = all.parse().ok()?;
    number.parse().ok().filter(|_| all <= PARTS_MAX)
}
