//! What did a node promise, and what may it say after it was cut off?

/// What is said of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It says these words.
    Says(String),
    /// It is erased.
    Erased,
    /// Nobody here has heard of it; never promised.
    Unknown,
}

/// A listing whose first version was acknowledged.
#[derive(Debug, Clone)]
pub struct Promise {
    /// Its UUID.
    pub id: String,
    /// What was acknowledged last.
    pub sure: State,
    /// What was asked for after that and never acknowledged.
    pub open: Option<State>,
    /// Its version, for the next edit.
    pub etag: String,
    /// In which round it was last edited.
    pub round: u64,
}

impl Promise {
    /// Whether this may be said of it now.
    pub fn allows(&self, said: &State) -> bool {
        self.sure == *said || self.open.as_ref() == Some(said)
    }

    /// Takes what a node said after its new start as what it promised.
    pub fn settle(&mut self, said: State, etag: String) {
        self.sure = said;
        self.open = None;
        self.etag = etag;
    }

    /// Whether it can be edited: it is not erased, and we know what it says.
    pub fn is_ours_to_edit(&self) -> bool {
        self.open.is_none() && self.sure != State::Erased
    }
}

/// How many edits came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered with 200, 201 or 204.
    pub acknowledged: u64,
    /// Never answered: they may be kept or lost.
    pub unanswered: u64,
    /// Refused with a problem of 500 or more.
    pub refused: u64,
}

impl Tally {
    /// Counts what another writer saw.
    pub fn add(&mut self, other: Tally) {
        self.acknowledged += other.acknowledged;
        self.unanswered += other.unanswered;
        self.refused += other.refused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_edit_may_be_kept_or_lost_and_nothing_else() {
        let mut promise = Promise {
            id: "x".to_owned(),
            sure: State::Says("a".to_owned()),
            open: Some(State::Erased),
            etag: String::new(),
            round: 0,
        };
        assert!(promise.allows(&State::Says("a".to_owned())));
        assert!(promise.allows(&State::Erased));
        assert!(!promise.allows(&State::Says("b".to_owned())));
        promise.settle(State::Erased, String::new());
        assert!(!promise.allows(&State::Says("a".to_owned())));
        assert!(!promise.is_ours_to_edit());
    }
}
