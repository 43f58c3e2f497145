//! One set of issuer's keys for all tests, and the manifest that publishes them.

use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use std::sync::LazyLock;
use tender_proto::trust::Trust;
use tender_token::amount::{Amount, Currency};
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode as _, Encode as _};
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord};
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::revocation::{Revocation, SignedRevocation, Subject};
use tender_token::rsa;
use tender_token::series::{Dates, Denomination, DenominationId, Series, SeriesId};
use tender_token::signature::{PublicKey, SecretKey};
use tender_token::vrf;

/// The one moment in which all tests happen.
pub const NOW: Timestamp = Timestamp(20_000 * 86_400 + 3_600);

/// A clock that stands still.
pub fn clock() -> Timestamp {
    NOW
}

/// Fresh randomness.
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// 32 random bytes.
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    rng().fill_bytes(&mut bytes);
    bytes
}

pub fn minor(units: u64) -> Amount {
    Amount::from_minor_units(units)
}

pub fn currency() -> Currency {
    Currency::new("FLN").expect("three capital letters")
}

/// The issuer's keys and what it published.
pub struct Mint {
    pub issuer: SecretKey,
    pub vrf: vrf::SecretKey,
    pub slot: rsa::SecretKey,
    pub value: rsa::SecretKey,
    pub root: PublicKey,
    root_key: SecretKey,
    pub series: SeriesId,
    /// The one denomination, worth 500 minor units.
    pub denomination: DenominationId,
    pub trust: Trust,
    pub manifest: Manifest,
}

pub static MINT: LazyLock<Mint> = LazyLock::new(Mint::new);

impl Mint {
    /// The manifest after one that was published, with nothing in it changed.
    pub fn after(&self, trust: &Trust) -> Trust {
        let mut record = ManifestRecord::from_bytes(&trust.manifest).expect("our own manifest");
        record.previous = record.hash();
        record.epoch += 1;
        let signature = record.sign(&self.root_key);
        Trust { manifest: record.to_bytes(), signature, policy: trust.policy.clone() }
    }

    /// The manifest after one that was published, under which guarantees pay for double spends.
    pub fn after_guaranteeing(&self, trust: &Trust) -> Trust {
        let loss_rule = LossRule::PayerIntermediaryGuarantees;
        let policy = Policy { loss_rule, ..trust.policy.clone() };
        let mut record = ManifestRecord::from_bytes(&trust.manifest).expect("our own manifest");
        record.previous = record.hash();
        record.epoch += 1;
        record.policy_hash = policy.hash();
        let signature = record.sign(&self.root_key);
        Trust { manifest: record.to_bytes(), signature, policy }
    }

    /// The manifest after one that was published, with another series in the place of all others.
    pub fn after_the_series(&self, trust: &Trust) -> Trust {
        let mut record = ManifestRecord::from_bytes(&trust.manifest).expect("our own manifest");
        record.previous = record.hash();
        record.epoch += 1;
        let modulus = || {
            let key = rsa::SecretKey::generate(&mut rng(), 256).expect("a permitted length");
            key.public().modulus().to_vec()
        };
        let [series] = &mut record.series[..] else { panic!("there is one") };
        (series.number, series.modulus) = (2, modulus());
        let series = series.id();
        record.denominations = vec![Denomination { series, value: minor(500), modulus: modulus() }];
        let signature = record.sign(&self.root_key);
        Trust { manifest: record.to_bytes(), signature, policy: trust.policy.clone() }
    }

    /// Revokes everything.
    pub fn revoke_everything(&self) -> SignedRevocation {
        let subject = Subject::Everything;
        Revocation { epoch: 1, subject, day: NOW.day() }.sign(&self.root_key)
    }

    fn new() -> Self {
        let root = SecretKey::from_seed(&random());
        let issuer = SecretKey::from_seed(&random());
        let vrf = [random(), random()].concat().try_into().expect("64 bytes");
        let vrf = vrf::SecretKey::from_random(&vrf).expect("not zero");
        let key = || rsa::SecretKey::generate(&mut rng(), 256).expect("a permitted length");
        let (slot, value) = (key(), key());
        let series = Series {
            number: 1,
            currency: currency(),
            dates: dates(),
            depth: 6,
            max_hops: 5,
            modulus: slot.public().modulus().to_vec(),
        };
        let modulus = value.public().modulus().to_vec();
        let denomination = Denomination { series: series.id(), value: minor(500), modulus };
        let policy = policy();
        let (series_id, denomination_id) = (series.id(), denomination.id());
        let record = ManifestRecord {
            epoch: 1,
            previous: ManifestHash([0; 32]),
            issuer: issuer.public(),
            vrf: vrf.public().bytes(),
            min_lead: 1,
            policy_hash: policy.hash(),
            series: vec![series],
            denominations: vec![denomination],
        };
        let (signature, manifest_root) = (record.sign(&root), root.public());
        let trust = Trust { manifest: record.to_bytes(), signature, policy };
        let manifest = trust.verify(&root.public()).expect("our own manifest");
        let (root_key, root) = (root, manifest_root);
        let (series, denomination) = (series_id, denomination_id);
        Self { issuer, vrf, slot, value, root, root_key, series, denomination, trust, manifest }
    }
}

fn dates() -> Dates {
    let day = NOW.day().0;
    Dates {
        issue_from: Day(day),
        issue_until: Day(day + 28),
        spend_until: Day(day + 56),
        deposit_until: Day(day + 84),
        claim_until: Day(day + 112),
    }
}

fn policy() -> Policy {
    let limits = Limits {
        currency: currency(),
        payment: minor(20_000),
        holding: minor(100_000),
        received: minor(100_000),
        payments: 50,
        reconcile_days: 14,
        exchange: minor(100_000),
        guarantee_cap: minor(0),
    };
    Policy {
        slot_quota: 4096,
        loss_rule: LossRule::PayeeBears,
        limits: vec![limits],
        officers_k: 0,
        officers: Vec::new(),
        witnesses_k: 0,
        witnesses: Vec::new(),
    }
}
