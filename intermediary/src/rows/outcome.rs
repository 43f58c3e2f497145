//! What the issuer said, as the journal keeps it: the same words for every repetition.

use super::{read_flag, write_flag};
use tender_proto::refusal::Refusal;
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;

/// What was granted, or the refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<T>(pub core::result::Result<T, Refusal>);

impl<T: Encode> Encode for Outcome<T> {
    fn encode(&self, writer: &mut Writer) {
        write_flag(writer, self.0.is_ok());
        match &self.0 {
            Ok(granted) => writer.put(granted),
            Err(refusal) => writer.put(refusal),
        }
    }
}

impl<T: Decode> Decode for Outcome<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        if read_flag(reader)? {
            reader.get().map(|granted| Self(Ok(granted)))
        } else {
            reader.get().map(|refusal| Self(Err(refusal)))
        }
    }
}

/// Canonical bytes of the issuer's reply to a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatures(pub Vec<u8>);

impl Encode for Signatures {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.0);
    }
}

impl Decode for Signatures {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.sized().map(|bytes| Self(bytes.to_vec()))
    }
}

/// What became of the items of a deposit, in the wallet's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes(pub Vec<Outcome<Amount>>);

impl Encode for Outcomes {
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.0);
    }
}

impl Decode for Outcomes {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.list(0..=u16::MAX).map(Self)
    }
}
