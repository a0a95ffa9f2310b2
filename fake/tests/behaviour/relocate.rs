//! `pages.delete`, `move`, `convert`, `render` and maintenance.

use crate::client::{RawClient, first_error};
use serde_json::json;
use wikijs_fake::{FakePage, FakeWiki};

async fn wiki() -> (FakeWiki, RawClient) {
    let wiki = FakeWiki::builder()
        .locales(["fr"])
        .page(FakePage::new("ops/mv", "Move Me"))
        .page(FakePage::new("docs/alpha", "Alpha"))
        .page(FakePage::new("ops/name", "name"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    (wiki, client)
}

#[tokio::test]
async fn deleting() {
    let (wiki, client) = wiki().await;
    let outcome = client.write("delete(id:1)").await;
    assert_eq!(
        (outcome.code, outcome.message.as_str()),
        (0, "Page has been deleted.")
    );
    assert_eq!(wiki.page(1), None);
    for id in [1, 0, 99_999] {
        assert_eq!(client.write(&format!("delete(id:{id})")).await.code, 6003);
    }
    assert_eq!(
        client.create(json!({"path": "ops/mv"})).await.id(),
        4,
        "ids are not reused"
    );
}

#[tokio::test]
async fn moving() {
    let (wiki, client) = wiki().await;
    let to = async |id: i64, path: &str, locale: &str| {
        client
            .write(&format!(
                "move(id:{id},destinationPath:\"{path}\",destinationLocale:\"{locale}\")"
            ))
            .await
    };
    for (path, code) in [
        ("ops/mv", 6006),
        ("/ops/mv", 6006),
        ("docs/alpha", 6006),
        ("ops/a b", 6005),
    ] {
        assert_eq!(to(1, path, "en").await.code, code, "{path}");
    }
    assert_eq!(to(9, "x", "en").await.code, 6003);
    assert!(wiki.history(1).is_empty());
    let outcome = to(1, "ops/moved", "de").await;
    assert_eq!(
        (outcome.code, outcome.slug.as_str()),
        (1, "ForeignKeyViolationError")
    );
    assert_eq!(
        wiki.history(1).len(),
        1,
        "a version is stored although nothing was moved"
    );

    let before = wiki.page(1).unwrap();
    let outcome = to(1, "/ops/moved/", "en").await;
    assert_eq!(
        (outcome.code, outcome.message.as_str()),
        (0, "Page has been moved.")
    );
    let page = wiki.page(1).unwrap();
    assert_eq!(
        (page.path.as_str(), page.title.as_str()),
        ("ops/moved", "Move Me")
    );
    assert!(page.updated_at > before.updated_at);
    assert!(to(1, "ops/moved", "fr").await.is_ok());
    assert_eq!(wiki.page_by_path("fr", "ops/moved").unwrap().id, 1);

    assert!(to(3, "ops/newname", "en").await.is_ok());
    assert_eq!(
        wiki.page(3).unwrap().title,
        "newname",
        "the title was the last segment"
    );
}

#[tokio::test]
async fn converting() {
    let (wiki, client) = wiki().await;
    let id =
        wiki.insert_page(FakePage::new("conv", "Conv").content("# Head\n\n- a\n- b\n\n**bold**"));
    let to = async |editor: &str| {
        client
            .write(&format!("convert(id:{id},editor:\"{editor}\")"))
            .await
    };
    let render = wiki.page(id).unwrap().render;
    assert_eq!(to("code").await.message, "Page has been converted.");
    let page = wiki.page(id).unwrap();
    assert_eq!(
        (page.editor.as_str(), page.content_type.as_str()),
        ("code", "html")
    );
    assert!(page.content.contains("<strong>bold</strong>") && !page.content.contains("toc-anchor"));
    assert_eq!(page.render, render, "the page is not rendered again");
    assert!(to("ckeditor").await.is_ok());
    assert_eq!(wiki.page(id).unwrap().content, page.content);
    assert_eq!(
        to("ckeditor").await.message,
        "Page is already using this editor. Nothing to convert."
    );
    assert!(to("markdown").await.is_ok());
    assert_eq!(
        wiki.page(id).unwrap().content,
        "# Head\n\n-   a\n-   b\n\n**bold**"
    );
    for editor in ["foo", "asciidoc"] {
        let outcome = to(editor).await;
        assert_eq!(
            outcome.message,
            "Unsupported source / destination content types combination."
        );
        assert_eq!((outcome.code, outcome.slug.as_str()), (1, "Error"));
    }
    assert_eq!(
        client.write("convert(id:99,editor:\"code\")").await.message,
        "Invalid Page Id"
    );
    assert_eq!(wiki.history(id).len(), 2, "only where the content changed");
}

#[tokio::test]
async fn maintenance() {
    let (wiki, client) = wiki().await;
    for (write, message) in [
        ("render(id:1)", "Page rendered successfully."),
        ("rebuildTree", "Page tree rebuilt successfully."),
        ("flushCache", "Pages Cache has been flushed successfully."),
    ] {
        let outcome = client.write(write).await;
        assert_eq!((outcome.code, outcome.message.as_str()), (0, message));
    }
    assert_eq!(client.write("render(id:99)").await.code, 6003);

    wiki.insert_page(FakePage::new("docs/alpha", "Alpha fr").locale("fr"));
    let migrate = async |from: &str, to: &str| {
        let query = format!(
            "mutation{{pages{{migrateToLocale(sourceLocale:\"{from}\",targetLocale:\"{to}\"){{count \
             responseResult{{slug message}}}}}}}}"
        );
        client.ask(&query).await["data"]["pages"]["migrateToLocale"].clone()
    };
    let message = "Migrated content to target locale successfully.";
    let done =
        |count: i64| json!({"count": count, "responseResult": {"slug": "ok", "message": message}});
    assert_eq!(migrate("de", "fr").await, done(0));
    assert_eq!(
        migrate("en", "fr").await,
        done(2),
        "one path exists in the other locale"
    );
    assert_eq!(wiki.page(1).unwrap().locale, "fr");
    assert_eq!(wiki.page(2).unwrap().locale, "en");
    let refused = migrate("en", "zz").await;
    assert_eq!(
        (&refused["count"], &refused["responseResult"]["slug"]),
        (&json!(null), &json!("ForeignKeyViolationError"))
    );
}

#[tokio::test]
async fn a_page_is_found_only_by_its_exact_path() {
    let (_wiki, client) = wiki().await;
    let by_path = async |path: &str, locale: &str| {
        let query = "query($p:String!,$l:String!){pages{singleByPath(path:$p,locale:$l){id}}}";
        client
            .ask_with(query, json!({"p": path, "l": locale}))
            .await
    };
    assert_eq!(
        by_path("docs/alpha", "en").await["data"]["pages"]["singleByPath"]["id"],
        2
    );
    for (path, locale) in [
        ("/docs/alpha", "en"),
        ("docs/alpha/", "en"),
        ("Docs/Alpha", "en"),
        ("en/docs/alpha", "en"),
        ("docs/alpha", "fr"),
        ("docs/alpha", ""),
        ("docs/alpha", "EN"),
    ] {
        assert_eq!(
            first_error(&by_path(path, locale).await).1,
            Some(6003),
            "{locale}: {path}"
        );
    }
}
