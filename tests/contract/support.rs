//! A wiki for one test: a fake, or a part of a real one.

use std::{
    collections::hash_map::RandomState,
    env,
    hash::{BuildHasher, Hasher},
    sync::{Arc, OnceLock, Weak},
    thread,
    time::Duration,
};

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use wikijs_client::{
    Applied, Client, ClientBuilder, Error, RetryPolicy,
    pages::{NewPage, Page},
};
use wikijs_fake::{Database, FakeGroup, FakeWiki, FakeWikiBuilder, Fault, PageRule, RuleMatch};

/// Held by the test that uses the real wiki, so that tests run one after another.
static REAL_WIKI_LOCK: Mutex<()> = Mutex::const_new(());

/// A wiki for one test.
pub struct Wiki {
    pub client: Client,
    /// First segment of all paths of this test, and prefix of its tags.
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
            Some(real) => (Target::Real(real), Some(REAL_WIKI_LOCK.lock().await)),
            // `fr` is installed in the real wiki, too.
            None => (
                Target::Fake(
                    FakeWiki::builder()
                        .database(database())
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

    /// Returns the fake, for tests that read or change its contents without the API. Returns `None` on a real wiki,
    /// where such tests return early.
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

    /// Returns a path below the test's prefix.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    /// Returns the path below which the test creates everything.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns a tag that starts with the test's prefix.
    pub fn tag(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// Returns a mail address that starts with the test's prefix.
    #[cfg(feature = "users")]
    pub fn email(&self, name: &str) -> String {
        format!("{}-{name}@example.com", self.prefix)
    }

    /// Returns parameters for a page whose title is the last segment of its path.
    pub fn new_page(&self, name: &str) -> NewPage {
        NewPage::new(
            self.path(name),
            format!("The page {name}"),
            format!("# {name}\n\nText of {name}."),
        )
    }

    /// Creates a page for the test.
    pub async fn page(&self, name: &str) -> Page {
        self.client
            .pages()
            .create(self.new_page(name))
            .await
            .unwrap()
    }

    /// Creates a page with tags for the test.
    pub async fn page_with_tags(&self, name: &str, tags: &[&str]) -> Page {
        let tags = tags.iter().map(|tag| self.tag(tag));
        self.client
            .pages()
            .create(self.new_page(name).tags(tags))
            .await
            .unwrap()
    }

    /// Returns a client whose key has only these permissions, on all paths.
    pub async fn client_with(&self, permissions: &[&str]) -> Client {
        self.client_with_rule(permissions, "").await
    }

    /// Returns a client whose key has only these permissions, on paths that start with `start`.
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

    /// Returns a guard that sends this request to a real wiki on drop, even if the test fails, to restore a
    /// configuration that the test changes. Create the guard after the wiki, and keep it until the end of the test.
    #[allow(dead_code, reason = "unused without some features")]
    pub fn restore_on_drop(&self, query: &str, variables: Value) -> RestoreOnDrop {
        let real = match &self.target {
            Target::Fake(_) => None,
            Target::Real(real) => Some((real.url.clone(), real.key.clone())),
        };
        RestoreOnDrop {
            real,
            query: query.to_owned(),
            variables,
        }
    }

    /// Sends a GraphQL request without this library, and returns the response.
    pub async fn raw(&self, query: &str, variables: Value) -> Value {
        post(self.url(), self.api_key(), query, variables).await
    }
}

/// Returns the database below the wikis of `Wiki::start`, named by `WIKIJS_TEST_DATABASE`: `postgresql` (the default),
/// `mariadb` or `sqlite`. A fake gets this database; a real wiki must run on it.
pub fn database() -> Database {
    let name = env::var("WIKIJS_TEST_DATABASE").unwrap_or_default();
    match name.as_str() {
        "" | "postgresql" => Database::PostgreSql,
        "mariadb" => Database::MariaDb,
        "sqlite" => Database::Sqlite,
        other => panic!("WIKIJS_TEST_DATABASE is `{other}`"),
    }
}

/// Returns a client with a configured default locale, so that it sends no request for the locale.
pub fn client(url: &str, key: &str) -> Client {
    Client::builder(url)
        .api_key(key)
        .default_locale("en")
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}

/// Returns a builder of a client with short delays between retries.
pub fn eager(fake: &FakeWiki) -> ClientBuilder {
    Client::builder(fake.url())
        .api_key(fake.api_key())
        .default_locale("en")
        .confirm_writes_for(Duration::from_secs(1))
        .retry(RetryPolicy::default().min_delay(Duration::from_millis(2)))
}

/// Returns a client with short delays between retries and a short timeout.
pub fn hurried(fake: &FakeWiki) -> Client {
    let builder = eager(fake)
        .timeout(Duration::from_millis(500))
        .confirm_writes_for(Duration::from_secs(2));
    builder.build().unwrap()
}

/// Returns a client with short delays between retries that observes the wiki only briefly after a lost response.
#[allow(dead_code, reason = "unused without some features")]
pub fn observing_briefly(fake: &FakeWiki) -> Client {
    // A stalled machine must not make the client send an operation once more.
    let builder = eager(fake).timeout(Duration::from_secs(2));
    builder.confirm_writes_for(OBSERVED_FOR).build().unwrap()
}

/// Returns a client that observes the wiki after a lost response until it sees the effect of its write.
#[allow(dead_code, reason = "unused without some features")]
pub fn patient(fake: &FakeWiki) -> Client {
    let builder = eager(fake).confirm_writes_for(Duration::from_secs(60));
    builder.build().unwrap()
}

/// Waits until the wiki has received this number of requests.
pub async fn arrived(fake: &FakeWiki, requests: usize) {
    while fake.request_count() < requests {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Observation time of [`observing_briefly`], long enough to see every write that the fake has executed.
#[allow(dead_code, reason = "unused without some features")]
pub const OBSERVED_FOR: Duration = Duration::from_millis(800);

/// Returns faults after which the wiki has executed the request, and the client has no response.
#[allow(dead_code, reason = "unused without some features")]
pub fn lost_after() -> Vec<Fault> {
    vec![
        Fault::ResetAfter,
        Fault::ResetInResponse,
        Fault::TruncatedJson,
        Fault::Hang { execute: true },
        Fault::status_after(502),
    ]
}

/// Returns faults after which the wiki has not executed the request, which the client cannot know.
#[allow(dead_code, reason = "unused without some features")]
pub fn lost_before() -> Vec<Fault> {
    vec![
        Fault::ResetBefore,
        Fault::Hang { execute: false },
        Fault::status(504),
    ]
}

/// Returns temporary faults whose response proves that the request was not executed.
#[allow(dead_code, reason = "unused without some features")]
pub fn refused() -> Vec<Fault> {
    vec![Fault::DatabaseAway, Fault::Starting, Fault::status(429)]
}

/// Asserts that the outcome of a write is unknown and that it was sent once.
#[allow(dead_code, reason = "unused without some features")]
#[track_caller]
pub fn assert_unconfirmed(error: &Error, fake: &FakeWiki, operation: &str) {
    assert!(matches!(error, Error::Unconfirmed(_)), "{error:?}");
    assert_eq!(error.applied(), Applied::Unknown);
    assert_eq!(asked(fake, operation), 1, "{error}");
}

/// Starts a wiki in which another client acts after the wiki has executed an operation, before the response
/// is sent.
#[allow(dead_code, reason = "unused without some features")]
pub async fn with_interference(
    builder: FakeWikiBuilder,
    operation: &'static str,
    meddle: impl Fn(&FakeWiki) + Send + Sync + 'static,
) -> Arc<FakeWiki> {
    let started = Arc::new(OnceLock::<Weak<FakeWiki>>::new());
    let own = Arc::clone(&started);
    let builder = builder.on_response(move |exchange| {
        let is_it = exchange
            .request
            .operation_names()
            .into_iter()
            .any(|name| name == operation);
        if let Some(fake) = own.get().and_then(Weak::upgrade).filter(|_| is_it) {
            meddle(&fake);
        }
    });
    let fake = Arc::new(builder.start().await);
    started.set(Arc::downgrade(&fake)).unwrap();
    fake
}

/// Lets this time pass at once for the timers of tokio. Requests in flight would time out.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Returns the number of requests for an operation.
pub fn asked(fake: &FakeWiki, operation: &str) -> usize {
    let requests = fake.requests();
    let names = requests
        .iter()
        .flat_map(|request| request.operation_names());
    names.filter(|name| *name == operation).count()
}

/// Returns a builder of a custom HTTP client.
pub fn own_http() -> reqwest::ClientBuilder {
    // Building a client of this library installs the TLS provider of rustls for the whole process.
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
    /// Creates a group with these permissions, and returns a key for it. Both names start with the test's prefix.
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

    /// Removes the pages, files, tags, keys and groups whose names start with the test's prefix.
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

/// A request that is sent on drop.
#[allow(dead_code, reason = "unused without some features")]
pub struct RestoreOnDrop {
    real: Option<(String, String)>,
    query: String,
    variables: Value,
}

impl Drop for RestoreOnDrop {
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

/// Returns the names and variables of the mutations that the fake has received.
#[allow(dead_code, reason = "unused without some features")]
pub fn mutations(fake: &FakeWiki) -> Vec<(String, Value)> {
    let requests = fake.requests().into_iter();
    requests
        .flat_map(|request| request.operations)
        .filter(|operation| operation.is_mutation)
        .map(|operation| (operation.name.unwrap_or_default(), operation.variables))
        .collect()
}

impl Drop for Real {
    /// Cleans up on a separate thread, also after a failed test: the test's runtime may be unwinding.
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

/// Runs all calls concurrently, and returns their results in order.
pub async fn all_at_once<T>(calls: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let calls: Vec<_> = calls.into_iter().collect();
    let count = calls.len().max(1);
    stream::iter(calls).buffered(count).collect().await
}
