//! Who the wallet is, and whom it belongs to.

use super::{read_flag, read_sized, read_text};
use crate::seed::Seed;
use tender_proto::invitation::Invitation;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// Everything the wallet derives from.
#[derive(Debug)]
pub struct Secrets {
    /// What 24 words write down.
    pub seed: Seed,
    /// Which identity of the seed this is (`[ID3]`).
    pub epoch: u32,
}

impl Encode for Secrets {
    fn encode(&self, writer: &mut Writer) {
        writer.put(self.seed.expose());
        writer.u32(self.epoch);
    }
}

impl Decode for Secrets {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { seed: Seed::new(reader.get()?), epoch: reader.u32()? })
    }
}

/// The invitation, and the registration that answers it.
#[derive(Clone, Debug)]
pub struct EnrolmentRecord {
    /// Who invited the wallet, and how to reach it.
    pub invitation: Invitation,
    /// Canonical bytes of the registration: its proof is random, so it is made once.
    pub registration: Vec<u8>,
    /// Whether the intermediary accepted it.
    pub done: bool,
}

impl Encode for EnrolmentRecord {
    fn encode(&self, writer: &mut Writer) {
        let invitation = &self.invitation;
        writer.sized(invitation.intermediary.as_bytes());
        writer.sized(invitation.registrar.as_bytes());
        writer.sized(invitation.address.as_bytes());
        writer.sized(invitation.authority.as_bytes());
        writer.sized(invitation.root.as_bytes());
        writer.sized(invitation.currency.as_bytes());
        writer.u8(invitation.decimals);
        writer.sized(invitation.code.as_bytes());
        writer.sized(&self.registration);
        writer.u8(u8::from(self.done));
    }
}

impl Decode for EnrolmentRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let invitation = Invitation {
            intermediary: read_text(reader)?,
            registrar: read_text(reader)?,
            address: read_text(reader)?,
            authority: read_text(reader)?,
            root: read_text(reader)?,
            currency: read_text(reader)?,
            decimals: reader.u8()?,
            code: read_text(reader)?,
        };
        Ok(Self { invitation, registration: read_sized(reader)?, done: read_flag(reader)? })
    }
}
