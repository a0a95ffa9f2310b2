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

mod item;

use std::collections::HashSet;

pub use self::item::{ItemKind, ItemTarget, NavigationItem, Visibility};
use super::{change, group, random_uuid, read};
use crate::{
    api::{enums, inputs::NavigationTreeInput, navigation_update_config, navigation_update_tree},
    call::Call,
    error::Result,
    handle::handle,
    text::refuse_if,
    types::{Locale, open_enum},
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
    NavigationConfig = navigation.config, |config| config.mode.as_str().into();
    NavigationUpdateConfig = navigation.update_config, |_, mode| navigation_update_config::Variables {
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
    NavigationTree = navigation.tree, |trees| {
        let trees = trees.into_iter().flatten();
        trees.map(|tree| NavigationTree::new(tree.locale, tree.items.into_iter().flatten().map(Into::into))).collect()
    };
    NavigationUpdateTree = navigation.update_tree, |_, trees| {
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

/// Assigns ids to new items of a locale, and returns an error for new items that cannot be displayed. Stored items are
/// not changed or checked.
fn complete(tree: &mut NavigationTree, current: &[NavigationTree]) -> Result<()> {
    let before = current.iter().filter(|before| before.locale == tree.locale);
    let before: Vec<_> = before.flat_map(|before| &before.items).collect();
    let is_there = |item: &NavigationItem| before.contains(&item);
    let kept = tree.items.iter().filter(|item| is_there(item));
    let mut ids: HashSet<_> = kept.map(|item| item.id.clone()).collect();
    for item in tree.items.iter_mut().filter(|item| !is_there(item)) {
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
