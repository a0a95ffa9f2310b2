//! Calls and request builders are futures that own their data, so they can be joined, spawned and buffered.

use std::{future::Future, time::Duration};

use futures::{
    StreamExt, TryStreamExt,
    future::{join_all, try_join_all},
    join, stream,
};
use wikijs_client::{
    Client, PageId, Result,
    pages::{ChangesSince, NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki};

use crate::support::{Wiki, client, eager};

async fn three_pages() -> (Wiki, Vec<PageId>) {
    let wiki = Wiki::start().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(wiki.page(name).await.id);
    }
    (wiki, ids)
}

#[tokio::test]
async fn calls_are_joined_spawned_and_buffered() {
    let (test, ids) = three_pages().await;
    let wiki = &test.client;
    let joined = join_all(ids.iter().map(|id| wiki.pages().get(*id))).await;
    assert!(joined.iter().all(Result::is_ok));
    let spawned = tokio::spawn(wiki.pages().get(ids[0])).await.unwrap();
    assert_eq!(spawned.unwrap().id, ids[0]);
    let buffered: Vec<_> = stream::iter(ids.clone())
        .map(|id| wiki.pages().get_opt(id))
        .buffered(3)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(buffered.len(), 3);
    let calls = ids.iter().map(|id| {
        let update = PageUpdate::new().title(format!("Title of {id}"));
        wiki.pages().update(*id, update)
    });
    let updated = try_join_all(calls).await.unwrap();
    assert_eq!(updated[2].title, format!("Title of {}", ids[2]));
    let change = |_: &_| PageUpdate::new().title("Spawned");
    let modified = tokio::spawn(wiki.pages().modify(ids[0], change));
    assert_eq!(modified.await.unwrap().unwrap().title, "Spawned");
    try_join_all(ids.iter().map(|id| wiki.pages().delete(*id)))
        .await
        .unwrap();
}

#[tokio::test]
async fn request_builders_are_joined_and_spawned() {
    let (test, ids) = three_pages().await;
    let wiki = &test.client;
    let terms = ["page a", "page b"];
    let found = try_join_all(terms.map(|term| wiki.pages().search(term)));
    assert_eq!(found.await.unwrap().len(), 2);
    let list = wiki.pages().list().path_prefix(test.prefix());
    let (listed, searched) = join!(list.clone().limit(2), wiki.pages().search("x"));
    assert_eq!(listed.unwrap().len(), 2);
    searched.unwrap();
    let spawned = tokio::spawn(list.clone()).await.unwrap().unwrap();
    assert_eq!(spawned.len(), 3);
    let whole = tokio::spawn(list.with_content()).await.unwrap().unwrap();
    assert_eq!(whole.len(), 3);
    let history = ids.iter().map(|id| wiki.pages().history(*id).limit(1));
    assert_eq!(try_join_all(history).await.unwrap().len(), 3);
    let moves = ids.iter().map(|id| {
        let path = test.path(&format!("moved/{id}"));
        wiki.pages().move_to(*id, path)
    });
    try_join_all(moves).await.unwrap();
    let paths = ids.iter().map(|id| test.path(&format!("moved/{id}")));
    let at_paths = try_join_all(paths.map(|path| wiki.pages().get_by_path(path)));
    assert_eq!(at_paths.await.unwrap().len(), 3);
    let (tree, links, changes) = join!(
        wiki.pages().tree(),
        wiki.pages().links(),
        wiki.pages().changes(ChangesSince::now()),
    );
    assert!(tree.is_ok() && links.is_ok() && changes.is_ok());
}

#[tokio::test]
async fn a_bulk_is_joined_and_spawned() {
    let fake = FakeWiki::builder()
        .write_duration(Duration::ZERO)
        .start()
        .await;
    let wiki = eager(&fake).build().unwrap();
    let new = |name: &str| NewPage::new(format!("docs/{name}"), name, "# Text");
    let created = wiki.pages().create_many([new("one"), new("two")]);
    let predicted = wiki.pages().upsert_many([new("three")]).dry_run();
    let (created, predicted) = join!(created, predicted);
    assert_eq!(created.unwrap().counts.created, 2);
    assert_eq!(predicted.unwrap().counts.created, 1);
    let spawned = tokio::spawn(wiki.pages().upsert_many([new("one")]));
    assert_eq!(spawned.await.unwrap().unwrap().counts.unchanged, 1);
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll() {
    fn is_owned<T>(future: T) -> T
    where
        T: Future<Output: Send> + Send + Unpin + 'static,
    {
        future
    }
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let wiki: Client = client(fake.url(), fake.api_key());
    let pages = wiki.pages();
    drop(wiki);
    let get = is_owned(pages.get(id));
    let list = is_owned(pages.list());
    let search = is_owned(pages.search("a"));
    let delete = is_owned(pages.delete(id));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(fake.requests().is_empty());
    drop(delete);
    assert!(get.await.is_ok() && list.await.is_ok() && search.await.is_ok());
    assert_eq!(fake.pages().iter().filter(|page| page.id == id).count(), 1);
}
