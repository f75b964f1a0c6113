//! Which time zones are there?

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{at::At, fault_code::FaultCode, fold::fold, likeness::nearest, reading::Reading};

/// How long a time zone's name may be, in bytes; the longest of today has 32.
pub(super) const ZONE_BYTES_MAX: usize = 64;

/// The time zones that every node of this version knows: those built into the program. The ones
/// of the machine would differ from node to node, and so would what they show.
fn zones() -> &'static TimeZoneDatabase {
    static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    &ZONES
}

impl Reading<'_> {
    /// The time zone of this name. In a listing, one that only a later version knows is kept.
    pub(super) fn zone(&mut self, at: At<'_>, name: &str) -> Option<TimeZone> {
        let zone = zones()
            .get(name)
            .ok()
            .filter(|zone| zone.iana_name() == Some(name));
        if zone.is_none() && self.strict {
            let nearest = nearest_zone(name).unwrap_or_else(|| "none".to_owned());
            self.fault(
                at,
                FaultCode::BadTimeZone,
                &[("value", name), ("nearest", &nearest)],
            );
        }
        zone
    }
}

/// The zone of the city that was named, else the one spelled most alike.
fn nearest_zone(name: &str) -> Option<String> {
    let known: Vec<String> = zones()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let city = |zone: &str| fold(zone.rsplit('/').next().unwrap_or(zone));
    let wanted = city(name);
    let same_city = known.iter().find(|zone| city(zone) == wanted).copied();
    same_city
        .or_else(|| nearest(name, &known))
        .map(str::to_owned)
}
