//! A call of a resolver: the request, the field with its arguments, and the response of a mutation.

use super::value::{FieldValue, Object, object};
use crate::auth::Viewer;
use crate::errors::Failure;
use crate::faults::ActiveFault;
use crate::shared::Shared;
use crate::state::State;
use apollo_compiler::response::{JsonMap, JsonValue};
use std::ops::Deref;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

/// The limit of `forgotPassword`: calls, and the time in which they are counted.
const PASSWORD_RESETS: (u32, Duration) = (3, Duration::from_secs(60));

/// The result of a resolver.
pub(crate) type Resolved<T = FieldValue> = Result<T, Failure>;

/// The request that resolvers work for.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) shared: Arc<Shared>,
    /// The caller; `None` if the token expired within the last 14 days.
    pub(crate) viewer: Option<Viewer>,
    /// The fault of the request.
    pub(crate) fault: Arc<ActiveFault>,
}

impl Context {
    /// Locks the contents of the wiki. The guard must not live across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Returns the caller of a field that needs a permission.
    pub(crate) fn viewer(&self) -> Resolved<&Viewer> {
        let viewer = self.viewer.as_ref();
        viewer.ok_or_else(|| Failure::error("Unauthorized"))
    }
}

/// A field of a domain that is being resolved. Its arguments are coerced: absent, null or of the declared type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) context: &'a Context,
    pub(crate) type_name: &'a str,
    pub(crate) field: &'a str,
    pub(crate) arguments: &'a JsonMap,
}

impl Deref for Call<'_> {
    type Target = Context;

    fn deref(&self) -> &Context {
        self.context
    }
}

impl<'a> Call<'a> {
    /// Returns an argument unchanged; `None` if it is absent.
    pub(crate) fn raw(self, name: &str) -> Option<&'a JsonValue> {
        self.arguments.get(name)
    }

    /// Returns a text; `None` if it is absent or null.
    pub(crate) fn some_text(self, name: &str) -> Option<&'a str> {
        self.raw(name).and_then(JsonValue::as_str)
    }

    /// Returns a text, empty if it is absent or null.
    pub(crate) fn text(self, name: &str) -> &'a str {
        self.some_text(name).unwrap_or_default()
    }

    /// Returns a text; `None` if it is absent, null or empty, all of which are false in JavaScript.
    pub(crate) fn filled(self, name: &str) -> Option<&'a str> {
        self.some_text(name).filter(|text| !text.is_empty())
    }

    /// Returns a number; `None` if it is absent or null.
    pub(crate) fn some_int(self, name: &str) -> Option<i64> {
        self.raw(name).and_then(JsonValue::as_i64)
    }

    /// Returns a number, 0 if it is absent or null.
    pub(crate) fn int(self, name: &str) -> i64 {
        self.some_int(name).unwrap_or_default()
    }

    /// Returns a Boolean, `false` if it is absent or null.
    pub(crate) fn flag(self, name: &str) -> bool {
        let value = self.raw(name).and_then(JsonValue::as_bool);
        value.unwrap_or_default()
    }

    /// Returns a list of numbers without its nulls; `None` if it is absent or null.
    pub(crate) fn ints(self, name: &str) -> Option<Vec<i64>> {
        let values = self.raw(name)?.as_array()?;
        Some(values.iter().filter_map(JsonValue::as_i64).collect())
    }

    /// Returns a list of texts, in which null is the empty text; `None` if it is absent or null.
    pub(crate) fn texts(self, name: &str) -> Option<Vec<&'a str>> {
        let values = self.raw(name)?.as_array()?.iter();
        Some(
            values
                .map(|value| value.as_str().unwrap_or_default())
                .collect(),
        )
    }

    /// Returns an argument as plain JSON, null if it is absent.
    pub(crate) fn json(self, name: &str) -> serde_json::Value {
        serde_json::json!(self.raw(name))
    }

    /// Returns the failure of a field that the fake does not imitate.
    pub(crate) fn not_imitated<T>(self) -> Resolved<T> {
        let Self {
            type_name, field, ..
        } = self;
        Err(Failure::error(format!(
            "wikijs-fake does not imitate {type_name}.{field}"
        )))
    }

    /// Counts a call of a field with a `@rateLimit` directive, and refuses it after too many calls by all callers.
    pub(crate) fn count(self) -> Resolved<()> {
        let mut state = self.state();
        let limit = match (self.type_name, self.field) {
            ("AuthenticationMutation", "login" | "loginTFA" | "loginChangePassword") => {
                state.settings.login_limit
            }
            ("AuthenticationMutation", "forgotPassword") => PASSWORD_RESETS,
            ("CommentMutation", "create") => (1, state.settings.comment_limit),
            _ => return Ok(()),
        };
        let name = format!("{}.{}", self.type_name, self.field);
        state
            .sessions
            .count_try(&name, limit)
            .map_err(Failure::too_many_requests)
    }
}

/// Returns the response of a mutation that succeeded.
pub(super) fn done(message: &str) -> Object {
    object! {
        "responseResult" => object! {
            "succeeded" => true, "errorCode" => 0_i64, "slug" => "ok", "message" => message,
        },
    }
}

/// Returns the response of a mutation. Wiki.js catches most failures and puts them into the `responseResult`.
pub(super) fn response_result(result: Resolved<Object>) -> FieldValue {
    match result {
        Ok(object) => object.into(),
        Err(failure) if failure.is_uncaught => failure.into(),
        Err(failure) => object! {
            "responseResult" => object! {
                "succeeded" => false,
                "errorCode" => failure.code.unwrap_or(1),
                "slug" => (!failure.slug.is_empty()).then_some(failure.slug),
                "message" => failure.message,
            },
        }
        .into(),
    }
}
