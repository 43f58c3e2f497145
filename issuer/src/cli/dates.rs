//! Days and times as people read them.

use tender_token::date::{Day, Timestamp};
use time::{Date, Month};

const UNIX_EPOCH_JULIAN: i32 = 2_440_588;

/// Reads a day as people write it. Errors: a sentence that says how.
pub fn read(text: &str) -> Result<Day, String> {
    let parsed = || {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
        let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
        let days = date.to_julian_day().checked_sub(UNIX_EPOCH_JULIAN)?;
        u32::try_from(days).ok().map(Day)
    };
    let day = parsed().filter(|day| iso(*day) == text);
    day.ok_or_else(|| "a day is written as year, month and day, such as 2026-11-28".to_owned())
}

/// A day for people, such as 2026-11-28.
pub fn iso(day: Day) -> String {
    let julian = i32::try_from(day.0).ok().and_then(|day| day.checked_add(UNIX_EPOCH_JULIAN));
    let date = julian.and_then(|julian| Date::from_julian_day(julian).ok());
    date.map_or_else(|| format!("day {}", day.0), |date| date.to_string())
}

/// A time for people, such as 2026-11-28 09:30:00 UTC.
pub fn moment(at: Timestamp) -> String {
    let [hours, minutes, seconds] = [at.0 / 3_600 % 24, at.0 / 60 % 60, at.0 % 60];
    format!("{} {hours:02}:{minutes:02}:{seconds:02} UTC", iso(at.day()))
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
}
