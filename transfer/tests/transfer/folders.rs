//! Tests of round trips: exports of a wiki, and imports of a folder.

use std::{fs, future::IntoFuture, path::PathBuf};

use futures::{FutureExt, StreamExt, TryStreamExt};
use tempfile::TempDir;
use wikijs_client::{
    Client, RetryPolicy,
    assets::AssetPath,
    pages::{Page, PageLocation, PageUpdate},
};
use wikijs_fake::{FakeAsset, FakePage, FakeWiki, Fault};
use wikijs_transfer::{
    ConflictReason, Error, ExportEvent, ImportEvent, KeptReason, PageAction, PageField,
    TransferExt, TransferItem,
};

use crate::{
    common::{exported, fake, files, folder, read, todo, write},
    support::Wiki,
};

/// Returns a page without the fields that an import cannot set: ids, dates, authors and the rendered HTML.
fn comparable(mut page: FakePage) -> FakePage {
    page.id = 0;
    page.created_at.clear();
    page.updated_at.clear();
    (page.creator_id, page.author_id) = (0, 0);
    page.render = None;
    page.tags.sort();
    page
}

fn comparable_pages(fake: &FakeWiki) -> Vec<FakePage> {
    let mut pages: Vec<FakePage> = fake.pages().into_iter().map(comparable).collect();
    pages.sort_by(|one, other| (&one.locale, &one.path).cmp(&(&other.locale, &other.path)));
    pages
}

fn assets(fake: &FakeWiki) -> Vec<(String, String, Vec<u8>)> {
    let mut assets: Vec<_> = fake
        .assets()
        .into_iter()
        .map(|asset| (asset.path, asset.mime, asset.content))
        .collect();
    assets.sort();
    assets
}

/// Contents and titles that a faulty encoding would change.
const DIFFICULT_TEXTS: [&str; 22] = [
    "a\r\nb\r\n",
    "no newline at the end",
    "newlines at the end\n\n\n",
    "\n\nnewlines before",
    "---\ntitle: not this\n---\ntext",
    "---\r\n---\r\n",
    "\u{feff}a byte order mark",
    "  spaces before and after  ",
    "\ttab",
    "{{ template }} <!-- comment -->",
    "emoji 😀, 日本語, e\u{301}, \u{202e}right to left",
    "line\u{2028}separator, \u{85} and \u{7f}",
    "\u{fffe} and \u{1}",
    "null",
    "true",
    "2026-01-01",
    "'single' \"double\" \\back",
    "key: value # no comment",
    "- a\n- b\n",
    "...\n",
    "%YAML 1.1\n---\n",
    "a\rb",
];

/// Fills a wiki with pages and assets of every kind.
fn fill(fake: &FakeWiki) {
    fake.insert_page(FakePage::new("home", "Home").content("# Home\n\n[Docs](/en/docs/a)\n"));
    fake.insert_page(FakePage::new("home", "Accueil").locale("fr"));
    fake.insert_page(FakePage::new("docs", "A page beside a folder").locale("pt-br"));
    for (n, difficult) in DIFFICULT_TEXTS.iter().enumerate() {
        let page = FakePage::new(format!("docs/difficult{n}"), *difficult)
            .description(*difficult)
            .content(*difficult)
            .tags([format!("tag {n}"), "all".to_owned()])
            .timestamps("2026-01-01T00:00:00.001Z", "2026-01-02T00:00:00.010Z");
        fake.insert_page(page);
    }
    fake.insert_page(
        FakePage::new("docs/all", "Everything")
            .editor("ckeditor")
            .content("<p>HTML</p>")
            .unpublished()
            .private()
            .publish_dates("2030-01-01T00:00:00.000Z", "2031-01-01")
            .scripts("h1{color:red}", "console.log('---')\n"),
    );
    fake.insert_page(
        FakePage::new("docs/code", "Code")
            .editor("code")
            .content("<h1>x</h1>\r\n"),
    );
    fake.insert_page(
        FakePage::new("docs/adoc", "Adoc")
            .editor("asciidoc")
            .content("= Adoc"),
    );
    fake.insert_page(
        FakePage::new("docs/api", "Api")
            .editor("api")
            .content("openapi: 3.0.0"),
    );
    fake.insert_page(FakePage::new("docs/Case", "Upper"));
    fake.insert_page(FakePage::new("docs/case", "Lower"));
    fake.insert_page(FakePage::new("docs/case/below", "Below"));
    let every_byte: Vec<u8> = (0..=255).collect();
    fake.insert_asset(FakeAsset::new("docs/photo.png", every_byte));
    fake.insert_asset(FakeAsset::new("docs/v1.0/notes.zip", "zip"));
    fake.insert_asset(FakeAsset::new("empty.bin", ""));
    fake.insert_asset_folder("docs/nothing here");
}

#[tokio::test]
async fn an_export_imported_into_an_empty_wiki_is_equal() {
    let ((one, from), (two, to)) = (fake().await, fake().await);
    fill(&one);
    let folder = folder();
    let report = from.export(folder.path()).await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.pages_written, one.pages().len());
    assert_eq!(report.assets_written, 3);

    let plan = to.import(folder.path()).plan().await.unwrap();
    assert_eq!((&plan.problems, &plan.notices), (&vec![], &vec![]));
    assert_eq!(two.pages().len(), 0, "nothing is done before it is applied");
    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.pages_created, one.pages().len());

    let (ours, theirs) = (comparable_pages(&one), comparable_pages(&two));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(theirs, ours);
    }
    assert_eq!(ours.len(), theirs.len());
    assert!(two.pages().iter().all(|page| page.render.is_some()));
    assert_eq!(assets(&one), assets(&two));
    let folders = |fake: &FakeWiki| {
        let folders = fake.asset_folders().into_iter().map(|folder| folder.path);
        let mut folders: Vec<String> = folders.collect();
        folders.sort();
        folders
    };
    assert_eq!(folders(&one), folders(&two));

    // A second import has nothing to do, with or without the manifest.
    let again = to.import(folder.path()).plan().await.unwrap();
    assert!(again.is_empty(), "{again}");
    fs::remove_dir_all(folder.path().join(".wikijs")).unwrap();
    let again = to.import(folder.path()).plan().await.unwrap();
    assert!(again.is_empty(), "{again}");
}

#[tokio::test]
async fn a_second_export_of_a_thousand_pages_reads_no_page() {
    let ((one, from), (two, to)) = (fake().await, fake().await);
    for n in 0..1000 {
        let page = FakePage::new(format!("part{}/page{n}", n % 10), format!("Page {n}"))
            .content(format!("# Page {n}\n\n{}", "text ".repeat(n)))
            .tags([format!("t{}", n % 7)]);
        one.insert_page(page);
    }
    let folder = folder();
    let report = from.export(folder.path()).await.unwrap();
    assert!(
        report.is_complete() && report.pages_written == 1000,
        "{report}"
    );

    one.clear_requests();
    let report = from.export(folder.path()).await.unwrap();
    assert_eq!((report.pages_written, report.pages_unchanged), (0, 1000));
    let reads = one
        .requests()
        .into_iter()
        .flat_map(|request| request.operations);
    let reads = reads.filter(|operation| operation.name.as_deref() == Some("PagesGet"));
    assert_eq!(reads.count(), 0);

    let plan = to.import(folder.path()).plan().await.unwrap();
    let report = plan.apply().await.unwrap();
    assert!(
        report.is_complete() && report.pages_created == 1000,
        "{report}"
    );
    let (ours, theirs) = (comparable_pages(&one), comparable_pages(&two));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(theirs, ours);
    }
    assert_eq!(theirs.len(), 1000);
    two.clear_requests();
    let plan = to.import(folder.path()).plan().await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    assert!(
        two.operation_count() < 10,
        "pages that are known to be equal are not read"
    );
}

#[tokio::test]
async fn an_export_reads_a_bounded_number_of_pages_ahead() {
    let (one, wiki) = fake().await;
    for n in 0..600 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), "Page"));
    }
    let folder = folder();
    let mut events = wiki.export(folder.path()).with_assets(false).stream();
    assert!(matches!(
        events.next().await.unwrap().unwrap(),
        ExportEvent::Listed { pages: 600 }
    ));
    events.next().await.unwrap().unwrap();
    // The export makes no progress while the stream is not polled: at most two batches were requested.
    let requests = one.requests();
    let reads = requests.iter().flat_map(|request| &request.operations);
    let reads = reads.filter(|operation| operation.name.as_deref() == Some("PagesGet"));
    assert!(reads.count() <= 200);
    let rest = events.try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(rest.len(), 600, "the others, and the end");
}

#[tokio::test]
async fn deleted_pages_of_a_prefix_are_restored_from_an_export() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let tags = [wiki.tag("one"), wiki.tag("two")];
    let mut before: Vec<Page> = Vec::new();
    for (n, difficult) in DIFFICULT_TEXTS
        .iter()
        .enumerate()
        .filter(|(n, _)| [0, 2, 4, 6, 10, 11].contains(n))
    {
        let new = wiki
            .new_page(&format!("difficult{n}"))
            .description(*difficult)
            .tags(&tags);
        let page = pages.create(new).await.unwrap();
        let update = PageUpdate::new()
            .content(*difficult)
            .publish_end("2031-01-01T00:00:00.000Z");
        before.push(pages.update(page.id, update).await.unwrap());
    }
    let html = wiki
        .new_page("html")
        .editor("code")
        .published(false)
        .script_js("let a = 1");
    before.push(
        pages
            .create(html.script_css("h1{color:red}"))
            .await
            .unwrap(),
    );

    let folder = folder();
    let export = || wiki.client.export(folder.path()).path_prefix(wiki.prefix());
    let report = export().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.pages_written, before.len());
    assert_eq!(export().await.unwrap().pages_unchanged, before.len());
    for page in &before {
        pages.delete(page.id).await.unwrap();
    }
    let import = || wiki.client.import(folder.path()).path_prefix(wiki.prefix());
    let plan = import().plan().await.unwrap();
    assert_eq!(plan.pages.len(), before.len(), "{plan}");
    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");

    for old in before {
        let new = pages.get_by_path(&old.path).await.unwrap();
        assert_ne!(new.id, old.id);
        let mut expected = old.clone();
        expected.id = new.id;
        expected.created_at = new.created_at.clone();
        expected.updated_at = new.updated_at.clone();
        expected.render = new.render.clone();
        assert_eq!(new, expected);
    }
    assert!(import().plan().await.unwrap().is_empty());
    fs::remove_dir_all(folder.path().join(".wikijs")).unwrap();
    let again = import().delete_missing().plan().await.unwrap();
    assert!(again.is_empty(), "{again}");
}

#[tokio::test]
async fn deleted_assets_are_restored_from_an_export() {
    let wiki = Wiki::start().await;
    let assets = wiki.client.assets();
    let at = format!("{}-transfer", wiki.prefix());
    let top = assets.ensure_folder(&at).await.unwrap();
    let name = |name: &str| format!("{}-{name}", wiki.prefix());
    assets
        .upload(&top, name("a.bin"), vec![0, 1, 255])
        .await
        .unwrap();
    let below = assets
        .ensure_folder(format!("{at}/below v1.0"))
        .await
        .unwrap();
    assets
        .upload(&below, name("ümlaut.zip"), "zip")
        .await
        .unwrap();
    wiki.client
        .pages()
        .create(wiki.new_page("page"))
        .await
        .unwrap();

    let folder = folder();
    let export = || wiki.client.export(folder.path()).path_prefix(&at);
    let report = export().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.pages_written, report.assets_written), (0, 2));
    assert_eq!(export().await.unwrap().assets_unchanged, 2);
    let import = || wiki.client.import(folder.path()).path_prefix(&at);
    assert!(import().plan().await.unwrap().is_empty());

    // One asset is deleted, and another one is changed.
    let files = assets.list().folder(&at).recursive().await.unwrap();
    assets.delete(&files[0]).await.unwrap();
    write(
        &folder,
        &format!("_assets/{at}/below v1%2E0/{}", name("ümlaut.zip")),
        "other",
    );
    let plan = import().plan().await.unwrap();
    let expected = [
        format!("upload {}", files[0].path),
        format!("replace {}", files[1].path),
    ];
    let mut found = todo(&plan);
    found.sort_by_key(|action| std::cmp::Reverse(action.clone()));
    assert_eq!(found, expected);
    let report = plan.apply().await.unwrap();
    assert!(
        report.is_complete() && report.assets_uploaded == 2,
        "{report}"
    );
    let content = assets
        .download(&files[1].path)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(content, "other");
    assert!(import().plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn page_paths_never_lead_out_of_the_folder() {
    let (one, wiki) = fake().await;
    let hostile = [
        "../outside",
        "../../outside",
        "/outside",
        "a/../../outside",
        "..",
        ".",
        "",
        "/",
        "a//b",
        "con",
        "NUL",
        "a\0b",
        "a\\b",
        "C:\\outside",
        "C:/x",
        ".wikijs/manifest",
        "_assets/x",
        "a.md",
        "a.md/b",
        "a",
        "A",
        "a/b",
        "a/b.md",
        "~",
        "a\n---\nb",
        "\u{202e}gpj",
        "e\u{301}",
        "\u{e9}",
        "-rf",
        "a ",
        " a",
    ];
    let long = ["x".repeat(255), "ü".repeat(255), "y/".repeat(127) + "y"];
    let paths: Vec<&str> = hostile
        .into_iter()
        .chain(long.iter().map(String::as_str))
        .collect();
    for path in &paths {
        one.insert_page(FakePage::new(*path, "Hostile").content(format!("of {path}")));
    }
    one.insert_asset(FakeAsset::new("../evil.png", "evil"));
    let place = folder();
    let inside = place.path().join("in/side");
    let report = wiki.export(&inside).await.unwrap();
    assert_eq!(report.pages_written, paths.len(), "{report}");
    let failed: Vec<String> = report
        .failed
        .iter()
        .map(|failure| failure.item.to_string())
        .collect();
    assert_eq!(failed, ["asset ../evil.png"], "no URL leads to it");
    let outside = files(&place)
        .into_iter()
        .filter(|file| !file.starts_with("in/side/"));
    assert_eq!(outside.count(), 0);

    // Each page has its own file, whose front matter names the page.
    let plan = wiki
        .import(&inside)
        .with_assets(false)
        .plan()
        .await
        .unwrap();
    assert!(plan.is_empty() && plan.problems.is_empty(), "{plan}");
    assert_eq!(plan.pages.len(), paths.len());
    let file_of = |path: &str| {
        let page = plan.pages.iter().find(|page| page.place.path == path);
        page.unwrap().file.clone().unwrap()
    };
    assert_eq!(file_of("a"), PathBuf::from("en/a.md"));
    let folded = |path: &str| file_of(path).to_str().unwrap().to_lowercase();
    assert_ne!(folded("a"), folded("A"));
}

#[tokio::test]
async fn file_names_are_stable_when_pages_are_added() {
    let (one, wiki) = fake().await;
    one.insert_page(FakePage::new("Docs", "Upper"));
    let folder = folder();
    let export = || wiki.export(folder.path());
    exported(&wiki, &folder).await;
    let lower = one.insert_page(FakePage::new("docs", "Lower"));
    exported(&wiki, &folder).await;
    let both = files(&folder);
    assert_eq!((both.len(), &*both[0]), (2, "en/Docs.md"));
    assert_ne!(
        both[1].to_lowercase(),
        "en/docs.md",
        "one for many a file system"
    );
    one.edit_page(1, |page| page.title = "Other".to_owned());
    one.edit_page(lower, |page| page.title = "Other".to_owned());
    assert_eq!(export().await.unwrap().pages_written, 2);
    assert_eq!(files(&folder), both);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    let (one, wiki) = fake().await;
    one.insert_page(FakePage::new("docs/page", "Page"));
    let (place, elsewhere) = (folder(), folder());
    fs::create_dir(place.path().join("en")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), place.path().join("en/docs")).unwrap();
    let report = wiki.export(place.path()).await.unwrap();
    assert_eq!(report.failed.len(), 1, "{report}");
    assert!(report.to_string().contains("in the way"), "{report}");
    assert_eq!(files(&elsewhere).len(), 0);

    let secret = elsewhere.path().join("secret.md");
    fs::write(&secret, "# Secret").unwrap();
    std::os::unix::fs::symlink(&secret, place.path().join("en/public.md")).unwrap();
    let plan = wiki.import(place.path()).plan().await.unwrap();
    assert_eq!(plan.pages.len(), 0, "{plan}");
    assert_eq!(plan.notices.len(), 2, "{plan}");
}

#[tokio::test]
async fn a_second_export_writes_changes_and_reports_deleted_pages() {
    let (one, wiki) = fake().await;
    for name in ["same", "changed", "tagged", "gone", "moved"] {
        one.insert_page(FakePage::new(format!("docs/{name}"), name).tags(["old"]));
    }
    one.insert_asset(FakeAsset::new("a.png", "a"));
    one.insert_asset(FakeAsset::new("b.png", "b"));
    let folder = folder();
    exported(&wiki, &folder).await;
    write(&folder, "en/own.md", "not of this wiki");

    one.edit_page(2, |page| page.content = "new".to_owned());
    // Renaming a tag does not change `updatedAt` of a page.
    let tag = wiki.pages().tags().await.unwrap()[0].clone();
    wiki.pages().update_tag(tag.id, "new", "new").await.unwrap();
    one.remove_page(4);
    wiki.pages().move_to(5, "docs/elsewhere").await.unwrap();
    one.remove_asset(one.asset_at("b.png").unwrap().id);
    fs::write(folder.path().join("_assets/a.png"), "spoilt").unwrap();

    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(
        (report.pages_written, report.pages_unchanged),
        (4, 0),
        "all have the tag: {report}"
    );
    assert_eq!((report.assets_written, report.assets_unchanged), (0, 0));
    assert_eq!(report.failed.len(), 1, "an edited file is kept: {report}");
    let gone: Vec<String> = report
        .gone
        .iter()
        .map(|(item, _)| item.to_string())
        .collect();
    assert_eq!(
        gone,
        ["page en/docs/gone", "page en/docs/moved", "asset b.png"]
    );
    assert!(read(&folder, "en/docs/changed.md").ends_with("---\nnew"));
    assert_eq!(read(&folder, "_assets/a.png"), "spoilt");
    assert!(
        files(&folder).contains(&"en/docs/gone.md".to_owned()),
        "it was not asked to go"
    );

    let report = wiki.export(folder.path()).remove_gone().await.unwrap();
    assert_eq!((report.gone.len(), report.pages_unchanged), (3, 4));
    let left = [
        "_assets/a.png",
        "en/docs/changed.md",
        "en/docs/elsewhere.md",
        "en/docs/same.md",
        "en/docs/tagged.md",
        "en/own.md",
    ];
    assert_eq!(files(&folder), left);
    assert_eq!(wiki.export(folder.path()).await.unwrap().gone.len(), 0);
}

#[tokio::test]
async fn removed_files_are_written_again_and_edited_files_are_kept() {
    let (one, wiki) = fake().await;
    for name in ["same", "edited", "removed"] {
        one.insert_page(FakePage::new(format!("docs/{name}"), name));
    }
    let folder = folder();
    exported(&wiki, &folder).await;
    let before = read(&folder, "en/docs/edited.md");
    let edited = before.replace("edited", "EDITED");
    write(&folder, "en/docs/edited.md", &edited);
    fs::remove_file(folder.path().join("en/docs/removed.md")).unwrap();
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!((report.pages_written, report.pages_unchanged), (1, 1));
    assert_eq!(read(&folder, "en/docs/edited.md"), edited);
    assert!(matches!(
        *report.failed[0].error,
        Error::Kept {
            reason: KeptReason::Edited,
            ..
        }
    ));
    assert_eq!(files(&folder).len(), 3);

    fs::remove_file(folder.path().join("en/docs/edited.md")).unwrap();
    exported(&wiki, &folder).await;
    assert_eq!(read(&folder, "en/docs/edited.md"), before);
}

#[tokio::test]
async fn a_part_of_the_wiki_is_a_locale_or_a_prefix() {
    let ((one, from), (two, to)) = (fake().await, fake().await);
    fill(&one);
    one.insert_page(FakePage::new("docs-old", "Not below docs"));
    let folder = folder();
    let report = from
        .export(folder.path())
        .locale("fr")
        .with_assets(false)
        .await;
    assert_eq!(report.unwrap().pages_written, 1);
    assert_eq!(files(&folder), ["fr/home.md"]);
    let report = from
        .export(folder.path())
        .path_prefix("docs")
        .await
        .unwrap();
    assert!(report.is_complete() && report.gone.is_empty(), "{report}");
    assert_eq!(report.assets_written, 2);
    let all = files(&folder);
    assert!(!all.contains(&"en/docs-old.md".to_owned()) && !all.contains(&"en/home.md".to_owned()));

    let plan = to
        .import(folder.path())
        .locale("fr")
        .with_assets(false)
        .plan()
        .await
        .unwrap();
    assert_eq!(
        (todo(&plan), plan.notices.len()),
        (vec!["create home".to_owned()], 0)
    );
    let plan = to
        .import(folder.path())
        .path_prefix("docs/case")
        .plan()
        .await
        .unwrap();
    assert_eq!(todo(&plan), ["create docs/case", "create docs/case/below"]);
    assert!(plan.apply().await.unwrap().is_complete());
    assert_eq!(two.pages().len(), 2);
}

#[tokio::test]
async fn a_page_that_becomes_html_has_one_file() {
    let (one, wiki) = fake().await;
    let id = one.insert_page(FakePage::new("docs/page", "Page"));
    let folder = folder();
    exported(&wiki, &folder).await;
    one.edit_page(id, |page| *page = page.clone().editor("code"));
    exported(&wiki, &folder).await;
    assert_eq!(files(&folder), ["en/docs/page.html"]);
}

#[tokio::test]
async fn an_interrupted_export_is_resumed() {
    let (one, wiki) = fake().await;
    for n in 0..50 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), format!("Page {n}")));
    }
    let folder = folder();
    let mut written = 0;
    // Drops the export after every fifth page.
    loop {
        let mut events = wiki.export(folder.path()).stream();
        let mut now = 0;
        while now < 5 {
            match events.next().await {
                Some(Ok(ExportEvent::Written { .. })) => now += 1,
                Some(event) => drop(event.unwrap()),
                None => break,
            }
        }
        written += now;
        if now < 5 {
            break;
        }
    }
    assert!(
        (50..=60).contains(&written),
        "what is done is not done again: {written}"
    );
    assert_eq!(files(&folder).len(), 50);
    assert_eq!(
        wiki.export(folder.path()).await.unwrap().pages_unchanged,
        50
    );
    let local = fs::read_dir(folder.path().join(".wikijs/local")).unwrap();
    assert_eq!(local.count(), 2, "only the lock and .gitignore are left");
}

/// Starts an export and drops it after `polls` polls.
async fn export_dropped_after(polls: usize, wiki: &Client, folder: &TempDir) {
    let mut export = wiki.export(folder.path()).into_future();
    for _ in 0..polls {
        if (&mut export).now_or_never().is_some() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_export_can_start_immediately_after_a_dropped_one() {
    let (one, wiki) = fake().await;
    for n in 0..20 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), "Page"));
    }
    for polls in 0..80 {
        let folder = folder();
        export_dropped_after(polls, &wiki, &folder).await;
        let report = wiki.export(folder.path()).await.unwrap();
        assert_eq!(report.pages_written + report.pages_unchanged, 20);
        assert_eq!(files(&folder).len(), 20);
    }
}

#[tokio::test]
async fn an_export_dropped_at_any_time_leaves_no_partial_files() {
    let (one, wiki) = fake().await;
    for n in 0..20 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), "Page").content("x".repeat(9000)));
    }
    let folder = folder();
    for polls in 0..60 {
        export_dropped_after(polls, &wiki, &folder).await;
        for file in files(&folder) {
            let text = read(&folder, &file);
            assert!(text.ends_with(&"x".repeat(9000)), "{file} is cut");
        }
    }
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(report.pages_written + report.pages_unchanged, 20);
}

#[tokio::test]
async fn a_truncated_or_lost_manifest_only_costs_time() {
    let (one, wiki) = fake().await;
    for n in 0..5 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), "Page"));
    }
    let folder = folder();
    exported(&wiki, &folder).await;
    let manifest = folder.path().join(".wikijs/manifest.jsonl");
    let text = fs::read(&manifest).unwrap();
    fs::write(&manifest, &text[..text.len() - 200]).unwrap();
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!((report.pages_written, report.pages_unchanged), (1, 4));
    fs::remove_file(&manifest).unwrap();
    assert_eq!(wiki.export(folder.path()).await.unwrap().pages_written, 5);
}

#[tokio::test]
async fn a_forged_manifest_does_not_lead_out_of_the_folder() {
    let (one, wiki) = fake().await;
    one.insert_page(FakePage::new("docs/page", "Page"));
    let place = folder();
    let inside = place.path().join("inside");
    let _ = wiki.export(&inside).await.unwrap();
    write(&place, "outside.md", "dear to somebody");
    let manifest = inside.join(".wikijs/manifest.jsonl");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("en/docs/page.md", "../outside.md")).unwrap();
    one.remove_page(1);
    let export = wiki.export(&inside).remove_gone().allow_mass_removal();
    let _ = export.await.unwrap();
    assert_eq!(read(&place, "outside.md"), "dear to somebody");
}

#[tokio::test]
async fn an_unreadable_page_is_reported_and_the_others_are_exported() {
    let (one, wiki) = fake().await;
    for n in 0..5 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), "Page"));
    }
    let wiki = Client::builder(wiki.url().as_str())
        .api_key(one.api_key())
        .retry(RetryPolicy::none())
        .batch_queries(false)
        .build()
        .unwrap();
    let folder = folder();
    one.fail_next_matching("PagesGet", Fault::MalformedJson);
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(
        (report.pages_written, report.failed.len()),
        (4, 1),
        "{report}"
    );
    assert!(!report.is_complete());
    assert!(matches!(report.failed[0].item, TransferItem::Page(_)));

    // An incomplete export must not lead to deletions.
    let import = wiki.import(folder.path()).delete_missing();
    let error = import.plan().await.unwrap_err();
    assert!(error.is_invalid_input(), "{error}");

    one.fail_next_matching("PagesGet", Fault::MalformedJson);
    let error = wiki
        .export(folder.path())
        .stop_on_error()
        .await
        .unwrap_err();
    assert!(
        matches!(
            error.as_wiki(),
            Some(wikijs_client::Error::Decode(_) | wikijs_client::Error::Http(_))
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_export_fails_if_the_wiki_is_unreachable() {
    let (one, wiki) = fake().await;
    for n in 0..300 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), "Page"));
    }
    let folder = folder();
    let mut events = wiki.export(folder.path()).stream();
    events.next().await.unwrap().unwrap();
    one.set_database_away(true);
    let rest: Vec<_> = events.collect().await;
    assert!(rest.last().unwrap().is_err());
    assert!(rest.len() < 250, "it does not try each page");
    one.set_database_away(false);
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(report.pages_written + report.pages_unchanged, 300);
}

#[tokio::test]
async fn k12_of_two_pages_at_one_path_the_older_is_exported_and_the_other_reported() {
    let (one, wiki) = fake().await;
    one.insert_page(FakePage::new("docs/page", "Older"));
    one.insert_page(FakePage::new("docs/page", "Younger"));
    let folder = folder();
    for written in [1, 0] {
        let report = wiki.export(folder.path()).await.unwrap();
        assert_eq!((report.pages_written, report.failed.len()), (written, 1));
        assert!(
            report.to_string().contains("page 2 has the path"),
            "{report}"
        );
    }
    assert!(read(&folder, "en/docs/page.md").contains("Older"));
}

#[tokio::test]
async fn an_asset_without_a_url_is_reported() {
    let (one, wiki) = fake().await;
    one.insert_asset(FakeAsset::new("readme.md", "no"));
    one.insert_asset(FakeAsset::new("photo.png", "yes"));
    let folder = folder();
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(
        (report.assets_written, report.failed.len()),
        (1, 1),
        "{report}"
    );
    let item = TransferItem::Asset(AssetPath::from("readme.md"));
    assert_eq!(report.failed[0].item, item);
}

#[tokio::test]
async fn a_folder_that_people_wrote_is_imported() {
    let (two, wiki) = fake().await;
    let folder = folder();
    write(
        &folder,
        "docs/install.md",
        "\n# How to *install* it\n\nRun it.\n",
    );
    write(
        &folder,
        "fr/docs/install.md",
        "---\ntitle: Installer\ntags: [a, B]\nweight: 5\n---\n\nTexte",
    );
    write(&folder, "start.html", "<h1>Start</h1>");
    write(&folder, "manual.adoc", "= Manual\n\ntext");
    write(&folder, "plain.md", "text without a heading");
    write(&folder, "mkdocs.yml", "---\nsite_name: x\n---\n");
    write(&folder, "notes.txt", "no page");
    write(&folder, ".github/README.md", "no page");
    write(&folder, "_assets/Img: new/Photo 1.PNG", "png");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert_eq!(plan.problems, []);
    let notices = plan.notices.join("\n");
    assert!(
        notices.contains("weight")
            && notices.contains("2 files are neither pages nor assets: . (2)"),
        "{notices}"
    );
    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.pages_created, report.assets_uploaded), (5, 1));
    let page = |locale, path| two.page_by_path(locale, path).unwrap();
    let install = page("en", "docs/install");
    assert_eq!(install.title, "How to install it");
    assert_eq!(install.content, "\n# How to *install* it\n\nRun it.\n");
    let french = page("fr", "docs/install");
    assert_eq!((&*french.title, &*french.content), ("Installer", "Texte"));
    assert_eq!(french.tags, ["a", "b"]);
    let html = page("en", "start");
    assert_eq!((&*html.title, &*html.editor), ("Start", "code"));
    let adoc = page("en", "manual");
    assert_eq!((&*adoc.title, &*adoc.editor), ("Manual", "asciidoc"));
    assert_eq!(page("en", "plain").title, "plain");
    assert_eq!(two.asset_at("img new/photo_1.png").unwrap().content, b"png");
    assert!(wiki.import(folder.path()).plan().await.unwrap().is_empty());

    // Fields that the files omit are kept, and fields of the files are written.
    two.edit_page(install.id, |page| {
        page.description = "of the wiki".to_owned();
        page.tags = vec!["kept".to_owned()];
        page.is_published = false;
    });
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.is_empty(), "{plan}");
    write(&folder, "docs/install.md", "# Install\n");
    fs::remove_dir_all(folder.path().join(".wikijs")).unwrap();
    let report = wiki
        .import(folder.path())
        .plan()
        .await
        .unwrap()
        .apply()
        .await
        .unwrap();
    assert_eq!(report.pages_updated, 1, "{report}");
    let install = page("en", "docs/install");
    assert_eq!(
        (&*install.title, &*install.description),
        ("Install", "of the wiki")
    );
    assert_eq!(
        (install.tags, install.is_published),
        (vec!["kept".to_owned()], false)
    );
}

#[tokio::test]
async fn problems_of_files_have_a_line_and_a_remedy() {
    let (two, wiki) = fake().await;
    let folder = folder();
    write(&folder, "en/good.md", "# Good");
    write(&folder, "en/yaml.md", "---\ntitle: x\ntags: [a\n---\ntext");
    write(
        &folder,
        "en/type.md",
        "---\ntitle: x\n\nisPublished: perhaps\n---\ntext",
    );
    write(&folder, "en/empty.md", "---\ntitle: x\n---\n");
    write(&folder, "en/My Page.md", "# Mine");
    write(
        &folder,
        "en/date.md",
        "---\npublishEndDate: tomorrow\n---\ntext",
    );
    write(&folder, "en/twice.md", "---\npath: same\n---\ntext");
    write(&folder, "en/same.md", "text");
    fs::write(folder.path().join("en/bytes.md"), b"a\nb\n\xff").unwrap();
    let plan = wiki
        .import(folder.path())
        .delete_missing()
        .plan()
        .await
        .unwrap();
    let mut problems: Vec<String> = plan.problems.iter().map(ToString::to_string).collect();
    problems.sort();
    for (problem, part) in problems.iter().zip([
        "en/My Page.md: path: `My Page` has ",
        "en/bytes.md:3: it is not UTF-8",
        "en/date.md:2: `publishEndDate: tomorrow` is not a date",
        "en/empty.md: content: it is empty",
        "en/twice.md: it is the page en/same, and so is en/same.md",
        "en/type.md:4: ",
        "en/yaml.md:",
    ]) {
        assert!(problem.starts_with(part), "{problem}");
        assert!(problem.contains("; "), "a remedy: {problem}");
    }
    assert_eq!(problems.len(), 7);
    assert_eq!(todo(&plan), ["create good"], "the others can be imported");
    let shown = plan.to_string();
    assert!(
        shown.contains("create    en/good") && shown.contains("problem   en/bytes.md:3:"),
        "{shown}"
    );
    assert!(plan.apply().await.unwrap().is_complete());
    assert_eq!(two.pages().len(), 1);
}

#[tokio::test]
async fn a_plan_lists_the_differences_and_applies_them() {
    let (one, wiki) = fake().await;
    fill(&one);
    let folder = folder();
    exported(&wiki, &folder).await;
    let old = read(&folder, "en/home.md");
    let new = old
        .replace("title: Home", "title: House")
        .replace("# Home", "# House");
    write(&folder, "en/home.md", &new);
    let all = read(&folder, "en/docs/all.html");
    let all = all.replace("isPublished: false", "isPublished: true");
    let all = all.replace("publishEndDate: 2031-01-01", "publishEndDate: null");
    let all = all.replace("editor: ckeditor", "editor: markdown");
    write(
        &folder,
        "en/docs/all.html",
        &all.replace("<p>HTML</p>", "Markdown"),
    );
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    let fields = |path: &str| {
        let page = plan
            .pages
            .iter()
            .find(|page| page.place == PageLocation::new("en", path));
        match page.map(|page| &page.action) {
            Some(PageAction::Update { fields, .. }) => fields.clone(),
            other => panic!("{path}: {other:?}"),
        }
    };
    assert_eq!(fields("home"), [PageField::Content, PageField::Title]);
    let expected = [
        PageField::Content,
        PageField::IsPublished,
        PageField::PublishEndDate,
        PageField::Editor,
    ];
    assert_eq!(fields("docs/all"), expected);
    assert_eq!(todo(&plan).len(), 2, "{plan}");
    let report = plan.apply().await.unwrap();
    assert!(
        report.is_complete() && report.pages_updated == 2,
        "{report}"
    );
    let home = one.page_by_path("en", "home").unwrap();
    assert_eq!(
        (&*home.title, home.content.contains("# House")),
        ("House", true)
    );
    let all = one.page_by_path("en", "docs/all").unwrap();
    assert_eq!((&*all.editor, &*all.content), ("markdown", "Markdown"));
    assert_eq!((all.is_published, &*all.publish_end_date), (true, ""));
    assert_eq!(
        all.publish_start_date, "2030-01-01T00:00:00.000Z",
        "what is equal is not touched"
    );
    assert!(wiki.import(folder.path()).plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_changed_in_the_wiki_are_only_overwritten_on_request() {
    let (one, wiki) = fake().await;
    for name in ["theirs", "ours", "both", "touched"] {
        one.insert_page(FakePage::new(format!("docs/{name}"), name).content("[x](/en/docs/new)"));
    }
    one.insert_asset(FakeAsset::new("a.png", "a"));
    let folder = folder();
    exported(&wiki, &folder).await;
    for name in ["ours", "both", "touched"] {
        let file = format!("en/docs/{name}.md");
        let text = read(&folder, &file);
        write(&folder, &file, &format!("{text}\nours"));
    }
    for id in [1, 3] {
        one.edit_page(id, |page| page.content = "theirs".to_owned());
    }
    // Creating a page changes `updatedAt` of the pages that link to it, and nothing else.
    let before = one.page(4).unwrap().updated_at;
    let new = wikijs_client::pages::NewPage::new("docs/new", "New", "new");
    wiki.pages().create(new).await.unwrap();
    assert_ne!(one.page(4).unwrap().updated_at, before);
    one.insert_asset(FakeAsset::new("a.png", "theirs"));
    write(&folder, "_assets/a.png", "ours");

    let plan = wiki.import(folder.path()).plan().await.unwrap();
    let expected = [
        "conflict docs/both ChangedInWiki",
        "update docs/ours content",
        "conflict docs/theirs ChangedInWiki",
        "update docs/touched content",
        "conflict a.png ChangedInWiki",
    ];
    assert_eq!(todo(&plan), expected, "{plan}");
    let report = plan.apply().await.unwrap();
    assert!(
        report.is_complete() && report.pages_updated == 2,
        "{report}"
    );
    assert_eq!(one.page(3).unwrap().content, "theirs");

    // Without the manifest, conflicts are detected by the dates in the front matter.
    fs::remove_dir_all(folder.path().join(".wikijs")).unwrap();
    let plan = wiki
        .import(folder.path())
        .with_assets(false)
        .plan()
        .await
        .unwrap();
    let expected = [
        "conflict docs/both ChangedInWiki",
        "conflict docs/theirs ChangedInWiki",
    ];
    assert_eq!(todo(&plan), expected);
    let plan = wiki
        .import(folder.path())
        .overwrite_conflicts()
        .plan()
        .await
        .unwrap();
    let expected = [
        "update docs/both content",
        "update docs/theirs content",
        "replace a.png",
    ];
    assert_eq!(todo(&plan), expected);
    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert!(one.page(3).unwrap().content.ends_with("ours"));
    assert_eq!(one.asset_at("a.png").unwrap().content, b"ours");
}

#[tokio::test]
async fn pages_that_link_to_each_other_are_imported_with_their_updates() {
    let (one, wiki) = fake().await;
    one.insert_page(FakePage::new("docs/old", "Old").content("[new](/en/docs/new)"));
    let folder = folder();
    exported(&wiki, &folder).await;
    let text = read(&folder, "en/docs/old.md");
    write(&folder, "en/docs/old.md", &format!("{text}, more"));
    write(&folder, "en/docs/new.md", "# New\n\n[old](/en/docs/old)");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    // Another user creates a linked page between plan and writes.
    let other = wikijs_client::pages::NewPage::new("docs/new2", "New", "[old](/en/docs/old)");
    wiki.pages().create(other).await.unwrap();
    one.edit_page(1, |_| {});
    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.pages_created, report.pages_updated), (1, 1));
    assert!(wiki.import(folder.path()).plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn missing_pages_are_only_deleted_on_request_and_if_it_is_safe() {
    let (one, wiki) = fake().await;
    for name in ["kept", "gone", "changed"] {
        one.insert_page(FakePage::new(format!("docs/{name}"), name));
    }
    one.insert_page(FakePage::new("other", "Other"));
    one.insert_asset(FakeAsset::new("docs/a.png", "a"));
    one.insert_asset(FakeAsset::new("docs/b.png", "b"));
    let folder = folder();
    let export = wiki.export(folder.path()).path_prefix("docs");
    assert!(export.await.unwrap().is_complete());
    fs::remove_file(folder.path().join("en/docs/gone.md")).unwrap();
    fs::remove_file(folder.path().join("en/docs/changed.md")).unwrap();
    fs::remove_file(folder.path().join("_assets/docs/b.png")).unwrap();
    one.edit_page(3, |page| page.content = "changed since".to_owned());
    one.insert_page(FakePage::new("docs/new", "New"));
    let import = || wiki.import(folder.path());
    let plan = import().path_prefix("docs").plan().await.unwrap();
    assert!(plan.is_empty(), "not asked for: {plan}");

    // Only `docs` was exported, so that other missing files do not mean deleted pages.
    let error = import().delete_missing().plan().await.unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
    let in_docs = || import().path_prefix("docs").delete_missing();
    let plan = in_docs().plan().await.unwrap();
    let expected = [
        "conflict docs/changed ChangedInWiki",
        "delete docs/gone",
        "conflict docs/new NewInWiki",
        "remove docs/b.png",
    ];
    assert_eq!(todo(&plan), expected, "{plan}");

    // An unreadable file may belong to a missing page.
    write(&folder, "en/docs/broken.md", "---\ntitle: [\n---\n");
    let held = in_docs().plan().await.unwrap();
    assert!(
        held.is_empty() && held.notices[0].contains("broken.md"),
        "{held}"
    );
    fs::remove_file(folder.path().join("en/docs/broken.md")).unwrap();

    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.pages_deleted, report.assets_deleted), (1, 1));
    let paths: Vec<String> = one.pages().into_iter().map(|page| page.path).collect();
    assert_eq!(paths, ["docs/kept", "docs/changed", "other", "docs/new"]);
    let plan = in_docs().overwrite_conflicts().plan().await.unwrap();
    assert_eq!(todo(&plan), ["delete docs/changed", "delete docs/new"]);
    assert!(plan.apply().await.unwrap().is_complete());
    assert_eq!(one.pages().len(), 2);

    let nothing = tempfile::tempdir().unwrap();
    let error = wiki
        .import(nothing.path())
        .delete_missing()
        .plan()
        .await
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
    let reason = ConflictReason::NewInWiki.to_string();
    assert_eq!(reason, "created in the wiki since the last transfer");
}

#[tokio::test]
async fn an_interrupted_import_is_completed_by_the_next() {
    let ((one, from), (two, to)) = (fake().await, fake().await);
    fill(&one);
    let folder = folder();
    exported(&from, &folder).await;
    let mut runs = 0;
    loop {
        runs += 1;
        let plan = to.import(folder.path()).plan().await.unwrap();
        if plan.is_empty() {
            break;
        }
        let mut events = plan.apply().stream();
        for _ in 0..7 {
            match events.next().await {
                Some(event) => drop(event.unwrap()),
                None => break,
            }
        }
    }
    assert!(runs > 4, "{runs}");
    assert_eq!(one.pages().len(), two.pages().len());
    assert_eq!(assets(&one), assets(&two));
}

#[tokio::test]
async fn failed_writes_are_reported_and_repeated_by_the_next_import() {
    let ((one, from), (two, to)) = (fake().await, fake().await);
    for n in 0..6 {
        one.insert_page(FakePage::new(format!("docs/page{n}"), format!("Page {n}")).tags(["t"]));
    }
    let folder = folder();
    exported(&from, &folder).await;
    let plan = to.import(folder.path()).plan().await.unwrap();
    // Another user creates a page at one of the paths first.
    let theirs = two.insert_page(FakePage::new("docs/page3", "Theirs").content("theirs"));
    let mut failed = 0;
    let mut events = plan.clone().apply().stream();
    while let Some(event) = events.next().await {
        if let ImportEvent::Failed(failure) = event.unwrap() {
            assert!(failure.error.is_conflict(), "{failure}");
            assert!(
                failure.to_string().starts_with("page en/docs/page3: "),
                "{failure}"
            );
            failed += 1;
        }
    }
    assert_eq!((failed, two.pages().len()), (1, 6));
    assert_eq!(two.page(theirs).unwrap().content, "theirs");
    let error = plan.apply().stop_on_error().await.unwrap_err();
    assert!(error.is_conflict(), "{error}");

    let plan = to.import(folder.path()).plan().await.unwrap();
    assert_eq!(todo(&plan), ["update docs/page3 content"]);
    // A page that is changed between plan and write is not overwritten.
    two.edit_page(theirs, |page| page.content = "theirs again".to_owned());
    let report = plan.apply().await.unwrap();
    assert!(report.failed[0].error.is_conflict(), "{report}");
    assert_eq!(two.page(theirs).unwrap().content, "theirs again");
}

#[tokio::test]
async fn a_file_that_changes_between_plan_and_write_is_not_written() {
    let (two, wiki) = fake().await;
    let folder = folder();
    write(&folder, "en/page.md", "# Page");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    write(&folder, "en/page.md", "# Other");
    let report = plan.apply().await.unwrap();
    assert_eq!((report.failed.len(), two.pages().len()), (1, 0), "{report}");
}

#[tokio::test]
async fn a_read_only_key_exports_the_visible_fields() {
    let wiki = Wiki::start().await;
    let page = wiki.page("page").await;
    let reader = wiki
        .client_with(&["read:pages", "read:source", "manage:pages", "read:assets"])
        .await;
    let folder = folder();
    let report = reader
        .export(folder.path())
        .path_prefix(wiki.prefix())
        .await
        .unwrap();
    assert!(report.is_complete(), "{report}");
    let text = read(&folder, &format!("en/{}.md", page.path));
    assert!(text.ends_with(&page.content));
    assert!(!text.contains("author"), "what it cannot see is not said");
    // Comes from the list of pages. Without it, an import would publish a draft.
    assert!(text.contains("isPublished: true"));
    // Nor changed.
    let plan = wiki.client.import(folder.path()).path_prefix(wiki.prefix());
    assert!(plan.plan().await.unwrap().is_empty());
}

#[tokio::test]
async fn streams_report_progress() {
    let (one, wiki) = fake().await;
    one.insert_page(FakePage::new("docs/a", "A"));
    one.insert_asset(FakeAsset::new("a.png", "a"));
    let folder = folder();
    let events = wiki.export(folder.path()).stream();
    let events: Vec<ExportEvent> = events.try_collect().await.unwrap();
    let told: Vec<String> = events
        .iter()
        .map(|event| match event {
            ExportEvent::Listed { pages } => format!("{pages} pages"),
            ExportEvent::Written { item, file } => format!("{item} -> {}", file.display()),
            ExportEvent::Finished(report) => report.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "1 pages",
        "page en/docs/a -> en/docs/a.md",
        "asset a.png -> _assets/a.png",
        "pages: 1 written, 0 unchanged; assets: 1 written, 0 unchanged; 0 gone, 0 failed",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn exports_and_imports_bypass_the_cache() {
    let (one, _) = fake().await;
    let id = one.insert_page(FakePage::new("docs/page", "Page").content("old"));
    let wiki = Client::builder(one.url())
        .api_key(one.api_key())
        .cache(wikijs_client::cache::CachePolicy::default())
        .build()
        .unwrap();
    let folder = folder();
    exported(&wiki, &folder).await;
    let read_before = wiki.pages().get(id).await.unwrap();
    assert_eq!(wiki.pages().list().await.unwrap().len(), 1);
    one.edit_page(id, |page| page.content = "new".to_owned());
    assert_eq!(
        wiki.pages().get(id).await.unwrap(),
        read_before,
        "it is cached"
    );

    write(
        &folder,
        "en/docs/page.md",
        &read(&folder, "en/docs/page.md").replace("old", "ours"),
    );
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert_eq!(todo(&plan), ["conflict docs/page ChangedInWiki"]);
    fs::remove_file(folder.path().join("en/docs/page.md")).unwrap();
    exported(&wiki, &folder).await;
    assert!(read(&folder, "en/docs/page.md").ends_with("---\nnew"));
}
