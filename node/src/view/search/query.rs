//! What can be asked of the index, and what comes back?

use clearinghouse_protocol::listing::Lang;
use uuid::Uuid;

#[cfg(doc)]
use super::QUERY_CHARACTERS_MAX;
use super::{Facet, Facets};

/// How many hits one answer holds at most.
pub const LIMIT_MAX: usize = 100;

/// The words and choices of somebody who looks for a listing. Values of one facet are
/// alternatives; a listing must have one of each facet that has values here.
#[derive(Clone, Debug)]
pub struct Query {
    /// Free text in either language; what exceeds [`QUERY_CHARACTERS_MAX`] is not read.
    pub words: String,
    /// The visitor's language: its words weigh a little more.
    pub language: Lang,
    /// Taxonomy ids; each stands for everything below it as well.
    pub concerns: Vec<String>,
    /// Kinds of initiatives, as spelled in JSON.
    pub kinds: Vec<String>,
    /// Ways of meeting, as spelled in JSON.
    pub ways: Vec<String>,
    /// BCP 47 tags of languages spoken.
    pub languages: Vec<String>,
    /// Weekdays, `0` Monday to `6` Sunday.
    pub days: Vec<String>,
    /// nids of centres.
    pub centres: Vec<String>,
    /// Whether new members are welcome, as spelled in JSON.
    pub openness: Vec<String>,
    /// Whom it is for, as spelled in JSON.
    pub for_whom: Vec<String>,
    /// What makes it accessible, as spelled in JSON.
    pub accessibility: Vec<String>,
    /// How many hits to leave out. With words, nothing is shown beyond the first 4,096: that many
    /// are ranked.
    pub offset: usize,
    /// How many hits to show, at most [`LIMIT_MAX`].
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            words: String::new(),
            language: Lang::En,
            concerns: Vec::new(),
            kinds: Vec::new(),
            ways: Vec::new(),
            languages: Vec::new(),
            days: Vec::new(),
            centres: Vec::new(),
            openness: Vec::new(),
            for_whom: Vec::new(),
            accessibility: Vec::new(),
            offset: 0,
            limit: 20,
        }
    }
}

impl Query {
    /// What was chosen of one facet.
    pub fn chosen(&self, facet: Facet) -> &[String] {
        match facet {
            Facet::Concern => &self.concerns,
            Facet::Kind => &self.kinds,
            Facet::Way => &self.ways,
            Facet::Day => &self.days,
            Facet::Openness => &self.openness,
            Facet::ForWhom => &self.for_whom,
            Facet::Accessibility => &self.accessibility,
            Facet::Centre => &self.centres,
            Facet::Language => &self.languages,
        }
    }

    /// How many hits are shown.
    pub(super) fn shown_max(&self) -> usize {
        self.limit.min(LIMIT_MAX)
    }
}

/// One listing that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Which one.
    pub uuid: Uuid,
    /// Its place in the view.
    pub ordinal: u64,
    /// How well it answers the words; 0 if there were none. Only comparable within one answer.
    pub score: f32,
    /// How far its nearest place is, if the search was for what is near.
    pub km: Option<f32>,
}

/// What was found.
///
/// With words the best answers stand first, divided by their distance if one was asked for;
/// without words the nearest; with neither the most recently confirmed, then by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The part of the hits that was asked for.
    pub hits: Vec<Hit>,
    /// How many there are altogether.
    pub total: u64,
    /// How they are distributed; see [`Facets`].
    pub facets: Facets,
}
