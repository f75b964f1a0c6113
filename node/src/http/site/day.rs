//! How are days and times said?

use clearinghouse_protocol::listing::Season;
use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, Zoned};

use super::speech::Speech;

/// Seconds of a minute, an hour and a day.
const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;

impl Speech {
    /// `Tuesday`, « mardi ».
    pub(super) fn weekday(&self, day: Weekday) -> String {
        self.say(&format!("weekday-{}", day.to_monday_one_offset()))
    }

    fn month(&self, month: i8) -> String {
        self.say(&format!("month-{month}"))
    }

    /// The number of a day within its month: « 1er » for the first.
    fn day_number(&self, day: i8) -> String {
        match day {
            1 => self.say("day-first"),
            day => day.to_string(),
        }
    }

    /// `24 November 2026`.
    pub(super) fn date(&self, date: Date) -> String {
        let (day, month) = (self.day_number(date.day()), self.month(date.month()));
        let year = date.year().to_string();
        self.with("date", &[("day", &day), ("month", &month), ("year", &year)])
    }

    /// `24 November`.
    pub(super) fn month_day(&self, (month, day): (i8, i8)) -> String {
        let (day, month) = (self.day_number(day), self.month(month));
        self.with("date-month-day", &[("day", &day), ("month", &month)])
    }

    /// `Tuesday 24 November`, with the year unless it is the one of `today`.
    pub(super) fn day(&self, date: Date, today: Date) -> String {
        let weekday = self.weekday(date.weekday());
        let date = match date.year() == today.year() {
            true => self.month_day((date.month(), date.day())),
            false => self.date(date),
        };
        self.with("date-weekday", &[("weekday", &weekday), ("date", &date)])
    }

    /// A date of which only a part may be known: `1998`, `1998-04` or `1998-04-12`.
    pub(super) fn partial_date(&self, text: &str) -> String {
        if let Ok(date) = text.parse::<Date>() {
            return self.date(date);
        }
        let month = text.split_once('-').and_then(|(year, month)| {
            let month = month
                .parse()
                .ok()
                .filter(|month| (1..=12).contains(month))?;
            let month = self.month(month);
            Some(self.with("date-year-month", &[("month", &month), ("year", year)]))
        });
        month.unwrap_or_else(|| text.to_owned())
    }

    /// `7:00 p.m.`, « 19 h ».
    pub(super) fn clock(&self, time: Time) -> String {
        let (hour, minute) = (time.hour(), time.minute());
        let part = match (hour, minute) {
            (0, 0) => "midnight",
            (12, 0) => "noon",
            (0..12, _) => "am",
            _ => "pm",
        };
        let hour12 = match hour % 12 {
            0 => 12,
            hour => hour,
        };
        let whole = if minute == 0 { "yes" } else { "no" };
        self.with(
            "clock",
            &[
                ("part", part),
                ("whole", whole),
                ("hour12", &hour12.to_string()),
                ("hour", &hour.to_string()),
                ("minute", &format!("{minute:02}")),
            ],
        )
    }

    /// `Tuesday 24 November, 7:00 p.m.`, seen from the day `today`.
    pub(super) fn moment(&self, meeting: &Zoned, today: Date) -> String {
        let date = meeting.date();
        let day = self.day(date, today);
        let clock = self.clock(meeting.time());
        let key = match (today.tomorrow().ok(), today) {
            (_, today) if today == date => "moment-today",
            (Some(tomorrow), _) if tomorrow == date => "moment-tomorrow",
            _ => "moment",
        };
        self.with(key, &[("day", &day), ("clock", &clock)])
    }

    /// `September to June`; with days where months are not whole.
    pub(super) fn season(&self, season: Season) -> String {
        let is_last = |(month, day): (i8, i8)| {
            // Of a year that is no leap year, so that the 28th of February is its end.
            Date::new(2027, month, 1).is_ok_and(|date| date.days_in_month() <= day)
        };
        let whole = season.from.1 == 1 && is_last(season.to);
        let (from, to) = match whole {
            true => (self.month(season.from.0), self.month(season.to.0)),
            false => (self.month_day(season.from), self.month_day(season.to)),
        };
        let from_is = match (whole, from.starts_with(['a', 'o'])) {
            (false, _) => "day",
            (true, false) => "month",
            (true, true) => "vowel",
        };
        let values = [("from", from.as_str()), ("to", &to), ("beginning", from_is)];
        self.with("season", &values)
    }

    /// `3 minutes ago`.
    pub(super) fn ago(&self, moment: Timestamp, now: Timestamp) -> String {
        let seconds = now.duration_since(moment).as_secs().max(0).unsigned_abs();
        match seconds {
            0..MINUTE_S => self.say("ago-now"),
            MINUTE_S..HOUR_S => self.count("ago-minutes", seconds / MINUTE_S),
            HOUR_S..DAY_S => self.count("ago-hours", seconds / HOUR_S),
            _ => self.count("ago-days", seconds / DAY_S),
        }
    }
}

#[cfg(test)]
mod tests {
    use clearinghouse_protocol::listing::Lang;
    use jiff::civil::{date, time};

    use super::*;

    const EN: Speech = Speech(Lang::En);
    const FR: Speech = Speech(Lang::Fr);

    fn plain(text: String) -> String {
        text.replace('\u{a0}', "~")
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (at, en, fr) in [
            (time(19, 0, 0, 0), "7:00~p.m.", "19~h"),
            (time(9, 30, 0, 0), "9:30~a.m.", "9~h~30"),
            (time(12, 0, 0, 0), "12:00~noon", "12~h"),
            (time(0, 0, 0, 0), "midnight", "0~h"),
            (time(0, 5, 0, 0), "12:05~a.m.", "0~h~05"),
            (time(12, 1, 0, 0), "12:01~p.m.", "12~h~01"),
        ] {
            assert_eq!(plain(EN.clock(at)), en);
            assert_eq!(plain(FR.clock(at)), fr);
        }
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let today = date(2026, 11, 20);
        let at = |day: Date| {
            day.at(19, 0, 0, 0)
                .in_tz("America/Toronto")
                .expect("a time zone")
        };
        for (day, en, fr) in [
            (
                date(2026, 11, 24),
                "Tuesday 24~November, 7:00~p.m.",
                "mardi 24~novembre à 19~h",
            ),
            (
                date(2026, 12, 1),
                "Tuesday 1~December, 7:00~p.m.",
                "mardi 1er~décembre à 19~h",
            ),
            (
                date(2027, 1, 5),
                "Tuesday 5~January 2027, 7:00~p.m.",
                "mardi 5~janvier 2027 à 19~h",
            ),
            (
                today,
                "Today, Friday 20~November, 7:00~p.m.",
                "Aujourd’hui, vendredi 20~novembre à 19~h",
            ),
            (
                date(2026, 11, 21),
                "Tomorrow, Saturday 21~November, 7:00~p.m.",
                "Demain, samedi 21~novembre à 19~h",
            ),
        ] {
            assert_eq!(plain(EN.moment(&at(day), today)), en);
            assert_eq!(plain(FR.moment(&at(day), today)), fr);
        }
    }

    #[test]
    fn dates_may_be_known_in_part() {
        for (text, en, fr) in [
            ("1998", "1998", "1998"),
            ("1998-04", "April 1998", "avril 1998"),
            ("1998-04-01", "1~April 1998", "1er~avril 1998"),
            ("soon", "soon", "soon"),
            ("1998-77", "1998-77", "1998-77"),
        ] {
            assert_eq!(plain(EN.partial_date(text)), en);
            assert_eq!(plain(FR.partial_date(text)), fr);
        }
    }

    #[test]
    fn a_season_of_whole_months_names_months() {
        for (from, to, en, fr) in [
            (
                (9, 1),
                (6, 30),
                "from September to June",
                "de septembre à juin",
            ),
            (
                (10, 1),
                (2, 28),
                "from October to February",
                "d’octobre à février",
            ),
            (
                (9, 15),
                (6, 20),
                "from 15~September to 20~June",
                "du 15~septembre au 20~juin",
            ),
        ] {
            let season = Season { from, to };
            assert_eq!(plain(EN.season(season)), en);
            assert_eq!(plain(FR.season(season)), fr);
        }
    }
}
