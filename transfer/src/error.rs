//! Errors of exports and imports.

use std::{error::Error as _, fmt, io, path::PathBuf};

use crate::text::Shown;

/// The result of an export or an import.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Error of an export, of an import, or of one of their items.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call to the wiki failed.
    #[error(transparent)]
    Wiki(#[from] wikijs_client::Error),
    /// A file or folder on this machine could not be read or written.
    #[error("{}: {source}", Shown(path))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// An existing file on this machine was not changed.
    #[error("{}: {reason}; move it away, and export again", Shown(path))]
    Kept {
        /// The file's path in the folder.
        path: PathBuf,
        /// The reason.
        reason: KeptReason,
    },
    /// An argument is invalid. Nothing was written.
    #[error("{field}: {problem}; {remedy}")]
    #[non_exhaustive]
    InvalidInput {
        /// The argument.
        field: &'static str,
        /// Description of the problem.
        problem: String,
        /// Instructions for the user.
        remedy: String,
    },
    /// A file or an asset changed after the plan was made.
    #[error("{what} was changed since the plan was made; plan again")]
    ChangedSincePlan {
        /// The file or asset.
        what: String,
    },
    /// A page changed after the plan was made.
    #[error("the page was changed in the wiki since the plan was made; plan again")]
    PageChangedSincePlan,
}

/// Reason why an export does not replace or delete a file.
///
/// An export replaces or deletes a file only if an export wrote the file, the file is unchanged since, and no
/// component of its path is a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeptReason {
    /// Another program or a person wrote the file.
    NotExported,
    /// The file was changed since it was exported.
    Edited,
    /// The file, or a folder above it, is a link or a special file.
    Link,
}

impl fmt::Display for KeptReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotExported => "not changed, since no export wrote it",
            Self::Edited => "left as it is, since it was changed after the export",
            Self::Link => "left as it is, since a link or a special file is in the way",
        })
    }
}

impl Error {
    pub(crate) fn invalid(
        field: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::InvalidInput {
            field,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Returns the error of the client, if this error wraps one.
    pub fn as_wiki(&self) -> Option<&wikijs_client::Error> {
        match self {
            Self::Wiki(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if an argument, the content of a file, or a page is invalid.
    pub fn is_invalid_input(&self) -> bool {
        match self {
            Self::Wiki(error) => error.is_invalid_input(),
            Self::InvalidInput { .. } => true,
            _ => false,
        }
    }

    /// Returns `true` if the wiki or the folder was changed concurrently.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Wiki(error) => error.is_conflict(),
            Self::ChangedSincePlan { .. } | Self::PageChangedSincePlan => true,
            _ => false,
        }
    }

    /// Returns `true` if the caller lacks a permission.
    pub fn is_forbidden(&self) -> bool {
        self.as_wiki()
            .is_some_and(wikijs_client::Error::is_forbidden)
    }

    /// Returns `true` if the requested object does not exist in the wiki.
    pub fn is_not_found(&self) -> bool {
        self.as_wiki()
            .is_some_and(wikijs_client::Error::is_not_found)
    }

    /// Returns `true` if all other items would fail with the same error: the wiki is unreachable or rejects the
    /// credentials, or the disk is full.
    pub(crate) fn is_fatal(&self) -> bool {
        let kind = match self {
            Self::Wiki(error) if error.is_unauthenticated() || error.is_transient() => return true,
            Self::Wiki(error) => error
                .source()
                .and_then(|source| source.downcast_ref::<io::Error>())
                .map(io::Error::kind),
            Self::File { source, .. } => Some(source.kind()),
            _ => None,
        };
        matches!(
            kind,
            Some(
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::ReadOnlyFilesystem
            )
        )
    }
}
