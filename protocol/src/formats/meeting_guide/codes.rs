//! What the type codes of Meeting Guide say about a meeting.
//!
//! The codes are those of the Meeting Guide specification (code4recovery/spec, `types.json`),
//! with the few that Al-Anon adds and the misspellings that are common in real feeds.

/// What one code says, in our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// Who may come: a value of `openness`.
    Open(&'static str),
    /// For whom it is: a value of `for_whom`.
    For(&'static str),
    /// The language spoken, a BCP 47 tag.
    Speaks(&'static str),
    /// A value of `accessibility`.
    Access(&'static str),
    /// Signed: a language and a form of access at once.
    Signed,
    /// It meets online.
    Online,
    /// Its place is closed for the time being.
    PlaceClosed,
    /// A word for the description, by its key in `locales/*/imports.ftl`.
    Word,
}

use Says::{Access, For, Online, Open, PlaceClosed, Signed, Speaks, Word};

#[rustfmt::skip]
const CODES: &[(&str, Says)] = &[
    ("O", Open("open")), ("C", Open("closed")),
    ("W", For("women")), ("M", For("men")), ("Y", For("youth")), ("SEN", For("seniors")),
    ("P", For("professionals")), ("N", For("indigenous")), ("NDG", For("indigenous")),
    ("LGBTQ", For("lgbtq")), ("G", For("lgbtq")), ("L", For("lgbtq")), ("BI", For("lgbtq")),
    ("T", For("lgbtq")), ("NB", For("lgbtq")),
    ("X", Access("wheelchair")), ("XB", Access("accessible-washroom")),
    ("BA", Access("childcare")), ("FF", Access("scent-free")), ("ASL", Signed),
    ("ONL", Online), ("TC", PlaceClosed),
    ("AF", Speaks("af")), ("AM", Speaks("am")), ("AR", Speaks("ar")), ("BG", Speaks("bg")),
    ("DA", Speaks("da")), ("DE", Speaks("de")), ("EL", Speaks("el")), ("EN", Speaks("en")),
    ("FA", Speaks("fa")), ("FI", Speaks("fi")), ("FR", Speaks("fr")), ("HE", Speaks("he")),
    ("HI", Speaks("hi")), ("HR", Speaks("hr")), ("HU", Speaks("hu")), ("IS", Speaks("is")),
    ("ITA", Speaks("it")), ("JA", Speaks("ja")), ("KA", Speaks("ka")), ("KOR", Speaks("ko")),
    ("LT", Speaks("lt")), ("ML", Speaks("ml")), ("MT", Speaks("mt")), ("NE", Speaks("ne")),
    ("NL", Speaks("nl")), ("NO", Speaks("no")), ("POL", Speaks("pl")), ("POR", Speaks("pt")),
    ("PUN", Speaks("pa")), ("RUS", Speaks("ru")), ("S", Speaks("es")), ("SK", Speaks("sk")),
    ("SL", Speaks("sl")), ("SV", Speaks("sv")), ("TH", Speaks("th")), ("TL", Speaks("tl")),
    ("TUR", Speaks("tr")), ("UK", Speaks("uk")),
    ("11", Word), ("12x12", Word), ("A", Word), ("ABSI", Word), ("AL", Word), ("AL-AN", Word),
    ("B", Word), ("BE", Word), ("BRK", Word), ("CAN", Word), ("CF", Word), ("D", Word),
    ("DB", Word), ("DD", Word), ("DR", Word), ("GR", Word), ("H", Word), ("LIT", Word),
    ("LS", Word), ("MED", Word), ("OUT", Word), ("POA", Word), ("POC", Word), ("SM", Word),
    ("SP", Word), ("ST", Word), ("TR", Word), ("XT", Word), ("AC", Word),
];

/// Other spellings: of real feeds, and the plain words that spreadsheets use, in lower case.
#[rustfmt::skip]
const ALIASES: &[(&str, &str)] = &[
    ("asbi", "ABSI"), ("lgbtqia", "LGBTQ"), ("lgbtq+", "LGBTQ"), ("lgbt", "LGBTQ"), ("sp", "SP"),
    ("open", "O"), ("ouvert", "O"), ("closed", "C"), ("fermé", "C"), ("women", "W"), ("femmes", "W"),
    ("men", "M"), ("hommes", "M"), ("young people", "Y"), ("youth", "Y"), ("jeunes", "Y"),
    ("seniors", "SEN"), ("professionals", "P"), ("native american", "N"), ("indigenous", "NDG"),
    ("gay", "G"), ("lesbian", "L"), ("bisexual", "BI"), ("transgender", "T"), ("non-binary", "NB"),
    ("wheelchair access", "X"), ("wheelchair accessible", "X"), ("wheelchair-accessible bathroom", "XB"),
    ("babysitting available", "BA"), ("fragrance free", "FF"), ("american sign language", "ASL"),
    ("online", "ONL"), ("online meeting", "ONL"), ("location temporarily closed", "TC"),
    ("temporary closure", "TC"), ("english", "EN"), ("french", "FR"), ("français", "FR"),
    ("spanish", "S"), ("russian", "RUS"), ("polish", "POL"), ("portuguese", "POR"), ("punjabi", "PUN"),
    ("11th step meditation", "11"), ("12 steps & 12 traditions", "12x12"), ("secular", "A"),
    ("as bill sees it", "ABSI"), ("concurrent with alateen", "AL"), ("concurrent with al-anon", "AL-AN"),
    ("big book", "B"), ("newcomer", "BE"), ("beginner", "BE"), ("breakfast", "BRK"),
    ("candlelight", "CAN"), ("child-friendly", "CF"), ("discussion", "D"), ("digital basket", "DB"),
    ("dual diagnosis", "DD"), ("daily reflections", "DR"), ("grapevine", "GR"), ("birthday", "H"),
    ("literature", "LIT"), ("living sober", "LS"), ("meditation", "MED"), ("outdoor", "OUT"),
    ("proof of attendance", "POA"), ("people of color", "POC"), ("smoking permitted", "SM"),
    ("speaker", "SP"), ("step study", "ST"), ("step meeting", "ST"), ("tradition study", "TR"),
    ("cross talk permitted", "XT"),
];

/// The code as the specification spells it and what it says; `None` if we do not know it.
pub(crate) fn meaning(text: &str) -> Option<(&'static str, Says)> {
    let exact = |code: &str| {
        CODES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(code))
            .copied()
    };
    let lower = text.to_lowercase();
    exact(text).or_else(|| {
        ALIASES
            .iter()
            .find(|(alias, _)| *alias == lower)
            .and_then(|(_, code)| exact(code))
    })
}

/// The key of a word's translation in `locales/*/imports.ftl`.
pub(crate) fn word_key(code: &str) -> String {
    format!("code-{}", code.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::report::phrase;

    #[test]
    fn every_alias_stands_for_a_code_and_every_word_has_both_languages() {
        for (alias, code) in ALIASES {
            assert_eq!(meaning(alias).map(|(code, _)| code), Some(*code), "{alias}");
        }
        for (code, says) in CODES {
            for tag in ["en", "fr"] {
                let there = phrase(tag, &word_key(code)).is_some();
                assert_eq!(there, *says == Says::Word, "{code} in {tag}");
            }
        }
    }
}
