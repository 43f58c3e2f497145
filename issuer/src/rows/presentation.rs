//! What was presented: everything that endorsements, cashings and claims rest on.

use super::Bytes;
use std::sync::OnceLock;
use tender_token::cash::{AccountRef, CashItem};
use tender_token::chain::Chain;
use tender_token::claim::Claim;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::manifest::Manifest;

/// An item or a claim that was presented.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// The intermediary that presented it.
    pub intermediary: RegistrarId,
    /// What it presented.
    pub shown: Shown,
    /// The same, once somebody has read it.
    read: OnceLock<Presented>,
}

/// What was presented, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Canonical bytes of a CASH item.
    Item(Bytes),
    /// A claim.
    Claim(AskedClaim),
}

/// A claim as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedClaim {
    /// Canonical bytes of the claim.
    pub claim: Bytes,
    /// The wallet that asks; `None` in form 3.
    pub identity: Option<IdentityKey>,
    /// Whose the session is that the opening names; `None` for an exchange, and in form 3.
    pub session_identity: Option<IdentityKey>,
    /// The account to be credited.
    pub account: AccountRef,
}

/// What was presented, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// A CASH item.
    Item(CashItem),
    /// A claim.
    Claim(Claim),
}

impl Presented {
    /// The token's story; a claim of form 1 tells none.
    #[must_use]
    pub fn chain(&self) -> Option<&Chain> {
        match self {
            Self::Item(item) => Some(item.chain()),
            Self::Claim(claim) => claim.form().chain(),
        }
    }
}

impl Presentation {
    /// What an intermediary presents.
    #[must_use]
    pub fn new(intermediary: RegistrarId, shown: Shown) -> Self {
        Self { intermediary, shown, read: OnceLock::new() }
    }

    /// What was presented, which is read at most once, under one manifest. Errors: those of an item
    /// or claim whose series the manifest does not name.
    pub fn read(&self, manifest: &Manifest) -> Result<&Presented> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let read = match &self.shown {
            Shown::Item(bytes) => CashItem::from_bytes(&bytes.0, manifest).map(Presented::Item)?,
            Shown::Claim(asked) => {
                Claim::from_bytes(&asked.claim.0, manifest).map(Presented::Claim)?
            }
        };
        Ok(self.read.get_or_init(|| read))
    }
}

impl Encode for Presentation {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.intermediary);
        writer.put(&self.shown);
    }
}

impl Decode for Presentation {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self::new(reader.get()?, reader.get()?))
    }
}

impl Encode for Shown {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Item(bytes) => {
                writer.u8(1);
                writer.put(bytes);
            }
            Self::Claim(asked) => {
                writer.u8(2);
                writer.put(asked);
            }
        }
    }
}

impl Decode for Shown {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => reader.get().map(Self::Item),
            2 => reader.get().map(Self::Claim),
            _ => Err(Error::Encoding),
        }
    }
}

impl Encode for AskedClaim {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.claim);
        for identity in [&self.identity, &self.session_identity] {
            writer.u8(u8::from(identity.is_some()));
            if let Some(identity) = identity {
                writer.put(identity);
            }
        }
        writer.put(&self.account);
    }
}

impl Decode for AskedClaim {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let claim = reader.get()?;
        let (identity, session_identity) = (identity(reader)?, identity(reader)?);
        Ok(Self { claim, identity, session_identity, account: reader.get()? })
    }
}

fn identity(reader: &mut Reader<'_>) -> Result<Option<IdentityKey>> {
    match reader.u8()? {
        0 => Ok(None),
        1 => reader.get().map(Some),
        _ => Err(Error::Encoding),
    }
}
