//! What Wiki.js means by an answer.
//!
//! It has four ways to say no, and for one and the same thing it uses several: numbers in
//! `responseResult`, numbers in `extensions.exception.code`, bare messages (`Forbidden`), and the
//! JavaScript exception that a missing row runs into. Everything that reads such a message stands here.

use std::{borrow::Cow, time::Duration};

use super::{AuthFailure, ErrorCode, GraphQlError};

/// What an error means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    NotFound,
    Unauthenticated,
    Forbidden,
    Conflict,
    RateLimited,
    Unavailable,
    InvalidInput,
    Unsupported,
    Other,
}

impl Meaning {
    /// Whether Wiki.js says this before it changes anything. It does not find its database away only
    /// at the beginning of a write.
    pub(super) fn is_a_refusal(self) -> bool {
        !matches!(self, Self::Other | Self::Conflict | Self::Unavailable)
    }
}

pub(super) fn of_status(status: u16) -> Meaning {
    match status {
        401 => Meaning::Unauthenticated,
        403 => Meaning::Forbidden,
        413 | 431 => Meaning::InvalidInput,
        429 => Meaning::RateLimited,
        502..=504 => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}

/// The first error that has a meaning speaks for all.
pub(super) fn of_errors(errors: &[GraphQlError]) -> Meaning {
    errors
        .iter()
        .map(of_error)
        .find(|meaning| *meaning != Meaning::Other)
        .unwrap_or(Meaning::Other)
}

fn of_error(error: &GraphQlError) -> Meaning {
    if let Some(code) = error.code() {
        return of_code(code);
    }
    if error.exception_code().and_then(|code| code.as_str()) == Some("ECONNREFUSED") {
        return Meaning::Unavailable;
    }
    match error.apollo_code() {
        Some("GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED") => return Meaning::Unsupported,
        Some("BAD_USER_INPUT") => return Meaning::InvalidInput,
        _ => {}
    }
    // Hazard 31: the history of a page that does not exist.
    let of_history = matches!(error.path.as_slice(), [domain, field, ..]
        if *domain == *"pages" && (*field == *"history" || *field == *"version"));
    if of_history && error.message == "Cannot read properties of undefined (reading 'path')" {
        return Meaning::NotFound;
    }
    // Hazard 41: a user that does not exist.
    let of_a_user = matches!(error.path.as_slice(), [domain, field]
        if *domain == *"users" && *field == *"single");
    if of_a_user && error.message == "Cannot set properties of undefined (setting 'password')" {
        return Meaning::NotFound;
    }
    of_message(&error.message)
}

pub(super) fn of_response(code: ErrorCode, slug: &str, message: &str) -> Meaning {
    if code != ErrorCode::Unexpected {
        return of_code(code);
    }
    match slug {
        // Hazard 36, and the same of every other unique name.
        "UniqueViolationError" => Meaning::Conflict,
        // What is to be deleted, but something else still refers to it.
        "ForeignKeyViolationError" if message.contains("update or delete on table") => {
            Meaning::Conflict
        }
        "ValidationError" | "DataError" | "NotNullViolationError" | "ForeignKeyViolationError" => {
            Meaning::InvalidInput
        }
        _ => of_message(message),
    }
}

fn of_code(code: ErrorCode) -> Meaning {
    use ErrorCode as Code;
    match code {
        Code::PageNotFound | Code::UserNotFound | Code::AssetInvalid | Code::CommentNotFound => {
            Meaning::NotFound
        }
        Code::AuthRequired
        | Code::AuthLoginFailed
        | Code::AuthTfaFailed
        | Code::AuthTfaInvalid
        | Code::AuthAccountBanned
        | Code::AuthAccountNotVerified
        | Code::AuthPasswordInvalid
        | Code::AuthValidationTokenInvalid => Meaning::Unauthenticated,
        Code::AssetDeleteForbidden
        | Code::AssetRenameForbidden
        | Code::AssetRenameTargetForbidden
        | Code::AuthRegistrationDisabled
        | Code::AuthRegistrationDomainUnauthorized
        | Code::UserDeleteProtected
        | Code::PageMoveForbidden
        | Code::PageCreateForbidden
        | Code::PageUpdateForbidden
        | Code::PageDeleteForbidden
        | Code::PageRestoreForbidden
        | Code::PageHistoryForbidden
        | Code::PageViewForbidden
        | Code::CommentPostForbidden
        | Code::CommentManageForbidden
        | Code::CommentViewForbidden => Meaning::Forbidden,
        Code::PageDuplicateCreate
        | Code::PagePathCollision
        | Code::AssetFolderExists
        | Code::AssetRenameCollision
        | Code::AuthAccountAlreadyExists
        | Code::UserDeleteForeignConstraint => Meaning::Conflict,
        Code::BruteTooManyAttempts => Meaning::RateLimited,
        Code::PageEmptyContent
        | Code::PageIllegalPath
        | Code::InputInvalid
        | Code::AssetRenameInvalid
        | Code::AssetRenameInvalidExt
        | Code::CommentContentMissing
        | Code::MailInvalidRecipient => Meaning::InvalidInput,
        _ => Meaning::Other,
    }
}

fn of_message(message: &str) -> Meaning {
    match message {
        "Unauthorized" => Meaning::Unauthenticated,
        "Forbidden"
        | "Cannot assign the Guest user to a group."
        | "Cannot unassign Guest user"
        | "Cannot unassign Administrator user from Administrators group."
        | "Cannot delete this group."
        | "Cannot deactivate system accounts." => Meaning::Forbidden,
        // Hazard 8, and their like in other domains.
        "Invalid Page Id" | "This tag does not exist." | "Invalid Group ID" | "Invalid User ID" => {
            Meaning::NotFound
        }
        // Of an export.
        "Another export is already running." | "Target directory must be empty!" => {
            Meaning::Conflict
        }
        "Unknown authentication strategy \"jwt\"" => Meaning::Unavailable,
        "request entity too large"
        | "Some Page Rules contains unsafe or exponential time regex." => Meaning::InvalidInput,
        ALREADY_ASSIGNED => Meaning::Conflict,
        other if other.starts_with("You are not authorized") => Meaning::Forbidden,
        other if other.starts_with("connect ECONNREFUSED") => Meaning::Unavailable,
        // A login strategy.
        other if other.ends_with("as 1 or more users are still using it.") => Meaning::Conflict,
        other if other.starts_with(TOO_MANY) || other.starts_with(TOO_SOON) => Meaning::RateLimited,
        _ => Meaning::Other,
    }
}

/// What the errors say about the caller's key, if anything (hazard 47).
pub(super) fn auth_failure(errors: &[GraphQlError]) -> Option<AuthFailure> {
    errors
        .iter()
        .find_map(|error| match error.message.as_str() {
            "Unauthorized" => Some(AuthFailure::Expired),
            "API Key is invalid or was revoked." => Some(AuthFailure::KeyRevoked),
            message if message.starts_with("API is disabled.") => Some(AuthFailure::ApiDisabled),
            _ => None,
        })
}

/// Said before anything is written.
pub(super) const ALREADY_ASSIGNED: &str = "User is already assigned to group.";

/// Of the comment provider's own limit, which does not say how long (hazard 43).
const TOO_SOON: &str =
    "Your administrator has set a time limit before you can post another comment.";

const TOO_MANY: &str = "Too many requests, please try again in ";

/// The wait that Wiki.js names in words; it sends no `Retry-After` (hazard 51).
pub(super) fn wait_named_in(errors: &[GraphQlError]) -> Option<Duration> {
    errors.iter().find_map(|error| {
        let seconds = error.message.strip_prefix(TOO_MANY)?.split(' ').next()?;
        seconds.parse().ok().map(Duration::from_secs)
    })
}

/// A message without the SQL statement that Wiki.js puts before a database's own words.
pub(super) fn without_sql(message: &str) -> Cow<'_, str> {
    const STATEMENTS: [&str; 4] = ["insert into \"", "update \"", "select \"", "delete from \""];
    let Some(start) = STATEMENTS
        .iter()
        .filter_map(|statement| message.find(statement))
        .min()
    else {
        return Cow::Borrowed(message);
    };
    let before = message[..start].trim_end_matches([' ', ':']);
    let reason = message[start..]
        .rsplit_once(" - ")
        .map_or("a database error", |(_, reason)| reason);
    if before.is_empty() {
        Cow::Borrowed(reason)
    } else {
        Cow::Owned(format!("{before}: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::without_sql;

    #[test]
    fn a_database_error_shows_its_reason_and_not_the_statement() {
        let message = "insert into \"tags\" (\"tag\") values ($1) returning \"id\" - \
                       duplicate key value violates unique constraint \"tags_tag_unique\"";
        assert_eq!(
            without_sql(message),
            "duplicate key value violates unique constraint \"tags_tag_unique\""
        );
        let job =
            "Error when running job rebuild-tree: insert into \"pageTree\" (\"id\") values ($1)";
        assert_eq!(
            without_sql(job),
            "Error when running job rebuild-tree: a database error"
        );
        assert_eq!(
            without_sql("This page does not exist."),
            "This page does not exist."
        );
    }
}
