//! Where is each page, in each language?

use clearinghouse_protocol::listing::Lang;
use uuid::Uuid;

/// A page that exists in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// The first one.
    Home,
    /// What was found for a query, as it stands in an address behind the question mark.
    Search(String),
    /// One listing.
    Listing(Uuid),
    /// The centres.
    Network,
}

impl Page {
    /// The address in a language, from the root of this node.
    pub(super) fn path(&self, lang: Lang) -> String {
        match (self, lang) {
            (Page::Home, lang) => format!("/{}/", lang.tag()),
            (Page::Search(query), lang) => {
                let path = match lang {
                    Lang::En => "/en/search",
                    Lang::Fr => "/fr/recherche",
                };
                match query.is_empty() {
                    true => path.to_owned(),
                    false => format!("{path}?{query}"),
                }
            }
            (Page::Listing(uuid), lang) => format!("{}{uuid}", Page::listings(lang)),
            (Page::Network, Lang::En) => "/en/network".to_owned(),
            (Page::Network, Lang::Fr) => "/fr/reseau".to_owned(),
        }
    }

    /// What the addresses of all listings begin with.
    pub(super) fn listings(lang: Lang) -> &'static str {
        match lang {
            Lang::En => "/en/listing/",
            Lang::Fr => "/fr/fiche/",
        }
    }
}

/// The language of the pages below which an address lies; `None` outside of them.
pub(super) fn language_of(path: &str) -> Option<Lang> {
    let first = path.strip_prefix('/')?.split('/').next()?;
    Lang::ALL.into_iter().find(|lang| lang.tag() == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_lies_below_its_language() {
        let pages = [
            Page::Home,
            Page::Search("q=a".to_owned()),
            Page::Listing(Uuid::nil()),
            Page::Network,
        ];
        for (page, lang) in pages
            .iter()
            .flat_map(|page| Lang::ALL.map(|lang| (page, lang)))
        {
            assert_eq!(language_of(&page.path(lang)), Some(lang), "{page:?}");
        }
        for path in ["", "/", "/english", "/api/v1/listings", "/e", "//en"] {
            assert_eq!(language_of(path), None, "{path}");
        }
    }
}
