//! Raw requests, so that the tests depend on no client.

use serde_json::{Value, json};
use wikijs_fake::FakeWiki;

/// `pages.create` with every argument as a variable.
pub(crate) const CREATE: &str = "mutation($content:String!,$description:String!,$editor:String!,$isPublished:Boolean!,\
    $isPrivate:Boolean!,$locale:String!,$path:String!,$tags:[String]!,$title:String!,$ps:Date,$pe:Date,$css:String,\
    $js:String){pages{create(content:$content,description:$description,editor:$editor,isPublished:$isPublished,\
    isPrivate:$isPrivate,locale:$locale,path:$path,tags:$tags,title:$title,publishStartDate:$ps,publishEndDate:$pe,\
    scriptCss:$css,scriptJs:$js){responseResult{succeeded errorCode slug message} page{id path title}}}}";

/// Returns the variables of [`CREATE`], with some of them replaced.
pub(crate) fn create_variables(replaced: &Value) -> Value {
    let mut variables = json!({
        "content": "# Hi\n\ntext", "description": "desc", "editor": "markdown", "isPublished": true,
        "isPrivate": false, "locale": "en", "path": "t/x", "tags": [], "title": "T",
    });
    for (name, value) in replaced.as_object().expect("an object") {
        variables[name] = value.clone();
    }
    variables
}

/// Returns a builder of an HTTP client. Built together with the client of this workspace, reqwest has no TLS provider
/// of its own and builds no client before one is installed, though nothing here is encrypted.
pub(crate) fn http() -> reqwest::ClientBuilder {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// A raw client for a wiki with one key.
#[derive(Debug, Clone)]
pub(crate) struct RawClient {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) key: Option<String>,
}

impl RawClient {
    /// Creates a client with full access.
    pub(crate) fn new(wiki: &FakeWiki) -> Self {
        Self::with_key(wiki, Some(wiki.api_key()))
    }

    pub(crate) fn with_key(wiki: &FakeWiki, key: Option<&str>) -> Self {
        Self {
            http: http().build().expect("an HTTP client"),
            url: format!("{}/graphql", wiki.url()),
            key: key.map(str::to_owned),
        }
    }

    /// Sends a body, and returns the HTTP status and the response.
    pub(crate) async fn send(&self, body: &Value) -> (u16, Value) {
        let mut request = self.http.post(&self.url).json(body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.expect("the wiki responds");
        let status = response.status().as_u16();
        let text = response.text().await.expect("the body is text");
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, answer)
    }

    /// Returns the response to a document.
    pub(crate) async fn ask(&self, query: &str) -> Value {
        self.ask_with(query, json!({})).await
    }

    /// Returns the response to a document with variables.
    pub(crate) async fn ask_with(&self, query: &str, variables: Value) -> Value {
        self.send(&json!({"query": query, "variables": variables}))
            .await
            .1
    }

    /// Returns `data.pages` of the response to a selection of `pages`, which must have no errors.
    pub(crate) async fn pages(&self, selection: &str) -> Value {
        let answer = self.ask(&format!("{{pages{{{selection}}}}}")).await;
        assert!(answer.get("errors").is_none(), "{selection}: {answer}");
        answer["data"]["pages"].clone()
    }

    /// Returns the result of a mutation of `pages` that selects only its `responseResult`.
    pub(crate) async fn write(&self, mutation: &str) -> Outcome {
        let query = format!(
            "mutation{{pages{{x:{mutation}{{responseResult{{succeeded errorCode slug message}}}}}}}}"
        );
        let answer = self.ask(&query).await;
        Outcome::of(&answer["data"]["pages"]["x"], &answer)
    }

    /// Creates a page with some variables replaced.
    pub(crate) async fn create(&self, replaced: Value) -> Outcome {
        let answer = self.ask_with(CREATE, create_variables(&replaced)).await;
        Outcome::of(&answer["data"]["pages"]["create"], &answer)
    }
}

/// The result of a mutation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) code: i64,
    pub(crate) slug: String,
    pub(crate) message: String,
    pub(crate) page: Value,
}

impl Outcome {
    fn of(value: &Value, answer: &Value) -> Self {
        let result = &value["responseResult"];
        assert!(result.is_object(), "no responseResult: {answer}");
        assert_eq!(result["succeeded"], result["errorCode"] == 0, "{answer}");
        Self {
            code: result["errorCode"].as_i64().expect("a code"),
            slug: result["slug"].as_str().expect("a slug").to_owned(),
            message: result["message"].as_str().expect("a message").to_owned(),
            page: value["page"].clone(),
        }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.code == 0
    }

    /// Returns the id of the page in the response.
    pub(crate) fn id(&self) -> i64 {
        self.page["id"]
            .as_i64()
            .unwrap_or_else(|| panic!("no page: {self:?}"))
    }
}

/// Returns message, and code of Wiki.js, of the first error of a response.
pub(crate) fn first_error(answer: &Value) -> (&str, Option<i64>) {
    let error = &answer["errors"][0];
    let message = error["message"]
        .as_str()
        .unwrap_or_else(|| panic!("no error: {answer}"));
    (message, error["extensions"]["exception"]["code"].as_i64())
}
