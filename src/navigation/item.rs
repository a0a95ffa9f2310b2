//! A link, a header or a divider of the navigation.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use crate::{
    api::{
        Argument, inputs::NavigationItemInput, navigation_tree::NavigationTreeNavigationTreeItems,
    },
    error::{Error, Result},
    types::{GroupId, Locale, PagePath, no_nul, open_enum},
};

open_enum! {
    /// What an item of the navigation is.
    ItemKind {
        /// A link.
        Link = "link",
        /// A header above the links that follow.
        Header = "header",
        /// A line between links.
        Divider = "divider",
    }
}

open_enum! {
    /// What the target of a link is.
    ItemTarget {
        /// The front page.
        Home = "home",
        /// A page: the path of its URL, such as `/en/docs/install`.
        Page = "page",
        /// A URL.
        External = "external",
        /// A URL, shown in a new window.
        ExternalBlank = "externalblank",
        /// A search for these words.
        Search = "search",
    }
}

/// Who sees an item of the navigation. It hides the link, not what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Visibility {
    /// Everybody.
    All,
    /// The members of these groups. Administrators who are in none of them do not see it.
    Groups(Vec<GroupId>),
}

/// An item of the navigation. Its fields are those of Wiki.js, and one that was read is written back
/// as it was.
///
/// ```
/// use wikijs_client::navigation::NavigationItem;
///
/// let items = [
///     NavigationItem::home("Home"),
///     NavigationItem::divider(),
///     NavigationItem::header("Handbook"),
///     NavigationItem::page("Install", "en", "docs/install").icon("mdi-download"),
///     NavigationItem::link("Forum", "https://forum.example.com").in_new_window().visible_to([1, 4]),
/// ];
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct NavigationItem {
    /// `id`; empty for an item that the wiki has not yet, which gets one when it is written.
    pub id: String,
    /// `kind`.
    pub kind: ItemKind,
    /// `label`.
    pub label: Option<String>,
    /// `icon`, such as `mdi-home`, of the wiki's iconset.
    pub icon: Option<String>,
    /// `targetType`.
    pub target_type: Option<ItemTarget>,
    /// `target`, as its type says.
    pub target: Option<String>,
    /// `visibilityMode`: `all`, or `restricted` to [`visibility_groups`](Self::visibility_groups).
    /// [`visibility`](Self::visibility) says what both mean.
    pub visibility_mode: Option<String>,
    /// `visibilityGroups`, which Wiki.js may keep although everybody sees the item.
    pub visibility_groups: Option<Vec<GroupId>>,
}

const VISIBLE_TO_ALL: &str = "all";
const VISIBLE_TO_GROUPS: &str = "restricted";

impl NavigationItem {
    fn new(kind: ItemKind) -> Self {
        Self {
            id: String::new(),
            kind,
            label: None,
            icon: None,
            target_type: None,
            target: None,
            visibility_mode: Some(VISIBLE_TO_ALL.to_owned()),
            visibility_groups: Some(Vec::new()),
        }
    }

    /// A link of the given kind of target.
    fn to(label: impl Into<String>, target_type: ItemTarget, target: String, icon: &str) -> Self {
        Self {
            label: Some(label.into()),
            icon: Some(icon.to_owned()),
            target_type: Some(target_type),
            target: Some(target),
            ..Self::new(ItemKind::Link)
        }
    }

    /// A link to the front page.
    pub fn home(label: impl Into<String>) -> Self {
        Self::to(label, ItemTarget::Home, "/".to_owned(), "mdi-home")
    }

    /// A link to a page.
    pub fn page(
        label: impl Into<String>,
        locale: impl Into<Locale>,
        path: impl Into<PagePath>,
    ) -> Self {
        let target = format!("/{}/{}", locale.into(), path.into());
        Self::to(label, ItemTarget::Page, target, "mdi-chevron-right")
    }

    /// A link to a URL.
    pub fn link(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::to(label, ItemTarget::External, url.into(), "mdi-chevron-right")
    }

    /// A header above the links that follow.
    pub fn header(label: impl Into<String>) -> Self {
        Self {
            label: Some(label.into()),
            ..Self::new(ItemKind::Header)
        }
    }

    /// A line between links.
    pub fn divider() -> Self {
        Self::new(ItemKind::Divider)
    }

    /// With another icon, such as `mdi-home`.
    #[must_use]
    pub fn icon(mut self, icon: impl Into<String>) -> Self {
        self.icon = Some(icon.into());
        self
    }

    /// A link to a URL is shown in a new window.
    #[must_use]
    pub fn in_new_window(mut self) -> Self {
        if self.target_type == Some(ItemTarget::External) {
            self.target_type = Some(ItemTarget::ExternalBlank);
        }
        self
    }

    /// Only the members of these groups see it.
    #[must_use]
    pub fn visible_to(mut self, groups: impl IntoIterator<Item: Into<GroupId>>) -> Self {
        self.visibility_mode = Some(VISIBLE_TO_GROUPS.to_owned());
        self.visibility_groups = Some(groups.into_iter().map(Into::into).collect());
        self
    }

    /// Everybody sees it.
    #[must_use]
    pub fn visible_to_all(mut self) -> Self {
        self.visibility_mode = Some(VISIBLE_TO_ALL.to_owned());
        self
    }

    /// Who sees it.
    pub fn visibility(&self) -> Visibility {
        if self.visibility_mode.as_deref() == Some(VISIBLE_TO_ALL) {
            Visibility::All
        } else {
            Visibility::Groups(self.visibility_groups.clone().unwrap_or_default())
        }
    }

    /// Refuses what could not be shown.
    pub(super) fn check(&self) -> Result<()> {
        let is_empty = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
        let has_label = matches!(self.kind, ItemKind::Link | ItemKind::Header);
        if has_label && is_empty(self.label.as_deref()) {
            return Err(Error::invalid(
                "label",
                format!("a {} has none", self.kind),
                "say what readers shall see",
            ));
        }
        let no_target = is_empty(self.target_type.as_ref().map(ItemTarget::as_str))
            || is_empty(self.target.as_deref());
        if self.kind == ItemKind::Link && no_target {
            return Err(Error::invalid(
                "target",
                "a link has none",
                "say where it leads",
            ));
        }
        let texts = [
            ("id", Some(self.id.as_str())),
            ("kind", Some(self.kind.as_str())),
            ("label", self.label.as_deref()),
            ("icon", self.icon.as_deref()),
            (
                "target_type",
                self.target_type.as_ref().map(ItemTarget::as_str),
            ),
            ("target", self.target.as_deref()),
            ("visibility_mode", self.visibility_mode.as_deref()),
        ];
        for (field, text) in texts {
            text.map_or(Ok(()), |text| no_nul(field, text))?;
        }
        let mut groups = self.visibility_groups.iter().flatten();
        groups.try_for_each(|group| group.to_argument().map(|_| ()))
    }
}

impl From<NavigationTreeNavigationTreeItems> for NavigationItem {
    fn from(item: NavigationTreeNavigationTreeItems) -> Self {
        let groups = item.visibility_groups;
        Self {
            id: item.id,
            kind: item.kind.into(),
            label: item.label,
            icon: item.icon,
            target_type: item.target_type.map(ItemTarget::from),
            target: item.target,
            visibility_mode: item.visibility_mode,
            visibility_groups: groups
                .map(|groups| groups.into_iter().flatten().map(GroupId::new).collect()),
        }
    }
}

/// As it was read: what was null is null again.
impl From<&NavigationItem> for NavigationItemInput {
    fn from(item: &NavigationItem) -> Self {
        fn text(text: Option<&str>) -> Argument<String> {
            text.map_or(Argument::Null, Argument::from)
        }
        let groups = item.visibility_groups.as_ref();
        Self {
            id: item.id.clone(),
            kind: item.kind.to_string(),
            label: text(item.label.as_deref()),
            icon: text(item.icon.as_deref()),
            target_type: text(item.target_type.as_ref().map(ItemTarget::as_str)),
            target: text(item.target.as_deref()),
            visibility_mode: text(item.visibility_mode.as_deref()),
            visibility_groups: groups.map_or(Argument::Null, |groups| {
                let groups = groups.iter().map(|group| Some(group.get()));
                Argument::Value(groups.collect())
            }),
        }
    }
}

/// A UUID of random numbers, as the wiki's own editor of the navigation makes them.
pub(super) fn new_id() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48 & 0x3fff),
        low & 0xffff_ffff_ffff,
    )
}
