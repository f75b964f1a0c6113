//! How does the program speak to people in their language?

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use clearinghouse_protocol::listing::Lang;
use fluent_templates::{LanguageIdentifier, Loader};

pub use fluent_templates::fluent_bundle::FluentValue;

fluent_templates::static_loader! {
    static WORDS = {
        locales: "./locales",
        fallback_language: "en",
        // Isolation marks are invisible characters; they end up in copied addresses.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Languages of one request that are looked at: people have a few, and a header has room for thousands.
const ASKED_MAX: usize = 20;

/// The text under `key` in `node/locales`, in this language.
pub fn say(lang: Lang, key: &str) -> String {
    WORDS.lookup(identifier(lang), key)
}

/// The text under `key` with values in it.
pub fn say_with(lang: Lang, key: &str, values: &[(&'static str, FluentValue<'_>)]) -> String {
    let values: HashMap<Cow<'static, str>, FluentValue<'_>> = values
        .iter()
        .map(|(name, value)| (Cow::Borrowed(*name), value.clone()))
        .collect();
    WORDS.lookup_with_args(identifier(lang), key, &values)
}

/// The language that a request asks for (RFC 9110, section 12.5.4), or `otherwise`.
pub fn preferred(headers: &HeaderMap, otherwise: Lang) -> Lang {
    let asked = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut best = (otherwise, 0.0);
    for part in asked.split(',').take(ASKED_MAX) {
        let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
        let (Some(lang), Some(Ok(weight))) = (Lang::of_tag(tag.trim()), weight) else {
            continue;
        };
        if weight > best.1 {
            best = (lang, weight);
        }
    }
    best.0
}

fn identifier(lang: Lang) -> &'static LanguageIdentifier {
    static IDENTIFIERS: LazyLock<[LanguageIdentifier; 2]> = LazyLock::new(|| {
        Lang::ALL.map(|lang| lang.tag().parse().expect("our own tags are well-formed"))
    });
    &IDENTIFIERS[lang as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_most_is_spoken() {
        for (asked, lang) in [
            ("", Lang::En),
            ("fr", Lang::Fr),
            ("FR-ca", Lang::Fr),
            ("de, fr;q=0.5", Lang::Fr),
            ("en;q=0.8, fr-CA;q=0.9", Lang::Fr),
            ("fr;q=0.8,en", Lang::En),
            ("fr;q=0", Lang::En),
            ("fr;q=much", Lang::En),
            ("*", Lang::En),
        ] {
            let headers =
                HeaderMap::from_iter([(ACCEPT_LANGUAGE, asked.parse().expect("a header's text"))]);
            assert_eq!(preferred(&headers, Lang::En), lang, "{asked:?}");
        }
    }
}
