//! Settings of modules, and mail.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakePage, FakeWiki, ProviderKind, SearchEngine};

const RESULT: &str = "responseResult{succeeded errorCode slug message}";

/// Returns the message of an update's `responseResult`, and `true` if it succeeded.
async fn update(client: &RawClient, field: &str, input: &str, rows: Value) -> (bool, String) {
    let (domain, rest) = field.split_once('.').unwrap();
    let (mutation, argument) = rest.split_once('.').unwrap();
    let query = format!(
        "mutation($rows:[{input}]!){{{domain}{{done:{mutation}({argument}:$rows){{{RESULT}}}}}}}"
    );
    let answer = client.ask_with(&query, json!({ "rows": rows })).await;
    let result = &answer["data"][domain]["done"]["responseResult"];
    let message = result["message"].as_str();
    let message = message.unwrap_or_else(|| panic!("{answer}")).to_owned();
    (result["succeeded"] == true, message)
}

async fn targets(client: &RawClient, rows: Value) -> (bool, String) {
    update(
        client,
        "storage.updateTargets.targets",
        "StorageTargetInput",
        rows,
    )
    .await
}

fn pair(key: &str, value: &Value) -> Value {
    json!({"key": key, "value": value.to_string()})
}

fn sftp(config: &[Value]) -> Value {
    json!([{"key": "sftp", "isEnabled": false, "mode": "push", "config": config}])
}

#[tokio::test]
async fn settings_are_returned_with_their_definitions() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let answer = client
        .ask("{storage{targets{key title hasSchedule syncInterval syncIntervalDefault config{key value}}}}")
        .await;
    let targets = answer["data"]["storage"]["targets"].as_array().unwrap();
    let titles: Vec<_> = targets
        .iter()
        .map(|target| target["title"].as_str().unwrap())
        .collect();
    assert!(titles.is_sorted(), "{titles:?}");
    let sftp = targets
        .iter()
        .find(|target| target["key"] == "sftp")
        .unwrap();
    assert_eq!(
        sftp["syncIntervalDefault"], "false",
        "a Boolean in a String"
    );
    let config = sftp["config"].as_array().unwrap();
    let keys: Vec<_> = config
        .iter()
        .map(|pair| pair["key"].as_str().unwrap())
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
    let port = config.iter().find(|pair| pair["key"] == "port").unwrap();
    let port: Value = serde_json::from_str(port["value"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&port["type"], &port["enum"]),
        (&json!("number"), &json!(false))
    );
    assert_eq!((&port["default"], &port["value"]), (&json!(22), &json!(22)));
    let reader = RawClient::with_key(&wiki, Some(&wiki.key_with(["read:pages"])));
    for query in [
        "{storage{targets{key}}}",
        "{mail{config{host}}}",
        "{comments{providers{key}}}",
        "{authentication{strategies{key}}}",
        "{authentication{activeStrategies{key config{key}}}}",
    ] {
        assert_eq!(
            first_error(&reader.ask(query).await),
            ("Forbidden", None),
            "{query}"
        );
    }
}

#[tokio::test]
async fn settings_written_back_as_read_are_reset() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let (port, read) = (json!({"v": 23}), json!({"type": "string", "value": "x"}));
    let done = targets(
        &client,
        sftp(&[pair("port", &port), pair("passphrase", &read)]),
    )
    .await;
    assert_eq!(
        done,
        (true, "Storage targets updated successfully".to_owned())
    );
    let stored = wiki.provider(ProviderKind::Storage, "sftp").unwrap();
    assert_eq!(
        stored.config,
        json!({"port": 23, "passphrase": null}),
        "other settings are reset"
    );
    // Wiki.js fails to show a sensitive setting without a value.
    let answer = client.ask("{storage{targets{key}}}").await;
    let message = "Cannot read properties of null (reading 'length')";
    assert_eq!(first_error(&answer), (message, None));
    targets(
        &client,
        json!([{"key": "sftp", "isEnabled": false, "mode": "push"}]),
    )
    .await;
    let stored = wiki.provider(ProviderKind::Storage, "sftp").unwrap();
    assert_eq!(stored.config, json!({}));
    assert_eq!(
        stored.sync_interval.as_deref(),
        Some("P0D"),
        "omitted fields are kept"
    );
}

#[tokio::test]
async fn the_mask_keeps_secrets_only_of_storage_and_mail() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let (secret, mask) = (json!({"v": "s3cret"}), json!({"v": "********"}));
    targets(&client, sftp(&[pair("password", &secret)])).await;
    let answer = client
        .ask("{storage{targets{key config{key value}}}}")
        .await;
    assert!(!answer.to_string().contains("s3cret"));
    targets(
        &client,
        sftp(&[pair("password", &mask), pair("host", &mask)]),
    )
    .await;
    let stored = wiki.provider(ProviderKind::Storage, "sftp").unwrap();
    assert_eq!(stored.config, json!({"password": "s3cret", "host": ""}));

    for (kind, field, input, key, setting) in [
        (
            ProviderKind::SearchEngine,
            "search.updateSearchEngines.engines",
            "SearchEngineInput",
            "algolia",
            "apiKey",
        ),
        (
            ProviderKind::Analytics,
            "analytics.updateProviders.providers",
            "AnalyticsProviderInput",
            "google",
            "propertyTrackingId",
        ),
        (
            ProviderKind::CommentProvider,
            "comments.updateProviders.providers",
            "CommentProviderInput",
            "default",
            "akismet",
        ),
        (
            ProviderKind::Renderer,
            "rendering.updateRenderers.renderers",
            "RendererInput",
            "markdownKroki",
            "server",
        ),
    ] {
        let rows = json!([{"key": key, "isEnabled": false, "config": [pair(setting, &mask)]}]);
        assert!(update(&client, field, input, rows).await.0);
        let stored = wiki.provider(kind, key).unwrap();
        assert_eq!(stored.config, json!({setting: "********"}));
    }

    wiki.set_mail_config(json!({"pass": "s3cret", "host": "", "port": 465}));
    let answer = client
        .ask("{mail{config{pass senderName dkimPrivateKey}}}")
        .await;
    let expected = json!({"pass": "********", "senderName": null, "dkimPrivateKey": null});
    assert_eq!(answer["data"]["mail"]["config"], expected);
    let mutation = format!(
        "mutation{{mail{{updateConfig(senderName:\"\",senderEmail:\"\",host:\"smtp.example.com\",port:25,name:\"\",\
         secure:true,verifySSL:true,user:\"\",pass:\"********\",useDKIM:false,dkimDomainName:\"\",\
         dkimKeySelector:\"\",dkimPrivateKey:\"********\"){{{RESULT}}}}}}}"
    );
    client.ask(&mutation).await;
    let stored = wiki.mail_config();
    assert_eq!(
        (&stored["pass"], &stored["dkimPrivateKey"]),
        (&json!("s3cret"), &json!("********"))
    );
}

#[tokio::test]
async fn loggers_store_texts_unparsed() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let config = [
        pair("host", &json!({"v": "h"})),
        json!({"key": "port", "value": "5"}),
    ];
    let rows =
        json!([{"key": "papertrail", "isEnabled": false, "level": "loud", "config": config}]);
    assert!(
        update(
            &client,
            "logging.updateLoggers.loggers",
            "LoggerInput",
            rows
        )
        .await
        .0
    );
    let stored = wiki.provider(ProviderKind::Logger, "papertrail").unwrap();
    assert_eq!(stored.config, json!({"host": "{\"v\":\"h\"}", "port": "5"}));
    assert_eq!(stored.level, "loud", "the level is not checked");
    let answer = client
        .ask(&format!(
            "mutation{{logging{{updateLoggers(loggers:null){{{RESULT}}}}}}}"
        ))
        .await;
    let result = &answer["data"]["logging"]["updateLoggers"]["responseResult"];
    assert_eq!(result["message"], "args.loggers is not iterable");
}

#[tokio::test]
async fn an_update_keeps_unlisted_modules_and_stops_at_a_failure() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let before = wiki.providers(ProviderKind::Storage);
    let row = |key: &str, text: &str| json!({"key": key, "isEnabled": false, "mode": "push", "config": [{"key": "path", "value": text}]});
    let done = targets(&client, json!([row("floppy", "{\"v\":1}")])).await;
    assert!(done.0, "an unknown target is ignored");
    assert_eq!(wiki.providers(ProviderKind::Storage), before);
    let done = targets(
        &client,
        json!([row("disk", "{\"v\":\"/x\"}"), row("sftp", "x")]),
    )
    .await;
    assert_eq!(
        done,
        (
            false,
            "Unexpected token 'x', \"x\" is not valid JSON".to_owned()
        )
    );
    let after = wiki.providers(ProviderKind::Storage);
    let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].config, json!({"path": "/x"}));
    let done = targets(&client, json!([null])).await;
    assert_eq!(done.1, "Cannot read properties of null (reading 'key')");
}

#[tokio::test]
async fn an_update_succeeds_if_a_target_cannot_start() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let row = json!([{"key": "disk", "isEnabled": true, "mode": "push", "config": [pair("path", &json!({"v": ""}))]}]);
    assert!(targets(&client, row).await.0);
    let status = "{storage{status{key title status message lastAttempt}}}";
    let answer = client.ask(status).await;
    assert_eq!(answer["data"]["storage"]["status"][0]["status"], "error");
    let action = async |target: &str, handler: &str| {
        let query = format!(
            "mutation{{storage{{executeAction(targetKey:\"{target}\",handler:\"{handler}\"){{{RESULT}}}}}}}"
        );
        let answer = client.ask(&query).await;
        answer["data"]["storage"]["executeAction"]["responseResult"]["message"].clone()
    };
    assert_eq!(
        action("git", "sync").await,
        "Invalid or Inactive Storage Target"
    );
    assert_eq!(
        action("disk", "x").await,
        "Invalid Handler for Storage Target"
    );
    assert_eq!(
        action("disk", "init").await,
        "Action completed.",
        "any function is accepted as an action"
    );
    assert_eq!(
        wiki.storage_actions(),
        [("disk".to_owned(), "init".to_owned())]
    );
    wiki.edit_provider(ProviderKind::Storage, "git", |git| git.is_enabled = true);
    let message = "Cannot return null for non-nullable field StorageStatus.lastAttempt.";
    assert_eq!(first_error(&client.ask(status).await), (message, None));
}

#[tokio::test]
async fn the_active_engine_loses_its_index_if_it_is_not_listed() {
    let wiki = FakeWiki::builder()
        .search_engine(SearchEngine::Postgres)
        .page(FakePage::new("apple", "Apple").content("A pear."))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    let engines = async |rows| {
        update(
            &client,
            "search.updateSearchEngines.engines",
            "SearchEngineInput",
            rows,
        )
        .await
    };
    let found = async || {
        client.pages("search(query:\"pear\"){totalHits}").await["search"]["totalHits"].clone()
    };
    let language = [pair("dictLanguage", &json!({"v": "french"}))];
    engines(json!([{"key": "postgres", "isEnabled": true, "config": language}])).await;
    assert_eq!(found().await, 1);
    engines(json!([{"key": "algolia", "isEnabled": false, "config": []}])).await;
    assert_eq!(found().await, 0);
    let rebuild = format!("mutation{{search{{rebuildIndex{{{RESULT}}}}}}}");
    client.ask(&rebuild).await;
    assert_eq!((found().await, wiki.index_rebuilds()), (json!(1), 1));
    engines(json!([{"key": "postgres", "isEnabled": false, "config": language}, {"key": "db", "isEnabled": true}])).await;
    let answer = client
        .ask("{search{searchEngines(orderBy:\"key\"){key isEnabled}}}")
        .await;
    let enabled = answer["data"]["search"]["searchEngines"]
        .as_array()
        .unwrap()
        .iter();
    let enabled: Vec<_> = enabled
        .filter(|engine| engine["isEnabled"] == true)
        .collect();
    assert_eq!(enabled, [&json!({"key": "db", "isEnabled": true})]);
}

#[tokio::test]
async fn unlisted_strategies_without_users_are_deleted() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let strategies = async |rows| {
        let field = "authentication.updateStrategies.strategies";
        update(&client, field, "AuthenticationStrategyInput", rows).await
    };
    let row = |key: &str, kind: &str, order: i64| {
        json!({"key": key, "strategyKey": kind, "displayName": key, "order": order, "isEnabled": true,
            "selfRegistration": false, "domainWhitelist": ["example.com"], "autoEnrollGroups": [99],
            "config": [pair("clientSecret", &json!({"v": "********"}))]})
    };
    let local = row("local", "local", 0);
    assert!(
        strategies(json!([local, row("a", "github", 7), row("b", "abacus", 3)]))
            .await
            .0
    );
    let stored = wiki.provider(ProviderKind::Strategy, "a").unwrap();
    assert_eq!(stored.config, json!({"clientSecret": "********"}));
    assert_eq!(stored.auto_enroll_groups, [99], "the group is not checked");
    let answer = client
        .ask("{authentication{activeStrategies{key strategy{key}}}}")
        .await;
    let message = "Cannot return null for non-nullable field AuthenticationStrategy.key.";
    assert_eq!(first_error(&answer), (message, None), "an unknown kind");
    let answer = client
        .ask("{authentication{activeStrategies{key order}}}")
        .await;
    let keys = answer["data"]["authentication"]["activeStrategies"]
        .as_array()
        .unwrap()
        .iter();
    let keys: Vec<_> = keys
        .map(|strategy| strategy["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["local", "b", "a"]);

    assert!(strategies(json!([local, row("a", "github", 8)])).await.0);
    assert!(wiki.provider(ProviderKind::Strategy, "b").is_none());
    wiki.set_users_of_strategy("a", 1);
    let done = strategies(json!([row("local", "local", 5)])).await;
    assert_eq!(
        done,
        (
            false,
            "Cannot delete a as 1 or more users are still using it.".to_owned()
        )
    );
    assert!(wiki.provider(ProviderKind::Strategy, "a").is_some());
    let local = wiki.provider(ProviderKind::Strategy, "local").unwrap();
    assert_eq!(
        local.order, 5,
        "the listed strategy was written before the failure"
    );
    let done = strategies(json!([row("a", "github", 8)])).await;
    assert_eq!(
        done.1,
        "Cannot delete local as 1 or more users are still using it."
    );
}

#[tokio::test]
async fn props_fail_because_they_are_not_lists() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let answer = client.ask("{analytics{providers{key props}}}").await;
    let message = "Expected Iterable, but did not find one for field \"AnalyticsProvider.props\".";
    assert_eq!(first_error(&answer), (message, None));
    let answer = client
        .ask("{authentication{activeStrategies{strategy{props{key}}}}}")
        .await;
    let message =
        "Expected Iterable, but did not find one for field \"AuthenticationStrategy.props\".";
    assert_eq!(first_error(&answer), (message, None));
    let answer = client
        .ask("{authentication{strategies{key props{key value}}}}")
        .await;
    assert!(answer.get("errors").is_none(), "{answer}");
}

#[tokio::test]
async fn test_mails() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let send = async |recipient: &str| {
        let query =
            format!("mutation{{mail{{sendTest(recipientEmail:\"{recipient}\"){{{RESULT}}}}}}}");
        client.ask(&query).await["data"]["mail"]["sendTest"]["responseResult"]["errorCode"].clone()
    };
    assert_eq!(send("a@b").await, 3004);
    assert_eq!(send("me@example.com").await, 3002);
    wiki.set_mail_config(json!({"pass": "", "host": "smtp.example.com"}));
    assert_eq!(send("me@example.com").await, 0);
    assert_eq!(wiki.test_mails(), ["me@example.com"]);
}
