//! Deleting users.

use super::Users;
use crate::{
    api,
    error::{Error, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
    types::UserId,
};

impl Users {
    /// Deletes a user. What the user has written stays, and is `replacement`'s from then on: pages,
    /// their history, assets, comments.
    ///
    /// Wiki.js does not look whether there is a replacement: it gives what it can to nobody, or fails
    /// half-way. It is looked up before.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// wiki.users().delete(3, 1).await?; // what user 3 wrote is user 1's now
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for users 1 and 2, which Wiki.js protects (1018), and for a user who
    /// shall be replaced by itself: nothing is sent then. [`is_not_found`](Error::is_not_found) if there
    /// is no such user (1016) or replacement; [`is_conflict`](Error::is_conflict) if something else in
    /// the database refers to the user (1017); [`is_forbidden`](Error::is_forbidden) without
    /// `manage:users`.
    pub async fn delete(
        &self,
        id: impl Into<UserId>,
        replacement: impl Into<UserId>,
    ) -> Result<()> {
        let (id, replacement) = (id.into(), replacement.into());
        id.to_argument()?;
        replacement.to_argument()?;
        refuse_protected(id, "cannot be deleted")?;
        if id == replacement {
            return Err(Error::invalid(
                "replacement",
                "it is the user who is to be deleted",
                "name another, such as user 1",
            ));
        }
        let users = self.clone();
        let work = move |turn| async move { users.delete_in(&turn, id, replacement).await };
        self.client.write("UsersDelete", work).await
    }

    async fn delete_in(&self, turn: &Turn, id: UserId, replacement: UserId) -> Result<()> {
        self.subject("UsersDelete", id).await?;
        self.subject("UsersDelete", replacement).await?;
        let look = |_| async move {
            Ok(match self.get_opt(id).await? {
                Some(_) => Look::NotMade,
                None => Look::Made(()),
            })
        };
        let send = || self.send_delete(turn, id, replacement);
        until_certain(&self.client, "UsersDelete", send, look).await
    }

    async fn send_delete(&self, turn: &Turn, id: UserId, replacement: UserId) -> Result<()> {
        let variables = api::users_delete::Variables {
            id: id.to_argument()?,
            replace_id: replacement.to_argument()?,
        };
        mutation!(self.client, turn, UsersDelete, users.delete, variables);
        Ok(())
    }
}

/// Users 1 and 2, without whom Wiki.js does not start.
pub(super) fn refuse_protected(id: UserId, problem: &str) -> Result<()> {
    if id != 1 && id != 2 {
        return Ok(());
    }
    Err(Error::invalid(
        "user id",
        format!("user {id} is the wiki's own and {problem}"),
        "name another user",
    ))
}
