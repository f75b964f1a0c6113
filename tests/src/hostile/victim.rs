//! How is a node followed while strangers do their worst, and what does its operator see?

use std::fs;
use std::time::{Duration, Instant};

use clearinghouse::clock::Clock;
use clearinghouse::config::{Config, Overrides};
use clearinghouse::desk::status::FeedStatus;
use clearinghouse::node::init;
use clearinghouse::server::{Server, bind};
use clearinghouse::store::real_disk::RealDisk;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

/// A node on loopback that asks whoever it is told to ask.
pub struct Victim {
    /// The node.
    pub server: Server,
    client: reqwest::Client,
    _dir: TempDir,
}

impl Victim {
    /// Makes a node and serves it; `private` lets it ask loopback addresses.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(private: bool) -> Victim {
        let dir = TempDir::new().expect("a folder");
        let names = [("en".to_owned(), "The victim".to_owned())].into();
        let (disk, clock) = (RealDisk::shared(), Clock::system());
        let url = "https://victim.example/";
        init(&disk, dir.path(), names, url, &clock).expect("a new node");
        let overrides = Overrides {
            listen: Some("127.0.0.1:0".to_owned()),
            allow_private_peers: private,
            set: vec![
                "poll_seconds=3600".to_owned(),
                "name.en=The victim".to_owned(),
            ],
            ..Overrides::default()
        };
        let config = Config::load(dir.path(), &overrides).expect("a sound configuration");
        let listener = bind(config.listen).await.expect("a free port");
        let server = Server::start(config, listener, clock).await;
        Victim {
            server: server.expect("it starts"),
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            _dir: dir,
        }
    }

    /// How the feed of a node stands, as `clearinghouse status` shows it.
    pub fn sees(&self, nid: &str) -> Option<FeedStatus> {
        let status = self.server.desk.status().expect("the view reads");
        status.feeds.into_iter().find(|feed| feed.nid == nid)
    }

    /// Asks for a page or an answer, and says how long it took.
    ///
    /// # Panics
    /// If there is none.
    pub async fn ask(&self, path: &str) -> (u16, String, Duration) {
        let since = Instant::now();
        let url = self.server.url().join(path).expect("a path");
        let answer = self.client.get(url).send().await.expect("it answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("it answers in text");
        (status, text, since.elapsed())
    }

    /// How many listings carry this word.
    ///
    /// # Panics
    /// If the search does not answer.
    pub async fn finds(&self, word: &str) -> usize {
        let (_, text, _) = self.ask(&format!("/api/v1/listings?q={word}")).await;
        let answer: Value = serde_json::from_str(&text).expect("an answer is JSON");
        answer["items"].as_array().map_or(0, Vec::len)
    }

    /// Waits until `done` or the time is over; whether it was done.
    pub async fn waits(&self, most: Duration, done: impl Fn(&Victim) -> bool) -> bool {
        let since = Instant::now();
        while since.elapsed() < most {
            if done(self) {
                return true;
            }
            sleep(Duration::from_millis(50)).await;
        }
        done(self)
    }
}

/// The largest amount of memory that this process ever held, in mebibytes (proc(5), VmHWM).
pub fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
