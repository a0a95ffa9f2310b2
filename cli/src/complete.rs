//! Shell completion of paths, tags and locales, which are requested from the wiki.
//!
//! A shell runs the command for each completion. The wiki is the one that the command line, the environment or the
//! configuration names. Completion never prints an error: if the wiki does not respond in time, it has no
//! candidates.

use std::{
    env,
    ffi::OsStr,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use clap_complete::{CompleteEnv, CompletionCandidate};
use wikijs_client::{Client, pages::TreeMode};

use crate::{
    arguments::definition, config::Wiki, context, credentials::Credential, failure::Result,
};

/// Environment variable by which shells request completions.
pub(crate) const VARIABLE: &str = "WIKIJS_COMPLETE";
/// Deadline for requests to the wiki.
const TIMEOUT: Duration = Duration::from_millis(1500);

static IS_COMPLETING: AtomicBool = AtomicBool::new(false);

/// Prints completions and exits, if a shell requests them. Otherwise does nothing.
pub(crate) fn complete_and_exit() {
    IS_COMPLETING.store(env::var_os(VARIABLE).is_some(), Ordering::Relaxed);
    CompleteEnv::with_factory(definition)
        .var(VARIABLE)
        .complete();
}

/// Returns `true` if a shell requests completions, so that nothing else may be printed.
pub(crate) fn is_completing() -> bool {
    IS_COMPLETING.load(Ordering::Relaxed)
}

/// Completes the path of a page, folder by folder.
pub(crate) fn pages(current: &OsStr) -> Vec<CompletionCandidate> {
    paths(current, TreeMode::All)
}

/// Completes the path of a folder of pages.
pub(crate) fn folders(current: &OsStr) -> Vec<CompletionCandidate> {
    paths(current, TreeMode::Folders)
}

/// Completes a tag, or the last tag of a comma-separated list.
pub(crate) fn tags(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().into_owned();
    let (before, last) = match current.rfind(',') {
        Some(at) => current.split_at(at + 1),
        None => ("", current.as_str()),
    };
    let tags = ask(async |wiki| Ok(wiki.pages().tags().await?));
    let names = tags.iter().flatten().map(|tag| tag.tag.as_str());
    names
        .filter(|name| name.starts_with(last))
        .map(|name| CompletionCandidate::new(format!("{before}{name}")))
        .collect()
}

/// Completes the code of a locale.
pub(crate) fn locales(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let locales = ask(async |wiki| Ok(wiki.locales().list().await?));
    let installed = locales
        .into_iter()
        .flatten()
        .filter(|locale| locale.is_installed);
    installed
        .filter(|locale| locale.code.as_str().starts_with(&*current))
        .map(|locale| {
            CompletionCandidate::new(locale.code.as_str()).help(Some(locale.name.clone().into()))
        })
        .collect()
}

/// Completes the path of an asset, folder by folder.
pub(crate) fn assets(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().into_owned();
    let folder = folder_of(&current).to_owned();
    let found = ask(async |wiki| {
        let assets = wiki.assets();
        let parent = assets.folder_opt(folder.as_str()).await?;
        let Some(parent) = parent else {
            return Ok(Vec::new());
        };
        let folders = assets.folders().below(&parent).await?;
        let files = assets.list().folder(&parent).await?;
        let folders = folders.iter().map(|folder| format!("{}/", folder.path));
        let files = files.iter().map(|file| file.path.to_string());
        Ok(folders.chain(files).collect())
    });
    matching(found, &current)
}

/// Completes the name of a wiki of the configuration.
pub(crate) fn wikis(current: &OsStr) -> Vec<CompletionCandidate> {
    let config = crate::config::Config::read().unwrap_or_default();
    matching(
        Some(config.wikis.into_keys().collect()),
        &current.to_string_lossy(),
    )
}

fn paths(current: &OsStr, mode: TreeMode) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().into_owned();
    let folder = folder_of(&current).to_owned();
    let found = ask(async |wiki| {
        let tree = wiki.pages().tree().mode(mode);
        let entries = if folder.is_empty() {
            tree.await?
        } else {
            tree.children_of(folder.as_str()).await?
        };
        let mut paths = Vec::new();
        for entry in &entries {
            if entry.is_folder {
                paths.push(format!("{}/", entry.path));
            }
            if entry.page_id.is_some() {
                paths.push(entry.path.to_string());
            }
        }
        paths.sort_unstable();
        paths.dedup();
        Ok(paths)
    });
    matching(found, &current)
}

/// Returns the folder of an incomplete path.
fn folder_of(current: &str) -> &str {
    current.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn matching(found: Option<Vec<String>>, current: &str) -> Vec<CompletionCandidate> {
    let found = found.into_iter().flatten();
    let found = found.filter(|path| path.starts_with(current));
    found.map(CompletionCandidate::new).collect()
}

/// Returns the value of an option on the incomplete command line.
fn option(names: &[&str]) -> Option<String> {
    let arguments: Vec<String> = env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        for name in names {
            if argument == name {
                return rest.next().cloned();
            }
            let value = argument.strip_prefix(name);
            if let Some(value) = value.and_then(|value| value.strip_prefix('=')) {
                return Some(value.to_owned());
            }
        }
    }
    None
}

/// Sends requests to the wiki. Returns `None` if they fail or exceed the deadline.
fn ask<T>(question: impl AsyncFnOnce(&Client) -> Result<T>) -> Option<T> {
    let (url, name) = (option(&["--url"]), option(&["--wiki", "-w"]));
    let wiki = Wiki::choose(url.as_deref(), name.as_deref()).ok()?;
    let builder = context::builder(&wiki.profile).ok()?.skip_identity_check();
    let builder = match &wiki.credential {
        Credential::ApiKey(key) => builder.api_key(key.clone()),
        Credential::Session(token) => builder.session_token(token.clone()),
        Credential::Guest => builder.anonymous(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    runtime.block_on(async {
        let client = builder.build().ok()?;
        let answer: Pin<Box<dyn Future<Output = Result<T>>>> = Box::pin(question(&client));
        let answer = tokio::time::timeout(TIMEOUT, answer).await;
        answer.ok()?.ok()
    })
}
