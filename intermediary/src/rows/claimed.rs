//! Claims: what is asked of the issuer for whoever claims.

use super::{read_option, write_option};
use tender_proto::claim::{Granted, Request};
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;

/// A claim to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The reference under which it is credited when it is paid.
    pub account: AccountRef,
    /// The wallet that asks; `None` in form 3, in which a key does.
    pub identity: Option<IdentityKey>,
    /// Whose the session is that the opening names.
    pub session_identity: Option<IdentityKey>,
    /// Canonical bytes of the claim.
    pub claim: Vec<u8>,
}

impl Claimed {
    /// What the issuer is asked.
    #[must_use]
    pub fn request(self) -> Request {
        let Self { account, identity, session_identity, claim } = self;
        let account = identity.is_some().then_some(account);
        Request { claim, identity, session_identity, account }
    }
}

impl Encode for Claimed {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account);
        for identity in [&self.identity, &self.session_identity] {
            write_option(writer, identity.as_ref());
        }
        writer.sized(&self.claim);
    }
}

impl Decode for Claimed {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            account: reader.get()?,
            identity: read_option(reader)?,
            session_identity: read_option(reader)?,
            claim: reader.sized()?.to_vec(),
        })
    }
}

/// What the issuer said of a claim that it did not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing(pub Granted);

impl Encode for Standing {
    fn encode(&self, writer: &mut Writer) {
        match &self.0 {
            Granted::Paid(amount) => {
                writer.u8(1);
                writer.put(amount);
            }
            Granted::Leads(day) => {
                writer.u8(2);
                writer.put(day);
            }
        }
    }
}

impl Decode for Standing {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self(Granted::Paid(reader.get()?))),
            2 => Ok(Self(Granted::Leads(reader.get()?))),
            _ => Err(Error::Encoding),
        }
    }
}
