//! What must be true when nothing goes wrong any more?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Index, Size};

use super::check::{Eye, seen};
use super::fold::Shown;
use super::machine::POLL_S;
use super::world::World;
use crate::drafts::words_in;

/// How far a feed is known, with how many bodies: what an author who is gone took with it, and no lease
/// lets a mirror serve, some have and some not.
type Known = (Nid, (Size, Hash, usize));

/// Looks at every feed before a world without faults is held not to heal.
const ROUNDS: usize = 40;

impl World {
    /// Lets time pass without faults until everybody knows everything; then all views agree.
    ///
    /// # Errors
    /// Says what is broken, or what does not come.
    pub async fn converge(&mut self, eye: &mut Eye) -> Result<(), String> {
        let mut missing = None;
        for _ in 0..ROUNDS {
            self.pass(Duration::from_secs(POLL_S + 30)).await;
            self.check(eye).await?;
            missing = self.missing();
            if missing.is_none() {
                self.check_agreement()?;
                return self.check_words();
            }
        }
        Err(format!("does not heal: {}", missing.unwrap_or_default()))
    }

    /// What an honest node still lacks of an honest node that it counts and can reach.
    fn missing(&self) -> Option<String> {
        for (id, machine) in self.machines.iter().enumerate() {
            let Some(node) = machine.life.as_ref().filter(|_| machine.is_honest()) else {
                continue;
            };
            let counting = node.sync.standings().counting();
            let reachable = self
                .machines
                .iter()
                .filter(|other| other.runs() && other.is_honest());
            for other in reachable.filter(|other| counting.contains(&other.nid)) {
                let Some(author) = self.ledger.author(other.nid) else {
                    continue;
                };
                let feed = node.feeds.feed(other.nid);
                let has = feed.as_ref().map_or(Size(0), |feed| feed.follower().size());
                let bodies = feed.as_ref().map_or(0, |feed| seen(feed).2);
                if has != author.size() || bodies != author.kept().len() {
                    let (size, all) = (author.size().0, author.kept().len());
                    let what = format!("n{id} has {} of {size} entries", has.0);
                    let health = feed.map(|feed| feed.notes().health);
                    let bodies = format!("{bodies} of {all} bodies");
                    return Some(format!(
                        "{what} and {bodies} of n{}: {health:?}",
                        other.host
                    ));
                }
            }
        }
        None
    }

    /// Promise 7: the same checkpoints, the same view.
    fn check_agreement(&self) -> Result<(), String> {
        let mut views: BTreeMap<Vec<Known>, (usize, Shown)> = BTreeMap::new();
        for (id, machine) in self.machines.iter().enumerate() {
            let Some(node) = machine.life.as_ref().filter(|_| machine.is_honest()) else {
                continue;
            };
            // What liars hold back, the one may have and the other not.
            let honest = self.machines.iter().filter(|other| other.is_honest());
            let honest: BTreeSet<Nid> = honest.map(|other| other.nid).collect();
            let counting = node.sync.standings().counting();
            let counting: BTreeSet<Nid> = counting.intersection(&honest).copied().collect();
            let feeds = counting.iter().filter_map(|nid| node.feeds.feed(*nid));
            let known = feeds.map(|feed| (feed.nid(), seen(&feed)));
            let shown = node.heard().fold.shown(&counting);
            let first = views.entry(known.collect()).or_insert((id, shown.clone()));
            if first.1 != shown {
                let (one, other) = (&first.1, &shown);
                let lacks = |uuid: &&uuid::Uuid| one.get(*uuid) != other.get(*uuid);
                let uuids = one.keys().chain(other.keys()).filter(lacks);
                let uuids: Vec<_> = uuids
                    .map(|uuid| (uuid, one.get(uuid), other.get(uuid)))
                    .collect();
                let who = first.0;
                return Err(format!(
                    "n{who} and n{id} know the same and differ in {uuids:?}"
                ));
            }
        }
        Ok(())
    }

    /// Promise 5: what a node knows to be ended stands in none of its files.
    fn check_words(&self) -> Result<(), String> {
        for (id, machine) in self.machines.iter().enumerate() {
            let Some(node) = machine.life.as_ref().filter(|_| machine.is_honest()) else {
                continue;
            };
            let mut gone: BTreeMap<&str, Index> = BTreeMap::new();
            for feed in node.feeds.all() {
                let Some(author) = self.ledger.author(feed.nid()) else {
                    continue;
                };
                let size = feed.follower().size();
                let ended = author
                    .ended
                    .iter()
                    .filter(|(_, ended)| size.contains(ended.by));
                gone.extend(
                    ended.filter_map(|(index, ended)| Some((ended.marker.as_deref()?, *index))),
                );
            }
            for path in machine.disk.paths() {
                let words = words_in(&machine.disk.bytes(&path).unwrap_or_default());
                if let Some(word) = words.iter().find(|word| gone.contains_key(word.as_str())) {
                    let index = gone[word.as_str()].0;
                    return Err(format!(
                        "n{id}: entry {index} ended and stands in {}",
                        path.display()
                    ));
                }
            }
        }
        Ok(())
    }
}
