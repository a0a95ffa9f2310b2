//! The server of the wiki. What could harm a real one runs on the fake.

use std::{fs, time::Duration};

use futures::TryStreamExt;
use serde_json::json;
use wikijs_client::{
    Applied, Error, ErrorCode,
    system::{ExportEntity, ExportState, ImportGroups},
};
use wikijs_fake::{FakeUser, FakeWiki, Fault};

use crate::support::{Wiki, eager, mutations};

const UPDATE_FLAGS: &str = "mutation($flags:[SystemFlagInput]!){system{updateFlags(flags:$flags){\
    responseResult{succeeded}}}}";

#[tokio::test]
async fn the_server_tells_of_itself() {
    let wiki = Wiki::start().await;
    let info = wiki.client.system().info().await.unwrap();
    assert_eq!(info.groups_total.map(|count| count >= 2), Some(true));
    assert!(info.users_total.is_some() && info.tags_total.is_some());
    let server = info.server.unwrap();
    assert!(server.current_version.starts_with("2."));
    assert_eq!(server.db_type, "PostgreSQL");
    assert!(server.http_port.is_some() && server.cpu_cores > 0);
    assert_eq!(
        (server.https_port, &server.tls),
        (None, &None),
        "it speaks HTTP only"
    );
    let extensions = wiki.client.system().extensions().await.unwrap();
    assert!(extensions.iter().any(|extension| extension.key == "git"));
}

#[tokio::test]
async fn each_sees_what_its_permissions_show() {
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
async fn a_certificate_of_the_wikis_own_is_shown() {
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
async fn hazard_45_a_flag_is_set_and_the_others_stay() {
    let wiki = Wiki::start().await;
    let system = wiki.client.system();
    let before = system.flags().await.unwrap();
    let flags: Vec<_> = before
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let _guard = wiki.put_back(UPDATE_FLAGS, json!({ "flags": flags }));
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
    // Wiki.js reports success, and ignores it.
    let error = system
        .update_flags([("constructor", true)])
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotDone { .. }), "{error:?}");
    assert_eq!(system.flags().await.unwrap(), before);
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
async fn https_of_the_wikis_own() {
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
        "hazard 54: the client itself would be redirected: {error:?}"
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
async fn hazard_56_an_export_is_followed_to_its_end() {
    let wiki = Wiki::start().await;
    let system = wiki.client.system();
    if wiki.fake().is_none() && !wiki.url().contains("127.0.0.1") {
        return; // The directory would stay.
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
    assert!(error.is_conflict(), "it is not empty: {error:?}");
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
async fn hazard_56_its_progress_is_a_stream() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.set_export_looks(4);
    let system = wiki.client.system();
    let export = system.export("/backup", ExportEntity::ALL).await.unwrap();
    let export = export.poll_every(Duration::from_millis(1));
    let statuses: Vec<_> = export.progress().try_collect().await.unwrap();
    let progress: Vec<_> = statuses.iter().map(|status| status.progress).collect();
    assert_eq!(
        progress,
        [100, 100],
        "the wiki counts beyond, here it ends at 100; what is the same is not told twice"
    );
    assert_eq!(statuses[0].state, ExportState::Running);
    assert_eq!(statuses[1].state, ExportState::Succeeded);
}

#[tokio::test]
async fn hazard_56_an_export_that_fails_says_why() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let system = wiki.client.system();
    let export = system.export("/backup", [ExportEntity::Pages]).await;
    let export = export.unwrap().poll_every(Duration::from_millis(1));
    fake.fail_export("ENOSPC: no space left on device");
    let error = export.finish().await.unwrap_err();
    assert!(error.to_string().contains("ENOSPC"), "{error}");
    assert_eq!(error.applied(), Applied::Yes, "a part of it is there");
    assert_eq!(export.status().await.unwrap().state, ExportState::Failed);
}

#[tokio::test]
async fn hazard_56_another_export_is_not_taken_for_ones_own() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let system = wiki.client.system();
    fake.set_export_looks(1);
    let first = system.export("/one", [ExportEntity::Pages]).await.unwrap();
    let first = first.poll_every(Duration::from_millis(1));
    first.finish().await.unwrap();
    fake.set_export_looks(1000);
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
    assert!(error.to_string().contains("started anew"), "{error}");
}

#[tokio::test]
async fn hazard_56_an_export_has_a_directory_and_something_in_it() {
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
    assert!(error.unwrap_err().is_conflict(), "it is not empty");
}

#[tokio::test]
async fn writes_are_made_once_whatever_becomes_of_their_answers() {
    for fault in [
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::status(503),
        Fault::status_after(504),
    ] {
        let fake = FakeWiki::start().await;
        let client = eager(&fake).build().unwrap();
        let system = client.system();
        for operation in ["SystemUpdateFlags", "SystemSetTelemetry", "SystemExport"] {
            fake.fail_next_matching(operation, fault.clone());
        }
        let flags = system.update_flags([("sqllog", true)]).await;
        let flags = flags.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert!(flags["sqllog"] && !flags["ldapdebug"], "{fault:?}");
        system.set_telemetry(true).await.unwrap();
        let export = system.export("/backup", [ExportEntity::Users]).await;
        let export = export.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        let export = export.poll_every(Duration::from_millis(1));
        export.finish().await.unwrap();
        assert_eq!(fake.exports().len(), 1, "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
        assert!(!mutations(&fake).is_empty());
    }
}
