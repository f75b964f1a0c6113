//! Is there proof that the log of a feed has signed two histories?

use clearinghouse_protocol::feed::evidence::{Evidence, Fork};

use super::{Feed, Health};
use crate::store::disk::DiskError;

impl Feed {
    /// Stays frozen when it was: evidence on disk is checked again, and what proves nothing is passed over.
    pub(super) fn reopen_evidence(&self) -> Result<(), DiskError> {
        let Some(bytes) = self.files().saved_evidence()? else {
            return Ok(());
        };
        let (origin, key) = (&self.identity.origin, &self.identity.log_key);
        let read = Evidence::read(&bytes);
        match read.and_then(|evidence| evidence.check(origin, key)) {
            Ok(fork) => self.forked(bytes, &fork),
            Err(error) => tracing::warn!(%error, %origin, "the evidence on disk proves nothing"),
        }
        Ok(())
    }

    /// What proves that its log has signed two histories, as it is served.
    pub fn evidence(&self) -> Option<&[u8]> {
        self.evidence.get().map(Vec::as_slice)
    }

    /// Takes evidence that was checked and kept.
    pub(in crate::feed) fn forked(&self, evidence: Vec<u8>, fork: &Fork) {
        // The first one stays; one fork is enough.
        let _ = self.evidence.set(evidence);
        self.take_note(|notes| {
            if notes.health != Health::Own {
                notes.health = Health::Frozen(fork.to_string());
            }
        });
    }
}
