//! The client.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{Stream, StreamExt};
use graphql_client::GraphQLQuery;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::{runtime::Handle, time::Instant};
use tracing::Instrument;
use url::Url;

use crate::{
    auth::{Credentials, KeyClaims},
    builder::ClientBuilder,
    caching::Caching,
    error::{Applied, AuthError, Error, Result},
    identity::{self, Certainty},
    task::by_a_task,
    telemetry::Writing,
    transport::{self, Request, Sent, Transport, Turn},
    types::Locale,
};

/// A client of one wiki.
///
/// Cheap to clone: clones share the connections, the configuration and the turn to write. Make one
/// and hand it to every task.
///
/// A write has its turn from its first look at the wiki to its last. Once it was polled it gets on,
/// polled or not, so that writes may be awaited in any order: one in the body of a loop over a
/// `buffered` stream of others waits for none that nobody polls. A write whose future is dropped is
/// not sent any more; what is under way then is finished.
///
/// ```no_run
/// use wikijs_client::Client;
///
/// # async fn example() -> wikijs_client::Result<()> {
/// let wiki = Client::builder("https://wiki.example.com").api_key("eyJhbGciOi…").build()?;
/// wiki.check().await?;
/// for page in wiki.pages().list().limit(10).await? {
///     println!("{} {}", page.id, page.path);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) transport: Transport,
    base: Url,
    default_locale: Locale,
    /// The longest time for one call, with all that it takes.
    deadline: Option<Duration>,
    /// The caller was found to lack `write:pages`, without which some fields of a page are forbidden.
    pub(crate) sees_readable_fields_only: AtomicBool,
    /// The wiki was found to be older than `pages.singleByPath`.
    pub(crate) lacks_single_by_path: AtomicBool,
    /// How much of a comment the caller was found to see.
    #[cfg(feature = "comments")]
    pub(crate) comment_sight: crate::comments::LearntSight,
    /// Whether the wiki takes the caller for somebody.
    pub(crate) certainty: Certainty,
    /// Pages and lists that were read before.
    pub(crate) cache: Caching,
}

impl Inner {
    /// Permissions may have changed: what was learnt about them is tried anew.
    pub(crate) fn forget_permissions(&self) {
        self.sees_readable_fields_only
            .store(false, Ordering::Relaxed);
        #[cfg(feature = "comments")]
        self.comment_sight.forget();
        self.cache.forget_all();
    }
}

impl Client {
    pub(crate) fn new(
        transport: Transport,
        base: Url,
        default_locale: Locale,
        deadline: Option<Duration>,
        cache: Caching,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                transport,
                base,
                default_locale,
                deadline,
                sees_readable_fields_only: AtomicBool::new(false),
                lacks_single_by_path: AtomicBool::new(false),
                #[cfg(feature = "comments")]
                comment_sight: crate::comments::LearntSight::default(),
                certainty: Certainty::default(),
                cache,
            }),
        }
    }

    /// Starts the configuration of a client of the wiki at `url`.
    ///
    /// The URL is the one in the browser's address bar on the wiki's front page, with or without a
    /// path, a slash or `/graphql` at its end.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// A client from the environment: `WIKIJS_URL`, and `WIKIJS_API_KEY` where it is set.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] as of [`ClientBuilder::from_env`] and [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Runs any operation: one of [`api`](crate::api), or one of your own that `wikijs-codegen` or
    /// `graphql_client` generated.
    ///
    /// Queries run as they come; mutations of this client and its clones run one after another.
    ///
    /// ```
    /// use wikijs_client::{Client, api};
    ///
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let data = wiki.execute::<api::PagesGet>(api::pages_get::Variables { id: 1 }).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// All of [`Error`]'s layers but [`Error::Api`]: what a `responseResult` says is data here. An
    /// answer with GraphQL `errors` is [`Error::GraphQl`] even if some data came along, which the
    /// error carries.
    pub async fn execute<Op>(&self, variables: Op::Variables) -> Result<Op::ResponseData>
    where
        Op: GraphQLQuery,
        Op::ResponseData: DeserializeOwned,
    {
        Ok(*self.execute_boxed::<Op>(variables).await?)
    }

    /// Runs any operation. Its data is boxed, since half a kilobyte that goes from future to future takes
    /// more time than the box.
    pub(crate) async fn execute_boxed<Op>(
        &self,
        variables: Op::Variables,
    ) -> Result<Box<Op::ResponseData>>
    where
        Op: GraphQLQuery,
        Op::ResponseData: DeserializeOwned,
    {
        let request = self.inner.transport.encode::<Op>(variables)?;
        let operation = request.operation();
        if !request.is_mutation() {
            // Boxed: many reads wait at once, each in futures that hold this one.
            let answer = Box::pin(self.run(&request, None));
            return within(self.due(), operation, || Applied::No, answer).await;
        }
        let client = self.clone();
        let work = |turn| async move {
            Caching::note_any(&turn);
            client.run(&request, Some(&turn)).await
        };
        let data: Box<RawValue> = Box::pin(self.write(operation, work)).await?;
        // Here, as what it is decoded to need not be fit for another thread.
        transport::decode_data(operation, &data).map(Box::new)
    }

    /// Runs one operation in a turn to write that the caller has.
    pub(crate) async fn execute_in<Op>(
        &self,
        turn: &Turn,
        variables: Op::Variables,
    ) -> Result<Op::ResponseData>
    where
        Op: GraphQLQuery,
        Op::ResponseData: DeserializeOwned,
    {
        let request = self.inner.transport.encode::<Op>(variables)?;
        Caching::note_own(turn, &request);
        self.run(&request, Some(turn)).await
    }

    /// Sends a request, once more if the caller was not taken for whom it is and that could be mended.
    async fn run<Data: DeserializeOwned>(
        &self,
        request: &Request,
        turn: Option<&Turn>,
    ) -> Result<Data> {
        let generation = self.token_generation()?;
        let answer = if request.is_mutation() || identity::is_certain(self) {
            self.inner.transport.run(request, turn).await
        } else {
            Box::pin(self.run_the_first(request, generation)).await
        };
        match answer {
            Err(error) if error.is_unauthenticated() || error.is_forbidden() => {
                Box::pin(identity::mend(self, error, generation)).await?;
                self.inner.transport.run(request, turn).await
            }
            other => other,
        }
    }

    /// Sends a query while it is not known whether the wiki takes the caller for whom it is.
    ///
    /// A guest's list looks like any other: the first query is sent together with the question whom it
    /// is for, which takes no longer.
    async fn run_the_first<Data: DeserializeOwned>(
        &self,
        request: &Request,
        generation: u64,
    ) -> Result<Data> {
        let answer = self.inner.transport.run(request, None);
        let (answer, known) = futures::join!(answer, identity::knows_caller(self));
        match known {
            Ok(false) => Err(identity::ignored(self)),
            // Others have logged in again in the meantime: this answer may be a guest's.
            _ if self.token_generation()? != generation => {
                self.inner.transport.run(request, None).await
            }
            _ => answer,
        }
    }

    /// Runs one operation without asking who the caller is if it is refused, and, if it is a mutation,
    /// without waiting for a turn to write.
    pub(crate) async fn execute_plainly<Op>(
        &self,
        variables: Op::Variables,
    ) -> Result<Op::ResponseData>
    where
        Op: GraphQLQuery,
        Op::ResponseData: DeserializeOwned,
    {
        let request = self.inner.transport.encode::<Op>(variables)?;
        self.inner.transport.run(&request, None).await
    }

    /// Does a piece of work that writes, in one turn from its first look at the wiki to its last.
    ///
    /// It gets on whether or not its caller polls it, since other writes wait for it. `operation`
    /// names it in errors.
    pub(crate) async fn write<T, Work>(
        &self,
        operation: &'static str,
        work: impl FnOnce(Turn) -> Work + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T>> + Send,
    {
        self.write_until(self.due(), operation, work).await
    }

    /// As [`write`](Self::write), as a part of a call that has to be over by then.
    pub(crate) async fn write_until<T, Work>(
        &self,
        due: Option<Instant>,
        operation: &'static str,
        work: impl FnOnce(Turn) -> Work + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T>> + Send,
    {
        let (client, sent) = (self.clone(), Sent::default());
        let is_sent = sent.clone();
        let in_turn = async move {
            let work = async {
                let turn = client.turn(&sent).await;
                // What is changed is read from the wiki. Boxed: all of a write's steps in one
                // future are some 20 kB.
                Caching::past(Box::pin(work(turn))).await
            };
            within(due, operation, || sent.applied(), work).await
        };
        let writing = Writing::begin(operation);
        let task = by_a_task(operation, is_sent, in_turn);
        let result = task.instrument(writing.span().clone()).await;
        writing.end(result.as_ref().err());
        result
    }

    /// How many turns to write there were.
    pub(crate) fn turns_begun(&self) -> u64 {
        self.inner.transport.turns_begun()
    }

    /// The turn to write. What it changes is forgotten when it is over.
    async fn turn(&self, sent: &Sent) -> Turn {
        let changes = self.inner.cache.changes();
        self.inner.transport.turn(sent.clone(), changes).await
    }

    /// The results of many reads, in their order: as many are under way as share few requests, and
    /// no more are held.
    pub(crate) fn read_many<Read, Reads>(
        &self,
        reads: Reads,
    ) -> impl Stream<Item = Read::Output> + Send + use<Read, Reads>
    where
        Reads: Stream<Item = Read> + Send,
        Read: Future<Output: Send> + Send,
    {
        reads.buffered(self.inner.transport.reads_at_once())
    }

    /// Waits this many times the first delay between retries.
    pub(crate) async fn pause(&self, times: u32) {
        let unit = self.inner.transport.retry().first_delay();
        tokio::time::sleep(unit.saturating_mul(times)).await;
    }

    /// When a call that begins now has to be over.
    pub(crate) fn due(&self) -> Option<Instant> {
        Instant::now().checked_add(self.inner.deadline?)
    }

    /// The address of the wiki, without `/graphql`.
    pub fn url(&self) -> &Url {
        &self.inner.base
    }

    /// The locale that is meant where a call names none.
    pub fn default_locale(&self) -> &Locale {
        &self.inner.default_locale
    }

    /// The cache for pages and lists, to empty it, to read past it, and to see how well it works.
    #[cfg(feature = "cache")]
    pub fn cache(&self) -> crate::cache::Cache {
        crate::cache::Cache::new(self.inner.cache.store().cloned())
    }

    /// What the API key says of itself, read without a request. `None` without a key, and for a key
    /// that is not one of Wiki.js.
    pub fn key_claims(&self) -> Option<&KeyClaims> {
        self.credentials().claims()
    }

    /// Which of the caller's tokens the next request carries.
    pub(crate) fn token_generation(&self) -> Result<u64> {
        self.credentials().generation().map_err(AuthError::found)
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        self.inner.transport.credentials()
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.inner.base.as_str())
            .field("default_locale", &self.inner.default_locale)
            .field("transport", &self.inner.transport)
            .finish_non_exhaustive()
    }
}

/// What a call gives, or the error that its time is over and it is `applied()` or not.
pub(crate) async fn within<T>(
    due: Option<Instant>,
    operation: &str,
    applied: impl FnOnce() -> Applied,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    let Some(due) = due else {
        return call.await;
    };
    if Handle::try_current().is_err() {
        return Err(Error::no_runtime(operation));
    }
    tokio::time::timeout_at(due, call)
        .await
        .unwrap_or_else(|_| Err(Error::deadline(operation, applied())))
}
