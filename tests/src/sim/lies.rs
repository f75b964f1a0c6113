//! What does a liar make of its answers?

use std::collections::BTreeMap;

use bytes::Bytes;
use clearinghouse::feed::transport::Answer;

use crate::endure::chance::Chance;

/// One way of lying; a liar has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Cuts answers short.
    Truncate,
    /// Flips a bit of entries, tiles or checkpoints.
    AlterLog,
    /// Flips a bit of bodies.
    AlterBodies,
    /// Answers as it did the first time.
    Replay,
    /// Says of every body that it was never there.
    Withhold,
    /// Says of everything that it is gone.
    Gone,
    /// Hands out bodies that it was told to forget.
    Revive,
}

impl Lie {
    /// Every way.
    pub const ALL: [(Lie, &'static str); 7] = [
        (Lie::Truncate, "lie: cut short"),
        (Lie::AlterLog, "lie: altered log"),
        (Lie::AlterBodies, "lie: altered bodies"),
        (Lie::Replay, "lie: old answers"),
        (Lie::Withhold, "lie: bodies held back"),
        (Lie::Gone, "lie: everything gone"),
        (Lie::Revive, "lie: erased bodies revived"),
    ];
}

/// A liar's ways, and what it remembers.
#[derive(Debug, Clone, Default)]
pub struct Liar {
    /// How it lies at the moment.
    pub ways: Vec<Lie>,
    first: BTreeMap<String, Answer>,
    /// The longest answer that was ever given about bodies.
    longest: BTreeMap<String, Answer>,
}

impl Liar {
    /// What is answered instead, and how that is called.
    pub fn tell(
        &mut self,
        path: &str,
        answer: Answer,
        chance: &mut Chance,
    ) -> (Answer, Option<&'static str>) {
        let is_body = path.contains("/body/") || path.contains("/bodies/");
        let first = self.first.entry(path.to_owned());
        first.or_insert_with(|| answer.clone());
        if is_body && answer.status == 200 {
            let longest = self.longest.entry(path.to_owned()).or_default();
            if answer.body.len() >= longest.body.len() {
                *longest = answer.clone();
            }
        }
        if self.ways.is_empty() || chance.below(2) == 0 {
            return (answer, None);
        }
        let way = self.ways[chance.below(self.ways.len() as u64) as usize];
        let told = match way {
            Lie::Truncate => {
                let body = answer.body.slice(..answer.body.len() / 2);
                Some(Answer {
                    body,
                    ..answer.clone()
                })
            }
            Lie::AlterLog if !is_body => Some(flip(&answer, chance)),
            Lie::AlterBodies if is_body => Some(flip(&answer, chance)),
            Lie::Replay => self.first.get(path).cloned(),
            Lie::Withhold if is_body => Some(empty(404)),
            Lie::Gone => Some(empty(410)),
            Lie::Revive if is_body => self.longest.get(path).cloned(),
            _ => None,
        };
        let name = Lie::ALL.iter().find(|(one, _)| *one == way);
        match told.filter(|told| *told != answer) {
            Some(told) => (told, name.map(|(_, name)| *name)),
            None => (answer, None),
        }
    }
}

fn empty(status: u16) -> Answer {
    Answer {
        status,
        ..Answer::default()
    }
}

fn flip(answer: &Answer, chance: &mut Chance) -> Answer {
    let mut bytes = answer.body.to_vec();
    if !bytes.is_empty() {
        let bit = chance.below(bytes.len() as u64 * 8);
        bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
    }
    Answer {
        body: Bytes::from(bytes),
        ..answer.clone()
    }
}
