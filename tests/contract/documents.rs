//! Documents of custom operations: their kinds, and how they are sent.

use std::sync::mpsc;

use graphql_client::{GraphQLQuery, QueryBody};
use serde::Serialize;
use serde_json::{Value, json};
use wikijs_client::{Applied, Client, Error, RetryPolicy, error::UnknownPart};

use crate::canned::{CannedWiki, Response, body_of, serve};

/// An operation with any document.
struct Operation;

#[derive(Serialize)]
struct Document {
    #[serde(skip)]
    text: &'static str,
    #[serde(skip)]
    name: &'static str,
}

impl GraphQLQuery for Operation {
    type Variables = Document;
    type ResponseData = Value;
    fn build_query(variables: Document) -> QueryBody<Document> {
        QueryBody {
            query: variables.text,
            operation_name: variables.name,
            variables,
        }
    }
}

/// Returns `true` if the client sends an operation as a mutation, whose outcome is unknown without a response.
async fn is_mutation(wiki: &CannedWiki, text: &'static str, name: &'static str) -> bool {
    wiki.set(Response::new(502, ""));
    let sent = wiki.client.execute::<Operation>(Document { text, name });
    sent.await.unwrap_err().applied() == Applied::Unknown
}

#[tokio::test]
async fn the_kind_is_that_of_the_named_operation() {
    const DOCUMENT: &str = r#"
        # mutation A { comment }
        query A($text: String = "mutation { \" }", $o: In = {a: 1}) { a }
        fragment F on Mutation { mutation query }
        mutation B { b(text: """ query { " """) { query } }
    "#;
    const SHARED: &str = "query A {\n a }\nmutation B { b }";
    let wiki = CannedWiki::start(|builder| builder);
    for (text, name, expected) in [
        (DOCUMENT, "A", false),
        (DOCUMENT, "B", true),
        ("fragment F on Page { id } query C { a }", "C", false),
        ("{ pages { list { id } } }", "", false),
        ("query { a }", "", false),
        ("mutation { a }", "", true),
        // Operations that share a document, or its address.
        (SHARED, "A", false),
        (SHARED, "B", true),
        (&SHARED[..12], "A", false),
        // An operation of unknown kind is a mutation.
        ("", "A", true),
        ("\"", "A", true),
        ("fragment F on Page { id }", "A", true),
        ("\u{e9}\u{e9}", "A", true),
    ] {
        for _ in 0..2 {
            let found = is_mutation(&wiki, text, name).await;
            assert_eq!(found, expected, "{name} in {text:?}");
        }
    }
}

#[tokio::test]
async fn operations_are_sent_with_their_own_documents() {
    const SHARED: &str = "query A {\n a }\nmutation B { b }";
    let (seen, requests) = mpsc::channel();
    let url = serve(move |request| {
        let body: Value = serde_json::from_str(body_of(request)).unwrap();
        seen.send((body["operationName"].clone(), body["query"].clone()))
            .unwrap();
        Response::json(200, json!({"data": {}}))
    });
    let wiki = Client::builder(url).build().unwrap();
    for _ in 0..2 {
        for (text, name) in [(SHARED, "A"), (SHARED, "B"), (&SHARED[..12], "A")] {
            let sent = wiki.execute::<Operation>(Document { text, name });
            sent.await.unwrap();
            assert_eq!(requests.recv().unwrap(), (json!(name), json!(text)));
        }
    }
}

#[tokio::test]
async fn k53_unknown_parts_are_read_from_messages_of_graphql_js() {
    let wiki = CannedWiki::start(|builder| builder);
    let text = "query Any { a }";
    let refused = async |code: &str, message: &str| {
        let error = json!({"message": message, "extensions": {"code": code}});
        wiki.set(Response::json(400, json!({"errors": [error]})));
        let document = Document { text, name: "Any" };
        match wiki.client.execute::<Operation>(document).await {
            Err(Error::Unsupported(unsupported)) => Some(unsupported.parts),
            Err(Error::GraphQl(_)) => None,
            other => panic!("{other:?}"),
        }
    };
    let field = |on: &str, field: &str| UnknownPart::Field {
        field: field.to_owned(),
        on: on.to_owned(),
    };
    let argument = || UnknownPart::Argument {
        argument: "foo".to_owned(),
        of: "PageQuery.list".to_owned(),
    };
    let input = || UnknownPart::InputField {
        field: "x".to_owned(),
        of: "PageRuleInput".to_owned(),
    };
    let required =
        "Field \"list\" argument \"a\" of type \"Int!\" is required, but it was not provided.";
    for (message, part) in [
        (
            r#"Cannot query field "singleByPath" on type "PageQuery". Did you mean "single"?"#,
            field("PageQuery", "singleByPath"),
        ),
        (
            r#"Unknown argument "foo" on field "PageQuery.list"."#,
            argument(),
        ),
        (
            r#"Unknown argument "foo" on field "PageQuery.list". Did you mean "limit"?"#,
            argument(),
        ),
        (
            r#"Unknown argument "foo" on field "list" of type "PageQuery"."#,
            argument(),
        ),
        (
            r#"Unknown type "Nope"."#,
            UnknownPart::Type {
                name: "Nope".to_owned(),
            },
        ),
        (
            r#"Field "x" is not defined by type "PageRuleInput"."#,
            input(),
        ),
        (
            required,
            UnknownPart::Other {
                message: required.to_owned(),
            },
        ),
    ] {
        let found = refused("GRAPHQL_VALIDATION_FAILED", message).await;
        assert_eq!(found, Some(vec![part]), "{message}");
    }
    let variable = r#"Variable "$r" got invalid value {"x":"a\"b"} at "r[0]"; Field "x" is not defined by type "PageRuleInput"."#;
    let found = refused("BAD_USER_INPUT", variable).await;
    assert_eq!(found, Some(vec![input()]));
    let value = r#"Variable "$n" got invalid value "x""#;
    assert_eq!(refused("BAD_USER_INPUT", value).await, None);
    assert_eq!(refused("INTERNAL_SERVER_ERROR", "Forbidden").await, None);
}

const WHOLE: &str =
    "query Q($a: Int, $b: Int) {\n  x {\n    y(a: $a, b: $b) {\n      id\n      z\n    }\n  }\n}";

/// Returns the position of a part in [`WHOLE`].
const fn place(part: &str) -> (usize, usize) {
    let (text, part) = (WHOLE.as_bytes(), part.as_bytes());
    let mut start = 0;
    loop {
        let mut length = 0;
        while length < part.len() && text[start + length] == part[length] {
            length += 1;
        }
        if length == part.len() {
            return (start, start + length);
        }
        start += 1;
    }
}

/// A part of a document, its variables and its positions.
type Part = (
    &'static str,
    &'static [&'static str],
    &'static [(usize, usize)],
);

/// The optional parts of [`WHOLE`].
const PARTS: &[(&str, &[Part])] = &[(
    WHOLE,
    &[
        ("X.y(a:)", &["a"], &[place("$a: Int"), place("a: $a")]),
        ("X.y(b:)", &["b"], &[place("$b: Int"), place("b: $b")]),
        ("Query.x", &[], &[(place("x {").0, WHOLE.len() - 2)]),
        ("Y.id", &[], &[place("id")]),
        ("Y.z", &[], &[place("z")]),
    ],
)];

#[tokio::test]
async fn k53_parts_that_the_wiki_refuses_are_removed_from_a_document() {
    const A: &str = r#"Unknown argument "a" on field "X.y"."#;
    const B: &str = r#"Unknown argument "b" on field "X.y"."#;
    const X: &str = r#"Cannot query field "x" on type "Query"."#;
    const ID: &str = r#"Cannot query field "id" on type "Y"."#;
    const Z: &str = r#"Cannot query field "z" on type "Y"."#;
    for (refused, left) in [
        (
            vec![B, Z],
            Some("query Q($a: Int, ) {\n  x {\n    y(a: $a, ) {\n      id\n      \n    }\n  }\n}"),
        ),
        (
            vec![B, A],
            Some("query Q {\n  x {\n    y {\n      id\n      z\n    }\n  }\n}"),
        ),
        // Selections that would be empty, and a part within another one.
        (vec![ID, Z], None),
        (vec![X, B], None),
    ] {
        let errors: Vec<_> = refused
            .iter()
            .map(|message| {
                json!({"message": message, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}})
            })
            .collect();
        let url = serve(move |request| {
            let body: Value = serde_json::from_str(body_of(request)).unwrap();
            if body["query"] == WHOLE {
                Response::json(400, json!({"errors": errors}))
            } else {
                Response::json(200, json!({"data": body["query"]}))
            }
        });
        let wiki = Client::builder(url)
            .retry(RetryPolicy::none())
            .optional_parts(PARTS)
            .build()
            .unwrap();
        let document = Document {
            text: WHOLE,
            name: "Q",
        };
        match (wiki.execute::<Operation>(document).await, left) {
            (Ok(data), Some(left)) => assert_eq!(data, left),
            (Err(error), None) => assert!(error.is_unsupported(), "{error:?}"),
            (other, _) => panic!("{refused:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_subscription_is_refused_before_it_is_sent() {
    let fake = wikijs_fake::FakeWiki::start().await;
    let wiki = Client::builder(fake.url()).build().unwrap();
    let watched = Document {
        text: "query Other { a } subscription Watched { loggingLiveTrail { output } }",
        name: "Watched",
    };
    let error = wiki.execute::<Operation>(watched).await.unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
    assert!(error.to_string().contains("live_log"), "{error}");
    assert!(fake.requests().is_empty());
}
