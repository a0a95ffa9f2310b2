//! Whether the wiki takes the caller for whom it is.
//!
//! Wiki.js refuses no token: one that it does not know makes the caller a guest, who is shown what
//! guests are shown, and what a guest may not do is "Forbidden" (hazard 47). So the wiki is asked, once,
//! whether it knows the caller at all: together with the first query, and where something is forbidden.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::header::HeaderValue;

use crate::{
    api,
    auth::{Account, KeyClaims, bearer},
    client::Client,
    error::{AuthError, AuthFailure, Error, ErrorCode, Result},
    login,
    task::by_a_task,
    transport::Sent,
};

/// For how long it is believed that the wiki still knows whom it knew: its keys may be revoked and its
/// certificates made anew at any time.
const BELIEVED_FOR: Duration = Duration::from_secs(5 * 60);

/// When the wiki was seen to take the caller for somebody.
#[derive(Debug, Default)]
pub(crate) struct Certainty {
    seen: Mutex<Option<Instant>>,
    /// Held by the one who asks for all.
    asking: tokio::sync::Mutex<()>,
}

impl Certainty {
    fn is_fresh(&self) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.is_some_and(|seen| seen.elapsed() < BELIEVED_FOR)
    }

    /// The wiki knows the caller as of now, or does not.
    pub(crate) fn note(&self, known: bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = known.then(Instant::now);
    }
}

/// Whether nothing is to be asked: the caller is a guest on purpose, or was known a moment ago.
pub(crate) fn is_certain(client: &Client) -> bool {
    client.credentials().is_anonymous() || client.inner().certainty.is_fresh()
}

/// Whether the wiki takes the caller for somebody. Asked once for all who want to know, and by a task,
/// since those who wait must not depend on one of them to be polled.
pub(crate) async fn knows_caller(client: &Client) -> Result<bool> {
    let client = client.clone();
    by_a_task("UsersWhoAmI", Sent::default(), async move {
        let _asking = client.inner().certainty.asking.lock().await;
        if is_certain(&client) {
            Ok(true)
        } else {
            ask(&client).await
        }
    })
    .await
}

async fn ask(client: &Client) -> Result<bool> {
    let variables = api::users_who_am_i::Variables::new();
    let known = match client.execute_plainly::<api::UsersWhoAmI>(variables).await {
        Ok(_) => true,
        Err(error) if error.code() == Some(ErrorCode::AuthRequired) => false,
        Err(error) => return Err(error),
    };
    client.inner().certainty.note(known);
    Ok(known)
}

/// The error of a caller whom the wiki takes for a guest.
pub(crate) fn ignored(client: &Client) -> Error {
    let credentials = client.credentials();
    let expired = credentials.claims().is_some_and(KeyClaims::is_expired);
    AuthError::found(if expired || credentials.session().is_some() {
        AuthFailure::Expired
    } else {
        AuthFailure::KeyIgnored
    })
}

/// After an answer that refuses: gives the reason back, unless it was the caller's token, and that is
/// a new one now, so that the request can be sent again.
///
/// `generation` is that of the token which the refused request carried.
pub(crate) async fn mend(client: &Client, error: Error, generation: u64) -> Result<()> {
    let says_guest = error.code() == Some(ErrorCode::AuthRequired);
    let Some(session) = client.credentials().session() else {
        if says_guest && !client.credentials().is_anonymous() {
            return Err(ignored(client));
        }
        if error.is_forbidden() && !knows_caller(client).await.unwrap_or(true) {
            return Err(ignored(client));
        }
        return Err(error);
    };
    let has_ended = match &error {
        Error::Auth(auth) => auth.reason == AuthFailure::Expired,
        _ if says_guest => true,
        // A login ends more often than a key: what was known a moment ago is asked again.
        _ => error.is_forbidden() && !ask(client).await.unwrap_or(true),
    };
    if !has_ended {
        return Err(error);
    }
    let (session, client) = (Arc::clone(session), client.clone());
    by_a_task("AuthenticationLogin", Sent::default(), async move {
        let log_in = |account| log_in(client.clone(), account);
        session.log_in_again(generation, log_in).await?;
        // The user may have been changed, which ends a login.
        client.inner().cache.forget_all();
        Ok(())
    })
    .await
}

/// A new token for somebody who has logged in before, without questions.
async fn log_in(client: Client, account: Account) -> Result<HeaderValue> {
    let step = login::send(&client, &account).await?;
    let token = step.jwt.filter(|jwt| !jwt.is_empty());
    token
        .and_then(|jwt| bearer(&jwt))
        .ok_or_else(|| AuthError::found(AuthFailure::LoginNeeded))
}
