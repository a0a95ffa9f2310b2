//! Wiki.js on MariaDB, which compares texts without case and accents. These tests need that database, and start their
//! own fake.

use wikijs_client::{
    Client,
    pages::{NewPage, Upserted},
};
use wikijs_fake::{Database, FakePage, FakeWiki};

use crate::support::client;

async fn on_mariadb() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .database(Database::MariaDb)
        .start()
        .await;
    let wiki = client(fake.url(), fake.api_key());
    (fake, wiki)
}

/// Paths that MariaDB does not distinguish.
const SAME: [&[&str]; 6] = [
    &["docs/resume", "docs/résumé", "docs/Resume"],
    &["docs/🎉", "docs/🚀"],
    &["docs/I", "docs/ı", "docs/i"],
    &["docs/ß", "docs/s"],
    &["docs/Å", "docs/a"],
    &["docs/👨\u{200d}👩", "docs/👩\u{200d}👨"],
];

#[tokio::test]
async fn a_page_at_another_path_is_not_found_and_named() {
    for paths in SAME {
        let (fake, wiki) = on_mariadb().await;
        let id = fake.insert_page(FakePage::new(paths[0], "The one"));
        let found = wiki.pages().get_by_path(paths[0]).await.unwrap();
        assert_eq!(found.id, id);
        for other in &paths[1..] {
            let error = wiki.pages().get_by_path(*other).await.unwrap_err();
            assert!(error.is_not_found(), "{error}");
            let named = format!("page {id} at `{}`", paths[0]);
            assert!(error.to_string().contains(&named), "{error}");
            assert!(
                wiki.pages()
                    .get_by_path(*other)
                    .opt()
                    .await
                    .unwrap()
                    .is_none()
            );
        }
    }
    let (fake, wiki) = on_mariadb().await;
    fake.insert_page(FakePage::new("docs/a", "A"));
    assert!(
        wiki.pages()
            .get_by_path("docs/a")
            .locale("EN")
            .opt()
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_upsert_overwrites_no_page_at_another_path() {
    for paths in SAME {
        let (fake, wiki) = on_mariadb().await;
        let page = |path: &str| NewPage::new(path, path, format!("# {path}"));
        let first = wiki.pages().upsert(page(paths[0])).await.unwrap();
        assert!(matches!(first, Upserted::Created(_)));
        for other in &paths[1..] {
            let error = wiki.pages().upsert(page(other)).await.unwrap_err();
            assert!(error.is_conflict(), "{error}");
            assert!(
                error.to_string().contains(&format!("`{}`", paths[0])),
                "{error}"
            );
            let error = wiki.pages().create(page(other)).await.unwrap_err();
            assert!(error.is_conflict(), "{error}");
            assert!(
                error.to_string().contains(&format!("`{}`", paths[0])),
                "{error}"
            );
        }
        assert_eq!(fake.pages().len(), 1);
        assert_eq!(fake.page(1).unwrap().content, format!("# {}", paths[0]));
        let again = wiki.pages().upsert(page(paths[0])).await.unwrap();
        assert!(matches!(again, Upserted::Unchanged(_)));
    }
}

#[tokio::test]
async fn upserts_report_paths_that_the_database_treats_as_equal() {
    let (fake, wiki) = on_mariadb().await;
    let paths = ["docs/resume", "docs/résumé", "docs/Resume", "docs/other"];
    let pages = paths.map(|path| NewPage::new(path, path, format!("# {path}")));
    let report = wiki.pages().upsert_many(pages).await.unwrap();
    assert_eq!(fake.pages().len(), 2);
    assert_eq!(
        fake.page_by_path("en", "docs/resume").unwrap().content,
        "# docs/resume"
    );
    assert_eq!(report.counts.failed, 2, "{report:?}");
}

#[tokio::test]
async fn paths_that_differ_in_their_normal_form_are_two_pages() {
    for database in [Database::PostgreSql, Database::MariaDb, Database::Sqlite] {
        let fake = FakeWiki::builder().database(database).start().await;
        let wiki = client(fake.url(), fake.api_key());
        for path in ["docs/caf\u{e9}", "docs/cafe\u{301}"] {
            wiki.pages()
                .upsert(NewPage::new(path, "A", "# A"))
                .await
                .unwrap();
            assert_eq!(wiki.pages().get_by_path(path).await.unwrap().path, path);
        }
        assert_eq!(fake.pages().len(), 2, "{database:?}");
    }
}

#[tokio::test]
async fn a_move_that_only_changes_case_names_the_conflicting_page() {
    let (fake, wiki) = on_mariadb().await;
    let id = fake.insert_page(FakePage::new("docs/cafe", "Cafe"));
    let error = wiki.pages().move_to(id, "docs/Cafe").await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(
        error
            .to_string()
            .contains(&format!("page {id} at `docs/cafe`")),
        "{error}"
    );
}

#[tokio::test]
async fn duplicate_links_of_the_database_are_returned_once() {
    let (fake, wiki) = on_mariadb().await;
    fake.insert_page(FakePage::new("docs/b", "B"));
    let a =
        fake.insert_page(FakePage::new("docs/a", "A").content("[b](/en/docs/b) [c](/en/docs/c)"));
    let links = wiki.pages().links().await.unwrap();
    let from_a = links.iter().find(|links| links.id == a).unwrap();
    let targets: Vec<&str> = from_a.links.iter().map(|link| link.path.as_str()).collect();
    assert_eq!(targets, ["docs/b", "docs/c"]);
}

#[tokio::test]
async fn a_level_of_the_tree_is_that_of_the_path_itself() {
    let (fake, wiki) = on_mariadb().await;
    fake.insert_pages(["docs/a", "docs/b"].map(|path| FakePage::new(path, path)));
    let tree = || wiki.pages().tree();
    assert_eq!(tree().siblings_of("docs/a").await.unwrap().len(), 2);
    assert_eq!(tree().siblings_of("DOCS/a").await.unwrap(), []);
    assert_eq!(tree().children_of("docs").await.unwrap().len(), 2);
    assert_eq!(tree().children_of("DOCS").await.unwrap(), []);
}

#[tokio::test]
async fn lists_compare_tags_and_prefixes_exactly() {
    let (fake, wiki) = on_mariadb().await;
    fake.insert_page(FakePage::new("docs/a", "A").tags(["cafe", "🎉"]));
    let list = || wiki.pages().list();
    assert_eq!(list().tags(["cafe"]).await.unwrap().len(), 1);
    for tag in ["café", "🚀"] {
        assert_eq!(list().tags([tag]).await.unwrap(), [], "{tag}");
        assert_eq!(list().any_of([tag, "x"]).await.unwrap(), [], "{tag}");
        assert_eq!(list().without_tags([tag]).await.unwrap().len(), 1, "{tag}");
    }
    assert_eq!(list().path_prefix("DOCS").await.unwrap(), []);
    assert_eq!(list().locale("EN").await.unwrap(), []);
}

#[tokio::test]
async fn a_title_that_differs_only_in_case_is_changed() {
    let (fake, wiki) = on_mariadb().await;
    let id = fake.insert_page(FakePage::new("docs/a", "Title"));
    let update = wikijs_client::pages::PageUpdate::new().title("TITLE");
    assert_eq!(
        wiki.pages().update(id, update).await.unwrap().title,
        "TITLE"
    );
}

#[tokio::test]
async fn a_tag_that_the_database_treats_as_equal_to_another_is_reported() {
    let (fake, wiki) = on_mariadb().await;
    let page = |path: &str, tag: &str| NewPage::new(path, "A", "# A").tags([tag]);
    wiki.pages().create(page("docs/a", "🎉")).await.unwrap();
    let error = wiki.pages().create(page("docs/b", "🚀")).await.unwrap_err();
    assert_eq!(
        error.applied(),
        wikijs_client::Applied::Partially,
        "{error}"
    );
    assert_eq!(fake.page_by_path("en", "docs/b").unwrap().tags, [""; 0]);
    let update = wikijs_client::pages::PageUpdate::new().tags(["🚀"]);
    let error = wiki.pages().update(1, update).await.unwrap_err();
    assert_ne!(error.applied(), wikijs_client::Applied::Yes, "{error}");
    assert_eq!(fake.page(1).unwrap().tags, ["🎉"]);
}
