//! How often some fields may be called, whoever may call them: their `@rateLimit` directive.

use crate::errors::Failure;
use crate::execute::Context;
use std::time::Duration;

/// Of `forgotPassword`.
const RESETS: (u32, Duration) = (3, Duration::from_secs(60));

/// Counts a call of a field, before it is asked who calls, and refuses it where there were too many lately.
pub(crate) fn count_call(context: &Context, type_name: &str, field: &str) -> Result<(), Failure> {
    let mut state = context.shared.state();
    let limit = match (type_name, field) {
        ("AuthenticationMutation", "login" | "loginTFA" | "loginChangePassword") => {
            state.settings.login_limit
        }
        ("AuthenticationMutation", "forgotPassword") => RESETS,
        ("CommentMutation", "create") => (1, state.settings.comment_limit),
        _ => return Ok(()),
    };
    let name = format!("{type_name}.{field}");
    let counted = state.sessions.count_try(&name, limit);
    counted.map_err(Failure::too_many_requests)
}
