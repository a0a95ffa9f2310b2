//! Comparison of the fake with a real wiki.
//!
//! It runs if `WIKIJS_TEST_URL` and `WIKIJS_TEST_API_KEY` (a full-access key) are set; the wiki must have the locale
//! `en`. Everything that it creates is below one path and is deleted at the end.

use crate::client::{CREATE, RawClient, create_variables, http};
use serde_json::{Value, json};
use std::collections::HashMap;
use wikijs_fake::FakeWiki;

/// Documents whose responses do not depend on the contents of the wiki.
const READS: &[&str] = &[
    "{pages{list{id}",
    "hello",
    "{nope}",
    "{pages{list{titel}}}",
    "{pages{list(foo:1){id}}}",
    "{pages{list(orderBy:TAGS){id}}}",
    "{pages{list(limit:-1){id}}}",
    "{pages{list(locale:5){id}}}",
    "{pages{list(tags:[\"no such tag\"]){id}}}",
    "{pages{single(id:0){id}}}",
    "{pages{single(id:\"x\"){id}}}",
    "{pages{single(id:null){id}}}",
    "{pages{single(id:1)}}",
    "{pages{singleByPath(path:\"no/such/page\",locale:\"en\"){id}}}",
    "{pages{history(id:0){total}}}",
    "{pages{version(pageId:0,versionId:0){title}}}",
    "{pages{checkConflicts(id:0,checkoutDate:\"x\")}}",
    "{pages{conflictLatest(id:0){id}}}",
    "{pages{search(query:\"no such text\"){totalHits suggestions results{id}}}}",
    "{pages{searchTags(query:\"no such tag\")}}",
    "{pages{tree(mode:PAGES,locale:\"en\"){id}}}",
    "{pages{tree(mode:ALL,locale:\"en\",parent:99999){id}}}",
    "{pages{links(locale:\"zz\"){id}}}",
    "query($q:Int){__typename}",
    "query A{__typename} query B{__typename}",
    "mutation{pages{delete(id:0){responseResult{errorCode slug message}}}}",
    "mutation{pages{move(id:0,destinationPath:\"x\",destinationLocale:\"en\"){responseResult{errorCode message}}}}",
    "mutation{pages{update(id:0,content:\"x\"){responseResult{errorCode slug message} page{id}}}}",
    "mutation{pages{convert(id:0,editor:\"code\"){responseResult{errorCode slug message}}}}",
    "mutation{pages{render(id:0){responseResult{errorCode slug message}}}}",
    "mutation{pages{restore(pageId:0,versionId:0){responseResult{errorCode slug message}}}}",
    "mutation{pages{deleteTag(id:0){responseResult{errorCode slug message}}}}",
    "mutation{pages{purgeHistory(olderThan:\"10 years\"){responseResult{errorCode slug message}}}}",
    "mutation{pages{flushCache{responseResult{succeeded errorCode slug message}}}}",
    "{users{profile{id}}}",
    "{groups{single(id:0){id}}}",
];

/// Writes to one page, with the placeholders `ID` and `PATH`, and reads in between.
const STORY: &[&str] = &[
    "update(id:ID,title:\"only a title\")",
    "update(id:ID,content:\"no tags\",title:\"half\")",
    "update(id:ID,content:\"null tags\",tags:null)",
    "update(id:ID,content:\"null title\",tags:[],title:null)",
    "update(id:ID,content:\"date\",tags:[],publishStartDate:5)",
    "update(id:ID,content:\"resets\",tags:[\"differential-a\"])",
    "update(id:ID,content:\"all\",tags:[\"Differential-B \"],isPublished:true,description:\"d\",title:\"t\",scriptJs:\"x()\",scriptCss:\"h1{color:red}\",publishEndDate:\"2033-01-01T00:00:00.000Z\",editor:\"code\")",
    "update(id:ID,content:\"no locale\",tags:[],path:\"PATH-x\")",
    "update(id:ID,content:\"no path\",tags:[],locale:\"zz\")",
    "update(id:ID,content:\"dotted\",tags:[],path:\"PATH.x\",locale:\"en\")",
    "update(id:ID,content:\"slash\",tags:[],path:\"/PATH\",locale:\"en\")",
    "update(id:ID,content:\"moved\",tags:[\"differential-a\"],isPublished:true,path:\"PATH/moved\",locale:\"en\")",
    "move(id:ID,destinationPath:\"PATH/moved\",destinationLocale:\"en\")",
    "move(id:ID,destinationPath:\"PATH/zz\",destinationLocale:\"zz\")",
    "move(id:ID,destinationPath:\"/PATH/back/\",destinationLocale:\"en\")",
    "convert(id:ID,editor:\"markdown\")",
    "convert(id:ID,editor:\"asciidoc\")",
    "convert(id:ID,editor:\"code\")",
];

/// The fields of the page that are compared after each write.
const LOOK: &str = "query($id:Int!){pages{single(id:$id){id path title description isPrivate isPublished \
    publishStartDate publishEndDate tags{tag title} content contentType editor locale scriptCss scriptJs authorId} \
    history(id:$id){total trail{authorId actionType valueBefore valueAfter}}}}";

/// Returns a client for the real wiki, if one is configured.
fn real() -> Option<RawClient> {
    let url = std::env::var("WIKIJS_TEST_URL").ok()?;
    let key = std::env::var("WIKIJS_TEST_API_KEY").ok()?;
    Some(RawClient {
        http: http().build().unwrap(),
        url: format!("{}/graphql", url.trim_end_matches('/')),
        key: Some(key.trim().to_owned()),
    })
}

/// Removes the parts of a response that may differ: stacks, second positions, details of database errors.
fn comparable(mut answer: Value) -> Value {
    for error in answer["errors"].as_array_mut().into_iter().flatten() {
        error["locations"] = error["locations"][0].clone();
        let exception = error["extensions"]["exception"]["code"].clone();
        error["extensions"] = json!({"code": error["extensions"]["code"], "exception": exception});
    }
    answer
}

#[tokio::test]
async fn the_fake_and_the_real_wiki_respond_equally() {
    let Some(real) = real() else {
        return;
    };
    let wiki = FakeWiki::start().await;
    let fake = RawClient::new(&wiki);
    for read in READS {
        let body = json!({"query": read});
        let (expected, answered) = (real.send(&body).await, fake.send(&body).await);
        assert_eq!(answered.0, expected.0, "{read}");
        assert_eq!(comparable(answered.1), comparable(expected.1), "{read}");
    }

    let path = format!("differential-{}", std::process::id());
    let mut differences = Vec::new();
    let mut ids: HashMap<&str, i64> = HashMap::new();
    for (name, client) in [("real", &real), ("fake", &fake)] {
        let replaced = json!({
            "path": path, "tags": ["Differential-A", "differential-b"], "js": "one()", "css": "h2{color:red}",
            "ps": "2030-01-01T00:00:00.000Z",
        });
        let answer = client.ask_with(CREATE, create_variables(&replaced)).await;
        let id = answer["data"]["pages"]["create"]["page"]["id"].as_i64();
        ids.insert(name, id.unwrap_or_else(|| panic!("{name}: {answer}")));
    }
    for write in STORY {
        let mut seen = Vec::new();
        for (name, client) in [("real", &real), ("fake", &fake)] {
            let id = ids[name].to_string();
            let mutation = write.replace("ID", &id).replace("PATH", &path);
            let query = format!(
                "mutation{{pages{{x:{mutation}{{responseResult{{succeeded errorCode slug message}}}}}}}}"
            );
            let outcome = client.ask(&query).await;
            let mut page = client.ask_with(LOOK, json!({"id": ids[name]})).await;
            page["data"]["pages"]["single"]["id"] = json!("ID");
            seen.push((comparable(outcome), comparable(page)));
        }
        if seen[0] != seen[1] {
            differences.push(format!(
                "{write}\n  real: {:?}\n  fake: {:?}",
                seen[0], seen[1]
            ));
        }
    }
    for (name, client) in [("real", &real), ("fake", &fake)] {
        assert!(
            client
                .write(&format!("delete(id:{})", ids[name]))
                .await
                .is_ok(),
            "{name}"
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
