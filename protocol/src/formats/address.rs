//! What street, city, region, postal code and country an address line names.

use super::clean;
use super::regions;

/// The parts of an address, each absent where the line does not name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    /// ISO 3166-2, such as `CA-AB`.
    pub(crate) region: Option<String>,
    pub(crate) postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: Option<String>,
    /// What stood in brackets at the end.
    pub(crate) remark: Option<String>,
}

/// A latitude and a longitude in degrees.
pub(crate) type Point = (f64, f64);

/// Commas and line ends of an address that are looked at; a longer text is no address.
const MAX_PARTS: usize = 24;

/// Reads an address written on one or more lines. `country` is what to assume where the line
/// names none; `point` keeps a name such as Georgia from being taken for a state of America when
/// the coordinates lie elsewhere.
pub(crate) fn read(text: &str, country: Option<&str>, point: Option<Point>) -> Address {
    let mut address = Address::default();
    let (text, remark) = without_remark(text);
    address.remark = remark;
    let mut parts = parts(&text);
    take_country(&mut parts, &mut address);
    let near = point.is_none_or(in_north_america);
    if !near && address.country.is_none() {
        take_any_country(&mut parts, &mut address);
    }
    let mut assumed = address
        .country
        .clone()
        .or_else(|| country.filter(|_| near).map(str::to_string));
    if near && matches!(assumed.as_deref(), None | Some("CA" | "US")) {
        // Region and postal code come in either order, in one part or two.
        for _ in 0..4 {
            parts.pop_if(|last| unfilled(last));
            take_postal_code(&mut parts, &mut address);
            // "CA 94104" is in California, even in a list of Canada.
            if let (None, Some(code)) = (&address.country, &address.postal_code) {
                let american = code.starts_with(|c: char| c.is_ascii_digit());
                assumed = Some(if american { "US" } else { "CA" }.to_string());
            }
            take_region(&mut parts, &mut address, assumed.as_deref());
        }
    }
    let region = address.region.as_deref().and_then(regions::by_code);
    address.country = region
        .map(|region| region.country().to_string())
        .or(assumed);
    split_street(parts, &mut address);
    address
}

/// What a form writes for a postal code that nobody filled in.
fn unfilled(part: &str) -> bool {
    part.chars().all(|c| c == '0')
}

fn in_north_america((latitude, longitude): Point) -> bool {
    (14.0..=84.0).contains(&latitude)
        && ((-180.0..=-50.0).contains(&longitude) || longitude > 172.0)
}

fn without_remark(text: &str) -> (String, Option<String>) {
    let text = text.trim();
    match text
        .strip_suffix(')')
        .and_then(|inner| inner.rsplit_once('('))
    {
        Some((before, remark)) if !before.trim().is_empty() && !remark.contains(')') => (
            before.trim().to_string(),
            Some(clean::line(remark)).filter(|r| !r.is_empty()),
        ),
        _ => (text.to_string(), None),
    }
}

fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = text
        .split([',', '\n'])
        .map(clean::line)
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .take(MAX_PARTS)
        .collect();
    // "Edmonton, Alberta, Canada, Edmonton, Alberta, Canada": a form filled in twice.
    let half = parts.len() / 2;
    if half > 0 && parts.len().is_multiple_of(2) && parts[..half] == parts[half..] {
        parts.truncate(half);
    }
    parts
}

/// The country at the end, as a part of its own or as the last words of one ("PA 19061 United
/// States"). Georgia alone is left for later: it may be the state.
fn take_country(parts: &mut Vec<String>, address: &mut Address) {
    let Some(last) = parts.last() else { return };
    let words: Vec<&str> = last.split(' ').collect();
    for taken in (1..=words.len().min(4)).rev() {
        let at = words.len() - taken;
        let Some(found) = regions::country(&words[at..].join(" ")) else {
            continue;
        };
        let bare = taken == words.len();
        let ambiguous = found.code == "GE" || (!bare && !matches!(found.code, "CA" | "US"));
        if ambiguous {
            continue;
        }
        let rest = words[..at].join(" ");
        address.country = Some(found.code.to_string());
        parts.pop();
        if !rest.is_empty() {
            parts.push(rest);
        }
        return;
    }
}

fn take_any_country(parts: &mut Vec<String>, address: &mut Address) {
    if let Some(found) = parts.last().and_then(|last| regions::country(last)) {
        address.country = Some(found.code.to_string());
        parts.pop();
    }
}

fn take_postal_code(parts: &mut Vec<String>, address: &mut Address) {
    if address.postal_code.is_some() {
        return;
    }
    let Some(last) = parts.last() else { return };
    let words: Vec<&str> = last.split(' ').collect();
    for taken in [2, 1] {
        let Some(at) = words.len().checked_sub(taken) else {
            continue;
        };
        let Some(code) = postal_code(&words[at..].join(" ")) else {
            continue;
        };
        // A house number of five digits opens a part, a ZIP code closes one that names a region.
        let first_part = parts.len() == 1 && at == 0;
        if first_part && code.len() == 5 {
            continue;
        }
        let rest = words[..at].join(" ");
        parts.pop();
        if rest.chars().any(char::is_alphanumeric) {
            parts.push(rest);
        }
        address.postal_code = Some(code);
        return;
    }
}

/// A Canadian postal code or its first half, or an American ZIP code, in its one spelling.
pub(crate) fn postal_code(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let upper = plain.to_ascii_uppercase();
    let shape: String = upper
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_alphabetic() {
                'A'
            } else {
                c
            }
        })
        .collect();
    match shape.as_str() {
        "A9A9A9" => Some(format!("{} {}", &upper[..3], &upper[3..])),
        "A9A" | "99999" | "99999-9999" => Some(upper),
        _ => None,
    }
}

fn take_region(parts: &mut Vec<String>, address: &mut Address, country: Option<&str>) {
    let Some(last) = parts.last() else { return };
    if let Some(known) = &address.region {
        // Named twice: in the line for the street, and in its own.
        let again = regions::region(last, country).is_some_and(|again| again.code == known);
        if again && (last.len() <= 3 || !named_like_a_city(known)) {
            parts.pop();
        }
        return;
    }
    let words: Vec<&str> = last.split(' ').collect();
    for taken in (1..=words.len().min(4)).rev() {
        let at = words.len() - taken;
        let text = words[at..].join(" ");
        let whole = taken == words.len();
        let Some(found) = regions::region(&text, country) else {
            continue;
        };
        // In the middle of a part only the abbreviation counts: "Yonge St Ontario" is rare,
        // "42 New York" is not. A part that is the whole address may be the city of that name.
        let abbreviated = text.trim_matches('.').len() == 2;
        let lone_city = whole && parts.len() == 1 && !abbreviated && named_like_a_city(found.code);
        if (!whole && !abbreviated) || lone_city {
            continue;
        }
        address.region = Some(found.code.to_string());
        let rest = words[..at].join(" ");
        parts.pop();
        if rest.chars().any(char::is_alphanumeric) {
            parts.push(rest);
        }
        return;
    }
}

fn named_like_a_city(code: &str) -> bool {
    matches!(code, "US-NY" | "US-WA" | "CA-QC")
}

fn split_street(mut parts: Vec<String>, address: &mut Address) {
    // A city has letters. Digits alone are a postal code of another country, or a form's zero.
    while let Some(digits) =
        parts.pop_if(|last| !last.chars().any(char::is_alphabetic) && !last.starts_with('#'))
    {
        let foreign = !matches!(address.country.as_deref(), None | Some("CA" | "US"));
        if foreign && address.postal_code.is_none() && (3..=12).contains(&digits.len()) {
            address.postal_code = Some(digits);
        }
    }
    let Some(last) = parts.pop() else { return };
    let numbered = last.chars().any(|c| c.is_ascii_digit());
    if parts.is_empty() && numbered {
        address.street = Some(last);
        return;
    }
    address.city = Some(last);
    if !parts.is_empty() {
        address.street = Some(parts.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: street, city, region, postal code and country, separated by bars.
    fn check(text: &str, expected: &str) {
        let a = read(text, None, None);
        let got = [&a.street, &a.city, &a.region, &a.postal_code, &a.country]
            .map(|part| part.as_deref().unwrap_or(""));
        assert_eq!(got.join("|"), expected, "{text}");
    }

    #[test]
    fn addresses_as_people_write_them() {
        #[rustfmt::skip]
        let cases = [
            ("8318 104 St, Edmonton, Alberta, T6E 4E8, Canada", "8318 104 St|Edmonton|CA-AB|T6E 4E8|CA"),
            ("Edmonton, Alberta, Canada", "|Edmonton|CA-AB||CA"),
            ("Edmonton, Alberta, Canada , Edmonton, Alberta, Canada", "|Edmonton|CA-AB||CA"),
            ("10 Gateway Blvd, Suite 104\nToronto, ON     M3C 3A1", "10 Gateway Blvd, Suite 104|Toronto|CA-ON|M3C 3A1|CA"),
            ("20456 Laguna Canyon Rd, Laguna Beach, CA 92651, USA", "20456 Laguna Canyon Rd|Laguna Beach|US-CA|92651|US"),
            ("Philadelphia, PA, USA", "|Philadelphia|US-PA||US"),
            ("2655 Chichester Ave Upper Chichester, PA  19061 United States", "2655 Chichester Ave Upper Chichester||US-PA|19061|US"),
            ("979 West County Line Road, Hatboro, PA, 19040, USA", "979 West County Line Road|Hatboro|US-PA|19040|US"),
            ("California, USA", "||US-CA||US"),
            ("London, UK", "|London|||GB"),
            ("United States", "||||US"),
            ("1200 Ave McGill College, Suite 1680, Montréal, QC H3B 4G7 (Head Office)", "1200 Ave McGill College, Suite 1680|Montréal|CA-QC|H3B 4G7|CA"),
            ("2901 Dufferin St", "2901 Dufferin St||||"),
            ("104 SW 7th Street, Seminole, TX, .TX, 0, USA", "104 SW 7th Street|Seminole|US-TX||US"),
            ("46 Tyrone Ave, Randburg, 2122, South Africa", "46 Tyrone Ave|Randburg||2122|ZA"),
            ("548 Market Street, San Francisco, CA 94104", "548 Market Street|San Francisco|US-CA|94104|US"),
            ("175 W 72nd St, New York, NY 10023, USA", "175 W 72nd St|New York|US-NY|10023|US"),
            ("New York, NY, USA", "|New York|US-NY||US"),
            ("Québec, QC", "|Québec|CA-QC||CA"),
            ("", "||||"),
            (", ,,", "||||"),
        ];
        for (text, expected) in cases {
            check(text, expected);
        }
    }

    #[test]
    fn georgia_is_where_the_coordinates_are() {
        let far = read("Tbilisi, Georgia", Some("US"), Some((41.69, 44.8)));
        assert_eq!((far.country.as_deref(), far.region), (Some("GE"), None));
        let near = read("Atlanta, Georgia", None, Some((33.7, -84.4)));
        assert_eq!(near.region.as_deref(), Some("US-GA"));
    }
}
