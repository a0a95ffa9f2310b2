//! Maintenance of all pages. Tests that would change pages of others run on the fake only.

use wikijs_client::{Editor, Error, pages::NewPage};

use crate::support::Wiki;

#[tokio::test]
async fn render_flush_and_rebuild() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let pages = wiki.client.pages();
    pages.render(page.id).await.unwrap();
    pages.flush_cache().await.unwrap();
    pages.rebuild_tree().await.unwrap();
    assert!(pages.render(i32::MAX).await.unwrap_err().is_not_found());
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(
        reader
            .pages()
            .flush_cache()
            .await
            .unwrap_err()
            .is_forbidden()
    );
}

#[tokio::test]
async fn k34_a_page_is_converted_between_markdown_and_html() {
    let wiki = Wiki::start().await;
    let page = wiki.page_with_tags("x", &["kept"]).await;
    let pages = wiki.client.pages();
    let html = pages.convert(page.id, Editor::Code).await.unwrap();
    assert_eq!(
        (html.editor(), html.content_type.as_str()),
        (Some(&Editor::Code), "html")
    );
    assert!(html.content.contains("<h1"), "{}", html.content);
    assert_eq!(html.tags, page.tags);
    assert_eq!(
        pages.convert(page.id, Editor::Code).await.unwrap(),
        html,
        "nothing to convert"
    );
    let back = pages.convert(page.id, Editor::Markdown).await.unwrap();
    assert_eq!(back.content_type, "markdown");
    assert!(
        pages
            .convert(i32::MAX, Editor::Code)
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(matches!(
        pages.convert(page.id, Editor::AsciiDoc).await,
        Err(Error::Api(_))
    ));
}

#[tokio::test]
async fn migrate_all_pages_of_a_locale() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    assert_eq!(pages.migrate_to_locale("zz", "fr").await.unwrap(), 0);
    assert!(
        pages
            .migrate_to_locale("en", "en")
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    let Some(fake) = wiki.fake() else { return };
    for name in ["a", "b"] {
        pages
            .create(NewPage::new(wiki.path(name), name, "x").locale("fr"))
            .await
            .unwrap();
    }
    assert_eq!(pages.migrate_to_locale("fr", "en").await.unwrap(), 2);
    assert!(fake.pages().iter().all(|page| page.locale == "en"));
}

#[tokio::test]
async fn purge_the_history() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    pages.purge_history("P100Y").await.unwrap();
    for duration in ["", "10 years", "1 year", "-P1Y", "P", "tomorrow"] {
        let error = pages.purge_history(duration).await.unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{duration}: {error:?}"
        );
    }
}

#[tokio::test]
async fn k9_conflicts_are_checked_only_with_a_date_of_the_wiki() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let pages = wiki.client.pages();
    assert!(
        !pages
            .check_conflicts(page.id, &page.updated_at)
            .await
            .unwrap()
    );
    let long_ago = "2020-01-01T00:00:00.000Z".into();
    assert!(pages.check_conflicts(page.id, &long_ago).await.unwrap());
    for date in [
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00.000+00:00",
        "zzz",
        "",
    ] {
        let error = pages
            .check_conflicts(page.id, &date.into())
            .await
            .unwrap_err();
        assert!(error.is_invalid_input(), "{date}: {error:?}");
    }
    assert!(
        pages
            .check_conflicts(i32::MAX, &page.updated_at)
            .await
            .unwrap_err()
            .is_not_found()
    );
}
