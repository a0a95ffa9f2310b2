//! Credentials of requests, the claims that they contain, and the session of a user.
//!
//! A session has a token that expires after half an hour, and the account for logging in again. For 14 days after a token
//! has expired, Wiki.js responds to a request with a new token. After that, or when the user was changed in certain ways, a
//! new login is required. Logins are limited to five per minute for each IP address
//! ([K51](crate::guide::known_issues#k51)), so all tasks share one login, and a rejected login is not repeated.

use std::{
    fmt,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use base64::Engine as _;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{sync::Mutex, time::timeout};

use crate::{
    error::{Applied, AuthError, AuthFailure, Error, Result, TransportErrorKind},
    redact::Secrets,
    task::{read, write},
    text::refuse_setting_if,
    types::{ApiKeyId, GroupId, UserId},
};

/// The user that every API key acts as.
const KEY_OWNER: UserId = UserId::new(1);
/// The user that all guests share.
const GUEST: UserId = UserId::new(2);
/// The group with all permissions.
const ADMINISTRATORS: GroupId = GroupId::new(1);

/// Time before the expiry of an API key from which on a new client logs a warning.
const WARN_BEFORE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Minimum time between two logins, so that one client never reaches the rate limit of the wiki.
const BETWEEN_LOGINS: Duration = Duration::from_secs(15);

/// Header with the token that the wiki sends in place of an expired one.
const NEW_JWT: HeaderName = HeaderName::from_static("new-jwt");

/// Credentials of a client.
#[derive(Clone, Default)]
pub(crate) enum Credentials {
    /// No credentials: the caller is a guest.
    #[default]
    Anonymous,
    /// An API key.
    ApiKey {
        /// `Bearer …`, marked as sensitive.
        header: HeaderValue,
        claims: Option<KeyClaims>,
    },
    /// The session of a user who has logged in.
    Session(Arc<Session>),
}

impl Credentials {
    /// Creates credentials with an API key.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the key is empty or cannot be sent in a header.
    pub(crate) fn api_key(key: &SecretString) -> Result<Self> {
        const REMEDY: &str =
            "copy the complete key from Administration > API Access, without quotes";
        let text = key.expose_secret().trim();
        refuse_setting_if! { text.is_empty() => "api_key", "the key is empty", REMEDY; }?;
        // The error must not contain the key, not even in its source: a mistyped key may reveal the correct one.
        let header = bearer(text).ok_or_else(|| {
            Error::config(
                "api_key",
                "the key contains characters that are not allowed in an HTTP header",
                REMEDY,
            )
        })?;
        let claims = KeyClaims::read(text);
        if let Some(claims) = &claims {
            claims.warn_if_expiring();
        }
        Ok(Self::ApiKey { header, claims })
    }

    /// Creates credentials with the token of a session. Without a password, the client cannot log in again after the
    /// session ends.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the token is empty or cannot be sent in a header.
    pub(crate) fn session_of(token: &SecretString) -> Result<Self> {
        let header = bearer(token.expose_secret().trim()).ok_or_else(|| {
            Error::config(
                "session_token",
                "the token is empty or contains characters that are not allowed in an HTTP header",
                "log in again",
            )
        })?;
        Ok(Self::Session(Arc::new(Session::new(None, header))))
    }

    /// Returns the current token of the session.
    pub(crate) fn session_token(&self) -> Option<SecretString> {
        Some(token_of(&self.session()?.token()).to_owned().into())
    }

    /// Returns the `Authorization` header of the next request.
    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        match self {
            Self::Anonymous => None,
            Self::ApiKey { header, .. } => Some(header.clone()),
            Self::Session(session) => Some(session.token()),
        }
    }

    /// Returns the generation of the token that the next request carries. It is always 0 for an API key.
    pub(crate) fn generation(&self) -> u64 {
        self.session().map_or(0, |session| session.generation())
    }

    /// Stores the token that a response carries in place of an expired one.
    pub(crate) fn renew(&self, response: &HeaderMap) {
        if let Some(token) = response.get(NEW_JWT)
            && let Ok(token) = token.to_str()
        {
            self.replace_token(token);
        }
    }

    /// Replaces the token of the session. Does nothing without a session.
    pub(crate) fn replace_token(&self, token: &str) {
        if let Self::Session(session) = self
            && let Some(header) = bearer(token)
        {
            session.replace(header);
        }
    }

    pub(crate) fn claims(&self) -> Option<&KeyClaims> {
        match self {
            Self::Anonymous | Self::Session(_) => None,
            Self::ApiKey { claims, .. } => claims.as_ref(),
        }
    }

    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::Anonymous | Self::ApiKey { .. } => None,
            Self::Session(session) => Some(session),
        }
    }

    /// Returns the id of the user that the wiki records as the author of the caller's writes, if it is known.
    pub(crate) fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Anonymous => Some(GUEST),
            Self::ApiKey { claims, .. } => claims.map(|_| KEY_OWNER),
            Self::Session(session) => SessionClaims::read(session)?.id.map(UserId::new),
        }
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// Returns `true` if the token gives full access: it is a key of the administrators' group, or belongs to a user
    /// with `manage:system`.
    pub(crate) fn has_full_access(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::ApiKey { claims, .. } => {
                claims.is_some_and(|claims| claims.group == ADMINISTRATORS)
            }
            Self::Session(session) => SessionClaims::read(session).is_some_and(|claims| {
                let mut permissions = claims.permissions.iter();
                permissions.any(|name| name == "manage:system")
            }),
        }
    }

    /// Returns the texts that no error and no log may show, even if a server repeats them.
    pub(crate) fn secrets(&self) -> Secrets {
        let secrets = Secrets::default();
        match self.authorization() {
            None => secrets,
            Some(header) => secrets.with(token_of(&header)),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "anonymous",
            Self::ApiKey { .. } => "API key [redacted]",
            Self::Session(_) => "session [redacted]",
        })
    }
}

/// Returns `Bearer …` as a header that is marked as sensitive, or `None` if the token cannot be one.
pub(crate) fn bearer(token: &str) -> Option<HeaderValue> {
    let is_refused = |c: char| c.is_whitespace() || c.is_control() || !c.is_ascii();
    if token.is_empty() || token.chars().any(is_refused) {
        return None;
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Returns the token in a header that [`bearer`] created.
pub(crate) fn token_of(header: &HeaderValue) -> &str {
    let header = header.to_str().unwrap_or_default();
    header.trim_start_matches("Bearer ")
}

/// Claims of an API key, read from the key itself.
///
/// An API key is a signed token, and only the wiki can verify the signature. Use the claims as a hint, and
/// never to decide about permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyClaims {
    /// `api`: the id of the key in the wiki's list of API keys.
    pub id: ApiKeyId,
    /// `grp`: the group whose permissions the key has. Group 1, the administrators, has full access.
    pub group: GroupId,
    /// `exp`: the time at which the key expires.
    pub expires: jiff::Timestamp,
}

impl KeyClaims {
    /// Returns `true` if the key has expired by the clock of this machine.
    ///
    /// The client still sends requests with such a key. The local clock may be wrong, so the wiki decides.
    pub fn is_expired(&self) -> bool {
        self.expires <= jiff::Timestamp::now()
    }

    /// Returns `true` if the key expires within this time.
    ///
    /// A client logs a warning when it is built with a key that expires within 7 days.
    pub fn expires_within(&self, time: Duration) -> bool {
        jiff::Timestamp::now()
            .checked_add(time)
            .is_ok_and(|then| self.expires <= then)
    }

    fn warn_if_expiring(&self) {
        if self.is_expired() {
            tracing::warn!(expired = %self.expires, "the API key is expired");
        } else if self.expires_within(WARN_BEFORE) {
            tracing::warn!(expires = %self.expires, "the API key expires soon");
        }
    }

    /// Reads the claims of a key. Returns `None` for a text that is not an API key of Wiki.js.
    pub(crate) fn read(key: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Payload {
            api: i64,
            grp: i64,
            exp: i64,
        }
        let Payload { api, grp, exp } = payload_of(key)?;
        Some(Self {
            id: api.into(),
            group: grp.into(),
            expires: jiff::Timestamp::from_second(exp).ok()?,
        })
    }
}

/// Claims of the token of a session.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SessionClaims {
    id: Option<i64>,
    permissions: Vec<String>,
}

impl SessionClaims {
    fn read(session: &Session) -> Option<Self> {
        payload_of(token_of(&session.token()))
    }
}

/// Decodes the payload of a JSON Web Token without verifying its signature.
fn payload_of<Payload: DeserializeOwned>(token: &str) -> Option<Payload> {
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1)?)
        .ok()?;
    serde_json::from_slice(&json).ok()
}

/// User name, password and authentication strategy of a login.
#[derive(Debug, Clone)]
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
    fn token(&self) -> HeaderValue {
        read(&self.state).header.clone()
    }

    /// Returns the generation of the current token. Every new token increments it.
    fn generation(&self) -> u64 {
        read(&self.state).generation
    }

    fn replace(&self, header: HeaderValue) {
        let mut state = write(&self.state);
        state.header = header;
        state.generation += 1;
    }

    /// Sets the password for later logins.
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
        let header = result.map_err(|error| {
            // After a transient failure another login may be sent later. A rejected login is never repeated.
            logins.has_failed = !error.is_transient() && !error.is_timeout();
            AuthError::because(AuthFailure::LoginNeeded, error)
        })?;
        self.replace(header);
        Ok(())
    }
}
