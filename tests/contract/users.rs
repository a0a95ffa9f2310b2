//! Users: create, read, update and delete, and the caller's own account.

use std::time::Duration;

use serde_json::json;
use wikijs_client::{
    Applied, Client, Error, ErrorCode, RetryPolicy,
    error::AuthFailure,
    users::{
        Appearance, NewUser, PasswordReset, ProfileUpdate, Upserted, User, UserOrderBy, UserUpdate,
    },
};
use wikijs_fake::{Database, FakeGroup, FakePage, FakeUser, FakeWiki, Fault};

use crate::{
    canned::{Response, body_of, serve},
    support::{
        OBSERVED_FOR, Wiki, all_at_once, asked, assert_unconfirmed, client, database, lost_after,
        lost_before, observing_briefly, refused, with_interference,
    },
};

const PASSWORD: &str = "correct horse";
const MISSING: i32 = i32::MAX;

fn new_user(wiki: &Wiki, name: &str) -> NewUser {
    NewUser::new(wiki.email(name), format!("User {name}")).password(PASSWORD)
}

async fn user(wiki: &Wiki, name: &str) -> User {
    wiki.client
        .users()
        .create(new_user(wiki, name))
        .await
        .unwrap()
}

/// Creates a group for the test, and returns the id.
async fn group(wiki: &Wiki, name: &str) -> i64 {
    let made = wiki
        .raw(
            "mutation($name:String!){groups{create(name:$name){group{id}}}}",
            serde_json::json!({ "name": wiki.tag(name) }),
        )
        .await;
    made["data"]["groups"]["create"]["group"]["id"]
        .as_i64()
        .unwrap()
}

fn groups_of(user: &User) -> Vec<i64> {
    user.groups.iter().map(|group| group.id.get()).collect()
}

#[tokio::test]
async fn k40_a_created_user_is_returned() {
    let wiki = Wiki::start().await;
    let editors = group(&wiki, "editors").await;
    let new = NewUser::new(wiki.email("Edith"), "Edith")
        .password(PASSWORD)
        .groups([editors]);
    let edith = wiki.client.users().create(new).await.unwrap();
    assert!(edith.id.get() > 2);
    assert_eq!(edith.name, "Edith");
    assert_eq!(
        edith.email,
        wiki.email("edith"),
        "the mail address is in lower case"
    );
    assert_eq!(edith.provider, "local");
    assert_eq!(groups_of(&edith), [editors]);
    assert!(edith.is_active && edith.is_verified && !edith.is_system && !edith.has_two_factor);
    assert_eq!(
        (edith.location.as_str(), edith.date_format.as_ref()),
        ("", None)
    );
    assert_eq!(wiki.client.users().get(edith.id).await.unwrap(), edith);

    let again = wiki
        .client
        .users()
        .create(new_user(&wiki, "edith"))
        .await
        .unwrap_err();
    assert!(again.is_conflict(), "{again:?}");
    assert_eq!(again.code(), Some(ErrorCode::AuthAccountAlreadyExists));
    assert_eq!(again.applied(), Applied::No);
}

#[tokio::test]
async fn k40_a_user_with_a_missing_group_is_not_created() {
    let wiki = Wiki::start().await;
    let new = new_user(&wiki, "edith").groups([MISSING]);
    let error = wiki.client.users().create(new).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert!(error.to_string().contains(&MISSING.to_string()));
    assert_eq!(error.applied(), Applied::No);
    let found = wiki
        .client
        .users()
        .list()
        .search(wiki.prefix())
        .await
        .unwrap();
    assert_eq!(found, []);
}

#[tokio::test]
async fn k40_a_search_returns_at_most_ten_users_and_a_list_all() {
    let wiki = Wiki::start().await;
    let made = user(&wiki, "edith").await;
    let users = wiki.client.users();
    let hits = users.search(wiki.prefix()).await.unwrap();
    assert_eq!(hits.len(), 1);
    assert_eq!((hits[0].id, &hits[0].email), (made.id, &made.email));
    assert_eq!(hits[0].created_at, made.created_at);
    assert!(users.search("no such user").await.unwrap().is_empty());
    assert!(users.search("a\0b").await.unwrap_err().is_invalid_input());
    if let Some(fake) = wiki.fake() {
        for number in 0..12 {
            fake.insert_user(FakeUser::new("Many", format!("many{number}@example.com")));
        }
        assert_eq!(users.search("many").await.unwrap().len(), 10);
        assert_eq!(users.list().search("MANY").await.unwrap().len(), 12);
    }
}

#[tokio::test]
async fn a_list_is_filtered_and_sorted_by_the_client() {
    let wiki = Wiki::start().await;
    for name in ["b", "a", "c"] {
        user(&wiki, name).await;
    }
    let users = wiki.client.users();
    let list = || users.list().search(wiki.prefix());
    let names = |found: Vec<wikijs_client::users::UserSummary>| {
        found.into_iter().map(|user| user.name).collect::<Vec<_>>()
    };
    assert_eq!(names(list().await.unwrap()), ["User b", "User a", "User c"]);
    let by_name = || list().order_by(UserOrderBy::Name);
    assert_eq!(
        names(by_name().await.unwrap()),
        ["User a", "User b", "User c"]
    );
    assert_eq!(
        names(by_name().descending().limit(2).await.unwrap()),
        ["User c", "User b"]
    );
    assert_eq!(names(by_name().offset(2).await.unwrap()), ["User c"]);
    let by_email = list().order_by(UserOrderBy::Email).descending().ascending();
    assert_eq!(
        names(by_email.await.unwrap()),
        ["User a", "User b", "User c"]
    );
    let latest = list().await.unwrap().pop().unwrap();
    users.deactivate(latest.id).await.unwrap();
    assert_eq!(names(list().active(false).await.unwrap()), ["User c"]);
    assert_eq!(list().active(true).await.unwrap().len(), 2);
    assert!(list().provider("other").await.unwrap().is_empty());
    assert_eq!(list().provider("local").await.unwrap().len(), 3);
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.users().list().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn k41_a_missing_user_is_not_found_for_any_response() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    assert_eq!(users.get_opt(MISSING).await.unwrap(), None);
    for error in [
        users.get(MISSING).await.unwrap_err(),
        users
            .update(MISSING, UserUpdate::new().name("x"))
            .await
            .unwrap_err(),
        users.delete(MISSING, 1).await.unwrap_err(),
        users.verify(MISSING).await.unwrap_err(),
        users.activate(MISSING).await.unwrap_err(),
        users.deactivate(MISSING).await.unwrap_err(),
        users.enable_two_factor(MISSING).await.unwrap_err(),
        users.disable_two_factor(MISSING).await.unwrap_err(),
    ] {
        assert!(error.is_not_found(), "{error:?}");
        assert!(
            error.to_string().contains("user 2147483647: not found"),
            "{error}"
        );
        assert_eq!(error.applied(), Applied::No);
    }
    assert!(users.get(i64::MAX).await.unwrap_err().is_invalid_input());
}

#[tokio::test]
async fn k41_texts_are_kept_cleared_or_set() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let id = user(&wiki, "edith").await.id;
    let update = UserUpdate::new()
        .location(" Berlin ")
        .job_title("Editor")
        .timezone("Europe/Berlin")
        .date_format("YYYY-MM-DD")
        .appearance(Appearance::Dark);
    let set = users.update(id, update).await.unwrap();
    assert_eq!(
        (set.location.as_str(), set.job_title.as_str()),
        ("Berlin", "Editor")
    );
    assert_eq!(set.timezone, "Europe/Berlin");
    assert_eq!(set.date_format.as_deref(), Some("YYYY-MM-DD"));
    assert_eq!(set.appearance, Some(Appearance::Dark));

    let update = UserUpdate::new().name(" Edith ").email(wiki.email("NEW"));
    let kept = users.update(id, update).await.unwrap();
    assert_eq!(
        (kept.name.as_str(), kept.email),
        ("Edith", wiki.email("new"))
    );
    assert_eq!(
        (kept.location.as_str(), kept.appearance),
        ("Berlin", Some(Appearance::Dark))
    );

    let update = UserUpdate::new()
        .clear_location()
        .clear_job_title()
        .clear_date_format()
        .clear_appearance();
    let cleared = users.update(id, update).await.unwrap();
    assert_eq!(
        (cleared.location.as_str(), cleared.job_title.as_str()),
        ("", "")
    );
    assert_eq!((cleared.date_format, cleared.appearance), (None, None));
    assert_eq!(
        (cleared.name.as_str(), cleared.timezone.as_str()),
        ("Edith", "Europe/Berlin")
    );
}

#[tokio::test]
async fn k41_groups_are_kept_set_or_cleared() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let (one, other) = (group(&wiki, "one").await, group(&wiki, "other").await);
    let id = user(&wiki, "edith").await.id;
    let set = users
        .update(id, UserUpdate::new().groups([other, one, one]))
        .await
        .unwrap();
    assert_eq!(groups_of(&set), [one, other]);
    let kept = users
        .update(id, UserUpdate::new().name("Edith"))
        .await
        .unwrap();
    assert_eq!(groups_of(&kept), [one, other]);
    // Wiki.js would add the user to the first group before it notices that the second one does not exist.
    let error = users
        .update(
            id,
            UserUpdate::new()
                .groups([one, i64::from(MISSING)])
                .name("Other"),
        )
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(users.get(id).await.unwrap(), kept);
    let none = users
        .update(id, UserUpdate::new().clear_groups())
        .await
        .unwrap();
    assert_eq!(groups_of(&none), [0; 0]);
}

#[tokio::test]
async fn an_update_without_changes_sends_nothing() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let edith = user(&wiki, "edith").await;
    let update = UserUpdate::new()
        .name(&edith.name)
        .clear_location()
        .clear_groups();
    assert_eq!(users.update(edith.id, update).await.unwrap(), edith);
    let other = users
        .update(edith.id, UserUpdate::new().password("battery staple"))
        .await
        .unwrap();
    assert!(
        other.updated_at > edith.updated_at,
        "a password is always written"
    );
}

#[tokio::test]
async fn invalid_and_ignored_values_are_refused_before_sending() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let new = || NewUser::new("edith@example.com", "Edith");
    let long = "x".repeat(256);
    for new in [
        NewUser::new("edith", "Edith").password(PASSWORD),
        NewUser::new("edith @example.com", "Edith").password(PASSWORD),
        NewUser::new(format!("{long}@example.com"), "Edith").password(PASSWORD),
        NewUser::new("edith@example.com", " ").password(PASSWORD),
        NewUser::new("edith@example.com", "E").password(PASSWORD),
        NewUser::new("edith@example.com", &*long).password(PASSWORD),
        new(),
        new().password(""),
        new().password("      "),
        new().password("short"),
        new().password(hash()),
        new().password(PASSWORD).provider("0000-1111"),
        new().provider("0000-1111").must_change_password(),
        new().password(PASSWORD).groups([i64::MAX]),
    ] {
        let error = users.create(new).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    for email in ["", "@example.com", "edith@", "a@b@c", "a\0@b"] {
        let new = NewUser::new(email, "Edith").password(PASSWORD);
        let error = users.create(new).await.unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{email}: {error:?}"
        );
    }
    let update = UserUpdate::new;
    for update in [
        update().name(""),
        update().name(&*long),
        update().email(""),
        update().timezone(""),
        update().timezone(" "),
        update().timezone("\u{feff}"),
        update().location(&*long),
        update().job_title("a\0b"),
        update().date_format("weird"),
        update().appearance(Appearance::Other("purple".to_owned())),
        update().password("short"),
    ] {
        let error = users.update(3, update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    for error in [
        users.delete(1, 3).await.unwrap_err(),
        users.delete(2, 1).await.unwrap_err(),
        users.delete(3, 3).await.unwrap_err(),
        users.deactivate(1).await.unwrap_err(),
        users.deactivate(2).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

/// Returns a text in the form of a bcrypt hash.
fn hash() -> String {
    format!("$2a$12${}", "x".repeat(53))
}

#[tokio::test]
async fn unusual_passwords_and_addresses_are_accepted() {
    let wiki = Wiki::start().await;
    for (number, password) in [
        "$2a$12$short",
        "correct horse",
        "$2x$12$",
        &hash()[1..],
        &format!("{}$", hash()),
    ]
    .into_iter()
    .enumerate()
    {
        let email = wiki.email(&format!("a+{number}"));
        let new = NewUser::new(email, "Edith").password(password);
        let made = wiki.client.users().create(new).await;
        assert!(made.is_ok(), "{password}: {made:?}");
    }
    // Wiki.js accepts a host without a dot in an update, but not for a new user.
    let edith = user(&wiki, "edith").await;
    let email = format!("{}+b@localhost", wiki.prefix());
    let update = UserUpdate::new().email(&email);
    let updated = wiki.client.users().update(edith.id, update).await.unwrap();
    assert_eq!(updated.email, email);
}

#[tokio::test]
async fn administrator_and_guest_are_protected() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    for (id, update) in [
        (1, UserUpdate::new().clear_groups()),
        (1, UserUpdate::new().groups([2])),
        (2, UserUpdate::new().clear_groups()),
        (2, UserUpdate::new().groups([1, 2])),
    ] {
        let before = users.get(id).await.unwrap();
        let error = users.update(id, update).await.unwrap_err();
        assert!(error.is_invalid_input(), "{error:?}");
        assert_eq!(users.get(id).await.unwrap(), before);
    }
}

#[tokio::test]
async fn an_account_is_verified_activated_and_deactivated() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let id = user(&wiki, "edith").await.id;
    if let Some(fake) = wiki.fake() {
        fake.edit_user(id.get(), |user| user.is_verified = false);
        assert!(!users.get(id).await.unwrap().is_verified);
    }
    assert!(users.verify(id).await.unwrap().is_verified);
    assert!(!users.deactivate(id).await.unwrap().is_active);
    assert!(!users.get(id).await.unwrap().is_active);
    assert!(users.activate(id).await.unwrap().is_active);
    assert!(users.activate(id).await.unwrap().is_active);
}

#[tokio::test]
async fn a_second_factor_is_enabled_and_disabled() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let id = user(&wiki, "edith").await.id;
    assert!(users.enable_two_factor(id).await.unwrap().has_two_factor);
    let again = users.enable_two_factor(id).await.unwrap();
    assert!(again.has_two_factor, "a new secret is created");
    if let Some(fake) = wiki.fake() {
        assert!(fake.user(id.get()).unwrap().must_set_up_two_factor);
    }
    assert!(!users.disable_two_factor(id).await.unwrap().has_two_factor);
    assert!(!users.get(id).await.unwrap().has_two_factor);
}

#[tokio::test]
async fn k41_a_password_reset_reports_that_it_does_nothing() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let edith = user(&wiki, "edith").await;
    let reset = users.reset_password(edith.id).await.unwrap();
    assert_eq!(reset, PasswordReset::NotImplemented);
    assert_eq!(users.get(edith.id).await.unwrap(), edith);
    let missing = users.reset_password(MISSING).await.unwrap();
    assert_eq!(missing, PasswordReset::NotImplemented);
}

#[tokio::test]
async fn k41_pages_of_a_deleted_user_go_to_the_replacement() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let (edith, heir) = (user(&wiki, "edith").await, user(&wiki, "heir").await);
    let page = wiki.fake().map(|fake| {
        let page = fake.insert_page(FakePage::new("docs/x", "X"));
        fake.edit_page(page, |page| page.author_id = edith.id.get());
        page
    });
    let error = users.delete(edith.id, MISSING).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert!(
        users.get_opt(edith.id).await.unwrap().is_some(),
        "Wiki.js would have deleted it"
    );
    users.delete(edith.id, heir.id).await.unwrap();
    assert_eq!(users.get_opt(edith.id).await.unwrap(), None);
    assert!(
        users
            .delete(edith.id, heir.id)
            .await
            .unwrap_err()
            .is_not_found()
    );
    if let (Some(fake), Some(page)) = (wiki.fake(), page) {
        assert_eq!(fake.page(page).unwrap().author_id, heir.id.get());
    }
}

#[tokio::test]
async fn a_caller_who_cannot_read_users_gets_the_created_user() {
    let wiki = Wiki::start().await;
    let editors = group(&wiki, "editors").await;
    let writer = wiki.client_with(&["write:users"]).await;
    let new = new_user(&wiki, "edith").groups([editors]);
    let made = writer.users().create(new).await.unwrap();
    assert!(
        writer
            .users()
            .get(made.id)
            .await
            .unwrap_err()
            .is_forbidden()
    );
    let mut kept = wiki.client.users().get(made.id).await.unwrap();
    (kept.provider_name, kept.can_have_two_factor) = (None, None);
    assert_eq!(made, kept);
    // A caller cannot grant permissions that it does not have.
    let error = writer
        .users()
        .create(new_user(&wiki, "other").groups([1]))
        .await
        .unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(
        wiki.client
            .users()
            .list()
            .search(wiki.prefix())
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_address_with_capitals_is_kept() {
    // Wiki.js stores the addresses of other login providers as they are.
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let id = fake.insert_user(FakeUser::new("Edith", "Edith@Example.com"));
    let users = wiki.client.users();
    let renamed = users.update(id, UserUpdate::new().name("New")).await;
    let renamed = renamed.unwrap();
    assert_eq!(
        (&*renamed.name, &*renamed.email),
        ("New", "Edith@Example.com")
    );
    let moved = users.update(id, UserUpdate::new().email("New@Example.com"));
    assert_eq!(moved.await.unwrap().email, "new@example.com");
}

#[tokio::test]
async fn an_upsert_finds_a_user_whose_address_has_capitals() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let id = fake.insert_user(FakeUser::new("Edith", "Edith@Example.com"));
    let before = fake.users().len();
    let users = wiki.client.users();
    let edith = |name: &str| NewUser::new("edith@example.com", name).password("correct horse");
    let updated = users.upsert(edith("Edith N.")).await.unwrap();
    let Upserted::Updated(updated) = updated else {
        panic!("{updated:?}")
    };
    assert_eq!(
        (updated.id.get(), &*updated.email),
        (id, "Edith@Example.com")
    );
    assert_eq!(fake.users().len(), before);

    // MariaDB does not distinguish the two addresses, so that only one of them can exist.
    if database() == Database::MariaDb {
        return;
    }
    // If the database has both forms, the user with exactly this address is updated.
    let exact = fake.insert_user(FakeUser::new("Other", "edith@example.com"));
    let updated = users.upsert(edith("Same")).await.unwrap();
    assert_eq!(updated.stored().id.get(), exact);
    assert_eq!(fake.user(id).unwrap().name, "Edith N.");
}

#[tokio::test]
async fn the_last_logins_are_sorted_newest_first() {
    let wiki = Wiki::start().await;
    if let Some(fake) = wiki.fake() {
        for number in 0..12 {
            let id = fake.insert_user(FakeUser::new("Many", format!("many{number}@example.com")));
            fake.user_token(id);
        }
        assert_eq!(wiki.client.users().last_logins().await.unwrap().len(), 10);
    }
    let logins = wiki.client.users().last_logins().await.unwrap();
    assert!(!logins.is_empty() && logins.len() <= 10);
    assert!(logins.is_sorted_by(|one, next| one.last_login_at >= next.last_login_at));
}

#[tokio::test]
async fn k48_the_profile_of_every_key_is_the_administrators() {
    let wiki = Wiki::start().await;
    let reader = wiki.client_with(&["read:pages"]).await;
    for client in [&wiki.client, &reader] {
        let profile = client.users().profile().await.unwrap();
        assert_eq!(profile.id, 1);
        assert!(profile.groups.contains(&"Administrators".to_owned()));
    }
    let guest = Client::builder(wiki.url()).build().unwrap();
    let error = guest.users().profile().await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(error.code(), Some(ErrorCode::AuthRequired));
    let error = client(wiki.url(), "not-a-key")
        .users()
        .profile()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::KeyIgnored));
}

#[tokio::test]
async fn k48_keys_and_guests_cannot_change_their_account() {
    let wiki = Wiki::start().await;
    let before = wiki.client.users().profile().await.unwrap();
    let reader = wiki.client_with(&["read:pages"]).await;
    let guest = Client::builder(wiki.url()).build().unwrap();
    if let Some(fake) = wiki.fake() {
        fake.clear_requests();
    }
    for client in [&wiki.client, &reader, &guest] {
        let users = client.users();
        for error in [
            users
                .update_profile(ProfileUpdate::new().job_title("Taken"))
                .await
                .unwrap_err(),
            users
                .change_password("Admin-Passw0rd!", "battery staple")
                .await
                .unwrap_err(),
        ] {
            assert_eq!(error.applied(), Applied::No);
            assert!(error.is_unauthenticated());
            assert!(
                error.to_string().contains("ClientBuilder::login"),
                "{error}"
            );
            assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::UserNeeded));
        }
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
    assert_eq!(wiki.client.users().profile().await.unwrap(), before);
}

#[tokio::test]
async fn a_user_changes_profile_and_password() {
    let wiki = Wiki::start().await;
    let edith = user(&wiki, "edith").await;
    let login = Client::builder(wiki.url()).login(&edith.email, PASSWORD);
    let own = login.await.unwrap().done().unwrap();
    let users = own.users();
    assert_eq!(users.profile().await.unwrap().id, edith.id);

    let update = ProfileUpdate::new()
        .name(" Edith Jones ")
        .location("Berlin")
        .job_title("Editor")
        .timezone("Europe/Berlin")
        .date_format("YYYY-MM-DD")
        .appearance(Appearance::Light);
    let profile = users.update_profile(update).await.unwrap();
    assert_eq!(
        (profile.id, profile.name.as_str()),
        (edith.id, "Edith Jones")
    );
    assert_eq!(
        (profile.location.as_str(), profile.job_title.as_str()),
        ("Berlin", "Editor")
    );
    assert_eq!(profile.date_format.as_deref(), Some("YYYY-MM-DD"));
    assert_eq!((profile.pages_total, profile.groups.len()), (0, 0));
    let update = ProfileUpdate::new().clear_appearance().clear_date_format();
    let profile = users.update_profile(update).await.unwrap();
    assert_eq!((profile.appearance, profile.date_format), (None, None));
    assert_eq!(
        (profile.location.as_str(), profile.timezone.as_str()),
        ("Berlin", "Europe/Berlin")
    );

    for (current, new) in [("", "battery staple"), (PASSWORD, ""), (PASSWORD, "short")] {
        let error = users.change_password(current, new).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    let error = users
        .change_password("wrong horse", "battery staple")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::AuthPasswordInvalid));
    assert_eq!(error.applied(), Applied::No);
    users
        .change_password(PASSWORD, "battery staple")
        .await
        .unwrap();
    assert_eq!(
        users.profile().await.unwrap().id,
        edith.id,
        "the login continues"
    );
    let error = users
        .change_password(PASSWORD, "another staple")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::AuthPasswordInvalid));
    if let Some(fake) = wiki.fake() {
        assert_eq!(
            fake.user(edith.id.get()).unwrap().password,
            "battery staple"
        );
    }
}

#[tokio::test]
async fn invalid_profile_updates_are_refused() {
    let (_fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
    for update in [
        ProfileUpdate::new().location(""),
        ProfileUpdate::new().job_title(" "),
        ProfileUpdate::new().name(""),
        ProfileUpdate::new().timezone(""),
        ProfileUpdate::new().date_format("weird"),
        ProfileUpdate::new().appearance("purple"),
    ] {
        let error = own.users().update_profile(update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
}

/// Starts a fake with a user, and returns a client that has logged in as that user.
async fn logged_in(user: FakeUser) -> (FakeWiki, Client) {
    let email = user.email.clone();
    let fake = FakeWiki::builder()
        .user(user.password(PASSWORD))
        .start()
        .await;
    let login = builder(&fake).login(email, PASSWORD);
    let own = login.await.unwrap().done().unwrap();
    (fake, own)
}

fn builder(fake: &FakeWiki) -> wikijs_client::ClientBuilder {
    Client::builder(fake.url())
        .timeout(Duration::from_secs(2))
        .confirm_writes_for(OBSERVED_FOR)
        .retry(RetryPolicy::default().min_delay(Duration::from_millis(2)))
}

fn authorizations(fake: &FakeWiki) -> Vec<String> {
    let requests = fake.requests();
    let headers = requests
        .iter()
        .filter_map(|request| request.header("authorization"));
    headers.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_token_that_comes_with_a_changed_profile_or_password_is_used() {
    let (fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
    own.users().profile().await.unwrap();
    fake.clear_requests();
    own.users()
        .update_profile(ProfileUpdate::new().name("E. J."))
        .await
        .unwrap();
    own.users()
        .change_password(PASSWORD, "battery staple")
        .await
        .unwrap();
    own.users().profile().await.unwrap();
    let mut tokens = authorizations(&fake);
    tokens.dedup();
    assert_eq!(
        tokens.len(),
        3,
        "one token before, and one after each change"
    );
}

#[tokio::test]
async fn the_client_logs_in_with_the_new_password_after_a_change() {
    let (fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
    own.users()
        .change_password(PASSWORD, "battery staple")
        .await
        .unwrap();
    fake.void_logins();
    assert_eq!(own.users().profile().await.unwrap().name, "Edith");
}

#[tokio::test]
async fn a_password_that_a_proxy_changes_twice_is_used() {
    let (fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
    let users = own.users();
    fake.fail_next_matching("UsersChangePassword", Fault::Twice);
    let changed = users.change_password(PASSWORD, "battery staple").await;
    changed.unwrap();
    fake.void_logins();
    assert_eq!(users.profile().await.unwrap().name, "Edith");
    // The current password is wrong in both executions.
    fake.fail_next_matching("UsersChangePassword", Fault::Twice);
    let changed = users.change_password(PASSWORD, "another staple").await;
    let error = changed.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::AuthPasswordInvalid));
    assert_eq!(error.applied(), Applied::No, "{error:?}");
}

#[tokio::test]
async fn a_group_that_is_named_twice_is_stored_once() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let (one, two) = (group(&wiki, "one").await, group(&wiki, "two").await);
    let ids = |user: &User| {
        user.groups
            .iter()
            .map(|group| group.id.get())
            .collect::<Vec<_>>()
    };
    let new = new_user(&wiki, "edith").groups([one, one]);
    let edith = users.create(new).await.unwrap();
    assert_eq!(ids(&edith), [one]);
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.user(edith.id.get()).unwrap().groups, [one]);
        // Stored by another client.
        fake.edit_user(edith.id.get(), |edith| edith.groups = vec![one, one]);
    }
    let update = UserUpdate::new().groups([two, one, two]);
    let edith = users.update(edith.id, update).await.unwrap();
    assert_eq!(ids(&edith), [one, two]);
}

#[tokio::test]
async fn a_profile_is_read_after_a_new_login() {
    let (fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
    own.users().profile().await.unwrap();
    fake.void_logins();
    assert_eq!(own.users().profile().await.unwrap().name, "Edith");
}

#[tokio::test]
async fn an_account_changes_once_after_a_lost_response() {
    for fault in lost_after().into_iter().chain(refused()) {
        let (fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
        fake.fail_next_matching("UsersUpdateProfile", fault.clone());
        let update = ProfileUpdate::new().job_title("Editor");
        let profile = own.users().update_profile(update).await;
        let profile = profile.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(profile.job_title, "Editor");
        fake.fail_next_matching("UsersChangePassword", fault.clone());
        let changed = own
            .users()
            .change_password(PASSWORD, "battery staple")
            .await;
        changed.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(
            fake.user(3).unwrap().password,
            "battery staple",
            "{fault:?}"
        );
        fake.void_logins();
        own.users().profile().await.unwrap();
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn a_change_of_an_account_that_is_not_observed_is_unconfirmed() {
    for fault in lost_before() {
        let (fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
        fake.fail_next_matching("UsersUpdateProfile", fault.clone());
        let update = ProfileUpdate::new().job_title("Editor");
        let error = own.users().update_profile(update).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "UsersUpdateProfile");
        fake.fail_next_matching("UsersChangePassword", fault.clone());
        let users = own.users();
        let changed = users.change_password(PASSWORD, "battery staple");
        let error = changed.await.unwrap_err();
        assert_unconfirmed(&error, &fake, "UsersChangePassword");
        assert!(!format!("{error:?}").contains("staple"), "{error:?}");
        assert_eq!(fake.user(3).unwrap().password, PASSWORD);
    }
}

#[tokio::test]
async fn a_change_of_an_account_by_another_client_is_distinguished() {
    let (fake, own) = logged_in(FakeUser::new("Edith", "edith@example.com")).await;
    fake.fail_next_matching("UsersChangePassword", Fault::ResetBefore);
    let before = fake.user(3).unwrap().updated_at;
    let users = own.users();
    let (changed, ()) = futures::join!(users.change_password(PASSWORD, "battery staple"), async {
        while asked(&fake, "UsersChangePassword") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        fake.edit_user(3, |edith| {
            edith.job_title = "Editor".to_owned();
            edith.updated_at = before.replacen("20", "21", 1);
        });
    });
    assert_unconfirmed(&changed.unwrap_err(), &fake, "UsersChangePassword");
    assert_eq!(fake.user(3).unwrap().password, PASSWORD);
}

async fn failing() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .group(FakeGroup::new("Editors", ["read:pages"]))
        .start()
        .await;
    let client = builder(&fake).api_key(fake.api_key()).build().unwrap();
    (fake, client)
}

#[tokio::test]
async fn k40_a_user_is_created_once_after_a_lost_response() {
    for fault in lost_after().into_iter().chain(refused()) {
        let (fake, wiki) = failing().await;
        fake.fail_next_matching("UsersCreate", fault.clone());
        let new = NewUser::new("edith@example.com", "Edith")
            .password(PASSWORD)
            .groups([3]);
        let edith = wiki.users().create(new).await;
        let edith = edith.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(
            (edith.email.as_str(), groups_of(&edith)),
            ("edith@example.com", vec![3])
        );
        assert_eq!(fake.users().len(), 3, "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn a_created_user_is_distinguished_from_an_existing_one() {
    for fault in [Fault::ResetBefore, Fault::ResetAfter] {
        let (fake, wiki) = failing().await;
        fake.insert_user(FakeUser::new("Theirs", "edith@example.com"));
        fake.fail_next_matching("UsersCreate", fault);
        let new = NewUser::new("edith@example.com", "Edith").password(PASSWORD);
        let error = wiki.users().create(new).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "UsersCreate");
        assert!(
            error.to_string().contains("user 3 has the address"),
            "{error}"
        );
        assert_eq!(fake.user(3).unwrap().name, "Theirs");
    }
}

#[tokio::test]
async fn k40_a_user_whose_mail_fails_is_created_and_reported() {
    let (fake, wiki) = failing().await;
    let new = NewUser::new("edith@example.com", "Edith").password(PASSWORD);
    let error = wiki
        .users()
        .create(new.send_welcome_email())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::MailNotConfigured));
    assert_eq!(error.applied(), Applied::Partially);
    let text = error.to_string();
    assert!(
        text.contains("user 3 (edith@example.com) is stored, but the e-mail"),
        "{text}"
    );
    assert_eq!(fake.users().len(), 3);

    fake.set_mail_config(serde_json::json!({ "host": "mail.example.com" }));
    let new = NewUser::new("other@example.com", "Other").password(PASSWORD);
    let other = wiki.users().create(new.send_welcome_email()).await;
    assert_eq!(other.unwrap().id, 4);
}

#[tokio::test]
async fn a_user_of_an_unknown_provider_is_not_created() {
    let (fake, wiki) = failing().await;
    let new = NewUser::new("edith@example.com", "Edith").provider("0000-1111");
    let error = wiki.users().create(new).await.unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert!(!error.to_string().contains("insert into"), "{error}");
    assert_eq!(fake.users().len(), 2);
}

#[tokio::test]
async fn writes_are_executed_once_after_a_lost_response() {
    for fault in lost_after().into_iter().chain(refused()) {
        let (fake, wiki) = failing().await;
        let id = fake.insert_user(FakeUser::new("Edith", "edith@example.com").groups([3]));
        let users = wiki.users();
        let next = |operation: &str| fake.fail_next_matching(operation, fault.clone());
        next("UsersUpdate");
        let update = UserUpdate::new().name("Other").clear_groups();
        let other = users.update(id, update).await;
        let other = other.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!((other.name.as_str(), groups_of(&other)), ("Other", vec![]));
        next("UsersDeactivate");
        assert!(!users.deactivate(id).await.unwrap().is_active, "{fault:?}");
        next("UsersActivate");
        assert!(users.activate(id).await.unwrap().is_active, "{fault:?}");
        fake.edit_user(id, |edith| edith.is_verified = false);
        next("UsersVerify");
        assert!(users.verify(id).await.unwrap().is_verified, "{fault:?}");
        next("UsersEnableTfa");
        assert!(
            users.enable_two_factor(id).await.unwrap().has_two_factor,
            "{fault:?}"
        );
        next("UsersDisableTfa");
        assert!(
            !users.disable_two_factor(id).await.unwrap().has_two_factor,
            "{fault:?}"
        );
        next("UsersDelete");
        users
            .delete(id, 1)
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(fake.users().len(), 2, "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn a_write_that_is_not_observed_is_unconfirmed() {
    for fault in lost_before() {
        let (fake, wiki) = failing().await;
        let id = fake.insert_user(FakeUser::new("Edith", "edith@example.com"));
        for operation in [
            "UsersUpdate",
            "UsersCreate",
            "UsersDeactivate",
            "UsersDelete",
        ] {
            fake.fail_next_matching(operation, fault.clone());
        }
        let users = wiki.users();
        let update = UserUpdate::new().name("Other");
        let error = users.update(id, update).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "UsersUpdate");
        assert!(
            error.to_string().contains("user 3 was as before"),
            "{error}"
        );
        let new = NewUser::new("other@example.com", "Other").password(PASSWORD);
        let error = users.create(new).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "UsersCreate");
        let error = users.deactivate(id).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "UsersDeactivate");
        assert_eq!(fake.users().len(), 3);
        // A deletion is idempotent, so the client retries it.
        users.delete(id, 1).await.unwrap();
        assert_eq!(asked(&fake, "UsersDelete"), 2, "{fault:?}");
        assert_eq!(fake.users().len(), 2);
    }
}

#[tokio::test]
async fn a_password_whose_response_is_lost_is_unconfirmed() {
    for (fault, is_set) in [(Fault::ResetAfter, true), (Fault::ResetBefore, false)] {
        let (fake, wiki) = failing().await;
        let id = fake.insert_user(FakeUser::new("Edith", "edith@example.com"));
        fake.fail_next_matching("UsersUpdate", fault);
        let update = UserUpdate::new().name("Other").password("battery staple");
        let error = wiki.users().update(id, update).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "UsersUpdate");
        assert!(!format!("{error:?}").contains("staple"), "{error:?}");
        assert_eq!(fake.user(id).unwrap().password == "battery staple", is_set);
        // The error reports that a second call is safe, so the test makes one.
        let Error::Unconfirmed(unconfirmed) = error else {
            panic!("{error:?}")
        };
        assert!(unconfirmed.is_safe_to_repeat);
        let update = UserUpdate::new().name("Other").password("battery staple");
        wiki.users().update(id, update).await.unwrap();
        assert_eq!(fake.user(id).unwrap().password, "battery staple");
    }
}

#[tokio::test]
async fn a_lost_create_is_unconfirmed_if_groups_cannot_be_read() {
    let (fake, _) = failing().await;
    let key = fake.key_with(["write:users"]);
    let writer = builder(&fake).api_key(key).build().unwrap();
    fake.fail_next_matching("UsersCreate", Fault::ResetAfter);
    let new = NewUser::new("edith@example.com", "Edith").password(PASSWORD);
    let error = writer.users().create(new.groups([3])).await.unwrap_err();
    assert_unconfirmed(&error, &fake, "UsersCreate");
    assert!(
        error
            .to_string()
            .contains("user 3 (edith@example.com) is stored"),
        "{error}"
    );
}

#[tokio::test]
async fn a_user_created_by_another_client_is_distinguished() {
    let fake = with_interference(FakeWiki::builder(), "UsersSurvey", |fake| {
        if asked(fake, "UsersCreate") == 1 && fake.user(3).is_none() {
            fake.insert_user(FakeUser::new("Theirs", "edith@example.com"));
        }
    })
    .await;
    fake.fail_next_matching("UsersCreate", Fault::ResetBefore);
    let new = NewUser::new("edith@example.com", "Edith").password(PASSWORD);
    let created = observing_briefly(&fake).users().create(new).await;
    let error = created.unwrap_err();
    assert_unconfirmed(&error, &fake, "UsersCreate");
    assert!(
        error.to_string().contains("not created by this call"),
        "{error}"
    );
    let theirs = fake.user(3).unwrap();
    assert_eq!((theirs.name.as_str(), theirs.groups), ("Theirs", vec![]));
}

#[tokio::test]
async fn a_success_that_stored_nothing_is_not_applied() {
    let undo = |fake: &FakeWiki| {
        fake.edit_user(3, |edith| {
            edith.name = "Edith".to_owned();
            edith.is_active = true;
            edith.updated_at = "2026-01-01T00:00:00.000Z".to_owned();
        });
    };
    for operation in ["UsersUpdate", "UsersDeactivate"] {
        let fake = with_interference(FakeWiki::builder(), operation, undo).await;
        fake.insert_user(FakeUser::new("Edith", "edith@example.com"));
        undo(&fake);
        let users = observing_briefly(&fake).users();
        let result = match operation {
            "UsersUpdate" => users.update(3, UserUpdate::new().name("Other")).await,
            _ => users.deactivate(3).await,
        };
        let error = result.unwrap_err();
        assert!(matches!(error, Error::NotApplied { .. }), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
        assert!(error.to_string().contains("user 3"), "{error}");
    }
}

#[tokio::test]
async fn an_update_that_another_client_overwrites_is_not_reported_as_applied() {
    let fake = with_interference(FakeWiki::builder(), "UsersUpdate", |fake| {
        fake.edit_user(3, |edith| {
            edith.name = "Theirs".to_owned();
            edith.updated_at = "2030-01-01T00:00:00.000Z".to_owned();
        });
    })
    .await;
    fake.insert_user(FakeUser::new("Edith", "edith@example.com"));
    let users = observing_briefly(&fake).users();
    let error = users
        .update(3, UserUpdate::new().name("Other"))
        .await
        .unwrap_err();
    assert_unconfirmed(&error, &fake, "UsersUpdate");
    let update = UserUpdate::new().name("Another").job_title("Editor");
    let error = users.update(3, update).await.unwrap_err();
    assert!(matches!(error, Error::PartiallyApplied(_)), "{error:?}");
    assert_eq!(error.applied(), Applied::Partially);
    let text = error.to_string();
    assert!(
        text.contains("of user 3, job_title is stored, but name is not"),
        "{text}"
    );
    assert_eq!(fake.user(3).unwrap().name, "Theirs");
}

#[tokio::test]
async fn k41_a_partial_update_is_reported() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let editors = group(&wiki, "editors").await;
    let (edith, other) = (user(&wiki, "edith").await, user(&wiki, "other").await);
    // The client refuses a mail address in use before Wiki.js can change the groups.
    let update = || UserUpdate::new().groups([editors]);
    let error = users
        .update(edith.id, update().email(other.email))
        .await
        .unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(users.get(edith.id).await.unwrap(), edith);
    // Wiki.js refuses this address, which the client accepts, after it has changed the groups.
    let odd = format!("{}@exa_mple.com", wiki.prefix());
    let error = users
        .update(edith.id, update().email(odd))
        .await
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
    assert_eq!(error.applied(), Applied::Partially);
    assert!(
        error
            .to_string()
            .contains("groups is stored, but email is not"),
        "{error}"
    );
    assert_eq!(groups_of(&users.get(edith.id).await.unwrap()), [editors]);
}

#[tokio::test]
async fn changes_of_many_tasks_do_not_undo_each_other() {
    let wiki = Wiki::start().await;
    let users = wiki.client.users();
    let id = user(&wiki, "edith").await.id;
    let updates = [
        UserUpdate::new().location("Berlin"),
        UserUpdate::new().job_title("Editor"),
        UserUpdate::new().name("Edith"),
        UserUpdate::new().timezone("Europe/Berlin"),
    ];
    let calls = updates.map(|update| users.update(id, update));
    for result in all_at_once(calls).await {
        result.unwrap();
    }
    let edith = users.get(id).await.unwrap();
    assert_eq!(
        (edith.location.as_str(), edith.job_title.as_str()),
        ("Berlin", "Editor")
    );
    assert_eq!(
        (edith.name.as_str(), edith.timezone.as_str()),
        ("Edith", "Europe/Berlin")
    );
}

/// Starts a server that responds with the body of the request, as a proxy's error page may.
fn echo(status: u16) -> String {
    serve(move |request| {
        let body = body_of(request);
        if body.contains("UsersSurvey") {
            Response::json(
                200,
                json!({"data": {"users": {"list": []}, "groups": {"list": []}}}),
            )
        } else if body.contains("profile") || body.contains("UsersGet") {
            let user = json!({"id": 3, "name": "", "email": "", "providerKey": "", "providerName": "",
                "providerId": null, "providerIs2FACapable": false, "isSystem": false, "isActive": true,
                "isVerified": true, "location": "", "jobTitle": "", "timezone": "", "dateFormat": "",
                "appearance": "", "createdAt": "", "updatedAt": "", "lastLoginAt": null, "tfaIsActive": false,
                "groups": []});
            let users = json!({"profile": {"id": 1}, "single": user});
            Response::json(200, json!({"data": {"users": users}}))
        } else if status == 200 {
            let error = json!({"message": body, "extensions": {"exception": {"sql": body}}});
            Response::json(200, json!({"errors": [error], "data": null}))
        } else {
            Response::new(status, format!("<html>{body}"))
        }
    })
}

#[tokio::test]
async fn k55_a_password_is_in_no_error_and_no_debug_output() {
    const SECRET: &str = "correct-horse-battery";
    let new = || NewUser::new("edith@example.com", "Edith").password(SECRET);
    let update = || UserUpdate::new().password(SECRET);
    assert!(!format!("{:?} {:?}", new(), update()).contains(SECRET));
    for status in [200, 400, 500] {
        let url = echo(status);
        let wiki = Client::builder(&url)
            .api_key("key")
            .retry(RetryPolicy::none().min_delay(Duration::from_millis(1)))
            .build()
            .unwrap();
        for error in [
            wiki.users().create(new()).await.unwrap_err(),
            wiki.users().update(3, update()).await.unwrap_err(),
        ] {
            let shown = format!("{error} {error:?} {error:#?}");
            assert!(!shown.contains(SECRET), "{status}: {shown}");
            assert!(shown.contains("[redacted]"), "{status}: {shown}");
        }
    }
}
