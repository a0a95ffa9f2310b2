//! Fields that `schema/nullability.graphql` marks as never null. The tests call every read method of the handles on a
//! wiki with an example of everything: a null in a marked field fails to decode.

use wikijs_client::{comments::NewComment, groups::NewGroup, pages::PageUpdate, users::NewUser};

use crate::support::Wiki;

#[tokio::test]
async fn pages_are_read() {
    let wiki = Wiki::start().await;
    let page = wiki.page_with_tags("a/b", &["one", "two"]).await;
    let update = PageUpdate::new().content(format!("[x](/{})", wiki.path("x")));
    wiki.client.pages().update(page.id, update).await.unwrap();
    let pages = wiki.client.pages();
    let listed = pages.list().path_prefix(wiki.prefix()).await.unwrap();
    assert_eq!((listed.len(), listed[0].tags.len()), (1, 2));
    assert_eq!(listed[0].title, page.title);
    let read = pages.get(page.id).await.unwrap();
    assert_eq!(read.tags, page.tags);
    assert_eq!(pages.latest(page.id).await.unwrap().tags, page.tags);
    pages.get_by_path(page.path.as_str()).await.unwrap();
    let history = pages.history(page.id).await.unwrap();
    let version = history.first().unwrap().version_id;
    pages.version(page.id, version).await.unwrap();
    let tags = pages.tags().await.unwrap();
    assert!(tags.iter().any(|tag| tag.tag == page.tags[0]));
    assert!(!pages.search_tags(wiki.tag("one")).await.unwrap().is_empty());
    let tree = pages.tree().await.unwrap();
    assert!(tree.iter().all(|entry| entry.parent.is_none()));
    let links = pages.links().await.unwrap();
    let own = links.iter().find(|own| own.id == page.id).unwrap();
    assert_eq!(own.links.len(), 1);
    pages.search(&page.title).await.unwrap();
    pages
        .check_conflicts(page.id, &page.updated_at)
        .await
        .unwrap();
    let comment = NewComment::new("a comment");
    let comment = wiki.client.comments().create(page.id, comment).await;
    let comment = comment.unwrap();
    wiki.client.comments().get(comment.id).await.unwrap();
    let listed = wiki.client.comments().list(page.path.as_str()).await;
    assert_eq!(listed.unwrap().len(), 1);
}

#[tokio::test]
async fn users_groups_and_keys_are_read() {
    let wiki = Wiki::start().await;
    let (users, groups) = (wiki.client.users(), wiki.client.groups());
    let group = groups
        .create(NewGroup::new(wiki.tag("group")))
        .await
        .unwrap();
    let user = NewUser::new(wiki.email("edith"), "Edith")
        .password("correct horse")
        .groups([group.id]);
    let user = users.create(user).await.unwrap();
    let read = users.get(user.id).await.unwrap();
    assert!(read.provider_name.is_some() && read.can_have_two_factor == Some(true));
    assert!(
        users
            .list()
            .await
            .unwrap()
            .iter()
            .any(|listed| listed.id == user.id)
    );
    assert_eq!(users.search(&user.email).await.unwrap().len(), 1);
    users.last_logins().await.unwrap();
    let profile = users.profile().await.unwrap();
    assert!(!profile.groups.is_empty() && !profile.provider.is_empty());
    let read = groups.get(group.id).await.unwrap();
    assert!(read.has(user.id) && !read.page_rules.is_empty());
    let listed = groups.list().await.unwrap();
    let listed = listed.iter().find(|listed| listed.id == group.id).unwrap();
    assert_eq!(listed.user_count, 1);
    assert!(!wiki.client.api_keys().list().await.unwrap().is_empty());
    users.delete(user.id, 1).await.unwrap();
    groups.delete(group.id).await.unwrap();
}

#[tokio::test]
async fn settings_and_providers_are_read() {
    let wiki = Wiki::start().await;
    let client = &wiki.client;
    let check = client.check().await.unwrap();
    assert_eq!(check.default_locale, "en");
    let site = client.site().config().await.unwrap();
    assert!(!site.title.is_empty() && !site.host.is_empty());
    client.mail().config().await.unwrap();
    client.theme().config().await.unwrap();
    assert_eq!(client.theme().themes().await.unwrap()[0].key, "default");
    client.navigation().mode().await.unwrap();
    client.navigation().tree().await.unwrap();
    assert_eq!(client.locales().config().await.unwrap().locale, "en");
    let locales = client.locales().list().await.unwrap();
    assert!(locales.iter().any(|locale| locale.is_installed));
    client.assets().limits().await.unwrap();
    client.assets().list().recursive().await.unwrap();
    client.assets().folders().recursive().await.unwrap();
    client.system().info().await.unwrap();
    client.system().flags().await.unwrap();
    client.system().extensions().await.unwrap();
    client.system().export_status().await.unwrap();
    assert!(!client.analytics().list().await.unwrap().is_empty());
    assert!(!client.comment_providers().list().await.unwrap().is_empty());
    assert!(!client.loggers().list().await.unwrap().is_empty());
    assert!(!client.renderers().list().await.unwrap().is_empty());
    assert!(!client.search_engines().list().await.unwrap().is_empty());
    assert!(!client.storage().list().await.unwrap().is_empty());
    client.storage().status().await.unwrap();
    assert!(!client.auth_strategies().list().await.unwrap().is_empty());
    assert!(!client.auth_strategies().kinds().await.unwrap().is_empty());
    assert!(!client.auth().active_strategies().await.unwrap().is_empty());
}
