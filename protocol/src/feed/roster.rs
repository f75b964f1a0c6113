//! Which centres does a network speak for?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::origin::Nid;

/// The first line of every statement.
const HEADING: &str = "clearinghouse/roster/v1";

/// Networks of networks: nation, province, region, centre.
pub const DEPTH_MAX: usize = 3;

/// The longest URL that a statement may give.
const URL_MAX_BYTES: usize = 512;

/// The most region codes in one statement, so that it stays below the largest payload.
const REGIONS_MAX: usize = 64;

/// A code of a region: an ISO 3166-1 or 3166-2 code, and further parts after hyphens (`CA-ON-TOR`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// Whether this region is `outer` or lies inside it.
    pub fn is_inside(&self, outer: &Region) -> bool {
        self.0
            .strip_prefix(&outer.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Region {
    type Err = RosterError;

    fn from_str(text: &str) -> Result<Region, RosterError> {
        let mut parts = text.split('-');
        let country = parts.next().unwrap_or_default();
        let sound = country.len() == 2
            && country.bytes().all(|letter| letter.is_ascii_uppercase())
            && text.len() <= 32
            && parts.all(|part| {
                (1..=8).contains(&part.len())
                    && part
                        .bytes()
                        .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
            });
        if sound {
            Ok(Region(text.to_owned()))
        } else {
            Err(RosterError::Region(text.chars().take(40).collect()))
        }
    }
}

/// Why a text is not a statement of membership.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// Not the lines that section "Entries of kind roster" of docs/format.md gives.
    #[error("the statement has not the lines of one: {0}")]
    Shape(&'static str),
    /// A verb of a later version.
    #[error("the statement {0:?} is not known to this program")]
    Verb(String),
    /// Not a code of a region.
    #[error("{0:?} is not a region code such as CA-ON")]
    Region(String),
}

/// What one entry of kind roster says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// A network takes a centre or network in, for some regions (none: all of the network's own).
    Admit {
        /// Whom.
        nid: Nid,
        /// Where its feed is served.
        url: String,
        /// What it may speak for, in rising order.
        regions: BTreeSet<Region>,
    },
    /// A network no longer speaks for a member.
    Suspend {
        /// Whom.
        nid: Nid,
    },
    /// A centre says that it belongs to a network.
    Join {
        /// To which.
        nid: Nid,
        /// Where that network's feed is served.
        url: String,
    },
    /// A centre says that it no longer belongs to a network.
    Leave {
        /// To which.
        nid: Nid,
    },
}

impl Statement {
    /// The payload of its entry.
    pub fn write(&self) -> String {
        let (verb, nid, url) = match self {
            Statement::Admit { nid, url, .. } => ("admit", nid, Some(url)),
            Statement::Suspend { nid } => ("suspend", nid, None),
            Statement::Join { nid, url } => ("join", nid, Some(url)),
            Statement::Leave { nid } => ("leave", nid, None),
        };
        let mut text = format!("{HEADING}\n{verb} {nid}\n");
        if let Some(url) = url {
            text.push_str(&format!("url {url}\n"));
        }
        if let Statement::Admit { regions, .. } = self {
            for region in regions {
                text.push_str(&format!("region {region}\n"));
            }
        }
        text
    }

    /// Reads what `write` writes and nothing else.
    pub fn read(payload: &[u8]) -> Result<Statement, RosterError> {
        let shape = RosterError::Shape;
        let text = std::str::from_utf8(payload).map_err(|_| shape("it is not UTF-8"))?;
        let body = text
            .strip_suffix('\n')
            .ok_or(shape("the last newline is missing"))?;
        let mut lines = body.split('\n');
        if lines.next() != Some(HEADING) {
            return Err(shape("the heading is missing"));
        }
        let deed = lines.next().ok_or(shape("the statement is missing"))?;
        let (verb, nid) = deed
            .split_once(' ')
            .ok_or(shape("the statement names no node"))?;
        if !["admit", "suspend", "join", "leave"].contains(&verb) {
            return Err(RosterError::Verb(verb.chars().take(40).collect()));
        }
        let nid: Nid = nid
            .parse()
            .map_err(|_| shape("the node identifier is misspelt"))?;
        let statement = match verb {
            "admit" => Statement::Admit {
                nid,
                url: read_url(&mut lines)?,
                regions: read_regions(&mut lines)?,
            },
            "suspend" => Statement::Suspend { nid },
            "join" => Statement::Join {
                nid,
                url: read_url(&mut lines)?,
            },
            _ => Statement::Leave { nid },
        };
        if lines.next().is_some() || statement.write() != text {
            return Err(shape("there are further lines, or lines out of order"));
        }
        Ok(statement)
    }
}

fn read_url<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<String, RosterError> {
    let line = lines
        .next()
        .ok_or(RosterError::Shape("the url is missing"))?;
    let url = line
        .strip_prefix("url ")
        .ok_or(RosterError::Shape("the url is missing"))?;
    check_url(url)
        .map(str::to_owned)
        .ok_or(RosterError::Shape("the url is not one of http or https"))
}

/// A base URL in its one spelling, with the slash at its end; `None` for anything else.
pub fn check_url(text: &str) -> Option<&str> {
    let url = url::Url::parse(text).ok()?;
    let sound = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && text.len() <= URL_MAX_BYTES
        && text.ends_with('/');
    (sound && url.as_str() == text).then_some(text)
}

fn read_regions<'a>(
    lines: &mut impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<Region>, RosterError> {
    let mut regions = BTreeSet::new();
    for line in lines {
        let code = line
            .strip_prefix("region ")
            .ok_or(RosterError::Shape("a line is not a region"))?;
        regions.insert(code.parse()?);
    }
    if regions.len() > REGIONS_MAX {
        return Err(RosterError::Shape("there are more than 64 regions"));
    }
    Ok(regions)
}

/// A member as a network's roster states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where its feed is served.
    pub url: String,
    /// What it may speak for; none: all that the network may.
    pub regions: BTreeSet<Region>,
    /// Whether the network has suspended it.
    pub suspended: bool,
}

/// All that one log says about membership: a fold over its entries of kind roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rosters {
    /// The centres and networks that it has admitted.
    pub members: BTreeMap<Nid, Member>,
    /// The networks to which it says that it belongs, and where they are served.
    pub joined: BTreeMap<Nid, String>,
}

impl Rosters {
    /// Takes one statement into account; later ones replace earlier ones.
    pub fn apply(&mut self, statement: Statement) {
        match statement {
            Statement::Admit { nid, url, regions } => {
                self.members.insert(
                    nid,
                    Member {
                        url,
                        regions,
                        suspended: false,
                    },
                );
            }
            Statement::Suspend { nid } => {
                if let Some(member) = self.members.get_mut(&nid) {
                    member.suspended = true;
                }
            }
            Statement::Join { nid, url } => {
                self.joined.insert(nid, url);
            }
            Statement::Leave { nid } => {
                self.joined.remove(&nid);
            }
        }
    }
}

/// How a node stands to the network from which we look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The node from which we look, or one that we follow by our own choice.
    Root,
    /// Admitted by a roster, and its own log says that it joined: it counts.
    Mutual,
    /// Admitted, but its own log does not say that it joined: it does not count yet.
    OneSided,
    /// Admitted for regions of which none lies inside those of the network that admits it.
    OutOfScope,
    /// Admitted below the third level.
    TooDeep,
    /// Suspended by the network that had admitted it.
    Suspended,
}

impl Standing {
    /// Whether listings of such a node belong to the view.
    pub fn counts(self) -> bool {
        matches!(self, Standing::Root | Standing::Mutual)
    }
}

/// A node that a view knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How it stands.
    pub standing: Standing,
    /// Where its feed is served, when a roster says so.
    pub url: Option<String>,
    /// The network that admits it.
    pub through: Option<Nid>,
    /// Levels below the root.
    pub depth: usize,
    /// The regions that it may speak for; none: no bound is stated.
    pub regions: BTreeSet<Region>,
}

/// Every node that follows from the rosters, seen from `roots`.
///
/// Breadth first and in the order of identifiers, so that the result does not depend on the order in
/// which feeds arrived. A node that two networks admit keeps the better standing; among equals the
/// shorter way, then the network with the lower identifier. Nothing is visited twice, so a cycle ends
/// where it closes.
pub fn resolve(roots: &BTreeSet<Nid>, rosters: &BTreeMap<Nid, Rosters>) -> BTreeMap<Nid, Place> {
    let mut places: BTreeMap<Nid, Place> = BTreeMap::new();
    let mut open: BTreeSet<(usize, Nid)> = BTreeSet::new();
    for root in roots {
        let place = Place {
            standing: Standing::Root,
            url: None,
            through: None,
            depth: 0,
            regions: BTreeSet::new(),
        };
        places.insert(*root, place);
        open.insert((0, *root));
    }
    while let Some((_, network)) = open.pop_first() {
        let Some(roster) = rosters.get(&network) else {
            continue;
        };
        let above = places[&network].clone();
        for (nid, member) in &roster.members {
            let place = admit(network, &above, member, rosters.get(nid));
            let better = places
                .get(nid)
                .is_none_or(|known| place.standing < known.standing);
            if !better {
                continue;
            }
            if place.standing == Standing::Mutual {
                open.insert((place.depth, *nid));
            }
            places.insert(*nid, place);
        }
    }
    places
}

fn admit(network: Nid, above: &Place, member: &Member, own: Option<&Rosters>) -> Place {
    let depth = above.depth + 1;
    let allowed = |region: &&Region| {
        above.regions.is_empty() || above.regions.iter().any(|outer| region.is_inside(outer))
    };
    let regions: BTreeSet<Region> = match member.regions.is_empty() {
        true => above.regions.clone(),
        false => member.regions.iter().filter(allowed).cloned().collect(),
    };
    let standing = if member.suspended {
        Standing::Suspended
    } else if depth > DEPTH_MAX {
        Standing::TooDeep
    } else if regions.is_empty() && !member.regions.is_empty() {
        Standing::OutOfScope
    } else if own.is_some_and(|own| own.joined.contains_key(&network)) {
        Standing::Mutual
    } else {
        Standing::OneSided
    };
    Place {
        standing,
        url: Some(member.url.clone()),
        through: Some(network),
        depth,
        regions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nid(name: &str) -> Nid {
        Nid::of_genesis(name)
    }

    fn regions(codes: &[&str]) -> BTreeSet<Region> {
        codes
            .iter()
            .map(|code| code.parse().expect("a region"))
            .collect()
    }

    /// Rosters from rows "network admits member for regions" and "member joins network".
    fn world(admits: &[(&str, &str, &[&str])], joins: &[(&str, &str)]) -> BTreeMap<Nid, Rosters> {
        let mut rosters: BTreeMap<Nid, Rosters> = BTreeMap::new();
        for (network, member, codes) in admits {
            let url = "https://example.org/".to_owned();
            let statement = Statement::Admit {
                nid: nid(member),
                url,
                regions: regions(codes),
            };
            rosters.entry(nid(network)).or_default().apply(statement);
        }
        for (member, network) in joins {
            let statement = Statement::Join {
                nid: nid(network),
                url: "https://example.org/".to_owned(),
            };
            rosters.entry(nid(member)).or_default().apply(statement);
        }
        rosters
    }

    fn standing(rosters: &BTreeMap<Nid, Rosters>, name: &str) -> Option<Standing> {
        resolve(&BTreeSet::from([nid("canada")]), rosters)
            .get(&nid(name))
            .map(|place| place.standing)
    }

    #[test]
    fn only_membership_that_both_sides_state_counts() {
        let mut rosters = world(&[("canada", "ontario", &[])], &[]);
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::OneSided));
        rosters
            .entry(nid("ontario"))
            .or_default()
            .apply(Statement::Join {
                nid: nid("canada"),
                url: String::new(),
            });
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Mutual));
        rosters
            .entry(nid("ontario"))
            .or_default()
            .apply(Statement::Leave { nid: nid("canada") });
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::OneSided));
        let alone = world(&[], &[("ontario", "canada")]);
        assert_eq!(standing(&alone, "ontario"), None);
    }

    #[test]
    fn a_suspended_member_does_not_count_until_it_is_admitted_again() {
        let mut rosters = world(&[("canada", "ontario", &[])], &[("ontario", "canada")]);
        rosters
            .entry(nid("canada"))
            .or_default()
            .apply(Statement::Suspend {
                nid: nid("ontario"),
            });
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Suspended));
        let again = world(&[("canada", "ontario", &[])], &[]);
        rosters.entry(nid("canada")).or_default().members = again[&nid("canada")].members.clone();
        assert_eq!(standing(&rosters, "ontario"), Some(Standing::Mutual));
    }

    #[test]
    fn a_network_speaks_only_for_regions_inside_its_own() {
        let joins = [
            ("ontario", "canada"),
            ("toronto", "ontario"),
            ("montreal", "ontario"),
        ];
        let rosters = world(
            &[
                ("canada", "ontario", &["CA-ON"]),
                ("ontario", "toronto", &["CA-ON-TOR", "CA-QC"]),
                ("ontario", "montreal", &["CA-QC-MTL"]),
            ],
            &joins,
        );
        assert_eq!(standing(&rosters, "toronto"), Some(Standing::Mutual));
        assert_eq!(standing(&rosters, "montreal"), Some(Standing::OutOfScope));
        let places = resolve(&BTreeSet::from([nid("canada")]), &rosters);
        assert_eq!(places[&nid("toronto")].regions, regions(&["CA-ON-TOR"]));
        assert!(
            !"CA-ONE"
                .parse::<Region>()
                .expect("a code")
                .is_inside(&"CA-ON".parse().expect("a code"))
        );
    }

    #[test]
    fn of_two_networks_at_one_level_the_lower_identifier_admits() {
        let mut names = ["a", "b", "c", "d", "e", "f"].map(|name| (nid(name), name));
        names.sort();
        let [(low, a), (_, b), (_, c), ..] = names;
        // The lower root admits the higher network, so that the order of discovery is the other one.
        let rosters = world(
            &[(a, c, &[]), ("z", b, &[]), (b, "x", &[]), (c, "x", &[])],
            &[(c, a), (b, "z"), ("x", b), ("x", c)],
        );
        assert!(low < nid("z"), "the names were chosen so");
        let places = resolve(&BTreeSet::from([low, nid("z")]), &rosters);
        assert_eq!(places[&nid("x")].through, Some(nid(b)));
    }

    #[test]
    fn a_chain_ends_at_the_third_level_and_a_cycle_where_it_closes() {
        let rosters = world(
            &[
                ("canada", "a", &[]),
                ("a", "b", &[]),
                ("b", "c", &[]),
                ("c", "d", &[]),
                ("b", "a", &[]),
                ("b", "canada", &[]),
            ],
            &[
                ("a", "canada"),
                ("b", "a"),
                ("c", "b"),
                ("d", "c"),
                ("a", "b"),
                ("canada", "b"),
            ],
        );
        assert_eq!(standing(&rosters, "c"), Some(Standing::Mutual));
        assert_eq!(standing(&rosters, "d"), Some(Standing::TooDeep));
        assert_eq!(standing(&rosters, "canada"), Some(Standing::Root));
        assert_eq!(standing(&rosters, "a"), Some(Standing::Mutual));
    }

    #[test]
    fn a_statement_has_one_spelling() {
        let url = "https://example.org/".to_owned();
        for statement in [
            Statement::Admit {
                nid: nid("a"),
                url: url.clone(),
                regions: regions(&["CA-ON", "CA-QC"]),
            },
            Statement::Admit {
                nid: nid("a"),
                url: url.clone(),
                regions: BTreeSet::new(),
            },
            Statement::Suspend { nid: nid("a") },
            Statement::Join { nid: nid("a"), url },
            Statement::Leave { nid: nid("a") },
        ] {
            let text = statement.write();
            assert_eq!(Statement::read(text.as_bytes()), Ok(statement));
            let swapped = text.replace("region CA-ON\nregion CA-QC", "region CA-QC\nregion CA-ON");
            for wrong in [
                text.replace('\n', "\r\n"),
                text.trim_end().to_owned(),
                format!("{text}\n"),
                format!(" {text}"),
            ] {
                assert!(Statement::read(wrong.as_bytes()).is_err(), "{wrong:?}");
            }
            assert!(swapped == text || Statement::read(swapped.as_bytes()).is_err());
        }
        for wrong in [
            "https://example.org",
            "ftp://example.org/",
            "https://a@example.org/",
            "HTTPS://example.org/",
            "https://example.org/?a/",
        ] {
            assert_eq!(check_url(wrong), None, "{wrong}");
        }
    }
}
