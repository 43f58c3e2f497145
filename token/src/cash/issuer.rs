//! The issuer's half of cashing.

use super::{CashItem, Instruction, InstructionBytes, end_of, instruction_hash};
use crate::chain::Chain;
use crate::date::Day;
use crate::double_spend::{Conflict, Evidence, double_spends};
use crate::encode::Decode;
use crate::endorse::{Endorsement, State};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::series::Dates;
use crate::signature::PublicKey;
use crate::transcript::Label;
use rand_core::CryptoRng;
use std::collections::BTreeSet;

/// Where an item is presented, which decides what its instruction must be (`[C2]` 3).
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

impl CashItem {
    /// The checks of `[C2]` up to the evidence: whatever passes is kept, even if cashing is
    /// refused.
    /// Errors: `E_KIND` unless the chain ends with a key, `E_INSTR`, `E_HOPS`, `E_DUP_SLOT`,
    /// `E_TARGET`, `E_DEADLINE`, `E_VALUE`, `E_CERT`, `E_RESPONSE`.
    pub fn verify(
        self,
        purpose: Purpose,
        manifest: &Manifest,
        rng: &mut impl CryptoRng,
    ) -> Result<VerifiedItem> {
        let item = self.verify_unanswered(purpose, manifest)?;
        Chain::check_answers([item.chain()], rng)?;
        Ok(item)
    }

    /// The same for the items of one request, with the same outcome for each. The answers of all
    /// of them are checked in one weighted equation, which costs far less than one per item; if it
    /// does not hold, each item's are checked by themselves. Errors: per item, as for
    /// [`Self::verify`]; items that could not be read keep their error.
    pub fn verify_all(
        items: impl IntoIterator<Item = Result<Self>>,
        purpose: Purpose,
        manifest: &Manifest,
        rng: &mut impl CryptoRng,
    ) -> Vec<Result<VerifiedItem>> {
        let items = items.into_iter().map(|item| item?.verify_unanswered(purpose, manifest));
        let items: Vec<_> = items.collect();
        if Chain::check_answers(items.iter().flatten().map(VerifiedItem::chain), rng).is_ok() {
            return items;
        }
        let alone = items.into_iter().map(|item| {
            let item = item?;
            Chain::check_answers([item.chain()], rng)?;
            Ok(item)
        });
        alone.collect()
    }

    /// Everything but the answers. What comes out is evidence of nothing until they are checked.
    fn verify_unanswered(self, purpose: Purpose, manifest: &Manifest) -> Result<VerifiedItem> {
        let end = end_of(&self.chain)?;
        let instruction = purpose.instruction(&self.instruction)?;
        let dates = check_signed(&self.chain, manifest)?;
        let signed = self.check_signature();
        Ok(VerifiedItem { end, instruction, dates, signed, item: self })
    }

    /// Verifies the word of the key that the chain ends with. Errors: `E_KIND`, `E_AUTH`.
    pub fn check_signature(&self) -> Result<()> {
        let key = PublicKey(end_of(&self.chain)?.target);
        let signed = [&self.chain.final_state().0[..], &instruction_hash(&self.instruction)];
        key.verify(Label::Cash, &signed, &self.signature)
    }
}

/// Everything that `[C2]` checks about a chain before its endorsements are evidence, and the dates
/// of its series. Errors: `E_HOPS`, `E_DUP_SLOT`, `E_TARGET`, `E_DEADLINE`, `E_VALUE`, `E_CERT`,
/// `E_RESPONSE`.
pub(crate) fn check_chain(
    chain: &Chain,
    manifest: &Manifest,
    rng: &mut impl CryptoRng,
) -> Result<Dates> {
    let dates = check_signed(chain, manifest)?;
    Chain::check_answers([chain], rng)?;
    Ok(dates)
}

/// The same without the answers.
fn check_signed(chain: &Chain, manifest: &Manifest) -> Result<Dates> {
    let series = manifest.slot_key(chain.token().series())?;
    chain.check_hops(series)?;
    chain.check_slots_distinct(&mut BTreeSet::new())?;
    chain.check_targets()?;
    chain.check_slot_days()?;
    chain.check_signatures(manifest)?;
    Ok(series.series.dates)
}

/// How a token was paid, as the registry holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cashed {
    /// To an item.
    Item {
        /// The token's last state.
        final_state: State,
        /// What it was cashed for.
        instruction: Instruction,
    },
    /// To a claim (`[R3]`), which no item repeats.
    Claim,
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

/// Evidence that an item's chain holds: its endorsements go into the table of answers (`[D1]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedItem {
    item: CashItem,
    end: Endorsement,
    instruction: Instruction,
    dates: Dates,
    /// Whether the key that the chain ends with has signed. It counts only after the evidence is
    /// kept, but costs too much for where items are decided one after the other.
    signed: Result<()>,
}

impl VerifiedItem {
    /// What was verified.
    #[must_use]
    pub fn item(&self) -> &CashItem {
        &self.item
    }

    fn chain(&self) -> &Chain {
        &self.item.chain
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

    /// The rest of `[C2]`, after the evidence is inserted. `cashed` is what the registry holds
    /// about the token, `known` all evidence about the slots of its chain.
    #[must_use]
    pub fn decide(&self, today: Day, cashed: Option<&Cashed>, known: &[Evidence]) -> Outcome {
        let refused = |error| Outcome::Refused(error, Vec::new());
        let chain = &self.item.chain;
        if let Err(error) = self.signed {
            return refused(error);
        }
        let instruction = self.instruction;
        let presented = Cashed::Item { final_state: chain.final_state(), instruction };
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
        let conflicts = double_spends(chain, known);
        let error = if conflicts.is_empty() { Error::Cashed } else { Error::Double };
        Outcome::Refused(error, conflicts)
    }
}
