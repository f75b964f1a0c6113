//! What must be true after every step?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clearinghouse::feed::feeds::{Feed, Health};
use clearinghouse::feed::transport::Ask;
use clearinghouse_protocol::feed::merge::Claim;
use clearinghouse_protocol::feed::origin::Nid;
use clearinghouse_protocol::feed::roster::{Standing, resolve};
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::{Index, Size};
use jiff::SignedDuration;
use uuid::Uuid;

use super::fold::Fold;
use super::ledger::Author;
use super::machine::host_of;
use super::net::serve;
use super::tally::State;
use super::world::World;

/// Days for which a mirror may serve bodies without news of their feed.
const LEASE_DAYS: i64 = 30;

/// What was known of each node at the last look, so that only what changed is looked at.
#[derive(Default)]
pub struct Eye {
    /// How far each feed was: its size, and how many bodies were there.
    feeds: BTreeMap<(usize, Nid), (Size, Hash, usize)>,
    /// What each node had stated to it, while it ran.
    claims: BTreeMap<usize, (u64, BTreeMap<Claim, Uuid>)>,
    /// Entries whose end a machine slept through, while their bodies lie on its disk.
    slept: BTreeSet<(usize, Nid, Index)>,
    /// Entries whose end was looked at.
    ended: BTreeSet<(Nid, Index)>,
}

impl World {
    /// Holds every promise against everything that is on disk and shown.
    ///
    /// # Errors
    /// Says which promise is broken, where and how.
    pub async fn check(&mut self, eye: &mut Eye) -> Result<(), String> {
        self.tally.steps += 1;
        self.end_the_crashed().await;
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        for id in 0..self.machines.len() {
            let told = self.machines[id]
                .runs()
                .then(|| self.observe(id))
                .transpose();
            told.map_err(|broken| format!("n{id}: {broken}"))?;
        }
        self.see_sleepers(eye);
        for id in 0..self.machines.len() {
            let life = self.machines[id].lives;
            if !self.machines[id].runs() {
                continue;
            }
            let looked = self.look_at(id, life, eye);
            looked.map_err(|broken| format!("n{id}: {broken}"))?;
            let leased = self.check_lease(id).await;
            leased.map_err(|broken| format!("n{id}: {broken}"))?;
        }
        Ok(())
    }

    /// Promises 2 and 3: what was signed stays, and what was acknowledged was signed.
    fn observe(&mut self, id: usize) -> Result<(), String> {
        let machine = &mut self.machines[id];
        let Some(own) = machine.feed(machine.nid) else {
            return Ok(());
        };
        if let Health::Frozen(reason) = own.notes().health {
            return Err(format!("its own feed does not verify: {reason}"));
        }
        self.ledger.observe(&own, self.now)?;
        let Some(author) = self.ledger.author(own.nid()) else {
            machine.owed.clear();
            return Ok(());
        };
        let size = own.files().size();
        if size < author.size() {
            return Err(format!(
                "{} of {} signed entries are left",
                size.0,
                author.size().0
            ));
        }
        for (index, hash) in std::mem::take(&mut machine.owed) {
            let found = author.bodies.get(&index).map(|meant| meant.hash);
            let is_there = author.size().contains(index) && found == hash;
            if !is_there {
                return Err(format!(
                    "entry {} was acknowledged and is not there",
                    index.0
                ));
            }
        }
        Ok(())
    }

    /// Takes note of machines that are off while something ends whose body they keep.
    fn see_sleepers(&mut self, eye: &mut Eye) {
        for (nid, author) in self.ledger.authors() {
            for (index, ended) in &author.ended {
                if !eye.ended.insert((*nid, *index)) {
                    continue;
                }
                let Some(marker) = &ended.marker else {
                    continue;
                };
                for (id, machine) in self.machines.iter().enumerate() {
                    let keeps = || !machine.disk.holding(marker.as_bytes()).is_empty();
                    if !machine.runs() && machine.nid != *nid && keeps() {
                        eye.slept.insert((id, *nid, *index));
                    }
                }
            }
        }
    }

    fn look_at(&mut self, id: usize, life: u64, eye: &mut Eye) -> Result<(), String> {
        let Some(node) = &self.machines[id].life else {
            return Ok(());
        };
        let feeds = node.feeds.all();
        let mut changed = false;
        let mut reached = std::mem::take(&mut node.heard().reached);
        for feed in &feeds {
            let here = seen(feed);
            let known = eye.feeds.insert((id, feed.nid()), here);
            reached.extend(self.check_health(id, feed)?);
            if known == Some(here) {
                continue;
            }
            changed = true;
            if let Some(author) = self.ledger.author(feed.nid()) {
                check_feed(feed, author)?;
                eye.slept.retain(|(sleeper, nid, index)| {
                    let passed =
                        (*sleeper, *nid) == (id, feed.nid()) && author.ended[index].by.0 < here.0.0;
                    if passed {
                        reached.push(State::ForgotAfterReturn);
                    }
                    !passed
                });
            }
            if here.0.0 > 256 {
                reached.push(State::SecondBundle);
            }
            if !feed.expected().is_empty() {
                reached.push(State::WentOnWithout);
            }
        }
        reached.extend(self.check_standings(id)?);
        let is_new = eye
            .claims
            .get(&id)
            .is_none_or(|(before, _)| *before != life);
        if changed || is_new {
            reached.extend(self.check_view(id, life, eye)?);
        }
        reached
            .into_iter()
            .for_each(|state| self.tally.reach(state));
        Ok(())
    }

    /// What a node says about a feed: nobody honest is accused.
    fn check_health(&self, id: usize, feed: &Feed) -> Result<Vec<State>, String> {
        let mut reached = Vec::new();
        let notes = feed.notes();
        match &notes.health {
            Health::Frozen(reason) if reason.contains("does not contain") => {
                if self.ledger.author(feed.nid()).is_some() {
                    return Err(format!("an honest author is taken for forked: {reason}"));
                }
                reached.push(State::ForkSeen);
            }
            Health::Frozen(reason) if reason.contains("after showing us") => {
                reached.push(State::OlderShown);
            }
            Health::Silent(reason) if reason.contains("do not give the root") => {
                reached.push(State::AlteredRefused);
            }
            Health::Verified => {
                let by = notes.served_by.and_then(|url| host_of(&url.parse().ok()?));
                let origin = self
                    .machines
                    .iter()
                    .find(|machine| machine.nid == feed.nid());
                if by.is_some() && by != origin.map(|origin| origin.host) && by != Some(id) {
                    reached.push(State::MirrorStoodIn);
                }
            }
            _ => {}
        }
        Ok(reached)
    }

    /// Who counts is what follows from the rosters that were verified.
    fn check_standings(&self, id: usize) -> Result<Vec<State>, String> {
        let machine = &self.machines[id];
        let Some(node) = &machine.life else {
            return Ok(Vec::new());
        };
        let roots = machine
            .chosen
            .iter()
            .map(|one| one.nid)
            .chain([machine.nid]);
        let feeds = node.feeds.all();
        let rosters = feeds.iter().map(|feed| (feed.nid(), feed.rosters()));
        let places = resolve(&roots.collect(), &rosters.collect());
        if node.sync.standings().places != places {
            return Err("it counts others than the rosters say".to_owned());
        }
        let suspended = places
            .values()
            .any(|place| place.standing == Standing::Suspended);
        Ok(suspended.then_some(State::Suspended).into_iter().collect())
    }

    /// Promises 1, 7, 8 and 9: the view is what the feeds say, and nothing leaves it by itself.
    fn check_view(&self, id: usize, life: u64, eye: &mut Eye) -> Result<Vec<State>, String> {
        let mut reached = Vec::new();
        let Some(node) = &self.machines[id].life else {
            return Ok(reached);
        };
        let feeds = node.feeds.all();
        let unkept = feeds.iter().filter(|feed| !feed.keeps_bodies());
        let unkept: BTreeSet<Nid> = unkept.map(|feed| feed.nid()).collect();
        let (claims, foreign) = {
            let mut heard = node.heard();
            unkept.iter().for_each(|nid| heard.fold.forget(*nid));
            (heard.fold.claims().clone(), heard.fold.foreign)
        };
        let expected = Fold::of(&feeds, &self.readings);
        if claims != *expected.claims() {
            return Err("it shows something else than its feeds say".to_owned());
        }
        if foreign > 0 {
            reached.push(State::ForeignSetAside);
        }
        for (claim, uuid) in &claims {
            let nid = claim.origin.nid;
            if self.ledger.owner(*uuid).is_some_and(|owner| owner != nid) {
                return Err(format!("{uuid} counts although {nid} does not own it"));
            }
            let author = self.ledger.author(nid);
            let meant = author.map(|author| author.bodies.get(&claim.index));
            if meant.is_some_and(|meant| meant.is_none_or(|meant| meant.uuid != *uuid)) {
                return Err(format!("{nid} never stated {uuid} at {}", claim.index.0));
            }
        }
        if let Some((before, known)) = eye.claims.get(&id)
            && *before == life
        {
            for claim in known.keys().filter(|claim| !claims.contains_key(claim)) {
                let Some(author) = self.ledger.author(claim.origin.nid) else {
                    continue;
                };
                let goes = unkept.contains(&claim.origin.nid);
                if !goes && !author.ended.contains_key(&claim.index) {
                    return Err(format!("{claim:?} left the view and was not erased"));
                }
            }
        }
        let dead = self.machines.iter().filter(|machine| machine.dead);
        let dead: BTreeSet<Nid> = dead.map(|machine| machine.nid).collect();
        if claims.keys().any(|claim| dead.contains(&claim.origin.nid)) {
            reached.push(State::OutlivedItsCentre);
        }
        eye.claims.insert(id, (life, claims));
        Ok(reached)
    }

    /// Promise 5: what ended longer ago than a lease is served by nobody whose clock is right.
    async fn check_lease(&mut self, id: usize) -> Result<(), String> {
        let machine = &self.machines[id];
        let Some(node) = &machine.life else {
            return Ok(());
        };
        if machine.offset != SignedDuration::ZERO {
            return Ok(());
        }
        let router = node.router.clone();
        let lease = SignedDuration::from_hours(24 * LEASE_DAYS + 1);
        let mut due = Vec::new();
        for feed in node
            .feeds
            .all()
            .iter()
            .filter(|feed| feed.nid() != machine.nid)
        {
            let Some(author) = self.ledger.author(feed.nid()) else {
                continue;
            };
            let files = feed.files();
            let old = author.ended.iter();
            let old = old.filter(|(_, ended)| self.now.duration_since(ended.at) > lease);
            let kept = old.filter(|(index, _)| files.bodies().contains(**index));
            due.extend(kept.map(|(index, _)| (feed.identity.origin, *index)));
        }
        for (origin, index) in due {
            let url = format!(
                "http://n0.example/feed/{}/{}/body/{}",
                origin.nid, origin.epoch, index.0
            );
            let url = url.parse().expect("an address of ours");
            let answer = serve(
                router.clone(),
                &Ask::new(url, 1 << 20, Duration::from_secs(1)),
            )
            .await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Err(format!(
                    "{origin} {} ended a lease ago and is served",
                    index.0
                ));
            }
        }
        Ok(())
    }
}

/// How far a feed is: its size, its root, and how many living bodies are here.
pub(super) fn seen(feed: &Feed) -> (Size, Hash, usize) {
    let (follower, files) = (feed.follower(), feed.files());
    let living = follower.living().between(0, follower.size().0);
    let here = living
        .filter(|index| files.bodies().contains(*index))
        .count();
    (follower.size(), follower.root(), here)
}

/// Promises 1 and 5: a feed is what its author signed, and what ended is gone.
fn check_feed(feed: &Feed, author: &Author) -> Result<(), String> {
    let nid = feed.nid();
    let (size, root) = {
        let follower = feed.follower();
        (follower.size(), follower.root())
    };
    if author.root(size) != Some(root) {
        return Err(format!(
            "it believes {} entries that {nid} never signed",
            size.0
        ));
    }
    let files = feed.files();
    for (index, ended) in &author.ended {
        if size.contains(ended.by) && files.bodies().contains(*index) {
            return Err(format!(
                "entry {} of {nid} ended and its body is kept",
                index.0
            ));
        }
    }
    Ok(())
}
