//! Which refusal follows from which error?

use super::*;

impl From<LogError> for ApiError {
    fn from(error: LogError) -> ApiError {
        match error {
            LogError::Append(AppendError::TargetGone(_)) | LogError::Moved(_) => {
                ApiError::PreconditionFailed
            }
            LogError::Append(AppendError::TooLong(_)) => ApiError::TooLarge,
            // Only between the end of one log and the beginning of the next.
            LogError::Append(AppendError::OutOfPlace(_)) => ApiError::Busy {
                retry_after_s: WRITER_RETRY_S,
            },
            LogError::Disk(error) => ApiError::internal(error),
            LogError::Opening(reason) => ApiError::internal(reason),
            LogError::Held(hold, reason) => {
                tracing::warn!(%reason, "a change was refused");
                ApiError::Held(hold)
            }
            LogError::Busy | LogError::Closed => ApiError::Busy {
                retry_after_s: WRITER_RETRY_S,
            },
        }
    }
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> ApiError {
        match error {
            EditError::Faults(faults) => ApiError::Faults(faults),
            EditError::Unknown(_) => ApiError::NotFound,
            EditError::Gone(_) => ApiError::Gone,
            EditError::Hidden(_) => ApiError::Hidden,
            EditError::Promised { to, .. } => ApiError::NotOurs {
                owner: to.to_string(),
            },
            EditError::NotOurs { owner, .. } => ApiError::NotOurs {
                owner: owner.nid.to_string(),
            },
            EditError::Changed { .. } | EditError::Moved { .. } => ApiError::PreconditionFailed,
            EditError::Append(error) => LogError::Append(error).into(),
            EditError::Log(error) => error.into(),
            EditError::Private(error) => ApiError::internal(error),
            EditError::View(error) => error.into(),
        }
    }
}

impl From<ViewError> for ApiError {
    fn from(error: ViewError) -> ApiError {
        match error {
            ViewError::Away => ApiError::Away,
            error => ApiError::internal(error),
        }
    }
}
