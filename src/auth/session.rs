//! A user's login: the token that runs out after half an hour, and what is needed for another.
//!
//! Wiki.js sends a new token along with the answer to a request whose token has run out, for fourteen
//! days; after that, or when the user was changed in certain ways, only a new login helps. Logins are
//! limited to five a minute for each address (hazard 51), so all tasks share one, and one that failed
//! is not tried again.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use reqwest::header::HeaderValue;
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::error::{AuthError, AuthFailure, Error, Result};

/// With this between two logins, a client alone never reaches the limit.
const BETWEEN_LOGINS: Duration = Duration::from_secs(15);

/// Who logs in, and how.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) password: SecretString,
    pub(crate) strategy: String,
}

/// A login.
pub(crate) struct Session {
    /// `None` where a login takes a security code, which nobody can give again.
    account: RwLock<Option<Account>>,
    token: RwLock<Token>,
    logins: Mutex<Logins>,
}

struct Token {
    header: HeaderValue,
    generation: u64,
}

/// The logins after the first.
#[derive(Default)]
struct Logins {
    last: Option<Instant>,
    has_failed: bool,
}

impl Session {
    pub(crate) fn new(account: Option<Account>, header: HeaderValue) -> Self {
        Self {
            account: RwLock::new(account),
            token: RwLock::new(Token {
                header,
                generation: 1,
            }),
            logins: Mutex::default(),
        }
    }

    /// The header of the token of now.
    pub(super) fn token(&self) -> HeaderValue {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        token.header.clone()
    }

    /// Which token that is.
    pub(super) fn generation(&self) -> u64 {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        token.generation
    }

    pub(super) fn replace(&self, header: HeaderValue) {
        let mut token = self.token.write().unwrap_or_else(PoisonError::into_inner);
        token.header = header;
        token.generation += 1;
    }

    /// The next login is made with another password.
    #[cfg(feature = "users")]
    pub(crate) fn change_password(&self, password: &SecretString) {
        let mut account = self.account.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = account.as_mut() {
            account.password = password.clone();
        }
    }

    fn account(&self) -> Option<Account> {
        let account = self.account.read().unwrap_or_else(PoisonError::into_inner);
        account.clone()
    }

    /// Another token in place of the one of this generation, unless it was replaced in the meantime.
    ///
    /// `log_in` gives the header of a new one. It is called once for all who wait, and not again after
    /// it has failed.
    pub(crate) async fn log_in_again<LogIn>(
        &self,
        stale: u64,
        log_in: impl FnOnce(Account) -> LogIn,
    ) -> Result<()>
    where
        LogIn: Future<Output = Result<HeaderValue>>,
    {
        let mut logins = self.logins.lock().await;
        if self.generation() != stale {
            return Ok(());
        }
        let too_soon = logins
            .last
            .is_some_and(|last| last.elapsed() < BETWEEN_LOGINS);
        let Some(account) = self.account().filter(|_| !logins.has_failed && !too_soon) else {
            return Err(AuthError::found(AuthFailure::LoginNeeded));
        };
        logins.last = Some(Instant::now());
        tracing::info!("the session has ended, logging in again");
        match log_in(account).await {
            Ok(header) => {
                self.replace(header);
                Ok(())
            }
            Err(error) => {
                // What passes may be tried again later; what was refused will be refused again.
                logins.has_failed = !error.is_transient() && !error.is_timeout();
                Err(Error::Auth(Box::new(AuthError {
                    reason: AuthFailure::LoginNeeded,
                    source: Some(Box::new(error)),
                })))
            }
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session([redacted])")
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
