//! Actions: what operators changed, with what was before and what came after.

use super::{Count, Intermediary, Member, Standing};
use tender_store::record;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::rollback::Reached;
use tender_token::token::TokenId;
use tender_token::treasury::InstructionId;

record! {
    /// An action, numbered from 1. Replayed in order, the actions give the configuration.
    Action {
        /// When.
        time: Timestamp,
        /// SHA-256 of the certificate of the operator who acted.
        operator: [u8; 32],
        /// What was changed.
        change: Change,
    }
}

/// What an action changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An intermediary's row.
    Intermediary {
        /// Which.
        id: RegistrarId,
        /// What was there; nothing before it was admitted.
        old: Option<Intermediary>,
        /// What is there now.
        new: Intermediary,
    },
    /// Whether a wallet may provision and withdraw.
    Wallet {
        /// Which.
        identity: IdentityKey,
        /// How it stood.
        old: Standing,
        /// How it stands now.
        new: Standing,
    },
    /// Whose certificate runs the issuer or reads its books.
    Staff {
        /// The certificate's fingerprint.
        fingerprint: [u8; 32],
        /// What was there; nothing before the appointment.
        old: Option<Member>,
        /// What is there now.
        new: Member,
    },
    /// How far the books go: officers approved that they go on from an older copy (`[X4]`).
    Rollback {
        /// What the copy knew, which is everything before this.
        kept: Reached,
        /// How far the books had come.
        known: Reached,
    },
    /// The supply, by an approved instruction.
    Supply {
        /// The instruction.
        instruction: InstructionId,
        /// The entry that it made; its postings say every balance before and after.
        entry: Count,
    },
    /// The claim of a token that nobody opened is paid (`[X2]`).
    Claim {
        /// The token.
        token: TokenId,
        /// The entry that it made.
        entry: Count,
    },
}

impl Encode for Change {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Intermediary { id, old, new } => {
                writer.u8(1);
                writer.put(id);
                put_change(writer, old.as_ref(), new);
            }
            Self::Wallet { identity, old, new } => {
                writer.u8(2);
                writer.put(identity);
                writer.put(old);
                writer.put(new);
            }
            Self::Supply { instruction, entry } => {
                writer.u8(3);
                writer.put(instruction);
                writer.put(entry);
            }
            Self::Rollback { kept, known } => {
                writer.u8(6);
                writer.put(kept);
                writer.put(known);
            }
            Self::Staff { fingerprint, old, new } => {
                writer.u8(4);
                writer.put(fingerprint);
                put_change(writer, old.as_ref(), new);
            }
            Self::Claim { token, entry } => {
                writer.u8(5);
                writer.put(token);
                writer.put(entry);
            }
        }
    }
}

fn put_change<T: Encode>(writer: &mut Writer, old: Option<&T>, new: &T) {
    writer.u8(u8::from(old.is_some()));
    if let Some(old) = old {
        writer.put(old);
    }
    writer.put(new);
}

fn get_change<T: Decode>(reader: &mut Reader<'_>) -> Result<(Option<T>, T)> {
    let old = match reader.u8()? {
        0 => None,
        1 => Some(reader.get()?),
        _ => return Err(Error::Encoding),
    };
    Ok((old, reader.get()?))
}

impl Decode for Change {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => {
                let id = reader.get()?;
                let (old, new) = get_change(reader)?;
                Ok(Self::Intermediary { id, old, new })
            }
            2 => {
                Ok(Self::Wallet { identity: reader.get()?, old: reader.get()?, new: reader.get()? })
            }
            6 => Ok(Self::Rollback { kept: reader.get()?, known: reader.get()? }),
            3 => Ok(Self::Supply { instruction: reader.get()?, entry: reader.get()? }),
            4 => {
                let fingerprint = reader.get()?;
                let (old, new) = get_change(reader)?;
                Ok(Self::Staff { fingerprint, old, new })
            }
            5 => Ok(Self::Claim { token: reader.get()?, entry: reader.get()? }),
            _ => Err(Error::Encoding),
        }
    }
}
