//! A wiki for one test: a fake, or a corner of a real one.

use std::{
    collections::hash_map::RandomState,
    env,
    hash::{BuildHasher, Hasher},
    thread,
    time::Duration,
};

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use wikijs_client::{
    Client, ClientBuilder, RetryPolicy,
    pages::{NewPage, Page},
};
use wikijs_fake::{FakeGroup, FakeWiki, PageRule, RuleMatch};

/// Taken by the test that has the real wiki.
static TURN: Mutex<()> = Mutex::const_new(());

/// A wiki for one test.
pub struct Wiki {
    pub client: Client,
    /// First segment of all paths, and beginning of all tags, of this test.
    prefix: String,
    target: Target,
    _turn: Option<MutexGuard<'static, ()>>,
}

enum Target {
    Fake(FakeWiki),
    Real(Real),
}

struct Real {
    url: String,
    key: String,
    prefix: String,
}

impl Wiki {
    pub async fn start() -> Self {
        let prefix = format!(
            "test{:012x}",
            RandomState::new().build_hasher().finish() & 0xffff_ffff_ffff
        );
        let (target, turn) = match real(&prefix) {
            Some(real) => (Target::Real(real), Some(TURN.lock().await)),
            // `fr` is installed in the real wiki, too.
            None => (
                Target::Fake(
                    FakeWiki::builder()
                        .locales(["fr"])
                        .comment_limits(Duration::ZERO, Duration::ZERO)
                        .start()
                        .await,
                ),
                None,
            ),
        };
        let client = match &target {
            Target::Fake(fake) => client(fake.url(), fake.api_key()),
            Target::Real(real) => client(&real.url, &real.key),
        };
        Self {
            client,
            prefix,
            target,
            _turn: turn,
        }
    }

    /// The fake, for tests that need to look behind the API or to change it; none on a real wiki,
    /// where those tests have nothing to say.
    pub fn fake(&self) -> Option<&FakeWiki> {
        match &self.target {
            Target::Fake(fake) => Some(fake),
            Target::Real(_) => None,
        }
    }

    pub fn url(&self) -> &str {
        match &self.target {
            Target::Fake(fake) => fake.url(),
            Target::Real(real) => &real.url,
        }
    }

    pub fn api_key(&self) -> &str {
        match &self.target {
            Target::Fake(fake) => fake.api_key(),
            Target::Real(real) => &real.key,
        }
    }

    /// A path of this test's own.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    /// The path below which everything of this test is.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A tag of this test's own.
    pub fn tag(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// A mail address of this test's own.
    #[cfg(feature = "users")]
    pub fn email(&self, name: &str) -> String {
        format!("{}-{name}@example.com", self.prefix)
    }

    /// A page to be made, titled like its path's end.
    pub fn new_page(&self, name: &str) -> NewPage {
        NewPage::new(
            self.path(name),
            format!("The page {name}"),
            format!("# {name}\n\nText of {name}."),
        )
    }

    /// A page that is there when the test begins.
    pub async fn page(&self, name: &str) -> Page {
        self.client
            .pages()
            .create(self.new_page(name))
            .await
            .unwrap()
    }

    /// A page with tags that is there when the test begins.
    pub async fn page_with_tags(&self, name: &str, tags: &[&str]) -> Page {
        let tags = tags.iter().map(|tag| self.tag(tag));
        self.client
            .pages()
            .create(self.new_page(name).tags(tags))
            .await
            .unwrap()
    }

    /// A client whose key has only these permissions, for all paths.
    pub async fn client_with(&self, permissions: &[&str]) -> Client {
        self.client_with_rule(permissions, "").await
    }

    /// A client whose key has only these permissions, for paths that start like this.
    pub async fn client_with_rule(&self, permissions: &[&str], start: &str) -> Client {
        match &self.target {
            Target::Fake(fake) => {
                let rules = [PageRule::allow(
                    permissions.iter().copied(),
                    RuleMatch::Start,
                    start,
                )];
                let group =
                    FakeGroup::new("contract", permissions.iter().copied()).page_rules(rules);
                client(fake.url(), &fake.key_for(fake.insert_group(group)))
            }
            Target::Real(real) => client(&real.url, &real.make_key(permissions, start).await),
        }
    }

    /// Sends this request at the end of the test, also of a failed one, where the wiki is a real one: to put a
    /// configuration back that the test changes. Hold on to the guard, and make it after the wiki.
    #[allow(dead_code, reason = "not every feature needs it")]
    pub fn put_back(&self, query: &str, variables: Value) -> PutBack {
        let real = match &self.target {
            Target::Fake(_) => None,
            Target::Real(real) => Some((real.url.clone(), real.key.clone())),
        };
        PutBack {
            real,
            query: query.to_owned(),
            variables,
        }
    }

    /// A request as a client without this library would send it.
    pub async fn raw(&self, query: &str, variables: Value) -> Value {
        post(self.url(), self.api_key(), query, variables).await
    }
}

pub fn client(url: &str, key: &str) -> Client {
    Client::builder(url)
        .api_key(key)
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}

/// A client to be that waits only a little before it asks again.
pub fn eager(fake: &FakeWiki) -> ClientBuilder {
    Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::default().min_delay(Duration::from_millis(2)))
}

/// A client that also gives up waiting for an answer soon.
pub fn hurried(fake: &FakeWiki) -> Client {
    let builder = eager(fake).timeout(Duration::from_millis(500));
    builder.build().unwrap()
}

/// How often an operation was asked for.
pub fn asked(fake: &FakeWiki, operation: &str) -> usize {
    let requests = fake.requests();
    let names = requests
        .iter()
        .flat_map(|request| request.operation_names());
    names.filter(|name| *name == operation).count()
}

/// An HTTP client of the caller's own.
pub fn own_http() -> reqwest::ClientBuilder {
    // Any client of this library makes rustls usable for the whole process.
    Client::builder("https://wiki.example.com").build().unwrap();
    reqwest::Client::builder()
}

fn real(prefix: &str) -> Option<Real> {
    let url = env::var("WIKIJS_TEST_URL")
        .ok()
        .filter(|url| !url.is_empty())?;
    let key =
        env::var("WIKIJS_TEST_API_KEY").expect("WIKIJS_TEST_URL comes with WIKIJS_TEST_API_KEY");
    Some(Real {
        url,
        key: key.trim().to_owned(),
        prefix: prefix.to_owned(),
    })
}

pub async fn post(url: &str, key: &str, query: &str, variables: Value) -> Value {
    let answer = reqwest::Client::new()
        .post(format!("{}/graphql", url.trim_end_matches('/')))
        .bearer_auth(key)
        .header("content-type", "application/json")
        .body(json!({ "query": query, "variables": variables }).to_string())
        .send()
        .await
        .unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

impl Real {
    /// A group with these permissions, and a key for it; both bear the test's prefix.
    async fn make_key(&self, permissions: &[&str], start: &str) -> String {
        let name = &self.prefix;
        let made = post(
            &self.url,
            &self.key,
            "mutation($name:String!){groups{create(name:$name){group{id}}}}",
            json!({ "name": name }),
        )
        .await;
        let id = &made["data"]["groups"]["create"]["group"]["id"];
        let rules = json!([{ "id": "all", "deny": false, "match": "START", "roles": permissions,
            "path": start, "locales": [] }]);
        post(&self.url, &self.key,
            "mutation($id:Int!,$name:String!,$permissions:[String]!,$rules:[PageRuleInput]!){groups{\
             update(id:$id,name:$name,redirectOnLogin:\"/\",permissions:$permissions,pageRules:$rules){\
             responseResult{succeeded}}}}",
            json!({ "id": id, "name": name, "permissions": permissions, "rules": rules })).await;
        let key = post(&self.url, &self.key,
            "mutation($name:String!,$group:Int){authentication{createApiKey(name:$name,expiration:\"1d\",\
             fullAccess:false,group:$group){key}}}",
            json!({ "name": name, "group": id })).await;
        key["data"]["authentication"]["createApiKey"]["key"]
            .as_str()
            .expect("a key")
            .to_owned()
    }

    /// Removes what bears the test's prefix: pages, files, tags, keys, groups.
    async fn clean(&self) {
        let wiki = client(&self.url, &self.key);
        #[cfg(feature = "assets")]
        for asset in wiki.assets().list().recursive().await.unwrap_or_default() {
            if asset.filename.starts_with(&self.prefix) {
                let _ = wiki.assets().delete(&asset).await;
            }
        }
        for page in wiki
            .pages()
            .list()
            .path_prefix(&self.prefix)
            .await
            .unwrap_or_default()
        {
            if let Err(error) = wiki.pages().delete(page.id).await {
                eprintln!("left behind: {} ({error})", page.path);
            }
        }
        for tag in wiki.pages().tags().await.unwrap_or_default() {
            if tag.tag.as_str().starts_with(&self.prefix) {
                let _ = wiki.pages().delete_tag(tag.id).await;
            }
        }
        let ours = |value: &Value| {
            let is_ours = |text: &Value| {
                let text = text.as_str();
                text.is_some_and(|text| text.starts_with(&self.prefix))
            };
            is_ours(&value["name"]) || is_ours(&value["email"])
        };
        let found = post(
            &self.url,
            &self.key,
            "{groups{list{id name}} users{list{id email}} authentication{apiKeys{id name}}}",
            json!({}),
        )
        .await;
        for user in found["data"]["users"]["list"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if ours(user) {
                post(&self.url, &self.key,
                    "mutation($id:Int!){users{delete(id:$id,replaceId:1){responseResult{succeeded}}}}",
                    json!({ "id": user["id"] })).await;
            }
        }
        for key in found["data"]["authentication"]["apiKeys"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if ours(key) {
                post(&self.url, &self.key,
                    "mutation($id:Int!){authentication{revokeApiKey(id:$id){responseResult{succeeded}}}}",
                    json!({ "id": key["id"] })).await;
            }
        }
        for group in found["data"]["groups"]["list"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if ours(group) {
                post(
                    &self.url,
                    &self.key,
                    "mutation($id:Int!){groups{delete(id:$id){responseResult{succeeded}}}}",
                    json!({ "id": group["id"] }),
                )
                .await;
            }
        }
    }
}

/// A request that is sent when this is dropped.
#[allow(dead_code, reason = "not every feature needs it")]
pub struct PutBack {
    real: Option<(String, String)>,
    query: String,
    variables: Value,
}

impl Drop for PutBack {
    fn drop(&mut self) {
        let Some((url, key)) = self.real.take() else {
            return;
        };
        let (query, variables) = (self.query.clone(), self.variables.clone());
        let sending = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let answer = runtime.block_on(post(&url, &key, &query, variables));
            assert!(answer.get("errors").is_none(), "not put back: {answer}");
        });
        if sending.join().is_err() {
            eprintln!("not put back: {}", self.query);
        }
    }
}

/// The names and variables of the mutations that the fake has received.
#[allow(dead_code, reason = "not every feature needs it")]
pub fn mutations(fake: &FakeWiki) -> Vec<(String, Value)> {
    let requests = fake.requests().into_iter();
    requests
        .flat_map(|request| request.operations)
        .filter(|operation| operation.is_mutation)
        .map(|operation| (operation.name.unwrap_or_default(), operation.variables))
        .collect()
}

impl Drop for Real {
    /// Also after a failed test; on a thread of its own, as the test's runtime may be unwinding.
    fn drop(&mut self) {
        let real = Self {
            url: std::mem::take(&mut self.url),
            key: std::mem::take(&mut self.key),
            prefix: std::mem::take(&mut self.prefix),
        };
        let cleaning = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(real.clean());
            std::mem::forget(real);
        });
        let _ = cleaning.join();
    }
}

/// Runs all of these at once and gives their results in order.
pub async fn all_at_once<T>(calls: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let calls: Vec<_> = calls.into_iter().collect();
    let count = calls.len().max(1);
    stream::iter(calls).buffered(count).collect().await
}
