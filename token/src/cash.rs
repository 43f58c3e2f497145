//! Cashing (section 9): tokens become account money, or fund a withdrawal.

mod issuer;

pub use issuer::{Cashed, Outcome, Purpose, VerifiedItem};

pub(crate) use issuer::check_chain;

use crate::chain::Chain;
use crate::encode::{Decode, Encode, Reader, Writer, identifier};
use crate::endorse::{Endorsement, Kind};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::signature::{SecretKey, Signature};
use crate::transcript::{Label, h32};

identifier! {
    /// An account as the issuer sees it: 32 bytes that mean something to one intermediary only.
    AccountRef
}

/// What a cashed token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Credit an account.
    Credit(AccountRef),
    /// Fund the withdrawal or exchange with this plan hash.
    Fund([u8; 32]),
}

impl Encode for Instruction {
    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Credit(account) => {
                writer.u8(1);
                writer.put(account);
            }
            Self::Fund(plan_hash) => {
                writer.u8(2);
                writer.put(plan_hash);
            }
        }
    }
}

impl Decode for Instruction {
    /// Errors: `E_INSTR` for another kind than CREDIT and FUND, `E_ENCODING`.
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => reader.get().map(Self::Credit),
            2 => reader.get().map(Self::Fund),
            _ => Err(Error::Instr),
        }
    }
}

type InstructionBytes = [u8; 33];

/// A chain and the word of the key that it ends with on what to do with the money. Whether it ends
/// with a key and what the word says is for [`Self::verify`] to find out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashItem {
    chain: Chain,
    instruction: InstructionBytes,
    signature: Signature,
}

impl CashItem {
    /// Signs an instruction with the key that the chain ends with.
    /// Errors: `E_KIND` unless it ends with this key.
    pub fn sign(chain: Chain, instruction: Instruction, key: &SecretKey) -> Result<Self> {
        if end_of(&chain)?.target != key.public().0 {
            return Err(Error::Kind);
        }
        let instruction = instruction.to_bytes().try_into().expect("a kind and 32 bytes");
        let instr = instruction_hash(&instruction);
        let signature = key.sign(Label::Cash, &[&chain.final_state().0, &instr]);
        Ok(Self { chain, instruction, signature })
    }

    /// Reads an item that is all of `bytes`.
    /// Errors: those of the chain: `E_ENCODING`, `E_DENOMINATION`, `E_KIND`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let chain = Chain::decode(&mut reader, manifest)?;
        let (instruction, signature) = (reader.get()?, reader.get()?);
        reader.finish()?;
        Ok(Self { chain, instruction, signature })
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What the item says the money is for, before anything is verified. Errors: `E_INSTR`.
    pub fn stated_instruction(&self) -> Result<Instruction> {
        Instruction::from_bytes(&self.instruction)
    }
}

impl Encode for CashItem {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.chain);
        writer.put(&self.instruction);
        writer.put(&self.signature);
    }
}

/// The endorsement to a key that a chain ends with. Errors: `E_KIND` if it ends with a slot.
pub(crate) fn end_of(chain: &Chain) -> Result<Endorsement> {
    let last = chain.last().map(|link| link.endorsement);
    last.filter(|last| last.kind == Kind::Key).ok_or(Error::Kind)
}

fn instruction_hash(instruction: &InstructionBytes) -> [u8; 32] {
    h32(Label::Instr, &[instruction])
}
