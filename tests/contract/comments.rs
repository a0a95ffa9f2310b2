//! Comments on pages.

use std::time::Duration;

use wikijs_client::{
    Applied, Client, Error, PageId, RetryPolicy,
    comments::{Comment, NewComment},
    pages::Page,
};
use wikijs_fake::{FakeComment, FakePage, FakeWiki, Fault};

use crate::support::{
    Wiki, asked, assert_unconfirmed, lost_after, lost_before, observing_briefly, refused,
    with_interference,
};

/// Posts a comment as soon as the wiki accepts one. A real wiki requires 30 s between comments of one account.
async fn post(wiki: &Wiki, page: &Page, comment: impl Into<NewComment>) -> Comment {
    let comment = comment.into();
    loop {
        match wiki
            .client
            .comments()
            .create(page.id, comment.clone())
            .await
        {
            Err(error) if error.is_rate_limited() && wiki.fake().is_none() => {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            other => return other.unwrap(),
        }
    }
}

/// Starts a fake with a page and without rate limits for comments.
async fn fake_wiki() -> (FakeWiki, PageId) {
    let fake = FakeWiki::builder()
        .comment_limits(Duration::ZERO, Duration::ZERO)
        .page(FakePage::new("docs/page", "Page"))
        .start()
        .await;
    (fake, PageId::new(1))
}

fn hurried(fake: &FakeWiki) -> Client {
    Client::builder(fake.url())
        .api_key(fake.api_key())
        .timeout(Duration::from_millis(500))
        .retry(
            RetryPolicy::default()
                .min_delay(Duration::from_millis(2))
                .max_elapsed(Duration::from_secs(5)),
        )
        .build()
        .unwrap()
}

#[tokio::test]
async fn comments_are_created_read_updated_and_deleted() {
    let wiki = Wiki::start().await;
    let page = wiki.page("discussed").await;
    let comments = wiki.client.comments();
    assert_eq!(comments.list(&page.path).await.unwrap(), []);

    let posted = post(&wiki, &page, "  A **good** page. ").await;
    assert_eq!(posted.content.as_deref(), Some("A **good** page."));
    assert_eq!(posted.render, "<p>A <strong>good</strong> page.</p>\n");
    assert_eq!(posted.author_name, "API");
    assert_eq!(posted.author_email.as_deref(), Some("api@localhost"));
    assert!(posted.author_ip.is_some() && !posted.is_by_guest());
    assert_eq!(
        comments.list(&page.path).await.unwrap(),
        std::slice::from_ref(&posted)
    );
    assert_eq!(comments.get(posted.id).await.unwrap(), posted);

    let changed = comments.update(posted.id, " Better. ").await.unwrap();
    assert_eq!(changed.content.as_deref(), Some("Better."));
    assert_eq!(changed.render, "<p>Better.</p>\n");
    assert_eq!(
        (changed.id, &changed.created_at),
        (posted.id, &posted.created_at)
    );
    assert!(changed.updated_at > posted.updated_at);

    comments.delete(posted.id).await.unwrap();
    assert_eq!(comments.get_opt(posted.id).await.unwrap(), None);
    assert_eq!(comments.list(&page.path).await.unwrap(), []);
}

#[tokio::test]
async fn missing_pages_and_comments_are_not_found() {
    let wiki = Wiki::start().await;
    let comments = wiki.client.comments();
    let missing = i32::MAX;
    for error in [
        comments.get(missing).await.unwrap_err(),
        comments.update(missing, "text").await.unwrap_err(),
        comments.delete(missing).await.unwrap_err(),
        comments.list(wiki.path("nowhere")).await.unwrap_err(),
        comments
            .create(missing, NewComment::new("text").reply_to(missing))
            .await
            .unwrap_err(),
    ] {
        assert!(error.is_not_found(), "{error}");
        assert_eq!(error.applied(), Applied::No);
    }
    // A caller who may not read single pages also learns whether the page exists.
    let reader = wiki.client_with(&["read:pages", "read:comments"]).await;
    let page = wiki.page("silent").await;
    assert_eq!(reader.comments().list(page.path).await.unwrap(), []);
    let error = reader.comments().list(wiki.path("nowhere")).await;
    assert!(error.unwrap_err().is_not_found());
    if let Some(fake) = wiki.fake() {
        let page = fake.insert_page(FakePage::new("fr", "fr").locale("fr"));
        fake.insert_comment(FakeComment::new(page, "Bonjour"));
        assert!(comments.list("fr").await.unwrap_err().is_not_found());
        assert_eq!(comments.list("/fr/").locale("fr").await.unwrap().len(), 1);
        let error = comments.create(missing, "text").await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }
}

#[tokio::test]
async fn visible_fields_of_a_comment_depend_on_permissions() {
    let wiki = Wiki::start().await;
    let page = wiki.page("discussed").await;
    let posted = post(&wiki, &page, "Some *text*").await;
    let reader = wiki.client_with(&["read:pages", "read:comments"]).await;
    let seen = reader.comments().list(&page.path).await.unwrap();
    let mut expected = posted.clone();
    (expected.content, expected.author_email, expected.author_ip) = (None, None, None);
    assert_eq!(seen, [expected.clone()]);
    if let Some(fake) = wiki.fake() {
        fake.clear_requests();
    }
    assert_eq!(reader.comments().get(posted.id).await.unwrap(), expected);
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 1, "the refusal is remembered");
        let writer = fake.key_with(["read:comments", "write:comments"]);
        let writer = crate::support::client(fake.url(), &writer);
        let seen = writer.comments().list(&page.path).await.unwrap();
        expected.content.clone_from(&posted.content);
        assert_eq!(seen, [expected]);
        // The permission to post does not include changing comments, not even one's own.
        let own = writer.comments().create(page.id, "own").await.unwrap();
        for error in [
            writer.comments().update(own.id, "other").await.unwrap_err(),
            writer.comments().delete(own.id).await.unwrap_err(),
        ] {
            assert!(error.is_forbidden(), "{error}");
        }
    }
    let error = reader.comments().create(page.id, "text").await.unwrap_err();
    // A real wiki checks the rate limit before permissions.
    assert!(error.is_forbidden() || wiki.fake().is_none(), "{error}");
    let error = reader.comments().delete(posted.id).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    let nobody = wiki.client_with(&["read:pages"]).await;
    let error = nobody.comments().list(&page.path).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

#[tokio::test]
async fn a_comment_that_cannot_be_read_back_is_unconfirmed() {
    let (fake, page) = fake_wiki().await;
    let key = fake.key_with(["write:comments"]);
    let writer = crate::support::client(fake.url(), &key);
    let error = writer.comments().create(page, "text").await.unwrap_err();
    assert_unconfirmed(&error, &fake, "CommentsCreate");
    assert!(error.is_forbidden(), "{error:?}");
    assert_eq!(fake.comments().len(), 1);
}

#[tokio::test]
async fn k43_a_rate_limited_comment_is_retried_or_returns_the_delay() {
    let start = async |limit| {
        FakeWiki::builder()
            .comment_limits(limit, Duration::ZERO)
            .page(FakePage::new("docs/page", "Page"))
            .start()
            .await
    };
    // The default limit of Wiki.js, which is longer than this client waits.
    let fake = start(Duration::from_secs(15)).await;
    let comments = hurried(&fake).comments();
    comments.create(1, "first").await.unwrap();
    let error = comments.create(1, "second").await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    let wait = error.retry_after().unwrap().as_secs();
    assert!((1..=15).contains(&wait), "{wait}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(fake.comments().len(), 1);

    let fake = start(Duration::from_secs(3)).await;
    let comments = hurried(&fake).comments();
    for content in ["first", "second"] {
        comments.create(1, content).await.unwrap();
    }
    assert_eq!(fake.comments().len(), 2);
    let tries = asked(&fake, "CommentsCreate");
    assert!(tries > 2, "the wiki refused the second one at first");
}

#[tokio::test]
async fn k43_the_delay_of_an_account_is_reported() {
    let fake = FakeWiki::builder()
        .comment_limits(Duration::ZERO, Duration::from_secs(30))
        .page(FakePage::new("docs/page", "Page"))
        .start()
        .await;
    let comments = hurried(&fake).comments();
    comments.create(1, "first").await.unwrap();
    let error = comments.create(1, "second").await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!((error.retry_after(), error.applied()), (None, Applied::No));
    assert_eq!(fake.comments().len(), 1);
}

#[tokio::test]
async fn k43_a_reply_to_a_comment_of_another_page_is_not_sent() {
    let (fake, page) = fake_wiki().await;
    let comments = hurried(&fake).comments();
    let first = comments.create(page, "question").await.unwrap();
    let reply = NewComment::new("answer").reply_to(first.id);
    let answer = comments.create(page, reply).await.unwrap();
    let kept = |id: wikijs_client::CommentId| fake.comment(id.get()).unwrap();
    assert_eq!(kept(first.id).reply_to, 0);
    assert_eq!(kept(answer.id).reply_to, first.id.get());
    for request in fake.requests() {
        for operation in request.operations {
            assert!(
                !operation.variables["replyTo"].is_null()
                    || operation.variables.get("replyTo").is_none()
            );
        }
    }
    let other = fake.insert_page(FakePage::new("other", "Other"));
    let elsewhere = fake.insert_comment(FakeComment::new(other, "elsewhere"));
    for missing in [elsewhere, 999] {
        let reply = NewComment::new("answer").reply_to(missing);
        let error = comments.create(page, reply).await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }
    assert_eq!(fake.comments().len(), 3);
}

#[tokio::test]
async fn only_guests_send_name_and_address() {
    let (fake, page) = fake_wiki().await;
    fake.edit_group(2, |guests| {
        for permissions in [&mut guests.permissions, &mut guests.page_rules[0].roles] {
            permissions.push("write:comments".to_owned());
        }
    });
    let guest = Client::builder(fake.url()).build().unwrap().comments();
    let by = |name: &str, email: &str| NewComment::new("Hello").guest(name, email);
    for comment in [
        NewComment::new("Hello"),
        by("G", "gast@example.com"),
        by("  ", "gast@example.com"),
        by("Gast", "nowhere"),
    ] {
        let error = guest.create(page, comment).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    let comment = guest
        .create(page, by("Gast", "gast@example.com"))
        .await
        .unwrap();
    assert!(comment.is_by_guest());
    assert_eq!(comment.author_name, "Gast");
    assert_eq!(comment.author_email, None);
    let kept = fake.comment(comment.id.get()).unwrap();
    assert_eq!(kept.author_email, "gast@example.com");
    // An address that this library accepts and the wiki refuses.
    let error = guest.create(page, by("Gast", "a@b")).await.unwrap_err();
    assert!(
        error.is_invalid_input() && matches!(error, Error::Api(_)),
        "{error:?}"
    );

    let with_key = hurried(&fake).comments();
    let error = with_key
        .create(page, by("Gast", "gast@example.com"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
}

#[tokio::test]
async fn a_comment_has_at_least_two_characters() {
    let (fake, page) = fake_wiki().await;
    let comments = hurried(&fake).comments();
    let id = fake.insert_comment(FakeComment::new(page.get(), "kept"));
    for content in ["", " x\n", "a\0b"] {
        for error in [
            comments.create(page, content).await.unwrap_err(),
            comments.update(id, content).await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        }
    }
    assert_eq!(fake.request_count(), 0);
    assert_eq!(fake.comment(id).unwrap().content, "kept");
}

#[tokio::test]
async fn the_outcome_of_a_comment_is_detected_after_a_lost_response() {
    for fault in lost_after().into_iter().chain(refused()) {
        let (fake, page) = fake_wiki().await;
        fake.insert_comment(FakeComment::new(page.get(), "Thanks!"));
        let comments = hurried(&fake).comments();
        fake.fail_next_matching("CommentsCreate", fault.clone());
        let posted = comments.create(page, "Thanks!").await;
        let posted = posted.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(
            (posted.id.get(), fake.comments().len()),
            (2, 2),
            "{fault:?}"
        );
        fake.fail_next_matching("CommentsUpdate", fault.clone());
        comments.update(posted.id, "Thank you!").await.unwrap();
        assert_eq!(fake.comment(2).unwrap().content, "Thank you!");
        fake.fail_next_matching("CommentsDelete", fault.clone());
        comments.delete(posted.id).await.unwrap();
        assert_eq!(fake.comments().len(), 1);
        assert_eq!(fake.injected_count(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_comment_that_is_not_observed_is_unconfirmed() {
    for fault in lost_before() {
        let (fake, page) = fake_wiki().await;
        let id = fake.insert_comment(FakeComment::new(page.get(), "Thanks!"));
        let comments = observing_briefly(&fake).comments();
        for operation in ["CommentsCreate", "CommentsUpdate", "CommentsDelete"] {
            fake.fail_next_matching(operation, fault.clone());
        }
        // A comment with the same content exists already.
        let error = comments.create(page, "Thanks!").await.unwrap_err();
        assert_unconfirmed(&error, &fake, "CommentsCreate");
        let Error::Unconfirmed(unconfirmed) = &error else {
            panic!("{error:?}")
        };
        assert!(!unconfirmed.is_safe_to_repeat);
        let error = comments.update(id, "Thank you!").await.unwrap_err();
        assert_unconfirmed(&error, &fake, "CommentsUpdate");
        assert_eq!(fake.comment(id).unwrap().content, "Thanks!");
        comments.delete(id).await.unwrap();
        assert_eq!(
            (asked(&fake, "CommentsDelete"), fake.comments().len()),
            (2, 0)
        );
    }
}

#[tokio::test]
async fn a_comment_by_another_author_is_distinguished() {
    let builder = || {
        FakeWiki::builder()
            .comment_limits(Duration::ZERO, Duration::ZERO)
            .page(FakePage::new("docs/page", "Page"))
    };
    // The author distinguishes the comments. With two comments of one author, nothing does.
    for (fault, author) in [(Fault::ResetBefore, 2), (Fault::ResetAfter, 1)] {
        let fake = with_interference(builder(), "CommentsCreate", move |fake| {
            let theirs = FakeComment::new(1, "Thanks!");
            fake.insert_comment(theirs.author(author, "Somebody", "somebody@example.com"));
        })
        .await;
        fake.fail_next_matching("CommentsCreate", fault);
        let posted = observing_briefly(&fake)
            .comments()
            .create(1, "Thanks!")
            .await;
        assert_unconfirmed(&posted.unwrap_err(), &fake, "CommentsCreate");
    }
}
