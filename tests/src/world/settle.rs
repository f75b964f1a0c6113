//! When has everything happened that is going to happen?

use std::time::Duration;

use clearinghouse::feed::feeds::Feed;
use clearinghouse_protocol::tlog::tree::Size;
use futures_util::FutureExt;

use super::World;
use crate::centre::{Centre, POLL_S};

/// Milliseconds that threads may take for what they have before them; far above what a busy machine needs.
const PATIENCE_MS: u32 = 60_000;

/// Looks at every feed before a world that still moves is held to be broken.
const ROUNDS: usize = 60;

impl World {
    /// Turns every clock.
    pub fn turn(&self, duration: Duration) {
        for centre in self.centres.values() {
            centre.hand.advance(duration);
        }
    }

    /// Lets everything happen that does not wait for a clock.
    pub async fn rest(&self) {
        for _ in 0..PATIENCE_MS {
            for centre in self.running() {
                // A log that is held takes no more changes, so it has none under way.
                let _ = centre.desk().log.rest().await;
            }
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            if self.busy().is_none() {
                return;
            }
            // Threads of the node are at work; there is no telling when they are done.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("seed {}: {:?}", self.seed, self.busy());
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
                let who = feed.who();
                let said = (who.seq, who.url, who.pending.is_some());
                state.push(format!(
                    "{}: {nid} {size} {health:?} {counts} {here} {said:?}",
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
    // A process whose disk failed is over, though nobody has buried it yet.
    if centre.is_down() {
        return None;
    }
    let desk = centre.desk();
    if desk.healer.state().at_work {
        return Some(format!("{} gets its log back", centre.name));
    }
    let own = desk.feeds.own();
    let (written, followed) = (own.files().size(), own.follower().size());
    if written == Size(0) || written != followed {
        return Some(format!("{} has not read its own log", centre.name));
    }
    if own.notes().sent.values().any(|sent| sent.looking) {
        return Some(format!("{} looks up what it is asked", centre.name));
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
    let all = desk.feeds.all();
    // Where listings changed hands, one is stated by two logs and shown once.
    let passed_on = all
        .iter()
        .any(|feed| !feed.follower().transfers().is_empty());
    let hidden = !desk.hidden().is_empty();
    for nid in counting.iter().filter(|_| !passed_on && !hidden) {
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
