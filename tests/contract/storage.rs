//! Storage targets. The tests enable none on a real wiki.

use secrecy::SecretString;
use serde_json::json;
use wikijs_client::{
    Applied, Error,
    providers::{
        ProviderUpdate, SettingKind, SettingValue, StorageMode, TargetState, TargetUpdate,
    },
};
use wikijs_fake::{Fault, ProviderKind};

use crate::{
    rows::STORAGE,
    support::{Wiki, asked, client, patient},
};

#[tokio::test]
async fn targets_have_typed_settings_with_their_definitions() {
    let wiki = Wiki::start().await;
    let storage = wiki.client.storage();
    let git = storage.get("git").await.unwrap();
    assert!(git.is_available && git.has_schedule);
    assert!(git.supported_modes.contains(&StorageMode::Sync));
    assert_eq!(git.sync_interval_default.as_deref(), Some("PT5M"));
    assert!(git.actions.iter().any(|action| action.handler == "sync"));
    let auth_type = git.settings.get("authType").unwrap();
    assert_eq!(auth_type.allowed, ["basic", "ssh"]);
    assert_eq!(auth_type.kind, SettingKind::Text);
    assert_eq!(auth_type.default, SettingValue::from("ssh"));
    let password = git.settings.get("basicPassword").unwrap();
    assert!(password.is_secret && !password.value.is_set());
    assert!(
        git.settings
            .get("sshPrivateKeyContent")
            .unwrap()
            .is_multiline
    );
    let first = git.settings.iter().next().unwrap();
    assert_eq!(
        first.key, "authType",
        "settings are in the order of the definitions"
    );

    let sftp = storage.get("sftp").await.unwrap();
    assert_eq!(sftp.settings.value("port"), Some(&SettingValue::from(22)));
    assert_eq!(sftp.sync_interval_default, None);
    let listed = storage.list().await.unwrap();
    assert!(listed.contains(&sftp) && listed.contains(&git));
    let box_ = listed.iter().find(|target| target.key == "box").unwrap();
    assert!(!box_.is_available && box_.actions.is_empty());
    assert!(storage.get("floppy").await.unwrap_err().is_not_found());
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.storage().list().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn k44_k45_one_setting_changes_alone() {
    let wiki = Wiki::start().await;
    let original = STORAGE.original(&wiki).await;
    let storage = wiki.client.storage();
    let update = ProviderUpdate::new().set("port", 2222);
    let sftp = storage.update("sftp", update).await.unwrap();
    assert_eq!(sftp.settings.value("port"), Some(&SettingValue::from(2222)));
    original
        .assert_only(&wiki, "sftp", &[("port", json!(2222))])
        .await;

    let update = ProviderUpdate::new().set("createDailyBackups", true);
    storage.update("disk", update).await.unwrap();
    storage
        .update("sftp", ProviderUpdate::new().reset("port"))
        .await
        .unwrap();
    original
        .assert_only(&wiki, "disk", &[("createDailyBackups", json!(true))])
        .await;
    let update = ProviderUpdate::new().set("createDailyBackups", false);
    storage.update("disk", update).await.unwrap();
    assert_eq!(STORAGE.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn an_update_without_changes_sends_nothing() {
    let wiki = Wiki::start().await;
    let storage = wiki.client.storage();
    let before = storage.get("sftp").await.unwrap();
    let port = before.settings.value("port").unwrap().clone();
    for update in [
        ProviderUpdate::new(),
        ProviderUpdate::new()
            .enabled(before.is_enabled)
            .set("port", port),
    ] {
        assert_eq!(storage.update("sftp", update).await.unwrap(), before);
    }
    let Some(fake) = wiki.fake() else { return };
    let requests = fake.requests();
    let mut operations = requests.iter().flat_map(|request| &request.operations);
    assert!(operations.all(|operation| operation.name.as_deref() != Some("StorageUpdateTargets")));
}

#[tokio::test]
async fn k44_a_masked_secret_is_kept_by_other_changes() {
    let wiki = Wiki::start().await;
    let original = STORAGE.original(&wiki).await;
    let storage = wiki.client.storage();
    let secret = SecretString::from("s3cret of this test");
    let update = ProviderUpdate::new().set("passphrase", secret);
    let sftp = storage.update("sftp", update).await.unwrap();
    assert_eq!(
        sftp.settings.value("passphrase"),
        Some(&SettingValue::Hidden)
    );
    assert!(!format!("{sftp:?}").contains("s3cret"));
    let update = ProviderUpdate::new().set("port", 23);
    let sftp = storage.update("sftp", update).await.unwrap();
    assert_eq!(
        sftp.settings.value("passphrase"),
        Some(&SettingValue::Hidden)
    );
    if let Some(fake) = wiki.fake() {
        let stored = fake.provider(ProviderKind::Storage, "sftp").unwrap();
        assert_eq!(stored.config["passphrase"], "s3cret of this test");
        assert_eq!(stored.config["port"], 23);
    }
    let update = ProviderUpdate::new().set("passphrase", "").reset("port");
    let sftp = storage.update("sftp", update).await.unwrap();
    assert!(!sftp.settings.value("passphrase").unwrap().is_set());
    assert_eq!(STORAGE.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn invalid_settings_are_refused_before_sending() {
    let wiki = Wiki::start().await;
    let original = STORAGE.original(&wiki).await;
    let storage = wiki.client.storage();
    let set = |key: &str, value: SettingValue| TargetUpdate::new().set(key, value);
    for (target, update, says) in [
        ("git", set("brnch", "x".into()), "`branch`"),
        ("git", set("authType", "magic".into()), "`basic`, `ssh`"),
        (
            "git",
            set("verifySSL", "true".into()),
            "true or false, not a text",
        ),
        ("git", set("branch", 1.into()), "a text, not a number"),
        (
            "git",
            set("branch", SettingValue::Null),
            "a text, not nothing",
        ),
        (
            "git",
            set("basicPassword", "********".into()),
            "the secret itself",
        ),
        (
            "git",
            set("basicPassword", SettingValue::Hidden),
            "a hidden secret",
        ),
        ("sftp", set("port", "22".into()), "a number, not a text"),
        (
            "sftp",
            set("port", f64::NAN.into()),
            "a number, not nothing",
        ),
        (
            "box",
            TargetUpdate::new().enabled(true),
            "no more of `box` than its name",
        ),
        (
            "sftp",
            TargetUpdate::new().mode("pull"),
            "it supports `push`",
        ),
        (
            "sftp",
            TargetUpdate::new().sync_interval("PT5M"),
            "leave it out",
        ),
        (
            "git",
            TargetUpdate::new().sync_interval("5 minutes"),
            "write it as PT5M",
        ),
        (
            "git",
            TargetUpdate::new().sync_interval("-PT5M"),
            "write it as PT5M",
        ),
    ] {
        let error = storage.update(target, update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.applied(), Applied::No);
    }
    let update = ProviderUpdate::new();
    assert!(
        storage
            .update("floppy", update)
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert_eq!(STORAGE.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn mode_and_interval_are_changed_with_the_settings() {
    let wiki = Wiki::start().await;
    let original = STORAGE.original(&wiki).await;
    let storage = wiki.client.storage();
    let update = TargetUpdate::new()
        .mode(StorageMode::Pull)
        .sync_interval("PT1H")
        .set("branch", "main");
    let git = storage.update("git", update).await.unwrap();
    assert_eq!(
        (git.mode, git.sync_interval.as_str()),
        (StorageMode::Pull, "PT1H")
    );
    assert_eq!(git.settings.text("branch"), Some("main"));
    let update = TargetUpdate::new()
        .mode(StorageMode::Sync)
        .sync_interval("PT5M")
        .reset("branch");
    storage.update("git", update).await.unwrap();
    assert_eq!(STORAGE.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn a_target_that_fails_to_start_is_reported() {
    let wiki = Wiki::start().await;
    assert!(wiki.client.storage().status().await.unwrap().is_empty());
    let Some(fake) = wiki.fake() else { return };
    let storage = wiki.client.storage();
    let on = || ProviderUpdate::new().enabled(true);
    let error = storage.update("disk", on()).await.unwrap_err();
    assert!(matches!(error, Error::PartiallyApplied(_)), "{error:?}");
    assert!(error.to_string().contains("does not work"), "{error}");
    assert!(error.to_string().contains("ENOENT"), "{error}");
    assert_eq!(error.applied(), Applied::Partially);
    let status = storage.status().await.unwrap();
    assert_eq!(
        (status[0].key.as_str(), &status[0].state),
        ("disk", &TargetState::Error)
    );

    // An update that writes nothing succeeds, regardless of the status.
    fake.clear_requests();
    let unchanged = storage.update("disk", on()).await.unwrap();
    assert!(unchanged.is_enabled);
    assert_eq!(asked(fake, "StorageUpdateTargets"), 0);
    assert_eq!(asked(fake, "StorageStatus"), 0);

    let disk = storage
        .update("disk", on().set("path", "/wiki/disk"))
        .await
        .unwrap();
    assert!(disk.is_enabled);
    let status = storage.status().await.unwrap();
    assert_eq!(status[0].state, TargetState::Operational);
    assert!(status[0].last_attempt.is_some());

    // The target is enabled but not started yet, and Wiki.js fails to return `lastAttempt`.
    fake.edit_provider(ProviderKind::Storage, "sftp", |sftp| sftp.is_enabled = true);
    let status = storage.status().await.unwrap();
    let sftp = status.iter().find(|status| status.key == "sftp").unwrap();
    assert_eq!(
        (&sftp.state, &sftp.last_attempt),
        (&TargetState::Pending, &None)
    );
}

#[tokio::test]
async fn only_the_actions_of_a_target_are_executed() {
    let wiki = Wiki::start().await;
    let storage = wiki.client.storage();
    for (target, handler, says) in [
        ("git", "init", "`syncUntracked`"),
        ("box", "sync", "it has none"),
        ("git", "sync", "switched off"),
    ] {
        let error = storage.execute_action(target, handler).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let error = storage.execute_action("floppy", "sync").await.unwrap_err();
    assert!(error.is_not_found());
    let Some(fake) = wiki.fake() else { return };
    let update = ProviderUpdate::new()
        .enabled(true)
        .set("path", "/wiki/disk");
    storage.update("disk", update).await.unwrap();
    storage.execute_action("disk", "dump").await.unwrap();
    assert_eq!(
        fake.storage_actions(),
        [("disk".to_owned(), "dump".to_owned())]
    );
}

#[tokio::test]
async fn a_secret_whose_response_is_lost_is_unconfirmed() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    // Both observations end with the first look at the wiki.
    let storage = patient(fake).storage();
    let password =
        |text: &str| ProviderUpdate::new().set("basicPassword", SecretString::from(text));
    let lose = || fake.fail_next_matching("StorageUpdateTargets", Fault::ResetAfter);
    lose();
    storage.update("git", password("one")).await.unwrap();
    fake.clear_requests();
    lose();
    let error = storage.update("git", password("two")).await.unwrap_err();
    assert!(matches!(error, Error::Unconfirmed(_)), "{error:?}");
    assert!(error.to_string().contains("does not show it"), "{error}");
    assert_eq!(asked(fake, "StorageUpdateTargets"), 1);
    // With a response, the same write succeeds.
    storage.update("git", password("three")).await.unwrap();
    let stored = fake.provider(ProviderKind::Storage, "git").unwrap();
    assert_eq!(stored.config["basicPassword"], "three");
}

#[tokio::test]
async fn an_action_whose_response_is_lost_is_not_executed_again() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let storage = wiki.client.storage();
    let update = ProviderUpdate::new()
        .enabled(true)
        .set("path", "/wiki/disk");
    storage.update("disk", update).await.unwrap();
    fake.fail_next_matching("StorageExecuteAction", Fault::ResetAfter);
    let error = storage.execute_action("disk", "dump").await.unwrap_err();
    let Error::Unconfirmed(error) = error else {
        panic!("{error:?}")
    };
    assert!(!error.is_safe_to_repeat);
    assert_eq!(fake.storage_actions().len(), 1);
}

#[tokio::test]
async fn k45_concurrent_updates_do_not_undo_each_other() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let storage = wiki.client.storage();
    let (one, other) = futures::join!(
        storage.update("git", ProviderUpdate::new().set("branch", "main")),
        storage.update("git", ProviderUpdate::new().set("defaultName", "Wiki")),
    );
    one.unwrap();
    other.unwrap();
    let stored = fake.provider(ProviderKind::Storage, "git").unwrap();
    assert_eq!(
        (&stored.config["branch"], &stored.config["defaultName"]),
        (&json!("main"), &json!("Wiki"))
    );
}

#[tokio::test]
async fn k44_a_wiped_secret_makes_targets_unreadable() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.edit_provider(ProviderKind::Storage, "sftp", |sftp| {
        sftp.config["password"] = json!(null);
    });
    let error = wiki.client.storage().list().await.unwrap_err();
    assert!(matches!(error, Error::GraphQl(_)), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn futures_can_be_sent_to_other_tasks() {
    let wiki = Wiki::start().await;
    let storage = client(wiki.url(), wiki.api_key()).storage();
    let update = tokio::spawn(async move { storage.update("git", ProviderUpdate::new()).await });
    assert_eq!(update.await.unwrap().unwrap().key, "git");
}

#[tokio::test]
async fn original_rows_are_restored_after_a_failed_test() {
    let wiki = Wiki::start().await;
    let original = STORAGE.original(&wiki).await;
    let rows = original.rows.clone();
    let update = ProviderUpdate::new().set("port", 2222);
    wiki.client.storage().update("sftp", update).await.unwrap();
    assert_ne!(STORAGE.rows(&wiki).await, rows);
    drop(original);
    assert_eq!(STORAGE.rows(&wiki).await, rows);
}
