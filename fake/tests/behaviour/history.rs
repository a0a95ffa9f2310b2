//! `pages.history`, `version` and `restore`, and the queries of editors before they save.

use crate::client::{RawClient, first_error};
use serde_json::json;
use wikijs_fake::{FakePage, FakeWiki};

/// Returns a page that was updated twice and moved in between.
async fn wiki() -> (FakeWiki, RawClient) {
    let wiki = FakeWiki::builder()
        .page(
            FakePage::new("a", "A")
                .content("v1")
                .tags(["t"])
                .scripts("h1{}", "x()"),
        )
        .page(FakePage::new("other", "Other"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    for write in [
        "update(id:1,content:\"v2\",tags:[\"t\"],isPublished:true,title:\"Two\",scriptJs:\"y()\")",
        "move(id:1,destinationPath:\"b\",destinationLocale:\"en\")",
        "update(id:1,content:\"v3\",tags:[\"t\"],isPublished:true,scriptJs:\"y()\")",
    ] {
        assert!(client.write(write).await.is_ok());
    }
    (wiki, client)
}

#[tokio::test]
async fn the_history_is_newest_first_and_shows_earlier_states() {
    let (wiki, client) = wiki().await;
    let pages = client
        .pages("history(id:1){total trail{versionId authorId authorName actionType valueBefore valueAfter}}")
        .await;
    let entry = |id: i64, action: &str, before: Option<&str>, after: Option<&str>| {
        json!({
            "versionId": id, "authorId": 1, "authorName": "Administrator", "actionType": action,
            "valueBefore": before, "valueAfter": after,
        })
    };
    let expected = json!({"total": 3, "trail": [
        entry(3, "move", Some("a"), Some("b")),
        entry(2, "edit", None, None),
        entry(1, "initial", None, None),
    ]});
    assert_eq!(pages["history"], expected);
    assert_eq!(wiki.history(1).len(), 3);
    assert_eq!(
        client.pages("history(id:2){total trail{versionId}}").await["history"],
        json!({"total": 0, "trail": []})
    );
}

#[tokio::test]
async fn the_history_is_paged() {
    let (_wiki, client) = wiki().await;
    let trail = async |arguments: &str| {
        let pages = client
            .pages(&format!(
                "history(id:1,{arguments}){{total trail{{versionId actionType}}}}"
            ))
            .await;
        assert_eq!(pages["history"]["total"], 3);
        let trail = pages["history"]["trail"].as_array().unwrap();
        trail
            .iter()
            .map(|entry| {
                (
                    entry["versionId"].as_i64().unwrap(),
                    entry["actionType"].as_str().unwrap().to_owned(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(trail("offsetSize:1").await, [(3, "move".to_owned())]);
    assert_eq!(
        trail("offsetPage:1,offsetSize:1").await,
        [(2, "edit".to_owned())]
    );
    assert_eq!(
        trail("offsetPage:2,offsetSize:1").await,
        [(1, "move".to_owned())],
        "a wrong guess of Wiki.js"
    );
    assert_eq!(trail("offsetPage:5").await, []);
    assert_eq!(trail("offsetSize:0").await.len(), 3);
    let answer = client
        .ask("{pages{history(id:1,offsetSize:-1){total}}}")
        .await;
    assert!(
        first_error(&answer)
            .0
            .ends_with("limit $2 - LIMIT must not be negative")
    );
}

#[tokio::test]
async fn a_version_has_no_tags_and_its_author_is_a_text() {
    let (_wiki, client) = wiki().await;
    let pages = client
        .pages(
            "version(pageId:1,versionId:1){action authorId authorName content contentType description editor \
             isPrivate isPublished locale pageId path publishEndDate publishStartDate tags title versionId} \
             none:version(pageId:1,versionId:99){title} other:version(pageId:2,versionId:1){title}",
        )
        .await;
    assert_eq!(
        pages["version"],
        json!({
            "action": "updated", "authorId": "1", "authorName": "Administrator", "content": "v1",
            "contentType": "markdown", "description": "", "editor": "markdown", "isPrivate": false,
            "isPublished": true, "locale": "en", "pageId": 1, "path": "a", "publishEndDate": "",
            "publishStartDate": "", "tags": [], "title": "A", "versionId": 1,
        })
    );
    assert_eq!(
        (&pages["none"], &pages["other"]),
        (&json!(null), &json!(null))
    );
}

#[tokio::test]
async fn a_restore_loses_tags_and_scripts_and_restores_the_path() {
    let (wiki, client) = wiki().await;
    let outcome = client.write("restore(pageId:1,versionId:1)").await;
    assert_eq!(
        (outcome.code, outcome.message.as_str()),
        (0, "Page version restored successfully.")
    );
    let page = wiki.page(1).unwrap();
    assert_eq!(
        (
            page.path.as_str(),
            page.title.as_str(),
            page.content.as_str()
        ),
        ("a", "A", "v1")
    );
    assert_eq!((page.tags.len(), page.script_js.as_str()), (0, ""));
    let actions: Vec<_> = wiki
        .history(1)
        .into_iter()
        .map(|version| version.action)
        .collect();
    assert_eq!(
        actions,
        ["updated", "moved", "updated", "restored", "moved"]
    );
    assert_eq!(
        client.write("restore(pageId:1,versionId:99)").await.code,
        6003
    );
    assert_eq!(
        client.write("restore(pageId:2,versionId:1)").await.code,
        6003
    );
    assert_eq!(
        client.write("restore(pageId:9,versionId:1)").await.code,
        6003
    );
}

#[tokio::test]
async fn the_history_of_a_deleted_page_cannot_be_read() {
    let (wiki, client) = wiki().await;
    assert!(client.write("delete(id:1)").await.is_ok());
    for query in [
        "history(id:1){total}",
        "version(pageId:1,versionId:1){title}",
    ] {
        let answer = client.ask(&format!("{{pages{{{query}}}}}")).await;
        assert_eq!(
            first_error(&answer),
            ("Cannot read properties of undefined (reading 'path')", None)
        );
    }
    assert_eq!(wiki.history(1).last().unwrap().action, "deleted");
}

#[tokio::test]
async fn a_purge_accepts_iso_durations() {
    let (wiki, client) = wiki().await;
    assert!(
        client
            .write("purgeHistory(olderThan:\"P10Y\")")
            .await
            .is_ok()
    );
    assert_eq!(wiki.history(1).len(), 3);
    let outcome = client.write("purgeHistory(olderThan:\"10 years\")").await;
    assert_eq!(
        (outcome.code, outcome.message.as_str()),
        (1, "Invalid unit value NaN")
    );
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let outcome = client.write("purgeHistory(olderThan:\"PT0.001S\")").await;
    assert_eq!(outcome.message, "Page history purged successfully.");
    assert!(wiki.history(1).is_empty());
}

#[tokio::test]
async fn conflicts_are_found_by_comparing_texts() {
    let (wiki, client) = wiki().await;
    let updated = wiki.page(1).unwrap().updated_at;
    let offset = updated.replace('Z', "+00:00");
    let seconds = format!("{}Z", updated.split('.').next().unwrap());
    for (date, conflict) in [
        (json!(updated), false),
        (json!("2020-01-01T00:00:00.000Z"), true),
        (json!("2099-01-01T00:00:00.000Z"), false),
        (json!(seconds), false),
        (json!(offset), true),
        (json!("zzz"), false),
        (json!(1), false),
    ] {
        let query = "query($d:Date!){pages{checkConflicts(id:1,checkoutDate:$d)}}";
        let answer = client.ask_with(query, json!({"d": date})).await;
        assert_eq!(
            answer["data"]["pages"]["checkConflicts"], conflict,
            "{date}"
        );
    }
    let answer = client
        .ask("{pages{checkConflicts(id:9,checkoutDate:\"x\")}}")
        .await;
    assert_eq!(first_error(&answer).1, Some(6003));
    assert_eq!(answer["data"], json!({"pages": null}));
    let latest = client
        .pages("conflictLatest(id:1){id authorId authorName content description isPublished locale path tags title updatedAt}")
        .await;
    assert_eq!(
        latest["conflictLatest"],
        json!({
            "id": 1, "authorId": "1", "authorName": "Administrator", "content": "v3", "description": "",
            "isPublished": true, "locale": "en", "path": "b", "tags": ["t"], "title": "Two", "updatedAt": updated,
        })
    );
}
