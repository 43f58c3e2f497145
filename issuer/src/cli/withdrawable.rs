//! From when on nothing can be withdrawn: the days of every series that is in the manifest and not
//! revoked, as a ceremony and the list of series look at them.

use tender_token::date::Day;
use tender_token::manifest::Manifest;
use tender_token::revocation::VerifiedRevocation;
use tender_token::series::{Dates, Phase, Series};

/// The dates of the series that can be withdrawn from, now or later: neither they nor all of their
/// denominations are revoked.
#[derive(Debug)]
pub struct Withdrawable<'a>(Vec<&'a Series>);

impl<'a> Withdrawable<'a> {
    /// Those of a manifest.
    pub fn of(manifest: &'a Manifest, revoked: &[VerifiedRevocation]) -> Self {
        let is_left = |(id, _): &(_, _)| {
            let mut own = manifest.value_keys().filter(|(_, key)| key.denomination.series == *id);
            own.any(|(of, _)| !revoked.iter().any(|one| one.ends_denomination(of, *id)))
        };
        Self(manifest.slot_keys().filter(is_left).map(|(_, key)| &key.series).collect())
    }

    /// The first day from `today` on on which nothing can be withdrawn. `None` beyond the range of
    /// days.
    pub fn first_gap(&self, today: Day) -> Option<Day> {
        let mut day = today;
        while let Some(dates) = self.dates().find(|dates| dates.phase(day) == Phase::Issue) {
            day = dates.issue_until.checked_add(1)?;
        }
        Some(day)
    }

    /// Until when the gap that begins on a day lasts by itself: the series that begins next.
    pub fn next(&self, gap: Day) -> Option<&'a Series> {
        let later = self.0.iter().filter(|series| series.dates.issue_from > gap);
        later.min_by_key(|series| series.dates.issue_from).copied()
    }

    fn dates(&self) -> impl Iterator<Item = &Dates> {
        self.0.iter().map(|series| &series.dates)
    }
}
