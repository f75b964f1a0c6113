//! Do we meet when RFC 5545 says, and when another reader of it says?

use jiff::{Timestamp, ToSpan, Zoned, civil::Date};
use proptest::{prelude::*, sample::select, test_runner::RngSeed};
use rrule::RRuleSet;
use serde_json::{Value, json};

use super::{OCCURRENCES_MAX, Schedule};
use crate::listing::{at::At, day::Season, reading::Reading, taxonomy::Taxonomy};

/// Read as a listing, so that a start beside its rule is allowed, as other calendars allow it.
fn schedule(value: &Value) -> Schedule {
    let mut reading = Reading::of_listing(Taxonomy::standard());
    let schedule = reading.schedule(At::document(value), 1).expect("an object");
    reading.finish().expect("a sound schedule");
    assert_eq!(
        schedule.rule().is_some(),
        schedule.rule_text().is_some(),
        "{value}"
    );
    schedule
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn local(meetings: &[Zoned]) -> Vec<String> {
    meetings
        .iter()
        .map(|meeting| meeting.strftime("%Y-%m-%d %H:%M %z").to_string())
        .collect()
}

/// The first meetings of a schedule in Toronto.
fn check(start: &str, rule: &str, expected: &[&str]) {
    let schedule = schedule(&json!({"start": start, "time_zone": "America/Toronto", "rule": rule}));
    let mut meetings = schedule.occurrences(Timestamp::UNIX_EPOCH, time("2100-01-01T00:00:00Z"));
    meetings.truncate(expected.len());
    assert_eq!(local(&meetings), expected, "{start} {rule}");
}

#[test]
fn rules_mean_what_people_mean() {
    let winter = |days: &[&str]| {
        days.iter()
            .map(|day| format!("{day} 19:00 -0500"))
            .collect::<Vec<_>>()
    };
    for (start, rule, days) in [
        (
            "2026-01-06",
            "FREQ=WEEKLY",
            &["2026-01-06", "2026-01-13"][..],
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
            &["2026-01-06", "2026-01-20", "2026-02-03"],
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;BYDAY=MO,TH,TU",
            &["2026-01-06", "2026-01-08", "2026-01-12"],
        ),
        (
            "2026-01-06",
            "FREQ=MONTHLY;BYDAY=1TU",
            &["2026-01-06", "2026-02-03", "2026-03-03"],
        ),
        (
            "2026-01-30",
            "FREQ=MONTHLY;BYDAY=-1FR",
            &["2026-01-30", "2026-02-27"],
        ),
        ("2026-01-30", "FREQ=MONTHLY;BYDAY=5FR", &["2026-01-30"]),
        (
            "2026-01-06",
            "FREQ=MONTHLY;BYDAY=TU,2TH",
            &["2026-01-06", "2026-01-08", "2026-01-13"],
        ),
        ("2026-01-01", "FREQ=MONTHLY;BYDAY=-5TH", &["2026-01-01"]),
        ("2026-01-06", "FREQ=MONTHLY", &["2026-01-06", "2026-02-06"]),
        (
            "2026-01-31",
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            &["2026-01-31", "2026-02-28"],
        ),
        ("2025-12-31", "FREQ=MONTHLY", &["2025-12-31", "2026-01-31"]),
        (
            "2026-01-01",
            "FREQ=MONTHLY;BYMONTHDAY=15,1",
            &["2026-01-01", "2026-01-15", "2026-02-01"],
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;COUNT=2",
            &["2026-01-06", "2026-01-13"],
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;UNTIL=20260113",
            &["2026-01-06", "2026-01-13"],
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;UNTIL=20260114T000000Z",
            &["2026-01-06", "2026-01-13"],
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;UNTIL=20260113T235959Z",
            &["2026-01-06"],
        ),
        // Sunday belongs to the week before or after, as WKST says (the example of RFC 5545).
        (
            "1997-12-02",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
            &["1997-12-02", "1997-12-07", "1997-12-16"],
        ),
        (
            "1997-12-02",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
            &["1997-12-02", "1997-12-14", "1997-12-16"],
        ),
    ] {
        let days = winter(days);
        check(
            &format!("{start}T19:00"),
            rule,
            &days.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
}

#[test]
fn clocks_that_change_do_not_lose_a_meeting() {
    for (start, rule, expected) in [
        // On 8 March 2026 Toronto's clocks skip from 2:00 to 3:00, on 1 November 1:00 comes twice.
        (
            "2026-03-01T02:30",
            "FREQ=WEEKLY",
            [
                "2026-03-01 02:30 -0500",
                "2026-03-08 03:30 -0400",
                "2026-03-15 02:30 -0400",
            ],
        ),
        (
            "2026-03-01T02:00",
            "FREQ=WEEKLY",
            [
                "2026-03-01 02:00 -0500",
                "2026-03-08 03:00 -0400",
                "2026-03-15 02:00 -0400",
            ],
        ),
        (
            "2026-03-01T03:00",
            "FREQ=WEEKLY",
            [
                "2026-03-01 03:00 -0500",
                "2026-03-08 03:00 -0400",
                "2026-03-15 03:00 -0400",
            ],
        ),
        (
            "2026-10-25T01:30",
            "FREQ=WEEKLY",
            [
                "2026-10-25 01:30 -0400",
                "2026-11-01 01:30 -0400",
                "2026-11-08 01:30 -0500",
            ],
        ),
        (
            "2026-10-25T02:00",
            "FREQ=WEEKLY",
            [
                "2026-10-25 02:00 -0400",
                "2026-11-01 02:00 -0500",
                "2026-11-08 02:00 -0500",
            ],
        ),
        (
            "2026-10-25T19:00",
            "FREQ=WEEKLY",
            [
                "2026-10-25 19:00 -0400",
                "2026-11-01 19:00 -0500",
                "2026-11-08 19:00 -0500",
            ],
        ),
    ] {
        check(start, rule, &expected);
    }
}

#[test]
fn seasons_and_exceptions_leave_days_out_and_counts_do_not_care() {
    let schedule = schedule(&json!({
        "start": "2026-06-02T19:00", "time_zone": "America/Toronto", "rule": "FREQ=MONTHLY;BYDAY=1TU;COUNT=8",
        "except": ["2026-12-01"], "season": {"from": "09-01", "to": "06-30"}
    }));
    let days: Vec<String> = schedule
        .occurrences(Timestamp::UNIX_EPOCH, Timestamp::MAX)
        .iter()
        .map(|meeting| meeting.date().to_string())
        .collect();
    assert_eq!(
        days,
        [
            "2026-06-02",
            "2026-09-01",
            "2026-10-06",
            "2026-11-03",
            "2027-01-05"
        ]
    );
}

#[test]
fn a_season_includes_both_its_days() {
    let season = |from, to| Season { from, to };
    for (season, inside, outside) in [
        (
            season((9, 1), (6, 30)),
            ["2026-09-01", "2026-06-30", "2026-01-01"],
            ["2026-08-31", "2026-07-01"],
        ),
        (
            season((5, 1), (5, 31)),
            ["2026-05-01", "2026-05-31", "2026-05-15"],
            ["2026-04-30", "2026-06-01"],
        ),
        (
            season((2, 29), (2, 29)),
            ["2028-02-29"; 3],
            ["2028-02-28", "2028-03-01"],
        ),
    ] {
        let contains = |day: &str| season.contains(day.parse::<Date>().expect("a date"));
        assert!(
            inside.into_iter().all(contains) && !outside.into_iter().any(contains),
            "{season:?}"
        );
    }
}

#[test]
fn the_next_meeting_begins_after_the_moment_and_within_ten_years() {
    let weekly =
        json!({"start": "2026-01-06T19:00", "time_zone": "America/Toronto", "rule": "FREQ=WEEKLY"});
    let once = json!({"start": "2026-01-06T19:00", "time_zone": "America/Toronto"});
    let ended = json!({"start": "2026-01-06T19:00", "time_zone": "America/Toronto", "rule": "FREQ=WEEKLY;COUNT=2"});
    let never = json!({"start": "2026-01-06T19:00", "time_zone": "America/Toronto",
        "rule": "FREQ=MONTHLY;BYDAY=1TU", "season": {"from": "02-29", "to": "02-29"}});
    let arranged = json!({"by_arrangement": true});
    for (value, after, next) in [
        (
            &weekly,
            "2000-01-01T00:00:00Z",
            Some("2026-01-07T00:00:00Z"),
        ),
        (
            &weekly,
            "2026-01-06T23:59:59Z",
            Some("2026-01-07T00:00:00Z"),
        ),
        (
            &weekly,
            "2026-01-07T00:00:00Z",
            Some("2026-01-14T00:00:00Z"),
        ),
        (
            &weekly,
            "2085-07-01T00:00:00Z",
            Some("2085-07-03T23:00:00Z"),
        ),
        (&weekly, "9999-12-30T00:00:00Z", None),
        (&once, "2000-01-01T00:00:00Z", Some("2026-01-07T00:00:00Z")),
        (&once, "2026-01-07T00:00:00Z", None),
        (&ended, "2026-01-07T00:00:00Z", Some("2026-01-14T00:00:00Z")),
        (&ended, "2026-01-14T00:00:00Z", None),
        (&never, "2026-01-01T00:00:00Z", None),
        (&arranged, "2026-01-01T00:00:00Z", None),
    ] {
        let found = schedule(value)
            .next(time(after))
            .map(|meeting| meeting.timestamp());
        assert_eq!(found, next.map(time), "{value} after {after}");
    }
}

#[test]
fn one_question_gives_a_bounded_answer() {
    let daily = json!({"start": "1000-01-01T19:00", "time_zone": "UTC", "rule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"});
    let daily = schedule(&daily);
    assert_eq!(
        daily.occurrences(Timestamp::MIN, Timestamp::MAX).len(),
        OCCURRENCES_MAX
    );
    let rare = json!({"start": "2026-01-01T19:00", "time_zone": "UTC", "rule": "FREQ=MONTHLY;INTERVAL=99;COUNT=1000"});
    assert_eq!(
        schedule(&rare)
            .occurrences(Timestamp::MIN, Timestamp::MAX)
            .len(),
        2
    );
    assert_eq!(schedule(&rare).next(Timestamp::MAX), None);
}

/// What the crate `rrule` says, with seasons and exceptions applied by day.
fn oracle(value: &Value, to: Timestamp) -> Vec<Timestamp> {
    let text = |name: &str| value[name].as_str().expect("text").replace(['-', ':'], "");
    let zone = value["time_zone"].as_str().expect("text");
    let rule = value["rule"].as_str().expect("text");
    let set = format!("DTSTART;TZID={zone}:{}00\nRRULE:{rule}", text("start"));
    let set: RRuleSet = set.parse().unwrap_or_else(|e| panic!("{set}: {e}"));
    let schedule = schedule(value);
    let instants = (&set)
        .into_iter()
        .map(|meeting| (meeting.date_naive().to_string(), meeting.timestamp()));
    instants
        .take_while(|(_, second)| *second < to.as_second())
        .filter(|(day, _)| schedule.meets_on(day.parse().expect("a date")))
        .map(|(_, second)| Timestamp::from_second(second).expect("in range"))
        .collect()
}

fn some<T: Clone + std::fmt::Debug + 'static>(
    of: Vec<T>,
    max: usize,
) -> impl Strategy<Value = Vec<T>> {
    proptest::sample::subsequence(of, 1..=max)
}

fn rules() -> impl Strategy<Value = String> {
    let days = vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    // The other reader does not know the fifth from the end, and finds no meeting at all where a
    // list names both every Tuesday and the second Thursday; `rules_mean_what_people_mean` has both.
    let nth: Vec<String> = (-4..=5i8)
        .filter(|n| *n != 0)
        .flat_map(|n| days.iter().map(move |day| format!("{n}{day}")))
        .collect();
    let dates: Vec<String> = (-31..=31)
        .filter(|n| *n != 0)
        .map(|n: i8| n.to_string())
        .collect();
    let weekly = prop_oneof![
        Just(String::new()),
        some(days.clone(), 7).prop_map(|d| format!(";BYDAY={}", d.join(",")))
    ]
    .prop_map(|by| format!("FREQ=WEEKLY{by}"));
    let monthly = prop_oneof![
        Just(String::new()),
        some(days.clone(), 3).prop_map(|d| format!(";BYDAY={}", d.join(","))),
        some(nth, 4).prop_map(|d| format!(";BYDAY={}", d.join(","))),
        some(dates, 4).prop_map(|d| format!(";BYMONTHDAY={}", d.join(","))),
    ]
    .prop_map(|by| format!("FREQ=MONTHLY{by}"));
    let interval = prop_oneof![2 => Just(1u32), 2 => 2..6u32, 1 => 6..30u32];
    let week_start = prop_oneof![3 => Just(String::new()), 1 => select(days).prop_map(|day| format!(";WKST={day}"))];
    (prop_oneof![weekly, monthly], interval, week_start)
        .prop_map(|(rule, interval, week_start)| format!("{rule};INTERVAL={interval}{week_start}"))
}

/// How a rule that starts in this year may end.
fn ends(year: i16) -> impl Strategy<Value = String> {
    let until = (year + 1..year + 12, 1..=12i8, 1..=28i8);
    prop_oneof![
        3 => Just(String::new()),
        1 => (1..400u32).prop_map(|count| format!(";COUNT={count}")),
        1 => until.prop_map(|(y, m, d)| format!(";UNTIL={y}{m:02}{d:02}T120000Z")),
    ]
}

fn schedules() -> impl Strategy<Value = Value> {
    let zones = select(vec![
        "America/Toronto",
        "America/St_Johns",
        "America/Regina",
        "Europe/London",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
    ]);
    // Hours that clocks skip or repeat, and plain ones.
    let times = select(vec![
        "00:00", "01:30", "01:45", "02:00", "02:15", "02:30", "03:00", "12:00", "19:00", "23:59",
    ]);
    // The tables of the other reader end in 2037.
    let day = (2015..2027i16).prop_flat_map(|year| (Just(year), 1..=12i8, 1..=28i8, ends(year)));
    let season = prop_oneof![
        2 => Just(Value::Null),
        1 => (1..=12i8, 1..=12i8).prop_map(|(a, b)| json!({"from": format!("{a:02}-10"), "to": format!("{b:02}-20")})),
    ];
    (day, times, zones, rules(), season).prop_map(|((y, m, d, end), time, zone, rule, season)| {
        json!({"start": format!("{y}-{m:02}-{d:02}T{time}"), "time_zone": zone, "rule": rule + &end, "season": season})
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, rng_seed: RngSeed::Fixed(20_260_901), failure_persistence: None, max_shrink_iters: 300, ..ProptestConfig::default()
    })]

    #[test]
    fn ten_years_of_any_rule_are_what_another_reader_says(
        mut value in schedules(),
        left_out in proptest::collection::vec(0..200usize, 0..4),
        asked in proptest::collection::vec(0..3_700i64, 8),
    ) {
        let zone = schedule(&value).zone.expect("known");
        let start = zone.to_ambiguous_timestamp(schedule(&value).start.expect("given"));
        // The other reader refuses a start, but no later meeting, at an hour skipped or repeated.
        prop_assume!(!start.is_ambiguous());
        let from = start.compatible().expect("in range");
        let to = from + (10 * 365 * 24).hours();
        // Exceptions are taken from the meetings themselves, or they would hardly ever matter.
        let all = oracle(&value, to);
        let days = left_out.iter().filter_map(|i| all.get(*i)).map(|at| zone.to_datetime(*at).date().to_string());
        value["except"] = days.collect::<Value>();
        let ours = schedule(&value);
        let expected = oracle(&value, to);

        let meetings: Vec<Timestamp> = ours.occurrences(from, to).iter().map(Zoned::timestamp).collect();
        let differs = (0..OCCURRENCES_MAX).find(|i| meetings.get(*i) != expected.get(*i));
        let both = differs.map(|i| (meetings.get(i), expected.get(i)));
        prop_assert_eq!(both, None, "{}", &value);

        for day in asked {
            let after = from + (day * 24).hours();
            let next = ours.next(after).map(|meeting| meeting.timestamp()).filter(|next| *next < to);
            prop_assert_eq!(next, expected.iter().copied().find(|at| *at > after), "{} after {}", &value, after);
            let window = ours.occurrences(after, after + (90 * 24).hours());
            let window: Vec<Timestamp> = window.iter().map(Zoned::timestamp).filter(|at| *at < to).collect();
            let wanted: Vec<Timestamp> =
                expected.iter().copied().filter(|at| (after..after + (90 * 24).hours()).contains(at)).collect();
            prop_assert_eq!(window, wanted, "{} from {}", &value, after);
        }

        let weekdays = ours.weekdays();
        let is_named = |at: &Timestamp| weekdays.contains(&zone.to_datetime(*at).date().weekday());
        prop_assert!(weekdays.is_empty() || expected.iter().all(is_named), "{}", &value);
    }
}
