//! Days and times as people read them.

use tender_token::date::{Day, Timestamp};

/// The first of January 1970 in the count of Julian days.
const UNIX_EPOCH_JULIAN: i32 = 2_440_588;

/// Reads a day as people write it, such as 2026-11-28. Errors: a sentence.
pub fn read_day(text: &str) -> Result<Day, String> {
    let day = || {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &&str| part.bytes().filter(u8::is_ascii_digit).count();
        let is_plain = text.len() == 10 && [year, month, day].iter().map(digits).eq([4, 2, 2]);
        let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
        let date = time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?);
        let days = date.ok()?.to_julian_day().checked_sub(UNIX_EPOCH_JULIAN)?;
        let days = u32::try_from(days).ok()?;
        (is_plain && parts.next().is_none()).then_some(Day(days))
    };
    day().ok_or_else(|| "a day is written like 2026-11-28, and is none before 1970".to_owned())
}

/// A day for people, such as 2026-11-28.
pub fn iso(day: Day) -> String {
    let julian = i32::try_from(day.0).ok().and_then(|day| day.checked_add(UNIX_EPOCH_JULIAN));
    let date = julian.and_then(|julian| time::Date::from_julian_day(julian).ok());
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
    fn a_day_is_read_as_it_is_written() {
        for day in [Day(0), Day(11_016), Day(20_000)] {
            assert_eq!(read_day(&iso(day)), Ok(day));
        }
        for wrong in ["", "2026-11", "2026-02-30", "2026-13-01", "26-11-28", "1969-12-31"] {
            assert!(read_day(wrong).is_err(), "{wrong}");
        }
        for wrong in ["2026-11-28-1", "+026-11-28", "2026-11-+8", "28.11.2026"] {
            assert!(read_day(wrong).is_err(), "{wrong}");
        }
    }
}
