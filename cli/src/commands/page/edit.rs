//! `wikijs page edit`: edits a page in an editor without losing text.
//!
//! The text is stored as a draft from before the editor starts until the wiki has saved it. The original page is
//! stored next to it, so that a later run can continue and merge changes of other people.

use std::{
    env, fs,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    process,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use wikijs_client::{
    Client, PageId, Timestamp,
    pages::{Page, PageUpdate},
};

use super::Target;
use crate::{
    config,
    context::{Context, ask},
    diff,
    failure::{Exit, Failure, Result},
};

const LONG_HELP: &str = "\
The page opens with its title, description, tags and publication above the text:

  ---
  title: Install
  description: How to install
  tags:
  - docs
  published: true
  ---

  # Install

Save and quit to write it. If somebody else has changed the page meanwhile, the changes are merged; if
they touch the same lines, the text is kept in a file, which the message names.

Examples:
  wikijs page edit docs/install
  EDITOR='code --wait' wikijs page edit https://wiki.example.com/en/docs/install
  wikijs page edit docs/install --resume     continues with the unsaved text";

#[derive(Debug, Args)]
#[command(after_help = LONG_HELP)]
pub(crate) struct Edit {
    #[command(flatten)]
    target: Target,
    /// Continues with the unsaved text of an earlier run
    #[arg(long)]
    resume: bool,
    /// Discards the unsaved text of an earlier run
    #[arg(long, conflicts_with = "resume")]
    discard: bool,
    /// Saves a merge with other people's changes without asking, unless both changed the same lines
    #[arg(long)]
    merge: bool,
}

/// The page that a draft was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Base {
    updated_at: Timestamp,
    document: String,
}

/// The fields above the text.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published: Option<bool>,
}

/// A draft on the disk.
#[derive(Debug)]
struct Draft {
    file: PathBuf,
    base_file: PathBuf,
}

impl Draft {
    fn of(client: &Client, id: PageId) -> Result<Self> {
        let folder = config::folder()?.join("drafts");
        let host = client.url().host_str().unwrap_or("wiki").to_owned();
        let port = client.url().port();
        let host = port.map_or(host.clone(), |port| format!("{host}-{port}"));
        let host = host.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
        Ok(Self {
            file: folder.join(format!("{host}-{id}.md")),
            base_file: folder.join(format!("{host}-{id}.base.json")),
        })
    }

    fn exists(&self) -> bool {
        self.file.exists() && self.base_file.exists()
    }

    fn begin(&self, base: &Base) -> Result {
        self.set_base(base)?;
        config::write_private(&self.file, &base.document)
    }

    fn set_base(&self, base: &Base) -> Result {
        config::write_private(&self.base_file, &serde_json::to_string(base)?)
    }

    fn base(&self) -> Result<Base> {
        let text = fs::read_to_string(&self.base_file).map_err(Failure::file(&self.base_file))?;
        Ok(serde_json::from_str(&text)?)
    }

    fn read(&self) -> Result<String> {
        let text = fs::read_to_string(&self.file).map_err(Failure::file(&self.file))?;
        Ok(text.replace("\r\n", "\n"))
    }

    /// Returns `true` if the draft equals the page, so that it can be deleted without losing text.
    fn is_untouched(&self) -> bool {
        match (self.read(), self.base()) {
            (Ok(text), Ok(base)) => text == base.document,
            _ => false,
        }
    }

    fn remove(&self) {
        // Ignores errors: a draft that cannot be deleted is only offered again.
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_file(&self.base_file);
        let _ = fs::remove_file(self.own_file());
    }

    /// The user's text without the merged changes of other people.
    fn own_file(&self) -> PathBuf {
        self.file.with_extension("mine.md")
    }

    /// Adds the path of the draft to a failure.
    fn add_draft_path(&self, id: PageId, failure: Failure) -> Failure {
        failure.hint(format!(
            "your text is in {}; `wikijs page edit {id} --resume` goes on with it",
            self.file.display()
        ))
    }
}

impl Edit {
    pub(super) async fn run(self, context: &Context) -> Result {
        let client = context.client()?;
        let page = self.target.read(context).await?;
        let id = page.id;
        let draft = Draft::of(client, id)?;
        let mut opens = true;
        if draft.exists() && !self.discard {
            opens = self.wants_to_resume(context, &draft, id)?;
        } else if self.resume {
            return Err(
                Failure::not_found(format!("there is no unsaved text of page {id}"))
                    .hint(format!("`wikijs page edit {id}` begins anew")),
            );
        } else {
            draft.begin(&Base::of(&page)?)?;
        }
        loop {
            if opens && let Err(failure) = run_editor(&draft.file) {
                if draft.is_untouched() {
                    draft.remove();
                    return Err(failure);
                }
                return Err(draft.add_draft_path(id, failure));
            }
            opens = true;
            let base = draft.base()?;
            let text = draft.read()?;
            let (fields, content) = match parse(&text) {
                Ok(parts) => parts,
                Err(problem) => {
                    context
                        .output
                        .message(format!("{}: {problem}", draft.file.display()));
                    if is_interactive() && !is_declined("edit again? [Y/n] ")? {
                        continue;
                    }
                    let failure = Failure::usage(format!("page {id} was not changed: {problem}"));
                    return Err(draft.add_draft_path(id, failure));
                }
            };
            let differences = diff::unified(
                &context.output,
                &base.document,
                &text,
                [page.path.as_str(), "your text"],
            );
            if is_same_text(&base.document, &text) {
                draft.remove();
                context
                    .output
                    .message(format!("page {id}: nothing was changed"));
                return Ok(());
            }
            if !context.output.json && !context.output.quiet {
                context.output.line(&differences)?;
            }
            if context.is_dry_run() {
                draft.remove();
                context.report_dry_run(format!("save page {id}"));
                return Ok(());
            }
            if is_interactive() && !context.global.yes {
                match ask(&format!("save page {id}? [Y/n/e(dit)] "))?.trim() {
                    "n" | "N" | "no" => {
                        return Err(draft.add_draft_path(id, Failure::refused("not saved")));
                    }
                    "e" | "edit" => continue,
                    _ => {}
                }
            }
            let update = changes(&base, &fields, &content)?;
            match client.pages().update(id, update).await {
                Ok(page) => {
                    draft.remove();
                    context.output.message(format!("page {id} is saved"));
                    let columns = ["id", "path", "title", "updated_at"];
                    return context.output.record(&page, &columns);
                }
                Err(error) if error.is_conflict() => {
                    opens = self.merge(context, &draft, &base, &text, id).await?;
                }
                Err(error) => return Err(draft.add_draft_path(id, error.into())),
            }
        }
    }

    /// Asks the user whether to continue with the draft of an earlier run. Returns `true` if the editor has to be
    /// opened.
    fn wants_to_resume(&self, context: &Context, draft: &Draft, id: PageId) -> Result<bool> {
        if !self.resume {
            let found = format!(
                "there is unsaved text of page {id} in {}",
                draft.file.display()
            );
            if !is_interactive() {
                return Err(Failure::new(Exit::Conflict, found)
                    .hint("add --resume to go on with it, or --discard to drop it"));
            }
            context.output.message(found);
            if is_declined("go on with it? [Y/n] ")? {
                return Err(Failure::refused("nothing was done")
                    .hint(format!("`wikijs page edit {id} --discard` drops it")));
            }
        }
        // With --resume --merge the text is saved without the editor.
        Ok(!(self.resume && self.merge))
    }

    /// Merges changes of other people into the draft. Returns `true` if the editor has to be opened.
    async fn merge(
        &self,
        context: &Context,
        draft: &Draft,
        base: &Base,
        text: &str,
        id: PageId,
    ) -> Result<bool> {
        let latest = context.client()?.pages().get(id).await;
        let latest = latest.map_err(|error| draft.add_draft_path(id, error.into()))?;
        let theirs = Base::of(&latest)?;
        let own = draft.own_file();
        config::write_private(&own, text)?;
        let who = latest
            .metadata
            .as_ref()
            .map_or("somebody else", |metadata| metadata.author.name.as_str());
        let notice = format!(
            "page {id} was changed by {who} at {} while you edited it",
            latest.updated_at
        );
        let (merged, has_conflicts) = match diffy::merge(&base.document, text, &theirs.document) {
            Ok(merged) => (merged, false),
            Err(marked) => (marked, true),
        };
        config::write_private(&draft.file, &merged)?;
        draft.set_base(&theirs)?;
        if !has_conflicts && self.merge {
            context
                .output
                .message(format!("{notice}; both changes are merged"));
            return Ok(false);
        }
        if is_interactive() {
            let (what, question) = if has_conflicts {
                (
                    "both changed the same lines, which are marked with <<<<<<<",
                    "edit the merge? [Y/n] ",
                )
            } else {
                (
                    "both changes are merged",
                    "look at the merge and save it? [Y/n] ",
                )
            };
            context.output.message(format!("{notice}; {what}"));
            if !is_declined(question)? {
                return Ok(has_conflicts);
            }
        }
        let merge = if has_conflicts {
            "a merge with marked lines"
        } else {
            "the merge of both changes"
        };
        Err(Failure::new(Exit::Conflict, format!("{notice}; nothing was saved")).hint(format!(
            "your text is in {}, and {merge} in {}; `wikijs page edit {id} --resume{}` goes on with it",
            own.display(),
            draft.file.display(),
            if has_conflicts { "" } else { " --merge" }
        )))
    }
}

fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn is_declined(question: &str) -> Result<bool> {
    Ok(matches!(ask(question)?.trim(), "n" | "N" | "no"))
}

/// Compares texts, ignoring whitespace at the end, such as the line feed that editors add.
fn is_same_text(one: &str, other: &str) -> bool {
    one.trim_end() == other.trim_end()
}

impl Base {
    fn of(page: &Page) -> Result<Self> {
        let fields = FrontMatter {
            title: page.title.clone(),
            description: page.description.clone(),
            tags: page.tags.iter().map(ToString::to_string).collect(),
            published: page.is_published(),
        };
        let yaml =
            yaml_serde::to_string(&fields).map_err(|error| Failure::failed(error.to_string()))?;
        let content = page.content.replace("\r\n", "\n");
        Ok(Self {
            updated_at: page.updated_at.clone(),
            document: format!("---\n{yaml}---\n\n{}\n", content.trim_end_matches('\n')),
        })
    }
}

/// Splits a document into its fields and its text.
fn parse(document: &str) -> Result<(FrontMatter, String), String> {
    if document
        .lines()
        .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
    {
        return Err("the text still has conflict markers, <<<<<<< and >>>>>>>".to_owned());
    }
    let rest = document
        .strip_prefix("---\n")
        .ok_or("the first line has to be `---`, above title and tags")?;
    let (yaml, content) = match rest.split_once("\n---\n") {
        Some(parts) => parts,
        None => (
            rest.strip_suffix("\n---")
                .ok_or("the line `---` below title and tags is missing")?,
            "",
        ),
    };
    let fields = yaml_serde::from_str(yaml)
        .map_err(|error| format!("the fields above the text: {error}"))?;
    Ok((
        fields,
        content.strip_prefix('\n').unwrap_or(content).to_owned(),
    ))
}

/// Returns the update with the changed fields. Unchanged fields are omitted.
fn changes(base: &Base, fields: &FrontMatter, content: &str) -> Result<PageUpdate> {
    let (before, old) = parse(&base.document).map_err(Failure::failed)?;
    let mut update = PageUpdate::new().if_unmodified(base.updated_at.clone());
    if fields.title != before.title {
        update = update.title(fields.title.as_str());
    }
    if fields.description != before.description {
        update = update.description(fields.description.as_str());
    }
    if fields.tags != before.tags {
        update = update.tags(fields.tags.iter().map(String::as_str));
    }
    if let Some(published) = fields.published
        && fields.published != before.published
    {
        update = update.published(published);
    }
    if !is_same_text(&old, content) {
        update = update.content(content.trim_end_matches('\n'));
    }
    Ok(update)
}

/// Opens a file in the user's editor and waits until it is closed.
fn run_editor(file: &Path) -> Result {
    let editor = match ["VISUAL", "EDITOR"].into_iter().find_map(config::variable) {
        Some(editor) => editor,
        None if is_interactive() => if cfg!(windows) { "notepad" } else { "vi" }.to_owned(),
        None => {
            return Err(Failure::usage("there is no terminal for an editor").hint(
                "set EDITOR to a command that needs no terminal, or use `wikijs page update --file`",
            ));
        }
    };
    // The variable may contain options, so a shell parses it.
    let mut command = if cfg!(windows) {
        let mut command = process::Command::new("cmd");
        command
            .arg("/C")
            .arg(format!("{editor} \"{}\"", file.display()));
        command
    } else {
        let mut command = process::Command::new("sh");
        command
            .arg("-c")
            .arg(format!("{editor} \"$1\""))
            .arg("sh")
            .arg(file);
        command
    };
    let status = command.status().map_err(|error| {
        Failure::failed(format!("the editor `{editor}` cannot be run: {error}"))
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::failed(format!(
            "the editor `{editor}` ended with {status}; nothing was saved"
        )))
    }
}

/// Opens the editor for the text of a new page.
pub(super) fn new_text(title: &str) -> Result<String> {
    let folder = env::temp_dir();
    let file = tempfile::Builder::new()
        .prefix("wikijs-new-")
        .suffix(".md")
        .tempfile_in(&folder)
        .map_err(Failure::file(&folder))?;
    let start = format!("# {title}\n");
    fs::write(file.path(), &start).map_err(Failure::file(file.path()))?;
    // The file is no longer temporary: after an error it may contain the user's work.
    let path = file
        .into_temp_path()
        .keep()
        .map_err(|error| Failure::failed(error.to_string()))?;
    run_editor(&path)
        .map_err(|failure| failure.hint(format!("your text is in {}", path.display())))?;
    let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
    Ok(if text == start { String::new() } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_split_into_fields_and_text() {
        let (fields, content) = parse("---\ntitle: A\ntags: [b]\n---\n\ntext\n").unwrap();
        assert_eq!((fields.title.as_str(), content.as_str()), ("A", "text\n"));
        assert_eq!((fields.tags.len(), fields.published), (1, None));
        assert_eq!(parse("---\ntitle: A\n---\ntext").unwrap().1, "text");
        for wrong in [
            "text",
            "---\ntitle: A\n",
            "---\nname: A\n---\n",
            "---\ntitle: A\n---\n<<<<<<< ours\n",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn unchanged_fields_are_omitted() {
        let document = "---\ntitle: A\ndescription: ''\ntags: []\n---\n\ntext\n".to_owned();
        let base = Base {
            updated_at: "2024-01-01T00:00:00.000Z".into(),
            document,
        };
        let (fields, content) = parse("---\ntitle: B\n---\n\ntext\n\n").unwrap();
        let expected = PageUpdate::new()
            .if_unmodified("2024-01-01T00:00:00.000Z")
            .title("B");
        assert_eq!(changes(&base, &fields, &content).unwrap(), expected);
    }
}
