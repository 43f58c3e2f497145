//! RFC 9474, appendix A: the vector of RSABSSA-SHA384-PSSZERO-Deterministic.
//!
//! Its modulus has 4096 bits, which `[F6]` does not permit and our key refuses. So our encoding of
//! the message is checked here as it is, and blinding, signing and verifying with the same library
//! and the same formulas that our key uses.

use blind_rsa_signatures::{self as library, BlindMessage, BlindSignature, Secret, Signature};
use crypto_bigint::{BoxedUint, NonZero, Resize};
use serde_json::Value;
use tender_token::error::Error;
use tender_token::rsa::{PublicKey, encode_message};

type LibraryPublicKey =
    library::PublicKey<library::Sha384, library::PSSZero, library::Deterministic>;
type LibrarySecretKey =
    library::SecretKey<library::Sha384, library::PSSZero, library::Deterministic>;

struct Vector(Value);

impl Vector {
    fn read() -> Self {
        Self(serde_json::from_str(include_str!("rfc9474.json")).expect("a JSON file"))
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        hex::decode(self.0[name].as_str().expect("a text")).expect("in hex")
    }

    fn number(&self, name: &str) -> BoxedUint {
        BoxedUint::from_be_slice_vartime(&self.bytes(name))
    }

    fn public(&self) -> LibraryPublicKey {
        let key = rsa::RsaPublicKey::new(self.number("n"), self.number("e"));
        LibraryPublicKey::new(key.expect("an RSA key"))
    }
}

#[test]
fn a_message_is_encoded_as_published() {
    let vector = Vector::read();
    let encoded = encode_message(&vector.bytes("msg"), vector.bytes("n").len());
    assert_eq!(encoded, vector.bytes("encoded_msg"));
}

#[test]
fn a_message_is_blinded_as_published() {
    let vector = Vector::read();
    let modulus = NonZero::new(vector.number("n")).expect("not zero");
    let inverse = vector.number("inv");
    let r = inverse.invert_mod(&modulus).into_option().expect("coprime");
    // [F7] by hand: EM r^65537, as sixteen squarings and one product.
    let mut power = r.clone();
    for _ in 0..16 {
        power = power.mul_mod(&power.clone(), &modulus);
    }
    power = power.mul_mod(&r, &modulus);
    let encoded = BoxedUint::from_be_slice_vartime(&encode_message(&vector.bytes("msg"), 512));
    let encoded = encoded.resize(power.bits_precision());
    let blinded = encoded.mul_mod(&power, &modulus);
    assert_eq!(blinded.to_be_bytes().to_vec(), vector.bytes("blinded_msg"));
}

#[test]
fn a_blinded_message_is_signed_and_finished_as_published() {
    let vector = Vector::read();
    let primes = vec![vector.number("p"), vector.number("q")];
    let [n, e, d] = ["n", "e", "d"].map(|name| vector.number(name));
    let secret = rsa::RsaPrivateKey::from_components(n, e, d, primes).expect("an RSA key");
    let answer = LibrarySecretKey::new(secret).blind_sign(vector.bytes("blinded_msg"));
    let answer = answer.expect("in range");
    assert_eq!(answer.0, vector.bytes("blind_sig"));

    let blinding = library::BlindingResult {
        blind_message: BlindMessage(vector.bytes("blinded_msg")),
        secret: Secret(vector.bytes("inv")),
        msg_randomizer: None,
    };
    let answer = BlindSignature(vector.bytes("blind_sig"));
    let message = vector.bytes("msg");
    let finished = vector.public().finalize(&answer, &blinding, &message);
    assert_eq!(finished.expect("a valid answer").0, vector.bytes("sig"));
    let signature = Signature(vector.bytes("sig"));
    assert!(vector.public().verify(&signature, None, &message).is_ok());
    assert!(vector.public().verify(&signature, None, b"another").is_err());
}

#[test]
fn our_key_refuses_the_published_modulus_for_its_length() {
    assert_eq!(PublicKey::new(&Vector::read().bytes("n")).err(), Some(Error::Manifest));
}
