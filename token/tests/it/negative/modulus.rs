//! N22: moduli whose secret exponents are easier to find than their length promises.

use crate::mint::MINT;
use crypto_bigint::{BoxedUint, Limb, NonZero, Resize};
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PrivateKeyParts;
use tender_token::bounds::SMALL_FACTOR_BOUND;
use tender_token::error::Error;
use tender_token::manifest::{Manifest, Strictness};
use tender_token::rsa::PublicKey;

const BITS: u32 = 2048;

/// The prime of the 2048-bit group of RFC 3526.
const PRIME: &str = concat!(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74",
    "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437",
    "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed",
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05",
    "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb",
    "9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b",
    "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718",
    "3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff",
);

/// Whether both the key and a manifest with it are refused.
fn is_refused(modulus: &[u8]) -> bool {
    let mut record = MINT.manifest.record().clone();
    record.denominations[2].modulus = modulus.to_vec();
    let manifest = Manifest::check(record, Strictness::Test).err();
    assert_eq!(manifest, PublicKey::new(modulus).err());
    manifest == Some(Error::Manifest)
}

/// A modulus whose square root is a prime looks like any other to every check of the form, and
/// whoever takes the root can sign with it.
#[test]
fn n22_the_square_of_a_prime_is_refused() {
    let der = MINT.value_keys[2].to_der().expect("a key");
    let key = rsa::RsaPrivateKey::from_pkcs8_der(&der).expect("a key");
    let prime = key.primes().iter().max().expect("two primes");
    let square = prime.clone().resize(BITS).wrapping_square().to_be_bytes();
    assert!(square[0] & 0x80 != 0 && square[255] & 1 == 1, "2048 bits and odd");
    assert!(is_refused(&square));
}

#[test]
fn n22_the_cube_of_a_number_is_refused() {
    // Of 683 bits that begin with 1011, so that the cube has 2048.
    let mut bytes = vec![0; 256];
    (bytes[170], bytes[171]) = (0b101, 0b1000_0000);
    let root = (1_u16..).step_by(2).find_map(|low| {
        bytes[254..].copy_from_slice(&low.to_be_bytes());
        let root = BoxedUint::from_be_slice_vartime(&bytes);
        let divides = |divisor| {
            root.rem_limb(NonZero::new(Limb::from(divisor)).expect("not zero")) == Limb::ZERO
        };
        let sound = !(3..SMALL_FACTOR_BOUND).step_by(2).any(divides);
        sound.then_some(root)
    });
    let root = root.expect("one in ten has no small factor");
    let cube = root.checked_pow_vartime(BoxedUint::from(3_u32)).expect("it fits").to_be_bytes();
    assert!(cube.len() == 256 && cube[0] & 0x80 != 0, "2048 bits");
    assert!(is_refused(&cube));
}

#[test]
fn n22_a_prime_is_refused() {
    assert!(is_refused(&hex::decode(PRIME).expect("in hex")));
    assert!(!is_refused(MINT.value_keys[2].public().modulus()));
}
