//! Whom does a log ask to cosign it, and what is confirmed by that?

use super::origin::Nid;
use crate::tlog::hash::sha256;
use crate::tlog::key::{Algorithm, KeyName, SigningKey, VerifierKey};
use crate::tlog::tree::Size;

/// The most nodes that one log asks to cosign it. More would add load and little trust.
pub const WITNESSES_MAX: usize = 5;

/// How old a cosignature may be that still confirms, in seconds: 48 hours. Logs that rest are
/// cosigned anew every day, so one day may fail.
pub const CONFIRMS_S: u64 = 48 * 3600;

/// How far a witness's clock may be ahead of ours, in seconds, before its word is passed over.
pub const AHEAD_MAX_S: u64 = 600;

/// What the hash of a choice begins with.
const CHOICE_LABEL: &[u8] = b"clearinghouse/witness/v1\0";

/// What the seed of a mirror's key is the hash of, before the seed of the witness's.
const MIRROR_LABEL: &str = "clearinghouse/mirror/v1";

/// The nodes that a log asks to cosign it, the first to be asked first: all `among` but its own,
/// ordered by a hash over both identifiers, the largest first (rendezvous hashing).
///
/// Whoever comes or goes changes nobody else's place, so a log keeps most of its witnesses; and
/// each node is asked by about as many logs as every other.
pub fn order(log: Nid, among: impl IntoIterator<Item = Nid>) -> Vec<Nid> {
    let weight = |witness: Nid| {
        let (log, witness) = (log.as_str().as_bytes(), witness.as_str().as_bytes());
        sha256(&[CHOICE_LABEL, log, witness])
    };
    let others = among.into_iter().filter(|nid| *nid != log);
    let mut weighed: Vec<([u8; 32], Nid)> = others.map(|nid| (weight(nid), nid)).collect();
    weighed.sort_unstable_by(|one, other| other.cmp(one));
    weighed.dedup();
    weighed.into_iter().map(|(_, nid)| nid).collect()
}

/// The key with which a node cosigns what it keeps a mirror of.
///
/// It follows from the witness key: C2SP tlog-cosignature wants another key for another
/// statement, and nobody has to keep it.
pub fn mirror_key(nid: Nid, witness: &SigningKey) -> SigningKey {
    let name = KeyName::new(nid.mirror_name()).expect("letters and slashes are sound");
    witness.derive(MIRROR_LABEL, name, Algorithm::CosignatureV1)
}

/// The latest word of one witness about one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// With which key it was given.
    pub witness: VerifierKey,
    /// About how many entries.
    pub size: Size,
    /// When, in seconds since 1970.
    pub time_s: u64,
}

/// How much of a log is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// How many entries.
    pub size: Size,
    /// By whom, and when in seconds since 1970, the latest first.
    pub by: Vec<(KeyName, u64)>,
    /// Since when these are a quorum, in seconds since 1970.
    pub at_s: u64,
}

/// How much of a log a quorum confirms at `now_s`, from all that is known of its witnesses.
///
/// `voices` are about trees that the log's own entries give: whoever collects them has compared
/// the roots. A witness that saw a larger tree saw all that stands before it. `is_quorum` says
/// whether those for whom it is told so are enough. `age_s` is how old a word may be, for
/// confirmations [`CONFIRMS_S`].
pub fn confirmed(
    voices: &[Voice],
    now_s: u64,
    age_s: u64,
    is_quorum: impl Fn(&dyn Fn(&VerifierKey) -> bool) -> bool,
) -> Option<Confirmed> {
    let timely = |voice: &&Voice| {
        voice.time_s <= now_s.saturating_add(AHEAD_MAX_S)
            && now_s.saturating_sub(voice.time_s) <= age_s
    };
    let mut timely: Vec<&Voice> = voices.iter().filter(timely).collect();
    timely.sort_by_key(|voice| (std::cmp::Reverse(voice.time_s), voice.witness.name()));
    let mut sizes: Vec<Size> = timely.iter().map(|voice| voice.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.into_iter().rev().find_map(|size| {
        let by: Vec<&Voice> = timely
            .iter()
            .copied()
            .filter(|voice| voice.size >= size)
            .collect();
        // The latest words that are enough: what comes before them only adds to it.
        let enough = (1..=by.len()).find(|count| {
            is_quorum(&|key| by[..*count].iter().any(|voice| voice.witness == *key))
        })?;
        Some(Confirmed {
            size,
            at_s: by[enough - 1].time_s,
            by: by
                .into_iter()
                .map(|voice| (voice.witness.name().clone(), voice.time_s))
                .collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nid(n: usize) -> Nid {
        Nid::of_genesis(&format!("genesis {n}\n"))
    }

    fn key(name: &str, seed: u8) -> SigningKey {
        let name = KeyName::new(name).expect("a sound name");
        SigningKey::from_seed(name, Algorithm::CosignatureV1, [seed; 32])
    }

    fn voice(seed: u8, size: u64, time_s: u64) -> Voice {
        Voice {
            witness: key(&format!("w{seed}"), seed).verifier().clone(),
            size: Size(size),
            time_s,
        }
    }

    #[test]
    fn who_comes_or_goes_changes_nobody_elses_place() {
        let all: Vec<Nid> = (0..40).map(nid).collect();
        let log = nid(3);
        let before = order(log, all.iter().copied());
        assert_eq!(before.len(), 39);
        assert!(!before.contains(&log));
        for gone in &all {
            let left = order(log, all.iter().copied().filter(|nid| nid != gone));
            let expected: Vec<Nid> = before.iter().copied().filter(|nid| nid != gone).collect();
            assert_eq!(left, expected);
        }
        let twice = all.iter().chain(all.iter()).rev().copied();
        assert_eq!(order(log, twice), before);
        assert_eq!(order(log, [log]), []);
    }

    #[test]
    fn every_node_is_asked_about_as_often_as_every_other() {
        let all: Vec<Nid> = (0..50).map(nid).collect();
        let mut asked = std::collections::BTreeMap::new();
        for log in &all {
            let chosen = order(*log, all.iter().copied());
            for witness in chosen.into_iter().take(WITNESSES_MAX) {
                *asked.entry(witness).or_insert(0) += 1;
            }
        }
        // Five each on average; fifteen would be far out.
        assert!(asked.len() >= 47 && asked.values().all(|count| *count < 15));
    }

    #[test]
    fn the_key_of_a_mirror_is_another_one_with_another_name() {
        let witness = key(&nid(1).witness_name(), 7);
        let mirror = mirror_key(nid(1), &witness);
        assert_eq!(mirror.verifier().name().as_str(), nid(1).mirror_name());
        assert_eq!(mirror.verifier().algorithm(), Algorithm::CosignatureV1);
        assert_ne!(
            mirror.verifier().public_key(),
            witness.verifier().public_key()
        );
        assert_eq!(Nid::of_witness(&nid(1).witness_name()), Some(nid(1)));
        assert_eq!(Nid::of_witness(&nid(1).mirror_name()), None);
    }

    #[test]
    fn the_largest_size_that_is_enough_is_confirmed_by_the_latest_words() {
        let now = 1_000_000;
        let voices = [
            voice(1, 10, now - 50),
            voice(2, 8, now - 40),
            voice(3, 12, now - CONFIRMS_S - 1),
            voice(4, 99, now + AHEAD_MAX_S + 1),
            voice(5, 8, now - 30),
        ];
        let of = |k: usize| {
            confirmed(&voices, now, CONFIRMS_S, |said| {
                voices.iter().filter(|voice| said(&voice.witness)).count() >= k
            })
        };
        let brief = |k: usize| of(k).map(|it| (it.size.0, it.at_s, it.by.len()));
        assert_eq!(brief(1), Some((10, now - 50, 1)));
        assert_eq!(brief(2), Some((8, now - 40, 3)));
        assert_eq!(brief(3), Some((8, now - 50, 3)));
        assert_eq!(brief(4), None);
        assert_eq!(confirmed(&[], now, CONFIRMS_S, |_| true), None);
    }
}
