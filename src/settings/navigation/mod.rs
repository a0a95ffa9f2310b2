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
use super::{Group, change, group, random_uuid};
use crate::{
    api::{
        enums, inputs::NavigationTreeInput, navigation_tree, navigation_update_config,
        navigation_update_tree,
    },
    call::Call,
    error::{Error, Result},
    handle::handle,
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
    NavigationMode, "the mode of the navigation";
    NavigationConfig = navigation.config, |config| config.mode.as_str().into();
    NavigationUpdateConfig = navigation.update_config, |_, mode| navigation_update_config::Variables {
        mode: enums::NavigationMode::from(mode.as_str()),
    };
    fn comparable(&self) -> serde_json::Value {
        value_of(self)
    }
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

impl From<navigation_tree::NavigationTreeNavigationTree> for NavigationTree {
    fn from(tree: navigation_tree::NavigationTreeNavigationTree) -> Self {
        Self {
            locale: tree.locale.into(),
            items: tree.items.into_iter().flatten().map(Into::into).collect(),
        }
    }
}

/// Links of all locales.
#[derive(Clone)]
struct Trees(Vec<NavigationTree>);

group! {
    Trees, "the navigation";
    NavigationTree = navigation.tree, |trees| {
        Trees(trees.into_iter().flatten().map(Into::into).collect())
    };
    NavigationUpdateTree = navigation.update_tree, |_, trees| {
        let tree = trees.0.iter().map(|tree| {
            Some(NavigationTreeInput {
                locale: tree.locale.to_string(),
                items: tree.items.iter().map(|item| Some(item.into())).collect(),
            })
        });
        navigation_update_tree::Variables { tree: tree.collect() }
    };

    /// If a locale is stored twice, its first links are compared, because [`Navigation::edit`] changes those.
    fn comparable(&self) -> serde_json::Value {
        let mut links = serde_json::Map::new();
        for tree in &self.0 {
            links.entry(tree.locale.to_string()).or_insert_with(|| value_of(&tree.items));
        }
        links.into()
    }
}

impl Trees {
    /// Returns the links of a locale.
    fn items(self, locale: &Locale) -> Vec<NavigationItem> {
        let own = self.0.into_iter().find(|tree| tree.locale == *locale);
        own.map(|tree| tree.items).unwrap_or_default()
    }
}

impl Navigation {
    /// Returns the mode of the navigation sidebar.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub fn mode(&self) -> Call<NavigationMode> {
        Call::on(self, |navigation| async move {
            NavigationMode::read(&navigation.client).await
        })
    }

    /// Sets the mode of the navigation sidebar, and returns it as stored. The links are kept even if the mode does not
    /// show them.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub fn set_mode(&self, mode: impl Into<NavigationMode>) -> Call<NavigationMode> {
        let mode = mode.into();
        Call::on(self, |navigation| async move {
            change(&navigation.client, |_| Ok(mode)).await
        })
    }

    /// Returns the links of all locales.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub fn tree(&self) -> Call<Vec<NavigationTree>> {
        Call::on(self, |navigation| async move {
            Ok(Trees::read(&navigation.client).await?.0)
        })
    }

    /// Returns the links of one locale, from top to bottom; an empty list if it has none.
    ///
    /// # Errors
    ///
    /// As [`tree`](Self::tree).
    pub fn items(&self, locale: impl Into<Locale>) -> Call<Vec<NavigationItem>> {
        let locale = locale.into();
        Call::on(self, |navigation| async move {
            Ok(Trees::read(&navigation.client).await?.items(&locale))
        })
    }

    /// Replaces the links of one locale and returns them. The links of the other locales are kept. With an empty list
    /// the locale has an empty navigation.
    ///
    /// An item without an id gets a new one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a link without a label or a target, a header without a label, and two items with
    /// the same id;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`;
    /// [`Error::NotApplied`] if the wiki reports success and stored nothing, for example because the row of the
    /// navigation is missing from its database.
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
        Call::on(self, |navigation| async move {
            locale.check()?;
            let own = locale.clone();
            let trees = change(&navigation.client, move |current: &Trees| {
                let mut wanted = current.clone();
                let position = wanted.0.iter().position(|tree| tree.locale == locale);
                let index = position.unwrap_or(wanted.0.len());
                if position.is_none() {
                    wanted.0.push(NavigationTree::new(locale, []));
                }
                edit(&mut wanted.0[index].items);
                complete(&mut wanted.0[index], current)?;
                Ok(wanted)
            });
            Ok(trees.await?.items(&own))
        })
    }

    /// Replaces the links of all locales and returns them. The links of a locale that is not listed are deleted, but
    /// Wiki.js may show them for up to five more minutes.
    ///
    /// # Errors
    ///
    /// As [`set_items`](Self::set_items), and [`Error::InvalidInput`] for a locale that is listed
    /// twice.
    pub fn set_tree(
        &self,
        trees: impl IntoIterator<Item = NavigationTree>,
    ) -> Call<Vec<NavigationTree>> {
        let mut wanted = Trees(trees.into_iter().collect());
        Call::on(self, |navigation| async move {
            let mut locales = HashSet::new();
            for tree in &wanted.0 {
                tree.locale.check()?;
                if !locales.insert(tree.locale.clone()) {
                    return Err(Error::invalid(
                        "locale",
                        format!("`{}` is listed twice", tree.locale),
                        "list it once, with all of its items",
                    ));
                }
            }
            let stored = change(&navigation.client, move |current: &Trees| {
                let mut trees = wanted.0.iter_mut();
                trees.try_for_each(|tree| complete(tree, current))?;
                Ok(wanted)
            });
            let mut stored = stored.await?.0;
            stored.retain(|tree| locales.contains(&tree.locale));
            Ok(stored)
        })
    }
}

/// Assigns ids to new items of a locale, and returns an error for new items that cannot be displayed. Stored items are
/// not changed or checked.
fn complete(tree: &mut NavigationTree, current: &Trees) -> Result<()> {
    let before: Vec<_> = current
        .0
        .iter()
        .filter(|before| before.locale == tree.locale)
        .flat_map(|before| &before.items)
        .collect();
    let is_there = |item: &NavigationItem| before.contains(&item);
    let kept = tree.items.iter().filter(|item| is_there(item));
    let mut ids: HashSet<_> = kept.map(|item| item.id.clone()).collect();
    for item in tree.items.iter_mut().filter(|item| !is_there(item)) {
        if item.id.is_empty() {
            item.id = random_uuid();
        }
        item.check()?;
        if !ids.insert(item.id.clone()) {
            return Err(Error::invalid(
                "id",
                format!("two items have the id `{}`", item.id),
                "leave the id of one of them empty: it gets a new one",
            ));
        }
    }
    Ok(())
}
