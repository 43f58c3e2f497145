//! The wallet's half of withdrawing.

use super::Output;
use crate::error::{Error, Result};
use crate::identity::Master;
use crate::manifest::Manifest;
use crate::provision::SessionId;
use crate::rsa::Blinding;
use crate::series::DenominationId;
use crate::slot::{Slot, SlotId};
use crate::token::{Token, message};
use crate::transcript::{Label, h32};
use zeroize::Zeroizing;

/// A session's secrets: functions of the master secret and the session id.
pub struct Session {
    sid: SessionId,
    seed: Zeroizing<[u8; 32]>,
}

impl Session {
    /// The session with this id.
    #[must_use]
    pub fn new(master: &Master, sid: SessionId) -> Self {
        let seed = h32(Label::WithdrawSeed, &[master.expose(), &sid.0]);
        Self { sid, seed: Zeroizing::new(seed) }
    }

    /// The session's id.
    #[must_use]
    pub fn sid(&self) -> SessionId {
        self.sid
    }

    /// Output `t`: blinds a denomination for a slot.
    ///
    /// The caller has checked the slot's certificate and never asks twice for the same denomination
    /// and slot, nor for two tokens onto one slot (`[W3]`).
    /// Errors: `E_DENOMINATION`; `E_CERT` if the slot is of another series; `E_KEY_SUSPECT`.
    pub fn output(
        &self,
        t: u16,
        denomination: DenominationId,
        slot: &Slot,
        manifest: &Manifest,
    ) -> Result<Output> {
        if manifest.value_key(denomination)?.denomination.series != slot.series {
            return Err(Error::Cert);
        }
        let blinding = self.blinding(t, denomination, slot.id(), manifest)?;
        Ok(Output { denomination, blinded: blinding.blinded().to_vec() })
    }

    /// Unblinds and verifies output `t` (`[W7]`).
    /// Errors: `E_VALUE` if the issuer's answer is wrong: request and reply prove it.
    pub fn finish(
        &self,
        t: u16,
        denomination: DenominationId,
        slot: &Slot,
        answer: &[u8],
        manifest: &Manifest,
    ) -> Result<Token> {
        let key = &manifest.value_key(denomination)?.key;
        let blinding = self.blinding(t, denomination, slot.id(), manifest)?;
        let message = message(denomination, slot.id());
        let sigma = key.unblind(answer, &blinding, &message).ok_or(Error::Value)?;
        Token::new(denomination, slot.body.clone(), sigma, manifest)
    }

    fn blinding(
        &self,
        t: u16,
        denomination: DenominationId,
        slot: SlotId,
        manifest: &Manifest,
    ) -> Result<Blinding> {
        let key = &manifest.value_key(denomination)?.key;
        key.blind(&message(denomination, slot), &self.blinding_seed(t, denomination, slot))
    }

    /// `b` of output `t`, which an opening reveals and nothing else does.
    pub(crate) fn blinding_seed(
        &self,
        t: u16,
        denomination: DenominationId,
        slot: SlotId,
    ) -> Zeroizing<[u8; 32]> {
        let parts = [&self.seed[..], &t.to_be_bytes(), &denomination.0, &slot.0];
        Zeroizing::new(h32(Label::WithdrawBlind, &parts))
    }
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Session({:?}, secrets redacted)", self.sid)
    }
}
