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
    client::Client,
    error::{Error, ObjectError, Result},
    transport::WritePermit,
    write::{Compared, Target, compare, write_and_reconcile},
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
        client: &Client,
        permit: &WritePermit,
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

/// Changes a group of settings within one write, and returns the group as stored afterwards. Nothing is sent if
/// nothing changes.
///
/// # Errors
///
/// The errors of `change`, of [`Group::check`], and of the write engine.
pub(crate) async fn change<G: Group>(
    client: &Client,
    change: impl FnOnce(&G) -> Result<G> + Send + 'static,
) -> Result<G> {
    let writing = client.clone();
    let work = move |permit| async move {
        let before = G::read(&writing).await?;
        let wanted = change(&before)?;
        write(&writing, &permit, &before, &wanted).await
    };
    client.write(G::OPERATION, work).await
}

async fn write<G: Group>(
    client: &Client,
    permit: &WritePermit,
    before: &G,
    wanted: &G,
) -> Result<G> {
    if G::compare(before, wanted, before).is_empty() {
        return Ok(before.clone());
    }
    G::check(before, wanted, client).await?;
    let target = Target::new(G::OPERATION, G::NAME);
    let send = || async { wanted.send(before, client, permit).await.map(|()| None) };
    let observe = |response| async move {
        let now = G::read(client).await?;
        Ok(G::compare(before, wanted, &now).observation_after(response, now))
    };
    let result = write_and_reconcile(client, permit, &target, send, observe).await;
    result.map_err(|error| match (error, G::not_applied(before, wanted)) {
        (Error::NotApplied(error), Some(problem)) => {
            Error::NotApplied(ObjectError::new(error.operation, error.object, problem))
        }
        (other, _) => other,
    })
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

/// Implements [`Group`] for the operation that reads it and the one that writes it. The first closure converts the data
/// into the group. The second closure creates the variables from the previous and the intended state. The items after
/// them override defaults of the trait.
macro_rules! group {
    (
        $group:ty, $name:literal;
        $read:ident = $read_domain:ident.$read_field:ident, |$data:pat_param| $model:expr;
        $write:ident = $domain:ident.$field:ident, |$before:pat_param, $wanted:ident| $variables:expr;
        $($rest:tt)*
    ) => {
        impl $crate::settings::Group for $group {
            const OPERATION: &'static str = stringify!($write);
            const NAME: &'static str = $name;

            async fn read(client: &$crate::client::Client) -> $crate::error::Result<Self> {
                let $data = $crate::response::query!(client, $read, $read_domain.$read_field);
                Ok($model)
            }

            async fn send(
                &self,
                $before: &Self,
                client: &$crate::client::Client,
                permit: &$crate::transport::WritePermit,
            ) -> $crate::error::Result<()> {
                let $wanted = self;
                let variables = $variables;
                $crate::response::mutation!(client, permit, $write, $domain.$field, variables);
                Ok(())
            }

            $($rest)*
        }
    };
}
pub(crate) use group;

#[cfg(test)]
mod tests {
    use super::random_uuid;

    #[test]
    fn random_uuids_have_version_4_and_differ() {
        let uuid = random_uuid();
        let parts: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        assert_ne!(uuid, random_uuid());
    }
}
