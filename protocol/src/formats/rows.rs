//! How the bytes of a file become rows of named values.

use serde_json::{Map, Value};

use super::report::{Report, Why};

/// Bytes of a file that are read at most: fifty times the largest list we know.
pub const MAX_FILE_BYTES: usize = 100 * 1024 * 1024;

/// Rows of a file that are read at most; a whole country has fewer initiatives.
pub const MAX_ROWS: usize = 250_000;

/// Columns of a CSV file at most; the widest export we know has 116.
const MAX_COLUMNS: usize = 2_000;

/// Why a file as a whole cannot be imported. Nothing of it is used then.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ImportError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than [`MAX_FILE_BYTES`].
    #[error("the file has {bytes} bytes; at most {limit} are read")]
    TooLarge {
        /// Size of the file.
        bytes: usize,
        /// [`MAX_FILE_BYTES`].
        limit: usize,
    },
    /// It holds more rows than [`MAX_ROWS`].
    #[error("the file has more than {limit} rows")]
    TooManyRows {
        /// [`MAX_ROWS`].
        limit: usize,
    },
    /// It ends in the middle of something: a download that broke off, a disk that was full.
    #[error("the file breaks off in line {line}: it is not whole")]
    CutShort {
        /// Last line that was read, counted from 1.
        line: usize,
    },
    /// It is not the JSON text it should be.
    #[error("the file is not JSON: line {line}, column {column}: {detail}")]
    NotJson {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What the reader expected there.
        detail: String,
    },
    /// It is JSON, but no list of objects.
    #[error("expected a list of objects, found {found}")]
    NotAList {
        /// What stands there instead.
        found: &'static str,
    },
    /// It is not the CSV text it should be.
    #[error("the file is not CSV: {detail}")]
    NotCsv {
        /// What the reader met.
        detail: String,
    },
    /// It is in none of the formats that we read without a mapping.
    #[error(
        "neither Meeting Guide nor a list of ours: give a mapping file that says which column is which field"
    )]
    Unknown,
}

/// The rows of a file, and what had to be assumed to read them.
#[derive(Debug)]
pub struct Rows {
    /// One value a row; what is not an object is refused later, by its number.
    pub rows: Vec<Value>,
    /// Notes on the whole file.
    pub notes: Vec<(&'static str, Why)>,
}

impl Rows {
    /// A report that counts these rows and begins with what was assumed.
    pub(crate) fn report(&self) -> Report {
        let mut report = Report {
            rows_read: self.rows.len(),
            ..Report::default()
        };
        for (field, why) in &self.notes {
            report.about_file(field, why.clone());
        }
        report
    }
}

/// The text of a file, and the encoding that was assumed if it is not UTF-8.
/// Without a mark, bytes that are not UTF-8 are taken for Windows-1252: what spreadsheets write
/// in Canada and the United States.
pub fn text(bytes: &[u8]) -> Result<(String, Option<&'static str>), ImportError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_FILE_BYTES,
        });
    }
    let (text, assumed) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8_or_windows(rest),
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes), Some("UTF-16")),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes), Some("UTF-16")),
        plain => utf8_or_windows(plain),
    };
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    Ok((text, assumed))
}

fn utf8_or_windows(bytes: &[u8]) -> (String, Option<&'static str>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_string(), None),
        Err(_) => (
            bytes.iter().map(|&byte| windows_1252(byte)).collect(),
            Some("Windows-1252"),
        ),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or('\u{FFFD}'))
        .collect()
}

fn windows_1252(byte: u8) -> char {
    // Bytes 0x80 to 0x9F; the rest is as in Latin-1. Five have no letter.
    const HIGH: [char; 32] = [
        '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž',
        '\u{FFFD}', '\u{FFFD}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ',
        '\u{FFFD}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// The rows of a JSON file: a list of objects, or an object that holds exactly one such list under
/// any name (or under `under`), or a list of lists whose first is the header.
pub fn json(bytes: &[u8], under: Option<&str>) -> Result<Rows, ImportError> {
    let (text, assumed) = text(bytes)?;
    // The reader refuses more than 128 levels by itself, so depth cannot exhaust the stack.
    let value: Value = serde_json::from_str(&text).map_err(|error| json_error(&error))?;
    let rows = header_table(list_of(value, under)?);
    if rows.len() > MAX_ROWS {
        return Err(ImportError::TooManyRows { limit: MAX_ROWS });
    }
    Ok(Rows {
        rows,
        notes: encoding_note(assumed),
    })
}

fn encoding_note(assumed: Option<&'static str>) -> Vec<(&'static str, Why)> {
    assumed
        .map(|name| ("", Why::new("encoding").with("name", name)))
        .into_iter()
        .collect()
}

fn json_error(error: &serde_json::Error) -> ImportError {
    if error.is_eof() {
        return ImportError::CutShort { line: error.line() };
    }
    let full = error.to_string();
    let detail = full
        .split(" at line ")
        .next()
        .unwrap_or("unreadable")
        .to_string();
    ImportError::NotJson {
        line: error.line(),
        column: error.column(),
        detail,
    }
}

fn list_of(value: Value, under: Option<&str>) -> Result<Vec<Value>, ImportError> {
    match value {
        Value::Array(rows) => Ok(rows),
        Value::Object(mut object) => {
            let name = match under {
                Some(name) => Some(name.to_string()),
                None => only_list(&object),
            };
            match name.and_then(|name| object.remove(&name)) {
                Some(Value::Array(rows)) => Ok(rows),
                _ => Err(ImportError::NotAList { found: "an object" }),
            }
        }
        Value::String(_) => Err(ImportError::NotAList { found: "a text" }),
        Value::Number(_) => Err(ImportError::NotAList { found: "a number" }),
        Value::Bool(_) => Err(ImportError::NotAList {
            found: "true or false",
        }),
        Value::Null => Err(ImportError::NotAList { found: "null" }),
    }
}

/// The one member that is a list of objects or of lists; none if there are several to choose from.
fn only_list(object: &Map<String, Value>) -> Option<String> {
    let holds_rows = |value: &Value| match value {
        Value::Array(rows) => rows
            .first()
            .is_some_and(|row| row.is_object() || row.is_array()),
        _ => false,
    };
    let mut lists = object.iter().filter(|(_, value)| holds_rows(value));
    let (name, _) = lists.next()?;
    lists.next().is_none().then(|| name.clone())
}

/// Turns a list of lists, as a spreadsheet's interface answers, into objects by its first line.
fn header_table(rows: Vec<Value>) -> Vec<Value> {
    let Some(Value::Array(header)) = rows.first() else {
        return rows;
    };
    let Some(names) = header.iter().map(Value::as_str).collect::<Option<Vec<_>>>() else {
        return rows;
    };
    let names: Vec<String> = names.into_iter().map(str::to_string).collect();
    let object = |row: Value| match row {
        Value::Array(cells) => Value::Object(names.iter().cloned().zip(cells).collect()),
        other => other,
    };
    rows.into_iter().skip(1).map(object).collect()
}

/// The rows of a CSV file by its header line. The separator is a comma, semicolon, tab or bar,
/// whichever the header line has most of, unless it is given.
pub fn csv(bytes: &[u8], delimiter: Option<u8>) -> Result<Rows, ImportError> {
    let (text, assumed) = text(bytes)?;
    let mut notes = encoding_note(assumed);
    let delimiter = delimiter.unwrap_or_else(|| likely_delimiter(&text));
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let broken = |error: ::csv::Error| ImportError::NotCsv {
        detail: error.to_string(),
    };
    let header = unique_names(reader.headers().map_err(broken)?)?;
    let mut rows = Vec::new();
    let mut last_line = 1;
    let mut uneven = 0usize;
    for line in reader.records() {
        let line = line.map_err(broken)?;
        if rows.len() == MAX_ROWS {
            return Err(ImportError::TooManyRows { limit: MAX_ROWS });
        }
        last_line = line.position().map_or(last_line, |p| {
            usize::try_from(p.line()).unwrap_or(last_line)
        });
        uneven += usize::from(line.len() != header.len());
        rows.push(csv_row(&header, &line));
    }
    // A text that was opened and never closed swallows all that follows: the file is not whole.
    let quotes = text.bytes().filter(|&byte| byte == b'"').count();
    let swallowed = text.lines().count() > last_line;
    if quotes % 2 == 1 && swallowed {
        return Err(ImportError::CutShort { line: last_line });
    }
    if uneven > 0 {
        notes.push(("", Why::new("uneven").with("rows", uneven.to_string())));
    }
    Ok(Rows { rows, notes })
}

fn csv_row(header: &[String], line: &::csv::StringRecord) -> Value {
    // More cells than names: we cannot know which name is meant, so the row is refused as such.
    if line.len() > header.len() {
        return Value::Null;
    }
    let cells = header
        .iter()
        .cloned()
        .zip(line.iter().map(|cell| Value::String(cell.to_string())));
    Value::Object(cells.collect())
}

fn likely_delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let count = |delimiter: u8| header.bytes().filter(|&byte| byte == delimiter).count();
    let mut best = b',';
    for candidate in [b';', b'\t', b'|'] {
        if count(candidate) > count(best) {
            best = candidate;
        }
    }
    best
}

fn unique_names(header: &::csv::StringRecord) -> Result<Vec<String>, ImportError> {
    if header.len() > MAX_COLUMNS {
        return Err(ImportError::NotCsv {
            detail: format!("more than {MAX_COLUMNS} columns"),
        });
    }
    let mut names: Vec<String> = Vec::new();
    for cell in header {
        let name = cell.trim();
        let again = names.iter().filter(|known| *known == name).count();
        names.push(if again == 0 {
            name.to_string()
        } else {
            format!("{name} ({})", again + 1)
        });
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_list_says_what_it_is() {
        let cases: [(&[u8], ImportError); 7] = [
            (b"", ImportError::Empty),
            (b" \r\n", ImportError::Empty),
            (b"[{\"a\":1},{\"b\"", ImportError::CutShort { line: 1 }),
            (b"17", ImportError::NotAList { found: "a number" }),
            (b"{\"a\":1}", ImportError::NotAList { found: "an object" }),
            (b"null", ImportError::NotAList { found: "null" }),
            (b"\"x\"", ImportError::NotAList { found: "a text" }),
        ];
        for (bytes, expected) in cases {
            assert_eq!(json(bytes, None).unwrap_err(), expected);
        }
        assert!(matches!(
            json(b"<html>", None),
            Err(ImportError::NotJson { line: 1, .. })
        ));
        let deep = "[".repeat(100_000);
        assert!(matches!(
            json(deep.as_bytes(), None),
            Err(ImportError::NotJson { .. })
        ));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_it_is_read() {
        let bytes = vec![b' '; MAX_FILE_BYTES + 1];
        assert!(matches!(text(&bytes), Err(ImportError::TooLarge { .. })));
    }

    #[test]
    fn bytes_that_are_not_utf8_say_what_was_assumed() {
        let (french, assumed) = text(b"\xC9cole \x9Cuvre").expect("text");
        assert_eq!(
            (french.as_str(), assumed),
            ("École œuvre", Some("Windows-1252"))
        );
        let (marked, assumed) = text(b"\xFF\xFEa\0\xE9\0").expect("text");
        assert_eq!((marked.as_str(), assumed), ("aé", Some("UTF-16")));
        assert_eq!(
            text(b"\xEF\xBB\xBFok").expect("text"),
            ("ok".to_string(), None)
        );
        let rows = csv(b"name\n\xC9cole\n", None).expect("rows");
        assert_eq!(rows.notes[0].1.code, "encoding");
    }

    #[test]
    fn rows_are_found_wherever_the_list_stands() {
        for text in [
            r#"[{"a":"1"}]"#,
            r#"{"meta":{},"rows":[{"a":"1"}]}"#,
            r#"{"values":[["a"],["1"]]}"#,
        ] {
            assert_eq!(
                json(text.as_bytes(), None).expect("rows").rows,
                vec![serde_json::json!({"a": "1"})]
            );
        }
        for text in ["a,b\n1,2\n", "a;b\n1;2\n", "a\tb\r\n1\t2\r\n"] {
            assert_eq!(
                csv(text.as_bytes(), None).expect("rows").rows,
                vec![serde_json::json!({"a": "1", "b": "2"})]
            );
        }
    }

    #[test]
    fn a_csv_file_that_breaks_off_inside_a_quoted_text_is_not_whole() {
        let whole = "a,b\n1,\"x\ny\"\n2,\"z\"\n";
        assert_eq!(csv(whole.as_bytes(), None).expect("rows").rows.len(), 2);
        assert!(matches!(
            csv(b"a,b\n1,\"x\ny\n2,z\n", None),
            Err(ImportError::CutShort { .. })
        ));
    }
}
