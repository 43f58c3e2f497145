//! Who a wallet is (section 4): an identity key, its proof of possession, the registered record.

mod epoch;

pub use epoch::{Admission, EpochHistory};

use crate::encode::{Decode, Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::group::{Point, Scalar, SecretScalar};
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::transcript::{Label, h32, hs};
use zeroize::{Zeroize, ZeroizeOnDrop};

identifier! {
    /// The 32 bytes that name an intermediary in its customers' records: its public key.
    RegistrarId
}

identifier! {
    /// The 32 bytes that name a wallet's holder towards the issuer, and nowhere else.
    Pseudonym
}

identifier! {
    /// `U`, the identity key of a wallet in one epoch, in its canonical encoding.
    IdentityKey
}

/// The 32 random bytes that everything in a wallet derives from. Wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Master([u8; 32]);

impl Master {
    /// Takes charge of 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for derivations inside this crate.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The identity of an epoch. Errors: `E_ENCODING` if `u` is zero (probability 2^-252).
    pub fn identity(&self, epoch: u32) -> Result<Identity> {
        let u = SecretScalar::derive(Label::IdentitySecret, &[&self.0, &epoch.to_be_bytes()]);
        let public = Point::base(u.expose())?;
        Ok(Identity { u, public, epoch })
    }
}

impl core::fmt::Debug for Master {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Master(redacted)")
    }
}

/// The secret identity of a wallet in one epoch: `u` and `U = uG`.
#[derive(Debug)]
pub struct Identity {
    u: SecretScalar,
    public: Point,
    epoch: u32,
}

impl Identity {
    /// `U` as a point.
    #[must_use]
    pub fn point(&self) -> &Point {
        &self.public
    }

    /// `U` as a name.
    #[must_use]
    pub fn key(&self) -> IdentityKey {
        IdentityKey(self.public.bytes())
    }

    /// The wallet epoch this identity belongs to.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    pub(crate) fn u(&self) -> &SecretScalar {
        &self.u
    }

    /// Makes the registration of this identity: the proof of possession with `fresh` random bytes
    /// and the device's signature.
    #[must_use]
    pub fn register(
        &self,
        master: &Master,
        registrar: RegistrarId,
        pseudonym: Pseudonym,
        device: &SecretKey,
        fresh: &[u8; 32],
    ) -> Registration {
        let context = context(registrar, pseudonym, device.public(), self.epoch);
        let a = SecretScalar::derive(Label::PopNonce, &[master.expose(), &context, fresh]);
        let nonce = Point::base(a.expose()).expect("a hash is zero with probability 2^-252");
        let e = challenge(&self.public, &nonce, &context);
        let pop = Pop { nonce, y: a.plus_times(&e, self.u()) };
        let signed = [&self.public.bytes()[..], &pop.to_bytes(), &context];
        let signature = device.sign(Label::Register, &signed);
        let record = Record {
            registrar,
            pseudonym,
            device: device.public(),
            epoch: self.epoch,
            pop,
            signature,
        };
        Registration { identity: self.public, record }
    }
}

/// Proof of possession `R || y`: a Schnorr proof that the registrant knows `u`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pop {
    nonce: Point,
    y: Scalar,
}

impl Encode for Pop {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.nonce);
        writer.put(&self.y);
    }
}

impl Decode for Pop {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { nonce: reader.get()?, y: reader.get()? })
    }
}

/// What the registrar keeps about an identity, and what a double-spend proof carries: 228 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The intermediary that knows the holder.
    pub registrar: RegistrarId,
    /// The holder's name towards the issuer.
    pub pseudonym: Pseudonym,
    /// The device that signs the wallet's requests.
    pub device: PublicKey,
    /// Counts the identities of this wallet; a restore begins a new one (`[ID3]`).
    pub epoch: u32,
    /// Proof of possession.
    pub pop: Pop,
    /// The device's signature over `X("register", U || PoP || ctx)`.
    pub signature: Signature,
}

impl Record {
    /// Checks the proof of possession and the device's signature for an identity (`[ID1]`).
    /// Errors: `E_POP`, then `E_AUTH`.
    pub fn verify(&self, identity: &Point) -> Result<()> {
        self.verify_pop(identity)?;
        self.verify_device(identity)
    }

    /// Checks the proof of possession for an identity. Errors: `E_POP`.
    pub fn verify_pop(&self, identity: &Point) -> Result<()> {
        let e = challenge(identity, &self.pop.nonce, &self.context());
        // yG = R + eU, written as yG - eU = R so that the identity element never needs a name.
        let expected = Point::base_minus(&self.pop.y, &e, identity).map_err(|_| Error::Pop)?;
        if expected == self.pop.nonce { Ok(()) } else { Err(Error::Pop) }
    }

    /// Checks the device's signature for an identity. Errors: `E_AUTH`.
    pub fn verify_device(&self, identity: &Point) -> Result<()> {
        let signed = [&identity.bytes()[..], &self.pop.to_bytes(), &self.context()];
        self.device.verify(Label::Register, &signed, &self.signature)
    }

    fn context(&self) -> [u8; 32] {
        context(self.registrar, self.pseudonym, self.device, self.epoch)
    }
}

impl Encode for Record {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.registrar);
        writer.put(&self.pseudonym);
        writer.put(&self.device);
        writer.u32(self.epoch);
        writer.put(&self.pop);
        writer.put(&self.signature);
    }
}

impl Decode for Record {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            registrar: reader.get()?,
            pseudonym: reader.get()?,
            device: reader.get()?,
            epoch: reader.u32()?,
            pop: reader.get()?,
            signature: reader.get()?,
        })
    }
}

/// `U || Record`: what enrols a wallet. 260 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// `U`.
    pub identity: Point,
    /// The record that will be kept.
    pub record: Record,
}

impl Registration {
    /// `U` as a name.
    #[must_use]
    pub fn key(&self) -> IdentityKey {
        IdentityKey(self.identity.bytes())
    }

    /// Checks everything of `[ID1]` that needs no memory. Errors: `E_POP`, then `E_AUTH`; a
    /// registrar that wants `E_DUPLICATE_U` to stand between them asks [`Record::verify_pop`]
    /// first.
    pub fn verify(self) -> Result<VerifiedRegistration> {
        self.record.verify(&self.identity)?;
        Ok(VerifiedRegistration(self))
    }
}

impl Encode for Registration {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.identity);
        writer.put(&self.record);
    }
}

impl Decode for Registration {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { identity: reader.get()?, record: reader.get()? })
    }
}

/// Evidence that a registration's proof and signature hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRegistration(Registration);

impl VerifiedRegistration {
    /// What was verified.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.0
    }
}

/// `ctx` of section 4: binds the proof to registrar, holder, device and epoch.
fn context(
    registrar: RegistrarId,
    pseudonym: Pseudonym,
    device: PublicKey,
    epoch: u32,
) -> [u8; 32] {
    let epoch = epoch.to_be_bytes();
    h32(Label::PopContext, &[&registrar.0, &pseudonym.0, &device.0, &epoch])
}

/// `e = HS("pop", U || R || ctx)`.
fn challenge(identity: &Point, nonce: &Point, context: &[u8; 32]) -> Scalar {
    hs(Label::Pop, &[&identity.bytes(), &nonce.bytes(), context])
}
