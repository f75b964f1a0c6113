//! Where do people meet, and what of it may be told?

use super::{
    at::At,
    fault_code::FaultCode,
    reading::Reading,
    schedule::NOTE_CHARACTERS_MAX,
    text::Text,
    word::{Choice, Precision, Scope},
};

/// How long a name, street or city may be, in characters.
pub(super) const LINE_CHARACTERS_MAX: usize = 200;

/// How long a postal code may be, in characters; the longest of any country has 10.
const POSTAL_CODE_CHARACTERS_MAX: usize = 12;

/// How many regions an area may name: more than any country has provinces.
const REGIONS_MAX: usize = 100;

/// How much of a postal code a withheld place may tell: in Canada, the part of a town.
const WITHHELD_POSTAL_CHARACTERS: usize = 3;

/// The fields of a place in the order in which they are written.
pub(super) const PLACE_FIELDS: &[&str] = &[
    "precision",
    "name",
    "street",
    "city",
    "region",
    "postal_code",
    "country",
    "latitude",
    "longitude",
    "note",
];

/// What may be told of a withheld place.
const WITHHELD_FIELDS: &[&str] = &["precision", "city", "region", "postal_code", "country"];

/// What may be told of an approximate place.
const APPROXIMATE_FIELDS: &[&str] = &[
    "precision",
    "name",
    "city",
    "region",
    "postal_code",
    "country",
    "latitude",
    "longitude",
    "note",
];

/// The fields of an area in the order in which they are written.
pub(super) const AREA_FIELDS: &[&str] = &["scope", "regions", "note"];

/// A place where people meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    precision: Choice<Precision>,
    name: Option<String>,
    street: Option<String>,
    city: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    coordinates: Option<(f64, f64)>,
    note: Option<Text>,
}

impl Place {
    /// How much of it may be told. A withheld or approximate public place holds no more than that.
    pub fn precision(&self) -> &Choice<Precision> {
        &self.precision
    }

    /// What the building is called.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Street and number.
    pub fn street(&self) -> Option<&str> {
        self.street.as_deref()
    }

    /// City, town or village.
    pub fn city(&self) -> Option<&str> {
        self.city.as_deref()
    }

    /// ISO 3166-2, such as `CA-ON`.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The postal code as it was written, or its first three characters.
    pub fn postal_code(&self) -> Option<&str> {
        self.postal_code.as_deref()
    }

    /// ISO 3166-1 alpha-2, such as `CA`.
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// Latitude and longitude in degrees (WGS 84).
    pub fn coordinates(&self) -> Option<(f64, f64)> {
        self.coordinates
    }

    /// How to find it.
    pub fn note(&self) -> Option<&Text> {
        self.note.as_ref()
    }
}

/// The area that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    scope: Option<Choice<Scope>>,
    regions: Vec<String>,
    note: Option<Text>,
}

impl Area {
    /// How large it is.
    pub fn scope(&self) -> Option<&Choice<Scope>> {
        self.scope.as_ref()
    }

    /// ISO 3166-2 codes, or a country's code alone.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// The area in words.
    pub fn note(&self) -> Option<&Text> {
        self.note.as_ref()
    }
}

impl Reading<'_> {
    /// A place here that everybody may see.
    pub(super) fn public_place(&mut self, at: At<'_>) -> Option<Place> {
        let place = self.place(at)?;
        match place.precision.known() {
            Some(Precision::Withheld) => self.withheld(at, &place),
            Some(Precision::Approximate) => self.approximate(at, &place),
            // A word of a later version may ask for more discretion, of which that version has
            // taken care when it checked the draft.
            Some(Precision::Exact) | None => {}
        }
        Some(place)
    }

    /// A place here that only the centre's own staff may see.
    pub(super) fn place(&mut self, at: At<'_>) -> Option<Place> {
        self.object(at, PLACE_FIELDS)?;
        self.require(at.field("precision"));
        let mut line = |name| {
            self.line(at.field(name), LINE_CHARACTERS_MAX)
                .map(str::to_owned)
        };
        let (name, street, city) = (line("name"), line("street"), line("city"));
        let region = self.region(at.field("region"), false);
        let country = self.country(at.field("country"));
        if let (Some(region), Some(country)) = (&region, &country)
            && !region.starts_with(&format!("{country}-"))
        {
            self.fault(
                at.field("region"),
                FaultCode::RegionElsewhere,
                &[("region", region), ("country", country)],
            );
        }
        Some(Place {
            // Without one there is a fault already; that it is not withheld is no second fault.
            precision: self
                .word(at.field("precision"))
                .unwrap_or(Choice::Known(Precision::Exact)),
            name,
            street,
            city,
            postal_code: self.postal_code(at.field("postal_code"), country.as_deref()),
            region,
            country,
            coordinates: self.coordinates(at),
            note: self.prose(at.field("note"), NOTE_CHARACTERS_MAX),
        })
    }

    /// The area here.
    pub(super) fn area(&mut self, at: At<'_>) -> Option<Area> {
        if at.is_empty() {
            return None;
        }
        self.object(at, AREA_FIELDS)?;
        Some(Area {
            scope: self.word(at.field("scope")),
            regions: self.list(at.field("regions"), REGIONS_MAX, |reading, at| {
                reading.region(at, true)
            }),
            note: self.prose(at.field("note"), NOTE_CHARACTERS_MAX),
        })
    }

    fn withheld(&mut self, at: At<'_>, place: &Place) {
        self.only(at, WITHHELD_FIELDS, FaultCode::WithheldDetail);
        if let Some(code) = &place.postal_code
            && code.chars().count() > WITHHELD_POSTAL_CHARACTERS
        {
            let start: String = code.chars().take(WITHHELD_POSTAL_CHARACTERS).collect();
            self.fault(
                at.field("postal_code"),
                FaultCode::WithheldPostalCode,
                &[("nearest", &start)],
            );
        }
    }

    /// Refuses every field that a discreet place may not have. In a draft that includes fields we
    /// do not know: a street under another name would be as public.
    fn only(&mut self, at: At<'_>, allowed: &[&str], code: FaultCode) {
        let fields = at
            .value()
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys());
        for name in fields.filter(|name| !allowed.contains(&name.as_str())) {
            let is_ours = PLACE_FIELDS.contains(&name.as_str());
            if (is_ours || self.strict) && !at.field(name).is_empty() {
                self.fault(at.field(name), code, &[]);
            }
        }
    }

    fn approximate(&mut self, at: At<'_>, place: &Place) {
        self.only(at, APPROXIMATE_FIELDS, FaultCode::ApproximateDetail);
        let Some((latitude, longitude)) = place.coordinates else {
            return;
        };
        for (name, degrees) in [("latitude", latitude), ("longitude", longitude)] {
            let rounded = two_decimals(degrees);
            if rounded != degrees {
                let nearest = rounded.to_string();
                self.fault(
                    at.field(name),
                    FaultCode::ApproximateCoordinate,
                    &[("nearest", &nearest)],
                );
            }
        }
    }

    fn coordinates(&mut self, at: At<'_>) -> Option<(f64, f64)> {
        let (one, other) = (at.field("latitude"), at.field("longitude"));
        match (one.is_empty(), other.is_empty()) {
            (true, false) => {
                self.fault(other, FaultCode::HalfCoordinates, &[("other", "latitude")])
            }
            (false, true) => self.fault(one, FaultCode::HalfCoordinates, &[("other", "longitude")]),
            _ => {}
        }
        let (latitude, longitude) = (
            self.number(one, -90.0..=90.0),
            self.number(other, -180.0..=180.0),
        );
        latitude.zip(longitude)
    }

    fn postal_code(&mut self, at: At<'_>, country: Option<&str>) -> Option<String> {
        let is_right = |code: &str| country != Some("CA") || is_canadian_postal_code(code);
        let code = self.checked(
            at,
            POSTAL_CODE_CHARACTERS_MAX,
            FaultCode::BadPostalCode,
            is_right,
        )?;
        Some(code.to_owned())
    }

    /// A region's code here, or if allowed a country's.
    fn region(&mut self, at: At<'_>, or_country: bool) -> Option<String> {
        let is_right = |code: &str| is_region(code) || (or_country && is_capitals(code, 2));
        self.checked(at, 6, FaultCode::BadRegion, is_right)
            .map(str::to_owned)
    }

    fn country(&mut self, at: At<'_>) -> Option<String> {
        self.checked(at, 2, FaultCode::BadCountry, |code| is_capitals(code, 2))
            .map(str::to_owned)
    }
}

/// About a kilometre in Canada.
fn two_decimals(degrees: f64) -> f64 {
    (degrees * 100.0).round() / 100.0
}

/// Exactly this many ASCII capitals.
pub(super) fn is_capitals(code: &str, length: usize) -> bool {
    code.len() == length && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// The form of ISO 3166-2: a country's two capitals, a hyphen, one to three capitals or digits.
fn is_region(code: &str) -> bool {
    code.split_once('-').is_some_and(|(country, part)| {
        let is_part = (1..=3).contains(&part.len());
        is_capitals(country, 2)
            && is_part
            && part
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

/// `M5V 2T6`, `M5V2T6` or `M5V`.
fn is_canadian_postal_code(code: &str) -> bool {
    let code: Vec<char> = code.chars().filter(|c| *c != ' ').collect();
    let is_in_turn = code.iter().enumerate().all(|(i, c)| {
        if i % 2 == 0 {
            c.is_ascii_alphabetic()
        } else {
            c.is_ascii_digit()
        }
    });
    is_in_turn && matches!(code.len(), 3 | 6)
}
