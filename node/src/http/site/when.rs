//! When do people meet, in words?

use clearinghouse_protocol::listing::{Listing, Schedule, Status, Until, Way};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::said::Said;
use super::speech::{Speech, capital};
use crate::http::App;

/// Days without a meeting that are named: those of the next months.
const EXCEPTIONS_SHOWN: usize = 12;

/// Names of time zones that people in Canada know, by zones that keep that time.
const ZONES: &[(&str, &[&str])] = &[
    ("newfoundland", &["America/St_Johns"]),
    (
        "atlantic",
        &[
            "America/Halifax",
            "America/Moncton",
            "America/Glace_Bay",
            "America/Goose_Bay",
        ],
    ),
    (
        "eastern",
        &[
            "America/Toronto",
            "America/Montreal",
            "America/Thunder_Bay",
            "America/Nipigon",
            "America/Iqaluit",
            "America/Atikokan",
            "America/New_York",
            "America/Detroit",
            "Canada/Eastern",
        ],
    ),
    (
        "central",
        &[
            "America/Winnipeg",
            "America/Regina",
            "America/Swift_Current",
            "America/Rainy_River",
            "America/Chicago",
        ],
    ),
    (
        "mountain",
        &[
            "America/Edmonton",
            "America/Yellowknife",
            "America/Inuvik",
            "America/Denver",
        ],
    ),
    ("pacific", &["America/Vancouver", "America/Los_Angeles"]),
    ("yukon", &["America/Whitehorse", "America/Dawson"]),
];

/// From where and when times are told.
#[derive(Clone, Debug)]
pub(super) struct Now {
    /// The moment.
    pub(super) moment: Timestamp,
    /// In which most readers live.
    pub(super) zone: TimeZone,
}

impl Now {
    /// Now, and in the time of the centre's region.
    pub(super) fn of(app: &App) -> Now {
        Now {
            moment: app.clock.now(),
            zone: app.config.time_zone.clone(),
        }
    }

    /// The day it is here.
    pub(super) fn today(&self) -> Date {
        self.zone.to_datetime(self.moment).date()
    }
}

/// The next meeting of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// For machines: RFC 3339.
    pub(super) machine: String,
    /// In words.
    pub(super) words: String,
    /// How often, in words, if there is a rule; and how, if there is more than one way.
    pub(super) rhythm: Option<String>,
    /// Which of the listing's places.
    pub(super) place: Option<usize>,
    /// Whether it is today.
    pub(super) is_today: bool,
}

/// One schedule in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meeting {
    /// How often and at what time.
    pub(super) words: String,
    /// What else: the season, the end, days without a meeting.
    pub(super) details: Vec<String>,
    /// Which of the listing's places.
    pub(super) place: Option<usize>,
    /// What the group says about it.
    pub(super) note: Option<Said>,
}

/// The next meeting; `None` if it is not known, or if people do not meet at present.
pub(super) fn next(speech: Speech, listing: &Listing, now: &Now) -> Option<Next> {
    if listing.status().is(Status::Closed) || listing.status().is(Status::Paused) {
        return None;
    }
    let meetings = listing.schedules().iter().filter_map(|schedule| {
        let meeting = schedule.next(now.moment)?;
        Some((schedule, meeting))
    });
    let (schedule, meeting) = meetings.min_by_key(|(_, meeting)| meeting.timestamp())?;
    let today = now.today();
    let words = speech.moment(&meeting, today);
    let words = match zone_to_say(schedule, &meeting, now) {
        Some(zone) => zoned(speech, &words, &zone),
        None => words,
    };
    let rhythm = schedule.rule().zip(schedule.start());
    let rhythm = rhythm.map(|(rule, start)| speech.rhythm(rule, start.date()));
    let way = schedule.way().filter(|_| listing.ways().len() > 1);
    let way = way.map(|way| speech.choice("way-inline", way));
    let rhythm: Vec<String> = [rhythm, way].into_iter().flatten().collect();
    Some(Next {
        machine: meeting.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        words: capital(&words),
        rhythm: (!rhythm.is_empty()).then(|| rhythm.join(", ")),
        place: schedule.place(),
        is_today: meeting.date() == today,
    })
}

/// A schedule in words.
pub(super) fn meeting(speech: Speech, schedule: &Schedule, now: &Now) -> Meeting {
    let mut words = match (schedule.start(), schedule.rule(), schedule.rule_text()) {
        (Some(start), Some(rule), _) => speech.rhythm(rule, start.date()),
        (Some(start), None, None) => speech.day(start.date(), now.today()),
        (Some(_), None, Some(_)) => speech.say("when-unreadable"),
        (None, ..) if schedule.by_arrangement() => speech.say("when-by-arrangement"),
        (None, ..) => speech.say("when-unknown"),
    };
    if let Some(start) = schedule.start() {
        let span = span(speech, start.time(), schedule.duration_min());
        words = speech.with("when-at", &[("when", &words), ("span", &span)]);
        let next = schedule.next(now.moment);
        let zone = next.and_then(|next| zone_to_say(schedule, &next, now));
        if let Some(zone) = zone {
            words = zoned(speech, &words, &zone);
        }
    }
    if let Some(way) = schedule.way() {
        let way = speech.choice("way-inline", way);
        words = speech.with("when-way", &[("when", &words), ("way", &way)]);
    }
    Meeting {
        words: capital(&words),
        details: details(speech, schedule, now),
        place: schedule.place(),
        note: schedule.note().and_then(|note| Said::best(speech, note)),
    }
}

/// From when to when: `7:00 p.m. to 8:30 p.m.`; only from when if nobody says how long.
fn span(speech: Speech, from: Time, duration_min: Option<u32>) -> String {
    let minutes = duration_min
        .map(i64::from)
        .filter(|minutes| *minutes < 24 * 60);
    let until = minutes.map(|minutes| from.wrapping_add(SignedDuration::from_mins(minutes)));
    let from = speech.clock(from);
    match until {
        Some(until) => {
            let until = speech.clock(until);
            speech.with("when-span", &[("from", &from), ("until", &until)])
        }
        None => speech.of("when-from", &from),
    }
}

fn details(speech: Speech, schedule: &Schedule, now: &Now) -> Vec<String> {
    let mut details = Vec::new();
    let today = now.today();
    if let Some(season) = schedule.season() {
        details.push(capital(&speech.season(season)));
    }
    let rule = schedule.rule();
    if let Some(start) = schedule
        .start()
        .filter(|start| start.date() > today && rule.is_some())
    {
        details.push(speech.of("when-begins", &speech.date(start.date())));
    }
    let until = rule.and_then(|rule| rule.until()).map(|until| match until {
        Until::Day(day) => day,
        Until::Moment(moment) => now.zone.to_datetime(moment).date(),
    });
    if let Some(until) = until {
        details.push(speech.of("when-until", &speech.date(until)));
    }
    if let Some(count) = rule.and_then(|rule| rule.count()) {
        details.push(speech.count("when-count", count.into()));
    }
    let except = schedule.except().iter().filter(|day| **day >= today);
    let except: Vec<String> = except
        .take(EXCEPTIONS_SHOWN)
        .map(|day| speech.day(*day, today))
        .collect();
    if !except.is_empty() {
        details.push(speech.of("when-except", &speech.list(&except)));
    }
    details
}

/// The zone whose time is told, where it could be taken for another: where the clock shows something
/// else than here, or where people join from anywhere.
fn zone_to_say(schedule: &Schedule, meeting: &Zoned, now: &Now) -> Option<String> {
    let name = schedule.time_zone()?;
    let here = now.zone.to_offset(meeting.timestamp());
    let from_anywhere = schedule
        .way()
        .is_some_and(|way| way.is(Way::Online) || way.is(Way::Telephone));
    (from_anywhere || here != meeting.offset()).then(|| name.to_owned())
}

fn zoned(speech: Speech, when: &str, zone: &str) -> String {
    let known = ZONES.iter().find(|(_, zones)| zones.contains(&zone));
    let zone = match known {
        Some((name, _)) => speech.say(&format!("zone-{name}")),
        None => {
            let city = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
            speech.of("zone-of-city", &city)
        }
    };
    speech.with("when-zone", &[("when", when), ("zone", &zone)])
}

#[cfg(test)]
mod tests;
