//! `pages.create`.

use crate::door::Door;
use serde_json::json;
use wikijs_fake::FakeWiki;

#[tokio::test]
async fn a_page_is_created_and_can_be_read() {
    let wiki = FakeWiki::start().await;
    let door = Door::new(&wiki);
    let made = door
        .create(json!({
            "path": "docs/alpha", "title": "Alpha", "description": "first", "tags": ["one", "two"],
            "content": "# Alpha\n\nHello **world**\n\n[link](/docs/beta)",
        }))
        .await;
    assert!(made.is_ok(), "{made:?}");
    assert_eq!(made.message, "Page created successfully.");
    assert_eq!(
        made.page,
        json!({"id": 1, "path": "docs/alpha", "title": "Alpha"})
    );

    let pages = door
        .pages(
            "single(id:1){id path hash title description isPrivate isPublished privateNS publishStartDate \
             publishEndDate tags{tag title} content render contentType editor locale scriptCss scriptJs authorId \
             authorName authorEmail creatorId creatorName creatorEmail}",
        )
        .await;
    let page = &pages["single"];
    assert_eq!(page["hash"], "ca09c487f3cbcec679650fb8b9eeca44753c3b42");
    assert_eq!(
        page["tags"],
        json!([{"tag": "one", "title": "one"}, {"tag": "two", "title": "two"}])
    );
    assert_eq!(page["publishStartDate"], "");
    assert_eq!(page["privateNS"], json!(null));
    assert_eq!(
        (&page["editor"], &page["contentType"]),
        (&json!("markdown"), &json!("markdown"))
    );
    assert_eq!(page["authorName"], "Administrator");
    assert_eq!(page["creatorEmail"], "admin@example.com");
    assert!(
        page["render"]
            .as_str()
            .unwrap()
            .contains("<strong>world</strong>"),
        "{page}"
    );

    let stored = wiki.page_by_path("en", "docs/alpha").unwrap();
    assert_eq!(stored.tags, ["one", "two"]);
    assert!(stored.created_at < stored.updated_at);
}
