//! The steps of a bulk operation.

use std::{fmt, hash::Hasher, sync::Arc};

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::{
    error::Result,
    pages::{NewPage, Page, PageUpdate, Pages},
    types::{Locale, PageId, PagePath, closed_enum, opaque_debug},
};

/// One step of a bulk.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Creates a page, as [`Pages::create`].
    Create(NewPage),
    /// Creates a page or updates the one at its path, as [`Pages::upsert`].
    Upsert(NewPage),
    /// Updates a page, as [`Pages::update`].
    Update(PageId, PageUpdate),
    /// Updates a page depending on its state, as [`Pages::modify`].
    Modify(PageId, Modification),
    /// Deletes a page, as [`Pages::delete`].
    Delete(PageId),
    /// Moves a page, as [`Pages::move_to`].
    Move {
        /// Id of the page.
        id: PageId,
        /// The new path.
        path: PagePath,
        /// The new locale, unless it is the page's own.
        locale: Option<Locale>,
    },
}

/// A function that returns the update of a page.
#[derive(Clone)]
pub struct Modification(Arc<dyn Fn(&Page) -> PageUpdate + Send + Sync>);

impl Modification {
    /// Creates a modification from a function.
    pub fn new(change: impl Fn(&Page) -> PageUpdate + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }

    pub(super) fn update(&self, page: &Page) -> PageUpdate {
        (self.0)(page)
    }
}

impl PartialEq for Modification {
    /// Returns `true` if the two are clones of each other.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

opaque_debug!(Modification);

closed_enum! {
    /// The kind of a step.
    Action {
        /// [`Step::Create`].
        Create = "create",
        /// [`Step::Upsert`].
        Upsert = "upsert",
        /// [`Step::Update`].
        Update = "update",
        /// [`Step::Modify`].
        Modify = "modify",
        /// [`Step::Delete`].
        Delete = "delete",
        /// [`Step::Move`].
        Move = "move",
    }
}

/// The page of a step, as the step names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Subject {
    /// The page with this id.
    Page {
        /// The id.
        id: PageId,
    },
    /// The page at this path.
    Path {
        /// The path.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        path: PagePath,
        /// The locale.
        locale: Locale,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page { id } => write!(f, "page {id}"),
            Self::Path { path, locale } => write!(f, "{locale}/{path}"),
        }
    }
}

impl Subject {
    /// Returns the id of the page, if the step names it.
    pub(super) fn id(&self) -> Option<PageId> {
        match self {
            Self::Page { id } => Some(*id),
            Self::Path { .. } => None,
        }
    }
}

impl Step {
    pub(super) fn action(&self) -> Action {
        match self {
            Self::Create(_) => Action::Create,
            Self::Upsert(_) => Action::Upsert,
            Self::Update(..) => Action::Update,
            Self::Modify(..) => Action::Modify,
            Self::Delete(_) => Action::Delete,
            Self::Move { .. } => Action::Move,
        }
    }

    pub(super) fn subject(&self, pages: &Pages) -> Subject {
        match self {
            Self::Create(page) | Self::Upsert(page) => Subject::Path {
                path: page.path.clone(),
                locale: pages.locale_of(page),
            },
            Self::Update(id, _)
            | Self::Modify(id, _)
            | Self::Delete(id)
            | Self::Move { id, .. } => Subject::Page { id: *id },
        }
    }

    /// Checks the arguments of the step before anything is sent.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Create(page) | Self::Upsert(page) => page.check(),
            Self::Update(id, update) => id.check().and_then(|()| update.check()),
            Self::Modify(id, _) | Self::Delete(id) => id.check(),
            Self::Move { id, path, locale } => {
                id.check()?;
                path.check()?;
                locale.iter().try_for_each(Locale::check)
            }
        }
    }

    /// Returns a hash of all parts of the step, which is the same in every run.
    pub(super) fn content(&self, pages: &Pages) -> u128 {
        let action = self.action();
        match self {
            Self::Create(page) | Self::Upsert(page) => hash(&(action, pages.locale_of(page), page)),
            Self::Update(id, update) => hash(&(action, id, update)),
            Self::Modify(id, _) | Self::Delete(id) => hash(&(action, id)),
            Self::Move { id, path, locale } => hash(&(action, id, path, locale)),
        }
    }
}

fn hash(parts: &impl Serialize) -> u128 {
    let mut hasher = SipHasher24::new();
    // JSON is the same on every machine. Serializing texts and numbers into memory cannot fail.
    hasher.write(&serde_json::to_vec(parts).unwrap_or_default());
    hasher.finish128().as_u128()
}
