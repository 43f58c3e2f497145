//! Into which denominations an amount is split.
//!
//! Each denomination once, from small to large while it fits, so that later exact payments are
//! possible; the rest from large to small, so that tokens and slots are few. With fewer slots than
//! that takes, everything from large to small.

use crate::error::{Error, Verb};
use crate::sums::{Count, Sums};
use tender_token::amount::Amount;
use tender_token::bounds::WITHDRAW_OUTPUTS_MAX;

/// How many of each value make the amount; `values` are distinct and ascending, in minor units.
/// They may be more than the free `slots` only if no fewer make it.
/// Errors: [`Error::NotPayable`] with the nearest amounts that one request can make.
pub(crate) fn split(amount: Amount, values: &[u64], slots: usize) -> Result<Vec<usize>, Error> {
    let most = usize::from(WITHDRAW_OUTPUTS_MAX);
    let wanted = amount.minor_units();
    let plans = [varied(wanted, values), greedy(wanted, values, vec![0; values.len()])];
    let fitting =
        plans.into_iter().flatten().find(|plan| plan.iter().sum::<usize>() <= slots.min(most));
    if let Some(plan) = fitting {
        return Ok(plan);
    }
    let available: Vec<_> = values.iter().map(|value| (*value, most)).collect();
    let greatest = values.last().copied().unwrap_or_default();
    let sums = Sums::new(&available, wanted.saturating_add(greatest));
    sums.exact(wanted, Count::Fewest).ok_or_else(|| {
        let (below, above) = sums.nearest(wanted);
        let (below, above) =
            (below.map(Amount::from_minor_units), above.map(Amount::from_minor_units));
        Error::NotPayable { verb: Verb::Withdraw, amount, below, above }
    })
}

/// Each once from the smallest while it fits, then the rest from the largest.
fn varied(amount: u64, values: &[u64]) -> Option<Vec<usize>> {
    let mut rest = amount;
    let mut plan = vec![0; values.len()];
    for (value, times) in values.iter().zip(&mut plan) {
        match rest.checked_sub(*value) {
            Some(left) => (rest, *times) = (left, 1),
            None => break,
        }
    }
    greedy(rest, values, plan)
}

/// Adds the rest from the largest.
fn greedy(amount: u64, values: &[u64], mut plan: Vec<usize>) -> Option<Vec<usize>> {
    let mut rest = amount;
    for (value, times) in values.iter().zip(&mut plan).rev() {
        let more = usize::try_from(rest.checked_div(*value)?).ok()?;
        *times = times.checked_add(more)?;
        rest = rest.checked_rem(*value)?;
    }
    (rest == 0).then_some(plan)
}

#[cfg(test)]
mod crowd;

#[cfg(test)]
mod tests {
    use super::split;
    use tender_token::amount::Amount;

    const VALUES: [u64; 5] = [50, 100, 200, 500, 1000];

    fn plan(amount: u64, values: &[u64]) -> Option<Vec<usize>> {
        split(Amount::from_minor_units(amount), values, 64).ok()
    }

    #[test]
    fn with_few_slots_the_tokens_are_few() {
        let plan = |slots| split(Amount::from_minor_units(850), &VALUES, slots).ok();
        assert_eq!(plan(4), Some(vec![1, 1, 1, 1, 0]));
        let plan = |slots| split(Amount::from_minor_units(1000), &VALUES, slots).ok();
        assert_eq!(plan(6), Some(vec![2, 2, 1, 1, 0]));
        assert_eq!(plan(5), Some(vec![0, 0, 0, 0, 1]));
        assert_eq!(plan(0), Some(vec![0, 0, 0, 0, 1]), "so many are missing");
    }

    #[test]
    fn every_denomination_comes_once_before_the_rest_is_greedy() {
        assert_eq!(plan(50, &VALUES), Some(vec![1, 0, 0, 0, 0]));
        assert_eq!(plan(850, &VALUES), Some(vec![1, 1, 1, 1, 0]));
        assert_eq!(plan(1000, &VALUES), Some(vec![2, 2, 1, 1, 0]));
        assert_eq!(plan(3850, &VALUES), Some(vec![1, 1, 1, 1, 3]));
    }

    #[test]
    fn amounts_that_need_a_search_are_found_and_others_refused() {
        assert_eq!(plan(6, &[3, 4]), Some(vec![2, 0]));
        assert_eq!(plan(8, &[3, 5, 7]), Some(vec![1, 1, 0]));
        assert_eq!(plan(5, &[3, 4]), None);
        assert_eq!(plan(25, &VALUES), None);
        assert_eq!(plan(65_000, &VALUES), None, "more than 64 outputs");
    }
}
