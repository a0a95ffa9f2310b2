//! Items of the navigation: links, headers and dividers.

use crate::{
    api::{
        Argument, inputs::NavigationItemInput, navigation_tree::NavigationTreeNavigationTreeItems,
    },
    error::Result,
    response::models,
    text::{no_nul, refuse_if},
    types::{GroupId, Locale, PagePath, open_enum},
};

open_enum! {
    /// Kind of an item of the navigation.
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
    /// Kind of the target of a link.
    ItemTarget {
        /// The front page.
        Home = "home",
        /// A page, by the path of its URL, such as `/en/docs/install`.
        Page = "page",
        /// A URL.
        External = "external",
        /// A URL, shown in a new window.
        ExternalBlank = "externalblank",
        /// A search for these words.
        Search = "search",
    }
}

/// Visibility of an item of the navigation. Hiding a link does not protect its target.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Visibility {
    /// Everybody.
    All,
    /// The members of these groups. Administrators who are not members do not see the item.
    Groups(Vec<GroupId>),
}

models! {
    /// An item of the navigation. It has the fields of Wiki.js, so that an item can be read and written back
    /// unchanged.
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
    NavigationItem from NavigationTreeNavigationTreeItems as item {
        /// `id`. If it is empty, as in a new item, an id is assigned when the item is written.
        pub id: String,
        /// `kind`.
        pub kind: ItemKind,
        /// `label`.
        pub label: Option<String>,
        /// `icon` of the icon set of the wiki, such as `mdi-home`.
        pub icon: Option<String>,
        /// `targetType`.
        pub target_type: Option<ItemTarget> = item.target_type.map(Into::into),
        /// `target`, in the form that `target_type` requires.
        pub target: Option<String>,
        /// `visibilityMode`: `all`, or `restricted` to [`visibility_groups`](Self::visibility_groups).
        /// [`visibility`](Self::visibility) returns both as one value.
        pub visibility_mode: Option<String>,
        /// `visibilityGroups`, which Wiki.js may keep although the item is visible to all.
        pub visibility_groups: Option<Vec<GroupId>> = item.visibility_groups.map(|groups| {
            groups.into_iter().flatten().map(GroupId::new).collect()
        }),
    }
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

    /// Creates a link with this kind of target.
    fn to(label: impl Into<String>, target_type: ItemTarget, target: String, icon: &str) -> Self {
        Self {
            label: Some(label.into()),
            icon: Some(icon.to_owned()),
            target_type: Some(target_type),
            target: Some(target),
            ..Self::new(ItemKind::Link)
        }
    }

    /// Creates a link to the front page.
    pub fn home(label: impl Into<String>) -> Self {
        Self::to(label, ItemTarget::Home, "/".to_owned(), "mdi-home")
    }

    /// Creates a link to a page.
    pub fn page(
        label: impl Into<String>,
        locale: impl Into<Locale>,
        path: impl Into<PagePath>,
    ) -> Self {
        let target = format!("/{}/{}", locale.into(), path.into());
        Self::to(label, ItemTarget::Page, target, "mdi-chevron-right")
    }

    /// Creates a link to a URL.
    pub fn link(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::to(label, ItemTarget::External, url.into(), "mdi-chevron-right")
    }

    /// Creates a header above the links that follow.
    pub fn header(label: impl Into<String>) -> Self {
        Self {
            label: Some(label.into()),
            ..Self::new(ItemKind::Header)
        }
    }

    /// Creates a line between links.
    pub fn divider() -> Self {
        Self::new(ItemKind::Divider)
    }

    /// Sets the icon, such as `mdi-home`.
    #[must_use]
    pub fn icon(mut self, icon: impl Into<String>) -> Self {
        self.icon = Some(icon.into());
        self
    }

    /// Opens a link to a URL in a new window.
    #[must_use]
    pub fn in_new_window(mut self) -> Self {
        if self.target_type == Some(ItemTarget::External) {
            self.target_type = Some(ItemTarget::ExternalBlank);
        }
        self
    }

    /// Makes the item visible to the members of these groups only.
    #[must_use]
    pub fn visible_to(mut self, groups: impl IntoIterator<Item: Into<GroupId>>) -> Self {
        self.visibility_mode = Some(VISIBLE_TO_GROUPS.to_owned());
        self.visibility_groups = Some(groups.into_iter().map(Into::into).collect());
        self
    }

    /// Makes the item visible to everybody.
    #[must_use]
    pub fn visible_to_all(mut self) -> Self {
        self.visibility_mode = Some(VISIBLE_TO_ALL.to_owned());
        self
    }

    /// Returns the visibility of the item.
    pub fn visibility(&self) -> Visibility {
        if self.visibility_mode.as_deref() == Some(VISIBLE_TO_ALL) {
            Visibility::All
        } else {
            Visibility::Groups(self.visibility_groups.clone().unwrap_or_default())
        }
    }

    /// Returns an error for an item that cannot be displayed.
    pub(super) fn check(&self) -> Result<()> {
        let target_type = self.target_type.as_ref().map(ItemTarget::as_str);
        let texts = [
            ("label", self.label.as_deref()),
            ("target", self.target.as_deref()),
            ("target_type", target_type),
            ("id", Some(&*self.id)),
            ("kind", Some(self.kind.as_str())),
            ("icon", self.icon.as_deref()),
            ("visibility_mode", self.visibility_mode.as_deref()),
        ];
        let is_empty = texts.map(|(_, text)| text.is_none_or(|text| text.trim().is_empty()));
        let [no_label, no_target, no_target_type, ..] = is_empty;
        let is_link = self.kind == ItemKind::Link;
        refuse_if! {
            no_label && (is_link || self.kind == ItemKind::Header) => "label",
                format!("a {} has none", self.kind), "set the text that readers see";
            is_link && (no_target || no_target_type) => "target",
                "a link has none", "set the page or the URL that it opens";
        }?;
        for (field, text) in texts {
            no_nul(field, text.unwrap_or_default())?;
        }
        let mut groups = self.visibility_groups.iter().flatten();
        groups.try_for_each(|group| group.to_argument().map(drop))
    }
}

/// Writes a field that was read as null as null.
impl From<&NavigationItem> for NavigationItemInput {
    fn from(item: &NavigationItem) -> Self {
        fn or_null<T>(value: Option<T>) -> Argument<T> {
            value.map_or(Argument::Null, Argument::Value)
        }
        let groups = item.visibility_groups.as_ref();
        Self {
            id: item.id.clone(),
            kind: item.kind.to_string(),
            label: or_null(item.label.clone()),
            icon: or_null(item.icon.clone()),
            target_type: or_null(item.target_type.as_ref().map(ToString::to_string)),
            target: or_null(item.target.clone()),
            visibility_mode: or_null(item.visibility_mode.clone()),
            visibility_groups: or_null(
                groups.map(|groups| groups.iter().map(|group| Some(group.get())).collect()),
            ),
        }
    }
}
