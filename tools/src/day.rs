//! Which date is a day of the log?

use clearinghouse_protocol::feed::entry::Day;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The date, as `2026-10-01`; a day beyond the calendar as its number.
pub fn date_of(day: Day) -> String {
    let since: Date = date(1970, 1, 1);
    let span = 0.days().try_days(day.0);
    match span.and_then(|days| since.checked_add(days)) {
        Ok(date) => date.to_string(),
        Err(_) => format!("day {}", day.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates_as_far_as_the_calendar_goes() {
        for (day, text) in [
            (0, "1970-01-01"),
            (20_000, "2024-10-04"),
            (u32::MAX, "day 4294967295"),
        ] {
            assert_eq!(date_of(Day(day)), text);
        }
    }
}
