//! From which day to which: what a list is cut down to.

use super::outcome::Failure;
use clap::Args;
use tender_token::date::calendar;
use tender_token::date::{Day, Timestamp};

/// Days by UTC, such as 2026-11-28.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Period {
    /// Only from this day on, by UTC.
    #[arg(long, value_name = "DATE", value_parser = calendar::read)]
    since: Option<Day>,
    /// Only up to the end of this day, by UTC.
    #[arg(long, value_name = "DATE", value_parser = calendar::read)]
    until: Option<Day>,
}

impl Period {
    /// Refuses a period that ends before it begins, and so would list nothing. Errors: wrong usage.
    pub fn check(self) -> Result<(), Failure> {
        match (self.since, self.until) {
            (Some(since), Some(until)) if until < since => {
                let [since, until] = [since, until].map(calendar::iso);
                Err(Failure::usage(format!(
                    "--since {since} is after --until {until}: no day is within that"
                )))
            }
            (_, _) => Ok(()),
        }
    }

    /// Whether a moment is within it.
    pub fn has(self, at: Timestamp) -> bool {
        let day = at.day();
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_days_of_a_period_are_within_it() {
        let period = Period { since: Some(Day(1)), until: Some(Day(2)) };
        let within = [86_399, 86_400, 3 * 86_400 - 1, 3 * 86_400].map(Timestamp);
        assert_eq!(within.map(|at| period.has(at)), [false, true, true, false]);
        assert_eq!(within.map(|at| Period::default().has(at)), [true; 4]);
    }
}
