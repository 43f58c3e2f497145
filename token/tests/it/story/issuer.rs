//! Keys, series, denominations and the manifest.

use crate::conformance::file::{Entry, File};
use sha2::{Digest, Sha512};
use tender_token::date::{Day, Timestamp};
use tender_token::encode::{Decode, Encode};
use tender_token::group::{Point, Scalar};
use tender_token::manifest::ManifestRecord;
use tender_token::series::{Denomination, Series};
use tender_token::signature::PublicKey;
use tender_token::transcript::{Label, x};
use tender_token::vrf;

#[test]
fn hashing_and_the_second_generator() {
    for file in File::all() {
        let text = format!("{}{}", file.root().get("hash_prefix").text(), "generator-H");
        let length = [u8::try_from(text.len()).expect("as the file is written")];
        let hash = Sha512::new().chain_update(length).chain_update(&text).finalize();
        assert_eq!(x(Label::GeneratorH, &[]), hash.as_slice());
        let mut one = [0; 32];
        one[0] = 1;
        let [zero, one] =
            [[0; 32], one].map(|bytes| Scalar::from_bytes(&bytes).expect("as the file is written"));
        file.root()
            .get("generator_H")
            .is(Point::commitment(&zero, &one).expect("as the file is written").bytes());
        file.root()
            .get("generator_H")
            .is(Point::from_uniform(&hash.into()).expect("as the file is written").bytes());
    }
}

#[test]
fn today_is_the_day_of_now() {
    for file in File::all() {
        let now = Timestamp(file.root().get("now").number());
        assert_eq!(now.day(), Day(file.root().get("today").number()));
    }
}

#[test]
fn public_keys() {
    for file in File::all() {
        let keys = file.root().get("keys");
        for name in ["issuer", "intermediary", "root"] {
            let public = file.ed25519_key(&format!("{name}_seed")).public();
            keys.get(&format!("{name}_pk")).is(public.0);
        }
        let vrf =
            vrf::SecretKey::from_bytes(&keys.get("vrf_x").read()).expect("as the file is written");
        keys.get("vrf_pk").is(vrf.public().bytes());
        for key in keys.fields().iter().filter(|key| key.find("n").is_some()) {
            let modulus = key.get("n").bytes();
            key.get("n").is(file.rsa_key(&modulus).public().modulus());
            assert_eq!(key.get("e").number::<u32>(), 65_537);
        }
    }
}

#[test]
fn series_and_denominations() {
    for file in File::all() {
        for entry in file.root().get("series").members() {
            let record =
                Series::from_bytes(&entry.get("record").bytes()).expect("as the file is written");
            entry.get("record").is(record.to_bytes());
            entry.get("slot_key_id").is(record.id().0);
            let key = file.manifest.slot_key(record.id()).expect("the manifest lists it");
            assert_eq!(key.key.modulus(), file.rsa_key(&record.modulus).public().modulus());
            if let Some(depth) = entry.find("d") {
                assert_eq!(record.depth, depth.number::<u8>());
                assert_eq!(record.max_hops, entry.get("max_hops").number::<u8>());
            }
            if let Some(dates) = entry.find("dates") {
                let written: Vec<u32> = dates.members().iter().map(Entry::number).collect();
                let dates = record.dates;
                let until = [dates.issue_until, dates.spend_until, dates.deposit_until];
                let read = [[dates.issue_from].as_slice(), &until, &[dates.claim_until]].concat();
                assert_eq!(written, read.iter().map(|day| day.0).collect::<Vec<_>>());
            }
        }
        for entry in file.root().get("denominations").members() {
            let record = Denomination::from_bytes(&entry.get("record").bytes())
                .expect("as the file is written");
            entry.get("record").is(record.to_bytes());
            entry.get("denomination_id").is(record.id().0);
            assert_eq!(record.value, entry.get("value").amount());
            let key = file.manifest.value_key(record.id()).expect("the manifest lists it");
            assert_eq!(key.key.modulus(), file.rsa_key(&record.modulus).public().modulus());
        }
    }
}

#[test]
fn manifest() {
    for file in File::all() {
        let root = file.root();
        let keys = root.get("keys");
        let read: ManifestRecord = root.get("manifest").read();
        let record = ManifestRecord {
            issuer: file.ed25519_key("issuer_seed").public(),
            vrf: keys.get("vrf_pk").read(),
            series: root.get("series").members().iter().map(|s| s.get("record").read()).collect(),
            denominations: root
                .get("denominations")
                .members()
                .iter()
                .map(|denomination| denomination.get("record").read())
                .collect(),
            ..read
        };
        root.get("manifest").is(record.to_bytes());
        root.get("manifest_hash").is(record.hash().0);
        root.get("manifest_signature").is(record.sign(&file.ed25519_key("root_seed")).0);
        let signer: PublicKey = keys.get("root_pk").read();
        let signature = root.get("manifest_signature").read();
        signer
            .verify(Label::ManifestSignature, &[&record.hash().0], &signature)
            .expect("as the file is written");
    }
}
