//! Handover: what two wallets give to each other, in one form for files, pictures and streams.
//!
//! A message is four bytes that name the form, its version, what it is, and the body as section 8
//! of the protocol has it. It goes as a file as it is; as pictures on a screen ([`parts`]); or over
//! the air in pieces that survive a cut at every byte ([`link`]).

pub mod link;
pub mod parts;

/// The first bytes of every message.
const FORM: [u8; 4] = *b"TNDR";
/// The version that this release reads and writes.
const VERSION: u8 = 1;
/// Bytes of a message's head.
const HEAD: usize = 6;

/// Greatest length of a message, in bytes. A payment of seven fresh tokens takes about a
/// hundredth.
pub const MESSAGE_MAX: usize = 1 << 20;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The payee asks.
    Offer,
    /// The payer pays.
    Payment,
    /// The payee gives its word.
    Receipt,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Offer, Self::Payment, Self::Receipt];

    fn number(self) -> u8 {
        match self {
            Self::Offer => 1,
            Self::Payment => 2,
            Self::Receipt => 3,
        }
    }

    /// What people and programs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Payment => "payment",
            Self::Receipt => "receipt",
        }
    }
}

/// A message from one wallet to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// Its bytes, as the protocol has them.
    pub body: Vec<u8>,
}

/// Why something is no message, or cannot be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandoverError {
    /// It does not begin like one.
    #[error("this is no message of a wallet")]
    Foreign,
    /// Another release wrote it.
    #[error("this message has version {0} of its form; this wallet reads version {VERSION}")]
    Version(u8),
    /// It is longer than a message may be, or ends too early.
    #[error("this message has a length that none has")]
    Length,
    /// It takes more pictures than anybody would look at.
    #[error("this message is too long for pictures; hand it over as a file")]
    Pictures,
    /// Something else was read.
    #[error("this is no picture of a message")]
    Picture,
    /// So many pictures came that those of one message would have been enough.
    #[error("these pictures do not make a message")]
    Contradictory,
    /// The other side does not speak as a wallet does.
    #[error("the other side does not speak as a wallet does")]
    Link,
}

impl Message {
    /// The message as it is handed over.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD.saturating_add(self.body.len()));
        bytes.extend(FORM);
        bytes.extend([VERSION, self.kind.number()]);
        bytes.extend(&self.body);
        bytes
    }

    /// Reads a message that is all of `bytes`. What the body says is checked by the verb that it
    /// is for. Errors: [`HandoverError::Foreign`], [`HandoverError::Version`],
    /// [`HandoverError::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HandoverError> {
        let (head, body) = bytes.split_first_chunk::<HEAD>().ok_or(HandoverError::Foreign)?;
        let [form @ .., version, number] = head;
        if *form != FORM {
            return Err(HandoverError::Foreign);
        }
        if *version != VERSION {
            return Err(HandoverError::Version(*version));
        }
        let kind = Kind::ALL.into_iter().find(|kind| kind.number() == *number);
        let kind = kind.ok_or(HandoverError::Foreign)?;
        if body.is_empty() || bytes.len() > MESSAGE_MAX {
            return Err(HandoverError::Length);
        }
        Ok(Self { kind, body: body.to_vec() })
    }
}
