//! Verification that the wiki recognizes the caller, and recovery if it does not.
//!
//! Wiki.js does not reject an unrecognized token. It treats the caller as a guest, and responds with the data that a
//! guest may read or with "Forbidden" ([K47](crate::guide::known_issues#k47)). The client therefore requests the
//! identity of the caller, together with its first query and after each forbidden request.

use std::{sync::Arc, time::Duration};

use reqwest::header::HeaderValue;
use tokio::time::timeout;

use super::{Client, login, state::Observed};
use crate::{
    api,
    auth::{Account, KeyClaims, bearer},
    error::{AuthError, AuthFailure, Error, ErrorCode, Result},
    task::{Sent, spawn_and_join, spawn_shared},
    transport::Changed,
};

/// The wiki recognizes the caller.
#[derive(Clone, Copy)]
struct Verified;

impl Observed for Verified {
    /// Limited because keys may be revoked and certificates regenerated at any time.
    const VALID_FOR: Duration = Duration::from_secs(5 * 60);
    const IS_REFUSAL: bool = false;
}

/// Records the result of a verification.
pub(crate) fn record(client: &Client, is_recognized: bool) {
    let verified = is_recognized.then_some(Verified);
    client.observations().set(verified);
}

/// Returns `true` if no verification is needed: the client has no credentials, or was verified recently.
pub(crate) fn is_verified(client: &Client) -> bool {
    client.credentials().is_anonymous() || client.observations().get::<Verified>().is_some()
}

/// Verifies that the wiki recognizes the caller's credentials, and returns `false` if it does not.
///
/// Concurrent callers share one request. A task sends it, because the callers that wait must not depend on
/// one of them being polled.
pub(crate) async fn verify_identity(client: &Client) -> Result<bool> {
    let client = client.clone();
    spawn_and_join("UsersWhoAmI", Sent::default(), async move {
        // The lock may be held by a task on a runtime that is not driven. After a timeout, this task sends its own
        // request.
        let lock = client.inner().verifying.lock();
        let _lock = timeout(client.patience(), lock).await;
        if is_verified(&client) {
            Ok(true)
        } else {
            ask(&client).await
        }
    })
    .await
}

async fn ask(client: &Client) -> Result<bool> {
    let variables = api::users_who_am_i::Variables::new();
    let profile = client.execute_unverified::<api::UsersWhoAmI>(variables, client.deadline());
    let is_recognized = match profile.await {
        Ok(_) => true,
        Err(error) if error.code() == Some(ErrorCode::AuthRequired) => false,
        Err(error) => return Err(error),
    };
    record(client, is_recognized);
    Ok(is_recognized)
}

/// Verifies the identity before a mutation if the API key has expired by the local clock, since the wiki might execute
/// the mutation as a guest. The local clock may be wrong, so the wiki decides.
///
/// # Errors
///
/// [`AuthFailure::Expired`] if the wiki does not recognize the caller.
pub(crate) async fn check_expired(client: &Client) -> Result<()> {
    let claims = client.credentials().claims();
    let is_expired = claims.is_some_and(KeyClaims::is_expired);
    if is_expired && !Box::pin(verify_identity(client)).await? {
        return Err(unrecognized(client));
    }
    Ok(())
}

/// Sends a request to which any working wiki responds, unless the client was verified recently. Fails with a clear
/// error if the wiki is not set up.
pub(crate) async fn check_available(client: &Client) -> Result<()> {
    if client.credentials().is_anonymous() || !is_verified(client) {
        Box::pin(ask(client)).await?;
    }
    Ok(())
}

/// Returns the error for credentials that the wiki does not recognize.
pub(crate) fn unrecognized(client: &Client) -> Error {
    let credentials = client.credentials();
    // From 14 days after its expiry on, Wiki.js treats a key like an unknown one (known issue K47).
    let is_expired = credentials.claims().is_some_and(KeyClaims::is_expired);
    AuthError::found(if is_expired || credentials.session().is_some() {
        AuthFailure::Expired
    } else {
        AuthFailure::KeyIgnored
    })
}

/// Logs in again if a request failed because the session has ended.
///
/// Returns `Ok` if the request can be sent again. `generation` is the generation of the token that the failed request
/// carried.
///
/// # Errors
///
/// `error` if the credentials were not the reason; [`Error::Auth`] if they were and cannot be renewed.
pub(crate) async fn recover(client: &Client, error: Error, generation: u64) -> Result<()> {
    let is_guest = error.code() == Some(ErrorCode::AuthRequired);
    let Some(session) = client.credentials().session() else {
        if is_guest && !client.credentials().is_anonymous() {
            return Err(unrecognized(client));
        }
        if error.is_forbidden() && !verify_identity(client).await.unwrap_or(true) {
            return Err(unrecognized(client));
        }
        return Err(error);
    };
    let has_ended = match &error {
        Error::Auth(auth) => auth.reason == AuthFailure::Expired,
        _ if is_guest => true,
        // Sessions end often, so a recent verification does not rule that out.
        _ => error.is_forbidden() && !ask(client).await.unwrap_or(true),
    };
    if !has_ended {
        return Err(error);
    }
    let (session, client) = (Arc::clone(session), client.clone());
    let tasks = Arc::clone(client.tasks());
    // The login continues if this caller is dropped, since other callers may wait for it.
    spawn_shared(&tasks, "AuthenticationLogin", Sent::default(), async move {
        let log_in = |account| log_in(&client, account);
        let patience = client.patience();
        session.log_in_again(generation, patience, log_in).await?;
        // The user may have other permissions now.
        let writes = &client.inner().transport.writes;
        writes.invalidate(Changed::Everything);
        Ok(())
    })
    .await
}

/// Returns the `Authorization` header with the token of a new login.
async fn log_in(client: &Client, account: Account) -> Result<HeaderValue> {
    let step = login::send(client, &account).await?;
    let header = step.jwt.and_then(|jwt| bearer(&jwt));
    header.ok_or_else(|| AuthError::found(AuthFailure::LoginNeeded))
}
