//! Refusals: the named "no" of a verb.

use crate::{Malformed, wire};
use tender_token::error::Error;

/// A verb's "no", with what it rests on, if there is anything to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule of the protocol said no.
    pub error: Error,
    /// Conflicting endorsements, canonical bytes of double-spend evidence. If a blinded message is
    /// taken (`E_SID_CONFLICT`): the session that has it.
    pub evidence: Vec<Vec<u8>>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, evidence: Vec::new() }
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
