//! `pages.update`: kept and reset fields, and writes that report a failure.

use crate::client::{RawClient, first_error};
use serde_json::json;
use wikijs_fake::{FakePage, FakeWiki};

const EVERYTHING: [(&str, &str); 9] = [
    ("content", "\"# New\""),
    ("description", "\"new desc\""),
    ("isPublished", "true"),
    ("publishEndDate", "\"2033-01-01T00:00:00.000Z\""),
    ("publishStartDate", "\"2032-01-01T00:00:00.000Z\""),
    ("scriptCss", "\"h2{color:red}\""),
    ("scriptJs", "\"two()\""),
    ("tags", "[\"t2\",\"t3\"]"),
    ("title", "\"New\""),
];

async fn wiki() -> FakeWiki {
    FakeWiki::builder()
        .locales(["fr"])
        .page(
            FakePage::new("p", "Orig")
                .description("orig desc")
                .content("# Orig")
                .tags(["t1", "t2"])
                .publish_dates("2030-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z")
                .scripts("h1{color:red}", "one()"),
        )
        .page(FakePage::new("taken", "Taken"))
        .start()
        .await
}

/// Returns an update of page 1 with all fields except `without`, and with `more`.
fn update(without: &[&str], more: &str) -> String {
    let fields: Vec<_> = EVERYTHING
        .iter()
        .filter(|(name, _)| !without.contains(name) && !more.contains(&format!("{name}:")))
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    format!("update(id:1,{},{more})", fields.join(","))
}

#[tokio::test]
async fn all_fields_are_written() {
    let wiki = wiki().await;
    let before = wiki.page(1).unwrap();
    let outcome = RawClient::new(&wiki).write(&update(&[], "")).await;
    assert_eq!(
        (outcome.code, outcome.message.as_str()),
        (0, "Page has been updated.")
    );
    let page = wiki.page(1).unwrap();
    assert_eq!(
        (page.title.as_str(), page.description.as_str()),
        ("New", "new desc")
    );
    assert_eq!(
        (page.content.as_str(), page.tags.as_slice()),
        ("# New", ["t2", "t3"].map(str::to_owned).as_slice())
    );
    assert_eq!(page.publish_start_date, "2032-01-01T00:00:00.000Z");
    assert_eq!(
        (page.script_css.as_str(), page.script_js.as_str()),
        ("h2{color:red}", "two()")
    );
    assert!(page.render.unwrap().contains("New"));
    assert!(page.updated_at > before.updated_at);
    assert_eq!(page.created_at, before.created_at);
    let history = wiki.history(1);
    assert_eq!(history.len(), 1);
    assert_eq!(
        (history[0].action.as_str(), history[0].page.title.as_str()),
        ("updated", "Orig")
    );
    assert_eq!(history[0].version_date, before.updated_at);
}

#[tokio::test]
async fn omitted_fields_are_reset_or_kept() {
    let wiki = wiki().await;
    let outcome = RawClient::new(&wiki)
        .write("update(id:1,content:\"# C\",tags:[\"t1\"])")
        .await;
    assert!(outcome.is_ok());
    let page = wiki.page(1).unwrap();
    assert!(!page.is_published, "unpublished");
    assert_eq!(
        (
            page.publish_start_date.as_str(),
            page.publish_end_date.as_str()
        ),
        ("", "")
    );
    assert_eq!(
        (page.script_css.as_str(), page.script_js.as_str()),
        ("", "")
    );
    assert_eq!(
        (page.title.as_str(), page.description.as_str()),
        ("Orig", "orig desc")
    );
    assert_eq!(page.editor, "markdown");
}

#[tokio::test]
async fn an_update_without_tags_fails_after_the_row_was_written() {
    for (more, what) in [("", "undefined"), ("tags:null", "null")] {
        let wiki = wiki().await;
        let render = wiki.page(1).unwrap().render;
        let outcome = RawClient::new(&wiki).write(&update(&["tags"], more)).await;
        assert_eq!((outcome.code, outcome.slug.as_str()), (1, "TypeError"));
        assert_eq!(
            outcome.message,
            format!("Cannot read properties of {what} (reading 'map')")
        );
        let page = wiki.page(1).unwrap();
        assert_eq!(
            (page.title.as_str(), page.content.as_str()),
            ("New", "# New")
        );
        assert_eq!(page.tags, ["t1", "t2"]);
        assert_eq!(page.render, render, "the page is not rendered again");
    }
}

#[tokio::test]
async fn refused_updates_write_nothing() {
    for (write, code, slug, versions) in [
        (update(&["content"], ""), 6004, "PageEmptyContent", 0),
        (update(&[], "content:null"), 6004, "PageEmptyContent", 0),
        (update(&[], "content:\" \""), 6004, "PageEmptyContent", 0),
        (update(&[], "title:null"), 1, "ValidationError", 1),
        (update(&[], "description:null"), 1, "ValidationError", 1),
        (update(&[], "publishStartDate:5"), 1, "ValidationError", 1),
        (
            update(&[], &format!("title:\"{}\"", "x".repeat(300))),
            1,
            "DataError",
            1,
        ),
    ] {
        let wiki = wiki().await;
        let before = wiki.page(1).unwrap();
        let outcome = RawClient::new(&wiki).write(&write).await;
        assert_eq!(
            (outcome.code, outcome.slug.as_str()),
            (code, slug),
            "{write}"
        );
        assert_eq!(wiki.page(1).unwrap(), before);
        assert_eq!(wiki.history(1).len(), versions, "{write}");
    }
}

#[tokio::test]
async fn a_missing_page_is_an_invalid_id() {
    let wiki = wiki().await;
    for id in [0, -1, 99_999] {
        let outcome = RawClient::new(&wiki)
            .write(&format!("update(id:{id},content:\"x\",tags:[])"))
            .await;
        let expected = (1, "Error", "Invalid Page Id");
        assert_eq!(
            (
                outcome.code,
                outcome.slug.as_str(),
                outcome.message.as_str()
            ),
            expected
        );
    }
}

#[tokio::test]
async fn editor_and_privacy_are_ignored() {
    let wiki = wiki().await;
    assert!(
        RawClient::new(&wiki)
            .write(&update(&[], "editor:\"code\",isPrivate:true"))
            .await
            .is_ok()
    );
    let page = wiki.page(1).unwrap();
    assert_eq!((page.editor.as_str(), page.is_private), ("markdown", false));
}

#[tokio::test]
async fn another_path_moves_the_page_after_the_row_was_written() {
    for (more, code, message, path, locale) in [
        (
            "path:\"q\",locale:\"en\"",
            0,
            "Page has been updated.",
            "q",
            "en",
        ),
        (
            "path:\"p\",locale:\"fr\"",
            0,
            "Page has been updated.",
            "p",
            "fr",
        ),
        (
            "path:\"\",locale:\"en\"",
            0,
            "Page has been updated.",
            "p",
            "en",
        ),
        (
            "path:\"taken\",locale:\"en\"",
            6006,
            "Destination page path already exists.",
            "p",
            "en",
        ),
        (
            "path:\"/p\",locale:\"en\"",
            6006,
            "Destination page path already exists.",
            "p",
            "en",
        ),
        (
            "path:\"a b\",locale:\"en\"",
            6005,
            "Page path cannot contains illegal characters.",
            "p",
            "en",
        ),
        (
            "locale:\"fr\"",
            1,
            "Cannot read properties of undefined (reading 'includes')",
            "p",
            "en",
        ),
        (
            "path:\"q\"",
            1,
            "undefined passed as a property in argument #0 for 'where' operation. Call skipUndefined() method to \
             ignore the undefined values.",
            "p",
            "en",
        ),
    ] {
        let wiki = wiki().await;
        let outcome = RawClient::new(&wiki).write(&update(&[], more)).await;
        assert_eq!(
            (outcome.code, outcome.message.as_str()),
            (code, message),
            "{more}"
        );
        let page = wiki.page(1).unwrap();
        assert_eq!(
            (page.path.as_str(), page.locale.as_str()),
            (path, locale),
            "{more}"
        );
        assert_eq!(
            (page.title.as_str(), page.content.as_str()),
            ("New", "# New"),
            "{more}"
        );
    }
    let wiki = wiki().await;
    let outcome = RawClient::new(&wiki)
        .write(&update(&[], "path:\"p\",locale:\"de\""))
        .await;
    assert_eq!(
        (outcome.code, outcome.slug.as_str()),
        (1, "ForeignKeyViolationError")
    );
    assert!(
        outcome
            .message
            .starts_with("update \"pages\" set \"path\" = $1"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_long_tag_fails_after_the_row_was_written() {
    let wiki = wiki().await;
    let outcome = RawClient::new(&wiki)
        .write(&update(&[], &format!("tags:[\"{}\"]", "x".repeat(300))))
        .await;
    assert_eq!((outcome.code, outcome.slug.as_str()), (1, "DataError"));
    let page = wiki.page(1).unwrap();
    assert_eq!((page.title.as_str(), page.tags.len()), ("New", 2));
    assert!(page.render.unwrap().contains("Orig"));
}

#[tokio::test]
async fn the_page_in_the_response_has_the_old_rendering() {
    let wiki = wiki().await;
    let client = RawClient::new(&wiki);
    let ask = async |fields: &str| {
        let write = update(&[], "");
        client
            .ask(&format!(
                "mutation{{pages{{x:{write}{{responseResult{{succeeded}} page{{{fields}}}}}}}}}"
            ))
            .await
    };
    let answer = ask("id title content render scriptCss tags{tag} updatedAt").await;
    let page = &answer["data"]["pages"]["x"]["page"];
    assert_eq!(
        (&page["title"], &page["content"]),
        (&json!("New"), &json!("# New"))
    );
    assert!(page["render"].as_str().unwrap().contains("Orig"), "{page}");
    assert_eq!(page["scriptCss"], json!(null));
    assert_eq!(page["tags"], json!([{"tag": "t2"}, {"tag": "t3"}]));
    assert_eq!(page["updatedAt"], wiki.page(1).unwrap().updated_at.as_str());
    for field in ["editor", "locale"] {
        let answer = ask(field).await;
        let message = format!("Cannot return null for non-nullable field Page.{field}.");
        assert_eq!(first_error(&answer), (message.as_str(), None));
        assert_eq!(
            answer["data"]["pages"]["x"],
            json!({"responseResult": {"succeeded": true}, "page": null})
        );
    }
}
