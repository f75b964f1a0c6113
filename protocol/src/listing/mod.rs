//! What does a listing say, and when is it sound?
//!
//! Modules stand lowest first; each uses only those above it.

/// When two spellings are the same word to a person who searches.
mod fold;

/// Which characters no listing contains.
mod character;

/// Which faults a draft can have.
mod fault_code;

/// What is wrong with a draft, said in English and French.
mod fault;

/// The words a listing may choose from.
mod word;

/// What listings are about: a bilingual tree of concerns.
mod taxonomy;

/// Where in a document we are.
mod at;

/// Which known word somebody probably meant.
mod likeness;

/// How a draft is walked so that every fault is found at once.
mod reading;

/// Which JSON is refused before anybody asks what it says.
mod bounds;

/// How JSON is read so that nothing is said twice.
pub(crate) mod json;

/// Text in any number of languages.
mod text;

/// When something comes round again.
mod rule;

/// How days and seasons are written.
mod day;

/// Which time zones there are.
mod zone;

/// When people meet.
mod schedule;

/// Where people meet, and what of it may be told.
mod place;

/// How to reach somebody, and whether they agreed to be reached.
mod contact;

/// What else belongs to a listing: links, cost, parents, identifiers, confirmation.
mod particulars;

/// The one order and spelling in which a listing is written.
mod canonical;

/// A listing that is sound.
mod sound;

/// From JSON that anybody may have sent to a listing.
mod draft;

pub use bounds::DRAFT_DEPTH_MAX;
pub use contact::Contact;
pub use day::Season;
pub use draft::{Checked, DRAFT_BYTES_MAX, Draft, LISTING_BYTES_MAX, Private};
pub use fault::{Fault, Faults, Lang};
pub use fault_code::FaultCode;
pub use fold::fold;
pub use particulars::{Affiliation, Confirmation, Cost, Identifier, Link};
pub use place::{Area, Place};
pub use rule::{Frequency, MonthDay, OrdinalWeekday, Rule, Until};
pub use schedule::{OCCURRENCES_MAX, SEARCH_YEARS, Schedule};
pub use sound::Listing;
pub use taxonomy::{Taxonomy, TaxonomyError, Term, TermMatch};
pub use text::{Text, canonical_tag};
pub use word::{
    Accessibility, Choice, ConfirmedBy, CostKind, ForWhom, Kind, Leadership, LinkKind, Openness,
    Precision, Scope, Status, Way, Word,
};
