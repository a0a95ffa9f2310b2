//! Comments, with both of their rate limits.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use std::time::Duration;
use wikijs_fake::{FakeComment, FakePage, FakeWiki};

const CREATE: &str = "mutation($p:Int!,$c:String!,$r:Int,$n:String,$e:String){comments{create(pageId:$p,content:$c,\
    replyTo:$r,guestName:$n,guestEmail:$e){responseResult{succeeded errorCode slug message} id}}}";
const FIELDS: &str = "id content render authorId authorName authorEmail authorIP";

async fn wiki() -> FakeWiki {
    FakeWiki::builder()
        .comment_limits(Duration::ZERO, Duration::ZERO)
        .page(FakePage::new("docs/alpha", "Alpha"))
        .start()
        .await
}

async fn create(client: &RawClient, variables: Value) -> Value {
    let answer = client.ask_with(CREATE, variables).await;
    answer["data"]["comments"]["create"].clone()
}

fn outcome(created: &Value) -> (i64, &str) {
    let result = &created["responseResult"];
    (
        result["errorCode"].as_i64().unwrap(),
        result["message"].as_str().unwrap(),
    )
}

#[tokio::test]
async fn a_comment_by_key() {
    let wiki = wiki().await;
    let client = RawClient::new(&wiki);
    // Name and address are ignored, because only guests pass them.
    let variables =
        json!({"p": 1, "c": " Nice **page**!\n<b>x</b> ", "n": "Gast", "e": "g@example.com"});
    let created = create(&client, variables).await;
    assert_eq!(outcome(&created), (0, "New comment posted successfully"));
    let query = format!(
        "{{comments{{list(locale:\"en\",path:\"docs/alpha\"){{{FIELDS}}} single(id:1){{id}}}}}}"
    );
    let answer = client.ask(&query).await;
    assert_eq!(
        answer["data"]["comments"],
        json!({
            "list": [{
                "id": 1, "content": "Nice **page**!\n<b>x</b>",
                "render": "<p>Nice <strong>page</strong>!<br>\n&lt;b&gt;x&lt;/b&gt;</p>\n",
                "authorId": 1, "authorName": "API", "authorEmail": "api@localhost", "authorIP": "127.0.0.1",
            }],
            "single": {"id": 1},
        })
    );
    let answer = client
        .ask("mutation{comments{update(id:1,content:\"\"){responseResult{message} render}}}")
        .await;
    assert_eq!(
        answer["data"]["comments"]["update"],
        json!({"responseResult": {"message": "Comment updated successfully"}, "render": ""})
    );
    let delete = "mutation{comments{delete(id:1){responseResult{errorCode message}}}}";
    for expected in [
        json!({"errorCode": 0, "message": "Comment deleted successfully"}),
        json!({"errorCode": 8005, "message": "This comment does not exist."}),
    ] {
        let answer = client.ask(delete).await;
        assert_eq!(
            answer["data"]["comments"]["delete"]["responseResult"],
            expected
        );
    }
    let answer = client.ask("{comments{single(id:1){id}}}").await;
    assert_eq!(
        first_error(&answer),
        ("This comment does not exist.", Some(8005))
    );
    let answer = client
        .ask("{comments{list(locale:\"en\",path:\"no\"){id}}}")
        .await;
    assert_eq!(answer, json!({"data": {"comments": {"list": []}}}));
}

#[tokio::test]
async fn invalid_comments_are_refused() {
    let wiki = wiki().await;
    let client = RawClient::new(&wiki);
    for (variables, expected) in [
        (json!({"p": 1, "c": " x "}), 8003),
        (json!({"p": 9, "c": "text"}), 6003),
        (json!({"p": 1, "c": "text", "r": null}), 1),
    ] {
        let created = create(&client, variables).await;
        assert_eq!(outcome(&created).0, expected, "{created}");
        assert_eq!(created["id"], Value::Null);
    }
    let created = create(&client, json!({"p": 1, "c": "text", "r": null})).await;
    assert_eq!(created["responseResult"]["slug"], "NotNullViolationError");
    assert!(outcome(&created).1.ends_with(
        "null value in column \"replyTo\" of relation \"comments\" violates not-null constraint"
    ));
    let created = create(&client, json!({"p": 1, "c": "text", "r": 99999})).await;
    assert_eq!(outcome(&created).0, 0, "replyTo is not checked");
    wiki.remove_page(1);
    assert!(wiki.comments().is_empty());
}

#[tokio::test]
async fn guests_have_a_name_and_an_address() {
    let wiki = wiki().await;
    wiki.edit_group(2, |guests| {
        for permissions in [&mut guests.permissions, &mut guests.page_rules[0].roles] {
            permissions.push("write:comments".to_owned());
        }
    });
    let client = RawClient::with_key(&wiki, None);
    for (name, email, expected) in [
        (json!("Gast"), json!(null), "Email is not a valid email"),
        (
            json!("Gast"),
            json!("nowhere"),
            "Email is not a valid email",
        ),
        (json!(""), json!("g@example.com"), "Name can't be blank"),
        (
            json!("G"),
            json!("g@example.com"),
            "Name is too short (minimum is 2 characters)",
        ),
    ] {
        let created = create(&client, json!({"p": 1, "c": "text", "n": name, "e": email})).await;
        assert_eq!(outcome(&created), (1012, expected));
    }
    let created = create(
        &client,
        json!({"p": 1, "c": "text", "n": "Gast", "e": "g@example.com"}),
    )
    .await;
    assert_eq!(outcome(&created).0, 0);
    let comment = wiki.comment(1).unwrap();
    assert_eq!(
        (comment.author_id, comment.author_name.as_str()),
        (2, "Gast")
    );
}

#[tokio::test]
async fn a_forbidden_field_nulls_the_comment() {
    let wiki = wiki().await;
    wiki.insert_comment(FakeComment::new(1, "text"));
    let guest = RawClient::with_key(&wiki, None);
    let list = |fields: &str| {
        format!("{{comments{{list(locale:\"en\",path:\"docs/alpha\"){{{fields}}}}}}}")
    };
    for field in ["content", "authorEmail", "authorIP"] {
        let answer = guest.ask(&list(&format!("id {field}"))).await;
        assert_eq!(answer["data"], json!({"comments": {"list": [null]}}));
        assert_eq!(
            answer["errors"][0]["path"],
            json!(["comments", "list", 0, field])
        );
        assert_eq!(first_error(&answer), ("Forbidden", None));
    }
    let answer = guest.ask(&list("id authorName")).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    let nobody = RawClient::with_key(&wiki, Some(&wiki.key_with(["read:pages"])));
    let answer = nobody.ask(&list("id")).await;
    assert_eq!(answer["data"], json!({"comments": null}));
}

#[tokio::test]
async fn k43_both_limits() {
    let wiki = FakeWiki::builder()
        .page(FakePage::new("docs/alpha", "Alpha"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    let variables = json!({"p": 1, "c": "text"});
    assert_eq!(outcome(&create(&client, variables.clone()).await).0, 0);
    // The rate limit counts the call before the permission is checked.
    for client in [client.clone(), RawClient::with_key(&wiki, None)] {
        let answer = client.ask_with(CREATE, variables.clone()).await;
        assert_eq!(
            first_error(&answer).0,
            "Too many requests, please try again in 15 seconds."
        );
        assert_eq!(answer["data"], json!({"comments": {"create": null}}));
    }
    let wiki = FakeWiki::builder()
        .comment_limits(Duration::ZERO, Duration::from_secs(30))
        .page(FakePage::new("docs/alpha", "Alpha"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    assert_eq!(outcome(&create(&client, variables.clone()).await).0, 0);
    let created = create(&client, variables).await;
    assert_eq!(
        outcome(&created),
        (
            1,
            "Your administrator has set a time limit before you can post another comment. Try again later."
        )
    );
}
