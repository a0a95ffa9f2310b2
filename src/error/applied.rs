//! Whether a write that failed took effect all the same.

use super::{ErrorCode, GraphQlError, meaning};

/// Whether the write that failed took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Applied {
    /// The wiki is as it was.
    No,
    /// The wiki was changed, at least in part.
    Yes,
    /// The answer does not tell.
    Unknown,
}

impl Applied {
    /// After a `responseResult` that says no.
    ///
    /// Wiki.js checks before it writes and names what it refuses. What it did not foresee (code 1)
    /// can strike after the page's row is stored: in the page tree, the tags, the rendering
    /// (hazards 1, 13).
    pub(super) fn after_response(code: ErrorCode, slug: &str, message: &str) -> Self {
        if code != ErrorCode::Unexpected {
            return Self::No;
        }
        let stored_before = message.contains("running job rebuild-tree")
            || message.contains("running job render-page")
            || message.starts_with("insert into \"tags\"")
            || message.starts_with("insert into \"pageTags\"");
        // A user's groups follow the user when one is made, and one another when one is changed.
        let in_between = message.starts_with("insert into \"userGroups\"");
        let refused_before = meaning::of_response(code, slug, message).is_a_refusal()
            || slug == "ValidationError"
            // The first statement of a create, of an update or a move, of a tag's change.
            || ["insert into \"pages\"", "update \"pages\"", "update \"tags\""]
                .iter()
                .any(|statement| message.starts_with(statement));
        match (stored_before, refused_before) {
            (true, _) => Self::Yes,
            (_, true) if !in_between => Self::No,
            _ => Self::Unknown,
        }
    }

    /// After GraphQL errors of a mutation. HTTP 400 and 500 come before anything ran; a refusal by
    /// permission, rate limit or by a named code comes before the write; a field of the answer that
    /// cannot be produced comes after it (hazard 11).
    pub(crate) fn after_errors(status: u16, errors: &[GraphQlError]) -> Self {
        let ran = status == 200;
        let refused = |error: &GraphQlError| {
            error
                .code()
                .is_some_and(|code| code != ErrorCode::Unexpected)
                || meaning::of_errors(std::slice::from_ref(error)).is_a_refusal()
                || error.message == meaning::ALREADY_ASSIGNED
        };
        let unanswerable = |error: &GraphQlError| {
            error
                .message
                .starts_with("Cannot return null for non-nullable")
        };
        if !ran || errors.iter().all(refused) {
            Self::No
        } else if errors.iter().any(unanswerable) {
            Self::Yes
        } else {
            Self::Unknown
        }
    }
}
