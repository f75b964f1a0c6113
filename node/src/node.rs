//! How does a node come to be, and how is it opened, run and shut down?

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clearinghouse_protocol::feed::append::Deed;
use clearinghouse_protocol::feed::identity::{Genesis, Identity, rotation_hash};
use clearinghouse_protocol::feed::origin::{Nid, Origin};
use clearinghouse_protocol::tlog::key::{Algorithm, KeyName, SigningKey};
use clearinghouse_protocol::tlog::tree::Size;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::config::Config;
use crate::desk::hide::hidden_in;
use crate::desk::membership::{chosen, quotas};
use crate::desk::{self, Desk};
use crate::feed::confirm::{Confirm, ConfirmError};
use crate::feed::feeds::{FeedError, Feeds};
use crate::feed::guard::Guard;
use crate::feed::heal::{self, Healer};
use crate::feed::log::{Hold, Log, LogError};
use crate::feed::submit::Submit;
use crate::feed::sync::{News, Parts, Sync};
use crate::feed::transport::Transport;
use crate::feed::witness::Witness;
use crate::store::cosigned::Cosigned;
use crate::store::disk::{DiskError, SharedDisk};
use crate::store::keys::{Keys, KeysError};
use crate::store::private::{PrivateError, PrivateLog};
use crate::store::signlock::SignLock;
use crate::view::{Change, View, ViewError};

mod own;

pub use own::{Opened, open_feeds};

/// Memory for sled's cache: its rows are small, and a centre has thousands of listings, not millions.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// How often older logs are looked through for those that are kept no longer.
const FORGETS_EVERY: Duration = Duration::from_secs(24 * 3600);

/// A node that is open: everything about it is verified, and nobody else has its folder open.
pub struct Node {
    /// All that acts for it.
    pub desk: Desk,
    news: mpsc::Receiver<News>,
}

/// What was printed nowhere and stands nowhere else: the key of the highest priority for a rotation.
pub struct PaperKey(SigningKey);

impl PaperKey {
    /// A new one.
    pub fn new(clock: &Clock) -> PaperKey {
        PaperKey(key(
            "clearinghouse/paper",
            Algorithm::Ed25519,
            clock.random(),
        ))
    }

    /// Its public half, of which the node's identity names the hash.
    pub fn public(&self) -> &[u8; 32] {
        self.0.verifier().public_key()
    }

    /// The text to print and to put in a safe place.
    pub fn text(&self) -> String {
        self.0.to_secret_text()
    }
}

/// Why a node cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// There is a node in this folder already.
    #[error("{0} holds a node already; `init` makes a new one only in a new folder")]
    Exists(String),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The identity on disk is not that of the keys.
    #[error("the identity in this folder is missing or does not belong to its keys")]
    Identity,
    /// The sign lock cannot be made, or was written by a newer program.
    #[error("{0}")]
    SignLock(String),
    /// The policy about witnesses.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// The feeds that we keep.
    #[error(transparent)]
    Feeds(#[from] FeedError),
    /// The private log.
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// The view.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The first entry could not be written.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Makes a new node under `data`: the only way an identity comes to be.
///
/// The sign lock is made last: a folder without one is no node that could sign.
pub fn init(
    disk: &SharedDisk,
    data: &Path,
    names: BTreeMap<String, String>,
    url: &str,
    clock: &Clock,
) -> Result<(Identity, PaperKey), NodeError> {
    if disk.len(&data.join("keys").join("log"))?.is_some()
        || disk.len(&data.join("signlock"))?.is_some()
    {
        return Err(NodeError::Exists(data.display().to_string()));
    }
    let seed: [u8; 32] = clock.random();
    let witness_seed: [u8; 32] = clock.random();
    let paper = PaperKey::new(clock);
    let genesis = Genesis {
        names,
        url: url.to_owned(),
        log: *key("log", Algorithm::Ed25519, seed).verifier().public_key(),
        witness: *key("witness", Algorithm::CosignatureV1, witness_seed)
            .verifier()
            .public_key(),
        next: vec![rotation_hash(paper.public())],
    };
    let chain = genesis.sign(seed).to_bytes();
    let identity = Identity::read(&chain, None).map_err(FeedError::from)?;
    let origin = identity.origin.to_string();
    let keys = Keys {
        log: key(&origin, Algorithm::Ed25519, seed),
        witness: key(
            &identity.nid.witness_name(),
            Algorithm::CosignatureV1,
            witness_seed,
        ),
    };
    disk.create_dir_all(data)?;
    keys.create(disk, &data.join("keys"))?;
    let feed = data.join("feeds").join(identity.nid.as_str());
    disk.create_dir_all(&feed)?;
    disk.replace(&feed.join("identity"), &chain)?;
    PrivateLog::create(disk.clone(), data)?;
    SignLock::create(disk.clone(), &data.join("signlock"))
        .map_err(|error| NodeError::SignLock(error.to_string()))?;
    Ok((identity, paper))
}

/// What it takes to heal our own log.
fn healing(
    config: &Config,
    feeds: &Arc<Feeds>,
    log: &Log,
    sync: &Sync,
    clock: &Clock,
) -> heal::Parts {
    heal::Parts {
        feeds: feeds.clone(),
        log: log.clone(),
        sync: sync.clone(),
        clock: clock.clone(),
        lock: config.data.join("signlock"),
        peers: config.data.join("peers"),
        wait: config.ask_wait,
        poll: config.poll,
    }
}

impl Node {
    /// Opens the node under the configuration's folder: verifies its own log and every mirror, and
    /// brings the view to what they say. The caller holds the folder's lock.
    pub fn open(
        config: Config,
        disk: SharedDisk,
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Node, NodeError> {
        let data = config.data.clone();
        let Opened {
            feeds,
            log,
            reason,
            signed,
        } = open_feeds(&disk, &data, &clock)?;
        log.shut_gate();
        log.grow_from(config.epoch_entries);
        let witness = open_witness(&disk, &config, &feeds, &clock)?;
        let (confirm, submit) = open_voices(&config, &feeds, &transport, &clock)?;
        let private = PrivateLog::open(disk, &data)?;
        feeds.set_quotas(quotas(config.quota, private.state()));
        let parts = Parts {
            feeds: feeds.clone(),
            transport,
            confirm: confirm.clone(),
            guard: Guard::new(config.allow_private_peers),
            clock: clock.clone(),
            poll: config.poll,
            chosen: chosen(private.state()),
        };
        let (sync, news) = Sync::new(parts);
        // Only now is known whose word counts.
        confirm.restore()?;
        let view = View::open(
            &data,
            feeds.clone(),
            CACHE_BYTES,
            sync.standings().counting(),
            hidden_in(private.state()),
            &clock,
        )?;
        let parts = healing(&config, &feeds, &log, &sync, &clock);
        let healer = Healer::new(parts, reason, signed);
        let desk = Desk::new(desk::Parts {
            feeds,
            log,
            view,
            sync,
            healer,
            witness: Arc::new(witness),
            confirm,
            submit,
            private,
            config: Arc::new(config),
            clock,
        });
        if let Err(error) = desk.forget_leftovers() {
            // The listings are gone all the same, and the next start tries again.
            tracing::warn!(%error, "what was private about erased listings is still there");
        }
        Ok(Node { desk, news })
    }

    /// Asks others how far our log had come, makes sure that its first entry is the node's own identity,
    /// and only then lets edits in. To be awaited before anything is expected to be written.
    pub async fn introduce(&self) -> Result<(), NodeError> {
        self.desk.healer.settle().await;
        let own = self.desk.feeds.own();
        if own.files().size() == Size(0) && self.desk.log.held().is_none() {
            let note = own.latest_note();
            self.desk.log.append_first(Deed::Introduce(note)).await?;
        }
        self.desk.log.open_gate();
        Ok(())
    }

    /// Follows every feed and applies what is verified, until the future is dropped.
    pub async fn run(mut self) -> Result<(), NodeError> {
        self.introduce().await?;
        self.desk.sync.start();
        let (desk, healer) = (self.desk.clone(), self.desk.healer.clone());
        let forget = async {
            loop {
                let (feeds, now) = (desk.feeds.clone(), desk.clock.now());
                let days = desk.config.keep_epochs_days;
                let forgotten = tokio::task::spawn_blocking(move || feeds.forget(now, days)).await;
                if let Ok(Err(error)) = forgotten {
                    tracing::warn!(%error, "older logs are kept longer than they should be");
                }
                desk.clock.sleep(FORGETS_EVERY).await;
            }
        };
        let watch = async {
            // An edit that nobody would see is not taken: an erasure least of all.
            let mut standstill = desk.view.standstill();
            loop {
                match &*standstill.borrow_and_update() {
                    Some(why) => desk.log.hold(Hold::ViewStands, why.to_string()),
                    None => desk.log.release(Hold::ViewStands),
                }
                if standstill.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        let asking = self.desk.submit.clone().run(self.desk.sync.clone());
        tokio::select! {
            () = watch => Ok(()),
            () = forget => Ok(()),
            () = healer.run() => Ok(()),
            () = asking => Ok(()),
            () = self.apply_news() => Ok(()),
        }
    }

    /// Hands every verified step to the view, for as long as there are any.
    async fn apply_news(&mut self) {
        while let Some(news) = self.news.recv().await {
            let Desk { view, sync, .. } = self.desk.clone();
            // Applying waits for the disk, and while many steps wait, for those before.
            let applied = tokio::task::spawn_blocking(move || match news {
                News::Step(nid, verified) => view.apply(
                    nid,
                    Change {
                        origin: verified.checkpoint.origin,
                        from: verified.from,
                        ended: verified.ended,
                        begun: verified.begun,
                        size: verified.checkpoint.size,
                        root: verified.checkpoint.root,
                        statements: verified.rosters_changed,
                    },
                ),
                News::Late(nid, begun) => view.show_late(nid, begun),
                News::Standing => view.count(sync.standings().counting()),
            });
            applied
                .await
                .expect("handing a step to the view does not panic");
        }
    }
}

/// Opens what witnesses said, and who asks them about our own log.
fn open_voices(
    config: &Config,
    feeds: &Arc<Feeds>,
    transport: &Arc<dyn Transport>,
    clock: &Clock,
) -> Result<(Arc<Confirm>, Arc<Submit>), NodeError> {
    let named = config.witness_ask.clone();
    let keys = named.iter().map(|(key, _)| key.clone()).collect();
    let (feeds, data) = (feeds.clone(), config.data.clone());
    let confirm = Arc::new(Confirm::open(feeds.clone(), data, keys, clock.clone())?);
    let heard = confirm.clone();
    let submit = Submit::new(feeds, transport.clone(), heard, named, clock.clone());
    Ok((confirm, Arc::new(submit)))
}

/// Opens the witness that this node is.
fn open_witness(
    disk: &SharedDisk,
    config: &Config,
    feeds: &Arc<Feeds>,
    clock: &Clock,
) -> Result<Witness, NodeError> {
    let keys = Keys::open(disk, &config.data.join("keys"))?;
    let files = Cosigned::open(disk.clone(), &config.data)?;
    let logs = config.witness_logs.clone();
    let witness = Witness::open(keys.witness, feeds.clone(), files, logs, clock.clone())?;
    Ok(witness)
}

fn key(name: &str, algorithm: Algorithm, seed: [u8; 32]) -> SigningKey {
    let name = KeyName::new(name).expect("names of keys are made here and sound");
    SigningKey::from_seed(name, algorithm, seed)
}

/// The identifier of the node whose keys stand under `data`.
pub fn nid_of(disk: &SharedDisk, data: &Path) -> Result<Nid, NodeError> {
    let keys = Keys::open(disk, &data.join("keys"))?;
    let origin: Origin = keys
        .log
        .verifier()
        .name()
        .as_str()
        .parse()
        .map_err(|_| NodeError::Identity)?;
    Ok(origin.nid)
}
