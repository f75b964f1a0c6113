//! When did the author of a feed last say that this is its latest state?

use clearinghouse_protocol::tlog::checkpoint::Checkpoint;
use jiff::Timestamp;

use super::Feed;
use crate::store::disk::DiskError;

impl Feed {
    /// Takes note that the author attested at `at` that `note`, of what was verified, is its latest
    /// checkpoint; whether that is news. The note is served from now on, so that others learn it from us.
    pub fn attested(&self, at: Timestamp, note: &[u8], served_by: &str) -> Result<bool, DiskError> {
        let _alone = self.keep_alone();
        let (notes, known) = (self.notes(), self.follower().clone());
        let known = Checkpoint {
            origin: known.origin().to_string(),
            size: known.size(),
            root: known.root(),
        };
        let known = format!("{}\n", known.to_text());
        if notes.attested_at.is_some_and(|before| before >= at)
            || !note.starts_with(known.as_bytes())
        {
            return Ok(false);
        }
        self.take_note(|notes| notes.attested_at = Some(at));
        let mut files = self.files_mut();
        let size = files.size();
        files.publish(size, note.to_vec());
        files.save_checkpoint()?;
        drop(files);
        if notes.verified_at.is_none_or(|before| before < at) {
            self.verified(at, served_by)?;
        }
        Ok(true)
    }
}
