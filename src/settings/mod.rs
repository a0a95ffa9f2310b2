//! Settings of the wiki: one engine that reads, changes, writes and reads back, and one table of fields for each
//! domain.
//!
//! Wiki.js replaces settings as a group and resets what a request omits ([K45](crate::guide::known_issues#k45)).
//! It also reports success for settings that it stored in part or not at all. A write of settings therefore reads the
//! group, changes the set fields, sends the group, reads it back and compares it field by field.

pub mod locales;
pub mod mail;
pub mod navigation;
pub mod site;
mod table;
pub mod theme;

use serde_json::Value;

use crate::{
    call::Call,
    client::Client,
    error::{Error, ObjectError, Result},
    handle::{Handle, Write},
    write::{Compared, compare},
};

/// A group of settings that one operation of Wiki.js reads and another one writes.
pub(crate) trait Group: Clone + Send + Sync + 'static {
    /// Operation that writes the group.
    const OPERATION: &'static str;

    /// Name of the group in errors.
    const NAME: &'static str;

    /// Reads the group.
    fn read(client: &Client) -> impl Future<Output = Result<Self>> + Send;

    /// Sends `self`, the intended state of the group, once.
    fn send(
        &self,
        before: &Self,
        write: &Write<impl Handle>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns the group as JSON, an object whose fields are compared one by one.
    fn comparable(&self) -> Value;

    /// Compares the previous, the intended and the current state of the group.
    fn compare(before: &Self, wanted: &Self, now: &Self) -> Compared {
        compare(
            &before.comparable(),
            &wanted.comparable(),
            &now.comparable(),
        )
    }

    /// Checks a change against the wiki, before it is sent.
    fn check(
        _before: &Self,
        _wanted: &Self,
        _client: &Client,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Returns a known reason for which the wiki reports success and stores nothing, if any.
    fn not_applied(_before: &Self, _wanted: &Self) -> Option<&'static str> {
        None
    }
}

/// Returns a call that reads a group of settings.
pub(crate) fn read<G: Group>(handle: &impl Handle) -> Call<G> {
    let client = handle.client().clone();
    Call::new(async move { G::read(&client).await })
}

/// Returns a call that changes a group of settings within one write, and returns the group as stored afterwards.
/// Nothing is sent if `checked` is an error, or if nothing changes.
///
/// The errors of the call are those of `change`, of [`Group::check`], and of the write engine.
pub(crate) fn change<G: Group>(
    handle: &impl Handle,
    checked: Result<()>,
    change: impl FnOnce(&G) -> Result<G> + Send + 'static,
) -> Call<G> {
    handle.mutate(G::OPERATION, checked, |write| async move {
        let client = write.client();
        let before = G::read(client).await?;
        let wanted = change(&before)?;
        if G::compare(&before, &wanted, &before).is_empty() {
            return Ok(before);
        }
        G::check(&before, &wanted, client).await?;
        let send = || async { wanted.send(&before, &write).await.map(|()| None) };
        let observe = async |response| {
            let now = G::read(client).await?;
            Ok(G::compare(&before, &wanted, &now).observation_after(response, now))
        };
        let result = write.reconcile(write.target(G::NAME), send, observe).await;
        result.map_err(|error| match G::not_applied(&before, &wanted) {
            Some(problem) => not_applied_because(error, problem),
            None => error,
        })
    })
}

/// Replaces the problem of an [`Error::NotApplied`] by the known reason.
fn not_applied_because(error: Error, problem: &str) -> Error {
    match error {
        Error::NotApplied(error) => {
            Error::NotApplied(ObjectError::new(error.operation, error.object, problem))
        }
        other => other,
    }
}

/// Returns a random UUID (version 4). It is an identifier, not a secret.
pub(crate) fn random_uuid() -> String {
    let random = fastrand::u128(..);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        random >> 96,
        (random >> 80) & 0xffff,
        (random >> 68) & 0xfff,
        0x8000 | ((random >> 48) & 0x3fff),
        random & 0xffff_ffff_ffff,
    )
}

/// Implements [`Group`] for the operation that reads it and the one that writes it. The first closure returns the state
/// that is compared. The second closure converts the data into the group. The third closure creates the variables from
/// the previous and the intended state. The items after them override defaults of the trait.
macro_rules! group {
    (
        $group:ty, $name:literal, |$state:ident| $comparable:expr;
        $read:ident, |$data:pat_param| $model:expr;
        $write:ident, |$before:pat_param, $wanted:ident| $variables:expr;
        $($rest:tt)*
    ) => {
        impl $crate::settings::Group for $group {
            const OPERATION: &'static str = stringify!($write);
            const NAME: &'static str = $name;

            async fn read(client: &$crate::client::Client) -> $crate::error::Result<Self> {
                let $data = $crate::response::query!(client, $read);
                Ok($model)
            }

            async fn send(
                &self,
                $before: &Self,
                write: &$crate::handle::Write<impl $crate::handle::Handle>,
            ) -> $crate::error::Result<()> {
                let $wanted = self;
                $crate::response::mutation!(write, $write, $variables);
                Ok(())
            }

            fn comparable(&self) -> serde_json::Value {
                let $state = self;
                $crate::write::value_of(&$comparable)
            }

            $($rest)*
        }
    };
}
pub(crate) use group;
