//! Endorsements (section 7): the one answer a slot gives when its token is passed on.
//!
//! Answering takes two steps, so that nobody forgets the durable write between them: a secret
//! becomes a [`Pledge`], whose digest the wallet stores under the slot, and the digest that stands
//! in the store then turns the pledge into an [`Answer`], or is refused as another. A pledge is
//! used up by its answer, and a secret by its pledge.

use crate::date::Day;
use crate::encode::{Decode, Encode, Reader, Writer, head, identifier};
use crate::error::{Error, Result};
use crate::group::{Equation, Scalar};
use crate::identity::Identity;
use crate::signature::PublicKey;
use crate::slot::{Commitments, SlotId, SlotSecret};
use crate::transcript::{Label, h32, x};

identifier! {
    /// Where a token is in its life: `state_0` is the token id, each endorsement gives the next.
    State
}

/// `D`: the 64 bytes a slot answers. A slot answers one of them in its life.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(pub [u8; 64]);

impl Digest {
    /// What a wallet keeps under a slot that shall never answer, as after a restore (`[ID3]`). No
    /// endorsement has this digest: its challenge is zero, which no answer fits.
    pub const DEAD: Self = Self([0; 64]);

    /// `c`: the digest as a challenge.
    #[must_use]
    pub fn challenge(&self) -> Scalar {
        Scalar::from_wide(&self.0)
    }

    /// The state after this endorsement.
    #[must_use]
    pub fn next_state(&self) -> State {
        State(h32(Label::State, &[&self.0]))
    }
}

impl core::fmt::Debug for Digest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Digest({:08x}…)", head(&self.0))
    }
}

impl Encode for Digest {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for Digest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self)
    }
}

/// To what a token is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To a slot, from which it can be passed on again.
    Slot,
    /// To an Ed25519 key, which can only cash it.
    Key,
}

impl Encode for Kind {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self {
            Self::Slot => 1,
            Self::Key => 2,
        });
    }
}

impl Decode for Kind {
    /// Errors: `E_KIND` for another kind than SLOT and KEY, `E_ENCODING`.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Slot),
            2 => Ok(Self::Key),
            _ => Err(Error::Kind),
        }
    }
}

/// `E`: what an endorsement says; 85 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endorsement {
    /// Slot or key.
    pub kind: Kind,
    /// The slot id or key.
    pub target: [u8; 32],
    /// Last day to cash, KEY only; zero means the series' last deposit day.
    pub day: Day,
    /// Binds the endorsement to one item of one offer.
    pub nonce: [u8; 32],
    /// The answering slot's own salt.
    pub salt: [u8; 16],
}

impl Encode for Endorsement {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.kind);
        writer.put(&self.target);
        writer.put(&self.day);
        writer.put(&self.nonce);
        writer.put(&self.salt);
    }
}

impl Decode for Endorsement {
    /// Errors: `E_KIND` for another kind than SLOT and KEY, `E_ENCODING`.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            kind: reader.get()?,
            target: reader.get()?,
            day: reader.get()?,
            nonce: reader.get()?,
            salt: reader.get()?,
        })
    }
}

/// Which slot answers, for which token in which state, as the how-manieth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The answering slot.
    pub slot: SlotId,
    /// How many endorsements came before, `j`.
    pub position: u8,
    /// The token's state before, `state_j`.
    pub state: State,
}

impl Place {
    /// `D_j = X("endorse", state_j || u8 j || slot_id_j || E_j)`.
    #[must_use]
    pub fn digest(&self, endorsement: &Endorsement) -> Digest {
        let parts = [&self.state.0[..], &[self.position], &self.slot.0, &endorsement.to_bytes()];
        Digest(x(Label::Endorse, &parts))
    }
}

/// `z || w`: a slot's answer; 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `u + ck`.
    pub z: Scalar,
    /// `delta + c rho`.
    pub w: Scalar,
}

impl Answer {
    /// The statement that this answers a digest for a slot with these commitments.
    #[must_use]
    pub fn equation<'a>(&'a self, digest: &Digest, slot: &'a Commitments) -> Equation<'a> {
        let c = digest.challenge();
        Equation { z: &self.z, w: &self.w, c0: &slot.c0, c, c1: &slot.c1 }
    }

    /// Verifies the answer. Errors: `E_RESPONSE`, also for a zero challenge.
    pub fn verify(&self, digest: &Digest, slot: &Commitments) -> Result<()> {
        let equation = self.equation(digest, slot);
        if !equation.c.is_zero() && equation.holds() { Ok(()) } else { Err(Error::Response) }
    }
}

impl Encode for Answer {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.z);
        writer.put(&self.w);
    }
}

impl Decode for Answer {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { z: reader.get()?, w: reader.get()? })
    }
}

/// What a holder wants an endorsement to say; the slot adds its salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Slot or key.
    pub kind: Kind,
    /// The slot id or key.
    pub target: [u8; 32],
    /// Last day to cash, KEY only; zero means the series' last deposit day.
    pub day: Day,
    /// Binds the endorsement to one item of one offer.
    pub nonce: [u8; 32],
}

impl Terms {
    /// Passes a token on to a payee's slot.
    #[must_use]
    pub fn to_slot(slot: SlotId, nonce: [u8; 32]) -> Self {
        Self { kind: Kind::Slot, target: slot.0, day: Day(0), nonce }
    }

    /// Passes a token on to a key until the series' last deposit day.
    #[must_use]
    pub fn to_key(key: PublicKey, nonce: [u8; 32]) -> Self {
        Self { kind: Kind::Key, target: key.0, day: Day(0), nonce }
    }
}

/// A slot secret bound to one endorsement. It gives its answer only against the stored digest.
/// Not printable: the endorsement holds the slot's salt, which nobody may know before the answer.
pub struct Pledge {
    secret: SlotSecret,
    endorsement: Endorsement,
    digest: Digest,
}

impl SlotSecret {
    /// Binds the secret, which is used up, to one endorsement at one place (`[E1]`).
    #[must_use]
    pub fn pledge(self, place: &Place, terms: Terms) -> Pledge {
        let Terms { kind, target, day, nonce } = terms;
        let endorsement = Endorsement { kind, target, day, nonce, salt: *self.salt };
        let digest = place.digest(&endorsement);
        Pledge { secret: self, endorsement, digest }
    }
}

impl Pledge {
    /// What must be stored under the slot before the answer exists.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Answers, if `stored` is what the wallet durably holds under this slot.
    /// Errors: `E_ALREADY_ANSWERED` if the slot stands for another digest.
    pub fn answer(self, stored: &Digest, identity: &Identity) -> Result<(Endorsement, Answer)> {
        if *stored != self.digest {
            return Err(Error::AlreadyAnswered);
        }
        let c = self.digest.challenge();
        let z = identity.u().plus_times(&c, &self.secret.k);
        let w = self.secret.delta.plus_times(&c, &self.secret.rho);
        Ok((self.endorsement, Answer { z, w }))
    }
}

impl core::fmt::Debug for Pledge {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Pledge(redacted)")
    }
}
