//! `wikijs user`: accounts.

use clap::{Args, Subcommand};
use wikijs_client::{
    GroupId, UserId,
    users::{NewUser, PasswordReset, User, UserUpdate},
};

use super::{group, set_given};
use crate::{
    arguments::comma_separated,
    context::{Context, secret},
    failure::{Failure, Result},
};

const COLUMNS: [&str; 5] = ["id", "name", "email", "is_active", "last_login_at"];
const RECORD: [&str; 8] = [
    "id",
    "name",
    "email",
    "groups",
    "provider",
    "is_active",
    "is_verified",
    "last_login_at",
];

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists users
    List(List),
    /// Shows a user
    Get(Get),
    /// Creates a user
    Create(Create),
    /// Changes a user
    Update(Update),
    /// Lets a user log in again
    Activate(Switch),
    /// Prevents a user from logging in
    Deactivate(Switch),
    /// Marks the user's address as verified
    Verify(Switch),
    /// Requests a password reset, which most versions of Wiki.js ignore
    ResetPassword(ResetPassword),
    /// Deletes a user and gives the pages to another one
    Delete(Delete),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::List(arguments) => arguments.run(context).await,
            Self::Get(arguments) => arguments.run(context).await,
            Self::Create(arguments) => arguments.run(context).await,
            Self::Update(arguments) => arguments.run(context).await,
            Self::Activate(arguments) => arguments.run(context, "activate").await,
            Self::Deactivate(arguments) => arguments.run(context, "deactivate").await,
            Self::Verify(arguments) => arguments.run(context, "verify").await,
            Self::ResetPassword(arguments) => arguments.run(context).await,
            Self::Delete(arguments) => arguments.run(context).await,
        }
    }
}

/// Finds a user by id or e-mail address. A number is always an id, and is not looked up.
pub(crate) async fn find(context: &Context, user: &str) -> Result<UserId> {
    if let Ok(id) = user.parse::<i64>() {
        return Ok(id.into());
    }
    let users = context.client()?.users().search(user).await?;
    let is_it = |email: &str| email.eq_ignore_ascii_case(user);
    let found = users.iter().find(|hit| is_it(&hit.email));
    found.map(|hit| hit.id).ok_or_else(|| {
        Failure::not_found(format!("there is no user `{user}`"))
            .hint("name a user by id or e-mail address; `wikijs user list` lists them")
    })
}

async fn groups_of(context: &Context, groups: &[String]) -> Result<Vec<GroupId>> {
    let mut ids = Vec::new();
    for name in comma_separated(groups) {
        ids.push(group::find(context, &name).await?);
    }
    Ok(ids)
}

/// The user that a command works on.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Id or e-mail address of the user
    #[arg(value_name = "USER")]
    user: String,
}

impl Target {
    async fn read(&self, context: &Context) -> Result<User> {
        let id = find(context, &self.user).await?;
        Ok(context.client()?.users().get(id).await?)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs user list\n  wikijs user list --text ann --json")]
pub(crate) struct List {
    /// Only users with this text in name or address
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Only active users
    #[arg(long)]
    active: bool,
    /// Only deactivated users
    #[arg(long, conflicts_with = "active")]
    inactive: bool,
}

impl List {
    async fn run(self, context: &Context) -> Result {
        let mut list = context.client()?.users().list();
        if let Some(text) = self.text {
            list = list.search(text);
        }
        if self.active || self.inactive {
            list = list.active(self.active);
        }
        context.output.list(&list.await?, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs user get ann@example.com\n  wikijs user get 5 --json")]
pub(crate) struct Get {
    #[command(flatten)]
    target: Target,
}

impl Get {
    async fn run(self, context: &Context) -> Result {
        let user = self.target.read(context).await?;
        context.output.record(&user, &RECORD)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs user create ann@example.com --name Ann --group Editors\n  \
                        pwgen 20 1 | wikijs user create ann@example.com --name Ann --group 3\n\n\
The password is read from the terminal, from standard input or from WIKIJS_NEW_PASSWORD."
)]
pub(crate) struct Create {
    /// E-mail address
    #[arg(value_name = "EMAIL")]
    email: String,
    /// Name
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// Groups, by name or id, separated by commas
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Key of the authentication strategy; other strategies than local need no password
    #[arg(long, value_name = "KEY", default_value = "local")]
    provider: String,
    /// Asks for another password at the first login
    #[arg(long)]
    must_change_password: bool,
    /// Sends a welcome mail
    #[arg(long)]
    welcome: bool,
}

impl Create {
    async fn run(self, context: &Context) -> Result {
        let groups = groups_of(context, &self.group).await?;
        if context.report_dry_run(format!("create the user {} <{}>", self.name, self.email)) {
            return Ok(());
        }
        let mut user = NewUser::new(self.email, self.name).groups(groups);
        if self.provider == "local" {
            user = user.password(secret("Password of the new user: ", "WIKIJS_NEW_PASSWORD")?);
        } else {
            user = user.provider(self.provider);
        }
        if self.must_change_password {
            user = user.must_change_password();
        }
        if self.welcome {
            user = user.send_welcome_email();
        }
        let user = context.client()?.users().create(user).await?;
        context.output.record(&user, &RECORD)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs user update ann@example.com --name 'Ann Smith'\n  \
                        wikijs user update 5 --group Editors,Reviewers"
)]
pub(crate) struct Update {
    #[command(flatten)]
    target: Target,
    /// New e-mail address
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// New name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Replaces the groups
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// New location
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// New job title
    #[arg(long, value_name = "TEXT")]
    job_title: Option<String>,
    /// New time zone
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Reads a new password, as `wikijs user create` does
    #[arg(long)]
    password: bool,
}

impl Update {
    async fn run(self, context: &Context) -> Result {
        let id = find(context, &self.target.user).await?;
        let mut update = UserUpdate::new();
        let mut changes = Vec::new();
        set_given!(update, changes, self: email, name);
        if !self.group.is_empty() {
            changes.push("groups");
            update = update.groups(groups_of(context, &self.group).await?);
        }
        set_given!(update, changes, self: location, job_title, timezone);
        if self.password {
            changes.push("password");
        }
        if changes.is_empty() {
            return Err(Failure::nothing_to_change("user update"));
        }
        if context.report_dry_run(format!("change {} of user {id}", changes.join(", "))) {
            return Ok(());
        }
        if self.password {
            update = update.password(secret("New password: ", "WIKIJS_NEW_PASSWORD")?);
        }
        let user = context.client()?.users().update(id, update).await?;
        context.output.record(&user, &RECORD)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs user deactivate ann@example.com\n  wikijs user activate 5\n  wikijs user verify 5"
)]
pub(crate) struct Switch {
    #[command(flatten)]
    target: Target,
}

impl Switch {
    async fn run(self, context: &Context, verb: &str) -> Result {
        let id = find(context, &self.target.user).await?;
        if context.report_dry_run(format!("{verb} user {id}")) {
            return Ok(());
        }
        let users = context.client()?.users();
        let user = match verb {
            "activate" => users.activate(id).await?,
            "deactivate" => users.deactivate(id).await?,
            _ => users.verify(id).await?,
        };
        context.output.record(&user, &RECORD)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs user reset-password ann@example.com")]
pub(crate) struct ResetPassword {
    #[command(flatten)]
    target: Target,
}

impl ResetPassword {
    async fn run(self, context: &Context) -> Result {
        let user = self.target.read(context).await?;
        context.confirm(&format!(
            "reset the password of {} <{}>",
            user.name, user.email
        ))?;
        if context.report_dry_run(format!("reset the password of user {}", user.id)) {
            return Ok(());
        }
        let reset = context.client()?.users().reset_password(user.id).await?;
        if reset == PasswordReset::NotImplemented {
            return Err(Failure::failed(format!(
                "user {}: this version of Wiki.js accepts the request and does nothing",
                user.id
            ))
            .hint(format!(
                "`wikijs user update {} --password` sets a password",
                user.id
            )));
        }
        let row = serde_json::json!({ "id": user.id, "email": user.email, "change": "reset" });
        context.output.record(&row, &["id", "email", "change"])
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs user delete ann@example.com --pages-to 1")]
pub(crate) struct Delete {
    #[command(flatten)]
    target: Target,
    /// Id or e-mail address of the user who gets the pages and files
    #[arg(long, value_name = "USER")]
    pages_to: String,
}

impl Delete {
    async fn run(self, context: &Context) -> Result {
        let user = self.target.read(context).await?;
        let heir = find(context, &self.pages_to).await?;
        let what = format!(
            "delete the user {} <{}> and give the pages to user {heir}",
            user.name, user.email
        );
        if !context.is_confirmed(&what)? {
            return Ok(());
        }
        context.client()?.users().delete(user.id, heir).await?;
        let row = serde_json::json!({ "id": user.id, "email": user.email, "change": "deleted" });
        context.output.record(&row, &["id", "email", "change"])
    }
}
