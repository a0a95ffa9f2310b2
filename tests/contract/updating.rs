//! Updating pages: fields that are not set keep their values.

use serde_json::json;
use wikijs_client::{
    Applied, Client, Error, ErrorCode,
    pages::{Page, PageUpdate, Upserted},
};

use crate::support::Wiki;

/// Creates a page with every field that an update could lose.
async fn rich_page(wiki: &Wiki) -> Page {
    let page = wiki
        .new_page("rich")
        .description("What it is about")
        .tags([wiki.tag("one"), wiki.tag("two")])
        .publish_start("2020-01-01T00:00:00.000Z")
        .publish_end("2090-01-01T00:00:00.000Z")
        .script_css("h1{color:red}")
        .script_js("console.log(1)");
    wiki.client.pages().create(page).await.unwrap()
}

/// Asserts that a page differs by this change, and by the date that every write changes.
fn assert_only(page: &Page, before: &Page, change: impl FnOnce(&mut Page)) {
    let mut expected = before.clone();
    change(&mut expected);
    expected.updated_at = page.updated_at.clone();
    assert_eq!(page, &expected);
}

#[tokio::test]
async fn k1_to_3_an_update_of_the_title_keeps_all_other_fields() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    // A naive client loses fields.
    let naive = wiki
        .raw(
            "mutation($id:Int!){pages{update(id:$id,title:\"t\"){responseResult{errorCode}}}}",
            json!({ "id": before.id }),
        )
        .await;
    assert_eq!(
        naive["data"]["pages"]["update"]["responseResult"]["errorCode"],
        6004
    );

    let page = wiki
        .client
        .pages()
        .update(before.id, PageUpdate::new().title("Updated"))
        .await
        .unwrap();
    assert_only(&page, &before, |page| page.title = "Updated".to_owned());
    assert!(page.updated_at.as_str() > before.updated_at.as_str());
    assert_eq!(wiki.client.pages().get(before.id).await.unwrap(), page);
}

#[tokio::test]
async fn k1_an_update_of_the_content_keeps_all_other_fields_and_renders() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let update = PageUpdate::new().content("# Anew\n\nQuite different.");
    let page = wiki.client.pages().update(before.id, update).await.unwrap();
    assert!(page.render.as_deref().unwrap().contains("Quite different."));
    assert_only(&page, &before, |before| {
        before.content = "# Anew\n\nQuite different.".to_owned();
        before.render = page.render.clone();
    });
}

#[tokio::test]
async fn update_title_content_and_tags() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let update = PageUpdate::new()
        .title("T")
        .content("C")
        .tags([wiki.tag("three")]);
    let page = wiki.client.pages().update(before.id, update).await.unwrap();
    assert_eq!((page.title.as_str(), page.content.as_str()), ("T", "C"));
    assert_eq!(page.tags, [wiki.tag("three").as_str()]);
    assert_eq!(page.description, before.description);
    assert_eq!(page.metadata, before.metadata);
}

#[tokio::test]
async fn tags_are_added_and_removed() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let update = PageUpdate::new()
        .add_tags([wiki.tag("THREE")])
        .remove_tags([wiki.tag("one")]);
    let page = wiki.client.pages().update(before.id, update).await.unwrap();
    assert_eq!(page.tags, [wiki.tag("three").as_str(), &wiki.tag("two")]);
    let page = wiki
        .client
        .pages()
        .update(before.id, PageUpdate::new().clear_tags())
        .await
        .unwrap();
    assert_only(&page, &before, |page| page.tags.clear());
}

#[tokio::test]
async fn k2_a_page_is_published_and_unpublished_only_when_asked() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let pages = wiki.client.pages();
    let hidden = pages
        .update(before.id, PageUpdate::new().published(false))
        .await
        .unwrap();
    assert_eq!(hidden.is_published(), Some(false));
    let still = pages
        .update(before.id, PageUpdate::new().title("Still hidden"))
        .await
        .unwrap();
    assert_eq!(still.is_published(), Some(false));
    let shown = pages
        .update(before.id, PageUpdate::new().published(true))
        .await
        .unwrap();
    assert_eq!(shown.metadata, before.metadata);
}

#[tokio::test]
async fn k4_optional_fields_are_kept_cleared_or_set() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let clear = PageUpdate::new()
        .clear_description()
        .clear_publish_start()
        .clear_publish_end()
        .clear_script_css()
        .clear_script_js();
    let cleared = wiki.client.pages().update(before.id, clear).await.unwrap();
    let metadata = cleared.metadata.clone().unwrap();
    assert_eq!((metadata.publish_start, metadata.publish_end), (None, None));
    assert_eq!((&cleared.script_css, &cleared.script_js), (&None, &None));
    assert_eq!(cleared.description, "");
    assert_eq!(
        (&cleared.tags, &cleared.content),
        (&before.tags, &before.content)
    );
    let set = PageUpdate::new()
        .description("Anew")
        .publish_start("2021-01-01T00:00:00.000Z")
        .script_js("console.log(2)");
    let page = wiki.client.pages().update(before.id, set).await.unwrap();
    assert_eq!(page.description, "Anew");
    assert_eq!(page.script_js.as_deref(), Some("console.log(2)"));
    assert_eq!(
        page.metadata.unwrap().publish_start.unwrap(),
        "2021-01-01T00:00:00.000Z"
    );
}

#[tokio::test]
async fn an_update_without_changes_sends_nothing() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let pages = wiki.client.pages();
    for update in [
        PageUpdate::new(),
        PageUpdate::new().title(before.title.clone()),
        PageUpdate::new()
            .tags([wiki.tag("TWO"), wiki.tag("one")])
            .published(true),
    ] {
        assert_eq!(pages.update(before.id, update).await.unwrap(), before);
    }
    assert_eq!(pages.history(before.id).await.unwrap(), []);
}

#[tokio::test]
async fn k5_to_7_an_update_sends_no_path_and_no_ignored_fields() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let before = rich_page(&wiki).await;
    fake.clear_requests();
    let update = PageUpdate::new().title("T");
    wiki.client.pages().update(before.id, update).await.unwrap();
    let requests = fake.requests();
    let operations = requests.iter().flat_map(|request| &request.operations);
    let sent = operations.filter(|operation| operation.name.as_deref() == Some("PagesUpdate"));
    let sent: Vec<_> = sent.map(|operation| &operation.variables).collect();
    assert_eq!(sent.len(), 1);
    for left_out in ["path", "locale", "editor", "isPrivate"] {
        assert!(sent[0].get(left_out).is_none(), "{left_out}");
    }
    for needed in [
        "content",
        "tags",
        "isPublished",
        "publishStartDate",
        "publishEndDate",
    ] {
        assert!(sent[0].get(needed).is_some(), "{needed}");
    }
}

#[tokio::test]
async fn k8_a_missing_page_is_not_found() {
    let wiki = Wiki::start().await;
    let error = wiki
        .client
        .pages()
        .update(i32::MAX, PageUpdate::new().title("x"))
        .await
        .unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn k9_an_update_of_an_older_version_is_a_conflict_with_the_newer_one() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let pages = wiki.client.pages();
    let by_other = pages
        .update(before.id, PageUpdate::new().title("By another"))
        .await
        .unwrap();
    let late = PageUpdate::new()
        .title("Too late")
        .if_unmodified(&before.updated_at);
    let error = pages.update(before.id, late).await.unwrap_err();
    assert!(error.is_conflict());
    assert_eq!(error.applied(), Applied::No);
    let Error::Conflict(conflict) = error else {
        panic!()
    };
    assert_eq!(conflict.id, before.id);
    assert_eq!(conflict.expected, before.updated_at);
    assert_eq!(conflict.actual, by_other.updated_at);
    let newer = pages.latest(conflict.id).await.unwrap();
    assert_eq!(newer.updated_at, by_other.updated_at);
    assert_eq!(newer.title, by_other.title);
    assert_eq!(newer.content, by_other.content);
    assert_eq!(
        pages.get(before.id).await.unwrap(),
        by_other,
        "nothing was written"
    );
    let in_time = PageUpdate::new()
        .title("In time")
        .if_unmodified(&by_other.updated_at);
    assert_eq!(
        pages.update(before.id, in_time).await.unwrap().title,
        "In time"
    );
}

#[tokio::test]
async fn k9_modify_uses_the_newest_version() {
    let wiki = Wiki::start().await;
    let before = wiki.page("x").await;
    let pages = wiki.client.pages();
    let modified = pages
        .modify(before.id, |page| {
            // Another client changes the page first, twice.
            if let Some(fake) = wiki.fake()
                && !page.title.ends_with("!!")
            {
                fake.edit_page(page.id.get(), |page| page.title.push('!'));
            }
            PageUpdate::new().content(format!("{} and more", page.content))
        })
        .await
        .unwrap();
    assert_eq!(modified.content, format!("{} and more", before.content));
    if wiki.fake().is_some() {
        assert_eq!(modified.title, format!("{}!!", before.title));
    }
}

#[tokio::test]
async fn k9_modify_fails_after_repeated_conflicts() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let before = wiki.page("x").await;
    let mut tries = 0;
    let pages = wiki.client.pages();
    let result = pages.modify(before.id, |page| {
        tries += 1;
        fake.edit_page(page.id.get(), |page| page.title.push('!'));
        PageUpdate::new().content("never")
    });
    assert!(result.await.unwrap_err().is_conflict());
    assert_eq!(tries, 5);
    assert_eq!(
        wiki.client.pages().get(before.id).await.unwrap().content,
        before.content
    );
}

#[tokio::test]
async fn k10_invalid_dates_are_refused() {
    let wiki = Wiki::start().await;
    for update in [
        PageUpdate::new().publish_start("tomorrow"),
        PageUpdate::new().publish_end("2031-02-30"),
        PageUpdate::new().title("x".repeat(256)),
        PageUpdate::new().content("  "),
        PageUpdate::new().tags([""]),
        PageUpdate::new().add_tags(["x".repeat(256)]),
    ] {
        let error = wiki.client.pages().update(1, update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[tokio::test]
async fn a_caller_who_cannot_read_the_whole_page_cannot_reset_fields() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let try_it = |client: Client| {
        let id = before.id;
        async move {
            client
                .pages()
                .update(id, PageUpdate::new().title("x"))
                .await
                .unwrap_err()
        }
    };
    for permissions in [
        &["read:pages", "write:pages"][..],
        &["read:pages", "manage:pages", "read:source"],
        &["read:pages"],
    ] {
        let error = try_it(wiki.client_with(permissions).await).await;
        assert!(error.is_forbidden(), "{permissions:?}: {error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    assert_eq!(wiki.client.pages().get(before.id).await.unwrap(), before);
}

#[tokio::test]
async fn an_update_without_permission_for_scripts_keeps_them() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let writer = wiki
        .client_with(&["read:pages", "write:pages", "manage:pages", "read:source"])
        .await;
    let page = writer
        .pages()
        .update(before.id, PageUpdate::new().title("T"))
        .await
        .unwrap();
    assert_only(&page, &before, |page| page.title = "T".to_owned());
}

#[tokio::test]
async fn a_page_rule_that_denies_an_update_is_reported() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let elsewhere = wiki
        .client_with_rule(&["read:pages", "write:pages", "manage:pages"], "elsewhere")
        .await;
    let error = elsewhere
        .pages()
        .update(before.id, PageUpdate::new().title("x"))
        .await
        .unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(error.code(), Some(ErrorCode::PageViewForbidden));
}

#[tokio::test]
async fn a_style_sheet_equal_after_minification_is_not_reported_as_dropped() {
    let wiki = Wiki::start().await;
    let css = "h1 { color : red ; }\nh2 { margin: 0; }\n";
    let page = || wiki.new_page("css").script_css(css);
    let pages = wiki.client.pages();
    let first = pages.upsert(page()).await.unwrap().into_stored();
    let again = pages.upsert(page()).await.unwrap().into_stored();
    assert_eq!(again.script_css, first.script_css);
}

#[tokio::test]
async fn a_style_sheet_that_wiki_js_rewrites_is_not_reported_as_dropped() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    for (name, css) in [
        ("color", "h1 { color: #ff0000; }"),
        ("unit", "h1 { margin: 0px }"),
        ("brace", "h1 { color: blue"),
        ("dropped", "h1 { color: red; *zoom: 1 } h2 {}"),
        ("nothing", "h1 {} /* nothing */"),
    ] {
        let page = || wiki.new_page(name).script_css(css);
        let first = pages.create(page()).await.unwrap();
        let again = pages.upsert(page()).await.unwrap().into_stored();
        assert_eq!(again.script_css, first.script_css, "{css}");
    }
    // White space and comments alone are no change.
    let page = || {
        let css = "/* a */ @media (min-width: 9px) { a b , c { color : red ; } }";
        wiki.new_page("space").script_css(css)
    };
    let first = pages.create(page()).await.unwrap();
    assert_eq!(
        pages.upsert(page()).await.unwrap(),
        Upserted::Unchanged(first)
    );
}

#[tokio::test]
async fn a_style_sheet_without_permission_to_write_it_is_an_error() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let plain = wiki.page("plain").await;
    let writer = wiki
        .client_with(&["read:pages", "write:pages", "manage:pages", "read:source"])
        .await;
    for (id, update) in [
        (before.id, PageUpdate::new().script_css("h2{color:red}")),
        (before.id, PageUpdate::new().clear_script_css()),
        (plain.id, PageUpdate::new().script_css("h1{color:red}")),
    ] {
        let error = writer.pages().update(id, update).await.unwrap_err();
        assert_eq!(error.applied(), Applied::Partially);
        assert!(error.to_string().contains("write:styles"), "{error}");
    }
}

#[tokio::test]
async fn scripts_are_written_with_a_permission_of_a_page_rule() {
    let wiki = Wiki::start().await;
    let before = rich_page(&wiki).await;
    let permissions = [
        "read:pages",
        "read:source",
        "write:pages",
        "manage:pages",
        "write:styles",
        "write:scripts",
    ];
    let writer = wiki.client_with_rule(&permissions, &before.path).await;
    let update = PageUpdate::new()
        .script_js("f()")
        .script_css("h2{color:red}");
    let page = writer.pages().update(before.id, update).await.unwrap();
    assert_only(&page, &before, |page| {
        page.script_js = Some("f()".to_owned());
        page.script_css = Some("h2{color:red}".to_owned());
    });
}
