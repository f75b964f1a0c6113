//! Which listings answer a query?

use std::sync::OnceLock;

use tantivy::Searcher;

use super::{
    Found, Hit, Query,
    ask::{Ask, Asking, Unit, Word},
    bits::Bits,
    facets::{Counting, Facets},
    rank::{Best, Candidate, Scoring},
    schema::{Facet, Fields},
    segment::Segment,
    words::Stems,
};
use crate::view::geo::Near;

/// So many listings are scored word by word. Where more were found, those with all words in
/// their names, then the nearest or the freshest, are scored; nobody pages farther than this.
const SCORED_MAX: usize = 4_096;

/// Everything that can be found since one commit.
pub(super) struct Snapshot {
    fields: Fields,
    segments: Vec<Segment>,
    /// The counts of all listings, for whoever comes without a question.
    everything: OnceLock<(u64, Facets)>,
}

/// What was found in one segment.
struct Matches {
    /// By words and distance, before the visitor's facets narrow it.
    wide: Bits,
    /// After.
    narrow: Bits,
    /// The distance of each document in km, if it matters.
    distances: Option<Vec<f32>>,
}

impl Snapshot {
    pub(super) fn open(
        searcher: &Searcher,
        fields: Fields,
        before: Option<&Snapshot>,
    ) -> tantivy::Result<Snapshot> {
        let before = before.map_or(&[][..], |before| &before.segments);
        let segments = Segment::open_all(searcher, &fields, before)?;
        Ok(Snapshot {
            fields,
            segments,
            everything: OnceLock::new(),
        })
    }

    /// Answers a query.
    pub(super) fn find(&self, query: &Query, near: Option<&Near>) -> tantivy::Result<Found> {
        let (segments, fields) = (&self.segments, &self.fields);
        let ask = Asking {
            fields,
            segments,
            language: query.language,
            stems: Stems::new(),
        }
        .ask(&query.words)?;
        let mut matches = self.matches(&ask, near)?;
        let facets = self.narrow(query, &mut matches);
        let (total, facets) = match facets {
            Some(facets) => (
                matches.iter().map(|found| found.narrow.count()).sum(),
                facets,
            ),
            None if ask.units.is_empty() && near.is_none() => self.everything(&matches),
            None => count(segments, &matches),
        };
        let candidates = self.candidates(&ask, query, &matches, total)?;
        let ranked = match ask.units.is_empty() {
            true => candidates,
            false => Scoring::new(segments, fields)?.rank(&ask, candidates)?,
        };
        let shown = ranked
            .into_iter()
            .skip(query.offset)
            .take(query.shown_max());
        let hits = shown
            .map(|candidate| self.hit(&candidate))
            .collect::<tantivy::Result<_>>()?;
        Ok(Found {
            hits,
            total,
            facets,
        })
    }

    /// What has all units asked for; if nothing has, what has all but one, and so on down to
    /// half of them.
    fn matches(&self, ask: &Ask, near: Option<&Near>) -> tantivy::Result<Vec<Matches>> {
        let (mut found, mut units) = (Vec::new(), Vec::new());
        for segment in &self.segments {
            let mut wide = Bits::clone(&segment.alive);
            let near = near.map(|near| segment.near(near));
            let distances = near.map(|(near, distances)| {
                wide.keep(&near);
                distances
            });
            found.push(Matches {
                narrow: Bits::none(0),
                wide,
                distances,
            });
            let of_units = ask.units.iter().map(|unit| unit_matches(segment, unit));
            units.push(of_units.collect::<tantivy::Result<Vec<Bits>>>()?);
        }
        let wanted = ask.units.len();
        for at_least in (wanted.div_ceil(2)..=wanted).rev() {
            let answers: Vec<Bits> = found
                .iter()
                .zip(&units)
                .map(|(found, units)| having(at_least, units, &found.wide))
                .collect();
            if at_least == wanted.div_ceil(2) || answers.iter().any(|answer| !answer.is_empty()) {
                found
                    .iter_mut()
                    .zip(answers)
                    .for_each(|(found, answer)| found.wide = answer);
                break;
            }
        }
        Ok(found)
    }

    /// Keeps what has the values the visitor chose, and counts facets if there was a choice.
    fn narrow(&self, query: &Query, matches: &mut [Matches]) -> Option<Facets> {
        let chosen: Vec<Facet> = Facet::ALL
            .into_iter()
            .filter(|facet| !query.chosen(*facet).is_empty())
            .collect();
        let mut counting = Counting::default();
        for (segment, found) in self.segments.iter().zip(matches) {
            let filters: Vec<(Facet, Bits)> = chosen
                .iter()
                .map(|facet| (*facet, with_any(segment, *facet, query.chosen(*facet))))
                .collect();
            found.narrow = found.wide.clone();
            filters
                .iter()
                .for_each(|(_, filter)| found.narrow.keep(filter));
            if chosen.is_empty() {
                continue;
            }
            counting.add(segment, &found.narrow, |facet| !chosen.contains(&facet));
            for own in &chosen {
                let mut others = found.wide.clone();
                filters
                    .iter()
                    .filter(|(facet, _)| facet != own)
                    .for_each(|(_, filter)| others.keep(filter));
                counting.add(segment, &others, |facet| facet == *own);
            }
        }
        (!chosen.is_empty()).then(|| counting.finish())
    }

    fn everything(&self, matches: &[Matches]) -> (u64, Facets) {
        self.everything
            .get_or_init(|| count(&self.segments, matches))
            .clone()
    }

    /// What is worth ranking: with words so much as is scored, else just what is shown.
    fn candidates(
        &self,
        ask: &Ask,
        query: &Query,
        matches: &[Matches],
        total: u64,
    ) -> tantivy::Result<Vec<Candidate>> {
        let with_words = !ask.units.is_empty();
        let wanted = match with_words {
            true => SCORED_MAX,
            false => query.offset.saturating_add(query.shown_max()),
        };
        let mut best = Best::new(wanted.min(total as usize));
        for (number, (segment, found)) in self.segments.iter().zip(matches).enumerate() {
            let distances = found.distances.as_deref();
            if !with_words || total <= SCORED_MAX as u64 {
                best.add_all(0, number, segment, &found.narrow, distances);
                continue;
            }
            let mut named = named_matches(segment, ask)?;
            named.keep(&found.narrow);
            best.add_all(0, number, segment, &named, distances);
            if named.count() >= SCORED_MAX as u64 {
                continue;
            }
            let mut others = found.narrow.clone();
            others.leave_out(&named);
            best.add_all(1, number, segment, &others, distances);
        }
        Ok(best.sorted())
    }

    fn hit(&self, candidate: &Candidate) -> tantivy::Result<Hit> {
        let (uuid, ordinal) = self.segments[candidate.segment].identify(candidate.doc)?;
        Ok(Hit {
            uuid,
            ordinal,
            score: candidate.score,
            km: candidate.km,
        })
    }
}

fn count(segments: &[Segment], matches: &[Matches]) -> (u64, Facets) {
    let mut counting = Counting::default();
    let mut total = 0;
    for (segment, found) in segments.iter().zip(matches) {
        total += found.narrow.count();
        counting.add(segment, &found.narrow, |_| true);
    }
    (total, counting.finish())
}

fn with_any(segment: &Segment, facet: Facet, values: &[String]) -> Bits {
    let mut with = Bits::none(segment.reader.max_doc());
    for docs in values
        .iter()
        .filter_map(|value| segment.docs_with(facet, value))
    {
        docs.join_into(&mut with);
    }
    with
}

/// What has any phrase or concern of a unit.
fn unit_matches(segment: &Segment, unit: &Unit) -> tantivy::Result<Bits> {
    let mut found = with_any(segment, Facet::Concern, &unit.concerns);
    for phrase in &unit.phrases {
        found.join(&phrase_matches(segment, phrase, |word| &word.stems)?);
    }
    Ok(found)
}

/// What has all units in its name, or is about their concerns.
fn named_matches(segment: &Segment, ask: &Ask) -> tantivy::Result<Bits> {
    let mut all = Bits::clone(&segment.alive);
    for unit in &ask.units {
        let mut found = with_any(segment, Facet::Concern, &unit.concerns);
        for phrase in &unit.phrases {
            found.join(&phrase_matches(segment, phrase, |word| &word.names)?);
        }
        all.keep(&found);
    }
    Ok(all)
}

fn phrase_matches(
    segment: &Segment,
    phrase: &[Word],
    forms: impl Fn(&Word) -> &[(tantivy::Term, f32)],
) -> tantivy::Result<Bits> {
    let mut all: Option<Bits> = None;
    for word in phrase {
        let mut found = Bits::none(segment.reader.max_doc());
        for (term, _) in forms(word) {
            segment.add_matches(term, &mut found)?;
        }
        match &mut all {
            Some(all) => all.keep(&found),
            None => all = Some(found),
        }
    }
    Ok(all.unwrap_or_else(|| Bits::none(segment.reader.max_doc())))
}

/// What is in at least so many of the sets, and in `within`.
fn having(at_least: usize, sets: &[Bits], within: &Bits) -> Bits {
    // levels[n] holds what is in at least n of the sets seen so far.
    let mut levels = vec![within.emptied(); at_least + 1];
    levels[0] = within.clone();
    for set in sets {
        for level in (0..at_least).rev() {
            let mut higher = levels[level].clone();
            higher.keep(set);
            levels[level + 1].join(&higher);
        }
    }
    levels.swap_remove(at_least)
}
