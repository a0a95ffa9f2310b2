//! The client: configuration, execution of operations, the default locale, and login.

mod builder;
mod check;
mod login;
mod state;
pub(crate) mod verification;

use std::{fmt, ops::Deref, pin::pin, sync::Arc, time::Duration};

use futures::{
    FutureExt,
    future::{BoxFuture, join},
};
use graphql_client::GraphQLQuery;
use tokio::{runtime::Handle, sync::Mutex, time::Instant};
use tracing::Instrument;
use url::Url;

pub(crate) use self::login::{send as send_login, strategies, unknown_strategy};
pub(crate) use self::state::{Observed, ensure_known_editor};
pub use self::{
    builder::ClientBuilder,
    check::{Check, Identity, User},
    login::{LogIn, Login, PasswordChange, TwoFactor, TwoFactorSetup},
};
use self::{
    builder::Settings,
    state::{DefaultLocale, Observations},
};
#[cfg(feature = "cache")]
use crate::cache::{Cache, Store};
use crate::{
    auth::{Credentials, KeyClaims},
    error::{Applied, Error, Result, TransportErrorKind},
    generated::SingleField,
    task::{Erased, Reads, Sent, Tasks, erase, restore, spawn_and_join, with_write_deadline},
    telemetry,
    transport::{Changed, Decode, Decoded, Request, Transport, WritePermit},
};

/// A client of one wiki.
///
/// Cloning is cheap: clones share the connections, the configuration and the write queue. Create one client, and clone it
/// for every task.
///
/// Writes are queued and run one after another. A write starts when its future is first polled, and then makes progress
/// even if the future is not polled again, so writes may be awaited in any order. Dropping the future of a write
/// cancels the write if it was not sent. Otherwise the write is finished in the background. Call [`close`](Self::close)
/// before the program ends, to wait for requests in flight.
///
/// A client can be used from several tokio runtimes. If a runtime is not driven, such as between two calls of `block_on`,
/// calls that wait for its requests fail with a timeout. If a runtime ends, its permits are released at once.
///
/// # Panics
///
/// tokio panics if a call is awaited on a runtime without the time driver or the I/O driver (build it with `enable_all`),
/// or if a call that was polled on one runtime is awaited on another after the first has ended.
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
/// wiki.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Owner>,
}

/// Owner of the client's state: all clones of a client, or a write. A write may outlive the clones of its caller.
struct Owner {
    inner: Arc<Inner>,
    #[cfg(feature = "blocking")]
    is_write: bool,
}

impl Owner {
    fn new(inner: Arc<Inner>, is_write: bool) -> Arc<Self> {
        #[cfg(not(feature = "blocking"))]
        let _ = is_write;
        Arc::new(Self {
            inner,
            #[cfg(feature = "blocking")]
            is_write,
        })
    }
}

impl Deref for Owner {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

pub(crate) struct Inner {
    pub(crate) transport: Transport,
    settings: Settings,
    pub(crate) default_locale: DefaultLocale,
    /// The observations of the domains.
    observations: Observations,
    /// Held by the task that verifies the identity on behalf of all callers.
    verifying: Mutex<()>,
    #[cfg(feature = "cache")]
    pub(crate) cache: Option<Arc<Store>>,
}

/// Waits for requests in flight on the runtime of blocking calls, such as a write whose future was dropped, when the
/// last clone of a client is dropped. Otherwise the end of `main` would cancel them.
#[cfg(feature = "blocking")]
impl Drop for Owner {
    fn drop(&mut self) {
        if !self.is_write {
            let limit = self.transport.limits.patience();
            self.transport.tasks.wait_for_background(limit);
        }
    }
}

impl Inner {
    /// Discards all cached state that depends on the permissions of the caller or on the version of the wiki, both of
    /// which may have changed.
    pub(crate) fn forget_permissions(&self) {
        self.observations.forget_refusals();
        self.transport.compat.forget();
        self.transport.writes.invalidate(Changed::Everything);
    }
}

impl Client {
    /// Returns a builder for a client of the wiki at `url`.
    ///
    /// The URL is that of the wiki's home page, with or without a path, a trailing slash or `/graphql`.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// Builds a client from the environment: `WIKIJS_URL`, and `WIKIJS_API_KEY` if it is set.
    ///
    /// # Errors
    ///
    /// Those of [`ClientBuilder::from_env`] and [`ClientBuilder::build`].
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Executes an operation of [`api`](crate::api), or one of your own that `wikijs-codegen` or `graphql_client`
    /// generated.
    ///
    /// Queries run concurrently. Mutations of this client and its clones are queued.
    ///
    /// ```
    /// use wikijs_client::{Client, api};
    ///
    /// # wikijs_fake::example!(wiki => {
    /// let data = wiki.execute::<api::PagesGet>(api::pages_get::Variables { id: 1 }).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// All variants of [`Error`] except [`Error::Api`]: this method returns a `responseResult` as data, even if it
    /// reports a failure. A response with GraphQL `errors` is [`Error::GraphQl`], which contains the partial data.
    pub fn execute<Op>(
        &self,
        variables: Op::Variables,
    ) -> impl Future<Output = Result<Op::ResponseData>> + use<Op>
    where
        Op: GraphQLQuery<ResponseData: Send + 'static>,
    {
        let client = self.clone();
        async move { Ok(*client.execute_boxed::<Op>(variables).await?) }
    }

    /// Executes an operation, and returns its only field.
    pub(crate) async fn execute_field<Op: SingleField>(
        &self,
        variables: Op::Variables,
    ) -> Result<Op::Field> {
        Ok(Op::field(*self.execute_boxed::<Op>(variables).await?))
    }

    /// Executes an operation, and returns its data as it was decoded.
    pub(crate) async fn execute_boxed<Op>(
        &self,
        variables: Op::Variables,
    ) -> Result<Box<Op::ResponseData>>
    where
        Op: GraphQLQuery<ResponseData: Send + 'static>,
    {
        let request = self.inner.transport.encode::<Op>(variables)?;
        let operation = request.operation();
        if request.is_mutation() {
            let work = |client: Self, permit| async move {
                client.execute_in::<Op>(&request, &permit).await
            };
            return Box::pin(self.write(self.deadline(), operation, work)).await;
        }
        let mut data = Decoded::new();
        self.run_query(&request, &mut data).await?;
        data.take(operation)
    }

    async fn run_query(&self, request: &Request, data: &mut dyn Decode) -> Result<()> {
        let operation = request.operation();
        self.tasks().refuse_if_closed(operation)?;
        let deadline = self.deadline();
        // Pinned, because `with_deadline` would otherwise store two more copies of the future.
        let response = pin!(self.run(request, None, deadline, data));
        with_deadline(deadline, operation, || Applied::No, response).await
    }

    /// Executes an encoded operation as part of a write.
    pub(crate) async fn execute_in<Op>(
        &self,
        request: &Request,
        permit: &WritePermit,
    ) -> Result<Box<Op::ResponseData>>
    where
        Op: GraphQLQuery<ResponseData: Send>,
    {
        permit.note_change();
        let mut data = Decoded::new();
        self.run(request, Some(permit), permit.deadline(), &mut data)
            .await?;
        data.take(request.operation())
    }

    /// Sends a request. If the wiki did not recognize the caller and a new login succeeds, sends the request again.
    async fn run(
        &self,
        request: &Request,
        permit: Option<&WritePermit>,
        deadline: Option<Instant>,
        data: &mut dyn Decode,
    ) -> Result<()> {
        if request.is_mutation() {
            verification::check_expired(self).await?;
        }
        let generation = self.token_generation();
        let transport = &self.inner.transport;
        let response = if request.is_mutation() || verification::is_verified(self) {
            // Boxed to keep the futures of callers small, since many reads may wait concurrently.
            Box::pin(transport.run(request, permit, deadline, data)).await
        } else {
            Box::pin(self.run_with_verification(request, generation, deadline, data)).await
        };
        match response {
            Err(error) if error.is_unauthenticated() || error.is_forbidden() => {
                Box::pin(verification::recover(self, error, generation)).await?;
                Box::pin(transport.run(request, permit, deadline, data)).await
            }
            other => other,
        }
    }

    /// Sends a query together with the verification of the caller.
    ///
    /// The data that a guest gets looks like any other, so the query alone does not show an invalid key. Both requests
    /// are sent concurrently, which takes no longer than the query alone.
    async fn run_with_verification(
        &self,
        request: &Request,
        generation: u64,
        deadline: Option<Instant>,
        data: &mut dyn Decode,
    ) -> Result<()> {
        let transport = &self.inner.transport;
        let response = transport.run(request, None, deadline, data);
        let (response, known) = join(response, verification::verify_identity(self)).await;
        match known {
            Ok(false) => Err(verification::unrecognized(self)),
            // Another call has logged in again in the meantime, so this response may be that of a guest.
            _ if self.token_generation() != generation => {
                transport.run(request, None, deadline, data).await
            }
            _ => response,
        }
    }

    /// Executes an operation without verification of the caller. A mutation bypasses the write queue.
    pub(crate) async fn execute_unverified<Op>(
        &self,
        variables: Op::Variables,
        deadline: Option<Instant>,
    ) -> Result<Op::ResponseData>
    where
        Op: GraphQLQuery<ResponseData: Send>,
    {
        let transport = &self.inner.transport;
        let request = transport.encode::<Op>(variables)?;
        let operation = request.operation();
        let applied = || request.applied_if_lost();
        let mut data = Decoded::new();
        let response = Box::pin(transport.run(&request, None, deadline, &mut data));
        with_deadline(deadline, operation, applied, response).await?;
        Ok(*data.take(operation)?)
    }

    /// Runs a write, which holds a write permit from its first observation of the wiki to its last.
    ///
    /// The write runs in a spawned task and makes progress even if its caller is not polled, since other writes wait
    /// for it. From its first mutation on, neither the drop of the caller nor the deadline ends it, since a write may
    /// consist of several mutations. After the deadline, no failed request is sent again. `deadline` is that of the call,
    /// and `operation` its name in errors. `work` gets a client that may outlive all clones of this one.
    pub(crate) async fn write<T, Work>(
        &self,
        deadline: Option<Instant>,
        operation: &'static str,
        work: impl FnOnce(Self, WritePermit) -> Work + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T>> + Send + 'static,
    {
        let work = Box::new(|client, permit| erase(work(client, permit)));
        let value = self.write_erased(deadline, operation, work).await?;
        restore(operation, value)
    }

    async fn write_erased(
        &self,
        deadline: Option<Instant>,
        operation: &'static str,
        work: Box<dyn FnOnce(Self, WritePermit) -> BoxFuture<'static, Result<Erased>> + Send>,
    ) -> Result<Erased> {
        let transport = &self.inner.transport;
        transport.writes.refuse_nested(operation)?;
        let tracked = transport.tasks.begin(operation)?;
        let client = Self {
            inner: Owner::new(Arc::clone(&self.inner.inner), true),
        };
        let sent = Sent::default();
        let (is_sent, caller) = (sent.clone(), Arc::new(()));
        let waiting = Arc::downgrade(&caller);
        let permitted = async move {
            let of_permit = sent.clone();
            let work = Box::pin(async move {
                let _tracked = tracked;
                let writes = &client.inner.transport.writes;
                let permit = writes.permit(operation, of_permit, deadline).await?;
                let activity = Arc::clone(permit.activity());
                // A write must not read from the cache.
                let work = Reads::Uncached.scope(work(client.clone(), permit));
                let result = activity.scope(work).await;
                if result.is_ok() {
                    // The write may have granted permissions to the caller.
                    client.inner.observations.forget_refusals();
                }
                if let (0, Err(error)) = (waiting.strong_count(), &result) {
                    tracing::warn!(operation, %error, "a write failed after its caller was dropped");
                }
                result
            });
            with_write_deadline(deadline, operation, &sent, work).await
        };
        let span = telemetry::begin_write(operation);
        // Every value is of the type `Erased`, so that the code of the task is compiled once for all writes.
        let task = spawn_and_join(operation, is_sent, permitted);
        let result = task.instrument(span.clone()).await;
        drop(caller);
        telemetry::end_write(&span, result.as_ref().err());
        result
    }

    /// Returns the deadline of a call that begins now.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.inner.settings.deadline?)
    }

    /// Closes the client and its clones: rejects new calls, and waits for all writes in flight and background tasks.
    ///
    /// Call it before the program ends. A write that was sent is finished even if its future was dropped, but not if the
    /// runtime ends first. Writes in the queue are finished as long as their callers wait for them.
    ///
    /// Every new call fails with [`TransportErrorKind::Closed`](crate::error::TransportErrorKind::Closed), except the
    /// requests of writes in flight. The method may be called repeatedly, and its future may be dropped: the client stays
    /// closed.
    ///
    /// [`close_within`](Self::close_within) limits the wait. Do not await this method within a write, such as in the
    /// stream of an upload.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.pages().get(123).await?;
    /// wiki.close().await;
    /// assert!(wiki.pages().get(123).await.is_err());
    /// # });
    /// ```
    pub fn close(&self) -> impl Future<Output = ()> + Send + use<> {
        let tasks = Arc::clone(self.tasks());
        async move {
            tasks.close();
            tasks.wait_until_idle().await;
        }
    }

    /// Closes the client as [`close`](Self::close) does, and waits at most for `time`.
    ///
    /// # Errors
    ///
    /// [`StillInFlight`] with the operations that have not ended. They continue as long as their runtime is driven, and
    /// the method may be called again. Outside of a tokio runtime there is no timer: the error is returned at once if
    /// anything is in flight.
    pub fn close_within(
        &self,
        time: Duration,
    ) -> impl Future<Output = Result<(), StillInFlight>> + Send + use<> {
        let tasks = Arc::clone(self.tasks());
        async move {
            tasks.close();
            let has_ended = if Handle::try_current().is_ok() {
                let ended = tokio::time::timeout(time, tasks.wait_until_idle()).await;
                ended.is_ok()
            } else {
                tasks.wait_until_idle().now_or_never().is_some()
            };
            if has_ended {
                return Ok(());
            }
            Err(StillInFlight {
                operations: tasks.operations(),
            })
        }
    }

    /// Returns the tasks of this client and its clones.
    pub(crate) fn tasks(&self) -> &Arc<Tasks> {
        &self.inner.transport.tasks
    }

    /// Returns the maximum time that a call waits for other calls while none of them makes progress.
    pub(crate) fn patience(&self) -> Duration {
        self.inner.transport.limits.patience()
    }

    /// Returns the URL of the wiki, without `/graphql`.
    pub fn url(&self) -> &Url {
        &self.inner.settings.base
    }

    /// Returns the cache for pages and lists: its statistics, and methods to clear or bypass it.
    #[cfg(feature = "cache")]
    pub fn cache(&self) -> Cache {
        Cache::new(self.inner.cache.clone())
    }

    /// Runs a future whose reads do not use the cache. Without a cache, it only runs the future.
    ///
    /// For libraries that need the current state of the wiki and do not know whether the client has a cache. Applies to
    /// the reads of the future itself, not to those of tasks that it spawns.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let page = wiki.uncached(wiki.pages().get(123)).await?;
    /// # });
    /// ```
    pub fn uncached<Work: IntoFuture>(
        &self,
        work: Work,
    ) -> impl Future<Output = Work::Output> + use<Work> {
        Reads::Uncached.scope(work.into_future())
    }

    /// Returns the claims of the API key, without a request. `None` if the client has no key, or if the key is not a
    /// token of Wiki.js.
    pub fn key_claims(&self) -> Option<&KeyClaims> {
        self.credentials().claims()
    }

    /// Returns the token of the user's session, for [`ClientBuilder::session_token`](crate::ClientBuilder::session_token).
    ///
    /// The wiki renews it periodically. `None` for a guest and with an API key.
    pub fn session_token(&self) -> Option<secrecy::SecretString> {
        self.credentials().session_token()
    }

    /// Returns the generation of the token that the next request carries.
    pub(crate) fn token_generation(&self) -> u64 {
        self.credentials().generation()
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        self.inner.transport.credentials()
    }

    /// Returns the observations of the domains, which the clones of a client share.
    pub(crate) fn observations(&self) -> &Observations {
        &self.inner.observations
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

/// Operations that were in flight when [`Client::close_within`] returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the client is closed, but still in flight: {}", operations.join(", "))]
#[non_exhaustive]
pub struct StillInFlight {
    /// Names of the operations, such as `PagesCreate`.
    pub operations: Vec<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url().as_str())
            .field("default_locale", &self.inner.default_locale.known())
            .field("credentials", self.credentials())
            .field("limits", &self.inner.transport.limits)
            .finish_non_exhaustive()
    }
}

/// Runs a call until its deadline. `applied` returns the [`Applied`] state of the write if the deadline passes.
pub(crate) async fn with_deadline<T>(
    deadline: Option<Instant>,
    operation: &str,
    applied: impl FnOnce() -> Applied,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    let Some(deadline) = deadline else {
        return call.await;
    };
    if Handle::try_current().is_err() {
        return Err(Error::no_runtime(operation));
    }
    let late = |_| Error::no_response(operation, TransportErrorKind::Timeout, applied());
    tokio::time::timeout_at(deadline, call)
        .await
        .map_err(late)?
}
