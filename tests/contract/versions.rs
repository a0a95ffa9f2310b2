//! Wikis that are older or newer than this library. On the fake, which can be made to lack a field.

use wikijs_client::{
    Applied, Client, Error, RetryPolicy,
    error::UnknownPart,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, FakeWikiBuilder, Fault, SearchEngine};

use crate::support::client;

fn older() -> FakeWikiBuilder {
    FakeWiki::builder()
        .without_field("PageQuery", "singleByPath")
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
        "it is remembered"
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
async fn a_reader_of_an_older_wiki_sees_what_a_reader_may() {
    let fake = older().start().await;
    let key = fake.key_with(["read:pages", "read:source", "manage:pages"]);
    let page = client(fake.url(), &key)
        .pages()
        .get_by_path("docs/install")
        .await
        .unwrap();
    assert_eq!((page.title.as_str(), page.editorial), ("Install", None));
    let key = fake.key_with(["read:pages"]);
    let hidden = client(fake.url(), &key);
    let error = hidden.pages().get_by_path("docs/install").await;
    assert!(error.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn hazard_13_a_create_on_an_older_wiki_is_made_once() {
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
async fn hazard_53_what_a_wiki_does_not_know_is_named() {
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
async fn hazard_53_in_a_request_of_several_operations_it_is_known_too() {
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
