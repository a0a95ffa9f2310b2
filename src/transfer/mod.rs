//! Export and import: a wiki to a folder of files, and back.
//!
//! [`Client::export`](crate::Client::export) writes the pages and assets of a wiki into a folder, and
//! [`Client::import`](crate::Client::import) brings a folder into a wiki: what it wrote, or what people
//! wrote.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! # let empty = wikijs_fake::FakeWiki::builder().locales(["fr"]).start().await;
//! # let other = wikijs_client::Client::builder(empty.url()).api_key(empty.api_key()).build()?;
//! # let folder = tempfile::tempdir().unwrap();
//! # std::env::set_current_dir(&folder).unwrap();
//! let report = wiki.export("backup").await?;
//! println!("{report}");
//!
//! let plan = other.import("backup").plan().await?;
//! println!("{plan}");
//! let report = plan.apply().await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! # The folder
//!
//! ```text
//! backup/
//!   en/home.md                 the page `home` of the locale `en`
//!   en/docs/install.md         .md, .html, .adoc, .yml (OpenAPI) or .txt, by the content
//!   _assets/docs/photo.png     the file `docs/photo.png`
//!   .wikijs/manifest.jsonl     what is remembered: keep it with the files
//! ```
//!
//! A page's file is its front matter, YAML between two lines of `---`, and then the content, byte by
//! byte:
//!
//! ```text
//! ---
//! title: Install
//! description: How to install it
//! path: docs/install
//! locale: en
//! tags:
//! - setup
//! editor: markdown
//! contentType: markdown
//! isPublished: true
//! publishStartDate: null
//! publishEndDate: null
//! isPrivate: false
//! privateNS: null
//! scriptCss: null
//! scriptJs: null
//! id: 7
//! hash: 6bd0…
//! createdAt: 2026-01-31T09:30:00.000Z
//! updatedAt: 2026-02-01T10:00:00.000Z
//! author: {id: 1, name: …, email: …}
//! creator: {id: 1, name: …, email: …}
//! ---
//! # Install
//! ```
//!
//! The front matter holds the exact path and locale. The file's name is only a place for it: what a file
//! system does not take is written as `%` and two digits, and what would be too long, or differs from
//! another name in case alone, has a hash in it (`~`).
//!
//! People may write such files themselves, with as much front matter as they like, or none: then the path
//! is the file's, the first folder the locale if it reads as one (`en`, `pt-br`), the editor is by the extension, and the
//! title the first heading; an empty line behind the front matter is not part of the text. What the front
//! matter does not say stays as it is in the wiki. The files that
//! Wiki.js writes itself into a storage target (`dateCreated`, `published`, tags in one line) are
//! understood, too, but for the comments that it begins HTML files with.
//!
//! # What is not carried over
//!
//! - The API sets no dates and no authors: an imported page is made and changed now, by the caller, and
//!   has another id. The front matter keeps what they were.
//! - A page's history, its comments, and `privateNS`; of an asset its dates and its author.
//! - Wiki.js keeps no empty page, and none at some paths ([`PagePath::check`](crate::PagePath::check)): a
//!   file of one is a [`FileProblem`].
//! - An asset that no URL leads to (hazard 38) cannot be downloaded, and fails in an export.

mod digest;
mod driven;
mod export;
mod folder;
mod front_matter;
mod import;
mod manifest;
mod model;
mod page_file;
mod place;

pub use self::{
    export::Export,
    import::{
        ApplyImport, AssetAction, AssetPlan, ConflictReason, Import, ImportPlan, PageAction,
        PagePlan,
    },
    model::{
        ExportEvent, ExportReport, FileProblem, ImportEvent, ImportReport, PageField,
        TransferFailure, TransferItem,
    },
};
use crate::{
    error::{Error, TransportErrorKind},
    pages::{Page, PageSummary},
};

/// How many files are looked at on this side at once.
const FILES_AT_ONCE: usize = 8;

/// Whether an error would meet all that follows, too.
fn is_fatal(error: &Error) -> bool {
    use std::{error::Error as _, io::ErrorKind};

    let kind = match error {
        Error::Transport(error) if error.kind == TransportErrorKind::Local => {
            let source = error.source();
            source.and_then(|source| source.downcast_ref::<std::io::Error>())
        }
        _ => None,
    };
    let disk_is_full = kind.is_some_and(|error| {
        let kind = error.kind();
        matches!(
            kind,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem
        )
    });
    disk_is_full || error.is_unauthenticated() || error.is_transient()
}

/// A page as a list shows it; `None` if the caller does not see enough of it.
fn summary_of(page: &Page) -> Option<PageSummary> {
    let editorial = page.editorial.as_ref()?;
    Some(PageSummary {
        id: page.id,
        path: page.path.clone(),
        locale: page.locale.clone(),
        title: page.title.clone(),
        description: page.description.clone(),
        content_type: page.content_type.clone(),
        is_published: editorial.is_published,
        is_private: editorial.is_private,
        private_ns: editorial.private_ns.clone(),
        created_at: page.created_at.clone(),
        updated_at: page.updated_at.clone(),
        tags: page.tags.clone(),
    })
}
