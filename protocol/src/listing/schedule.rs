//! When do people meet?

use std::sync::LazyLock;

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{
    fault_code::FaultCode,
    reading::{At, Reading, nearest},
    rule::{RULE_BYTES_MAX, Rule, Until},
    text::Text,
    word::{Choice, Way},
};

/// How far ahead the next meeting is looked for, in years. What comes later is nobody's plan.
pub const SEARCH_YEARS: i16 = 10;

/// How many meetings one question gives at most: daily for almost three years.
pub const OCCURRENCES_MAX: usize = 1_000;

/// How many weeks or months one question looks through: ten years of weeks, with room for a
/// counted rule of which each is counted from its start.
const ROUNDS_MAX: u32 = 2_000;

/// How long one meeting may last: a week, for a retreat.
const DURATION_MIN_MAX: i64 = 7 * 24 * 60;

/// How many dates a schedule may leave out: every week for four years.
const EXCEPTIONS_MAX: usize = 200;

/// How long a note beside a schedule, place or contact may be, in characters.
pub(super) const NOTE_CHARACTERS_MAX: usize = 500;

/// How long a time zone's name may be, in bytes; the longest of today has 32.
const ZONE_BYTES_MAX: usize = 64;

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

/// The fields of a season in the order in which they are written.
pub(super) const SEASON_FIELDS: &[&str] = &["from", "to"];

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
        let day = zone.to_datetime(from).date();
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

/// The time zones that every node of this version knows: those built into the program. The ones
/// of the machine would differ from node to node, and so would what they show.
fn zones() -> &'static TimeZoneDatabase {
    static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    &ZONES
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
        let (Some(start), Some(rule)) = (schedule.start.map(DateTime::date), &schedule.rule) else {
            return;
        };
        if !self.strict
            || rule
                .days(start, rule.round(start, 0).unwrap_or(start))
                .contains(&start)
        {
            return;
        }
        let rounds = (0..ROUNDS_MAX).map_while(|n| rule.round(start, n));
        let first = rounds
            .take(60)
            .find_map(|round| rule.days(start, round).first().copied());
        let nearest = first.map_or("none".to_owned(), |day| day.to_string());
        self.fault(
            at.field("start"),
            FaultCode::StartOffRule,
            &[("nearest", &nearest)],
        );
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

    fn zone(&mut self, at: At<'_>, name: &str) -> Option<TimeZone> {
        let zone = zones()
            .get(name)
            .ok()
            .filter(|zone| zone.iana_name() == Some(name));
        if zone.is_none() && self.strict {
            let known: Vec<String> = zones()
                .available()
                .map(|name| name.as_str().to_owned())
                .collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let nearest = nearest(name, &known).unwrap_or("none");
            self.fault(
                at,
                FaultCode::BadTimeZone,
                &[("value", name), ("nearest", nearest)],
            );
        }
        zone
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

    fn season(&mut self, at: At<'_>) -> Option<Season> {
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

    fn date_time(&mut self, at: At<'_>) -> Option<DateTime> {
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
    let time = jiff::civil::Time::strptime("%H:%M", time)
        .ok()
        .filter(|_| time.len() == 5)?;
    Some(date(day)?.to_datetime(time))
}
