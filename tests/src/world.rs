//! What did many nodes promise, and is it still true?

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clearinghouse::desk::membership::chosen;
use clearinghouse::feed::feeds::Feed;
use clearinghouse::store::private::PrivateLog;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::{Rosters, resolve};
use clearinghouse_protocol::tlog::hash::{Hash, sha256};
use clearinghouse_protocol::tlog::tree::{Index, Size};
use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::centre::{Centre, POLL_S};
use crate::derive::{Derived, derive, shown};
use crate::drafts::{draft, private, read};
use crate::wire::{Trouble, Wire, address, look};

/// Real time that threads may take for what they have before them; far above what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks at every feed before a world that still moves is held to be broken.
const ROUNDS: usize = 60;

/// Many nodes, and everything that they ever promised.
pub struct World {
    /// How they reach each other.
    pub wire: Wire,
    seed: u64,
    centres: BTreeMap<String, Centre>,
    /// What was acknowledged and neither replaced nor erased since: the words of each listing.
    kept: BTreeMap<Uuid, Kept>,
    replaced: BTreeSet<String>,
    erased: BTreeSet<String>,
    /// Centres of whom two machines speak, or one that forgot.
    distrusted: BTreeSet<String>,
    whispered: BTreeMap<String, String>,
    /// Checkpoints that were shown to anyone, of each node.
    told: BTreeMap<(Nid, u64), Hash>,
    next: u64,
}

/// A listing that was acknowledged.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The centre that published it.
    pub centre: String,
    /// The word that it alone carries.
    pub marker: String,
    /// The entry that states it.
    pub index: Index,
}

impl World {
    /// A world without anybody; its chance comes from `seed`.
    pub fn new(seed: u64) -> World {
        World {
            wire: Wire::default(),
            seed,
            centres: BTreeMap::new(),
            kept: BTreeMap::new(),
            replaced: BTreeSet::new(),
            erased: BTreeSet::new(),
            distrusted: BTreeSet::new(),
            whispered: BTreeMap::new(),
            told: BTreeMap::new(),
            next: 0,
        }
    }

    /// Founds a centre of this name and starts it.
    pub fn found(&mut self, name: &str) {
        self.seed += 1;
        let mut centre = Centre::found(name, self.seed, &self.wire);
        centre.start().expect("a new node starts");
        self.centres.insert(name.to_owned(), centre);
    }

    /// Founds these centres and networks: each child is admitted by its parent and joins it.
    pub async fn family(seed: u64, parents: &[(&str, &str)]) -> World {
        let mut world = World::new(seed);
        for (parent, child) in parents {
            for name in [parent, child] {
                if !world.centres.contains_key(*name) {
                    world.found(name);
                }
            }
            world.wait_for_entry(parent).await;
            world.wait_for_entry(child).await;
            world.admit(parent, child).await;
            world.join(child, parent).await;
        }
        world.settle().await;
        world
    }

    /// A node by its name.
    ///
    /// # Panics
    /// If there is none.
    pub fn centre(&self, name: &str) -> &Centre {
        self.centres
            .get(name)
            .unwrap_or_else(|| panic!("no {name}"))
    }

    /// A node by its name, to stop or start it.
    ///
    /// # Panics
    /// If there is none.
    pub fn centre_mut(&mut self, name: &str) -> &mut Centre {
        self.centres
            .get_mut(name)
            .unwrap_or_else(|| panic!("no {name}"))
    }

    /// Puts another machine in place of a node, which does not run.
    pub fn replace(&mut self, centre: Centre) -> Option<Centre> {
        self.centres.insert(centre.name.clone(), centre)
    }

    /// The names of all nodes.
    pub fn names(&self) -> Vec<String> {
        self.centres.keys().cloned().collect()
    }

    /// From now on nothing that this centre promised is held against it.
    pub fn distrust(&mut self, name: &str) {
        self.distrusted.insert(name.to_owned());
        self.kept.retain(|_, kept| kept.centre != name);
    }

    /// `parent` takes `child` into its roster.
    pub async fn admit(&self, parent: &str, child: &str) {
        let desk = self.centre(parent).desk();
        let admitted = desk.admit(&address(child), BTreeSet::new()).await;
        admitted.expect("is admitted");
    }

    /// `child` says that it belongs to `parent`.
    pub async fn join(&self, child: &str, parent: &str) {
        let joined = self.centre(child).desk().join(&address(parent)).await;
        joined.expect("is joined");
    }

    /// From now on this happens to what `from` asks of `to`.
    pub fn trouble(&self, from: &str, to: &str, trouble: Trouble) {
        self.wire.trouble(from, to, Some(trouble));
    }

    /// Nothing goes wrong between the two any more.
    pub fn mend(&self, from: &str, to: &str) {
        self.wire.trouble(from, to, None);
    }

    /// A word that nobody has used.
    pub fn marker(&mut self) -> String {
        self.next += 1;
        // Far from every other word, for a search forgives a letter or two; and without an ending.
        let chance = sha256(&[b"word", &self.next.to_be_bytes()]);
        let letters = chance[..12].iter().map(|byte| char::from(b'a' + byte % 26));
        format!("{}qzx", letters.collect::<String>())
    }

    /// Publishes a listing at a centre.
    pub async fn publish(&mut self, centre: &str) -> Uuid {
        let marker = self.marker();
        self.whisper(centre, &marker);
        let draft = read(draft(&marker));
        let published = self.centre(centre).desk().publish(&draft).await;
        let published = published.expect("is published");
        let kept = Kept {
            centre: centre.to_owned(),
            marker,
            index: published.index,
        };
        self.kept.insert(published.uuid, kept);
        published.uuid
    }

    /// Publishes so many listings at a centre, in one go.
    pub async fn publish_many(&mut self, centre: &str, count: usize) -> Vec<Uuid> {
        let mut markers = Vec::new();
        for _ in 0..count {
            let marker = self.marker();
            self.whisper(centre, &marker);
            markers.push(marker);
        }
        let desk = self.centre(centre).desk();
        let drafts: Vec<_> = markers.iter().map(|marker| read(draft(marker))).collect();
        let published = join_all(drafts.iter().map(|draft| desk.publish(draft))).await;
        let mut uuids = Vec::new();
        for (marker, published) in markers.into_iter().zip(published) {
            let published = published.expect("is published");
            let (centre, index) = (centre.to_owned(), published.index);
            self.kept.insert(
                published.uuid,
                Kept {
                    centre,
                    marker,
                    index,
                },
            );
            uuids.push((index, published.uuid));
        }
        uuids.sort();
        uuids.into_iter().map(|(_, uuid)| uuid).collect()
    }

    /// Replaces a listing by a new version; the word that it carried goes.
    pub async fn revise(&mut self, uuid: Uuid) {
        let before = self.kept[&uuid].clone();
        let marker = self.marker();
        self.whisper(&before.centre, &marker);
        let desk = self.centre(&before.centre).desk();
        let revised = desk
            .revise(uuid, &read(draft(&marker)), Some(before.index))
            .await;
        let index = revised.expect("is revised").index;
        self.kept.insert(
            uuid,
            Kept {
                marker,
                index,
                ..before.clone()
            },
        );
        self.replaced.insert(before.marker);
    }

    /// Takes a listing back.
    pub async fn erase(&mut self, uuid: Uuid) {
        let kept = self.kept.remove(&uuid).expect("was published");
        let erased = self.centre(&kept.centre).desk().erase(uuid, None).await;
        erased.expect("is erased");
        self.erased.insert(kept.marker);
    }

    /// A listing that stands.
    pub fn kept(&self, uuid: Uuid) -> &Kept {
        &self.kept[&uuid]
    }

    /// The listings of a centre that stand.
    pub fn of(&self, centre: &str) -> Vec<Uuid> {
        let of = self.kept.iter().filter(|(_, kept)| kept.centre == centre);
        of.map(|(uuid, _)| *uuid).collect()
    }

    /// What a search for a word finds at a node.
    pub async fn search(&self, centre: &str, word: &str) -> Vec<Uuid> {
        let answer = self
            .ask(centre, &format!("/api/v1/listings?q={word}"))
            .await;
        let items = answer["items"].as_array().expect("a list of listings");
        let ids = items.iter().map(|item| item["id"].as_str().expect("an id"));
        ids.map(|id| id.parse().expect("a UUID")).collect()
    }

    /// How `centre` sees the feed of `other`: `own`, `new`, `verified`, `silent` or `frozen`.
    pub async fn health(&self, centre: &str, other: &str) -> Value {
        let nid = self.centre(other).nid().to_string();
        let answer = self.ask(centre, "/api/v1/network").await;
        let nodes = answer["items"].as_array().expect("a list of nodes");
        let node = nodes.iter().find(|node| node["nid"] == json!(nid));
        node.map_or(Value::Null, |node| node["health"].clone())
    }

    /// What a node answers to anyone.
    pub async fn ask(&self, centre: &str, path: &str) -> Value {
        let (status, bytes) = look(&self.centre(centre).life().router, path).await;
        assert_eq!(status, 200, "{path} at {centre}");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// The status with which a node answers to anyone.
    pub async fn status(&self, centre: &str, path: &str) -> u16 {
        look(&self.centre(centre).life().router, path).await.0
    }

    /// The path of one body in the feed of a node.
    pub fn body_path(&self, centre: &str, index: Index) -> String {
        format!("/feed/{}/1/body/{}", self.centre(centre).nid(), index.0)
    }

    fn whisper(&mut self, centre: &str, marker: &str) {
        self.whispered.insert(private(marker), centre.to_owned());
    }

    fn running(&self) -> impl Iterator<Item = &Centre> {
        self.centres.values().filter(|centre| centre.runs())
    }
}

/// Waiting, without waiting for anything but what is under way.
impl World {
    /// Turns every clock.
    pub fn turn(&self, duration: Duration) {
        for centre in self.centres.values() {
            centre.hand.advance(duration);
        }
    }

    /// Lets everything happen that does not wait for a clock.
    pub async fn rest(&self) {
        let began = Instant::now();
        loop {
            for centre in self.running() {
                // A log that is held takes no more changes, so it has none under way.
                let _ = centre.desk().log.rest().await;
            }
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            let Some(busy) = self.busy() else { return };
            assert!(began.elapsed() < PATIENCE, "seed {}: {busy}", self.seed);
            // Threads of the node are at work; there is no telling when they are done.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Lets everything happen until another look at every feed changes nothing.
    pub async fn settle(&self) {
        let mut before = None;
        let mut same = 0;
        for _ in 0..ROUNDS {
            self.rest().await;
            let now = self.state();
            same = if before.as_ref() == Some(&now) {
                same + 1
            } else {
                0
            };
            if same == 2 {
                return;
            }
            before = Some(now);
            self.turn(Duration::from_secs(2 * POLL_S));
        }
        panic!("seed {}: the world does not come to rest", self.seed);
    }

    async fn wait_for_entry(&self, name: &str) {
        let began = Instant::now();
        while self.centre(name).desk().feeds.own().files().size() == Size(0) {
            assert!(
                began.elapsed() < PATIENCE,
                "{name} does not introduce itself"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What is still under way, if anything is.
    fn busy(&self) -> Option<String> {
        let under_way = self.wire.under_way();
        if under_way > 0 {
            return Some(format!("{under_way} questions are under way"));
        }
        self.running().find_map(busy)
    }

    /// What is known where; the same twice means that nobody learned anything.
    fn state(&self) -> Vec<String> {
        let mut state = Vec::new();
        for centre in self.running() {
            let desk = centre.desk();
            let counting = desk.sync.standings().counting();
            for feed in desk.feeds.all() {
                let health = feed.notes().health;
                let (nid, size) = (feed.nid(), feed.follower().size().0);
                let counts = counting.contains(&nid);
                let here = bodies_here(&feed);
                state.push(format!(
                    "{}: {nid} {size} {health:?} {counts} {here}",
                    centre.name
                ));
            }
        }
        state
    }
}

fn bodies_here(feed: &Feed) -> u64 {
    let (follower, files) = (feed.follower(), feed.files());
    let living = follower.living().between(0, follower.size().0);
    living
        .filter(|index| files.bodies().contains(*index))
        .count() as u64
}

/// What a node has still to do, if anything.
fn busy(centre: &Centre) -> Option<String> {
    let desk = centre.desk();
    let own = desk.feeds.own();
    let (written, followed) = (own.files().size(), own.follower().size());
    if written == Size(0) || written != followed {
        return Some(format!("{} has not read its own log", centre.name));
    }
    let counting = desk.sync.standings().counting();
    for nid in &counting {
        let Some(feed) = desk.feeds.feed(*nid) else {
            continue;
        };
        let Some(last) = feed.follower().size().last() else {
            continue;
        };
        if desk
            .view
            .reach(feed.identity.origin, last)
            .now_or_never()
            .is_none()
        {
            return Some(format!(
                "{} does not show {nid} up to {}",
                centre.name, last.0
            ));
        }
    }
    let shown = desk.view.counts().expect("the view reads");
    for nid in &counting {
        let Some(feed) = desk.feeds.feed(*nid) else {
            continue;
        };
        // Nobody in these worlds publishes what cannot be shown.
        let (here, shown) = (bodies_here(&feed), shown.get(nid).copied().unwrap_or(0));
        if here != shown {
            return Some(format!(
                "{} shows {shown} of {here} listings of {nid}",
                centre.name
            ));
        }
    }
    let uncounted = shown.keys().find(|nid| !counting.contains(nid));
    uncounted.map(|nid| format!("{} still shows {nid}, which does not count", centre.name))
}

/// The one who checks.
impl World {
    /// Derives everything anew from the bytes that every node serves, and holds it against what each
    /// node shows and against everything that was promised. The world has to be settled.
    pub async fn check(&mut self) {
        let mut views: BTreeMap<Vec<(Nid, Size, Hash)>, (String, crate::derive::Shown)> =
            BTreeMap::new();
        let names: Vec<String> = self.running().map(|centre| centre.name.clone()).collect();
        for name in names {
            let feeds = self.feeds_of(&name).await;
            self.check_growth(&name, &feeds);
            self.check_promises(&name, &feeds).await;
            let counting = self.check_standings(&name, &feeds);
            let (known, view) = self.check_view(&name, &feeds, &counting);
            let (other, same) = views
                .entry(known)
                .or_insert_with(|| (name.clone(), view.clone()));
            assert_eq!(
                *same, view,
                "{name} and {other} know the same and show something else"
            );
        }
        self.check_forgotten();
        self.check_private();
    }

    async fn feeds_of(&self, name: &str) -> BTreeMap<Nid, Derived> {
        let centre = self.centre(name);
        let mut feeds = BTreeMap::new();
        for feed in centre.desk().feeds.all() {
            if let Some(derived) = derive(&centre.life().router, &feed).await {
                feeds.insert(feed.nid(), derived);
            }
        }
        feeds
    }

    /// Nobody shows another history than was ever shown.
    fn check_growth(&mut self, name: &str, feeds: &BTreeMap<Nid, Derived>) {
        let distrusted: Vec<Nid> = self
            .distrusted
            .iter()
            .map(|name| self.centre(name).nid())
            .collect();
        for (nid, derived) in feeds.iter().filter(|(nid, _)| !distrusted.contains(nid)) {
            let told = self
                .told
                .entry((*nid, derived.size.0))
                .or_insert(derived.root);
            assert_eq!(
                *told, derived.root,
                "{nid} forked at {}, says {name}",
                derived.size.0
            );
        }
    }

    /// What was acknowledged stands in the log of its centre, and is shown there and found.
    async fn check_promises(&self, name: &str, feeds: &BTreeMap<Nid, Derived>) {
        if self.distrusted.contains(name) {
            return;
        }
        let own = &feeds[&self.centre(name).nid()];
        assert!(
            own.missing.is_empty(),
            "{name} lost bodies {:?}",
            own.missing
        );
        let mine = self.kept.iter().filter(|(_, kept)| kept.centre == name);
        for (uuid, kept) in mine.clone() {
            assert!(own.shown.contains_key(uuid), "{name} lost {uuid}");
            let path = format!("/api/v1/listings/{uuid}");
            let listing = self.ask(name, &path).await.to_string();
            assert!(
                listing.contains(&kept.marker),
                "{name} shows another {uuid}: {listing}"
            );
            let found = self.search(name, &kept.marker).await;
            assert_eq!(found, [*uuid], "{name} does not find {}", kept.marker);
        }
        assert_eq!(
            own.shown.len(),
            mine.count(),
            "{name} shows what nobody published"
        );
    }

    fn check_standings(&self, name: &str, feeds: &BTreeMap<Nid, Derived>) -> BTreeSet<Nid> {
        let desk = self.centre(name).desk();
        let chosen = chosen(desk.private().state());
        let alone = chosen.iter().filter(|one| !one.with_members);
        let alone: BTreeSet<Nid> = alone.map(|one| one.nid).collect();
        let roots = chosen.iter().map(|one| one.nid);
        let roots = roots.chain([self.centre(name).nid()]).collect();
        let rosters = feeds.iter().map(|(nid, derived)| {
            let mut rosters: Rosters = derived.rosters.clone();
            if alone.contains(nid) {
                rosters.members.clear();
            }
            (*nid, rosters)
        });
        let places = resolve(&roots, &rosters.collect());
        let counting = places.iter().filter(|(_, place)| place.standing.counts());
        let counting: BTreeSet<Nid> = counting.map(|(nid, _)| *nid).collect();
        let believed = desk.sync.standings().counting();
        assert_eq!(
            believed, counting,
            "{name} counts others than the rosters say"
        );
        counting
    }

    /// The view is what follows from the feeds that count.
    fn check_view(
        &self,
        name: &str,
        feeds: &BTreeMap<Nid, Derived>,
        counting: &BTreeSet<Nid>,
    ) -> (Vec<(Nid, Size, Hash)>, crate::derive::Shown) {
        let here = feeds.iter().filter(|(nid, _)| counting.contains(nid));
        let mut expected = crate::derive::Shown::new();
        let mut known = Vec::new();
        for (nid, derived) in here {
            expected.extend(derived.shown.clone());
            known.push((*nid, derived.size, derived.root));
        }
        let view = &self.centre(name).desk().view;
        let all = self
            .centres
            .values()
            .map(Centre::nid)
            .chain(feeds.keys().copied());
        let view = shown(view, all.collect::<BTreeSet<Nid>>());
        assert_eq!(view, expected, "{name} does not show what its feeds say");
        (known, view)
    }

    /// What was erased stands in no file of any node, and what was replaced in no feed, once every
    /// node is in touch with every other.
    fn check_forgotten(&self) {
        if self.wire.is_troubled() || self.centres.values().any(|centre| !centre.runs()) {
            return;
        }
        for marker in &self.erased {
            let holding = self.holding(marker);
            assert!(
                holding.is_empty(),
                "{marker} was erased and stands in {holding:?}"
            );
        }
        for marker in &self.replaced {
            let disks = self.centres.values().map(|centre| &centre.disk);
            let holding: Vec<PathBuf> = disks
                .flat_map(|disk| disk.holding(marker.as_bytes()))
                .collect();
            assert!(
                holding.is_empty(),
                "{marker} was replaced and stands in {holding:?}"
            );
        }
    }

    /// What is private stands in plain in no file at all.
    fn check_private(&self) {
        for whisper in self.whispered.keys() {
            let holding = self.holding(whisper);
            assert!(
                holding.is_empty(),
                "{whisper} is private and stands in {holding:?}"
            );
        }
    }

    /// The files of all nodes, running or not, that hold these words.
    pub fn holding(&self, words: &str) -> Vec<PathBuf> {
        self.centres
            .values()
            .flat_map(|centre| centre.holding(words))
            .collect()
    }
}

/// The private state that a node would open now; for tests that look for what is kept at home.
pub fn private_of(centre: &Centre) -> PrivateLog {
    PrivateLog::open(centre.disk.copy().start(), centre.data()).expect("a private log")
}
