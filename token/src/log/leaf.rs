//! Leaves: what the issuer publishes of each of its effects.
//!
//! A leaf names institutions, amounts and keys, never a person or a payment: signed and cashed
//! tokens are counted per intermediary and denomination, and an offence appears as the hash of its
//! proof. Days stand for times, so that the log tells nobody when exactly anything happened.

use super::LogHash;
use crate::amount::{Amount, Currency};
use crate::cashed_list::Commitment;
use crate::date::Day;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::identity::RegistrarId;
use crate::policy::Policy;
use crate::revocation::SignedRevocation;
use crate::rollback::Rollback;
use crate::series::{DenominationId, SeriesId, read_version};
use crate::signature::Signature;
use crate::slot::SlotId;
use crate::treasury::Submission;

/// One leaf: an effect and its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The issuer's day of the effect.
    pub day: Day,
    /// What happened.
    pub effect: Effect,
}

/// So many tokens of one denomination, for one intermediary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The intermediary that asked.
    pub intermediary: RegistrarId,
    /// The denomination.
    pub denomination: DenominationId,
    /// How many, at least one.
    pub count: u64,
}

/// Currency that moved from one intermediary to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transfer {
    /// Whose vault or guarantee was debited.
    pub payer: RegistrarId,
    /// Whose vault was credited.
    pub payee: RegistrarId,
    /// Of what.
    pub currency: Currency,
    /// How much, in minor units.
    pub amount: Amount,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A manifest is valid from now on (`[S4]`).
    Manifest {
        /// Canonical bytes of the manifest.
        manifest: Vec<u8>,
        /// The root's signature.
        signature: Signature,
        /// The policy that the manifest names (`[S6]`).
        policy: Policy,
    },
    /// The root revoked something (`[X1]`).
    Revocation(SignedRevocation),
    /// Tokens were signed: they circulate now.
    Signed(Tokens),
    /// Tokens were cashed: they circulate no more.
    Cashed(Tokens),
    /// Tokens that nobody cashed were paid to their claims (`[R3]`).
    Claimed(Tokens),
    /// An offence is proved, and the wallet closed; the hash is `H32("guilt", Proof)` (`[D3]`).
    Incident([u8; 32]),
    /// A slot answered twice and belongs to no registered wallet: the alarm UNTRACED (`[D2]`).
    Untraced(SlotId),
    /// Currency moved from one vault to another.
    Transfer(Transfer),
    /// A guarantee made good what a double spend took from the payee's holder (`[S6]`).
    Redress(Transfer),
    /// A supply instruction was carried out, with the approvals it had (`[T1]`).
    Supply(Submission),
    /// The issuer went on from an older copy of its books: the leaves before are the copy's, and
    /// the log had more (`[X4]`).
    Rollback(Rollback),
    /// The deposit days of a series are over: what was cashed of it (`[C4]`).
    CashedList(SeriesId, Commitment),
}

impl Leaf {
    /// The leaf's hash in the tree.
    #[must_use]
    pub fn hash(&self) -> LogHash {
        LogHash::leaf(&self.to_bytes())
    }
}

impl Encode for Tokens {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.intermediary);
        writer.put(&self.denomination);
        writer.u64(self.count);
    }
}

impl Decode for Tokens {
    /// Errors: `E_ENCODING`, also for no tokens at all.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (intermediary, denomination, count) = (reader.get()?, reader.get()?, reader.u64()?);
        if count == 0 {
            return Err(Error::Encoding);
        }
        Ok(Self { intermediary, denomination, count })
    }
}

impl Encode for Transfer {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.payer);
        writer.put(&self.payee);
        writer.put(&self.currency);
        writer.put(&self.amount);
    }
}

impl Decode for Transfer {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (payer, payee) = (reader.get()?, reader.get()?);
        Ok(Self { payer, payee, currency: reader.get()?, amount: reader.get()? })
    }
}

impl Encode for Leaf {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(1);
        writer.put(&self.day);
        match &self.effect {
            Effect::Manifest { manifest, signature, policy } => {
                writer.u8(1);
                writer.sized(manifest);
                writer.put(signature);
                writer.put(policy);
            }
            Effect::Revocation(revocation) => {
                writer.u8(2);
                writer.put(revocation);
            }
            Effect::Signed(tokens) => {
                writer.u8(3);
                writer.put(tokens);
            }
            Effect::Cashed(tokens) => {
                writer.u8(4);
                writer.put(tokens);
            }
            Effect::Incident(proof_hash) => {
                writer.u8(5);
                writer.put(proof_hash);
            }
            Effect::Untraced(slot) => {
                writer.u8(6);
                writer.put(slot);
            }
            Effect::Transfer(transfer) => {
                writer.u8(8);
                writer.put(transfer);
            }
            Effect::Redress(transfer) => {
                writer.u8(10);
                writer.put(transfer);
            }
            Effect::Rollback(rollback) => {
                writer.u8(11);
                writer.put(rollback);
            }
            Effect::CashedList(series, commitment) => {
                writer.u8(12);
                writer.put(series);
                writer.put(commitment);
            }
            Effect::Supply(submission) => {
                writer.u8(7);
                writer.put(submission);
            }
            Effect::Claimed(tokens) => {
                writer.u8(9);
                writer.put(tokens);
            }
        }
    }
}

impl Decode for Leaf {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        read_version(reader)?;
        let day = reader.get()?;
        let effect = match reader.u8()? {
            1 => Effect::Manifest {
                manifest: reader.sized()?.to_vec(),
                signature: reader.get()?,
                policy: reader.get()?,
            },
            2 => Effect::Revocation(reader.get()?),
            3 => Effect::Signed(reader.get()?),
            4 => Effect::Cashed(reader.get()?),
            5 => Effect::Incident(reader.get()?),
            6 => Effect::Untraced(reader.get()?),
            7 => Effect::Supply(reader.get()?),
            8 => Effect::Transfer(reader.get()?),
            9 => Effect::Claimed(reader.get()?),
            10 => Effect::Redress(reader.get()?),
            11 => Effect::Rollback(reader.get()?),
            12 => Effect::CashedList(reader.get()?, reader.get()?),
            _ => return Err(Error::Encoding),
        };
        Ok(Self { day, effect })
    }
}
