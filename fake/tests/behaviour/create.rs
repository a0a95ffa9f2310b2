//! `pages.create`.

use crate::client::{CREATE, RawClient, create_variables, first_error};
use serde_json::json;
use wikijs_fake::{FakePage, FakeWiki};

#[tokio::test]
async fn a_page_is_created_and_can_be_read() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let made = client
        .create(json!({
            "path": "docs/alpha", "title": "Alpha", "description": "first", "tags": ["one", "two"],
            "content": "# Alpha\n\nHello **world**\n\n[link](/docs/beta)",
        }))
        .await;
    assert!(made.is_ok(), "{made:?}");
    assert_eq!(made.message, "Page created successfully.");
    assert_eq!(
        made.page,
        json!({"id": 1, "path": "docs/alpha", "title": "Alpha"})
    );

    let pages = client
        .pages(
            "single(id:1){id path hash title description isPrivate isPublished privateNS publishStartDate \
             publishEndDate tags{tag title} content render contentType editor locale scriptCss scriptJs authorId \
             authorName authorEmail creatorId creatorName creatorEmail}",
        )
        .await;
    let page = &pages["single"];
    assert_eq!(page["hash"], "ca09c487f3cbcec679650fb8b9eeca44753c3b42");
    assert_eq!(
        page["tags"],
        json!([{"tag": "one", "title": "one"}, {"tag": "two", "title": "two"}])
    );
    assert_eq!(page["publishStartDate"], "");
    assert_eq!(page["privateNS"], json!(null));
    assert_eq!(
        (&page["editor"], &page["contentType"]),
        (&json!("markdown"), &json!("markdown"))
    );
    assert_eq!(page["authorName"], "Administrator");
    assert_eq!(page["creatorEmail"], "admin@example.com");
    assert!(
        page["render"]
            .as_str()
            .unwrap()
            .contains("<strong>world</strong>"),
        "{page}"
    );

    let stored = wiki.page_by_path("en", "docs/alpha").unwrap();
    assert_eq!(stored.tags, ["one", "two"]);
    assert!(stored.created_at < stored.updated_at);
}

#[tokio::test]
async fn invalid_input_is_refused() {
    let wiki = FakeWiki::builder()
        .page(FakePage::new("docs/alpha", "Alpha"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    let long = "x".repeat(300);
    for (replaced, code, slug) in [
        (json!({"path": "docs/alpha"}), 6002, "PageDuplicateCreate"),
        (json!({"path": "/docs/alpha"}), 6002, "PageDuplicateCreate"),
        (json!({"path": "docs/alpha/"}), 6002, "PageDuplicateCreate"),
        (json!({"content": ""}), 6004, "PageEmptyContent"),
        (json!({"content": "  \n "}), 6004, "PageEmptyContent"),
        (json!({"path": "a.b"}), 6005, "PageIllegalPath"),
        (json!({"path": "a b"}), 6005, "PageIllegalPath"),
        (json!({"path": "a\\b"}), 6005, "PageIllegalPath"),
        (json!({"path": "a//b"}), 6005, "PageIllegalPath"),
        (json!({"path": long}), 1, "DataError"),
        (json!({"title": long}), 1, "DataError"),
        (json!({"description": long}), 1, "DataError"),
        (json!({"locale": "xx-yy-zz"}), 1, "DataError"),
        (json!({"locale": "de"}), 1, "ForeignKeyViolationError"),
        (json!({"locale": ""}), 1, "ForeignKeyViolationError"),
        (json!({"editor": "wikitext"}), 1, "ForeignKeyViolationError"),
        (json!({"ps": 12345}), 1, "ValidationError"),
    ] {
        let outcome = client.create(replaced.clone()).await;
        assert_eq!(
            (outcome.code, outcome.slug.as_str()),
            (code, slug),
            "{replaced}"
        );
        assert_eq!(outcome.page, json!(null));
    }
    assert_eq!(wiki.pages().len(), 1);
    let outcome = client.create(json!({"locale": "de"})).await;
    let end = "violates foreign key constraint \"pages_localecode_foreign\"";
    assert!(
        outcome
            .message
            .starts_with("insert into \"pages\" (\"authorId\""),
        "{outcome:?}"
    );
    assert!(outcome.message.ends_with(end), "{outcome:?}");
    let outcome = client.create(json!({"ps": 1, "pe": true})).await;
    assert_eq!(
        outcome.message,
        "publishStartDate: should be string, publishEndDate: should be string"
    );
}

#[tokio::test]
async fn unusual_input_is_accepted() {
    let wiki = FakeWiki::builder().locales(["fr"]).start().await;
    let client = RawClient::new(&wiki);
    for (given, stored) in [
        ("/c/lead", "c/lead"),
        ("/c/lead2/", "c/lead2"),
        ("", ""),
        ("c/é日本", "c/é日本"),
        ("c/q?x#y%z", "c/q?x#y%z"),
        ("C/Upper", "C/Upper"),
        ("login", "login"),
        ("en/foo", "en/foo"),
    ] {
        let outcome = client.create(json!({"path": given})).await;
        assert_eq!(outcome.page["path"], stored, "{outcome:?}");
    }
    for replaced in [
        json!({"path": "p1", "title": "", "description": ""}),
        json!({"path": "p2", "locale": "fr"}),
        json!({"path": "p3", "ps": "not a date", "pe": "x"}),
        json!({"path": "p4", "title": "t".repeat(255)}),
        json!({"path": "p5", "editor": "ckeditor", "isPublished": false, "isPrivate": true}),
    ] {
        assert!(client.create(replaced.clone()).await.is_ok(), "{replaced}");
    }
    assert_eq!(
        wiki.page_by_path("en", "p3").unwrap().publish_start_date,
        "not a date"
    );
    let page = wiki.page_by_path("en", "p5").unwrap();
    assert_eq!(
        (
            page.content_type.as_str(),
            page.is_published,
            page.is_private
        ),
        ("html", false, true)
    );
}

#[tokio::test]
async fn tags_are_trimmed_lower_cased_and_unique() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    for (path, given, stored) in [
        ("t1", json!(["dup", "DUP", " dup "]), vec!["dup"]),
        (
            "t2",
            json!(["Upper Case", "  Padded  "]),
            vec!["upper case", "padded"],
        ),
        ("t3", json!([""]), vec![""]),
        ("t4", json!([null]), vec![""]),
        ("t5", json!(["a,b", "日本"]), vec!["a,b", "日本"]),
        ("t6", json!([]), vec![]),
    ] {
        assert!(
            client
                .create(json!({"path": path, "tags": given}))
                .await
                .is_ok()
        );
        assert_eq!(wiki.page_by_path("en", path).unwrap().tags, stored);
    }
}

#[tokio::test]
async fn a_create_that_fails_after_the_insert_keeps_the_page() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let outcome = client
        .create(json!({"path": "late", "tags": ["ok", "z".repeat(300)]}))
        .await;
    assert_eq!((outcome.code, outcome.slug.as_str()), (1, "DataError"));
    assert_eq!(outcome.page, json!(null));
    let page = wiki.page_by_path("en", "late").unwrap();
    assert_eq!((page.tags.len(), page.render), (0, None));
    assert_eq!(client.create(json!({"path": "late"})).await.code, 6002);
}

#[tokio::test]
async fn the_page_in_the_response_lacks_locale_and_editor() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    for (field, message) in [
        (
            "editor",
            "Cannot return null for non-nullable field Page.editor.",
        ),
        (
            "locale",
            "Cannot return null for non-nullable field Page.locale.",
        ),
    ] {
        let query = CREATE.replace("page{id path title}", &format!("page{{id {field}}}"));
        let answer = client
            .ask_with(&query, create_variables(&json!({"path": field})))
            .await;
        assert_eq!(first_error(&answer), (message, None));
        assert_eq!(
            answer["errors"][0]["path"],
            json!(["pages", "create", "page", field])
        );
        let create = &answer["data"]["pages"]["create"];
        assert_eq!(
            (&create["page"], &create["responseResult"]["succeeded"]),
            (&json!(null), &json!(true))
        );
        assert!(wiki.page_by_path("en", field).is_some());
    }
    let fields = "page{render scriptCss scriptJs tags{tag} updatedAt createdAt toc}";
    let query = CREATE.replace("page{id path title}", fields);
    let variables =
        json!({"path": "rest", "css": "h1 { color : red ; }", "js": "x()", "tags": ["t"]});
    let answer = client.ask_with(&query, create_variables(&variables)).await;
    assert_eq!(first_error(&answer).0, "String cannot represent value: []");
    let page = &answer["data"]["pages"]["create"]["page"];
    assert_eq!(
        (&page["render"], &page["scriptCss"], &page["toc"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(page["tags"], json!([{"tag": "t"}]));
    let stored = wiki.page_by_path("en", "rest").unwrap();
    assert_eq!(page["updatedAt"], stored.updated_at.as_str());
    assert_eq!(
        (stored.script_css.as_str(), stored.script_js.as_str()),
        ("h1{color:red}", "x()")
    );
    assert!(stored.render.is_some());
}

#[tokio::test]
async fn a_new_page_marks_links_to_it_and_updates_their_pages() {
    let wiki = FakeWiki::builder()
        .page(FakePage::new("a", "A").content("[b](/en/b) [b](/b)"))
        .start()
        .await;
    let before = wiki.page(1).unwrap();
    assert!(
        RawClient::new(&wiki)
            .create(json!({"path": "b"}))
            .await
            .is_ok()
    );
    let after = wiki.page(1).unwrap();
    assert!(after.updated_at > before.updated_at);
    let render = after.render.unwrap();
    assert!(
        render.contains("<a href=\"/en/b\" class=\"is-internal-link is-valid-page\">"),
        "{render}"
    );
    assert!(
        render.contains("<a href=\"/b\" class=\"is-internal-link is-invalid-page\">"),
        "{render}"
    );
}
