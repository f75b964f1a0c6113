//! When is it worth asking a node again?

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use clearinghouse_protocol::feed::origin::Origin;
use futures_util::stream::{BoxStream, StreamExt};
use tokio::time::sleep;

use crate::fetch::FetchError;
use crate::source::Source;

/// How long to wait between two questions.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Without events.
    pub poll: Duration,
    /// With events, because one may get lost.
    pub quiet: Duration,
    /// After many failures in a row; the first waits for `poll`, each next one twice as long.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            poll: Duration::from_secs(5),
            quiet: Duration::from_secs(60),
            longest: Duration::from_secs(300),
        }
    }
}

impl Pace {
    /// How long to wait after so many failures in a row, without chance in it.
    pub fn after(&self, failures: u32) -> Duration {
        let doubled = 1_u32 << failures.saturating_sub(1).min(16);
        self.poll.saturating_mul(doubled).min(self.longest)
    }
}

/// The event stream of a node, as long as it holds.
pub struct News {
    events: Option<BoxStream<'static, Result<String, FetchError>>>,
    heard: bool,
}

impl News {
    /// Not connected yet.
    pub fn new() -> News {
        News {
            events: None,
            heard: false,
        }
    }

    /// Waits until the log may have gone on: an event of it, or the time to ask anyway.
    ///
    /// An event is a nudge and nothing more: what it says is fetched and verified.
    pub async fn wait(&mut self, source: &Source, pace: &Pace) {
        let pause = if self.heard { pace.quiet } else { pace.poll };
        let events = self.events.get_or_insert_with(|| source.events());
        tokio::select! {
            () = sleep(scattered(pause)) => {}
            over = next_of(events, source.origin(), &mut self.heard) => {
                if over {
                    (self.events, self.heard) = (None, false);
                    // Without events now; the next round connects anew.
                    sleep(scattered(pace.poll)).await;
                }
            }
        }
    }
}

impl Default for News {
    fn default() -> News {
        News::new()
    }
}

/// Waits for an event of this log; `true` when the stream is over.
async fn next_of(
    events: &mut BoxStream<'static, Result<String, FetchError>>,
    origin: Origin,
    heard: &mut bool,
) -> bool {
    let origin = origin.to_string();
    while let Some(Ok(text)) = events.next().await {
        *heard = true;
        if text.lines().next() == Some(origin.as_str()) {
            return false;
        }
    }
    true
}

/// A wait between three and five quarters of `wait`, so that many readers do not come at once.
pub fn scattered(wait: Duration) -> Duration {
    let chance = RandomState::new().hash_one(()) % 512;
    wait.mul_f64(0.75 + chance as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_make_us_wait_longer_up_to_a_limit() {
        let pace = Pace::default();
        for (failures, seconds) in [(0, 5), (1, 5), (2, 10), (4, 40), (7, 300), (u32::MAX, 300)] {
            assert_eq!(pace.after(failures), Duration::from_secs(seconds));
        }
        for _ in 0..100 {
            let wait = scattered(Duration::from_secs(100));
            assert!((75..125).contains(&wait.as_secs()));
        }
    }
}
