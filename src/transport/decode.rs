//! Decodes responses to typed data or to errors.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use serde_path_to_error::{Path, Segment};

use super::{Request, failure::Refusal, send::RawResponse};
use crate::{
    auth::Credentials,
    error::{
        Applied, DecodeError, Error, GraphQlError, GraphQlErrors, PathSegment, Result,
        before_statement, reduce_message, required_permissions,
    },
    redact::{Secrets, shorten},
};

/// Maximum length in characters of a path or text in an error. The decoder's messages quote the value, which
/// may be the content of a page.
const MAX_SHOWN: usize = 200;

#[derive(Deserialize)]
#[serde(bound(deserialize = "Data: Deserialize<'de>"))]
struct Envelope<Data> {
    #[serde(default = "Option::default")]
    data: Option<Data>,
    #[serde(default)]
    errors: Option<Vec<GraphQlError>>,
}

/// The data of an operation, which the transport decodes without knowing its type. The code of the transport is therefore
/// compiled only once, and not for each operation.
pub(crate) trait Decode: Send {
    /// Decodes the body of a response. Returns `false` if the body contains errors or no data.
    fn decode(&mut self, body: &[u8]) -> serde_json::Result<bool>;
}

/// The data of an operation, once it is decoded. It is boxed, because moving half a kilobyte through nested futures takes
/// longer than an allocation.
#[derive(Debug)]
pub(crate) struct Decoded<Data>(Option<Box<Data>>);

impl<Data> Decoded<Data> {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    /// Returns the data.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if it was not decoded.
    pub(crate) fn take(self, operation: &'static str) -> Result<Box<Data>> {
        self.0
            .ok_or_else(|| Error::missing_field(operation, "data", Applied::Unknown))
    }
}

impl<Data: DeserializeOwned + Send> Decode for Decoded<Data> {
    fn decode(&mut self, body: &[u8]) -> serde_json::Result<bool> {
        let Envelope { data, errors } = serde_json::from_slice::<Envelope<Box<Data>>>(body)?;
        // graphql-js omits an empty list, but a gateway may add one.
        self.0 = data.filter(|_| errors.is_none_or(|errors| errors.is_empty()));
        Ok(self.0.is_some())
    }
}

/// Decodes the data of a response.
///
/// The usual response, data without errors, is decoded directly from the bytes. Every other response is parsed
/// a second time as generic JSON, since `data` beside errors often does not match the operation's type.
pub(super) fn decode(
    request: &Request,
    response: &RawResponse,
    credentials: &Credentials,
    data: &mut dyn Decode,
) -> Result<()> {
    // A response may repeat the secrets of the request. They are redacted in errors.
    let secrets = || credentials.secrets().with_request(&request.body);
    if response.is_success() && data.decode(&response.body).unwrap_or_default() {
        // Wiki.js reports a failed mutation as data, often with the failed SQL statement in its message, which
        // must be removed. Only responses that may report a failure are decoded again.
        if request.is_mutation()
            && may_be_refusal(&response.body)
            && let Some(body) = reduced(&response.body, &secrets())
        {
            // The same data with other messages can be decoded, too.
            data.decode(&body).unwrap_or_default();
        }
        return Ok(());
    }
    let unusable = Unusable {
        request,
        response,
        secrets: secrets(),
    };
    Err(unusable.into_error(data))
}

/// Returns `true` if a response to a mutation may contain a `responseResult` that reports a failure.
fn may_be_refusal(body: &[u8]) -> bool {
    const FIELD: &[u8] = b"\"succeeded\"";
    let mut found = body.windows(FIELD.len()).enumerate();
    found.any(|(at, window)| {
        window == FIELD && {
            let rest = body[at + FIELD.len()..].trim_ascii_start();
            rest.strip_prefix(b":")
                .is_some_and(|value| value.trim_ascii_start().starts_with(b"false"))
        }
    })
}

/// Returns a response without the SQL and the secrets in its messages.
#[cold]
fn reduced(body: &[u8], secrets: &Secrets) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    reduce_messages(&mut body, secrets);
    serde_json::to_vec(&body).ok()
}

/// Removes SQL and secrets from the message of each `responseResult` without success.
fn reduce_messages(value: &mut Value, secrets: &Secrets) {
    match value {
        Value::Object(fields) => {
            if fields.get("succeeded") == Some(&Value::Bool(false))
                && let Some(Value::String(message)) = fields.get_mut("message")
            {
                *message = reduce_message(message, secrets);
            }
            for field in fields.values_mut() {
                reduce_messages(field, secrets);
            }
        }
        Value::Array(items) => {
            for item in items {
                reduce_messages(item, secrets);
            }
        }
        _ => {}
    }
}

/// A response without usable data.
struct Unusable<'a> {
    request: &'a Request,
    response: &'a RawResponse,
    secrets: Secrets,
}

impl Unusable<'_> {
    #[cold]
    fn into_error(self, data: &mut dyn Decode) -> Error {
        let (request, response) = (self.request, self.response);
        let is_mutation = request.is_mutation();
        match serde_json::from_slice::<Envelope<Value>>(&response.body) {
            // The body may be JSON of a proxy.
            Ok(_) if is_status_of_proxy(response.status) => self.not_graphql(),
            Ok(Envelope {
                mut data,
                errors: Some(mut errors),
            }) if !errors.is_empty() => {
                // A faulty proxy may deliver the response to another request. Such a response must not count as the
                // final one of a mutation, since it does not show whether the mutation was applied.
                let mut of_errors = errors.iter();
                if is_mutation
                    && let Some(error) = of_errors.find(|error| !self.selects(&error.path))
                {
                    return self.of_another_request(error);
                }
                let applied = match request.applied_if_lost() {
                    Applied::No => Applied::No,
                    _ => Applied::after_errors(response.status, &errors, data.as_ref()),
                };
                for error in &mut errors {
                    error.redact(&self.secrets);
                }
                if let Some(data) = &mut data {
                    reduce_messages(data, &self.secrets);
                }
                Error::from_graphql(GraphQlErrors {
                    required: required_permissions(&errors, is_mutation),
                    object: None,
                    operation: request.operation().to_owned(),
                    status: response.status,
                    applied,
                    errors,
                    data,
                })
            }
            Ok(Envelope {
                data: Some(found), ..
            }) if response.is_success() => self.mismatch(found, data),
            _ => self.not_graphql(),
        }
    }

    /// Returns `false` if an error's path begins with a field that the request does not select.
    fn selects(&self, path: &[PathSegment]) -> bool {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let query = self.request.document.text;
        let names = |wanted: &str| query.split(|c| !is_of_name(c)).any(|name| name == wanted);
        // The first two segments, a domain of Wiki.js and its field, suffice to recognize another operation.
        path.iter().take(2).all(|segment| match segment {
            PathSegment::Field(field) => names(field),
            PathSegment::Index(_) => true,
        })
    }

    /// Creates the error of a GraphQL response that does not match the operation's type.
    fn mismatch(&self, mut data: Value, decoded: &mut dyn Decode) -> Error {
        let response = &self.response.body;
        let (path, source) = match decoded.decode(response) {
            Err(error) => {
                let found = path_of(response, &error).map(|(segments, path)| {
                    let body = json!({ "data": data });
                    unexpected_null(body, &segments, &path, decoded).unwrap_or(path)
                });
                (found.unwrap_or_else(|| "data".to_owned()), error)
            }
            Ok(_) => ("data".to_owned(), custom("it cannot be decoded twice")),
        };
        reduce_messages(&mut data, &self.secrets);
        let text = source.to_string();
        let shown = shorten(&self.secrets.redact(&text), MAX_SHOWN);
        // The original error also has the line and the column.
        let source = if shown == text { source } else { custom(shown) };
        self.decode_error(&path, source, Some(data))
    }

    /// Creates the error of a response that names a field which the request does not select.
    fn of_another_request(&self, error: &GraphQlError) -> Error {
        let source = custom("it is the response to another request");
        self.decode_error(&error.path_text(), source, None)
    }

    fn decode_error(&self, path: &str, source: serde_json::Error, data: Option<Value>) -> Error {
        let path = shorten(&self.secrets.redact(path), MAX_SHOWN);
        // The body may be the response to another request, so it does not show whether a mutation was applied.
        let applied = self.request.applied_if_lost();
        Error::Decode(Box::new(DecodeError {
            status: self.response.status,
            data,
            ..DecodeError::new(self.request.operation(), path, source, applied)
        }))
    }

    fn not_graphql(&self) -> Error {
        let response = self.response;
        let start = response.body.trim_ascii_start();
        let html = start.starts_with(b"<");
        let problem = match (response.status, html) {
            // Before its setup is complete, a wiki responds to every POST with 404 and JSON.
            (404, false) if is_setup_response(start) => {
                "the wiki is not set up yet; finish its setup in a browser"
            }
            (404, _) => {
                "there is no GraphQL endpoint; check the URL, and its path if the wiki is not at the root"
            }
            (413, _) => {
                "the request is larger than the wiki or a proxy accepts (5 MiB by default); send less at once"
            }
            (401 | 403, _) => "a proxy in front of the wiki rejected the request; check its rules",
            (429, _) => "too many requests",
            (408 | 499, _) => "a proxy timed out before the wiki responded",
            (502..=504, _) => "a proxy cannot reach the wiki",
            (200..=299, true) => {
                "an HTML page instead of GraphQL; check the URL, and whether a login page is in front of the wiki"
            }
            (_, true) => "an HTML page instead of GraphQL",
            (200..=299, false) if start.starts_with(b"{") => {
                "the response is cut off, or is not JSON"
            }
            _ => "the response is not GraphQL",
        };
        let refusal = Refusal {
            status: response.status,
            problem: problem.to_owned(),
            body: body_excerpt(&self.secrets, &response.body),
            retry_after: response.retry_after,
            is_not_applied: Applied::is_rejected_before_execution(response.status),
            auth: None,
        };
        refusal.into_error(self.request.document.operation)
    }
}

fn custom(problem: impl std::fmt::Display) -> serde_json::Error {
    serde::de::Error::custom(problem)
}

/// Returns `true` for a status that proxies send, but Wiki.js never sends with a GraphQL body.
fn is_status_of_proxy(status: u16) -> bool {
    matches!(status, 408 | 425 | 499 | 501..=599)
}

/// Returns the path of the value at which decoding has failed with `error`, which contains only its position.
///
/// The body is parsed up to that position as generic JSON, which fails there. To track the path while the data is decoded,
/// all decoding code of the operation would have to be compiled a second time. If a scalar type refuses a text only after
/// it was decoded, the path may be that of the object.
fn path_of(body: &[u8], error: &serde_json::Error) -> Option<(Path, String)> {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().checked_sub(1)?)
        .map(<[u8]>::len)
        .sum();
    let read = body.get(..before + error.column())?.trim_ascii_end();
    let begin = if let (b'"' | b'}' | b']', before) = read.split_last()? {
        // The end of a value, which must not be complete.
        before.to_vec()
    } else {
        // A list or an object is refused at its beginning, and any other value at its end. A text takes its place.
        let is_of_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let end = read.iter().rposition(|byte| !is_of_value(byte))?;
        [&read[..=end], b"\""].concat()
    };
    let mut deserializer = serde_json::Deserializer::from_slice(&begin);
    let parsed: Result<Value, _> = serde_path_to_error::deserialize(&mut deserializer);
    let segments = parsed.err()?.path().clone();
    // The last segment is unknown if the object is not as expected, and not one of its fields.
    let path = segments.to_string();
    let path = path.strip_suffix(".?").unwrap_or(&path).to_owned();
    Some((segments, path))
}

/// Returns the full path of the null that a type does not allow, if it is below the path of the error. serde
/// decodes the fields of a fragment from a buffer, so the error's path ends at the fragment.
///
/// The body is decoded again without its nulls, because serde then reports the name of the missing field.
fn unexpected_null(
    mut body: Value,
    segments: &Path,
    path: &str,
    decoded: &mut dyn Decode,
) -> Option<String> {
    let pointer = segments.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    });
    let mut nulls = Vec::new();
    let place = body.pointer_mut(&pointer.collect::<String>())?;
    take_nulls(place, path, &mut nulls);
    let body = serde_json::to_vec(&body).ok()?;
    let error = decoded.decode(&body).err()?.to_string();
    let key = error.strip_prefix("missing field `")?.split('`').next()?;
    let mut fitting = nulls
        .into_iter()
        .filter(|null| null.rsplit('.').next() == Some(key));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Removes the fields that are null from a value, and adds their paths to `nulls`.
fn take_nulls(value: &mut Value, path: &str, nulls: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.retain(|key, value| {
            let path = format!("{path}.{key}");
            take_nulls(value, &path, nulls);
            let is_null = value.is_null();
            if is_null {
                nulls.push(path);
            }
            !is_null
        }),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                take_nulls(item, &format!("{path}[{index}]"), nulls);
            }
        }
        _ => {}
    }
}

/// Returns `true` for the response of a wiki that has not been set up. It sends this response to every request
/// other than a GET.
fn is_setup_response(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct NotFound {
        message: String,
        #[serde(rename = "error")]
        _error: Map<String, Value>,
    }
    serde_json::from_slice::<NotFound>(body).is_ok_and(|body| body.message == "Not Found")
}

/// Returns the first 300 characters of a body, without secrets and SQL.
pub(crate) fn body_excerpt(secrets: &Secrets, body: &[u8]) -> String {
    /// Maximum number of bytes that are examined.
    const READ: usize = 64 * 1024;
    const SHOWN: usize = 300;
    // Redaction comes before the cut to 300 characters: of a key that is cut, the rest would not be recognized.
    let text = String::from_utf8_lossy(&body[..body.len().min(READ)]);
    let text = secrets.redact(text.trim_start());
    before_statement(&text).chars().take(SHOWN).collect()
}
