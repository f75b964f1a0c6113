//! Why was what a command asked not done?

use serde::{Deserialize, Serialize};

use super::edit::EditError;
use super::handover::HandoverError;
use super::hide::HideError;
use super::membership::MembershipError;
use crate::feed::log::{Hold, LogError};
use crate::feed::sync::MeetError;
use crate::feed::witness::ChooseError;
use crate::store::disk::DiskError;
use crate::store::private::PrivateError;
use crate::view::ViewError;

/// What a refusal has to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// What was asked for cannot be done so.
    Asked,
    /// There is no such node, or it gave no answer.
    Unreachable,
    /// This node must be recovered before it signs again.
    Recover,
    /// The disk refused.
    Disk,
}

/// A request that was not done, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What it has to do with.
    pub because: Because,
    /// Why, and what to do.
    pub message: String,
}

impl Refusal {
    /// A refusal that lies in what was asked.
    pub fn asked(message: impl ToString) -> Refusal {
        Refusal {
            because: Because::Asked,
            message: message.to_string(),
        }
    }
}

impl From<PrivateError> for Refusal {
    fn from(error: PrivateError) -> Refusal {
        let because = match &error {
            PrivateError::Disk(_) => Because::Disk,
            _ => Because::Asked,
        };
        let message = error.to_string();
        Refusal { because, message }
    }
}

impl From<LogError> for Refusal {
    fn from(error: LogError) -> Refusal {
        let because = match &error {
            LogError::Disk(_) => Because::Disk,
            LogError::Held(Hold::ViewStands, _) => Because::Disk,
            LogError::Held(..) => Because::Recover,
            _ => Because::Asked,
        };
        let message = error.to_string();
        Refusal { because, message }
    }
}

impl From<MembershipError> for Refusal {
    fn from(error: MembershipError) -> Refusal {
        match error {
            MembershipError::Meet(MeetError::Peer(_) | MeetError::NoNode) => Refusal {
                because: Because::Unreachable,
                message: error.to_string(),
            },
            MembershipError::Log(error) => error.into(),
            MembershipError::Private(error) => error.into(),
            MembershipError::Meet(_)
            | MembershipError::Ourselves
            | MembershipError::Statement(_)
            | MembershipError::NoFeed(_)
            | MembershipError::OwnSuccessor(_)
            | MembershipError::NoMember(_) => Refusal::asked(error),
        }
    }
}

impl From<ChooseError> for Refusal {
    fn from(error: ChooseError) -> Refusal {
        match error {
            ChooseError::Disk(error) => error.into(),
            other => Refusal::asked(other),
        }
    }
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Refusal {
        match error {
            EditError::Log(error) => error.into(),
            EditError::Private(error) => error.into(),
            other => Refusal::asked(other),
        }
    }
}

impl From<HandoverError> for Refusal {
    fn from(error: HandoverError) -> Refusal {
        match error {
            HandoverError::Edit(error) => error.into(),
            HandoverError::Log(error) => error.into(),
            HandoverError::View(error) => error.into(),
            HandoverError::Disk(error) => error.into(),
            other => Refusal::asked(other),
        }
    }
}

impl From<HideError> for Refusal {
    fn from(error: HideError) -> Refusal {
        match error {
            HideError::Private(error) => error.into(),
            HideError::Ourselves => Refusal::asked(error),
        }
    }
}

impl From<ViewError> for Refusal {
    fn from(error: ViewError) -> Refusal {
        let because = match &error {
            ViewError::Disk(_) => Because::Disk,
            _ => Because::Asked,
        };
        let message = error.to_string();
        Refusal { because, message }
    }
}

impl From<DiskError> for Refusal {
    fn from(error: DiskError) -> Refusal {
        Refusal {
            because: Because::Disk,
            message: error.to_string(),
        }
    }
}
