//! The server of the wiki. Tests that could harm a real wiki run on the fake only.

use std::{fs, time::Duration};

use futures::TryStreamExt;
use serde_json::json;
use wikijs_client::{
    Applied, Error, ErrorCode,
    system::{ExportEntity, ExportState, ImportGroups},
};
use wikijs_fake::{Database, FakeUser, FakeWiki, Fault};

use crate::support::{Wiki, asked, database, eager, patient};

const UPDATE_FLAGS: &str = "mutation($flags:[SystemFlagInput]!){system{updateFlags(flags:$flags){\
    responseResult{succeeded}}}}";

#[tokio::test]
async fn the_server_describes_itself() {
    let wiki = Wiki::start().await;
    let info = wiki.client.system().info().await.unwrap();
    assert_eq!(info.groups_total.map(|count| count >= 2), Some(true));
    assert!(info.users_total.is_some() && info.tags_total.is_some());
    let server = info.server.unwrap();
    assert!(server.current_version.starts_with("2."));
    let db_type = match database() {
        Database::MariaDb => "MariaDB",
        Database::Sqlite => "SQLite",
        _ => "PostgreSQL",
    };
    assert_eq!(server.db_type, db_type);
    assert!(server.http_port.is_some() && server.cpu_cores > 0);
    assert_eq!(
        (server.https_port, &server.tls),
        (None, &None),
        "the wiki serves only HTTP"
    );
    let extensions = wiki.client.system().extensions().await.unwrap();
    assert!(extensions.iter().any(|extension| extension.key == "git"));
}

#[tokio::test]
async fn visible_fields_depend_on_permissions() {
    let wiki = Wiki::start().await;
    let editor = wiki.client_with(&["manage:pages"]).await;
    let info = editor.system().info().await.unwrap();
    assert!(info.pages_total.is_some() && info.tags_total.is_some());
    assert!(info.users_total.is_none() && info.groups_total.is_none());
    assert_eq!(info.server, None);
    let reader = wiki.client_with(&["read:pages"]).await;
    let system = reader.system();
    for error in [
        system.info().await.unwrap_err(),
        system.flags().await.unwrap_err(),
        system.extensions().await.unwrap_err(),
        system.export_status().await.unwrap_err(),
        system.update_flags([("sqllog", true)]).await.unwrap_err(),
        system.set_telemetry(false).await.unwrap_err(),
        system
            .export("/", [ExportEntity::Navigation])
            .await
            .unwrap_err(),
    ] {
        assert!(error.is_forbidden(), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
}

#[tokio::test]
async fn the_certificate_of_the_wiki_is_returned() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.set_lets_encrypt(true);
    let server = wiki.client.system().info().await.unwrap().server.unwrap();
    assert_eq!(server.https_port, Some(3443));
    let tls = server.tls.unwrap();
    assert_eq!(tls.provider, "letsencrypt");
    assert_eq!(tls.domain.as_deref(), Some("wiki.example.com"));
}

#[tokio::test]
async fn k45_setting_a_flag_keeps_the_others() {
    let wiki = Wiki::start().await;
    let system = wiki.client.system();
    let before = system.flags().await.unwrap();
    let flags: Vec<_> = before
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let _guard = wiki.restore_on_drop(UPDATE_FLAGS, json!({ "flags": flags }));
    assert!(before.contains_key("ldapdebug") && before.contains_key("sqllog"));
    let nothing: [(&str, bool); 0] = [];
    assert_eq!(system.update_flags(nothing).await.unwrap(), before);
    let flipped = !before["ldapdebug"];
    let mut expected = before.clone();
    expected.insert("ldapdebug".to_owned(), flipped);
    let now = system.update_flags([("ldapdebug", flipped)]).await.unwrap();
    assert_eq!(now, expected);
    assert_eq!(system.flags().await.unwrap(), expected);
    let back = [("ldapdebug", before["ldapdebug"])];
    assert_eq!(system.update_flags(back).await.unwrap(), before);
    for key in ["", " ", "a.b", "a[0]", "a\0"] {
        let error = system.update_flags([(key, true)]).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{key}: {error:?}");
    }
    // Wiki.js reports success, but ignores the flag.
    let error = system
        .update_flags([("constructor", true)])
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotApplied { .. }), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(system.flags().await.unwrap(), before);
    let error = system
        .update_flags([("constructor", true), ("ldapdebug", flipped)])
        .await
        .unwrap_err();
    assert_eq!(error.applied(), Applied::Partially);
    let Error::PartiallyApplied(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.done, "ldapdebug is stored");
    assert_eq!(error.missing, "constructor is not");
    assert_eq!(system.flags().await.unwrap(), expected);
    system.update_flags(back).await.unwrap();
}

#[tokio::test]
async fn telemetry() {
    let wiki = Wiki::start().await;
    let system = wiki.client.system();
    let server = system.info().await.unwrap().server.unwrap();
    system.set_telemetry(server.telemetry).await.unwrap();
    let Some(_) = wiki.fake() else { return };
    for enabled in [true, false] {
        system.set_telemetry(enabled).await.unwrap();
        let server = system.info().await.unwrap().server.unwrap();
        assert_eq!(server.telemetry, enabled);
    }
    let id = system.reset_telemetry_client_id().await.unwrap();
    assert_ne!(id, server.telemetry_client_id);
    let server = system.info().await.unwrap().server.unwrap();
    assert_eq!(server.telemetry_client_id, id);
}

#[tokio::test]
async fn an_upgrade_needs_a_companion() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let system = wiki.client.system();
    let error = system.perform_upgrade().await.unwrap_err();
    assert!(error.to_string().contains("wiki-update-companion"));
    assert_eq!(fake.upgrades(), 0);
    fake.set_upgrade_capable(true);
    let server = system.info().await.unwrap().server.unwrap();
    assert!(server.upgrade_capable);
    system.perform_upgrade().await.unwrap();
    assert_eq!(fake.upgrades(), 1);
}

#[tokio::test]
async fn https_redirection_and_certificate_renewal() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let system = wiki.client.system();
    let error = system.renew_https_certificate().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::SystemSslDisabled));
    system.set_https_redirection(true).await.unwrap();
    let server = system.info().await.unwrap().server.unwrap();
    assert!(server.http_redirection);
    fake.set_lets_encrypt(true);
    system.renew_https_certificate().await.unwrap();
    assert_eq!(fake.renewals(), 1);
    system.set_https_redirection(false).await.unwrap();
    let error = system.set_https_redirection(true).await.unwrap_err();
    assert!(
        error.is_invalid_input(),
        "known issue K54: the client itself would be redirected: {error:?}"
    );
    let server = system.info().await.unwrap().server.unwrap();
    assert!(!server.http_redirection);
}

#[tokio::test]
async fn users_of_a_wikijs_1_are_imported() {
    const SECRET: &str = "mongodb://wiki:pa55@db.example.com/wiki";
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let system = wiki.client.system();
    for text in ["", "mongodb://", "http://db.example.com:27017"] {
        let error = system.import_users_from_v1(text, ImportGroups::None).await;
        let error = error.unwrap_err();
        assert!(error.is_invalid_input(), "{error:?}");
        assert!(!error.to_string().contains("db.example.com"), "{error}");
    }
    let error = system.import_users_from_v1(SECRET, ImportGroups::Single);
    let error = error.await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown);
    assert!(!format!("{error:?} {error}").contains("pa55"));
    fake.insert_user(FakeUser::new("Ada", "ada@example.com"));
    fake.set_old_users(&[
        ("local", "Ada", "ada@example.com"),
        ("github", "Bob", "bob@example.com"),
    ]);
    let imported = system.import_users_from_v1(SECRET, ImportGroups::Single);
    let imported = imported.await.unwrap();
    assert_eq!((imported.users, imported.groups), (1, 1));
    assert_eq!(imported.failed[0].email, "ada@example.com");
    assert_eq!(imported.failed[0].provider, "local");
    assert!(!imported.failed[0].error.is_empty());
}

#[tokio::test]
async fn k56_an_export_is_followed_to_its_end() {
    let wiki = Wiki::start().await;
    let system = wiki.client.system();
    if wiki.fake().is_none() && !wiki.url().contains("127.0.0.1") {
        return; // The directory of the export could not be removed.
    }
    let directory = format!("/tmp/{}", wiki.path("export"));
    let entities = [ExportEntity::Navigation, ExportEntity::Navigation];
    let export = system.export(&directory, entities).await.unwrap();
    let export = export.poll_every(Duration::from_millis(5));
    assert!(export.started_at().is_some());
    let ended = export.finish().await.unwrap();
    assert_eq!(
        (&ended.state, ended.progress),
        (&ExportState::Succeeded, 100)
    );
    assert_eq!(export.status().await.unwrap(), ended);
    assert_eq!(system.export_status().await.unwrap(), ended);
    let error = system.export(&directory, entities).await.unwrap_err();
    assert!(error.is_conflict(), "the directory is not empty: {error:?}");
    assert_eq!(error.applied(), Applied::No);
    if let Some(fake) = wiki.fake() {
        let begun = fake.exports();
        assert_eq!(begun.len(), 1);
        assert_eq!(begun[0].path, directory);
        assert_eq!(begun[0].entities, ["navigation"], "once");
    } else {
        assert!(fs::exists(format!("{directory}/navigation.json")).unwrap());
        fs::remove_dir_all(format!("/tmp/{}", wiki.prefix())).unwrap();
    }
}

#[tokio::test]
async fn k56_its_progress_is_a_stream() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.set_export_polls(4);
    let system = wiki.client.system();
    let export = system.export("/backup", ExportEntity::ALL).await.unwrap();
    let export = export.poll_every(Duration::from_millis(1));
    let statuses: Vec<_> = export.progress().try_collect().await.unwrap();
    let progress: Vec<_> = statuses.iter().map(|status| status.progress).collect();
    assert_eq!(
        progress,
        [100, 100],
        "progress is capped at 100, and equal statuses are yielded once"
    );
    assert_eq!(statuses[0].state, ExportState::Running);
    assert_eq!(statuses[1].state, ExportState::Succeeded);
}

#[tokio::test]
async fn k56_a_failed_export_returns_the_reason() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let system = wiki.client.system();
    let export = system.export("/backup", [ExportEntity::Pages]).await;
    let export = export.unwrap().poll_every(Duration::from_millis(1));
    fake.fail_export("ENOSPC: no space left on device");
    let error = export.finish().await.unwrap_err();
    assert!(error.to_string().contains("ENOSPC"), "{error}");
    assert_eq!(
        error.applied(),
        Applied::Partially,
        "a part of the export may exist"
    );
    assert_eq!(export.status().await.unwrap().state, ExportState::Failed);
}

#[tokio::test]
async fn k56_an_export_of_another_client_is_distinguished() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let system = wiki.client.system();
    fake.set_export_polls(1);
    let first = system.export("/one", [ExportEntity::Pages]).await.unwrap();
    let first = first.poll_every(Duration::from_millis(1));
    first.finish().await.unwrap();
    fake.set_export_polls(1000);
    let second = system.export("/two", [ExportEntity::Pages]).await.unwrap();
    let error = first.finish().await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    let error = system.export("/three", [ExportEntity::Pages]).await;
    let error = error.unwrap_err();
    assert!(error.is_conflict(), "one at a time: {error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(second.status().await.unwrap().state, ExportState::Running);
    fake.forget_export_status();
    let error = second.finish().await.unwrap_err();
    assert!(error.to_string().contains("restarted"), "{error}");
}

#[tokio::test]
async fn k56_an_export_requires_a_directory_and_entities() {
    let wiki = Wiki::start().await;
    let system = wiki.client.system();
    let nothing: [ExportEntity; 0] = [];
    let refused = [
        ("", vec![ExportEntity::Pages]),
        (" ", vec![ExportEntity::Pages]),
        ("/proc/export", vec![ExportEntity::Pages]),
        ("/tmp/a\0b", vec![ExportEntity::Pages]),
        ("/tmp/export", nothing.to_vec()),
    ];
    for (path, entities) in refused {
        let error = system.export(path, entities).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{path}: {error:?}");
    }
    let error = system.export("/", [ExportEntity::Navigation]).await;
    assert!(
        error.unwrap_err().is_conflict(),
        "the directory is not empty"
    );
}

#[tokio::test]
async fn an_export_whose_response_is_lost_is_started_once() {
    for fault in [Fault::ResetAfter, Fault::status_after(504)] {
        let fake = FakeWiki::start().await;
        let client = eager(&fake).build().unwrap();
        fake.fail_next_matching("SystemExport", fault.clone());
        let system = client.system();
        let export = system.export("/backup", [ExportEntity::Users]).await;
        let export = export.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        let export = export.poll_every(Duration::from_millis(1));
        export.finish().await.unwrap();
        assert_eq!(fake.exports().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn operator_calls_are_sent_once() {
    let fake = FakeWiki::start().await;
    fake.set_lets_encrypt(true);
    fake.set_upgrade_capable(true);
    let client = eager(&fake)
        .confirm_writes_for(Duration::from_millis(100))
        .build()
        .unwrap();
    let system = client.system();
    // These operations have a visible effect, by which the client detects that they were executed.
    let patient = patient(&fake).system();
    for operation in [
        "SystemResetTelemetryClientId",
        "SystemRenewHttpsCertificate",
    ] {
        fake.fail_next_matching(operation, Fault::ResetAfter);
    }
    let id = patient.reset_telemetry_client_id().await.unwrap();
    let server = system.info().await.unwrap().server.unwrap();
    assert_eq!(server.telemetry_client_id, id);
    patient.renew_https_certificate().await.unwrap();
    assert_eq!(fake.renewals(), 1);
    // Operations without a visible effect, and operations that were not executed, are unconfirmed.
    fake.fail_next_matching("SystemPerformUpgrade", Fault::ResetAfter);
    fake.fail_next_matching("SystemImportUsersFromV1", Fault::ResetAfter);
    fake.fail_next_matching("SystemRenewHttpsCertificate", Fault::ResetBefore);
    fake.fail_next_matching("SystemExport", Fault::ResetBefore);
    let old = "mongodb://wiki:pa55@db.example.com/wiki";
    for error in [
        system.perform_upgrade().await.unwrap_err(),
        system.renew_https_certificate().await.unwrap_err(),
        system
            .import_users_from_v1(old, ImportGroups::None)
            .await
            .unwrap_err(),
        system
            .export("/backup", [ExportEntity::Users])
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.applied(), Applied::Unknown);
        let Error::Unconfirmed(error) = error else {
            panic!("{error:?}")
        };
        assert!(!error.is_safe_to_repeat, "{error}");
    }
    assert_eq!(fake.pending_faults(), 0);
    assert_eq!((fake.upgrades(), fake.renewals()), (1, 1));
    for operation in [
        "SystemPerformUpgrade",
        "SystemImportUsersFromV1",
        "SystemExport",
    ] {
        assert_eq!(asked(&fake, operation), 1, "{operation}");
    }
}
