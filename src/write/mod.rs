//! The write engine: sends a mutation and determines its outcome.
//!
//! The handles send their mutations with [`Write::reconcile`]. The caller passes a function that sends the
//! mutation and a function that observes the wiki. The engine sends a mutation again only if that does no harm. Every
//! error states whether the write was applied:
//!
//! | response | observed state | result |
//! |---|---|---|
//! | nothing was sent, or the wiki rejected it before executing it | not observed | the error, [`Applied::No`]; sent again if the reason is transient |
//! | an error that a second execution causes ([`Target::refused_if_executed`]) | intended state | `Ok` |
//! | such an error, and the state before could not be read | not observed | [`Error::Unconfirmed`], [`Applied::Unknown`] |
//! | success | intended state | `Ok` |
//! | success | state before | [`Error::NotApplied`], [`Applied::No`] |
//! | success or a final error | a part of the intended state | [`Error::PartiallyApplied`], [`Applied::Partially`]; an update is sent once more before |
//! | a final error | intended state | `Ok` |
//! | a final error | state before | the error, [`Applied::No`]; sent again if the reason is transient |
//! | lost | intended state | `Ok` |
//! | lost | anything else until the window ends | [`Error::Unconfirmed`], [`Applied::Unknown`]; sent again before if its [`Repeat`] is `Automatic` |
//! | any, after an attempt whose response was lost | not the intended state | [`Error::Unconfirmed`], [`Applied::Unknown`] |
//! | any | neither state, or the wiki cannot be read | [`Error::Unconfirmed`], [`Applied::Unknown`] |
//!
//! A response is *final* if it is a complete GraphQL body with the fields of this request. The wiki has then executed
//! the mutation and does not execute it later. A response is *lost* if none arrived, or if a proxy created it. The wiki
//! may then execute the request at any later time, and no observation can rule that out. Therefore the engine sends
//! such a mutation again only if it is [`Repeat::Automatic`]: otherwise the first attempt could run after the second
//! one, and overwrite later changes of the caller.
//!
//! After a lost response the engine observes the wiki until it sees the intended state or the window of
//! [`WriteQueue::observation_window`](crate::transport::WriteQueue::observation_window) ends. It holds the write permit
//! during this time.

mod compare;

use std::{
    collections::HashSet,
    fmt::Display,
    hash::Hash,
    ops::Deref,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

pub(crate) use self::compare::{Compared, Field, MASK, compare, value_of};
use crate::{
    error::{Applied, Error, ObjectError, PartiallyApplied, Result, Unconfirmed},
    task::sleep,
    transport::{MIN_OBSERVATION, WritePermit},
};

/// Pause after the first observation. Each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Maximum pause between two observations.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Effect of a second execution of a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// A second execution does no harm at any later time, such as a deletion by id. The engine sends the mutation again
    /// automatically.
    Automatic,
    /// A second execution leads to the same state, but a late one overwrites later changes. Only the caller can decide
    /// to repeat the call.
    Safe,
    /// A second execution would create or change another object. The text is the remedy for the error message.
    Unsafe(&'static str),
}

/// Selects errors.
type IsSuch = fn(&Error) -> bool;

/// A mutation, the object that it writes, and the effect of a second execution.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    operation: &'static str,
    object: String,
    repeat: Repeat,
    completes: bool,
    refused_if_executed: IsSuch,
    known_outcome: Option<(IsSuch, Applied)>,
    /// `true` if the object was read before the write. Otherwise an observation cannot show whether this write changed
    /// it.
    knows_before: bool,
}

impl Target {
    /// Creates a target whose mutation only the caller may repeat ([`Repeat::Safe`]).
    pub(crate) fn new(operation: &'static str, object: impl Into<String>) -> Self {
        Self {
            operation,
            object: object.into(),
            repeat: Repeat::Safe,
            completes: false,
            refused_if_executed: |_| false,
            known_outcome: None,
            knows_before: true,
        }
    }

    /// Declares errors after which the outcome is known to differ from that of other errors of their kind, because of
    /// the order in which Wiki.js executes the mutation.
    pub(crate) fn outcome_of(mut self, is_such: IsSuch, applied: Applied) -> Self {
        self.known_outcome = Some((is_such, applied));
        self
    }

    /// Adds the object and the known outcome to an error of the mutation.
    fn complete(&self, error: Error) -> Error {
        let error = error.about(&self.object);
        match self.known_outcome {
            Some((is_such, applied)) if is_such(&error) => error.with_applied(applied),
            _ => error,
        }
    }

    /// Declares that the mutation may be sent again automatically ([`Repeat::Automatic`]).
    pub(crate) fn automatic(self) -> Self {
        let repeat = Repeat::Automatic;
        Self { repeat, ..self }
    }

    /// Declares that a second execution would create or change another object ([`Repeat::Unsafe`]).
    pub(crate) fn once(self, remedy: &'static str) -> Self {
        let repeat = Repeat::Unsafe(remedy);
        Self { repeat, ..self }
    }

    /// Declares the errors that the wiki returns for a second execution after a successful first one, such as "not
    /// found" after a deletion. A proxy may deliver a request twice and pass on only the second response.
    ///
    /// The object must have been read earlier within the same write. Otherwise an observation cannot show whether this
    /// write changed it.
    pub(crate) fn refused_if_executed(mut self, is_refusal: IsSuch) -> Self {
        self.refused_if_executed = is_refusal;
        self
    }

    /// Declares such errors, as [`refused_if_executed`](Self::refused_if_executed) does, if a first execution can
    /// succeed.
    ///
    /// `can_succeed` is the result of a read. If the read has failed, for example because the caller may write but not
    /// read, such an error leaves the outcome unknown.
    ///
    /// # Errors
    ///
    /// The error of the read, if the connection to the wiki failed.
    pub(crate) fn refused_if_executed_after(
        self,
        can_succeed: Result<bool>,
        is_refusal: IsSuch,
    ) -> Result<Self> {
        Ok(match can_succeed {
            Ok(true) => self.refused_if_executed(is_refusal),
            Ok(false) => self,
            // The mutation was not sent yet, and would fail in the same way.
            Err(error) if error.is_connect() => return Err(error),
            Err(_) => self.unknown_if_refused(is_refusal),
        })
    }

    /// Declares such errors for an object that was not read before the write. They leave the outcome unknown.
    pub(crate) fn unknown_if_refused(self, is_refusal: IsSuch) -> Self {
        Self {
            knows_before: false,
            ..self.refused_if_executed(is_refusal)
        }
    }

    /// Declares that a second execution completes a partially applied first one.
    pub(crate) fn completes(mut self) -> Self {
        self.completes = true;
        self
    }
}

/// Response to a mutation, on which an observation may depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Response {
    /// The wiki reported success.
    Success,
    /// The wiki reported an error in a complete GraphQL body.
    FinalError,
    /// No response of the wiki arrived. It may execute the mutation later.
    Lost,
}

impl Response {
    /// Returns `true` if the wiki will not execute the mutation later.
    pub(crate) fn is_final(self) -> bool {
        self != Self::Lost
    }
}

/// The state of the wiki after a mutation.
#[derive(Debug)]
pub(crate) enum Observation<T> {
    /// The intended state.
    Applied(T),
    /// The state before the write.
    Unchanged,
    /// A part of the intended state. The rest is as before.
    Partial {
        /// The part that is stored, such as `page 7 is stored`.
        done: String,
        /// The part that is not, such as `its tags are not`.
        missing: String,
    },
    /// A state that the API does not show.
    Hidden,
    /// Neither the state before nor the intended one, probably because somebody else has written the object. The text
    /// describes the state.
    Foreign(String),
}

impl<T> From<Option<T>> for Observation<T> {
    /// Creates the observation of a state that is either the intended one, or `None` for the one before.
    fn from(intended: Option<T>) -> Self {
        intended.map_or(Self::Unchanged, Self::Applied)
    }
}

impl Observation<()> {
    /// Creates the observation of a state that is either the intended one or the one before.
    pub(crate) fn of(is_intended: bool) -> Self {
        if is_intended {
            Self::Applied(())
        } else {
            Self::Unchanged
        }
    }
}

/// The result of an upsert, with the object as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Upserted<T> {
    /// The object was created.
    Created(T),
    /// The object existed and was changed.
    Updated(T),
    /// The object existed and had every value already.
    Unchanged(T),
}

impl<T> Upserted<T> {
    /// Returns the object as stored.
    pub fn stored(&self) -> &T {
        let (Self::Created(stored) | Self::Updated(stored) | Self::Unchanged(stored)) = self;
        stored
    }

    /// Returns the object as stored, without a copy.
    pub fn into_stored(self) -> T {
        let (Self::Created(stored) | Self::Updated(stored) | Self::Unchanged(stored)) = self;
        stored
    }
}

/// A handle that holds the write permit.
pub(crate) struct Write<H> {
    handle: H,
    permit: WritePermit,
    operation: &'static str,
}

impl<H> Deref for Write<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.handle
    }
}

impl<H> Write<H> {
    pub(crate) fn new(handle: H, permit: WritePermit, operation: &'static str) -> Self {
        Self {
            handle,
            permit,
            operation,
        }
    }

    pub(crate) fn permit(&self) -> &WritePermit {
        &self.permit
    }

    /// Creates the target of the operation of this write.
    pub(crate) fn target(&self, object: impl Into<String>) -> Target {
        Target::new(self.operation, object)
    }

    /// Sends a mutation, and observes the wiki if the response does not determine the outcome.
    ///
    /// `send` returns the result if the response contains it, and `None` if the result must be read back. `observe` reads
    /// the wiki.
    ///
    /// # Errors
    ///
    /// See the table in the documentation of the module.
    pub(crate) async fn reconcile<T, Sending, Observing>(
        &self,
        target: Target,
        send: impl Fn() -> Sending,
        observe: impl Fn(Response) -> Observing,
    ) -> Result<T>
    where
        Sending: Future<Output = Result<Option<T>>>,
        Observing: Future<Output = Result<Observation<T>>>,
    {
        let (writes, operation) = (self.permit.queue(), target.operation);
        let mut retries = writes.limits.retry.start(self.permit.deadline());
        // The wiki may execute an attempt whose response was lost at any later time. From then on, the write is never
        // reported as not applied, regardless of the results of later attempts.
        let mut was_lost = false;
        let mut was_completed = false;
        loop {
            let begun = Instant::now();
            let error = match send().await {
                Ok(result) => {
                    // Only durations up to a response of the wiki count: a lost one shows the limit of a proxy.
                    writes.note_duration(begun.elapsed());
                    return match result {
                        Some(result) => Ok(result),
                        None => self.confirm(&target, was_lost, observe).await,
                    };
                }
                Err(error) => target.complete(error),
            };
            let is_refusal = (target.refused_if_executed)(&error);
            // Either the object never existed, or an earlier execution of this write has changed it.
            if is_refusal && !target.knows_before {
                let seen =
                    "the wiki refused it, possibly because of an earlier delivery of this request";
                let last = Observation::<T>::Foreign(seen.to_owned());
                return Err(target.unconfirmed(Some((last, SystemTime::now())), error));
            }
            // An error such as "not found" may be the result of an earlier execution of this write.
            let may_be_executed = was_lost || is_refusal;
            if error.applied() == Applied::No && !may_be_executed {
                return Err(error);
            }
            let is_final = error.is_final_response();
            let response = if is_final {
                writes.note_duration(begun.elapsed());
                Response::FinalError
            } else {
                Response::Lost
            };
            let window = writes.observation_window();
            let seen = self.watch(response, window, &observe).await;
            match seen.last {
                // Wiki.js may fail after it has stored an object, for example while it rebuilds the page tree (known
                // issue K13).
                Some((Observation::Applied(result), _)) => {
                    tracing::info!(operation, %error, "a write that was reported as failed was applied");
                    return Ok(result);
                }
                // The response is final, so the wiki will not apply the mutation later, and it may be sent again.
                Some((Observation::Unchanged, _)) if is_final && !was_lost => {
                    let error = error.with_applied(Applied::No);
                    retries.wait(operation, error).await?;
                }
                Some((Observation::Partial { done, missing }, _)) if is_final => {
                    // A second execution of an update renders the page and stores its tags. If it fails in the same way, a
                    // third one would fail as well.
                    let is_over = was_completed && !error.is_transient();
                    if !target.completes || is_over || !retries.may_repeat() {
                        return Err(partially_applied(operation, done, missing, error));
                    }
                    was_completed = true;
                    tracing::warn!(operation, %error, %done, %missing, "completing a write");
                }
                last => {
                    // A final error that is not transient, or one that persisted through the retries of the request, will
                    // not change.
                    let is_refused =
                        error.applied() == Applied::No || (is_final && !error.is_transient());
                    let error = target.unconfirmed(last, error);
                    let may_repeat = target.repeat == Repeat::Automatic && retries.may_repeat();
                    if !may_repeat || (was_lost && is_refused) {
                        return Err(error);
                    }
                    retries.wait_for(operation, error).await?;
                    was_lost = true;
                }
            }
        }
    }

    /// Observes the outcome of a mutation that an earlier run of the program sent and whose response was lost, until the
    /// intended state is seen or the window ends.
    ///
    /// # Errors
    ///
    /// The error of the last read, if none succeeded.
    pub(crate) async fn observe_lost<T, Observing>(
        &self,
        observe: impl Fn(Response) -> Observing,
    ) -> Result<Observation<T>>
    where
        Observing: Future<Output = Result<Observation<T>>>,
    {
        let window = self.permit.queue().observation_window();
        let seen = self.watch(Response::Lost, window, &observe).await;
        match (seen.last, seen.read_error) {
            (Some((last, _)), _) => Ok(last),
            (None, Some(read_error)) => Err(read_error),
            (None, None) => Ok(Observation::Hidden),
        }
    }

    /// Deletes an object by its id.
    ///
    /// `exists` reads whether the object exists: without a response before the mutation, and with it afterwards. The
    /// first read interprets the response "not found": either the object was absent before, or a proxy delivered the
    /// mutation twice and passed on the second response. It also interprets a missing object after a lost response,
    /// which this write has deleted only if it existed before: lists omit what the caller may not read.
    pub(crate) async fn delete_object<Sending, Reading>(
        &self,
        target: Target,
        send: impl Fn() -> Sending,
        exists: impl Fn(Option<Response>) -> Reading,
    ) -> Result<()>
    where
        Sending: Future<Output = Result<Option<()>>>,
        Reading: Future<Output = Result<bool>>,
    {
        let existed = exists(None).await;
        let has_existed = matches!(existed, Ok(true));
        let target = target
            .automatic()
            .refused_if_executed_after(existed, Error::is_not_found)?;
        let observe = async |response| {
            Ok(if exists(Some(response)).await? {
                Observation::Unchanged
            } else if has_existed {
                Observation::Applied(())
            } else {
                Observation::Hidden
            })
        };
        self.reconcile(target, send, observe).await
    }

    /// Sends a mutation that changes a value to an unknown one, and returns the new value.
    pub(crate) async fn renew<T: PartialEq, Sending, Reading>(
        &self,
        target: Target,
        send: impl Fn() -> Sending,
        read: impl Fn() -> Reading,
    ) -> Result<T>
    where
        Sending: Future<Output = Result<Option<T>>>,
        Reading: Future<Output = Result<T>>,
    {
        let before = read().await?;
        let observe = |_| async { Ok(Some(read().await?).filter(|now| *now != before).into()) };
        self.reconcile(target, send, observe).await
    }

    /// Sends a mutation whose effect cannot be observed with the API.
    pub(crate) async fn send_unobserved<T, Sending>(
        &self,
        target: Target,
        send: impl Fn() -> Sending,
    ) -> Result<T>
    where
        Sending: Future<Output = Result<Option<T>>>,
    {
        let observe = |_| async { Ok(Observation::Hidden) };
        self.reconcile(target, send, observe).await
    }

    /// Reads back the state after a mutation that the wiki reported as successful.
    async fn confirm<T, Observing>(
        &self,
        target: &Target,
        was_lost: bool,
        observe: impl Fn(Response) -> Observing,
    ) -> Result<T>
    where
        Observing: Future<Output = Result<Observation<T>>>,
    {
        // The state is visible at once, so the window only limits the repetition of failed reads.
        let seen = self
            .watch(Response::Success, MIN_OBSERVATION, &observe)
            .await;
        let not_applied = |problem: &'static str| {
            Error::NotApplied(ObjectError::new(target.operation, &target.object, problem))
        };
        match seen.last {
            Some((Observation::Applied(result), _)) => Ok(result),
            // Wiki.js reports success for some settings that it does not store.
            Some((Observation::Unchanged, _)) if !was_lost => Err(not_applied(
                "the wiki reported success, but nothing has changed",
            )),
            Some((Observation::Partial { done, missing }, _)) => {
                Err(partially_applied(target.operation, done, missing, None))
            }
            last => {
                let source = seen.read_error.unwrap_or_else(|| {
                    not_applied("the wiki returned neither the state before nor the intended one")
                });
                Err(target.unconfirmed(last, source))
            }
        }
    }

    /// Observes the wiki until an observation is conclusive or the time has passed.
    ///
    /// After a final response the first observation is conclusive, and failed reads are repeated within the window. After a
    /// lost response only the intended state (or a hidden one) is conclusive, and the last read ends with the window. After
    /// an error, the deadline of the call ends the observation, so that the caller gets the error. An observation that
    /// begins after the deadline has no caller, and ends with the window.
    async fn watch<T, Observing>(
        &self,
        response: Response,
        window: Duration,
        observe: &impl Fn(Response) -> Observing,
    ) -> Seen<T>
    where
        Observing: Future<Output = Result<Observation<T>>>,
    {
        let now = Instant::now();
        let window_ends = now.checked_add(window);
        let deadline = self.permit.deadline().filter(|deadline| *deadline > now);
        let ends = match (window_ends, deadline) {
            // The write may have more to do, which it does even after the deadline.
            _ if response == Response::Success => None,
            // A read after a final response may exceed the window, since its result will be conclusive.
            (_, deadline) if response.is_final() => deadline,
            (Some(window), Some(deadline)) => Some(window.min(deadline)),
            (window, deadline) => window.or(deadline),
        };
        let mut seen = Seen {
            last: None,
            read_error: None,
        };
        let mut pause = FIRST_PAUSE;
        loop {
            // The writes that wait for this one must not time out during the window.
            self.permit.activity().touch();
            // Limited in time, because a read may hang like the mutation before it.
            let observed = match ends {
                Some(ends) => match timeout_at(ends, observe(response)).await {
                    Ok(observed) => observed,
                    Err(_elapsed) => return seen,
                },
                None => observe(response).await,
            };
            match observed {
                Ok(observation) => {
                    let is_certain = response.is_final()
                        || matches!(observation, Observation::Applied(_) | Observation::Hidden);
                    seen.last = Some((observation, SystemTime::now()));
                    if is_certain {
                        return seen;
                    }
                }
                Err(read_error) => {
                    tracing::warn!(because = %read_error, "the wiki cannot be read after a write");
                    // Only errors such as a broken connection or the error page of a proxy may change with another read.
                    let is_refused = read_error.is_final_response() && !read_error.is_transient();
                    seen.read_error = Some(read_error);
                    if is_refused {
                        return seen;
                    }
                }
            }
            let next = Instant::now() + pause;
            let is_over = ends.is_some_and(|ends| next >= ends)
                // Each read has already been retried according to the client's policy.
                || response.is_final() && window_ends.is_none_or(|window_ends| next >= window_ends);
            if is_over {
                return seen;
            }
            sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }
}

impl Target {
    fn unconfirmed<T>(&self, last: Option<(Observation<T>, SystemTime)>, source: Error) -> Error {
        let object = &self.object;
        let (last, observed_at) = last.unzip();
        let observed = last.map(|last| match last {
            Observation::Applied(_) => format!("{object} was as intended"),
            Observation::Unchanged => format!("{object} was as before"),
            Observation::Partial { done, missing } => format!("{done}, but {missing}"),
            Observation::Hidden => "the API of Wiki.js does not show it".to_owned(),
            Observation::Foreign(what) => what,
        });
        Error::Unconfirmed(Box::new(Unconfirmed {
            operation: self.operation,
            object: object.clone(),
            observed,
            observed_at,
            is_safe_to_repeat: !matches!(self.repeat, Repeat::Unsafe(_)),
            remedy: match self.repeat {
                Repeat::Automatic => "calling again is safe",
                Repeat::Safe => {
                    "calling again is safe unless somebody else writes it in the meantime"
                }
                Repeat::Unsafe(remedy) => remedy,
            },
            source,
        }))
    }
}

/// Observations of the wiki after a mutation.
struct Seen<T> {
    /// The last observation, and its time.
    last: Option<(Observation<T>, SystemTime)>,
    /// The last failure to read the wiki.
    read_error: Option<Error>,
}

/// The ids of the objects that existed before a write that creates another one.
///
/// Any other object is new, whatever its creation time: the clocks of the wiki, its replicas and the proxies in front of
/// it may differ.
pub(crate) struct Existing<Id>(HashSet<Id>);

impl<Id: Display + Eq + Hash> Existing<Id> {
    pub(crate) fn new<T>(objects: &[T]) -> Self
    where
        Id: for<'a> From<&'a T>,
    {
        Self(objects.iter().map(Id::from).collect())
    }

    pub(crate) fn contains(&self, id: &Id) -> bool {
        self.0.contains(id)
    }

    /// Returns the only one of the candidates that was created since then. Otherwise returns the observation.
    pub(crate) fn created<T, U>(
        &self,
        noun: &str,
        candidates: impl IntoIterator<Item = T>,
    ) -> Result<T, Observation<U>>
    where
        Id: for<'a> From<&'a T>,
    {
        let candidates = candidates.into_iter();
        let mut created = candidates.filter(|object| !self.contains(&Id::from(object)));
        match (created.next(), created.next()) {
            (None, _) => Err(Observation::Unchanged),
            (Some(created), None) => Ok(created),
            (Some(one), Some(other)) => Err(Observation::Foreign(format!(
                "{noun}s {} and {} were created, either of which may be this one",
                Id::from(&one),
                Id::from(&other)
            ))),
        }
    }
}

/// Creates the error of a partially applied write.
pub(crate) fn partially_applied(
    operation: &'static str,
    done: impl Into<String>,
    missing: impl Into<String>,
    source: impl Into<Option<Error>>,
) -> Error {
    Error::PartiallyApplied(Box::new(PartiallyApplied {
        operation,
        done: done.into(),
        missing: missing.into(),
        source: source.into(),
    }))
}
