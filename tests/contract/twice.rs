//! Outcomes of writes that a proxy forwards twice, returning the wiki's response to the second execution: "not found"
//! for an object that the first execution deleted, "exists already" for one that it created. These tests need the fake.

use std::time::Duration;

use futures::future::BoxFuture;
use wikijs_client::{Applied, Client, Error, RetryPolicy, pages::NewPage};
use wikijs_fake::{FakePage, FakeWiki, Fault};

use crate::support::{asked, eager, hurried, with_interference};

#[cfg(feature = "users")]
fn new_user(name: &str) -> wikijs_client::users::NewUser {
    wikijs_client::users::NewUser::new(format!("{name}@example.com"), name)
        .password("battery staple")
}

type Call = fn(Client, i64) -> BoxFuture<'static, Result<(), Error>>;

/// A write that the wiki refuses after its first execution.
struct Write {
    operation: &'static str,
    /// Creates the object that the write needs, and returns its id.
    prepare: fn(Client) -> BoxFuture<'static, i64>,
    call: Call,
    /// Recognizes the error of a second call.
    is_refusal: fn(&Error) -> bool,
}

macro_rules! write {
    ($operation:literal, |$wiki:ident| $prepare:expr, |$again:ident, $id:ident| $call:expr, $refusal:expr) => {
        Write {
            operation: $operation,
            prepare: |$wiki| Box::pin(async move { i64::from($prepare) }),
            call: |$again, $id| {
                let _ = $id;
                Box::pin(async move { $call.map(|_| ()) })
            },
            is_refusal: $refusal,
        }
    };
}

#[allow(clippy::too_many_lines, reason = "it is a table")]
fn writes() -> Vec<Write> {
    vec![
        write!(
            "PagesCreate",
            |_wiki| 0_i64,
            |wiki, id| wiki
                .pages()
                .create(NewPage::new("docs/new", "New", "# New"))
                .await,
            Error::is_conflict
        ),
        write!(
            "PagesDelete",
            |wiki| {
                let page = NewPage::new("docs/old", "Old", "# Old");
                wiki.pages().create(page).await.unwrap().id
            },
            |wiki, id| wiki.pages().delete(id).await,
            Error::is_not_found
        ),
        write!(
            "PagesDeleteTag",
            |wiki| {
                let page = NewPage::new("docs/tagged", "Tagged", "# Tagged").tags(["old"]);
                wiki.pages().create(page).await.unwrap();
                let tags = wiki.pages().tags().await.unwrap();
                tags.into_iter().find(|tag| tag.tag == "old").unwrap().id
            },
            |wiki, id| wiki.pages().delete_tag(id).await,
            Error::is_not_found
        ),
        #[cfg(feature = "comments")]
        write!(
            "CommentsCreate",
            |_wiki| 1_i64,
            |wiki, id| wiki.comments().create(id, "A question").await,
            Error::is_rate_limited
        ),
        #[cfg(feature = "comments")]
        write!(
            "CommentsDelete",
            |wiki| wiki.comments().create(1, "A remark").await.unwrap().id,
            |wiki, id| wiki.comments().delete(id).await,
            Error::is_not_found
        ),
        #[cfg(feature = "users")]
        write!(
            "GroupsDelete",
            |wiki| wiki.groups().create("Writers").await.unwrap().id,
            |wiki, id| wiki.groups().delete(id).await,
            Error::is_not_found
        ),
        #[cfg(feature = "users")]
        write!(
            "GroupsAssignUser",
            |wiki| {
                wiki.users().create(new_user("ann")).await.unwrap();
                wiki.groups().create("Readers").await.unwrap().id
            },
            |wiki, id| {
                let users = wiki.users().list().await?;
                let user = users.iter().find(|user| user.email == "ann@example.com");
                wiki.groups().assign(id, user.unwrap().id).await
            },
            Error::is_conflict
        ),
        #[cfg(feature = "users")]
        write!(
            "UsersCreate",
            |_wiki| 0_i64,
            |wiki, id| wiki.users().create(new_user("bob")).await,
            Error::is_conflict
        ),
        #[cfg(feature = "users")]
        write!(
            "UsersDelete",
            |wiki| wiki.users().create(new_user("cid")).await.unwrap().id,
            |wiki, id| wiki.users().delete(id, 1).await,
            Error::is_not_found
        ),
        #[cfg(feature = "assets")]
        write!(
            "AssetsCreateFolder",
            |_wiki| 0_i64,
            |wiki, id| wiki.assets().create_folder("photos").await,
            Error::is_conflict
        ),
    ]
}

#[tokio::test]
async fn a_write_that_is_executed_twice_succeeds_and_a_second_call_is_refused() {
    for write in writes() {
        let operation = write.operation;
        let fake = FakeWiki::builder()
            .write_duration(Duration::ZERO)
            .comment_limits(Duration::ZERO, Duration::from_secs(30))
            .start()
            .await;
        fake.insert_page(FakePage::new("home", "Home"));
        let wiki = hurried(&fake);
        let id = (write.prepare)(wiki.clone()).await;
        fake.fail_next_matching(operation, Fault::Twice);
        let first = (write.call)(wiki.clone(), id).await;
        first.unwrap_or_else(|error| panic!("{operation}: {error:?}"));
        assert_eq!(fake.pending_faults(), 0, "{operation}");
        // Once as a single execution, and once executed twice.
        for fault in [None, Some(Fault::Twice)] {
            if let Some(fault) = fault {
                fake.fail_next_matching(operation, fault);
            }
            let error = (write.call)(wiki.clone(), id).await.unwrap_err();
            assert!((write.is_refusal)(&error), "{operation}: {error:?}");
            assert_eq!(error.applied(), Applied::No, "{operation}: {error:?}");
            fake.clear_faults();
        }
    }
}

#[tokio::test]
async fn a_refusal_is_unconfirmed_if_the_caller_may_not_read_the_state_before() {
    let new = || NewPage::new("docs/new", "New", "# New");
    for is_there in [false, true] {
        let fake = FakeWiki::start().await;
        if is_there {
            fake.insert_page(FakePage::new("docs/new", "Theirs"));
        } else {
            fake.fail_next_matching("PagesCreate", Fault::Twice);
        }
        let key = fake.key_with(["write:pages"]);
        let writer = eager(&fake).api_key(key).build().unwrap();
        let error = writer.pages().create(new()).await.unwrap_err();
        assert_eq!(fake.pages().len(), 1);
        assert_eq!(error.applied(), Applied::Unknown, "{error:?}");
        assert!(error.is_conflict(), "{error:?}");
        let expected = "possibly because of an earlier delivery of this request";
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[cfg(feature = "comments")]
#[tokio::test]
async fn a_comment_of_a_caller_who_may_not_read_is_unconfirmed_after_the_rate_limit() {
    let builder = FakeWiki::builder();
    let limits = builder.comment_limits(Duration::ZERO, Duration::from_secs(30));
    let fake = limits.start().await;
    let page = fake.insert_page(FakePage::new("home", "Home"));
    fake.fail_next_matching("CommentsCreate", Fault::Twice);
    let key = fake.key_with(["read:pages", "write:comments"]);
    let writer = eager(&fake).api_key(key).build().unwrap();
    let created = writer.comments().create(page, "A question").await;
    let error = created.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown, "{error:?}");
    assert!(error.is_rate_limited(), "{error:?}");
}

/// Date of an object that was just created, by a clock that is behind, such as that of a replica.
const BEHIND: &str = "2020-01-01T00:00:00.000Z";

#[tokio::test]
async fn a_page_is_recognized_whatever_the_clocks_say() {
    let faults = [
        None,
        Some(Fault::Twice),
        Some(Fault::ResetAfter),
        Some(Fault::RebuildTree),
    ];
    for fault in faults {
        let builder = FakeWiki::builder().write_duration(Duration::ZERO);
        let fake = with_interference(builder, "PagesCreate", |fake| {
            for page in fake.pages() {
                fake.edit_page(page.id, |page| page.created_at = BEHIND.to_owned());
            }
        })
        .await;
        if let Some(fault) = fault.clone() {
            fake.fail_next_matching("PagesCreate", fault);
        }
        let page = NewPage::new("docs/new", "New", "# New").tags(["one"]);
        let created = hurried(&fake).pages().create(page).await;
        let page = created.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(asked(&fake, "PagesCreate"), 1, "{fault:?}");
        assert_eq!(page.created_at, BEHIND, "{fault:?}");
    }
}

#[cfg(feature = "users")]
#[tokio::test]
async fn users_and_groups_are_recognized_whatever_the_clocks_say() {
    for fault in [None, Some(Fault::Twice), Some(Fault::ResetAfter)] {
        let fake = with_interference(FakeWiki::builder(), "UsersCreate", |fake| {
            fake.edit_user(3, |user| user.created_at = BEHIND.to_owned());
        })
        .await;
        let wiki = hurried(&fake);
        if let Some(fault) = fault.clone() {
            fake.fail_next_matching("UsersCreate", fault);
        }
        let created = wiki.users().create(new_user("bob")).await;
        let user = created.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(user.created_at, BEHIND, "{fault:?}");
    }
    let fake = with_interference(FakeWiki::builder(), "GroupsCreate", |fake| {
        fake.edit_group(3, |group| group.created_at = BEHIND.to_owned());
    })
    .await;
    fake.fail_next_matching("GroupsCreate", Fault::ResetAfter);
    let group = hurried(&fake).groups().create("Writers").await.unwrap();
    assert_eq!(group.created_at, BEHIND);
}

#[tokio::test]
async fn a_page_that_was_there_before_is_not_taken_for_a_new_one() {
    for fault in [Fault::ResetBefore, Fault::ResetAfter] {
        let fake = FakeWiki::start().await;
        let new = || NewPage::new("docs/new", "New", "# New");
        let wiki = eager(&fake).retry(RetryPolicy::none()).build().unwrap();
        wiki.pages().create(new()).await.unwrap();
        // Identical, by the same caller, and created a moment ago.
        fake.fail_next_matching("PagesCreate", fault.clone());
        let error = wiki.pages().create(new()).await.unwrap_err();
        assert_eq!(error.applied(), Applied::Unknown, "{fault:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_lost_deletion_of_an_object_that_was_absent_before_is_not_a_success() {
    type Delete = fn(Client) -> BoxFuture<'static, Result<(), Error>>;
    let deletions: Vec<(&str, Delete)> = vec![
        ("PagesDelete", |wiki| Box::pin(wiki.pages().delete(99))),
        ("PagesDeleteTag", |wiki| {
            Box::pin(wiki.pages().delete_tag(99))
        }),
        #[cfg(feature = "comments")]
        ("CommentsDelete", |wiki| {
            Box::pin(wiki.comments().delete(99))
        }),
    ];
    for (operation, delete) in deletions {
        for fault in [Fault::ResetBefore, Fault::ResetAfter] {
            let fake = FakeWiki::start().await;
            let wiki = eager(&fake).retry(RetryPolicy::none()).build().unwrap();
            fake.fail_next_matching(operation, fault.clone());
            let error = delete(wiki.clone()).await.unwrap_err();
            assert_eq!(error.applied(), Applied::Unknown, "{operation}: {error:?}");
            // Without a fault the wiki itself reports the error.
            let error = delete(wiki.clone()).await.unwrap_err();
            assert!(error.is_not_found(), "{operation}: {error:?}");
            assert_eq!(error.applied(), Applied::No, "{operation}: {error:?}");
            // A retry of the lost request gets this error, too.
            fake.fail_next_matching(operation, fault.clone());
            let error = delete(hurried(&fake)).await.unwrap_err();
            assert_ne!(error.applied(), Applied::Yes, "{operation}: {error:?}");
        }
    }
}
