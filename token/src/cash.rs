//! Cashing (section 9): tokens become account money, or fund a withdrawal.

use crate::chain::Chain;
use crate::date::Day;
use crate::double_spend::{Conflict, Evidence, Offence, conflicts};
use crate::encode::{Decode, Encode, Reader, Writer, identifier};
use crate::endorse::{Endorsement, Kind, State};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::series::Dates;
use crate::signature::{PublicKey, SecretKey, Signature};
use crate::transcript::{Label, h32};
use rand_core::CryptoRng;
use std::collections::BTreeSet;

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

/// Where an item is presented, which decides what its instruction must be ([C2] 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// In a deposit: CREDIT, whatever the account.
    Deposit,
    /// In the withdrawal or exchange with this plan hash: FUND, for this very plan.
    Fund([u8; 32]),
}

impl Purpose {
    /// Reads an instruction that serves this purpose. Errors: `E_INSTR`.
    fn instruction(self, bytes: &InstructionBytes) -> Result<Instruction> {
        let instruction = Instruction::from_bytes(bytes)?;
        let serves = match (self, instruction) {
            (Self::Deposit, Instruction::Credit(_)) => true,
            (Self::Fund(plan), Instruction::Fund(named)) => plan == named,
            (Self::Deposit, Instruction::Fund(_)) | (Self::Fund(_), Instruction::Credit(_)) => {
                false
            }
        };
        if serves { Ok(instruction) } else { Err(Error::Instr) }
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

    /// The checks of [C2] up to the evidence: whatever passes is kept, even if cashing is refused.
    /// Errors: `E_KIND` unless the chain ends with a key, `E_INSTR`, `E_HOPS`, `E_DUP_SLOT`,
    /// `E_TARGET`, `E_DEADLINE`, `E_VALUE`, `E_CERT`, `E_RESPONSE`.
    pub fn verify(
        self,
        purpose: Purpose,
        manifest: &Manifest,
        rng: &mut impl CryptoRng,
    ) -> Result<VerifiedItem> {
        let end = end_of(&self.chain)?;
        let instruction = purpose.instruction(&self.instruction)?;
        let series = manifest.slot_key(self.chain.token().series())?;
        self.chain.check_hops(series)?;
        self.chain.check_slots_distinct(&mut BTreeSet::new())?;
        self.chain.check_targets()?;
        self.chain.check_slot_days()?;
        self.chain.check_signatures(manifest)?;
        Chain::check_answers([&self.chain], rng)?;
        Ok(VerifiedItem { end, instruction, dates: series.series.dates, item: self })
    }
}

impl Encode for CashItem {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.chain);
        writer.put(&self.instruction);
        writer.put(&self.signature);
    }
}

/// What the registry holds about a cashed token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cashed {
    /// Its last state.
    pub final_state: State,
    /// What it was cashed for.
    pub instruction: Instruction,
}

/// What the registry says to a verified item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Pay it now.
    Pay,
    /// It was paid before with the same state and instruction: the same answer again.
    AlreadyPaid,
    /// It is refused, with the conflicting endorsements if there are any.
    Refused(Error, Vec<Conflict>),
}

/// Evidence that an item's chain holds: its endorsements go into the table of answers ([D1]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedItem {
    item: CashItem,
    end: Endorsement,
    instruction: Instruction,
    dates: Dates,
}

impl VerifiedItem {
    /// What was verified.
    #[must_use]
    pub fn item(&self) -> &CashItem {
        &self.item
    }

    /// What the money is for.
    #[must_use]
    pub fn instruction(&self) -> Instruction {
        self.instruction
    }

    /// Every endorsement of the chain, as the table of answers keeps it.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        Evidence::of(&self.item.chain)
    }

    /// The rest of [C2], after the evidence is inserted. `cashed` is what the registry holds about
    /// the token, `known` all evidence about the slots of its chain.
    #[must_use]
    pub fn decide(&self, today: Day, cashed: Option<&Cashed>, known: &[Evidence]) -> Outcome {
        let refused = |error| Outcome::Refused(error, Vec::new());
        let CashItem { chain, instruction, signature } = &self.item;
        let signed = [&chain.final_state().0[..], &instruction_hash(instruction)];
        if PublicKey(self.end.target).verify(Label::Cash, &signed, signature).is_err() {
            return refused(Error::Auth);
        }
        let instruction = self.instruction;
        let presented = Cashed { final_state: chain.final_state(), instruction };
        if cashed == Some(&presented) {
            return Outcome::AlreadyPaid;
        }
        if !self.dates.may_cash(today) {
            return refused(Error::Expired);
        }
        let day = self.end.day;
        if day != Day(0) && (day < today || day > self.dates.deposit_until) {
            return refused(Error::Deadline);
        }
        if cashed.is_none() {
            return Outcome::Pay;
        }
        // A slot that also answered for another token accuses nobody of a double spend ([D4]).
        let mut conflicts = conflicts(chain, known);
        conflicts.retain(|conflict| conflict.offence == Offence::DoubleSpend);
        let error = if conflicts.is_empty() { Error::Cashed } else { Error::Double };
        Outcome::Refused(error, conflicts)
    }
}

/// The endorsement to a key that a chain ends with. Errors: `E_KIND` if it ends with a slot.
fn end_of(chain: &Chain) -> Result<Endorsement> {
    let last = chain.last().map(|link| link.endorsement);
    last.filter(|last| last.kind == Kind::Key).ok_or(Error::Kind)
}

fn instruction_hash(instruction: &InstructionBytes) -> [u8; 32] {
    h32(Label::Instr, &[instruction])
}
