//! Methods of [`FakeWiki`] for users, groups, logins and writes by other users.

use super::{DAY_SECONDS, FakeWiki};
use crate::state::sessions::Subject;
use crate::state::{FakeGroup, FakePage, FakeUser};
use std::time::Duration;

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

    /// Inserts a group and returns its id.
    pub fn insert_group(&self, group: FakeGroup) -> i64 {
        self.shared.state().add_group(group)
    }

    /// Inserts a user and returns its id.
    pub fn insert_user(&self, user: FakeUser) -> i64 {
        self.shared.state().add_user(user)
    }

    /// Returns the groups, by id.
    pub fn groups(&self) -> Vec<FakeGroup> {
        self.shared.state().groups.values().cloned().collect()
    }

    /// Returns a group by its id.
    pub fn group(&self, id: i64) -> Option<FakeGroup> {
        self.shared.state().groups.get(&id).cloned()
    }

    /// Returns the users, by id.
    pub fn users(&self) -> Vec<FakeUser> {
        self.shared.state().users.values().cloned().collect()
    }

    /// Returns a user by its id.
    pub fn user(&self, id: i64) -> Option<FakeUser> {
        self.shared.state().users.get(&id).cloned()
    }

    /// Changes a user without the API. Returns `false` if there is no such user. The user's tokens are renewed with
    /// their next request.
    pub fn edit_user(&self, id: i64, change: impl FnOnce(&mut FakeUser)) -> bool {
        let mut state = self.shared.state();
        state.sessions.change(Subject::User(id));
        state.users.get_mut(&id).map(change).is_some()
    }

    /// Removes a user. Returns `false` if there is no such user. The user's tokens fail with "Unauthorized", though
    /// Wiki.js accepts those that are less than 5 s old.
    pub fn remove_user(&self, id: i64) -> bool {
        let mut state = self.shared.state();
        state.sessions.change(Subject::User(id));
        state.users.remove(&id).is_some()
    }

    /// Changes a group without the API. Returns `false` if there is no such group. The tokens of its members are
    /// renewed with their next request.
    pub fn edit_group(&self, id: i64, change: impl FnOnce(&mut FakeGroup)) -> bool {
        let mut state = self.shared.state();
        state.sessions.change(Subject::Group(id));
        state.groups.get_mut(&id).map(change).is_some()
    }

    /// Returns a token of a user as after a login; `None` if there is no such user.
    pub fn user_token(&self, id: i64) -> Option<String> {
        self.shared.state().issue_token_for(id, 0)
    }

    /// Returns a token of a user that expired this many days ago; `None` if there is no such user. Within 14 days it is
    /// renewed; later the request runs as Guest.
    pub fn expired_user_token(&self, id: i64, days: u32) -> Option<String> {
        let mut state = self.shared.state();
        let lifetime = i64::try_from(state.settings.jwt_lifetime.as_secs()).ok()?;
        state.issue_token_for(id, -lifetime - i64::from(days) * DAY_SECONDS - 1)
    }

    /// Sets the lifetime of the tokens of users from now on, in whole seconds. Initially 30 minutes. With zero each
    /// token has expired when it is issued, and is renewed with each request.
    pub fn set_jwt_lifetime(&self, lifetime: Duration) {
        let mut state = self.shared.state();
        state.settings.jwt_lifetime = lifetime;
        state.sessions.set_lifetime(lifetime);
    }

    /// Makes every token of a user expire, as if half an hour had passed: it is renewed with its next request.
    pub fn expire_logins(&self) {
        self.shared.state().sessions.renew_all();
    }

    /// Makes every token of a user expire so long ago that it is not renewed: its requests run as Guest.
    pub fn void_logins(&self) {
        self.shared.state().sessions.void_all();
    }
}

/// Another user who writes to the wiki without the API. As with the API, a write stores a version of the earlier page,
/// a new `updatedAt`, and the author.
///
/// ```
/// use wikijs_fake::{FakePage, FakeUser, FakeWiki};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::builder().user(FakeUser::new("Ann", "ann@example.com")).start().await;
/// let ann = wiki.as_user(3);
/// let id = ann.create(FakePage::new("home", "Home"));
/// ann.edit(id, |page| page.title = "Start".to_owned());
/// assert_eq!(wiki.page(id).unwrap().author_id, 3);
/// assert_eq!(wiki.history(id).len(), 1);
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OtherWriter<'a> {
    wiki: &'a FakeWiki,
    user: i64,
}

impl FakeWiki {
    /// Returns a writer for the user of this id, who need not exist.
    pub fn as_user(&self, id: i64) -> OtherWriter<'_> {
        OtherWriter {
            wiki: self,
            user: id,
        }
    }
}

impl OtherWriter<'_> {
    /// Creates a page, and returns its id. Nothing is checked, not even whether the path is free.
    pub fn create(&self, page: FakePage) -> i64 {
        let page = page.users(self.user, self.user);
        self.wiki.shared.state().seed_page(page)
    }

    /// Changes a page, which may change its locale and path. Returns `false` if there is no such page.
    pub fn edit(&self, id: i64, change: impl FnOnce(&mut FakePage)) -> bool {
        let mut state = self.wiki.shared.state();
        let Some(old) = state.pages.get(&id).map(|stored| state.snapshot(stored)) else {
            return false;
        };
        let mut page = old.clone();
        change(&mut page);
        let is_move = (&page.locale, &page.path) != (&old.locale, &old.path);
        state.add_version(id, if is_move { "moved" } else { "updated" });
        page.author_id = self.user;
        state.replace_page(id, page);
        true
    }

    /// Deletes a page. Returns `false` if there is no such page.
    pub fn delete(&self, id: i64) -> bool {
        let mut state = self.wiki.shared.state();
        state.add_version(id, "deleted");
        state.remove_page(id).is_some()
    }
}
