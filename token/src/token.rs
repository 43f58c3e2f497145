//! Tokens (section 6): value that the issuer has signed, blindly, onto a slot.

use crate::amount::Amount;
use crate::encode::{Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::series::{DenominationId, SeriesId};
use crate::slot::{SlotBody, SlotId};
use crate::transcript::{Label, h32};

const MESSAGE_PREFIX: &[u8] = b"tender/v1/token";

identifier! {
    /// Names a token: a hash of its denomination and first slot, independent of any signature.
    TokenId
}

/// `token_id` of a denomination signed onto a slot.
#[must_use]
pub fn token_id(denomination: DenominationId, slot: SlotId) -> TokenId {
    TokenId(h32(Label::TokenId, &[&denomination.0, &slot.0]))
}

/// `M_token`: the 79 bytes that a value key signs.
#[must_use]
pub fn message(denomination: DenominationId, slot: SlotId) -> Vec<u8> {
    [MESSAGE_PREFIX, &denomination.0, &slot.0].concat()
}

/// A token as it was born, before any endorsement: 608 bytes for nb = 256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    denomination: DenominationId,
    series: SeriesId,
    value: Amount,
    slot: SlotBody,
    sigma: Vec<u8>,
}

impl Token {
    /// The token of a value signature on a slot.
    /// Errors: `E_DENOMINATION` if unknown, `E_VALUE` if the signature does not verify.
    pub fn new(
        denomination: DenominationId,
        slot: SlotBody,
        sigma: Vec<u8>,
        manifest: &Manifest,
    ) -> Result<Self> {
        let record = &manifest.value_key(denomination)?.denomination;
        let (series, value) = (record.series, record.value);
        let token = Self { denomination, series, value, slot, sigma };
        token.verify_value(manifest)?;
        Ok(token)
    }

    /// Reads a token. Errors: `E_DENOMINATION` if unknown, `E_ENCODING`.
    pub fn decode(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Self> {
        let denomination = reader.get()?;
        let value_key = manifest.value_key(denomination)?;
        let slot_key = manifest.series_of(denomination)?;
        let slot = SlotBody::decode(reader, slot_key.key.length())?;
        let sigma = reader.bytes(value_key.key.length())?.to_vec();
        let (series, value) = (value_key.denomination.series, value_key.denomination.value);
        Ok(Self { denomination, series, value, slot, sigma })
    }

    /// The denomination.
    #[must_use]
    pub fn denomination(&self) -> DenominationId {
        self.denomination
    }

    /// The series, which the denomination commits to.
    #[must_use]
    pub fn series(&self) -> SeriesId {
        self.series
    }

    /// What it is worth.
    #[must_use]
    pub fn value(&self) -> Amount {
        self.value
    }

    /// The slot it was signed onto, `slot_0`.
    #[must_use]
    pub fn slot(&self) -> &SlotBody {
        &self.slot
    }

    /// `slot_id` of `slot_0`.
    #[must_use]
    pub fn slot_id(&self) -> SlotId {
        self.slot.commitments.slot_id(self.series)
    }

    /// `token_id`.
    #[must_use]
    pub fn id(&self) -> TokenId {
        token_id(self.denomination, self.slot_id())
    }

    /// Verifies the value signature. Errors: `E_VALUE`.
    pub fn verify_value(&self, manifest: &Manifest) -> Result<()> {
        let key = &manifest.value_key(self.denomination)?.key;
        let message = message(self.denomination, self.slot_id());
        if key.verify(&message, &self.sigma) { Ok(()) } else { Err(Error::Value) }
    }
}

impl Encode for Token {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.denomination);
        writer.put(&self.slot);
        writer.bytes(&self.sigma);
    }
}
