//! Reading pages by id and path.

use futures::{Stream, StreamExt, TryStreamExt};
use wikijs_client::{
    ErrorCode, PageId,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakeGroup, FakePage, FakeWiki, PageRule, RuleMatch};

use crate::support::{Wiki, asked, client};

#[tokio::test]
async fn get_by_id_returns_the_whole_page() {
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
    let metadata = page.metadata.unwrap();
    assert!(metadata.is_published);
    assert_eq!(metadata.publish_start.unwrap(), "2020-01-01T00:00:00.000Z");
    assert_eq!(metadata.publish_end, None);
    assert_eq!(metadata.author.id, 1);
}

#[tokio::test]
async fn k28_get_by_path_ignores_slashes_and_respects_case_and_locale() {
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
async fn k29_a_missing_page_is_not_found_or_none() {
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
async fn k27_a_reader_gets_the_page_without_restricted_fields() {
    let wiki = Wiki::start().await;
    let made = wiki.page_with_tags("alpha", &["one"]).await;
    let reader = wiki
        .client_with(&["read:pages", "read:source", "manage:pages"])
        .await;
    for _ in 0..2 {
        let page = reader.pages().get(made.id).await.unwrap();
        assert_eq!(page.metadata, None);
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
    // A caller who may not read pages by id gets an error.
    let lister = wiki.client_with(&["read:pages"]).await;
    let error = lister.pages().get(made.id).await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(error.code(), Some(ErrorCode::PageViewForbidden));
    assert!(lister.pages().get_opt(i32::MAX).await.unwrap().is_none());
}

#[tokio::test]
async fn k27_with_write_pages_alone_the_newest_state_is_readable() {
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
async fn a_missing_page_fails_no_other_of_get_many() {
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

/// A bulk takes its number of steps from the stream of its steps.
#[tokio::test]
async fn get_many_knows_the_number_of_its_results() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let mut many = wiki.client.pages().get_many([page.id; 3]);
    for left in [3, 2, 1] {
        assert_eq!(many.size_hint(), (left, Some(left)));
        many.next().await.unwrap().1.unwrap();
    }
    assert!(many.next().await.is_none());
    assert_eq!(many.size_hint(), (0, Some(0)));
}

#[tokio::test]
async fn metadata_that_was_refused_once_is_read_after_an_own_write() {
    let fake = FakeWiki::start().await;
    let roles = [
        "read:pages",
        "read:source",
        "manage:pages",
        "write:pages",
        "write:comments",
    ];
    let rule = PageRule::allow(roles, RuleMatch::Start, "");
    let group = FakeGroup::new("Readers", ["read:pages", "read:source", "manage:pages"]);
    let group = fake.insert_group(group.page_rules([rule]));
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let wiki = client(fake.url(), &fake.key_for(group));
    assert_eq!(wiki.pages().get(id).await.unwrap().metadata, None);

    fake.edit_group(group, |group| {
        group.permissions = roles.map(str::to_owned).to_vec();
    });
    let update = PageUpdate::new().title("B");
    let updated = wiki.pages().update(id, update).await.unwrap();
    assert!(
        updated.metadata.is_some(),
        "the response to the update has the metadata"
    );
    assert!(wiki.pages().get(id).await.unwrap().metadata.is_some());
}

#[tokio::test]
async fn metadata_that_was_refused_once_is_read_in_a_created_page() {
    let fake = FakeWiki::start().await;
    let roles = ["read:pages", "read:source", "manage:pages", "write:pages"];
    let rule = PageRule::allow(roles, RuleMatch::Start, "");
    let group = FakeGroup::new("Readers", ["read:pages", "read:source", "manage:pages"]);
    let group = fake.insert_group(group.page_rules([rule]));
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let wiki = client(fake.url(), &fake.key_for(group));
    assert_eq!(wiki.pages().get(id).await.unwrap().metadata, None);
    fake.edit_group(group, |group| {
        group.permissions = roles.map(str::to_owned).to_vec();
    });
    let page = NewPage::new("docs/b", "B", "# B");
    assert!(wiki.pages().create(page).await.unwrap().metadata.is_some());
}

#[tokio::test]
async fn refused_metadata_is_not_requested_with_each_page() {
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let wiki = client(
        fake.url(),
        &fake.key_with(["read:pages", "read:source", "manage:pages"]),
    );
    for _ in 0..3 {
        assert_eq!(wiki.pages().get(id).await.unwrap().metadata, None);
    }
    assert_eq!(asked(&fake, "PagesGet"), 1);
    assert_eq!(asked(&fake, "PagesGetReadable"), 3);
    // After a check, the client requests the metadata again.
    wiki.check().await.unwrap();
    wiki.pages().get(id).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2);
}

#[tokio::test]
async fn pages_are_read_by_many_paths() {
    let wiki = Wiki::start().await;
    let (first, second) = (wiki.page("first").await, wiki.page("second").await);
    let paths = [
        first.path.clone(),
        wiki.path("none").into(),
        second.path.clone(),
    ];
    let pages = wiki.client.pages();
    let found: Vec<_> = pages.get_many_by_path(paths.clone()).collect().await;
    let (order, found): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    assert_eq!(order, paths);
    assert_eq!(found[0].as_ref().unwrap(), &first);
    let missing = found[1].as_ref().unwrap_err();
    assert!(missing.is_not_found());
    let text = missing.to_string();
    let object = format!("{} (locale {}): not found", paths[1], first.locale);
    assert!(text.starts_with(&object), "{text}");
    assert_eq!(found[2].as_ref().unwrap(), &second);
}

#[tokio::test]
async fn k27_a_refusal_names_the_missing_permission() {
    let wiki = Wiki::start().await;
    let made = wiki.page("alpha").await;
    let reader = wiki.client_with(&["read:pages", "read:source"]).await;
    let by_id = reader.pages().get(made.id).await.unwrap_err();
    let by_path = reader.pages().get_by_path(&made.path).await.unwrap_err();
    for (error, object) in [
        (by_id, format!("page {}", made.id)),
        (by_path, format!("{} (locale {})", made.path, made.locale)),
    ] {
        assert!(error.is_forbidden());
        assert_eq!(error.code(), Some(ErrorCode::PageViewForbidden));
        let text = error.to_string();
        assert!(text.starts_with(&object), "{text}");
        assert!(text.contains("manage:pages or delete:pages"), "{text}");
    }
}

#[tokio::test]
async fn an_error_message_begins_with_the_page() {
    let wiki = Wiki::start().await;
    let error = wiki.client.pages().get(i32::MAX).await.unwrap_err();
    let text = error.to_string();
    let expected = format!("page {}: not found (PagesGet, code 6003)", i32::MAX);
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_missing_page_whose_path_begins_with_a_locale_is_explained() {
    let fake = FakeWiki::builder().sample(1).start().await;
    let pages = client(fake.url(), fake.api_key()).pages();
    let error = pages.get_by_path("/en/docs/install").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(error.to_string().contains("`en` as a locale"), "{error}");
    let absent = pages.get_by_path("en/docs/install").opt().await.unwrap();
    assert_eq!(absent, None);
}
