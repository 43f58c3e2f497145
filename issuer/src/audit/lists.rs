//! Lists of cashed tokens: each has what was cashed of its series, and the log's commitment to it.

use crate::rows::{CashedLists, Count, Leaves, Listed};
use crate::store::{Fault, Store};
use std::collections::BTreeMap;
use tender_token::cashed_list::{Commitment, Committing};
use tender_token::encode::Decode;
use tender_token::log::leaf::{Effect, Leaf};
use tender_token::series::SeriesId;

/// What is wrong with the lists; `cashed` says how many tokens of each series were. Every one of
/// those is listed, so that as many are the same ones. Errors: [`Fault`].
pub fn check(
    store: &Store,
    cashed: &BTreeMap<SeriesId, u64>,
    violations: &mut Vec<String>,
) -> Result<bool, Fault> {
    let before = violations.len();
    let mut lists: BTreeMap<SeriesId, Committing> = BTreeMap::new();
    store.scan::<Listed>(|key, _| {
        lists.entry(key.series).or_insert_with(|| Committing::new(key.series)).take(key.token);
    })?;
    let lists: BTreeMap<_, _> =
        lists.into_iter().map(|(series, list)| (series, list.finish())).collect();
    for series in lists.keys().chain(cashed.keys().filter(|series| !lists.contains_key(series))) {
        let listed = lists.get(series).map_or(0, |list| list.tokens);
        let cashed = cashed.get(series).copied().unwrap_or_default();
        if listed != cashed {
            violations.push(format!(
                "append-only: of {series:?} {cashed} tokens were cashed, and {listed} are listed"
            ));
        }
    }
    let mut told: BTreeMap<SeriesId, Commitment> = BTreeMap::new();
    store.scan::<Leaves>(|Count(number), leaf| {
        // A leaf that cannot be read is found with the log.
        if let Ok(Leaf { effect: Effect::CashedList(series, commitment), .. }) =
            Leaf::from_bytes(&leaf.0)
            && told.insert(series, commitment).is_some()
        {
            violations.push(format!("append-only: leaf {number} lists {series:?} once more"));
        }
    })?;
    store.scan::<CashedLists>(|series, published| {
        let list = lists.get(&series).copied();
        let list = list.unwrap_or_else(|| Committing::new(series).finish());
        if published != list || told.remove(&series) != Some(list) {
            violations.push(format!(
                "append-only: log and books tell of another list of {series:?} than there is"
            ));
        }
    })?;
    for series in told.keys() {
        violations.push(format!("append-only: the log lists {series:?}, and the books do not"));
    }
    Ok(violations.len() == before)
}
