//! `wikijs group`: groups, their permissions and members.

use clap::{Args, Subcommand};
use wikijs_client::{
    GroupId,
    groups::{Group, GroupUpdate, NewGroup, Permission},
};

use super::{set_given, user};
use crate::{
    arguments::comma_separated,
    context::Context,
    failure::{Failure, Result},
    output::closest,
};

const RECORD: [&str; 6] = [
    "id",
    "name",
    "is_system",
    "permissions",
    "members",
    "redirect_on_login",
];

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists groups
    List(List),
    /// Shows a group
    Get(Get),
    /// Creates a group
    Create(Create),
    /// Changes a group
    Update(Update),
    /// Adds a user to a group
    Add(Member),
    /// Removes a user from a group
    Remove(Member),
    /// Deletes a group
    Delete(Delete),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::List(arguments) => arguments.run(context).await,
            Self::Get(arguments) => arguments.run(context).await,
            Self::Create(arguments) => arguments.run(context).await,
            Self::Update(arguments) => arguments.run(context).await,
            Self::Add(arguments) => arguments.run(context, true).await,
            Self::Remove(arguments) => arguments.run(context, false).await,
            Self::Delete(arguments) => arguments.run(context).await,
        }
    }
}

/// Finds a group by id or name. A number is always an id, and is not looked up.
pub(crate) async fn find(context: &Context, group: &str) -> Result<GroupId> {
    if let Ok(id) = group.parse::<i64>() {
        return Ok(id.into());
    }
    let groups = context.client()?.groups().list().await?;
    let is_it = |name: &str| name.eq_ignore_ascii_case(group);
    if let Some(found) = groups.iter().find(|found| is_it(&found.name)) {
        return Ok(found.id);
    }
    let failure = Failure::not_found(format!("there is no group `{group}`"));
    Err(
        match closest(group, groups.iter().map(|group| group.name.as_str())) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`wikijs group list` lists them"),
        },
    )
}

fn permissions(names: &[String]) -> Vec<Permission> {
    comma_separated(names)
        .iter()
        .map(|name| Permission::from(name.as_str()))
        .collect()
}

/// The group that a command works on.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Id or name of the group
    #[arg(value_name = "GROUP")]
    group: String,
}

impl Target {
    async fn read(&self, context: &Context) -> Result<Group> {
        let id = find(context, &self.group).await?;
        Ok(context.client()?.groups().get(id).await?)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs group list --json")]
pub(crate) struct List {}

impl List {
    async fn run(self, context: &Context) -> Result {
        let groups = context.client()?.groups().list().await?;
        let columns = ["id", "name", "user_count", "is_system"];
        context.output.list(&groups, &columns)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs group get Editors\n  wikijs group get 3 --json --fields members"
)]
pub(crate) struct Get {
    #[command(flatten)]
    target: Target,
}

impl Get {
    async fn run(self, context: &Context) -> Result {
        let group = self.target.read(context).await?;
        context.output.record(&group, &RECORD)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs group create Editors --permission read:pages,write:pages,read:assets"
)]
pub(crate) struct Create {
    /// Name
    #[arg(value_name = "NAME")]
    name: String,
    /// Permissions, separated by commas [default: those that the wiki gives a new group]
    #[arg(long, value_name = "PERMISSION")]
    permission: Vec<String>,
}

impl Create {
    async fn run(self, context: &Context) -> Result {
        if context.report_dry_run(format!("create the group {}", self.name)) {
            return Ok(());
        }
        let mut group = NewGroup::new(self.name);
        if !self.permission.is_empty() {
            group = group.permissions(permissions(&self.permission));
        }
        let group = context.client()?.groups().create(group).await?;
        context.output.record(&group, &RECORD)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs group update Editors --add-permission write:assets\n  \
                        wikijs group update Editors --name Authors"
)]
pub(crate) struct Update {
    #[command(flatten)]
    target: Target,
    /// New name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Permissions to add, separated by commas
    #[arg(long, value_name = "PERMISSION")]
    add_permission: Vec<String>,
    /// Permissions to remove, separated by commas
    #[arg(long, value_name = "PERMISSION")]
    remove_permission: Vec<String>,
    /// Path that members see after they have logged in
    #[arg(long, value_name = "PATH")]
    redirect_on_login: Option<String>,
}

impl Update {
    async fn run(self, context: &Context) -> Result {
        let id = find(context, &self.target.group).await?;
        let mut update = GroupUpdate::new();
        let mut changes = Vec::new();
        set_given!(update, changes, self: name);
        if !self.add_permission.is_empty() {
            changes.push("permissions");
            update = update.add_permissions(permissions(&self.add_permission));
        }
        if !self.remove_permission.is_empty() {
            changes.push("permissions");
            update = update.remove_permissions(permissions(&self.remove_permission));
        }
        set_given!(update, changes, self: redirect_on_login);
        if changes.is_empty() {
            return Err(Failure::nothing_to_change("group update"));
        }
        changes.dedup();
        if context.report_dry_run(format!("change {} of group {id}", changes.join(", "))) {
            return Ok(());
        }
        let group = context.client()?.groups().update(id, update).await?;
        context.output.record(&group, &RECORD)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs group add Editors ann@example.com\n  wikijs group remove Editors 5"
)]
pub(crate) struct Member {
    #[command(flatten)]
    target: Target,
    /// Ids or e-mail addresses of users
    #[arg(value_name = "USER", required = true)]
    users: Vec<String>,
}

impl Member {
    async fn run(self, context: &Context, adds: bool) -> Result {
        let group = find(context, &self.target.group).await?;
        let groups = context.client()?.groups();
        let mut rows = Vec::new();
        for name in &self.users {
            let user = user::find(context, name).await?;
            let what = if adds { "added" } else { "removed" };
            let verb = if adds { "add" } else { "remove" };
            if !context.report_dry_run(format!("{verb} user {user} (group {group})")) {
                if adds {
                    groups.assign(group, user).await?;
                } else {
                    groups.unassign(group, user).await?;
                }
            }
            rows.push(serde_json::json!({
                "user": user, "group": group, "change": what, "dry_run": context.is_dry_run(),
            }));
            context.note_progress(format!(
                "{} of {} users were {what}",
                rows.len(),
                self.users.len()
            ));
        }
        context.output.list(&rows, &["user", "change", "group"])
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs group delete Editors")]
pub(crate) struct Delete {
    #[command(flatten)]
    target: Target,
}

impl Delete {
    async fn run(self, context: &Context) -> Result {
        let group = self.target.read(context).await?;
        let what = format!(
            "delete the group {} with {} members",
            group.name,
            group.members.len()
        );
        if !context.is_confirmed(&what)? {
            return Ok(());
        }
        context.client()?.groups().delete(group.id).await?;
        let row = serde_json::json!({ "id": group.id, "name": group.name, "change": "deleted" });
        context.output.record(&row, &["id", "name", "change"])
    }
}
