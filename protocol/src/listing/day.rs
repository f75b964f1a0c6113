//! How are days, dates with a time, and seasons written?

use jiff::civil::{Date, DateTime, Time};

use super::{at::At, fault_code::FaultCode, reading::Reading};

/// The fields of a season in the order in which they are written.
pub(super) const SEASON_FIELDS: &[&str] = &["from", "to"];

/// A part of every year, both days included; from autumn to spring if it begins later than it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    /// The first month (1 to 12) and day.
    pub from: (i8, i8),
    /// The last month (1 to 12) and day.
    pub to: (i8, i8),
}

impl Season {
    /// Whether this day is in the season.
    pub fn contains(&self, day: Date) -> bool {
        let day = (day.month(), day.day());
        if self.from <= self.to {
            (self.from..=self.to).contains(&day)
        } else {
            day >= self.from || day <= self.to
        }
    }
}

impl Reading<'_> {
    /// A season here.
    pub(super) fn season(&mut self, at: At<'_>) -> Option<Season> {
        if at.is_empty() {
            return None;
        }
        self.object(at, SEASON_FIELDS)?;
        let mut end = |name| {
            self.require(at.field(name));
            self.month_day(at.field(name))
        };
        let (from, to) = (end("from"), end("to"));
        Some(Season {
            from: from?,
            to: to?,
        })
    }

    fn month_day(&mut self, at: At<'_>) -> Option<(i8, i8)> {
        // A leap year, so that the 29th of February can be named.
        let read = |text: &str| date(&format!("2000-{text}"));
        let text = self.checked(at, 5, FaultCode::BadMonthDay, |text| read(text).is_some())?;
        read(text).map(|day| (day.month(), day.day()))
    }

    /// A date here, such as `2026-09-01`.
    pub(super) fn date(&mut self, at: At<'_>) -> Option<Date> {
        let text = self.checked(at, 10, FaultCode::BadDate, |text| date(text).is_some())?;
        date(text)
    }

    /// A date and time here, such as `2026-09-01T19:00`.
    pub(super) fn date_time(&mut self, at: At<'_>) -> Option<DateTime> {
        let text = self.checked(at, 19, FaultCode::BadDateTime, |text| {
            date_time(text).is_some()
        })?;
        date_time(text)
    }
}

/// A date in its one spelling, `2026-09-01`, from the year 1000 on.
pub(super) fn date(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text && date.year() >= 1000).then_some(date)
}

/// A date and time in its one spelling, `2026-09-01T19:00`.
fn date_time(text: &str) -> Option<DateTime> {
    let (day, time) = text.split_once('T')?;
    let time = Time::strptime("%H:%M", time)
        .ok()
        .filter(|_| time.len() == 5)?;
    Some(date(day)?.to_datetime(time))
}
