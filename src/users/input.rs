//! Parameters for creating and updating users, and their checks.
//!
//! Wiki.js checks some values only after it has written a part of the user, and misinterprets others.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Appearance, LOCAL, Profile, User, UserGroup};
use crate::{
    api::users_update,
    call::setters,
    error::Result,
    text::{check_short, each, filled, is_email, js_trim, refuse_if},
    types::{GroupId, converted},
};

/// Minimum length of a password, in UTF-16 units.
const MIN_PASSWORD: usize = 6;

/// The date formats of Wiki.js.
const DATE_FORMATS: [&str; 5] = [
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM/DD/YYYY",
    "YYYY-MM-DD",
    "YYYY/MM/DD",
];

/// Parameters for creating a user.
///
/// By default, the user is in no group and has the strategy `local`, for which the wiki stores a password. A password
/// is required for `local` and refused for other strategies.
///
/// ```
/// use wikijs_client::users::NewUser;
///
/// let edith = NewUser::new("edith@example.com", "Edith")
///     .password("correct horse")
///     .must_change_password()
///     .groups([3]);
/// assert!(!format!("{edith:?}").contains("horse"));
/// ```
///
/// It can be deserialized. The fields have the names of the setters; only `email` and `name` are required:
///
/// ```
/// # use wikijs_client::users::NewUser;
/// let json = r#"{"email": "edith@example.com", "name": "Edith", "password": "correct horse", "groups": [3]}"#;
/// let edith: NewUser = serde_json::from_str(json)?;
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use = "`create` creates the user"]
pub struct NewUser {
    #[serde(deserialize_with = "lower_case")]
    pub(super) email: String,
    pub(super) name: String,
    pub(super) password: Option<SecretString>,
    #[serde(default = "local")]
    pub(super) provider: String,
    pub(super) groups: Option<Vec<GroupId>>,
    #[serde(default)]
    pub(super) must_change_password: bool,
    #[serde(default)]
    pub(super) send_welcome_email: bool,
}

fn lower_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(String::deserialize(deserializer)?.to_lowercase())
}

fn local() -> String {
    LOCAL.to_owned()
}

impl NewUser {
    /// Creates parameters with an e-mail address, which Wiki.js converts to lower case, and a name of at least
    /// two characters.
    pub fn new(email: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            email: email.into().to_lowercase(),
            name: name.into(),
            password: None,
            provider: local(),
            groups: None,
            must_change_password: false,
            send_welcome_email: false,
        }
    }

    pub(super) fn group_ids(&self) -> &[GroupId] {
        self.groups.as_deref().unwrap_or_default()
    }

    /// Returns an error for values that Wiki.js would refuse or ignore.
    pub(super) fn check(&self) -> Result<()> {
        check_email(&self.email)?;
        check_user_name(&self.name, 2)?;
        check_short("provider", &self.provider)?;
        check_group_ids(self.group_ids())?;
        let is_local = self.provider == LOCAL;
        if let (true, Some(password)) = (is_local, &self.password) {
            return check_password("password", password);
        }
        refuse_if! {
            is_local => "password", "a user of the strategy `local` needs one",
                "set one, or the provider of another strategy";
            self.password.is_some() => "password",
                "Wiki.js stores none for a user of another strategy than `local`", "omit it";
            self.must_change_password => "must_change_password",
                "a user of another strategy than `local` has no password in the wiki", "omit it";
        }
    }
}

setters! { NewUser {
    /// Sets the password, of at least six characters.
    password(password: impl Into<SecretString>) => password = Some(password.into());

    /// Sets the key of the authentication strategy. Default: `local`. The key of every other strategy is a
    /// UUID, which the administration area shows.
    provider(key: impl Into<String>) => provider = key.into();

    /// Sets the groups. Default: none.
    groups(groups: impl IntoIterator<Item: Into<GroupId>>) => groups = Some(converted(groups));

    /// Requires the user to change the password at the first login.
    must_change_password() => must_change_password = true;

    /// Sends the user an e-mail with the address of the wiki, if the mail of the wiki is configured.
    send_welcome_email() => send_welcome_email = true;
} }

/// Declares an update of an account, with the fields that users and profiles have in common. `None` keeps a field, and an
/// empty text clears it.
macro_rules! account_update {
    (
        $(#[$meta:meta])*
        $update:ident of $account:ident { $($vis:vis $field:ident: $type:ty,)* }
    ) => {
        $(#[$meta])*
        pub struct $update {
            name: Option<String>,
            location: Option<String>,
            job_title: Option<String>,
            timezone: Option<String>,
            date_format: Option<String>,
            appearance: Option<String>,
            $($vis $field: Option<$type>,)*
        }

        setters! { $update {
            /// Sets the name.
            name(name: impl Into<String>) => name = Some(name.into());

            /// Sets the location.
            location(location: impl Into<String>) => location = Some(location.into());

            /// Sets the job title.
            job_title(job_title: impl Into<String>) => job_title = Some(job_title.into());

            /// Sets the time zone, such as `Europe/Berlin`. It cannot be cleared.
            timezone(timezone: impl Into<String>) => timezone = Some(timezone.into());

            /// Sets the date format: `DD/MM/YYYY`, `DD.MM.YYYY`, `MM/DD/YYYY`, `YYYY-MM-DD` or `YYYY/MM/DD`.
            date_format(format: impl Into<String>) => date_format = Some(format.into());

            /// Clears the date format: the wiki uses the one of the user's language.
            clear_date_format() => date_format = Some(String::new());

            /// Sets the appearance.
            appearance(appearance: impl Into<Appearance>) =>
                appearance = Some(appearance.into().to_string());

            /// Clears the appearance: the wiki uses the one of the site.
            clear_appearance() => appearance = Some(String::new());
        } }

        impl $update {
            /// Creates parameters that change nothing.
            pub fn new() -> Self {
                Self::default()
            }

            fn check_details(&self) -> Result<()> {
                each(&self.name, |name| check_user_name(name, 1))?;
                each(&self.location, |text| check_short("location", text))?;
                each(&self.job_title, |text| check_short("job_title", text))?;
                each(&self.timezone, |zone| check_timezone(zone))?;
                each(&self.date_format, |format| check_date_format(format))?;
                each(&self.appearance, |word| check_appearance(word))
            }

            /// Returns the account after the update of these fields, whose texts Wiki.js trims.
            pub(super) fn apply_details(&self, account: &$account) -> $account {
                let set = |text: &Option<String>, now: &String| {
                    text.as_deref().map_or_else(|| now.clone(), |text| js_trim(text).to_owned())
                };
                $account {
                    name: set(&self.name, &account.name),
                    location: set(&self.location, &account.location),
                    job_title: set(&self.job_title, &account.job_title),
                    timezone: set(&self.timezone, &account.timezone),
                    date_format: match &self.date_format {
                        Some(format) => filled(format.clone()),
                        None => account.date_format.clone(),
                    },
                    appearance: match &self.appearance {
                        Some(word) => filled(word.clone()).map(Into::into),
                        None => account.appearance.clone(),
                    },
                    ..account.clone()
                }
            }
        }
    };
}

account_update! {
    /// Parameters for updating a user. Unset fields keep their values.
    ///
    /// Location, job title, date format, appearance and groups can be kept, set or cleared. Name, e-mail address
    /// and time zone cannot be cleared; empty values are refused.
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
    #[derive(Debug, Clone, Default, Deserialize)]
    #[serde(default)]
    #[must_use = "`update` updates the user"]
    UserUpdate of User {
        pub(super) email: String,
        pub(super) groups: Vec<GroupId>,
        pub(super) password: SecretString,
    }
}

setters! { UserUpdate {
    /// Sets the e-mail address, which Wiki.js converts to lower case. A user of the strategy `local` logs in
    /// with it.
    email(email: impl Into<String>) => email = Some(email.into());

    /// Sets the password, of at least six characters. The sessions of the user continue.
    password(password: impl Into<SecretString>) => password = Some(password.into());

    /// Replaces the groups.
    groups(groups: impl IntoIterator<Item: Into<GroupId>>) => groups = Some(converted(groups));

    /// Removes the user from all groups.
    clear_groups() => groups = Some(Vec::new());

    /// Clears the location.
    clear_location() => location = Some(String::new());

    /// Clears the job title.
    clear_job_title() => job_title = Some(String::new());
} }

impl UserUpdate {
    pub(super) fn check(&self) -> Result<()> {
        each(&self.email, |email| check_email(email))?;
        self.check_details()?;
        each(&self.groups, |ids| check_group_ids(ids))?;
        each(&self.password, |password| {
            check_password("password", password)
        })
    }

    /// Returns an error for changes of the groups of users 1 and 2 that `groups.assignUser` and `unassignUser` of
    /// Wiki.js refuse, because `users.update` would make them.
    pub(super) fn check_groups_of(&self, user: &User) -> Result<()> {
        let Some(groups) = &self.groups else {
            return Ok(());
        };
        let remedy = "keep the groups of users 1 and 2";
        let is_kept = groups.iter().all(|id| user.is_in(*id))
            && user.groups.iter().all(|group| groups.contains(&group.id));
        refuse_if! {
            user.id == 1 && user.is_in(1) && !groups.contains(&GroupId::new(1)) =>
                "groups", "user 1 would no longer be an administrator", remedy;
            user.id == 2 && !is_kept =>
                "groups", "user 2 is the guest, whose groups are fixed", remedy;
        }
    }

    /// Returns the user after the update, with these groups.
    pub(super) fn apply(&self, user: &User, groups: Vec<UserGroup>) -> User {
        User {
            // Wiki.js converts a new address to lower case, and a stored one may have capitals.
            email: match &self.email {
                Some(email) => email.to_lowercase(),
                None => user.email.clone(),
            },
            groups,
            ..self.apply_details(user)
        }
    }

    /// Returns the variables that set the fields of this update to those of `wanted`. Wiki.js ignores an empty location
    /// or job title, and trims one that is not empty, so a space clears it ([K41](crate::guide::known_issues#k41)).
    pub(super) fn to_variables(&self, wanted: &User) -> users_update::Variables {
        let set = |given: &Option<String>, wanted: &str| given.as_ref().map(|_| wanted.to_owned());
        let or_blank = |text: String| filled(text).unwrap_or_else(|| " ".to_owned());
        let password = self.password.as_ref().map(ExposeSecret::expose_secret);
        let groups = wanted.groups.iter().map(|group| Some(group.id.get()));
        let groups: Option<Vec<_>> = self.groups.as_ref().map(|_| groups.collect());
        users_update::Variables {
            id: wanted.id.get(),
            email: set(&self.email, &wanted.email).into(),
            name: set(&self.name, &wanted.name).into(),
            new_password: password.map(str::to_owned).into(),
            groups: groups.into(),
            location: set(&self.location, &wanted.location).map(or_blank).into(),
            job_title: set(&self.job_title, &wanted.job_title).map(or_blank).into(),
            timezone: set(&self.timezone, &wanted.timezone).into(),
            date_format: self.date_format.clone().into(),
            appearance: self.appearance.clone().into(),
        }
    }
}

account_update! {
    /// Parameters for updating the caller's own account. Unset fields keep their values.
    ///
    /// Location and job title can be set, but not cleared. Only an administrator can clear them, with [`UserUpdate`].
    ///
    /// ```
    /// use wikijs_client::users::{Appearance, ProfileUpdate};
    ///
    /// let update = ProfileUpdate::new().job_title("Editor").appearance(Appearance::Dark);
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
    #[serde(default)]
    #[must_use = "`update_profile` updates the profile"]
    ProfileUpdate of Profile {}
}

impl ProfileUpdate {
    pub(super) fn check(&self) -> Result<()> {
        // Wiki.js ignores an empty text.
        let is_cleared =
            |text: &Option<String>| text.as_ref().is_some_and(|text| js_trim(text).is_empty());
        let problem = "it is empty, and Wiki.js does not let users clear it themselves";
        let remedy = "let an administrator clear it with Users::update";
        refuse_if! {
            is_cleared(&self.location) => "location", problem, remedy;
            is_cleared(&self.job_title) => "job_title", problem, remedy;
        }?;
        self.check_details()
    }
}

fn check_group_ids(groups: &[GroupId]) -> Result<()> {
    groups.iter().try_for_each(|id| id.check())
}

pub(crate) fn check_email(email: &str) -> Result<()> {
    refuse_if! {
        !is_email(email) => "email", format!("`{email}` is not an e-mail address"),
            "write it as name@example.com";
    }?;
    check_short("email", email)
}

/// Checks that a name has at least `min` characters.
pub(crate) fn check_user_name(name: &str, min: usize) -> Result<()> {
    refuse_if! {
        js_trim(name).is_empty() => "name", "it is empty", "Wiki.js stores no user without a name";
        name.encode_utf16().count() < min => "name",
            "it has one character, and Wiki.js requires two", "make it longer";
    }?;
    check_short("name", name)
}

/// Checks a new password. The error never contains it.
pub(crate) fn check_password(field: &'static str, password: &SecretString) -> Result<()> {
    let password = password.expose_secret();
    refuse_if! {
        js_trim(password).is_empty() => field, "it is empty or blank", "choose another";
        password.encode_utf16().count() < MIN_PASSWORD =>
            field, "it is shorter than the 6 characters that Wiki.js requires", "choose another";
        is_hash(password) => field,
            "it has the form of a bcrypt hash, which Wiki.js stores as it is instead of hashing it",
            "choose another";
    }
}

/// Returns `true` for a bcrypt hash: `$2a$12$` and 53 more characters.
fn is_hash(password: &str) -> bool {
    let Some(rest) = password.strip_prefix("$2") else {
        return false;
    };
    let parts: Vec<&str> = rest.split('$').collect();
    let ["a" | "b" | "y", rounds, hash] = parts[..] else {
        return false;
    };
    let is_of_hash = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
    rounds.len() == 2
        && rounds.bytes().all(|byte| byte.is_ascii_digit())
        && hash.len() == 53
        && hash.bytes().all(is_of_hash)
}

fn check_timezone(timezone: &str) -> Result<()> {
    refuse_if! {
        js_trim(timezone).is_empty() => "timezone", "it is empty, and Wiki.js cannot clear it",
            "pass one, such as `Europe/Berlin`";
    }?;
    check_short("timezone", timezone)
}

/// Checks a date format. An empty text means the format of the user's language.
fn check_date_format(format: &str) -> Result<()> {
    refuse_if! {
        !format.is_empty() && !DATE_FORMATS.contains(&format) => "date_format",
            format!("`{format}` is not a date format of Wiki.js"),
            format!("use one of {}", DATE_FORMATS.join(", "));
    }
}

/// Checks an appearance. An empty text means the appearance of the site.
fn check_appearance(word: &str) -> Result<()> {
    refuse_if! {
        !matches!(word, "" | "light" | "dark") => "appearance",
            format!("`{word}` is not an appearance of Wiki.js"), "use `light` or `dark`";
    }
}
