//! How does JSON that anybody may have sent become a listing?

use serde_json::{Map, Value};

use super::{
    at::At,
    bounds::{characters, shallow},
    canonical::{LISTING_FIELDS, PRIVATE, PRIVATE_FIELDS, ordered, tidy},
    contact::Contact,
    fault::Faults,
    fault_code::FaultCode,
    json::parse,
    place::Place,
    reading::Reading,
    sound::{CONTACTS_MAX, Listing, PLACES_MAX},
    taxonomy::Taxonomy,
};

/// How long a draft may be, in bytes: what a body may be, since the listing goes into one.
pub const DRAFT_BYTES_MAX: usize = 64 * 1024;

/// How long a listing may be as compact JSON, in bytes: a body less 4 KiB for what stands around it.
pub const LISTING_BYTES_MAX: usize = 60 * 1024;

/// How long private notes may be, in characters.
const NOTES_CHARACTERS_MAX: usize = 10_000;

/// What somebody wants to say about an initiative, not yet checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    value: Value,
}

/// What stays at home: never in a listing, an entry, a public page or an export.
#[derive(Clone, Debug, PartialEq)]
pub struct Private {
    value: Value,
    notes: Option<String>,
    contacts: Vec<Contact>,
    places: Vec<Place>,
}

impl Private {
    /// Notes of the centre's staff.
    pub fn notes(&self) -> Option<&str> {
        self.notes.as_deref()
    }

    /// Contacts who did not agree to be published.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Places with what may not be told.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// All of it as JSON in canonical order.
    pub fn to_value(&self) -> Value {
        self.value.clone()
    }
}

/// What a sound draft comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What everybody may see.
    pub listing: Listing,
    /// What stays at home, if there is any.
    pub private: Option<Private>,
}

impl Draft {
    /// Reads a draft from bytes: one JSON object of at most [`DRAFT_BYTES_MAX`] and
    /// [`DRAFT_DEPTH_MAX`](super::DRAFT_DEPTH_MAX), without characters that no listing contains.
    pub fn from_json(bytes: &[u8]) -> Result<Draft, Faults> {
        if bytes.len() > DRAFT_BYTES_MAX {
            return Err(too_large(DRAFT_BYTES_MAX));
        }
        Draft::from_value(parse(bytes)?)
    }

    /// Takes a draft that was already read, under the same limits.
    pub fn from_value(mut value: Value) -> Result<Draft, Faults> {
        if !value.is_object() {
            return Err(Faults::of_document(
                FaultCode::WrongType,
                &[("wanted", "object")],
            ));
        }
        shallow(&value)?;
        if value.to_string().len() > DRAFT_BYTES_MAX {
            return Err(too_large(DRAFT_BYTES_MAX));
        }
        characters(&value)?;
        if let Value::Object(fields) = &mut value {
            let is_ours = |name: &str| LISTING_FIELDS.contains(&name) || name == PRIVATE;
            fields
                .iter_mut()
                .filter(|(name, _)| is_ours(name))
                .for_each(|(_, value)| tidy(value));
        }
        Ok(Draft { value })
    }

    /// What it says, as it will be checked.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Checks everything and names every fault at once.
    pub fn check(&self, taxonomy: &Taxonomy) -> Result<Checked, Faults> {
        let nothing = Map::new();
        let fields = self.value.as_object().unwrap_or(&nothing);
        let mut reading = Reading::of_draft(taxonomy);

        // A draft that does not say otherwise is about something that lives.
        let mut said = self.value.clone();
        if let Value::Object(fields) = &mut said
            && At::document(&self.value).field("status").is_empty()
        {
            fields.insert("status".to_owned(), "active".into());
        }
        let mut public = ordered(said.as_object().unwrap_or(&nothing), LISTING_FIELDS);
        public.shift_remove(PRIVATE);

        let at = At::document(&said);
        let listing = reading.listing(at, Value::Object(public));
        let private = fields
            .get(PRIVATE)
            .and_then(|_| reading.private(at.field(PRIVATE)));
        reading.finish()?;
        // What was added or reordered may have made it longer than the draft was.
        if listing.to_value().to_string().len() > LISTING_BYTES_MAX {
            return Err(too_large(LISTING_BYTES_MAX));
        }
        Ok(Checked { listing, private })
    }
}

impl Reading<'_> {
    fn private(&mut self, at: At<'_>) -> Option<Private> {
        if at.is_empty() {
            return None;
        }
        let fields = self.object(at, PRIVATE_FIELDS)?;
        let value = Value::Object(ordered(fields, PRIVATE_FIELDS));
        Some(Private {
            value,
            notes: self
                .string(at.field("notes"), NOTES_CHARACTERS_MAX)
                .map(str::to_owned),
            contacts: self.list(at.field("contacts"), CONTACTS_MAX, Self::contact),
            places: self.list(at.field("places"), PLACES_MAX, Self::place),
        })
    }
}

fn too_large(max: usize) -> Faults {
    Faults::of_document(FaultCode::TooLarge, &[("max", &(max / 1024).to_string())])
}
