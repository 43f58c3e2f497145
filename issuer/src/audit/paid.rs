//! Tokens that were paid: each to a presentation of its own, by the word of the key it ended with.

use super::claims::PaidClaim;
use super::marks::Marks;
use super::movements::Movements;
use super::tally::Tally;
use crate::rows::{Account, CashedTokens, Count, ListedKey, Presentation, Presented, Shown};
use crate::store::{Fault, Store};
use crate::verbs::ledger::Draft;
use crate::view::View;
use rayon::prelude::*;
use std::collections::BTreeMap;
use tender_proto::statement::Cause;
use tender_token::cash::{CashItem, Instruction};
use tender_token::date::Timestamp;
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;
use tender_token::series::{DenominationId, SeriesId};
use tender_token::token::TokenId;

/// What the rows of paid tokens add up to.
#[derive(Debug, Default)]
pub struct Paid {
    /// Tokens cashed, per denomination.
    pub cashed: BTreeMap<DenominationId, u64>,
    /// Tokens that funded a withdrawal or an exchange.
    pub funding: u64,
    /// Tokens cashed, per series.
    pub by_series: BTreeMap<SeriesId, u64>,
    /// Tokens that were paid to claims.
    pub claims: Vec<PaidClaim>,
    wrong: Vec<String>,
}

impl Paid {
    /// Reads every paid token and what was paid for it. Errors: [`Fault`].
    pub fn read(
        store: &Store,
        manifest: &Manifest,
        (movements, tally, marks): (&mut Movements, &mut Tally, &mut Marks),
    ) -> Result<Self, Fault> {
        let mut paid = Self::default();
        store.scan_some::<CashedTokens>(|rows| {
            let mut view = View::default();
            for (_, number) in &rows {
                view.presentations.want(*number);
            }
            store.load(&mut view)?;
            let read = rows.par_iter().map(|(token, number)| {
                let row = view.presentations.get(number);
                (*token, *number, row.and_then(|row| read(*token, row, manifest)))
            });
            let read: Vec<_> = read.collect();
            paid.look_up(&read, &mut view, store)?;
            for (token, number, found) in read {
                marks.mark(number);
                paid.count(token, number, found, manifest, (movements, tally));
            }
            Ok(())
        })?;
        Ok(paid)
    }

    /// Whether each of these tokens that was cashed is on the list of its series.
    fn look_up(
        &mut self,
        read: &[(TokenId, Count, Option<Found>)],
        view: &mut View,
        store: &Store,
    ) -> Result<(), Fault> {
        let items = read.iter().filter_map(|(token, _, found)| match found {
            Some(Found::Item(_, item)) => {
                Some(ListedKey { series: item.chain().token().series(), token: *token })
            }
            Some(Found::Claim(_)) | None => None,
        });
        let keys: Vec<_> = items.collect();
        for key in &keys {
            view.listed.want(*key);
        }
        store.load(view)?;
        for key in keys {
            let count = self.by_series.entry(key.series).or_default();
            *count = count.saturating_add(1);
            if view.listed.get(&key).is_none() {
                let ListedKey { series, token } = key;
                self.wrong.push(format!("{token:?} is cashed, and not listed under {series:?}"));
            }
        }
        Ok(())
    }

    fn count(
        &mut self,
        token: TokenId,
        number: Count,
        found: Option<Found>,
        manifest: &Manifest,
        (movements, tally): (&mut Movements, &mut Tally),
    ) {
        let (intermediary, item) = match found {
            Some(Found::Item(intermediary, item)) => (intermediary, item),
            Some(Found::Claim(claim)) => {
                self.claims.push(claim);
                return;
            }
            None => {
                self.wrong.push(format!(
                    "{token:?} is cashed, and presentation {} does not show it",
                    number.0
                ));
                return;
            }
        };
        let chain = item.chain();
        let id = chain.token().denomination();
        let count = self.cashed.entry(id).or_default();
        *count = count.saturating_add(1);
        let counts = tally.of(intermediary, id);
        counts.cashed = counts.cashed.plus(1);
        let Ok(Instruction::Credit(account)) = item.stated_instruction() else {
            self.funding = self.funding.saturating_add(1);
            return;
        };
        let Ok(series) = manifest.series_of(id) else { return };
        let draft = Draft::new(series.series.currency, Timestamp(0))
            .cashed(id, chain.value())
            .credit(Account::Vault(intermediary), chain.value(), Cause::Deposit(account));
        movements.effect(&[draft], || {
            let name = hex::encode(intermediary.0);
            format!("the deposit of {token:?} by {name}, presentation {},", number.0)
        });
    }

    /// Says what does not agree.
    pub fn check(&self, violations: &mut Vec<String>) {
        violations.extend(self.wrong.iter().map(|wrong| format!("single-spend: {wrong}")));
    }
}

/// What a token was paid for.
enum Found {
    Item(RegistrarId, CashItem),
    Claim(PaidClaim),
}

/// `None` unless the presentation is of this very token and, if it is an item, signed. Claims are
/// looked at where the claims are.
fn read(token: TokenId, row: &Presentation, manifest: &Manifest) -> Option<Found> {
    let intermediary = row.intermediary;
    if let Shown::Claim(asked) = &row.shown {
        return Some(Found::Claim(PaidClaim { token, intermediary, asked: asked.clone() }));
    }
    let Ok(Presented::Item(item)) = row.read(manifest) else { return None };
    let holds = item.chain().token_id() == token && item.check_signature().is_ok();
    holds.then_some(Found::Item(intermediary, item.clone()))
}
