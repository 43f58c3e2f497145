//! The manifest (section 3): the signed list of all keys and dates, checked before anything is
//! used.

use crate::bounds::DEPTH_MIN_PRODUCTION;
use crate::encode::{Decode, Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::rsa;
use crate::series::{Denomination, DenominationId, Series, SeriesId, read_version};
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::transcript::{Label, h32};
use crate::vrf;
use std::collections::{BTreeMap, BTreeSet};

identifier! {
    /// Names a manifest; offers and requests carry it so that split views show (`[V4]`).
    ManifestHash
}

/// The manifest as written down: decoded, nothing checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestRecord {
    /// Running number; each manifest's is greater than the one before.
    pub epoch: u32,
    /// Hash of the manifest before; zeros for the first.
    pub previous: ManifestHash,
    /// Signs receipts and statements.
    pub issuer: PublicKey,
    /// Makes the challenge of a provision session verifiable.
    pub vrf: [u8; 32],
    /// Days that a KEY endorsement's deadline must lie ahead.
    pub min_lead: u8,
    /// Hash of the policy that travels with this manifest.
    pub policy_hash: [u8; 32],
    /// All series that can still be spent, cashed or claimed.
    pub series: Vec<Series>,
    /// All their denominations.
    pub denominations: Vec<Denomination>,
}

impl ManifestRecord {
    /// `manifest_hash`.
    #[must_use]
    pub fn hash(&self) -> ManifestHash {
        ManifestHash(h32(Label::Manifest, &[&self.to_bytes()]))
    }

    /// The root's signature over the manifest.
    #[must_use]
    pub fn sign(&self, root: &SecretKey) -> Signature {
        root.sign(Label::ManifestSignature, &[&self.hash().0])
    }
}

impl Encode for ManifestRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(1);
        writer.u32(self.epoch);
        writer.put(&self.previous);
        writer.put(&self.issuer);
        writer.put(&self.vrf);
        writer.u8(self.min_lead);
        writer.put(&self.policy_hash);
        writer.list(&self.series);
        writer.list(&self.denominations);
    }
}

impl Decode for ManifestRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        read_version(reader)?;
        Ok(Self {
            epoch: reader.u32()?,
            previous: reader.get()?,
            issuer: reader.get()?,
            vrf: reader.get()?,
            min_lead: reader.u8()?,
            policy_hash: reader.get()?,
            series: reader.list(0..=u16::MAX)?,
            denominations: reader.list(0..=u16::MAX)?,
        })
    }
}

/// Whether shallow candidate trees are acceptable (`[S1]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Refuses a depth below 6: what wallets and issuers run with.
    Production,
    /// Accepts any depth from 3: for tests only, where cheating must succeed now and then.
    Test,
}

/// A series with its checked slot key.
#[derive(Clone, Debug)]
pub struct SlotKey {
    /// The record.
    pub series: Series,
    /// The checked key.
    pub key: rsa::PublicKey,
}

/// A denomination with its checked value key.
#[derive(Clone, Debug)]
pub struct ValueKey {
    /// The record.
    pub denomination: Denomination,
    /// The checked key.
    pub key: rsa::PublicKey,
}

/// A manifest whose contents passed `[S1]`, `[S3]` and the key checks of `[S4]`.
///
/// That the root signed it and that it follows the one before is the business of
/// [`Self::verify`] and [`Self::follows`].
#[derive(Clone, Debug)]
pub struct Manifest {
    record: ManifestRecord,
    hash: ManifestHash,
    vrf: vrf::PublicKey,
    slot_keys: BTreeMap<SeriesId, SlotKey>,
    value_keys: BTreeMap<DenominationId, ValueKey>,
}

impl Manifest {
    /// Checks the contents of a manifest. Errors: `E_MANIFEST`, and nothing of it is used.
    pub fn check(record: ManifestRecord, strictness: Strictness) -> Result<Self> {
        let mut moduli = BTreeSet::new();
        let mut slot_keys = BTreeMap::new();
        for series in &record.series {
            let shallow = series.depth < DEPTH_MIN_PRODUCTION;
            if !series.is_in_range() || (shallow && strictness == Strictness::Production) {
                return Err(Error::Manifest);
            }
            let key = fresh_key(&mut moduli, &series.modulus)?;
            slot_keys.insert(series.id(), SlotKey { series: series.clone(), key });
        }
        let mut value_keys = BTreeMap::new();
        for denomination in &record.denominations {
            let known = slot_keys.contains_key(&denomination.series);
            if !known || denomination.value.is_zero() {
                return Err(Error::Manifest);
            }
            let key = fresh_key(&mut moduli, &denomination.modulus)?;
            let denomination = denomination.clone();
            value_keys.insert(denomination.id(), ValueKey { denomination, key });
        }
        record.issuer.check().map_err(|_| Error::Manifest)?;
        let vrf = vrf::PublicKey::from_bytes(&record.vrf).map_err(|_| Error::Manifest)?;
        Ok(Self { hash: record.hash(), record, vrf, slot_keys, value_keys })
    }

    /// Decodes, checks the root's signature, the contents and the policy's hash.
    /// Errors: `E_ENCODING`; `E_MANIFEST` for everything else (`[S4]`, `[S6]`).
    pub fn verify(
        bytes: &[u8],
        signature: &Signature,
        root: &PublicKey,
        policy: &Policy,
        strictness: Strictness,
    ) -> Result<Self> {
        let record = ManifestRecord::from_bytes(bytes)?;
        let hash = record.hash();
        root.verify(Label::ManifestSignature, &[&hash.0], signature)
            .map_err(|_| Error::Manifest)?;
        if policy.hash() != record.policy_hash {
            return Err(Error::Manifest);
        }
        Self::check(record, strictness)
    }

    /// Whether this manifest may replace `held`: a later epoch that names it as its predecessor.
    #[must_use]
    pub fn follows(&self, held: &Self) -> bool {
        self.record.epoch > held.record.epoch && self.record.previous == held.hash
    }

    /// Name of this manifest.
    #[must_use]
    pub fn hash(&self) -> ManifestHash {
        self.hash
    }

    /// What was signed.
    #[must_use]
    pub fn record(&self) -> &ManifestRecord {
        &self.record
    }

    /// Signs receipts and statements.
    #[must_use]
    pub fn issuer(&self) -> &PublicKey {
        &self.record.issuer
    }

    /// Makes challenges verifiable.
    #[must_use]
    pub fn vrf(&self) -> &vrf::PublicKey {
        &self.vrf
    }

    /// The series and slot key of this name. Errors: `E_CERT` if the manifest has none.
    pub fn slot_key(&self, id: SeriesId) -> Result<&SlotKey> {
        self.slot_keys.get(&id).ok_or(Error::Cert)
    }

    /// All series with their slot keys.
    pub fn slot_keys(&self) -> impl Iterator<Item = (SeriesId, &SlotKey)> {
        self.slot_keys.iter().map(|(id, key)| (*id, key))
    }

    /// The denomination and value key of this name. Errors: `E_DENOMINATION`.
    pub fn value_key(&self, id: DenominationId) -> Result<&ValueKey> {
        self.value_keys.get(&id).ok_or(Error::Denomination)
    }

    /// All denominations with their value keys.
    pub fn value_keys(&self) -> impl Iterator<Item = (DenominationId, &ValueKey)> {
        self.value_keys.iter().map(|(id, key)| (*id, key))
    }

    /// The series of a denomination. Errors: `E_DENOMINATION`.
    pub fn series_of(&self, id: DenominationId) -> Result<&SlotKey> {
        let series = self.value_key(id)?.denomination.series;
        self.slot_keys.get(&series).ok_or(Error::Denomination)
    }
}

/// One RSA key has one purpose (`[S3]`): checks the modulus and that it was not seen before.
fn fresh_key(moduli: &mut BTreeSet<Vec<u8>>, modulus: &[u8]) -> Result<rsa::PublicKey> {
    if moduli.insert(modulus.to_vec()) {
        rsa::PublicKey::new(modulus)
    } else {
        Err(Error::Manifest)
    }
}
