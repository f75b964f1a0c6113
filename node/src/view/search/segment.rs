//! What do we keep in memory of one segment, so that a search need not read it again?

use std::{
    collections::{BTreeMap, HashMap},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{
    DocId, DocSet, Searcher, SegmentReader, Term,
    index::InvertedIndexReader,
    postings::{SegmentPostings, TermInfo},
    schema::{Field, IndexRecordOption},
};
use uuid::Uuid;

use super::{
    bits::{Bits, Docs},
    schema::{Facet, Fields},
};
use crate::view::geo::Near;

/// How many facet values of one segment are kept. Far more than centres and languages there are;
/// a peer that invents more must not fill our memory.
const FACET_VALUES_MAX: usize = u16::MAX as usize;

/// What never changes in a segment.
pub(super) struct Columns {
    /// By facet and value: the documents that have it, and the number that stands for it below.
    facets: BTreeMap<(u8, String), u16>,
    /// By that number: the documents.
    pub(super) docs: Vec<Docs>,
    /// Each document's values, one document after the other, and where each begins.
    values: Vec<u16>,
    starts: Vec<u32>,
    /// How documents are sorted when nothing else decides.
    pub(super) order: Vec<u64>,
    /// Documents in that order.
    pub(super) in_order: Vec<DocId>,
    by_ordinal: ByOrdinal,
    /// Documents with the most frequent words, by term.
    frequent: Mutex<HashMap<Term, Arc<Bits>>>,
}

/// Finds documents by ordinal.
enum ByOrdinal {
    /// Where ordinals lie close together: for each, from the first on, its document.
    Close { first: u64, docs: Vec<DocId> },
    /// Where they do not, or where one comes twice because its listing was replaced: both in
    /// ascending order.
    Apart(Vec<(u64, DocId)>),
}

/// In a [`ByOrdinal::Close`] table: no document.
const NOBODY: DocId = DocId::MAX;

/// A table may have this many places for each document.
const PLACES_PER_DOC: u64 = 8;

/// A term counts as frequent if one document in this many has it.
const FREQUENT: u32 = 64;

/// How many frequent terms are remembered for one segment: at a million documents 8 MB.
const FREQUENT_MAX: usize = 64;

/// A segment at one commit.
pub(super) struct Segment {
    pub(super) reader: SegmentReader,
    pub(super) columns: Arc<Columns>,
    pub(super) alive: Arc<Bits>,
}

impl Segment {
    /// Opens every segment of a commit, taking over what `before` already knows of them.
    pub(super) fn open_all(
        searcher: &Searcher,
        fields: &Fields,
        before: &[Segment],
    ) -> tantivy::Result<Vec<Segment>> {
        let open = |reader: &SegmentReader| {
            let known = before
                .iter()
                .find(|known| known.reader.segment_id() == reader.segment_id());
            let columns = match known {
                Some(known) => Arc::clone(&known.columns),
                None => Arc::new(Columns::read(reader, fields)?),
            };
            let alive = match known {
                Some(known) if known.reader.delete_opstamp() == reader.delete_opstamp() => {
                    Arc::clone(&known.alive)
                }
                _ => Arc::new(alive(reader)),
            };
            Ok(Segment {
                reader: reader.clone(),
                columns,
                alive,
            })
        };
        searcher.segment_readers().iter().map(open).collect()
    }

    /// Adds every document that has this term.
    pub(super) fn add_matches(&self, term: &Term, found: &mut Bits) -> tantivy::Result<()> {
        let index = self.reader.inverted_index(term.field())?;
        let Some(info) = index.get_term_info(term)? else {
            return Ok(());
        };
        if info.doc_freq < self.reader.max_doc() / FREQUENT {
            return Ok(read_postings(&index, &info, |docs| {
                docs.iter().for_each(|doc| found.add(*doc))
            })?);
        }
        // Whoever panicked while holding this lock could only have left out or added one term.
        let frequent = || {
            self.columns
                .frequent
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known = frequent().get(term).cloned();
        let bits = match known {
            Some(bits) => bits,
            None => {
                let mut bits = Bits::none(self.reader.max_doc());
                read_postings(&index, &info, |docs| {
                    docs.iter().for_each(|doc| bits.add(*doc))
                })?;
                let (bits, mut frequent) = (Arc::new(bits), frequent());
                if frequent.len() >= FREQUENT_MAX {
                    frequent.clear();
                }
                frequent.insert(term.clone(), Arc::clone(&bits));
                bits
            }
        };
        found.join(&bits);
        Ok(())
    }

    /// Where this term stands in this segment and how often, if at all.
    pub(super) fn postings(&self, term: &Term) -> tantivy::Result<Option<SegmentPostings>> {
        let index = self.reader.inverted_index(term.field())?;
        Ok(index.read_postings(term, IndexRecordOption::WithFreqs)?)
    }

    /// The inverted index of one field.
    pub(super) fn index(&self, field: Field) -> tantivy::Result<Arc<InvertedIndexReader>> {
        self.reader.inverted_index(field)
    }

    /// The documents that have this value of a facet.
    pub(super) fn docs_with(&self, facet: Facet, value: &str) -> Option<&Docs> {
        let number = self.columns.facets.get(&(facet as u8, value.to_owned()))?;
        self.columns.docs.get(usize::from(*number))
    }

    /// The documents of listings that are near, and for each document of the segment the least
    /// distance in km, infinite for what is not near.
    pub(super) fn near(&self, near: &Near) -> (Bits, Vec<f32>) {
        let mut found = Bits::none(self.reader.max_doc());
        let mut distances = vec![f32::INFINITY; self.reader.max_doc() as usize];
        for (ordinal, km) in near.iter() {
            for doc in self.columns.by_ordinal.docs_of(ordinal) {
                found.add(doc);
                let least = &mut distances[doc as usize];
                *least = least.min(km);
            }
        }
        (found, distances)
    }

    /// Which listing this document is: UUID and ordinal.
    pub(super) fn identify(&self, doc: DocId) -> tantivy::Result<(Uuid, u64)> {
        let fast = self.reader.fast_fields();
        let read = |name: &str| {
            Ok::<u64, tantivy::TantivyError>(fast.u64(name)?.first(doc).unwrap_or_default())
        };
        Ok((
            Uuid::from_u64_pair(read("uuid_high")?, read("uuid_low")?),
            read("ordinal")?,
        ))
    }
}

impl Columns {
    fn read(reader: &SegmentReader, fields: &Fields) -> tantivy::Result<Columns> {
        let len = reader.max_doc();
        let (facets, docs) = read_facets(reader, fields)?;
        let (values, starts) = turn_around(&docs, len);
        let column = |name: &str| {
            let mut column = vec![0; len as usize];
            reader
                .fast_fields()
                .u64(name)?
                .first_or_default_col(0)
                .get_range(0, &mut column);
            Ok::<Vec<u64>, tantivy::TantivyError>(column)
        };
        let order = column("order")?;
        let mut in_order: Vec<DocId> = (0..len).collect();
        in_order.sort_unstable_by_key(|doc| (order[*doc as usize], *doc));
        let by_ordinal = ByOrdinal::new(&column("ordinal")?);
        let frequent = Mutex::default();
        Ok(Columns {
            facets,
            docs,
            values,
            starts,
            order,
            in_order,
            by_ordinal,
            frequent,
        })
    }

    /// The values of one facet, in the order of their spelling, with their numbers.
    pub(super) fn values_in(&self, facet: Facet) -> impl Iterator<Item = (&(u8, String), &u16)> {
        let facet = facet as u8;
        self.facets
            .range((facet, String::new())..(facet + 1, String::new()))
    }

    /// The numbers of the facet values that a document has.
    pub(super) fn values_of(&self, doc: DocId) -> &[u16] {
        let doc = doc as usize;
        &self.values[self.starts[doc] as usize..self.starts[doc + 1] as usize]
    }
}

impl ByOrdinal {
    fn new(ordinals: &[u64]) -> ByOrdinal {
        let first = ordinals.iter().copied().min().unwrap_or_default();
        let last = ordinals.iter().copied().max().unwrap_or_default();
        if (last - first) / PLACES_PER_DOC <= ordinals.len() as u64 {
            let mut docs = vec![NOBODY; (last - first) as usize + 1];
            let mut twice = false;
            for (ordinal, doc) in ordinals.iter().zip(0..) {
                let place = &mut docs[(ordinal - first) as usize];
                twice |= *place != NOBODY;
                *place = doc;
            }
            if !twice {
                return ByOrdinal::Close { first, docs };
            }
        }
        let mut pairs: Vec<(u64, DocId)> = ordinals.iter().copied().zip(0..).collect();
        pairs.sort_unstable();
        ByOrdinal::Apart(pairs)
    }

    fn docs_of(&self, ordinal: u64) -> impl Iterator<Item = DocId> {
        let (close, apart) = match self {
            ByOrdinal::Close { first, docs } => {
                let place = ordinal
                    .checked_sub(*first)
                    .and_then(|place| docs.get(place as usize));
                (place.copied().filter(|doc| *doc != NOBODY), &[][..])
            }
            ByOrdinal::Apart(pairs) => {
                let first = pairs.partition_point(|(known, _)| *known < ordinal);
                (None, &pairs[first..])
            }
        };
        let apart = apart.iter().take_while(move |(known, _)| *known == ordinal);
        close.into_iter().chain(apart.map(|(_, doc)| *doc))
    }
}

fn read_postings(
    index: &InvertedIndexReader,
    info: &TermInfo,
    mut each: impl FnMut(&[DocId]),
) -> io::Result<()> {
    let mut postings = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
    while !postings.docs().is_empty() {
        each(postings.docs());
        postings.advance();
    }
    Ok(())
}

type FacetNumbers = BTreeMap<(u8, String), u16>;

fn read_facets(
    reader: &SegmentReader,
    fields: &Fields,
) -> tantivy::Result<(FacetNumbers, Vec<Docs>)> {
    let index = reader.inverted_index(fields.facets)?;
    let mut terms = index.terms().stream()?;
    let (mut numbers, mut sets) = (BTreeMap::new(), Vec::new());
    while let Some((term, info)) = terms.next() {
        let Some((facet, value)) = Facet::read(term) else {
            continue;
        };
        if sets.len() == FACET_VALUES_MAX {
            break;
        }
        let mut docs = Vec::with_capacity(info.doc_freq as usize);
        read_postings(&index, info, |some| docs.extend_from_slice(some))?;
        numbers.insert((facet as u8, value.to_owned()), sets.len() as u16);
        sets.push(Docs::new(docs, reader.max_doc()));
    }
    Ok((numbers, sets))
}

/// From the documents of each value to the values of each document.
fn turn_around(sets: &[Docs], len: u32) -> (Vec<u16>, Vec<u32>) {
    let mut starts = vec![0_u32; len as usize + 1];
    for docs in sets {
        docs.for_each(|doc| starts[doc as usize + 1] += 1);
    }
    for doc in 0..len as usize {
        starts[doc + 1] += starts[doc];
    }
    let mut values = vec![0_u16; starts[len as usize] as usize];
    let mut ends = starts.clone();
    for (number, docs) in sets.iter().enumerate() {
        docs.for_each(|doc| {
            let end = &mut ends[doc as usize];
            values[*end as usize] = number as u16;
            *end += 1;
        });
    }
    (values, starts)
}

fn alive(reader: &SegmentReader) -> Bits {
    let Some(alive) = reader.alive_bitset() else {
        return Bits::all(reader.max_doc());
    };
    let mut bits = Bits::none(reader.max_doc());
    alive.iter_alive().for_each(|doc| bits.add(doc));
    bits
}

/// Moves postings to a document, if it is there.
pub(super) fn stands_at(postings: &mut SegmentPostings, doc: DocId) -> bool {
    postings.doc() == doc || (postings.doc() < doc && postings.seek(doc) == doc)
}
