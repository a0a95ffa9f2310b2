//! The file of a page: parsing, and comparison with the page of the wiki.

use std::io;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use wikijs_client::{
    Editor, Locale, PagePath, Tag, Timestamp,
    pages::{NewPage, Page, PageLocation, PageUpdate},
};

use crate::{
    digest::Digest,
    error::Error,
    front_matter::{self, FrontMatter, Origin},
    names,
    report::{FileProblem, PageField},
    text::with_line_feeds,
    title,
};

/// The locales of a wiki.
#[derive(Debug, Clone)]
pub(crate) struct Locales {
    pub(crate) default: Locale,
    pub(crate) installed: Vec<Locale>,
}

impl Locales {
    /// Returns an installed locale, ignoring case and `_`.
    pub(crate) fn find(&self, code: &str) -> Option<&Locale> {
        let wanted = code.replace('_', "-");
        self.installed
            .iter()
            .find(|locale| locale.as_str().eq_ignore_ascii_case(&wanted))
    }
}

/// The file of a page.
#[derive(Debug)]
pub(crate) struct PageFile {
    pub(crate) file: String,
    pub(crate) digest: Digest,
    /// The digest with `\n` instead of `\r\n`.
    pub(crate) digest_with_line_feeds: Digest,
    pub(crate) place: PageLocation,
    pub(crate) front: FrontMatter,
    pub(crate) origin: Origin,
    pub(crate) content: String,
    pub(crate) notes: Vec<String>,
    /// The first folder, if it looks like a locale that is not installed in the wiki.
    pub(crate) unknown_locale: Option<String>,
    /// The first heading.
    heading: Option<String>,
}

/// Returns the editor for the extension of a file. `None` if a file with this extension is never a page.
pub(crate) fn editor_of(file: &str) -> Option<Editor> {
    let (_, extension) = file.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "md" | "markdown" => Some(Editor::Markdown),
        "html" | "htm" => Some(Editor::Code),
        "adoc" | "asciidoc" => Some(Editor::AsciiDoc),
        // A file with such an extension is a page only if its front matter has an editor.
        "yml" => Some(Editor::Api),
        "txt" => Some(Editor::Redirect),
        _ => None,
    }
}

impl PageFile {
    /// Parses the file of a page. Returns `None` if the file is not a page.
    pub(crate) fn read(
        file: &str,
        bytes: Vec<u8>,
        locales: &Locales,
    ) -> Result<Option<Self>, FileProblem> {
        let by_name = editor_of(file);
        let needs_front = matches!(by_name, Some(Editor::Api | Editor::Redirect));
        let digest = Digest::of(&bytes);
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) if needs_front => return Ok(None),
            Err(error) => return Err(not_utf_8(file, &error)),
        };
        let parsed = match front_matter::parsed(&text, by_name.as_ref()) {
            Ok(parsed) => parsed,
            // The file is not a page, and only begins like front matter.
            Err(_) if needs_front => return Ok(None),
            Err(problem) => {
                return Err(FileProblem {
                    line: problem.line,
                    ..FileProblem::new(file, problem.what, problem.remedy)
                });
            }
        };
        if needs_front && parsed.front.editor.is_none() && parsed.origin != Origin::Export {
            return Ok(None);
        }
        let editor = parsed.front.editor.clone().or(by_name).unwrap_or_default();
        let mut notes = parsed.notes;
        let located = locate(file, &parsed.front, locales, &mut notes)?;
        Ok(Some(Self {
            place: located.place,
            unknown_locale: located.unknown_locale,
            digest,
            digest_with_line_feeds: Digest::of(with_line_feeds(&text).as_bytes()),
            heading: title::heading(parsed.content, &editor),
            content: parsed.content.to_owned(),
            front: parsed.front,
            origin: parsed.origin,
            notes,
            file: file.to_owned(),
        }))
    }

    /// Returns the title of the front matter, or otherwise the first heading.
    fn title(&self) -> Option<&str> {
        self.front.title.as_deref().or(self.heading.as_deref())
    }

    /// Returns the editor of the page.
    pub(crate) fn editor(&self) -> Editor {
        let front = self.front.editor.clone();
        front.or_else(|| editor_of(&self.file)).unwrap_or_default()
    }

    /// Returns the approximate size of a request with this page, in bytes.
    pub(crate) fn request_bytes(&self) -> u64 {
        /// Size of the GraphQL document and the short fields.
        const OTHERS: u64 = 8 * 1024;
        let front = &self.front;
        let scripts = [&front.script_css, &front.script_js].map(|script| {
            let script = script.as_ref().and_then(Option::as_deref);
            json_bytes(script.unwrap_or_default())
        });
        OTHERS + json_bytes(&self.content) + scripts.iter().sum::<u64>()
    }

    /// Returns the parameters for creating the page.
    pub(crate) fn new_page(&self) -> wikijs_client::Result<NewPage> {
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
        if let Some(date) = some_date(front.publish_start.as_ref()) {
            page = page.publish_start(date);
        }
        if let Some(date) = some_date(front.publish_end.as_ref()) {
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

    /// Returns the fields of the file that differ from the page. Unless `exact`, `\r\n` and `\n` are equal.
    pub(crate) fn differences(&self, page: &Page, exact: bool) -> Vec<PageField> {
        let front = &self.front;
        let mut fields = Vec::new();
        let mut note = |field, differs: bool| fields.extend(differs.then_some(field));
        let differ = |one: &str, other: &str| {
            one != other && (exact || with_line_feeds(one) != with_line_feeds(other))
        };
        note(PageField::Content, differ(&self.content, &page.content));
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
            tags.is_some_and(|tags| sorted(tags) != sorted(&page.tags)),
        );
        let css = front.script_css.as_ref();
        note(
            PageField::ScriptCss,
            css.is_some_and(|css| {
                comparable_css(css.as_ref()) != comparable_css(page.script_css.as_ref())
            }),
        );
        let js = front.script_js.as_ref();
        note(
            PageField::ScriptJs,
            js.is_some_and(|js| differ(text_of(js.as_ref()), text_of(page.script_js.as_ref()))),
        );
        if let Some(metadata) = &page.metadata {
            let differs = |file: Option<&Option<Timestamp>>, wiki: &Option<Timestamp>| {
                file.is_some_and(|file| date_of(file.as_ref()) != date_of(wiki.as_ref()))
            };
            note(
                PageField::IsPublished,
                front
                    .is_published
                    .is_some_and(|file| file != metadata.is_published),
            );
            note(
                PageField::PublishStartDate,
                differs(front.publish_start.as_ref(), &metadata.publish_start),
            );
            note(
                PageField::PublishEndDate,
                differs(front.publish_end.as_ref(), &metadata.publish_end),
            );
            let editor = self.editor();
            let is_same = match &front.editor {
                Some(file) => *file == metadata.editor,
                // Several editors have the content type of an extension, so that only the content types are compared.
                None => names::extension(&page.content_type) == extension_of(&editor),
            };
            note(PageField::Editor, !is_same);
        }
        fields
    }

    /// Returns the update that sets these fields to their values in the file, without the editor.
    pub(crate) fn update(&self, fields: &[PageField]) -> PageUpdate {
        let front = &self.front;
        let start = some_date(front.publish_start.as_ref());
        let end = some_date(front.publish_end.as_ref());
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

fn not_utf_8(file: &str, error: &std::string::FromUtf8Error) -> FileProblem {
    let bytes = error.as_bytes();
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return FileProblem::new(file, "it is UTF-16", "save it as UTF-8");
    }
    let valid = &bytes[..error.utf8_error().valid_up_to()];
    let line = valid.split(|byte| *byte == b'\n').count();
    FileProblem::new(file, "it is not UTF-8", "save it as UTF-8").at(line)
}

/// The location of a page, with notices about it.
struct Located {
    place: PageLocation,
    unknown_locale: Option<String>,
}

/// Returns the location of the page from the front matter, with the file name as the default.
fn locate(
    file: &str,
    front: &FrontMatter,
    locales: &Locales,
    notes: &mut Vec<String>,
) -> Result<Located, FileProblem> {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let first = stem.split_once('/');
    let by_folder = first.and_then(|(first, rest)| Some((locales.find(first)?, rest)));
    let unknown_locale = first
        .filter(|(first, _)| by_folder.is_none() && reads_as_locale(first))
        .map(|(first, _)| first.to_owned());
    let rest = by_folder.map_or(stem, |(_, rest)| rest);
    let code = match &front.locale {
        Some(locale) => locale.as_str(),
        None => by_folder.map_or(locales.default.as_str(), |(locale, _)| locale.as_str()),
    };
    let locale = locales.find(code).ok_or_else(|| {
        let installed: Vec<&str> = locales.installed.iter().map(Locale::as_str).collect();
        FileProblem::new(
            file,
            format!("the wiki has no locale `{code}`"),
            format!(
                "install it in Administration > Locale, or use one of {}",
                installed.join(", ")
            ),
        )
    })?;
    let path = if let Some(path) = &front.path {
        path.clone()
    } else {
        let path = names::decoded(rest).ok_or_else(|| {
            FileProblem::new(
                file,
                "its name has a `%` and two digits that are not UTF-8",
                "write `%25` for a `%`, or set `path` in the front matter",
            )
        })?;
        PagePath::from(composed(path, notes))
    };
    let place = PageLocation::new(locale, path);
    match unknown_locale {
        Some(first) if front.path.is_none() && place.path.check().is_err() => {
            let problem = format!(
                "the wiki has no locale `{first}`, and Wiki.js shows no page at `{}`, since it reads such a first segment as a locale",
                place.path
            );
            let remedy = "install the locale, rename the folder, or set `path` in the front matter";
            Err(FileProblem::new(file, problem, remedy))
        }
        unknown_locale => Ok(Located {
            place,
            unknown_locale,
        }),
    }
}

/// Normalizes a path to composed letters (NFC), since some file systems decompose them.
fn composed(path: String, notes: &mut Vec<String>) -> String {
    if is_nfc(&path) {
        return path;
    }
    let path: String = path.nfc().collect();
    notes.push(format!(
        "its path was normalized to composed letters: {path}"
    ));
    path
}

/// Returns `true` for names such as `en` and `pt-br`, which Wiki.js treats as a locale at the start of a path.
pub(crate) fn reads_as_locale(name: &str) -> bool {
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    match name.split_once('-') {
        None => two(name),
        Some((language, region)) => two(language) && two(region),
    }
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

#[allow(
    clippy::ref_option,
    reason = "fields of the front matter have this type"
)]
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

/// Minifies a style sheet for comparison, since Wiki.js stores style sheets minified. A space between two words
/// is significant: `.a .b` is not `.a.b`.
fn comparable_css(text: Option<&String>) -> String {
    let mut css = String::new();
    let mut is_blank = false;
    let mut quote = None;
    let mut depth = 0_usize;
    for c in text_of(text).trim().chars() {
        if quote.is_none() && c.is_whitespace() {
            is_blank = true;
            continue;
        }
        let before = css.chars().next_back();
        let joins = before.is_none_or(|before| "{};,>:(".contains(before))
            || "{};,>)!".contains(c)
            || (c == ':' && depth > 0);
        if is_blank && !joins {
            css.push(' ');
        }
        is_blank = false;
        if quote.is_none() && c == '}' && before == Some(';') {
            css.pop();
        }
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        css.push(c);
    }
    css
}

fn sorted(tags: &[Tag]) -> Vec<Tag> {
    let mut tags: Vec<Tag> = tags.iter().map(|tag| Tag::from(tag.as_str())).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Returns the length in bytes of a text as a JSON string.
fn json_bytes(text: &str) -> u64 {
    struct Counter(u64);

    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut counter = Counter(0);
    // Counting does not fail.
    let _ = serde_json::to_writer(&mut counter, text);
    counter.0
}

/// Converts an error of the client into a problem of a file.
pub(crate) fn problem_of(file: &str, error: &wikijs_client::Error) -> FileProblem {
    match error {
        wikijs_client::Error::InvalidInput(invalid) => FileProblem::new(
            file,
            format!("{}: {}", invalid.field, invalid.problem),
            invalid.remedy.clone(),
        ),
        other => FileProblem::new(file, other.to_string(), "check the file"),
    }
}

/// Creates the problem for a file that cannot be read.
pub(crate) fn unreadable(file: &str, error: &io::Error) -> FileProblem {
    let remedy = match error.kind() {
        io::ErrorKind::FileTooLarge => "split the page",
        _ => "make it readable",
    };
    FileProblem::new(file, error.to_string(), remedy)
}

/// Creates the error for a file that was changed or removed after the plan was made.
pub(crate) fn changed(file: &str) -> Error {
    Error::ChangedSincePlan {
        what: format!("`{file}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::comparable_css;

    #[test]
    fn style_sheets_are_compared_as_wiki_js_minifies_them() {
        let same = |one: &str, other: &str| {
            comparable_css(Some(&one.to_owned())) == comparable_css(Some(&other.to_owned()))
        };
        for (written, minified) in [
            ("h1 { color : red ; }\n", "h1{color:red}"),
            (
                ".a .b,\n.c > p { margin: 0 auto !important }",
                ".a .b,.c>p{margin:0 auto!important}",
            ),
            (
                "p::before { content: \"a  { b\"; }",
                "p::before{content:\"a  { b\"}",
            ),
        ] {
            assert!(same(written, minified), "{written}");
        }
        for (one, other) in [
            (".a .b{}", ".a.b{}"),
            (".a :hover{}", ".a:hover{}"),
            ("p{margin:0 1px}", "p{margin:01px}"),
            ("p{content:\"a b\"}", "p{content:\"ab\"}"),
            ("p{content:\"a  b\"}", "p{content:\"a b\"}"),
        ] {
            assert!(!same(one, other), "{one}");
        }
    }
}
