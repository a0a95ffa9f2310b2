//! Exports a [Wiki.js](https://js.wiki) wiki to a folder of files, and imports such a folder.
//!
//! [`export`](TransferExt::export) writes the pages and assets of a wiki into a folder.
//! [`import`](TransferExt::import) writes a folder into a wiki: the folder of an export, of a storage target of
//! Wiki.js, or of hand-written files.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! # let empty = wikijs_fake::FakeWiki::builder().locales(["fr"]).start().await;
//! # let other = wikijs_client::Client::builder(empty.url()).api_key(empty.api_key()).build()?;
//! # let folder = tempfile::tempdir().unwrap();
//! # std::env::set_current_dir(&folder).unwrap();
//! use wikijs_transfer::TransferExt;
//!
//! let report = wiki.export("backup").await?;
//! println!("{report}");
//!
//! let plan = other.import("backup").plan().await?;
//! println!("{plan}");
//! let report = plan.apply().await?;
//! # Ok::<_, wikijs_transfer::Error>(())
//! # });
//! ```
//!
//! # Folder layout
//!
//! ```text
//! backup/
//!   en/home.md                 the page `home` of the locale `en`
//!   en/docs/install.md         .md, .html, .adoc, .yml (OpenAPI) or .txt, by content type
//!   _assets/docs/photo.png     the asset `docs/photo.png`
//!   .wikijs/manifest.jsonl     the manifest: keep it with the files
//!   .wikijs/local/             files for this machine only, which Git ignores
//! ```
//!
//! The file of a page has front matter, which is YAML between two `---` lines, followed by the unchanged content:
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
//! The front matter contains the exact path and locale. The file name is derived from them: characters that a
//! file system does not allow are encoded as `%` and two digits. A name that would be too long, or differs from
//! another name only in case or Unicode normalization, contains a hash after `~`.
//!
//! # Hand-written files
//!
//! Every field of the front matter is optional, as is the front matter itself. The defaults are:
//!
//! - The path of the page is the path of the file. The first folder is the locale if it is installed in the
//!   wiki. Otherwise it is a part of the path.
//! - The title is the first heading. Without a heading it is the last segment of the path.
//! - The extension determines the editor: `.md`, `.markdown`, `.html`, `.htm`, `.adoc`, `.asciidoc`. Files with
//!   `.yml` and `.txt` are pages only if their front matter has an `editor`.
//! - An empty line after the front matter is not part of the content.
//! - An update keeps the fields of the page that the front matter omits.
//!
//! Front matter is a mapping with at least one known key, or an empty pair of `---` lines. Everything else is
//! content, since a document may begin with a thematic break. The formats are YAML (`---` up to `---` or `...`),
//! TOML (`+++`), JSON, the `%` title block of Pandoc, and the `TITLE` comment of Wiki.js 1.
//!
//! | key | meaning |
//! |---|---|
//! | `title`, `description`, `path`, `locale` | strings; an empty title counts as omitted |
//! | `tags` | a list, or a comma-separated string |
//! | `editor` | `markdown`, `code`, `ckeditor`, `asciidoc`, `api`, `redirect` |
//! | `isPublished`, `published`, `publish`; `draft` | true, false, yes, no, 1, 0, … |
//! | `publishStartDate`, `publishEndDate` | a date, or a date and time |
//! | `isPrivate` | stored by Wiki.js without any effect on access; `private: true` is a problem |
//! | `scriptCss`, `scriptJs` | style sheet and script of the page |
//! | `id`, `hash`, `date`, `createdAt`, `updatedAt`, `author`, `creator`, `privateNS` | never imported: the wiki sets them |
//!
//! An ambiguous value is a [problem](ImportPlan::problems), whose message contains the correction. A value that
//! is not imported, or that is interpreted in an unexpected way, is a [notice](ImportPlan::notices).
//!
//! # Folders of Wiki.js storage targets
//!
//! The storage targets of Wiki.js (Git, disk) write another format: seven keys in a fixed order, with unquoted
//! values up to the end of the line, between `---` lines in Markdown and in a comment in HTML. Values are
//! literal: the title of `title: Ticket #42` is `Ticket #42`. If most pages of a folder have this format, an
//! import treats the other files of the folder as assets.
//!
//! # Limitations
//!
//! - The API of Wiki.js cannot set dates, authors and ids. An imported page has the time of the import, the
//!   caller as its author, and a new id. The front matter contains the former values.
//! - The history and the comments of a page, its `privateNS`, and the dates and the author of an asset are not
//!   transferred.
//! - Wiki.js does not accept empty pages, and no pages at some paths
//!   ([`PagePath::check`](wikijs_client::PagePath::check)). The file of such a page is a [`FileProblem`].
//! - An asset without a working URL (known issue K38) cannot be downloaded, and is a failure of an export.

mod digest;
mod error;
mod events;
mod export;
mod folder;
mod front_matter;
mod import;
mod manifest;
mod names;
mod page_file;
mod report;
mod text;
mod title;

use std::path::PathBuf;

use wikijs_client::Client;

pub use self::{
    error::{Error, KeptReason, Result},
    export::Export,
    import::{
        ApplyImport, AssetAction, AssetPlan, ConflictReason, Import, ImportPlan, PageAction,
        PagePlan,
    },
    report::{
        ExportEvent, ExportReport, FileProblem, ImportEvent, ImportReport, PageField,
        TransferFailure, TransferItem,
    },
};

/// Maximum number of files that are read concurrently.
const FILES_AT_ONCE: usize = 8;

/// Methods of the [`Client`] that export and import a wiki.
pub trait TransferExt {
    /// Creates an [`Export`] of the wiki into a folder, which is created if it does not exist.
    fn export(&self, folder: impl Into<PathBuf>) -> Export;

    /// Creates an [`Import`] of a folder into the wiki.
    fn import(&self, folder: impl Into<PathBuf>) -> Import;
}

impl TransferExt for Client {
    fn export(&self, folder: impl Into<PathBuf>) -> Export {
        Export::new(self, folder)
    }

    fn import(&self, folder: impl Into<PathBuf>) -> Import {
        Import::new(self, folder)
    }
}

/// Runs the examples of the README as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
