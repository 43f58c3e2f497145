//! The signer: the only file that holds secret keys.
//!
//! The root's key signs manifests and nothing else: it is made here, written down, and never loaded
//! by a serving issuer. Everything the signer answers is a function of the request and the keys, so
//! asking again after a crash gives the same bytes (`[W5]`, `[PR3]`).

use crate::config::Config;
use crate::home::{Home, write_private};
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use tender_proto::trust::Trust;
use tender_token::amount::Amount;
use tender_token::bounds::MODULUS_BYTES;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord, Strictness};
use tender_token::provision::{Receipt, SignedOpen};
use tender_token::rsa;
use tender_token::series::{Denomination, DenominationId, Series, SeriesId};
use tender_token::signature::{PublicKey, SecretKey};
use tender_token::vrf;
use zeroize::{Zeroize, Zeroizing};

const ROOT: &str = "root.ed25519";
const ISSUER: &str = "issuer.ed25519";
const VRF: &str = "challenge.ristretto255";
const FIRST_SERIES: u32 = 1;

/// The keys of a serving issuer.
#[derive(Debug)]
pub struct Signer {
    issuer: SecretKey,
    challenge: vrf::SecretKey,
    slot_keys: BTreeMap<SeriesId, rsa::SecretKey>,
    value_keys: BTreeMap<DenominationId, rsa::SecretKey>,
}

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A key's file cannot be read or written.
    #[error("the key `{name}` cannot be read or written: {error}")]
    File {
        /// The file's name.
        name: String,
        /// What the file system says.
        error: std::io::Error,
    },
    /// A key's file holds no key, or not the manifest's.
    #[error("the key `{0}` is not the one that the manifest names")]
    Foreign(String),
    /// A key could not be made, or the manifest does not pass its own checks.
    #[error("the keys cannot be made: {0}")]
    Refused(#[from] Error),
}

/// Fresh keys of the first series, not yet named by a manifest.
pub struct Founding {
    root: Zeroizing<[u8; 32]>,
    issuer: Zeroizing<[u8; 32]>,
    challenge: vrf::SecretKey,
    slot: rsa::SecretKey,
    values: Vec<(Amount, rsa::SecretKey)>,
}

impl core::fmt::Debug for Founding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Founding(redacted)")
    }
}

impl Founding {
    /// Makes every key, RSA keys side by side; `made` is called after each of those.
    ///
    /// Clones of `rng` must be independent, as those of the operating system's randomness are.
    /// Errors: [`Unusable::Refused`].
    pub fn generate<R: CryptoRng + Clone + Send>(
        denominations: &[Amount],
        rng: &mut R,
        made: impl Fn() + Sync,
    ) -> core::result::Result<Self, Unusable> {
        let (root, issuer) = (seed(rng), seed(rng));
        let mut wide = [0; 64];
        rng.fill_bytes(&mut wide);
        let challenge = vrf::SecretKey::from_random(&wide)?;
        wide.zeroize();
        let [length, ..] = MODULUS_BYTES;
        let values = denominations.iter().copied().map(Some);
        let purposes: Vec<_> =
            core::iter::once(None).chain(values).map(|value| (value, rng.clone())).collect();
        let make = |(value, mut rng): (Option<Amount>, R)| {
            let key = rsa::SecretKey::generate(&mut rng, length)?;
            made();
            Ok((value, key))
        };
        let keys: Result<Vec<_>> = purposes.into_par_iter().map(make).collect();
        let mut keys = keys?.into_iter();
        let (_, slot) = keys.next().expect("the slot key is the first that is made");
        let values = keys.filter_map(|(value, key)| Some((value?, key))).collect();
        Ok(Self { root, issuer, challenge, slot, values })
    }

    /// The first manifest, signed by the root, and the keys that it names. The root's key goes no
    /// further. Errors: [`Unusable::Refused`] for dates or a policy that `[S1]` or `[S4]` refuse.
    pub fn establish(
        self,
        config: &Config,
        today: Day,
    ) -> core::result::Result<(Signer, Trust, PublicKey), Unusable> {
        let root = SecretKey::from_seed(&self.root);
        let issuer = SecretKey::from_seed(&self.issuer);
        let series = Series {
            number: FIRST_SERIES,
            currency: config.currency,
            dates: config.series.dates(today).ok_or(Error::Manifest)?,
            depth: config.series.depth,
            max_hops: config.series.max_hops,
            modulus: self.slot.public().modulus().to_vec(),
        };
        let denomination = |(value, key): &(Amount, rsa::SecretKey)| Denomination {
            series: series.id(),
            value: *value,
            modulus: key.public().modulus().to_vec(),
        };
        let denominations: Vec<_> = self.values.iter().map(denomination).collect();
        let ids = denominations.iter().map(Denomination::id);
        let value_keys = ids.zip(self.values.into_iter().map(|(_, key)| key)).collect();
        let slot_keys = BTreeMap::from([(series.id(), self.slot)]);
        let record = ManifestRecord {
            epoch: 1,
            previous: ManifestHash([0; 32]),
            issuer: issuer.public(),
            vrf: self.challenge.public().bytes(),
            min_lead: config.min_lead_days,
            policy_hash: config.policy.hash(),
            series: vec![series],
            denominations,
        };
        let signature = record.sign(&root);
        let trust = Trust { manifest: record.to_bytes(), signature, policy: config.policy.clone() };
        Manifest::check(record, Strictness::Production)?;
        let signer = Signer { issuer, challenge: self.challenge, slot_keys, value_keys };
        Ok((signer, trust, root.public()))
    }

    /// Writes every key into the home, for its owner only. Errors: [`Unusable`].
    pub fn write(&self, home: &Home) -> core::result::Result<(), Unusable> {
        let write = |name: String, bytes: &[u8]| match write_private(&home.key(&name), bytes) {
            Ok(()) => Ok(()),
            Err(error) => Err(Unusable::File { name, error }),
        };
        write(ROOT.to_owned(), &*self.root)?;
        write(ISSUER.to_owned(), &*self.issuer)?;
        write(VRF.to_owned(), &*self.challenge.to_bytes())?;
        write(slot_key_name(FIRST_SERIES), &self.slot.to_der()?)?;
        for (value, key) in &self.values {
            write(value_key_name(FIRST_SERIES, *value), &key.to_der()?)?;
        }
        Ok(())
    }
}

impl Signer {
    /// Loads the keys that a manifest names; the root's is not among them. Errors: [`Unusable`].
    pub fn load(home: &Home, manifest: &Manifest) -> core::result::Result<Self, Unusable> {
        let issuer = SecretKey::from_seed(&*read_seed(home, ISSUER)?);
        let challenge = vrf::SecretKey::from_bytes(&*read_seed(home, VRF)?)
            .map_err(|_| Unusable::Foreign(VRF.to_owned()))?;
        let named = issuer.public() == *manifest.issuer() && challenge.public() == manifest.vrf();
        if !named {
            return Err(Unusable::Foreign(ISSUER.to_owned()));
        }
        let mut slot_keys = BTreeMap::new();
        for (id, slot_key) in manifest.slot_keys() {
            let key = read_rsa(home, slot_key_name(slot_key.series.number), &slot_key.key)?;
            slot_keys.insert(id, key);
        }
        let mut value_keys = BTreeMap::new();
        for (id, value_key) in manifest.value_keys() {
            let series = manifest.series_of(id)?.series.number;
            let name = value_key_name(series, value_key.denomination.value);
            value_keys.insert(id, read_rsa(home, name, &value_key.key)?);
        }
        Ok(Self { issuer, challenge, slot_keys, value_keys })
    }

    /// The receipt for an opening that is durably stored (`[PR3]`, `[PR4]`).
    /// Errors: `E_ENCODING` with negligible probability.
    pub fn receipt(&self, open: &SignedOpen) -> Result<Receipt> {
        Receipt::issue(open, &self.challenge, &self.issuer)
    }

    /// The challenge of an opening that is durably stored. Errors: as for the receipt.
    pub fn challenge(&self, open: &SignedOpen) -> Result<vrf::Challenge> {
        self.challenge.prove(&open.sid.0, &open.h).map(|proof| proof.challenge())
    }

    /// Certifies a slot: `s_t` for a blinded message that a REVEAL showed (`[PR8]`).
    /// Errors: `E_CERT` for an unknown series; `E_KEY_SUSPECT` if the computation was faulty.
    pub fn certify(&self, series: SeriesId, blinded: &[u8]) -> Result<Vec<u8>> {
        self.slot_keys.get(&series).ok_or(Error::Cert)?.sign(blinded)
    }

    /// Signs a token: `s_t` for a blinded message that is paid for (`[W5]`, `[I15]`).
    /// Errors: `E_DENOMINATION` if unknown; `E_KEY_SUSPECT` if the computation was faulty.
    pub fn mint(&self, denomination: DenominationId, blinded: &[u8]) -> Result<Vec<u8>> {
        self.value_keys.get(&denomination).ok_or(Error::Denomination)?.sign(blinded)
    }
}

fn seed(rng: &mut impl CryptoRng) -> Zeroizing<[u8; 32]> {
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *seed);
    seed
}

fn slot_key_name(series: u32) -> String {
    format!("slot-{series}.der")
}

fn value_key_name(series: u32, value: Amount) -> String {
    format!("value-{series}-{}.der", value.minor_units())
}

fn read_seed(home: &Home, name: &str) -> core::result::Result<Zeroizing<[u8; 32]>, Unusable> {
    let bytes = read(home, name)?;
    let seed = bytes.as_slice().try_into().map_err(|_| Unusable::Foreign(name.to_owned()))?;
    Ok(Zeroizing::new(seed))
}

fn read_rsa(
    home: &Home,
    name: String,
    public: &rsa::PublicKey,
) -> core::result::Result<rsa::SecretKey, Unusable> {
    match rsa::SecretKey::from_der(&read(home, &name)?) {
        Ok(key) if key.public().modulus() == public.modulus() => Ok(key),
        Ok(_) | Err(_) => Err(Unusable::Foreign(name)),
    }
}

fn read(home: &Home, name: &str) -> core::result::Result<Zeroizing<Vec<u8>>, Unusable> {
    home.read_key(name).map_err(|error| Unusable::File { name: name.to_owned(), error })
}
