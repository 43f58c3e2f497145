//! The journal of claiming.

use super::{read_error, read_option, read_sized, write_option};
use tender_proto::claim::Body;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;

/// How far a claim came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// It may have been sent.
    Open,
    /// It goes before all others so far, and is paid when this day is over.
    Leads(Day),
    /// It is paid.
    Paid,
    /// It was refused.
    Refused(Error),
}

/// A claim of one token.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimRecord {
    /// The reference under which the account is credited.
    pub account: AccountRef,
    /// Whose the session is that the claim opens, if it is somebody's.
    pub session: Option<IdentityKey>,
    /// Canonical bytes of the claim, which are sent until there is an answer.
    pub claim: Vec<u8>,
    /// What the token is worth.
    pub value: Amount,
    /// How far it came.
    pub state: ClaimState,
}

impl ClaimRecord {
    /// What is asked: the same bytes every time.
    #[must_use]
    pub fn body(&self) -> Body {
        let Self { account, session, claim, .. } = self;
        Body { account: *account, session_identity: *session, claim: claim.clone() }
    }

    /// Whether its token is paid to it, or may yet be.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.state, ClaimState::Refused(_))
    }

    /// Whether no other claim of its token can have another answer: it is live, or the token is
    /// paid to somebody else.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.is_live() || matches!(self.state, ClaimState::Refused(Error::Cashed | Error::Double))
    }
}

/// Whoever knows what an exchange's output was blinded with can claim it, so it is not printed.
impl core::fmt::Debug for ClaimRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ClaimRecord({:?}, {:?}, secrets redacted)", self.value, self.state)
    }
}

impl Encode for ClaimRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.account);
        write_option(writer, self.session.as_ref());
        writer.sized(&self.claim);
        writer.put(&self.value);
        match self.state {
            ClaimState::Open => writer.u8(1),
            ClaimState::Leads(day) => {
                writer.u8(2);
                writer.put(&day);
            }
            ClaimState::Paid => writer.u8(3),
            ClaimState::Refused(error) => {
                writer.u8(4);
                writer.u8(error.number());
            }
        }
    }
}

impl Decode for ClaimRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            account: reader.get()?,
            session: read_option(reader)?,
            claim: read_sized(reader)?,
            value: reader.get()?,
            state: match reader.u8()? {
                1 => ClaimState::Open,
                2 => ClaimState::Leads(reader.get()?),
                3 => ClaimState::Paid,
                4 => ClaimState::Refused(read_error(reader)?),
                _ => return Err(Error::Encoding),
            },
        })
    }
}
