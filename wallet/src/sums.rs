//! Which exact sums a set of values makes, and with how many of them.
//!
//! One layer per distinct value: each reachable sum with the set of counts that reach it, as bits.
//! The number of sums is bounded, so that no set of tokens can make a wallet think for ever.

use std::collections::BTreeMap;

/// Greatest number of values in one sum: the items of a payment, the outputs of a withdrawal.
const COUNT_MAX: u32 = 64;
/// Sums considered per layer; beyond this many, further ones are left out.
const SUMS_MAX: usize = 1 << 16;

/// How many values a sum shall take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// As few as possible.
    Fewest,
    /// Exactly so many.
    Exactly(usize),
}

/// The sums up to a bound that a set of values makes.
#[derive(Debug)]
pub struct Sums<'a> {
    values: &'a [(u64, usize)],
    layers: Vec<BTreeMap<u64, u128>>,
}

impl<'a> Sums<'a> {
    /// The sums up to `bound` of distinct values, each available so many times.
    #[must_use]
    pub fn new(values: &'a [(u64, usize)], bound: u64) -> Self {
        let mut layers = vec![BTreeMap::from([(0, 1)])];
        for (value, available) in values {
            let last = layers.last().expect("there is a first layer");
            layers.push(next_layer(last, *value, *available, bound));
        }
        Self { values, layers }
    }

    /// How many of each value make exactly this sum, or `None` if none do.
    #[must_use]
    pub fn exact(&self, sum: u64, count: Count) -> Option<Vec<usize>> {
        let reached = self.layers.last().and_then(|layer| layer.get(&sum)).copied()? & !1;
        let count = match count {
            Count::Fewest => reached.trailing_zeros(),
            Count::Exactly(count) => u32::try_from(count).ok()?,
        };
        let reaches = |layer: &BTreeMap<u64, u128>, sum: u64, count: u32| {
            let counts = layer.get(&sum).copied().unwrap_or_default();
            count <= COUNT_MAX && counts & (1 << count) != 0
        };
        if !reaches(self.layers.last()?, sum, count) {
            return None;
        }
        let (mut sum, mut count) = (sum, count);
        let mut taken = Vec::with_capacity(self.values.len());
        for ((value, available), before) in self.values.iter().zip(&self.layers).rev() {
            let (times, rest, left) = (0..=*available).find_map(|times| {
                let rest = sum.checked_sub(value.checked_mul(u64::try_from(times).ok()?)?)?;
                let left = count.checked_sub(u32::try_from(times).ok()?)?;
                reaches(before, rest, left).then_some((times, rest, left))
            })?;
            (sum, count) = (rest, left);
            taken.push(times);
        }
        taken.reverse();
        Some(taken)
    }

    /// The greatest sum below and the least above.
    #[must_use]
    pub fn nearest(&self, sum: u64) -> (Option<u64>, Option<u64>) {
        let reached = |(sum, counts): (&u64, &u128)| (counts & !1 != 0).then_some(*sum);
        let Some(layer) = self.layers.last() else { return (None, None) };
        let below = layer.range(..sum).rev().find_map(reached);
        let above = layer.range(sum.saturating_add(1)..).find_map(reached);
        (below, above)
    }
}

fn next_layer(
    layer: &BTreeMap<u64, u128>,
    value: u64,
    available: usize,
    bound: u64,
) -> BTreeMap<u64, u128> {
    let mut next = layer.clone();
    let counted = (1_u128 << COUNT_MAX << 1) - 1;
    for (sum, counts) in layer {
        let (mut sum, mut counts) = (*sum, *counts);
        for _ in 0..available {
            sum = match sum.checked_add(value) {
                Some(sum) if sum <= bound => sum,
                Some(_) | None => break,
            };
            counts = counts << 1 & counted;
            if counts == 0 {
                break;
            }
            let full = next.len() >= SUMS_MAX;
            match next.get_mut(&sum) {
                Some(known) => *known |= counts,
                None if full => {}
                None => {
                    next.insert(sum, counts);
                }
            }
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::{Count, Sums};

    #[test]
    fn exact_sums_take_the_fewest_or_so_many() {
        let values = [(50, 2), (100, 3), (200, 1)];
        let sums = Sums::new(&values, 600);
        assert_eq!(sums.exact(300, Count::Fewest), Some(vec![0, 1, 1]));
        assert_eq!(sums.exact(300, Count::Exactly(3)), Some(vec![0, 3, 0]));
        assert_eq!(sums.exact(300, Count::Exactly(5)), None);
        assert_eq!(sums.exact(600, Count::Fewest), Some(vec![2, 3, 1]));
        assert_eq!(sums.exact(0, Count::Fewest), None);
    }

    #[test]
    fn the_nearest_sums_are_named() {
        let values = [(200, 2)];
        let sums = Sums::new(&values, 700);
        assert_eq!(sums.nearest(300), (Some(200), Some(400)));
        assert_eq!(sums.nearest(100), (None, Some(200)));
        assert_eq!(sums.nearest(500), (Some(400), None));
    }

    #[test]
    fn what_is_found_adds_up_whatever_the_values() {
        let values = [(1, 7), (3, 5), (7, 4), (50, 3)];
        let total = 7 + 15 + 28 + 150;
        let sums = Sums::new(&values, total);
        for sum in 1..=total {
            let Some(taken) = sums.exact(sum, Count::Fewest) else { continue };
            let made: u64 = values.iter().zip(&taken).map(|((v, _), n)| v * *n as u64).sum();
            assert_eq!(made, sum);
            assert!(values.iter().zip(&taken).all(|((_, available), n)| n <= available));
        }
    }
}
