//! How one cell is read: as text, web address, telephone number, address, hours and so on.

use serde_json::{Map, Value, json};

use super::address;
use super::clean;
use super::report::{Why, phrase};
use super::source::Source;
use super::when;
use crate::listing::{Taxonomy, canonical_tag, fold};

/// What a cell is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// One line of text.
    Line,
    /// Text with its line breaks.
    Lines,
    /// An `http` or `https` address; without a scheme, `https` is assumed.
    Url,
    /// An e-mail address.
    Email,
    /// The first telephone number in the cell.
    Telephone,
    /// The extension that is named behind a telephone number.
    Extension,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// The year, month or day at the beginning of a date.
    Date,
    /// A postal address, as a place.
    Address,
    /// A language by its English or French name or its tag.
    Language,
    /// Opening hours: an object with one member a weekday, in words.
    Hours,
    /// Free text in which the terms of the taxonomy are looked for.
    Concerns,
}

impl Reading {
    /// All, by the word that a mapping uses for them.
    pub(crate) const ALL: [(&'static str, Reading); 13] = [
        ("line", Reading::Line),
        ("lines", Reading::Lines),
        ("url", Reading::Url),
        ("email", Reading::Email),
        ("telephone", Reading::Telephone),
        ("extension", Reading::Extension),
        ("number", Reading::Number),
        ("integer", Reading::Integer),
        ("date", Reading::Date),
        ("address", Reading::Address),
        ("language", Reading::Language),
        ("hours", Reading::Hours),
        ("concerns", Reading::Concerns),
    ];

    /// Reads one cell. `Ok` with no values: it says nothing. An error: it says something that
    /// cannot be read this way.
    pub(crate) fn read(self, cell: &Value, source: &Source, tag: &str) -> Result<Vec<Value>, Why> {
        if self == Reading::Hours {
            return Ok(hours(cell, tag).map(Value::from).into_iter().collect());
        }
        let Some(text) = clean::scalar(cell) else {
            return Ok(Vec::new());
        };
        let line = clean::line(&text);
        if line.is_empty() {
            return Ok(Vec::new());
        }
        let one = match self {
            Reading::Line | Reading::Hours => Some(json!(line)),
            Reading::Lines => Some(json!(clean::lines(&text))),
            Reading::Url => clean::web_address(&line).map(Value::from),
            Reading::Email => email(&line).map(Value::from),
            Reading::Telephone => telephone(&line).map(Value::from),
            Reading::Extension => {
                return Ok(extension(&line).map(Value::from).into_iter().collect());
            }
            Reading::Number => line
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite())
                .map(Value::from),
            Reading::Integer => line.parse::<i64>().ok().map(Value::from),
            Reading::Date => date(&line).map(Value::from),
            Reading::Address => place(&text, source),
            Reading::Language => language(&line).map(Value::from),
            Reading::Concerns => return Ok(concerns(&line)),
        };
        one.map(|value| vec![value])
            .ok_or_else(|| self.reason().with("value", line))
    }

    fn reason(self) -> Why {
        Why::new(match self {
            Reading::Url => "no-web-address",
            Reading::Email => "no-email",
            Reading::Telephone => "no-telephone",
            Reading::Number | Reading::Integer => "no-number",
            Reading::Date => "no-date",
            Reading::Address => "no-address",
            Reading::Language => "no-language",
            _ => "unreadable",
        })
    }
}

fn email(text: &str) -> Option<String> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (name, host) = text.split_once('@')?;
    let plain =
        !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '('));
    (plain && !name.is_empty() && host.contains('.') && !host.contains('@'))
        .then(|| text.to_string())
}

/// Digits that a telephone number has at least: a seven-digit local number.
const MIN_DIGITS: usize = 7;
/// Digits that one has at most (E.164 allows fifteen).
const MAX_DIGITS: usize = 15;

/// The first run of digits and their usual separators that is long enough to be dialled.
fn telephone(text: &str) -> Option<String> {
    let belongs = |c: char| {
        c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ' ' | '(' | ')' | '\u{2011}' | '–')
    };
    for run in text.split(|c: char| !belongs(c)) {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        if (MIN_DIGITS..=MAX_DIGITS).contains(&digits) {
            let run = run.replace(['–', '\u{2011}'], "-");
            let ends = |c: char| !c.is_ascii_digit() && c != '+' && c != '(';
            return Some(
                run.trim_matches(ends)
                    .trim_end_matches(['(', '+'])
                    .trim()
                    .to_string(),
            );
        }
    }
    None
}

fn extension(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let at = ["ext", "poste", " x"]
        .iter()
        .find_map(|mark| lower.find(mark).map(|at| at + mark.len()))?;
    let digits: String = lower
        .get(at..)?
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    (1..=8).contains(&digits.len()).then_some(digits)
}

/// `2026-01-05T12:00:00Z` → `2026-01-05`, `1998` → `1998`.
fn date(text: &str) -> Option<String> {
    let head = text.split(['T', ' ']).next()?;
    let shape: String = head
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    matches!(shape.as_str(), "9999" | "9999-99" | "9999-99-99").then(|| head.to_string())
}

/// A place, if the text holds a house number or names a region or postal code: "province-wide"
/// and "see website" stand in address columns too.
fn place(text: &str, source: &Source) -> Option<Value> {
    let read = address::read(text, source.country.as_deref(), None);
    let numbered = read
        .street
        .as_deref()
        .is_some_and(|street| street.chars().any(|c| c.is_ascii_digit()));
    if !numbered && read.region.is_none() && read.postal_code.is_none() {
        return None;
    }
    let mut place = Map::new();
    let exact = read.street.is_some();
    place.insert(
        "precision".into(),
        json!(if exact { "exact" } else { "approximate" }),
    );
    let here = read.region.is_none();
    let city = read.city.or_else(|| source.city.clone().filter(|_| here));
    let region = read.region.or_else(|| source.region.clone());
    let country = read.country.or_else(|| source.country.clone());
    for (field, value) in [
        ("street", read.street),
        ("city", city),
        ("region", region),
        ("postal_code", read.postal_code),
        ("country", country),
    ] {
        if let Some(value) = value {
            place.insert(field.into(), json!(value));
        }
    }
    if let Some(remark) = read.remark {
        place.insert("note".into(), json!({ source.language.as_str(): remark }));
    }
    Some(Value::Object(place))
}

/// Languages by their English and French names, folded.
#[rustfmt::skip]
const LANGUAGES: &[(&str, &str)] = &[
    ("english", "en"), ("anglais", "en"), ("french", "fr"), ("francais", "fr"), ("spanish", "es"), ("espagnol", "es"),
    ("american sign language", "ase"), ("asl", "ase"), ("lsq", "fcs"), ("langue des signes quebecoise", "fcs"),
    ("cree", "cr"), ("cri", "cr"), ("ojibway", "oj"), ("ojibwe", "oj"), ("inuktitut", "iu"), ("mohawk", "moh"),
    ("arabic", "ar"), ("arabe", "ar"), ("bengali", "bn"), ("cantonese", "yue"), ("cantonais", "yue"),
    ("mandarin", "cmn"), ("chinese", "zh"), ("chinois", "zh"), ("dari", "prs"), ("dutch", "nl"), ("farsi", "fa"),
    ("persian", "fa"), ("persan", "fa"), ("german", "de"), ("allemand", "de"), ("greek", "el"), ("grec", "el"),
    ("gujarati", "gu"), ("hebrew", "he"), ("hindi", "hi"), ("hungarian", "hu"), ("italian", "it"), ("italien", "it"),
    ("japanese", "ja"), ("korean", "ko"), ("coreen", "ko"), ("polish", "pl"), ("polonais", "pl"),
    ("portuguese", "pt"), ("portugais", "pt"), ("punjabi", "pa"), ("pendjabi", "pa"), ("romanian", "ro"),
    ("russian", "ru"), ("russe", "ru"), ("serbian", "sr"), ("somali", "so"), ("swahili", "sw"), ("tagalog", "tl"),
    ("tamil", "ta"), ("tamoul", "ta"), ("tigrinya", "ti"), ("turkish", "tr"), ("turc", "tr"), ("ukrainian", "uk"),
    ("ukrainien", "uk"), ("urdu", "ur"), ("ourdou", "ur"), ("vietnamese", "vi"), ("vietnamien", "vi"), ("yiddish", "yi"),
];

fn language(text: &str) -> Option<String> {
    let folded = fold(text);
    let named = LANGUAGES
        .iter()
        .find(|(name, _)| *name == folded)
        .map(|(_, tag)| tag.to_string());
    // Tags are written in small letters: "Yes" is a word, "yes" might be a language.
    let looks_like_a_tag = text.len() <= 11 && text.starts_with(|c: char| c.is_ascii_lowercase());
    named.or_else(|| {
        if looks_like_a_tag {
            canonical_tag(text)
        } else {
            None
        }
    })
}

/// Concerns that one cell may name at most; a text that names more is about none of them.
const MAX_CONCERNS: usize = 6;

fn concerns(text: &str) -> Vec<Value> {
    let taxonomy = Taxonomy::standard();
    let mut ids: Vec<String> = Vec::new();
    for found in taxonomy.find(text) {
        let id = found.term.id().to_string();
        if !ids.contains(&id) && ids.len() < MAX_CONCERNS {
            ids.push(id);
        }
    }
    // The narrower term says all that the broader one does.
    let broader = |id: &String| ids.iter().any(|other| other.starts_with(&format!("{id}.")));
    ids.iter()
        .filter(|id| !broader(id))
        .map(|id| json!(id))
        .collect()
}

const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

/// `{"monday": {"open": "08:30", "close": "16:30"}, …, "notes": "…"}` in words, Monday first,
/// neighbouring days with the same hours together. A text is taken as it is.
fn hours(cell: &Value, tag: &str) -> Option<String> {
    let Value::Object(object) = cell else {
        return clean::scalar(cell)
            .map(|text| clean::line(&text))
            .filter(|text| !text.is_empty());
    };
    let mut spans: Vec<(usize, usize, String)> = Vec::new();
    for day in [1, 2, 3, 4, 5, 6, 0] {
        let Some(span) = object.get(WEEKDAYS[day]).and_then(open_and_close) else {
            continue;
        };
        match spans.last_mut() {
            Some((_, last, hours)) if *hours == span && (*last + 1) % 7 == day => *last = day,
            _ => spans.push((day, day, span)),
        }
    }
    let name = |day: usize| phrase(tag, &format!("day-{day}")).unwrap_or_default();
    let always = matches!(spans.as_slice(), [(1, 0, hours)] if hours == "00:00–23:59");
    let mut said: Vec<String> = spans
        .iter()
        .map(|(first, last, hours)| match first == last {
            true => format!("{} {hours}", name(*first)),
            false => format!("{}–{} {hours}", name(*first), name(*last)),
        })
        .collect();
    if always {
        said = vec!["24/7".to_string()];
    }
    let notes = clean::field_line(object, "notes").filter(|notes| !said.contains(notes));
    said.extend(notes);
    (!said.is_empty()).then(|| said.join("; "))
}

fn open_and_close(value: &Value) -> Option<String> {
    let Value::Object(object) = value else {
        return clean::scalar(value).map(|text| clean::line(&text));
    };
    let time =
        |field| clean::field_line(object, field).map(|t| when::minutes(&t).map_or(t, when::clock));
    Some(format!("{}–{}", time("open")?, time("close")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reading: Reading, cell: Value, expected: Value) {
        let got = reading.read(&cell, &Source::named("test"), "en");
        assert_eq!(
            got.map(Value::from).unwrap_or(json!("refused")),
            expected,
            "{cell}"
        );
    }

    #[test]
    fn telephone_numbers_as_people_write_them() {
        for (cell, number) in [
            ("1-800-668-6868", "1-800-668-6868"),
            ("Reception 416-785-9230", "416-785-9230"),
            ("416-544-8847 ext 28", "416-544-8847"),
            (
                "613-544-6424 (Crisis); 1-877-544-6424 (Toll Free)",
                "613-544-6424",
            ),
            ("(416) 744 7650", "(416) 744 7650"),
        ] {
            check(Reading::Telephone, json!(cell), json!([number]));
        }
        check(Reading::Telephone, json!("call 2-1-1"), json!("refused"));
        check(
            Reading::Extension,
            json!("613-542-2949 ext. 4"),
            json!(["4"]),
        );
        check(Reading::Extension, json!("613-542-2949"), json!([]));
    }

    #[test]
    fn other_cells_are_read_or_refused() {
        check(
            Reading::Url,
            json!("www.addus.org"),
            json!(["https://www.addus.org"]),
        );
        check(Reading::Url, json!("none"), json!("refused"));
        check(
            Reading::Email,
            json!("info@x.example"),
            json!(["info@x.example"]),
        );
        check(
            Reading::Email,
            json!("a@b.example, c@d.example"),
            json!("refused"),
        );
        check(
            Reading::Date,
            json!("2026-01-03T16:57:50Z"),
            json!(["2026-01-03"]),
        );
        check(Reading::Language, json!("Français"), json!(["fr"]));
        check(Reading::Number, json!("-79.35"), json!([-79.35]));
        check(Reading::Number, json!("NaN"), json!("refused"));
        check(Reading::Address, json!("Province-wide"), json!("refused"));
        check(Reading::Line, json!(null), json!([]));
        check(Reading::Line, json!({"a": 1}), json!([]));
    }

    #[test]
    fn hours_become_words() {
        let day = json!({"open": "08:30", "close": "4:30 PM"});
        check(
            Reading::Hours,
            json!({"monday": day, "tuesday": day, "friday": day}),
            json!(["Monday–Tuesday 08:30–16:30; Friday 08:30–16:30"]),
        );
        let all = json!({"open": "00:00", "close": "23:59"});
        let week: Map<String, Value> = WEEKDAYS
            .iter()
            .map(|d| (d.to_string(), all.clone()))
            .collect();
        check(Reading::Hours, Value::Object(week), json!(["24/7"]));
        check(Reading::Hours, json!({"notes": "24/7"}), json!(["24/7"]));
        check(Reading::Hours, json!("Mon-Fri"), json!(["Mon-Fri"]));
        check(Reading::Hours, json!({}), json!([]));
    }
}
