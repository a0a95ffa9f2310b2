//! The navigation beside the pages: which there is, and the links of each language.
//!
//! [`Client::navigation`](crate::Client::navigation) gives [`Navigation`]:
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::navigation::NavigationItem;
//!
//! let navigation = wiki.navigation();
//! navigation
//!     .edit("en", |items| {
//!         items.push(NavigationItem::header("Handbook"));
//!         items.push(NavigationItem::page("Install", "en", "docs/install").icon("mdi-download"));
//!     })
//!     .await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! `navigation.updateTree` replaces the links of all languages (hazard 45): what is written here for one
//! language leaves the others as they are.

mod item;

use std::collections::HashSet;

use self::item::new_id;
pub use self::item::{ItemKind, ItemTarget, NavigationItem, Visibility};
use crate::{
    api::{self, enums, inputs::NavigationTreeInput, navigation_tree},
    client::Client,
    error::{Error, Result},
    outcome::{answered, mutation},
    settle,
    transport::Turn,
    types::Locale,
};

/// The navigation of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Navigation {
    client: Client,
}

impl Client {
    /// The navigation beside the pages.
    pub fn navigation(&self) -> Navigation {
        Navigation {
            client: self.clone(),
        }
    }
}

/// What stands beside the pages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum NavigationMode {
    /// Nothing.
    None,
    /// The tree of pages.
    Tree,
    /// The links of the page's language.
    Static,
    /// Both, between which readers choose: the default.
    Mixed,
    /// One that this version of the library does not know.
    Other(String),
}

impl From<enums::NavigationMode> for NavigationMode {
    fn from(mode: enums::NavigationMode) -> Self {
        match mode {
            enums::NavigationMode::None => Self::None,
            enums::NavigationMode::Tree => Self::Tree,
            enums::NavigationMode::Static => Self::Static,
            enums::NavigationMode::Mixed => Self::Mixed,
            enums::NavigationMode::Other(other) => Self::Other(other),
        }
    }
}

impl From<NavigationMode> for enums::NavigationMode {
    fn from(mode: NavigationMode) -> Self {
        match mode {
            NavigationMode::None => Self::None,
            NavigationMode::Tree => Self::Tree,
            NavigationMode::Static => Self::Static,
            NavigationMode::Mixed => Self::Mixed,
            NavigationMode::Other(other) => Self::Other(other),
        }
    }
}

/// The links of a language.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct NavigationTree {
    /// `locale`.
    pub locale: Locale,
    /// `items`, from top to bottom.
    pub items: Vec<NavigationItem>,
}

impl NavigationTree {
    /// The links of a language, from top to bottom.
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

const UPDATE_TREE: &str = "NavigationUpdateTree";

impl Navigation {
    /// What stands beside the pages.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub async fn mode(&self) -> Result<NavigationMode> {
        let variables = api::navigation_config::Variables::new();
        let data = self
            .client
            .execute::<api::NavigationConfig>(variables)
            .await?;
        Ok(answered("NavigationConfig", "navigation", data.navigation)?
            .config
            .mode
            .into())
    }

    /// Has something else stand beside the pages. The links are kept, whether they are shown or not.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub async fn set_mode(&self, mode: NavigationMode) -> Result<NavigationMode> {
        let navigation = self.clone();
        let work = move |turn| async move {
            if navigation.mode().await? == mode {
                return Ok(mode);
            }
            settle::set(
                &navigation.client,
                "NavigationUpdateConfig",
                || navigation.send_mode(&turn, &mode),
                || navigation.mode(),
                |now| *now == mode,
            )
            .await
        };
        self.client.write("NavigationUpdateConfig", work).await
    }

    async fn send_mode(&self, turn: &Turn, mode: &NavigationMode) -> Result<()> {
        let variables = api::navigation_update_config::Variables {
            mode: mode.clone().into(),
        };
        mutation!(
            self.client,
            turn,
            NavigationUpdateConfig,
            navigation.update_config,
            variables
        );
        Ok(())
    }

    /// The links of all languages.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`.
    pub async fn tree(&self) -> Result<Vec<NavigationTree>> {
        let variables = api::navigation_tree::Variables::new();
        let data = self
            .client
            .execute::<api::NavigationTree>(variables)
            .await?;
        let tree = answered("NavigationTree", "navigation", data.navigation)?.tree;
        Ok(tree.into_iter().flatten().map(Into::into).collect())
    }

    /// The links of one language, from top to bottom; none if it has none.
    ///
    /// # Errors
    ///
    /// As [`tree`](Self::tree).
    pub async fn items(&self, locale: impl Into<Locale>) -> Result<Vec<NavigationItem>> {
        let locale = locale.into();
        let mut trees = self.tree().await?.into_iter();
        let own = trees.find(|tree| tree.locale == locale);
        Ok(own.map(|tree| tree.items).unwrap_or_default())
    }

    /// Replaces the links of one language and gives them back; those of the others stay. Without any,
    /// the language has an empty navigation.
    ///
    /// An item without an id gets one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an item that could not be shown: a link without a label or a
    /// target, a header without a label, two items of one id;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:navigation` or `manage:system`;
    /// [`Error::NotDone`] if the wiki reports success and keeps something else, as it does when its
    /// database has lost the row of the navigation.
    pub async fn set_items(
        &self,
        locale: impl Into<Locale>,
        items: impl IntoIterator<Item = NavigationItem>,
    ) -> Result<Vec<NavigationItem>> {
        let items: Vec<_> = items.into_iter().collect();
        self.edit(locale, |own| *own = items).await
    }

    /// Changes the links of one language, in one turn from reading to writing, and gives them back;
    /// those of the others stay.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let items = wiki
    ///     .navigation()
    ///     .edit("en", |items| items.retain(|item| item.label.as_deref() != Some("Old")))
    ///     .await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`set_items`](Self::set_items).
    pub async fn edit(
        &self,
        locale: impl Into<Locale>,
        change: impl FnOnce(&mut Vec<NavigationItem>) + Send + 'static,
    ) -> Result<Vec<NavigationItem>> {
        let locale = locale.into();
        locale.check()?;
        let navigation = self.clone();
        let work = move |turn| async move {
            let current = navigation.tree().await?;
            let mut wanted = current.clone();
            let position = wanted.iter().position(|tree| tree.locale == locale);
            let own = position.unwrap_or(wanted.len());
            if position.is_none() {
                wanted.push(NavigationTree::new(locale.clone(), []));
            }
            change(&mut wanted[own].items);
            complete(&mut wanted[own], &current)?;
            let items = wanted[own].items.clone();
            navigation.replace(&turn, &current, &wanted).await?;
            Ok(items)
        };
        self.client.write(UPDATE_TREE, work).await
    }

    /// Replaces the links of all languages and gives them back. A language that is not named has none
    /// any more, though Wiki.js may show its old ones for five minutes.
    ///
    /// # Errors
    ///
    /// As [`set_items`](Self::set_items), and [`Error::InvalidInput`] for a language that is named
    /// twice.
    pub async fn set_tree(
        &self,
        trees: impl IntoIterator<Item = NavigationTree>,
    ) -> Result<Vec<NavigationTree>> {
        let mut trees: Vec<_> = trees.into_iter().collect();
        let mut locales = HashSet::new();
        for tree in &trees {
            tree.locale.check()?;
            if !locales.insert(tree.locale.clone()) {
                return Err(Error::invalid(
                    "locale",
                    format!("`{}` is named twice", tree.locale),
                    "put its items together",
                ));
            }
        }
        let navigation = self.clone();
        let work = move |turn| async move {
            let current = navigation.tree().await?;
            trees
                .iter_mut()
                .try_for_each(|tree| complete(tree, &current))?;
            navigation.replace(&turn, &current, &trees).await?;
            Ok(trees)
        };
        self.client.write(UPDATE_TREE, work).await
    }

    /// Writes the links of all languages where they are not there already.
    async fn replace(
        &self,
        turn: &Turn,
        current: &[NavigationTree],
        wanted: &[NavigationTree],
    ) -> Result<()> {
        if current == wanted {
            return Ok(());
        }
        settle::set(
            &self.client,
            UPDATE_TREE,
            || self.send_tree(turn, wanted),
            || self.tree(),
            |now: &Vec<NavigationTree>| now == wanted,
        )
        .await
        .map(|_| ())
    }

    async fn send_tree(&self, turn: &Turn, wanted: &[NavigationTree]) -> Result<()> {
        let tree = wanted.iter().map(|tree| {
            Some(NavigationTreeInput {
                locale: tree.locale.to_string(),
                items: tree.items.iter().map(|item| Some(item.into())).collect(),
            })
        });
        let variables = api::navigation_update_tree::Variables {
            tree: tree.collect(),
        };
        mutation!(
            self.client,
            turn,
            NavigationUpdateTree,
            navigation.update_tree,
            variables
        );
        Ok(())
    }
}

/// Gives ids to the items of a language that have none, and refuses what could not be shown. What is
/// there already stays as it is, odd or not.
fn complete(tree: &mut NavigationTree, current: &[NavigationTree]) -> Result<()> {
    let before: Vec<_> = current
        .iter()
        .filter(|before| before.locale == tree.locale)
        .flat_map(|before| &before.items)
        .collect();
    let is_there = |item: &NavigationItem| before.contains(&item);
    let kept = tree.items.iter().filter(|item| is_there(item));
    let mut ids: HashSet<_> = kept.map(|item| item.id.clone()).collect();
    for item in tree.items.iter_mut().filter(|item| !is_there(item)) {
        if item.id.is_empty() {
            item.id = new_id();
        }
        item.check()?;
        if !ids.insert(item.id.clone()) {
            return Err(Error::invalid(
                "id",
                format!("two items have the id `{}`", item.id),
                "leave it out of one: it gets another",
            ));
        }
    }
    Ok(())
}
