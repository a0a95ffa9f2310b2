//! Generated pages and files.

use crate::faults::Random;
use crate::state::{FakeAsset, FakePage, State};
use crate::text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The time of the first page, 2024-01-08, in milliseconds since the epoch.
const BEGIN: i64 = 1_704_700_800_000;
const MINUTE: i64 = 60_000;
/// The period in which the pages were created, in minutes.
const CREATED_WITHIN: usize = 500 * 24 * 60;
/// The maximum time between creation and last change, in minutes.
const CHANGED_WITHIN: usize = 100 * 24 * 60;
/// One page in this many has a file.
const FILE_EVERY: usize = 10;
/// With several locales, one page in this many translates the page before it.
const TRANSLATION_EVERY: usize = 4;
/// Links point to one of this many earlier pages.
const LINKED: usize = 200;

/// The words from which pages are generated.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let words = serde_json::from_str(include_str!("data/sample.json"));
    words.unwrap_or_default()
});

#[derive(Debug, Default, Deserialize)]
struct Words {
    sections: Vec<String>,
    /// Slugs and gerunds.
    topics: Vec<(String, String)>,
    subjects: Vec<String>,
    tags: Vec<String>,
    openings: Vec<String>,
    actions: Vec<String>,
    reasons: Vec<String>,
    /// A PNG of one transparent pixel, in Base64.
    picture: String,
}

/// Generated pages and files, see [`FakeWikiBuilder::sample`](crate::FakeWikiBuilder::sample).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    pub(crate) pages: usize,
    pub(crate) seed: u64,
}

impl Sample {
    pub(crate) fn put_into(self, state: &mut State) {
        let default_locale = state.settings.default_locale.clone();
        let others = state.settings.locales.iter();
        let mut generator = Generator {
            random: Random::new(self.seed),
            others: others
                .filter(|locale| **locale != default_locale)
                .cloned()
                .collect(),
            default_locale,
            pages: self.pages,
            own: Vec::new(),
        };
        for number in 0..self.pages {
            let file = (number % FILE_EVERY == FILE_EVERY - 1).then(|| file(number));
            let page = generator.page(number, file.as_ref());
            if let Some(file) = file {
                state.seed_asset(file);
            }
            state.seed_page(page);
        }
    }
}

/// The generator of pages.
struct Generator {
    random: Random,
    default_locale: String,
    /// Other locales.
    others: Vec<String>,
    pages: usize,
    /// Path and title of each page of the default locale.
    own: Vec<(String, String)>,
}

impl Generator {
    fn page(&mut self, number: usize, file: Option<&FakeAsset>) -> FakePage {
        let (locale, path, title) = self.place(number);
        let page = FakePage::new(&path, &title)
            .locale(locale)
            .description(format!("{title}, step by step"))
            .tags(self.tags(&path));
        let (created, updated) = self.dates(number);
        let page = page.timestamps(created, updated);
        let page = match self.random.below(20) {
            0 => page.unpublished(),
            1 => page.private(),
            _ => page,
        };
        let content = self.text(&title, file);
        if self.random.one_in(25) {
            let html = content.replace('\n', "<br>\n");
            page.editor("code").content(html)
        } else {
            page.content(content)
        }
    }

    /// Returns locale, path and title.
    fn place(&mut self, number: usize) -> (String, String, String) {
        let turn = number / TRANSLATION_EVERY;
        if number % TRANSLATION_EVERY == TRANSLATION_EVERY - 1
            && let Some(locale) = self.others.get(turn % self.others.len().max(1))
            && let Some((path, title)) = self.own.last()
        {
            let title = format!("{title} ({locale})");
            return (locale.clone(), path.clone(), title);
        }
        let (path, title) = place(self.own.len());
        self.own.push((path.clone(), title.clone()));
        (self.default_locale.clone(), path, title)
    }

    fn tags(&mut self, path: &str) -> Vec<String> {
        if self.random.one_in(20) {
            return Vec::new();
        }
        let mut parts = path.split('/');
        let mut tags: Vec<String> = parts.next().map(str::to_owned).into_iter().collect();
        tags.extend(parts.next().map(str::to_owned));
        for _ in 0..self.random.below(3) {
            tags.push(self.random.pick(&WORDS.tags).to_owned());
        }
        tags
    }

    /// Returns the times of creation, which increase with the number, and of the last change.
    fn dates(&mut self, number: usize) -> (String, String) {
        let made = number.saturating_mul(CREATED_WITHIN) / self.pages.max(1);
        let changed = made + self.random.below(CHANGED_WITHIN);
        let text = |minutes: usize| {
            let minutes = i64::try_from(minutes).unwrap_or_default();
            text::instant(BEGIN + minutes * MINUTE)
        };
        (text(made), text(changed))
    }

    fn text(&mut self, title: &str, file: Option<&FakeAsset>) -> String {
        let mut text = format!("# {title}\n\n");
        self.paragraph(&mut text);
        text.push_str("## Before you begin\n\n");
        for _ in 0..2 + self.random.below(4) {
            let sentence = self.sentence();
            let _ = writeln!(text, "- {sentence}");
        }
        text.push_str("\n## Step by step\n\n");
        for _ in 0..=self.random.below(4) {
            self.paragraph(&mut text);
        }
        if let Some(file) = file {
            let _ = writeln!(text, "The file is [{}](/{}).\n", file.filename, file.path);
        }
        text.push_str("## See also\n\n");
        for _ in 0..=self.random.below(3) {
            let (path, title) = self.linked();
            let _ = writeln!(text, "- [{title}](/{}/{path})", self.default_locale);
        }
        text
    }

    fn paragraph(&mut self, text: &mut String) {
        for _ in 0..2 + self.random.below(4) {
            let sentence = self.sentence();
            let _ = write!(text, "{sentence} ");
        }
        text.truncate(text.trim_end().len());
        text.push_str("\n\n");
    }

    fn sentence(&mut self) -> String {
        let opening = self.random.pick(&WORDS.openings);
        let action = self.random.pick(&WORDS.actions);
        let subject = self.random.pick(&WORDS.subjects);
        let reason = self.random.pick(&WORDS.reasons);
        format!("{opening}, {action} of the **{subject}**, {reason}.")
    }

    /// Returns path and title of an earlier page, or sometimes of a missing one.
    fn linked(&mut self) -> (String, String) {
        let latest = self.own.len().min(LINKED);
        let back = 1 + self.random.below(latest);
        match self.own.get(self.own.len().saturating_sub(back)) {
            Some(page) if !self.random.one_in(40) => page.clone(),
            _ => ("wanted".to_owned(), "A page to be written".to_owned()),
        }
    }
}

/// Returns the word for the last digit of a number in base `words.len()`, and removes that digit.
fn nth<'a, T>(words: &'a [T], number: &mut usize) -> &'a T {
    let word = &words[*number % words.len()];
    *number /= words.len();
    word
}

/// Returns path and title of a page by its number. No two pages have the same path.
fn place(number: usize) -> (String, String) {
    let Some(number) = number.checked_sub(1) else {
        return ("home".to_owned(), "Home".to_owned());
    };
    let mut number = number;
    let (section, (verb, gerund)) = (
        nth(&WORDS.sections, &mut number),
        nth(&WORDS.topics, &mut number),
    );
    let subject = nth(&WORDS.subjects, &mut number);
    let round = number;
    let slug = subject.replace(' ', "-");
    if round == 0 {
        let path = format!("{section}/{verb}/{slug}");
        (path, format!("{gerund} the {subject}"))
    } else {
        let edition = round + 1;
        let path = format!("{section}/{verb}/{slug}-{edition}");
        (path, format!("{gerund} the {subject}, part {edition}"))
    }
}

/// Returns the file of a page: a picture or a table.
fn file(number: usize) -> FakeAsset {
    if (number / FILE_EVERY).is_multiple_of(2) {
        let picture = STANDARD.decode(&WORDS.picture).unwrap_or_default();
        FakeAsset::new(format!("images/diagram-{number}.png"), picture)
    } else {
        let mut table = "machine,address,since\n".to_owned();
        for row in 1..=number % 7 + 2 {
            let _ = writeln!(table, "node-{row},10.0.{}.{row},2024-01-08", number % 256);
        }
        FakeAsset::new(format!("files/machines-{number}.csv"), table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_pages_have_the_same_path() {
        let paths: BTreeSet<String> = (0..5000).map(|number| place(number).0).collect();
        assert_eq!(paths.len(), 5000);
    }
}
