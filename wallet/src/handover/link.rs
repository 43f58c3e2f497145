//! Link: messages over a stream of bytes, such as one over NFC or BLE, that may be cut at every
//! byte and goes on where it was.
//!
//! Both sides speak in frames: what it is, its length in two bytes, what it says.
//!
//! | frame | says | from |
//! | --- | --- | --- |
//! | 1 *offering* | the message's SHA-256, its length in four bytes | who sends, always first |
//! | 2 *have* | the SHA-256, how many bytes of it are there already | who receives |
//! | 3 *piece* | at most 1,024 bytes of it, in order | who sends |
//! | 4 *whole* | the SHA-256 | who receives, also when it is offered again |
//!
//! Nothing is lost by a cut: what came stays, and what was whole is said to be so once more. The
//! wallet's verbs give the same answer to the same bytes, so a message that comes twice does no
//! harm either.

use super::{HandoverError, MESSAGE_MAX, Message};
use sha2::{Digest as _, Sha256};

/// Most bytes of one piece.
const PIECE_MAX: usize = 1_024;
/// Bytes before what a frame says.
const FRAME_HEAD: usize = 3;
/// Longest thing that a frame says.
const SAID_MAX: usize = PIECE_MAX;

const OFFERING: u8 = 1;
const HAVE: u8 = 2;
const PIECE: u8 = 3;
const WHOLE: u8 = 4;

type Name = [u8; 32];

/// One side of a link: at most one message on its way out, and one on its way in.
#[derive(Clone, Debug, Default)]
pub struct Link {
    outgoing: Option<Outgoing>,
    /// Whether the other side has not said yet what it has of it, over this connection.
    is_offered: bool,
    incoming: Incoming,
    /// The beginning of a frame of this connection.
    unread: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Outgoing {
    name: Name,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
enum Incoming {
    #[default]
    Nothing,
    Coming {
        name: Name,
        length: usize,
        bytes: Vec<u8>,
    },
    Came(Name),
}

/// What came of some bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What to write to the other side.
    pub write: Vec<u8>,
    /// A message that is whole now.
    pub message: Option<Message>,
    /// Whether our message is known to be there.
    pub delivered: bool,
}

impl Link {
    /// Sends a message, which takes the place of one before. Gives what to write.
    pub fn send(&mut self, message: &Message) -> Vec<u8> {
        let bytes = message.to_bytes();
        self.outgoing = Some(Outgoing { name: Sha256::digest(&bytes).into(), bytes });
        self.offer()
    }

    /// There is a new connection in the place of one that was cut. Gives what to write first.
    pub fn reconnect(&mut self) -> Vec<u8> {
        self.unread.clear();
        self.offer()
    }

    fn offer(&mut self) -> Vec<u8> {
        self.is_offered = true;
        let Some(Outgoing { name, bytes }) = &self.outgoing else { return Vec::new() };
        let length = u32::try_from(bytes.len()).expect("a message has at most one MiB");
        frame(OFFERING, &[&name[..], &length.to_be_bytes()].concat())
    }

    /// Reads what the other side wrote, in whatever pieces. Errors: [`HandoverError::Link`], and
    /// those of [`Message::from_bytes`]; then the connection is to be closed, and nothing of the
    /// message that was coming is kept, nor that one came whole: its caller has not heard of it.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Step, HandoverError> {
        self.unread.extend(bytes);
        let unread = std::mem::take(&mut self.unread);
        let mut rest = &unread[..];
        let heard = self.hear_all(&mut rest);
        if heard.is_ok() {
            self.unread = rest.to_vec();
        } else {
            self.incoming = Incoming::Nothing;
        }
        heard
    }

    /// Hears every whole frame.
    fn hear_all(&mut self, rest: &mut &[u8]) -> Result<Step, HandoverError> {
        let mut step = Step::default();
        while let Some((what, said)) = next_frame(rest)? {
            self.hear(what, said, &mut step)?;
        }
        Ok(step)
    }

    fn hear(&mut self, what: u8, said: &[u8], step: &mut Step) -> Result<(), HandoverError> {
        match what {
            OFFERING => {
                let (name, length) = numbered(said)?;
                step.write.extend(self.incoming.offered(name, length)?);
            }
            HAVE => {
                let (name, have) = numbered(said)?;
                // Of a message before this one nothing more is to be sent; and it is sent once over
                // a connection, however often it is asked for.
                let outgoing = self.outgoing.as_ref().filter(|out| out.name == name);
                let asked = outgoing.filter(|_| self.is_offered);
                if let Some(outgoing) = asked {
                    self.is_offered = false;
                    let rest = outgoing.bytes.get(have..).ok_or(HandoverError::Link)?;
                    step.write.extend(rest.chunks(PIECE_MAX).flat_map(|piece| frame(PIECE, piece)));
                }
            }
            PIECE => {
                if let Some((name, message)) = self.incoming.piece(said)? {
                    step.write.extend(frame(WHOLE, &name));
                    step.message = Some(message);
                }
            }
            WHOLE => {
                // Of a message before this one it says nothing new.
                if self.outgoing.take_if(|out| out.name == said).is_some() {
                    step.delivered = true;
                }
            }
            _ => return Err(HandoverError::Link),
        }
        Ok(())
    }
}

impl Incoming {
    /// A message is offered. Gives what to write.
    fn offered(&mut self, name: Name, length: usize) -> Result<Vec<u8>, HandoverError> {
        let have = match self {
            Self::Came(came) if *came == name => return Ok(frame(WHOLE, &name)),
            Self::Coming { name: coming, bytes, .. } if *coming == name => bytes.len(),
            Self::Nothing | Self::Coming { .. } | Self::Came(_) => {
                if !(1..=MESSAGE_MAX).contains(&length) {
                    return Err(HandoverError::Length);
                }
                *self = Self::Coming { name, length, bytes: Vec::new() };
                0
            }
        };
        let have = u32::try_from(have).expect("it is not longer than its length");
        Ok(frame(HAVE, &[&name[..], &have.to_be_bytes()].concat()))
    }

    /// A piece came. Gives the message if it is whole.
    fn piece(&mut self, said: &[u8]) -> Result<Option<(Name, Message)>, HandoverError> {
        let Self::Coming { name, length, bytes } = self else { return Err(HandoverError::Link) };
        bytes.extend(said);
        if bytes.len() < *length {
            return Ok(None);
        }
        let name = *name;
        if bytes.len() > *length || name != *Sha256::digest(&*bytes) {
            return Err(HandoverError::Link);
        }
        let message = Message::from_bytes(bytes)?;
        *self = Self::Came(name);
        Ok(Some((name, message)))
    }
}

/// Takes a whole frame off the front, if there is one: what it is, and what it says.
fn next_frame<'a>(rest: &mut &'a [u8]) -> Result<Option<(u8, &'a [u8])>, HandoverError> {
    let Some(([what, high, low], behind)) = rest.split_first_chunk::<FRAME_HEAD>() else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length > SAID_MAX {
        return Err(HandoverError::Link);
    }
    let Some((said, behind)) = behind.split_at_checked(length) else { return Ok(None) };
    *rest = behind;
    Ok(Some((*what, said)))
}

fn frame(what: u8, said: &[u8]) -> Vec<u8> {
    let length = u16::try_from(said.len()).expect("at most 1,024 bytes");
    [&[what][..], &length.to_be_bytes(), said].concat()
}

/// A message's name and a number of bytes.
fn numbered(said: &[u8]) -> Result<(Name, usize), HandoverError> {
    let (name, number) = said.split_first_chunk::<32>().ok_or(HandoverError::Link)?;
    let number = number.try_into().map(u32::from_be_bytes).map_err(|_| HandoverError::Link)?;
    usize::try_from(number).map(|number| (*name, number)).map_err(|_| HandoverError::Link)
}
