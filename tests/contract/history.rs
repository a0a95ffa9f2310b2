//! The history of a page, and restoring from it.

use futures::TryStreamExt;
use wikijs_client::{
    Applied, Error, VersionId,
    pages::{HistoryAction, HistoryEntry, NewPage, Page, PageUpdate},
};
use wikijs_fake::RenderError;

use crate::support::Wiki;

/// Creates a page with the content `v0` and changes it this number of times.
async fn page_with_versions(wiki: &Wiki, changes: usize) -> Page {
    let pages = wiki.client.pages();
    let new = wiki
        .new_page("x")
        .tags([wiki.tag("kept")])
        .script_js("kept()");
    let mut page = pages.create(new).await.unwrap();
    for number in 1..=changes {
        page = pages
            .update(page.id, PageUpdate::new().content(format!("v{number}")))
            .await
            .unwrap();
    }
    page
}

#[tokio::test]
async fn the_history_is_paged() {
    let wiki = Wiki::start().await;
    let page = page_with_versions(&wiki, 5).await;
    let history = || wiki.client.pages().history(page.id);
    let all = history().await.unwrap();
    assert_eq!(all.len(), 5);
    assert_eq!(all[4].action, HistoryAction::Initial);
    assert!(
        all[..4]
            .iter()
            .all(|entry| entry.action == HistoryAction::Edit),
        "{all:?}"
    );
    assert!(all.is_sorted_by(|a, b| a.version_date.as_str() >= b.version_date.as_str()));

    assert_eq!(history().limit(2).await.unwrap(), all[..2]);
    assert_eq!(history().limit(2).offset(1).await.unwrap(), all[1..3]);
    assert_eq!(history().limit(3).offset(3).await.unwrap(), all[3..]);
    assert_eq!(history().offset(9).await.unwrap(), []);
    assert_eq!(history().limit(0).await.unwrap(), []);
    let by_two: Vec<Vec<HistoryEntry>> = history().by_page(2).try_collect().await.unwrap();
    assert_eq!(by_two.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(by_two.concat(), all);
}

#[tokio::test]
async fn a_long_history_is_fetched_lazily() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let page = page_with_versions(&wiki, 250).await;
    fake.clear_requests();
    let mut stream = wiki.client.pages().history(page.id).stream();
    for _ in 0..100 {
        stream.try_next().await.unwrap().unwrap();
    }
    assert_eq!(fake.request_count(), 1);
    let rest: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(rest.len(), 150);
    assert_eq!(fake.request_count(), 3);
    assert_eq!(rest[149].action, HistoryAction::Initial);
}

#[tokio::test]
async fn a_move_is_in_the_history() {
    let wiki = Wiki::start().await;
    let page = wiki.page("from").await;
    let pages = wiki.client.pages();
    pages.move_to(page.id, wiki.path("to")).await.unwrap();
    pages
        .update(page.id, PageUpdate::new().content("after"))
        .await
        .unwrap();
    let actions: Vec<_> = pages
        .history(page.id)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    let moved = HistoryAction::Move {
        from: wiki.path("from").into(),
        to: wiki.path("to").into(),
    };
    assert_eq!(actions, [moved, HistoryAction::Initial]);
}

#[tokio::test]
async fn a_version_is_the_page_as_it_was() {
    let wiki = Wiki::start().await;
    let page = page_with_versions(&wiki, 2).await;
    let pages = wiki.client.pages();
    let history = pages.history(page.id).await.unwrap();
    let first = pages.version(page.id, history[1].version_id).await.unwrap();
    assert_eq!(first.content, "# x\n\nText of x.");
    assert_eq!(
        (first.page_id, first.path.as_str()),
        (page.id, wiki.path("x").as_str())
    );
    assert_eq!(first.author_id.unwrap(), 1);
    assert_eq!(first.publish_start, None);
    let error = pages.version(page.id, i32::MAX).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}

#[tokio::test]
async fn k31_the_history_of_a_deleted_page_is_not_found() {
    let wiki = Wiki::start().await;
    let page = page_with_versions(&wiki, 1).await;
    let pages = wiki.client.pages();
    let version = pages.history(page.id).await.unwrap()[0].version_id;
    pages.delete(page.id).await.unwrap();
    assert!(pages.history(page.id).await.unwrap_err().is_not_found());
    assert!(
        pages
            .version(page.id, version)
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        pages
            .restore(page.id, version)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn k30_a_restore_keeps_tags_and_scripts() {
    let wiki = Wiki::start().await;
    let page = page_with_versions(&wiki, 2).await;
    let pages = wiki.client.pages();
    let history = pages.history(page.id).await.unwrap();
    let restored = pages.restore(page.id, history[1].version_id).await.unwrap();
    assert_eq!(restored.content, "# x\n\nText of x.");
    assert_eq!(restored.tags, [wiki.tag("kept").as_str()]);
    assert_eq!(restored.script_js.as_deref(), Some("kept()"));
    assert_eq!(restored.is_published(), Some(true));
    assert_eq!(pages.get(page.id).await.unwrap(), restored);
    let error = pages.restore(page.id, i32::MAX).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
}

#[tokio::test]
async fn the_history_is_forbidden_without_permission() {
    let wiki = Wiki::start().await;
    let page = page_with_versions(&wiki, 1).await;
    let reader = wiki.client_with(&["read:pages"]).await;
    let error = reader.pages().history(page.id).await.unwrap_err();
    assert!(error.is_forbidden());
    assert!(matches!(error, Error::GraphQl(_)));
}

/// Creates a page with tags and a script, changes its content, and moves it. Returns it, and its first version.
async fn moved_page(wiki: &Wiki, from: &str, to: &str, title: &str) -> (Page, VersionId) {
    let pages = wiki.client.pages();
    let page = NewPage::new(wiki.path(from), title, "first")
        .tags([wiki.tag("kept")])
        .script_css("h1{color:red}")
        .script_js("kept()");
    let page = pages.create(page).await.unwrap();
    let update = PageUpdate::new().content("second");
    pages.update(page.id, update).await.unwrap();
    let page = pages.move_to(page.id, wiki.path(to)).await.unwrap();
    let history = pages.history(page.id).await.unwrap();
    (page, history.last().unwrap().version_id)
}

/// Asserts that a restore of the first version is reported as partially applied, and kept tags and scripts.
async fn assert_not_moved_back(wiki: &Wiki, error: &Error, before: &Page) {
    assert_eq!(error.applied(), Applied::Partially, "{error}");
    assert!(error.to_string().contains("not moved back"), "{error}");
    assert!(!error.to_string().contains("could not be kept"), "{error}");
    let now = wiki.client.pages().get(before.id).await.unwrap();
    assert_eq!((now.content.as_str(), &now.path), ("first", &before.path));
    assert_eq!((&now.title, &now.tags), (&before.title, &before.tags));
    assert_eq!(
        (&now.script_css, &now.script_js),
        (&before.script_css, &before.script_js)
    );
}

#[tokio::test]
async fn a_restore_to_an_occupied_path_is_partial_and_keeps_tags_and_scripts() {
    let wiki = Wiki::start().await;
    let (page, first) = moved_page(&wiki, "old", "new", "Title").await;
    wiki.page("old").await;
    let error = wiki.client.pages().restore(page.id, first).await;
    let error = error.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert_not_moved_back(&wiki, &error, &page).await;
}

#[tokio::test]
async fn a_restore_to_a_forbidden_path_is_partial_and_keeps_tags_and_scripts() {
    let wiki = Wiki::start().await;
    let permissions = ["read:pages", "read:source", "write:pages", "manage:pages"];
    let scripts = ["write:styles", "write:scripts"];
    for (name, others) in [
        ("a", ["read:history"].as_slice()),
        ("b", &["read:history", scripts[0], scripts[1]]),
        ("c", &scripts),
    ] {
        let (from, to) = (format!("{name}/old"), format!("{name}/new"));
        let (page, first) = moved_page(&wiki, &from, &to, "Title").await;
        let permissions = [&permissions, others].concat();
        let writer = wiki.client_with_rule(&permissions, &page.path).await;
        let error = writer.pages().restore(page.id, first).await.unwrap_err();
        assert!(error.is_forbidden(), "{error}");
        assert_not_moved_back(&wiki, &error, &page).await;
    }
}

#[tokio::test]
async fn a_restore_that_moves_the_page_back_keeps_its_title_tags_and_scripts() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let (page, first) = moved_page(&wiki, "untitled", "install", "install").await;
    let restored = pages.restore(page.id, first).await.unwrap();
    assert_eq!(restored.path.as_str(), wiki.path("untitled"));
    assert_eq!((&*restored.title, &*restored.content), ("install", "first"));
    assert_eq!(restored.tags, page.tags);
    assert_eq!(restored.script_css, page.script_css);
    assert_eq!(restored.script_js, page.script_js);
    assert_eq!(pages.get(page.id).await.unwrap(), restored);
}

#[tokio::test]
async fn a_restore_that_fails_before_the_move_is_partial_and_keeps_tags_and_scripts() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let (page, first) = moved_page(&wiki, "old", "new", "Title").await;
    fake.set_render_error(RenderError::Job);
    let error = wiki.client.pages().restore(page.id, first).await;
    assert_not_moved_back(&wiki, &error.unwrap_err(), &page).await;
}
