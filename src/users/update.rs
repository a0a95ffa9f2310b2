//! Changing users.

use super::{
    User, UserUpdate, Users,
    create::{no_group, read_back_failed},
};
use crate::{
    api,
    error::{Applied, Error, ErrorCode, Result},
    outcome::{mutation, query},
    settle::{Look, until_certain},
    transport::Turn,
    types::{GroupId, UserId},
};

impl Users {
    /// Changes what the update names, keeps everything else, and gives the user back.
    ///
    /// Wiki.js takes an empty text for one that is left out, so that nothing can be cleared with it
    /// (hazard 41): location and job title are cleared another way, which it does not document; name,
    /// e-mail address and time zone cannot be empty. It changes the groups before it looks at the rest,
    /// so that all of it is looked at before. A change that changes nothing is not written.
    ///
    /// Other than `groups.assignUser`, this does not end what the user may do with a login of before:
    /// its groups count for up to half an hour more.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::users::UserUpdate;
    ///
    /// let user = wiki.users().update(3, UserUpdate::new().job_title("Editor").clear_groups()).await?;
    /// assert!(user.groups.is_empty());
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what Wiki.js refuses or ignores: nothing is sent then; also for
    /// groups that would lock the administrator out or change the guest.
    /// [`is_not_found`](Error::is_not_found) if there is no such user (1016) or group;
    /// [`is_conflict`](Error::is_conflict) if another user has the e-mail address (1004);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:users`, or for a group with permissions
    /// that only somebody with more of them may give away.
    pub async fn update(&self, id: impl Into<UserId>, update: UserUpdate) -> Result<User> {
        let id = id.into();
        id.to_argument()?;
        update.check()?;
        let users = self.clone();
        let work = move |turn| async move { users.update_in(&turn, id, &update).await };
        self.client.write("UsersUpdate", work).await
    }

    async fn update_in(&self, turn: &Turn, id: UserId, update: &UserUpdate) -> Result<User> {
        let before = self.subject("UsersUpdate", id).await?;
        update.check_groups_of(&before)?;
        if update.is_made(&before) && update.password_text().is_none() {
            return Ok(before);
        }
        if let Some(groups) = &update.groups {
            self.check_groups(groups).await?;
        }
        let send = || self.send_update(turn, id, update);
        self.change(&before, "UsersUpdate", send, |user| update.is_made(user))
            .await
    }

    async fn check_groups(&self, wanted: &[GroupId]) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let variables = api::users_groups::Variables::new();
        let groups = query!(self.client, UsersGroups, groups.list, variables);
        let known: Vec<GroupId> = groups
            .into_iter()
            .flatten()
            .map(|group| group.id.into())
            .collect();
        match wanted.iter().find(|id| !known.contains(id)) {
            None => Ok(()),
            Some(id) => Err(no_group("UsersUpdate", *id)),
        }
    }

    async fn send_update(&self, turn: &Turn, id: UserId, update: &UserUpdate) -> Result<()> {
        let send = async {
            let variables = update.to_variables(id.to_argument()?);
            mutation!(self.client, turn, UsersUpdate, users.update, variables);
            Ok(())
        };
        send.await.map_err(|error: Error| {
            let error = error.without(update.password_text().unwrap_or_default());
            // What Wiki.js did not foresee may have come when the groups were changed already.
            let is_late = error.code() == Some(ErrorCode::Unexpected) && !error.is_forbidden();
            if update.groups.is_some() && is_late {
                error.with_applied(Applied::Unknown)
            } else {
                error
            }
        })
    }

    /// Changes a user, that was `before`, until it is certain that it is as it shall be, and reads it
    /// back. Each write of Wiki.js gives a user another `updatedAt`.
    pub(super) async fn change<Sent>(
        &self,
        before: &User,
        operation: &'static str,
        send: impl FnMut() -> Sent,
        is_made: impl Fn(&User) -> bool,
    ) -> Result<User>
    where
        Sent: Future<Output = Result<()>>,
    {
        let look = |_| async {
            let now = self.subject(operation, before.id).await?;
            let is_touched = now.updated_at != before.updated_at;
            Ok(if is_touched && is_made(&now) {
                Look::Made(())
            } else if !is_touched && now.groups == before.groups {
                Look::NotMade
            } else {
                Look::InPart
            })
        };
        until_certain(&self.client, operation, send, look).await?;
        match self.get_opt(before.id).await {
            Ok(Some(user)) => Ok(user),
            Ok(None) => Err(super::read::missing(operation, before.id)),
            Err(error) => Err(read_back_failed(before.id, error)),
        }
    }
}
