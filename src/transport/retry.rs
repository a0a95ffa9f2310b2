//! When a request is sent again, and how long is waited before.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::error::{Applied, Error};

/// How often and how long a request is tried again that failed for a reason that passes.
///
/// Tried again is what could not be sent, what a proxy could not deliver (502, 503, 504), what the
/// wiki could not answer because it was starting or without its database, a connection that broke,
/// and what came too often (429, or Wiki.js' "Too many requests"), after the wait that was asked for.
/// A mutation is tried again only where it is certain that nothing was made.
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
    /// Four times, after 0.2 s and then twice as long each time, with jitter, within two minutes.
    fn default() -> Self {
        Self {
            max_retries: 4,
            min_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_elapsed: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// Nothing is tried again.
    pub fn none() -> Self {
        Self {
            max_retries: 0,
            ..Self::default()
        }
    }

    /// How many tries there are after the first.
    #[must_use]
    pub fn max_retries(mut self, retries: usize) -> Self {
        self.max_retries = retries;
        self
    }

    /// The wait before the second try; each one after is twice as long, plus jitter. Default: 0.2 s.
    ///
    /// After a write whose answer was lost the wiki is looked at several times, up to fifteen times
    /// this wait, before it is said that the write was not made.
    #[must_use]
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// The longest wait between two tries, but for one that the wiki asks for.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// No further try begins after this time; a wait that would end later is not begun.
    #[must_use]
    pub fn max_elapsed(mut self, time: Duration) -> Self {
        self.max_elapsed = time;
        self
    }

    /// The wait before the second try, also the unit of other waits for the wiki.
    pub(crate) fn first_delay(&self) -> Duration {
        self.min_delay
    }

    pub(crate) fn start(&self) -> Retries<'_> {
        Retries {
            policy: self,
            begun: Instant::now(),
            delays: None,
            attempt: 1,
        }
    }

    fn delays(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(self.max_retries)
            .with_jitter()
            .build()
    }
}

/// The tries of one request.
#[derive(Debug)]
pub(crate) struct Retries<'a> {
    policy: &'a RetryPolicy,
    begun: Instant,
    /// Those that are left; none before the first, as hardly any request needs one.
    delays: Option<ExponentialBackoff>,
    attempt: u32,
}

impl Retries<'_> {
    /// How many tries there were, or are under way.
    pub(super) fn attempts(&self) -> u32 {
        self.attempt
    }

    /// Waits until the next try, or gives the error back if there is none.
    ///
    /// `operation` is for the log.
    pub(crate) async fn wait(&mut self, operation: &str, error: Error) -> Result<(), Error> {
        if !error.is_transient() || error.applied() != Applied::No {
            return Err(error);
        }
        let policy = self.policy;
        let delays = self.delays.get_or_insert_with(|| policy.delays());
        let Some(delay) = delays.next() else {
            return Err(error);
        };
        let delay = error.retry_after().map_or(delay, |asked| delay.max(asked));
        if self.begun.elapsed().saturating_add(delay) > policy.max_elapsed {
            return Err(error);
        }
        tracing::warn!(operation, attempt = self.attempt, ?delay, %error, "trying again");
        tokio::time::sleep(delay).await;
        self.attempt += 1;
        Ok(())
    }
}
