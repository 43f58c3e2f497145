//! Refusals: the named "no" of a verb.

use crate::{Malformed, wire};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Error;
use tender_token::provision::SessionId;

/// A verb's "no", with what it rests on, if there is anything to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule of the protocol said no.
    pub error: Error,
    /// Conflicting endorsements, canonical bytes of double-spend evidence. If a blinded message is
    /// taken (`E_SID_CONFLICT`): the session that has it. If a session was accepted and can be
    /// signed no more (`E_EXPIRED`): that session.
    pub evidence: Vec<Vec<u8>>,
}

impl Refusal {
    /// The answer to a withdrawal or an exchange that was accepted and carried out, when the keys
    /// that would sign its tokens again are kept no more: their series is over. What it paid stays
    /// paid.
    #[must_use]
    pub fn spent(sid: SessionId) -> Self {
        Self { error: Error::Expired, evidence: vec![sid.to_bytes()] }
    }

    /// Whether it is [`Self::spent`] of this session, so that whoever set money aside for it pays
    /// instead of taking it back.
    #[must_use]
    pub fn is_spent(&self, sid: SessionId) -> bool {
        *self == Self::spent(sid)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, evidence: Vec::new() }
    }
}

/// As the tiers' books keep it, so that a repeated request hears the same.
impl Encode for Refusal {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(self.error.number());
        let pieces = u32::try_from(self.evidence.len()).expect("a message holds far fewer");
        writer.u32(pieces);
        self.evidence.iter().for_each(|piece| writer.sized(piece));
    }
}

impl Decode for Refusal {
    fn decode(reader: &mut Reader<'_>) -> tender_token::error::Result<Self> {
        let number = reader.u8()?;
        let error = Error::ALL.iter().find(|error| error.number() == number);
        let pieces = reader.u32()?;
        let evidence = (0..pieces).map(|_| reader.sized().map(<[u8]>::to_vec));
        let evidence = evidence.collect::<tender_token::error::Result<_>>()?;
        Ok(Self { error: *error.ok_or(Error::Encoding)?, evidence })
    }
}

impl From<Refusal> for wire::Refusal {
    fn from(refusal: Refusal) -> Self {
        Self { error: u32::from(refusal.error.number()), evidence: refusal.evidence }
    }
}

impl TryFrom<wire::Refusal> for Refusal {
    type Error = Malformed;

    fn try_from(refusal: wire::Refusal) -> Result<Self, Malformed> {
        let number = refusal.error;
        let error = Error::ALL.iter().find(|error| u32::from(error.number()) == number);
        let error = *error.ok_or(Malformed::UnknownError(number))?;
        Ok(Self { error, evidence: refusal.evidence })
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.error.fmt(f)
    }
}
