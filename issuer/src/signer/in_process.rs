//! The keys of a serving issuer, in this process.

use super::count::{self, Counts, Made, Uncounted};
use super::files::{
    CHALLENGE, ISSUER, Unusable, open_rsa, open_seed, slot_key_name, value_key_name,
};
use super::{Signed, Signer, ceremony::SeriesKeys};
use crate::home::Home;
use rayon::prelude::*;
use std::collections::BTreeMap;
use tender_store::envelope::Lock;
use tender_token::error::{Error, Result};
use tender_token::log::checkpoint::{Checkpoint, SignedCheckpoint};
use tender_token::manifest::Manifest;
use tender_token::provision::{Receipt, SignedOpen};
use tender_token::rsa;
use tender_token::series::{Denomination, DenominationId, Series, SeriesId};
use tender_token::signature::SecretKey;
use tender_token::transcript::Label;
use tender_token::vrf;

/// The keys that the manifest in force names, and what is left of those that older ones named.
#[derive(Debug)]
pub struct InProcess {
    issuer: SecretKey,
    challenge: vrf::SecretKey,
    slot_keys: BTreeMap<SeriesId, Named>,
    value_keys: BTreeMap<DenominationId, Named>,
    counts: Counts,
}

/// A key and what its count goes by.
#[derive(Debug)]
struct Named {
    name: String,
    key: rsa::SecretKey,
}

impl InProcess {
    /// Opens the keys that a manifest names and tests each of them; files that it does not name are
    /// not looked at, and the root's is never among them. Whoever lets them sign says what
    /// [`Self::counted`] needs. Errors: [`Unusable`].
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
        let (slot_keys, value_keys) = (BTreeMap::new(), BTreeMap::new());
        let counts = Counts::fresh(None);
        let mut keys = Self { issuer, challenge, slot_keys, value_keys, counts };
        keys.open(home, manifest, lock, |_| true)?;
        keys.test()
    }

    /// The same with the keys of the series that are over, of which `archive` is the manifest: what
    /// was accepted while they were in force is signed again for whoever lost the answer. A file
    /// that is not there is a key that was destroyed. Errors: [`Unusable`].
    pub fn with_past(
        mut self,
        home: &Home,
        archive: &Manifest,
        lock: &mut Lock,
    ) -> core::result::Result<Self, Unusable> {
        self.open(home, archive, lock, |name| home.key(name).exists())?;
        self.test()
    }

    /// Opens the keys of a manifest that are not open yet and whose files are wanted.
    fn open(
        &mut self,
        home: &Home,
        manifest: &Manifest,
        lock: &mut Lock,
        wanted: impl Fn(&str) -> bool,
    ) -> core::result::Result<(), Unusable> {
        for (id, slot_key) in manifest.slot_keys() {
            let name = slot_key_name(slot_key.series.number);
            if !self.slot_keys.contains_key(&id) && wanted(&name) {
                let key = open_rsa(home, name.clone(), &slot_key.key, lock)?;
                self.slot_keys.insert(id, Named { name, key });
            }
        }
        for (id, value_key) in manifest.value_keys() {
            let series = manifest.series_of(id)?.series.number;
            let name = value_key_name(series, value_key.denomination.value);
            if !self.value_keys.contains_key(&id) && wanted(&name) {
                let key = open_rsa(home, name.clone(), &value_key.key, lock)?;
                self.value_keys.insert(id, Named { name, key });
            }
        }
        Ok(())
    }

    /// Goes on counting where the home's file left off, up to `max` signatures of each key.
    /// `signed` is how many tokens the ledger owes of each denomination, which the file cannot be
    /// behind. Errors: [`Uncounted`].
    pub fn counted(
        self,
        home: &Home,
        max: Option<u64>,
        signed: &BTreeMap<DenominationId, u64>,
    ) -> core::result::Result<Self, Uncounted> {
        let counts = Counts::read(home, max, self.named().map(|named| &named.name))?;
        for (id, Named { name, .. }) in &self.value_keys {
            counts.check_owed(name, signed.get(id).copied().unwrap_or_default())?;
        }
        Ok(Self { counts, ..self })
    }

    /// Writes the home's file of counts again, at least as high as the ledger's, after it was lost.
    /// Of slot keys the ledger has no count. Errors: [`Uncounted`].
    pub fn recount(
        &self,
        home: &Home,
        signed: &BTreeMap<DenominationId, u64>,
    ) -> core::result::Result<(), Uncounted> {
        let slots = self.slot_keys.values().map(|named| (named.name.clone(), 0));
        let values = self
            .value_keys
            .iter()
            .map(|(id, named)| (named.name.clone(), signed.get(id).copied().unwrap_or_default()));
        count::recount(home, slots.chain(values))
    }

    /// The keys of a founding, before they were ever on a disk.
    pub(super) fn founded(
        (issuer, challenge): (SecretKey, vrf::SecretKey),
        series: &Series,
        denominations: &[Denomination],
        keys: SeriesKeys,
        counts: Counts,
    ) -> Self {
        let SeriesKeys { slot, values } = keys;
        let ids = denominations.iter().map(Denomination::id);
        let value_keys = ids.zip(
            values
                .into_iter()
                .map(|(value, key)| Named { name: value_key_name(series.number, value), key }),
        );
        let slot = Named { name: slot_key_name(series.number), key: slot };
        let slot_keys = BTreeMap::from([(series.id(), slot)]);
        Self { issuer, challenge, slot_keys, value_keys: value_keys.collect(), counts }
    }

    /// Every key that is counted.
    fn named(&self) -> impl Iterator<Item = &Named> {
        self.slot_keys.values().chain(self.value_keys.values())
    }

    fn sign(&self, named: &Named, blinded: &[u8]) -> Signed<Vec<u8>> {
        self.counts.take(&named.name)?;
        Ok(named.key.sign(blinded)?)
    }

    /// Lets every key sign something that is nobody's and checks the result.
    /// Errors: [`Unusable::Faulty`] with the kind of the first key that fails.
    fn test(self) -> core::result::Result<Self, Unusable> {
        self.answers().map_err(|what| Unusable::Faulty(what.to_owned()))?;
        Ok(self)
    }

    fn answers(&self) -> core::result::Result<(), &'static str> {
        let signature = self.issuer.sign(Label::OpenReceipt, &[b"self-test"]);
        let verified = self.issuer.public().verify(Label::OpenReceipt, &[b"self-test"], &signature);
        verified.map_err(|_| ISSUER)?;
        let public = self.challenge.public();
        let proved = self.challenge.prove(&[0; 32], &[0; 32]);
        let proved = proved.and_then(|proof| public.verify(&[0; 32], &[0; 32], &proof));
        proved.map_err(|_| CHALLENGE)?;
        let keys: Vec<_> = self.named().map(|named| &named.key).collect();
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

    fn certify(&self, series: SeriesId, blinded: &[u8]) -> Signed<Vec<u8>> {
        self.sign(self.slot_keys.get(&series).ok_or(Error::Cert)?, blinded)
    }

    fn mint(&self, denomination: DenominationId, blinded: &[u8]) -> Signed<Vec<u8>> {
        self.sign(self.value_keys.get(&denomination).ok_or(Error::Denomination)?, blinded)
    }

    fn certifies(&self, series: SeriesId) -> bool {
        self.slot_keys.contains_key(&series)
    }

    fn mints(&self, denomination: DenominationId) -> bool {
        self.value_keys.contains_key(&denomination)
    }

    fn owe(&self, denomination: DenominationId, tokens: u64) -> std::io::Result<()> {
        let named = self.value_keys.get(&denomination);
        named.map_or(Ok(()), |named| self.counts.owe(&named.name, tokens))
    }

    fn made(&self) -> Vec<Made> {
        self.named().map(|named| self.counts.made(&named.name)).collect()
    }

    fn checkpoint(&self, checkpoint: Checkpoint) -> SignedCheckpoint {
        checkpoint.sign(&self.issuer)
    }
}
