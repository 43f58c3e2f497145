//! The issuer's verifiable challenge (`[PR4]`): one unpredictable choice per session and
//! commitment.

use crate::encode::{Decode, Encode, Reader, Writer, head};
use crate::error::{Error, Result};
use crate::group::{Point, Scalar, SecretScalar};
use crate::transcript::{Label, hs, x};
use zeroize::Zeroizing;

/// The key that challenges are verified with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(Point);

impl PublicKey {
    /// Reads a key. Errors: `E_ENCODING` unless it is a valid point other than the identity.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self> {
        Point::from_bytes(bytes).map(Self)
    }

    /// The canonical 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0.bytes()
    }

    /// Verifies that the challenge is the one and only for this session. Errors: `E_VRF`.
    pub fn verify(&self, sid: &[u8; 32], h: &[u8; 32], proof: &Proof) -> Result<()> {
        let input = self.input(sid, h).map_err(|_| Error::Vrf)?;
        let first = Point::base_minus(&proof.sv, &proof.ev, &self.0).map_err(|_| Error::Vrf)?;
        let second = Point::difference(&proof.sv, &input, &proof.ev, &proof.gamma)
            .map_err(|_| Error::Vrf)?;
        let expected = challenge(&self.0, &input, &proof.gamma, &first, &second);
        if proof.ev == expected { Ok(()) } else { Err(Error::Vrf) }
    }

    /// `P`: the point that the session and its commitment hash to.
    fn input(&self, sid: &[u8; 32], h: &[u8; 32]) -> Result<Point> {
        Point::from_uniform(&x(Label::VrfPoint, &[&self.bytes(), sid, h]))
    }
}

/// The issuer's challenge key. Wiped on drop.
pub struct SecretKey {
    x: SecretScalar,
    public: PublicKey,
}

impl SecretKey {
    /// The key with this scalar. Errors: `E_ENCODING` for zero and non-canonical bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self> {
        Self::new(SecretScalar::new(Scalar::from_bytes(bytes)?))
    }

    /// A key from 64 random bytes. Errors: `E_ENCODING` with probability 2^-252.
    pub fn from_random(bytes: &[u8; 64]) -> Result<Self> {
        Self::new(SecretScalar::new(Scalar::from_wide(bytes)))
    }

    fn new(x: SecretScalar) -> Result<Self> {
        let public = PublicKey(Point::base(x.expose())?);
        Ok(Self { x, public })
    }

    /// The scalar's 32 bytes, for keeping. Wiped when dropped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.x.expose().bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The challenge of a session, a function of the session alone.
    /// Errors: `E_ENCODING` if a point is the identity (probability 2^-252).
    pub fn prove(&self, sid: &[u8; 32], h: &[u8; 32]) -> Result<Proof> {
        let x = self.x.expose();
        let input = self.public.input(sid, h)?;
        let gamma = input.times(x)?;
        let a = SecretScalar::derive(Label::VrfNonce, &[&*self.to_bytes(), &input.bytes()]);
        let (first, second) = (Point::base(a.expose())?, input.times(a.expose())?);
        let ev = challenge(&self.public.0, &input, &gamma, &first, &second);
        let sv = a.plus_times(&ev, &self.x);
        Ok(Proof { gamma, ev, sv })
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("vrf::SecretKey(redacted)")
    }
}

/// `Gamma || ev || sv`: the challenge and the proof that it could not be another; 96 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    gamma: Point,
    ev: Scalar,
    sv: Scalar,
}

impl Proof {
    /// The challenge.
    #[must_use]
    pub fn challenge(&self) -> Challenge {
        Challenge(self.gamma)
    }
}

impl Encode for Proof {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.gamma);
        writer.put(&self.ev);
        writer.put(&self.sv);
    }
}

impl Decode for Proof {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { gamma: reader.get()?, ev: reader.get()?, sv: reader.get()? })
    }
}

/// `Gamma`: what decides which candidate of each slot stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge(Point);

impl Challenge {
    /// `gamma_t`: the candidate of slot `t` that stays closed, below `candidates` (a power of two).
    #[must_use]
    pub fn kept(&self, t: u16, candidates: u32) -> u32 {
        let hash = x(Label::Gamma, &[&self.0.bytes(), &t.to_be_bytes()]);
        head(&hash).checked_rem(candidates).unwrap_or_default()
    }
}

impl Decode for Challenge {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.get().map(Self)
    }
}

impl Encode for Challenge {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.0);
    }
}

fn challenge(key: &Point, input: &Point, gamma: &Point, first: &Point, second: &Point) -> Scalar {
    let points = [key, input, gamma, first, second].map(Point::bytes);
    hs(Label::VrfChallenge, &points.each_ref().map(<[u8; 32]>::as_slice))
}
