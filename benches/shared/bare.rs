//! The baseline of the comparisons: a client for the two queries, written by hand with reqwest and
//! `serde_json`. It has the same documents, variables, headers and connection settings, and structs with the
//! same fields.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wikijs_client::api::{pages_get, pages_list};

use super::Result;

/// The API key of canned servers.
pub(crate) const KEY: &str = "a-key-of-the-benchmark";

#[derive(Debug, Clone)]
pub(crate) struct Bare {
    http: reqwest::Client,
    endpoint: reqwest::Url,
    authorization: HeaderValue,
}

#[derive(Debug, Serialize)]
struct Body<'a, Variables> {
    variables: Variables,
    query: &'a str,
    #[serde(rename = "operationName")]
    operation_name: &'a str,
}

#[derive(Debug, Serialize)]
struct ById {
    id: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InOrder {
    order_by: &'static str,
    order_by_direction: &'static str,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answer<Data> {
    pub(crate) data: Option<Data>,
    #[serde(default)]
    pub(crate) errors: Vec<Failure>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Single {
    pub(crate) pages: SinglePage,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SinglePage {
    pub(crate) single: Page,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "the same fields as the client decodes")]
pub(crate) struct Page {
    pub(crate) id: i64,
    pub(crate) path: String,
    pub(crate) hash: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) is_private: bool,
    pub(crate) is_published: bool,
    #[serde(rename = "privateNS")]
    pub(crate) private_ns: Option<String>,
    pub(crate) publish_start_date: String,
    pub(crate) publish_end_date: String,
    pub(crate) tags: Vec<PageTag>,
    pub(crate) content: String,
    pub(crate) render: Option<String>,
    pub(crate) content_type: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) editor: String,
    pub(crate) locale: String,
    pub(crate) script_css: Option<String>,
    pub(crate) script_js: Option<String>,
    pub(crate) author_id: i64,
    pub(crate) author_name: String,
    pub(crate) author_email: String,
    pub(crate) creator_id: i64,
    pub(crate) creator_name: String,
    pub(crate) creator_email: String,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "the same fields as the client decodes")]
pub(crate) struct PageTag {
    pub(crate) tag: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct List {
    pub(crate) pages: ListOfPages,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ListOfPages {
    pub(crate) list: Vec<Summary>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "the same fields as the client decodes")]
pub(crate) struct Summary {
    pub(crate) id: i64,
    pub(crate) path: String,
    pub(crate) locale: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) content_type: String,
    pub(crate) is_published: bool,
    pub(crate) is_private: bool,
    #[serde(rename = "privateNS")]
    pub(crate) private_ns: Option<String>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) tags: Vec<String>,
}

impl Bare {
    /// Creates a client for the wiki at this base URL.
    pub(crate) fn new(url: &str, key: &str) -> Result<Self> {
        // Building a client installs its TLS crypto provider, which reqwest then uses, too.
        drop(wikijs_client::Client::builder(url).build()?);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("wikijs-client/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(60))
            .pool_idle_timeout(Duration::from_secs(4))
            .tcp_nodelay(true)
            .build()?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {key}"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            http,
            endpoint: format!("{}/graphql", url.trim_end_matches('/')).parse()?,
            authorization,
        })
    }

    /// Reads one page.
    pub(crate) async fn get(&self, id: i64) -> Result<Page> {
        let body = serde_json::to_vec(&question(id))?;
        let answer: Answer<Single> = self.ask(body).await?;
        page(answer)
    }

    /// Reads several pages with one request: a JSON array of operations.
    pub(crate) async fn get_in_array(&self, ids: &[i64]) -> Result<Vec<Page>> {
        let questions: Vec<_> = ids.iter().map(|id| question(*id)).collect();
        let answers: Vec<Answer<Single>> = self.ask(serde_json::to_vec(&questions)?).await?;
        answers.into_iter().map(page).collect()
    }

    /// Lists all pages, with the variables that the client sends.
    pub(crate) async fn list(&self) -> Result<Vec<Summary>> {
        let body = self.list_body().await?;
        list(&body)
    }

    /// Returns the body of the response to [`list`](Self::list) without decoding it.
    pub(crate) async fn list_body(&self) -> Result<bytes::Bytes> {
        let body = serde_json::to_vec(&Body {
            variables: InOrder {
                order_by: "ID",
                order_by_direction: "ASC",
            },
            query: pages_list::QUERY,
            operation_name: pages_list::OPERATION_NAME,
        })?;
        self.send(body).await
    }

    async fn ask<Answer: DeserializeOwned>(&self, body: Vec<u8>) -> Result<Answer> {
        Ok(serde_json::from_slice(&self.send(body).await?)?)
    }

    async fn send(&self, body: Vec<u8>) -> Result<bytes::Bytes> {
        let response = self
            .http
            .post(self.endpoint.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, self.authorization.clone())
            .body(body)
            .send()
            .await?
            .error_for_status()?;
        Ok(response.bytes().await?)
    }
}

/// Decodes a list.
pub(crate) fn list(body: &[u8]) -> Result<Vec<Summary>> {
    Ok(data(serde_json::from_slice::<Answer<List>>(body)?)?
        .pages
        .list)
}

fn question(id: i64) -> Body<'static, ById> {
    Body {
        variables: ById { id },
        query: pages_get::QUERY,
        operation_name: pages_get::OPERATION_NAME,
    }
}

fn page(answer: Answer<Single>) -> Result<Page> {
    Ok(data(answer)?.pages.single)
}

fn data<Data>(answer: Answer<Data>) -> Result<Data> {
    if let Some(failure) = answer.errors.into_iter().next() {
        return Err(failure.message.into());
    }
    answer.data.ok_or_else(|| "an answer without data".into())
}
