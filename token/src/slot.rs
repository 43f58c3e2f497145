//! Slots (section 5): certified one-time keys. A slot hides whose it is and carries no value.

use crate::encode::{Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::group::{Point, SecretScalar};
use crate::manifest::{Manifest, SlotKey};
use crate::series::SeriesId;
use crate::transcript::{Label, h32, x};
use crate::tree::Node;
use zeroize::Zeroizing;

const MESSAGE_PREFIX: &[u8] = b"tender/v1/slot";

identifier! {
    /// Names a slot: a hash of its commitments, independent of the certificate.
    SlotId
}

/// The two commitments of a slot: `C0 = U + delta H` and `C1 = kG + rho H`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitments {
    /// Hides the owner's identity.
    pub c0: Point,
    /// Hides the one-time nonce of the slot's answer.
    pub c1: Point,
}

impl Commitments {
    /// `slot_id` in a series.
    #[must_use]
    pub fn slot_id(&self, series: SeriesId) -> SlotId {
        SlotId(h32(Label::SlotId, &[&series.0, &self.c0.bytes(), &self.c1.bytes()]))
    }

    /// `M_slot`: the 110 bytes that the slot key certifies.
    #[must_use]
    pub fn message(&self, series: SeriesId) -> Vec<u8> {
        [MESSAGE_PREFIX, &series.0, &self.c0.bytes(), &self.c1.bytes()].concat()
    }
}

/// The secrets of one candidate, all functions of one leaf of the tree. Wiped on drop.
pub struct SlotSecret {
    pub(crate) delta: SecretScalar,
    pub(crate) k: SecretScalar,
    pub(crate) rho: SecretScalar,
    pub(crate) blinding_seed: Zeroizing<[u8; 32]>,
    pub(crate) salt: Zeroizing<[u8; 16]>,
}

impl SlotSecret {
    /// Derives the secrets of a leaf.
    #[must_use]
    pub fn from_leaf(leaf: &Node) -> Self {
        let secret = |label| SecretScalar::derive(label, &[leaf.bytes()]);
        let salt = Zeroizing::new(x(Label::EndorseSalt, &[leaf.bytes()]));
        Self {
            delta: secret(Label::Delta),
            k: secret(Label::K),
            rho: secret(Label::Rho),
            blinding_seed: Zeroizing::new(h32(Label::SlotBlind, &[leaf.bytes()])),
            salt: Zeroizing::new(*salt.first_chunk().expect("16 of 64 bytes")),
        }
    }

    /// The commitments for an identity `U`. Errors: `E_ENCODING` if one is the identity element:
    /// take another session (`[PR1]`).
    pub fn commitments(&self, identity: &Point) -> Result<Commitments> {
        Ok(Commitments {
            c0: identity.plus_blinding(self.delta.expose())?,
            c1: Point::commitment(self.k.expose(), self.rho.expose())?,
        })
    }

    /// The blinded message of this candidate under a slot key. Errors as for the commitments.
    pub fn blinded(&self, identity: &Point, key: &SlotKey, id: SeriesId) -> Result<Vec<u8>> {
        let message = self.commitments(identity)?.message(id);
        Ok(key.key.blinded(&message, &self.blinding_seed))
    }
}

impl core::fmt::Debug for SlotSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SlotSecret(redacted)")
    }
}

/// A certified slot without the name of its series, as chains carry it: 64 + nb bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotBody {
    /// The commitments.
    pub commitments: Commitments,
    /// The slot key's signature over them, nb bytes.
    pub certificate: Vec<u8>,
}

impl SlotBody {
    /// Reads a slot body whose certificate has `length` bytes. Errors: `E_ENCODING`.
    pub fn decode(reader: &mut Reader<'_>, length: usize) -> Result<Self> {
        let commitments = Commitments { c0: reader.get()?, c1: reader.get()? };
        Ok(Self { commitments, certificate: reader.bytes(length)?.to_vec() })
    }

    /// Verifies the certificate under the slot key of a series. Errors: `E_CERT`.
    pub fn verify(&self, series: SeriesId, manifest: &Manifest) -> Result<()> {
        let key = &manifest.slot_key(series)?.key;
        let message = self.commitments.message(series);
        if key.verify(&message, &self.certificate) { Ok(()) } else { Err(Error::Cert) }
    }
}

impl Encode for SlotBody {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.commitments.c0);
        writer.put(&self.commitments.c1);
        writer.bytes(&self.certificate);
    }
}

/// A certified slot with the name of its series: 96 + nb bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The series whose slot key certified it.
    pub series: SeriesId,
    /// The rest.
    pub body: SlotBody,
}

impl Slot {
    /// Reads a slot. Errors: `E_CERT` if the series is unknown, `E_ENCODING`.
    pub fn decode(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Self> {
        let series = reader.get()?;
        let length = manifest.slot_key(series)?.key.length();
        Ok(Self { series, body: SlotBody::decode(reader, length)? })
    }

    /// Reads a slot that is all of `bytes`. Errors: those of [`Self::decode`].
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let slot = Self::decode(&mut reader, manifest)?;
        reader.finish()?;
        Ok(slot)
    }

    /// `slot_id`.
    #[must_use]
    pub fn id(&self) -> SlotId {
        self.body.commitments.slot_id(self.series)
    }

    /// Verifies the certificate. Errors: `E_CERT`.
    pub fn verify(&self, manifest: &Manifest) -> Result<()> {
        self.body.verify(self.series, manifest)
    }
}

impl Encode for Slot {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.series);
        writer.put(&self.body);
    }
}
