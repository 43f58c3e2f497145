//! Provisioning (section 5): getting slots certified by cut and choose.
//!
//! The wallet commits to kappa candidates per slot, the issuer's verifiable challenge picks one of
//! each to stay closed, the wallet reveals all the others, and the issuer signs the closed ones.
//! A candidate that hides another identity passes only if it happens to be the closed one.

mod issuer;
mod wallet;

pub use issuer::{Commitment, Verified};
pub use wallet::Session;

use crate::bounds::PLAN_SLOTS_MAX;
use crate::encode::{Decode, Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::group::Point;
use crate::manifest::ManifestHash;
use crate::rsa;
use crate::series::{SeriesId, read_version};
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::transcript::{Label, h32};
use crate::vrf;

identifier! {
    /// `sid`: 32 fresh random bytes that belong to one request for ever (`[I4]`).
    SessionId
}

/// What a session asks for: so many slots of one series for one identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The manifest the wallet holds.
    pub manifest: ManifestHash,
    /// `U`.
    pub identity: Point,
    /// The series of the slots.
    pub series: SeriesId,
    /// How many slots, 1 to 64.
    pub count: u16,
}

impl Plan {
    /// `plan_hash`.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        h32(Label::ProvisionPlan, &[&self.to_bytes()])
    }
}

impl Encode for Plan {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(1);
        writer.put(&self.manifest);
        writer.put(&self.identity);
        writer.put(&self.series);
        writer.u16(self.count);
    }
}

impl Decode for Plan {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        read_version(reader)?;
        Ok(Self {
            manifest: reader.get()?,
            identity: reader.get()?,
            series: reader.get()?,
            count: reader.count(1..=PLAN_SLOTS_MAX)?,
        })
    }
}

/// `plan || sid || h` and the device's signature: OPEN as the wallet sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOpen {
    /// What is asked for.
    pub plan: Plan,
    /// The session.
    pub sid: SessionId,
    /// `h`: the commitment to all candidates.
    pub h: [u8; 32],
    device_signature: Signature,
}

impl SignedOpen {
    /// Signs an opening with the device's key.
    #[must_use]
    pub fn sign(plan: Plan, sid: SessionId, h: [u8; 32], device: &SecretKey) -> Self {
        let device_signature = device.sign(Label::Open, &[&plan.to_bytes(), &sid.0, &h]);
        Self { plan, sid, h, device_signature }
    }

    /// Verifies the device's signature. Errors: `E_AUTH`.
    pub fn verify(&self, device: &PublicKey) -> Result<()> {
        let data = [&self.plan.to_bytes()[..], &self.sid.0, &self.h];
        device.verify(Label::Open, &data, &self.device_signature)
    }

    /// Adds the intermediary's signature: OPEN as the issuer takes it.
    #[must_use]
    pub fn authorise(self, intermediary: &SecretKey) -> Open {
        let authorisation = intermediary.sign(Label::Authorise, &[&self.to_bytes()]);
        Open { request: self, authorisation }
    }
}

impl Encode for SignedOpen {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.plan);
        writer.put(&self.sid);
        writer.put(&self.h);
        writer.put(&self.device_signature);
    }
}

impl Decode for SignedOpen {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            plan: reader.get()?,
            sid: reader.get()?,
            h: reader.get()?,
            device_signature: reader.get()?,
        })
    }
}

/// OPEN (`[PR2]`): the wallet's opening with the intermediary's authorisation; 291 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The wallet's part.
    pub request: SignedOpen,
    authorisation: Signature,
}

impl Open {
    /// Verifies both signatures (`[PR3]`). Errors: `E_AUTH`.
    pub fn verify(&self, device: &PublicKey, intermediary: &PublicKey) -> Result<()> {
        self.request.verify(device)?;
        let signed = self.request.to_bytes();
        intermediary.verify(Label::Authorise, &[&signed], &self.authorisation)
    }
}

impl Encode for Open {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.request);
        writer.put(&self.authorisation);
    }
}

impl Decode for Open {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { request: reader.get()?, authorisation: reader.get()? })
    }
}

/// The issuer's receipt for an opening (`[PR4]`): the challenge, signed; 256 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The session.
    pub sid: SessionId,
    /// Hash of the plan.
    pub plan_hash: [u8; 32],
    /// The commitment.
    pub h: [u8; 32],
    /// The challenge and its proof.
    pub proof: vrf::Proof,
    signature: Signature,
}

impl Receipt {
    /// Evaluates the challenge and signs. Call only after the session is durably stored (`[PR3]`).
    /// Errors: `E_ENCODING` with negligible probability.
    pub fn issue(request: &SignedOpen, vrf: &vrf::SecretKey, issuer: &SecretKey) -> Result<Self> {
        let (sid, plan_hash, h) = (request.sid, request.plan.hash(), request.h);
        let proof = vrf.prove(&sid.0, &h)?;
        let signed = [&sid.0[..], &plan_hash, &h, &proof.to_bytes()];
        let signature = issuer.sign(Label::OpenReceipt, &signed);
        Ok(Self { sid, plan_hash, h, proof, signature })
    }

    /// The wallet's check (`[PR5]`). On failure nothing may be revealed.
    /// Errors: `E_RECEIPT` for another session, `E_AUTH`, `E_VRF`.
    pub fn verify(
        &self,
        sid: &SessionId,
        plan_hash: &[u8; 32],
        h: &[u8; 32],
        issuer: &PublicKey,
        vrf: &vrf::PublicKey,
    ) -> Result<()> {
        if (&self.sid, &self.plan_hash, &self.h) != (sid, plan_hash, h) {
            return Err(Error::Receipt);
        }
        let signed = [&sid.0[..], plan_hash, h, &self.proof.to_bytes()];
        issuer.verify(Label::OpenReceipt, &signed, &self.signature)?;
        vrf.verify(&sid.0, h, &self.proof)
    }
}

impl Encode for Receipt {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.sid);
        writer.put(&self.plan_hash);
        writer.put(&self.h);
        writer.put(&self.proof);
        writer.put(&self.signature);
    }
}

impl Decode for Receipt {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            sid: reader.get()?,
            plan_hash: reader.get()?,
            h: reader.get()?,
            proof: reader.get()?,
            signature: reader.get()?,
        })
    }
}

/// What the wallet wants from a resolved session (`[PR6]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The certificates.
    Sign,
    /// Nothing: the session ends, and nothing of it is ever signed.
    Abandon,
}

/// One slot of a REVEAL: every candidate but one, and the closed one's blinded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Siblings on the way to the closed leaf, at depth 1 first.
    pub copath: Vec<[u8; 32]>,
    /// `B` of the closed candidate, nb bytes.
    pub kept: Vec<u8>,
}

/// REVEAL (`[PR6]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// The session.
    pub sid: SessionId,
    /// What for.
    pub want: Want,
    /// One entry per slot.
    pub opened: Vec<Opened>,
    signature: Signature,
}

impl Reveal {
    fn sign(sid: SessionId, want: Want, opened: Vec<Opened>, device: &SecretKey) -> Self {
        let body = reveal_body(&sid, want, &opened);
        let signature = device.sign(Label::Reveal, &[&body]);
        Self { sid, want, opened, signature }
    }

    /// The session that bytes claim to reveal, for looking it up. Errors: `E_ENCODING`.
    pub fn session_of(bytes: &[u8]) -> Result<SessionId> {
        Reader::new(bytes).get()
    }

    /// Reads a REVEAL of `count` slots of a series with this depth and slot key.
    /// Errors: `E_ENCODING` for lengths, `want` and blinded messages out of range (`[PR8]`).
    pub fn from_bytes(bytes: &[u8], count: u16, depth: u8, key: &rsa::PublicKey) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let sid = reader.get()?;
        let want = match reader.u8()? {
            1 => Want::Sign,
            2 => Want::Abandon,
            _ => return Err(Error::Encoding),
        };
        let mut opened = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let copath = (0..depth).map(|_| reader.array()).collect::<Result<Vec<_>>>()?;
            let kept = reader.bytes(key.length())?.to_vec();
            if !key.in_range(&kept) {
                return Err(Error::Encoding);
            }
            opened.push(Opened { copath, kept });
        }
        let signature = reader.get()?;
        reader.finish()?;
        Ok(Self { sid, want, opened, signature })
    }

    /// Verifies the device's signature, and nothing else. Errors: `E_AUTH`.
    pub fn verify(&self, device: &PublicKey) -> Result<()> {
        let body = reveal_body(&self.sid, self.want, &self.opened);
        device.verify(Label::Reveal, &[&body], &self.signature)
    }
}

impl Encode for Reveal {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&reveal_body(&self.sid, self.want, &self.opened));
        writer.put(&self.signature);
    }
}

fn reveal_body(sid: &SessionId, want: Want, opened: &[Opened]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.put(sid);
    writer.u8(match want {
        Want::Sign => 1,
        Want::Abandon => 2,
    });
    for slot in opened {
        slot.copath.iter().for_each(|node| writer.put(node));
        writer.bytes(&slot.kept);
    }
    writer.finish()
}

/// `h_t`: the commitment to the candidates of one slot, from their blinded messages in order.
fn candidates_hash<'a>(t: u16, blinded: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hashes = Vec::new();
    // An open range would step past its end behind the last of 65536 candidates.
    for (i, blinded) in (0..=u16::MAX).zip(blinded) {
        let index = [t.to_be_bytes(), i.to_be_bytes()].concat();
        hashes.extend_from_slice(&h32(Label::Candidate, &[&index, blinded]));
    }
    h32(Label::Candidates, &[&hashes])
}

/// `h`: the commitment to all slots of a session.
fn commitment_hash(sid: &SessionId, plan_hash: &[u8; 32], slots: &[[u8; 32]]) -> [u8; 32] {
    let count = u16::try_from(slots.len()).expect("a plan has at most 64 slots");
    h32(Label::Commit, &[&sid.0, plan_hash, &count.to_be_bytes(), &slots.concat()])
}

#[cfg(test)]
mod tests {
    use super::candidates_hash;
    use crate::bounds::DEPTH_MAX;
    use crate::transcript::{Label, h32};

    /// The index ran out of its 16 bits behind candidate 65535, so that a series of the greatest
    /// permitted depth stopped every wallet and the issuer.
    #[test]
    fn a_slot_of_the_greatest_depth_has_65536_candidates() {
        let count = 1_usize << DEPTH_MAX;
        let hash = |i: u16| h32(Label::Candidate, &[&[0, 7], &i.to_be_bytes(), b"B"]);
        let hashes: Vec<_> = (0..=u16::MAX).flat_map(hash).collect();
        assert_eq!(hashes.len(), count * 32);
        let expected = h32(Label::Candidates, &[&hashes]);
        assert_eq!(candidates_hash(7, core::iter::repeat_n(&b"B"[..], count)), expected);
    }
}
