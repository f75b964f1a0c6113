//! What did many nodes promise, and is it still true?

use std::collections::{BTreeMap, BTreeSet};

use clearinghouse_protocol::feed::origin::Origin;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::Index;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::centre::Centre;
use crate::drafts::{self, draft, private, read};
use crate::wire::{Trouble, Wire, address, look};

mod check;
mod settle;

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
    /// Checkpoints that were shown to anyone, of each log.
    told: BTreeMap<(Origin, u64), Hash>,
    next: u64,
}

/// A listing that was acknowledged.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The centre that published it.
    pub centre: String,
    /// The word that it alone carries.
    pub marker: String,
    /// The log that stated it when it was published.
    pub origin: Origin,
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

    /// Founds a centre behind a router that lets nobody in.
    pub fn found_behind_router(&mut self, name: &str) {
        self.seed += 1;
        let mut centre = Centre::found(name, self.seed, &self.wire);
        centre.inbound = false;
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
            world.rest().await;
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

    /// `parent` takes `child`, whom nobody can reach, into its roster.
    pub async fn admit_unreached(&self, parent: &str, child: &str) {
        let (desk, nid) = (self.centre(parent).desk(), self.centre(child).nid());
        let admitted = desk.admit_unreached(nid, BTreeSet::new()).await;
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
        drafts::marker(self.next)
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
            origin: published.origin,
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
            let origin = published.origin;
            self.kept.insert(
                published.uuid,
                Kept {
                    centre,
                    marker,
                    origin,
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
        // In a later log it stands elsewhere.
        let expected = (desk.identity().origin == before.origin).then_some(before.index);
        let revised = desk.revise(uuid, &read(draft(&marker)), expected).await;
        let revised = revised.expect("is revised");
        self.kept.insert(
            uuid,
            Kept {
                marker,
                origin: revised.origin,
                index: revised.index,
                ..before.clone()
            },
        );
        self.replaced.insert(before.marker);
    }

    /// Takes note that a listing is now another centre's, which states it in its own log.
    pub fn passed_on(&mut self, uuid: Uuid, centre: &str) {
        let nid = self.centre(centre).nid();
        let mut found = None;
        let look = |listing: clearinghouse::view::Shown| {
            if listing.uuid == uuid {
                found = Some(listing.index);
            }
        };
        let view = &self.centre(centre).desk().view;
        view.each_of(nid, look).expect("the view reads");
        let kept = self.kept.get_mut(&uuid).expect("was published");
        kept.index = found.expect("its new centre shows it");
        kept.centre = centre.to_owned();
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
        let found = answer["items"].as_array().expect("a list of listings");
        let ids = found
            .iter()
            .map(|one| one["id"].as_str().expect("each has an id"));
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
        serde_json::from_slice(&bytes).expect("an answer is JSON")
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
