//! What was signed and promised, and by whom?

use std::collections::BTreeMap;

use clearinghouse::feed::feeds::Feed;
use clearinghouse::store::files::next_entry;
use clearinghouse_protocol::feed::body::Minted;
use clearinghouse_protocol::feed::entry::{Entry, Kind};
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Frontier, Index, Size};
use jiff::Timestamp;
use uuid::Uuid;

/// A body that somebody set out to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// The listing.
    pub uuid: Uuid,
    /// The hash of the body.
    pub hash: [u8; 32],
    /// How the listing's UUID came to be.
    pub minted: Minted,
    /// A word that stands in this body alone.
    pub marker: String,
}

/// An entry that is no longer in force.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The entry that ended it.
    pub by: Index,
    /// When its end was seen to be signed.
    pub at: Timestamp,
    /// The word in its body.
    pub marker: Option<String>,
}

/// Everything that the log of one honest author has ever shown; it only grows.
#[derive(Debug, Clone)]
pub struct Author {
    tree: Frontier,
    /// The root at each size.
    roots: Vec<Hash>,
    /// The body of each entry that states a listing.
    pub bodies: BTreeMap<Index, Meant>,
    /// The entries that were replaced or erased.
    pub ended: BTreeMap<Index, Ended>,
}

impl Default for Author {
    fn default() -> Author {
        Author {
            tree: Frontier::new(),
            roots: vec![Hash::EMPTY],
            bodies: BTreeMap::new(),
            ended: BTreeMap::new(),
        }
    }
}

impl Author {
    /// How far the log had come at most.
    pub fn size(&self) -> Size {
        self.tree.size()
    }

    /// The one root that the log has at a size, if it came so far.
    pub fn root(&self, size: Size) -> Option<Hash> {
        self.roots.get(usize::try_from(size.0).ok()?).copied()
    }

    /// The listings that stand, with the entries that state them.
    pub fn kept(&self) -> BTreeMap<Uuid, (Index, [u8; 32])> {
        let living = self.bodies.iter();
        let living = living.filter(|(index, _)| !self.ended.contains_key(index));
        living
            .map(|(index, meant)| (meant.uuid, (*index, meant.hash)))
            .collect()
    }

    /// The entry that states a listing now.
    pub fn stands_at(&self, uuid: Uuid) -> Option<Index> {
        self.kept().get(&uuid).map(|(index, _)| *index)
    }
}

/// What every honest author signed.
#[derive(Debug, Default)]
pub struct Ledger {
    authors: BTreeMap<Nid, Author>,
    /// By the commitment of their entries.
    meant: BTreeMap<[u8; 32], Meant>,
    owners: BTreeMap<Uuid, Nid>,
}

impl Ledger {
    /// An author that is to be held to its word.
    pub fn trust(&mut self, nid: Nid) {
        self.authors.entry(nid).or_default();
    }

    /// From now on nothing that this author says is held against it.
    pub fn distrust(&mut self, nid: Nid) {
        self.authors.remove(&nid);
    }

    /// What an honest author signed so far; `None` for those who may lie.
    pub fn author(&self, nid: Nid) -> Option<&Author> {
        self.authors.get(&nid)
    }

    /// Who minted a listing that somebody set out to publish.
    pub fn owner(&self, uuid: Uuid) -> Option<Nid> {
        self.owners.get(&uuid).copied()
    }

    /// Every honest author.
    pub fn authors(&self) -> impl Iterator<Item = (&Nid, &Author)> {
        self.authors.iter()
    }

    /// Somebody sets out to publish a body under this commitment.
    pub fn mean(&mut self, commitment: [u8; 32], meant: Meant) {
        self.owners.insert(meant.uuid, meant.minted.node);
        self.meant.insert(commitment, meant);
    }

    /// Looks at an author's own feed: what stands there under a checkpoint binds the author for ever.
    ///
    /// # Errors
    /// Says how the log contradicts what it signed before.
    pub fn observe(&mut self, feed: &Feed, now: Timestamp) -> Result<(), String> {
        let Some(author) = self.authors.get_mut(&feed.nid()) else {
            return Ok(());
        };
        let files = feed.files();
        let (known, size) = (author.size().0, files.size().0);
        for number in known / 256..size.div_ceil(256) {
            let width = (size - number * 256).min(256) as u16;
            let bundle = files
                .entry_bundle(number, width)
                .map_err(|error| error.to_string())?;
            let bundle = bundle.ok_or("a bundle under a checkpoint is not there")?;
            let mut rest = bundle.as_slice();
            let mut index = number * 256;
            while let Some(entry) = next_entry(&mut rest) {
                if index >= known {
                    author.learn(Index(index), entry, &self.meant, now);
                }
                index += 1;
            }
        }
        let offered = files.size();
        drop(files);
        let root = feed.follower().root();
        let followed = feed.follower().size();
        if author.root(followed) != Some(root) {
            return Err(format!(
                "{} contradicts at {} what it signed before, and has now {}",
                feed.nid(),
                followed.0,
                offered.0
            ));
        }
        Ok(())
    }
}

impl Author {
    fn learn(
        &mut self,
        index: Index,
        bytes: &[u8],
        meant: &BTreeMap<[u8; 32], Meant>,
        now: Timestamp,
    ) {
        self.tree.push(Hash::leaf(bytes));
        self.roots.push(self.tree.root());
        let Ok(entry) = Entry::decode(bytes) else {
            return;
        };
        if let (Kind::Put | Kind::Erase, Some(target)) = (entry.kind, entry.target) {
            let marker = self.bodies.get(&target).map(|meant| meant.marker.clone());
            let ended = Ended {
                by: index,
                at: now,
                marker,
            };
            self.ended.insert(target, ended);
        }
        if let (Kind::Put, Some(meant)) = (entry.kind, meant.get(&entry.commitment)) {
            self.bodies.insert(index, meant.clone());
        }
    }
}
