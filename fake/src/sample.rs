//! Pages and files that are made up.

use crate::random::Random;
use crate::state::clock;
use crate::state::{FakeAsset, FakePage, State};
use std::fmt::Write as _;

/// When the first page was made: 2024-01-08, in milliseconds since the epoch.
const BEGIN: i64 = 1_704_700_800_000;
const MINUTE: i64 = 60_000;
/// Over how long the pages were made, and how long after that the last change may be, in minutes.
const MADE_WITHIN: usize = 500 * 24 * 60;
const CHANGED_WITHIN: usize = 100 * 24 * 60;
/// One page in so many brings a file.
const FILE_EVERY: usize = 10;
/// With more than one locale, one page in so many is a translation of the page before it.
const TRANSLATION_EVERY: usize = 4;
/// Links go to one of so many pages before.
const LINKED: usize = 200;

const SECTIONS: [&str; 8] = [
    "docs",
    "guides",
    "runbooks",
    "reference",
    "teams/platform",
    "teams/support",
    "projects",
    "archive",
];
const TOPICS: [(&str, &str); 12] = [
    ("install", "Installing"),
    ("configure", "Configuring"),
    ("upgrade", "Upgrading"),
    ("monitor", "Monitoring"),
    ("secure", "Securing"),
    ("scale", "Scaling"),
    ("debug", "Debugging"),
    ("test", "Testing"),
    ("document", "Documenting"),
    ("migrate", "Migrating"),
    ("back-up", "Backing up"),
    ("retire", "Retiring"),
];
const SUBJECTS: [&str; 20] = [
    "gateway",
    "scheduler",
    "database",
    "mail server",
    "search index",
    "message queue",
    "build farm",
    "test cluster",
    "proxy",
    "cache",
    "billing service",
    "login page",
    "mobile app",
    "data warehouse",
    "print server",
    "archive",
    "load balancer",
    "package registry",
    "status page",
    "backup store",
];
const TAGS: [&str; 8] = [
    "draft",
    "howto",
    "important",
    "internal",
    "legacy",
    "public",
    "review",
    "tutorial",
];
const OPENINGS: [&str; 6] = [
    "Before a change",
    "In most cases",
    "Twice a year",
    "After an incident",
    "On a new machine",
    "Whenever in doubt",
];
const ACTIONS: [&str; 6] = [
    "check the dashboard",
    "ask the team on call",
    "look at the logs of the last hour",
    "take a snapshot first",
    "wait until the queue is empty",
    "read the notes of the last release",
];
const REASONS: [&str; 6] = [
    "since the old settings may still be in force",
    "as a restart takes about ten minutes",
    "because nobody else will",
    "so that users notice nothing",
    "for the audit asks for it",
    "until the new version is everywhere",
];
/// A PNG of one transparent pixel.
const PIXEL: [u8; 67] = [
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 10, b'I', b'D', b'A', b'T',
    0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, b'I', b'E', b'N',
    b'D', 0xae, 0x42, 0x60, 0x82,
];

/// So many pages, made up: with texts, tags, links among them and to files, dates, some of them drafts, some without
/// tags; in all locales of the wiki. The same ones for the same seed, number and locales.
///
/// The first one is `home`. One page in ten brings a file. With more than one locale, one page in four is the
/// translation of the page before it, at the same path.
///
/// ```
/// use wikijs_fake::{FakeWiki, Sample};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::builder().locales(["fr"]).sample(Sample::new(1000).seed(7)).start().await;
///
/// assert_eq!(wiki.pages().len(), 1000);
/// assert_eq!(wiki.assets().len(), 100);
/// assert!(wiki.page_by_path("en", "home").is_some());
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a sample is nothing until a wiki is filled with it"]
pub struct Sample {
    pages: usize,
    seed: u64,
}

impl Sample {
    /// So many pages, and a tenth as many files.
    pub fn new(pages: usize) -> Self {
        Self { pages, seed: 0 }
    }

    /// Sets what tells one sample from another. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(crate) fn put_into(self, state: &mut State) {
        let default_locale = state.settings.default_locale.clone();
        let others = state.settings.locales.iter();
        let mut author = Author {
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
            let page = author.page(number, file.as_ref());
            if let Some(file) = file {
                state.seed_asset(file);
            }
            state.seed_page(page);
        }
    }
}

/// Who makes the pages up.
struct Author {
    random: Random,
    default_locale: String,
    /// The other locales.
    others: Vec<String>,
    pages: usize,
    /// Path and title of the pages of the default locale.
    own: Vec<(String, String)>,
}

impl Author {
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

    /// Locale, path and title.
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
            tags.push(self.random.pick(&TAGS).to_owned());
        }
        tags
    }

    /// When it was made, one after the other, and changed last.
    fn dates(&mut self, number: usize) -> (String, String) {
        let made = number.saturating_mul(MADE_WITHIN) / self.pages.max(1);
        let changed = made + self.random.below(CHANGED_WITHIN);
        let text = |minutes: usize| {
            let minutes = i64::try_from(minutes).unwrap_or_default();
            clock::text(BEGIN + minutes * MINUTE)
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
        let opening = self.random.pick(&OPENINGS);
        let action = self.random.pick(&ACTIONS);
        let subject = self.random.pick(&SUBJECTS);
        let reason = self.random.pick(&REASONS);
        format!("{opening}, {action} of the **{subject}**, {reason}.")
    }

    /// Path and title of a page that is there, or, now and then, of one that nobody has written.
    fn linked(&mut self) -> (String, String) {
        let latest = self.own.len().min(LINKED);
        let back = 1 + self.random.below(latest);
        match self.own.get(self.own.len().saturating_sub(back)) {
            Some(page) if !self.random.one_in(40) => page.clone(),
            _ => ("wanted".to_owned(), "A page to be written".to_owned()),
        }
    }
}

/// Path and title of the page of a number; no two have the same path.
fn place(number: usize) -> (String, String) {
    let Some(number) = number.checked_sub(1) else {
        return ("home".to_owned(), "Home".to_owned());
    };
    let (number, section) = (number / SECTIONS.len(), SECTIONS[number % SECTIONS.len()]);
    let (number, (verb, gerund)) = (number / TOPICS.len(), TOPICS[number % TOPICS.len()]);
    let (round, subject) = (number / SUBJECTS.len(), SUBJECTS[number % SUBJECTS.len()]);
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

/// The file that the page of a number brings: a picture or a table.
fn file(number: usize) -> FakeAsset {
    if (number / FILE_EVERY).is_multiple_of(2) {
        FakeAsset::new(format!("images/diagram-{number}.png"), PIXEL)
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
