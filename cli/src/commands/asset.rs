//! `wikijs asset`: files.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;
use serde_json::json;
use wikijs_client::assets::{Asset, AssetFolderPath, AssetKind, AssetPath, Content};

use crate::{
    bulk::{self, progress_bar},
    complete,
    context::Context,
    failure::{Exit, Failure, Result},
    target::lines_of,
};

const COLUMNS: [&str; 4] = ["path", "file_size", "mime", "updated_at"];

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists files
    List(List),
    /// Uploads files
    Upload(Upload),
    /// Downloads a file
    Download(Download),
    /// Renames a file, or moves it to another folder
    Move(Move),
    /// Deletes files
    Delete(Delete),
    /// Creates a folder and its parent folders
    Mkdir(Mkdir),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::List(arguments) => arguments.run(context).await,
            Self::Upload(arguments) => arguments.run(context).await,
            Self::Download(arguments) => arguments.run(context).await,
            Self::Move(arguments) => arguments.run(context).await,
            Self::Delete(arguments) => arguments.run(context).await,
            Self::Mkdir(arguments) => arguments.run(context).await,
        }
    }
}

/// Parses the path or URL of a file.
fn path_of(text: &str, context: &Context) -> Result<AssetPath> {
    let base = &context.wiki()?.profile.url;
    let text = text.trim();
    let rest = text
        .strip_prefix(base.trim_end_matches('/'))
        .unwrap_or(text);
    Ok(rest.trim_matches('/').into())
}

/// Adds the object to the message of an error.
trait ResultExt<T> {
    fn about(self, object: impl std::fmt::Display) -> Result<T>;
}

impl<T> ResultExt<T> for Result<T, wikijs_client::Error> {
    fn about(self, object: impl std::fmt::Display) -> Result<T> {
        self.map_err(|error| {
            let text = error.to_string();
            let object = object.to_string();
            let failure = Failure::from(error);
            if text.contains(&object) {
                failure
            } else {
                failure.about(object)
            }
        })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Image,
    Binary,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs asset list\n  wikijs asset list docs --recursive --json"
)]
pub(crate) struct List {
    /// Folder
    #[arg(value_name = "FOLDER", add = ArgValueCompleter::new(complete::assets))]
    folder: Option<String>,
    /// Includes the folders below it
    #[arg(long, short)]
    recursive: bool,
    /// Only images, or only other files
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

impl List {
    async fn run(self, context: &Context) -> Result {
        let mut list = context.client()?.assets().list();
        if let Some(folder) = &self.folder {
            list = list.folder(folder.trim_matches('/'));
        }
        if self.recursive {
            list = list.recursive();
        }
        list = match self.kind {
            Some(Kind::Image) => list.kind(AssetKind::Image),
            Some(Kind::Binary) => list.kind(AssetKind::Binary),
            None => list,
        };
        context.output.list(&list.await?, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs asset upload photo.png --to images\n  \
                        wikijs asset upload *.png --to images --mkdir --replace\n\n\
The field `markdown` is what to paste into a page: `wikijs asset upload photo.png --fields markdown`."
)]
pub(crate) struct Upload {
    /// Files to upload
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Folder of the wiki
    #[arg(long, value_name = "FOLDER", default_value = "", add = ArgValueCompleter::new(complete::assets))]
    to: String,
    /// Name in the wiki, for one file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Replaces a file of that name
    #[arg(long)]
    replace: bool,
    /// Creates the folder if it is missing
    #[arg(long)]
    mkdir: bool,
}

impl Upload {
    async fn run(self, context: &Context) -> Result {
        if self.name.is_some() && self.files.len() > 1 {
            return Err(Failure::usage("--name is for one file"));
        }
        let folder = AssetFolderPath::from(self.to.trim_matches('/'));
        let mut files = Vec::new();
        for file in &self.files {
            let metadata = std::fs::metadata(file).map_err(Failure::file(file))?;
            let name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let name = self.name.clone().or(name);
            match name {
                Some(name) if metadata.is_file() => files.push((file, name, metadata.len())),
                _ => return Err(Failure::usage(format!("{} is not a file", file.display()))),
            }
        }
        let total: u64 = files.iter().map(|(_, _, size)| size).sum();
        if context.is_dry_run() {
            for (file, name, size) in &files {
                let to = if folder.is_root() {
                    String::new()
                } else {
                    format!("{folder}/")
                };
                context.report_dry_run(format!(
                    "upload {} ({size} bytes) to {to}{name}",
                    file.display()
                ));
            }
            return Ok(());
        }
        let assets = context.client()?.assets();
        if self.mkdir && !folder.is_root() {
            assets.ensure_folder(folder.clone()).await?;
        }
        let bar = progress_bar(context, Some(total));
        let (mut rows, mut failures) = (Vec::new(), Vec::new());
        let mut before = 0;
        for (file, name, size) in &files {
            bar.set_message(name.clone());
            let content = Content::file(file).await?;
            let shown = bar.clone();
            let upload = assets
                .upload(folder.clone(), name.as_str(), content)
                .on_progress(move |progress| shown.set_position(before + progress.transferred));
            let upload = if self.replace {
                upload.replace()
            } else {
                upload
            };
            match upload.await.about(file.display()) {
                Ok(asset) => rows.push(uploaded(&asset)?),
                Err(failure) => failures.push(failure),
            }
            before += size;
            bar.set_position(before);
            context.note_progress(format!(
                "{} of {} files were uploaded",
                rows.len(),
                files.len()
            ));
        }
        bar.finish_and_clear();
        if !rows.is_empty() || context.output.json {
            context.output.list(&rows, &COLUMNS)?;
        }
        bulk::end(context, failures, files.len(), "files")
    }
}

/// Returns an asset with the Markdown that links to it.
fn uploaded(asset: &Asset) -> Result<serde_json::Value> {
    let mut row = serde_json::to_value(asset)?;
    let image = if matches!(asset.kind, AssetKind::Image) {
        "!"
    } else {
        ""
    };
    let markdown = format!("{image}[{}](/{})", asset.filename, asset.path);
    if let Some(row) = row.as_object_mut() {
        row.insert("markdown".to_owned(), json!(markdown));
    }
    Ok(row)
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs asset download images/photo.png\n  \
                        wikijs asset download images/photo.png --output - | file -")]
pub(crate) struct Download {
    /// Path or URL of the file
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(complete::assets))]
    file: String,
    /// File to write, `-` for standard output [default: the name of the asset]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrites an existing file
    #[arg(long, short)]
    force: bool,
}

impl Download {
    async fn run(self, context: &Context) -> Result {
        let path = path_of(&self.file, context)?;
        let target = self.output.unwrap_or_else(|| path.name().into());
        let to_stdout = target.as_os_str() == "-";
        if !to_stdout && !self.force && target.exists() {
            return Err(Failure::new(
                Exit::Conflict,
                format!("{} exists already", target.display()),
            )
            .hint("--force overwrites it"));
        }
        if context.report_dry_run(format!("download {path} to {}", target.display())) {
            return Ok(());
        }
        let download = context
            .client()?
            .assets()
            .download(path.clone())
            .await
            .about(&path)?;
        if to_stdout {
            let bytes = download.bytes().await.about(&path)?;
            let mut out = io::stdout().lock();
            out.write_all(&bytes)?;
            return Ok(out.flush()?);
        }
        let size = download.to_file(&target).await.about(&path)?;
        let row = json!({ "path": path, "file": target, "file_size": size });
        context.output.record(&row, &["path", "file", "file_size"])
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs asset move images/foto.png images/photo.png\n  \
                        wikijs asset move images/photo.png archive/photo.png\n\n\
Wiki.js cannot move a file to another folder, so it is downloaded, uploaded, and then deleted. Pages that show\n\
the file are not changed."
)]
pub(crate) struct Move {
    /// Path or URL of the file
    #[arg(value_name = "FILE", add = ArgValueCompleter::new(complete::assets))]
    file: String,
    /// New path
    #[arg(value_name = "PATH", add = ArgValueCompleter::new(complete::assets))]
    path: String,
}

impl Move {
    async fn run(self, context: &Context) -> Result {
        let assets = context.client()?.assets();
        let from = path_of(&self.file, context)?;
        let to = path_of(&self.path, context)?;
        let asset = assets.get(from.clone()).await.about(&from)?;
        if context.report_dry_run(format!("move {from} to {to}")) {
            return Ok(());
        }
        let moved = if from.folder() == to.folder() {
            assets.rename(&asset, to.name()).await?
        } else {
            let bytes = assets.download(from.clone()).await?.bytes().await?;
            let upload = assets
                .upload(to.folder(), to.name(), bytes)
                .content_type(asset.mime.clone());
            let moved = upload.await.about(&to)?;
            assets.delete(&asset).await.map_err(|error| {
                Failure::new(
                    Exit::Partial,
                    format!("{to} is uploaded, but {from} is not deleted: {error}"),
                )
                .hint(format!("`wikijs asset delete {from}`"))
            })?;
            moved
        };
        context.output.record(&moved, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs asset delete images/old.png\n  \
                        wikijs asset list old --quiet | wikijs asset delete - --yes")]
pub(crate) struct Delete {
    /// Paths or URLs of files; `-` reads them from standard input, one a line
    #[arg(value_name = "FILE", required = true, add = ArgValueCompleter::new(complete::assets))]
    files: Vec<String>,
}

impl Delete {
    async fn run(self, context: &Context) -> Result {
        let assets = context.client()?.assets();
        let mut found = Vec::new();
        for file in lines_of(&self.files)? {
            let path = path_of(&file, context)?;
            found.push(assets.get(path.clone()).await.about(&path)?);
        }
        let names: Vec<String> = found.iter().map(|asset| asset.path.to_string()).collect();
        context.confirm(&match names.as_slice() {
            [name] => format!("delete the file {name}"),
            names => format!("delete {} files:\n  {}\n", names.len(), names.join("\n  ")),
        })?;
        let (mut rows, mut failures) = (Vec::new(), Vec::new());
        for asset in &found {
            let path = &asset.path;
            if !context.report_dry_run(format!("delete {path}"))
                && let Err(failure) = assets.delete(asset).await.about(path)
            {
                failures.push(failure);
                continue;
            }
            rows.push(json!({
                "id": asset.id, "path": path, "change": "deleted", "dry_run": context.is_dry_run(),
            }));
            context.note_progress(format!(
                "{} of {} files were deleted",
                rows.len(),
                found.len()
            ));
        }
        if !rows.is_empty() || context.output.json {
            context.output.list(&rows, &["path", "change"])?;
        }
        bulk::end(context, failures, found.len(), "files")
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs asset mkdir images/2024")]
pub(crate) struct Mkdir {
    /// Path of the folder
    #[arg(value_name = "FOLDER", add = ArgValueCompleter::new(complete::assets))]
    folder: String,
}

impl Mkdir {
    async fn run(self, context: &Context) -> Result {
        let folder = self.folder.trim_matches('/');
        if context.report_dry_run(format!("create the folder {folder}")) {
            return Ok(());
        }
        let folder = context.client()?.assets().ensure_folder(folder).await?;
        context.output.record(&folder, &["id", "path"])
    }
}
