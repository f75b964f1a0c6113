//! Where a meeting of Meeting Guide takes place, and by which ways.

use serde_json::{Map, Value, json};

use super::codes::Says;
use super::row::{Row, text};
use crate::formats::address::{self, Address, Point};
use crate::formats::clean::{cut, scalar, web_address};
use crate::formats::report::Why;
use crate::formats::source::Source;

/// What the address, the coordinates and the types of one row come to.
#[derive(Debug)]
pub(super) struct Where {
    pub(super) address: Address,
    pub(super) longitude: Option<f64>,
    /// The place, in the form of a listing.
    pub(super) place: Option<Value>,
    /// Values of `ways`.
    pub(super) ways: Vec<&'static str>,
    /// Link that leads into the meeting.
    pub(super) join_url: Option<String>,
    /// Number to dial, as written.
    pub(super) dial_in: Option<String>,
    /// True if the place is closed and there is no other way.
    pub(super) paused: bool,
}

/// Letters of a place's name or street at most, as in a listing.
const MAX_NAME_CHARS: usize = 200;

/// Letters of a remark about a place at most.
const MAX_NOTE_CHARS: usize = 500;

/// Reads place and ways of one row.
pub(super) fn read(row: &mut Row<'_>, says: &[Says], source: &Source) -> Where {
    let point = coordinates(row);
    let address = read_address(row, source, point);
    let join_url = conference_url(row);
    let dial_in = dial_in(row);
    let marked_online = says.contains(&Says::Online) || attends(row, &["online", "hybrid"]);
    let online = join_url.is_some() || marked_online;
    let closed = says.contains(&Says::PlaceClosed);
    let flagged = row.line("approximate").and_then(|text| yes_or_no(&text));
    let specific = address.street.is_some() && flagged != Some(true);
    let elsewhere = online || dial_in.is_some();
    let in_person = if elsewhere { specific && !closed } else { true };

    let mut ways = Vec::new();
    if in_person {
        ways.push("in-person");
    }
    if online {
        ways.push("online");
    }
    if dial_in.is_some() {
        ways.push("telephone");
    }
    let shut = attends(row, &["inactive"]);
    let paused = !elsewhere && (closed || shut)
        || (shut && closed && join_url.is_none() && dial_in.is_none());
    if closed && elsewhere && specific {
        row.changed("types", Why::new("place-closed"));
    }
    let place = place(row, &address, point, specific && in_person, source);
    Where {
        longitude: point.map(|p| p.1),
        address,
        place,
        ways,
        join_url,
        dial_in,
        paused,
    }
}

fn attends(row: &Row<'_>, values: &[&str]) -> bool {
    row.line("attendance_option")
        .is_some_and(|text| values.contains(&text.to_lowercase().replace('-', "_").as_str()))
}

pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "y" | "oui" => Some(true),
        "no" | "false" | "0" | "n" | "non" => Some(false),
        _ => None,
    }
}

fn coordinates(row: &mut Row<'_>) -> Option<Point> {
    let (latitude, longitude) = match row.line("coordinates") {
        Some(both) => {
            let (a, b) = both.split_once(',')?;
            (a.trim().to_string(), b.trim().to_string())
        }
        None => match (row.line("latitude"), row.line("longitude")) {
            (None, None) => return None,
            (a, b) => (a.unwrap_or_default(), b.unwrap_or_default()),
        },
    };
    let written = format!("{latitude}, {longitude}");
    let point = latitude
        .parse::<f64>()
        .ok()
        .zip(longitude.parse::<f64>().ok())
        .filter(|&(a, b)| plausible(a, b));
    if point.is_none() {
        row.changed(
            "coordinates",
            Why::new("coordinates").with("value", written),
        );
    }
    point
}

/// On the globe, and not at its origin, where maps put what they could not find.
pub(crate) fn plausible(latitude: f64, longitude: f64) -> bool {
    let on_globe = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    on_globe && latitude != 0.0 && longitude != 0.0
}

fn read_address(row: &mut Row<'_>, source: &Source, point: Option<Point>) -> Address {
    let country = row.line("country");
    let assumed = country
        .as_deref()
        .and_then(crate::formats::regions::country)
        .map(|c| c.code);
    let assumed = assumed.or(source.country.as_deref());
    let parts: Vec<String> = ["address", "city", "state", "postal_code"]
        .iter()
        .filter_map(|field| row.line(field))
        .collect();
    // Some feeds write the whole address into the part meant for the street.
    let line = row
        .line("formatted_address")
        .unwrap_or_else(|| parts.join(", "));
    let mut address = address::read(&line, assumed, point);
    if address.city.is_none() {
        address.city = row.line("city").or_else(|| row.line("sub_region"));
    }
    if address.region.is_none() {
        let stated = row
            .line("state")
            .and_then(|s| crate::formats::regions::region(&s, assumed));
        address.region = stated.map(|r| r.code.to_string());
    }
    if address.postal_code.is_none() {
        address.postal_code = row
            .line("postal_code")
            .and_then(|code| address::postal_code(&code));
    }
    let foreign = address.country.is_some() && address.country != source.country;
    if address.region.is_none() && !foreign {
        address.region = source.region.clone();
    }
    if address.country.is_none() {
        address.country = address
            .region
            .as_deref()
            .map(|region| region[..2].to_string());
    }
    address
}

fn conference_url(row: &mut Row<'_>) -> Option<String> {
    let written = row.line("conference_url")?;
    let url = web_address(&written);
    if url.is_none() {
        row.changed(
            "conference_url",
            Why::new("no-web-address").with("value", written),
        );
    }
    url
}

/// Digits that a number to dial has at least, without the code of the meeting.
const MIN_DIGITS: usize = 7;

fn dial_in(row: &mut Row<'_>) -> Option<String> {
    let written = row.line("conference_phone")?;
    let number = written.split([',', ';', 'x', 'p']).next().unwrap_or("");
    let digits = number.chars().filter(char::is_ascii_digit).count();
    if digits < MIN_DIGITS {
        row.changed(
            "conference_phone",
            Why::new("no-telephone").with("value", written),
        );
        return None;
    }
    Some(written)
}

/// A name that stands for "nowhere": what feeds write into `location` for an online meeting.
fn no_place(name: &str) -> bool {
    let lower = name.to_lowercase();
    [
        "online",
        "zoom",
        "virtual",
        "on-line",
        "telephone",
        "phone",
        "en ligne",
        "discord",
    ]
    .iter()
    .any(|word| lower == *word || lower.starts_with(&format!("{word} ")))
}

fn place(
    row: &mut Row<'_>,
    address: &Address,
    point: Option<Point>,
    exact: bool,
    source: &Source,
) -> Option<Value> {
    let tag = source.language.as_str();
    let mut place = Map::new();
    place.insert(
        "precision".into(),
        json!(if exact { "exact" } else { "approximate" }),
    );
    // Many write the address again where the name of the building belongs.
    let address_again = |name: &str| {
        address
            .street
            .as_deref()
            .is_some_and(|street| name.starts_with(street))
    };
    let name = row
        .line("location")
        .filter(|name| !no_place(name) && !address_again(name));
    if let Some(name) = name.filter(|_| exact) {
        place.insert(
            "name".into(),
            json!(row.fit("location", &name, MAX_NAME_CHARS)),
        );
    }
    if let Some(street) = address.street.as_deref().filter(|_| exact) {
        place.insert(
            "street".into(),
            json!(row.fit("address", street, MAX_NAME_CHARS)),
        );
    }
    for (field, value) in [("city", &address.city), ("region", &address.region)] {
        if let Some(value) = value {
            place.insert(field.into(), json!(cut(value, MAX_NAME_CHARS).0));
        }
    }
    locate(&mut place, address, point, exact);
    let remarks = [row.lines("location_notes"), address.remark.clone()];
    let note = remarks.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if exact && !note.is_empty() {
        place.insert(
            "note".into(),
            text(tag, &row.fit("location_notes", &note, MAX_NOTE_CHARS)),
        );
    }
    // A country alone is no place, nor is its middle.
    let says_something =
        place.contains_key("city") || place.contains_key("street") || place.contains_key("region");
    says_something.then_some(Value::Object(place))
}

/// Postal code, country and coordinates, as exact as the place may be shown.
fn locate(place: &mut Map<String, Value>, address: &Address, point: Option<Point>, exact: bool) {
    if let Some(code) = &address.postal_code {
        // Six characters of a Canadian code are one side of a block: too exact for "approximate".
        let code = if exact {
            code.as_str()
        } else {
            code.get(..3).filter(|_| code.len() == 7).unwrap_or(code)
        };
        place.insert("postal_code".into(), json!(code));
    }
    if let Some(country) = &address.country {
        place.insert("country".into(), json!(country));
    }
    if let Some((latitude, longitude)) = point {
        let digits = if exact { 1e6 } else { 1e2 };
        let round = |degrees: f64| (degrees * digits).round() / digits;
        place.insert("latitude".into(), json!(round(latitude)));
        place.insert("longitude".into(), json!(round(longitude)));
    }
}

/// The donation addresses that a row names, as web addresses.
pub(super) fn donations(row: &mut Row<'_>) -> Vec<String> {
    let mut urls = Vec::new();
    for (field, base, mark) in [
        ("paypal", "https://paypal.me/", '@'),
        ("venmo", "https://venmo.com/", '@'),
        ("square", "https://cash.app/$", '$'),
    ] {
        let Some(written) = row.raw(field).and_then(scalar) else {
            continue;
        };
        let handle = written.trim().trim_start_matches(mark);
        let plain = handle
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let url = if plain && !handle.is_empty() && !handle.contains('.') {
            Some(format!("{base}{handle}"))
        } else {
            web_address(&written)
        };
        match url {
            Some(url) => urls.push(url),
            None => row.changed(field, Why::new("no-web-address").with("value", written)),
        }
    }
    urls
}
