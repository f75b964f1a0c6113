//! Which notes make up a node's chain, and what follows from them?

use std::collections::BTreeMap;

use super::finality::{Claim, Starts, leading};
use super::text::{
    CHAIN_MAX_BYTES, Genesis, IdentityError, Successor, key_name, note_hash, rotation_hash,
};
use super::{Identity, Pending};
use crate::feed::origin::{Epoch, Nid, Origin};
use crate::tlog::hash::Hash;
use crate::tlog::key::{Algorithm, VerifierKey};
use crate::tlog::note::SignedNote;

/// Notes with which one key may answer one note. More than one is a mistake or a theft; without a bound
/// whoever holds an old key could fill a chain until nothing else fits.
const RIVALS_MAX: usize = 4;

/// A genesis and every note that follows from it, each verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    nid: Nid,
    genesis: Genesis,
    genesis_hash: Hash,
    genesis_note: Vec<u8>,
    /// By number and hash of their text, which is also their order in the chain.
    links: BTreeMap<(u32, Hash), Link>,
}

/// A later note of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Link {
    says: Successor,
    priority: usize,
    note: Vec<u8>,
}

/// What one note states, genesis or not.
struct State<'a> {
    seq: u32,
    hash: Hash,
    epoch: Epoch,
    log: &'a [u8; 32],
    witness: &'a [u8; 32],
    names: &'a BTreeMap<String, String>,
    url: &'a str,
    next: &'a [[u8; 32]],
}

impl Chain {
    /// Reads the chain that `/feed/<nid>/identity` serves: signed notes with an empty line between.
    ///
    /// Whoever serves it can withhold its end, not forge any of it: the identifier is the hash of the
    /// first text, that names the key that signed it, and each names the keys of the next.
    pub fn read(chain: &[u8], expected: Option<Nid>) -> Result<Chain, IdentityError> {
        if chain.len() > CHAIN_MAX_BYTES {
            return Err(IdentityError::Length(chain.len()));
        }
        let mut notes = notes(chain)?.into_iter();
        let first = notes.next().ok_or(IdentityError::Note)?;
        let mut read = Chain::begin(&first)?;
        if let Some(expected) = expected.filter(|expected| *expected != read.nid) {
            return Err(IdentityError::OtherNode {
                expected,
                found: read.nid,
            });
        }
        let mut last = None;
        for note in notes {
            let key = read.add(&note)?;
            // One order, so that the same notes are always the same bytes.
            if last.is_some_and(|last| last >= key) {
                return Err(IdentityError::Note);
            }
            last = Some(key);
        }
        Ok(read)
    }

    fn begin(note: &SignedNote) -> Result<Chain, IdentityError> {
        let genesis = Genesis::read(note.text())?;
        let nid = Nid::of_genesis(note.text());
        let genesis_note = signed_by(note, nid, &genesis.log)?;
        let chain = Chain {
            nid,
            genesis,
            genesis_hash: note_hash(note.text()),
            genesis_note,
            links: BTreeMap::new(),
        };
        // The keys are points of the curve, or the chain is none.
        identity(nid, &chain.first(), None)?;
        Ok(chain)
    }

    /// Takes one more note, whose predecessor is here; the place that it has in the chain.
    ///
    /// # Errors
    /// [`IdentityError`] when it does not follow from what is here; nothing is changed then.
    pub fn add(&mut self, note: &SignedNote) -> Result<(u32, Hash), IdentityError> {
        let says = Successor::read(note.text())?;
        let seq = says.seq;
        let refuse = |why| Err(IdentityError::Successor { seq, why });
        let Some(before) = self.state(seq - 1, says.previous) else {
            return refuse("the note before it is not here");
        };
        let spent = rotation_hash(&says.signer);
        let Some(priority) = before.next.iter().position(|hash| *hash == spent) else {
            return refuse("its key is not one that the note before it names");
        };
        let same_log = says.log == *before.log;
        if says.epoch < before.epoch || !same_log && says.epoch == before.epoch {
            return refuse("another log needs a later epoch");
        }
        if same_log && priority > 0 {
            return refuse("only the highest priority speaks without a new log");
        }
        if !same_log && self.logs_before(seq, says.previous).contains(&says.log) {
            return refuse("a log key that was given up does not come back");
        }
        let rivals = self.links.range((seq, Hash([0; 32]))..);
        let rivals = rivals.filter(|((_, hash), link)| {
            link.says.previous == says.previous
                && link.says.signer == says.signer
                && *hash != note_hash(note.text())
        });
        if rivals.count() >= RIVALS_MAX {
            return refuse("its key has signed four others in its place");
        }
        let signed = signed_by(note, self.nid, &says.signer)?;
        let (key, link) = (
            (seq, note_hash(note.text())),
            Link {
                says,
                priority,
                note: signed,
            },
        );
        identity(self.nid, &link.state(key.1), None)?;
        self.links.insert(key, link);
        Ok(key)
    }

    /// The chain as it is served and kept: signatures of others are left out.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.genesis_note.clone();
        for link in self.links.values() {
            bytes.push(b'\n');
            bytes.extend_from_slice(&link.note);
        }
        bytes
    }

    /// The node whose chain this is.
    pub fn nid(&self) -> Nid {
        self.nid
    }

    /// How many notes it has, those that do not count among them.
    pub fn count(&self) -> usize {
        1 + self.links.len()
    }

    /// The highest epoch that any note names; whoever opens another takes a later one.
    pub fn last_epoch(&self) -> Epoch {
        let epochs = self.links.values().map(|link| link.says.epoch);
        epochs.max().unwrap_or(Epoch::FIRST)
    }

    /// The signed note whose text has this hash.
    pub fn note(&self, hash: Hash) -> Option<&[u8]> {
        if hash == self.genesis_hash {
            return Some(&self.genesis_note);
        }
        let mut links = self.links.iter();
        links
            .find(|((_, known), _)| *known == hash)
            .map(|(_, link)| link.note.as_slice())
    }

    /// Every note after the genesis: the hash of its text, what it says, and its key's priority.
    pub fn successors(&self) -> impl Iterator<Item = (Hash, &Successor, usize)> {
        let links = self.links.iter();
        links.map(|((_, hash), link)| (*hash, &link.says, link.priority))
    }

    /// Who the node is at `now`, in seconds since 1970-01-01, UTC: what its last final note says.
    pub fn identity(&self, starts: &Starts, now: i64) -> Identity {
        let mut state = self.first();
        loop {
            let after = self.links.range((state.seq + 1, Hash([0; 32]))..);
            let after = after.filter(|(_, link)| link.says.previous == state.hash);
            let claims: Vec<Claim> = after
                .map(|((_, note), link)| Claim {
                    note: *note,
                    priority: link.priority,
                })
                .collect();
            let lead = leading(&claims, starts, now);
            let next = lead.and_then(|lead| self.state(state.seq + 1, lead.note));
            match (lead, next) {
                (Some(lead), Some(next)) if lead.is_final(starts, now) => state = next,
                (Some(lead), Some(next)) => {
                    let pending = Pending {
                        priority: lead.priority,
                        begun: starts.of(lead.note),
                        final_at: lead.final_at(starts),
                        identity: Box::new(self.sound(&next, None)),
                    };
                    return self.sound(&state, Some(pending));
                }
                _ => return self.sound(&state, None),
            }
        }
    }

    /// All notes of both, as far as there is room; `current` is the note that counts here.
    ///
    /// Nothing that counts is lost for want of room: what leads to `current` stays, and then notes of
    /// higher priorities before those of lower ones.
    ///
    /// # Panics
    /// When the other chain is that of another node.
    pub fn merge(&self, other: &Chain, current: Hash) -> Chain {
        assert_eq!(self.nid, other.nid, "only chains of one node are merged");
        let mut merged = self.clone();
        for (key, link) in &other.links {
            let here = merged.links.contains_key(key);
            let before = (key.0 - 1, link.says.previous);
            let rivals = |known: &Link| {
                known.says.previous == link.says.previous && known.says.signer == link.says.signer
            };
            let full = merged.links.values().filter(|known| rivals(known)).count() >= RIVALS_MAX;
            if !here && !full && merged.state(before.0, before.1).is_some() {
                merged.links.insert(*key, link.clone());
            }
        }
        merged.shorten(current);
        merged
    }

    fn shorten(&mut self, current: Hash) {
        let length = |link: &Link| link.note.len() + 1;
        let links: usize = self.links.values().map(length).sum();
        let mut bytes = self.genesis_note.len() + links;
        while bytes > CHAIN_MAX_BYTES {
            let kept = self.path(current);
            let mut ends: Vec<(usize, u32, Hash)> = Vec::new();
            for (seq, hash) in self.links.keys() {
                let followed = self.links.values().any(|link| link.says.previous == *hash);
                if !followed && !kept.contains(&(*seq, *hash)) {
                    let priorities = self.path(*hash).into_iter();
                    let worst = priorities.filter_map(|key| Some(self.links.get(&key)?.priority));
                    ends.push((worst.max().unwrap_or(0), *seq, *hash));
                }
            }
            let Some((_, seq, hash)) = ends.into_iter().max() else {
                return;
            };
            bytes -= self
                .links
                .remove(&(seq, hash))
                .map_or(0, |link| length(&link));
        }
    }

    /// The notes from one back to the genesis, which is not among them.
    fn path(&self, last: Hash) -> Vec<(u32, Hash)> {
        let mut path = Vec::new();
        let mut at = self.links.keys().find(|(_, hash)| *hash == last).copied();
        while let Some(key) = at {
            path.push(key);
            let before = self
                .links
                .get(&key)
                .map(|link| (key.0 - 1, link.says.previous));
            at = before.filter(|key| self.links.contains_key(key));
        }
        path
    }

    /// The log keys that were in use up to a note.
    fn logs_before(&self, seq: u32, last: Hash) -> Vec<[u8; 32]> {
        let path = if seq > 1 { self.path(last) } else { Vec::new() };
        let links = path
            .iter()
            .filter_map(|key| Some(self.links.get(key)?.says.log));
        links.chain([self.genesis.log]).collect()
    }

    fn first(&self) -> State<'_> {
        State {
            seq: 0,
            hash: self.genesis_hash,
            epoch: Epoch::FIRST,
            log: &self.genesis.log,
            witness: &self.genesis.witness,
            names: &self.genesis.names,
            url: &self.genesis.url,
            next: &self.genesis.next,
        }
    }

    fn state(&self, seq: u32, hash: Hash) -> Option<State<'_>> {
        match seq {
            0 => Some(self.first()).filter(|first| first.hash == hash),
            _ => Some(self.links.get(&(seq, hash))?.state(hash)),
        }
    }

    fn sound(&self, state: &State<'_>, pending: Option<Pending>) -> Identity {
        identity(self.nid, state, pending).expect("the keys of every note were read when it came")
    }
}

impl Link {
    fn state(&self, hash: Hash) -> State<'_> {
        State {
            seq: self.says.seq,
            hash,
            epoch: self.says.epoch,
            log: &self.says.log,
            witness: &self.says.witness,
            names: &self.says.names,
            url: &self.says.url,
            next: &self.says.next,
        }
    }
}

/// Takes a chain apart. An identity text has no empty line, so every second one ends a note.
fn notes(chain: &[u8]) -> Result<Vec<SignedNote>, IdentityError> {
    let text = std::str::from_utf8(chain).map_err(|_| IdentityError::Note)?;
    let parts: Vec<&str> = text.split("\n\n").collect();
    let pairs = parts.chunks(2).enumerate();
    let read = pairs.map(|(place, pair)| {
        let [said, signatures] = pair else {
            return Err(IdentityError::Note);
        };
        let end = if 2 * place + 2 == parts.len() {
            ""
        } else {
            "\n"
        };
        let note = format!("{said}\n\n{signatures}{end}");
        SignedNote::parse(note.as_bytes()).map_err(|_| IdentityError::Note)
    });
    read.collect()
}

/// Verifies a note of a node and gives it back with the one signature that counts.
pub(super) fn signed_by(
    note: &SignedNote,
    nid: Nid,
    public_key: &[u8; 32],
) -> Result<Vec<u8>, IdentityError> {
    let refused = || IdentityError::Signature(nid);
    let key = VerifierKey::new(key_name(&nid.key_name()), Algorithm::Ed25519, public_key);
    let key = key.map_err(|_| refused())?;
    note.verify(&key).map_err(|_| refused())?;
    let mut signatures = note.signatures().iter();
    let signature = signatures.find(|signature| signature.is_claimed_by(&key));
    let signature = signature.ok_or_else(refused)?;
    Ok(format!("{}\n{signature}\n", note.text()).into_bytes())
}

fn identity(
    nid: Nid,
    state: &State<'_>,
    pending: Option<Pending>,
) -> Result<Identity, IdentityError> {
    let origin = Origin {
        nid,
        epoch: state.epoch,
    };
    let key = |name: String, algorithm, bytes| {
        VerifierKey::new(key_name(&name), algorithm, bytes)
            .map_err(|_| IdentityError::Signature(nid))
    };
    Ok(Identity {
        nid,
        seq: state.seq,
        note: state.hash,
        names: state.names.clone(),
        url: state.url.to_owned(),
        origin,
        log_key: key(origin.to_string(), Algorithm::Ed25519, state.log)?,
        witness_key: key(nid.witness_name(), Algorithm::CosignatureV1, state.witness)?,
        next: state.next.to_vec(),
        pending,
    })
}
