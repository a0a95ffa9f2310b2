//! Whether the wiki takes the caller for whom it is.
//!
//! Wiki.js refuses no token: one that it does not know makes the caller a guest, and what a guest may
//! not do is "Forbidden" (hazard 47). So where something is forbidden, the wiki is asked, once, whether
//! it knows the caller at all.

use std::sync::atomic::Ordering;

use reqwest::header::HeaderValue;

use crate::{
    api,
    auth::{Account, Credentials, KeyClaims, bearer},
    client::Client,
    error::{AuthError, AuthFailure, Error, ErrorCode, Result},
    login,
};

/// After an answer that refuses: gives the reason back, unless it was the caller's token, and that is
/// a new one now, so that the request can be sent again.
///
/// `generation` is that of the token which the refused request carried.
pub(crate) async fn mend(client: &Client, error: Error, generation: u64) -> Result<()> {
    let credentials = client.credentials();
    if credentials.is_anonymous() {
        return Err(error);
    }
    if matches!(&error, Error::Auth(auth) if auth.reason != AuthFailure::Expired) {
        return Err(error);
    }
    if error.is_forbidden() && knows_caller(client).await.unwrap_or(true) {
        return Err(error);
    }
    match credentials.session() {
        None if error.is_forbidden() => Err(ignored(credentials, error)),
        None => Err(error),
        Some(session) => {
            let log_in = |account| log_in(client.clone(), account);
            session.log_in_again(generation, log_in).await
        }
    }
}

fn ignored(credentials: &Credentials, error: Error) -> Error {
    let expired = credentials.claims().is_some_and(KeyClaims::is_expired);
    Error::Auth(Box::new(AuthError {
        reason: if expired {
            AuthFailure::Expired
        } else {
            AuthFailure::KeyIgnored
        },
        source: Some(Box::new(error)),
    }))
}

/// Whether the wiki takes the caller for somebody. It is asked until it once did.
async fn knows_caller(client: &Client) -> Result<bool> {
    let is_certain = &client.inner().identity_is_certain;
    if client.credentials().session().is_none() && is_certain.load(Ordering::Relaxed) {
        return Ok(true);
    }
    let variables = api::users_who_am_i::Variables::new();
    match client.execute_plainly::<api::UsersWhoAmI>(variables).await {
        Ok(_) => {
            is_certain.store(true, Ordering::Relaxed);
            Ok(true)
        }
        Err(error) if error.code() == Some(ErrorCode::AuthRequired) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A new token for somebody who has logged in before, without questions.
async fn log_in(client: Client, account: Account) -> Result<HeaderValue> {
    let step = login::send(&client, &account).await?;
    let token = step.jwt.filter(|jwt| !jwt.is_empty());
    token
        .and_then(|jwt| bearer(&jwt))
        .ok_or_else(|| AuthError::found(AuthFailure::LoginNeeded))
}
