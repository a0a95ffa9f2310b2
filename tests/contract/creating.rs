//! Making pages.

use std::time::Duration;

use serde_json::json;
use wikijs_client::{
    Applied, Client, Editor, Error, ErrorCode,
    pages::{NewPage, Upserted},
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
async fn hazard_11_a_page_is_whole_when_it_is_made() {
    let wiki = Wiki::start().await;
    // What a naive client gets: no page, and an error, though the page is made.
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
    let editorial = page.editorial.unwrap();
    assert_eq!(editorial.editor, Editor::Code);
    assert!(!editorial.is_published);
    assert_eq!(editorial.publish_end.unwrap(), "2031-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_page_that_is_there_is_a_conflict() {
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
async fn hazard_14_a_refused_create_is_forbidden_whatever_the_wiki_calls_it() {
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
    let reader = wiki.client_with(&["read:pages"]).await;
    let error = reader
        .pages()
        .create(wiki.new_page("mine"))
        .await
        .unwrap_err();
    assert!(error.is_forbidden());
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
async fn hazard_15_a_locale_that_is_not_installed_is_invalid_input() {
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
async fn hazards_15_and_16_what_the_wiki_refuses_or_nobody_could_reach_is_not_sent() {
    let wiki = Wiki::start().await;
    let long = "x".repeat(256);
    let page = |path: &str| NewPage::new(path, "Title", "content");
    let good = || page("good/path");
    for (new, field) in [
        (page(""), "path"),
        (page("/"), "path"),
        (page("login"), "path"),
        (page("Login"), "path"),
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
async fn paths_of_any_alphabet_are_taken() {
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
async fn hazard_17_tags_are_compared_as_the_wiki_keeps_them() {
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
async fn a_script_that_the_key_may_not_write_is_not_lost_in_silence() {
    let wiki = Wiki::start().await;
    let writer = wiki
        .client_with(&["read:pages", "write:pages", "manage:pages", "read:source"])
        .await;
    let error = writer
        .pages()
        .create(wiki.new_page("x").script_js("alert(1)"))
        .await
        .unwrap_err();
    assert_eq!(error.applied(), Applied::Yes);
    assert!(error.to_string().contains("write:scripts"), "{error}");
    // Without scripts there is nothing to complain of.
    writer.pages().create(wiki.new_page("y")).await.unwrap();
}

#[tokio::test]
async fn hazard_27_who_may_write_but_not_read_gets_the_page_too() {
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
async fn hazard_18_a_create_that_timed_out_is_made_once_however_often_it_is_repeated() {
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
    // The client gives up, the wiki does not; the page is there when it is looked for.
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
async fn upsert_creates_then_updates_then_leaves_alone() {
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
    assert_eq!(page.tags, made.tags, "what the new page does not say stays");
    let error = pages.upsert(wanted.editor(Editor::Code)).await.unwrap_err();
    assert!(error.is_invalid_input());
}
