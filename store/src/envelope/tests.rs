//! What opens an envelope, and what does not.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

use super::*;
use getrandom::SysRng;
use rand_core::UnwrapErr;

fn lock(passphrase: &str) -> Lock {
    Lock::new(Zeroizing::new(passphrase.as_bytes().to_vec())).expect("it is not empty")
}

fn cost() -> Cost {
    Cost::new(8_192, 1).expect("the least that is permitted")
}

/// Where the header's fields begin: magic, version, memory, passes, salt, nonce, ciphertext.
const PLACES: [usize; 7] = [0, 13, 14, 18, 22, 38, 62];

#[test]
fn a_sealed_key_opens_under_its_name_and_passphrase_only() {
    let file = lock("right").seal("a.key", b"the secret", cost(), &mut UnwrapErr(SysRng));
    assert!(!file.windows(10).any(|window| window == b"the secret"));
    assert_eq!(lock("right").open("a.key", &file).as_deref(), Ok(&b"the secret".to_vec()));
    assert_eq!(lock("wrong").open("a.key", &file), Err(Unopened::Wrong));
    assert_eq!(lock("right").open("b.key", &file), Err(Unopened::Wrong), "renamed");
    assert!(Lock::new(Zeroizing::new(Vec::new())).is_none(), "an empty passphrase");
    for length in 0..62 {
        let cut = lock("right").open("a.key", &file[..length]);
        assert_eq!(cut, Err(Unopened::NoEnvelope), "{length} bytes");
    }
}

#[test]
fn no_field_of_an_envelope_can_be_changed() {
    let file = lock("right").seal("a.key", b"the secret", cost(), &mut UnwrapErr(SysRng));
    let mut opener = lock("right");
    for place in PLACES {
        let mut changed = file.clone();
        changed[place] ^= 1;
        let error = opener.open("a.key", &changed).expect_err("it was changed");
        let expected = match place {
            0 => Unopened::NoEnvelope,
            13 => Unopened::Version(0),
            14 | 18 => Unopened::Cost,
            _ => Unopened::Wrong,
        };
        assert_eq!(error, expected, "byte {place}");
    }
}

/// A header that demands a terabyte, or hours, is refused before any work is done for it.
#[test]
fn a_cost_that_is_silly_is_refused_in_the_configuration_and_in_a_header() {
    for (memory_kib, passes) in [(0, 1), (8_191, 1), (1_048_577, 1), (8_192, 0), (8_192, 17)] {
        assert_eq!(Cost::new(memory_kib, passes), None);
        let mut file = lock("right").seal("a", b"secret", cost(), &mut UnwrapErr(SysRng));
        file[14..18].copy_from_slice(&memory_kib.to_be_bytes());
        file[18..22].copy_from_slice(&u32::to_be_bytes(passes));
        assert_eq!(lock("right").open("a", &file), Err(Unopened::Cost));
    }
}
