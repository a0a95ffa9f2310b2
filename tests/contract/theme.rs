//! The theme of the wiki.

use std::time::Duration;

use serde_json::{Value, json};
use wikijs_client::{
    Applied, Error,
    theme::{Iconset, ThemeConfig, ThemeUpdate, TocPosition},
};
use wikijs_fake::{FakeWiki, Fault};

use crate::support::{RestoreOnDrop, Wiki, eager, mutations};

const SET: &str = "mutation($theme:String!,$iconset:String!,$dark:Boolean!,$toc:String,$css:String,$head:String,\
    $body:String){theming{setConfig(theme:$theme,iconset:$iconset,darkMode:$dark,tocPosition:$toc,injectCSS:$css,\
    injectHead:$head,injectBody:$body){responseResult{succeeded}}}}";

/// Returns the current theme, and a guard that restores it on a real wiki.
async fn original(wiki: &Wiki) -> (ThemeConfig, RestoreOnDrop) {
    let before = wiki.client.theme().config().await.unwrap();
    let guard = wiki.restore_on_drop(SET, variables(&before));
    (before, guard)
}

fn variables(config: &ThemeConfig) -> Value {
    json!({ "theme": config.theme, "iconset": config.iconset, "dark": config.dark_mode,
        "toc": config.toc_position, "css": config.inject_css, "head": config.inject_head,
        "body": config.inject_body })
}

#[tokio::test]
async fn the_themes_and_the_configuration_are_read() {
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
async fn k45_unset_fields_are_kept() {
    let wiki = Wiki::start().await;
    let (before, _guard) = original(&wiki).await;
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

/// An update, and a function that applies the same change to a configuration.
type Change = (ThemeUpdate, fn(&mut ThemeConfig));

#[tokio::test]
async fn k45_each_field_can_be_changed_alone() {
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
            |config| config.toc_position = Some(TocPosition::Off),
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
        "an empty update"
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
    let (before, _guard) = original(&wiki).await;
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
        "other fields are unchanged"
    );
}

#[tokio::test]
async fn a_dropped_style_sheet_is_not_applied() {
    let wiki = Wiki::start().await;
    let (before, _guard) = original(&wiki).await;
    let theme = wiki.client.theme();
    let update = ThemeUpdate::new().inject_css(".a { .b { color: red } }");
    let error = theme.update(update).await.unwrap_err();
    // A fresh wiki has no style sheet, so the dropped one left the theme unchanged.
    if before.inject_css.is_empty() {
        assert!(matches!(error, Error::NotApplied { .. }), "{error:?}");
        assert!(error.to_string().contains("nested"), "{error}");
        assert_eq!(error.applied(), Applied::No);
    }
    let now = theme.config().await.unwrap();
    assert_eq!((&*now.inject_css, &now.theme), ("", &before.theme));
    let plain = ThemeUpdate::new().inject_css("a { color: red }");
    theme.update(plain).await.unwrap();
    let update = ThemeUpdate::new().inject_css(".a { .b { color: red } }");
    let error = theme.update(update).await.unwrap_err();
    assert!(matches!(error, Error::PartiallyApplied(_)), "{error:?}");
    assert!(error.to_string().contains("inject_css is not"), "{error}");
    assert_eq!(theme.config().await.unwrap().inject_css, "");
}

#[tokio::test]
async fn an_unknown_theme_is_refused() {
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
async fn a_style_sheet_is_found_minified_after_its_response_is_lost() {
    for fault in [Fault::ResetAfter, Fault::status_after(504)] {
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

#[tokio::test]
async fn a_style_sheet_of_another_client_is_distinguished() {
    let fake = FakeWiki::start().await;
    let client = eager(&fake)
        .confirm_writes_for(Duration::from_millis(100))
        .build()
        .unwrap();
    let theme = client.theme();
    let styled = |css: &str| ThemeUpdate::new().inject_css(css);
    let before = theme.update(styled("a{b:c}")).await.unwrap();
    // Wiki.js stores both style sheets in the same minified form, so the client sends no write.
    let sent = mutations(&fake).len();
    let same = theme.update(styled("a { b : c ; }")).await.unwrap();
    assert_eq!((same, mutations(&fake).len()), (before, sent));
    let other = eager(&fake).build().unwrap();
    fake.after_next("ThemingSetConfig", async move {
        let update = ThemeUpdate::new().inject_css("x{y:z}");
        other.theme().update(update).await.unwrap();
    });
    fake.fail_next_matching("ThemingSetConfig", Fault::ResetAfter);
    let error = theme.update(styled("d{e:f}")).await.unwrap_err();
    assert!(matches!(error, Error::Unconfirmed(_)), "{error:?}");
    assert_eq!(fake.injected_css(), "x{y:z}");
}
