//! What is done to the world, and in it?

use std::collections::BTreeSet;
use std::time::Duration;

use clearinghouse::feed::log::LogError;
use clearinghouse::feed::sync::Chosen;
use clearinghouse_protocol::feed::append::{Deed as Entry, body_of};
use clearinghouse_protocol::feed::body::{Minted, commitment};
use clearinghouse_protocol::feed::roster::Statement;
use clearinghouse_protocol::listing::Taxonomy;
use clearinghouse_protocol::tlog::hash::sha256;
use clearinghouse_protocol::tlog::tree::Index;
use uuid::Uuid;

use super::ledger::Meant;
use super::lies::Liar;
use super::machine::{Machine, address};
use super::plan::{Deed, Plan};
use super::tally::State;
use super::world::World;
use crate::drafts;

impl World {
    /// Founds the nodes of a plan, lets them admit each other, and starts them.
    pub async fn found(&mut self, plan: &Plan) {
        for host in 0..plan.nodes {
            let seed = self.chance.below(u64::MAX);
            let machine = Machine::found(host, seed, self.now);
            self.ledger.trust(machine.nid);
            self.machines.push(machine);
        }
        for liar in 0..plan.liars {
            // From the end, so that the network itself lies only where nearly everyone does.
            let place = plan.nodes - 1 - liar;
            self.machines[place].liar = Some(Liar::default());
        }
        let network = self.machines[0].nid;
        for host in 0..plan.nodes {
            if host > 0 && plan.follows_all(host, &mut self.chance) {
                let url = address(0).parse().expect("an address of ours");
                let chosen = Chosen {
                    nid: network,
                    url,
                    with_members: true,
                };
                self.machines[host].chosen.push(chosen);
            }
            self.start(host).await;
        }
        for host in 1..plan.nodes {
            let Some(parent) = plan.parent(host, &mut self.chance) else {
                continue;
            };
            let (child, above) = (self.machines[host].nid, self.machines[parent].nid);
            let regions = BTreeSet::new();
            let admit = Statement::Admit {
                nid: child,
                url: address(host),
                regions,
            };
            let join = Statement::Join {
                nid: above,
                url: address(parent),
            };
            self.state(parent, admit).await;
            self.state(host, join).await;
        }
        if plan.two_faced {
            self.split(plan.nodes - 1).await;
        }
    }

    /// A second machine with all that one has goes its own way.
    async fn split(&mut self, id: usize) {
        self.tally.fault("a two-faced author");
        let seed = self.chance.below(u64::MAX);
        let twin = self.machines[id].copy(seed, self.now);
        self.ledger.distrust(twin.nid);
        self.machines.push(twin);
        self.start(self.machines.len() - 1).await;
    }

    /// One thing happens.
    pub async fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Publish => self.publish().await,
            Deed::PublishMany => {
                if let Some(id) = self.one(Machine::runs) {
                    self.put(id, 260, None).await;
                }
            }
            Deed::Revise | Deed::Erase => self.change(deed).await,
            Deed::Claim => self.claim().await,
            Deed::Kill | Deed::CutPower => {
                if let Some(id) = self.one(Machine::runs) {
                    let power = deed == Deed::CutPower;
                    self.tally.fault(if power { "power cut" } else { "kill" });
                    self.end(id, power).await;
                }
            }
            Deed::Start => {
                if let Some(id) = self.one(|machine| !machine.runs() && !machine.dead) {
                    self.start(id).await;
                }
            }
            Deed::FailDisk | Deed::FillDisk | Deed::Backup | Deed::Restore => {
                self.spoil(deed).await;
            }
            Deed::CutLine | Deed::Isolate | Deed::Weather | Deed::Mend => self.blow(deed),
            Deed::TurnClock => self.turn_clock(),
            Deed::Silence => {
                let some = self.chance.below(self.machines.len() as u64) as usize;
                self.machines[some].silent = !self.machines[some].silent;
                self.tally.fault("silent machine");
            }
            Deed::Leap => {
                self.tally.fault("days without anybody");
                let hours = [1, 30, 24 * 8, 24 * 31][self.chance.below(4) as usize];
                self.leap(Duration::from_secs(hours * 3600)).await;
            }
            Deed::Suspend => self.suspend().await,
            Deed::Bury => self.bury().await,
            Deed::Lie => {
                let ways = Plan::ways(&mut self.chance);
                if let Some(id) = self.one(|machine| !machine.is_honest())
                    && let Some(liar) = &mut self.machines[id].liar
                {
                    liar.ways = ways;
                }
            }
        }
        self.settle().await;
    }

    /// After a failed flush, or a fault that ends it, a process is over; it is seen to be so.
    pub(super) async fn end_the_crashed(&mut self) {
        for id in 0..self.machines.len() {
            if self.machines[id].runs() && self.machines[id].disk.is_down() {
                self.end(id, false).await;
            }
        }
    }

    /// One machine of this kind, by chance.
    pub fn one(&mut self, fits: impl Fn(&Machine) -> bool) -> Option<usize> {
        let all = (0..self.machines.len()).filter(|id| fits(&self.machines[*id]));
        let all: Vec<usize> = all.collect();
        let place = self.chance.below(all.len() as u64) as usize;
        all.get(place).copied()
    }

    async fn publish(&mut self) {
        let count = if self.chance.below(4) == 0 { 3 } else { 1 };
        if let Some(id) = self.one(Machine::runs) {
            self.put(id, count, None).await;
        }
    }

    /// Replaces or erases a listing that stands.
    async fn change(&mut self, deed: Deed) {
        let Some(id) = self.one(Machine::runs) else {
            return;
        };
        let nid = self.machines[id].nid;
        let Some(author) = self.ledger.author(nid) else {
            return;
        };
        let kept: Vec<(Uuid, Index)> = author
            .kept()
            .iter()
            .map(|(uuid, (index, _))| (*uuid, *index))
            .collect();
        let place = self.chance.below(kept.len() as u64) as usize;
        let Some((_, target)) = kept.get(place).copied() else {
            return;
        };
        if deed == Deed::Erase {
            let answers = self.write(id, vec![Entry::Erase { target }]).await;
            if let [Ok(index)] = answers[..] {
                self.machines[id].owed.insert(index, None);
            }
        } else {
            self.put(id, 1, Some(target)).await;
        }
    }

    /// Publishes new listings at a node, or one in place of an entry.
    pub(super) async fn put(&mut self, id: usize, count: usize, target: Option<Index>) {
        let nid = self.machines[id].nid;
        let before = target.and_then(|index| self.ledger.author(nid)?.bodies.get(&index).cloned());
        let mut entries = Vec::new();
        let mut hashes = Vec::new();
        for _ in 0..count {
            let minted = match &before {
                Some(meant) => meant.minted,
                None => Minted {
                    node: nid,
                    nonce: self.bytes(),
                },
            };
            let (entry, hash) = self.body(minted, target);
            entries.push(entry);
            hashes.push(hash);
        }
        let answers = self.write(id, entries).await;
        for (answer, hash) in answers.into_iter().zip(hashes) {
            if let Ok(index) = answer {
                self.machines[id].owed.insert(index, Some(hash));
            }
        }
    }

    /// A liar states a listing that another node minted.
    async fn claim(&mut self) {
        let Some(id) = self.one(|machine| machine.runs() && !machine.is_honest()) else {
            return;
        };
        let node = self.machines[0].nid;
        let minted = Minted {
            node,
            nonce: self.bytes(),
        };
        let (entry, _) = self.body(minted, None);
        self.tally.fault("lie: foreign listing");
        self.write(id, vec![entry]).await;
    }

    /// A new body, which the ledger knows from now on.
    fn body(&mut self, minted: Minted, target: Option<Index>) -> (Entry, [u8; 32]) {
        let marker = drafts::marker(self.chance.below(u64::MAX));
        let draft = drafts::read(drafts::draft(&marker));
        let checked = draft
            .check(Taxonomy::standard())
            .expect("a draft of ours is sound");
        let body = body_of(&minted, &checked.listing).expect("a draft of ours is short");
        let (salt, hash) = (self.bytes(), sha256(&[&body]));
        let meant = Meant {
            uuid: minted.uuid(),
            hash,
            minted,
            marker,
        };
        self.ledger.mean(commitment(&salt, &body), meant);
        (Entry::Put { target, salt, body }, hash)
    }

    /// States a membership.
    async fn state(&mut self, id: usize, statement: Statement) {
        self.write(id, vec![Entry::State(statement)]).await;
    }

    /// Hands entries in at a node and waits until nothing is left to be done about them.
    async fn write(&mut self, id: usize, entries: Vec<Entry>) -> Vec<Result<Index, LogError>> {
        self.show_time(id);
        let Some(life) = &self.machines[id].life else {
            return Vec::new();
        };
        let log = life.log.clone();
        let count = entries.len();
        let answers = log.append_all(entries).await;
        let answers = answers.unwrap_or_else(|error| vec![Err(error); count]);
        // What the writer puts off until it is idle happens here, so that every run has the same steps.
        let _ = log.rest().await;
        self.settle().await;
        for answer in &answers {
            match answer {
                Ok(_) => self.tally.acknowledged += 1,
                Err(LogError::Disk(_)) => self.tally.reach(State::RefusedWithoutRoom),
                Err(LogError::Held(..)) => self.tally.reach(State::RefusedByHold),
                Err(_) => {}
            }
            self.note(&format!("{id} writes: {answer:?}"));
        }
        answers
    }

    async fn suspend(&mut self) {
        let count = self.machines.len() as u64;
        let member = self.chance.below(count) as usize;
        let (nid, host) = (self.machines[member].nid, self.machines[member].host);
        if host == 0 || !self.machines[0].runs() {
            return;
        }
        let members = self.machines[0]
            .feed(self.machines[0].nid)
            .map(|feed| feed.rosters().members);
        let known = members.and_then(|members| members.get(&nid).cloned());
        match known {
            Some(member) if !member.suspended => self.state(0, Statement::Suspend { nid }).await,
            _ => {
                let regions = BTreeSet::new();
                self.state(
                    0,
                    Statement::Admit {
                        nid,
                        url: address(host),
                        regions,
                    },
                )
                .await;
            }
        }
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.chance.below(256) as u8)
    }
}
