//! Property tests with random inputs. They are seeded, so that a failure is reproducible.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use fastrand::Rng;
use futures::StreamExt;
use tempfile::TempDir;
use wikijs_client::Client;
use wikijs_fake::{FakeAsset, FakeGroup, FakePage, PageRule, RuleMatch};
use wikijs_transfer::TransferExt;

use crate::common::{exported, fake, folder, read, write};

/// Characters that are special in one of the formats.
const CHARACTERS: [&str; 48] = [
    "a", "B", "é", "e\u{301}", "日", "😀", " ", "  ", ":", ": ", " #", "#", "-", "---", "'", "\"",
    "\\", "{", "}", "[", "]", ",", "*", "&", "!", "|", ">", "%", "@", "`", "<!--", "-->", "null",
    "true", "~", "0", "1.10", "?", "\t", "\u{85}", "\u{2028}", "\u{feff}", "\u{200b}", "\u{7f}",
    "\u{1}", "=", "/", "+++",
];

fn line(random: &mut Rng, most: usize) -> String {
    (0..random.usize(0..=most))
        .map(|_| CHARACTERS[random.usize(..CHARACTERS.len())])
        .collect()
}

fn text(random: &mut Rng) -> String {
    const STARTS: [&str; 8] = ["", "---\n", "+++\n", "{", "% ", "<!--\n", "\u{feff}", "\n"];
    const ENDS: [&str; 6] = ["\n", "\n\n", "\r\n", "\r", "\n---\n", "\n...\n"];
    let mut text = STARTS[random.usize(..STARTS.len())].to_owned();
    for _ in 0..random.usize(1..8) {
        text += &line(random, 6);
        text += ENDS[random.usize(..ENDS.len())];
    }
    if text
        .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .is_empty()
    {
        text += "x";
    }
    text
}

#[tokio::test]
async fn a_thousand_random_pages_are_equal_after_a_round_trip() {
    let ((one, from), (two, to)) = (fake().await, fake().await);
    let mut random = Rng::with_seed(16);
    for n in 0..1000 {
        let mut page = FakePage::new(format!("part{}/page{n}", n % 7), line(&mut random, 12))
            .description(line(&mut random, 12))
            .content(text(&mut random))
            .tags((0..random.usize(0..4)).map(|tag| format!("tag {tag} #{}", random.u8(..))));
        if random.bool() {
            page = page.publish_dates("2030-01-01T00:00:00.000Z", "2031-01-01");
        }
        if random.bool() {
            page = page.scripts("h1{color:red}", line(&mut random, 9));
        }
        if random.bool() {
            page = page.unpublished();
        }
        if random.u8(..4) == 0 {
            page = page.editor("code");
        }
        one.insert_page(page);
    }
    let folder = folder();
    exported(&from, &folder).await;
    let plan = to.import(folder.path()).plan().await.unwrap();
    assert_eq!((&plan.problems, &plan.notices), (&vec![], &vec![]));
    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    let essence = |page: FakePage| {
        let mut tags = page.tags;
        tags.sort();
        let dates = (page.publish_start_date, page.publish_end_date);
        let texts = (page.title, page.description, page.content);
        let scripts = (page.script_css, page.script_js);
        (
            (page.locale, page.path),
            texts,
            tags,
            dates,
            scripts,
            page.is_published,
            page.editor,
        )
    };
    let all = |pages: Vec<FakePage>| {
        let mut all: Vec<_> = pages.into_iter().map(essence).collect();
        all.sort();
        all
    };
    let (ours, theirs) = (all(one.pages()), all(two.pages()));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(theirs, ours);
    }
    assert_eq!(theirs.len(), 1000);
    fs::remove_dir_all(folder.path().join(".wikijs")).unwrap();
    let again = to.import(folder.path()).plan().await.unwrap();
    assert!(again.is_empty(), "{again}");
}

/// Formats a page as a storage target of Wiki.js does.
fn stored(title: &str, description: &str, tags: &[String], content: &str, is_html: bool) -> String {
    let (start, end) = if is_html {
        ("<!--", "-->")
    } else {
        ("---", "---")
    };
    let editor = if is_html { "code" } else { "markdown" };
    format!(
        "{start}\ntitle: {title}\ndescription: {description}\npublished: true\ndate: 2022-02-02T10:00:00.000Z\n\
         tags: {}\neditor: {editor}\ndateCreated: 2022-01-01T10:00:00.000Z\n{end}\n\n{content}",
        tags.join(", ")
    )
}

#[tokio::test]
async fn pages_of_a_storage_target_are_read_literally() {
    let (fake, wiki) = fake().await;
    let mut random = Rng::with_seed(17);
    let folder = folder();
    let mut expected = BTreeMap::new();
    for n in 0..300 {
        let title = format!("t{}", line(&mut random, 10));
        let description = format!("{}d", line(&mut random, 10));
        let content = text(&mut random);
        let tags: Vec<String> = (0..random.usize(0..4))
            .map(|tag| format!("#{tag} c#: [x]"))
            .collect();
        let is_html = random.bool();
        let file = stored(&title, &description, &tags, &content, is_html);
        let extension = if is_html { "html" } else { "md" };
        write(&folder, &format!("docs/page{n}.{extension}"), &file);
        expected.insert(format!("docs/page{n}"), (title, description, tags, content));
    }
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert_eq!((&plan.problems, &plan.notices), (&vec![], &vec![]));
    assert!(plan.apply().await.unwrap().is_complete());
    for page in fake.pages() {
        let mut tags = page.tags.clone();
        tags.sort();
        let found = (page.title, page.description, tags, page.content);
        assert_eq!(Some(&found), expected.get(&page.path), "{}", page.path);
    }
    assert_eq!(fake.pages().len(), expected.len());
}

#[tokio::test]
async fn no_beginning_of_a_file_loses_text() {
    let (fake, wiki) = fake().await;
    let mut random = Rng::with_seed(18);
    let folder = folder();
    for n in 0..1000 {
        write(&folder, &format!("docs/page{n}.md"), &text(&mut random));
    }
    let plan = wiki
        .import(folder.path())
        .with_assets(false)
        .plan()
        .await
        .unwrap();
    let has_problem = |file: &str| {
        plan.problems
            .iter()
            .any(|problem| problem.file == Path::new(file))
    };
    let has_note = |file: &str| plan.notices.iter().any(|notice| notice.starts_with(file));
    let has = |file: &str| has_problem(file) || has_note(&format!("{file}: "));
    let noted: Vec<bool> = (0..1000)
        .map(|n| has(&format!("docs/page{n}.md")))
        .collect();
    assert!(plan.apply().await.unwrap().is_complete());
    let mut whole = 0;
    for (n, noted) in noted.into_iter().enumerate() {
        let file = read(&folder, &format!("docs/page{n}.md"));
        let Some(page) = fake.page_by_path("en", &format!("docs/page{n}")) else {
            assert!(noted, "page {n} is missing without a problem: {file:?}");
            continue;
        };
        assert!(file.ends_with(&page.content), "{file:?}");
        let front = &file[..file.len() - page.content.len()];
        whole += usize::from(front.is_empty());
        // An empty pair of lines is the only front matter without a key.
        let is_empty_pair = front.replace("---", "").trim().is_empty();
        assert!(front.is_empty() || noted || is_empty_pair, "{file:?}");
    }
    assert!(whole > 500, "{whole}");
}

/// Returns all files of a folder, except for the manifest and temporary files.
fn snapshot(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry
                .path()
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let kind = entry.file_type().unwrap();
            if name == ".wikijs" {
                continue;
            }
            if kind.is_symlink() {
                let target = fs::read_link(entry.path()).unwrap();
                found.insert(name, target.to_str().unwrap().into());
            } else if kind.is_dir() {
                walk(root, &entry.path(), found);
            } else {
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

/// Files that no export wrote, with their bytes.
struct Foreign {
    files: BTreeMap<String, Vec<u8>>,
}

impl Foreign {
    /// Makes a random change to the folder, as users do.
    fn disturb(&mut self, random: &mut Rng, folder: &TempDir, outside: &TempDir) {
        let there: Vec<String> = snapshot(folder.path()).into_keys().collect();
        let some = |random: &mut Rng| there.get(random.usize(..there.len().max(1))).cloned();
        let page = format!("en/docs/p{}.md", random.usize(..12));
        let new = [
            "README.md",
            ".git/HEAD",
            "en/.obsidian/a.md",
            "_assets/a1.png",
            "en/notes.md",
            &page,
        ];
        match random.u8(..5) {
            // Creates a file.
            0 | 1 => {
                let file = new[random.usize(..new.len())].to_owned();
                let path = folder.path().join(&file);
                let is_linked = path.ancestors().take_while(|above| *above != folder.path());
                if is_linked.clone().any(Path::is_symlink) {
                    return;
                }
                let text = format!("own {}", random.u32(..));
                write(folder, &file, &text);
                self.files.insert(file, text.into());
            }
            // Edits a file.
            2 => {
                let Some(file) = some(random) else { return };
                let path = folder.path().join(&file);
                if path.is_symlink() {
                    return;
                }
                let mut bytes = fs::read(&path).unwrap();
                bytes.extend(b"edited");
                fs::write(&path, &bytes).unwrap();
                self.files.insert(file, bytes);
            }
            // Removes a file.
            3 => {
                let Some(file) = some(random) else { return };
                fs::remove_file(folder.path().join(&file)).unwrap();
                self.files.remove(&file);
            }
            // Replaces a folder by a link to a folder outside.
            _ => {
                let folder = folder.path().join("en/docs");
                let elsewhere = outside.path().join(format!("docs{}", random.u32(..)));
                if folder.is_symlink() || !folder.exists() {
                    return;
                }
                fs::rename(&folder, &elsewhere).unwrap();
                #[cfg(unix)]
                std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
                self.files.retain(|file, _| !file.starts_with("en/docs/"));
                self.files
                    .insert("en/docs".to_owned(), elsewhere.to_str().unwrap().into());
            }
        }
    }
}

#[tokio::test]
async fn files_that_no_export_wrote_are_never_deleted_or_overwritten() {
    const MAY: [&str; 5] = [
        "read:pages",
        "read:source",
        "manage:pages",
        "write:pages",
        "read:assets",
    ];
    for seed in 0..25 {
        let mut random = Rng::with_seed(seed);
        let (fake, _) = fake().await;
        let rules = |path| vec![PageRule::allow(MAY, RuleMatch::Start, path)];
        let group = fake.insert_group(FakeGroup::new("backup", MAY).page_rules(rules("")));
        let wiki = Client::builder(fake.url())
            .api_key(fake.key_for(group))
            .build()
            .unwrap();
        let (folder, outside) = (folder(), folder());
        let mut foreign = Foreign {
            files: BTreeMap::new(),
        };
        for n in 0..12 {
            fake.insert_page(FakePage::new(format!("docs/p{n}"), "A"));
        }
        fake.insert_asset(FakeAsset::new("a1.png", "1"));
        fake.insert_asset(FakeAsset::new("a2.png", "2"));
        for _ in 0..20 {
            let pages = fake.pages();
            match random.u8(..6) {
                0 => {
                    fake.insert_page(FakePage::new(format!("docs/p{}", random.usize(..12)), "B"));
                }
                1 if !pages.is_empty() => {
                    fake.remove_page(pages[random.usize(..pages.len())].id);
                }
                2 if !pages.is_empty() => {
                    let id = pages[random.usize(..pages.len())].id;
                    fake.edit_page(id, |page| page.content = format!("{}", random.u32(..)));
                }
                3 => {
                    let path = ["", "docs/p1", "none"][random.usize(..3)];
                    fake.edit_group(group, |group| group.page_rules = rules(path));
                }
                4 => {
                    fake.insert_asset(FakeAsset::new("a1.png", format!("{}", random.u32(..))));
                }
                _ => foreign.disturb(&mut random, &folder, &outside),
            }
            let before = snapshot(outside.path());
            let mut export = wiki.export(folder.path());
            if random.bool() {
                export = export.remove_gone();
            }
            if random.bool() {
                export = export.allow_mass_removal();
            }
            let mut events = export.stream();
            // Some exports are dropped early.
            let most = if random.bool() {
                200
            } else {
                random.usize(..12)
            };
            for _ in 0..most {
                if events.next().await.is_none() {
                    break;
                }
            }
            drop(events);
            // A write of the dropped export may still be in progress.
            tokio::time::sleep(Duration::from_millis(2)).await;
            let after = snapshot(folder.path());
            for (file, bytes) in &foreign.files {
                assert_eq!(after.get(file), Some(bytes), "{file}, seed {seed}");
            }
            assert_eq!(snapshot(outside.path()), before, "seed {seed}");
        }
    }
}
