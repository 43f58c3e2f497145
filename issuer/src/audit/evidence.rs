//! Evidence: every answer that a presentation shows can be found by its slot, and nothing else is
//! kept as one; slots that answered twice are somebody's offence or nobody's slot.

use super::claims::subject;
use super::marks::Marks;
use crate::rows::{
    AnswerList, Answers, AskedClaim, ConvictionKey, Count, Found, Position, Presentation,
    Presentations, Presented, Shown,
};
use crate::store::{Fault, Store};
use crate::view::View;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tender_token::cash::Instruction;
use tender_token::chain::Chain;
use tender_token::claim::Form;
use tender_token::double_spend::{Evidence, Offence};
use tender_token::endorse::Digest;
use tender_token::manifest::Manifest;
use tender_token::series::DenominationId;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// What was presented, and how it is kept.
#[derive(Debug, Default)]
pub struct Kept {
    presentations: u64,
    /// Tokens that were presented and not paid, by denomination.
    unpaid: BTreeMap<DenominationId, BTreeSet<TokenId>>,
    /// The same, of items for an account only.
    refused: BTreeMap<DenominationId, BTreeSet<TokenId>>,
    wrong: Vec<String>,
    /// Answers that nobody is accused of although there are two.
    unjudged: Vec<String>,
}

/// A presentation, read.
struct Row {
    number: Count,
    chain: Option<Chain>,
    credit: bool,
    claim: Option<(AskedClaim, bool)>,
}

impl Kept {
    /// Reads presentations and answers. `marks` has the presentations that other rows refer to.
    /// Errors: [`Fault`].
    pub fn read(store: &Store, manifest: &Manifest, marks: &mut Marks) -> Result<Self, Fault> {
        let mut kept = Self::default();
        store.scan_some::<Presentations>(|rows| kept.read_shown(store, manifest, marks, &rows))?;
        store.scan_some::<Answers>(|rows| {
            let mut view = View::default();
            for (_, answers) in &rows {
                let found = answers.entries().iter();
                found.for_each(|found| view.presentations.want(found.presentation));
            }
            store.load(&mut view)?;
            let read = rows.par_iter().map(|(slot, answers)| {
                (
                    *slot,
                    answers.entries().len(),
                    read_answers(*slot, answers.entries(), &view, manifest),
                )
            });
            kept.judge(store, read.collect())
        })?;
        if marks.count() == kept.presentations {
            return Ok(kept);
        }
        store.scan_some::<Presentations>(|rows| {
            for (number, row) in rows.into_iter().filter(|(number, _)| !marks.has(*number)) {
                kept.question(store, manifest, number, row)?;
            }
            Ok(())
        })?;
        Ok(kept)
    }

    /// Tokens of a denomination that were presented and not paid.
    pub fn unpaid(&self, id: DenominationId) -> u64 {
        let tokens = self.unpaid.get(&id).map_or(0, BTreeSet::len);
        u64::try_from(tokens).unwrap_or(u64::MAX)
    }

    /// The same, of items for an account only.
    pub fn refused(&self, id: DenominationId) -> u64 {
        let tokens = self.refused.get(&id).map_or(0, BTreeSet::len);
        u64::try_from(tokens).unwrap_or(u64::MAX)
    }

    /// Says what is not kept as it was shown.
    pub fn check(&self, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        violations.extend(self.wrong.iter().map(|wrong| format!("single-spend: {wrong}")));
        violations.len() == before
    }

    /// Says which contradictions nobody followed up.
    pub fn check_judged(&self, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        violations.extend(self.unjudged.iter().map(|wrong| format!("no-framing: {wrong}")));
        violations.len() == before
    }

    fn read_shown(
        &mut self,
        store: &Store,
        manifest: &Manifest,
        marks: &mut Marks,
        rows: &[(Count, Presentation)],
    ) -> Result<(), Fault> {
        let read = rows.par_iter().map(|(number, row)| read(*number, row, manifest).ok_or(*number));
        let mut view = View::default();
        let mut shown = Vec::with_capacity(rows.len());
        for row in read.collect::<Vec<_>>() {
            self.presentations = self.presentations.saturating_add(1);
            match row {
                Ok(row) => shown.push(row),
                Err(number) => {
                    self.wrong.push(format!("presentation {} does not hold", number.0));
                }
            }
        }
        for chain in shown.iter().filter_map(|row| row.chain.as_ref()) {
            chain.slot_ids().for_each(|slot| view.answers.want(slot));
            view.cashed.want(chain.token_id());
        }
        store.load(&mut view)?;
        for row in &shown {
            for (slot, found, _) in answers(row) {
                let kept = view.answers.get(&slot).map(|list| list.entries().to_vec());
                let kept = kept.unwrap_or_default();
                if kept.contains(&found) {
                    marks.mark(row.number);
                } else {
                    let others = kept.iter().map(|one| one.presentation);
                    others.for_each(|number| view.presentations.want(number));
                }
            }
        }
        store.load(&mut view)?;
        for row in shown {
            self.find(&row, &view, manifest);
            self.count(store, manifest, row, &view)?;
        }
        Ok(())
    }

    /// Each answer of a presentation is kept, there or where the same was shown before.
    fn find(&mut self, row: &Row, view: &View, manifest: &Manifest) {
        for (slot, found, digest) in answers(row) {
            let list = view.answers.get(&slot);
            let is_full = list.is_some_and(AnswerList::is_full);
            let entries = list.map(AnswerList::entries).unwrap_or_default();
            let mut others = entries.iter();
            let is_kept = entries.contains(&found)
                || others.any(|one| digest_at(slot, *one, view, manifest) == Some(digest));
            if !is_kept && !is_full {
                self.wrong.push(format!(
                    "the answer of {slot:?} that presentation {} shows is not kept",
                    row.number.0
                ));
            }
        }
    }

    /// Counts tokens that are not paid; whoever opened one is kept.
    fn count(
        &mut self,
        store: &Store,
        manifest: &Manifest,
        row: Row,
        view: &View,
    ) -> Result<(), Fault> {
        if let Some(chain) = &row.chain
            && view.cashed.get(&chain.token_id()).is_none()
        {
            let (token, id) = (chain.token_id(), chain.token().denomination());
            self.unpaid.entry(id).or_default().insert(token);
            if row.credit {
                self.refused.entry(id).or_default().insert(token);
            }
        }
        let Some((asked, opens)) = row.claim else { return Ok(()) };
        if !opens {
            return Ok(());
        }
        let number = row.number.0;
        let Some((token, id)) = subject(store, manifest, asked)? else {
            self.wrong.push(format!("presentation {number} opens nothing that was signed"));
            return Ok(());
        };
        let mut view = View::default();
        view.cashed.want(token);
        view.opened.want(token);
        store.load(&mut view)?;
        if view.cashed.get(&token).is_none() {
            self.unpaid.entry(id).or_default().insert(token);
        }
        if view.opened.get(&token).is_none() {
            self.wrong.push(format!("presentation {number} opened {token:?}, which is not kept"));
        }
        Ok(())
    }

    /// Every contradiction was followed up.
    fn judge(
        &mut self,
        store: &Store,
        read: Vec<(SlotId, usize, Option<Vec<Evidence>>)>,
    ) -> Result<(), Fault> {
        let mut view = View::default();
        let mut offences = Vec::new();
        for (slot, length, evidence) in read {
            let evidence = evidence.filter(|evidence| evidence.len() == length && length > 0);
            let Some(evidence) = evidence else {
                self.wrong.push(format!("the answers that are kept of {slot:?} were not shown"));
                continue;
            };
            for offence in contradictions(&evidence) {
                view.convictions.want(ConvictionKey::new(slot, offence));
                view.untraced.want(slot);
                offences.push((slot, offence));
            }
        }
        store.load(&mut view)?;
        for (slot, offence) in offences {
            let convicted = view.convictions.get(&ConvictionKey::new(slot, offence)).is_some();
            if !convicted && view.untraced.get(&slot).is_none() {
                self.unjudged.push(format!("{slot:?} answered twice, and nobody is accused"));
            }
        }
        Ok(())
    }

    /// A presentation that no row refers to: a claim that led and was outranked, or one row too
    /// many or too few.
    fn question(
        &mut self,
        store: &Store,
        manifest: &Manifest,
        number: Count,
        row: Presentation,
    ) -> Result<(), Fault> {
        let subject = match row.shown {
            Shown::Claim(asked) => subject(store, manifest, asked)?,
            Shown::Item(_) => None,
        };
        let mut view = View::default();
        if let Some((token, _)) = subject {
            view.cashed.want(token);
            view.claims.want(token);
            store.load(&mut view)?;
        }
        let outranked = subject.is_some_and(|(token, _)| {
            view.cashed.get(&token).is_some() || view.claims.get(&token).is_some()
        });
        if !outranked {
            self.wrong.push(format!("nothing refers to presentation {}", number.0));
        }
        Ok(())
    }
}

/// Reads a presentation. `None` if its chain does not hold.
fn read(number: Count, row: &Presentation, manifest: &Manifest) -> Option<Row> {
    let presented = row.read(manifest).ok()?;
    if let Some(chain) = presented.chain() {
        chain.check_again(manifest).ok()?;
    }
    let opens = |presented: &Presented| match presented {
        Presented::Claim(claim) => matches!(claim.form(), Form::Withdrawer(_)),
        Presented::Item(_) => false,
    };
    let credit = match &presented {
        Presented::Item(item) => {
            let credit = matches!(item.stated_instruction(), Ok(Instruction::Credit(_)));
            credit && item.check_signature().is_ok()
        }
        Presented::Claim(_) => false,
    };
    let claim = match &row.shown {
        Shown::Claim(asked) => Some((asked.clone(), opens(presented))),
        Shown::Item(_) => None,
    };
    Some(Row { number, chain: presented.chain().cloned(), credit, claim })
}

/// Every answer that a presentation shows: whose, where, and what.
fn answers(row: &Row) -> impl Iterator<Item = (SlotId, Found, Digest)> {
    let evidence = row.chain.iter().flat_map(Evidence::of);
    evidence.map(|evidence| {
        let position = Position(evidence.place.position);
        let found = Found { presentation: row.number, position };
        (evidence.place.slot, found, evidence.digest())
    })
}

fn at(slot: SlotId, found: Found, view: &View, manifest: &Manifest) -> Option<Evidence> {
    let presented = view.presentations.get(&found.presentation)?.read(manifest).ok()?;
    let evidence = Evidence::of(presented.chain()?).nth(usize::from(found.position.0))?;
    (evidence.place.slot == slot).then_some(evidence)
}

fn digest_at(slot: SlotId, found: Found, view: &View, manifest: &Manifest) -> Option<Digest> {
    at(slot, found, view, manifest).map(|evidence| evidence.digest())
}

/// The answers of a slot. `None` unless each was shown, and is another.
fn read_answers(
    slot: SlotId,
    entries: &[Found],
    view: &View,
    manifest: &Manifest,
) -> Option<Vec<Evidence>> {
    let read = entries.iter().map(|found| at(slot, *found, view, manifest));
    let evidence = read.collect::<Option<Vec<_>>>()?;
    let distinct: BTreeSet<_> = evidence.iter().map(|one| one.digest().0).collect();
    (distinct.len() == evidence.len()).then_some(evidence)
}

/// The offences that any two of these answers prove.
fn contradictions(evidence: &[Evidence]) -> Vec<Offence> {
    let mut found = Vec::new();
    for (at, second) in evidence.iter().enumerate() {
        for first in evidence.iter().take(at) {
            let offence = first.against(second);
            found.extend(offence.filter(|offence| !found.contains(offence)));
        }
    }
    found
}
