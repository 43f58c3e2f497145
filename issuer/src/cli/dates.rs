//! Days and times as people read them.

use tender_token::date::{Day, Timestamp};

/// A day for people, such as 2026-11-28.
pub fn iso(day: Day) -> String {
    const UNIX_EPOCH_JULIAN: i32 = 2_440_588;
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
}
