//! What does it cost, whom does it belong to, and which area does it serve?

use clearinghouse_protocol::listing::{Affiliation, Cost, Lang, Listing};

use super::name_of;
use crate::http::App;
use crate::http::site::address::Page;
use crate::http::site::said::Said;
use crate::http::site::speech::Speech;

/// An organization or network that a listing belongs to.
pub(super) struct Belonging {
    /// What it is called.
    pub(super) name: Said,
    /// Its own page, if it is listed here.
    pub(super) path: Option<String>,
}

/// An organization or network by its name, and its page if there is one.
pub(super) fn belonging(app: &App, w: Speech, belongs: &Affiliation) -> Belonging {
    let listed = belongs.uuid().and_then(|uuid| {
        let name = name_of(app, w, uuid)?;
        Some((name, Page::Listing(uuid).path(w.0)))
    });
    let named = belongs.name().and_then(|name| Said::best(w, name));
    let (known, path) = listed.unzip();
    Belonging {
        name: named
            .or(known)
            .unwrap_or_else(|| Said::plain(&w.say("belonging-unnamed"))),
        path,
    }
}

/// What taking part costs.
pub(super) fn cost(w: Speech, cost: &Cost) -> String {
    let kind = w.choice("cost", cost.kind());
    let (Some(amount), Some(currency)) = (cost.amount(), cost.currency()) else {
        return kind;
    };
    let whole = amount.strip_suffix(".00").unwrap_or(amount);
    let amount = match w.0 {
        Lang::En => whole.to_owned(),
        Lang::Fr => whole.replace('.', ","),
    };
    let key = match currency {
        "CAD" => "cost-dollars",
        _ => "cost-other",
    };
    let values = [
        ("kind", kind.as_str()),
        ("amount", &amount),
        ("currency", currency),
    ];
    w.with(key, &values)
}

/// The area that is served.
pub(super) fn area(w: Speech, listing: &Listing) -> Option<String> {
    let area = listing.area()?;
    let scope = area.scope().map(|scope| w.choice("scope", scope));
    let regions: Vec<String> = area.regions().iter().map(|code| w.region(code)).collect();
    let regions = (!regions.is_empty()).then(|| w.list(&regions));
    match (scope, regions) {
        (Some(scope), Some(regions)) => {
            Some(w.with("area-of", &[("scope", &scope), ("regions", &regions)]))
        }
        (scope, regions) => scope.or(regions),
    }
}
