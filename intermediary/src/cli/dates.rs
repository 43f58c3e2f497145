//! Days and times as people read them.

use tender_token::date::{Day, Timestamp};
use time::Date;

const UNIX_EPOCH_JULIAN: i32 = 2_440_588;

/// A day for people, such as 2026-11-28.
pub fn iso(day: Day) -> String {
    date(day).map_or_else(|| format!("day {}", day.0), |date| date.to_string())
}

/// A time for people, such as 2026-11-28 09:30:00 UTC.
pub fn moment(at: Timestamp) -> String {
    let [hours, minutes, seconds] = [at.0 / 3_600 % 24, at.0 / 60 % 60, at.0 % 60];
    format!("{} {hours:02}:{minutes:02}:{seconds:02} UTC", iso(at.day()))
}

/// The same date so many years later, 28 February for the 29th; `None` beyond the calendar.
pub fn years_later(day: Day, years: u32) -> Option<Day> {
    let date = date(day)?;
    let year = date.year().checked_add(i32::try_from(years).ok()?)?;
    let later = date.replace_year(year).or_else(|_| date.replace_day(28)?.replace_year(year));
    let days = later.ok()?.to_julian_day().checked_sub(UNIX_EPOCH_JULIAN)?;
    u32::try_from(days).ok().map(Day)
}

fn date(day: Day) -> Option<Date> {
    let julian = i32::try_from(day.0).ok()?.checked_add(UNIX_EPOCH_JULIAN)?;
    Date::from_julian_day(julian).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_years_are_those_of_the_calendar() {
        assert_eq!(moment(Timestamp(951_827_696)), "2000-02-29 12:34:56 UTC");
        assert_eq!(years_later(Day(11_016), 5).map(iso).as_deref(), Some("2005-02-28"));
        assert_eq!(years_later(Day(20_785), 5).map(iso).as_deref(), Some("2031-11-28"));
        assert_eq!(years_later(Day(u32::MAX), 5), None);
    }
}
