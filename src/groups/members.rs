//! Members of groups.

use futures::{Stream, StreamExt, stream};

use super::Groups;
use crate::{
    api,
    call::Call,
    error::{Error, Result},
    handle::Handle,
    response::{query, sending},
    transport::WritePermit,
    types::{GroupId, UserId},
    write::{Observation, Target, write_and_reconcile},
};

impl Groups {
    /// Adds a user to a group. The permissions of the group apply to the user's next request.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.groups().assign(4, 5).await?; // adds user 5 to group 4
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for user 2, the guest, whose groups are fixed. No request is sent then.
    /// - [`is_conflict`](Error::is_conflict) if the user is in the group already.
    /// - [`is_not_found`](Error::is_not_found) if there is no such group or user.
    /// - [`is_forbidden`](Error::is_forbidden) without one of `manage:users`, `write:groups` and
    ///   `manage:groups`, or for a group with permissions above the caller's own.
    pub fn assign(&self, group: impl Into<GroupId>, user: impl Into<UserId>) -> Call<()> {
        let (group, user) = (group.into(), user.into());
        let work = move |groups: Self, permit| async move {
            let is_new = groups.is_in(group, user).await.map(|is_in| !is_in);
            let target = Target::new("GroupsAssignUser", membership(group, user))
                .refused_if_executed_after(is_new, Error::is_conflict)?;
            let variables = api::groups_assign_user::Variables {
                group_id: group.get(),
                user_id: user.get(),
            };
            let client = &groups.client;
            let send = sending!(
                client,
                &permit,
                GroupsAssignUser,
                groups.assign_user,
                variables
            );
            groups
                .change(&permit, &target, send, (group, user), true)
                .await
        };
        self.write("GroupsAssignUser", check(group, user), work)
    }

    /// Adds users to a group, one after another, and returns the result of each.
    ///
    /// A failure for one user does not stop the others.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::StreamExt;
    ///
    /// let mut added = wiki.groups().assign_many(4, [3, 5]);
    /// while let Some((user, result)) = added.next().await {
    ///     match result {
    ///         Ok(()) => println!("user {user} added"),
    ///         Err(error) if error.is_conflict() => println!("user {user} was in the group"),
    ///         Err(error) => return Err(error.into()),
    ///     }
    /// }
    /// # });
    /// ```
    pub fn assign_many<Users>(
        &self,
        group: impl Into<GroupId>,
        users: Users,
    ) -> impl Stream<Item = (UserId, Result<()>)> + Send + Unpin + 'static
    where
        Users: IntoIterator<Item: Into<UserId>>,
    {
        let (groups, group) = (self.clone(), group.into());
        let users: Vec<UserId> = users.into_iter().map(Into::into).collect();
        let assign = move |user| {
            let assigned = groups.assign(group, user);
            async move { (user, assigned.await) }
        };
        stream::iter(users).then(assign).boxed()
    }

    /// Removes a user from a group. The permissions of the group no longer apply to the user's next request.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.groups().unassign(3, 5).await?; // removes user 5 from group 3
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for user 2, the guest, and for user 1 in group 1, without whom nobody could
    ///   administer the wiki. No request is sent then.
    /// - [`is_not_found`](Error::is_not_found) if there is no such group or user, or if the user is not in the
    ///   group, although Wiki.js reports success.
    /// - [`is_forbidden`](Error::is_forbidden) without one of `manage:users`, `write:groups` and
    ///   `manage:groups`.
    pub fn unassign(&self, group: impl Into<GroupId>, user: impl Into<UserId>) -> Call<()> {
        let (group, user) = (group.into(), user.into());
        let checked = check(group, user).and_then(|()| {
            if group != 1 || user != 1 {
                return Ok(());
            }
            let problem = "user 1 cannot leave group 1, the administrators";
            Err(Error::invalid("user id", problem, "pass another user"))
        });
        let work = move |groups: Self, permit| async move {
            let object = membership(group, user);
            if !groups.is_in(group, user).await? {
                return Err(Error::not_found("GroupsUnassignUser", object));
            }
            let target = Target::new("GroupsUnassignUser", object);
            let variables = api::groups_unassign_user::Variables {
                group_id: group.get(),
                user_id: user.get(),
            };
            let client = &groups.client;
            let send = sending!(
                client,
                &permit,
                GroupsUnassignUser,
                groups.unassign_user,
                variables
            );
            groups
                .change(&permit, &target, send, (group, user), false)
                .await
        };
        self.write("GroupsUnassignUser", checked, work)
    }

    /// Sends a mutation that changes the membership of a user to `is_member`.
    async fn change<Sending>(
        &self,
        permit: &WritePermit,
        target: &Target,
        send: impl Fn() -> Sending,
        (group, user): (GroupId, UserId),
        is_member: bool,
    ) -> Result<()>
    where
        Sending: Future<Output = Result<Option<()>>>,
    {
        let observe = |_| async {
            Ok(if self.is_in(group, user).await? == is_member {
                Observation::Applied(())
            } else {
                Observation::Unchanged
            })
        };
        write_and_reconcile(&self.client, permit, target, send, observe).await
    }

    /// Returns `true` if the user is in the group. The caller must be able to read the group or the user.
    async fn is_in(&self, group: GroupId, user: UserId) -> Result<bool> {
        match self.get_opt(group).await {
            Ok(found) => Ok(found.is_some_and(|group| group.has(user))),
            Err(error) if error.is_forbidden() => {
                let variables = api::groups_of_user::Variables { user: user.get() };
                let user = query!(self.client, GroupsOfUser, users.single, variables);
                Ok(user.groups.iter().any(|own| group == own.id))
            }
            Err(error) => Err(error),
        }
    }
}

fn membership(group: GroupId, user: UserId) -> String {
    format!("user {user} in group {group}")
}

fn check(group: GroupId, user: UserId) -> Result<()> {
    group.to_argument()?;
    user.to_argument()?;
    if user == 2 {
        let problem = "user 2 is the guest, whose groups are fixed";
        return Err(Error::invalid("user id", problem, "pass another user"));
    }
    Ok(())
}
