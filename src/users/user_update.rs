//! What is to be changed of a user.

use secrecy::{ExposeSecret, SecretString};

use super::{
    Appearance, User,
    input::{
        check_appearance, check_date_format, check_email, check_name, check_password,
        check_timezone,
    },
};
use crate::{
    api::users_update::Variables,
    error::{Error, Result},
    text::check_short,
    types::GroupId,
};

/// What to change of a user. Everything that is not named stays as it is.
///
/// What can be absent has three states: left out (kept), cleared, set. Name, e-mail address and time
/// zone cannot be absent, and an empty one is refused.
///
/// ```
/// use wikijs_client::users::{Appearance, UserUpdate};
///
/// let update = UserUpdate::new()
///     .name("Edith")
///     .appearance(Appearance::Dark)
///     .clear_location()
///     .groups([3, 4]);
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a user is changed by `update`"]
pub struct UserUpdate {
    email: Option<String>,
    name: Option<String>,
    password: Option<SecretString>,
    pub(super) groups: Option<Vec<GroupId>>,
    location: Option<String>,
    job_title: Option<String>,
    timezone: Option<String>,
    date_format: Option<String>,
    appearance: Option<String>,
}

impl UserUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another e-mail address, which Wiki.js keeps in lower case. A `local` user logs in with it.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into().to_lowercase());
        self
    }

    /// Another name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into().trim().to_owned());
        self
    }

    /// Another password, six characters at least. It ends no login of the user.
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// These groups in place of those that the user is in.
    pub fn groups(mut self, groups: impl IntoIterator<Item: Into<GroupId>>) -> Self {
        let mut groups: Vec<_> = groups.into_iter().map(Into::into).collect();
        groups.sort_unstable();
        groups.dedup();
        self.groups = Some(groups);
        self
    }

    /// No group any more.
    pub fn clear_groups(self) -> Self {
        self.groups(Vec::<GroupId>::new())
    }

    /// Another location.
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into().trim().to_owned());
        self
    }

    /// No location any more.
    pub fn clear_location(self) -> Self {
        self.location("")
    }

    /// Another job title.
    pub fn job_title(mut self, job_title: impl Into<String>) -> Self {
        self.job_title = Some(job_title.into().trim().to_owned());
        self
    }

    /// No job title any more.
    pub fn clear_job_title(self) -> Self {
        self.job_title("")
    }

    /// Another time zone, such as `Europe/Berlin`.
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = Some(timezone.into());
        self
    }

    /// Another date format: `DD/MM/YYYY`, `DD.MM.YYYY`, `MM/DD/YYYY`, `YYYY-MM-DD` or `YYYY/MM/DD`.
    pub fn date_format(mut self, format: impl Into<String>) -> Self {
        self.date_format = Some(format.into());
        self
    }

    /// The date format of the user's language.
    pub fn clear_date_format(self) -> Self {
        self.date_format("")
    }

    /// Another appearance.
    pub fn appearance(mut self, appearance: impl Into<Appearance>) -> Self {
        self.appearance = Some(appearance.into().to_string());
        self
    }

    /// The appearance of the site.
    pub fn clear_appearance(mut self) -> Self {
        self.appearance = Some(String::new());
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let each = |text: &Option<String>, check: fn(&str) -> Result<()>| {
            text.iter().try_for_each(|text| check(text))
        };
        each(&self.email, check_email)?;
        each(&self.name, |name| check_name(name, 1))?;
        each(&self.location, |text| check_short("location", text))?;
        each(&self.job_title, |text| check_short("job_title", text))?;
        each(&self.timezone, check_timezone)?;
        each(&self.date_format, check_date_format)?;
        each(&self.appearance, check_appearance)?;
        let mut groups = self.groups.iter().flatten();
        groups.try_for_each(|id| id.to_argument().map(drop))?;
        self.password
            .iter()
            .try_for_each(|password| check_password("password", password))
    }

    /// Wiki.js refuses these in `groups.assignUser` and `unassignUser`, and makes them in `users.update`.
    pub(super) fn check_groups_of(&self, user: &User) -> Result<()> {
        let Some(groups) = &self.groups else {
            return Ok(());
        };
        let problem = if user.id == 1 && user.is_in(1) && !groups.contains(&GroupId::new(1)) {
            "user 1 would not be an administrator any more"
        } else if user.id == 2 && !self.has_groups_of(user) {
            "user 2 is the guest, whose groups are fixed"
        } else {
            return Ok(());
        };
        Err(Error::invalid(
            "groups",
            problem,
            "leave the groups of users 1 and 2 as they are",
        ))
    }

    fn has_groups_of(&self, user: &User) -> bool {
        self.groups.as_ref().is_none_or(|groups| {
            groups.len() == user.groups.len() && groups.iter().all(|group| user.is_in(group))
        })
    }

    /// Whether a user is as it shall be, as far as can be seen: passwords cannot.
    pub(super) fn is_made(&self, user: &User) -> bool {
        fn is(wanted: Option<&String>, kept: &str) -> bool {
            wanted.is_none_or(|wanted| wanted == kept)
        }
        let appearance = user.appearance.as_ref().map(Appearance::as_str);
        is(self.email.as_ref(), &user.email)
            && is(self.name.as_ref(), &user.name)
            && is(self.location.as_ref(), &user.location)
            && is(self.job_title.as_ref(), &user.job_title)
            && is(self.timezone.as_ref(), &user.timezone)
            && is(
                self.date_format.as_ref(),
                user.date_format.as_deref().unwrap_or_default(),
            )
            && is(self.appearance.as_ref(), appearance.unwrap_or_default())
            && self.has_groups_of(user)
    }

    pub(super) fn password_text(&self) -> Option<&str> {
        self.password.as_ref().map(ExposeSecret::expose_secret)
    }

    /// Wiki.js takes an empty location or job title for "as it is", and trims what is not empty: a
    /// blank clears them (hazard 41).
    pub(super) fn to_variables(&self, id: i64) -> Variables {
        let or_blank = |text: &Option<String>| {
            let text = text.clone();
            text.map(|text| {
                if text.is_empty() {
                    " ".to_owned()
                } else {
                    text
                }
            })
        };
        let groups = self.groups.as_ref();
        let groups = groups.map(|ids| ids.iter().map(|id| Some(id.get())).collect::<Vec<_>>());
        Variables {
            id,
            email: self.email.clone().into(),
            name: self.name.clone().into(),
            new_password: self.password_text().map(str::to_owned).into(),
            groups: groups.into(),
            location: or_blank(&self.location).into(),
            job_title: or_blank(&self.job_title).into(),
            timezone: self.timezone.clone().into(),
            date_format: self.date_format.clone().into(),
            appearance: self.appearance.clone().into(),
        }
    }
}
