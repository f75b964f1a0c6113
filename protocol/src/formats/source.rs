//! Where a file comes from, and what holds for all its rows.

/// A source of listings: its name, under which its rows are found again, and what to assume where
/// a row does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The `system` of the identifiers that its listings carry, such as `meeting-guide:edmonton`.
    /// Two imports under one name are two states of one list.
    pub name: String,
    /// IANA time zone of rows that name none.
    pub time_zone: Option<String>,
    /// ISO 3166-1 code of rows whose address names no country.
    pub country: Option<String>,
    /// ISO 3166-2 code of rows whose address names no region.
    pub region: Option<String>,
    /// City of rows that name none.
    pub city: Option<String>,
    /// BCP 47 tag of the language in which the rows are written.
    pub language: String,
    /// BCP 47 tags of the languages spoken, where a row names none.
    pub languages: Vec<String>,
    /// Licence of the data, an SPDX identifier.
    pub licence: Option<String>,
    /// Concerns of rows from which none can be read.
    pub concerns: Vec<String>,
    /// True if everyone whose name, telephone or e-mail stands in the file has agreed to see it
    /// published. Otherwise contacts of persons are left out, and the report says so.
    pub contacts_consented: bool,
}

impl Source {
    /// A source of this name, written in English, about which nothing else is known.
    pub fn named(name: &str) -> Source {
        Source {
            name: name.to_string(),
            time_zone: None,
            country: None,
            region: None,
            city: None,
            language: "en".to_string(),
            languages: Vec::new(),
            licence: None,
            concerns: Vec::new(),
            contacts_consented: false,
        }
    }

    /// This source, filled up from another where it says nothing itself.
    pub fn or(mut self, other: &Source) -> Source {
        self.time_zone = self.time_zone.or_else(|| other.time_zone.clone());
        self.country = self.country.or_else(|| other.country.clone());
        self.region = self.region.or_else(|| other.region.clone());
        self.city = self.city.or_else(|| other.city.clone());
        self.licence = self.licence.or_else(|| other.licence.clone());
        if self.languages.is_empty() {
            self.languages = other.languages.clone();
        }
        if self.concerns.is_empty() {
            self.concerns = other.concerns.clone();
        }
        self
    }
}
