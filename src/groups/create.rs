//! Making groups.

use std::collections::HashSet;

use super::{Group, GroupUpdate, Groups, PageRule, Permission, group_update::check_name};
use crate::{
    api,
    error::{Applied, Error, Incomplete, Result},
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
    types::GroupId,
};

/// A group to be made.
///
/// What is not said is the wiki's usual: to read pages, files and comments and to write comments,
/// everywhere.
///
/// ```
/// use wikijs_client::groups::{NewGroup, PageRule, PageRuleMatch, Permission};
///
/// let readers = NewGroup::new("Readers of the docs")
///     .permissions([Permission::ReadPages])
///     .page_rules([PageRule::allow([Permission::ReadPages], PageRuleMatch::Start, "docs")]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a group is made by `create`"]
pub struct NewGroup {
    name: String,
    rest: GroupUpdate,
}

impl NewGroup {
    /// A group of this name. Wiki.js lets several groups have the same.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rest: GroupUpdate::new(),
        }
    }

    /// What its members may do.
    pub fn permissions(mut self, permissions: impl IntoIterator<Item: Into<Permission>>) -> Self {
        self.rest = self.rest.permissions(permissions);
        self
    }

    /// On which pages they may do it. The wiki's usual rule allows on every page what the usual
    /// permissions allow, and nothing else.
    pub fn page_rules(mut self, rules: impl IntoIterator<Item = PageRule>) -> Self {
        self.rest = self.rest.page_rules(rules);
        self
    }

    /// Where a login leads its members, such as `/docs`.
    pub fn redirect_on_login(mut self, path: impl Into<String>) -> Self {
        self.rest = self.rest.redirect_on_login(path);
        self
    }

    fn check(&self) -> Result<()> {
        check_name(&self.name)?;
        self.rest.check()
    }
}

impl From<&str> for NewGroup {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for NewGroup {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl Groups {
    /// Makes a group and gives it back.
    ///
    /// Wiki.js makes a group of a name alone: permissions and page rules are written in a second step.
    /// It keeps no two groups from having one name; look at [`list`](Self::list) where that matters.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let group = wiki.groups().create("Editors").await?;
    /// println!("{} is group {}", group.name, group.id);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an empty name or one over 255 characters, and for page rules as
    /// [`update`](Self::update): nothing is sent then. [`is_forbidden`](Error::is_forbidden) without
    /// `write:groups` or `manage:groups`. [`Error::Incomplete`] if the group is made, but its
    /// permissions or page rules could not be written, which only those may give away who have enough
    /// of them.
    pub async fn create(&self, group: impl Into<NewGroup>) -> Result<Group> {
        let group = group.into();
        group.check()?;
        let groups = self.clone();
        let work = move |turn| async move { groups.create_in(&turn, &group).await };
        self.client.write("GroupsCreate", work).await
    }

    async fn create_in(&self, turn: &Turn, new: &NewGroup) -> Result<Group> {
        let before = self.all().await?;
        let known: HashSet<GroupId> = before.into_iter().map(|group| group.id).collect();
        let send = || self.send_create(turn, &new.name);
        let look = |_| self.look_for_created(&new.name, &known);
        let group = until_certain(&self.client, "GroupsCreate", send, look).await?;
        let wanted = new.rest.apply(&group)?;
        if wanted == group {
            return Ok(group);
        }
        self.replace(turn, &group, &wanted).await.map_err(|source| {
            Error::Incomplete(Box::new(Incomplete {
                done: format!("group {} is made", group.id),
                missing: "its permissions or page rules could not be written".to_owned(),
                source,
            }))
        })
    }

    async fn send_create(&self, turn: &Turn, name: &str) -> Result<Group> {
        let variables = api::groups_create::Variables {
            name: name.to_owned(),
        };
        let answer = mutation!(self.client, turn, GroupsCreate, groups.create, variables);
        let unanswered = || Error::unanswered("GroupsCreate", "groups.create.group", Applied::Yes);
        answer.group.map(Group::from).ok_or_else(unanswered)
    }

    /// The group of this name that was not there before, if there is one.
    async fn look_for_created(&self, name: &str, known: &HashSet<GroupId>) -> Result<Look<Group>> {
        let groups = self.all().await?;
        let made = groups
            .into_iter()
            .filter(|group| group.name == name && !known.contains(&group.id))
            .min_by_key(|group| group.id);
        Ok(match made {
            Some(made) => Look::Made(self.get(made.id).await?),
            None => Look::NotMade,
        })
    }
}
