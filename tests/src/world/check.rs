//! Is what many nodes promised still true?

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clearinghouse::desk::membership::chosen;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::{Rosters, resolve};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::Size;

use super::World;
use crate::centre::Centre;
use crate::derive::{Derived, Shown, derive, lost, merged, shown};

/// What a node knows: each feed that counts, how far, and the root over it.
type Known = Vec<(Nid, Size, Hash)>;

impl World {
    /// Derives everything anew from the bytes that every node serves, and holds it against what each
    /// node shows and against everything that was promised. The world has to be settled.
    pub async fn check(&mut self) {
        let mut views: BTreeMap<Known, (String, Shown)> = BTreeMap::new();
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
        for centre in self.centres.values() {
            self.check_files(centre);
        }
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
                .entry((derived.origin, derived.size.0))
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
        let nid = self.centre(name).nid();
        let own = &feeds[&nid];
        // Whatever it promised and has: what came to it from others is its own now.
        let all = merged(feeds, &[nid].into());
        let stated = all.values().filter(|(owner, _)| *owner == nid);
        let lost = lost(feeds, own);
        assert!(lost.is_empty(), "{name} lost bodies {lost:?}");
        let mine = self.kept.iter().filter(|(_, kept)| kept.centre == name);
        for (uuid, kept) in mine.clone() {
            assert!(all.contains_key(uuid), "{name} lost {uuid}");
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
            stated.count(),
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
    ) -> (Known, Shown) {
        let here = feeds.iter().filter(|(nid, _)| counting.contains(nid));
        let merged = merged(feeds, counting).into_iter();
        let expected: Shown = merged.map(|(uuid, (_, hash))| (uuid, hash)).collect();
        let known: Known = here
            .map(|(nid, derived)| (*nid, derived.size, derived.root))
            .collect();
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

    /// What is private stands in plain in no file at all. Once every node is in touch with every other,
    /// what was erased stands in no file either, and what was replaced in no feed.
    fn check_files(&self, centre: &Centre) {
        let apart = self.wire.is_troubled() || self.centres.values().any(|centre| !centre.runs());
        let disk: BTreeSet<PathBuf> = centre.disk.paths().into_iter().collect();
        for (word, files) in centre.words() {
            let is_private = self.whispered.contains_key(&word);
            assert!(!is_private, "{word} is private and stands in {files:?}");
            if apart {
                continue;
            }
            let is_erased = self.erased.contains(&word);
            assert!(!is_erased, "{word} was erased and stands in {files:?}");
            let is_replaced = self.replaced.contains(&word) && !files.is_disjoint(&disk);
            assert!(!is_replaced, "{word} was replaced and stands in {files:?}");
        }
    }
}
