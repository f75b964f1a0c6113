//! Do the sample listings pass the door, and do they show everything a listing can say?

use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::listing::{
    Checked, Choice, Draft, Frequency, Lang, Listing, Rule, Schedule, Taxonomy, Word,
};
use serde_json::Value;

/// A sample file: who keeps it, its text, how many listings it has at least, and a box of
/// south, north, west and east in which every place of it lies.
struct Sample {
    keeper: &'static str,
    text: &'static str,
    at_least: usize,
    around: [f64; 4],
}

const SAMPLES: [Sample; 4] = [
    Sample {
        keeper: "toronto",
        text: include_str!("../../node/data/sample/toronto.json"),
        at_least: 110,
        around: [43.58, 43.86, -79.64, -79.11],
    },
    Sample {
        keeper: "kingston",
        text: include_str!("../../node/data/sample/kingston.json"),
        at_least: 110,
        around: [44.20, 44.30, -76.65, -76.40],
    },
    Sample {
        keeper: "ottawa",
        text: include_str!("../../node/data/sample/ottawa.json"),
        at_least: 110,
        around: [45.20, 45.50, -75.95, -75.45],
    },
    Sample {
        keeper: "ontario",
        text: include_str!("../../node/data/sample/ontario.json"),
        at_least: 8,
        around: [41.9, 56.9, -95.2, -74.3],
    },
];

/// The words with which every private note of the samples is marked.
const AT_HOME: &str = "kept in the office only";

fn drafts(sample: &Sample) -> Vec<Value> {
    serde_json::from_str(sample.text).unwrap_or_else(|e| panic!("{}: {e}", sample.keeper))
}

/// Every sample listing, checked at the door like a stranger's.
fn checked() -> Vec<(&'static Sample, Checked)> {
    let mut sound = Vec::new();
    let mut faults = Vec::new();
    for sample in &SAMPLES {
        for (n, value) in drafts(sample).into_iter().enumerate() {
            let draft = Draft::from_value(value);
            match draft.and_then(|draft| draft.check(Taxonomy::standard())) {
                Ok(checked) => sound.push((sample, checked)),
                Err(found) => faults.extend(found.iter().map(|fault| {
                    let (keeper, field) = (sample.keeper, fault.field());
                    format!("{keeper}[{n}] {field}: {}", fault.message(Lang::En))
                })),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    sound
}

fn listings() -> Vec<Listing> {
    checked()
        .into_iter()
        .map(|(_, checked)| checked.listing)
        .collect()
}

/// How often each word is found.
fn tally<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for word in words {
        *tally.entry(word.to_owned()).or_default() += 1;
    }
    tally
}

/// Fails unless every word of a vocabulary is found at least so often.
fn covers<'a, W: Word>(at_least: usize, found: impl Iterator<Item = &'a Choice<W>>) {
    let found = tally(found.map(Choice::as_str));
    for (word, _) in W::WORDS {
        let times = found.get(*word).copied().unwrap_or(0);
        assert!(
            times >= at_least,
            "{word} is found {times} times: {found:?}"
        );
    }
}

/// How a schedule comes round, in one word.
fn pattern(schedule: &Schedule) -> &'static str {
    let by_nth = |rule: &Rule, last: bool| {
        rule.by_day()
            .iter()
            .any(|day| day.ordinal.is_some_and(|nth| (nth < 0) == last))
    };
    match schedule.rule() {
        None if schedule.by_arrangement() => "by arrangement",
        None => "once",
        Some(rule) => match (rule.frequency(), rule.interval()) {
            (Frequency::Weekly, 1) => "weekly",
            (Frequency::Weekly, 2) => "every second week",
            (Frequency::Monthly, 1) if !rule.by_month_day().is_empty() => "by day of the month",
            (Frequency::Monthly, 1) if by_nth(rule, true) => "last weekday of the month",
            (Frequency::Monthly, 1) if by_nth(rule, false) => "nth weekday of the month",
            _ => "other",
        },
    }
}

#[test]
fn every_sample_listing_is_sound_and_survives_a_round_trip() {
    for (sample, checked) in checked() {
        let read = Listing::from_value(&checked.listing.to_value(), Taxonomy::standard());
        assert_eq!(
            read.as_ref().ok(),
            Some(&checked.listing),
            "{}",
            sample.keeper
        );
    }
}

#[test]
fn every_centre_has_enough_to_look_through() {
    let mut total = 0;
    for sample in &SAMPLES {
        let count = drafts(sample).len();
        assert!(count >= sample.at_least, "{} has {count}", sample.keeper);
        total += count;
    }
    assert!(total >= 338, "{total} in all");
}

#[test]
fn the_samples_use_every_word_a_listing_may_choose() {
    let all = listings();
    covers(5, all.iter().map(Listing::kind));
    covers(5, all.iter().flat_map(Listing::ways));
    covers(5, all.iter().filter_map(Listing::openness));
    covers(5, all.iter().map(Listing::status));
    covers(1, all.iter().flat_map(Listing::for_whom));
    covers(2, all.iter().flat_map(Listing::accessibility));
    covers(2, all.iter().filter_map(|l| Some(l.cost()?.kind())));
    covers(
        2,
        all.iter()
            .flat_map(|l| l.links().iter().filter_map(|link| link.kind())),
    );
    covers(
        5,
        all.iter()
            .flat_map(|l| l.places().iter().map(|place| place.precision())),
    );
    covers(5, all.iter().filter_map(|l| l.confirmed()?.by()));
    // What professionals lead for good is not self-help, and no sample reaches beyond Ontario.
    let leaders = tally(all.iter().filter_map(|l| Some(l.leadership()?.as_str())));
    let scopes = tally(all.iter().filter_map(|l| Some(l.area()?.scope()?.as_str())));
    for word in ["peer", "shared", "in-transition"] {
        assert!(
            leaders.get(word).is_some_and(|times| *times >= 5),
            "{leaders:?}"
        );
    }
    for word in ["local", "regional", "provincial"] {
        assert!(
            scopes.get(word).is_some_and(|times| *times >= 5),
            "{scopes:?}"
        );
    }
}

#[test]
fn the_samples_meet_in_every_pattern() {
    let all = listings();
    let schedules = || all.iter().flat_map(|l| l.schedules());
    let found = tally(schedules().map(pattern));
    for (pattern, at_least) in [
        ("weekly", 80),
        ("every second week", 20),
        ("nth weekday of the month", 60),
        ("last weekday of the month", 10),
        ("by day of the month", 10),
        ("by arrangement", 20),
    ] {
        let times = found.get(pattern).copied().unwrap_or(0);
        assert!(
            times >= at_least,
            "{pattern} is found {times} times: {found:?}"
        );
    }
    let last_friday = schedules()
        .filter_map(Schedule::rule_text)
        .filter(|r| r.ends_with("-1FR"));
    assert!(last_friday.count() >= 5);
    assert!(schedules().filter(|s| s.season().is_some()).count() >= 20);
    assert!(schedules().filter(|s| !s.except().is_empty()).count() >= 20);
    assert!(all.iter().filter(|l| l.schedules().len() > 1).count() >= 20);
    assert!(all.iter().filter(|l| l.schedules().is_empty()).count() >= 10);
}

#[test]
fn a_fixed_time_has_a_next_meeting_within_a_year() {
    let after: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().expect("a moment");
    let until: jiff::Timestamp = "2027-11-21T12:00:00Z".parse().expect("a moment");
    for listing in listings() {
        for schedule in listing.schedules().iter().filter(|s| !s.by_arrangement()) {
            let next = schedule.next(after).map(|meeting| meeting.timestamp());
            let name = listing.title("en").1;
            assert!(
                next.is_some_and(|next| next > after && next < until),
                "{name}: {next:?}"
            );
        }
    }
}

#[test]
fn most_samples_speak_both_languages_and_the_others_one_throughout() {
    let all = listings();
    let mut one = 0;
    for listing in &all {
        let tags: Vec<&str> = listing.name().iter().map(|(tag, _)| tag).collect();
        for text in [listing.summary(), listing.description()] {
            let text = text.expect("every sample has a summary and a description");
            assert_eq!(text.iter().map(|(tag, _)| tag).collect::<Vec<_>>(), tags);
        }
        one += usize::from(tags.len() == 1);
    }
    let percent = one * 100 / all.len();
    assert!(
        (8..=16).contains(&percent),
        "{percent} % speak one language"
    );
    let spoken: BTreeSet<&str> = all
        .iter()
        .flat_map(|l| l.languages().iter().map(String::as_str))
        .collect();
    for tag in ["en", "fr", "ase", "fcs", "es", "zh", "pa", "so", "ar", "oj"] {
        assert!(spoken.contains(tag), "{tag} is not among {spoken:?}");
    }
}

#[test]
fn no_two_samples_say_the_same() {
    let all = listings();
    let mut seen = BTreeSet::new();
    for listing in &all {
        for text in [
            Some(listing.name()),
            listing.summary(),
            listing.description(),
        ] {
            for (tag, words) in text.into_iter().flat_map(|text| text.iter()) {
                assert!(seen.insert((tag, words)), "said twice in {tag}: {words}");
            }
        }
    }
}

#[test]
fn the_samples_are_about_many_things() {
    let all = listings();
    let concerns: BTreeSet<&str> = all
        .iter()
        .flat_map(|l| l.concerns().iter().map(String::as_str))
        .collect();
    assert!(concerns.len() >= 120, "{} concerns", concerns.len());
}

#[test]
fn a_sensitive_sample_has_a_neutral_title_and_no_exact_place() {
    let all = listings();
    let sensitive: Vec<_> = all.iter().filter(|l| l.sensitive()).collect();
    assert!(sensitive.len() >= 15, "{} sensitive", sensitive.len());
    for listing in sensitive {
        let name = listing.title("en").1;
        for tag in ["en", "fr"] {
            assert_eq!(
                listing.public_title(tag).map(|(found, _)| found),
                Some(tag),
                "{name}"
            );
        }
        assert!(
            listing
                .places()
                .iter()
                .all(|p| p.precision().as_str() != "exact"),
            "{name}"
        );
    }
}

#[test]
fn what_stays_at_home_is_in_no_sample_listing() {
    let mut kept = 0;
    for (_, checked) in checked() {
        let public = checked.listing.to_value().to_string().to_lowercase();
        assert!(!public.contains(AT_HOME), "{public}");
        if let Some(private) = checked.private {
            assert!(
                private
                    .notes()
                    .is_some_and(|notes| notes.starts_with(AT_HOME))
            );
            kept += 1;
        }
    }
    assert!(kept >= 10, "{kept} with private notes");
}

#[test]
fn every_place_lies_where_its_centre_is() {
    for (sample, checked) in checked() {
        let [south, north, west, east] = sample.around;
        for place in checked.listing.places() {
            assert_eq!(place.region(), Some("CA-ON"));
            if let Some((latitude, longitude)) = place.coordinates() {
                let inside =
                    (south..=north).contains(&latitude) && (west..=east).contains(&longitude);
                assert!(
                    inside,
                    "{}: {latitude} {longitude}",
                    checked.listing.title("en").1
                );
            }
        }
    }
}

#[test]
fn nobody_real_can_be_reached_through_a_sample() {
    let fictional = |host: &str| {
        host.ends_with(".example") || host == "example.org" || host.ends_with(".example.org")
    };
    for (_, checked) in checked() {
        let listing = &checked.listing;
        let at_home = checked
            .private
            .iter()
            .flat_map(|private| private.contacts());
        for contact in listing.contacts().iter().chain(at_home) {
            if let Some(telephone) = contact.telephone() {
                let digits: String = telephone.chars().filter(char::is_ascii_digit).collect();
                assert!(digits[..digits.len() - 2].ends_with("55501"), "{telephone}");
            }
            if let Some((_, host)) = contact.email().and_then(|email| email.rsplit_once('@')) {
                assert!(fictional(host), "{host}");
            }
        }
        for link in listing.links() {
            let host = link.url().split('/').nth(2).expect("https://host/path");
            assert!(fictional(host), "{host}");
        }
    }
}
