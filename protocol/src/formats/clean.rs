//! How foreign text becomes clean plain text.

use serde_json::{Map, Value};

/// Letters that some browsers and editors leave behind and that change how text is shown or
/// compared without being seen: bidirectional controls, byte order marks, zero-width spaces.
fn unseen(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'
        | '\u{2066}'..='\u{2069}' | '\u{061C}' | '\u{FEFF}')
}

/// One line: every run of white space becomes one space, ends are trimmed, entities are decoded.
pub(crate) fn line(text: &str) -> String {
    decoded(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Several lines: ends of lines are unified and trimmed, at most one empty line stands between two.
pub(crate) fn lines(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for raw in decoded(&text.replace("\r\n", "\n").replace('\r', "\n")).split('\n') {
        let tidy = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        let doubled = tidy.is_empty() && out.last().is_none_or(String::is_empty);
        if !doubled {
            out.push(tidy);
        }
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.join("\n")
}

fn decoded(text: &str) -> String {
    let seen: String = text
        .chars()
        .filter(|&c| !unseen(c) && (!c.is_control() || c.is_whitespace()))
        .collect();
    if !seen.contains('&') {
        return seen;
    }
    // What WordPress writes into its feeds; anything else stays as it is, for it may be meant.
    [
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&#039;", "'"),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&#8217;", "’"),
        ("&#8211;", "–"),
        ("&#038;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(seen, |text, (entity, letter)| text.replace(entity, letter))
}

/// The text of a scalar: strings, numbers and booleans; `None` for the rest and for blanks.
/// A whole number reads the same whether the file wrote `0`, `0.0` or `"0"`.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_string(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    let empty = text.is_empty() || text.eq_ignore_ascii_case("null");
    (!empty).then_some(text)
}

/// True for what says nothing: null, blanks, empty lists and objects.
pub(crate) fn blank(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        other => scalar(other).is_none(),
    }
}

/// The text of a row's field on one line, `None` where it is missing, null or blank.
pub(crate) fn field_line(row: &Map<String, Value>, field: &str) -> Option<String> {
    row.get(field)
        .and_then(scalar)
        .map(|text| line(&text))
        .filter(|text| !text.is_empty())
}

/// The text of a row's field with its lines, `None` where it is missing, null or blank.
pub(crate) fn field_lines(row: &Map<String, Value>, field: &str) -> Option<String> {
    row.get(field)
        .and_then(scalar)
        .map(|text| lines(&text))
        .filter(|text| !text.is_empty())
}

/// Cuts a text to so many letters, at a word where one ends near; true if something was lost.
pub(crate) fn cut(text: &str, max_chars: usize) -> (String, bool) {
    if text.chars().count() <= max_chars {
        return (text.to_string(), false);
    }
    let head: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    let end = match head.rfind(char::is_whitespace) {
        Some(space) if space > head.len() / 2 => space,
        _ => head.len(),
    };
    (format!("{}…", head[..end].trim_end()), true)
}

/// A web address with its scheme, or `None` if this is not one that a page may link to.
pub(crate) fn web_address(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let full = if lower.starts_with("http://") || lower.starts_with("https://") {
        text.to_string()
    } else if text.contains("://") || lower.starts_with("mailto:") || text.contains('@') {
        return None;
    } else {
        format!("https://{text}")
    };
    let parsed = url::Url::parse(&full).ok()?;
    let host = parsed.host_str()?;
    host.contains('.').then_some(full)
}

/// A name made of letters, digits and single hyphens, for rows that bring no identifier.
pub(crate) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spelling_in_the_file_makes_no_difference() {
        for value in [json!("0"), json!(0), json!(0.0), json!(" 0 ")] {
            assert_eq!(scalar(&value).as_deref(), Some("0"), "{value}");
        }
        for value in [
            json!(null),
            json!(""),
            json!("  "),
            json!("null"),
            json!([]),
        ] {
            assert_eq!(scalar(&value), None, "{value}");
        }
    }

    #[test]
    fn text_is_tidied_and_nothing_else() {
        assert_eq!(
            lines(" North Door. \r\n\r\n\r\n\r\nUp  stairs\r\n"),
            "North Door.\n\nUp stairs"
        );
        assert_eq!(line("Tom &amp; Jerry\u{202E}"), "Tom & Jerry");
        assert_eq!(cut("one two three", 9), ("one two…".to_string(), true));
        assert_eq!(cut("one", 3), ("one".to_string(), false));
    }

    #[test]
    fn only_what_a_page_may_link_to_is_a_web_address() {
        assert_eq!(
            web_address("www.addus.org").as_deref(),
            Some("https://www.addus.org")
        );
        for bad in [
            "javascript:alert(1)",
            "mailto:a@b.example",
            "a@b.example",
            "n/a",
            "see notes",
            "ftp://x.org",
        ] {
            assert_eq!(web_address(bad), None, "{bad}");
        }
    }
}
