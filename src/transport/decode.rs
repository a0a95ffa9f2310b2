//! From the bytes of an answer to typed data, or to the error that it stands for.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use super::{Operation, OperationKind, failure::unknown_if_mutation, send::Answer};
use crate::{
    auth::Credentials,
    error::{Applied, DecodeError, Error, GraphQlError, GraphQlErrors, HttpError, Result},
};

#[derive(Deserialize)]
#[serde(bound(deserialize = "Data: Deserialize<'de>"))]
struct Envelope<Data> {
    #[serde(default = "Option::default")]
    data: Option<Data>,
    #[serde(default)]
    errors: Option<Vec<GraphQlError>>,
}

/// The data of an answer.
///
/// The usual answer, data without errors, is decoded straight from the bytes. Any other is read a
/// second time, as JSON of any shape: with errors, `data` often does not fit the operation.
pub(super) fn decode<Data: DeserializeOwned>(
    operation: Operation,
    answer: &Answer,
    credentials: &Credentials,
) -> Result<Data> {
    if answer.is_success()
        && let Ok(Envelope {
            data: Some(data),
            errors,
        }) = serde_json::from_slice::<Envelope<Data>>(&answer.body)
        && errors.is_none_or(|errors| errors.is_empty())
    {
        return Ok(data);
    }
    Err(what_is_wrong::<Data>(operation, answer, credentials))
}

/// The error that an answer stands for.
#[cold]
fn what_is_wrong<Data: DeserializeOwned>(
    operation: Operation,
    answer: &Answer,
    credentials: &Credentials,
) -> Error {
    match serde_json::from_slice::<Envelope<Value>>(&answer.body) {
        Ok(Envelope {
            data,
            errors: Some(errors),
        }) if !errors.is_empty() => Error::from_graphql(GraphQlErrors {
            operation: operation.name.to_owned(),
            status: answer.status,
            applied: match unknown_if_mutation(operation) {
                Applied::No => Applied::No,
                _ => Applied::after_errors(answer.status, &errors),
            },
            errors,
            data,
        }),
        Ok(Envelope { data: Some(_), .. }) if answer.is_success() => {
            misfit::<Data>(operation, answer)
        }
        _ => not_graphql(operation, answer, credentials),
    }
}

/// The data of a mutation's answer that was decoded before as text of JSON.
pub(crate) fn decode_data<Data: DeserializeOwned>(
    operation: &'static str,
    data: &RawValue,
) -> Result<Data> {
    serde_json::from_str(data.get()).map_err(|_| {
        let operation = Operation {
            name: operation,
            kind: OperationKind::Mutation,
        };
        let answer = Answer {
            status: 200,
            body: format!("{{\"data\":{}}}", data.get()).into(),
            ..Answer::default()
        };
        misfit::<Data>(operation, &answer)
    })
}

/// The answer is GraphQL's, but not what the operation selects: says where.
fn misfit<Data: DeserializeOwned>(operation: Operation, answer: &Answer) -> Error {
    let mut deserializer = serde_json::Deserializer::from_slice(&answer.body);
    let result: Result<Envelope<Data>, _> = serde_path_to_error::deserialize(&mut deserializer);
    let (path, source) = match result {
        Err(error) => (error.path().to_string(), error.into_inner()),
        Ok(_) => (
            "data".to_owned(),
            serde::de::Error::custom("it cannot be read twice"),
        ),
    };
    Error::Decode(Box::new(DecodeError {
        operation: operation.name.to_owned(),
        status: answer.status,
        path,
        source,
        applied: match unknown_if_mutation(operation) {
            Applied::No => Applied::No,
            // The wiki answered with data: it ran the mutation.
            _ => Applied::Yes,
        },
    }))
}

fn not_graphql(operation: Operation, answer: &Answer, credentials: &Credentials) -> Error {
    const SHOWN: usize = 300;
    let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(4 * SHOWN)]);
    let text = text.trim_start();
    let html = text.starts_with('<');
    let problem = match (answer.status, html) {
        (404, _) => {
            "nothing answers GraphQL there; check the URL, and its path if the wiki is not at the root"
        }
        (413, _) => "the request is larger than the wiki or a proxy takes (5 MiB by default)",
        (401 | 403, _) => "a proxy before the wiki refuses the request",
        (429, _) => "too many requests",
        (502..=504, _) => "a proxy cannot reach the wiki",
        (200..=299, true) => {
            "an HTML page instead of GraphQL; is this a wiki, and is no login page before it?"
        }
        (_, true) => "an HTML page instead of GraphQL",
        (200..=299, false) if text.starts_with('{') => "an answer that is cut off or is not JSON",
        _ => "an answer that is not GraphQL's",
    };
    Error::Http(Box::new(HttpError {
        operation: operation.name.to_owned(),
        status: answer.status,
        problem: problem.to_owned(),
        body: credentials.redact(&text.chars().take(SHOWN).collect::<String>()),
        retry_after: answer.retry_after,
        applied: match answer.status {
            // Refused before the wiki ran anything.
            400..=499 => Applied::No,
            _ => unknown_if_mutation(operation),
        },
    }))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::{Answer, Operation, decode};
    use crate::{api::pages_list::ResponseData, auth::Credentials, transport::OperationKind};

    const ANSWERS: [&str; 4] = [
        r#"{"data":{"pages":{"list":[{"id":1,"path":"a/b","locale":"en","title":"T","description":null,"contentType":"markdown","isPublished":true,"isPrivate":false,"privateNS":null,"createdAt":"2026-01-31T09:30:00.000Z","updatedAt":"","tags":["x",null]}]}}}"#,
        r#"{"errors":[{"message":"Forbidden","path":["pages","list",3],"locations":[{"line":1,"column":8}],"extensions":{"exception":{"code":6013}}}],"data":{"pages":null}}"#,
        r#"{"data":{},"errors":[{"message":"API Key is invalid or was revoked.","path":[]}]}"#,
        "<!DOCTYPE html><html><title>\u{fc}</title></html>",
    ];

    /// An answer with some of its bytes changed, taken away, doubled or cut off.
    fn spoilt(random: &mut Rng) -> Vec<u8> {
        let mut body = ANSWERS[random.usize(..ANSWERS.len())].as_bytes().to_vec();
        for _ in 0..random.usize(..6) {
            if body.is_empty() {
                break;
            }
            let at = random.usize(..body.len());
            match random.u8(..5) {
                0 => body[at] = random.u8(..),
                1 => drop(body.remove(at)),
                2 => body.truncate(at),
                3 => body.insert(at, b"{}[]\",:0n\\ "[random.usize(..11)]),
                _ => body.extend_from_within(at..),
            }
        }
        body
    }

    #[test]
    fn any_bytes_are_data_or_an_error() {
        let mut random = Rng::with_seed(1);
        let mut decoded = 0;
        for case in 0..20_000 {
            let body = if case % 10 == 0 {
                (0..random.usize(..300)).map(|_| random.u8(..)).collect()
            } else {
                spoilt(&mut random)
            };
            let answer = Answer {
                status: [200, 400, 404, 500, 502][random.usize(..5)],
                retry_after: None,
                body: body.into(),
            };
            for kind in [OperationKind::Query, OperationKind::Mutation] {
                let operation = Operation {
                    name: "PagesList",
                    kind,
                };
                match decode::<ResponseData>(operation, &answer, &Credentials::Anonymous) {
                    Ok(_) => decoded += 1,
                    Err(error) => assert!(!format!("{error} {error:?}").is_empty()),
                }
            }
        }
        assert!(decoded > 100, "some are only spoilt a little");
    }
}
