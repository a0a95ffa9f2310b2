//! The objects of a command: ids, paths and URLs, from arguments or from standard input.

use std::io::{self, BufRead as _};

use wikijs_client::{Locale, PageId, PagePath, pages::Page};

use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    output::closest,
};

/// A page on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageTarget {
    Id(PageId),
    Path(Option<Locale>, String),
}

/// First URL segments that Wiki.js puts before the path of a page: edit, history, source, …
const ACTIONS: [&str; 6] = ["e", "h", "s", "d", "a", "p"];

impl PageTarget {
    /// Parses an id, a path or a URL of the wiki at `base`.
    pub(crate) fn parse(text: &str, base: &str) -> Result<Self> {
        let text = text.trim();
        if text.starts_with("http://") || text.starts_with("https://") {
            return Self::of_url(text, base);
        }
        if let Ok(id) = text.parse::<i64>() {
            return Ok(Self::Id(id.into()));
        }
        let path = text.trim_matches('/');
        if path.is_empty() {
            return Err(Failure::usage(
                "the page is empty; write an id, a path or a URL",
            ));
        }
        Ok(Self::Path(None, path.to_owned()))
    }

    fn of_url(text: &str, base: &str) -> Result<Self> {
        let invalid = |error: &dyn std::fmt::Display| Failure::usage(format!("`{text}`: {error}"));
        let url = url::Url::parse(text).map_err(|error| invalid(&error))?;
        let wiki = url::Url::parse(base).map_err(|error| invalid(&error))?;
        let root = wiki
            .path()
            .trim_end_matches('/')
            .trim_end_matches("/graphql");
        let rest = url
            .path()
            .strip_prefix(root)
            .filter(|_| url.origin() == wiki.origin());
        let Some(rest) = rest else {
            return Err(Failure::usage(format!(
                "`{text}` is not an address of the wiki at {base}"
            ))
            .hint("choose the wiki with --wiki NAME or --url URL"));
        };
        let segments: Vec<String> = rest
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(decode)
            .collect();
        let mut segments = segments.as_slice();
        match segments {
            [] => return Ok(Self::Path(None, "home".to_owned())),
            [first, id] if first == "i" => {
                if let Ok(id) = id.parse::<i64>() {
                    return Ok(Self::Id(id.into()));
                }
            }
            [first, rest @ ..] if ACTIONS.contains(&first.as_str()) && !rest.is_empty() => {
                segments = rest;
            }
            _ => {}
        }
        Ok(match segments {
            [locale] if is_locale(locale) => {
                Self::Path(Some(locale.as_str().into()), "home".to_owned())
            }
            [locale, path @ ..] if is_locale(locale) => {
                Self::Path(Some(locale.as_str().into()), path.join("/"))
            }
            path => Self::Path(None, path.join("/")),
        })
    }
}

fn is_locale(segment: &str) -> bool {
    let letters = |text: &str| text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic());
    match segment.split_once('-') {
        None => letters(segment),
        Some((language, region)) => letters(language) && letters(region),
    }
}

/// Decodes percent-encoded bytes such as `%20`.
fn decode(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Replaces `-` by the lines of standard input. Only the first tab-separated cell of a line is used.
pub(crate) fn lines_of(targets: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for target in targets {
        if target != "-" {
            all.push(target.clone());
            continue;
        }
        for line in io::stdin().lock().lines() {
            let line = line?;
            let line = line.split('\t').next().unwrap_or_default().trim();
            if !line.is_empty() {
                all.push(line.to_owned());
            }
        }
    }
    Ok(all)
}

impl Context {
    /// Parses the page that `text` names.
    pub(crate) async fn page(&self, text: &str, locale: Option<&str>) -> Result<Page> {
        let target = PageTarget::parse(text, &self.wiki()?.profile.url)?;
        let pages = self.client()?.pages();
        match target {
            PageTarget::Id(id) => match pages.get(id).await {
                Ok(page) => Ok(page),
                Err(error) if error.is_not_found() => {
                    Err(Failure::not_found(format!("there is no page {id}"))
                        .hint("`wikijs page list` lists them"))
                }
                Err(error) => Err(Failure::from(error).about(format!("page {id}"))),
            },
            PageTarget::Path(of_url, path) => {
                let request = pages.get_by_path(path.as_str());
                let request = match of_url.or_else(|| locale.map(Locale::from)) {
                    Some(locale) => request.locale(locale),
                    None => request,
                };
                match request.await {
                    Ok(page) => Ok(page),
                    Err(error) if error.is_not_found() => Err(self.page_not_found(&path).await),
                    Err(error) => Err(Failure::from(error).about(format!("page {path}"))),
                }
            }
        }
    }

    /// Returns the failure for a missing page, with the closest path as a hint.
    async fn page_not_found(&self, path: &str) -> Failure {
        let failure = Failure::new(Exit::NotFound, format!("there is no page at `{path}`"));
        let Ok(client) = self.client() else {
            return failure;
        };
        let pages = client.pages().list().await.unwrap_or_default();
        let paths: Vec<&str> = pages.iter().map(|page| page.path.as_str()).collect();
        match closest(path, paths.iter().copied()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint(format!("`wikijs search {}` looks for it", last_word(path))),
        }
    }

    /// Returns the id of the page that `text` names, without a request if it is one.
    pub(crate) async fn page_id(&self, text: &str, locale: Option<&str>) -> Result<PageId> {
        match PageTarget::parse(text, &self.wiki()?.profile.url)? {
            PageTarget::Id(id) => Ok(id),
            PageTarget::Path(..) => Ok(self.page(text, locale).await?.id),
        }
    }

    /// Returns the ids of all pages that the targets name. Paths are looked up before anything is changed.
    pub(crate) async fn page_ids(
        &self,
        targets: &[String],
        locale: Option<&str>,
    ) -> Result<Vec<PageId>> {
        let targets = lines_of(targets)?;
        if targets.is_empty() {
            return Err(Failure::usage("standard input names no page")
                .hint("write ids, paths or URLs of pages to it, one a line"));
        }
        let mut ids = Vec::with_capacity(targets.len());
        for target in &targets {
            let id = self.page_id(target, locale).await?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Returns the address of a page in the browser.
    pub(crate) fn page_url(&self, locale: &Locale, path: &PagePath) -> Result<url::Url> {
        let mut url = self.client()?.url().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(locale.as_str());
            segments.extend(path.as_str().split('/'));
        }
        Ok(url)
    }
}

fn last_word(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://wiki.example.com/base";

    fn path(locale: Option<&str>, path: &str) -> PageTarget {
        PageTarget::Path(locale.map(Into::into), path.to_owned())
    }

    #[test]
    fn ids_paths_and_urls_are_parsed() {
        let parse = |text: &str| PageTarget::parse(text, BASE).unwrap();
        assert_eq!(parse("123"), PageTarget::Id(123.into()));
        assert_eq!(parse("docs/install"), path(None, "docs/install"));
        assert_eq!(parse("/docs/install/"), path(None, "docs/install"));
        let url = |end: &str| parse(&format!("{BASE}{end}"));
        assert_eq!(url("/en/docs/install"), path(Some("en"), "docs/install"));
        assert_eq!(url("/e/pt-br/docs"), path(Some("pt-br"), "docs"));
        assert_eq!(url("/h/en/docs"), path(Some("en"), "docs"));
        assert_eq!(url("/docs/install#usage"), path(None, "docs/install"));
        assert_eq!(url("/i/7"), PageTarget::Id(7.into()));
        assert_eq!(url("/en"), path(Some("en"), "home"));
        assert_eq!(url("/"), path(None, "home"));
        assert_eq!(url("/en/caf%C3%A9"), path(Some("en"), "café"));
        assert!(PageTarget::parse("https://other.example.com/en/docs", BASE).is_err());
    }
}
