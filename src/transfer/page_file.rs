//! A page's file, as it stands in the folder, and what it is to be in the wiki.

use super::{
    digest::Digest,
    front_matter::{self, FrontMatter},
    model::{FileProblem, PageField},
    place,
};
use crate::{
    error::{Error, Result},
    pages::{NewPage, Page, PagePlace, PageUpdate},
    types::{Editor, Locale, PagePath, Tag, Timestamp},
};

/// The file of a page, read.
#[derive(Debug)]
pub(super) struct PageFile {
    pub(super) file: String,
    pub(super) digest: Digest,
    pub(super) place: PagePlace,
    pub(super) front: FrontMatter,
    pub(super) content: String,
    /// Keys of the front matter that mean nothing here.
    pub(super) ignored: Vec<String>,
    /// What the text itself is called.
    heading: Option<String>,
}

/// Whether a file of this name is a page's, and what it is edited with then.
pub(super) fn editor_of(file: &str) -> Option<Editor> {
    let (_, extension) = file.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "md" | "markdown" => Some(Editor::Markdown),
        "html" | "htm" => Some(Editor::Code),
        "adoc" | "asciidoc" => Some(Editor::AsciiDoc),
        // Pages of these kinds are told from other files by what stands in them.
        "yml" => Some(Editor::Api),
        "txt" => Some(Editor::Redirect),
        _ => None,
    }
}

impl PageFile {
    /// Reads a page's file; `None` if it is none.
    pub(super) fn read(
        file: &str,
        bytes: Vec<u8>,
        default_locale: &Locale,
    ) -> Result<Option<Self>, FileProblem> {
        let digest = Digest::of(&bytes);
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.split(|byte| *byte == b'\n').count();
            FileProblem::new(file, "it is not UTF-8", "save it as UTF-8").at(line)
        })?;
        let parsed = front_matter::parsed(&text).map_err(|problem| FileProblem {
            line: problem.line,
            ..FileProblem::new(file, problem.what, problem.remedy)
        })?;
        let by_name = editor_of(file);
        let needs_front = matches!(by_name, Some(Editor::Api | Editor::Redirect));
        if needs_front && parsed.front.editor.is_none() && parsed.front.hash.is_none() {
            return Ok(None);
        }
        let heading = heading(parsed.content, by_name.as_ref());
        Ok(Some(Self {
            place: place_of(file, &parsed.front, default_locale)?,
            digest,
            content: parsed.content.to_owned(),
            front: parsed.front,
            ignored: parsed.ignored,
            heading,
            file: file.to_owned(),
        }))
    }

    /// The title that is said, or that the text begins with.
    fn title(&self) -> Option<&str> {
        self.front.title.as_deref().or(self.heading.as_deref())
    }

    /// What the page is to be edited with.
    pub(super) fn editor(&self) -> Editor {
        let said = self.front.editor.clone();
        said.or_else(|| editor_of(&self.file)).unwrap_or_default()
    }

    /// The page that is to be made.
    pub(super) fn new_page(&self) -> Result<NewPage> {
        let place = &self.place;
        let title = self.title().unwrap_or_else(|| place.path.last_segment());
        let mut page = NewPage::new(&place.path, title, self.content.as_str())
            .locale(&place.locale)
            .editor(self.editor());
        let front = &self.front;
        if let Some(description) = &front.description {
            page = page.description(description);
        }
        if let Some(tags) = &front.tags {
            page = page.tags(tags);
        }
        if let Some(is_published) = front.is_published {
            page = page.published(is_published);
        }
        if let Some(date) = some_date(front.publish_start_date.as_ref()) {
            page = page.publish_start(date);
        }
        if let Some(date) = some_date(front.publish_end_date.as_ref()) {
            page = page.publish_end(date);
        }
        if let Some(Some(css)) = &front.script_css {
            page = page.script_css(css);
        }
        if let Some(Some(js)) = &front.script_js {
            page = page.script_js(js);
        }
        page = page.private(front.is_private.unwrap_or_default());
        page.check()?;
        Ok(page)
    }

    /// In what the file and the page differ, of what the file says.
    pub(super) fn differences(&self, page: &Page) -> Vec<PageField> {
        let front = &self.front;
        let mut fields = Vec::new();
        let mut note = |field, differs: bool| fields.extend(differs.then_some(field));
        note(PageField::Content, self.content != page.content);
        note(
            PageField::Title,
            self.title().is_some_and(|title| title != page.title),
        );
        let description = front.description.as_ref();
        note(
            PageField::Description,
            description.is_some_and(|text| *text != page.description),
        );
        let tags = front.tags.as_ref();
        note(
            PageField::Tags,
            tags.is_some_and(|tags| in_order(tags) != in_order(&page.tags)),
        );
        let css = front.script_css.as_ref();
        note(
            PageField::ScriptCss,
            css.is_some_and(|css| {
                without_blanks(css.as_ref()) != without_blanks(page.script_css.as_ref())
            }),
        );
        let js = front.script_js.as_ref();
        note(
            PageField::ScriptJs,
            js.is_some_and(|js| text_of(js.as_ref()) != text_of(page.script_js.as_ref())),
        );
        if let Some(editorial) = &page.editorial {
            let differs = |said: Option<&Option<Timestamp>>, kept: &Option<Timestamp>| {
                said.is_some_and(|said| date_of(said.as_ref()) != date_of(kept.as_ref()))
            };
            note(
                PageField::IsPublished,
                front
                    .is_published
                    .is_some_and(|said| said != editorial.is_published),
            );
            note(
                PageField::PublishStartDate,
                differs(front.publish_start_date.as_ref(), &editorial.publish_start),
            );
            note(
                PageField::PublishEndDate,
                differs(front.publish_end_date.as_ref(), &editorial.publish_end),
            );
            let editor = self.editor();
            let is_same = match &front.editor {
                Some(said) => *said == editorial.editor,
                // The name of a file tells HTML, and not with what it is edited.
                None => place::extension(&page.content_type) == extension_of(&editor),
            };
            note(PageField::Editor, !is_same);
        }
        fields
    }

    /// The change that makes these fields of the page like the file. The editor is not part of it.
    pub(super) fn update(&self, fields: &[PageField]) -> PageUpdate {
        let front = &self.front;
        let start = some_date(front.publish_start_date.as_ref());
        let end = some_date(front.publish_end_date.as_ref());
        let css = front.script_css.clone().flatten();
        let js = front.script_js.clone().flatten();
        let mut update = PageUpdate::new();
        for field in fields {
            update = match field {
                PageField::Content => update.content(self.content.as_str()),
                PageField::Title => update.title(self.title().unwrap_or_default()),
                PageField::Description => {
                    update.description(front.description.as_deref().unwrap_or_default())
                }
                PageField::Tags => update.tags(front.tags.iter().flatten()),
                PageField::IsPublished => update.published(front.is_published.unwrap_or(true)),
                PageField::PublishStartDate => match start {
                    Some(date) => update.publish_start(date),
                    None => update.clear_publish_start(),
                },
                PageField::PublishEndDate => match end {
                    Some(date) => update.publish_end(date),
                    None => update.clear_publish_end(),
                },
                PageField::ScriptCss => match &css {
                    Some(css) => update.script_css(css),
                    None => update.clear_script_css(),
                },
                PageField::ScriptJs => match &js {
                    Some(js) => update.script_js(js),
                    None => update.clear_script_js(),
                },
                PageField::Editor => update,
            };
        }
        update
    }
}

/// The place that the front matter names, or the one that the file's name stands for.
fn place_of(
    file: &str,
    front: &FrontMatter,
    default_locale: &Locale,
) -> Result<PagePlace, FileProblem> {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let (folder, rest) = match stem.split_once('/') {
        Some((first, rest)) if reads_as_locale(first) => (Some(Locale::from(first)), rest),
        _ => (None, stem),
    };
    let locale = front.locale.clone().or(folder);
    let path = match &front.path {
        Some(path) => path.clone(),
        None => place::decoded(rest).map(PagePath::from).ok_or_else(|| {
            FileProblem::new(
                file,
                "its name has a `%` that stands for nothing",
                "write `%25` for a `%`, or say the `path` in the front matter",
            )
        })?,
    };
    let locale = locale.unwrap_or_else(|| default_locale.clone());
    Ok(PagePlace::new(locale, path))
}

/// `en`, `pt-br`: what Wiki.js takes for a locale at the beginning of an address.
fn reads_as_locale(name: &str) -> bool {
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    match name.split_once('-') {
        None => two(name),
        Some((language, region)) => two(language) && two(region),
    }
}

/// The first heading, if the text begins with one.
fn heading(content: &str, editor: Option<&Editor>) -> Option<String> {
    let text = content.trim_start_matches('\u{feff}').trim_start();
    let first = text.lines().next()?.trim_end();
    let heading = match editor {
        Some(Editor::Markdown) => {
            let rest = first.trim_start_matches('#');
            let level = first.len() - rest.len();
            let is_heading = (1..=6).contains(&level) && rest.starts_with([' ', '\t']);
            is_heading.then(|| rest.trim_end_matches('#').trim().to_owned())
        }
        Some(Editor::AsciiDoc) => first.strip_prefix("= ").map(|rest| rest.trim().to_owned()),
        Some(Editor::Code) => {
            let lower = text.to_ascii_lowercase();
            let start = lower.find("<h1")?;
            let start = start + lower[start..].find('>')? + 1;
            let end = start + lower[start..].find("</h1>")?;
            let inner = text.get(start..end)?.trim();
            (!inner.contains(['<', '&'])).then(|| inner.to_owned())
        }
        _ => None,
    };
    heading.filter(|heading| !heading.is_empty())
}

fn extension_of(editor: &Editor) -> &'static str {
    match editor {
        Editor::Markdown => "md",
        Editor::Code | Editor::CkEditor => "html",
        Editor::AsciiDoc => "adoc",
        Editor::Api => "yml",
        _ => "txt",
    }
}

fn some_date(date: Option<&Option<Timestamp>>) -> Option<&Timestamp> {
    date.and_then(Option::as_ref)
        .filter(|date| !date.as_str().is_empty())
}

fn date_of(date: Option<&Timestamp>) -> &str {
    date.map_or("", Timestamp::as_str)
}

fn text_of(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}

/// Wiki.js shortens style sheets.
fn without_blanks(text: Option<&String>) -> String {
    text_of(text).split_whitespace().collect()
}

fn in_order(tags: &[Tag]) -> Vec<Tag> {
    let mut tags: Vec<Tag> = tags.iter().map(|tag| Tag::from(tag.as_str())).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Whether the error is of a page that cannot be written as the file has it.
pub(super) fn problem_of(file: &str, error: &Error) -> FileProblem {
    match error {
        Error::InvalidInput(invalid) => FileProblem::new(
            file,
            format!("{}: {}", invalid.field, invalid.problem),
            invalid.remedy.clone(),
        ),
        other => FileProblem::new(file, other.to_string(), "look at the file"),
    }
}
