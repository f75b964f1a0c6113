//! Which province, state or country a name or abbreviation means, and which time zone it keeps.

/// A province of Canada or a state of the United States.
#[derive(Debug, PartialEq)]
pub(crate) struct Region {
    /// ISO 3166-2, such as `CA-ON`.
    pub(crate) code: &'static str,
    /// Names in English and French, separated by `|`; the abbreviation is the end of the code.
    names: &'static str,
    /// The IANA zone of most of it.
    zone: &'static str,
    /// West of this longitude, another zone: the part that most people of the region mean by
    /// "the west", not a survey of each border town.
    west: Option<(f64, &'static str)>,
}

/// A country, with its zone where it has but one.
#[derive(Debug)]
pub(crate) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(crate) code: &'static str,
    names: &'static str,
    zone: Option<&'static str>,
}

impl Region {
    /// ISO 3166-1 code of its country.
    pub(crate) fn country(&self) -> &'static str {
        &self.code[..2]
    }

    /// The IANA time zone kept at this longitude, or in most of the region.
    pub(crate) fn zone(&self, longitude: Option<f64>) -> &'static str {
        match (self.west, longitude) {
            (Some((border, western)), Some(longitude)) if longitude < border => western,
            _ => self.zone,
        }
    }
}

/// The region of a code such as `CA-ON`.
pub(crate) fn by_code(code: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.code == code)
}

/// The region that a name or abbreviation means, in one country or in either.
/// Abbreviations count only in capitals: "On" opens many a street address.
pub(crate) fn region(text: &str, country: Option<&str>) -> Option<&'static Region> {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let here = |region: &&Region| country.is_none_or(|country| country == region.country());
    REGIONS
        .iter()
        .filter(here)
        .find(|r| &r.code[3..] == text || r.code == text || named(r.names, text))
}

/// The country that a name means.
pub(crate) fn country(text: &str) -> Option<&'static Country> {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    COUNTRIES.iter().find(|country| named(country.names, text))
}

/// The IANA zone of a whole country, where it keeps but one.
pub(crate) fn country_zone(code: &str) -> Option<&'static str> {
    COUNTRIES.iter().find(|country| country.code == code)?.zone
}

fn named(names: &str, text: &str) -> bool {
    !text.is_empty()
        && names
            .split('|')
            .any(|name| name.to_lowercase() == text.to_lowercase())
}

#[rustfmt::skip]
const REGIONS: &[Region] = &[
    Region { code: "CA-AB", names: "Alberta", zone: "America/Edmonton", west: None },
    Region { code: "CA-BC", names: "British Columbia|Colombie-Britannique|B.C", zone: "America/Vancouver", west: None },
    Region { code: "CA-MB", names: "Manitoba", zone: "America/Winnipeg", west: None },
    Region { code: "CA-NB", names: "New Brunswick|Nouveau-Brunswick", zone: "America/Moncton", west: None },
    Region { code: "CA-NL", names: "Newfoundland and Labrador|Newfoundland|Terre-Neuve-et-Labrador", zone: "America/St_Johns", west: None },
    Region { code: "CA-NS", names: "Nova Scotia|Nouvelle-Écosse", zone: "America/Halifax", west: None },
    Region { code: "CA-NT", names: "Northwest Territories|Territoires du Nord-Ouest", zone: "America/Yellowknife", west: None },
    Region { code: "CA-NU", names: "Nunavut", zone: "America/Iqaluit", west: Some((-85.0, "America/Rankin_Inlet")) },
    Region { code: "CA-ON", names: "Ontario|Ont", zone: "America/Toronto", west: Some((-90.0, "America/Winnipeg")) },
    Region { code: "CA-PE", names: "Prince Edward Island|Île-du-Prince-Édouard|PEI", zone: "America/Halifax", west: None },
    Region { code: "CA-QC", names: "Quebec|Québec|PQ", zone: "America/Toronto", west: None },
    Region { code: "CA-SK", names: "Saskatchewan", zone: "America/Regina", west: None },
    Region { code: "CA-YT", names: "Yukon", zone: "America/Whitehorse", west: None },
    Region { code: "US-AL", names: "Alabama", zone: "America/Chicago", west: None },
    Region { code: "US-AK", names: "Alaska", zone: "America/Anchorage", west: None },
    Region { code: "US-AZ", names: "Arizona", zone: "America/Phoenix", west: None },
    Region { code: "US-AR", names: "Arkansas", zone: "America/Chicago", west: None },
    Region { code: "US-CA", names: "California", zone: "America/Los_Angeles", west: None },
    Region { code: "US-CO", names: "Colorado", zone: "America/Denver", west: None },
    Region { code: "US-CT", names: "Connecticut", zone: "America/New_York", west: None },
    Region { code: "US-DE", names: "Delaware", zone: "America/New_York", west: None },
    Region { code: "US-DC", names: "District of Columbia", zone: "America/New_York", west: None },
    Region { code: "US-FL", names: "Florida", zone: "America/New_York", west: Some((-85.0, "America/Chicago")) },
    Region { code: "US-GA", names: "Georgia", zone: "America/New_York", west: None },
    Region { code: "US-HI", names: "Hawaii", zone: "Pacific/Honolulu", west: None },
    Region { code: "US-ID", names: "Idaho", zone: "America/Boise", west: None },
    Region { code: "US-IL", names: "Illinois", zone: "America/Chicago", west: None },
    Region { code: "US-IN", names: "Indiana", zone: "America/Indiana/Indianapolis", west: None },
    Region { code: "US-IA", names: "Iowa", zone: "America/Chicago", west: None },
    Region { code: "US-KS", names: "Kansas", zone: "America/Chicago", west: None },
    Region { code: "US-KY", names: "Kentucky", zone: "America/New_York", west: Some((-86.3, "America/Chicago")) },
    Region { code: "US-LA", names: "Louisiana", zone: "America/Chicago", west: None },
    Region { code: "US-ME", names: "Maine", zone: "America/New_York", west: None },
    Region { code: "US-MD", names: "Maryland", zone: "America/New_York", west: None },
    Region { code: "US-MA", names: "Massachusetts", zone: "America/New_York", west: None },
    Region { code: "US-MI", names: "Michigan", zone: "America/Detroit", west: None },
    Region { code: "US-MN", names: "Minnesota", zone: "America/Chicago", west: None },
    Region { code: "US-MS", names: "Mississippi", zone: "America/Chicago", west: None },
    Region { code: "US-MO", names: "Missouri", zone: "America/Chicago", west: None },
    Region { code: "US-MT", names: "Montana", zone: "America/Denver", west: None },
    Region { code: "US-NE", names: "Nebraska", zone: "America/Chicago", west: Some((-101.0, "America/Denver")) },
    Region { code: "US-NV", names: "Nevada", zone: "America/Los_Angeles", west: None },
    Region { code: "US-NH", names: "New Hampshire", zone: "America/New_York", west: None },
    Region { code: "US-NJ", names: "New Jersey", zone: "America/New_York", west: None },
    Region { code: "US-NM", names: "New Mexico", zone: "America/Denver", west: None },
    Region { code: "US-NY", names: "New York", zone: "America/New_York", west: None },
    Region { code: "US-NC", names: "North Carolina", zone: "America/New_York", west: None },
    Region { code: "US-ND", names: "North Dakota", zone: "America/Chicago", west: Some((-101.5, "America/Denver")) },
    Region { code: "US-OH", names: "Ohio", zone: "America/New_York", west: None },
    Region { code: "US-OK", names: "Oklahoma", zone: "America/Chicago", west: None },
    Region { code: "US-OR", names: "Oregon", zone: "America/Los_Angeles", west: None },
    Region { code: "US-PA", names: "Pennsylvania", zone: "America/New_York", west: None },
    Region { code: "US-RI", names: "Rhode Island", zone: "America/New_York", west: None },
    Region { code: "US-SC", names: "South Carolina", zone: "America/New_York", west: None },
    Region { code: "US-SD", names: "South Dakota", zone: "America/Chicago", west: Some((-100.5, "America/Denver")) },
    Region { code: "US-TN", names: "Tennessee", zone: "America/New_York", west: Some((-85.2, "America/Chicago")) },
    Region { code: "US-TX", names: "Texas", zone: "America/Chicago", west: Some((-104.9, "America/Denver")) },
    Region { code: "US-UT", names: "Utah", zone: "America/Denver", west: None },
    Region { code: "US-VT", names: "Vermont", zone: "America/New_York", west: None },
    Region { code: "US-VA", names: "Virginia", zone: "America/New_York", west: None },
    Region { code: "US-WA", names: "Washington", zone: "America/Los_Angeles", west: None },
    Region { code: "US-WV", names: "West Virginia", zone: "America/New_York", west: None },
    Region { code: "US-WI", names: "Wisconsin", zone: "America/Chicago", west: None },
    Region { code: "US-WY", names: "Wyoming", zone: "America/Denver", west: None },
    Region { code: "US-PR", names: "Puerto Rico", zone: "America/Puerto_Rico", west: None },
];

#[rustfmt::skip]
const COUNTRIES: &[Country] = &[
    Country { code: "CA", names: "Canada", zone: None },
    Country { code: "US", names: "USA|United States|United States of America|U.S.A|US|États-Unis", zone: None },
    Country { code: "GB", names: "UK|United Kingdom|England|Scotland|Wales|Northern Ireland|Great Britain|Royaume-Uni", zone: Some("Europe/London") },
    Country { code: "IE", names: "Ireland|Irlande", zone: Some("Europe/Dublin") },
    Country { code: "FR", names: "France", zone: Some("Europe/Paris") },
    Country { code: "BE", names: "Belgium|Belgique", zone: Some("Europe/Brussels") },
    Country { code: "CH", names: "Switzerland|Suisse", zone: Some("Europe/Zurich") },
    Country { code: "LU", names: "Luxembourg", zone: Some("Europe/Luxembourg") },
    Country { code: "DE", names: "Germany|Deutschland|Allemagne", zone: Some("Europe/Berlin") },
    Country { code: "AT", names: "Austria|Autriche", zone: Some("Europe/Vienna") },
    Country { code: "NL", names: "Netherlands|The Netherlands|Pays-Bas", zone: Some("Europe/Amsterdam") },
    Country { code: "ES", names: "Spain|Espagne|España", zone: Some("Europe/Madrid") },
    Country { code: "PT", names: "Portugal", zone: Some("Europe/Lisbon") },
    Country { code: "IT", names: "Italy|Italie|Italia", zone: Some("Europe/Rome") },
    Country { code: "DK", names: "Denmark|Danemark", zone: Some("Europe/Copenhagen") },
    Country { code: "SE", names: "Sweden|Suède", zone: Some("Europe/Stockholm") },
    Country { code: "NO", names: "Norway|Norvège", zone: Some("Europe/Oslo") },
    Country { code: "FI", names: "Finland|Finlande", zone: Some("Europe/Helsinki") },
    Country { code: "IS", names: "Iceland|Islande", zone: Some("Atlantic/Reykjavik") },
    Country { code: "PL", names: "Poland|Pologne", zone: Some("Europe/Warsaw") },
    Country { code: "CZ", names: "Czechia|Czech Republic", zone: Some("Europe/Prague") },
    Country { code: "HU", names: "Hungary|Hongrie", zone: Some("Europe/Budapest") },
    Country { code: "GR", names: "Greece|Grèce", zone: Some("Europe/Athens") },
    Country { code: "TR", names: "Turkey|Türkiye|Turquie", zone: Some("Europe/Istanbul") },
    Country { code: "UA", names: "Ukraine", zone: Some("Europe/Kyiv") },
    Country { code: "IL", names: "Israel|Israël", zone: Some("Asia/Jerusalem") },
    Country { code: "GE", names: "Georgia|Géorgie", zone: Some("Asia/Tbilisi") },
    Country { code: "ZA", names: "South Africa|Afrique du Sud", zone: Some("Africa/Johannesburg") },
    Country { code: "IN", names: "India|Inde", zone: Some("Asia/Kolkata") },
    Country { code: "JP", names: "Japan|Japon", zone: Some("Asia/Tokyo") },
    Country { code: "SG", names: "Singapore", zone: Some("Asia/Singapore") },
    Country { code: "NZ", names: "New Zealand", zone: Some("Pacific/Auckland") },
    Country { code: "AU", names: "Australia|Australie", zone: None },
    Country { code: "MX", names: "Mexico|México|Mexique", zone: None },
    Country { code: "BR", names: "Brazil|Brésil|Brasil", zone: None },
    Country { code: "IR", names: "Iran", zone: Some("Asia/Tehran") },
    Country { code: "PH", names: "Philippines", zone: Some("Asia/Manila") },
    Country { code: "JM", names: "Jamaica", zone: Some("America/Jamaica") },
    Country { code: "BM", names: "Bermuda", zone: Some("Atlantic/Bermuda") },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_found_by_name_and_by_abbreviation_in_capitals() {
        for (text, country, code) in [
            ("ON", None, Some("CA-ON")),
            ("On", None, None),
            ("Québec", Some("CA"), Some("CA-QC")),
            ("quebec", None, Some("CA-QC")),
            (".TX", None, Some("US-TX")),
            ("CA", Some("CA"), None),
            ("CA", None, Some("US-CA")),
            ("", None, None),
        ] {
            assert_eq!(region(text, country).map(|r| r.code), code, "{text}");
        }
    }

    #[test]
    fn every_zone_of_the_tables_is_one_that_the_clock_library_knows() {
        let zones = REGIONS
            .iter()
            .flat_map(|r| [Some(r.zone), r.west.map(|west| west.1)]);
        for zone in zones.chain(COUNTRIES.iter().map(|c| c.zone)).flatten() {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
        }
        assert_eq!(
            by_code("CA-ON").map(|r| r.zone(Some(-94.5))),
            Some("America/Winnipeg")
        );
        assert_eq!(
            by_code("CA-ON").map(|r| r.zone(None)),
            Some("America/Toronto")
        );
    }
}
