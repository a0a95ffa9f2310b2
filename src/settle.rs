//! What became of a write whose answer does not tell.
//!
//! Wiki.js reports writes as failed that it has made (hazards 1, 13), and goes on with those whose
//! client has given up or whose connection broke (hazard 18). After such an answer the wiki itself is
//! asked: a page that is there was made, one that is gone was deleted, a setting that is as it shall be
//! was set. What is certain is then said: the write's result if it was made, an error with
//! [`Applied::No`] if it was not. Only where the wiki cannot be asked, the error remains as it was.

use crate::{
    client::Client,
    error::{Applied, Error, Incomplete, Result},
};

/// When the wiki is looked at after an answer was lost, in units of the client's first delay between
/// retries: by default at once and after 0.2, 1 and 3 s. It may still be at work: a write that has
/// arrived is in the database within a fraction of a second.
const LOOKS_AFTER: [u32; 4] = [0, 1, 4, 10];

/// How often a write is made again that was certainly not made, for a reason that passes.
pub(crate) const MOST_TRIES: usize = 4;

/// What a look at the wiki shows of a write.
pub(crate) enum Look<T> {
    /// It was made, and this is its result.
    Made(T),
    /// A part of it was made; made again, it can be completed.
    InPart,
    /// There is nothing of it.
    NotMade,
}

/// Tries a write until it is certain what became of it.
///
/// `attempt` sends it. `look` says whether it was made; it is told whether the wiki is done with it
/// or may still be at work. A write that was certainly not made, for a reason that passes, is made
/// again, and so is one that was made in part. After a first try whose answer was lost, an error that
/// says that something is there already, or is not there any more, may speak of that very try, so it
/// is looked into as well.
pub(crate) async fn until_certain<T, Attempted, Looked>(
    client: &Client,
    operation: &str,
    mut attempt: impl FnMut() -> Attempted,
    mut look: impl FnMut(bool) -> Looked,
) -> Result<T>
where
    Attempted: Future<Output = Result<T>>,
    Looked: Future<Output = Result<Look<T>>>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match attempt().await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        let may_speak_of_itself = tries > 1 && (error.is_conflict() || error.is_not_found());
        if error.applied() == Applied::No && !may_speak_of_itself {
            return Err(error);
        }
        match settle(client, &error, &mut look).await {
            Some(Look::Made(result)) => {
                tracing::info!(operation, %error, "a write that was reported as failed was made");
                return Ok(result);
            }
            Some(Look::InPart) if tries < MOST_TRIES => {
                tracing::warn!(operation, tries, %error, "a write was made in part, completing it");
            }
            Some(Look::NotMade) if passes(&error) && tries < MOST_TRIES => {
                tracing::warn!(operation, tries, %error, "a write was not made, trying again");
            }
            Some(Look::InPart) => return Err(error.with_applied(Applied::Yes)),
            Some(Look::NotMade) => return Err(error.with_applied(Applied::No)),
            None => return Err(error),
        }
    }
}

/// Puts a setting of the wiki into a state and gives what is then there.
///
/// `send` writes it, `read` reads it, `is_done` says whether it is as it shall be. Wiki.js answers success
/// for some settings that it did not keep, so it is read back: [`Error::NotDone`] says so.
#[allow(dead_code, reason = "the façades of settings need it")]
pub(crate) async fn set<T, Sent, Read>(
    client: &Client,
    operation: &'static str,
    mut send: impl FnMut() -> Sent,
    read: impl Fn() -> Read,
    is_done: impl Fn(&T) -> bool,
) -> Result<T>
where
    Sent: Future<Output = Result<()>>,
    Read: Future<Output = Result<T>>,
{
    let look = |_| async {
        let now = read().await?;
        Ok(if is_done(&now) {
            Look::Made(Some(now))
        } else {
            Look::NotMade
        })
    };
    let attempt = || {
        let answer = send();
        async { answer.await.map(|()| None) }
    };
    let now = match until_certain(client, operation, attempt, look).await? {
        Some(seen) => seen,
        None => read().await.map_err(|error| unread(operation, error))?,
    };
    if is_done(&now) {
        Ok(now)
    } else {
        Err(Error::NotDone {
            operation,
            what: "what is read back is not what was set".to_owned(),
        })
    }
}

/// The error of a write that was made and whose result could not be read.
#[allow(dead_code, reason = "the façades of settings need it")]
pub(crate) fn unread(operation: &'static str, error: Error) -> Error {
    Error::Incomplete(Box::new(Incomplete {
        done: format!("{operation} is made"),
        missing: "what is there now could not be read".to_owned(),
        source: error,
    }))
}

/// Looks at the wiki, several times where it may still be at work. `None` if it cannot be asked.
pub(crate) async fn settle<T, Looked>(
    client: &Client,
    error: &Error,
    look: &mut impl FnMut(bool) -> Looked,
) -> Option<Look<T>>
where
    Looked: Future<Output = Result<Look<T>>>,
{
    // What the wiki itself answered is over.
    let is_over = matches!(error, Error::Api(_) | Error::GraphQl(_));
    let mut found = None;
    for wait in LOOKS_AFTER {
        client.pause(wait).await;
        match look(is_over).await {
            Ok(Look::NotMade) => found = Some(Look::NotMade),
            Ok(made) => return Some(made),
            Err(blind) => {
                tracing::warn!(%error, because = %blind, "the wiki cannot be asked about a write");
                if !passes(&blind) {
                    return None;
                }
            }
        }
        if is_over && found.is_some() {
            break;
        }
    }
    found
}

/// Whether the same write may succeed if it is made again.
pub(crate) fn passes(error: &Error) -> bool {
    let of_a_proxy =
        matches!(error, Error::Http(error) if error.status >= 500 || error.status < 300);
    error.is_transient() || error.is_timeout() || of_a_proxy
}
