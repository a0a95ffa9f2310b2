//! The default locale: that of the wiki, which the client requests once, unless the builder sets another.

use wikijs_client::{
    Applied, Client, api,
    pages::{NewPage, bulk::Step},
};
use wikijs_fake::{FakePage, FakeWiki, Fault};

use crate::support::{all_at_once, asked, client};

async fn french() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder().default_locale("fr").start().await;
    fake.insert_page(FakePage::new("docs/a", "A"));
    let wiki = Client::builder(fake.url()).api_key(fake.api_key());
    let wiki = wiki.build().unwrap();
    (fake, wiki)
}

#[tokio::test]
async fn pages_are_read_and_written_in_the_wikis_own_locale() {
    let (fake, wiki) = french().await;
    let pages = wiki.pages();
    assert_eq!(pages.get_by_path("docs/a").await.unwrap().locale, "fr");
    let page = NewPage::new("docs/b", "B", "# B");
    assert_eq!(pages.create(page).await.unwrap().locale, "fr");
    let page = NewPage::new("docs/a", "A", "# Changed");
    pages.upsert(page).await.unwrap();
    assert_eq!(fake.pages().len(), 2);
    assert_eq!(fake.page(1).unwrap().content, "# Changed");
    assert_eq!(pages.tree().await.unwrap()[0].locale, "fr");
    assert_eq!(pages.links().await.unwrap().len(), 2);
    let steps = [Step::Upsert(NewPage::new("docs/c", "C", "# C"))];
    assert!(pages.bulk(steps).await.unwrap().is_complete());
    assert_eq!(fake.page(3).unwrap().locale, "fr");
    assert_eq!(asked(&fake, "SystemDefaultLocale"), 1);
}

#[tokio::test]
async fn the_futures_of_a_client_can_be_spawned() {
    let (fake, wiki) = french().await;
    let variables = api::pages_get::Variables { id: 1 };
    let spawned = (
        tokio::spawn(wiki.default_locale()),
        tokio::spawn(wiki.execute::<api::PagesGet>(variables)),
        tokio::spawn(wiki.uncached(wiki.pages().get(1))),
    );
    assert_eq!(spawned.0.await.unwrap().unwrap(), "fr");
    assert_eq!(spawned.1.await.unwrap().unwrap().pages.single.id, 1);
    assert_eq!(spawned.2.await.unwrap().unwrap().id, 1);
    tokio::spawn(wiki.close()).await.unwrap();
    assert!(wiki.pages().get(1).await.is_err());
    drop(fake);
}

#[tokio::test]
async fn concurrent_calls_request_the_locale_once() {
    let (fake, wiki) = french().await;
    let reads = (0..30).map(|_| wiki.pages().get_by_path("docs/a").into_future());
    for page in all_at_once(reads).await {
        assert_eq!(page.unwrap().locale, "fr");
    }
    assert_eq!(asked(&fake, "SystemDefaultLocale"), 1);
    wiki.clone().pages().get_by_path("docs/a").await.unwrap();
    assert_eq!(asked(&fake, "SystemDefaultLocale"), 1);
}

#[tokio::test]
async fn no_request_is_sent_if_the_locale_is_set() {
    let (fake, wiki) = french().await;
    let english = wiki.pages().get_by_path("docs/a").locale("en");
    assert!(english.opt().await.unwrap().is_none());
    let set = Client::builder(fake.url()).api_key(fake.api_key());
    let set = set.default_locale("en").build().unwrap();
    assert!(
        set.pages()
            .get_by_path("docs/a")
            .opt()
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(set.default_locale().await.unwrap(), "en");
    assert_eq!(set.check().await.unwrap().default_locale, "fr");
    assert_eq!(set.default_locale().await.unwrap(), "en");
    assert_eq!(asked(&fake, "SystemDefaultLocale"), 0);
}

#[tokio::test]
async fn a_check_returns_the_locale() {
    let (fake, wiki) = french().await;
    assert_eq!(wiki.check().await.unwrap().default_locale, "fr");
    wiki.pages().get_by_path("docs/a").await.unwrap();
    assert_eq!(asked(&fake, "SystemDefaultLocale"), 0);
}

#[tokio::test]
async fn guests_get_the_locale() {
    let (fake, _) = french().await;
    let guest = Client::builder(fake.url()).build().unwrap();
    assert_eq!(guest.default_locale().await.unwrap(), "fr");
    assert_eq!(guest.check().await.unwrap().default_locale, "fr");
}

#[tokio::test]
async fn en_is_assumed_if_the_wiki_cannot_return_the_locale() {
    let fake = FakeWiki::builder()
        .default_locale("fr")
        .without_field("LocalizationQuery", "config")
        .page(FakePage::new("docs/a", "A").locale("en"))
        .start()
        .await;
    let wiki = Client::builder(fake.url()).api_key(fake.api_key());
    let wiki = wiki.build().unwrap();
    assert_eq!(wiki.default_locale().await.unwrap(), "en");
    assert_eq!(
        wiki.pages().get_by_path("docs/a").await.unwrap().locale,
        "en"
    );
    assert_eq!(asked(&fake, "SystemDefaultLocale"), 1);
}

#[tokio::test]
async fn the_next_call_requests_the_locale_after_a_failure() {
    let (fake, _) = french().await;
    let wiki = Client::builder(fake.url()).api_key(fake.api_key());
    let wiki = wiki
        .retry(wikijs_client::RetryPolicy::none())
        .build()
        .unwrap();
    fake.fail_next(Fault::status(502));
    let page = NewPage::new("docs/b", "B", "# B");
    let error = wiki.pages().create(page.clone()).await.unwrap_err();
    assert_eq!(error.status(), Some(502));
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(wiki.pages().create(page).await.unwrap().locale, "fr");
}

#[tokio::test]
async fn a_page_is_created_only_in_a_locale_that_is_installed() {
    for database in [
        wikijs_fake::Database::PostgreSql,
        wikijs_fake::Database::Sqlite,
    ] {
        let fake = FakeWiki::builder()
            .database(database)
            .locales(["fr"])
            .start()
            .await;
        let wiki = Client::builder(fake.url()).api_key(fake.api_key());
        let wiki = wiki.build().unwrap();
        let page = |path: &str| NewPage::new(path, "A", "# A");
        let error = wiki
            .pages()
            .create(page("docs/a").locale("xx"))
            .await
            .unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        assert!(error.to_string().contains("en, fr"), "{error}");
        let error = wiki
            .pages()
            .upsert(page("docs/a").locale("xx"))
            .await
            .unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        let error = wiki
            .pages()
            .create(page("docs/a").editor("nope"))
            .await
            .unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        assert!(fake.pages().is_empty());
        wiki.pages()
            .create(page("docs/a").locale("fr"))
            .await
            .unwrap();
        wiki.pages()
            .create(page("docs/b").locale("fr"))
            .await
            .unwrap();
        assert_eq!(
            asked(&fake, "SystemInstalledLocales"),
            2,
            "the locales are read twice for xx and not for fr"
        );
        let error = wiki
            .pages()
            .move_to(1, "docs/c")
            .locale("xx")
            .await
            .unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        assert_eq!(fake.page(1).unwrap().path, "docs/a");
    }
}

#[cfg(feature = "admin")]
#[tokio::test]
async fn the_locale_is_requested_again_after_the_client_changed_it() {
    use wikijs_client::locales::LocaleUpdate;
    let (fake, wiki) = french().await;
    assert_eq!(wiki.default_locale().await.unwrap(), "fr");
    let update = LocaleUpdate::new().locale("en");
    wiki.locales().update(update).await.unwrap();
    assert_eq!(wiki.default_locale().await.unwrap(), "en");
    assert_eq!(asked(&fake, "SystemDefaultLocale"), 2);
}

#[tokio::test]
async fn pages_are_created_in_a_locale_if_the_locales_cannot_be_listed() {
    let fake = FakeWiki::builder()
        .locales(["fr"])
        .without_field("LocalizationQuery", "locales")
        .start()
        .await;
    let wiki = client(fake.url(), fake.api_key());
    let page = |locale: &str| NewPage::new("docs/a", "A", "# A").locale(locale);
    assert_eq!(wiki.pages().create(page("fr")).await.unwrap().locale, "fr");
    let error = wiki.pages().create(page("xx")).await.unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
}
