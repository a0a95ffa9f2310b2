//! Files: uploads to `/u`, downloads, and `assets`.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use std::time::Duration;
use wikijs_fake::{FakeAsset, FakeGroup, FakeWiki, Fault, PageRule, RuleMatch};

const BOUNDARY: &str = "----boundary";

/// A part of a form: a text, or a file if it has a name.
fn part(field: &str, filename: Option<&str>, content: &str) -> String {
    let filename = filename.map_or(String::new(), |name| format!("; filename=\"{name}\""));
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"{filename}\r\n\
         Content-Type: application/octet-stream\r\n\r\n{content}\r\n"
    )
}

fn file_form(metadata: &str, filename: &str, content: &str) -> String {
    part("mediaUpload", None, metadata) + &part("mediaUpload", Some(filename), content)
}

impl RawClient {
    fn at(&self, path: &str) -> String {
        self.url.replace("/graphql", path)
    }

    async fn post_form(&self, parts: &str) -> (u16, String) {
        let mut request = self
            .http
            .post(self.at("/u"))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(format!("{parts}--{BOUNDARY}--\r\n"));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn upload(&self, folder: i64, filename: &str, content: &str) -> (u16, String) {
        let metadata = format!("{{\"folderId\":{folder}}}");
        self.post_form(&file_form(&metadata, filename, content))
            .await
    }

    /// Returns status, content type and content.
    async fn get(&self, path: &str) -> (u16, String, String) {
        let mut request = self.http.get(self.at(path));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let content_type = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (status, content_type, response.text().await.unwrap())
    }

    /// Returns code and message of a mutation of assets.
    async fn change(&self, mutation: &str) -> (i64, String) {
        let query =
            format!("mutation{{assets{{x:{mutation}{{responseResult{{errorCode slug}}}}}}}}");
        let answer = self.ask(&query).await;
        let result = &answer["data"]["assets"]["x"]["responseResult"];
        assert!(result.is_object(), "{answer}");
        (
            result["errorCode"].as_i64().unwrap(),
            result["slug"].as_str().unwrap().to_owned(),
        )
    }
}

fn refusal(message: &str) -> String {
    json!({"succeeded": false, "message": message}).to_string()
}

#[tokio::test]
async fn an_upload_returns_ok_and_is_listed() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    assert_eq!(
        client.upload(0, "Photo 1.PNG", "12").await,
        (200, "ok".to_owned())
    );
    let query = "{assets{list(folderId:0,kind:ALL){id filename ext kind mime fileSize metadata folder{id} author{id}}}}";
    let expected = json!([{
        "id": 1, "filename": "photo_1.png", "ext": ".png", "kind": "BINARY", "mime": "application/octet-stream",
        "fileSize": 2, "metadata": null, "folder": null, "author": null,
    }]);
    assert_eq!(client.ask(query).await["data"]["assets"]["list"], expected);
    let (status, mime, content) = client.get("/photo_1.png").await;
    assert_eq!(
        (status, mime.as_str(), content.as_str()),
        (200, "image/png", "12")
    );
}

#[tokio::test]
async fn an_upload_overwrites_a_file_of_the_same_name() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    client.upload(0, "x.zip", "one").await;
    let first = wiki.asset_at("x.zip").unwrap();
    client.upload(0, "X.ZIP", "other").await;
    let second = wiki.asset_at("x.zip").unwrap();
    assert_eq!((second.id, second.file_size), (first.id, 5));
    assert_eq!(second.created_at, first.created_at);
    assert!(second.updated_at > first.updated_at);
    assert_eq!(wiki.assets().len(), 1);
}

#[tokio::test]
async fn an_upload_into_a_missing_folder_is_lost() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    assert_eq!(
        client.upload(99, "x.png", "x").await,
        (200, "ok".to_owned())
    );
    assert_eq!((wiki.assets().len(), wiki.temp_uploads()), (0, 1));
    assert_eq!(client.change("flushTempUploads").await.0, 0);
    assert_eq!(wiki.temp_uploads(), 0);
    // The id of the lost upload is not reused.
    client.upload(0, "y.png", "y").await;
    assert_eq!(wiki.asset_at("y.png").unwrap().id, 2);
}

#[tokio::test]
async fn invalid_forms_are_refused() {
    let wiki = FakeWiki::builder().upload_limit(10).start().await;
    let client = RawClient::new(&wiki);
    let file = part("mediaUpload", Some("x.png"), "x");
    let two = file_form("{}", "x.png", "x") + &file;
    for (form, status, message) in [
        (file.clone(), 400, "Missing upload folder metadata."),
        (
            file_form("no JSON", "x.png", "x"),
            400,
            "Missing upload folder metadata.",
        ),
        (
            file_form("{\"folderId\":\"abc\"}", "x.png", "x"),
            400,
            "Failed to fetch folder hierarchy.",
        ),
        (
            two,
            400,
            "You cannot upload multiple files within the same request.",
        ),
        (
            part("mediaUpload", None, "{}"),
            400,
            "Missing upload payload.",
        ),
    ] {
        assert_eq!(client.post_form(&form).await, (status, refusal(message)));
    }
    for (form, message) in [
        (file_form("{}", "x.png", "12345678901"), "File too large"),
        (part("other", Some("x.png"), "x"), "Unexpected field"),
    ] {
        let (status, page) = client.post_form(&form).await;
        assert_eq!(status, 500);
        assert!(
            page.starts_with("<!DOCTYPE html>") && page.contains(message),
            "{page}"
        );
    }
    assert!(wiki.assets().is_empty());
    assert_eq!(
        client
            .post_form(&file_form("{}", "x.png", "1234567890"))
            .await
            .0,
        200
    );
    let config = client
        .ask("{site{config{uploadMaxFileSize pageExtensions}}}")
        .await;
    assert_eq!(
        config["data"]["site"]["config"],
        json!({"uploadMaxFileSize": 10, "pageExtensions": "md, html, txt"})
    );
}

#[tokio::test]
async fn files_are_stored_under_empty_names() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    for name in ["..", "con.png", "aux.tar.gz"] {
        assert_eq!(client.upload(0, name, "x").await.0, 200);
    }
    let assets = wiki.assets();
    assert_eq!(assets.len(), 1, "{assets:?}");
    assert_eq!(assets[0].filename, "");
    client.upload(0, "a/b\\\\c.png", "x").await;
    assert!(wiki.asset_at("c.png").is_some());
}

#[tokio::test]
async fn scripts_of_an_svg_are_removed_and_its_size_is_kept() {
    let wiki = FakeWiki::start().await;
    let svg = "<svg><script>alert(1)</script><g/></svg>";
    RawClient::new(&wiki).upload(0, "x.svg", svg).await;
    let stored = wiki.asset_at("x.svg").unwrap();
    assert_eq!(stored.content, b"<svg><g/></svg>");
    assert_eq!(stored.file_size, i64::try_from(svg.len()).unwrap());
}

#[tokio::test]
async fn uploads_need_a_permission() {
    let wiki = FakeWiki::start().await;
    let folder = wiki.insert_asset_folder("closed");
    let group = FakeGroup::new("Writers", ["read:assets", "write:assets"]).page_rules([
        PageRule::allow(["write:assets"], RuleMatch::Start, ""),
        PageRule::deny(["write:assets"], RuleMatch::Start, "closed"),
    ]);
    let writer = wiki.key_for(wiki.insert_group(group));
    let writer = RawClient::with_key(&wiki, Some(&writer));
    assert_eq!(
        writer.upload(folder, "x.png", "x").await,
        (
            403,
            refusal("You are not authorized to upload files to this folder.")
        )
    );
    assert_eq!(writer.upload(0, "x.png", "x").await.0, 200);
    let message = refusal("You are not authorized to upload files.");
    for key in [
        None,
        Some(wiki.garbage_key()),
        Some(wiki.key_with(["read:assets"])),
    ] {
        let client = RawClient::with_key(&wiki, key.as_deref());
        assert_eq!(client.upload(0, "y.png", "y").await, (403, message.clone()));
    }
    let revoked = RawClient::with_key(&wiki, Some(&wiki.revoked_key()));
    let (status, page) = revoked.upload(0, "y.png", "y").await;
    assert!(status == 500 && page.contains("<span>API Key is invalid or was revoked.</span>"));
    assert_eq!(wiki.assets().len(), 1);
}

#[tokio::test]
async fn some_requests_get_no_response() {
    let wiki = FakeWiki::builder()
        .asset(FakeAsset::new("x.png", "x"))
        .start()
        .await;
    let http = crate::client::http()
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let url = |path: &str| format!("{}{path}", wiki.url());
    let expired = wiki.expired_key(1);
    for request in [
        http.post(url("/u"))
            .bearer_auth(wiki.api_key())
            .json(&json!({})),
        http.get(url("/x.png")).bearer_auth(&expired),
        http.post(url("/u"))
            .bearer_auth(&expired)
            .header("content-type", "multipart/form-data"),
    ] {
        assert!(request.send().await.unwrap_err().is_timeout());
    }
}

#[tokio::test]
async fn folders() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let create = async |parent: i64, slug: &str| {
        let mutation = format!(
            "createFolder(parentFolderId:{parent},slug:{},name:\"Other\")",
            json!(slug)
        );
        client.change(&mutation).await
    };
    assert_eq!(create(0, "Docs").await.0, 0);
    assert_eq!(
        create(0, "docs").await,
        (2002, "AssetFolderExists".to_owned())
    );
    assert_eq!(create(0, "a/b c").await.0, 0);
    assert_eq!(create(0, "").await.0, 0);
    assert_eq!(
        create(0, "con").await.0,
        2002,
        "the name is empty after normalization"
    );
    assert_eq!(
        create(99, "x").await,
        (1, "ForeignKeyViolationError".to_owned())
    );
    assert_eq!(create(1, "sub").await.0, 0);
    let query = "{assets{root:folders(parentFolderId:0){id slug name} docs:folders(parentFolderId:1){id slug} \
                 none:folders(parentFolderId:99){id}}}";
    assert_eq!(
        client.ask(query).await["data"]["assets"],
        json!({
            "root": [
                {"id": 1, "slug": "docs", "name": "docs"}, {"id": 2, "slug": "ab c", "name": "ab c"},
                {"id": 3, "slug": "", "name": ""},
            ],
            "docs": [{"id": 5, "slug": "sub"}],
            "none": [],
        })
    );
    let reader = RawClient::with_key(&wiki, Some(&wiki.key_with(["read:assets"])));
    let refused = reader
        .ask("mutation{assets{createFolder(parentFolderId:0,slug:\"x\"){responseResult{succeeded}}}}")
        .await;
    assert_eq!(first_error(&refused), ("Forbidden", None));
}

#[tokio::test]
async fn renaming_and_deleting() {
    let wiki = FakeWiki::start().await;
    let id = wiki.insert_asset(FakeAsset::new("docs/x.png", "x"));
    wiki.insert_asset(FakeAsset::new("docs/y.png", "y"));
    let bare = wiki.insert_asset(FakeAsset::new("noext", "z"));
    let client = RawClient::new(&wiki);
    let rename = async |id: i64, name: &str| {
        client
            .change(&format!("renameAsset(id:{id},filename:{})", json!(name)))
            .await
            .0
    };
    assert_eq!(rename(id, "x.jpg").await, 2008);
    assert_eq!(rename(id, "").await, 2008);
    assert_eq!(rename(id, ".png").await, 2007);
    assert_eq!(rename(id, "y.png").await, 2005);
    assert_eq!(rename(id, "x.png").await, 2005);
    assert_eq!(rename(99, "x.png").await, 2004);
    assert_eq!(rename(id, "a/b, New Name.PNG").await, 0);
    let renamed = wiki.asset_at("docs/ab, new name.png").unwrap();
    assert_eq!((renamed.id, renamed.ext.as_str()), (id, ".png"));
    assert_eq!(rename(bare, "now.png").await, 0);
    assert_eq!(wiki.asset_at("now.png").unwrap().ext, "");

    assert_eq!(client.change(&format!("deleteAsset(id:{id})")).await.0, 0);
    assert_eq!(
        client.change(&format!("deleteAsset(id:{id})")).await,
        (2004, "AssetInvalid".to_owned())
    );
    assert_eq!(client.get("/docs/ab,%20new%20name.png").await.0, 404);
}

#[tokio::test]
async fn page_rules_apply_to_changes() {
    let wiki = FakeWiki::start().await;
    let permissions = ["read:assets", "write:assets", "manage:assets"];
    let group = FakeGroup::new("Some", permissions).page_rules([
        PageRule::allow(permissions, RuleMatch::Start, "docs"),
        PageRule::deny(["write:assets"], RuleMatch::Exact, "docs/no.png"),
        PageRule::allow(["read:assets"], RuleMatch::Start, "free"),
        // This rule applies only to downloads, because Wiki.js passes no locale elsewhere.
        PageRule::allow(permissions, RuleMatch::Start, "local").locales(["en"]),
    ]);
    let client = RawClient::with_key(&wiki, Some(&wiki.key_for(wiki.insert_group(group))));
    let docs = wiki.insert_asset(FakeAsset::new("docs/x.png", "x"));
    let free = wiki.insert_asset(FakeAsset::new("free/x.png", "x"));
    let local = wiki.insert_asset(FakeAsset::new("local/x.png", "x"));
    let change = async |mutation: String| client.change(&mutation).await.0;
    assert_eq!(
        change(format!("renameAsset(id:{docs},filename:\"no.png\")")).await,
        2009
    );
    assert_eq!(
        change(format!("renameAsset(id:{free},filename:\"y.png\")")).await,
        2006
    );
    assert_eq!(change(format!("deleteAsset(id:{free})")).await, 2003);
    assert_eq!(change(format!("deleteAsset(id:{local})")).await, 2003);
    let seen = client
        .ask("{assets{folders(parentFolderId:0){slug} list(folderId:3,kind:ALL){id}}}")
        .await;
    assert_eq!(
        seen["data"]["assets"],
        json!({"folders": [{"slug": "docs"}, {"slug": "free"}], "list": []})
    );
    assert_eq!(client.get("/local/x.png").await.0, 200);
    assert_eq!(client.get("/none/x.png").await, forbidden());
}

fn forbidden() -> (u16, String, String) {
    (
        403,
        "text/plain; charset=utf-8".to_owned(),
        "Forbidden".to_owned(),
    )
}

#[tokio::test]
async fn downloads() {
    let wiki = FakeWiki::start().await;
    for path in [
        "docs/x.zip",
        "docs/readme.txt",
        "docs/noext",
        "a/x.png",
        "en/x.png",
        "favicon.ico",
        "a..b.png",
    ] {
        wiki.insert_asset(FakeAsset::new(path, path));
    }
    let client = RawClient::new(&wiki);
    for (path, status, content) in [
        ("/docs/x.zip", 200, "docs/x.zip"),
        ("/docs/%78.zip", 200, "docs/x.zip"),
        ("/en/docs/x.zip", 200, "docs/x.zip"),
        ("/x/docs/x.zip", 200, "docs/x.zip"),
        ("/DOCS/X.ZIP", 404, "Not Found"),
        ("/docs/none.zip", 404, "Not Found"),
        ("/a/x.png", 200, "<!DOCTYPE html>"),
        ("/en/a/x.png", 200, "a/x.png"),
        ("/en/x.png", 404, "Not Found"),
        ("/en/en/x.png", 200, "en/x.png"),
        ("/favicon.ico", 200, "<!DOCTYPE html>"),
        ("/a..b.png", 404, "Not Found"),
        ("/docs/readme.txt", 404, "<!DOCTYPE html>"),
        ("/docs/noext", 404, "<!DOCTYPE html>"),
    ] {
        let (found, _, body) = client.get(path).await;
        assert_eq!(found, status, "{path}");
        assert!(body.starts_with(content), "{path}: {body}");
    }
    let guest = RawClient::with_key(&wiki, None);
    assert_eq!(guest.get("/docs/x.zip").await.0, 200);
    let blind = RawClient::with_key(&wiki, Some(&wiki.key_with(["read:pages"])));
    assert_eq!(blind.get("/docs/x.zip").await, forbidden());
    assert_eq!(blind.get("/docs/none.zip").await, forbidden());
}

#[tokio::test]
async fn faults_hit_uploads_and_downloads() {
    let wiki = FakeWiki::builder()
        .asset(FakeAsset::new("docs/x.zip", "x"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    wiki.fail_next_matching("POST /u", Fault::status(502));
    wiki.fail_next_matching("GET /docs/x.zip", Fault::status(503));
    wiki.fail_next(Fault::LoseUpload);
    assert_eq!(
        client.ask("{assets{list(folderId:0,kind:ALL){id}}}").await["errors"],
        Value::Null
    );
    assert_eq!(client.upload(0, "y.zip", "y").await.0, 502);
    assert_eq!(client.get("/docs/x.zip").await.0, 503);
    assert_eq!(client.upload(0, "y.zip", "y").await, (200, "ok".to_owned()));
    assert_eq!((wiki.assets().len(), wiki.pending_faults()), (1, 0));
    let names: Vec<_> = wiki
        .injected()
        .into_iter()
        .filter_map(|fault| fault.operation)
        .collect();
    assert_eq!(names, ["POST /u", "GET /docs/x.zip", "POST /u"]);
}
