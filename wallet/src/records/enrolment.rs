//! Who the wallet is, and whom it belongs to.

use super::{read_flag, read_sized, read_text};
use tender_proto::invitation::Invitation;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::Pseudonym;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Everything the wallet derives from. Wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secrets {
    /// The master secret.
    pub master: [u8; 32],
    /// Seed of the device's key.
    pub device: [u8; 32],
    /// The holder's name towards the issuer.
    pub pseudonym: [u8; 32],
    /// Which identity of the master secret this is (`[ID3]`).
    pub epoch: u32,
}

impl Secrets {
    /// The holder's name towards the issuer.
    #[must_use]
    pub fn pseudonym(&self) -> Pseudonym {
        Pseudonym(self.pseudonym)
    }
}

impl core::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secrets(redacted)")
    }
}

impl Encode for Secrets {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.master);
        writer.put(&self.device);
        writer.put(&self.pseudonym);
        writer.u32(self.epoch);
    }
}

impl Decode for Secrets {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            master: reader.get()?,
            device: reader.get()?,
            pseudonym: reader.get()?,
            epoch: reader.u32()?,
        })
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
