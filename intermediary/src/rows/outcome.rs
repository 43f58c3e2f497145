//! What the issuer said, as the journal keeps it: the same words for every repetition.

use super::{read_flag, write_flag};
use tender_proto::refusal::Refusal;
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// What was granted, or the refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<T>(pub core::result::Result<T, Refusal>);

impl<T: Encode> Encode for Outcome<T> {
    fn encode(&self, writer: &mut Writer) {
        write_flag(writer, self.0.is_ok());
        match &self.0 {
            Ok(granted) => writer.put(granted),
            Err(refusal) => write_refusal(writer, refusal),
        }
    }
}

impl<T: Decode> Decode for Outcome<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        if read_flag(reader)? {
            reader.get().map(|granted| Self(Ok(granted)))
        } else {
            read_refusal(reader).map(|refusal| Self(Err(refusal)))
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

fn write_refusal(writer: &mut Writer, refusal: &Refusal) {
    writer.u8(refusal.error.number());
    let pieces = u32::try_from(refusal.evidence.len()).expect("a message holds far fewer");
    writer.u32(pieces);
    refusal.evidence.iter().for_each(|piece| writer.sized(piece));
}

fn read_refusal(reader: &mut Reader<'_>) -> Result<Refusal> {
    let number = reader.u8()?;
    let error = Error::ALL.iter().find(|error| error.number() == number);
    let pieces = reader.u32()?;
    let evidence = (0..pieces).map(|_| reader.sized().map(<[u8]>::to_vec));
    let evidence = evidence.collect::<Result<_>>()?;
    Ok(Refusal { error: *error.ok_or(Error::Encoding)?, evidence })
}
