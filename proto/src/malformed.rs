//! Messages that are no messages: the caller's program is at fault.

use tender_token::error::Error;

/// Why a message could not be read. On the wire: `INVALID_ARGUMENT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A field that must be there is not.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// A field does not hold what it must.
    #[error("the field `{0}` is not a canonical encoding")]
    Field(&'static str),
    /// The number of a refusal is not in the protocol's closed list.
    #[error("{0} is not the number of a protocol error")]
    UnknownError(u32),
}

impl Malformed {
    /// Names the field in which decoding failed.
    pub(crate) fn field(name: &'static str) -> impl Fn(Error) -> Self {
        move |_| Self::Field(name)
    }
}

impl From<Malformed> for tonic::Status {
    fn from(malformed: Malformed) -> Self {
        Self::invalid_argument(malformed.to_string())
    }
}
