//! In which order are listings shown?

use std::collections::BTreeMap;

use tantivy::{DocId, Term, postings::Postings, query::Bm25Weight};

use super::{
    ask::{Ask, Unit, Word},
    bits::{Bits, Docs},
    schema::{Facet, Fields},
    segment::{Segment, stands_at},
};

/// A word in a name counts this many times as much as one in a text.
const NAME_WEIGHT: f32 = 3.0;

/// What it adds that the word stands there just as the visitor wrote it.
const EXACT_WEIGHT: f32 = 0.3;

/// What it counts that a listing is about what was asked for, whatever words it uses: as much as
/// a good match in its texts, less than one in its name.
const CONCERN_WEIGHT: f32 = 3.0;

/// At this distance in km a listing must match twice as well as one that is next door.
const HALVING_KM: f32 = 25.0;

/// Smaller comes first. With distances: a bit for whether words are missing in the name, 31 bits
/// of distance, 32 of order; without: that bit, then 63 of order.
type Key = u64;

/// A document that was found, with what it is sorted by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    key: Key,
    pub(super) segment: usize,
    pub(super) doc: DocId,
    pub(super) km: Option<f32>,
    pub(super) score: f32,
}

/// Keeps the best of many candidates in memory that does not grow with their number.
pub(super) struct Best {
    kept: Vec<Candidate>,
    wanted: usize,
    /// Nothing from here on is wanted.
    end: Key,
}

impl Best {
    pub(super) fn new(wanted: usize) -> Best {
        Best {
            kept: Vec::new(),
            wanted,
            end: Key::MAX,
        }
    }

    /// Adds what was found in one segment; tier 0 comes before tier 1.
    pub(super) fn add_all(
        &mut self,
        tier: u64,
        number: usize,
        segment: &Segment,
        found: &Bits,
        distances: Option<&[f32]>,
    ) {
        let columns = &segment.columns;
        let tier = tier << 63;
        if let Some(distances) = distances {
            for doc in found.iter() {
                let km = distances[doc as usize];
                // The bits of a positive number sort as the number does.
                let key = tier | u64::from(km.to_bits()) << 32 | columns.order[doc as usize] >> 32;
                self.add(Candidate {
                    key,
                    segment: number,
                    doc,
                    km: Some(km),
                    score: 0.0,
                });
            }
            return;
        }
        let (all, total, wanted) = (columns.in_order.len(), found.count() as usize, self.wanted);
        let mut add = |doc: DocId| {
            let key = tier | columns.order[doc as usize] >> 1;
            self.add(Candidate {
                key,
                segment: number,
                doc,
                km: None,
                score: 0.0,
            })
        };
        // If much was found, the best are soon met on the way through all documents in order.
        if wanted.saturating_mul(all) < total.saturating_mul(total) {
            let mut in_order = columns.in_order.iter().filter(|doc| found.has(**doc));
            _ = in_order.all(|doc| add(*doc));
        } else {
            found.iter().for_each(|doc| _ = add(doc));
        }
    }

    /// Whether it was wanted; what comes after it in order is not wanted either if it was not.
    fn add(&mut self, candidate: Candidate) -> bool {
        if self.wanted == 0 || candidate.key >= self.end {
            return false;
        }
        self.kept.push(candidate);
        // Room for as many again, so that sorting them out is rare.
        if self.kept.len() >= self.wanted.saturating_mul(2) {
            self.cut();
        }
        true
    }

    fn cut(&mut self) {
        if self.kept.len() > self.wanted {
            let (_, last, _) = self.kept.select_nth_unstable_by_key(self.wanted - 1, place);
            self.end = last.key;
            self.kept.truncate(self.wanted);
        }
    }

    /// The best ones, best first.
    pub(super) fn sorted(mut self) -> Vec<Candidate> {
        self.cut();
        self.kept.sort_unstable_by_key(place);
        self.kept
    }
}

fn place(candidate: &Candidate) -> (Key, usize, DocId) {
    (candidate.key, candidate.segment, candidate.doc)
}

/// Says how well documents answer what was asked.
pub(super) struct Scoring<'a> {
    pub(super) segments: &'a [Segment],
    fields: &'a Fields,
    listings: u64,
    average_lengths: BTreeMap<u32, f32>,
}

impl<'a> Scoring<'a> {
    pub(super) fn new(segments: &'a [Segment], fields: &'a Fields) -> tantivy::Result<Scoring<'a>> {
        let listings: u64 = segments
            .iter()
            .map(|segment| u64::from(segment.reader.max_doc()))
            .sum();
        let mut average_lengths = BTreeMap::new();
        for field in [fields.stems, fields.names] {
            let mut words = 0;
            for segment in segments {
                words += segment.index(field)?.total_num_tokens();
            }
            average_lengths.insert(field.field_id(), words as f32 / listings.max(1) as f32);
        }
        Ok(Scoring {
            segments,
            fields,
            listings,
            average_lengths,
        })
    }

    /// Gives every candidate its score and sorts them, best first. What is equally good stays in
    /// the order of its key.
    pub(super) fn rank(
        &self,
        ask: &Ask,
        mut candidates: Vec<Candidate>,
    ) -> tantivy::Result<Vec<Candidate>> {
        // Postings are read forwards: segment by segment, in the order of documents.
        candidates.sort_unstable_by_key(|candidate| (candidate.segment, candidate.doc));
        for unit in ask.units.iter().chain(&ask.soft) {
            let mut points = vec![0.0_f32; candidates.len()];
            for phrase in &unit.phrases {
                let mut sums = vec![0.0_f32; candidates.len()];
                for word in phrase {
                    self.add_word(word, &candidates, &mut sums)?;
                }
                points
                    .iter_mut()
                    .zip(&sums)
                    .for_each(|(best, sum)| *best = best.max(*sum));
            }
            self.add_concerns(unit, &candidates, &mut points);
            candidates
                .iter_mut()
                .zip(&points)
                .for_each(|(candidate, points)| candidate.score += points);
        }
        for candidate in &mut candidates {
            candidate.score /= 1.0 + candidate.km.unwrap_or(0.0) / HALVING_KM;
        }
        candidates.sort_unstable_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| place(a).cmp(&place(b)))
        });
        Ok(candidates)
    }

    fn add_word(
        &self,
        word: &Word,
        candidates: &[Candidate],
        sums: &mut [f32],
    ) -> tantivy::Result<()> {
        // How rare a word is in the texts decides in names as well, and for all its stems at
        // once: a French word is not precious for standing in one English text.
        let mut frequency = 0;
        for (term, _) in &word.stems {
            frequency += self.frequency(term)?;
        }
        let frequency = frequency.min(self.listings);
        self.add_forms(&word.stems, frequency, 1.0, candidates, sums)?;
        self.add_forms(&word.names, frequency, NAME_WEIGHT, candidates, sums)?;
        let rarity = self.rarity(frequency)
            * EXACT_WEIGHT
            * word.stems.iter().map(|(_, w)| *w).fold(0.0, f32::max);
        self.each_match(&word.exact, candidates, |at, _, _| sums[at] += rarity)
    }

    /// Adds the best of the forms, so that a listing in two languages does not count twice.
    fn add_forms(
        &self,
        forms: &[(Term, f32)],
        frequency: u64,
        weight: f32,
        candidates: &[Candidate],
        sums: &mut [f32],
    ) -> tantivy::Result<()> {
        let mut best = vec![0.0_f32; candidates.len()];
        for (term, worth) in forms {
            let average = self
                .average_lengths
                .get(&term.field().field_id())
                .copied()
                .unwrap_or_default();
            let bm25 = Bm25Weight::for_one_term_without_explain(
                frequency,
                self.listings,
                average.max(1.0),
            );
            self.each_match(term, candidates, |at, length, times| {
                best[at] = best[at].max(bm25.score(length, times) * worth * weight);
            })?;
        }
        sums.iter_mut()
            .zip(&best)
            .for_each(|(sum, best)| *sum += best);
        Ok(())
    }

    /// Calls `each` with the position of every candidate that has this term, the code of its
    /// field's length, and how often the term stands there.
    fn each_match(
        &self,
        term: &Term,
        candidates: &[Candidate],
        mut each: impl FnMut(usize, u8, u32),
    ) -> tantivy::Result<()> {
        let with_lengths = term.field() != self.fields.words;
        let mut at = 0;
        for run in candidates.chunk_by(|a, b| a.segment == b.segment) {
            let segment = &self.segments[run[0].segment];
            if let Some(mut postings) = segment.postings(term)? {
                let lengths = match with_lengths {
                    true => Some(segment.reader.get_fieldnorms_reader(term.field())?),
                    false => None,
                };
                for (i, candidate) in run.iter().enumerate() {
                    if stands_at(&mut postings, candidate.doc) {
                        let length = lengths
                            .as_ref()
                            .map_or(0, |lengths| lengths.fieldnorm_id(candidate.doc));
                        each(at + i, length, postings.term_freq());
                    }
                }
            }
            at += run.len();
        }
        Ok(())
    }

    fn add_concerns(&self, unit: &Unit, candidates: &[Candidate], points: &mut [f32]) {
        let mut best = vec![0.0_f32; candidates.len()];
        for concern in &unit.concerns {
            let sets: Vec<Option<&Docs>> = self
                .segments
                .iter()
                .map(|segment| segment.docs_with(Facet::Concern, concern))
                .collect();
            let frequency = sets.iter().flatten().map(|docs| docs.count()).sum();
            let worth = self.rarity(frequency) * CONCERN_WEIGHT;
            for (candidate, best) in candidates.iter().zip(&mut best) {
                if sets[candidate.segment].is_some_and(|docs| docs.has(candidate.doc)) {
                    *best = best.max(worth);
                }
            }
        }
        points
            .iter_mut()
            .zip(&best)
            .for_each(|(points, best)| *points += best);
    }

    fn frequency(&self, term: &Term) -> tantivy::Result<u64> {
        let mut listings = 0;
        for segment in self.segments {
            let found = segment.index(term.field())?.get_term_info(term)?;
            listings += found.map_or(0, |info| u64::from(info.doc_freq));
        }
        Ok(listings)
    }

    /// The logarithm by which BM25 weighs a word that this many listings use.
    fn rarity(&self, listings: u64) -> f32 {
        let (all, with) = (self.listings as f32, listings.min(self.listings) as f32);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }
}
