//! When do people meet?

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};

use super::{
    at::At,
    day::Season,
    fault_code::FaultCode,
    reading::Reading,
    rule::{RULE_BYTES_MAX, Rule, Until},
    text::Text,
    word::{Choice, Way},
    zone::ZONE_BYTES_MAX,
};

/// How far ahead the next meeting is looked for, in years. What comes later is nobody's plan.
pub const SEARCH_YEARS: i16 = 10;

/// How many meetings one question gives at most: daily for almost three years.
pub const OCCURRENCES_MAX: usize = 1_000;

/// How many weeks or months one question looks through: ten years of weeks, with room for a
/// counted rule of which each is counted from its start.
const ROUNDS_MAX: u32 = 2_000;

/// How many weeks or months a suggestion for a start is looked for: five years of months.
const ROUNDS_LOOKED_THROUGH: u32 = 60;

/// How long one meeting may last: a week, for a retreat.
const DURATION_MIN_MAX: i64 = 7 * 24 * 60;

/// How many dates a schedule may leave out: every week for four years.
const EXCEPTIONS_MAX: usize = 200;

/// How long a note beside a schedule, place or contact may be, in characters.
pub(super) const NOTE_CHARACTERS_MAX: usize = 500;

/// The fields of a schedule in the order in which they are written.
pub(super) const SCHEDULE_FIELDS: &[&str] = &[
    "by_arrangement",
    "start",
    "duration_min",
    "time_zone",
    "rule",
    "except",
    "season",
    "way",
    "place",
    "note",
];

/// One time at which people meet: once, again and again, or by arrangement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    by_arrangement: bool,
    start: Option<DateTime>,
    duration_min: Option<u32>,
    time_zone: Option<String>,
    zone: Option<TimeZone>,
    rule_text: Option<String>,
    rule: Option<Rule>,
    except: Vec<Date>,
    season: Option<Season>,
    way: Option<Choice<Way>>,
    place: Option<usize>,
    note: Option<Text>,
}

impl Schedule {
    /// Whether one agrees on a time; if so, there is no start and no rule.
    pub fn by_arrangement(&self) -> bool {
        self.by_arrangement
    }

    /// The first meeting, by the clock on the wall where it is.
    pub fn start(&self) -> Option<DateTime> {
        self.start
    }

    /// How long a meeting lasts, in minutes: 1 to 10,080.
    pub fn duration_min(&self) -> Option<u32> {
        self.duration_min
    }

    /// The name of the time zone in the IANA database, such as `America/Toronto`.
    pub fn time_zone(&self) -> Option<&str> {
        self.time_zone.as_deref()
    }

    /// The rule as it was written, also when only a later version can read it.
    pub fn rule_text(&self) -> Option<&str> {
        self.rule_text.as_deref()
    }

    /// The rule; `None` for a single meeting, or if only a later version can read it.
    pub fn rule(&self) -> Option<&Rule> {
        self.rule.as_ref()
    }

    /// Days on which the rule would meet and people do not.
    pub fn except(&self) -> &[Date] {
        &self.except
    }

    /// The part of the year in which people meet.
    pub fn season(&self) -> Option<Season> {
        self.season
    }

    /// How people meet at this time.
    pub fn way(&self) -> Option<&Choice<Way>> {
        self.way.as_ref()
    }

    /// Where people meet at this time: an index into the listing's places, always within them.
    pub fn place(&self) -> Option<usize> {
        self.place
    }

    /// What else there is to say about this time.
    pub fn note(&self) -> Option<&Text> {
        self.note.as_ref()
    }

    /// The first meeting that begins after this moment, at most [`SEARCH_YEARS`] later (or later
    /// than the start); `None` if there is none, if it is by arrangement, or if only a later
    /// version can read its rule or time zone.
    pub fn next(&self, after: Timestamp) -> Option<Zoned> {
        let (start, zone) = (self.start?, self.zone.clone()?);
        let from = after.max(zone.to_timestamp(start).ok()?);
        let to = zone
            .to_datetime(from)
            .saturating_add(i32::from(SEARCH_YEARS).years());
        let to = zone.to_timestamp(to).unwrap_or(Timestamp::MAX);
        let mut next = None;
        self.visit(after, to, |meeting| {
            if meeting.timestamp() > after {
                next = Some(meeting);
            }
            next.is_none()
        });
        next
    }

    /// The meetings that begin at `from` or later and before `to`, first to last: at most
    /// [`OCCURRENCES_MAX`], and at most [`SEARCH_YEARS`] after `from` (or after the start).
    pub fn occurrences(&self, from: Timestamp, to: Timestamp) -> Vec<Zoned> {
        let mut meetings = Vec::new();
        let (Some(start), Some(zone)) = (self.start, &self.zone) else {
            return meetings;
        };
        let first = zone
            .to_timestamp(start)
            .map_or(from, |start| start.max(from));
        let last = zone
            .to_datetime(first)
            .saturating_add(i32::from(SEARCH_YEARS).years());
        let to = to.min(zone.to_timestamp(last).unwrap_or(Timestamp::MAX));
        self.visit(from, to, |meeting| {
            if meeting.timestamp() >= from {
                meetings.push(meeting);
            }
            meetings.len() < OCCURRENCES_MAX
        });
        meetings
    }

    /// The weekdays on which people meet, Monday first; none if that differs from month to month.
    pub fn weekdays(&self) -> Vec<Weekday> {
        let Some(start) = self.start else {
            return Vec::new();
        };
        match (&self.rule, &self.rule_text) {
            (Some(rule), _) => rule.weekdays(start.date()),
            (None, None) => vec![start.weekday()],
            (None, Some(_)) => Vec::new(),
        }
    }

    /// Visits meetings in order, from one before `from` or earlier up to the last before `to`,
    /// until told to stop.
    fn visit(&self, from: Timestamp, to: Timestamp, mut visit: impl FnMut(Zoned) -> bool) {
        let (Some(start), Some(zone)) = (self.start, &self.zone) else {
            return;
        };
        let Some(rule) = &self.rule else {
            // A rule that we cannot read says nothing about single days either.
            if self.rule_text.is_none()
                && self.meets_on(start.date())
                && let Some(meeting) = self
                    .meeting_on(start.date())
                    .filter(|meeting| meeting.timestamp() < to)
            {
                visit(meeting);
            }
            return;
        };
        let day = zone.to_datetime(from).date().max(start.date());
        // What is counted is counted from the start; everything else may be entered anywhere.
        let first = if rule.count().is_some() {
            0
        } else {
            rule.round_before(start.date(), day)
        };
        let mut left = rule.count().unwrap_or(u32::MAX);
        for n in (first..).take(ROUNDS_MAX as usize) {
            let Some(round) = rule.round(start.date(), n) else {
                return;
            };
            for day in rule.days(start.date(), round) {
                let Some(meeting) = self.meeting_on(day) else {
                    return;
                };
                let is_over = match rule.until() {
                    Some(Until::Day(last)) => day > last,
                    Some(Until::Moment(last)) => meeting.timestamp() > last,
                    None => false,
                };
                if is_over || left == 0 || meeting.timestamp() >= to {
                    return;
                }
                left -= 1;
                if self.meets_on(day) && !visit(meeting) {
                    return;
                }
            }
        }
    }

    /// Whether a day that the rule names is neither left out nor out of season.
    fn meets_on(&self, day: Date) -> bool {
        !self.except.contains(&day) && self.season.is_none_or(|season| season.contains(day))
    }

    /// The meeting of this day. When the clocks go forward over its time it begins as much later
    /// (RFC 5545, section 3.3.5: the offset before the gap counts), when they go back over it,
    /// the first of the two times.
    fn meeting_on(&self, day: Date) -> Option<Zoned> {
        let local = day.to_datetime(self.start?.time());
        self.zone
            .as_ref()?
            .to_ambiguous_zoned(local)
            .compatible()
            .ok()
    }
}

impl Reading<'_> {
    /// A schedule here, of a listing with this many places.
    pub(super) fn schedule(&mut self, at: At<'_>, places: usize) -> Option<Schedule> {
        let fields = self.object(at, SCHEDULE_FIELDS)?;
        let by_arrangement = self.flag(at.field("by_arrangement")).unwrap_or(false);
        if by_arrangement {
            for name in ["start", "duration_min", "time_zone", "rule", "except"] {
                if fields.contains_key(name) && !at.field(name).is_empty() {
                    self.fault(
                        at.field(name),
                        FaultCode::ArrangementWithTimes,
                        &[("field", name)],
                    );
                }
            }
        } else {
            self.require(at.field("start"));
            self.require(at.field("time_zone"));
        }
        let time_zone = self
            .line(at.field("time_zone"), ZONE_BYTES_MAX)
            .map(str::to_owned);
        let rule_text = self
            .line(at.field("rule"), RULE_BYTES_MAX)
            .map(str::to_owned);
        let schedule = Schedule {
            by_arrangement,
            start: self.date_time(at.field("start")),
            duration_min: self
                .integer(at.field("duration_min"), 1..=DURATION_MIN_MAX)
                .and_then(|minutes| u32::try_from(minutes).ok()),
            zone: time_zone
                .as_deref()
                .and_then(|name| self.zone(at.field("time_zone"), name)),
            time_zone,
            rule: rule_text
                .as_deref()
                .and_then(|rule| self.rule(at.field("rule"), rule)),
            rule_text,
            except: self.list(at.field("except"), EXCEPTIONS_MAX, Self::date),
            season: self.season(at.field("season")),
            way: self.word(at.field("way")),
            place: self.place_index(at.field("place"), places),
            note: self.prose(at.field("note"), NOTE_CHARACTERS_MAX),
        };
        self.start_on_rule(at, &schedule);
        Some(schedule)
    }

    /// RFC 5545, section 3.8.5.3: the start should fit the rule, else nobody knows whether it counts.
    fn start_on_rule(&mut self, at: At<'_>, schedule: &Schedule) {
        let (Some(start), Some(rule)) = (schedule.start, &schedule.rule) else {
            return;
        };
        if !self.strict {
            return;
        }
        let is_over = match rule.until() {
            Some(Until::Day(last)) => last < start.date(),
            Some(Until::Moment(last)) => {
                let first = schedule.meeting_on(start.date());
                first.is_some_and(|first| last < first.timestamp())
            }
            None => false,
        };
        let start = start.date();
        if is_over {
            let start = start.to_string();
            self.fault(at.field("rule"), FaultCode::RuleOver, &[("start", &start)]);
        }
        let rounds = (0..ROUNDS_LOOKED_THROUGH).map_while(|n| rule.round(start, n));
        let first = rounds.flat_map(|round| rule.days(start, round)).next();
        if first != Some(start) {
            let nearest = first.map_or("none".to_owned(), |day| day.to_string());
            self.fault(
                at.field("start"),
                FaultCode::StartOffRule,
                &[("nearest", &nearest)],
            );
        }
    }

    fn place_index(&mut self, at: At<'_>, places: usize) -> Option<usize> {
        let index = self.integer(at, 0..=i64::from(u16::MAX))?;
        let index = usize::try_from(index).ok()?;
        if index >= places {
            let (index, count) = (index.to_string(), places.to_string());
            self.fault(
                at,
                FaultCode::NoSuchPlace,
                &[("index", &index), ("count", &count)],
            );
            return None;
        }
        Some(index)
    }

    fn rule(&mut self, at: At<'_>, text: &str) -> Option<Rule> {
        match Rule::parse(text) {
            Ok(rule) => Some(rule),
            Err(faults) => {
                // A later version may know more parts than we do.
                let told = if self.strict { faults } else { Vec::new() };
                for fault in &told {
                    let args: Vec<_> = fault
                        .1
                        .iter()
                        .map(|(name, value)| (*name, value.as_str()))
                        .collect();
                    self.fault(at, fault.0, &args);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
