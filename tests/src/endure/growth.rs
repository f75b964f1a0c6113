//! Did a log only ever grow?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clearinghouse_protocol::feed::follow::Follower;
use clearinghouse_protocol::tlog::hash::Hash;
use clearinghouse_protocol::tlog::tree::Frontier;
use feedtool::source::{Address, Source};
use feedtool::walk::{self, Tiles};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::broken::Broken;
use super::process::Node;

/// How often a watcher asks for the checkpoint.
const EVERY: Duration = Duration::from_millis(10);

/// What one reader of a log has verified, kept over all of the node's starts.
pub struct Growth {
    source: Arc<Source>,
    follower: Follower,
    frontier: Frontier,
    /// Roots that were signed and shown since, by size.
    shown: BTreeMap<u64, Hash>,
}

/// Somebody who reads checkpoints until the node is gone.
pub struct Watcher {
    task: JoinHandle<Result<BTreeMap<u64, Hash>, Broken>>,
    stop: CancellationToken,
}

impl Growth {
    /// Begins to follow a node that runs.
    ///
    /// # Errors
    /// [`Broken`] if its identity cannot be read.
    pub async fn of(node: &Node) -> Result<Growth, Broken> {
        let address: Address = node.url("").parse()?;
        let source = Arc::new(Source::connect(&address, None).await?);
        let follower = Follower::new(source.identity());
        Ok(Growth {
            source,
            follower,
            frontier: Frontier::new(),
            shown: BTreeMap::new(),
        })
    }

    /// Lets somebody read checkpoints.
    pub fn watch(&self) -> Watcher {
        let stop = CancellationToken::new();
        let (source, follower) = (Arc::clone(&self.source), self.follower.clone());
        let until = stop.clone();
        let task = tokio::spawn(async move {
            let mut shown = BTreeMap::new();
            while !until.is_cancelled() {
                let Ok(note) = source.checkpoint().await else {
                    sleep(EVERY).await;
                    continue;
                };
                let offer = follower.consider(&note);
                let offer = offer.map_err(|error| Broken::at("a checkpoint", error))?;
                if let Some(offer) = offer {
                    let (size, root) = (offer.size().0, offer.checkpoint().root);
                    if shown
                        .insert(size, root)
                        .is_some_and(|before| before != root)
                    {
                        return Err(Broken(format!("two roots of {size} entries were signed")));
                    }
                }
                sleep(EVERY).await;
            }
            Ok(shown)
        });
        Watcher { task, stop }
    }

    /// Ends the watching and keeps what was seen.
    ///
    /// # Errors
    /// [`Broken`] if what was seen contradicts itself.
    pub async fn saw(&mut self, watcher: Watcher) -> Result<(), Broken> {
        watcher.stop.cancel();
        let shown = watcher.task.await;
        let shown = shown.map_err(|error| Broken::at("the watcher", error))??;
        self.shown.extend(shown);
        Ok(())
    }

    /// Reads every new entry and holds it against every checkpoint that was ever shown.
    ///
    /// # Errors
    /// [`Broken`] with what was forked, shrunk or altered.
    pub async fn check(&mut self) -> Result<(), Broken> {
        let note = self.source.checkpoint().await?;
        let offer = self.follower.consider(&note);
        let offer = offer.map_err(|error| Broken::at("the checkpoint", error))?;
        let largest = self.shown.keys().next_back().copied().unwrap_or(0);
        let size = offer
            .as_ref()
            .map_or(self.follower.size().0, |offer| offer.size().0);
        if size < largest {
            return Err(Broken(format!(
                "{largest} entries were signed and shown, and now there are {size}"
            )));
        }
        if let Some(offer) = offer {
            let step = walk::step(&self.source, &self.follower, &offer, Tiles::Skip).await?;
            for number in step.entries.numbers() {
                for (index, entry) in step.entries.of_bundle(number) {
                    if index.0 < self.frontier.size().0 {
                        continue;
                    }
                    self.frontier.push(Hash::leaf(entry));
                    let (size, root) = (self.frontier.size().0, self.frontier.root());
                    if self.shown.remove(&size).is_some_and(|shown| shown != root) {
                        return Err(Broken(format!("the log of {size} entries was forked")));
                    }
                }
            }
            self.follower = step.after;
        }
        self.shown.clear();
        Ok(())
    }

    /// Entries that were verified.
    pub fn size(&self) -> u64 {
        self.follower.size().0
    }

    /// Walks the whole feed anew, as `feedtool verify` does.
    ///
    /// # Errors
    /// [`Broken`] at the first thing that does not hold.
    pub async fn verify(&self) -> Result<(), Broken> {
        let report = feedtool::verify::verify(Arc::clone(&self.source)).await?;
        if report.overstayed > 0 || report.set_aside_count > 0 {
            let (stayed, aside) = (report.overstayed, report.set_aside_count);
            return Err(Broken(format!(
                "{stayed} bodies overstayed, {aside} set aside"
            )));
        }
        Ok(())
    }
}
