//! Creating pages.

use std::time::Duration;

use serde_json::json;
use wikijs_client::{
    Applied, Client, Editor, Error, ErrorCode, Tag,
    pages::{NewPage, PageUpdate, Upserted},
};
use wikijs_fake::FakeWiki;

use crate::support::Wiki;

#[tokio::test]
async fn create_with_description_and_tags() {
    let wiki = Wiki::start().await;
    let page = wiki
        .client
        .pages()
        .create(
            wiki.new_page("new")
                .description("Quite new")
                .tags([wiki.tag("a"), wiki.tag("b")]),
        )
        .await
        .unwrap();
    assert_eq!(page.description, "Quite new");
    assert_eq!(page.tags, [wiki.tag("a").as_str(), &wiki.tag("b")]);
    assert_eq!(page.is_published(), Some(true));
    assert_eq!(page.editor(), Some(&Editor::Markdown));
    assert_eq!(wiki.client.pages().get(page.id).await.unwrap(), page);
}

#[tokio::test]
async fn k11_a_created_page_is_returned_completely() {
    let wiki = Wiki::start().await;
    // A naive client gets an error and no page, though the page is created.
    let naive = wiki.raw(
        "mutation($path:String!){pages{create(content:\"x\",description:\"\",editor:\"markdown\",\
         isPublished:true,isPrivate:false,locale:\"en\",path:$path,tags:[],title:\"x\"){\
         responseResult{succeeded} page{id locale editor}}}}",
        json!({ "path": wiki.path("naive") })).await;
    assert!(naive["data"]["pages"]["create"]["page"].is_null());
    assert!(
        wiki.client
            .pages()
            .get_by_path(wiki.path("naive"))
            .opt()
            .await
            .unwrap()
            .is_some()
    );

    let page = wiki
        .client
        .pages()
        .create(
            wiki.new_page("html")
                .locale("fr")
                .editor(Editor::Code)
                .published(false)
                .publish_end("2031-01-01T00:00:00.000Z"),
        )
        .await
        .unwrap();
    assert_eq!(page.locale, "fr");
    assert!(page.render.is_some());
    let metadata = page.metadata.unwrap();
    assert_eq!(metadata.editor, Editor::Code);
    assert!(!metadata.is_published);
    assert_eq!(metadata.publish_end.unwrap(), "2031-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn an_existing_page_is_a_conflict() {
    let wiki = Wiki::start().await;
    wiki.page("there").await;
    let error = wiki
        .client
        .pages()
        .create(wiki.new_page("there"))
        .await
        .unwrap_err();
    assert!(error.is_conflict());
    assert_eq!(error.code(), Some(ErrorCode::PageDuplicateCreate));
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn k14_a_refused_create_is_forbidden_for_any_error_of_the_wiki() {
    let wiki = Wiki::start().await;
    let elsewhere = wiki
        .client_with_rule(&["read:pages", "write:pages"], "elsewhere")
        .await;
    let error = elsewhere
        .pages()
        .create(wiki.new_page("mine"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::PageDeleteForbidden));
    assert!(error.is_forbidden());
    let expected = "forbidden without the permission write:pages for its path";
    assert!(error.to_string().contains(expected), "{error}");
    let reader = wiki.client_with(&["read:pages"]).await;
    let error = reader
        .pages()
        .create(wiki.new_page("mine"))
        .await
        .unwrap_err();
    assert!(error.is_forbidden());
    let expected = "forbidden without the permission write:pages or manage:pages";
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(
        wiki.client
            .pages()
            .get_by_path(wiki.path("mine"))
            .opt()
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn k15_a_locale_that_is_not_installed_is_invalid_input() {
    let wiki = Wiki::start().await;
    let error = wiki
        .client
        .pages()
        .create(wiki.new_page("x").locale("xx"))
        .await
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert!(!error.to_string().contains("insert into"), "{error}");
    let error = wiki
        .client
        .pages()
        .create(wiki.new_page("x").editor("none"))
        .await
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
}

#[tokio::test]
async fn k15_k16_invalid_input_is_not_sent() {
    let wiki = Wiki::start().await;
    let long = "x".repeat(256);
    let page = |path: &str| NewPage::new(path, "Title", "content");
    let good = || page("good/path");
    for (new, field) in [
        (page(""), "path"),
        (page("/"), "path"),
        (page("login"), "path"),
        (page("Login"), "path"),
        (page("login-reset/abc"), "path"),
        (page("logout/x"), "path"),
        (page("graphql"), "path"),
        (page("en/foo"), "path"),
        (page("pt-br/foo"), "path"),
        (page("x/y"), "path"),
        (page("docs/a?b"), "path"),
        (page("docs/a#b"), "path"),
        (page("docs/a%20b"), "path"),
        (page("docs/a b"), "path"),
        (page("docs/a.b"), "path"),
        (page("docs\\a"), "path"),
        (page("docs//a"), "path"),
        (page("docs/a:b"), "path"),
        (page("docs/a\nb"), "path"),
        (page(&format!("docs/{long}")), "path"),
        (NewPage::new("good/path", long.as_str(), "x"), "title"),
        (NewPage::new("good/path", "a\0b", "x"), "title"),
        (NewPage::new("good/path", "x", ""), "content"),
        (NewPage::new("good/path", "x", " \n\t"), "content"),
        (NewPage::new("good/path", "x", "a\0b"), "content"),
        (good().description(long.as_str()), "description"),
        (good().tags([""]), "tags"),
        (good().tags([long.as_str()]), "tags"),
        (good().locale(""), "locale"),
        (good().locale("xx-yy-zz"), "locale"),
        (good().publish_start("tomorrow"), "publish_start"),
        (good().publish_end("2031-02-30"), "publish_end"),
        // Valid, but not for the `Date` of JavaScript.
        (
            good().publish_end("2031-01-01T00:00:00Z[UTC]"),
            "publish_end",
        ),
        (good().publish_end("2030-12-31T23:59:60Z"), "publish_end"),
        (good().publish_end("20310101T000000Z"), "publish_end"),
        (good().publish_end("2031-01-01T00:00:00,5Z"), "publish_end"),
        (good().publish_end("2031-01-01T00:00:00+01"), "publish_end"),
    ] {
        match wiki.client.pages().create(new.clone()).await {
            Err(Error::InvalidInput(error)) => {
                assert_eq!(error.field, field, "{new:?}");
                assert!(!error.remedy.is_empty());
            }
            other => panic!("{new:?}: {other:?}"),
        }
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[tokio::test]
async fn paths_in_any_alphabet_are_accepted() {
    let wiki = Wiki::start().await;
    for name in ["日本語/ページ", "Größe", "under_score-and-dash", "a/b/c"] {
        let page = wiki.page(name).await;
        assert_eq!(page.path, wiki.path(name).as_str());
        assert_eq!(
            wiki.client
                .pages()
                .get_by_path(wiki.path(name))
                .await
                .unwrap()
                .id,
            page.id
        );
    }
}

#[tokio::test]
async fn k17_tags_are_normalized_like_in_the_wiki() {
    let wiki = Wiki::start().await;
    let shouted = format!(" {} ", wiki.tag("UPPER Case"));
    let page = wiki
        .client
        .pages()
        .create(wiki.new_page("x").tags([
            shouted.clone(),
            wiki.tag("upper case"),
            wiki.tag("日本"),
        ]))
        .await
        .unwrap();
    assert_eq!(
        page.tags,
        [wiki.tag("upper case").as_str(), &wiki.tag("日本")]
    );
    assert!(page.has_tag(shouted));
}

#[tokio::test]
async fn a_script_without_permission_to_write_it_is_an_error() {
    let wiki = Wiki::start().await;
    let writer = wiki
        .client_with(&["read:pages", "write:pages", "manage:pages", "read:source"])
        .await;
    let error = writer
        .pages()
        .create(wiki.new_page("x").script_js("alert(1)"))
        .await
        .unwrap_err();
    assert_eq!(error.applied(), Applied::Partially);
    assert!(error.to_string().contains("write:scripts"), "{error}");
    // A page without scripts is created without an error.
    writer.pages().create(wiki.new_page("y")).await.unwrap();
}

#[tokio::test]
async fn k27_a_writer_without_manage_permission_gets_the_created_page() {
    let wiki = Wiki::start().await;
    let writer = wiki.client_with(&["read:pages", "write:pages"]).await;
    let made = writer
        .pages()
        .create(wiki.new_page("x").tags([wiki.tag("a")]))
        .await
        .unwrap();
    let page = wiki.client.pages().get(made.id).await.unwrap();
    assert_eq!(made.path, page.path);
    assert_eq!(
        (made.title, made.content, made.tags),
        (page.title, page.content, page.tags)
    );
}

#[tokio::test]
async fn k18_a_create_that_times_out_creates_one_page() {
    let slow = FakeWiki::builder()
        .write_duration(Duration::from_secs(2))
        .start()
        .await;
    let hasty = Client::builder(slow.url())
        .api_key(slow.api_key())
        .timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let wanted = NewPage::new("docs/slow", "Slow", "# Slow").tags(["a"]);
    // The client stops waiting, the wiki continues, and the page exists when it is looked for.
    let page = hasty.pages().create(wanted.clone()).await.unwrap();
    assert_eq!((page.title.as_str(), page.tags.len()), ("Slow", 1));
    assert!(page.render.is_some());
    let again = hasty.pages().create(wanted.clone()).await.unwrap_err();
    assert!(again.is_conflict());
    let Upserted::Unchanged(same) = hasty.pages().upsert(wanted).await.unwrap() else {
        panic!()
    };
    assert_eq!(same, page);
    assert_eq!(slow.pages().len(), 1);
}

#[tokio::test]
async fn upsert_creates_then_updates_then_changes_nothing() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let wanted = wiki.new_page("x").tags([wiki.tag("a")]);
    let Upserted::Created(made) = pages.upsert(wanted.clone()).await.unwrap() else {
        panic!()
    };
    let Upserted::Unchanged(same) = pages.upsert(wanted.clone()).await.unwrap() else {
        panic!()
    };
    assert_eq!(made, same);
    let changed = NewPage::new(wiki.path("x"), "Another title", "Another content");
    let Upserted::Updated(page) = pages.upsert(changed).await.unwrap() else {
        panic!()
    };
    assert_eq!((page.id, page.title.as_str()), (made.id, "Another title"));
    assert_eq!(page.tags, made.tags, "unset fields are kept");
    let error = pages.upsert(wanted.editor(Editor::Code)).await.unwrap_err();
    assert!(error.is_invalid_input());
}

#[tokio::test]
async fn a_path_with_an_invisible_character_is_refused_with_its_name() {
    let wiki = Wiki::start().await;
    for (path, name) in [
        ("docs/a\u{200b}b", "U+200B ZERO WIDTH SPACE"),
        ("docs/a\u{200d}b", "U+200D ZERO WIDTH JOINER"),
        ("docs/\u{200c}a", "U+200C ZERO WIDTH NON-JOINER"),
        ("\u{feff}docs/a", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("docs/a\u{feff}", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("docs/a\u{85}", "U+0085 NEXT LINE"),
        ("docs/a\u{a0}b", "U+00A0 NO-BREAK SPACE"),
        ("docs/a\u{ad}b", "U+00AD SOFT HYPHEN"),
        ("docs/\u{202e}a", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("docs/\u{2066}a", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("docs/\u{61c}a", "U+061C ARABIC LETTER MARK"),
        ("docs/\u{2060}a", "U+2060 WORD JOINER"),
        ("docs/\u{3164}", "U+3164 HANGUL FILLER"),
        ("docs/a\u{fe0f}", "U+FE0F VARIATION SELECTOR"),
        ("docs/a\u{e0041}", "U+E0041 TAG CHARACTER"),
        ("docs/a\nb", "U+000A LINE FEED"),
        ("docs/a\u{1}b", "U+0001 CONTROL CHARACTER"),
    ] {
        let new = NewPage::new(path, "Title", "content");
        let error = wiki.client.pages().create(new).await.unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        let text = error.to_string();
        assert!(text.contains(name), "{text}");
        let shown = |c: char| !c.is_control() && !('\u{200b}'..='\u{206f}').contains(&c);
        assert!(text.chars().all(shown), "{text:?} shows it");
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[tokio::test]
async fn joiners_in_words_and_emoji_are_accepted() {
    let wiki = Wiki::start().await;
    for name in [
        "می\u{200c}خواهم",
        "👩\u{200d}👧",
        "❤\u{fe0f}",
        "👩\u{200d}❤\u{fe0f}\u{200d}👩",
        "क्\u{200d}ष",
        "cafe\u{301}",
    ] {
        let page = wiki.page(name).await;
        assert_eq!(page.path, wiki.path(name).as_str());
    }
}

#[tokio::test]
async fn tags_are_trimmed_like_in_javascript() {
    let wiki = Wiki::start().await;
    let tags = [
        format!("\u{feff}{}\u{a0}\u{2028}", wiki.tag("one")),
        format!("{}\u{85}", wiki.tag("two")),
    ];
    let new = wiki.new_page("x").tags(tags);
    let page = wiki.client.pages().create(new).await.unwrap();
    let kept = [wiki.tag("one"), format!("{}\u{85}", wiki.tag("two"))];
    assert_eq!(page.tags, kept.each_ref().map(String::as_str));
    let listed = wiki.client.pages().list().tags([kept[1].as_str()]);
    assert_eq!(listed.await.unwrap().len(), 1);
    for (text, trimmed) in [
        ("\u{feff}\t\u{a0} a b \u{2028}\u{3000}", "a b"),
        ("\u{85}a\u{200b}", "\u{85}a\u{200b}"),
        ("\u{feff} ", ""),
    ] {
        assert_eq!(Tag::from(text), trimmed);
    }
    // JavaScript trims all of these characters.
    let empty = NewPage::new(wiki.path("y"), "Y", "\u{feff} \n");
    let error = wiki.client.pages().create(empty).await.unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
}

#[tokio::test]
async fn every_notation_of_a_date_that_javascript_reads_is_stored() {
    let wiki = Wiki::start().await;
    for (name, date) in [
        ("day", "2031-01-01"),
        ("minutes", "2031-01-01T00:00Z"),
        ("space", "2031-01-01 00:00:00z"),
        ("offset", "2031-01-01T00:00:00.123456+05:30"),
        ("short", "2031-01-01T00:00:00-0530"),
    ] {
        let new = wiki.new_page(name).publish_end(date);
        let page = wiki.client.pages().create(new).await.unwrap();
        assert_eq!(page.metadata.unwrap().publish_end.unwrap(), date);
    }
}

#[tokio::test]
async fn an_upsert_does_not_leave_a_page_public_that_should_be_private() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let public = wiki.page("x").await;
    let private = || wiki.new_page("x").private(true);
    let changed = private().description("Other");
    let error = pages.upsert(changed).await.unwrap_err();
    let Error::InvalidInput(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.field, "is_private");
    assert_eq!(pages.get(public.id).await.unwrap(), public);
    let report = pages.upsert_many([private()]).await.unwrap();
    assert_eq!(report.failed().count(), 1);
    let page = wiki.new_page("y").private(true);
    pages.create(page.clone()).await.unwrap();
    let again = pages.upsert(page).await.unwrap();
    assert!(matches!(again, Upserted::Unchanged(_)), "{again:?}");
}

#[tokio::test]
async fn a_page_is_copied() {
    let wiki = Wiki::start().await;
    let page = wiki.new_page("original").description("A page");
    let page = page.tags([wiki.tag("one")]).published(false);
    let original = wiki.client.pages().create(page).await.unwrap();
    let copy = NewPage::from(&original).path(wiki.path("copy"));
    let copy = wiki.client.pages().create(copy).await.unwrap();
    assert_ne!(copy.id, original.id);
    assert_eq!(copy.path, wiki.path("copy").as_str());
    assert_eq!(
        (&copy.title, &copy.content, &copy.description, &copy.tags),
        (
            &original.title,
            &original.content,
            &original.description,
            &original.tags
        )
    );
    assert_eq!(copy.is_published(), Some(false));
    assert_eq!(copy.editor(), original.editor());
}

#[tokio::test]
async fn a_page_is_deserialized_by_its_constructors() {
    let page: NewPage = serde_json::from_value(json!({
        "path": "/docs/install/",
        "title": "Install",
        "content": "# Install",
        "locale": "en",
        "tags": ["  Docs ", "setup"],
        "editor": "code",
        "is_published": false,
    }))
    .unwrap();
    let expected = NewPage::new("docs/install", "Install", "# Install")
        .locale("en")
        .tags(["docs", "setup"])
        .editor("code")
        .published(false);
    assert_eq!(page, expected);
    let text = serde_json::to_string(&page).unwrap();
    assert_eq!(serde_json::from_str::<NewPage>(&text).unwrap(), page);
    assert!(serde_json::from_value::<NewPage>(json!({"path": "docs"})).is_err());
}

#[tokio::test]
async fn an_unknown_editor_or_locale_lists_the_known_ones() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let error = pages.create(wiki.new_page("x").editor("md")).await;
    let error = error.unwrap_err();
    assert!(error.is_invalid_input());
    let text = error.to_string();
    let expected = "the wiki has no editor `md`; it has markdown, code, ckeditor";
    assert!(text.contains(expected), "{text}");
    let error = pages.upsert(wiki.new_page("x").locale("xx")).await;
    let error = error.unwrap_err();
    assert!(error.is_invalid_input());
    let text = error.to_string();
    assert!(
        text.contains("the wiki has no locale `xx`; it has en"),
        "{text}"
    );
}

#[tokio::test]
async fn an_empty_rendering_is_a_rendering() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    for (name, content) in [
        ("definition", "[a]: https://example.com"),
        ("comment", "<!-- todo -->"),
        ("script", "<script>alert(1)</script>"),
    ] {
        let new = || NewPage::new(wiki.path(name), "T", content);
        let created = pages.create(new()).await.unwrap();
        assert_eq!(created.render.as_deref(), Some(""), "{content}");
        // Nothing is written again in order to render the page.
        let again = pages.upsert(new()).await.unwrap();
        assert_eq!(again, Upserted::Unchanged(created.clone()), "{content}");
        let update = pages.update(created.id, PageUpdate::new());
        assert_eq!(update.await.unwrap(), created, "{content}");
    }
}

#[tokio::test]
async fn k27_scripts_of_a_writer_that_cannot_read_the_page_are_not_reported_as_dropped() {
    let wiki = Wiki::start().await;
    let writer = wiki
        .client_with(&["read:pages", "write:pages", "write:styles", "write:scripts"])
        .await;
    let new = wiki.new_page("x").script_css("h1{color:red}");
    let made = writer.pages().create(new.script_js("f()")).await.unwrap();
    let page = wiki.client.pages().get(made.id).await.unwrap();
    assert_eq!(page.script_css.as_deref(), Some("h1{color:red}"));
    assert_eq!(page.script_js.as_deref(), Some("f()"));
}
