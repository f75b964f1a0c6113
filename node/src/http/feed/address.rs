//! What does a path below `/feed` name?

use clearinghouse_protocol::feed::origin::{Epoch, Nid};
use clearinghouse_protocol::tlog::tile::{EntryBundle, Tile, parse_bodies_path};
use clearinghouse_protocol::tlog::tree::Index;

/// One thing that a feed consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    /// Whose feed.
    pub(super) nid: Nid,
    /// Which part of it.
    pub(super) part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The chain of identity notes.
    Identity,
    /// The last checkpoint of the newest log.
    Newest,
    /// A part of one log.
    Log(Epoch, LogPart),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogPart {
    /// The last signed checkpoint.
    Checkpoint,
    /// What proves that the log forked.
    Evidence,
    /// A tile of hashes.
    Tile(Tile),
    /// A bundle of entries.
    Entries(EntryBundle),
    /// The bundle of living bodies with this number.
    Bodies(u64),
    /// The body of one entry.
    Body(Index),
    /// The proof that an entry stands in the log.
    Proof(Index),
}

impl Address {
    /// Reads a path as it stands in the request; everything has one spelling, so that caches hold it once.
    pub(super) fn read(path: &str) -> Option<Address> {
        let (nid, rest) = path.strip_prefix("/feed/")?.split_once('/')?;
        let nid = nid.parse().ok()?;
        let part = match rest.split_once('/') {
            None if rest == "identity" => Part::Identity,
            None if rest == "checkpoint" => Part::Newest,
            None => return None,
            Some((epoch, rest)) => Part::Log(epoch.parse().ok()?, LogPart::read(rest)?),
        };
        Some(Address { nid, part })
    }
}

impl LogPart {
    fn read(path: &str) -> Option<LogPart> {
        let (kind, rest) = path.split_once('/').unwrap_or((path, ""));
        match kind {
            "checkpoint" if path == kind => Some(LogPart::Checkpoint),
            "evidence" if path == kind => Some(LogPart::Evidence),
            "tile" if rest.starts_with("entries/") => {
                EntryBundle::parse(path).ok().map(LogPart::Entries)
            }
            "tile" => Tile::parse(path).ok().map(LogPart::Tile),
            "bodies" => parse_bodies_path(path).ok().map(LogPart::Bodies),
            "body" => index(rest).map(LogPart::Body),
            "proof" => index(rest).map(LogPart::Proof),
            _ => None,
        }
    }
}

fn index(text: &str) -> Option<Index> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(Index(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_one_spelling() {
        let nid = Nid::of_genesis("a genesis\n");
        let tile = |level, index, width| LogPart::Tile(Tile::new(level, index, width).unwrap());
        let log = |part| Some(Part::Log(Epoch::FIRST, part));
        for (rest, part) in [
            ("identity", Some(Part::Identity)),
            ("checkpoint", Some(Part::Newest)),
            ("checkpoint/", None),
            ("1/checkpoint", log(LogPart::Checkpoint)),
            ("1/evidence", log(LogPart::Evidence)),
            ("1/evidence/", None),
            ("1/tile/0/000", log(tile(0, 0, 256))),
            ("1/tile/1/x001/234.p/5", log(tile(1, 1234, 5))),
            (
                "1/tile/entries/007.p/255",
                log(LogPart::Entries(EntryBundle::new(7, 255).unwrap())),
            ),
            ("1/bodies/x001/000", log(LogPart::Bodies(1000))),
            ("1/body/0", log(LogPart::Body(Index(0)))),
            (
                "1/proof/18446744073709551615",
                log(LogPart::Proof(Index(u64::MAX))),
            ),
            ("", None),
            ("identity/", None),
            ("1", None),
            ("1/", None),
            ("0/checkpoint", None),
            ("01/checkpoint", None),
            ("1/checkpoint/", None),
            ("1//checkpoint", None),
            ("1/tile/0/0", None),
            ("1/tile/0/%30%30%30", None),
            ("1/tile/00/000", None),
            ("1/tile/64/000", None),
            ("1/tile/-1/000", None),
            ("1/tile/0/000.p/256", None),
            ("1/tile/0/000.p/0", None),
            ("1/tile/0/000.p/05", None),
            ("1/tile/0/x000/001", None),
            ("1/tile/0/001/234", None),
            ("1/tile/0/x001", None),
            ("1/tile/0/000/", None),
            ("1/tile/entries/1", None),
            ("1/tile/entries", None),
            ("1/bodies/0", None),
            ("1/bodies/000.p/5", None),
            ("1/body/00", None),
            ("1/body/+1", None),
            ("1/body/", None),
            ("1/body/18446744073709551616", None),
            ("1/proof/1/", None),
            ("1/other", None),
        ] {
            let read = Address::read(&format!("/feed/{nid}/{rest}"));
            assert_eq!(read.map(|address| address.part), part, "{rest:?}");
        }
        assert_eq!(Address::read("/feed/events/identity"), None);
    }
}
