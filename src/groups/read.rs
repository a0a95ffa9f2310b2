//! Reading groups.

use super::{Group, Groups};
use crate::{
    api,
    error::{Error, Result},
    types::GroupId,
};

impl Groups {
    /// The group with this id, with its permissions, page rules and members.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let guests = wiki.groups().get(2).await?;
    /// println!("guests may {:?}", guests.permissions);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none, which Wiki.js answers with null;
    /// [`is_forbidden`](Error::is_forbidden) without `write:groups` or `manage:groups`.
    pub async fn get(&self, id: impl Into<GroupId>) -> Result<Group> {
        self.subject("GroupsGet", id.into()).await
    }

    /// The group with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), but for a missing group.
    pub async fn get_opt(&self, id: impl Into<GroupId>) -> Result<Option<Group>> {
        let variables = api::groups_get::Variables {
            id: id.into().to_argument()?,
        };
        let data = self.client.execute::<api::GroupsGet>(variables).await?;
        let groups = crate::outcome::answered("GroupsGet", "groups", data.groups)?;
        Ok(groups.single.map(Group::from))
    }

    /// The group that an operation is about, or the error that says so.
    pub(super) async fn subject(&self, operation: &'static str, id: GroupId) -> Result<Group> {
        self.get_opt(id).await?.ok_or_else(|| Error::NotFound {
            operation,
            what: format!("there is no group {id}"),
        })
    }
}
