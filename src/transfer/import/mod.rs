//! From a folder into a wiki: first a plan, then the writes.

mod apply;
mod assets;
mod compare;
mod pages;
mod plan;

use std::path::PathBuf;

use self::compare::Comparison;
pub use self::{
    apply::ApplyImport,
    plan::{AssetAction, AssetPlan, ConflictReason, ImportPlan, PageAction, PagePlan},
};
use super::manifest::Part;
use crate::{
    caching::Caching,
    client::Client,
    error::Result,
    types::{Locale, PagePath},
};

const OPERATION: &str = "Import";

impl Client {
    /// Brings a folder of files into the wiki: makes what is missing, changes what differs, and deletes
    /// what the folder does not have only if that is asked for.
    ///
    /// Nothing is written before [`plan`](Import::plan) has told what there is to do and the plan is
    /// [applied](ImportPlan::apply). [The module](crate::transfer#the-folder) says what the folder has.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// # wiki.export("docs-in-git").path_prefix("docs").await?;
    /// let plan = wiki.import("docs-in-git").path_prefix("docs").delete_missing().plan().await?;
    /// println!("{plan}");
    /// if plan.problems.is_empty() {
    ///     let report = plan.apply().await?;
    ///     println!("{report}");
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn import(&self, folder: impl Into<PathBuf>) -> Import {
        Import {
            client: self.clone(),
            folder: folder.into(),
            part: Part {
                assets: true,
                ..Part::default()
            },
            deletes: false,
            overwrites: false,
        }
    }
}

/// An import that is to be planned.
#[derive(Debug, Clone)]
#[must_use = "nothing is done before `plan()` is awaited"]
pub struct Import {
    client: Client,
    folder: PathBuf,
    part: Part,
    deletes: bool,
    overwrites: bool,
}

impl Import {
    /// Only the page at this path and those below it, and the assets below the folder of the same path:
    /// of the folder, and of the wiki.
    pub fn path_prefix(mut self, path: impl Into<PagePath>) -> Self {
        self.part.path_prefix = Some(path.into());
        self
    }

    /// Only pages of this locale. Default: of all.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.part.locale = Some(locale.into());
        self
    }

    /// Whether assets are imported, too. Default: yes.
    pub fn with_assets(mut self, with_assets: bool) -> Self {
        self.part.assets = with_assets;
        self
    }

    /// Deletes what the wiki has and the folder has not, as far as this import looks at it.
    ///
    /// Nothing is deleted while a file of the folder cannot be read, since it may be of the very page
    /// that is missing, nor, of an exported folder, what was not exported whole into it.
    pub fn delete_missing(mut self) -> Self {
        self.deletes = true;
        self
    }

    /// The folder wins where the wiki was changed since it was exported or imported last
    /// ([`PageAction::Conflict`]). Else such pages and assets are left as they are.
    pub fn overwrite_conflicts(mut self) -> Self {
        self.overwrites = true;
        self
    }

    /// Compares the folder with the wiki and tells what there is to do. Nothing is written.
    ///
    /// The pages of the wiki are listed, and those that have a file are read, unless file and page are
    /// known to be as they were when they were equal; assets of the same size are downloaded to be
    /// compared, unless the same is known. The plan holds a few hundred bytes for each file, and no
    /// content.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if the folder is none, and after
    /// [`delete_missing`](Self::delete_missing) if it has no page or is an export that is not whole. What is wrong with
    /// a file is one of the plan's [`problems`](ImportPlan::problems). Else as of [`Pages::list`] and
    /// [`Pages::get`](crate::pages::Pages::get).
    ///
    /// [`Pages::list`]: crate::pages::Pages::list
    pub async fn plan(self) -> Result<ImportPlan> {
        // What is planned is about what the wiki has now.
        Caching::past(async { Comparison::begin(self).await?.finish().await }).await
    }
}
