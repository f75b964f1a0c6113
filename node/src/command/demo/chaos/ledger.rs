//! What did centres acknowledge while everything went wrong?

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

/// What may be said of one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// Its name holds this word.
    Says(String),
    /// It was taken back.
    Erased,
}

/// One listing that a centre acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    /// Which centre, by its place in the cast.
    pub(super) centre: usize,
    /// What was acknowledged last.
    pub(super) sure: Word,
    /// What was asked for since and never acknowledged: it may have been kept all the same.
    pub(super) open: Vec<Word>,
}

/// All listings that were acknowledged.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) promises: BTreeMap<Uuid, Promise>,
    count: u64,
    /// Edits that were acknowledged.
    pub(super) acknowledged: u64,
    /// Edits that were refused, or whose centre went away.
    pub(super) refused: u64,
}

impl Ledger {
    /// A word that no other listing has.
    pub(super) fn word(&mut self) -> String {
        self.count += 1;
        format!("evening{:05}", self.count)
    }

    /// The listings of a centre that can be edited.
    pub(super) fn of(&self, centre: usize) -> Vec<Uuid> {
        let of = self.promises.iter().filter(|(_, promise)| {
            promise.centre == centre && promise.open.is_empty() && promise.sure != Word::Erased
        });
        of.map(|(uuid, _)| *uuid).collect()
    }

    /// Takes what was acknowledged.
    pub(super) fn keep(&mut self, centre: usize, uuid: Uuid, said: Word) {
        self.acknowledged += 1;
        let promise = Promise {
            centre,
            sure: said,
            open: Vec::new(),
        };
        self.promises.insert(uuid, promise);
    }

    /// Takes what was asked for and not acknowledged.
    pub(super) fn leave_open(&mut self, uuid: Option<Uuid>, said: Word) {
        self.refused += 1;
        if let Some(promise) = uuid.and_then(|uuid| self.promises.get_mut(&uuid)) {
            promise.open.push(said);
        }
    }
}

/// A plainly fictional listing whose name holds a word.
pub(super) fn draft(word: &str) -> Value {
    json!({
        "kind": "group",
        "name": {
            "en": format!("Open Table {word}"),
            "fr": format!("La table ouverte {word}"),
        },
        "concerns": ["ageing.isolation"],
        "ways": ["online"],
        "languages": ["en", "fr"],
        "links": [{"url": "https://open-table.example/", "kind": "website"}],
        "status": "active",
    })
}

/// The word of a listing that [`draft`] made.
pub(super) fn word_of(listing: &Value) -> Option<&str> {
    listing["name"]["en"].as_str()?.strip_prefix("Open Table ")
}
