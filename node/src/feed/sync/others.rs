//! Who can be asked about our own log?

use url::Url;

use super::super::peer::Peer;
use super::Sync;

impl Sync {
    /// Everyone whom we follow, by address.
    pub fn addresses(&self) -> Vec<Url> {
        let own = self.inner.feeds.own().nid();
        let wanted = self.wanted().into_iter().filter(|(nid, _)| *nid != own);
        wanted.flat_map(|(_, urls)| urls).collect()
    }

    /// An address, if we may ask there.
    pub fn may_ask(&self, url: &str) -> Option<Url> {
        self.inner.guard.read(url).ok()
    }

    /// The node at an address.
    pub fn peer_at(&self, url: Url) -> Peer {
        Peer::new(self.inner.transport.clone(), url)
    }
}
