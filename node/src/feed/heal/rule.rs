//! May this node sign, as it stands after a start?

use clearinghouse_protocol::tlog::tree::Size;

/// What the sign lock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// There is none: this folder was copied, or restored from a backup.
    Missing,
    /// It cannot be read, or holds a note that our key did not sign.
    Broken,
    /// The last checkpoint that was signed had so many entries; 0: nothing was ever signed.
    ///
    /// A torn write of the other slot is of no account here: nobody was shown that note.
    Signed(Size),
}

/// What the files of our own log hold of what the sign lock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// All of it.
    Holds {
        /// Whether more stands behind it, as a crash between two flushes leaves it.
        tail: bool,
    },
    /// Fewer entries.
    Short,
    /// Other entries.
    Differs,
}

/// What mirrors and witnesses say of our log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nobody who knows our log answered.
    Silent,
    /// Nobody knows more than we do, and all of them know the same history.
    Agree,
    /// Somebody holds a larger checkpoint under our signature.
    Larger,
    /// Somebody holds a checkpoint under our signature that is not of this history.
    Contradict,
}

/// Why a node does not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Two histories stand under our signature.
    Forked,
    /// There is no sign lock.
    LockMissing,
    /// The sign lock cannot be read.
    LockBroken,
    /// The sign lock is older than a checkpoint of ours that stands beside the log.
    LockOlder,
    /// The log holds fewer entries than were signed.
    LogShort,
    /// The log holds other entries than were signed.
    LogDiffers,
    /// Others hold more of our log than we do: this machine was rolled back, or another one signs.
    Behind,
}

impl Reason {
    /// The name by which texts and programs know it.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Forked => "forked",
            Reason::LockMissing => "lock-missing",
            Reason::LockBroken => "lock-broken",
            Reason::LockOlder => "lock-older",
            Reason::LogShort => "log-short",
            Reason::LogDiffers => "log-differs",
            Reason::Behind => "behind",
        }
    }
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Sign,
    /// Take off what nobody was promised, then go on.
    CutTail,
    /// Do not sign: get what is missing from mirrors first.
    Heal(Reason),
}

/// Decides by what was found. `saved` is the size of the checkpoint that stands beside the log; it is
/// written after the sign lock, so that a lock that is older was rolled back by itself.
pub fn decide(lock: Lock, saved: Size, ground: Ground, others: Others) -> Decision {
    let signed = match lock {
        // A fork is a fork, whatever else is wrong.
        _ if others == Others::Contradict => return Decision::Heal(Reason::Forked),
        Lock::Missing => return Decision::Heal(Reason::LockMissing),
        Lock::Broken => return Decision::Heal(Reason::LockBroken),
        Lock::Signed(signed) => signed,
    };
    match (ground, others) {
        _ if saved > signed => Decision::Heal(Reason::LockOlder),
        (Ground::Short, _) => Decision::Heal(Reason::LogShort),
        (Ground::Differs, _) => Decision::Heal(Reason::LogDiffers),
        (Ground::Holds { .. }, Others::Larger) => Decision::Heal(Reason::Behind),
        (Ground::Holds { tail: true }, _) => Decision::CutTail,
        (Ground::Holds { tail: false }, _) => Decision::Sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKS: [Lock; 5] = [
        Lock::Missing,
        Lock::Broken,
        Lock::Signed(Size(0)),
        Lock::Signed(Size(7)),
        Lock::Signed(Size(8)),
    ];
    const GROUNDS: [Ground; 4] = [
        Ground::Holds { tail: false },
        Ground::Holds { tail: true },
        Ground::Short,
        Ground::Differs,
    ];
    const OTHERS: [Others; 4] = [
        Others::Silent,
        Others::Agree,
        Others::Larger,
        Others::Contradict,
    ];

    fn all() -> impl Iterator<Item = (Lock, Size, Ground, Others)> {
        LOCKS.into_iter().flat_map(|lock| {
            [0, 7, 8].into_iter().flat_map(move |saved| {
                GROUNDS.into_iter().flat_map(move |ground| {
                    OTHERS
                        .into_iter()
                        .map(move |others| (lock, Size(saved), ground, others))
                })
            })
        })
    }

    #[test]
    fn a_node_signs_only_where_lock_log_and_others_agree() {
        let (mut signs, mut cuts, mut heals) = (0, 0, 0);
        for (lock, saved, ground, others) in all() {
            let agrees = matches!(lock, Lock::Signed(signed) if signed >= saved)
                && matches!(ground, Ground::Holds { .. })
                && matches!(others, Others::Silent | Others::Agree);
            let decision = decide(lock, saved, ground, others);
            let context = format!("{lock:?} {saved:?} {ground:?} {others:?}");
            match decision {
                Decision::Sign => signs += 1,
                Decision::CutTail => cuts += 1,
                Decision::Heal(_) => heals += 1,
            }
            assert_eq!(agrees, !matches!(decision, Decision::Heal(_)), "{context}");
            let tail = ground == Ground::Holds { tail: true };
            assert_eq!(decision == Decision::CutTail, agrees && tail, "{context}");
        }
        // 6 of the 15 pairs of lock and saved checkpoint, 2 answers of others, with and without a tail.
        assert_eq!((signs, cuts, heals), (12, 12, 216));
    }

    #[test]
    fn the_reason_is_the_one_to_look_into_first() {
        let holds = Ground::Holds { tail: false };
        for (lock, saved, ground, others, reason) in [
            (
                Lock::Missing,
                8,
                Ground::Short,
                Others::Contradict,
                Reason::Forked,
            ),
            (
                Lock::Missing,
                8,
                Ground::Short,
                Others::Larger,
                Reason::LockMissing,
            ),
            (
                Lock::Broken,
                8,
                Ground::Short,
                Others::Larger,
                Reason::LockBroken,
            ),
            (
                Lock::Signed(Size(7)),
                8,
                Ground::Short,
                Others::Larger,
                Reason::LockOlder,
            ),
            (
                Lock::Signed(Size(0)),
                7,
                holds,
                Others::Silent,
                Reason::LockOlder,
            ),
            (
                Lock::Signed(Size(8)),
                8,
                Ground::Short,
                Others::Larger,
                Reason::LogShort,
            ),
            (
                Lock::Signed(Size(8)),
                8,
                Ground::Differs,
                Others::Larger,
                Reason::LogDiffers,
            ),
            (
                Lock::Signed(Size(8)),
                8,
                holds,
                Others::Larger,
                Reason::Behind,
            ),
        ] {
            let decision = decide(lock, Size(saved), ground, others);
            assert_eq!(
                decision,
                Decision::Heal(reason),
                "{lock:?} {ground:?} {others:?}"
            );
        }
    }
}
