//! What do all verified feeds say together?

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock, RwLockWriteGuard, mpsc};

use clearinghouse_protocol::feed::body::BodyError;
use clearinghouse_protocol::feed::handover::Handovers;
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::feed::feeds::{Feed, Feeds};
use crate::store::db::{Db, DbError};
use crate::store::disk::DiskError;

/// Distances between points on the earth.
pub mod geo;

/// Places by name and postal code.
pub mod places;

/// Words, facets and ranks.
pub mod search;

mod contested;

/// How verified steps become the view.
pub mod fold;

mod passage;

/// What the view shows.
pub mod look;

mod count;

mod decide;

mod keeper;

mod placed;

pub use contested::Hidden;
pub use fold::Change;
pub use keeper::Standstill;
pub use look::{Changed, Looked, Shown};

use fold::{Fold, Order, geography, whole};
use geo::{Geo, Near};
use keeper::{Core, Keeper, Opening};
use search::{Finder, Search, SearchError};

/// The end of a position that was written in the middle of a step.
const PART: &str = " part";

/// Steps that wait to be applied; whoever brings one more waits.
const ORDERS_MAX: usize = 256;

/// The merged, searchable result of all verified feeds; cheap to clone.
#[derive(Clone)]
pub struct View {
    core: Arc<Core>,
    orders: mpsc::SyncSender<Order>,
    /// What staff hide; whoever opens the view anew looks here.
    hidden: Arc<RwLock<Hidden>>,
}

pub(crate) struct Inner {
    db: Db,
    finder: Finder,
    geo: RwLock<Geo>,
    feeds: Arc<Feeds>,
    /// The short ids of feeds, both ways.
    ids: RwLock<HashMap<u32, Origin>>,
    /// Entries of each feed that are in the search index.
    positions: RwLock<BTreeMap<u32, u64>>,
    /// Listings that staff show to nobody.
    hidden: RwLock<HashSet<Uuid>>,
}

/// Why the view cannot be read or written. It holds nothing that cannot be built anew.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The derived database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The search index.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The feeds on disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A body that was verified before cannot be read now.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It is being built anew, or waits for room on the disk to be.
    #[error("the view is away until it is built anew")]
    Away,
    /// A folder could not be taken away.
    #[error("cannot remove {}: {source}", path.display())]
    Remove {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl View {
    /// Opens `db/` and `index/` under `data` and brings them to what `counting` feeds say; on any doubt
    /// both are deleted and built anew. Should the disk refuse even that, the view is away until it does
    /// not: feeds are served, and edits are kept, without it.
    pub fn open(
        data: &Path,
        feeds: Arc<Feeds>,
        cache_bytes: u64,
        counting: BTreeSet<Nid>,
        hidden: Hidden,
        clock: &Clock,
    ) -> Result<View, ViewError> {
        let hidden = Arc::new(RwLock::new(hidden));
        let opening = Opening {
            hidden: hidden.clone(),
            data: data.to_owned(),
            feeds,
            cache_bytes,
            clock: clock.clone(),
        };
        let opened = match opening.open(counting.clone()) {
            // Somebody else writes it: what is in use is no doubt.
            Err(busy @ ViewError::Search(SearchError::Busy(_))) => return Err(busy),
            Err(doubt) => {
                tracing::warn!(%doubt, "the view is built anew from the feeds");
                opening.build(counting.clone())
            }
            opened => opened,
        };
        let (orders, taken) = mpsc::sync_channel(ORDERS_MAX);
        let core = Arc::new(Core::new(opened.as_ref().ok()));
        let keeper = Keeper::new(core.clone(), opening, taken);
        std::thread::Builder::new()
            .name("view".to_owned())
            .spawn(move || keeper.keep(opened, counting))
            .expect("a machine that cannot start a thread cannot run a node");
        Ok(View {
            core,
            orders,
            hidden,
        })
    }

    /// Why the view stands still, while it does.
    pub fn standstill(&self) -> watch::Receiver<Option<Standstill>> {
        self.core.standstill()
    }

    /// Takes the derived files away; they come back with the next opening.
    pub fn delete(data: &Path) -> Result<(), ViewError> {
        for name in ["db", "index"] {
            let path = data.join(name);
            match std::fs::remove_dir_all(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(ViewError::Remove { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Applies a verified step of a feed. Waits while too many others wait.
    pub fn apply(&self, nid: Nid, change: Change) {
        // The thread ends only with the view; then there is nothing to apply it to.
        let _ = self.orders.send(Order::Step(nid, change));
    }

    /// Shows listings whose bodies came after the step that began them.
    pub fn show_late(&self, nid: Nid, begun: Vec<Index>) {
        let _ = self.orders.send(Order::Late(nid, begun));
    }

    /// From now on these nodes count, and no others.
    pub fn count(&self, nids: BTreeSet<Nid>) {
        let _ = self.orders.send(Order::Counting(nids));
    }

    /// Shows to nobody from now on what staff hide, and again what they hid before; waits until it is so.
    pub async fn hide(&self, hidden: Hidden) {
        *whole(self.hidden.write()) = hidden.clone();
        let (done, told) = oneshot::channel();
        let orders = self.orders.clone();
        let send = move || orders.send(Order::Hiding(hidden, done)).is_ok();
        // A view that stands still shows it no more when it goes on.
        if tokio::task::spawn_blocking(send)
            .await
            .is_ok_and(|sent| sent)
        {
            let _ = told.await;
        }
    }

    /// Waits until the view holds a log up to an entry.
    pub async fn reach(&self, origin: Origin, index: Index) -> Result<(), ViewError> {
        let mut applied = self.steps();
        loop {
            let inner = self.inner()?;
            let id = inner
                .db
                .feed_id(origin.nid.as_str(), &origin.epoch.to_string())?;
            if inner
                .db
                .cursor(id)?
                .is_some_and(|cursor| Size(cursor.size).contains(index))
                || inner.is_beyond(origin)?
            {
                return Ok(());
            }
            if applied.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Counts the steps that were applied; changes with each.
    pub fn steps(&self) -> watch::Receiver<u64> {
        self.core.steps()
    }

    /// What lies within `km` of a point; nothing while the view is away.
    pub fn within(&self, latitude: f64, longitude: f64, km: f64) -> Near {
        match self.inner() {
            Ok(inner) => whole(inner.geo.read()).within(latitude, longitude, km),
            Err(_) => Geo::default().within(latitude, longitude, km),
        }
    }

    /// The number by which the list of changes is known; another one means: begin anew. 0 while the view
    /// is away.
    pub fn generation(&self) -> u64 {
        self.inner().map_or(0, |inner| inner.db.generation())
    }

    /// The number of the last change; 0 while the view is away.
    pub fn last_change(&self) -> u64 {
        self.inner().map_or(0, |inner| inner.db.last_change())
    }

    /// How many listings each node states, and of how many entries.
    pub fn counts(&self) -> Result<HashMap<Nid, u64>, ViewError> {
        let mut counts = HashMap::new();
        self.inner()?.db.each_pointer(|_, pointer| {
            if let Ok(nid) = pointer.owner.parse() {
                *counts.entry(nid).or_default() += 1;
            }
        })?;
        Ok(counts)
    }

    fn inner(&self) -> Result<Arc<Inner>, ViewError> {
        self.core.inner().ok_or(ViewError::Away)
    }
}

impl Inner {
    fn feed_id(&self, feed: &Feed) -> Result<u32, ViewError> {
        let origin = feed.identity.origin;
        let id = self
            .db
            .feed_id(origin.nid.as_str(), &origin.epoch.to_string())?;
        whole(self.ids.write()).insert(id, origin);
        Ok(id)
    }

    fn geo_mut(&self) -> RwLockWriteGuard<'_, Geo> {
        whole(self.geo.write())
    }

    fn positions_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<u32, u64>> {
        whole(self.positions.write())
    }

    /// The generation of the database and how far each feed is indexed, as the index keeps it; a part of
    /// a step is marked, because the index then holds more than these numbers say.
    fn position(&self, is_part: bool) -> String {
        let positions = whole(self.positions.read());
        let feeds = positions
            .iter()
            .map(|(feed, size)| format!(" {feed}:{size}"));
        let text = feeds.fold(self.db.generation().to_string(), |text, feed| text + &feed);
        if is_part { text + PART } else { text }
    }
}

impl Fold {
    fn open(
        data: &Path,
        feeds: &Arc<Feeds>,
        cache_bytes: u64,
        generation: u64,
    ) -> Result<Fold, ViewError> {
        let db = Db::open(&data.join("db"), cache_bytes, generation)?;
        if db.overgrown()? {
            return Err(DbError::Damaged("its files have grown far beyond what they hold").into());
        }
        let search = Search::open(&data.join("index"))?;
        let (positions, in_step) = read_position(&db, search.position().as_deref())?;
        let geo = RwLock::new(geography(&db)?);
        let inner = Arc::new(Inner {
            finder: search.finder(),
            db,
            geo,
            feeds: feeds.clone(),
            ids: RwLock::default(),
            positions: RwLock::new(positions),
            hidden: RwLock::default(),
        });
        Ok(Fold {
            inner,
            search,
            counting: BTreeSet::new(),
            handovers: Handovers::default(),
            hidden: Hidden::default(),
            contested: None,
            in_step,
            purge_due: false,
            gone_over: HashSet::new(),
        })
    }
}

/// Refuses an index that is not of this database, or that lags behind it: the index is written first.
///
/// Also answers whether both hold the same.
fn read_position(db: &Db, position: Option<&str>) -> Result<(BTreeMap<u32, u64>, bool), ViewError> {
    let damaged = || {
        ViewError::Db(DbError::Damaged(
            "the search index is not that of this database",
        ))
    };
    let mut indexed = BTreeMap::new();
    let position = position.unwrap_or_default();
    let (position, mut in_step) = match position.strip_suffix(PART) {
        Some(position) => (position, false),
        None => (position, true),
    };
    let mut parts = position.split(' ');
    let generation = parts.next().unwrap_or_default();
    for part in parts {
        let (feed, size) = part.split_once(':').ok_or_else(damaged)?;
        indexed.insert(
            feed.parse().map_err(|_| damaged())?,
            size.parse().map_err(|_| damaged())?,
        );
    }
    for (feed, _, _) in db.feeds()? {
        let applied = db.cursor(feed)?.map_or(0, |cursor| cursor.size);
        let known = indexed.get(&feed).copied().unwrap_or(0);
        if applied > known || (applied > 0 && generation != db.generation().to_string()) {
            return Err(damaged());
        }
        in_step &= applied == known;
    }
    if generation != db.generation().to_string() && !generation.is_empty() {
        return Err(damaged());
    }
    Ok((indexed, in_step))
}
