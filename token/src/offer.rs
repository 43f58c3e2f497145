//! Offers (section 8): the payee's signed terms for one payment.

use crate::amount::{Amount, Currency};
use crate::bounds::OFFER_SLOTS_MAX;
use crate::date::Timestamp;
use crate::encode::{Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::manifest::{Manifest, ManifestHash};
use crate::series::read_version;
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::slot::{Slot, SlotId};
use crate::transcript::{Label, h32};
use std::collections::BTreeSet;

identifier! {
    /// `offer_hash`: names an offer with its signature.
    OfferHash
}

impl OfferHash {
    /// `nonce_i`: binds an endorsement to item `i` of this offer.
    #[must_use]
    pub fn nonce(&self, item: u16) -> [u8; 32] {
        h32(Label::Nonce, &[&self.0, &item.to_be_bytes()])
    }
}

/// Where the payee wants the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On its key, for deposit only.
    Key,
    /// On these slots, one token each, from which they can be passed on.
    Slot(Vec<Slot>),
}

/// What a payee asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The manifest the payee holds.
    pub manifest: ManifestHash,
    /// Makes the offer unique.
    pub random: [u8; 32],
    /// What is to be paid.
    pub amount: Amount,
    /// In which currency.
    pub currency: Currency,
    /// Salted hash of whatever the parties agreed on; zeros for nothing.
    pub contract_hash: [u8; 32],
    /// Last second in which it may be paid.
    pub expires: Timestamp,
    /// Where the tokens shall go.
    pub mode: Mode,
}

/// A signed offer: 215 bytes, and 352 more per slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    terms: Terms,
    payee: PublicKey,
    signature: Signature,
}

impl Offer {
    /// Signs terms with the payee's key, which should be fresh (`[P3]`).
    #[must_use]
    pub fn sign(terms: Terms, payee: &SecretKey) -> Self {
        let signature = payee.sign(Label::OfferSignature, &[&body(&terms, &payee.public())]);
        Self { terms, payee: payee.public(), signature }
    }

    /// Reads an offer that is all of `bytes`. Errors: `E_CERT` for an unknown slot key,
    /// `E_ENCODING`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        read_version(&mut reader)?;
        let (hash, payee) = (reader.get()?, reader.get()?);
        let (random, amount, currency) = (reader.get()?, reader.get()?, reader.get()?);
        let (contract_hash, expires) = (reader.get()?, reader.get()?);
        let mode = match reader.u8()? {
            1 => reader.count(0..=0).map(|_| Mode::Key)?,
            2 => {
                let count = reader.count(1..=OFFER_SLOTS_MAX)?;
                let slots = (0..count).map(|_| Slot::decode(&mut reader, manifest));
                Mode::Slot(slots.collect::<Result<_>>()?)
            }
            _ => return Err(Error::Encoding),
        };
        let signature = reader.get()?;
        reader.finish()?;
        let manifest = hash;
        let terms = Terms { manifest, random, amount, currency, contract_hash, expires, mode };
        Ok(Self { terms, payee, signature })
    }

    /// The terms.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The key that signed, that signs the receipt and, in mode KEY, that cashes.
    #[must_use]
    pub fn payee(&self) -> PublicKey {
        self.payee
    }

    /// `offer_hash`.
    #[must_use]
    pub fn hash(&self) -> OfferHash {
        OfferHash(h32(Label::Offer, &[&self.to_bytes()]))
    }

    /// The payer's checks (`[P1]`); `own` says whether a slot is the payer's, `accepted` are the
    /// payer's current and previous manifest.
    /// Errors: `E_AUTH`, `E_SPLIT_VIEW`, `E_OFFER_EXPIRED`, `E_CERT`, `E_DUP_SLOT`.
    pub fn verify(
        self,
        manifest: &Manifest,
        accepted: &[ManifestHash],
        now: Timestamp,
        own: impl Fn(&SlotId) -> bool,
    ) -> Result<VerifiedOffer> {
        let body = body(&self.terms, &self.payee);
        self.payee.verify(Label::OfferSignature, &[&body], &self.signature)?;
        if !accepted.contains(&self.terms.manifest) {
            return Err(Error::SplitView);
        }
        if now > self.terms.expires {
            return Err(Error::OfferExpired);
        }
        let mut seen = BTreeSet::new();
        for slot in self.slots() {
            slot.verify(manifest)?;
            if own(&slot.id()) || !seen.insert(slot.id()) {
                return Err(Error::DupSlot);
            }
        }
        Ok(VerifiedOffer(self))
    }

    /// The offered slots; none in mode KEY.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        match &self.terms.mode {
            Mode::Key => &[],
            Mode::Slot(slots) => slots,
        }
    }
}

impl Encode for Offer {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&body(&self.terms, &self.payee));
        writer.put(&self.signature);
    }
}

/// Evidence that an offer passed the payer's checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedOffer(Offer);

impl VerifiedOffer {
    /// What was verified.
    #[must_use]
    pub fn offer(&self) -> &Offer {
        &self.0
    }
}

/// The bytes that the payee signs.
fn body(terms: &Terms, payee: &PublicKey) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.u8(1);
    writer.put(&terms.manifest);
    writer.put(payee);
    writer.put(&terms.random);
    writer.put(&terms.amount);
    writer.put(&terms.currency);
    writer.put(&terms.contract_hash);
    writer.put(&terms.expires);
    match &terms.mode {
        Mode::Key => {
            writer.u8(1);
            writer.u16(0);
        }
        Mode::Slot(slots) => {
            writer.u8(2);
            writer.list(slots);
        }
    }
    writer.finish()
}
