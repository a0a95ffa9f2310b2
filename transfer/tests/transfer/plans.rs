//! Tests of the problems and notices of a plan, and of its display.

use std::fs;

use futures::TryStreamExt;
use wikijs_client::{Client, pages::NewPage};
use wikijs_fake::{FakeAsset, FakeGroup, FakePage, PageRule, RuleMatch};
use wikijs_transfer::{ExportEvent, ImportEvent, TransferExt};

use crate::common::{exported, fake, folder, todo, write};

#[tokio::test]
async fn a_plan_reports_pages_that_the_wiki_would_reject() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    write(&folder, "large.md", &"x".repeat(5 * 1024 * 1024 - 100));
    write(&folder, "escaped.md", &"\"\n".repeat(1_500_000));
    write(&folder, "fine.md", "# Fine");
    write(&folder, "_assets/readme.md", "no URL");
    write(&folder, "_assets/a..b.png", "no URL");
    write(&folder, "_assets/con.png", "a device");
    write(&folder, "_assets/Photo 1.PNG", "png");
    fs::write(
        folder.path().join("_assets/film.mp4"),
        vec![0; 5 * 1024 * 1024 + 1],
    )
    .unwrap();
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    let problems: Vec<String> = plan.problems.iter().map(ToString::to_string).collect();
    for (problem, part) in problems.iter().zip([
        "_assets/a..b.png: no URL of the wiki",
        "_assets/con.png: name: `con.png` is the name of a Windows device",
        "_assets/film.mp4: it has 5242881 bytes",
        "_assets/readme.md: no URL of the wiki",
        "escaped.md: a request with it has ",
        "large.md: a request with it has ",
    ]) {
        assert!(problem.starts_with(part), "{problem}");
    }
    assert_eq!(problems.len(), 6, "{problems:?}");
    assert!(problems[5].ends_with("split the page"), "{}", problems[5]);
    assert_eq!(
        plan.notices,
        ["_assets/Photo 1.PNG: the wiki stores it as photo_1.png"]
    );
    let report = plan.apply().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((fake.pages().len(), fake.assets().len()), (1, 1));

    let larger = wiki
        .import(folder.path())
        .max_request_size(6 << 20)
        .with_assets(false);
    assert_eq!(todo(&larger.plan().await.unwrap()).len(), 2);
}

#[tokio::test]
async fn a_plan_reports_permissions_that_the_caller_lacks() {
    let (fake, wiki) = fake().await;
    let id = fake.insert_page(FakePage::new("docs/old", "Old"));
    let may = [
        "read:pages",
        "read:source",
        "manage:pages",
        "read:assets",
        "manage:groups",
    ];
    let group = fake.insert_group(FakeGroup::new("readers", may).page_rules([PageRule::allow(
        may,
        RuleMatch::Start,
        "",
    )]));
    let reader = Client::builder(fake.url())
        .api_key(fake.key_for(group))
        .build()
        .unwrap();
    let folder = folder();
    write(&folder, "new.md", "---\nscriptJs: a()\n---\n# New");
    write(&folder, "_assets/a.png", "png");
    let plan = reader
        .import(folder.path())
        .delete_missing()
        .plan()
        .await
        .unwrap();
    assert_eq!(
        todo(&plan),
        ["delete docs/old", "create new", "upload a.png"]
    );
    let problems: Vec<String> = plan.problems.iter().map(ToString::to_string).collect();
    let expected = [
        "delete:pages",
        "write:assets",
        "write:pages",
        "write:scripts",
    ];
    for permission in expected {
        assert!(
            problems.iter().any(|problem| problem.contains(permission)),
            "{problems:?}"
        );
    }
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(
        wiki.import(folder.path())
            .plan()
            .await
            .unwrap()
            .problems
            .is_empty()
    );
    assert!(fake.page(id).is_some());
}

#[tokio::test]
async fn a_plan_has_one_line_for_each_item_whatever_its_name_is() {
    let (_fake, wiki) = fake().await;
    let folder = folder();
    let names = [
        "a\nproblem   b.md",
        "a\u{202e}b.md",
        "fine.md",
        "a\tb.txt",
        "esc\u{1b}[31m.md",
    ];
    for name in names {
        write(&folder, name, "---\nauthor: x\n---\ntext");
    }
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    let shown = plan.to_string();
    let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!shown.contains(hidden), "{shown}");
    let items = todo(&plan).len() + plan.problems.len() + plan.notices.len();
    assert_eq!(shown.lines().count(), 2 + items, "{shown}");
}

#[tokio::test]
async fn a_prefix_that_matches_nothing_is_noted() {
    let (fake, wiki) = fake().await;
    fake.insert_page(FakePage::new("docs/a", "A"));
    let folder = folder();
    exported(&wiki, &folder).await;
    let plan = wiki
        .import(folder.path())
        .path_prefix("dosc")
        .plan()
        .await
        .unwrap();
    assert!(plan.is_empty());
    assert_eq!(
        plan.notices,
        ["no file of the folder is at or below `dosc`"]
    );
}

#[tokio::test]
async fn an_import_writes_to_no_file_that_git_tracks() {
    let (fake, wiki) = fake().await;
    fake.insert_page(FakePage::new("docs/a", "A"));
    let folder = folder();
    exported(&wiki, &folder).await;
    let manifest = folder.path().join(".wikijs/manifest.jsonl");
    let before = fs::read(&manifest).unwrap();
    write(&folder, "en/docs/b.md", "# B");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.apply().await.unwrap().is_complete());
    assert_eq!(fs::read(&manifest).unwrap(), before);
    let ignore = fs::read_to_string(folder.path().join(".wikijs/local/.gitignore"));
    assert_eq!(ignore.unwrap(), "*\n");
    // The import is recorded nevertheless.
    fake.clear_requests();
    assert!(wiki.import(folder.path()).plan().await.unwrap().is_empty());
    let requests = fake.requests();
    let mut operations = requests.iter().flat_map(|request| &request.operations);
    assert!(operations.all(|operation| operation.name.as_deref() != Some("PagesGet")));
    // The record is discarded with the manifest that it belongs to.
    fs::remove_file(&manifest).unwrap();
    assert!(wiki.import(folder.path()).plan().await.unwrap().is_empty());
    assert!(!manifest.exists());
}

#[tokio::test]
async fn streams_end_with_a_report() {
    let (fake, wiki) = fake().await;
    fake.insert_page(FakePage::new("docs/a", "A"));
    let folder = folder();
    let events = wiki.export(folder.path()).stream();
    let events: Vec<ExportEvent> = events.try_collect().await.unwrap();
    assert!(
        matches!(events.last(), Some(ExportEvent::Finished(report)) if report.pages_written == 1)
    );
    write(&folder, "en/docs/b.md", "# B");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    // Another user creates the page first.
    wiki.pages()
        .create(NewPage::new("docs/b", "B", "theirs"))
        .await
        .unwrap();
    let events: Vec<ImportEvent> = plan.apply().stream().try_collect().await.unwrap();
    assert!(
        matches!(events.last(), Some(ImportEvent::Finished(report)) if report.failed.len() == 1)
    );
}

#[tokio::test]
async fn a_file_type_with_parameters_is_stored_without_them() {
    let ((one, from), (two, to)) = (fake().await, fake().await);
    one.insert_asset(FakeAsset::new("table.csv", "a,b"));
    let assets = from.assets();
    let folder_path = wikijs_client::assets::AssetFolder::root();
    let upload = assets
        .upload(folder_path, "data.json", "{}")
        .content_type("application/json; charset=utf-8");
    assert_eq!(upload.await.unwrap().mime, "application/json");
    assert_eq!(one.asset_at("table.csv").unwrap().mime, "text/csv");
    let folder = folder();
    exported(&from, &folder).await;
    let plan = to.import(folder.path()).plan().await.unwrap();
    assert!(plan.apply().await.unwrap().is_complete());
    assert_eq!(two.asset_at("table.csv").unwrap().mime, "text/csv");
}

#[tokio::test]
async fn unread_front_matter_is_a_notice_or_a_problem() {
    let (_fake, wiki) = fake().await;
    let stored = |editor: &str| {
        format!(
            "---\ntitle: a\ndescription: \npublished: true\ndate: 2022-02-02T10:00:00.000Z\ntags: \neditor: {editor}\n\
             dateCreated: 2022-01-01T10:00:00.000Z\n---\n\nText\n"
        )
    };
    for (text, note, problem) in [
        (
            "{\"title\": \"x\",}\n\nText\n".to_owned(),
            "not valid JSON",
            "",
        ),
        (
            "{\"title\": \"x\"} and text\n".to_owned(),
            "not valid JSON",
            "",
        ),
        ("+++\ntitle = \"x\"\nText\n".to_owned(), "no line `+++`", ""),
        (
            "---\n\ttitle: x\n---\nText\n".to_owned(),
            "indented key",
            "",
        ),
        (stored("wysiwyg"), "", "no editor `wysiwyg`"),
    ] {
        let folder = folder();
        write(&folder, "page.md", &text);
        let plan = wiki.import(folder.path()).plan().await.unwrap();
        let noted = plan.notices.iter().any(|notice| notice.contains(note));
        assert!(note.is_empty() || noted, "{text}\n{plan}");
        let mut problems = plan.problems.iter().map(ToString::to_string);
        let refused = problems.any(|told| told.contains(problem));
        assert!(problem.is_empty() || refused, "{text}\n{plan}");
    }
}

#[tokio::test]
async fn a_title_of_several_lines_is_one_line() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    write(
        &folder,
        "one.md",
        "---\ntitle: >\n  A long\n  title\n---\nText\n",
    );
    write(
        &folder,
        "two.md",
        "---\ntitle: |\n  A long\n  title\n---\nText\n",
    );
    let report = wiki.import(folder.path()).plan().await.unwrap().apply();
    assert!(report.await.unwrap().is_complete());
    for path in ["one", "two"] {
        assert_eq!(fake.page_by_path("en", path).unwrap().title, "A long title");
    }
}
