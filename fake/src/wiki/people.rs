//! The side of [`FakeWiki`] from which a test sees users and groups, and their logins.

use super::FakeWiki;
use crate::auth::Subject;
use crate::state::{FakeGroup, FakeUser};
use std::time::Duration;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Users, groups and logins.
///
/// ```
/// use wikijs_fake::{FakeUser, FakeWiki};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::builder()
///     .user(FakeUser::new("Edith", "edith@example.com").groups([1]).password("Passw0rd"))
///     .start()
///     .await;
/// // … the code under test logs in with `edith@example.com` and `Passw0rd`, strategy `local` …
///
/// // Half an hour later:
/// wiki.expire_logins();
/// # });
/// ```
impl FakeWiki {
    /// The mail address of user 1, the administrator.
    pub const ADMIN_EMAIL: &'static str = crate::state::people::ADMIN_EMAIL;
    /// The password of user 1.
    pub const ADMIN_PASSWORD: &'static str = crate::state::people::ADMIN_PASSWORD;

    /// Puts a group in and gives its id.
    pub fn insert_group(&self, group: FakeGroup) -> i64 {
        self.shared.state().add_group(group)
    }

    /// Puts a user in and gives its id.
    pub fn insert_user(&self, user: FakeUser) -> i64 {
        self.shared.state().add_user(user)
    }

    /// The groups, by id.
    pub fn groups(&self) -> Vec<FakeGroup> {
        self.shared.state().groups.values().cloned().collect()
    }

    /// A group by its id.
    pub fn group(&self, id: i64) -> Option<FakeGroup> {
        self.shared.state().groups.get(&id).cloned()
    }

    /// The users, by id.
    pub fn users(&self) -> Vec<FakeUser> {
        self.shared.state().users.values().cloned().collect()
    }

    /// A user by its id.
    pub fn user(&self, id: i64) -> Option<FakeUser> {
        self.shared.state().users.get(&id).cloned()
    }

    /// Changes a user past the API; whether there is one. The user's tokens are renewed with their next request.
    pub fn edit_user(&self, id: i64, change: impl FnOnce(&mut FakeUser)) -> bool {
        let mut state = self.shared.state();
        state.sessions.change(Subject::User(id));
        state.users.get_mut(&id).map(change).is_some()
    }

    /// Takes a user out; whether there was one. The user's tokens are answered with "Unauthorized", though Wiki.js
    /// lets those pass that are less than 5 s old.
    pub fn remove_user(&self, id: i64) -> bool {
        let mut state = self.shared.state();
        state.sessions.change(Subject::User(id));
        state.users.remove(&id).is_some()
    }

    /// Changes a group past the API; whether there is one. The tokens of its members are renewed with their next
    /// request.
    pub fn edit_group(&self, id: i64, change: impl FnOnce(&mut FakeGroup)) -> bool {
        let mut state = self.shared.state();
        state.sessions.change(Subject::Group(id));
        state.groups.get_mut(&id).map(change).is_some()
    }

    /// A token of a user as a login gives it; `None` where there is no such user.
    pub fn user_token(&self, id: i64) -> Option<String> {
        self.shared.state().issue_token_for(id, 0)
    }

    /// A token of a user that expired this many days ago; `None` where there is no such user. Within 14 days it is
    /// renewed, later the request runs as Guest.
    pub fn expired_user_token(&self, id: i64, days: u32) -> Option<String> {
        let mut state = self.shared.state();
        let lifetime = i64::try_from(state.settings.jwt_lifetime.as_secs()).ok()?;
        state.issue_token_for(id, -lifetime - i64::from(days) * DAY_SECONDS - 1)
    }

    /// Sets for how long the tokens of users are valid from now on; see
    /// [`FakeWikiBuilder::jwt_lifetime`](crate::FakeWikiBuilder::jwt_lifetime).
    pub fn set_jwt_lifetime(&self, lifetime: Duration) {
        let mut state = self.shared.state();
        state.settings.jwt_lifetime = lifetime;
        state.sessions.set_lifetime(lifetime);
    }

    /// Has every token of a user count as expired, as if half an hour had passed: it is renewed with its next
    /// request.
    pub fn expire_logins(&self) {
        self.shared.state().sessions.renew_all();
    }

    /// Has every token of a user count as expired too long ago to be renewed: its requests run as Guest.
    pub fn void_logins(&self) {
        self.shared.state().sessions.void_all();
    }
}
