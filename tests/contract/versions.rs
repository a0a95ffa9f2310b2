//! Wikis of older and newer releases than this library. These tests need the fake, which can imitate any release.

use std::time::Duration;

use wikijs_client::{
    Applied, Client, Error, RetryPolicy,
    error::UnknownPart,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, FakeWikiBuilder, Fault, SearchEngine};

use crate::support::{client, pass};

fn older() -> FakeWikiBuilder {
    FakeWiki::builder()
        .version("2.5.201")
        .locales(["fr"])
        .page(FakePage::new("docs", "Docs"))
        .page(FakePage::new("docs/install", "Install").tags(["docs"]))
        .page(FakePage::new("docs/install", "Installer").locale("fr"))
}

async fn older_wiki() -> (FakeWiki, Client) {
    let fake = older().start().await;
    let wiki = client(fake.url(), fake.api_key());
    (fake, wiki)
}

fn operations(fake: &FakeWiki) -> Vec<String> {
    let requests = fake.requests();
    let names = requests
        .iter()
        .flat_map(|request| request.operation_names());
    names
        .filter(|name| *name != "UsersWhoAmI")
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn an_older_wiki_finds_pages_by_path_too() {
    let (fake, wiki) = older_wiki().await;
    let page = wiki.pages().get_by_path("/docs/install").await.unwrap();
    assert_eq!((page.id.get(), page.title.as_str()), (2, "Install"));
    assert_eq!(page.tags, ["docs"]);
    let french = wiki.pages().get_by_path("docs/install").locale("fr");
    assert_eq!(french.await.unwrap().title, "Installer");
    for path in ["docs/nowhere", "nowhere/at/all", "Docs", ""] {
        let page = wiki.pages().get_by_path(path).opt().await.unwrap();
        assert_eq!(page, None, "{path}");
    }
    let error = wiki.pages().get_by_path("nowhere").await.unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains("nowhere"));
    fake.clear_requests();
    wiki.pages().get_by_path("docs").await.unwrap();
    assert_eq!(
        operations(&fake),
        ["PagesTree", "PagesGet"],
        "the missing field is remembered"
    );
    pass(Duration::from_secs(61)).await;
    fake.clear_requests();
    wiki.pages().get_by_path("docs").await.unwrap();
    assert_eq!(
        operations(&fake)[0],
        "PagesGetByPath",
        "the wiki may have been upgraded"
    );
}

#[tokio::test]
async fn an_older_wiki_finds_a_page_that_its_tree_lacks() {
    let (fake, wiki) = older_wiki().await;
    fake.fail_next(Fault::RebuildTree);
    let raw = "mutation{pages{create(content:\"x\",description:\"\",editor:\"markdown\",isPublished:true,\
               isPrivate:false,locale:\"en\",path:\"docs/lost\",tags:[],title:\"Lost\"){page{id}}}}";
    reqwest::Client::new()
        .post(format!("{}/graphql", fake.url()))
        .bearer_auth(fake.api_key())
        .header("content-type", "application/json")
        .body(serde_json::json!({ "query": raw }).to_string())
        .send()
        .await
        .unwrap();
    let page = wiki.pages().get_by_path("docs/lost").await.unwrap();
    assert_eq!(page.title, "Lost");
    assert!(operations(&fake).contains(&"PagesListIds".to_owned()));
}

#[tokio::test]
async fn a_reader_of_an_older_wiki_gets_the_readable_fields() {
    let fake = older().start().await;
    let key = fake.key_with(["read:pages", "read:source", "manage:pages"]);
    let page = client(fake.url(), &key)
        .pages()
        .get_by_path("docs/install")
        .await
        .unwrap();
    assert_eq!((page.title.as_str(), page.metadata), ("Install", None));
    let key = fake.key_with(["read:pages"]);
    let hidden = client(fake.url(), &key);
    let error = hidden.pages().get_by_path("docs/install").await;
    assert!(error.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn k13_a_create_on_an_older_wiki_is_executed_once() {
    let (fake, wiki) = older_wiki().await;
    fake.fail_next_matching("PagesCreate", Fault::RebuildTree);
    let page = NewPage::new("docs/new", "New", "# New").tags(["fresh"]);
    let page = wiki.pages().create(page).await.unwrap();
    let update = PageUpdate::new().title("Newer");
    wiki.pages().update(page.id, update).await.unwrap();
    let at_path = fake
        .pages()
        .into_iter()
        .filter(|page| page.path == "docs/new");
    let titles: Vec<_> = at_path.map(|page| page.title).collect();
    assert_eq!(titles, ["Newer"]);
    assert_eq!(fake.injected_count(), 1);
}

#[tokio::test]
async fn a_search_on_an_older_wiki_has_the_ids_of_pages() {
    let fake = older().search_engine(SearchEngine::Postgres).start().await;
    let wiki = client(fake.url(), fake.api_key());
    let hits = wiki.pages().search("Install").await.unwrap();
    assert!(
        hits.iter()
            .any(|hit| hit.id == 2 && hit.path == "docs/install")
    );
}

#[tokio::test]
async fn k53_an_unsupported_field_is_named() {
    let fake = FakeWiki::builder()
        .without_field("PageQuery", "links")
        .without_field("PageMutation", "purgeHistory")
        .without_field("PageLinkItem", "links")
        .without_field("PageListItem", "privateNS")
        .start()
        .await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let error = wiki.pages().links().await.unwrap_err();
    assert!(error.is_unsupported() && !error.is_invalid_input());
    assert_eq!(
        (error.status(), error.operation()),
        (Some(400), Some("PagesLinks"))
    );
    assert!(
        error
            .to_string()
            .contains("no field `links` in `PageQuery`"),
        "{error}"
    );
    let Error::Unsupported(unsupported) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        unsupported.parts,
        [UnknownPart::Field {
            field: "links".to_owned(),
            on: "PageQuery".to_owned()
        }]
    );
    assert_eq!(
        unsupported.errors()[0].apollo_code(),
        Some("GRAPHQL_VALIDATION_FAILED")
    );

    let age = "P1Y".to_owned();
    let variables = wikijs_client::api::pages_purge_history::Variables { older_than: age };
    let error = wiki
        .execute::<wikijs_client::api::PagesPurgeHistory>(variables)
        .await
        .unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn k53_an_unsupported_field_in_a_batch_is_named() {
    let (fake, _) = older_wiki().await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .concurrent_requests(1)
        .build()
        .unwrap();
    let pages = wiki.pages();
    let calls = ["docs", "docs/install", "nowhere"].map(|path| pages.get_by_path(path).opt());
    let found = crate::support::all_at_once(calls).await;
    let titles: Vec<_> = found
        .into_iter()
        .map(|page| page.unwrap().map(|page| page.title))
        .collect();
    assert_eq!(
        titles,
        [Some("Docs".to_owned()), Some("Install".to_owned()), None]
    );
    assert!(fake.requests().iter().any(|request| request.is_batch));
}

/// Releases whose schemas differ from the bundled one.
const RELEASES: [&str; 4] = ["2.5.105", "2.5.201", "2.5.284", "2.5.296"];

/// Starts a wiki of this release.
async fn release(version: &str) -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .version(version)
        .page(FakePage::new("docs", "Docs"))
        .page(FakePage::new("docs/install", "Install").tags(["docs"]))
        .start()
        .await;
    let wiki = client(fake.url(), fake.api_key());
    (fake, wiki)
}

/// Returns `true` if a release is at least another one.
fn has(version: &str, since: &str) -> bool {
    let numbers = |text: &str| {
        text.split('.')
            .map(|it| it.parse().unwrap())
            .collect::<Vec<u32>>()
    };
    numbers(version) >= numbers(since)
}

/// Asserts that a call failed because it needs a newer release, and that the wiki executed nothing.
fn assert_needs<T: std::fmt::Debug>(result: wikijs_client::Result<T>, release: &str, name: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.applied(), Applied::No, "{error:?}");
    let text = error.to_string();
    let Error::Unsupported(unsupported) = error else {
        panic!("{error:?}")
    };
    assert_eq!(unsupported.needs.as_deref(), Some(release), "{text}");
    assert!(
        text.contains(&format!("`{name}`")) && text.contains(release),
        "{text}"
    );
}

#[tokio::test]
async fn pages_are_read_and_written_on_every_release() {
    for version in RELEASES {
        let (_fake, wiki) = release(version).await;
        let pages = wiki.pages();
        assert_eq!(
            wiki.check().await.unwrap().version.as_deref(),
            Some(version)
        );
        let page = pages
            .create(NewPage::new("docs/new", "New", "# New").tags(["a"]))
            .await
            .unwrap();
        let page = pages
            .update(page.id, PageUpdate::new().title("Newer"))
            .await
            .unwrap();
        assert_eq!(pages.get_by_path("docs/new").await.unwrap().title, "Newer");
        assert_eq!(pages.list().await.unwrap().len(), 3);
        assert_eq!(pages.search("Install").await.unwrap().len(), 1);
        assert!(!pages.tags().await.unwrap().is_empty());
        assert!(!pages.links().await.unwrap().is_empty());
        assert_eq!(pages.tree().children_of("docs").await.unwrap().len(), 2);
        pages.move_to(page.id, "docs/moved").await.unwrap();
        assert!(!pages.history(page.id).await.unwrap().is_empty());
        pages.render(page.id).await.unwrap();
        pages.delete(page.id).await.unwrap();
        let converted = pages.convert(1, wikijs_client::Editor::Code).await;
        if has(version, "2.5.201") {
            converted.unwrap();
        } else {
            assert_needs(converted, "2.5.201", "convert");
        }
        let purged = pages.purge_history("P1Y").await;
        if has(version, "2.5.117") {
            purged.unwrap();
        } else {
            assert_needs(purged, "2.5.117", "purgeHistory");
        }
    }
}

#[tokio::test]
async fn files_and_people_are_read_and_written_on_every_release() {
    use wikijs_client::{
        groups::GroupUpdate,
        users::{NewUser, UserUpdate},
    };
    for version in RELEASES {
        let (_fake, wiki) = release(version).await;
        let limits = wiki.assets().limits().await.unwrap();
        assert!(limits.page_extensions.contains(&"md".to_owned()));
        wiki.assets().create_folder("pictures").await.unwrap();
        wiki.assets()
            .upload("pictures", "a.zip", "a")
            .await
            .unwrap();
        assert_eq!(
            wiki.assets().list().folder("pictures").await.unwrap().len(),
            1
        );

        let group = wiki.groups().create("Editors").await.unwrap();
        let update = GroupUpdate::new().name("Authors");
        wiki.groups().update(group.id, update).await.unwrap();
        assert_eq!(wiki.groups().list().await.unwrap().len(), 3);
        let user = NewUser::new("ann@example.com", "Ann")
            .password("a long password")
            .groups([group.id]);
        let user = wiki.users().create(user).await.unwrap();
        wiki.users()
            .update(user.id, UserUpdate::new().name("Anna"))
            .await
            .unwrap();
        assert_eq!(wiki.users().get(user.id).await.unwrap().name, "Anna");
        assert_eq!(wiki.users().search("ann").await.unwrap().len(), 1);
        wiki.users().deactivate(user.id).await.unwrap();

        let comment = wiki.comments().create(1, "Well said").await.unwrap();
        assert_eq!(wiki.comments().list("docs").await.unwrap().len(), 1);
        wiki.comments().delete(comment.id).await.unwrap();
    }
}

#[tokio::test]
async fn settings_are_read_and_written_on_every_release() {
    use wikijs_client::{
        locales::LocaleUpdate,
        mail::MailUpdate,
        navigation::NavigationMode,
        site::SiteUpdate,
        theme::{ThemeUpdate, TocPosition},
    };
    for version in RELEASES {
        let (fake, wiki) = release(version).await;
        let site = wiki.site().config().await.unwrap();
        assert_eq!(site.footer_override, None, "{version}");
        assert_eq!(site.edit_fab.is_some(), has(version, "2.5.289"));
        assert_eq!(site.page_extensions.is_some(), has(version, "2.5.285"));
        assert_eq!(site.upload_scan_svg.is_some(), has(version, "2.5.260"));
        let changed = wiki
            .site()
            .update(SiteUpdate::new().title("Handbook"))
            .await
            .unwrap();
        assert_eq!(changed.title, "Handbook");
        assert_eq!(fake.site_value("title"), "Handbook");
        let footer = SiteUpdate::new().title("Other").footer_override("");
        assert_needs(
            wiki.site().update(footer).await,
            "2.5.297",
            "footerOverride",
        );
        assert_eq!(fake.site_value("title"), "Handbook", "nothing is written");

        let theme = wiki
            .theme()
            .update(ThemeUpdate::new().dark_mode(true))
            .await
            .unwrap();
        assert!(theme.dark_mode);
        let right = ThemeUpdate::new().toc_position(TocPosition::Right);
        let right = wiki.theme().update(right).await;
        if has(version, "2.5.293") {
            assert_eq!(right.unwrap().toc_position, Some(TocPosition::Right));
        } else {
            assert_eq!(theme.toc_position, None);
            assert_needs(right, "2.5.293", "tocPosition");
        }

        let mail = MailUpdate::new()
            .host("smtp.example.com")
            .sender_email("wiki@example.com");
        let mail = wiki.mail().update(mail).await.unwrap();
        assert_eq!((mail.host.as_str(), mail.port), ("smtp.example.com", 465));
        let named = wiki
            .mail()
            .update(MailUpdate::new().name("wiki").host("other.example.com"))
            .await;
        if has(version, "2.5.284") {
            assert_eq!(named.unwrap().name.as_deref(), Some("wiki"));
        } else {
            assert_eq!(mail.name, None);
            assert_needs(named, "2.5.284", "name");
            assert_eq!(wiki.mail().config().await.unwrap().host, "smtp.example.com");
        }

        wiki.locales()
            .update(LocaleUpdate::new().auto_update(false))
            .await
            .unwrap();
        wiki.navigation()
            .set_mode(NavigationMode::Tree)
            .await
            .unwrap();
        assert_eq!(
            wiki.navigation().mode().await.unwrap(),
            NavigationMode::Tree
        );
        wiki.system()
            .update_flags([("ldapdebug", true)])
            .await
            .unwrap();
        wiki.system().info().await.unwrap();
        assert!(!wiki.system().extensions().await.unwrap().is_empty());
        let status = wiki.system().export_status().await;
        if has(version, "2.5.282") {
            status.unwrap();
        } else {
            assert_needs(status, "2.5.282", "exportStatus");
        }
    }
}

#[tokio::test]
async fn providers_are_read_and_written_on_every_release() {
    use wikijs_client::{
        api_keys::{KeyLifetime, NewApiKey},
        providers::{NewStrategy, ProviderUpdate, StrategyUpdate},
    };
    for version in RELEASES {
        let (_fake, wiki) = release(version).await;
        let on = || ProviderUpdate::new().enabled(true);
        let matomo = on()
            .set("serverHost", "https://matomo.example.com")
            .set("siteId", "2");
        wiki.analytics().update("matomo", matomo).await.unwrap();
        wiki.loggers().enable("loggly").await.unwrap();
        wiki.renderers()
            .update("markdownKroki", on())
            .await
            .unwrap();
        let port = ProviderUpdate::new().set("port", 2222);
        wiki.storage().update("sftp", port).await.unwrap();
        let algolia = ProviderUpdate::new().set("appId", "a");
        wiki.search_engines()
            .update("algolia", algolia)
            .await
            .unwrap();
        let disqus = ProviderUpdate::new().set("accountName", "wiki");
        wiki.comment_providers()
            .update("disqus", disqus)
            .await
            .unwrap();

        let strategies = wiki.auth_strategies();
        let github = || NewStrategy::new("github", "GitHub").set("clientId", "a");
        let disabled = strategies.add(github()).await;
        if has(version, "2.5.117") {
            assert!(!disabled.unwrap().is_enabled);
        } else {
            assert_needs(disabled, "2.5.117", "isEnabled");
        }
        let github = strategies.add(github().enabled(true)).await.unwrap();
        let renamed = StrategyUpdate::new().display_name("Octocats");
        assert_eq!(
            strategies
                .update(&github.key, renamed)
                .await
                .unwrap()
                .display_name,
            "Octocats"
        );
        let off = strategies
            .update(&github.key, StrategyUpdate::new().enabled(false))
            .await;
        if has(version, "2.5.117") {
            assert!(!off.unwrap().is_enabled);
        } else {
            assert_needs(off, "2.5.117", "isEnabled");
            assert_eq!(wiki.auth().enabled_strategies().await.unwrap().len(), 2);
        }
        assert!(
            wiki.auth()
                .active_strategies()
                .await
                .unwrap()
                .iter()
                .any(|it| it.is_enabled)
        );
        strategies.remove(&github.key).await.unwrap();

        let key = NewApiKey::full_access("backup", KeyLifetime::days(30));
        let key = wiki.api_keys().create(key).await.unwrap();
        wiki.api_keys().revoke(key.entry.id).await.unwrap();
    }
}

#[tokio::test]
async fn missing_fields_are_remembered_until_the_next_check() {
    let (fake, wiki) = release("2.5.201").await;
    let asked = |fake: &FakeWiki| {
        operations(fake)
            .iter()
            .filter(|it| *it == "SiteConfig")
            .count()
    };
    wiki.site().config().await.unwrap();
    assert_eq!(asked(&fake), 2, "refused once");
    for _ in 0..3 {
        wiki.site().config().await.unwrap();
    }
    assert_eq!(asked(&fake), 5);
    // Another operation that selects one of the same fields.
    fake.clear_requests();
    wiki.assets().limits().await.unwrap();
    assert_eq!(operations(&fake), ["AssetsLimits"]);
    wiki.check().await.unwrap();
    fake.clear_requests();
    wiki.site().config().await.unwrap();
    assert_eq!(asked(&fake), 2);
}

#[tokio::test]
async fn missing_fields_are_omitted_from_batches() {
    let fake = FakeWiki::builder().version("2.5.201").start().await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .concurrent_requests(1)
        .build()
        .unwrap();
    for _ in 0..2 {
        fake.clear_requests();
        let site = wiki.site();
        let found = crate::support::all_at_once((0..10).map(|_| site.config())).await;
        assert!(found.into_iter().all(|config| config.is_ok()));
        assert!(fake.requests().iter().any(|request| request.is_batch));
    }
    assert_eq!(operations(&fake).len(), 10, "the missing fields are known");
}

#[tokio::test]
async fn unset_unsupported_fields_are_omitted() {
    let fake = FakeWiki::builder().version("2.5.201").start().await;
    let wiki = client(fake.url(), fake.api_key());
    let mut variables = wikijs_client::api::site_update_config::Variables::new();
    variables.company = "Example Ltd".into();
    let data = wiki
        .execute::<wikijs_client::api::SiteUpdateConfig>(variables.clone())
        .await;
    assert!(data.is_ok(), "{data:?}");
    assert_eq!(fake.site_value("company"), "Example Ltd");
    // An explicit null counts as set.
    variables.company = "Other".into();
    variables.footer_override = wikijs_client::api::Argument::Null;
    let data = wiki
        .execute::<wikijs_client::api::SiteUpdateConfig>(variables)
        .await;
    assert_needs(data, "2.5.297", "footerOverride");
    assert_eq!(fake.site_value("company"), "Example Ltd");
}

/// A custom operation, as `wikijs-codegen` generates it with `optional_parts(true)`.
struct Footer;

const FOOTER: &str = "query Footer { site { config { title footerOverride } } }";

impl graphql_client::GraphQLQuery for Footer {
    type Variables = serde_json::Map<String, serde_json::Value>;
    type ResponseData = serde_json::Value;

    fn build_query(variables: Self::Variables) -> graphql_client::QueryBody<Self::Variables> {
        graphql_client::QueryBody {
            variables,
            query: FOOTER,
            operation_name: "Footer",
        }
    }
}

#[tokio::test]
async fn custom_operations_run_on_older_wikis_without_their_optional_parts() {
    let fake = FakeWiki::builder().version("2.5.201").start().await;
    let wiki = client(fake.url(), fake.api_key());
    let none = serde_json::Map::new;
    let refused = wiki.execute::<Footer>(none()).await;
    assert_needs(refused, "2.5.297", "footerOverride");
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .optional_parts(&[(FOOTER, &[("SiteConfig.footerOverride", &[], &[(37, 51)])])])
        .build()
        .unwrap();
    let data = wiki.execute::<Footer>(none()).await.unwrap();
    assert_eq!(
        data["site"]["config"],
        serde_json::json!({ "title": "Wiki.js" })
    );
}
