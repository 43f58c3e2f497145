//! Openings (`[R1]`): a wallet shows the issuer what it blinded, to claim what nobody cashed.
//!
//! An opening reveals one blinding, and with it which blinded message belongs to which slot. It
//! reveals no seed, no answer and no identity.

use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::provision::{self, SessionId};
use crate::series::{DenominationId, SeriesId};
use crate::slot::{Commitments, SlotId, SlotSecret};
use crate::token::{self, TokenId};
use crate::withdraw::{self, Output};

/// `VO`: output `t` of a withdrawal was blinded for this slot; 98 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct ValueOpening {
    /// The withdrawal.
    pub sid: SessionId,
    /// Which output, `t`.
    pub output: u16,
    /// The slot the token was signed onto.
    pub slot: SlotId,
    /// `b`, from which the blinding follows.
    pub blinding_seed: [u8; 32],
}

impl ValueOpening {
    /// Opens output `t` of the wallet's own withdrawal.
    #[must_use]
    pub fn new(
        session: &withdraw::Session,
        t: u16,
        denomination: DenominationId,
        slot: SlotId,
    ) -> Self {
        let blinding_seed = *session.blinding_seed(t, denomination, slot);
        Self { sid: session.sid(), output: t, slot, blinding_seed }
    }

    /// The token that was blinded, if the opening fits the session's stored outputs. That the
    /// requester is the wallet of the session is for the issuer to see first (`E_WALLET`).
    /// Errors: `E_OPENING`; `E_DENOMINATION` if the manifest no longer has the output's.
    pub fn verify(
        &self,
        sid: &SessionId,
        outputs: &[Output],
        manifest: &Manifest,
    ) -> Result<TokenId> {
        let output = outputs.get(usize::from(self.output)).filter(|_| self.sid == *sid);
        let output = output.ok_or(Error::Opening)?;
        let key = &manifest.value_key(output.denomination)?.key;
        let message = token::message(output.denomination, self.slot);
        let fits = key.blinded(&message, &self.blinding_seed) == output.blinded;
        let token = token::token_id(output.denomination, self.slot);
        if fits { Ok(token) } else { Err(Error::Opening) }
    }
}

/// Whoever knows the seed of an exchange's output can claim it, so it is not printed.
impl core::fmt::Debug for ValueOpening {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ValueOpening({:?}, output {}, seed redacted)", self.sid, self.output)
    }
}

impl Encode for ValueOpening {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.sid);
        writer.u16(self.output);
        writer.put(&self.slot);
        writer.put(&self.blinding_seed);
    }
}

impl Decode for ValueOpening {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            sid: reader.get()?,
            output: reader.u16()?,
            slot: reader.get()?,
            blinding_seed: reader.get()?,
        })
    }
}

/// `SO`: the closed candidate `t` of a provision session was blinded for a certain slot; 66 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SlotOpening {
    /// The provision session.
    pub sid: SessionId,
    /// Which slot of it, `t`.
    pub index: u16,
    /// `b`, from which the blinding follows.
    pub blinding_seed: [u8; 32],
}

impl SlotOpening {
    /// Opens slot `t` of the wallet's own session; `secret` is that slot's.
    #[must_use]
    pub fn new(session: &provision::Session, t: u16, secret: &SlotSecret) -> Self {
        Self { sid: session.sid(), index: t, blinding_seed: *secret.blinding_seed }
    }

    /// Whether the session's stored candidate, `kept[t]`, is the slot with these commitments. That
    /// the requester is the wallet of the session is for the issuer to see first (`E_WALLET`).
    /// Errors: `E_OPENING`; `E_CERT` if the manifest no longer has the series.
    pub fn verify(
        &self,
        sid: &SessionId,
        kept: &[Vec<u8>],
        series: SeriesId,
        slot: &Commitments,
        manifest: &Manifest,
    ) -> Result<SlotId> {
        let kept = kept.get(usize::from(self.index)).filter(|_| self.sid == *sid);
        let kept = kept.ok_or(Error::Opening)?;
        let key = &manifest.slot_key(series)?.key;
        let fits = key.blinded(&slot.message(series), &self.blinding_seed) == *kept;
        if fits { Ok(slot.slot_id(series)) } else { Err(Error::Opening) }
    }
}

impl core::fmt::Debug for SlotOpening {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SlotOpening({:?}, slot {}, seed redacted)", self.sid, self.index)
    }
}

impl Encode for SlotOpening {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.sid);
        writer.u16(self.index);
        writer.put(&self.blinding_seed);
    }
}

impl Decode for SlotOpening {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { sid: reader.get()?, index: reader.u16()?, blinding_seed: reader.get()? })
    }
}
