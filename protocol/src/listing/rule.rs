//! When does something come round again?
//!
//! A part of the recurrence rules of RFC 5545, section 3.3.10: every n weeks on some days, every
//! n months on some dates or on some weekdays of the month, until a day or for a number of times.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::Offset,
};

use super::fault_code::FaultCode;

/// How many weeks or months may lie between two rounds: eight years of months are enough.
const INTERVAL_MAX: u32 = 99;

/// How many times a counted rule may come round: every day for almost three years.
const COUNT_MAX: u32 = 1_000;

/// How long a rule may be, in bytes; the longest useful one names every day of a month.
pub(super) const RULE_BYTES_MAX: usize = 300;

/// Whether a rule goes by weeks or by months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// `FREQ=WEEKLY`.
    Weekly,
    /// `FREQ=MONTHLY`.
    Monthly,
}

/// A day of the week, or in a monthly rule perhaps the nth of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrdinalWeekday {
    /// 1 to 5 from the start of the month, -1 to -5 from its end; `None` for every such day.
    pub ordinal: Option<i8>,
    /// Which day of the week.
    pub weekday: Weekday,
}

/// A date of the month: 1 to 31 from its start, -1 to -31 from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthDay(pub i8);

/// Up to when a rule comes round, this day or moment included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// A day where the meeting is.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
}

/// A recurrence rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    interval: u32,
    by_day: Vec<OrdinalWeekday>,
    by_month_day: Vec<MonthDay>,
    count: Option<u32>,
    until: Option<Until>,
    week_start: Weekday,
}

/// What is wrong with a rule: the fault and its arguments.
pub(super) struct RuleFault(pub(super) FaultCode, pub(super) Vec<(&'static str, String)>);

impl RuleFault {
    fn part(part: &str) -> Self {
        RuleFault(FaultCode::RulePart, vec![("part", part.to_owned())])
    }

    fn value(part: &str, value: &str) -> Self {
        RuleFault(
            FaultCode::RuleValue,
            vec![("part", part.to_owned()), ("value", value.to_owned())],
        )
    }

    fn clash(one: &str, other: &str) -> Self {
        RuleFault(
            FaultCode::RuleClash,
            vec![("one", one.to_owned()), ("other", other.to_owned())],
        )
    }

    fn frequency(value: &str) -> Self {
        RuleFault(FaultCode::RuleFrequency, vec![("value", value.to_owned())])
    }
}

impl Rule {
    /// Weekly or monthly.
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Every how many weeks or months: 1 to 99.
    pub fn interval(&self) -> u32 {
        self.interval
    }

    /// The weekdays it names; none if it goes by dates, or by the start's own day.
    pub fn by_day(&self) -> &[OrdinalWeekday] {
        &self.by_day
    }

    /// The dates of the month it names.
    pub fn by_month_day(&self) -> &[MonthDay] {
        &self.by_month_day
    }

    /// How often in all, counted from the start.
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// Up to when.
    pub fn until(&self) -> Option<Until> {
        self.until
    }

    /// The day on which its weeks begin: Monday unless `WKST` says otherwise.
    pub fn week_start(&self) -> Weekday {
        self.week_start
    }

    /// Reads a rule; every fault of it at once.
    pub(super) fn parse(text: &str) -> Result<Rule, Vec<RuleFault>> {
        let mut rule = Rule {
            frequency: Frequency::Weekly,
            interval: 1,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            count: None,
            until: None,
            week_start: Weekday::Monday,
        };
        let mut faults = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if seen.contains(&name) {
                faults.push(RuleFault::part(part));
                continue;
            }
            seen.push(name);
            if let Err(fault) = rule.take(name, value) {
                faults.push(fault);
            }
        }
        if !seen.contains(&"FREQ") {
            faults.insert(0, RuleFault::frequency(""));
        }
        // What a part means depends on the frequency, so there is no more to say without one.
        if faults.is_empty() {
            faults = rule.clashes();
        }
        if faults.is_empty() {
            Ok(rule)
        } else {
            Err(faults)
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), RuleFault> {
        let wrong = || RuleFault::value(name, value);
        match name {
            "FREQ" => {
                self.frequency = frequency(value).ok_or_else(|| RuleFault::frequency(value))?
            }
            "INTERVAL" => self.interval = count(value, INTERVAL_MAX).ok_or_else(wrong)?,
            "COUNT" => self.count = Some(count(value, COUNT_MAX).ok_or_else(wrong)?),
            "BYDAY" => self.by_day = all(value, ordinal_weekday).ok_or_else(wrong)?,
            "BYMONTHDAY" => self.by_month_day = all(value, month_day).ok_or_else(wrong)?,
            "UNTIL" => self.until = Some(until(value).ok_or_else(wrong)?),
            "WKST" => self.week_start = weekday(value).ok_or_else(wrong)?,
            _ => return Err(RuleFault::part(name)),
        }
        Ok(())
    }

    fn clashes(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        if self.count.is_some() && self.until.is_some() {
            faults.push(RuleFault::clash("COUNT", "UNTIL"));
        }
        if self.frequency == Frequency::Weekly {
            if !self.by_month_day.is_empty() {
                faults.push(RuleFault::clash("FREQ=WEEKLY", "BYMONTHDAY"));
            }
            for day in self.by_day.iter().filter(|day| day.ordinal.is_some()) {
                let day = format!("{}{}", day.ordinal.unwrap_or_default(), code(day.weekday));
                faults.push(RuleFault::clash("FREQ=WEEKLY", &format!("BYDAY={day}")));
            }
        } else if !self.by_day.is_empty() && !self.by_month_day.is_empty() {
            faults.push(RuleFault::clash("BYDAY", "BYMONTHDAY"));
        }
        faults
    }

    /// The first day of the round that this day is in: of its week or month.
    fn round_of(&self, day: Date) -> Date {
        match self.frequency {
            Frequency::Monthly => day.first_of_month(),
            Frequency::Weekly => {
                let into = day.weekday().since(self.week_start);
                day.saturating_sub(i32::from(into).days())
            }
        }
    }

    /// The nth round of a rule that starts on `start`; `None` past the end of the calendar.
    pub(super) fn round(&self, start: Date, n: u32) -> Option<Date> {
        let ahead = i64::from(n).checked_mul(i64::from(self.interval))?;
        let first = self.round_of(start);
        match self.frequency {
            Frequency::Weekly => first.checked_add(ahead.checked_mul(7)?.days()).ok(),
            Frequency::Monthly => first.checked_add(i32::try_from(ahead).ok()?.months()).ok(),
        }
    }

    /// A round that surely lies before `day`, as late as one can tell by dividing.
    pub(super) fn round_before(&self, start: Date, day: Date) -> u32 {
        let first = self.round_of(start);
        let rounds = match self.frequency {
            Frequency::Weekly => days_between(first, day) / 7,
            Frequency::Monthly => {
                let months = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
                months(day) - months(first)
            }
        };
        let rounds = rounds / i64::from(self.interval) - 1;
        u32::try_from(rounds.max(0)).unwrap_or(0)
    }

    /// The days that the rule names in the round that begins on `round`, in order, none before `start`.
    pub(super) fn days(&self, start: Date, round: Date) -> Vec<Date> {
        let mut days: Vec<Date> = match self.frequency {
            Frequency::Weekly => self
                .weekdays(start)
                .iter()
                .map(|weekday| {
                    let into = weekday.since(self.week_start);
                    round.saturating_add(i32::from(into).days())
                })
                .collect(),
            Frequency::Monthly if !self.by_day.is_empty() => self
                .by_day
                .iter()
                .flat_map(|day| days_of_month(round, *day))
                .collect(),
            Frequency::Monthly if !self.by_month_day.is_empty() => self
                .by_month_day
                .iter()
                .filter_map(|day| date_of_month(round, *day))
                .collect(),
            Frequency::Monthly => date_of_month(round, MonthDay(start.day()))
                .into_iter()
                .collect(),
        };
        days.retain(|day| *day >= start);
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The weekdays it falls on, Monday first; none if it goes by dates of the month.
    pub(super) fn weekdays(&self, start: Date) -> Vec<Weekday> {
        let mut weekdays: Vec<Weekday> = self.by_day.iter().map(|day| day.weekday).collect();
        if weekdays.is_empty() && self.frequency == Frequency::Weekly {
            weekdays.push(start.weekday());
        }
        weekdays.sort_unstable_by_key(|weekday| weekday.to_monday_zero_offset());
        weekdays.dedup();
        weekdays
    }
}

/// How many days lie between two days; negative if the second is earlier.
fn days_between(from: Date, to: Date) -> i64 {
    let midnight = |day: Date| {
        Offset::UTC
            .to_timestamp(day.at(0, 0, 0, 0))
            .map_or(0, Timestamp::as_second)
    };
    (midnight(to) - midnight(from)).div_euclid(24 * 60 * 60)
}

/// Every such weekday of a month, or the nth.
fn days_of_month(month: Date, day: OrdinalWeekday) -> Vec<Date> {
    let nth = |n: i8| month.nth_weekday_of_month(n, day.weekday).ok();
    match day.ordinal {
        Some(n) => nth(n).into_iter().collect(),
        None => (1..=5).filter_map(nth).collect(),
    }
}

/// A date of a month, if the month has it.
fn date_of_month(month: Date, MonthDay(day): MonthDay) -> Option<Date> {
    let day = if day < 0 {
        month.days_in_month().checked_add(day)?.checked_add(1)?
    } else {
        day
    };
    Date::new(month.year(), month.month(), day).ok()
}

fn frequency(value: &str) -> Option<Frequency> {
    match value {
        "WEEKLY" => Some(Frequency::Weekly),
        "MONTHLY" => Some(Frequency::Monthly),
        _ => None,
    }
}

/// A number from 1 to `max` without sign or leading zero.
fn count(value: &str, max: u32) -> Option<u32> {
    let is_plain = value.bytes().all(|b| b.is_ascii_digit()) && !value.starts_with('0');
    value
        .parse()
        .ok()
        .filter(|number| is_plain && *number <= max)
}

/// Every part of a list separated by commas; `None` if one of them is wrong.
fn all<T: PartialEq>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let all: Option<Vec<T>> = value.split(',').map(read).collect();
    all.map(super::likeness::distinct)
}

fn ordinal_weekday(value: &str) -> Option<OrdinalWeekday> {
    let (ordinal, day) = value.split_at_checked(value.len().checked_sub(2)?)?;
    let weekday = weekday(day)?;
    let ordinal = if ordinal.is_empty() {
        None
    } else {
        Some(signed(ordinal, 5)?)
    };
    Some(OrdinalWeekday { ordinal, weekday })
}

fn month_day(value: &str) -> Option<MonthDay> {
    signed(value, 31).map(MonthDay)
}

/// A number from 1 to `max` or from -1 to -`max`, without leading zero; a plus sign is allowed
/// (RFC 5545, section 3.3.10).
fn signed(value: &str, max: u32) -> Option<i8> {
    let (sign, digits) = match value.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, value.strip_prefix('+').unwrap_or(value)),
    };
    i8::try_from(count(digits, max)?)
        .ok()
        .map(|number| sign * number)
}

fn weekday(value: &str) -> Option<Weekday> {
    let weekdays = Weekday::Monday.cycle_forward().take(7);
    weekdays.into_iter().find(|weekday| code(*weekday) == value)
}

/// The two letters of RFC 5545.
fn code(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

/// A day (`20261231`) or a moment in UTC (`20261231T235959Z`).
fn until(value: &str) -> Option<Until> {
    if value.len() == 8 && value.bytes().all(|b| b.is_ascii_digit()) {
        return Date::strptime("%Y%m%d", value).ok().map(Until::Day);
    }
    let is_basic = value.len() == 16 && value.as_bytes()[8] == b'T';
    let local = value.strip_suffix('Z').filter(|_| is_basic)?;
    let local = DateTime::strptime("%Y%m%dT%H%M%S", local).ok()?;
    Offset::UTC.to_timestamp(local).ok().map(Until::Moment)
}
