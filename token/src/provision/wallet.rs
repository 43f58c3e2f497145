//! The wallet's half of provisioning.

use super::{
    Opened, Plan, Receipt, Reveal, SessionId, SignedOpen, Want, candidates_hash, commitment_hash,
};
use crate::encode::Encode;
use crate::error::{Error, Result};
use crate::identity::Master;
use crate::manifest::{Manifest, SlotKey};
use crate::signature::SecretKey;
use crate::slot::{Slot, SlotBody, SlotSecret};
use crate::transcript::{Label, h32};
use crate::tree::Node;
use crate::vrf;
use zeroize::Zeroizing;

/// A session's secrets: all functions of the master secret, the session id and the plan (`[PR1]`).
///
/// The wallet stores the id and the plan durably before it sends anything.
pub struct Session {
    sid: SessionId,
    plan: Plan,
    seed: Zeroizing<[u8; 32]>,
}

impl Session {
    /// The session with this id and plan.
    #[must_use]
    pub fn new(master: &Master, sid: SessionId, plan: Plan) -> Self {
        let seed = h32(Label::Session, &[master.expose(), &sid.0, &plan.hash()]);
        Self { sid, plan, seed: Zeroizing::new(seed) }
    }

    /// The session's id.
    #[must_use]
    pub fn sid(&self) -> SessionId {
        self.sid
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// `h_t` of one slot: derives and blinds its kappa candidates. Slots are independent, so the
    /// caller may compute them side by side.
    /// Errors: `E_CERT` for an unknown series; `E_ENCODING` if a commitment is the identity
    /// element: take a new session; `E_KEY_SUSPECT` if a value shares a factor with the modulus
    /// (`[F7]`).
    pub fn candidates_hash(&self, t: u16, manifest: &Manifest) -> Result<[u8; 32]> {
        let key = manifest.slot_key(self.plan.series)?;
        let leaves = self.root(t).leaves(key.series.depth);
        let blinded = leaves
            .iter()
            .map(|leaf| self.blinded(&SlotSecret::from_leaf(leaf), key))
            .collect::<Result<Vec<_>>>()?;
        if !key.key.are_coprime(blinded.iter().map(Vec::as_slice)) {
            return Err(Error::KeySuspect);
        }
        Ok(candidates_hash(t, blinded.iter().map(Vec::as_slice)))
    }

    /// `h` from the `h_t` of every slot in order.
    #[must_use]
    pub fn commitment(&self, slots: &[[u8; 32]]) -> [u8; 32] {
        commitment_hash(&self.sid, &self.plan.hash(), slots)
    }

    /// OPEN as the wallet sends it.
    #[must_use]
    pub fn open(&self, h: [u8; 32], device: &SecretKey) -> SignedOpen {
        SignedOpen::sign(self.plan.clone(), self.sid, h, device)
    }

    /// REVEAL for a receipt that [`Receipt::verify`] accepted and that is durably stored (`[PR5]`).
    /// Errors: `E_CERT` for an unknown series, `E_ENCODING` with negligible probability.
    pub fn reveal(
        &self,
        receipt: &Receipt,
        want: Want,
        device: &SecretKey,
        manifest: &Manifest,
    ) -> Result<Reveal> {
        let opened = self.opened(&receipt.proof.challenge(), manifest)?;
        Ok(Reveal::sign(self.sid, want, opened, device))
    }

    /// What a challenge opens. Also serves the wallet's check of itself before OPEN (`[PR1]`).
    /// Errors: `E_CERT` for an unknown series, `E_ENCODING` with negligible probability.
    pub fn opened(&self, challenge: &vrf::Challenge, manifest: &Manifest) -> Result<Vec<Opened>> {
        let key = manifest.slot_key(self.plan.series)?;
        let depth = key.series.depth;
        (0..self.plan.count)
            .map(|t| {
                let kept = challenge.kept(t, key.series.candidates());
                let secret = SlotSecret::from_leaf(&self.root(t).leaf(depth, kept));
                let copath = self.root(t).copath(depth, kept);
                Ok(Opened { copath, kept: self.blinded(&secret, key)? })
            })
            .collect()
    }

    /// The secrets of slot `t` under the receipt's challenge.
    /// Errors: `E_CERT` for an unknown series.
    pub fn secret(&self, t: u16, receipt: &Receipt, manifest: &Manifest) -> Result<SlotSecret> {
        let series = &manifest.slot_key(self.plan.series)?.series;
        let kept = receipt.proof.challenge().kept(t, series.candidates());
        Ok(SlotSecret::from_leaf(&self.root(t).leaf(series.depth, kept)))
    }

    /// Unblinds and verifies the certificate of slot `t` (`[PR9]`).
    /// Errors: `E_CERT` if the issuer's answer is wrong: receipt, REVEAL and answer prove it.
    pub fn finish(
        &self,
        t: u16,
        receipt: &Receipt,
        answer: &[u8],
        manifest: &Manifest,
    ) -> Result<Slot> {
        let series = self.plan.series;
        let key = &manifest.slot_key(series)?.key;
        let secret = self.secret(t, receipt, manifest)?;
        let commitments = secret.commitments(&self.plan.identity)?;
        let message = commitments.message(series);
        let blinding = key.blind(&message, &secret.blinding_seed)?;
        let certificate = key.unblind(answer, &blinding, &message).ok_or(Error::Cert)?;
        Ok(Slot { series, body: SlotBody { commitments, certificate } })
    }

    fn root(&self, t: u16) -> Node {
        Node::new(h32(Label::TreeRoot, &[&*self.seed, &t.to_be_bytes()]))
    }

    fn blinded(&self, secret: &SlotSecret, key: &SlotKey) -> Result<Vec<u8>> {
        secret.blinded(&self.plan.identity, key, self.plan.series)
    }
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Session({:?}, secrets redacted)", self.sid)
    }
}

impl Encode for Session {
    /// `sid || plan`: what the wallet stores before OPEN. The secrets follow from it.
    fn encode(&self, writer: &mut crate::encode::Writer) {
        writer.put(&self.sid);
        writer.put(&self.plan);
    }
}
