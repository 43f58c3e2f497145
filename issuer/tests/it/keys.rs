//! Keys: sealed on the disk, opened by their passphrase only, tested before they sign.

use crate::command_line::{INIT, apply, configured, founded, run};
use crate::stage::TODAY;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs::{copy, metadata, read, read_dir, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tender_issuer::home::Home;
use tender_issuer::signer::ceremony::Founding;
use tender_issuer::signer::{InProcess, Signer as _, Unusable};
use tender_store::envelope::{Cost, Lock, Unopened};
use tender_token::error::Error;
use tender_token::rsa;
use tender_token::series::{DenominationId, SeriesId};
use zeroize::Zeroizing;

fn lock(passphrase: &str) -> Lock {
    Lock::new(Zeroizing::new(passphrase.as_bytes().to_vec())).expect("it is not empty")
}

fn cost() -> Cost {
    Cost::new(8_192, 1).expect("the least that is permitted")
}

#[test]
fn nothing_secret_lies_open_in_a_home() {
    let folder = founded();
    let keys = folder.path().join("home/keys");
    let mut open = BTreeSet::new();
    for entry in read_dir(&keys).expect("the issuer has keys") {
        let entry = entry.expect("the folder is ours");
        let bytes = read(entry.path()).expect("the folder is ours");
        if !bytes.starts_with(b"tender/sealed") {
            open.insert(entry.file_name().into_string().expect("names are text"));
        }
        assert!(!String::from_utf8_lossy(&bytes).contains("PRIVATE KEY"));
    }
    let public = ["authority.pem", "operator.pem", "root.pub", "server.pem", "signatures"]
        .map(str::to_owned);
    assert_eq!(open, BTreeSet::from(public));
    assert_eq!(run(folder.path(), &["officer", "new", "--out", "new.key"]).0, 0);
    let (own, sealed) = (folder.path().join("new.key"), 62 + 32 + 16);
    let bytes = read(&own).expect("it was made");
    assert!(bytes.starts_with(b"tender/sealed") && bytes.len() == sealed, "an officer's key");
    let mode = metadata(own).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_wrong_passphrase_is_said_so_and_changes_nothing() {
    let folder = founded();
    apply(folder.path(), "Nordhaven", 1);
    let place = folder.path().join("passphrase");
    let files = ["--application", "application.toml", "--out", "admission.toml"];
    let admit = [&["intermediary", "admit"], &files[..]].concat();
    for (text, expected) in
        [("of another\n", "the passphrase is wrong"), ("\n", "is empty"), ("of the root", "wrong")]
    {
        write(&place, text).expect("the folder is ours");
        for command in [&admit[..], &["serve"]] {
            let (code, said) = run(folder.path(), command);
            assert_eq!(code, 2, "{said}");
            let message = said["error"]["message"].as_str().expect("it says why");
            assert!(message.contains(expected), "{message}");
        }
    }
    assert!(!folder.path().join("admission.toml").exists());
    write(&place, "of the issuer\r\n").expect("the folder is ours");
    assert_eq!(run(folder.path(), &admit).0, 0);
}

#[test]
fn without_a_passphrase_nothing_is_founded() {
    let folder = configured();
    let (code, said) = run(folder.path(), &INIT[..3]);
    assert_eq!(code, 2, "{said}");
    let message = said["error"]["message"].as_str().expect("it says why");
    assert!(message.contains("--root-passphrase-file"), "{message}");
    assert!(!folder.path().join("home").exists());
}

/// Founds an issuer in a folder of its own; gives its home and its manifest.
fn written(folder: &Path) -> (Home, tender_token::manifest::Manifest) {
    let config = crate::stage::config();
    let keys = Founding::generate(&config.denominations, &mut UnwrapErr(SysRng), || {})
        .expect("keys can be made");
    let home = Home::new(folder.join("home"));
    home.create().expect("the folder is ours");
    keys.write(&home, &mut lock("keys"), &mut lock("root"), cost(), &mut UnwrapErr(SysRng))
        .expect("the folder is ours");
    let (_, trust, root) = keys.establish(&config, TODAY).expect("the keys fit");
    (home, trust.verify(&root.public()).expect("the root signed it"))
}

/// A signer that would serve a key to some wallets only would use one that nobody has published.
#[test]
fn a9_a_key_that_no_published_manifest_names_is_never_used() {
    let folder = tempfile::TempDir::new().expect("the system has room for a folder");
    let (home, manifest) = written(folder.path());
    let signer = InProcess::load(&home, &manifest, &mut lock("keys")).expect("they are its keys");
    let blinded = vec![7; 256];
    assert_eq!(signer.certify(SeriesId([1; 32]), &blinded), Err(Error::Cert.into()));
    assert_eq!(signer.mint(DenominationId([1; 32]), &blinded), Err(Error::Denomination.into()));

    let other = tempfile::TempDir::new().expect("the system has room for a folder");
    let (_, foreign) = written(other.path());
    for file in ["slot-1.der", "value-1-100.der", "issuer.ed25519", "challenge.ristretto255"] {
        let (own, theirs) = (home.key(file), other.path().join("home/keys").join(file));
        let kept = read(&own).expect("the folder is ours");
        copy(theirs, &own).expect("the folder is ours");
        let error = InProcess::load(&home, &manifest, &mut lock("keys")).expect_err("foreign");
        assert!(matches!(error, Unusable::Foreign(ref name) if name == file), "{error}");
        write(&own, kept).expect("the folder is ours");
    }
    let error = InProcess::load(&home, &foreign, &mut lock("keys")).expect_err("foreign");
    assert!(matches!(error, Unusable::Foreign(_)), "{error}");
    let root = InProcess::load(&home, &manifest, &mut lock("root")).expect_err("of the root only");
    assert!(matches!(root, Unusable::Sealed { why: Unopened::Wrong, .. }), "{root}");
}

/// A bit that flips in a private key makes a faulty signature, from which anyone could factor the
/// modulus. Whatever bit flips, either the key is refused or the signature is right.
#[test]
fn a12_a_flipped_bit_of_a_private_key_never_leads_to_a_wrong_signature() {
    let key = rsa::SecretKey::generate(&mut UnwrapErr(SysRng), 256).expect("a permitted length");
    let der = key.to_der().expect("it can be written");
    let blinded = key.public().blinded(b"a message", &[3; 32]);
    let right = key.sign(&blinded).expect("the key is whole");
    // Every part of the key: exponent, primes, and the values precomputed from them.
    let bits = (0..der.len() * 8).into_par_iter().filter(|bit| bit % 7 == 0);
    let (flips, signed) = bits
        .map(|bit| {
            let mut flipped = der.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Ok(broken) = rsa::SecretKey::from_der(&flipped) else { return (1, 0) };
            match broken.sign(&blinded) {
                Ok(signature) => {
                    assert!(broken.public().answers(&signature, &blinded), "bit {bit}");
                    assert_eq!(signature, right, "bit {bit}: under the same modulus");
                    (1, 1)
                }
                Err(error) => {
                    assert!(matches!(error, Error::KeySuspect | Error::Encoding), "bit {bit}");
                    (1, 0)
                }
            }
        })
        .reduce(|| (0, 0), |one: (u32, u32), other| (one.0 + other.0, one.1 + other.1));
    assert!(flips > 1_300 && signed < flips, "{flips} flips, {signed} harmless");
}
