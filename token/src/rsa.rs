//! RSA blind signatures: RSABSSA-SHA384-PSSZERO-Deterministic (RFC 9474, `[F6]`, `[F7]`).
//!
//! Signing, finalizing and verifying are the library's. Deriving the blinding from a seed is ours,
//! because the library's own blinding is random and could not be made again after a loss.

mod modulus;

use crate::bounds::MODULUS_BYTES;
use crate::error::{Error, Result};
use crate::transcript::{Label, x};
use ::rsa::traits::PublicKeyParts;
use blind_rsa_signatures as library;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Gcd, NonZero, Resize, SquareAssign};
use sha2::{Digest, Sha384};
use zeroize::{Zeroize, Zeroizing};

type LibraryPublicKey =
    library::PublicKey<library::Sha384, library::PSSZero, library::Deterministic>;
type LibrarySecretKey =
    library::SecretKey<library::Sha384, library::PSSZero, library::Deterministic>;

const PUBLIC_EXPONENT: u32 = 65_537;
const HASH_BYTES: usize = 48;

/// An RSA public key that passed every check of `[S4]`: exponent 65537, full length, no small
/// factor.
#[derive(Clone)]
pub struct PublicKey {
    modulus: Vec<u8>,
    library: LibraryPublicKey,
}

impl PublicKey {
    /// The key with this big-endian modulus. Errors: `E_MANIFEST` unless the modulus has exactly
    /// 8 nb bits for a permitted nb, is odd and has no prime factor below 65536 (`[S4]`), and is
    /// neither a prime nor a power, whose secret exponents are too easy to find.
    pub fn new(modulus: &[u8]) -> Result<Self> {
        let top_bit = modulus.first().is_some_and(|byte| byte & 0x80 != 0);
        let odd = modulus.last().is_some_and(|byte| byte & 1 != 0);
        if !MODULUS_BYTES.contains(&modulus.len()) || !top_bit || !odd {
            return Err(Error::Manifest);
        }
        let n = BoxedUint::from_be_slice_vartime(modulus);
        if modulus::has_small_factor(&n) || modulus::is_power(&n) {
            return Err(Error::Manifest);
        }
        let exponent = BoxedUint::from(PUBLIC_EXPONENT);
        let key = ::rsa::RsaPublicKey::new(n, exponent).map_err(|_| Error::Manifest)?;
        if modulus::is_prime(key.n_params()) {
            return Err(Error::Manifest);
        }
        Ok(Self { modulus: modulus.to_vec(), library: LibraryPublicKey::new(key) })
    }

    /// Big-endian modulus, nb bytes.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// nb, the length in bytes of the modulus and of every value modulo it.
    #[must_use]
    pub fn length(&self) -> usize {
        self.modulus.len()
    }

    /// Verifies a signature over a message: `sigma < N` and RSASSA-PSS with SHA-384 and an empty
    /// salt.
    #[must_use]
    pub fn verify(&self, message: &[u8], sigma: &[u8]) -> bool {
        let canonical = sigma.len() == self.length() && sigma < self.modulus.as_slice();
        let sigma = library::Signature(sigma.to_vec());
        canonical && self.library.verify(&sigma, None, message).is_ok()
    }

    /// Whether `value` is nb bytes with `1 < value < N`, as every blinded message must be.
    #[must_use]
    pub fn in_range(&self, value: &[u8]) -> bool {
        let above_one = match value.split_last() {
            Some((last, front)) => *last > 1 || front.iter().any(|byte| *byte != 0),
            None => false,
        };
        value.len() == self.length() && above_one && value < self.modulus.as_slice()
    }

    /// Whether `signature^65537 = blinded`: what the issuer owes for a blinded message (`[PR9]`,
    /// `[W7]`).
    #[must_use]
    pub fn answers(&self, signature: &[u8], blinded: &[u8]) -> bool {
        if signature.len() != self.length() || signature >= self.modulus.as_slice() {
            return false;
        }
        self.to_bytes(&power(&self.number(signature)).retrieve()) == blinded
    }

    /// Blinds a message with a 32-byte seed (`[F7]`).
    ///
    /// Errors: `E_KEY_SUSPECT` if the blinding or the encoded message shares a factor with the
    /// modulus: the key must never be used again.
    pub fn blind(&self, message: &[u8], seed: &[u8; 32]) -> Result<Blinding> {
        let r = self.blinding_factor(seed);
        let encoded = self.number(&encode_message(message, self.length()));
        let one = BoxedUint::one_with_precision(self.parameters().bits_precision());
        if encoded.retrieve().gcd(self.n()) != one {
            return Err(Error::KeySuspect);
        }
        let inverse = Zeroizing::new(r.invert().into_option().ok_or(Error::KeySuspect)?);
        let blinded = encoded.mul(&power(&r));
        Ok(Blinding {
            blinded: self.to_bytes(&blinded.retrieve()),
            inverse: Zeroizing::new(self.to_bytes(&Zeroizing::new(inverse.retrieve()))),
        })
    }

    /// Only the blinded message of [`Self::blind`], for checking another party's blinding.
    #[must_use]
    pub fn blinded(&self, message: &[u8], seed: &[u8; 32]) -> Vec<u8> {
        let encoded = self.number(&encode_message(message, self.length()));
        let blinded = encoded.mul(&power(&self.blinding_factor(seed)));
        self.to_bytes(&blinded.retrieve())
    }

    /// Whether no value shares a factor with the modulus. A blinded message `EM r^e` does exactly
    /// if `EM` or `r` does, so one greatest common divisor covers them all (`[F7]`).
    #[must_use]
    pub fn are_coprime<'a>(&self, values: impl Iterator<Item = &'a [u8]>) -> bool {
        let one = BoxedMontyForm::one(self.parameters());
        let product = values.fold(one, |product, value| product.mul(&self.number(value)));
        product.retrieve().gcd(self.n()) == BoxedUint::one_with_precision(self.n().bits_precision())
    }

    /// Removes a blinding from the issuer's answer and verifies the result. `None` if the outcome
    /// is no valid signature: keep the answer, it is evidence.
    #[must_use]
    pub fn unblind(&self, answer: &[u8], blinding: &Blinding, message: &[u8]) -> Option<Vec<u8>> {
        if answer.len() != self.length() || answer >= self.modulus.as_slice() {
            return None;
        }
        let mut result = library::BlindingResult {
            blind_message: library::BlindMessage(blinding.blinded.clone()),
            secret: library::Secret(blinding.inverse.to_vec()),
            msg_randomizer: None,
        };
        let answer = library::BlindSignature(answer.to_vec());
        let signature = self.library.finalize(&answer, &result, message);
        result.secret.0.zeroize();
        signature.ok().map(|signature| signature.0)
    }

    /// `r` of `[F7]`: nb + 16 pseudorandom bytes modulo N.
    fn blinding_factor(&self, seed: &[u8; 32]) -> Zeroizing<BoxedMontyForm> {
        let length = self.length().saturating_add(16);
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.saturating_add(64)));
        for counter in 0..=u8::MAX {
            if bytes.len() >= length {
                break;
            }
            bytes.extend_from_slice(&*Zeroizing::new(x(Label::Blind, &[seed, &[counter]])));
        }
        bytes.truncate(length);
        let wide = Zeroizing::new(BoxedUint::from_be_slice_vartime(&bytes));
        let r = Zeroizing::new(wide.rem(self.modulus_number()));
        let r = (&*r).resize(self.parameters().bits_precision());
        Zeroizing::new(BoxedMontyForm::new(r, self.parameters()))
    }

    fn modulus_number(&self) -> &NonZero<BoxedUint> {
        self.library.as_ref().n()
    }

    fn n(&self) -> &BoxedUint {
        self.modulus_number().as_ref()
    }

    fn parameters(&self) -> &BoxedMontyParams {
        self.library.as_ref().n_params()
    }

    /// A value below N in Montgomery form.
    fn number(&self, bytes: &[u8]) -> BoxedMontyForm {
        let bits = self.parameters().bits_precision();
        let value = BoxedUint::from_be_slice_truncated(bytes, bits);
        BoxedMontyForm::new(value, self.parameters())
    }

    fn to_bytes(&self, value: &BoxedUint) -> Vec<u8> {
        let bytes = Zeroizing::new(value.to_be_bytes());
        let skipped = bytes.len().saturating_sub(self.length());
        bytes.get(skipped..).unwrap_or_default().to_vec()
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "rsa::PublicKey({} bytes)", self.length())
    }
}

/// A blinded message and what removes the blinding. The latter is wiped on drop.
pub struct Blinding {
    blinded: Vec<u8>,
    inverse: Zeroizing<Vec<u8>>,
}

impl Blinding {
    /// `B`, nb bytes: what the issuer sees and signs.
    #[must_use]
    pub fn blinded(&self) -> &[u8] {
        &self.blinded
    }
}

impl core::fmt::Debug for Blinding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Blinding(redacted)")
    }
}

/// An RSA secret key: not clonable, not printable. Only the issuer's signer holds one.
pub struct SecretKey {
    library: LibrarySecretKey,
    public: PublicKey,
}

impl SecretKey {
    /// A fresh key with a modulus of so many bytes, which takes a noticeable part of a second.
    /// Errors: `E_MANIFEST` for a length that is not permitted.
    pub fn generate(rng: &mut impl rand_core::CryptoRng, length: usize) -> Result<Self> {
        if !MODULUS_BYTES.contains(&length) {
            return Err(Error::Manifest);
        }
        let key = ::rsa::RsaPrivateKey::new(rng, length.saturating_mul(8));
        Self::checked(LibrarySecretKey::new(key.map_err(|_| Error::Manifest)?))
    }

    /// Reads PKCS #8 or PKCS #1 bytes and validates the key. Errors: `E_MANIFEST`.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        Self::checked(LibrarySecretKey::from_der(der).map_err(|_| Error::Manifest)?)
    }

    fn checked(key: LibrarySecretKey) -> Result<Self> {
        let inner: &::rsa::RsaPrivateKey = key.as_ref();
        let public = PublicKey::new(&inner.n().as_ref().to_be_bytes())?;
        if inner.e() != &BoxedUint::from(PUBLIC_EXPONENT) {
            return Err(Error::Manifest);
        }
        Ok(Self { library: key, public })
    }

    /// PKCS #8 bytes, wiped when dropped. Errors: `E_MANIFEST` if the key cannot be written.
    pub fn to_der(&self) -> Result<Zeroizing<Vec<u8>>> {
        self.library.to_der().map(Zeroizing::new).map_err(|_| Error::Manifest)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// `s = B^d mod N`, checked by raising it back before it is released (fault attacks).
    /// Errors: `E_ENCODING` unless `1 < B < N`; `E_KEY_SUSPECT` if the computation was faulty.
    pub fn sign(&self, blinded: &[u8]) -> Result<Vec<u8>> {
        if !self.public.in_range(blinded) {
            return Err(Error::Encoding);
        }
        let signature = self.library.blind_sign(blinded).map_err(|_| Error::KeySuspect)?.0;
        if self.public.answers(&signature, blinded) {
            Ok(signature)
        } else {
            Err(Error::KeySuspect)
        }
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "rsa::SecretKey(of {:?})", self.public)
    }
}

/// `value^65537`: sixteen squarings and one product, whatever the value. Wiped, since the power of
/// a blinding unblinds as well as the blinding itself.
fn power(value: &BoxedMontyForm) -> Zeroizing<BoxedMontyForm> {
    let mut power = Zeroizing::new(value.clone());
    for _ in 0..16 {
        power.square_assign();
    }
    Zeroizing::new(power.mul(value))
}

/// EMSA-PSS-ENCODE with SHA-384, MGF1-SHA-384, an empty salt and 8 nb - 1 bits (RFC 8017, 9.1.1).
#[must_use]
pub fn encode_message(message: &[u8], length: usize) -> Vec<u8> {
    let mut hash = Sha384::new();
    hash.update([0; 8]);
    hash.update(Sha384::digest(message));
    let h = hash.finalize();
    let mut encoded = vec![0; length.saturating_sub(HASH_BYTES).saturating_sub(2)];
    encoded.push(1);
    for (block, counter) in encoded.chunks_mut(HASH_BYTES).zip(0_u32..) {
        let mask = Sha384::new().chain_update(h).chain_update(counter.to_be_bytes()).finalize();
        for (byte, mask) in block.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    if let Some(first) = encoded.first_mut() {
        *first &= 0x7f;
    }
    encoded.extend_from_slice(&h);
    encoded.push(0xbc);
    encoded
}
