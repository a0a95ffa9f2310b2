//! The page tree and the links between pages.

use wikijs_client::pages::{NewPage, TreeEntry, TreeMode};

use crate::support::Wiki;

fn names(entries: &[TreeEntry]) -> Vec<&str> {
    let mut names: Vec<_> = entries
        .iter()
        .map(|entry| entry.path.last_segment())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn k26_the_tree_level_by_level() {
    let wiki = Wiki::start().await;
    for name in ["docs", "docs/alpha", "docs/beta", "folder/page"] {
        wiki.page(name).await;
    }
    let tree = || wiki.client.pages().tree();
    let root = tree().await.unwrap();
    let ours = root
        .iter()
        .find(|entry| entry.path == wiki.prefix())
        .unwrap();
    assert_eq!(
        (ours.parent, ours.page_id, ours.depth, ours.is_folder),
        (None, None, 1, true)
    );

    for path in ["/", ""] {
        assert_eq!(tree().children_of(path).await.unwrap(), root, "`{path}`");
    }

    let below = tree().parent(ours.id).await.unwrap();
    assert_eq!(names(&below), ["docs", "folder"]);
    assert!(below.iter().all(|entry| entry.parent == Some(ours.id)));
    assert_eq!(
        names(&tree().children_of(wiki.path("docs")).await.unwrap()),
        ["alpha", "beta"]
    );
    let beside = tree().siblings_of(wiki.path("docs/alpha")).await.unwrap();
    assert_eq!(names(&beside), ["alpha", "beta"]);
    let with_ancestors = tree()
        .siblings_of(wiki.path("docs/alpha"))
        .include_ancestors();
    assert_eq!(with_ancestors.await.unwrap().len(), 4);
    assert_eq!(tree().children_of(wiki.path("nothing")).await.unwrap(), []);
    assert_eq!(tree().siblings_of(wiki.path("nothing")).await.unwrap(), []);
}

#[tokio::test]
async fn k26_pages_alone_though_the_wiki_cannot_list_them() {
    let wiki = Wiki::start().await;
    for name in ["docs", "docs/alpha", "folder/page"] {
        wiki.page(name).await;
    }
    let below = |mode| {
        wiki.client
            .pages()
            .tree()
            .children_of(wiki.prefix())
            .mode(mode)
    };
    assert_eq!(names(&below(TreeMode::Pages).await.unwrap()), ["docs"]);
    assert_eq!(
        names(&below(TreeMode::All).await.unwrap()),
        ["docs", "folder"]
    );
    assert_eq!(
        names(&below(TreeMode::Folders).await.unwrap()),
        ["docs", "folder"]
    );
    assert_eq!(below(TreeMode::All).locale("fr").await.unwrap(), []);
    let error = wiki
        .client
        .pages()
        .tree()
        .include_ancestors()
        .await
        .unwrap_err();
    assert!(error.is_invalid_input());
}

#[tokio::test]
async fn links_name_pages_without_their_locale() {
    let wiki = Wiki::start().await;
    let content = format!("See [b](/{}) and [c](/{}).", wiki.path("b"), wiki.path("c"));
    let page = NewPage::new(wiki.path("a"), "A", content);
    let page = wiki.client.pages().create(page).await.unwrap();
    let links = wiki.client.pages().links().await.unwrap();
    let from_a = links.iter().find(|links| links.id == page.id).unwrap();
    assert_eq!((&from_a.path, from_a.locale.as_str()), (&page.path, "en"));
    let mut targets: Vec<_> = from_a.links.iter().map(|link| link.path.as_str()).collect();
    targets.sort_unstable();
    assert_eq!(targets, [wiki.path("b"), wiki.path("c")]);
    assert!(from_a.links.iter().all(|link| link.locale == "en"));
}
