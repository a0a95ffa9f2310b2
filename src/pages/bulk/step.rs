//! What a bulk consists of, and how a step is known again.

use std::{fmt, hash::Hasher};

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::{
    error::Result,
    pages::{NewPage, PageUpdate, Pages},
    types::{Locale, PageId, PagePath},
};

/// One step of a bulk.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Makes a page, as [`Pages::create`].
    Create(NewPage),
    /// Makes a page or changes the one at its path to be like it, as [`Pages::upsert`].
    Upsert(NewPage),
    /// Changes a page, as [`Pages::update`].
    Update(PageId, PageUpdate),
    /// Deletes a page, as [`Pages::delete`].
    Delete(PageId),
    /// Moves a page, as [`Pages::move_to`].
    Move {
        /// The page.
        id: PageId,
        /// Where it goes.
        path: PagePath,
        /// The locale where it goes, if that is not its own.
        locale: Option<Locale>,
    },
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// [`Step::Create`].
    Create,
    /// [`Step::Upsert`].
    Upsert,
    /// [`Step::Update`].
    Update,
    /// [`Step::Delete`].
    Delete,
    /// [`Step::Move`].
    Move,
}

impl Action {
    /// The action as it is serialized: `create`, `upsert`, `update`, `delete`, `move`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Upsert => "upsert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Move => "move",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which page a step is about, as the step itself says.
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

/// A step that was done, or begun, is known by this: what it is in all its parts, and how many like
/// it came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) content: u128,
    pub(super) repetition: u32,
}

impl Step {
    pub(super) fn action(&self) -> Action {
        match self {
            Self::Create(_) => Action::Create,
            Self::Upsert(_) => Action::Upsert,
            Self::Update(..) => Action::Update,
            Self::Delete(_) => Action::Delete,
            Self::Move { .. } => Action::Move,
        }
    }

    pub(super) fn subject(&self, pages: &Pages) -> Subject {
        match self {
            Self::Create(page) | Self::Upsert(page) => Subject::Path {
                path: page.path.clone(),
                locale: pages.locale_of(page).clone(),
            },
            Self::Update(id, _) | Self::Delete(id) | Self::Move { id, .. } => {
                Subject::Page { id: *id }
            }
        }
    }

    /// Everything that is refused before it is sent.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Create(page) | Self::Upsert(page) => page.check(),
            Self::Update(id, update) => {
                id.to_argument()?;
                update.check()
            }
            Self::Delete(id) => id.to_argument().map(drop),
            Self::Move { id, path, locale } => {
                id.to_argument()?;
                path.check()?;
                locale.iter().try_for_each(Locale::check)
            }
        }
    }

    /// What the step is in all its parts, as a number that is the same in every run.
    pub(super) fn content(&self, pages: &Pages) -> u128 {
        let action = self.action();
        match self {
            Self::Create(page) | Self::Upsert(page) => {
                hash(&(action, pages.locale_of(page), page.identity()))
            }
            Self::Update(id, update) => hash(&(action, id, update.identity())),
            Self::Delete(id) => hash(&(action, id)),
            Self::Move { id, path, locale } => hash(&(action, id, path, locale)),
        }
    }
}

fn hash(parts: &impl Serialize) -> u128 {
    let mut hasher = SipHasher24::new();
    // Text of JSON, which is the same on every machine; into memory, and of texts and numbers alone, it
    // cannot fail.
    hasher.write(&serde_json::to_vec(parts).unwrap_or_default());
    hasher.finish128().as_u128()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.content)?;
        match self.repetition {
            0 => Ok(()),
            repetition => write!(f, ".{repetition}"),
        }
    }
}

impl Key {
    /// Reads what [`Display`](fmt::Display) writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (content, repetition) = match text.split_once('.') {
            Some((content, repetition)) => (content, repetition.parse().ok()?),
            None => (text, 0),
        };
        Some(Self {
            content: u128::from_str_radix(content, 16).ok()?,
            repetition,
        })
    }
}
