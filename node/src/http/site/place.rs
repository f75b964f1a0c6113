//! Where do people meet, in words?

use clearinghouse_protocol::listing::{Listing, Place, Precision};

use super::said::Said;
use super::speech::Speech;

/// A place on a listing's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// What the building is called.
    pub(super) name: Option<Said>,
    /// Street, then town, province and postal code.
    pub(super) lines: Vec<Said>,
    /// What is not told, in words.
    pub(super) discretion: Option<String>,
    /// How to find it.
    pub(super) note: Option<Said>,
}

/// A place with all that may be told.
pub(super) fn spot(speech: Speech, place: &Place) -> Spot {
    let region = place.region().map(|code| speech.region(code));
    let town = [
        place.city().map(str::to_owned),
        region,
        place.postal_code().map(str::to_owned),
    ];
    let town: Vec<String> = town.into_iter().flatten().collect();
    let lines = [place.street().map(str::to_owned), Some(town.join(", "))];
    let lines = lines.into_iter().flatten().filter(|line| !line.is_empty());
    let discretion = match place.precision().known() {
        Some(Precision::Exact) | None => None,
        Some(Precision::Approximate) => Some(speech.say("place-approximate")),
        Some(Precision::Withheld) => Some(speech.say("place-withheld")),
    };
    Spot {
        name: place.name().map(Said::plain),
        lines: lines.map(|line| Said::plain(&line)).collect(),
        discretion,
        note: place.note().and_then(|note| Said::best(speech, note)),
    }
}

/// Where a listing is, in a line: of several places the one of the next meeting. `None` if it has none.
pub(super) fn whereabouts(
    speech: Speech,
    listing: &Listing,
    next: Option<usize>,
) -> Option<(Said, Option<String>)> {
    let places = listing.places();
    let place = next.and_then(|next| places.get(next)).or(places.first())?;
    let name = place
        .name()
        .filter(|_| place.precision().is(Precision::Exact));
    let parts: Vec<&str> = [name, place.city()].into_iter().flatten().collect();
    let named = match parts.is_empty() {
        false => parts.join(", "),
        true => place
            .region()
            .map(|code| speech.region(code))
            .unwrap_or_else(|| speech.say("place-unnamed")),
    };
    let further = places.len() as u64 - 1;
    let more = match place.precision().known() {
        Some(Precision::Withheld) => Some(speech.say("place-withheld-short")),
        Some(Precision::Approximate) => Some(speech.say("place-approximate-short")),
        _ if further > 0 => Some(speech.count("place-further", further)),
        _ => None,
    };
    Some((Said::plain(&named), more))
}
