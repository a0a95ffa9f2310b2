//! Session of a user: a token that expires after half an hour, and the account for logging in again.
//!
//! For 14 days after a token has expired, Wiki.js responds to a request with a new token. After that, or when the user
//! was changed in certain ways, a new login is required. Logins are limited to five per minute for each IP address
//! ([K51](crate::guide::known_issues#k51)), so all tasks share one login, and a rejected login is not repeated.

use std::{
    fmt,
    sync::RwLock,
    time::{Duration, Instant},
};

use reqwest::header::HeaderValue;
use secrecy::SecretString;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    error::{Applied, AuthError, AuthFailure, Error, Result, TransportErrorKind},
    task::{read, write},
};

/// Minimum time between two logins, so that one client never reaches the rate limit of the wiki.
const BETWEEN_LOGINS: Duration = Duration::from_secs(15);

/// User name, password and authentication strategy of a login.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) password: SecretString,
    pub(crate) strategy: String,
}

/// Session of a user who has logged in.
pub(crate) struct Session {
    state: RwLock<State>,
    logins: Mutex<Logins>,
}

struct State {
    /// `None` if a login requires more than a password, such as a security code.
    account: Option<Account>,
    /// The `Authorization` header with the current token.
    header: HeaderValue,
    generation: u64,
}

/// Logins after the first one.
#[derive(Default)]
struct Logins {
    last: Option<Instant>,
    has_failed: bool,
}

impl Session {
    pub(crate) fn new(account: Option<Account>, header: HeaderValue) -> Self {
        Self {
            state: RwLock::new(State {
                account,
                header,
                generation: 1,
            }),
            logins: Mutex::default(),
        }
    }

    /// Returns the `Authorization` header with the current token.
    pub(super) fn token(&self) -> HeaderValue {
        read(&self.state).header.clone()
    }

    /// Returns the generation of the current token. Every new token increments it.
    pub(super) fn generation(&self) -> u64 {
        read(&self.state).generation
    }

    pub(super) fn replace(&self, header: HeaderValue) {
        let mut state = write(&self.state);
        state.header = header;
        state.generation += 1;
    }

    /// Sets the password for later logins.
    #[cfg(feature = "users")]
    pub(crate) fn change_password(&self, password: &SecretString) {
        if let Some(account) = &mut write(&self.state).account {
            account.password = password.clone();
        }
    }

    /// Returns the account, if a login requires nothing but its password.
    pub(crate) fn account(&self) -> Option<Account> {
        read(&self.state).account.clone()
    }

    /// Logs in and replaces the token of generation `stale`, unless it was already replaced.
    ///
    /// `log_in` returns the header with a new token. All waiting callers share one login. The future must not be
    /// dropped while the login is in flight. Otherwise the next caller would log in at once.
    ///
    /// # Errors
    ///
    /// [`AuthFailure::LoginNeeded`] if the login fails, if an earlier one was rejected, if the last one was less than
    /// [`BETWEEN_LOGINS`] ago, or if a login requires more than a password; a timeout if another caller's login takes
    /// longer than `patience`, probably because its runtime is not driven.
    pub(crate) async fn log_in_again<LogIn>(
        &self,
        stale: u64,
        patience: Duration,
        log_in: impl FnOnce(Account) -> LogIn,
    ) -> Result<()>
    where
        LogIn: Future<Output = Result<HeaderValue>>,
    {
        let Ok(mut logins) = timeout(patience, self.logins.lock()).await else {
            let kind = TransportErrorKind::Timeout;
            return Err(Error::no_response("AuthenticationLogin", kind, Applied::No));
        };
        if self.generation() != stale {
            return Ok(());
        }
        let is_too_soon = logins
            .last
            .is_some_and(|last| last.elapsed() < BETWEEN_LOGINS);
        let Some(account) = self
            .account()
            .filter(|_| !logins.has_failed && !is_too_soon)
        else {
            return Err(AuthError::found(AuthFailure::LoginNeeded));
        };
        tracing::info!("the session has ended, logging in again");
        let result = log_in(account).await;
        logins.last = Some(Instant::now());
        match result {
            Ok(header) => {
                self.replace(header);
                Ok(())
            }
            Err(error) => {
                // After a transient failure another login may be sent later. A rejected login is never repeated.
                logins.has_failed = !error.is_transient() && !error.is_timeout();
                Err(AuthError::because(AuthFailure::LoginNeeded, error))
            }
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("username", &self.username)
            .field("strategy", &self.strategy)
            .finish_non_exhaustive()
    }
}
