//! Rules: what each leaf must keep, given those before it.
//!
//! Days never go back. An instruction is carried out once, in time, as officers approved; nothing
//! is signed after its revocation; a manifest takes nothing away that still circulates. Of no
//! denomination more is cashed, or paid to claims, than was signed. Only where the log has a
//! revocation of the denomination, or of everything, may claims exceed that: other hands have the
//! value key, forged tokens were cashed, and the honest ones are paid against openings (`[X2]`).

use super::Flaw;
use crate::cashed_list::Commitment;
use crate::date::Day;
use crate::log::TreeHead;
use crate::log::leaf::{Effect, Leaf, Tokens};
use crate::manifest::{Manifest, Strictness};
use crate::policy::Policy;
use crate::revocation::{Subject, VerifiedRevocation};
use crate::series::{DenominationId, SeriesId};
use crate::signature::PublicKey;
use crate::treasury::{InstructionId, Submission};
use std::collections::{BTreeMap, BTreeSet};

type Outcome = Result<(), Flaw>;

/// What the leaves so far have said.
pub struct Rules {
    root: PublicKey,
    strictness: Strictness,
    /// The manifest in force, and its policy.
    manifest: Option<(Manifest, Policy)>,
    /// The day of the leaf before.
    day: Day,
    /// Every instruction that was carried out.
    instructions: BTreeSet<InstructionId>,
    /// What was revoked so far, each once.
    revoked: Vec<VerifiedRevocation>,
    /// What is revoked anywhere in the log: the theft came before whoever revoked.
    opened: BTreeSet<DenominationId>,
    everything: bool,
    /// Of every denomination that there ever was.
    tokens: BTreeMap<DenominationId, Counted>,
    /// Series of which it is said what was cashed.
    listed: BTreeSet<SeriesId>,
}

/// Tokens of one denomination.
struct Counted {
    series: SeriesId,
    deposit_until: Day,
    claim_until: Day,
    signed: u64,
    cashed: u64,
    claimed: u64,
}

impl Rules {
    /// The rules for a log of these leaves, before the first one is taken.
    pub fn new(root: PublicKey, strictness: Strictness, leaves: &[Leaf]) -> Self {
        let subjects = leaves.iter().filter_map(|leaf| match &leaf.effect {
            Effect::Revocation(revocation) => revocation.verify(&root).ok(),
            _ => None,
        });
        let (mut opened, mut everything) = (BTreeSet::new(), false);
        for revoked in subjects {
            match revoked.revocation().subject {
                Subject::Denomination(id) => {
                    opened.insert(id);
                }
                // A slot key in other hands puts no value at risk.
                Subject::Series(_) => {}
                Subject::Everything => everything = true,
            }
        }
        Self {
            root,
            strictness,
            manifest: None,
            day: Day(0),
            instructions: BTreeSet::new(),
            revoked: Vec::new(),
            opened,
            everything,
            tokens: BTreeMap::new(),
            listed: BTreeSet::new(),
        }
    }

    /// Checks what the next leaf says; `before` is the tree over those before it.
    pub fn take(&mut self, leaf: &Leaf, before: impl FnOnce() -> Option<TreeHead>) -> Outcome {
        let Leaf { day, effect } = leaf;
        if *day < self.day {
            return Err(Flaw::Day);
        }
        self.day = *day;
        if let Effect::Manifest { manifest, signature, policy } = effect {
            let next = Manifest::verify(manifest, signature, &self.root, policy, self.strictness);
            return self.follow(next.map_err(|_| Flaw::Manifest)?, policy);
        }
        let (manifest, policy) = self.manifest.as_ref().ok_or(Flaw::Founding)?;
        match effect {
            Effect::Revocation(revocation) => {
                let revoked = revocation.verify(&self.root).map_err(|_| Flaw::Revocation)?;
                if !self.revoked.contains(&revoked) {
                    self.revoked.push(revoked);
                }
                Ok(())
            }
            Effect::Supply(submission) => {
                let approved = submission.verify_approvals(manifest.issuer(), policy);
                approved.map_err(|_| Flaw::Supply)?;
                self.carry_out(submission)
            }
            Effect::Rollback(rollback) => {
                let before = before().ok_or(Flaw::Rollback)?;
                let approved = rollback.clone().verify(manifest.issuer(), policy, before);
                approved.map(drop).map_err(|_| Flaw::Rollback)
            }
            Effect::Signed(tokens) => self.sign(tokens),
            Effect::Cashed(tokens) if self.is_listed(tokens.denomination) => Err(Flaw::Listed),
            Effect::CashedList(series, commitment) => self.list(*series, commitment),
            Effect::Cashed(tokens) => self.pay(tokens, |counted| &mut counted.cashed),
            Effect::Claimed(tokens) => self.pay(tokens, |counted| &mut counted.claimed),
            // A manifest was taken above, and what the others tell, nobody outside can know better.
            Effect::Manifest { .. }
            | Effect::Incident(_)
            | Effect::Untraced(_)
            | Effect::Transfer(_)
            | Effect::Redress(_) => Ok(()),
        }
    }

    fn carry_out(&mut self, submission: &Submission) -> Outcome {
        let instruction = &submission.instruction;
        if self.day > instruction.expiry.day() {
            return Err(Flaw::Expired);
        }
        if self.instructions.insert(instruction.id) { Ok(()) } else { Err(Flaw::Repeated) }
    }

    fn sign(&mut self, tokens: &Tokens) -> Outcome {
        let Tokens { denomination, count, .. } = *tokens;
        let counted = self.tokens.get_mut(&denomination).ok_or(Flaw::Denomination)?;
        let ends = |one: &VerifiedRevocation| one.ends_denomination(denomination, counted.series);
        if self.revoked.iter().any(ends) {
            return Err(Flaw::Revoked);
        }
        counted.signed = counted.signed.checked_add(count).ok_or(Flaw::Count)?;
        Ok(())
    }

    fn pay(&mut self, tokens: &Tokens, kind: impl FnOnce(&mut Counted) -> &mut u64) -> Outcome {
        let Tokens { denomination, count, .. } = *tokens;
        let counted = self.tokens.get_mut(&denomination).ok_or(Flaw::Denomination)?;
        let so_far = kind(counted);
        *so_far = so_far.checked_add(count).ok_or(Flaw::Count)?;
        if counted.cashed > counted.signed {
            return Err(Flaw::Cashed);
        }
        let against_openings = self.everything || self.opened.contains(&denomination);
        if counted.circulating().is_none() && !against_openings {
            return Err(Flaw::Paid);
        }
        Ok(())
    }

    fn is_listed(&self, denomination: DenominationId) -> bool {
        let counted = self.tokens.get(&denomination);
        counted.is_some_and(|counted| self.listed.contains(&counted.series))
    }

    /// Whether the list has as many tokens as were cashed. Which ones, only its files show.
    fn list(&mut self, series: SeriesId, commitment: &Commitment) -> Outcome {
        let of = || self.tokens.values().filter(|counted| counted.series == series);
        let is_over = of().next().is_some_and(|counted| self.day > counted.deposit_until);
        let cashed = of().try_fold(0_u64, |sum, counted| sum.checked_add(counted.cashed));
        if !is_over || cashed != Some(commitment.tokens) || !self.listed.insert(series) {
            return Err(Flaw::List);
        }
        Ok(())
    }

    fn follow(&mut self, next: Manifest, policy: &Policy) -> Outcome {
        let follows = match &self.manifest {
            Some((held, _)) => next.follows(held),
            None => next.record().previous.0 == [0; 32],
        };
        if !follows {
            return Err(Flaw::Manifest);
        }
        for (id, counted) in &self.tokens {
            let over = self.day > counted.claim_until;
            let circulates = counted.circulating().is_some_and(|count| count > 0);
            if !over && circulates && next.value_key(*id).is_err() {
                return Err(Flaw::Dropped);
            }
        }
        for (id, key) in next.value_keys() {
            let series = key.denomination.series;
            let dates = next.slot_key(series).map_err(|_| Flaw::Manifest)?.series.dates;
            self.tokens.entry(id).or_insert(Counted {
                series,
                deposit_until: dates.deposit_until,
                claim_until: dates.claim_until,
                signed: 0,
                cashed: 0,
                claimed: 0,
            });
        }
        self.manifest = Some((next, policy.clone()));
        Ok(())
    }
}

impl Counted {
    /// Signed and not yet paid; `None` if more was paid than was signed.
    fn circulating(&self) -> Option<u64> {
        let paid = self.cashed.checked_add(self.claimed)?;
        self.signed.checked_sub(paid)
    }
}
