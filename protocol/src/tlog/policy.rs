//! How many witnesses are enough?
//!
//! C2SP tlog-policy: the logs that are known, the witnesses, groups of them, and the quorum.
//! People write these files, so white space and comments are allowed in reading; we write one
//! spelling. Unlike the specification we read UTF-8 only, as in everything else we read.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::checkpoint::{CheckpointError, SignedCheckpoint};
use super::cosignature;
use super::key::{Algorithm, KeyError, KeyName, VerifierKey};
use super::note::{NoteError, SignedNote};
use super::quorum::{Definition, MAX_DEFINITIONS, NONE, Party, QuorumError, Witnesses};
use super::text::{self, Lines};

/// The longest policy that is read, in bytes.
pub const MAX_POLICY_BYTES: usize = 65_536;

/// Why a policy was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Longer than [`MAX_POLICY_BYTES`], not UTF-8, a control character other than tab and
    /// newline, or no newline at the end.
    #[error("not the text of a policy")]
    Text,
    /// No quorum line, or two.
    #[error("exactly one quorum line is needed")]
    Quorum,
    /// One line is not read.
    #[error("line {line} of the policy")]
    Line {
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: LineError,
    },
}

/// Why a line of a policy was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line begins with an unknown word, or has too few or too many words.
    #[error("not a line of a policy")]
    Words,
    /// A key is not read.
    #[error("the key")]
    Key(#[from] KeyError),
    /// What the line defines cannot be defined, or what it names is not defined.
    #[error("the definition")]
    Definition(#[from] QuorumError),
    /// A second quorum line.
    #[error("a second quorum")]
    SecondQuorum,
}

/// Which logs are known, and whose cosignatures make their checkpoints acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Party>,
    witnesses: Witnesses,
    /// The definition that must have witnessed a checkpoint; `None` asks for no witness at all.
    quorum: Option<usize>,
}

/// What a policy found on a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The witnesses whose cosignatures count, and their times in seconds since 1970.
    pub witnesses: Vec<(KeyName, u64)>,
    /// Whether they are a quorum.
    pub is_met: bool,
}

impl Policy {
    /// A policy without logs, for where the log is known from elsewhere: what the witness or
    /// group named `quorum` has witnessed is accepted. The name `none` asks for no witness.
    ///
    /// # Errors
    /// [`QuorumError::Unknown`].
    pub fn new(witnesses: Witnesses, quorum: &str) -> Result<Self, QuorumError> {
        let quorum = if quorum == NONE {
            None
        } else {
            Some(witnesses.find(quorum)?)
        };
        Ok(Self {
            logs: Vec::new(),
            witnesses,
            quorum,
        })
    }

    /// Adds a log. The name of its key is the log's origin.
    ///
    /// # Errors
    /// [`QuorumError`] `Role`, `SameKey`, `Url` or `TooMany`.
    pub fn add_log(&mut self, key: VerifierKey, url: Option<&str>) -> Result<(), QuorumError> {
        add_log(&mut self.logs, key, url)
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`], for a line with its number.
    pub fn parse(policy: &[u8]) -> Result<Self, PolicyError> {
        let policy = std::str::from_utf8(policy).map_err(|_| PolicyError::Text)?;
        let is_control = |b| (b < b' ' && b != b'\n' && b != b'\t') || b == 0x7f;
        if policy.len() > MAX_POLICY_BYTES || policy.bytes().any(is_control) {
            return Err(PolicyError::Text);
        }
        let mut draft = Draft::default();
        for (before, line) in Lines::new(policy)
            .map_err(|_| PolicyError::Text)?
            .enumerate()
        {
            let read = draft.read_line(line);
            read.map_err(|source| PolicyError::Line {
                line: before + 1,
                source,
            })?;
        }
        let Draft {
            logs,
            witnesses,
            quorum,
        } = draft;
        let quorum = quorum.ok_or(PolicyError::Quorum)?;
        Ok(Self {
            logs,
            witnesses,
            quorum,
        })
    }

    /// The logs whose checkpoints are accepted.
    pub fn logs(&self) -> &[Party] {
        &self.logs
    }

    /// The witnesses and groups.
    pub fn witnesses(&self) -> &Witnesses {
        &self.witnesses
    }

    /// Reads a checkpoint that one of the policy's logs has signed: the name of its key is the
    /// origin. Cosignatures are not looked at.
    ///
    /// # Errors
    /// That of the last log with this origin, or [`NoteError::NoSignatures`] if none has it.
    pub fn open(&self, checkpoint: &[u8]) -> Result<SignedCheckpoint, CheckpointError> {
        let note = SignedNote::parse(checkpoint)?;
        let origin = note
            .text()
            .split('\n')
            .next()
            .unwrap_or_default()
            .to_owned();
        let mut refusal = CheckpointError::Note(NoteError::NoSignatures);
        for log in self
            .logs
            .iter()
            .filter(|log| log.key.name().as_str() == origin)
        {
            match SignedCheckpoint::from_note(note.clone(), &origin, &log.key) {
                Ok(signed) => return Ok(signed),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// Judges the cosignatures of a checkpoint that is known to be its log's.
    ///
    /// Only those made within `window_s`, in seconds since 1970, count. A false one counts as
    /// none: anyone can add a line to a note, and must not be able to spoil it by that.
    pub fn judge(&self, note: &SignedNote, window_s: RangeInclusive<u64>) -> Judgement {
        let mut witnesses = Vec::new();
        let is_met = self.is_met_by(|key| {
            let times_s = cosignature::times_s(note, key).into_iter();
            let latest_s = times_s.filter(|time_s| window_s.contains(time_s)).max();
            witnesses.extend(latest_s.map(|time_s| (key.name().clone(), time_s)));
            latest_s.is_some()
        });
        Judgement { witnesses, is_met }
    }

    /// Whether the witnesses for whom `has_cosigned` is true are a quorum. It is asked once
    /// about each witness.
    pub fn is_met_by(&self, has_cosigned: impl FnMut(&VerifierKey) -> bool) -> bool {
        let witnessed = self.witnesses.witnessed(has_cosigned);
        self.quorum.is_none_or(|quorum| witnessed[quorum])
    }

    /// The text of the policy, in the one spelling that we write.
    pub fn to_text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let definitions = self.witnesses.definitions();
        let name = |definition: usize| definitions[definition].0.as_str();
        for log in &self.logs {
            writeln!(f, "log {log}")?;
        }
        for (defined, definition) in definitions {
            match definition {
                Definition::Witness(witness) => writeln!(f, "witness {defined} {witness}")?,
                Definition::Group { threshold, members } => {
                    write!(f, "group {defined} {threshold}")?;
                    members
                        .iter()
                        .try_for_each(|member| write!(f, " {}", name(*member)))?;
                    writeln!(f)?;
                }
            }
        }
        writeln!(f, "quorum {}", self.quorum.map_or(NONE, name))
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(policy: &str) -> Result<Self, PolicyError> {
        Self::parse(policy.as_bytes())
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)?;
        self.url.iter().try_for_each(|url| write!(f, " {url}"))
    }
}

/// A policy of which some lines have been read.
#[derive(Default)]
struct Draft {
    logs: Vec<Party>,
    witnesses: Witnesses,
    quorum: Option<Option<usize>>,
}

impl Draft {
    fn read_line(&mut self, line: &str) -> Result<(), LineError> {
        let words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        match words.collect::<Vec<_>>()[..] {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["log", key, ref url @ ..] => {
                add_log(&mut self.logs, key.parse()?, at_most_one(url)?)?;
            }
            ["witness", name, key, ref url @ ..] => {
                self.witnesses
                    .witness(name, key.parse()?, at_most_one(url)?)?;
            }
            ["group", name, threshold, ref members @ ..] => {
                let threshold = match threshold {
                    "any" => 1,
                    "all" => members.len() as u64,
                    number => text::decimal(number).map_err(|_| LineError::Words)?,
                };
                self.witnesses.group(name, threshold, members)?;
            }
            ["quorum", _] if self.quorum.is_some() => return Err(LineError::SecondQuorum),
            // Looked up at once, because it must be defined above.
            ["quorum", NONE] => self.quorum = Some(None),
            ["quorum", name] => self.quorum = Some(Some(self.witnesses.find(name)?)),
            _ => return Err(LineError::Words),
        }
        Ok(())
    }
}

fn at_most_one<'a>(words: &[&'a str]) -> Result<Option<&'a str>, LineError> {
    match words {
        [] => Ok(None),
        [word] => Ok(Some(word)),
        _ => Err(LineError::Words),
    }
}

fn add_log(logs: &mut Vec<Party>, key: VerifierKey, url: Option<&str>) -> Result<(), QuorumError> {
    let log = Party::new(key, url, Algorithm::Ed25519, logs.iter())?;
    if logs.len() == MAX_DEFINITIONS {
        return Err(QuorumError::TooMany);
    }
    logs.push(log);
    Ok(())
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
