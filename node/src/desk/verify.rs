//! Is everything in a data directory what was signed?

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clearinghouse_protocol::feed::body::check_commitment;
use clearinghouse_protocol::feed::entry::Entry;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use serde::{Deserialize, Serialize};

use super::Desk;
use super::progress::{Teller, tell};
use super::refusal::Refusal;
use crate::clock::Clock;
use crate::feed::feeds::{Feed, latest_note, origin_of};
use crate::feed::log::signed_size;
use crate::store::bodies::Salted;
use crate::store::disk::{DiskError, SharedDisk};
use crate::store::dry_disk::DryDisk;
use crate::store::files::next_entry;
use crate::store::keys::Keys;
use crate::store::private::PrivateLog;
use crate::store::signlock::SignLock;

/// Entries in one bundle, and between two words about how far we are.
const BUNDLE: u64 = 256;

/// Findings about one feed that are listed; a broken disk has more than anyone reads.
const FINDINGS_MAX: usize = 100;

/// What was verified, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Every feed, our own first.
    pub feeds: Vec<VerifiedFeed>,
    /// What is wrong with keys, sign lock or private log.
    pub findings: Vec<String>,
    /// Entries verified.
    pub entries: u64,
    /// Bodies held against their commitments.
    pub bodies: u64,
    /// Bytes of those bodies.
    pub body_bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

/// What was verified of one feed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VerifiedFeed {
    /// Whose it is.
    pub nid: String,
    /// The centre's names by language.
    pub names: BTreeMap<String, String>,
    /// Whether it is our own.
    pub own: bool,
    /// Entries that lead to the signed root.
    pub entries: u64,
    /// Bodies that are those their entries commit to.
    pub bodies: u64,
    /// Bytes of those bodies.
    pub body_bytes: u64,
    /// Bodies that nobody has handed out to us.
    pub withheld: u64,
    /// What is wrong.
    pub findings: Vec<String>,
}

impl Verification {
    /// Whether our own feed, keys and sign lock are as they should be: a mirror can be fetched anew.
    pub fn ours_is_sound(&self) -> bool {
        let mut own = self.feeds.iter().filter(|feed| feed.own);
        self.findings.is_empty() && own.all(|feed| feed.findings.is_empty())
    }
}

impl VerifiedFeed {
    fn found(&mut self, what: impl ToString) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(what.to_string());
        }
    }
}

impl Desk {
    /// Verifies this node's data directory while it runs.
    pub(super) async fn verify(&self, teller: &Teller) -> Result<Verification, Refusal> {
        let teller = teller.clone();
        self.blocking(move |desk| {
            let data = &desk.config.data;
            let disk = desk.feeds.disk().clone();
            verify(disk, data, Some(&desk), &desk.clock, &teller)
        })
        .await
    }
}

/// Reads every feed under `data` and changes nothing. If the node runs, `live` tells which bodies have
/// gone in the meantime.
pub fn verify(
    disk: SharedDisk,
    data: &Path,
    live: Option<&Desk>,
    clock: &Clock,
    teller: &Teller,
) -> Result<Verification, Refusal> {
    let since = clock.now();
    let dry = Arc::new(DryDisk::new(disk));
    let disk: SharedDisk = dry.clone();
    let mut whole = Verification::default();
    let own = match own(&disk, data, live.is_some()) {
        Ok(own) => Some(own),
        Err(finding) => {
            whole.findings.push(finding);
            None
        }
    };
    if let Err(error) = PrivateLog::open(disk.clone(), data) {
        whole.findings.push(error.to_string());
    }
    let nids = disk.list(&data.join("feeds"))?;
    let mut nids: Vec<Nid> = nids.iter().filter_map(|name| name.parse().ok()).collect();
    nids.sort_by_key(|nid| (own.as_ref().is_none_or(|(own, _)| own.nid != *nid), *nid));
    let mut looking = Looking {
        disk,
        dry,
        live,
        teller,
        done: 0,
        of: 0,
    };
    for nid in nids {
        let note = own.as_ref().filter(|(own, _)| own.nid == nid);
        let feed = looking.feed(&data.join("feeds"), nid, note.map(|(_, note)| note))?;
        whole.entries += feed.entries;
        whole.bodies += feed.bodies;
        whole.body_bytes += feed.body_bytes;
        whole.feeds.push(feed);
    }
    whole.sound =
        whole.findings.is_empty() && whole.feeds.iter().all(|feed| feed.findings.is_empty());
    whole.seconds = clock.now().duration_since(since).as_secs_f64();
    Ok(whole)
}

/// Our own log, and the last checkpoint that we signed, as keys and sign lock say.
fn own(disk: &SharedDisk, data: &Path, running: bool) -> Result<(Origin, Option<Vec<u8>>), String> {
    let folder = data.join("keys");
    let keys = Keys::open(disk, &folder).map_err(|error| error.to_string())?;
    let lock = SignLock::open(disk.clone(), &data.join("signlock"));
    let lock = lock.map_err(|error| error.to_string())?;
    // While the node runs, the other slot may be half written at this moment.
    if lock.torn() && !running {
        return Err(
            "one of the two slots of the sign lock is damaged: what was signed last may be missing"
                .to_owned(),
        );
    }
    let origin = lock.last().and_then(origin_of);
    let named = || keys.log.verifier().name().as_str().parse().ok();
    let origin: Origin = origin
        .or_else(named)
        .ok_or_else(|| "the log key has no origin for a name".to_owned())?;
    let key = Keys::log_of(disk, &folder, origin).map_err(|error| error.to_string())?;
    signed_size(&lock, &origin.to_string(), &key)?;
    Ok((origin, lock.last().map(<[u8]>::to_vec)))
}

struct Looking<'a> {
    disk: SharedDisk,
    dry: Arc<DryDisk>,
    live: Option<&'a Desk>,
    teller: &'a Teller,
    done: u64,
    of: u64,
}

impl Looking<'_> {
    /// Verifies one feed; an error is one of our disk.
    fn feed(
        &mut self,
        feeds: &Path,
        nid: Nid,
        own: Option<&Option<Vec<u8>>>,
    ) -> Result<VerifiedFeed, DiskError> {
        let dir = feeds.join(nid.as_str());
        let mut verified = VerifiedFeed {
            nid: nid.to_string(),
            own: own.is_some(),
            ..VerifiedFeed::default()
        };
        let Some(chain) = self.disk.read(&dir.join("identity"))? else {
            verified.found("the identity is missing");
            return Ok(verified);
        };
        let feed = match self.open(&dir, chain, own) {
            Ok(feed) => feed,
            Err(finding) => {
                verified.found(finding);
                return Ok(verified);
            }
        };
        if feed.nid() != nid {
            verified.found(format!("the identity is that of {}", feed.nid()));
            return Ok(verified);
        }
        verified.names = feed.identity.names.clone();
        let size = feed.files().size();
        verified.entries = size.0;
        self.of += size.0;
        for path in self.dry.changed()? {
            // A tail that nobody was promised is cut at the next start; while the node runs, it is being
            // written. Hashes that do not follow from the entries are a fault of the disk.
            let mended = path.starts_with(&dir) && path.parent().is_some_and(is_hashes);
            if mended && !self.is_tail(&path)? {
                verified.found(format!(
                    "{} does not follow from the entries",
                    path.display()
                ));
            }
        }
        for number in 0..size.0.div_ceil(BUNDLE) {
            self.bundle(&feed, number, size, &mut verified)?;
            self.done += BUNDLE.min(size.0 - number * BUNDLE);
            tell(
                self.teller,
                "verifying",
                self.done as usize,
                self.of as usize,
            );
        }
        Ok(verified)
    }

    /// Opens a feed's files, which verifies every entry against the last signed checkpoint.
    fn open(
        &self,
        dir: &Path,
        chain: Vec<u8>,
        own: Option<&Option<Vec<u8>>>,
    ) -> Result<Feed, String> {
        let note = match own {
            Some(note) => note.clone(),
            None => latest_note(&self.disk, dir).map_err(|error| error.to_string())?,
        };
        Feed::open(&self.disk, dir, chain, note).map_err(|error| error.to_string())
    }

    /// Whether a file on disk begins with what it should hold.
    fn is_tail(&self, path: &Path) -> Result<bool, DiskError> {
        let right = self.disk.read(path)?.unwrap_or_default();
        let real = self.dry.beneath(path)?.unwrap_or_default();
        Ok(real.starts_with(&right))
    }

    /// Holds the living bodies of 256 entries against their commitments.
    fn bundle(
        &self,
        feed: &Feed,
        number: u64,
        size: Size,
        verified: &mut VerifiedFeed,
    ) -> Result<(), DiskError> {
        let (first, until) = (number * BUNDLE, size.0.min((number + 1) * BUNDLE));
        let files = feed.files();
        let living: Vec<Index> = feed.follower().living().between(first, until).collect();
        let entries = files.entry_bundle(number, (until - first) as u16)?;
        let entries = entries.unwrap_or_default();
        let mut rest = entries.as_slice();
        let mut living = living.into_iter().peekable();
        for index in (first..until).map(Index) {
            let Some(bytes) = next_entry(&mut rest) else {
                verified.found(format!("entry {} is missing", index.0));
                break;
            };
            if living.next_if_eq(&index).is_none() {
                continue;
            }
            let Ok(entry) = Entry::decode(bytes) else {
                continue;
            };
            let here = files.bodies().read(index)?;
            match self.right(feed.nid(), index, &entry, here)? {
                Some(bytes) => {
                    verified.bodies += 1;
                    verified.body_bytes += bytes;
                }
                None if self.has_gone(feed.nid(), index) => {}
                // Whoever was promised the listing may have taken it over, and then it is not here.
                None if feed.follower().transfers().promised(index).is_some() => {}
                None if verified.own => {
                    verified.found(format!(
                        "the body of entry {} is missing or damaged",
                        index.0
                    ));
                }
                // Whoever serves a feed may hold bodies back; those it gave us are ours to keep.
                None if files.bodies().contains(index) => {
                    verified.found(format!("the body of entry {} is damaged", index.0));
                }
                None => verified.withheld += 1,
            }
        }
        Ok(())
    }

    /// The length of a body, if it is the one that its entry commits to.
    fn right(
        &self,
        nid: Nid,
        index: Index,
        entry: &Entry,
        here: Option<Salted>,
    ) -> Result<Option<u64>, DiskError> {
        let fits = |(salt, body): Salted| {
            let fits = check_commitment(index, entry, &salt, &body).is_ok();
            fits.then_some(body.len() as u64)
        };
        if let Some(bytes) = here.and_then(fits) {
            return Ok(Some(bytes));
        }
        // A node that runs may have written the file anew since we opened it, and knows where all stands.
        let Some(feed) = self.live.and_then(|desk| desk.feeds.feed(nid)) else {
            return Ok(None);
        };
        let now = feed.files().bodies().read(index)?;
        Ok(now.and_then(fits))
    }

    /// Whether an entry has been replaced or erased since we began to read.
    fn has_gone(&self, nid: Nid, index: Index) -> bool {
        let feed = self.live.and_then(|desk| desk.feeds.feed(nid));
        feed.is_some_and(|feed| !feed.follower().living().contains(index))
    }
}

/// Whether a path is that of a folder of hashes.
fn is_hashes(dir: &Path) -> bool {
    dir.ends_with("hashes")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use clearinghouse_protocol::listing::Draft;
    use tokio::sync::watch;

    use super::*;
    use crate::config::{Config, Overrides};
    use crate::desk::progress::Progress;
    use crate::feed::guard::Guard;
    use crate::feed::transport::HttpTransport;
    use crate::node::{self, Node};
    use crate::store::disk::Stop;
    use crate::store::real_disk::RealDisk;

    fn looked_at(data: &Path) -> Verification {
        let disk = Arc::new(RealDisk::new(Stop::Report));
        let teller = watch::Sender::new(Progress::default());
        verify(disk, data, None, &Clock::system(), &teller).unwrap()
    }

    /// Makes a node of a few entries and closes it.
    async fn filled(data: &Path) {
        let disk: SharedDisk = Arc::new(RealDisk::new(Stop::Report));
        let names = [("en".to_owned(), "Centre".to_owned())];
        let (url, clock) = ("http://127.0.0.1:9/", Clock::system());
        node::init(&disk, data, names.into(), url, &clock).unwrap();
        let config = Config::load(data, &Overrides::default()).unwrap();
        let transport = Arc::new(HttpTransport::new(Guard::new(false)).unwrap());
        let node = Node::open(config, disk, transport, clock).unwrap();
        node.introduce().await.unwrap();
        let desk = node.desk.clone();
        let run = tokio::spawn(node.run());
        for name in ["one", "two", "three"] {
            let draft = format!(
                r#"{{"kind": "organization", "name": {{"en": "{name}"}}, "status": "active"}}"#
            );
            let draft = Draft::from_json(draft.as_bytes()).unwrap();
            desk.publish(&draft).await.unwrap();
        }
        run.abort();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_change_of_one_bit_in_any_file_of_a_feed_is_found_and_nothing_is_mended() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path()).await;
        let whole = looked_at(dir.path());
        assert!(whole.sound, "{whole:?}");
        assert_eq!((whole.entries, whole.bodies), (4, 3));
        let nid = &whole.feeds[0].nid;
        let feed = dir.path().join("feeds").join(nid);
        let log = feed.join("1");
        for path in [
            feed.join("identity"),
            log.join("entries"),
            log.join("hashes/0"),
            log.join("bodies/0"),
        ] {
            let bytes = fs::read(&path).unwrap();
            for at in (0..bytes.len()).step_by(11).chain([bytes.len() - 1]) {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1;
                fs::write(&path, &flipped).unwrap();
                let found = looked_at(dir.path());
                assert!(!found.sound, "byte {at} of {}", path.display());
                assert_eq!(fs::read(&path).unwrap(), flipped, "it was left as it is");
            }
            fs::write(&path, &bytes).unwrap();
        }
        fs::remove_file(dir.path().join("signlock")).unwrap();
        assert!(!looked_at(dir.path()).ours_is_sound());
    }
}
