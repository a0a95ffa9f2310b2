//! The retry policy, and the attempts of a request.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::{
    call::setters,
    error::{Applied, Error},
    task::sleep,
};

/// Policy for retries after transient failures.
///
/// A request is retried if it could not be sent, if the connection broke, if a proxy could not reach the wiki
/// (502, 503, 504), if the wiki was starting or had no database, and if it was rate limited (429, or Wiki.js'
/// "Too many requests"), after the delay that the response requests. A query is also retried after a timeout.
///
/// A mutation is retried only if it is certain that it was not applied and will not be, or if a second
/// execution does no harm at any later time. No attempt starts after the client's
/// [`deadline`](crate::ClientBuilder::deadline).
///
/// ```
/// use std::time::Duration;
/// use wikijs_client::{Client, RetryPolicy};
///
/// let policy = RetryPolicy::default().max_retries(8).max_elapsed(Duration::from_secs(300));
/// let wiki = Client::builder("https://wiki.example.com").retry(policy).build()?;
/// # Ok::<(), wikijs_client::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    max_retries: usize,
    min_delay: Duration,
    max_delay: Duration,
    max_elapsed: Duration,
}

impl Default for RetryPolicy {
    /// Returns the default: four retries within two minutes, after 0.2 s and then twice as long each time,
    /// with jitter.
    fn default() -> Self {
        Self {
            max_retries: 4,
            min_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_elapsed: Duration::from_secs(120),
        }
    }
}

setters! { RetryPolicy {
    /// Sets the maximum number of retries after the first attempt. Default: 4.
    #[must_use]
    max_retries(retries: usize) => max_retries = retries;
    /// Sets the delay before the first retry. Each further delay is twice as long, plus jitter. Default: 0.2 s.
    #[must_use]
    min_delay(delay: Duration) => min_delay = delay;
    /// Sets the maximum delay between two attempts, unless a response requests a longer one. Default: 10 s.
    #[must_use]
    max_delay(delay: Duration) => max_delay = delay;
    /// Sets the time after the first attempt from which on no further attempt starts. Default: 2 min.
    #[must_use]
    max_elapsed(time: Duration) => max_elapsed = time;
} }

impl RetryPolicy {
    /// Creates a policy without retries: each request is sent at most once.
    pub fn none() -> Self {
        Self::default().max_retries(0)
    }

    /// Starts the attempts of a request. No attempt starts after the deadline.
    pub(crate) fn start(&self, deadline: Option<Instant>) -> Retries {
        Retries {
            policy: self.clone(),
            begun: Instant::now(),
            deadline,
            delays: None,
            attempt: 1,
            cause: None,
        }
    }

    fn delays(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(self.max_retries)
            // Without jitter, all clients would retry at the same moment after the wiki restarts.
            .with_jitter()
            .build()
    }
}

/// Attempts of one request.
#[derive(Debug)]
pub(crate) struct Retries {
    policy: RetryPolicy,
    begun: Instant,
    deadline: Option<Instant>,
    /// The remaining delays. `None` until the first retry, since most requests need none.
    delays: Option<Box<ExponentialBackoff>>,
    attempt: u32,
    /// The error of the attempt before.
    cause: Option<Box<Error>>,
}

impl Retries {
    /// Returns the deadline, and the error of the attempt before, once.
    pub(super) fn take_cause(&mut self) -> Option<(Instant, Error)> {
        let cause = self.cause.take()?;
        Some((self.deadline?, *cause))
    }

    /// Returns the number of attempts so far, including the current one.
    pub(super) fn attempts(&self) -> u32 {
        self.attempt
    }

    /// Returns the number of attempts before the current one.
    pub(super) fn resends(&self) -> u32 {
        self.attempt - 1
    }

    /// Waits before the next attempt if the error is transient and nothing was applied.
    ///
    /// # Errors
    ///
    /// The error itself if there is no further attempt.
    pub(crate) async fn wait(&mut self, operation: &str, error: Error) -> Result<(), Error> {
        // Wiki.js has several database connections. If one was lost, another may work, so one retry is
        // worthwhile.
        let is_transient = error.is_transient()
            || error.is_timeout()
            || (error.is_lost_connection() && self.attempt == 1);
        if !is_transient || error.applied() != Applied::No {
            return Err(error);
        }
        self.wait_for(operation, error).await
    }

    /// Returns `true` if the policy allows another attempt.
    pub(crate) fn may_repeat(&self) -> bool {
        usize::try_from(self.attempt).is_ok_and(|attempts| attempts <= self.policy.max_retries)
    }

    /// Waits before the next attempt after any error.
    ///
    /// # Errors
    ///
    /// The error itself if the policy or the deadline allows no further attempt.
    pub(crate) async fn wait_for(&mut self, operation: &str, error: Error) -> Result<(), Error> {
        let policy = &self.policy;
        let delays = self.delays.get_or_insert_with(|| Box::new(policy.delays()));
        let Some(delay) = delays.next() else {
            return Err(error);
        };
        // Wiki.js requests a delay after too many logins or comments, and proxies do after too many requests.
        let delay = error.retry_after().map_or(delay, |asked| delay.max(asked));
        // An attempt after the deadline could only fail with a timeout, which would hide the cause.
        let is_too_late = self.begun.elapsed().saturating_add(delay) > policy.max_elapsed
            || self.deadline.is_some_and(|deadline| {
                Instant::now()
                    .checked_add(delay)
                    .is_none_or(|then| then >= deadline)
            });
        if is_too_late {
            return Err(error);
        }
        tracing::warn!(operation, attempt = self.attempt, ?delay, %error, "retrying");
        sleep(delay).await;
        self.attempt += 1;
        self.cause = Some(Box::new(error));
        Ok(())
    }
}
