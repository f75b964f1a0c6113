//! Who is a node, by every identity note that this node has heard?

use clearinghouse_protocol::feed::identity::{Chain, Identity, IdentityError, Starts};
use clearinghouse_protocol::tlog::hash::Hash;

/// The first line of the file that keeps the moments.
const HEADING: &str = "heard/v1";

/// What was heard of one node's identity, and what follows from it.
#[derive(Debug, Clone)]
pub struct Known {
    chain: Chain,
    starts: Starts,
    /// The latest moment for which it was judged: a clock that goes back takes nothing back.
    judged: i64,
    identity: Identity,
}

impl Known {
    /// Reads a chain, and the moments that [`Known::moments`] wrote. Without them nothing that waits
    /// for its time is final yet.
    pub fn read(chain: &[u8], moments: Option<&[u8]>) -> Result<Known, IdentityError> {
        let chain = Chain::read(chain, None)?;
        let read = moments.and_then(|bytes| read_moments(std::str::from_utf8(bytes).ok()?));
        // What is not read is waited for once more: that delays, and gives nobody more than is theirs.
        let (judged, starts) = read.unwrap_or((i64::MIN, Starts::default()));
        Ok(Known {
            identity: chain.identity(&starts, judged),
            chain,
            starts,
            judged,
        })
    }

    /// Who the node is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Every note that was heard.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What is known after another chain was heard at `now`, in seconds since 1970-01-01, UTC.
    pub fn hear(&self, other: &Chain, now: i64) -> Known {
        let chain = self.chain.merge(other, self.identity.note);
        Known::judge(chain, self.starts.clone(), now.max(self.judged))
    }

    /// What is known after the log that a note names was seen, cosigned, at `now`.
    pub fn begin(&self, note: Hash, now: i64) -> Known {
        let mut starts = self.starts.clone();
        starts.take(note, now);
        Known::judge(self.chain.clone(), starts, now.max(self.judged))
    }

    /// What is known at `now`: what waited may be final.
    pub fn at(&self, now: i64) -> Known {
        Known::judge(
            self.chain.clone(),
            self.starts.clone(),
            now.max(self.judged),
        )
    }

    /// What two know together.
    pub fn join(&self, other: &Known) -> Known {
        let mut starts = self.starts.clone();
        for (note, seconds) in other.starts.all() {
            starts.take(note, seconds);
        }
        let chain = self.chain.merge(&other.chain, self.identity.note);
        Known::judge(chain, starts, self.judged.max(other.judged))
    }

    /// Whether nothing is known here that is not known there, but for the moment.
    pub fn is_same(&self, other: &Known) -> bool {
        (&self.chain, &self.starts, &self.identity)
            == (&other.chain, &other.starts, &other.identity)
    }

    /// The moments, as they are kept beside the chain.
    pub fn moments(&self) -> String {
        let mut text = format!("{HEADING}\njudged {}\n", self.judged);
        for (note, seconds) in self.starts.all() {
            text.push_str(&format!("{note} {seconds}\n"));
        }
        text
    }

    fn judge(chain: Chain, mut starts: Starts, now: i64) -> Known {
        // Notes of the paper key count at once, and from now on nothing that begins later, by a key
        // that was used before or is of a lower priority, comes between.
        let at_once = chain.successors();
        let at_once = at_once.filter(|(_, _, priority)| *priority == 0);
        for (note, _, _) in at_once {
            if starts.of(note).is_none() {
                starts.take(note, now);
            }
        }
        Known {
            identity: chain.identity(&starts, now),
            chain,
            starts,
            judged: now,
        }
    }
}

fn read_moments(text: &str) -> Option<(i64, Starts)> {
    let mut lines = text.lines();
    lines.next().filter(|line| *line == HEADING)?;
    let judged = lines.next()?.strip_prefix("judged ")?.parse().ok()?;
    let mut starts = Starts::default();
    for line in lines {
        let (note, seconds) = line.split_once(' ')?;
        starts.take(note.parse().ok()?, seconds.parse().ok()?);
    }
    Some((judged, starts))
}
