//! Changing groups without losing what is not changed.

use super::{Group, GroupUpdate, Groups, PageRule};
use crate::{
    api,
    error::{Error, Incomplete, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
    types::GroupId,
};

impl Groups {
    /// Changes what the update names, keeps everything else, and gives the group back.
    ///
    /// The update of Wiki.js replaces name, redirection, permissions and page rules, all of them
    /// (hazard 42): the group is read, the change is made to it, all of it is written and read back. A
    /// change that changes nothing is not written, since Wiki.js looks anew at the logins of all members
    /// for it.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::groups::{GroupUpdate, Permission};
    ///
    /// let update = GroupUpdate::new().name("Authors").add_permissions([Permission::WritePages]);
    /// let group = wiki.groups().update(3, update).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an empty name or one over 255 characters, and for page rules that
    /// Wiki.js refuses (a regular expression that may take exponential time) or that do not do what they
    /// look like (without a permission, with an empty path where it matches nothing or everything, with
    /// a slash at the start): nothing is sent then. Also for an update that takes `manage:system` from
    /// group 1: nothing is written then. [`is_not_found`](Error::is_not_found) if there is no such
    /// group, though Wiki.js answers success; [`is_forbidden`](Error::is_forbidden) without
    /// `write:groups` or `manage:groups`, or for permissions that only somebody with more of them may
    /// give away.
    pub async fn update(&self, id: impl Into<GroupId>, update: GroupUpdate) -> Result<Group> {
        let id = id.into();
        id.to_argument()?;
        update.check()?;
        let groups = self.clone();
        let work = move |turn| async move { groups.update_in(&turn, id, &update).await };
        self.client.write("GroupsUpdate", work).await
    }

    async fn update_in(&self, turn: &Turn, id: GroupId, update: &GroupUpdate) -> Result<Group> {
        let before = self.subject("GroupsUpdate", id).await?;
        let wanted = update.apply(&before)?;
        if wanted == before {
            return Ok(before);
        }
        self.replace(turn, &before, &wanted).await
    }

    /// Writes a group, that was `before`, as it shall be, until it is certain that it is.
    pub(super) async fn replace(
        &self,
        turn: &Turn,
        before: &Group,
        wanted: &Group,
    ) -> Result<Group> {
        let look = |_| async {
            let now = self.subject("GroupsUpdate", wanted.id).await?;
            if now.updated_at == before.updated_at {
                Ok(Look::NotMade)
            } else if is_same(&now, wanted) {
                Ok(Look::Made(()))
            } else {
                // Before this write or after it: that cannot be told, and is not written over.
                Err(Error::invalid(
                    "group",
                    "somebody else has changed it in the meantime",
                    "read it and apply the change again",
                ))
            }
        };
        let send = || self.send_update(turn, wanted);
        until_certain(&self.client, "GroupsUpdate", send, look).await?;
        self.get(wanted.id).await.map_err(|source| {
            Error::Incomplete(Box::new(Incomplete {
                done: format!("group {} is written", wanted.id),
                missing: "it could not be read back".to_owned(),
                source,
            }))
        })
    }

    async fn send_update(&self, turn: &Turn, group: &Group) -> Result<()> {
        let permissions = group.permissions.iter();
        let rules = group.page_rules.iter().map(PageRule::to_input);
        let variables = api::groups_update::Variables {
            id: group.id.to_argument()?,
            name: group.name.clone(),
            redirect_on_login: group.redirect_on_login.clone(),
            permissions: permissions.map(|name| Some(name.to_string())).collect(),
            page_rules: rules.map(Some).collect(),
        };
        mutation!(self.client, turn, GroupsUpdate, groups.update, variables);
        Ok(())
    }
}

/// Whether two states of a group are the same in all that an update writes.
fn is_same(one: &Group, other: &Group) -> bool {
    one.name == other.name
        && one.redirect_on_login == other.redirect_on_login
        && one.permissions == other.permissions
        && one.page_rules == other.page_rules
}
