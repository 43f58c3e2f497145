//! Which tokens pay an amount exactly.
//!
//! There is no change offline, so a payment is exact or not at all. Tokens that came from the
//! account are spent before received ones (`[E3]`); among those as few as possible; of one value
//! the ones first that expire first.

use crate::error::{Error, Result, Verb};
use crate::records::{Holder, TokenRecord, TokenState};
use crate::store::Tokens;
use crate::sums::{Count, Sums};
use crate::trusted::Trusted;
use crate::wallet::Wallet;
use std::collections::BTreeMap;
use tender_token::amount::Amount;
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::series::SeriesId;
use tender_token::token::TokenId;

/// How a payment will be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The series of the tokens.
    pub series: SeriesId,
    /// The tokens.
    pub tokens: Vec<TokenId>,
}

/// Where a payment goes, as far as choosing tokens is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Towards {
    /// To a key: any tokens that can still be cashed.
    Key,
    /// To so many slots of a series: as many tokens of it with a hop left.
    Slots(SeriesId, usize),
    /// To slots that the payee has not offered yet.
    AnySlots,
}

/// A token that could be used.
struct Candidate {
    id: TokenId,
    value: u64,
    series: SeriesId,
    received: bool,
    spend_until: Day,
}

impl Wallet {
    /// Which tokens would pay an amount to slots: what a payer shows before the payee offers
    /// (`[P3]`).
    /// Errors: `E_FUNDS`, `E_AMOUNT` with the nearest amounts that can be paid.
    pub fn plan(&self, amount: Amount, now: Timestamp) -> Result<Choice> {
        self.choose(amount, Towards::AnySlots, now)
    }

    pub(crate) fn choose(
        &self,
        amount: Amount,
        towards: Towards,
        now: Timestamp,
    ) -> Result<Choice> {
        let candidates = self.candidates(towards, now)?;
        let groups = match towards {
            Towards::Key => vec![candidates],
            Towards::Slots(..) | Towards::AnySlots => by_series(candidates),
        };
        let count = match towards {
            Towards::Slots(_, count) => Count::Exactly(count),
            Towards::Key | Towards::AnySlots => Count::Fewest,
        };
        if let Some(choice) = best(&groups, amount, count) {
            return Ok(choice);
        }
        if let (Towards::Slots(_, offered), Some(choice)) =
            (towards, best(&groups, amount, Count::Fewest))
        {
            return Err(Error::SlotCount { offered, needed: choice.tokens.len() });
        }
        Err(not_payable(&groups, amount))
    }

    fn candidates(&self, towards: Towards, now: Timestamp) -> Result<Vec<Candidate>> {
        let (trusted, currency) = (self.trusted()?, self.currency()?);
        let today = self.standing()?.clock.max(now).day();
        let tokens = self.store.all::<Tokens>()?;
        let fits = |(id, token): &(TokenId, TokenRecord)| {
            let series = &trusted.manifest().slot_key(token.series).ok()?.series;
            let free = token.state == TokenState::Held && matches!(token.holder, Holder::Slot(_));
            let free = free && !is_revoked(trusted, token);
            let fits = series.currency == currency
                && series.dates.may_spend(today)
                && may_go(trusted, token, towards, today);
            (free && fits).then_some(Candidate {
                id: *id,
                value: token.value.minor_units(),
                series: token.series,
                received: token.received,
                spend_until: series.dates.spend_until,
            })
        };
        Ok(tokens.iter().filter_map(fits).collect())
    }
}

/// Whether a token may go there: a hop left for slots (`[E2]`), days left to cash for a key (`[P4]`
/// 10).
fn may_go(trusted: &Trusted, token: &TokenRecord, towards: Towards, today: Day) -> bool {
    let Ok(key) = trusted.manifest().slot_key(token.series) else { return false };
    let has_hop = token.hops < key.series.max_hops;
    match towards {
        Towards::Key => {
            let lead = u32::from(trusted.manifest().record().min_lead);
            let least = today.checked_add(lead);
            least.is_some_and(|least| key.series.dates.deposit_until >= least)
        }
        Towards::Slots(series, _) => has_hop && token.series == series,
        Towards::AnySlots => has_hop,
    }
}

/// Whether nobody accepts the token any more (`[X1]`).
fn is_revoked(trusted: &Trusted, token: &TokenRecord) -> bool {
    let chain = Chain::from_bytes(&token.chain, trusted.manifest());
    chain.is_ok_and(|chain| trusted.is_revoked(chain.token().denomination(), token.series))
}

fn by_series(candidates: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    let mut series: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for candidate in candidates {
        series.entry((candidate.spend_until, candidate.series)).or_default().push(candidate);
    }
    series.into_values().collect()
}

/// The best choice over all groups: without received tokens if possible, then the fewest, then the
/// group that expires first.
fn best(groups: &[Vec<Candidate>], amount: Amount, count: Count) -> Option<Choice> {
    let within = |received: bool| {
        let choices = groups.iter().filter_map(|group| exact(group, amount, count, received));
        choices.min_by_key(|choice| choice.tokens.len())
    };
    within(false).or_else(|| within(true))
}

/// An exact choice within one group, with or without its received tokens.
fn exact(group: &[Candidate], amount: Amount, count: Count, received: bool) -> Option<Choice> {
    let mut values: BTreeMap<u64, Vec<&Candidate>> = BTreeMap::new();
    for candidate in group.iter().filter(|candidate| received || !candidate.received) {
        values.entry(candidate.value).or_default().push(candidate);
    }
    for same in values.values_mut() {
        same.sort_by_key(|candidate| (candidate.received, candidate.spend_until, candidate.id));
    }
    let available: Vec<_> = values.iter().map(|(value, same)| (*value, same.len())).collect();
    let sums = Sums::new(&available, amount.minor_units());
    let taken = sums.exact(amount.minor_units(), count)?;
    let tokens = values.values().zip(taken).flat_map(|(same, times)| same.iter().take(times));
    let tokens: Vec<_> = tokens.map(|candidate| candidate.id).collect();
    Some(Choice { series: group.first()?.series, tokens })
}

/// Names the nearest amounts that any group makes.
fn not_payable(groups: &[Vec<Candidate>], amount: Amount) -> Error {
    let (mut below, mut above) = (None, None);
    for group in groups {
        let mut values: BTreeMap<u64, usize> = BTreeMap::new();
        for candidate in group {
            let times = values.entry(candidate.value).or_default();
            *times = times.saturating_add(1);
        }
        let greatest = values.keys().copied().max().unwrap_or_default();
        let values: Vec<_> = values.into_iter().collect();
        let bound = amount.minor_units().saturating_add(greatest);
        let (under, over) = Sums::new(&values, bound).nearest(amount.minor_units());
        below = below.max(under);
        above = [above, over].into_iter().flatten().min();
    }
    let (below, above) = (below.map(Amount::from_minor_units), above.map(Amount::from_minor_units));
    Error::NotPayable { verb: Verb::Pay, amount, below, above }
}
