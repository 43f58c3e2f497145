//! Ceremonies: the keys of a founding and of every series.

use super::count::{self, Counts};
use super::files::{CHALLENGE, ISSUER, Unusable, seal_key, slot_key_name, value_key_name};
use super::in_process::InProcess;
use super::root::Root;
use crate::config::Config;
use crate::home::Home;
use rand_core::CryptoRng;
use rayon::prelude::*;
use tender_proto::trust::Trust;
use tender_store::envelope::{Cost, Lock};
use tender_token::amount::Amount;
use tender_token::bounds::MODULUS_BYTES;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::error::{Error, Result};
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord, Strictness};
use tender_token::rsa;
use tender_token::series::{Dates, Denomination, Series};
use tender_token::signature::SecretKey;
use tender_token::vrf;
use zeroize::{Zeroize, Zeroizing};

const FIRST_SERIES: u32 = 1;

/// Fresh keys of one series, which no manifest names yet.
pub struct SeriesKeys {
    pub(super) slot: rsa::SecretKey,
    pub(super) values: Vec<(Amount, rsa::SecretKey)>,
}

impl core::fmt::Debug for SeriesKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SeriesKeys(redacted)")
    }
}

impl SeriesKeys {
    /// Makes one slot key and one key per denomination, side by side; `made` is called after each.
    ///
    /// Clones of `rng` must be independent, as those of the operating system's randomness are.
    /// Errors: [`Unusable::Refused`].
    pub fn generate<R: CryptoRng + Clone + Send>(
        denominations: &[Amount],
        rng: &mut R,
        made: impl Fn() + Sync,
    ) -> core::result::Result<Self, Unusable> {
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
        Ok(Self { slot, values })
    }

    /// The records of the series that these keys are for.
    #[must_use]
    pub fn records(
        &self,
        config: &Config,
        number: u32,
        dates: Dates,
    ) -> (Series, Vec<Denomination>) {
        let series = Series {
            number,
            currency: config.currency,
            dates,
            depth: config.series.depth,
            max_hops: config.series.max_hops,
            modulus: self.slot.public().modulus().to_vec(),
        };
        let denomination = |(value, key): &(Amount, rsa::SecretKey)| Denomination {
            series: series.id(),
            value: *value,
            modulus: key.public().modulus().to_vec(),
        };
        let denominations = self.values.iter().map(denomination).collect();
        (series, denominations)
    }

    /// Seals every key of the series into the home, and begins its count. Errors: [`Unusable`].
    pub fn write(
        &self,
        number: u32,
        home: &Home,
        lock: &mut Lock,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> core::result::Result<(), Unusable> {
        seal_key(home, &slot_key_name(number), &self.slot.to_der()?, lock, cost, rng)?;
        for (value, key) in &self.values {
            let name = value_key_name(number, *value);
            seal_key(home, &name, &key.to_der()?, lock, cost, rng)?;
        }
        let values = self.values.iter().map(|(value, _)| value_key_name(number, *value));
        Ok(count::begin(home, values.chain([slot_key_name(number)]))?)
    }
}

/// Fresh keys of an issuer with its first series, not yet named by a manifest.
pub struct Founding {
    root: Root,
    issuer: Zeroizing<[u8; 32]>,
    challenge: vrf::SecretKey,
    series: SeriesKeys,
}

impl core::fmt::Debug for Founding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Founding(redacted)")
    }
}

impl Founding {
    /// Makes every key; `made` is called after each RSA key. `rng` as for [`SeriesKeys::generate`].
    /// Errors: [`Unusable::Refused`].
    pub fn generate<R: CryptoRng + Clone + Send>(
        denominations: &[Amount],
        rng: &mut R,
        made: impl Fn() + Sync,
    ) -> core::result::Result<Self, Unusable> {
        let root = Root::generate(rng);
        let mut issuer = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *issuer);
        let mut wide = [0; 64];
        rng.fill_bytes(&mut wide);
        let challenge = vrf::SecretKey::from_random(&wide)?;
        wide.zeroize();
        let series = SeriesKeys::generate(denominations, rng, made)?;
        Ok(Self { root, issuer, challenge, series })
    }

    /// The first manifest, signed by the root, the keys that it names, and the root itself.
    /// Errors: [`Unusable::Refused`] for dates or a policy that `[S1]` or `[S4]` refuse.
    pub fn establish(
        self,
        config: &Config,
        today: Day,
    ) -> core::result::Result<(InProcess, Trust, Root), Unusable> {
        let Self { root, issuer, challenge, series: keys } = self;
        let issuer = SecretKey::from_seed(&issuer);
        let dates = config.series.dates(today).ok_or(Error::Manifest)?;
        let (series, denominations) = keys.records(config, FIRST_SERIES, dates);
        let record = ManifestRecord {
            epoch: 1,
            previous: ManifestHash([0; 32]),
            issuer: issuer.public(),
            vrf: challenge.public().bytes(),
            min_lead: config.min_lead_days,
            policy_hash: config.policy.hash(),
            series: vec![series.clone()],
            denominations: denominations.clone(),
        };
        let signature = root.found(&record);
        let trust = Trust { manifest: record.to_bytes(), signature, policy: config.policy.clone() };
        Manifest::check(record, Strictness::Production)?;
        let signer = InProcess::founded(
            (issuer, challenge),
            &series,
            &denominations,
            keys,
            Counts::fresh(config.signatures_max),
        );
        Ok((signer, trust, root))
    }

    /// Seals every key into the home, the root's under a passphrase of its own.
    /// Errors: [`Unusable`].
    pub fn write(
        &self,
        home: &Home,
        lock: &mut Lock,
        root_lock: &mut Lock,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> core::result::Result<(), Unusable> {
        self.root.write(home, root_lock, cost, rng)?;
        seal_key(home, ISSUER, &*self.issuer, lock, cost, rng)?;
        seal_key(home, CHALLENGE, &*self.challenge.to_bytes(), lock, cost, rng)?;
        self.series.write(FIRST_SERIES, home, lock, cost, rng)
    }
}
