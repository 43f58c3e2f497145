//! The keys of a serving issuer, in this process.

use super::envelope::Lock;
use super::files::{
    CHALLENGE, ISSUER, Unusable, open_rsa, open_seed, slot_key_name, value_key_name,
};
use super::{Signer, ceremony::SeriesKeys};
use crate::home::Home;
use rayon::prelude::*;
use std::collections::BTreeMap;
use tender_token::error::{Error, Result};
use tender_token::log::checkpoint::{Checkpoint, SignedCheckpoint};
use tender_token::manifest::Manifest;
use tender_token::provision::{Receipt, SignedOpen};
use tender_token::rsa;
use tender_token::series::{Denomination, DenominationId, Series, SeriesId};
use tender_token::signature::SecretKey;
use tender_token::transcript::Label;
use tender_token::vrf;

/// The keys that the manifest in force names.
#[derive(Debug)]
pub struct InProcess {
    issuer: SecretKey,
    challenge: vrf::SecretKey,
    slot_keys: BTreeMap<SeriesId, rsa::SecretKey>,
    value_keys: BTreeMap<DenominationId, rsa::SecretKey>,
}

impl InProcess {
    /// Opens the keys that a manifest names and tests each of them; files that it does not name are
    /// not looked at, and the root's is never among them. Errors: [`Unusable`].
    pub fn load(
        home: &Home,
        manifest: &Manifest,
        lock: &mut Lock,
    ) -> core::result::Result<Self, Unusable> {
        let issuer = SecretKey::from_seed(&*open_seed(home, ISSUER, lock)?);
        let challenge = vrf::SecretKey::from_bytes(&*open_seed(home, CHALLENGE, lock)?)
            .map_err(|_| Unusable::Foreign(CHALLENGE.to_owned()))?;
        if issuer.public() != *manifest.issuer() {
            return Err(Unusable::Foreign(ISSUER.to_owned()));
        }
        if challenge.public() != manifest.vrf() {
            return Err(Unusable::Foreign(CHALLENGE.to_owned()));
        }
        let mut slot_keys = BTreeMap::new();
        for (id, slot_key) in manifest.slot_keys() {
            let name = slot_key_name(slot_key.series.number);
            slot_keys.insert(id, open_rsa(home, name, &slot_key.key, lock)?);
        }
        let mut value_keys = BTreeMap::new();
        for (id, value_key) in manifest.value_keys() {
            let series = manifest.series_of(id)?.series.number;
            let name = value_key_name(series, value_key.denomination.value);
            value_keys.insert(id, open_rsa(home, name, &value_key.key, lock)?);
        }
        let keys = Self { issuer, challenge, slot_keys, value_keys };
        keys.test().map_err(|what| Unusable::Faulty(what.to_owned()))?;
        Ok(keys)
    }

    /// The keys of a founding, before they were ever on a disk.
    pub(super) fn founded(
        issuer: SecretKey,
        challenge: vrf::SecretKey,
        series: &Series,
        denominations: &[Denomination],
        keys: SeriesKeys,
    ) -> Self {
        let SeriesKeys { slot, values } = keys;
        let ids = denominations.iter().map(Denomination::id);
        let value_keys = ids.zip(values.into_iter().map(|(_, key)| key)).collect();
        Self { issuer, challenge, slot_keys: BTreeMap::from([(series.id(), slot)]), value_keys }
    }

    /// Lets every key sign something that is nobody's and checks the result.
    /// Errors: the kind of the first key that fails.
    fn test(&self) -> core::result::Result<(), &'static str> {
        let signature = self.issuer.sign(Label::OpenReceipt, &[b"self-test"]);
        let verified = self.issuer.public().verify(Label::OpenReceipt, &[b"self-test"], &signature);
        verified.map_err(|_| ISSUER)?;
        let public = self.challenge.public();
        let proved = self.challenge.prove(&[0; 32], &[0; 32]);
        let proved = proved.and_then(|proof| public.verify(&[0; 32], &[0; 32], &proof));
        proved.map_err(|_| CHALLENGE)?;
        let keys: Vec<_> = self.slot_keys.values().chain(self.value_keys.values()).collect();
        let answers = |key: &&rsa::SecretKey| {
            let blinded = key.public().blinded(b"tender/self-test", &[0; 32]);
            key.sign(&blinded).is_ok()
        };
        if keys.par_iter().all(answers) { Ok(()) } else { Err("slot or value key") }
    }
}

impl Signer for InProcess {
    fn receipt(&self, open: &SignedOpen) -> Result<Receipt> {
        Receipt::issue(open, &self.challenge, &self.issuer)
    }

    fn challenge(&self, open: &SignedOpen) -> Result<vrf::Challenge> {
        self.challenge.prove(&open.sid.0, &open.h).map(|proof| proof.challenge())
    }

    fn certify(&self, series: SeriesId, blinded: &[u8]) -> Result<Vec<u8>> {
        self.slot_keys.get(&series).ok_or(Error::Cert)?.sign(blinded)
    }

    fn mint(&self, denomination: DenominationId, blinded: &[u8]) -> Result<Vec<u8>> {
        self.value_keys.get(&denomination).ok_or(Error::Denomination)?.sign(blinded)
    }

    fn checkpoint(&self, checkpoint: Checkpoint) -> SignedCheckpoint {
        checkpoint.sign(&self.issuer)
    }
}
