//! Failures in the form in which Wiki.js reports them: its own codes, and errors of JavaScript and of the database.

use serde_json::{Value, json};

/// The address of the database.
const DATABASE_ADDRESS: &str = "127.0.0.1";

/// A failure of a resolver.
///
/// In a query it becomes a GraphQL error; most mutations catch it and return a `responseResult`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    /// Name of the JavaScript class, which is the slug in a `responseResult`.
    pub(crate) slug: &'static str,
    /// Code of Wiki.js, if it has one.
    pub(crate) code: Option<i64>,
    /// `extensions.exception` of its GraphQL error, without the stack trace.
    exception: Box<Value>,
    /// `true` if mutations do not catch it.
    pub(crate) is_uncaught: bool,
}

/// Returns a failure unless a condition holds.
pub(crate) fn ensure<F: Into<Failure>>(
    condition: bool,
    failure: impl FnOnce() -> F,
) -> Result<(), Failure> {
    if condition {
        Ok(())
    } else {
        Err(failure().into())
    }
}

/// Declares [`Code`] with the rows of [`wikijs_schema::error_codes`].
macro_rules! codes {
    ($($number:literal $code:ident $slug:literal $class:ident $time:ident $message:literal;)*) => {
        /// A failure with a code of Wiki.js.
        #[derive(Debug, Clone, Copy)]
        #[allow(dead_code, reason = "the fake does not have all failures")]
        pub(crate) enum Code {
            $($code,)*
        }

        impl From<Code> for Failure {
            fn from(code: Code) -> Self {
                match code {
                    $(Code::$code => Self::of_wiki($number, $slug, $message),)*
                }
            }
        }
    };
}

wikijs_schema::error_codes!(codes);

impl Failure {
    /// Returns an error that JavaScript throws, or Wiki.js without a code.
    fn new(slug: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            slug,
            code: None,
            exception: Box::new(json!({})),
            is_uncaught: false,
        }
    }

    fn of_wiki(code: i64, slug: &'static str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(slug, message);
        let message = &failure.message;
        let stack = format!("{slug} {code}: {message}\n    at wikijs-fake");
        *failure.exception = json!({"stack": stack, "code": code, "message": message});
        failure.code = Some(code);
        failure
    }

    /// Returns a plain `Error`.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::new("Error", message)
    }

    /// Returns a `TypeError`.
    pub(crate) fn type_error(message: impl Into<String>) -> Self {
        Self::new("TypeError", message)
    }

    /// Returns the `SyntaxError` of a text that is not JSON.
    pub(crate) fn syntax_error(text: &str) -> Self {
        let first = text.chars().next().unwrap_or_default();
        let message = format!("Unexpected token '{first}', \"{text}\" is not valid JSON");
        Self::new("SyntaxError", message)
    }

    /// Returns the failure of fields that must be strings.
    pub(crate) fn not_strings(fields: &[&str]) -> Self {
        let reasons = fields
            .iter()
            .map(|field| format!("{field}: should be string"));
        Self::new("ValidationError", reasons.collect::<Vec<_>>().join(", "))
    }

    /// Returns a GraphQL error.
    pub(crate) fn graphql(message: impl Into<String>) -> Self {
        let mut failure = Self::new("GraphQLError", message);
        *failure.exception = json!({"message": failure.message});
        failure
    }

    /// Returns the failure of a field that must not be null.
    pub(crate) fn null_for_non_null(type_name: &str, field: &str) -> Self {
        Self::error(format!(
            "Cannot return null for non-nullable field {type_name}.{field}."
        ))
    }

    /// Returns the `TypeError` of a property of null or undefined.
    pub(crate) fn property_of(nothing: &str, name: &str) -> Self {
        Self::type_error(format!(
            "Cannot read properties of {nothing} (reading '{name}')"
        ))
    }

    /// Returns the failure of invalid data of a person.
    pub(crate) fn input_invalid(message: impl Into<String>) -> Self {
        Self::of_wiki(1012, "InputInvalid", message)
    }

    /// Returns the failure of a password that is too short.
    pub(crate) fn password_too_short() -> Self {
        Self::input_invalid("Password must be at least 6 characters!")
    }

    /// Returns the failure of a value that the model refuses.
    pub(crate) fn validation(message: &str) -> Self {
        Self::new("ValidationError", message)
    }

    /// Returns the failure of a page that could not be rendered.
    pub(crate) fn render_page() -> Self {
        Self::error("Error when running job render-page: injected by wikijs-fake")
    }

    /// Returns the failure of a write during which the wiki was stopped. No client receives it.
    pub(crate) fn stopped() -> Self {
        Self::error("The wiki was stopped.")
    }

    /// Returns the failure of a thrown value without a name, so that the `slug` of a `responseResult` is null.
    pub(crate) fn nameless() -> Self {
        Self::new("", "An unexpected error occured.")
    }

    /// Returns the failure of a thrown null, which Wiki.js cannot convert into a `responseResult`.
    pub(crate) fn null() -> Self {
        let failure = Self::property_of("null", "code");
        Self {
            is_uncaught: true,
            ..failure
        }
    }

    /// Returns the failure of a statement that the database refuses, with the error of its driver.
    pub(crate) fn of_database(
        slug: &'static str,
        message: String,
        client: &str,
        native: &Value,
    ) -> Self {
        let mut failure = Self::new(slug, message);
        *failure.exception = json!({"name": slug, "nativeError": native, "client": client});
        failure
    }

    /// Returns the failure to connect to the database at this port.
    pub(crate) fn database_away(port: u16) -> Self {
        let mut failure = Self::error(format!("connect ECONNREFUSED {DATABASE_ADDRESS}:{port}"));
        *failure.exception = json!({
            "errno": -111, "code": "ECONNREFUSED", "syscall": "connect",
            "address": DATABASE_ADDRESS, "port": port,
        });
        failure
    }

    /// Returns the failure to connect to the database of a Wiki.js 1.
    pub(crate) fn mongo_unreachable() -> Self {
        let message = "failed to connect to server [127.0.0.1:27017] on first connect";
        Self::new("MongoNetworkError", message)
    }

    /// Returns the refusal of a client that sends too many requests.
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        Self::graphql(format!(
            "Too many requests, please try again in {seconds} seconds."
        ))
    }

    /// Returns the `extensions` of its GraphQL error.
    pub(crate) fn extensions(&self, production: bool) -> Value {
        let mut exception = Value::clone(&self.exception);
        if !production {
            let stack = format!("{}: {}\n    at wikijs-fake", self.slug, self.message);
            exception["stacktrace"] = stack.lines().collect();
        }
        let mut extensions = json!({"code": "INTERNAL_SERVER_ERROR"});
        if exception != json!({}) {
            extensions["exception"] = exception;
        }
        extensions
    }
}
