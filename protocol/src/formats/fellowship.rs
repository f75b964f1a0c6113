//! Which fellowship a feed belongs to, when it does not say.

/// Words that stand for a fellowship, and the concern of its groups. The first that fits wins, so
/// the families of a fellowship stand before the fellowship itself.
#[rustfmt::skip]
const FELLOWSHIPS: &[(&[&str], &str)] = &[
    (&["al-anon", "alanon", "alateen", "afg"], "addictions.alcohol-family"),
    (&["nar-anon", "naranon", "families anonymous"], "addictions.drug-family"),
    (&["gam-anon", "gamanon"], "addictions.gambling-family"),
    (&["adult children of alcoholics", "acoa", "adultchildren", "aca"], "addictions.adult-children"),
    (&["narcotics anonymous", "na"], "addictions.drugs"),
    (&["cocaine anonymous", "ca"], "addictions.cocaine"),
    (&["crystal meth", "crystalmeth", "cma"], "addictions.crystal-meth"),
    (&["marijuana anonymous", "ma"], "addictions.cannabis"),
    (&["nicotine anonymous", "nicotine-anonymous"], "addictions.nicotine"),
    (&["gamblers anonymous", "gamblersanonymous", "ga"], "addictions.gambling"),
    (&["sex and love addicts", "sex addicts", "sexaholics", "slaa", "sa", "saa"], "addictions.sex-love"),
    (&["workaholics"], "addictions.work"),
    (&["clutterers"], "addictions.clutter"),
    (&["debtors anonymous", "debtorsanonymous", "underearners"], "addictions.debt-spending"),
    (&["codependents", "co-dependents", "coda"], "addictions.codependency"),
    (&["dual recovery", "double trouble"], "addictions.dual-diagnosis"),
    (&["overeaters anonymous", "overeatersanonymous", "food addicts", "oa"], "eating-disorders.overeating"),
    (&["eating disorders anonymous", "eatingdisordersanonymous", "anorexics and bulimics", "eda"], "eating-disorders"),
    (&["emotions anonymous", "emotionsanonymous", "recovery international"], "mental-health"),
    (&["refuge recovery", "recovery dharma", "smart recovery", "smartrecovery", "lifering"], "addictions.other-paths"),
    (&["alcoholics anonymous", "aa"], "addictions.alcohol"),
];

/// The concern of Meeting Guide feeds that give no hint: the format was made for Alcoholics
/// Anonymous, and nearly all its feeds are theirs.
pub(crate) const UNSAID: &str = "addictions.alcohol";

/// The concern of the fellowship that these hints name, such as the source's name, the publishing
/// entity and the host of its pages. Short names count only as whole words or parts of a host.
pub(crate) fn concern(hints: &[&str]) -> Option<&'static str> {
    let folded: Vec<String> = hints.iter().map(|hint| hint.to_lowercase()).collect();
    FELLOWSHIPS
        .iter()
        .find(|(words, _)| {
            words
                .iter()
                .any(|word| folded.iter().any(|hint| stands_in(word, hint)))
        })
        .map(|(_, concern)| *concern)
}

fn stands_in(word: &str, hint: &str) -> bool {
    if word.len() > 4 {
        return hint.contains(word);
    }
    hint.split(|c: char| !c.is_alphanumeric())
        .any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fellowship_is_known_by_its_names() {
        for (hint, expected) in [
            (
                "meeting-guide:al-anon-ma-2023",
                Some("addictions.alcohol-family"),
            ),
            (
                "https://staging7.alanonma.org/",
                Some("addictions.alcohol-family"),
            ),
            ("eda-2023", Some("eating-disorders")),
            ("https://oc-aa.org/meetings/x", Some("addictions.alcohol")),
            ("meeting-guide:edmonton", None),
            ("canada", None),
        ] {
            assert_eq!(concern(&[hint]), expected, "{hint}");
        }
        for (_, concern) in FELLOWSHIPS {
            assert!(
                crate::listing::Taxonomy::standard().term(concern).is_some(),
                "{concern}"
            );
        }
    }
}
