//! ristretto255 (`[F2]`, RFC 9496): points, scalars and the second generator `H`.

use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::transcript::{Label, hs, x};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoBasepointTable, RistrettoPoint};
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use std::sync::LazyLock;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `H`, whose logarithm to the base `G` nobody knows (`[F3]`).
static H: LazyLock<RistrettoPoint> =
    LazyLock::new(|| RistrettoPoint::from_uniform_bytes(&x(Label::GeneratorH, &[])));
static H_TABLE: LazyLock<RistrettoBasepointTable> =
    LazyLock::new(|| RistrettoBasepointTable::create(&H));

/// An integer modulo the group order `l`; 32 bytes little-endian on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalar(curve25519_dalek::Scalar);

impl Scalar {
    /// 64 bytes as a little-endian integer modulo `l`.
    #[must_use]
    pub fn from_wide(bytes: &[u8; 64]) -> Self {
        Self(curve25519_dalek::Scalar::from_bytes_mod_order_wide(bytes))
    }

    /// A weight below 2^128, for batch verification.
    #[must_use]
    pub fn from_weight(bytes: [u8; 16]) -> Self {
        Self(curve25519_dalek::Scalar::from(u128::from_le_bytes(bytes)))
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0 == curve25519_dalek::Scalar::ZERO
    }

    /// The sum modulo `l`.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    /// The difference modulo `l`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    /// The product modulo `l`.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self(self.0 * other.0)
    }

    /// The inverse modulo `l`, or `None` for zero.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        (!self.is_zero()).then(|| Self(self.0.invert()))
    }

    /// The 32 bytes, little-endian.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }
}

impl Zeroize for Scalar {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Encode for Scalar {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(self.0.as_bytes());
    }
}

impl Decode for Scalar {
    /// Errors: `E_ENCODING` unless the integer is below `l`.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let bytes = reader.array()?;
        let scalar = curve25519_dalek::Scalar::from_canonical_bytes(bytes).into_option();
        scalar.map(Self).ok_or(Error::Encoding)
    }
}

/// A scalar that must not leave its owner: wiped on drop, not clonable, not printable, never
/// compared.
pub struct SecretScalar(Scalar);

impl SecretScalar {
    /// Takes charge of a secret.
    #[must_use]
    pub fn new(scalar: Scalar) -> Self {
        Self(scalar)
    }

    /// `HS(label, data)` of something secret.
    pub(crate) fn derive(label: Label, data: &[&[u8]]) -> Self {
        Self::new(hs(label, data))
    }

    /// The value, for arithmetic inside this crate.
    pub(crate) fn expose(&self) -> &Scalar {
        &self.0
    }

    /// This secret plus `c` times another: an answer to the challenge `c`, which hides both as long
    /// as no second one is given. The product is wiped, because with it the answer hides nothing.
    pub(crate) fn plus_times(&self, c: &Scalar, other: &Self) -> Scalar {
        let product = Self::new(c.times(&other.0));
        self.0.plus(&product.0)
    }
}

impl Drop for SecretScalar {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for SecretScalar {}

impl core::fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretScalar(redacted)")
    }
}

/// A group element other than the identity, with its canonical 32 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    point: RistrettoPoint,
    bytes: [u8; 32],
}

impl Point {
    /// The element with this value. Errors: `E_ENCODING` for the identity (`[F2]`).
    fn new(point: RistrettoPoint) -> Result<Self> {
        if point.is_identity() {
            return Err(Error::Encoding);
        }
        Ok(Self { point, bytes: point.compress().to_bytes() })
    }

    /// `xG`. Errors: `E_ENCODING` for the identity.
    pub fn base(scalar: &Scalar) -> Result<Self> {
        Self::new(RistrettoPoint::mul_base(&scalar.0))
    }

    /// `aG + bH`, in constant time. Errors: `E_ENCODING` for the identity.
    pub fn commitment(a: &Scalar, b: &Scalar) -> Result<Self> {
        Self::new(RistrettoPoint::mul_base(&a.0) + &*H_TABLE * &b.0)
    }

    /// This element plus `bH`, in constant time. Errors: `E_ENCODING` for the identity.
    pub fn plus_blinding(&self, b: &Scalar) -> Result<Self> {
        Self::new(self.point + &*H_TABLE * &b.0)
    }

    /// RFC 9496, 4.3.4: the element derived from 64 uniform bytes.
    /// Errors: `E_ENCODING` for the identity.
    pub fn from_uniform(bytes: &[u8; 64]) -> Result<Self> {
        Self::new(RistrettoPoint::from_uniform_bytes(bytes))
    }

    /// This element times a secret scalar, in constant time. Errors: `E_ENCODING` for the identity.
    pub fn times(&self, scalar: &Scalar) -> Result<Self> {
        Self::new(self.point * scalar.0)
    }

    /// `aG - bP` for this `P`, public values only. Errors: `E_ENCODING` for the identity.
    pub fn base_minus(a: &Scalar, b: &Scalar, point: &Self) -> Result<Self> {
        let negated = -b.0;
        Self::new(RistrettoPoint::vartime_double_scalar_mul_basepoint(&negated, &point.point, &a.0))
    }

    /// `aP - bQ`, public values only. Errors: `E_ENCODING` for the identity.
    pub fn difference(a: &Scalar, p: &Self, b: &Scalar, q: &Self) -> Result<Self> {
        let scalars = [a.0, -b.0];
        Self::new(RistrettoPoint::vartime_multiscalar_mul(scalars, [p.point, q.point]))
    }

    /// The canonical 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.bytes
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Point {}

impl Encode for Point {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.bytes);
    }
}

impl Decode for Point {
    /// Errors: `E_ENCODING` for non-canonical bytes and for the identity.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let bytes = reader.array()?;
        let point = CompressedRistretto(bytes).decompress().ok_or(Error::Encoding)?;
        if point.is_identity() {
            return Err(Error::Encoding);
        }
        Ok(Self { point, bytes })
    }
}

/// One statement `zG + wH = C0 + cC1`, weighted for a batch.
#[derive(Clone, Copy, Debug)]
pub struct Equation<'a> {
    /// Left side, coefficient of `G`.
    pub z: &'a Scalar,
    /// Left side, coefficient of `H`.
    pub w: &'a Scalar,
    /// The slot's first commitment.
    pub c0: &'a Point,
    /// The challenge.
    pub c: Scalar,
    /// The slot's second commitment.
    pub c1: &'a Point,
}

impl Equation<'_> {
    /// Whether the statement holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        Self::all_hold(&[(*self, Scalar::from_weight(1_u128.to_le_bytes()))])
    }

    /// Whether the weighted sum of all statements holds. With independent random 128-bit weights a
    /// false statement passes with probability 2^-128.
    #[must_use]
    pub fn all_hold(weighted: &[(Self, Scalar)]) -> bool {
        let mut g = curve25519_dalek::Scalar::ZERO;
        let mut h = curve25519_dalek::Scalar::ZERO;
        let mut scalars = Vec::new();
        let mut points = Vec::new();
        for (equation, weight) in weighted {
            g += weight.0 * equation.z.0;
            h += weight.0 * equation.w.0;
            scalars.extend([-weight.0, -(weight.0 * equation.c.0)]);
            points.extend([equation.c0.point, equation.c1.point]);
        }
        scalars.extend([g, h]);
        points.extend([curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT, *H]);
        RistrettoPoint::vartime_multiscalar_mul(scalars, points).is_identity()
    }
}
