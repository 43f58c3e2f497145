//! The calendar: days and times as people read and write them, in UTC.

use super::{Day, Timestamp};
use time::{Date, Month};

const UNIX_EPOCH_JULIAN: i32 = 2_440_588;

/// Reads a day as people write it. Errors: a sentence that says how.
pub fn read(text: &str) -> Result<Day, String> {
    let parsed = || {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
        let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
        day_of(date)
    };
    let day = parsed().filter(|day| iso(*day) == text);
    day.ok_or_else(|| "a day is written as year, month and day, such as 2026-11-28".to_owned())
}

/// A day for people, such as 2026-11-28.
#[must_use]
pub fn iso(day: Day) -> String {
    date(day).map_or_else(|| format!("day {}", day.0), |date| date.to_string())
}

/// A time for people, such as 2026-11-28 09:30:00 UTC.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    let [hours, minutes, seconds] = [at.0 / 3_600 % 24, at.0 / 60 % 60, at.0 % 60];
    format!("{} {hours:02}:{minutes:02}:{seconds:02} UTC", iso(at.day()))
}

/// The same date so many years later, 28 February for the 29th; `None` beyond the calendar.
#[must_use]
pub fn years_later(day: Day, years: u32) -> Option<Day> {
    let date = date(day)?;
    let year = date.year().checked_add(i32::try_from(years).ok()?)?;
    let later = date.replace_year(year).or_else(|_| date.replace_day(28)?.replace_year(year));
    day_of(later.ok()?)
}

fn date(day: Day) -> Option<Date> {
    let julian = i32::try_from(day.0).ok()?.checked_add(UNIX_EPOCH_JULIAN)?;
    Date::from_julian_day(julian).ok()
}

fn day_of(date: Date) -> Option<Day> {
    let days = date.to_julian_day().checked_sub(UNIX_EPOCH_JULIAN)?;
    u32::try_from(days).ok().map(Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_those_of_the_calendar() {
        assert_eq!(iso(Day(0)), "1970-01-01");
        assert_eq!(moment(Timestamp(951_827_696)), "2000-02-29 12:34:56 UTC");
        assert_eq!(iso(Day(u32::MAX)), "day 4294967295");
    }

    #[test]
    fn a_day_is_read_as_it_is_written_and_in_no_other_way() {
        for day in [0, 59, 11_016, 20_785] {
            assert_eq!(read(&iso(Day(day))), Ok(Day(day)));
        }
        let wrong = [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "26-11-28",
            "2026-1-01",
            "1969-12-31",
            "+2026-11-28",
        ];
        assert!(wrong.into_iter().all(|text| read(text).is_err()));
    }

    #[test]
    fn years_later_is_the_same_date_or_the_last_one_of_february() {
        assert_eq!(years_later(Day(11_016), 5).map(iso).as_deref(), Some("2005-02-28"));
        assert_eq!(years_later(Day(20_785), 5).map(iso).as_deref(), Some("2031-11-28"));
        assert_eq!(years_later(Day(u32::MAX), 5), None);
    }
}
