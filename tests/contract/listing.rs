//! Listing pages: the requested number, each with all of its tags, with any key.

use futures::TryStreamExt;
use serde_json::json;
use wikijs_client::{
    Client, Error,
    pages::{NewPage, PageOrderBy, PageSummary},
};
use wikijs_fake::{FakeGroup, FakePage, FakeWiki, PageRule, RuleMatch};

use crate::support::{Wiki, client};

/// Creates five pages: a (tags 1 to 4), b (1, 2), c (1), d (5), e (none).
async fn with_five_pages() -> Wiki {
    let wiki = Wiki::start().await;
    for (name, tags) in [
        ("a", &["1", "2", "3", "4"][..]),
        ("b", &["1", "2"]),
        ("c", &["1"]),
        ("d", &["5"]),
        ("e", &[]),
    ] {
        wiki.page_with_tags(name, tags).await;
    }
    wiki
}

fn names(pages: &[PageSummary]) -> Vec<&str> {
    pages.iter().map(|page| page.path.last_segment()).collect()
}

fn tags_of<'a>(pages: &'a [PageSummary], name: &str) -> Vec<&'a str> {
    let page = pages
        .iter()
        .find(|page| page.path.last_segment() == name)
        .unwrap();
    page.tags
        .iter()
        .map(|tag| tag.as_str().rsplit('-').next().unwrap())
        .collect()
}

#[tokio::test]
async fn list_all() {
    let wiki = with_five_pages().await;
    let all = wiki.client.pages().list().await.unwrap();
    let ours: Vec<_> = all
        .into_iter()
        .filter(|page| page.path.as_str().starts_with(wiki.prefix()))
        .collect();
    assert_eq!(names(&ours), ["a", "b", "c", "d", "e"]);
    assert_eq!(tags_of(&ours, "a"), ["1", "2", "3", "4"]);
    assert!(
        ours.iter()
            .all(|page| page.is_published && page.locale == "en")
    );
}

#[tokio::test]
async fn list_with_limit_offset_search_locale_and_order() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    for (name, title) in [
        ("one", "Documentation of B"),
        ("two", "DOCUMENTATION of a"),
        ("three", "Else"),
    ] {
        let page = NewPage::new(wiki.path(name), title, "# x").description("About it");
        pages.create(page).await.unwrap();
    }
    pages
        .create(NewPage::new(wiki.path("fr"), "Documentation", "# x").locale("fr"))
        .await
        .unwrap();
    let found = pages
        .list()
        .limit(10)
        .offset(0)
        .search("documentation")
        .locale("en")
        .order_by(PageOrderBy::Title)
        .ascending()
        .path_prefix(wiki.prefix())
        .await
        .unwrap();
    // The order of the database: with the C collation, upper case first.
    let mut titles: Vec<_> = found.iter().map(|page| page.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["DOCUMENTATION of a", "Documentation of B"]);
    let french = pages
        .list()
        .locale("fr")
        .path_prefix(wiki.prefix())
        .await
        .unwrap();
    assert_eq!(names(&french), ["fr"]);
}

#[tokio::test]
async fn k19_a_limit_counts_pages_and_tags_are_complete() {
    let wiki = with_five_pages().await;
    // A naive client gets at most two pages, the last without some of its tags.
    let naive = wiki
        .raw(
            "query($l:Int!){pages{list(limit:$l,orderBy:ID,orderByDirection:DESC){path tags}}}",
            json!({ "l": 5 }),
        )
        .await;
    assert!(naive["data"]["pages"]["list"].as_array().unwrap().len() < 5);

    let newest = || {
        wiki.client
            .pages()
            .list()
            .order_by(PageOrderBy::Id)
            .descending()
    };
    for limit in 1..=5 {
        let pages = newest().limit(limit).await.unwrap();
        assert_eq!(names(&pages), ["e", "d", "c", "b", "a"][..limit]);
    }
    let pages = newest().limit(3).offset(2).await.unwrap();
    assert_eq!(names(&pages), ["c", "b", "a"]);
    assert_eq!(tags_of(&pages, "b"), ["1", "2"]);
    assert_eq!(tags_of(&pages, "a"), ["1", "2", "3", "4"]);
    assert_eq!(newest().limit(0).await.unwrap(), []);
}

#[tokio::test]
async fn k19_pages_with_a_hundred_tags_are_counted_as_pages() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    for number in 0..30 {
        let tags: Vec<_> = (0..100).map(|tag| format!("tag {tag:03}")).collect();
        fake.insert_page(wikijs_fake::FakePage::new(format!("many/{number}"), "Many").tags(tags));
    }
    let pages = wiki
        .client
        .pages()
        .list()
        .limit(20)
        .offset(5)
        .await
        .unwrap();
    assert_eq!(pages.len(), 20);
    assert!(pages.iter().all(|page| page.tags.len() == 100));
    assert_eq!(pages[0].path, "many/5");
}

#[tokio::test]
async fn a_small_list_of_a_large_wiki_is_not_the_whole_wiki() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    for number in 0..3_000 {
        fake.insert_page(wikijs_fake::FakePage::new(
            format!("large/{number}"),
            "Large",
        ));
    }
    fake.clear_requests();
    assert_eq!(
        wiki.client.pages().list().limit(10).await.unwrap().len(),
        10
    );
    let mut requests = fake.requests();
    requests.retain(|request| request.operation_names() == ["PagesList"]);
    assert_eq!(requests.len(), 1);
    let limit = requests[0].operations[0].variables["limit"]
        .as_i64()
        .unwrap();
    assert!((11..=100).contains(&limit), "{limit}");
}

#[tokio::test]
async fn k20_a_tag_filter_returns_pages_with_all_tags() {
    let wiki = with_five_pages().await;
    let naive = wiki
        .raw(
            "query($t:[String!]){pages{list(tags:$t){path tags}}}",
            json!({ "t": [wiki.tag("1")] }),
        )
        .await;
    let first = &naive["data"]["pages"]["list"][0];
    assert_eq!(
        first["tags"].as_array().unwrap().len(),
        1,
        "the wiki shows what was asked for"
    );

    let list = || wiki.client.pages().list();
    let pages = list().tags([wiki.tag("1")]).await.unwrap();
    assert_eq!(names(&pages), ["a", "b", "c"]);
    assert_eq!(tags_of(&pages, "a"), ["1", "2", "3", "4"]);
    assert_eq!(tags_of(&pages, "b"), ["1", "2"]);
    let both = list().tags([wiki.tag("1"), wiki.tag("2")]).await.unwrap();
    assert_eq!(names(&both), ["a", "b"]);
    let limited = list()
        .tags([wiki.tag("1")])
        .offset(1)
        .limit(1)
        .await
        .unwrap();
    assert_eq!(names(&limited), ["b"]);
    assert_eq!(tags_of(&limited, "b"), ["1", "2"]);
    assert_eq!(list().tags([wiki.tag("none")]).await.unwrap(), []);
}

#[tokio::test]
async fn k20_tags_are_complete_for_a_key_that_may_only_list() {
    let wiki = with_five_pages().await;
    let reader = wiki.client_with(&["read:pages"]).await;
    let pages = reader.pages().list().tags([wiki.tag("2")]).await.unwrap();
    assert_eq!(names(&pages), ["a", "b"]);
    assert_eq!(tags_of(&pages, "a"), ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn pages_with_any_or_none_of_some_tags() {
    let wiki = with_five_pages().await;
    let pages = wiki.client.pages();
    let any = pages
        .list()
        .any_of([wiki.tag("3"), wiki.tag("5")])
        .await
        .unwrap();
    assert_eq!(names(&any), ["a", "d"]);
    assert_eq!(tags_of(&any, "a"), ["1", "2", "3", "4"]);
    let all = pages
        .get_by_tags([wiki.tag("1"), wiki.tag("2")])
        .await
        .unwrap();
    assert_eq!(names(&all), ["a", "b"]);
    let both = pages
        .list()
        .tags([wiki.tag("1")])
        .any_of([wiki.tag("3"), wiki.tag("5")])
        .await
        .unwrap();
    assert_eq!(names(&both), ["a"], "`tags` and `any_of` add up");
    let each = pages
        .list()
        .any_of([wiki.tag("1"), wiki.tag("5")])
        .any_of([wiki.tag("2"), wiki.tag("5")])
        .without_tags([wiki.tag("4")])
        .await
        .unwrap();
    assert_eq!(names(&each), ["b", "d"]);
    let one = pages.list().any_of([wiki.tag("5")]).await.unwrap();
    assert_eq!(names(&one), ["d"]);
    let none = pages
        .list()
        .path_prefix(wiki.prefix())
        .without_tags([wiki.tag("2"), wiki.tag("5")]);
    assert_eq!(names(&none.await.unwrap()), ["c", "e"]);
    let mixed = pages
        .list()
        .tags([wiki.tag("1")])
        .without_tags([wiki.tag("4")])
        .limit(1);
    assert_eq!(names(&mixed.await.unwrap()), ["b"]);
}

#[tokio::test]
async fn k21_the_case_of_a_tag_does_not_matter() {
    let wiki = with_five_pages().await;
    let shouted = format!("  {}  ", wiki.tag("1").to_uppercase());
    let pages = wiki.client.pages().list().tags([shouted]).await.unwrap();
    assert_eq!(names(&pages), ["a", "b", "c"]);
}

#[tokio::test]
async fn k22_a_limit_is_reached_with_a_key_that_may_read_few_pages() {
    let wiki = Wiki::start().await;
    for number in 0..3 {
        wiki.page_with_tags(&format!("hidden/{number}"), &["h1", "h2"])
            .await;
        wiki.page_with_tags(&format!("shown/{number}"), &["s1", "s2"])
            .await;
    }
    let reader = wiki
        .client_with_rule(&["read:pages"], &wiki.path("shown"))
        .await;
    for limit in 1..=3 {
        let pages = reader.pages().list().limit(limit).await.unwrap();
        assert_eq!(names(&pages), ["0", "1", "2"][..limit]);
        assert!(pages.iter().all(|page| page.tags.len() == 2));
    }
    assert_eq!(reader.pages().list().limit(4).await.unwrap().len(), 3);
}

#[tokio::test]
async fn k23_a_list_works_without_limit_and_with_an_offset_beyond_the_end() {
    let wiki = with_five_pages().await;
    let list = || wiki.client.pages().list().path_prefix(wiki.prefix());
    assert_eq!(list().offset(3).await.unwrap().len(), 2);
    assert_eq!(list().offset(100).await.unwrap(), []);
    assert_eq!(list().limit(2).offset(100).await.unwrap(), []);
    assert_eq!(list().limit(1_000_000).await.unwrap().len(), 5);
}

#[tokio::test]
async fn all_orders_in_both_directions() {
    let wiki = with_five_pages().await;
    let list = |order| {
        wiki.client
            .pages()
            .list()
            .path_prefix(wiki.prefix())
            .order_by(order)
    };
    for order in [
        PageOrderBy::Id,
        PageOrderBy::Path,
        PageOrderBy::Title,
        PageOrderBy::Created,
        PageOrderBy::Updated,
    ] {
        let up = list(order).await.unwrap();
        assert_eq!(names(&up), ["a", "b", "c", "d", "e"], "{order:?}");
        let down = list(order).descending().limit(3).await.unwrap();
        assert_eq!(names(&down), ["e", "d", "c"], "{order:?}");
    }
}

#[tokio::test]
async fn equal_pages_are_ordered_by_id() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let ids: Vec<i64> = (0..40)
        .map(|number| {
            let tags = (0..number % 7).map(|tag| format!("t{tag}"));
            fake.insert_page(
                wikijs_fake::FakePage::new(format!("same/{}", 99 - number), "Same").tags(tags),
            )
        })
        .collect();
    let mut seen = Vec::new();
    for offset in (0..40).step_by(7) {
        let window = wiki
            .client
            .pages()
            .list()
            .order_by(PageOrderBy::Title)
            .limit(7)
            .offset(offset);
        seen.extend(window.await.unwrap().iter().map(|page| page.id.get()));
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn by_author_and_creator() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let editor = fake.insert_user(wikijs_fake::FakeUser::new("Edith", "edith@example.com"));
    for (path, creator, author) in [
        ("p/a", 1, 1),
        ("p/b", editor, 1),
        ("p/c", 1, editor),
        ("p/d", editor, editor),
    ] {
        fake.insert_page(wikijs_fake::FakePage::new(path, "P").users(creator, author));
    }
    let list = || wiki.client.pages().list();
    assert_eq!(names(&list().author(editor).await.unwrap()), ["c", "d"]);
    assert_eq!(names(&list().creator(editor).await.unwrap()), ["b", "d"]);
    assert_eq!(
        names(&list().creator(editor).author(editor).await.unwrap()),
        ["d"]
    );
    assert_eq!(
        names(&list().creator(editor).author(1).limit(1).await.unwrap()),
        ["b"]
    );
}

#[tokio::test]
async fn a_path_prefix_ends_at_a_segment() {
    let wiki = Wiki::start().await;
    for name in ["docs", "docs/install", "docs-old"] {
        wiki.page(name).await;
    }
    let below = wiki
        .client
        .pages()
        .list()
        .path_prefix(wiki.path("docs"))
        .await
        .unwrap();
    assert_eq!(names(&below), ["docs", "install"]);
}

#[tokio::test]
async fn as_a_stream_and_by_page() {
    let wiki = with_five_pages().await;
    let list = || wiki.client.pages().list().path_prefix(wiki.prefix());
    let streamed: Vec<PageSummary> = list().stream().try_collect().await.unwrap();
    assert_eq!(names(&streamed), ["a", "b", "c", "d", "e"]);
    let by_two: Vec<Vec<PageSummary>> = list().by_page(2).try_collect().await.unwrap();
    assert_eq!(by_two.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(by_two.concat(), streamed);
    let first_three: Vec<PageSummary> = list().limit(3).stream().try_collect().await.unwrap();
    assert_eq!(first_three, streamed[..3]);
}

#[tokio::test]
async fn invalid_list_parameters_are_refused_before_sending() {
    let wiki = Wiki::start().await;
    let list = || wiki.client.pages().list();
    for (request, field) in [
        (list().author(0), "author"),
        (list().creator(-1), "creator"),
        (list().author(1_i64 << 40), "user id"),
        (list().locale(""), "locale"),
        (list().tags(["a\0b"]), "tags"),
        (list().tags([""]), "tags"),
        (list().without_tags(["  "]), "tags"),
    ] {
        match request.await {
            Err(Error::InvalidInput(error)) => assert_eq!(error.field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    assert!(
        list()
            .by_page(0)
            .try_next()
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[tokio::test]
async fn a_small_wiki_is_listed_with_one_request() {
    for pages in [0, 3, 10, 11] {
        let fake = FakeWiki::start().await;
        fake.insert_pages((0..pages).map(|n| {
            let tags = (0..n % 3).map(|tag| format!("tag{tag}"));
            FakePage::new(format!("docs/{n}"), "Same title").tags(tags)
        }));
        let wiki = client(fake.url(), fake.api_key());
        wiki.check().await.unwrap();
        fake.clear_requests();
        for order in [PageOrderBy::Id, PageOrderBy::Title] {
            let list = wiki.pages().list().order_by(order).limit(10).await.unwrap();
            assert_eq!(list.len(), pages.min(10));
            for page in &list {
                let stored = fake.page(page.id.get()).unwrap();
                assert_eq!(page.tags.len(), stored.tags.len(), "{}", page.path);
            }
        }
        assert_eq!(fake.request_count(), 2, "{pages} pages");
    }
}

#[tokio::test]
async fn a_user_who_manages_the_system_lists_a_small_wiki_with_one_request() {
    let fake = FakeWiki::start().await;
    fake.insert_page(FakePage::new("docs/a", "A"));
    let login = Client::builder(fake.url()).login("admin@example.com", FakeWiki::ADMIN_PASSWORD);
    let wiki = login.await.unwrap().done().unwrap();
    wiki.check().await.unwrap();
    fake.clear_requests();
    assert_eq!(wiki.pages().list().limit(10).await.unwrap().len(), 1);
    assert_eq!(fake.request_count(), 1);
}

#[tokio::test]
async fn pages_after_hidden_ones_are_found() {
    let fake = FakeWiki::start().await;
    fake.insert_pages((0..100).map(|n| FakePage::new(format!("secret/{n}"), "Secret")));
    let open = fake.insert_page(FakePage::new("docs/a", "A"));
    let rule = PageRule::allow(["read:pages"], RuleMatch::Start, "docs");
    let group = fake.insert_group(FakeGroup::new("Readers", ["read:pages"]).page_rules([rule]));
    let wiki = client(fake.url(), &fake.key_for(group));
    let list = wiki.pages().list().limit(10).await.unwrap();
    assert_eq!(
        list.iter().map(|page| page.id.get()).collect::<Vec<_>>(),
        [open]
    );
}
