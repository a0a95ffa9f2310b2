//! Classification of failures that Wiki.js reports, and the outcome of writes that failed.
//!
//! Wiki.js reports the same failure in several ways: a number in `responseResult`, a number in
//! `extensions.exception.code`, a plain message (`Forbidden`), or the JavaScript exception that a missing row causes.
//! This module contains all code that interprets such messages, except for the errors of databases.

use std::{borrow::Cow, slice, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    ApiError, AuthFailure, ErrorCode, GraphQlError, PathSegment,
    database::{self, Cause, cause_of, cause_of_code, is_failed_job},
};

/// The class of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    NotFound,
    Unauthenticated,
    Forbidden,
    Conflict,
    RateLimited,
    Unavailable,
    /// As `Unavailable`, but permanent: the wiki must be restarted.
    LostConnection,
    InvalidInput,
    Unsupported,
    Other,
}

impl Meaning {
    /// Returns `true` if Wiki.js reports this class of errors only before it changes anything. `Unavailable` is not
    /// such a class: the database may become unavailable at any point of a write.
    pub(super) fn is_a_refusal(self) -> bool {
        !matches!(
            self,
            Self::Other | Self::Conflict | Self::Unavailable | Self::LostConnection
        )
    }
}

/// Classifies a response that is not GraphQL, such as an error page of Wiki.js, by its status and message.
pub(super) fn of_page(status: u16, message: &str) -> Meaning {
    match status {
        401 => Meaning::Unauthenticated,
        403 => Meaning::Forbidden,
        413 | 431 => Meaning::InvalidInput,
        429 => Meaning::RateLimited,
        500 => of_text("", message),
        502..=504 => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}

/// Returns the problem to show for a `responseResult` that reports a failure.
pub(super) fn problem_of_response(error: &ApiError) -> Cow<'_, str> {
    if error.object.is_some()
        && of_response(error.code, &error.slug, &error.message) == Meaning::NotFound
    {
        return "not found".into();
    }
    let permissions = permissions_of_rule(error.code, &error.operation);
    if !permissions.is_empty() {
        return forbidden_without(permissions, true).into();
    }
    let cause = match error.code {
        ErrorCode::Unexpected => cause_of(&error.slug, &error.message),
        _ => None,
    };
    problem(&error.operation, cause, &error.message)
}

/// Returns the permissions of which a page rule must allow one, by the code of the refusal and the field or operation that
/// was refused.
fn permissions_of_rule(code: ErrorCode, refused: &str) -> &'static [&'static str] {
    use ErrorCode as Code;
    match code {
        Code::PageViewForbidden if refused == "conflictLatest" => &["write:pages", "manage:pages"],
        // Known issue K27: `read:pages` and `read:source` do not suffice.
        Code::PageViewForbidden => &["manage:pages", "delete:pages"],
        Code::PageHistoryForbidden => &["read:history"],
        // Known issue K14: Wiki.js reports a refused create as a refused deletion.
        Code::PageDeleteForbidden if refused == "PagesCreate" => &["write:pages"],
        Code::PageDeleteForbidden => &["delete:pages"],
        Code::PageUpdateForbidden | Code::PageRestoreForbidden => &["write:pages"],
        Code::AssetDeleteForbidden | Code::AssetRenameForbidden => &["manage:assets"],
        Code::CommentViewForbidden => &["read:comments"],
        Code::CommentPostForbidden => &["write:comments"],
        Code::CommentManageForbidden => &["manage:comments"],
        _ => &[],
    }
}

/// Returns the permissions of which the caller needs one, if the first error refuses a field of a domain.
pub(crate) fn required_permissions(
    errors: &[GraphQlError],
    is_mutation: bool,
) -> &'static [&'static str] {
    let Some((error, [PathSegment::Field(domain), PathSegment::Field(field)])) =
        errors.first().map(|error| (error, error.path.as_slice()))
    else {
        return &[];
    };
    if let Some(code) = error.code() {
        return permissions_of_rule(code, field);
    }
    if error.message != "Forbidden" {
        return &[];
    }
    let kind = if is_mutation { "Mutation" } else { "Query" };
    // The type of the field `pages` is PageQuery or PageMutation, that of `analytics` is AnalyticsQuery.
    let singular = domain.strip_suffix('s').unwrap_or(domain);
    let types = [domain.as_str(), singular].map(|name| {
        let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
        format!("{}{rest}{kind}", first.to_ascii_uppercase())
    });
    types
        .iter()
        .find_map(|name| wikijs_schema::permissions_of(name, field))
        .unwrap_or_default()
}

/// Returns the problem of a caller who has none of the permissions, or whom page rules grant none for the path.
pub(super) fn forbidden_without(permissions: &[&str], by_rule: bool) -> String {
    // `manage:system` allows everything, and is only named where nothing less suffices.
    let less: Vec<_> = permissions
        .iter()
        .copied()
        .filter(|name| *name != "manage:system")
        .collect();
    let names = if less.is_empty() { permissions } else { &less };
    let place = if by_rule { " for its path" } else { "" };
    format!(
        "forbidden without the permission {}{place}",
        names.join(" or ")
    )
}

/// Returns the problem to show for a GraphQL error. If the message also contains the object, `not found` suffices.
pub(super) fn problem_of_error<'a>(
    operation: &str,
    error: &'a GraphQlError,
    names_object: bool,
) -> Cow<'a, str> {
    if names_object && of_error(error) == Meaning::NotFound {
        return "not found".into();
    }
    let codes = || error.system_codes().find_map(cause_of_code);
    let cause = cause_of(error.class(), &error.message).or_else(codes);
    problem(operation, cause, &error.message)
}

/// Domains whose operations connect to servers other than the database: mail, storage, search engines.
const OTHER_SERVERS: [&str; 3] = ["Mail", "Storage", "SearchEngines"];

fn problem<'a>(operation: &str, cause: Option<Cause>, message: &'a str) -> Cow<'a, str> {
    let may_be_other = OTHER_SERVERS
        .iter()
        .any(|domain| operation.starts_with(domain));
    match cause {
        Some(Cause::Away) if !may_be_other => {
            format!("the wiki cannot reach its database ({message})").into()
        }
        _ => message.into(),
    }
}

fn of_cause(cause: Cause) -> Meaning {
    match cause {
        // Known issue K36. It affects every unique name.
        Cause::Unique | Cause::StillReferenced => Meaning::Conflict,
        Cause::DanglingReference | Cause::Value => Meaning::InvalidInput,
        Cause::Undone | Cause::Away => Meaning::Unavailable,
        Cause::LostConnection => Meaning::LostConnection,
    }
}

/// Classifies an exception by its class and its message.
fn of_text(class: &str, message: &str) -> Meaning {
    match cause_of(class, message) {
        _ if class == "ValidationError" => Meaning::InvalidInput,
        // The job runs after the write, and fails if two jobs run at the same time. The writes themselves do not
        // conflict.
        _ if is_failed_job(message) => Meaning::Other,
        Some(cause) => of_cause(cause),
        None => of_message(message),
    }
}

/// Classifies a response by its first error that has a class.
pub(super) fn of_errors(errors: &[GraphQlError]) -> Meaning {
    errors
        .iter()
        .map(of_error)
        .find(|meaning| *meaning != Meaning::Other)
        .unwrap_or(Meaning::Other)
}

fn of_error(error: &GraphQlError) -> Meaning {
    if let Some(code) = error.code() {
        return code.meaning();
    }
    if let Some(cause) = error.system_codes().find_map(cause_of_code) {
        return of_cause(cause);
    }
    match error.apollo_code() {
        Some("GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED") => return Meaning::Unsupported,
        Some("BAD_USER_INPUT") => return Meaning::InvalidInput,
        _ => {}
    }
    // Known issue K31: this is the error for the history of a missing page.
    let of_history = matches!(error.path.as_slice(), [domain, field, ..]
        if *domain == *"pages" && (*field == *"history" || *field == *"version"));
    if of_history && error.message == "Cannot read properties of undefined (reading 'path')" {
        return Meaning::NotFound;
    }
    // Known issue K41: this is the error for a missing user.
    let of_a_user = matches!(error.path.as_slice(), [domain, field]
        if *domain == *"users" && *field == *"single");
    if of_a_user && error.message == "Cannot set properties of undefined (setting 'password')" {
        return Meaning::NotFound;
    }
    of_text(error.class(), &error.message)
}

pub(super) fn of_response(code: ErrorCode, slug: &str, message: &str) -> Meaning {
    if code != ErrorCode::Unexpected {
        return code.meaning();
    }
    of_text(slug, message)
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
        // Known issue K8, and similar messages of other domains.
        "Invalid Page Id" | "This tag does not exist." | "Invalid Group ID" | "Invalid User ID" => {
            Meaning::NotFound
        }
        // Messages of an export.
        "Another export is already running." | "Target directory must be empty!" => {
            Meaning::Conflict
        }
        "Unknown authentication strategy \"jwt\"" => Meaning::Unavailable,
        "request entity too large"
        | "Some Page Rules contains unsafe or exponential time regex." => Meaning::InvalidInput,
        ALREADY_ASSIGNED => Meaning::Conflict,
        other if other.starts_with("You are not authorized") => Meaning::Forbidden,
        // Message for a login strategy.
        other
            if other.starts_with("Cannot delete ")
                && other.ends_with("as 1 or more users are still using it.") =>
        {
            Meaning::Conflict
        }
        other if other.starts_with(TOO_MANY) || other.starts_with(TOO_SOON) => Meaning::RateLimited,
        _ => Meaning::Other,
    }
}

/// Returns the problem with the credentials that the errors report, if any ([K47](crate::guide::known_issues#k47)).
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

/// Message of a check that runs before the write.
pub(super) const ALREADY_ASSIGNED: &str = "User is already assigned to group.";

/// Beginning of the message of the comment provider's rate limit, which contains no waiting time
/// ([K43](crate::guide::known_issues#k43)).
const TOO_SOON: &str =
    "Your administrator has set a time limit before you can post another comment.";

/// Beginning of the message of the rate limit for logins.
const TOO_MANY: &str = "Too many requests, please try again in ";

/// Parses the time to wait from the message of a rate limit, since Wiki.js sends no `Retry-After`
/// ([K51](crate::guide::known_issues#k51)).
pub(super) fn retry_after_in(errors: &[GraphQlError]) -> Option<Duration> {
    errors.iter().find_map(|error| {
        let seconds = error.message.strip_prefix(TOO_MANY)?.split(' ').next()?;
        seconds.parse().ok().map(Duration::from_secs)
    })
}

/// Outcome of a write that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Applied {
    /// The object is unchanged, and the write will not be executed later.
    No,
    /// A part of the write was applied.
    Partially,
    /// The write was applied, although the call failed.
    Yes,
    /// The write may have been executed, or may be executed later.
    Unknown,
}

impl Applied {
    /// Determines the outcome of a mutation whose `responseResult` reports a failure.
    ///
    /// Wiki.js checks its arguments before it writes, and reports these failures with specific codes. An unhandled
    /// exception (code 1) may occur after the row of a page is stored: in the page tree, the tags or the renderer
    /// ([K1](crate::guide::known_issues#k1), [K13](crate::guide::known_issues#k13)). For failed SQL statements,
    /// [`database`] determines the outcome.
    pub(super) fn after_response(code: ErrorCode, slug: &str, message: &str) -> Self {
        let refused_before = match (code, cause_of(slug, message)) {
            (ErrorCode::Unexpected, _) if is_failed_job(message) => return Self::Yes,
            (ErrorCode::Unexpected, Some(_)) => database::nothing_was_written(slug, message),
            (ErrorCode::Unexpected, None) => of_response(code, slug, message).is_a_refusal(),
            _ => code.precedes_write(),
        };
        if refused_before {
            Self::No
        } else {
            Self::Unknown
        }
    }

    /// Determines the outcome of a mutation from its GraphQL errors.
    ///
    /// HTTP 400, and 500 without data, are returned before anything is executed. Otherwise an error about a permission,
    /// a rate limit or a code of Wiki.js occurred before the write if its path is that of the mutation (`pages.create`)
    /// and no other mutation of the document has a value. An error about a field below the mutation that Wiki.js cannot
    /// resolve occurred after the write ([K11](crate::guide::known_issues#k11)).
    pub(crate) fn after_errors(status: u16, errors: &[GraphQlError], data: Option<&Value>) -> Self {
        let is_empty = |data: &Value| data.as_object().is_some_and(Map::is_empty);
        let is_pathless = errors.iter().all(|error| error.path.is_empty());
        if Self::is_rejected_before_execution(status)
            || status == 400
            || (status == 500 && is_pathless && data.is_some_and(is_empty))
        {
            return Self::No;
        }
        let of_a_whole_field = |error: &GraphQlError| error.path.len() <= 2;
        let refused = |error: &GraphQlError| {
            error.code().is_some_and(ErrorCode::precedes_write)
                || of_errors(slice::from_ref(error)).is_a_refusal()
                    && cause_of(error.class(), &error.message).is_none()
                || database::nothing_was_written(error.class(), &error.message)
                || error.message == ALREADY_ASSIGNED
        };
        let unanswerable = |error: &GraphQlError| {
            error
                .message
                .strip_prefix("Cannot return null for non-nullable field ")
                // An exception without a name or a message nulls the fields of `ResponseStatus`. It may occur before
                // the write.
                .is_some_and(|field| !field.starts_with("ResponseStatus."))
        };
        let is_ours = status == 200;
        if is_ours
            && !data.is_some_and(has_any_value)
            && errors
                .iter()
                .all(|error| of_a_whole_field(error) && refused(error))
        {
            Self::No
        } else if is_ours && errors.iter().any(unanswerable) {
            Self::Yes
        } else {
            Self::Unknown
        }
    }

    /// Returns `true` if a request with this status was not executed, whether the wiki or a proxy returned it.
    ///
    /// | status | |
    /// |---|---|
    /// | 401, 403, 407 | the credentials were rejected |
    /// | 404, 405 | there is no wiki at this URL |
    /// | 411, 413, 414, 415, 431 | the request was not read |
    /// | 429 | the request was rejected by a rate limit |
    ///
    /// All other statuses are inconclusive. A proxy may return 408, 425, 499 and any 5xx after it has forwarded the
    /// request, and may replace the response of the wiki by a page with status 2xx.
    pub(crate) fn is_rejected_before_execution(status: u16) -> bool {
        matches!(
            status,
            401 | 403..=405 | 407 | 411 | 413..=415 | 429 | 431
        )
    }
}

/// Returns `true` if a field of a mutation, such as `pages.create`, has a value.
fn has_any_value(data: &Value) -> bool {
    let Value::Object(domains) = data else {
        return !data.is_null();
    };
    domains.values().any(|domain| match domain {
        Value::Object(fields) => fields.values().any(|field| !field.is_null()),
        other => !other.is_null(),
    })
}
