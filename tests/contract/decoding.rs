//! Decoding of responses: by generated code, here and in other crates, and of any bytes.

use std::{collections::BTreeMap, marker::PhantomData};

use fastrand::Rng;
use graphql_client::{GraphQLQuery, QueryBody};
use serde::{Deserialize, de::DeserializeOwned};
use wikijs_client::{Error, api::pages_list::ResponseData};

use crate::canned::{CannedWiki, Response};

struct Answer {
    id: u64,
    all: Vec<u64>,
    tags: Option<Vec<String>>,
}

wikijs_client::__object! { Answer 0 "id" id value, 1 "all" all list, 2 "tagList" tags nullable_list, }

fn decode(json: &str) -> Result<Answer, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn fields_are_decoded_in_any_order_and_unknown_ones_are_skipped() {
    let answer =
        decode(r#"{"x": {"id": 1}, "tagList": ["a"], "all": [1, 2], "id": 7, "y": []}"#).unwrap();
    assert_eq!((answer.id, answer.all), (7, vec![1, 2]));
    assert_eq!(answer.tags, Some(vec!["a".to_owned()]));
}

#[test]
fn only_nullable_fields_may_be_missing() {
    for json in [
        r#"{"id": 7, "all": [], "tagList": null}"#,
        r#"{"id": 7, "all": []}"#,
    ] {
        let answer = decode(json).unwrap();
        assert_eq!((answer.id, answer.all, answer.tags), (7, Vec::new(), None));
    }
    for (json, expected) in [
        (r#"{"all": []}"#, "missing field `id`"),
        (r#"{"id": 7}"#, "missing field `all`"),
        (
            r#"{"id": 7, "all": null}"#,
            "invalid type: null, expected a list",
        ),
        (
            r#"{"id": 7, "all": ["a"]}"#,
            "invalid type: string \"a\", expected u64",
        ),
        (
            r#"{"id": 7, "all": {"a": 1}}"#,
            "invalid type: map, expected a list",
        ),
        ("[7, []]", "invalid type: sequence, expected an object"),
    ] {
        let error = decode(json).err().unwrap();
        assert!(error.starts_with(expected), "{json}: {error}");
    }
}

#[test]
fn a_large_list_has_little_excess_capacity() {
    let all = |list: &str| {
        decode(&format!(r#"{{"id": 7, "all": {list}}}"#))
            .unwrap()
            .all
    };
    let large: Vec<u64> = (0..100_000).collect();
    let list = all(&serde_json::json!(large).to_string());
    assert_eq!(list, large);
    assert!(list.capacity() <= 125_000);
    assert_eq!(all("[1, 2]").capacity(), 2);
}

/// A query or a mutation with any type of data.
struct Operation<Data, const IS_MUTATION: bool>(PhantomData<Data>);

impl<Data: DeserializeOwned, const IS_MUTATION: bool> GraphQLQuery
    for Operation<Data, IS_MUTATION>
{
    type Variables = ();
    type ResponseData = Data;

    fn build_query(variables: ()) -> QueryBody<()> {
        QueryBody {
            variables,
            operation_name: "Operation",
            query: if IS_MUTATION {
                "mutation Operation { pages { list } }"
            } else {
                "query Operation { pages { list } }"
            },
        }
    }
}

#[tokio::test]
async fn a_null_in_a_fragment_has_its_path() {
    #[derive(Debug, Deserialize)]
    struct Data {
        _items: Vec<Item>,
    }
    #[derive(Debug, Deserialize)]
    struct Item {
        _id: i64,
        #[serde(flatten)]
        _fragment: Fragment,
    }
    #[derive(Debug, Deserialize)]
    struct Fragment {
        _note: Option<String>,
        _title: String,
    }

    let wiki = CannedWiki::start(|builder| builder);
    let path = async |body: String| {
        wiki.set(Response::new(200, body));
        match wiki.client.execute::<Operation<Data, false>>(()).await {
            Err(Error::Decode(error)) => error.path,
            other => panic!("{other:?}"),
        }
    };
    let good = r#"{"_id":1,"_note":null,"_title":"A"}"#;
    let bad = r#"{"_id":2,"_note":null,"_title":null}"#;
    let body = format!(r#"{{"data":{{"_items":[{good},{bad},{good}]}}}}"#);
    assert_eq!(path(body).await, "data._items[1]._title");
    let worse = r#"{"_id":null,"_note":null,"_title":"A"}"#;
    let body = format!(r#"{{"data":{{"_items":[{good},{worse}]}}}}"#);
    assert_eq!(path(body).await, "data._items[1]._id");
}

#[tokio::test]
async fn the_path_of_every_wrong_value_is_reported() {
    #[derive(Debug, Deserialize)]
    struct Data {
        _items: Vec<Item>,
    }
    #[derive(Debug, Deserialize)]
    struct Item {
        _number: i64,
        _text: String,
        _flag: bool,
        _list: Vec<u8>,
        _object: BTreeMap<String, u8>,
    }

    const GOOD: [(&str, &str); 5] = [
        ("_number", "12"),
        ("_text", "\"}\\\"\""),
        ("_flag", "true"),
        ("_list", "[1, 22]"),
        ("_object", "{\"a\": 1}"),
    ];
    let wiki = CannedWiki::start(|builder| builder);
    for (field, good) in GOOD {
        for bad in [
            "34",
            "-1.5e3",
            "\"]\"",
            "false",
            "null",
            "[{}]",
            "[1, \"a\"]",
            "{\"b\": []}",
        ] {
            let item = |value: &str| {
                let fields = GOOD.map(|(name, good)| {
                    let value = if name == field { value } else { good };
                    format!("\"{name}\" : {value}")
                });
                format!("{{{}}}", fields.join(",\n  "))
            };
            let body = format!(
                "{{\"data\":{{\"_items\": [{},\n{}]}}}}",
                item(good),
                item(bad)
            );
            wiki.set(Response::new(200, body));
            let path = match wiki.client.execute::<Operation<Data, false>>(()).await {
                Err(Error::Decode(error)) => error.path,
                Ok(_) => {
                    let good = [("_number", "34"), ("_text", "\"]\""), ("_flag", "false")];
                    assert!(good.contains(&(field, bad)), "{field}: {bad}");
                    continue;
                }
                other => panic!("{other:?}"),
            };
            let expected = match (field, bad) {
                ("_list", "[{}]") => "_list[0]",
                ("_list", "[1, \"a\"]") => "_list[1]",
                ("_object", "{\"b\": []}") => "_object.b",
                _ => field,
            };
            assert_eq!(path, format!("data._items[1].{expected}"), "{bad}");
        }
    }
    for (body, path) in [
        (r#"{"data":{"_items":7}}"#, "data._items"),
        (r#"{"data":{}}"#, "data"),
        (r#"{"data":{"_items":[{}, 7]}}"#, "data._items[0]"),
        (r#"{"data":"x"}"#, "data"),
    ] {
        wiki.set(Response::new(200, body.to_owned()));
        match wiki.client.execute::<Operation<Data, false>>(()).await {
            Err(Error::Decode(error)) => assert_eq!(error.path, path),
            other => panic!("{other:?}"),
        }
    }
}

const RESPONSES: [&str; 4] = [
    r#"{"data":{"pages":{"list":[{"id":1,"path":"a/b","locale":"en","title":"T","description":null,"contentType":"markdown","isPublished":true,"isPrivate":false,"privateNS":null,"createdAt":"2026-01-31T09:30:00.000Z","updatedAt":"","tags":["x"]}]}}}"#,
    r#"{"errors":[{"message":"Forbidden","path":["pages","list",3],"locations":[{"line":1,"column":8}],"extensions":{"exception":{"code":6013}}}],"data":{"pages":null}}"#,
    r#"{"data":{},"errors":[{"message":"API Key is invalid or was revoked.","path":[]}]}"#,
    "<!DOCTYPE html><html><title>\u{fc}</title></html>",
];

/// Returns a response with some bytes changed, removed, inserted, repeated or cut off.
fn corrupted(random: &mut Rng) -> Vec<u8> {
    let mut body = RESPONSES[random.usize(..RESPONSES.len())]
        .as_bytes()
        .to_vec();
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

#[tokio::test]
async fn any_bytes_are_data_or_an_error() {
    const CASES: usize = 2_000;
    let wiki = CannedWiki::start(|builder| builder);
    let mut random = Rng::with_seed(1);
    let mut decoded = 0;
    for case in 0..CASES {
        let body: Vec<u8> = if case % 10 == 0 {
            (0..random.usize(..300)).map(|_| random.u8(..)).collect()
        } else {
            corrupted(&mut random)
        };
        let status = [200, 400, 404, 500, 502][random.usize(..5)];
        wiki.set(Response::new(status, body));
        let query = wiki.client.execute::<Operation<ResponseData, false>>(());
        let mutation = wiki.client.execute::<Operation<ResponseData, true>>(());
        for result in [query.await, mutation.await] {
            match result {
                Ok(_) => decoded += 1,
                Err(error) => assert!(!format!("{error} {error:?}").is_empty()),
            }
        }
    }
    assert!(decoded > CASES / 200, "some responses are still valid");
}
