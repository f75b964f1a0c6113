//! What does one entry of kind roster say?

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::origin::Nid;

/// The first line of every statement.
const HEADING: &str = "clearinghouse/roster/v1";

/// The longest URL that a statement may give.
const URL_MAX_BYTES: usize = 512;

/// The most region codes in one statement, so that it stays below the largest payload.
const REGIONS_MAX: usize = 64;

/// The longest lease that a network may ask for, in days: ten years.
pub const LEASE_MAX_DAYS: u16 = 3650;

/// What a statement may say of a node.
const VERBS: [&str; 6] = ["admit", "suspend", "dissolve", "lease", "join", "leave"];

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
    /// A network says that a member has ended: its listings stay until someone has taken them over.
    Dissolve {
        /// Whom.
        nid: Nid,
        /// Who may take its listings over.
        successor: Option<Nid>,
    },
    /// A network asks everyone to hand out what a silent member last said for longer than usual.
    Lease {
        /// Whom.
        nid: Nid,
        /// Days since a checkpoint of it was last verified, 1 to [`LEASE_MAX_DAYS`].
        days: u16,
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
            Statement::Dissolve { nid, .. } => ("dissolve", nid, None),
            Statement::Lease { nid, .. } => ("lease", nid, None),
            Statement::Join { nid, url } => ("join", nid, Some(url)),
            Statement::Leave { nid } => ("leave", nid, None),
        };
        let mut text = format!("{HEADING}\n{verb} {nid}\n");
        if let Some(url) = url {
            text.push_str(&format!("url {url}\n"));
        }
        match self {
            Statement::Admit { regions, .. } => {
                for region in regions {
                    text.push_str(&format!("region {region}\n"));
                }
            }
            Statement::Dissolve {
                successor: Some(successor),
                ..
            } => text.push_str(&format!("successor {successor}\n")),
            Statement::Lease { days, .. } => text.push_str(&format!("days {days}\n")),
            _ => {}
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
        if !VERBS.contains(&verb) {
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
            "dissolve" => Statement::Dissolve {
                nid,
                successor: read_successor(&mut lines, nid)?,
            },
            "lease" => Statement::Lease {
                nid,
                days: read_days(&mut lines)?,
            },
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

fn read_successor<'a>(
    lines: &mut impl Iterator<Item = &'a str>,
    ended: Nid,
) -> Result<Option<Nid>, RosterError> {
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let successor = line
        .strip_prefix("successor ")
        .and_then(|nid| nid.parse().ok());
    match successor {
        Some(nid) if nid != ended => Ok(Some(nid)),
        Some(_) => Err(RosterError::Shape("nobody is their own successor")),
        None => Err(RosterError::Shape("the line is not a successor")),
    }
}

fn read_days<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<u16, RosterError> {
    let days = lines.next().and_then(|line| line.strip_prefix("days "));
    // That it is spelt in one way only, writing it out again tells.
    let days = days.and_then(|days| days.parse::<u16>().ok());
    days.filter(|days| (1..=LEASE_MAX_DAYS).contains(days))
        .ok_or(RosterError::Shape("the days are not 1 to 3650"))
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
            Statement::Dissolve {
                nid: nid("a"),
                successor: None,
            },
            Statement::Dissolve {
                nid: nid("a"),
                successor: Some(nid("b")),
            },
            Statement::Lease {
                nid: nid("a"),
                days: LEASE_MAX_DAYS,
            },
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
