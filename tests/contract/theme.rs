//! How the wiki looks.

use serde_json::{Value, json};
use wikijs_client::{
    Applied, Error,
    theme::{Iconset, ThemeConfig, ThemeUpdate, TocPosition},
};
use wikijs_fake::{FakeWiki, Fault};

use crate::support::{PutBack, Wiki, eager, mutations};

const SET: &str = "mutation($theme:String!,$iconset:String!,$dark:Boolean!,$toc:String,$css:String,$head:String,\
    $body:String){theming{setConfig(theme:$theme,iconset:$iconset,darkMode:$dark,tocPosition:$toc,injectCSS:$css,\
    injectHead:$head,injectBody:$body){responseResult{succeeded}}}}";

/// The look as it is, and what puts it back on a real wiki.
async fn as_it_is(wiki: &Wiki) -> (ThemeConfig, PutBack) {
    let before = wiki.client.theme().config().await.unwrap();
    let guard = wiki.put_back(SET, variables(&before));
    (before, guard)
}

fn variables(config: &ThemeConfig) -> Value {
    json!({ "theme": config.theme, "iconset": config.iconset, "dark": config.dark_mode,
        "toc": config.toc_position, "css": config.inject_css, "head": config.inject_head,
        "body": config.inject_body })
}

#[tokio::test]
async fn the_themes_and_the_look_are_read() {
    let wiki = Wiki::start().await;
    let themes = wiki.client.theme().themes().await.unwrap();
    assert!(themes.iter().any(|theme| theme.key == "default"));
    let config = wiki.client.theme().config().await.unwrap();
    assert_eq!(config.theme, "default");
    let designer = wiki.client_with(&["manage:theme"]).await;
    assert_eq!(designer.theme().config().await.unwrap(), config);
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.theme().config().await.unwrap_err().is_forbidden());
    assert!(reader.theme().themes().await.unwrap_err().is_forbidden());
    let update = ThemeUpdate::new().inject_body("x");
    let error = reader.theme().update(update).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
}

#[tokio::test]
async fn hazard_45_what_is_not_named_stays() {
    let wiki = Wiki::start().await;
    let (before, _guard) = as_it_is(&wiki).await;
    let theme = wiki.client.theme();
    let css = ".wikijs-client-test { color: red; }";
    let styled = theme
        .update(ThemeUpdate::new().inject_css(css))
        .await
        .unwrap();
    assert!(styled.inject_css.contains(".wikijs-client-test"));
    let expected = ThemeConfig::clone(&styled);
    let changed = theme
        .update(ThemeUpdate::new().inject_body("<!-- test -->"))
        .await
        .unwrap();
    assert_eq!(changed.inject_body, "<!-- test -->");
    assert_eq!(changed.inject_css, expected.inject_css);
    let emptied = theme
        .update(ThemeUpdate::new().inject_body(&before.inject_body))
        .await
        .unwrap();
    assert_eq!(emptied, styled);
    let back = ThemeUpdate::new().inject_css(&before.inject_css);
    assert_eq!(theme.update(back).await.unwrap(), before);
}

/// An update, and what it does.
type Change = (ThemeUpdate, fn(&mut ThemeConfig));

#[tokio::test]
async fn hazard_45_each_field_can_be_changed_alone() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let theme = wiki.client.theme();
    let changes: [Change; 6] = [
        (ThemeUpdate::new().iconset("fa"), |config| {
            config.iconset = Iconset::FontAwesome5;
        }),
        (ThemeUpdate::new().dark_mode(true), |config| {
            config.dark_mode = true;
        }),
        (
            ThemeUpdate::new().toc_position(TocPosition::Off),
            |config| config.toc_position = TocPosition::Off,
        ),
        (ThemeUpdate::new().inject_css("a {\n  b: c\n}"), |config| {
            config.inject_css = "a {\n  b: c\n}".to_owned();
        }),
        (ThemeUpdate::new().inject_head("<meta>"), |config| {
            config.inject_head = "<meta>".to_owned();
        }),
        (ThemeUpdate::new().inject_body("<p>"), |config| {
            config.inject_body = "<p>".to_owned();
        }),
    ];
    let mut expected = theme.config().await.unwrap();
    for (update, change) in changes {
        change(&mut expected);
        assert_eq!(theme.update(update.clone()).await.unwrap(), expected);
        let sent = mutations(fake).len();
        theme.update(update).await.unwrap();
        assert_eq!(mutations(fake).len(), sent, "it is so already");
        assert_eq!(theme.config().await.unwrap(), expected);
    }
    assert_eq!(
        theme.update(ThemeUpdate::new()).await.unwrap(),
        expected,
        "an update of nothing"
    );
    let cleared = ThemeUpdate::new()
        .clear_inject_css()
        .clear_inject_head()
        .clear_inject_body();
    let config = theme.update(cleared).await.unwrap();
    assert_eq!(
        (
            &*config.inject_css,
            &*config.inject_head,
            &*config.inject_body
        ),
        ("", "", "")
    );
    assert!(config.dark_mode);
}

#[tokio::test]
async fn an_import_that_wikijs_would_lose_is_refused() {
    let wiki = Wiki::start().await;
    let (before, _guard) = as_it_is(&wiki).await;
    let theme = wiki.client.theme();
    for css in [
        "@import 'fonts.css'; a { b: c }",
        "@IMPORT url(/_assets/fonts.css);",
        "a { b: c }\n@import url( \"fonts.css\" )",
    ] {
        let error = theme.update(ThemeUpdate::new().inject_css(css)).await;
        let error = error.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{css}: {error:?}");
    }
    let css = "@import url(https://fonts.example.com/x.css); a { color: red }";
    let styled = theme
        .update(ThemeUpdate::new().inject_css(css))
        .await
        .unwrap();
    assert!(
        styled.inject_css.contains("fonts.example.com"),
        "{}",
        styled.inject_css
    );
    let again = theme
        .update(ThemeUpdate::new().inject_body("<!-- test -->"))
        .await;
    assert_eq!(again.unwrap().inject_css, styled.inject_css);
    assert_eq!(
        theme.config().await.unwrap().theme,
        before.theme,
        "and the rest is as it was"
    );
}

#[tokio::test]
async fn success_for_a_style_sheet_that_was_thrown_away_is_told_as_it_is() {
    let wiki = Wiki::start().await;
    let (before, _guard) = as_it_is(&wiki).await;
    let theme = wiki.client.theme();
    let update = ThemeUpdate::new().inject_css(".a { .b { color: red } }");
    let error = theme.update(update).await.unwrap_err();
    assert!(matches!(error, Error::Incomplete(_)), "{error:?}");
    assert!(error.is_invalid_input());
    assert_eq!(error.applied(), Applied::Yes);
    let now = theme.config().await.unwrap();
    assert_eq!((&*now.inject_css, &now.theme), ("", &before.theme));
}

#[tokio::test]
async fn a_theme_that_the_wiki_has_not_is_refused() {
    let wiki = Wiki::start().await;
    let before = wiki.client.theme().config().await.unwrap();
    let update = ThemeUpdate::new().theme("nonsense");
    let error = wiki.client.theme().update(update).await.unwrap_err();
    assert!(error.is_invalid_input());
    assert!(error.to_string().contains("default"), "{error}");
    let update = ThemeUpdate::new().theme("default");
    assert_eq!(wiki.client.theme().update(update).await.unwrap(), before);
    let empty = ThemeUpdate::new().iconset("");
    let error = wiki.client.theme().update(empty).await.unwrap_err();
    assert!(error.is_invalid_input());
}

#[tokio::test]
async fn an_update_is_made_whatever_becomes_of_its_answer() {
    for fault in [
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::status(503),
        Fault::status_after(504),
    ] {
        let fake = FakeWiki::start().await;
        let client = eager(&fake).build().unwrap();
        fake.fail_next_matching("ThemingSetConfig", fault.clone());
        let update = ThemeUpdate::new().inject_css("a { b: c; }").dark_mode(true);
        let config = client.theme().update(update).await;
        let config = config.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert!(config.dark_mode);
        assert_eq!(fake.injected_css(), "a{b:c}", "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
    }
}
