//! Which days, times of day and durations a cell names.

use serde_json::Value;

use super::clean::scalar;

/// A day of the week, 0 = Sunday, as Meeting Guide counts.
pub(crate) type Day = u8;

/// The days of RFC 5545, Sunday first.
const BYDAY: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/// First three letters of each day in English, French and Spanish, accents removed.
const NAMES: [[&str; 3]; 7] = [
    ["sun", "dim", "dom"],
    ["mon", "lun", "lun"],
    ["tue", "mar", "mar"],
    ["wed", "mer", "mie"],
    ["thu", "jeu", "jue"],
    ["fri", "ven", "vie"],
    ["sat", "sam", "sab"],
];

/// The days that a value names, in order and once each; an error quotes what is not a day.
/// Takes 0 to 6, `"2"`, `"Tuesday"`, `"mardi"`, and lists of them.
pub(crate) fn days(value: &Value) -> Result<Vec<Day>, String> {
    let mut found = Vec::new();
    match value {
        Value::Array(many) => {
            for one in many {
                if let Some(text) = scalar(one) {
                    found.push(day(&text)?);
                }
            }
        }
        other => {
            for text in scalar(other)
                .iter()
                .flat_map(|text| text.split([',', ';', '/', '&']))
            {
                let text = text.trim();
                if !text.is_empty() {
                    found.push(day(text)?);
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn day(text: &str) -> Result<Day, String> {
    let text = text.trim();
    if let Ok(number) = text.parse::<u8>() {
        return if number < 7 {
            Ok(number)
        } else {
            Err(text.to_string())
        };
    }
    let folded: String = text.to_lowercase().replace('é', "e").replace('á', "a");
    let head: String = folded.chars().take(3).collect();
    let long_enough = head.len() == 3;
    (0..7u8)
        .find(|&index| long_enough && NAMES[usize::from(index)].contains(&head.as_str()))
        .ok_or_else(|| text.to_string())
}

/// Minutes since midnight of a time of day: `19:00`, `7:00 PM`, `7 p.m.`, `19 h 30`, `Noon`.
pub(crate) fn minutes(text: &str) -> Option<u16> {
    let folded: String = text
        .to_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '.')
        .collect();
    match folded.as_str() {
        "noon" | "midi" => return Some(12 * 60),
        "midnight" | "minuit" => return Some(0),
        _ => {}
    }
    let (clock, half) = match folded
        .strip_suffix('m')
        .and_then(|t| t.strip_suffix(['a', 'p']).map(|c| (c, t)))
    {
        Some((clock, t)) => (clock.to_string(), t.chars().last()),
        None => (folded, None),
    };
    let mut parts = clock.splitn(3, [':', 'h']);
    let hour: u16 = digits(parts.next()?)?;
    let minute: u16 = match parts.next() {
        None | Some("") if half.is_some() || clock.contains('h') => 0,
        Some(text) if text.len() == 2 => digits(text)?,
        _ => return None,
    };
    // Seconds are read and dropped: no meeting starts on one.
    if parts
        .next()
        .is_some_and(|seconds| digits(seconds).is_none())
    {
        return None;
    }
    let hour = match half {
        Some(_) if hour == 0 || hour > 12 => return None,
        Some('p') => hour % 12 + 12,
        Some(_) => hour % 12,
        None => hour,
    };
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn digits(text: &str) -> Option<u16> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// `HH:MM`.
pub(crate) fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Minutes from one time of day to a later one, over midnight where the second is earlier.
pub(crate) fn between(start: u16, end: u16) -> u16 {
    if end >= start {
        end - start
    } else {
        end + 24 * 60 - start
    }
}

/// When a weekly schedule starts: the first of its days in the week of Sunday, 1 January 2023.
/// A foreign list says on which days a group meets, not since when. A fixed week makes the same
/// row the same listing whenever it is imported.
pub(crate) fn first_start(first: Day, start: u16) -> String {
    format!("2023-01-{:02}T{}", first + 1, clock(start))
}

/// The weekly rule of RFC 5545 for some days.
pub(crate) fn weekly_rule(days: &[Day]) -> String {
    let names: Vec<&str> = days.iter().map(|&day| BYDAY[usize::from(day)]).collect();
    format!("FREQ=WEEKLY;BYDAY={}", names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_day_is_read_from_every_spelling() {
        for value in [
            json!(2),
            json!("2"),
            json!([2]),
            json!(["2"]),
            json!("Tuesday"),
            json!("mardi"),
            json!("TUES"),
        ] {
            assert_eq!(days(&value), Ok(vec![2]), "{value}");
        }
        assert_eq!(days(&json!([5, 1, "1"])), Ok(vec![1, 5]));
        assert_eq!(days(&json!(null)), Ok(vec![]));
        assert_eq!(days(&json!("")), Ok(vec![]));
        for value in [json!(7), json!("x"), json!([0, 9]), json!(-1), json!(1.5)] {
            assert!(days(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_time_is_read_from_every_spelling() {
        for (text, expected) in [
            ("19:00", Some(1140)),
            ("7:00 PM", Some(1140)),
            ("7 p.m.", Some(1140)),
            ("7pm", Some(1140)),
            ("19:00:00", Some(1140)),
            ("19 h", Some(1140)),
            ("19h00", Some(1140)),
            ("12:00 AM", Some(0)),
            ("12:30 PM", Some(750)),
            ("Noon", Some(720)),
            ("midnight", Some(0)),
            ("00:00", Some(0)),
            ("23:59", Some(1439)),
            ("24:00", None),
            ("13:00 PM", None),
            ("7", None),
            ("19:60", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }

    #[test]
    fn an_end_before_the_start_is_on_the_next_day() {
        assert_eq!(between(23 * 60, 0), 60);
        assert_eq!(between(600, 600), 0);
        assert_eq!(first_start(0, 1140), "2023-01-01T19:00");
        assert_eq!(weekly_rule(&[1, 5]), "FREQ=WEEKLY;BYDAY=MO,FR");
    }
}
