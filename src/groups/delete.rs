//! Deleting groups.

use super::Groups;
use crate::{
    api,
    error::{Error, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
    types::GroupId,
};

impl Groups {
    /// Deletes a group. Its members stay, without what it allowed them; so do API keys that were made
    /// for it, which may do nothing any more.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// wiki.groups().delete(4).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for groups 1 and 2, which Wiki.js protects: nothing is sent then.
    /// [`is_not_found`](Error::is_not_found) if there is no such group, though Wiki.js answers success;
    /// [`is_forbidden`](Error::is_forbidden) without `write:groups` or `manage:groups`.
    pub async fn delete(&self, id: impl Into<GroupId>) -> Result<()> {
        let id = id.into();
        id.to_argument()?;
        if id == 1 || id == 2 {
            return Err(Error::invalid(
                "group id",
                format!("group {id} is the wiki's own and cannot be deleted"),
                "name another group",
            ));
        }
        let groups = self.clone();
        let work = move |turn| async move { groups.delete_in(&turn, id).await };
        self.client.write("GroupsDelete", work).await
    }

    async fn delete_in(&self, turn: &Turn, id: GroupId) -> Result<()> {
        self.subject("GroupsDelete", id).await?;
        let look = |_| async move {
            Ok(match self.get_opt(id).await? {
                Some(_) => Look::NotMade,
                None => Look::Made(()),
            })
        };
        let send = || self.send_delete(turn, id);
        until_certain(&self.client, "GroupsDelete", send, look).await
    }

    async fn send_delete(&self, turn: &Turn, id: GroupId) -> Result<()> {
        let variables = api::groups_delete::Variables {
            id: id.to_argument()?,
        };
        mutation!(self.client, turn, GroupsDelete, groups.delete, variables);
        Ok(())
    }
}
