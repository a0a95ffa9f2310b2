//! Creation, update and deletion of groups, and changes of their members.

use futures::{Stream, StreamExt, stream};

use super::{Group, GroupUpdate, Groups, NewGroup, PageRule, permissions::texts};
use crate::{
    call::{Call, none_if},
    error::{Error, Result},
    handle::{Handle, Write},
    response::{mutation, query, sending, variables},
    text::refuse_if,
    types::{GroupId, UserId, converted},
    write::{Existing, Observation, Target, compare, partially_applied},
};

impl Groups {
    /// Creates a group and returns it.
    ///
    /// Wiki.js creates a group with only a name, so the client writes permissions and page rules in a second step. The
    /// wiki allows several groups with the same name; to avoid duplicates, check [`list`](Self::list) first.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let group = wiki.groups().create("Editors").await?;
    /// println!("{} is group {}", group.name, group.id);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for an empty name or one over 255 characters, and for page rules as
    ///   [`update`](Self::update). No request is sent then.
    /// - [`is_forbidden`](Error::is_forbidden) without `write:groups` or `manage:groups`.
    /// - [`Error::PartiallyApplied`] if the group was created, but its permissions or page rules could not be
    ///   written. A caller cannot grant permissions above its own.
    /// - [`Error::Unconfirmed`] if the response was lost and the group did not appear within the time of
    ///   [`confirm_writes_for`](crate::ClientBuilder::confirm_writes_for), or if a new group with this name may be
    ///   somebody else's. Its permissions and page rules are not written then.
    pub fn create(&self, group: impl Into<NewGroup>) -> Call<Group> {
        let new = group.into();
        self.mutate("GroupsCreate", new.check(), |write| async move {
            let existing = write.existing(write.all()).await?;
            let remedy = "list the groups before calling again: several may have one name";
            let target = write.target(format!("group `{}`", new.name));
            let send = || async {
                let created = mutation!(write, GroupsCreate(&*new.name));
                Ok(created.group.map(Group::from))
            };
            let observe = |_| write.observe_creation(&new, &existing);
            let group = write.reconcile(target.once(remedy), send, observe).await?;
            let incomplete = |source| {
                let done = format!("group {} is created", group.id);
                let missing = "its permissions or page rules could not be written";
                partially_applied("GroupsCreate", done, missing, source)
            };
            let wanted = new.rest.apply(&group).map_err(incomplete)?;
            if wanted == group {
                return Ok(group);
            }
            write.replace(&group, &wanted).await.map_err(incomplete)
        })
    }

    /// Looks for a group with this name that did not exist before. The API does not report who created a group, so
    /// nothing is written to it.
    async fn observe_creation(
        &self,
        new: &NewGroup,
        existing: &Existing<GroupId>,
    ) -> Result<Observation<Group>> {
        let mut named = self.all().await?;
        named.retain(|group| group.name == new.name);
        let id = match existing.created("group", named) {
            Ok(created) => created.id,
            Err(observed) => return Ok(observed),
        };
        let Some(group) = self.get_opt(id).await? else {
            return Ok(Observation::Unchanged);
        };
        let wanted = new.rest.apply(&group);
        Ok(if wanted.is_ok_and(|wanted| wanted == group) {
            Observation::Applied(group)
        } else {
            Observation::Partial {
                done: format!("group {} is created", group.id),
                missing: "its permissions and page rules are not written".to_owned(),
            }
        })
    }

    /// Updates the fields that `update` sets, keeps all others, and returns the group.
    ///
    /// The update of Wiki.js replaces name, redirect, permissions and page rules as a whole
    /// ([K42](crate::guide::known_issues#k42)). The client therefore reads the group, changes it, writes all
    /// of it and reads it back. It sends nothing if the update changes nothing, because Wiki.js
    /// reloads the permissions of all members at every write.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::groups::{GroupUpdate, Permission};
    ///
    /// let update = GroupUpdate::new().name("Authors").add_permissions([Permission::WritePages]);
    /// let group = wiki.groups().update(3, update).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for an empty name or one over 255 characters, and for page rules that Wiki.js
    ///   refuses (a regular expression that may take exponential time) or whose effect differs from the apparent one:
    ///   without a permission, with an empty path that matches nothing or everything, with a slash at
    ///   the start. No request is sent then. Also for an update that removes `manage:system` from group 1; nothing
    ///   is written then.
    /// - [`is_not_found`](Error::is_not_found) if there is no such group, although Wiki.js reports success.
    /// - [`is_forbidden`](Error::is_forbidden) without `write:groups` or `manage:groups`, or for permissions
    ///   above the caller's own.
    /// - [`Error::Unconfirmed`] if the response was lost and the change was not seen, or if somebody else
    ///   changed the same fields at the same time.
    pub fn update(&self, id: impl Into<GroupId>, update: GroupUpdate) -> Call<Group> {
        let id = id.into();
        let checked = id.check().and_then(|()| update.check());
        self.mutate("GroupsUpdate", checked, move |write| async move {
            let before = write.subject("GroupsUpdate", id).await?;
            let wanted = update.apply(&before)?;
            if wanted == before {
                return Ok(before);
            }
            write.replace(&before, &wanted).await
        })
    }

    /// Deletes a group.
    ///
    /// Its members are kept and lose the permissions of the group. API keys of the group are kept, too, without
    /// any permission.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.groups().delete(4).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for groups 1 and 2, which Wiki.js protects. No request is sent then.
    /// - [`is_not_found`](Error::is_not_found) if there is no such group, although Wiki.js reports success.
    /// - [`is_forbidden`](Error::is_forbidden) without `write:groups` or `manage:groups`.
    pub fn delete(&self, id: impl Into<GroupId>) -> Call<()> {
        let id = id.into();
        let checked = id.check().and_then(|()| {
            refuse_if! {
                id == 1 || id == 2 => "group id",
                    format!("group {id} belongs to the wiki itself and cannot be deleted"),
                    "pass another group";
            }
        });
        self.mutate("GroupsDelete", checked, move |write| async move {
            write.subject("GroupsDelete", id).await?;
            let send = sending!(write, GroupsDelete(id) => Some(()));
            let exists = |_| async { Ok(write.get_opt(id).await?.is_some()) };
            write
                .delete_object(write.target(format!("group {id}")), send, exists)
                .await
        })
    }
}

impl Write<Groups> {
    /// Changes a group from the state `before` to the state `wanted`, and returns it as stored.
    async fn replace(&self, before: &Group, wanted: &Group) -> Result<Group> {
        let id = wanted.id;
        let rules = wanted.page_rules.iter().map(PageRule::to_input);
        let variables = variables!(GroupsUpdate(
            id,
            &*wanted.name,
            &*wanted.redirect_on_login,
            texts(&wanted.permissions),
            rules.map(Some).collect::<Vec<_>>()
        ));
        let send = sending!(self, GroupsUpdate, variables);
        let observe = |_| async {
            Ok(match self.get_opt(id).await? {
                None => Observation::Foreign(format!("group {id} was deleted")),
                Some(now) => compare(before, wanted, &now).observation(now),
            })
        };
        let target = Target::new("GroupsUpdate", format!("group {id}"));
        self.reconcile(target, send, observe).await
    }
}

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
        let checked = check(group, user);
        self.mutate("GroupsAssignUser", checked, move |write| async move {
            let is_new = write.is_in(group, user).await.map(|is_in| !is_in);
            let target = write.target(membership(group, user));
            let target = target.refused_if_executed_after(is_new, Error::is_conflict)?;
            let send = sending!(write, GroupsAssignUser(group, user));
            let observe = |_| write.observe_membership(group, user, true);
            write.reconcile(target, send, observe).await
        })
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
        let users: Vec<UserId> = converted(users);
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
            refuse_if! {
                group == 1 && user == 1 => "user id",
                    "user 1 cannot leave group 1, the administrators", "pass another user";
            }
        });
        self.mutate("GroupsUnassignUser", checked, move |write| async move {
            let object = membership(group, user);
            if !write.is_in(group, user).await? {
                return Err(Error::not_found("GroupsUnassignUser", object));
            }
            let send = sending!(write, GroupsUnassignUser(group, user));
            let observe = |_| write.observe_membership(group, user, false);
            write.reconcile(write.target(object), send, observe).await
        })
    }

    async fn observe_membership(
        &self,
        group: GroupId,
        user: UserId,
        is_member: bool,
    ) -> Result<Observation<()>> {
        Ok(Observation::of(self.is_in(group, user).await? == is_member))
    }

    /// Returns `true` if the user is in the group. The caller must be able to read the group or the user.
    async fn is_in(&self, group: GroupId, user: UserId) -> Result<bool> {
        if let Some(found) = none_if(self.get_opt(group).await, Error::is_forbidden)? {
            return Ok(found.is_some_and(|group| group.has(user)));
        }
        let user = query!(self.client, GroupsOfUser(user));
        Ok(user.groups.iter().any(|own| group == own.id))
    }
}

fn membership(group: GroupId, user: UserId) -> String {
    format!("user {user} in group {group}")
}

fn check(group: GroupId, user: UserId) -> Result<()> {
    group.check()?;
    user.check()?;
    refuse_if! {
        user == 2 => "user id", "user 2 is the guest, whose groups are fixed", "pass another user";
    }
}
