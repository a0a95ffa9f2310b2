//! Creation, update and deletion of groups.

use std::collections::HashSet;

use super::{Group, GroupUpdate, Groups, NewGroup, PageRule};
use crate::{
    api,
    call::Call,
    error::{Error, Result},
    handle::Handle,
    response::{mutation, sending},
    transport::WritePermit,
    types::GroupId,
    write::{
        Observation, Repeat, Target, compare, is_older, partially_applied, write_and_reconcile,
        write_deletion,
    },
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
        self.write("GroupsCreate", new.check(), |groups, permit| async move {
            groups.create_in(&permit, &new).await
        })
    }

    async fn create_in(&self, permit: &WritePermit, new: &NewGroup) -> Result<Group> {
        let begun = self.client.inner().transport.server_time();
        let before = self.all().await?;
        let known: HashSet<GroupId> = before.into_iter().map(|group| group.id).collect();
        let target = Target::new("GroupsCreate", format!("group `{}`", new.name)).repeat(
            Repeat::Unsafe("list the groups before calling again: several may have one name"),
        );
        let send = || async {
            let name = new.name.clone();
            let variables = api::groups_create::Variables { name };
            let created = mutation!(self.client, permit, GroupsCreate, groups.create, variables);
            Ok(created.group.map(Group::from))
        };
        let observe = |_| self.observe_creation(new, &known, begun);
        let group = write_and_reconcile(&self.client, permit, &target, send, observe).await?;
        let wanted = new.rest.apply(&group)?;
        if wanted == group {
            return Ok(group);
        }
        let written = self.replace(permit, &group, &wanted).await;
        written.map_err(|source| {
            let done = format!("group {} is created", group.id);
            let missing = "its permissions or page rules could not be written";
            partially_applied("GroupsCreate", done, missing, source)
        })
    }

    /// Looks for a group with this name that did not exist before. The API does not report who created a group, so
    /// nothing is written to it.
    async fn observe_creation(
        &self,
        new: &NewGroup,
        known: &HashSet<GroupId>,
        begun: Option<jiff::Timestamp>,
    ) -> Result<Observation<Group>> {
        let mut created = self.all().await?.into_iter().filter(|group| {
            group.name == new.name
                && !known.contains(&group.id)
                && !is_older(&group.created_at, begun)
        });
        let (first, second) = match (created.next(), created.next()) {
            (None, _) => return Ok(Observation::Unchanged),
            (Some(first), second) => (first, second),
        };
        if let Some(second) = second {
            return Ok(Observation::Foreign(format!(
                "groups {} and {} were created with its name",
                first.id, second.id
            )));
        }
        let Some(group) = self.get_opt(first.id).await? else {
            return Ok(Observation::Unchanged);
        };
        Ok(if new.rest.apply(&group)? == group {
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
        let checked = id.to_argument().and_then(|_| update.check());
        self.write("GroupsUpdate", checked, move |groups, permit| async move {
            let before = groups.subject("GroupsUpdate", id).await?;
            let wanted = update.apply(&before)?;
            if wanted == before {
                return Ok(before);
            }
            groups.replace(&permit, &before, &wanted).await
        })
    }

    /// Changes a group from the state `before` to the state `wanted`, and returns it as stored.
    async fn replace(&self, permit: &WritePermit, before: &Group, wanted: &Group) -> Result<Group> {
        let id = wanted.id;
        let target = Target::new("GroupsUpdate", format!("group {id}"));
        let permissions = wanted.permissions.iter();
        let rules = wanted.page_rules.iter().map(PageRule::to_input);
        let variables = api::groups_update::Variables {
            id: id.to_argument()?,
            name: wanted.name.clone(),
            redirect_on_login: wanted.redirect_on_login.clone(),
            permissions: permissions.map(|name| Some(name.to_string())).collect(),
            page_rules: rules.map(Some).collect(),
        };
        let send = sending!(self.client, permit, GroupsUpdate, groups.update, variables);
        let observe = |_| async {
            let Some(now) = self.get_opt(id).await? else {
                return Ok(Observation::Foreign(format!("group {id} was deleted")));
            };
            Ok(compare(before, wanted, &now).observation(now))
        };
        write_and_reconcile(&self.client, permit, &target, send, observe).await
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
        let checked = id.to_argument().and_then(|_| {
            if id != 1 && id != 2 {
                return Ok(());
            }
            Err(Error::invalid(
                "group id",
                format!("group {id} belongs to the wiki itself and cannot be deleted"),
                "pass another group",
            ))
        });
        self.write("GroupsDelete", checked, move |groups, permit| async move {
            groups.subject("GroupsDelete", id).await?;
            let target = Target::new("GroupsDelete", format!("group {id}"));
            let variables = api::groups_delete::Variables { id: id.get() };
            let client = &groups.client;
            let send = sending!(client, &permit, GroupsDelete, groups.delete, variables);
            let exists = || async { Ok(groups.get_opt(id).await?.is_some()) };
            write_deletion(client, &permit, target, send, exists).await
        })
    }
}
