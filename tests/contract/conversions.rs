//! Conversions and serialization of shared types, and of parameters that people read from files.

use std::collections::HashMap;

use futures::StreamExt;
use serde_json::json;
use wikijs_client::{
    Client, ErrorCode, Identity, Locale, PageId, PagePath, Tag, UserId,
    groups::NewGroup,
    pages::{
        HistoryAction, NewPage,
        bulk::{PageState, Subject},
    },
    users::{NewUser, Upserted, UserUpdate},
};
use wikijs_fake::FakeWiki;

async fn wiki() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder().filled().start().await;
    let wiki = Client::builder(fake.url()).api_key(fake.api_key());
    let wiki = wiki.build().unwrap();
    (fake, wiki)
}

#[test]
fn ids_convert_from_and_compare_with_integers() {
    let id = PageId::from(7_i32);
    assert_eq!(id, PageId::try_from(7_u64).unwrap());
    assert_eq!(id, PageId::try_from(7_usize).unwrap());
    assert!(PageId::try_from(u64::MAX).is_err());
    assert!(id == 7_i64 && id == 7_i32 && id == 7_u8 && id == 7_u64 && id == 7_usize);
    assert!(id != u64::MAX && id != 8);
    assert_eq!("7".parse::<PageId>().unwrap(), id);
    assert!("seven".parse::<PageId>().is_err());
    assert_eq!(id.to_string(), "7");
    assert_eq!(serde_json::to_string(&id).unwrap(), "7");
}

#[tokio::test]
async fn a_method_that_accepts_an_id_accepts_the_object() {
    let (fake, wiki) = wiki().await;
    let page = wiki.pages().get(1).await.unwrap();
    assert_eq!(wiki.pages().get(&page).await.unwrap(), page);
    wiki.pages().delete(&page).await.unwrap();
    assert!(fake.page(1).is_none());
}

#[test]
fn texts_convert_compare_and_are_looked_up_as_text() {
    let path = PagePath::from("/docs/install/");
    assert_eq!(path, "docs/install");
    assert_eq!(path, String::from("docs/install"));
    assert!(path == *"docs/install");
    assert_eq!(path.as_ref() as &str, path.to_string());
    let known = HashMap::from([(path, 1)]);
    assert_eq!(known.get("docs/install"), Some(&1));
    assert_eq!(
        format!("{:?}", [Tag::from(" New "), Tag::from("b")]),
        r#"["new", "b"]"#
    );
    assert_eq!("pt-br".parse::<Locale>().unwrap(), "pt-br");
}

#[test]
fn deserializing_normalizes_as_the_constructors_do() {
    let tags: Vec<Tag> = serde_json::from_str(r#"[" New ", "\ufeffÄ"]"#).unwrap();
    assert_eq!(tags, [Tag::from("new"), Tag::from("ä")]);
    let path: PagePath = serde_json::from_str(r#""/docs/install/""#).unwrap();
    assert_eq!(path, "docs/install");
}

#[test]
fn a_user_is_read_from_a_file_and_its_password_stays_secret() {
    let json = r#"{"email": "Edith@Example.com", "name": "Edith", "password": "correct horse", "groups": [3]}"#;
    let user: NewUser = serde_json::from_str(json).unwrap();
    let shown = format!("{user:?}");
    assert!(shown.contains("edith@example.com") && !shown.contains("horse"));
    let unknown = r#"{"email": "a@b", "name": "Edith", "secret": "x"}"#;
    assert!(serde_json::from_str::<NewUser>(unknown).is_err());
    let update: UserUpdate = serde_json::from_str(r#"{"job_title": "Editor"}"#).unwrap();
    assert!(format!("{update:?}").contains("Editor"));
    let group = NewGroup::new("Editors").permissions(["read:pages"]);
    let json = serde_json::to_string(&group).unwrap();
    assert_eq!(serde_json::from_str::<NewGroup>(&json).unwrap(), group);
}

#[tokio::test]
async fn a_check_is_serialized_and_its_identity_displayed() {
    let (_fake, wiki) = wiki().await;
    let check = wiki.check().await.unwrap();
    let Identity::ApiKey { .. } = &check.identity else {
        panic!("{check:?}")
    };
    assert!(
        check.identity.to_string().starts_with("API key"),
        "{}",
        check.identity
    );
    let json = serde_json::to_string(&check).unwrap();
    assert_eq!(
        serde_json::from_str::<wikijs_client::Check>(&json).unwrap(),
        check
    );
}

#[tokio::test]
async fn a_user_is_upserted() {
    let (_fake, wiki) = wiki().await;
    let users = wiki.users();
    let new = || {
        NewUser::new("new@example.com", "New")
            .password("correct horse")
            .groups([3])
    };
    let Upserted::Created(created) = users.upsert(new()).await.unwrap() else {
        panic!("the user exists already")
    };
    assert_eq!(
        users.upsert(new()).await.unwrap(),
        Upserted::Unchanged(created.clone())
    );
    let other = NewUser::new("new@example.com", "Other").password("battery staple");
    let Upserted::Updated(updated) = users.upsert(other).await.unwrap() else {
        panic!("the user was not updated")
    };
    assert_eq!((updated.id, updated.name.as_str()), (created.id, "Other"));
    assert_eq!(updated.groups, created.groups);
}

#[tokio::test]
async fn a_group_is_found_by_name_and_an_unknown_one_lists_the_others() {
    let (_fake, wiki) = wiki().await;
    assert_eq!(wiki.groups().get_by_name("Guests").await.unwrap().id, 2);
    let error = wiki.groups().get_by_name("Nobody").await.unwrap_err();
    assert!(error.is_not_found());
    assert!(error.to_string().contains("2 (Guests)"), "{error}");
    let new = NewUser::new("new@example.com", "New").password("correct horse");
    let error = wiki.users().create(new.groups([99])).await.unwrap_err();
    assert!(error.to_string().contains("2 (Guests)"), "{error}");
}

#[tokio::test]
async fn users_are_added_to_a_group_each_with_a_result() {
    let (_fake, wiki) = wiki().await;
    let group = wiki.groups().create("Crew").await.unwrap().id;
    let added: Vec<_> = wiki.groups().assign_many(group, [3, 2]).collect().await;
    assert_eq!(
        added.iter().map(|(user, _)| *user).collect::<Vec<UserId>>(),
        [3, 2]
    );
    assert!(added[0].1.is_ok() && added[1].1.is_err());
}

#[tokio::test]
async fn an_unknown_strategy_lists_the_known_ones() {
    let (fake, _) = wiki().await;
    let login = Client::builder(fake.url()).login("emil@example.com", "correct horse");
    let error = login.strategy("other").await.unwrap_err();
    assert!(error.to_string().contains("`local`"), "{error}");
}

#[cfg(feature = "comments")]
#[tokio::test]
async fn comments_are_addressed_by_id_and_by_path() {
    let (_fake, wiki) = wiki().await;
    let page = wiki.pages().get_by_path("docs/install").await.unwrap().id;
    let created = wiki
        .comments()
        .create("docs/install", "Thanks!")
        .await
        .unwrap();
    let by_path = wiki.comments().list("docs/install").await.unwrap();
    assert!(by_path.contains(&created));
    assert_eq!(wiki.comments().list(page).await.unwrap(), by_path);
    let error = wiki
        .comments()
        .create("docs/nowhere", "Thanks!")
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[cfg(feature = "assets")]
#[tokio::test]
async fn a_folder_is_found_under_the_name_it_was_created_with() {
    let (_fake, wiki) = wiki().await;
    let assets = wiki.assets();
    let folder = assets.ensure_folder("Img/My Photos:").await.unwrap();
    assert_eq!(folder.path, "img/my photos");
    let asset = assets
        .upload("Img/My Photos:", "A B.png", "x")
        .await
        .unwrap();
    assert_eq!(asset.path, "img/my photos/a_b.png");
    assert_eq!(assets.get("Img/My Photos:/A B.png").await.unwrap(), asset);
    assert!(assets.ensure_folder("").await.unwrap().path.is_root());
}

#[test]
fn stored_paths_survive_serialization() {
    // The wiki of another client may have a page at such a path.
    let state = json!({
        "path": "docs/", "locale": "en", "title": "Docs", "updated_at": "2026-01-31T09:30:00.000Z",
    });
    let read: PageState = serde_json::from_value(state.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), state);
    let subject = json!({ "path": "docs/", "locale": "en" });
    let read: Subject = serde_json::from_value(subject.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), subject);
    let action = json!({ "move": { "from": "/docs/", "to": "docs//install" } });
    let read: HistoryAction = serde_json::from_value(action.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), action);
}

#[test]
fn texts_compare_in_both_directions() {
    let path = PagePath::from("docs/install");
    let text = String::from("docs/install");
    assert!("docs/install" == path && text == path && *"docs" != path);
    assert!(path.contains("install") && !path.is_prefix_of("install"));
}

#[test]
fn the_fields_of_a_new_page_can_be_read() {
    let page = NewPage::new("docs/install", "Install", "# Install").tags(["docs"]);
    assert_eq!(
        (&page.path, &*page.title),
        (&PagePath::from("docs/install"), "Install")
    );
    assert_eq!(page.tags.as_deref(), Some(&["docs".into()][..]));
}

#[test]
fn error_codes_are_serialized_as_numbers() {
    let json = serde_json::to_value(ErrorCode::PageNotFound).unwrap();
    assert_eq!(json, json!(6003));
    let code: ErrorCode = serde_json::from_value(json!(4711)).unwrap();
    assert_eq!(code, ErrorCode::Other(4711));
}
