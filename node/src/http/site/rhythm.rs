//! When does something come round again, in words?

use clearinghouse_protocol::listing::{Frequency, MonthDay, OrdinalWeekday, Rule};
use jiff::civil::{Date, Weekday};

use super::speech::Speech;

const WORKING_DAYS: [Weekday; 5] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
];

impl Speech {
    /// A rule that begins on this day: `every second Tuesday`, « le dernier vendredi du mois ».
    pub(super) fn rhythm(&self, rule: &Rule, start: Date) -> String {
        match rule.frequency() {
            Frequency::Weekly => self.weekly(rule, start),
            Frequency::Monthly => self.monthly(rule, start),
        }
    }

    fn weekly(&self, rule: &Rule, start: Date) -> String {
        let mut days: Vec<Weekday> = rule.by_day().iter().map(|day| day.weekday).collect();
        if days.is_empty() {
            days.push(start.weekday());
        }
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        if rule.interval() == 1 {
            return self.each(&days);
        }
        if let ([day], 2) = (days.as_slice(), rule.interval()) {
            return self.of("rhythm-second-weekday", &self.weekday(*day));
        }
        let on: Vec<String> = days.iter().map(|day| self.that_weekday(*day)).collect();
        let on = self.list(&on);
        let interval = rule.interval().to_string();
        match rule.interval() {
            2 => self.of("rhythm-second-week", &on),
            _ => self.with("rhythm-nth-week", &[("interval", &interval), ("on", &on)]),
        }
    }

    /// Every one of these days.
    fn each(&self, days: &[Weekday]) -> String {
        if days.len() == 7 {
            return self.say("rhythm-daily");
        }
        if days == WORKING_DAYS {
            return self.say("rhythm-working-days");
        }
        let named = days.iter().map(|day| {
            let key = format!("weekday-every-{}", day.to_monday_one_offset());
            self.say(&key)
        });
        let named: Vec<String> = named.collect();
        self.of("rhythm-every", &self.list(&named))
    }

    /// `Tuesday`, « le mardi ».
    fn that_weekday(&self, day: Weekday) -> String {
        self.say(&format!("weekday-the-{}", day.to_monday_one_offset()))
    }

    fn monthly(&self, rule: &Rule, start: Date) -> String {
        let days = if !rule.by_day().is_empty() {
            self.weekdays_of_month(rule.by_day())
        } else if !rule.by_month_day().is_empty() {
            self.dates_of_month(rule.by_month_day())
        } else {
            self.dates_of_month(&[MonthDay(start.day())])
        };
        let interval = rule.interval().to_string();
        match rule.interval() {
            1 => days,
            2 => self.of("rhythm-second-month", &days),
            _ => {
                let values = [("days", days.as_str()), ("interval", &interval)];
                self.with("rhythm-nth-month", &values)
            }
        }
    }

    fn weekdays_of_month(&self, days: &[OrdinalWeekday]) -> String {
        let every: Vec<Weekday> = days
            .iter()
            .filter(|day| day.ordinal.is_none())
            .map(|day| day.weekday)
            .collect();
        if !every.is_empty() {
            return self.each(&every);
        }
        let nth = |day: &OrdinalWeekday| self.say(&format!("nth-{}", day.ordinal.unwrap_or(1)));
        let first = days[0].weekday;
        let named = if days.iter().all(|day| day.weekday == first) {
            let ordinals: Vec<String> = days.iter().map(nth).collect();
            let values = [
                ("nth", self.list(&ordinals)),
                ("weekday", self.weekday(first)),
            ];
            self.with(
                "rhythm-nth-weekday",
                &values.each_ref().map(|(n, v)| (*n, v.as_str())),
            )
        } else {
            let each = days.iter().map(|day| {
                let (nth, weekday) = (nth(day), self.weekday(day.weekday));
                self.with(
                    "rhythm-nth-weekday",
                    &[("nth", &nth), ("weekday", &weekday)],
                )
            });
            self.list(&each.collect::<Vec<String>>())
        };
        self.of("rhythm-of-month", &named)
    }

    fn dates_of_month(&self, dates: &[MonthDay]) -> String {
        let named = dates.iter().map(|MonthDay(day)| match day {
            -1 => self.say("rhythm-last-date"),
            ..=-2 => self.of("rhythm-date-from-end", &day.unsigned_abs().to_string()),
            _ => {
                let ending = match (day / 10, day % 10) {
                    (1, _) => "th",
                    (_, 1) => "st",
                    (_, 2) => "nd",
                    (_, 3) => "rd",
                    _ => "th",
                };
                let shown = match day {
                    1 => self.say("day-first"),
                    day => day.to_string(),
                };
                self.with("rhythm-date", &[("day", &shown), ("ending", ending)])
            }
        });
        let named = self.list(&named.collect::<Vec<String>>());
        self.of("rhythm-of-month", &named)
    }
}
