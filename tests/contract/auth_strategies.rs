//! Login strategies. On a real wiki, the tests add a disabled strategy and remove it again.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use wikijs_client::{
    Applied, Error, RetryPolicy,
    providers::{NewStrategy, SettingValue, StrategyUpdate},
};
use wikijs_fake::{FakeWiki, Fault, ProviderKind};

use crate::{
    canned::{CannedWiki, Response},
    rows::STRATEGIES,
    support::{Wiki, eager, patient},
};

fn github(name: &str) -> NewStrategy {
    NewStrategy::new("github", name)
        .set("clientId", "Iv1.0123")
        .set("clientSecret", SecretString::from("s3cret of github"))
        .domain_whitelist([" Example.COM "])
        .auto_enroll_groups([2])
}

#[tokio::test]
async fn kinds_list_their_settings() {
    let wiki = Wiki::start().await;
    let strategies = wiki.client.auth_strategies();
    let kinds = strategies.kinds().await.unwrap();
    let kind = |key: &str| kinds.iter().find(|kind| kind.key == key).unwrap();
    assert!(kind("local").uses_form && kind("local").settings.is_empty());
    assert!(!kind("firebase").is_available);
    assert_eq!(kind("ldap").username_type.as_deref(), Some("username"));
    let secret = kind("github").settings.get("clientSecret").unwrap();
    assert!(secret.is_secret, "though its definition does not say so");
    let enterprise = kind("github").settings.value("useEnterprise");
    assert_eq!(enterprise, Some(&SettingValue::from(false)));
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(
        reader
            .auth_strategies()
            .kinds()
            .await
            .unwrap_err()
            .is_forbidden()
    );
    assert!(
        reader
            .auth_strategies()
            .list()
            .await
            .unwrap_err()
            .is_forbidden()
    );
}

#[tokio::test]
async fn secrets_are_recognized_by_their_keys() {
    let wiki = CannedWiki::start(|builder| builder);
    let secrets = [
        "clientSecret",
        "apiKey",
        "bindCredentials",
        "decryptionPvk",
        "secretAccessKey",
        "cookieEncryptionKeyString",
        "akismet",
    ];
    let others = [
        "clientId",
        "tokenURL",
        "sshPrivateKeyPath",
        "accessKeyId",
        "minDelay",
    ];
    let keys = secrets.iter().chain(&others);
    let props: Vec<_> = keys
        .map(|key| json!({"key": key, "value": json!({"type": "string"}).to_string()}))
        .collect();
    let kind = json!({"key": "x", "title": "X", "useForm": false, "props": props});
    let data = json!({"authentication": {"strategies": [kind]}});
    wiki.set(Response::json(200, json!({"data": data})));
    let kinds = wiki.client.auth_strategies().kinds().await.unwrap();
    let is_secret = |key: &&str| kinds[0].settings.get(key).unwrap().is_secret;
    assert!(secrets.iter().all(is_secret));
    assert!(!others.iter().any(is_secret));
}

#[tokio::test]
async fn k44_k45_adding_changing_and_removing_a_strategy_keeps_the_others() {
    let wiki = Wiki::start().await;
    let original = STRATEGIES.original(&wiki).await;
    let strategies = wiki.client.auth_strategies();
    let name = wiki.prefix();
    let one = strategies.add(github(name)).await.unwrap();
    assert_eq!((one.key.len(), one.kind.as_str()), (36, "github"));
    assert!(!one.is_enabled && !one.self_registration);
    assert_eq!(
        (one.display_name.as_str(), &one.domain_whitelist),
        (name, &vec!["example.com".to_owned()])
    );
    assert_eq!(one.auto_enroll_groups, [2]);
    assert!(one.order > 0, "after all others");
    assert!(!format!("{one:?}").contains("s3cret"));
    let endpoint = one.settings.text("enterpriseUserEndpoint");
    assert_eq!(endpoint, Some("https://api.github.com/user"), "the default");

    // Adding a second strategy changes neither the first one nor `local`, including their secrets.
    let saml = NewStrategy::new("saml", name).set("acceptedClockSkewMs", 5);
    let other = strategies.add(saml).await.unwrap();
    assert!(other.order > one.order);
    assert_eq!(strategies.get(&one.key).await.unwrap(), one);
    let mut rows = STRATEGIES.rows(&wiki).await;
    assert_eq!(rows[&one.key]["config"]["clientSecret"], "s3cret of github");
    assert_eq!(rows[&other.key]["config"]["acceptedClockSkewMs"], 5);

    let update = StrategyUpdate::new()
        .set("useEnterprise", true)
        .display_name(format!("{name} changed"))
        .self_registration(true)
        .domain_whitelist(Vec::<String>::new())
        .order(40);
    let changed = strategies.update(&one.key, update).await.unwrap();
    assert_eq!(
        changed.settings.value("useEnterprise"),
        Some(&SettingValue::from(true))
    );
    let row = rows.get_mut(&one.key).unwrap();
    row["config"]["useEnterprise"] = json!(true);
    row["displayName"] = json!(format!("{name} changed"));
    row["selfRegistration"] = json!(true);
    row["domainWhitelist"] = json!([]);
    row["order"] = json!(40);
    assert_eq!(STRATEGIES.rows(&wiki).await, rows);
    let listed = strategies.list().await.unwrap();
    assert!(listed.is_sorted_by_key(|strategy| strategy.order));

    strategies.remove(&one.key).await.unwrap();
    assert_eq!(strategies.get(&other.key).await.unwrap(), other);
    strategies.remove(&other.key).await.unwrap();
    assert_eq!(STRATEGIES.rows(&wiki).await, original.rows);
    assert!(
        strategies
            .remove(&one.key)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn an_update_without_a_change_is_not_written() {
    let wiki = Wiki::start().await;
    let strategies = wiki.client.auth_strategies();
    let local = strategies.get("local").await.unwrap();
    let update = StrategyUpdate::new().display_name(&local.display_name);
    assert_eq!(strategies.update("local", update).await.unwrap(), local);
    let Some(fake) = wiki.fake() else { return };
    let requests = fake.requests();
    let mut operations = requests.iter().flat_map(|request| &request.operations);
    assert!(operations.all(|it| it.name.as_deref() != Some("AuthenticationUpdateStrategies")));
}

#[tokio::test]
async fn local_cannot_be_removed_and_invalid_settings_are_refused() {
    let wiki = Wiki::start().await;
    let original = STRATEGIES.original(&wiki).await;
    let strategies = wiki.client.auth_strategies();
    for (strategy, says) in [
        (NewStrategy::new("local", "Another"), "is there once"),
        (NewStrategy::new("abacus", "Abacus"), "`github`"),
        (
            NewStrategy::new("firebase", "Firebase"),
            "does not implement",
        ),
        (NewStrategy::new("github", " "), "it is empty"),
        (github("x").set("clientID", "x"), "`clientId`"),
        (
            github("x").set("clientSecret", "********"),
            "the secret itself",
        ),
        (
            github("x").domain_whitelist(["me@example.com"]),
            "without an @",
        ),
        (github("x").auto_enroll_groups([99_999]), "no group 99999"),
    ] {
        let error = strategies.add(strategy).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let off = StrategyUpdate::new().enabled(false);
    assert!(
        strategies
            .update("local", off)
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    assert!(
        strategies
            .remove("local")
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    let update = StrategyUpdate::new();
    assert!(
        strategies
            .update("nobody", update)
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert_eq!(STRATEGIES.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn k45_a_strategy_with_users_stays() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let strategies = wiki.client.auth_strategies();
    let one = strategies.add(github("One")).await.unwrap();
    fake.set_users_of_strategy(&one.key, 1);
    let error = strategies.remove(&one.key).await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(strategies.get(&one.key).await.unwrap(), one);
}

#[tokio::test]
async fn k45_a_lost_response_creates_one_strategy() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let client = eager(fake)
        .confirm_writes_for(Duration::from_millis(100))
        .build()
        .unwrap();
    let strategies = client.auth_strategies();
    let patient = patient(fake).auth_strategies();
    let lose = |fault| fake.fail_next_matching("AuthenticationUpdateStrategies", fault);
    let count = || fake.providers(ProviderKind::Strategy).len();
    lose(Fault::ResetBefore);
    let error = strategies.add(github("One")).await.unwrap_err();
    let Error::Unconfirmed(error) = error else {
        panic!("{error:?}")
    };
    assert!(
        !error.is_safe_to_repeat,
        "a repetition would create a second one"
    );
    assert_eq!(count(), 1);
    lose(Fault::ResetAfter);
    let one = patient.add(github("One")).await.unwrap();
    assert_eq!(count(), 2);
    lose(Fault::ResetBefore);
    let error = strategies.remove(&one.key).await.unwrap_err();
    assert!(matches!(error, Error::Unconfirmed(_)), "{error:?}");
    assert_eq!(count(), 2);
    lose(Fault::ResetAfter);
    patient.remove(&one.key).await.unwrap();
    assert_eq!(count(), 1);
}

#[tokio::test]
async fn k45_strategies_are_compared_after_a_final_error() {
    let fake = FakeWiki::start().await;
    let client = eager(&fake).retry(RetryPolicy::none()).build().unwrap();
    let strategies = client.auth_strategies();
    let fail = |fault| fake.fail_next_matching("AuthenticationUpdateStrategies", fault);
    let count = || fake.providers(ProviderKind::Strategy).len();
    // Wiki.js may fail after it has stored a strategy, before it is in effect.
    for (fault, applied, strategies_after) in [
        (Fault::DatabaseAway, Applied::No, 1),
        (Fault::ErrorAfter, Applied::Partially, 2),
    ] {
        fail(fault);
        let error = strategies.add(github("One")).await.unwrap_err();
        assert_eq!(error.applied(), applied, "{error:?}");
        assert_eq!(count(), strategies_after);
    }
    let listed = strategies.list().await.unwrap();
    let one = listed
        .iter()
        .find(|strategy| strategy.key != "local")
        .unwrap();
    for (fault, applied, strategies_after) in [
        (Fault::DatabaseAway, Applied::No, 2),
        (Fault::ErrorAfter, Applied::Partially, 1),
    ] {
        fail(fault);
        let error = strategies.remove(&one.key).await.unwrap_err();
        assert_eq!(error.applied(), applied, "{error:?}");
        assert_eq!(count(), strategies_after);
    }
}

#[tokio::test]
async fn added_strategies_are_removed_after_a_failed_test() {
    let wiki = Wiki::start().await;
    let original = STRATEGIES.original(&wiki).await;
    let rows = original.rows.clone();
    let strategies = wiki.client.auth_strategies();
    strategies.add(github(wiki.prefix())).await.unwrap();
    drop(original);
    assert_eq!(STRATEGIES.rows(&wiki).await, rows);
}
