//! Navigation sidebar: its mode, and the links of each locale.
//!
//! [`Client::navigation`](crate::Client::navigation) returns [`Navigation`]:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::navigation::NavigationItem;
//!
//! let navigation = wiki.navigation();
//! navigation
//!     .edit("en", |items| {
//!         items.push(NavigationItem::header("Handbook"));
//!         items.push(NavigationItem::page("Install", "en", "docs/install").icon("mdi-download"));
//!     })
//!     .await?;
//! # });
//! ```
//!
//! `navigation.updateTree` replaces the links of all locales ([K45](crate::guide::known_issues#k45)). The methods of
//! this module change the links of one locale and keep those of the others.

use std::collections::HashSet;

use super::{change, group, random_uuid, read};
use crate::{
    api::{
        Argument, enums,
        inputs::{NavigationItemInput, NavigationTreeInput},
        navigation_tree::NavigationTreeNavigationTreeItems,
        navigation_update_config, navigation_update_tree,
    },
    call::Call,
    error::Result,
    handle::handle,
    response::models,
    text::{each, js_trim, no_nul, refuse_if},
    types::{GroupId, Locale, PagePath, converted, distinct, open_enum},
    write::value_of,
};

handle! {
    /// Handle for the navigation of a wiki.
    Navigation,
    /// Returns a handle for the navigation sidebar.
    navigation
}

open_enum! {
    /// Content of the navigation sidebar.
    NavigationMode {
        /// Nothing.
        None = "NONE",
        /// The page tree.
        Tree = "TREE",
        /// The links of the locale of the page.
        Static = "STATIC",
        /// Both, with a switch for readers: the default.
        Mixed = "MIXED",
    }
}

group! {
    NavigationMode, "the mode of the navigation", |mode| mode;
    NavigationConfig, |config| config.mode.as_str().into();
    NavigationUpdateConfig, |_, mode| navigation_update_config::Variables {
        mode: enums::NavigationMode::from(mode.as_str()),
    };
}

/// Links of a locale.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct NavigationTree {
    /// `locale`.
    pub locale: Locale,
    /// `items`, from top to bottom.
    pub items: Vec<NavigationItem>,
}

impl NavigationTree {
    /// Creates the links of a locale, from top to bottom.
    pub fn new(locale: impl Into<Locale>, items: impl IntoIterator<Item = NavigationItem>) -> Self {
        Self {
            locale: locale.into(),
            items: items.into_iter().collect(),
        }
    }
}

group! {
    // If a locale is stored twice, its first links are compared, because [`Navigation::edit`] changes those.
    Vec<NavigationTree>, "the navigation", |trees| {
        let mut links = serde_json::Map::new();
        for tree in trees {
            links.entry(tree.locale.as_str()).or_insert_with(|| value_of(&tree.items));
        }
        links
    };
    NavigationTree, |trees| {
        let trees = trees.into_iter().flatten();
        trees.map(|tree| NavigationTree::new(tree.locale, tree.items.into_iter().flatten().map(Into::into))).collect()
    };
    NavigationUpdateTree, |_, trees| {
        let tree = trees.iter().map(|tree| {
            Some(NavigationTreeInput {
                locale: tree.locale.to_string(),
                items: tree.items.iter().map(|item| Some(item.into())).collect(),
            })
        });
        navigation_update_tree::Variables { tree: tree.collect() }
    };
}

/// Returns the links of a locale.
fn items_of(trees: Vec<NavigationTree>, locale: &Locale) -> Vec<NavigationItem> {
    let own = trees.into_iter().find(|tree| tree.locale == *locale);
    own.map(|tree| tree.items).unwrap_or_default()
}

impl Navigation {
    /// Returns the mode of the navigation sidebar.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub fn mode(&self) -> Call<NavigationMode> {
        read(self)
    }

    /// Sets the mode of the navigation sidebar, and returns it as stored. The links are kept even if the mode does not
    /// show them.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub fn set_mode(&self, mode: impl Into<NavigationMode>) -> Call<NavigationMode> {
        let mode = mode.into();
        change(self, Ok(()), |_| Ok(mode))
    }

    /// Returns the links of all locales.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub fn tree(&self) -> Call<Vec<NavigationTree>> {
        read(self)
    }

    /// Returns the links of one locale, from top to bottom; an empty list if it has none.
    ///
    /// # Errors
    ///
    /// As [`tree`](Self::tree).
    pub fn items(&self, locale: impl Into<Locale>) -> Call<Vec<NavigationItem>> {
        let locale = locale.into();
        self.tree().map(move |trees| items_of(trees, &locale))
    }

    /// Replaces the links of one locale and returns them. The links of the other locales are kept. With an empty list
    /// the locale has an empty navigation.
    ///
    /// An item without an id gets a new one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a link without a label or a target, a header without a
    /// label, and two items with the same id; [`is_forbidden`](crate::Error::is_forbidden) without `manage:navigation`
    /// or `manage:system`; [`Error::NotApplied`](crate::Error::NotApplied) if the wiki reports success and stored
    /// nothing, for example because the row of the navigation is missing from its database.
    pub fn set_items(
        &self,
        locale: impl Into<Locale>,
        items: impl IntoIterator<Item = NavigationItem>,
    ) -> Call<Vec<NavigationItem>> {
        let items: Vec<_> = items.into_iter().collect();
        self.edit(locale, |own| *own = items)
    }

    /// Changes the links of one locale and returns them. The links of the other locales are kept. The write permit is
    /// held from the read to the write.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let items = wiki
    ///     .navigation()
    ///     .edit("en", |items| items.retain(|item| item.label.as_deref() != Some("Old")))
    ///     .await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`set_items`](Self::set_items).
    pub fn edit(
        &self,
        locale: impl Into<Locale>,
        edit: impl FnOnce(&mut Vec<NavigationItem>) + Send + 'static,
    ) -> Call<Vec<NavigationItem>> {
        let locale = locale.into();
        let own = locale.clone();
        let changed = change(
            self,
            locale.check(),
            move |current: &Vec<NavigationTree>| {
                let mut wanted = current.clone();
                let position = wanted.iter().position(|tree| tree.locale == locale);
                let index = position.unwrap_or(wanted.len());
                if position.is_none() {
                    wanted.push(NavigationTree::new(locale, []));
                }
                edit(&mut wanted[index].items);
                complete(&mut wanted[index], current)?;
                Ok(wanted)
            },
        );
        changed.map(move |trees| items_of(trees, &own))
    }

    /// Replaces the links of all locales and returns them. The links of a locale that is not listed are deleted, but
    /// Wiki.js may show them for up to five more minutes.
    ///
    /// # Errors
    ///
    /// As [`set_items`](Self::set_items), and [`Error::InvalidInput`](crate::Error::InvalidInput) for a locale that is
    /// listed twice.
    pub fn set_tree(
        &self,
        trees: impl IntoIterator<Item = NavigationTree>,
    ) -> Call<Vec<NavigationTree>> {
        let mut wanted: Vec<_> = trees.into_iter().collect();
        let mut locales = HashSet::new();
        let mut check = |tree: &NavigationTree| {
            tree.locale.check()?;
            refuse_if! {
                !locales.insert(tree.locale.clone()) => "locale",
                    format!("`{}` is listed twice", tree.locale),
                    "list it once, with all of its items";
            }
        };
        let checked = wanted.iter().try_for_each(&mut check);
        let changed = change(self, checked, move |current: &Vec<NavigationTree>| {
            let mut trees = wanted.iter_mut();
            trees.try_for_each(|tree| complete(tree, current))?;
            Ok(wanted)
        });
        changed.map(move |mut stored| {
            stored.retain(|tree| locales.contains(&tree.locale));
            stored
        })
    }
}

/// Assigns ids to new items of a locale, and returns an error for new items that cannot be displayed or have the id of
/// another item. Stored items are not changed or checked. A copy of a stored item is a new item.
fn complete(tree: &mut NavigationTree, current: &[NavigationTree]) -> Result<()> {
    let before = current.iter().filter(|before| before.locale == tree.locale);
    let mut before: Vec<_> = before.flat_map(|before| &before.items).collect();
    let (kept, new): (Vec<_>, Vec<_>) = tree.items.iter_mut().partition(|item| {
        let stored = before.iter().position(|before| before == item);
        stored.map(|stored| before.swap_remove(stored)).is_some()
    });
    let mut ids: HashSet<_> = kept.into_iter().map(|item| item.id.clone()).collect();
    for item in new {
        if item.id.is_empty() {
            item.id = random_uuid();
        }
        item.check()?;
        refuse_if! {
            !ids.insert(item.id.clone()) => "id", format!("two items have the id `{}`", item.id),
                "leave the id of one of them empty: it gets a new one";
        }?;
    }
    Ok(())
}

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
        pub visibility_groups: Option<Vec<GroupId>> =
            item.visibility_groups.map(|groups| converted(groups.into_iter().flatten())),
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
        self.visibility_groups = Some(distinct(groups));
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
    fn check(&self) -> Result<()> {
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
        let is_empty = texts.map(|(_, text)| text.is_none_or(|text| js_trim(text).is_empty()));
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
        each(self.visibility_groups.iter().flatten(), |group| {
            group.check()
        })
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
