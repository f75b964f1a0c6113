//! Schedules of every shape in both languages.

use clearinghouse_protocol::listing::{Draft, Lang, Listing, Taxonomy};
use jiff::civil::date;
use serde_json::{Value, json};

use super::*;

fn listing(schedules: Value) -> Listing {
    let draft = json!({
        "kind": "group", "name": {"en": "A group"}, "concerns": ["bereavement"], "ways": ["online"],
        "schedules": schedules,
    });
    let draft = Draft::from_json(draft.to_string().as_bytes()).expect("a draft");
    let checked = draft.check(Taxonomy::standard());
    checked.expect("a sound draft").listing
}

fn now() -> Now {
    let zone = TimeZone::get("America/Toronto").expect("a time zone");
    let noon = date(2026, 11, 20).at(12, 0, 0, 0);
    Now {
        moment: zone.to_timestamp(noon).expect("a moment"),
        zone,
    }
}

fn told(lang: Lang, schedule: &Value) -> String {
    let listing = listing(json!([schedule]));
    let meeting = meeting(Speech(lang), &listing.schedules()[0], &now());
    let mut told = meeting.words;
    for detail in meeting.details {
        told.push_str("; ");
        told.push_str(&detail);
    }
    told.replace('\u{a0}', "~")
}

#[test]
fn every_rhythm_is_told_as_people_tell_it() {
    for (start, rule, en, fr) in [
        (
            "2026-01-06",
            "FREQ=WEEKLY",
            "Every Tuesday",
            "Tous les mardis",
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;BYDAY=TU,TH",
            "Every Tuesday and Thursday",
            "Tous les mardis et jeudis",
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            "Monday to Friday",
            "Du lundi au vendredi",
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
            "Every day",
            "Tous les jours",
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
            "Every second Tuesday",
            "Un mardi sur deux",
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
            "Every second week, on Tuesday and Thursday",
            "Une semaine sur deux, le mardi et le jeudi",
        ),
        (
            "2026-01-06",
            "FREQ=WEEKLY;INTERVAL=3",
            "Every 3 weeks, on Tuesday",
            "Toutes les 3 semaines, le mardi",
        ),
        (
            "2026-01-13",
            "FREQ=MONTHLY;BYDAY=2TU",
            "Second Tuesday of the month",
            "Le deuxième mardi du mois",
        ),
        (
            "2026-01-30",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "Last Friday of the month",
            "Le dernier vendredi du mois",
        ),
        (
            "2026-01-06",
            "FREQ=MONTHLY;BYDAY=1TU,3TU",
            "First and third Tuesday of the month",
            "Le premier et le troisième mardi du mois",
        ),
        (
            "2026-01-05",
            "FREQ=MONTHLY;BYDAY=1MO,3TH",
            "First Monday and third Thursday of the month",
            "Le premier lundi et le troisième jeudi du mois",
        ),
        (
            "2026-01-06",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=1TU",
            "First Tuesday of the month, every second month",
            "Le premier mardi du mois, un mois sur deux",
        ),
        (
            "2026-01-01",
            "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1",
            "1st of the month, every 3 months",
            "Le 1er du mois, tous les 3 mois",
        ),
        (
            "2026-01-12",
            "FREQ=MONTHLY;BYMONTHDAY=12,22",
            "12th and 22nd of the month",
            "Le 12 et le 22 du mois",
        ),
        (
            "2026-01-31",
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "Last day of the month",
            "Le dernier jour du mois",
        ),
        (
            "2026-01-15",
            "FREQ=MONTHLY",
            "15th of the month",
            "Le 15 du mois",
        ),
    ] {
        let schedule = json!({
            "start": format!("{start}T19:00"), "time_zone": "America/Toronto", "rule": rule,
        });
        assert_eq!(
            told(Lang::En, &schedule),
            format!("{en}, 7:00~p.m."),
            "{rule}"
        );
        assert_eq!(told(Lang::Fr, &schedule), format!("{fr}, à 19~h"), "{rule}");
    }
}

#[test]
fn whatever_else_a_schedule_says_is_told() {
    for (schedule, en, fr) in [
        (
            json!({"start": "2026-01-06T19:00", "duration_min": 90, "time_zone": "America/Toronto",
                "rule": "FREQ=WEEKLY", "way": "online", "season": {"from": "09-01", "to": "06-30"},
                "except": ["2026-01-13", "2026-12-22", "2027-01-05"]}),
            "Every Tuesday, 7:00~p.m. to 8:30~p.m. (Eastern time), online; From September to June; \
             Not on Tuesday 22~December and Tuesday 5~January 2027",
            "Tous les mardis, de 19~h à 20~h~30 (heure de l’Est), en ligne; De septembre à juin; \
             Relâche~: mardi 22~décembre et mardi 5~janvier 2027",
        ),
        (
            json!({"start": "2026-01-06T23:00", "duration_min": 120, "time_zone": "America/Vancouver",
                "rule": "FREQ=WEEKLY;UNTIL=20270630"}),
            "Every Tuesday, 11:00~p.m. to 1:00~a.m. (Pacific time); Until 30~June 2027",
            "Tous les mardis, de 23~h à 1~h (heure du Pacifique); Jusqu’au 30~juin 2027",
        ),
        (
            json!({"start": "2026-12-01T19:00", "time_zone": "America/Toronto",
                "rule": "FREQ=WEEKLY;COUNT=10"}),
            "Every Tuesday, 7:00~p.m.; Begins on 1~December 2026; 10 meetings in all",
            "Tous les mardis, à 19~h; À partir du 1er~décembre 2026; 10 rencontres en tout",
        ),
        (
            json!({"start": "2027-03-06T10:00", "time_zone": "America/Toronto"}),
            "Saturday 6~March 2027, 10:00~a.m.",
            "Samedi 6~mars 2027, à 10~h",
        ),
        (
            json!({"start": "2027-03-06T10:00", "time_zone": "Europe/Paris"}),
            "Saturday 6~March 2027, 10:00~a.m. (Paris time)",
            "Samedi 6~mars 2027, à 10~h (heure de Paris)",
        ),
        (
            json!({"by_arrangement": true}),
            "By arrangement: you agree on a time together",
            "À convenir~: on fixe un moment ensemble",
        ),
    ] {
        assert_eq!(told(Lang::En, &schedule), en, "{schedule}");
        assert_eq!(told(Lang::Fr, &schedule), fr, "{schedule}");
    }
}

#[test]
fn the_next_meeting_is_the_soonest_and_says_whose_time_it_is() {
    let weekly =
        |start: &str, zone: &str| json!({"start": start, "time_zone": zone, "rule": "FREQ=WEEKLY"});
    let (tuesday, friday) = ("2026-01-06T19:00", "2026-01-09T19:00");
    for (schedules, en, fr, is_today) in [
        (
            json!([
                weekly(tuesday, "America/Toronto"),
                weekly(friday, "America/Toronto")
            ]),
            "Today, Friday 20~November, 7:00~p.m.",
            "Aujourd’hui, vendredi 20~novembre à 19~h",
            true,
        ),
        (
            json!([weekly(tuesday, "America/Halifax")]),
            "Tuesday 24~November, 7:00~p.m. (Atlantic time)",
            "Mardi 24~novembre à 19~h (heure de l’Atlantique)",
            false,
        ),
    ] {
        let listing = listing(schedules);
        let [en_told, fr_told] = Lang::ALL.map(|lang| {
            let next = next(Speech(lang), &listing, &now()).expect("a next meeting");
            assert_eq!(next.is_today, is_today);
            next.words.replace('\u{a0}', "~")
        });
        assert_eq!((en_told.as_str(), fr_told.as_str()), (en, fr));
    }
    let over = listing(json!([{"start": "2026-01-06T19:00", "time_zone": "America/Toronto"}]));
    assert_eq!(next(Speech(Lang::En), &over, &now()), None);
}
