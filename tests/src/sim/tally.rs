//! What was done in a run, and which states worth seeing were reached?

use std::collections::BTreeMap;
use std::fmt;

/// A state that a run has to reach now and then, or it proves little.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A start cut entries that nobody was promised.
    TailCut,
    /// A mirror's files did not verify and were fetched anew.
    MirrorFetchedAnew,
    /// A mirror stood in for an origin that was silent.
    MirrorStoodIn,
    /// A node that was off when a listing was erased came back and forgot it.
    ForgotAfterReturn,
    /// A body was asked for after the lease was over.
    LeaseOver,
    /// A feed went on without a body that was held back.
    WentOnWithout,
    /// A body that had been held back came.
    CameLate,
    /// A peer's log went on while it was read.
    Overtaken,
    /// Entries that were altered on the way were refused.
    AlteredRefused,
    /// An older checkpoint than the one known was shown.
    OlderShown,
    /// A fork was seen, and its feed kept at its last good state.
    ForkSeen,
    /// A listing stated by one who does not own it did not count.
    ForeignSetAside,
    /// An edit was refused because the disk was full.
    RefusedWithoutRoom,
    /// An edit was refused because nobody knows what the disk holds.
    RefusedByHold,
    /// A node did not start, because its lock and its log disagree.
    StartRefused,
    /// A clock went backwards.
    ClockBack,
    /// A listing was shown although its centre is gone for good.
    OutlivedItsCentre,
    /// A suspended member's listings left a view.
    Suspended,
    /// A log grew beyond one bundle of entries.
    SecondBundle,
    /// An event brought news before a poll would have.
    EventHeard,
}

impl State {
    /// Every state, with what it is called.
    pub const ALL: [(State, &'static str); 20] = [
        (State::TailCut, "tail cut at a start"),
        (State::MirrorFetchedAnew, "mirror fetched anew"),
        (State::MirrorStoodIn, "mirror stood in for a silent origin"),
        (
            State::ForgotAfterReturn,
            "erased while off, forgotten on return",
        ),
        (State::LeaseOver, "body refused after the lease"),
        (State::WentOnWithout, "feed went on without a body"),
        (State::CameLate, "body came late"),
        (State::Overtaken, "log went on while it was read"),
        (State::AlteredRefused, "altered entries refused"),
        (State::OlderShown, "older checkpoint shown"),
        (State::ForkSeen, "fork seen, feed kept"),
        (State::ForeignSetAside, "foreign listing set aside"),
        (State::RefusedWithoutRoom, "edit refused on a full disk"),
        (State::RefusedByHold, "edit refused by a hold"),
        (State::StartRefused, "start refused by the sign lock"),
        (State::ClockBack, "clock went back"),
        (State::OutlivedItsCentre, "listing outlived its centre"),
        (State::Suspended, "member suspended"),
        (State::SecondBundle, "log of more than one bundle"),
        (State::EventHeard, "event heard"),
    ];
}

/// Counts of one run or of many.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Runs.
    pub seeds: u64,
    /// Steps that were followed by a check.
    pub steps: u64,
    /// Questions from node to node.
    pub asked: u64,
    /// Entries that were acknowledged.
    pub acknowledged: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// States by how many runs reached them.
    pub reached: BTreeMap<State, u64>,
}

impl Tally {
    /// Counts a fault.
    pub fn fault(&mut self, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
    }

    /// Takes note that this run reached a state; once is as good as often.
    pub fn reach(&mut self, state: State) {
        self.reached.insert(state, 1);
    }

    /// Adds what another run counted.
    pub fn add(&mut self, other: &Tally) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.asked += other.asked;
        self.acknowledged += other.acknowledged;
        for (kind, count) in &other.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        for (state, count) in &other.reached {
            *self.reached.entry(*state).or_default() += count;
        }
    }

    /// The states that were never reached.
    pub fn missed(&self) -> Vec<&'static str> {
        let missed = State::ALL.iter();
        let missed = missed.filter(|(state, _)| !self.reached.contains_key(state));
        missed.map(|(_, name)| *name).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            seeds,
            steps,
            asked,
            acknowledged,
            ..
        } = self;
        writeln!(
            f,
            "{seeds} seeds, {steps} steps, {asked} questions, {acknowledged} entries acknowledged"
        )?;
        writeln!(f, "faults:")?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {count:>9}  {kind}")?;
        }
        writeln!(f, "reached:")?;
        for (state, name) in &State::ALL {
            let count = self.reached.get(state).unwrap_or(&0);
            writeln!(f, "  {count:>9}  {name}")?;
        }
        Ok(())
    }
}
