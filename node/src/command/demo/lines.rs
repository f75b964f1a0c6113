//! How is the line between two nodes cut?

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use tokio::sync::watch;
use url::Url;

use crate::feed::transport::{Answer, Ask, Transport, TransportError};

/// All lines of the demonstration; cheap to clone.
#[derive(Clone)]
pub(super) struct Lines {
    /// Pairs of ports between which nothing passes, the one who asks first.
    cut: Arc<Mutex<BTreeSet<(u16, u16)>>>,
    changes: watch::Sender<u64>,
}

/// What one node asks the others with.
struct Line {
    lines: Lines,
    port: u16,
    inner: Arc<dyn Transport>,
}

impl Lines {
    pub(super) fn new() -> Lines {
        Lines {
            cut: Arc::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// The transport of the node at `port`, over `inner`.
    pub(super) fn of(&self, port: u16, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        let lines = self.clone();
        Arc::new(Line { lines, port, inner })
    }

    /// From now on the node at `from` hears nothing of the one at `to`, which may still hear of it.
    pub(super) fn cut(&self, from: u16, to: u16) {
        self.board().insert((from, to));
        self.changes.send_modify(|count| *count += 1);
    }

    /// From now on it does again.
    pub(super) fn mend(&self, from: u16, to: u16) {
        self.board().remove(&(from, to));
        self.changes.send_modify(|count| *count += 1);
    }

    fn board(&self) -> MutexGuard<'_, BTreeSet<(u16, u16)>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn passes(&self, url: &Url) -> Result<(), TransportError> {
        let to = url.port_or_known_default().unwrap_or_default();
        if self.lines.board().contains(&(self.port, to)) {
            return Err(TransportError::Unreachable {
                url: url.to_string(),
                reason: "the line is cut".to_owned(),
            });
        }
        Ok(())
    }
}

impl Transport for Line {
    fn fetch(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            self.passes(&ask.url)?;
            let answer = self.inner.fetch(ask.clone()).await?;
            // What was under way when the line was cut is lost with it.
            self.passes(&ask.url)?;
            Ok(answer)
        })
    }

    fn events(&self, url: Url) -> BoxStream<'static, Result<String, TransportError>> {
        if let Err(error) = self.passes(&url) {
            return Box::pin(futures_util::stream::iter([Err(error)]));
        }
        let line = (self.port, url.port_or_known_default().unwrap_or_default());
        let (lines, mut changes) = (self.lines.clone(), self.lines.changes.subscribe());
        let cut = async move {
            while !lines.board().contains(&line) && changes.changed().await.is_ok() {}
        };
        Box::pin(self.inner.events(url).take_until(Box::pin(cut)))
    }
}
