//! Checkpoints: byte-identical printing, refusals by name, and k of n cosignatures.

use super::Log;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::log::LogHash;
use tender_token::log::checkpoint::{Checkpoint, SignedCheckpoint};
use tender_token::log::note::{Algorithm, Name, SignatureLine, key_id};
use tender_token::signature::{PublicKey, SecretKey};

/// The example of C2SP tlog-cosignature.
const EXAMPLE: &str = "example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/\
Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b\
2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
";

fn name(text: &str) -> Name {
    Name::new(text).expect("a good name")
}

fn origin() -> Name {
    name("issuer.example/log")
}

fn log_key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn witness(number: u8) -> SecretKey {
    SecretKey::from_seed(&[100 + number; 32])
}

fn checkpoint(size: u32) -> Checkpoint {
    Checkpoint { origin: origin(), head: Log::numbered(size).head(size.into()) }
}

fn cosigned(size: u32, witnesses: &[u8]) -> SignedCheckpoint {
    let signed = checkpoint(size).sign(&log_key());
    witnesses.iter().fold(signed, |signed, number| {
        let name = name(&format!("bank-{number}.example"));
        let time = Timestamp(1_700_000_000);
        let line = signed.checkpoint().cosign(&name, &witness(*number), time);
        signed.with(line.expect("a time of this century"))
    })
}

fn verify(signed: &SignedCheckpoint, witnesses: &[u8], least: u8) -> Option<Error> {
    let keys: Vec<_> = witnesses.iter().map(|number| witness(*number).public()).collect();
    signed.verify(&origin(), &log_key().public(), &keys, least).err()
}

#[test]
fn the_published_example_reads_and_prints_the_same() {
    let signed = SignedCheckpoint::from_bytes(EXAMPLE.as_bytes()).expect("it is published");
    assert_eq!(String::from_utf8(signed.to_bytes()).as_deref(), Ok(EXAMPLE));
    let head = signed.checkpoint().head;
    assert_eq!(head.size, 20_852_163);
    assert!(EXAMPLE.starts_with(&signed.checkpoint().text()));
}

#[test]
fn key_ids_are_those_of_signed_notes() {
    // The verifier key of the examples of Go's package sumdb/note:
    // PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
    let key = "1a5cd907143c384c41e830c5bce12aa8817ec5649aaabf2c31388b35b2d744d6";
    let key = PublicKey(hex::decode(key).expect("hex").try_into().expect("32 bytes"));
    let id = key_id(&name("PeterNeumann"), Algorithm::Ed25519, &key);
    assert_eq!(hex::encode(id), "c74f20a3");
    assert_ne!(id, key_id(&name("PeterNeumann"), Algorithm::Cosignature, &key));
}

#[test]
fn checkpoints_read_and_print_the_same() {
    for size in [0, 1, 7] {
        for witnesses in [&[][..], &[1], &[1, 2, 3]] {
            let signed = cosigned(size, witnesses);
            let bytes = signed.to_bytes();
            let read = SignedCheckpoint::from_bytes(&bytes).expect("as it was printed");
            assert_eq!((&read, read.to_bytes()), (&signed, bytes.clone()));
            let lines = 3 + 1 + 1 + witnesses.len();
            assert_eq!(String::from_utf8(bytes).map(|text| text.lines().count()), Ok(lines));
        }
    }
}

#[test]
fn k_of_n_witnesses_make_a_checkpoint_acceptable() {
    let all = [1, 2, 3];
    for (cosigners, least, expected) in [
        (&[][..], 0, None),
        (&[], 1, Some(Error::Manifest)),
        (&[2], 1, None),
        (&[1, 3], 2, None),
        (&[1, 3], 3, Some(Error::Manifest)),
        (&[1, 1], 2, Some(Error::Manifest)),
        (&[1, 9], 2, Some(Error::Manifest)),
        (&[9, 1, 8, 2], 2, None),
        (&[1, 2, 3], 255, Some(Error::Manifest)),
    ] {
        assert_eq!(verify(&cosigned(5, cosigners), &all, least), expected, "{cosigners:?}");
    }
    let one_twice = [1, 1];
    assert_eq!(verify(&cosigned(5, &[1]), &one_twice, 2), Some(Error::Manifest));

    let signed = cosigned(5, &[]);
    let again = ["a", "b"].iter().fold(signed.clone(), |signed, text| {
        let line = signed.checkpoint().cosign(&name(text), &witness(1), Timestamp(1));
        signed.with(line.expect("a time"))
    });
    assert_eq!(verify(&again, &all, 1), None);
    assert_eq!(verify(&again, &all, 2), Some(Error::Manifest), "one witness under two names");
}

#[test]
fn a_cosignature_is_for_one_checkpoint_and_one_time() {
    let good = cosigned(5, &[1]);
    let line = |size, time| {
        let line = checkpoint(size).cosign(&name("w"), &witness(1), Timestamp(time));
        line.expect("a time")
    };
    let other = cosigned(5, &[]).with(line(6, 1));
    assert_eq!(verify(&other, &[1], 0), Some(Error::Manifest));
    assert_eq!(verify(&cosigned(5, &[]).with(line(5, 0)), &[1], 1), None);
    let last = i64::MAX.cast_unsigned();
    assert_eq!(verify(&cosigned(5, &[]).with(line(5, last)), &[1], 1), None);
    let late = checkpoint(5).cosign(&name("w"), &witness(1), Timestamp(last + 1));
    assert_eq!(late, Err(Error::Encoding));

    // The log's own signature under a witness's name, and the other way round.
    let log = SecretKey::from_seed(&[1; 32]);
    let forged = checkpoint(5).sign(&log).verify(&origin(), &log.public(), &[log.public()], 1);
    assert_eq!(forged.err(), Some(Error::Manifest));
    let unsigned = checkpoint(5).sign(&witness(1));
    assert_eq!(verify(&unsigned, &[1], 0), Some(Error::Manifest));
    assert_eq!(verify(&good, &[1], 1), None);
}

#[test]
fn another_log_is_refused() {
    let signed = cosigned(5, &[1]);
    let key = log_key().public();
    let witnesses = [witness(1).public()];
    let elsewhere = name("issuer.example/other");
    let refused = signed.verify(&elsewhere, &key, &witnesses, 1);
    assert_eq!(refused.err(), Some(Error::Manifest));
    let other = SecretKey::from_seed(&[2; 32]).public();
    let refused = signed.verify(&origin(), &other, &witnesses, 1);
    assert_eq!(refused.err(), Some(Error::Manifest));
    let small = PublicKey([0; 32]);
    assert_eq!(signed.verify(&origin(), &small, &[small], 0).err(), Some(Error::Manifest));
}

#[test]
fn no_byte_can_be_changed_dropped_or_added() {
    let signed = cosigned(5, &[1]);
    let bytes = signed.to_bytes();
    let outcome = |bytes: &[u8]| {
        SignedCheckpoint::from_bytes(bytes).map(|read| {
            assert_eq!(read.to_bytes(), bytes, "what is read prints the same");
            verify(&read, &[1], 1)
        })
    };
    assert_eq!(outcome(&bytes), Ok(None));
    let refused = |bytes: &[u8], what: &str, place: usize| {
        let outcome = outcome(bytes);
        let named = [Err(Error::Encoding), Ok(Some(Error::Manifest))].contains(&outcome);
        assert!(named, "{what} {place}: {outcome:?}");
    };
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            refused(&changed, "changed", place);
        }
        let (front, back) = bytes.split_at(place);
        refused(&[front, &back[1..]].concat(), "dropped", place);
        refused(&[front, b"\n", back].concat(), "added", place);
        refused(&[front, b"A", back].concat(), "added", place);
        refused(front, "cut", place);
    }
    refused(&[&bytes[..], b"\n"].concat(), "added", bytes.len());
    refused(&[&bytes[..], b"A"].concat(), "added", bytes.len());
}

#[test]
fn other_ways_to_write_a_checkpoint_are_no_encoding() {
    let good = String::from_utf8(cosigned(5, &[1]).to_bytes()).expect("a text");
    let read = |text: &str| SignedCheckpoint::from_bytes(text.as_bytes()).err();
    assert_eq!(read(&good), None);
    let root = good.lines().nth(2).expect("a root").to_owned();
    for (from, to) in [
        ("\n5\n", "\n05\n"),
        ("\n5\n", "\n+5\n"),
        ("\n5\n", "\n-5\n"),
        ("\n5\n", "\n 5\n"),
        ("\n5\n", "\n\n"),
        ("\n5\n", "\n18446744073709551616\n"),
        ("\n5\n", "\r\n5\r\n"),
        ("issuer.example/log\n5", "\n5"),
        ("issuer.example/log\n5", "issuer log\n5"),
        ("issuer.example/log\n5", "issuer+log\n5"),
        ("=\n\n", "\n\n"),
        ("=\n\n", "==\n\n"),
        ("=\n\n", "=\nextension\n\n"),
        ("=\n\n", "=\n\n\n"),
        ("=\n\n", "=\n"),
        ("\u{2014} bank-1.example ", "- bank-1.example "),
        ("\u{2014} bank-1.example ", "\u{2014}bank-1.example "),
        ("\u{2014} bank-1.example ", "\u{2014}  "),
        ("\u{2014} bank-1.example ", "\u{2014} bank-1.example  "),
        ("\u{2014} bank-1.example ", "\u{2014} bank+1.example "),
        ("\u{2014} bank-1.example ", "\u{2014} bank\u{a0}1 "),
        ("\u{2014} bank-1.example ", "\u{2014} bank\t1 "),
        (&root, &root[4..]),
        (&root, &root.replace('=', "A")),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert_eq!(read(&bad), Some(Error::Encoding), "{bad}");
    }
    let (text, _) = good.split_once("\n\n").expect("an empty line");
    let line = good.lines().last().expect("a signature");
    let many = |count| format!("{text}\n\n{}", format!("{line}\n").repeat(count));
    assert_eq!(read(&many(0)), Some(Error::Encoding));
    assert_eq!(read(&many(256)), None);
    assert_eq!(read(&many(257)), Some(Error::Encoding));
    assert_eq!(SignedCheckpoint::from_bytes(&[0xff; 9]).err(), Some(Error::Encoding));
    for short in ["\u{2014} a AAAA", "\u{2014} a AAAAAA==", "\u{2014} a", "", "\u{2014} a AAAAAB=="]
    {
        assert_eq!(SignatureLine::from_text(short).err(), Some(Error::Encoding), "{short}");
    }
    let least = "\u{2014} a AAAAAAA=";
    let printed = SignatureLine::from_text(least).map(|line| line.to_string());
    assert_eq!(printed.as_deref(), Ok(least));
}

#[test]
fn a_verified_checkpoint_shows_what_is_in_the_log_and_that_it_grew() {
    let accept = |size| {
        let keys = [witness(1).public()];
        let verified = cosigned(size, &[1]).verify(&origin(), &log_key().public(), &keys, 1);
        verified.expect("log and witness signed")
    };
    let (log, held, now) = (Log::numbered(9), accept(5), accept(9));
    let proof = log.tree(9).inclusion(3).expect("it is in the tree");
    let content = 3_u32.to_be_bytes();
    assert_eq!(now.includes(3, &content, &proof), Ok(()));
    assert_eq!(now.includes(3, b"another", &proof), Err(Error::Manifest));
    assert_eq!(held.includes(3, &content, &proof), Err(Error::Manifest));

    let grown = log.tree(9).consistency(5).expect("it is smaller");
    assert_eq!(now.follows(&held, &grown), Ok(()));
    assert_eq!(held.follows(&now, &grown), Err(Error::Manifest), "it shrank");
    assert_eq!(now.follows(&held, &[]), Err(Error::Manifest));
    assert_eq!(now.follows(&now, &[]), Ok(()));
    assert_eq!(now.follows(&now, &grown), Err(Error::Manifest));

    let mut split = checkpoint(9);
    split.head.root = LogHash([0; 32]);
    let split = split.sign(&log_key()).verify(&origin(), &log_key().public(), &[], 0);
    let split = split.expect("a log can sign two views");
    assert_eq!(split.follows(&now, &[]), Err(Error::Manifest), "a split view");
    assert_eq!(split.follows(&held, &grown), Err(Error::Manifest));

    let other = Checkpoint { origin: name("other"), ..checkpoint(9) }.sign(&log_key());
    let other = other.verify(&name("other"), &log_key().public(), &[], 0).expect("it signed");
    assert_eq!(other.follows(&held, &grown), Err(Error::Manifest));
}

#[test]
fn names_have_no_spaces_plus_or_control_characters() {
    for bad in ["", " ", "a b", "a+b", "a\nb", "a\u{2003}b", "a\0", "\u{7f}"] {
        assert_eq!(Name::new(bad), None, "{bad:?}");
    }
    for good in ["a", "bank.example/w1", "банк.пример"] {
        assert_eq!(Name::new(good).as_ref().map(Name::text), Some(good));
    }
}
