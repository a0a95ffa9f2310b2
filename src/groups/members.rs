//! Who is in a group.

use super::Groups;
use crate::{
    api,
    error::{Error, Result},
    outcome::{mutation, query},
    settle::{Look, until_certain},
    transport::Turn,
    types::{GroupId, UserId},
};

/// Wiki.js keeps the guest in the guests' group, alone.
const GUEST: UserId = UserId::new(2);
const ADMINISTRATOR: UserId = UserId::new(1);
const ADMINISTRATORS: GroupId = GroupId::new(1);

impl Groups {
    /// Puts a user into a group. What it allows counts with the user's next request.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// wiki.groups().assign(4, 5).await?; // user 5 is in group 4 now
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for the guest, who is in a group of its own: nothing is sent then.
    /// [`is_conflict`](Error::is_conflict) if the user is in the group already;
    /// [`is_not_found`](Error::is_not_found) if there is no such group or user;
    /// [`is_forbidden`](Error::is_forbidden) without one of `manage:users`, `write:groups` and
    /// `manage:groups`, or for a group with permissions that only somebody with more of them may give
    /// away.
    pub async fn assign(&self, group: impl Into<GroupId>, user: impl Into<UserId>) -> Result<()> {
        let (group, user) = (group.into(), user.into());
        group.to_argument()?;
        user.to_argument()?;
        refuse_guest(user)?;
        let groups = self.clone();
        let work = move |turn| async move {
            let look = |_| async {
                let is_in = groups.is_in(group, user).await?;
                Ok(if is_in { Look::Made(()) } else { Look::NotMade })
            };
            let send = || groups.send_assign(&turn, group, user);
            until_certain(&groups.client, "GroupsAssignUser", send, look).await
        };
        self.client.write("GroupsAssignUser", work).await
    }

    /// Takes a user out of a group. What it allowed ends with the user's next request.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// wiki.groups().unassign(3, 5).await?; // user 5 is not in group 3 any more
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for the guest, and for user 1 and group 1, without whom nobody could
    /// administer the wiki: nothing is sent then. [`is_not_found`](Error::is_not_found) if there is no
    /// such group or user, and if the user is not in the group, though Wiki.js answers success then;
    /// [`is_forbidden`](Error::is_forbidden) without one of `manage:users`, `write:groups` and
    /// `manage:groups`.
    pub async fn unassign(&self, group: impl Into<GroupId>, user: impl Into<UserId>) -> Result<()> {
        let (group, user) = (group.into(), user.into());
        group.to_argument()?;
        user.to_argument()?;
        refuse_guest(user)?;
        if (group, user) == (ADMINISTRATORS, ADMINISTRATOR) {
            return Err(Error::invalid(
                "user id",
                "user 1 stays in the administrators' group",
                "name another user",
            ));
        }
        let groups = self.clone();
        let work = move |turn| async move { groups.unassign_in(&turn, group, user).await };
        self.client.write("GroupsUnassignUser", work).await
    }

    async fn unassign_in(&self, turn: &Turn, group: GroupId, user: UserId) -> Result<()> {
        if !self.is_in(group, user).await? {
            return Err(Error::NotFound {
                operation: "GroupsUnassignUser",
                what: format!("there is no user {user} in group {group}"),
            });
        }
        let look = |_| async move {
            let is_in = self.is_in(group, user).await?;
            Ok(if is_in { Look::NotMade } else { Look::Made(()) })
        };
        let send = || self.send_unassign(turn, group, user);
        until_certain(&self.client, "GroupsUnassignUser", send, look).await
    }

    /// Whether a user is in a group, for those who may see the group, and for those who may see the user.
    async fn is_in(&self, group: GroupId, user: UserId) -> Result<bool> {
        match self.get_opt(group).await {
            Ok(found) => Ok(found.is_some_and(|group| group.has(user))),
            Err(error) if error.is_forbidden() => {
                let variables = api::groups_of_user::Variables {
                    user: user.to_argument()?,
                };
                let user = query!(self.client, GroupsOfUser, users.single, variables);
                Ok(user.groups.iter().flatten().any(|own| group == own.id))
            }
            Err(error) => Err(error),
        }
    }

    async fn send_assign(&self, turn: &Turn, group: GroupId, user: UserId) -> Result<()> {
        let variables = api::groups_assign_user::Variables {
            group_id: group.to_argument()?,
            user_id: user.to_argument()?,
        };
        mutation!(
            self.client,
            turn,
            GroupsAssignUser,
            groups.assign_user,
            variables
        );
        Ok(())
    }

    async fn send_unassign(&self, turn: &Turn, group: GroupId, user: UserId) -> Result<()> {
        let variables = api::groups_unassign_user::Variables {
            group_id: group.to_argument()?,
            user_id: user.to_argument()?,
        };
        mutation!(
            self.client,
            turn,
            GroupsUnassignUser,
            groups.unassign_user,
            variables
        );
        Ok(())
    }
}

fn refuse_guest(user: UserId) -> Result<()> {
    if user == GUEST {
        return Err(Error::invalid(
            "user id",
            "user 2 is the guest, whose groups are fixed",
            "name another user",
        ));
    }
    Ok(())
}
