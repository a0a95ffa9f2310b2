//! Refused operations, and the form of errors.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakePage, FakeWiki};

const SINGLE: &str = "query($id:Int!){pages{single(id:$id){id path title}}}";

/// Returns the HTTP status, and message and `extensions.code` of the only error.
async fn refusal(client: &RawClient, body: &Value) -> (u16, String, String) {
    let (status, answer) = client.send(body).await;
    assert!(answer.get("data").is_none(), "{answer}");
    let errors = answer["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), 1, "{answer}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        status,
        text(&errors[0]["message"]),
        text(&errors[0]["extensions"]["code"]),
    )
}

#[tokio::test]
async fn invalid_documents_are_refused_with_messages_of_graphql_js() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let validation = "GRAPHQL_VALIDATION_FAILED";
    let parse = "GRAPHQL_PARSE_FAILED";
    for (query, message, code) in [
        (
            "{pages{list{id nope}}}",
            "Cannot query field \"nope\" on type \"PageListItem\".",
            validation,
        ),
        (
            "{nope}",
            "Cannot query field \"nope\" on type \"Query\".",
            validation,
        ),
        (
            "{pages{list{titel}}}",
            "Cannot query field \"titel\" on type \"PageListItem\". Did you mean \"title\"?",
            validation,
        ),
        (
            "{pages{list(foo:1){id}}}",
            "Unknown argument \"foo\" on field \"PageQuery.list\".",
            validation,
        ),
        (
            "{pages{list(orderBy:TAGS){id}}}",
            "Value \"TAGS\" does not exist in \"PageOrderBy\" enum.",
            validation,
        ),
        (
            "query($p:String!){pages{singleByPath(path:$p){id}}}",
            "Field \"singleByPath\" argument \"locale\" of type \"String!\" is required, but it was not provided.",
            validation,
        ),
        (
            "query($q:Int){__typename}",
            "Variable \"$q\" is never used.",
            validation,
        ),
        (
            "{pages{single(id:\"x\"){id}}}",
            "Int cannot represent non-integer value: \"x\"",
            validation,
        ),
        (
            "{pages{list(locale:5){id}}}",
            "String cannot represent a non string value: 5",
            validation,
        ),
        (
            "{pages{single(id:null){id}}}",
            "Expected value of type \"Int!\", found null.",
            validation,
        ),
        (
            "{pages{single(id:1)}}",
            "Field \"single\" of type \"Page\" must have a selection of subfields. Did you mean \"single { ... }\"?",
            validation,
        ),
        (
            "{pages{list{id} list(limit:1){id}}}",
            "Fields \"list\" conflict because they have differing arguments. Use different aliases on the fields to \
             fetch both if this was intentional.",
            validation,
        ),
        ("{pages{...F}}", "Unknown fragment \"F\".", validation),
        (
            "{pages{list{id}",
            "Syntax Error: Expected Name, found <EOF>.",
            parse,
        ),
        ("{", "Syntax Error: Expected Name, found <EOF>.", parse),
        (
            "{pages list{id}}}",
            "Syntax Error: Unexpected \"}\".",
            parse,
        ),
        ("hello", "Syntax Error: Unexpected Name \"hello\".", parse),
    ] {
        let expected = (400, message.to_owned(), code.to_owned());
        assert_eq!(
            refusal(&client, &json!({"query": query})).await,
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn refusals_have_positions() {
    let wiki = FakeWiki::start().await;
    let (_, answer) = RawClient::new(&wiki)
        .send(&json!({"query": "{pages{list{id nope}}}"}))
        .await;
    assert_eq!(
        answer["errors"][0]["locations"],
        json!([{"line": 1, "column": 16}])
    );
}

#[tokio::test]
async fn variables_are_checked() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let bad = "BAD_USER_INPUT";
    for (variables, message, code) in [
        (
            json!({}),
            "Variable \"$id\" of required type \"Int!\" was not provided.",
            "INTERNAL_SERVER_ERROR",
        ),
        (
            json!(null),
            "Variable \"$id\" of required type \"Int!\" was not provided.",
            "INTERNAL_SERVER_ERROR",
        ),
        (
            json!({"id": null}),
            "Variable \"$id\" of non-null type \"Int!\" must not be null.",
            "INTERNAL_SERVER_ERROR",
        ),
        (
            json!({"id": "1"}),
            "Variable \"$id\" got invalid value \"1\"; Int cannot represent non-integer value: \"1\"",
            bad,
        ),
        (
            json!({"id": 1.5}),
            "Variable \"$id\" got invalid value 1.5; Int cannot represent non-integer value: 1.5",
            bad,
        ),
        (
            json!({"id": 2_147_483_648_i64}),
            "Variable \"$id\" got invalid value 2147483648; Int cannot represent non 32-bit signed integer value: \
             2147483648",
            bad,
        ),
    ] {
        let expected = (400, message.to_owned(), code.to_owned());
        let body = json!({"query": SINGLE, "variables": variables});
        assert_eq!(refusal(&client, &body).await, expected);
    }
    let query = "query($o:PageOrderBy,$t:[String!]){pages{list(orderBy:$o,tags:$t){id}}}";
    let wrong_enum = refusal(
        &client,
        &json!({"query": query, "variables": {"o": "TAGS"}}),
    )
    .await;
    assert_eq!(
        wrong_enum.1,
        "Variable \"$o\" got invalid value \"TAGS\"; Value \"TAGS\" does not exist in \"PageOrderBy\" enum."
    );
    let wrong_item = refusal(
        &client,
        &json!({"query": query, "variables": {"t": ["a", null]}}),
    )
    .await;
    assert_eq!(
        wrong_item.1,
        "Variable \"$t\" got invalid value null at \"t[1]\"; Expected non-nullable type \"String!\" not to be null."
    );
    for variables in [
        json!({"o": null, "t": null}),
        json!({"t": "lone"}),
        json!({"unknown": 1}),
    ] {
        let (status, answer) = client
            .send(&json!({"query": query, "variables": variables}))
            .await;
        assert_eq!((status, answer.get("errors")), (200, None), "{variables}");
    }
}

#[tokio::test]
async fn operations_are_chosen_by_name() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let two = "query A{__typename} query B{x:__typename}";
    let (status, answer) = client
        .send(&json!({"query": two, "operationName": "B"}))
        .await;
    assert_eq!((status, answer), (200, json!({"data": {"x": "Query"}})));
    for (query, name, message) in [
        (
            two,
            json!(null),
            "Must provide operation name if query contains multiple operations.",
        ),
        (
            "query A{__typename}",
            json!("B"),
            "Unknown operation named \"B\".",
        ),
        (
            "query A{__typename}",
            json!(""),
            "Unknown operation named \"\".",
        ),
    ] {
        let body = json!({"query": query, "operationName": name});
        let expected = (400, message.to_owned(), "INTERNAL_SERVER_ERROR".to_owned());
        assert_eq!(refusal(&client, &body).await, expected);
    }
}

#[tokio::test]
async fn errors_of_fields_have_path_position_and_code() {
    let wiki = FakeWiki::start().await;
    let answer = RawClient::new(&wiki)
        .ask("{pages{single(id:9){id} x:single(id:8){id}}}")
        .await;
    assert_eq!(
        answer["data"],
        json!({"pages": {"single": null, "x": null}})
    );
    assert_eq!(
        first_error(&answer),
        ("This page does not exist.", Some(6003))
    );
    let errors = &answer["errors"];
    assert_eq!(errors[0]["path"], json!(["pages", "single"]));
    assert_eq!(errors[0]["locations"], json!([{"line": 1, "column": 8}]));
    assert_eq!(errors[1]["path"], json!(["pages", "x"]));
    assert_eq!(
        errors[1]["locations"],
        json!([{"line": 1, "column": 25}]),
        "the position of the alias"
    );
    assert_eq!(errors[0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    assert!(errors[0]["extensions"]["exception"]["stacktrace"].is_array());
}

#[tokio::test]
async fn production_hides_the_schema_and_the_stack() {
    let wiki = FakeWiki::builder().production().start().await;
    let client = RawClient::new(&wiki);
    for query in [
        "{__schema{queryType{name}}}",
        "{__type(name:\"Page\"){name}}",
    ] {
        let (status, message, code) = refusal(&client, &json!({"query": query})).await;
        assert_eq!((status, code.as_str()), (400, "GRAPHQL_VALIDATION_FAILED"));
        assert!(
            message.starts_with("GraphQL introspection is not allowed"),
            "{message}"
        );
    }
    assert_eq!(
        client.ask("{pages{__typename}}").await,
        json!({"data": {"pages": {"__typename": "PageQuery"}}})
    );
    let answer = client.ask("{pages{single(id:9){id}}}").await;
    assert_eq!(first_error(&answer).1, Some(6003));
    assert_eq!(
        answer["errors"][0]["extensions"]["exception"].get("stacktrace"),
        None
    );
}

#[tokio::test]
async fn introspection_works_outside_of_production() {
    let wiki = FakeWiki::start().await;
    let answer = RawClient::new(&wiki)
        .ask("{__schema{queryType{name}} __type(name:\"Page\"){name}}")
        .await;
    assert_eq!(
        answer,
        json!({"data": {"__schema": {"queryType": {"name": "Query"}}, "__type": {"name": "Page"}}})
    );
}

#[tokio::test]
async fn thousands_of_aliases_are_answered() {
    let wiki = FakeWiki::start().await;
    let id = wiki.insert_page(FakePage::new("home", "Home"));
    let fields: Vec<_> = (0..1000)
        .map(|n| format!("a{n}:single(id:{id}){{title}}"))
        .collect();
    let pages = RawClient::new(&wiki).pages(&fields.join(" ")).await;
    assert_eq!(pages.as_object().unwrap().len(), 1000);
    assert_eq!(pages["a999"]["title"], "Home");
}

#[tokio::test]
async fn an_older_wiki_refuses_unknown_fields() {
    let wiki = FakeWiki::builder()
        .without_field("PageQuery", "singleByPath")
        .start()
        .await;
    let client = RawClient::new(&wiki);
    // The variables and the fragment, which only the unknown field uses, are not reported as unused.
    let query = "query A($path:String!,$l:String!){pages{singleByPath(path:$path,locale:$l){...F}}} \
                 fragment F on Page{id}";
    let (status, answer) = client.send(&json!({ "query": query })).await;
    assert_eq!(status, 400);
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{answer}");
    assert_eq!(
        errors[0]["message"],
        "Cannot query field \"singleByPath\" on type \"PageQuery\"."
    );
    assert_eq!(errors[0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    let (status, answer) = client.send(&json!([{ "query": query }])).await;
    assert_eq!(
        (status, answer[0]["errors"].as_array().unwrap().len()),
        (200, 1)
    );
    let query = "query A($path:String!){pages{list(foo:$path){id}}}";
    let (_, answer) = client.send(&json!({ "query": query })).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
    let shape = client
        .ask("{__type(name:\"PageQuery\"){fields{name}}}")
        .await;
    assert!(!shape.to_string().contains("singleByPath"));
    let none = FakeWiki::builder().without_field("PageQuery", "nope");
    assert!(none.try_start().await.is_err());
}

#[tokio::test]
async fn each_release_has_its_own_schema() {
    let wiki = FakeWiki::builder().version("2.5.105").start().await;
    let client = RawClient::new(&wiki);
    let refusal = async |query: &str| {
        let (status, answer) = client.send(&json!({ "query": query })).await;
        assert_eq!(status, 400, "{answer}");
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors[0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
        let messages = errors
            .iter()
            .map(|it| it["message"].as_str().unwrap().to_owned());
        messages.collect::<Vec<_>>()
    };
    assert_eq!(
        refusal("{site{config{title footerOverride}} system{exportStatus{status}}}").await,
        [
            "Cannot query field \"footerOverride\" on type \"SiteConfig\".",
            "Cannot query field \"exportStatus\" on type \"SystemQuery\"."
        ]
    );
    let update = "mutation($x:String,$y:Boolean){site{updateConfig(footerOverride:$x,editFab:$y){responseResult{\
                  succeeded}}}}";
    assert_eq!(
        refusal(update).await,
        [
            "Unknown argument \"footerOverride\" on field \"SiteMutation.updateConfig\".",
            "Unknown argument \"editFab\" on field \"SiteMutation.updateConfig\"."
        ]
    );
    let update = "mutation($s:[AuthenticationStrategyInput]!){authentication{updateStrategies(strategies:$s){\
                  responseResult{succeeded}}}}";
    let mut local = json!({"key": "local", "strategyKey": "local", "config": [], "displayName": "Local", "order": 0,
        "isEnabled": true, "selfRegistration": false, "domainWhitelist": [], "autoEnrollGroups": []});
    let (_, answer) = client
        .send(&json!({"query": update, "variables": {"s": [local.clone()]}}))
        .await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    let reason = "Field \"isEnabled\" is not defined by type \"AuthenticationStrategyInput\".";
    assert!(message.ends_with(reason), "{message}");
    local.as_object_mut().unwrap().remove("isEnabled");
    let (status, answer) = client
        .send(&json!({"query": update, "variables": {"s": [local]}}))
        .await;
    assert_eq!(status, 200, "{answer}");
    let shape = client
        .ask("{__type(name:\"SiteConfig\"){fields{name type{kind}}}}")
        .await;
    let fields = shape["data"]["__type"]["fields"].as_array().unwrap();
    let title = fields.iter().find(|it| it["name"] == "title").unwrap();
    assert_eq!(title["type"]["kind"], "NON_NULL", "before 2.5.260");
    let config = client
        .ask("{site{config{title robots uploadMaxFiles}}}")
        .await;
    assert_eq!(config["data"]["site"]["config"]["title"], "Wiki.js");
    let info = client.ask("{system{info{currentVersion}}}").await;
    assert_eq!(info["data"]["system"]["info"]["currentVersion"], "2.5.105");
}
