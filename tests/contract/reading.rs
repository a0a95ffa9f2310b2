//! Reading pages by id and path.

use futures::{StreamExt, TryStreamExt};
use wikijs_client::{ErrorCode, PageId, pages::NewPage};

use crate::support::Wiki;

#[tokio::test]
async fn get_by_id_gives_the_whole_page() {
    let wiki = Wiki::start().await;
    let made = wiki
        .client
        .pages()
        .create(
            wiki.new_page("alpha")
                .description("The first")
                .tags([wiki.tag("Two"), wiki.tag("one")])
                .publish_start("2020-01-01T00:00:00.000Z")
                .script_css("h1{color:red}")
                .script_js("console.log(1)"),
        )
        .await
        .unwrap();
    let page = wiki.client.pages().get(made.id).await.unwrap();
    assert_eq!(page, made);
    assert_eq!(page.path, wiki.path("alpha").as_str());
    assert_eq!(page.locale, "en");
    assert_eq!(page.title, "The page alpha");
    assert_eq!(page.description, "The first");
    assert_eq!(page.content, "# alpha\n\nText of alpha.");
    assert_eq!(page.content_type, "markdown");
    assert!(page.render.as_deref().unwrap().contains("Text of alpha."));
    assert_eq!(page.tags, [wiki.tag("one").as_str(), &wiki.tag("two")]);
    assert!(page.has_tag(wiki.tag("TWO")));
    assert_eq!(page.script_css.as_deref(), Some("h1{color:red}"));
    assert_eq!(page.script_js.as_deref(), Some("console.log(1)"));
    assert!(page.updated_at.to_jiff().unwrap() >= page.created_at.to_jiff().unwrap());
    let editorial = page.editorial.unwrap();
    assert!(editorial.is_published);
    assert_eq!(editorial.publish_start.unwrap(), "2020-01-01T00:00:00.000Z");
    assert_eq!(editorial.publish_end, None);
    assert_eq!(editorial.author.id, 1);
}

#[tokio::test]
async fn hazard_28_get_by_path_takes_slashes_and_minds_case_and_locale() {
    let wiki = Wiki::start().await;
    let made = wiki.page("docs/Alpha").await;
    let french = NewPage::new(wiki.path("docs/Alpha"), "La page", "# x").locale("fr");
    let french = wiki.client.pages().create(french).await.unwrap();
    let pages = wiki.client.pages();
    for path in ["docs/Alpha", "docs/Alpha/"] {
        assert_eq!(pages.get_by_path(wiki.path(path)).await.unwrap(), made);
        assert_eq!(
            pages
                .get_by_path(format!("/{}", wiki.path(path)))
                .await
                .unwrap(),
            made
        );
    }
    assert_eq!(
        pages
            .get_by_path(wiki.path("docs/Alpha"))
            .locale("fr")
            .await
            .unwrap(),
        french
    );
    assert_eq!(
        pages
            .get_by_path(wiki.path("docs/alpha"))
            .opt()
            .await
            .unwrap(),
        None
    );
    let error = pages
        .get_by_path(wiki.path("docs/alpha"))
        .await
        .unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn hazard_29_a_missing_page_is_not_found_or_none() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    for id in [i32::MAX, 0, -1] {
        let error = pages.get(id).await.unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.code(), Some(ErrorCode::PageNotFound));
        assert_eq!(pages.get_opt(id).await.unwrap(), None);
    }
    let error = pages.get(1_i64 << 40).await.unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
}

#[tokio::test]
async fn hazard_27_a_reader_gets_the_page_without_what_it_may_not_see() {
    let wiki = Wiki::start().await;
    let made = wiki.page_with_tags("alpha", &["one"]).await;
    let reader = wiki
        .client_with(&["read:pages", "read:source", "manage:pages"])
        .await;
    for _ in 0..2 {
        let page = reader.pages().get(made.id).await.unwrap();
        assert_eq!(page.editorial, None);
        assert_eq!(
            (page.content, page.tags),
            (made.content.clone(), made.tags.clone())
        );
        let page = reader
            .pages()
            .get_by_path(wiki.path("alpha"))
            .await
            .unwrap();
        assert_eq!((page.id, page.is_published()), (made.id, None));
    }
    // Whom the wiki shows nothing by id, it says so.
    let lister = wiki.client_with(&["read:pages"]).await;
    let error = lister.pages().get(made.id).await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(error.code(), Some(ErrorCode::PageViewForbidden));
    assert!(lister.pages().get_opt(i32::MAX).await.unwrap().is_none());
}

#[tokio::test]
async fn hazard_27_with_write_pages_alone_the_newest_state_is_readable() {
    let wiki = Wiki::start().await;
    let made = wiki.page_with_tags("alpha", &["one"]).await;
    let writer = wiki.client_with(&["read:pages", "write:pages"]).await;
    assert!(
        writer
            .pages()
            .get(made.id)
            .await
            .unwrap_err()
            .is_forbidden()
    );
    let latest = writer.pages().latest(made.id).await.unwrap();
    assert_eq!(latest.content, made.content);
    assert_eq!(latest.tags, made.tags);
    assert_eq!(latest.updated_at, made.updated_at);
    assert_eq!(latest.author_id.unwrap(), 1);
    assert!(
        wiki.client
            .pages()
            .latest(i32::MAX)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn of_many_pages_a_missing_one_spoils_only_itself() {
    let wiki = Wiki::start().await;
    let (first, second) = (wiki.page("first").await, wiki.page("second").await);
    let missing = PageId::from(i32::MAX);
    let found: Vec<_> = wiki
        .client
        .pages()
        .get_many([first.id, missing, second.id])
        .collect()
        .await;
    assert_eq!(
        found.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        [first.id, missing, second.id]
    );
    assert_eq!(found[0].1.as_ref().unwrap(), &first);
    assert!(found[1].1.as_ref().unwrap_err().is_not_found());
    assert_eq!(found[2].1.as_ref().unwrap(), &second);
    let none: Vec<_> = wiki
        .client
        .pages()
        .get_many(Vec::<i64>::new())
        .map(|(id, _)| Ok::<_, ()>(id))
        .try_collect()
        .await
        .unwrap();
    assert!(none.is_empty());
}
