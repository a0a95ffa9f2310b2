//! Tests of file safety: a file is replaced or deleted only if an export wrote it and it is unchanged since.

use std::{fs, path::Path, time::Duration};

use futures::StreamExt;
use wikijs_client::Client;
use wikijs_fake::{FakeAsset, FakeGroup, FakePage, PageRule, RuleMatch};
use wikijs_transfer::{Error, KeptReason, TransferExt};

use crate::common::{exported, fake, files, folder, read, todo, write};

const READS: [&str; 5] = [
    "read:pages",
    "read:source",
    "manage:pages",
    "write:pages",
    "read:assets",
];

#[tokio::test]
async fn files_that_no_export_wrote_are_kept() {
    let (fake, wiki) = fake().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    fake.insert_page(FakePage::new("home", "H"));
    fake.insert_asset(FakeAsset::new("a.png", "the wiki's"));
    let folder = folder();
    write(&folder, "en/home.md", "my own notes");
    write(&folder, "_assets/a.png", "my own picture");
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(
        (report.pages_written, report.failed.len()),
        (1, 2),
        "{report}"
    );
    for failure in &report.failed {
        let reason = KeptReason::NotExported;
        assert!(matches!(&*failure.error, Error::Kept { reason: found, .. } if *found == reason));
        assert!(
            failure.to_string().contains("no export wrote it"),
            "{failure}"
        );
    }
    assert_eq!(read(&folder, "en/home.md"), "my own notes");
    assert_eq!(read(&folder, "_assets/a.png"), "my own picture");

    // A file that was edited by hand is not deleted either.
    write(&folder, "en/docs/a.md", "edited by hand");
    fake.remove_page(id);
    let report = wiki.export(folder.path()).remove_gone().await.unwrap();
    assert_eq!(read(&folder, "en/docs/a.md"), "edited by hand");
    assert!(
        report.to_string().contains("changed after the export"),
        "{report}"
    );
}

#[tokio::test]
async fn a_foreign_file_that_equals_an_asset_remains_foreign() {
    let (fake, wiki) = fake().await;
    let id = fake.insert_asset(FakeAsset::new("a.png", "same"));
    let folder = folder();
    write(&folder, "_assets/a.png", "same");
    exported(&wiki, &folder).await;
    exported(&wiki, &folder).await;
    fake.insert_asset(FakeAsset::new("a.png", "other"));
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(report.failed.len(), 1, "{report}");
    fake.remove_asset(id);
    let _ = wiki
        .export(folder.path())
        .remove_gone()
        .allow_mass_removal()
        .await
        .unwrap();
    assert_eq!(read(&folder, "_assets/a.png"), "same");
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_never_followed_to_write_or_delete() {
    let (fake, wiki) = fake().await;
    let secret = fake.insert_page(FakePage::new("docs/secret", "S"));
    fake.insert_page(FakePage::new("docs/other", "S"));
    fake.insert_page(FakePage::new("home", "H"));
    let (place, outside) = (folder(), folder());
    exported(&wiki, &place).await;
    // The folder is a link to a folder outside.
    let elsewhere = outside.path().join("docs");
    fs::rename(place.path().join("en/docs"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, place.path().join("en/docs")).unwrap();
    let before = read(&outside, "docs/other.md");
    fake.remove_page(secret);
    fake.edit_page(2, |page| page.content = "new".to_owned());
    let report = wiki.export(place.path()).remove_gone().await.unwrap();
    assert!(elsewhere.join("secret.md").exists(), "{report}");
    assert_eq!(read(&outside, "docs/other.md"), before);
    assert_eq!(report.failed.len(), 1, "{report}");

    // A link is not replaced either.
    let own = outside.path().join("own.md");
    fs::write(&own, "own").unwrap();
    fs::remove_file(place.path().join("en/home.md")).unwrap();
    std::os::unix::fs::symlink(&own, place.path().join("en/home.md")).unwrap();
    let report = wiki.export(place.path()).await.unwrap();
    assert!(report.to_string().contains("a link"), "{report}");
    assert_eq!(fs::read_to_string(&own).unwrap(), "own");
    assert!(place.path().join("en/home.md").is_symlink());

    // A manifest folder that is a link is not used either.
    let linked = folder();
    std::os::unix::fs::symlink(outside.path(), linked.path().join(".wikijs")).unwrap();
    assert!(wiki.export(linked.path()).await.is_err());
    assert!(!outside.path().join("manifest.jsonl").exists());
}

#[tokio::test]
async fn a_list_that_shrinks_after_a_loss_of_permissions_deletes_nothing() {
    let (fake, _) = fake().await;
    let rules = |path| [PageRule::allow(READS, RuleMatch::Start, path)];
    let group = fake.insert_group(FakeGroup::new("backup", READS).page_rules(rules("")));
    for n in 0..30 {
        fake.insert_page(FakePage::new(format!("docs/p{n}"), "A"));
    }
    for n in 0..3 {
        fake.insert_page(FakePage::new(format!("more/p{n}"), "A"));
        fake.insert_asset(FakeAsset::new(format!("more/a{n}.png"), "png"));
    }
    let wiki = Client::builder(fake.url())
        .api_key(fake.key_for(group))
        .build()
        .unwrap();
    let folder = folder();
    exported(&wiki, &folder).await;
    let all = files(&folder);
    assert_eq!(all.len(), 36);
    // An administrator removes all page rules by mistake.
    fake.edit_group(group, |group| group.page_rules.clear());
    match wiki.export(folder.path()).remove_gone().await {
        Ok(report) => assert!(
            report.to_string().contains("no file was removed"),
            "{report}"
        ),
        Err(error) => assert!(error.is_forbidden(), "{error}"),
    }
    assert_eq!(files(&folder), all);
    // The permissions cover fewer pages, and mass removal is allowed.
    fake.edit_group(group, |group| group.page_rules = rules("docs").into());
    for insists in [false, true] {
        let export = wiki.export(folder.path()).remove_gone();
        let export = if insists {
            export.allow_mass_removal()
        } else {
            export
        };
        let report = export.await.unwrap();
        assert!(report.to_string().contains("may not see it"), "{report}");
        assert_eq!(files(&folder), all);
    }
    // The files of deleted pages are removed.
    fake.edit_group(group, |group| group.page_rules = rules("").into());
    fake.remove_page(1);
    let report = wiki.export(folder.path()).remove_gone().await.unwrap();
    assert_eq!(
        (report.gone.len(), files(&folder).len()),
        (1, 35),
        "{report}"
    );
    // An empty wiki removes no files, unless mass removal is allowed.
    for page in fake.pages() {
        fake.remove_page(page.id);
    }
    let report = wiki.export(folder.path()).remove_gone().await.unwrap();
    assert!(
        report.to_string().contains("allow_mass_removal()"),
        "{report}"
    );
    assert_eq!(files(&folder).len(), 35);
    let report = wiki
        .export(folder.path())
        .remove_gone()
        .allow_mass_removal()
        .await
        .unwrap();
    assert_eq!(files(&folder).len(), 3, "{report}");
}

#[tokio::test]
async fn manifest_entries_with_names_that_no_export_writes_are_not_trusted() {
    let (fake, wiki) = fake().await;
    fake.insert_page(FakePage::new("home", "A"));
    fake.insert_page(FakePage::new("gone", "A"));
    fake.insert_asset(FakeAsset::new("a.png", "a"));
    let place = folder();
    let inside = place.path().join("backup");
    let _ = wiki.export(&inside).await.unwrap();
    let manifest = inside.join(".wikijs/manifest.jsonl");
    let honest = fs::read_to_string(&manifest).unwrap();
    let digest_of = |file: &str| {
        let start = honest
            .find(&format!("\"file\":\"{file}\",\"sha256\":\""))
            .unwrap();
        let start = start + file.len() + 22;
        honest[start..start + 64].to_owned()
    };
    let own = fs::read(inside.join("en/gone.md")).unwrap();
    for (file, target) in [
        (".git/HEAD", inside.join(".git/HEAD")),
        ("en/.obsidian/x.md", inside.join("en/.obsidian/x.md")),
        ("../outside.md", place.path().join("outside.md")),
        ("README.md", inside.join("README.md")),
        ("en/other.md", inside.join("en/other.md")),
        (".wikijs/local/lock", inside.join(".wikijs/local/lock")),
    ] {
        // The digest matches, so that only the file name is wrong.
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(&target, &own).unwrap();
        fs::write(
            &manifest,
            honest.replace("\"en/gone.md\"", &format!("{file:?}")),
        )
        .unwrap();
        fake.edit_page(1, |page| page.title.push('x'));
        let _ = wiki.export(&inside).await.unwrap();
        let gone = fake.page(2);
        if gone.is_some() {
            fake.edit_page(2, |page| page.title.push('x'));
        }
        let _ = wiki
            .export(&inside)
            .remove_gone()
            .allow_mass_removal()
            .await
            .unwrap();
        assert!(target.exists(), "{file}");
        assert!(!fs::read(&target).unwrap().is_empty(), "{file}");
        let _ = fs::remove_file(&target);
    }
    assert_eq!(digest_of("en/home.md").len(), 64);
    let absolute = place.path().join("absolute.md");
    fs::write(&absolute, &own).unwrap();
    let name = absolute.to_str().unwrap();
    fs::write(&manifest, honest.replace("en/gone.md", name)).unwrap();
    fake.remove_page(2);
    let _ = wiki
        .export(&inside)
        .remove_gone()
        .allow_mass_removal()
        .await
        .unwrap();
    assert!(absolute.exists());
}

#[tokio::test]
async fn a_foreign_file_in_place_of_the_manifest_is_kept() {
    let (fake, wiki) = fake().await;
    fake.insert_page(FakePage::new("home", "A"));
    let folder = folder();
    write(
        &folder,
        ".wikijs/manifest.jsonl",
        "{\"name\":\"my-config\"}",
    );
    let error = wiki.export(folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("move it away"), "{error}");
    assert_eq!(
        read(&folder, ".wikijs/manifest.jsonl"),
        "{\"name\":\"my-config\"}"
    );
}

#[tokio::test]
async fn an_export_into_the_folder_of_another_wiki_is_an_error() {
    let ((one, from), (two, other)) = (fake().await, fake().await);
    one.insert_page(FakePage::new("docs/a", "A"));
    two.insert_page(FakePage::new("docs/a", "B"));
    let folder = folder();
    exported(&from, &folder).await;
    let before = read(&folder, "en/docs/a.md");
    let error = other.export(folder.path()).remove_gone().await.unwrap_err();
    assert!(
        error.is_invalid_input() && error.to_string().contains("moved_from"),
        "{error}"
    );
    assert_eq!(read(&folder, "en/docs/a.md"), before);
    let moved = other.export(folder.path()).moved_from(one.url());
    assert_eq!(moved.await.unwrap().pages_written, 1);
}

#[tokio::test]
async fn concurrent_exports_cannot_use_the_same_folder() {
    let (fake, wiki) = fake().await;
    for n in 0..20 {
        fake.insert_page(FakePage::new(format!("docs/p{n}"), "A"));
    }
    let folder = folder();
    let mut events = wiki.export(folder.path()).stream();
    events.next().await.unwrap().unwrap();
    let refused = wiki.export(folder.path()).await.unwrap_err();
    assert!(refused.to_string().contains("another export"), "{refused}");
    while events.next().await.is_some() {}
    assert_eq!(
        wiki.export(folder.path()).await.unwrap().pages_unchanged,
        20
    );
}

#[tokio::test]
async fn paths_that_differ_in_case_or_composition_have_distinct_files() {
    let (fake, wiki) = fake().await;
    let pairs = [
        ("\u{622}ab", "\u{627}\u{653}ab"),
        ("\u{f900}ab", "\u{8c48}ab"),
        ("\u{1f71}ab", "\u{3ac}ab"),
        ("\u{958}ab", "\u{915}\u{93c}ab"),
        ("caf\u{e9}", "cafe\u{301}"),
        ("Docs", "docs"),
        ("STRASSE", "stra\u{df}e"),
        ("x", "x."),
        ("nul", "NUL"),
    ];
    for (one, two) in pairs {
        fake.insert_page(FakePage::new(format!("docs/{one}"), "one"));
        fake.insert_page(FakePage::new(format!("docs/{two}"), "two"));
        fake.insert_asset(FakeAsset::new(format!("{one}.png"), "one"));
    }
    let folder = folder();
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(report.pages_written, 18, "{report}");
    let names = files(&folder);
    let alone = |name: &String| {
        use unicode_normalization::UnicodeNormalization;
        let upper: String = name.nfd().flat_map(char::to_uppercase).collect();
        upper.to_lowercase().nfd().collect::<String>()
    };
    let mut distinct: Vec<String> = names.iter().map(alone).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    for name in &names {
        let last = name.rsplit('/').next().unwrap();
        let stem = last.split('.').next().unwrap().to_lowercase();
        assert!(stem != "nul" && !last.ends_with(['.', ' ']), "{name}");
    }
    assert!(
        wiki.import(folder.path())
            .with_assets(false)
            .plan()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_export_writes_no_second_file_for_a_hand_written_page() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    write(&folder, "docs/install.md", "# Install\n");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.apply().await.unwrap().is_complete());
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(
        (report.pages_unchanged, report.pages_written),
        (1, 0),
        "{report}"
    );
    let id = fake.pages()[0].id;
    fake.edit_page(id, |page| page.content = "changed".to_owned());
    let report = wiki.export(folder.path()).await.unwrap();
    assert_eq!(report.failed.len(), 1, "{report}");
    assert_eq!(files(&folder), ["docs/install.md"]);
    assert_eq!(read(&folder, "docs/install.md"), "# Install\n");
    fs::remove_file(folder.path().join("docs/install.md")).unwrap();
    exported(&wiki, &folder).await;
    assert_eq!(files(&folder), ["en/docs/install.md"]);
}

/// Imports a folder that is designed to break an import.
#[cfg(unix)]
#[tokio::test]
async fn a_hostile_folder_is_planned_without_harm() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let (fake, wiki) = fake().await;
    let folder = folder();
    let root = folder.path();
    write(&folder, "good.md", "# Good");
    let made = std::process::Command::new("mkfifo")
        .arg(root.join("pipe.md"))
        .status();
    assert!(made.unwrap().success());
    std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", root.join("link.md")).unwrap();
    std::os::unix::fs::symlink("nowhere", root.join("dangling.md")).unwrap();
    fs::write(root.join(OsStr::from_bytes(b"caf\xe9.md")), "# Bytes").unwrap();
    fs::create_dir(root.join(OsStr::from_bytes(b"d\xe9"))).unwrap();
    fs::write(
        root.join(OsStr::from_bytes(b"d\xe9")).join("a.md"),
        "# Bytes",
    )
    .unwrap();
    fs::create_dir(root.join("folder.md")).unwrap();
    let mut deep = root.to_owned();
    for _ in 0..100 {
        deep.push("deeper");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("a.md"), "# Deep").unwrap();
    fs::write(root.join("sparse.md"), "").unwrap();
    fs::File::options()
        .write(true)
        .open(root.join("sparse.md"))
        .unwrap()
        .set_len(1 << 34)
        .unwrap();
    fs::write(root.join("sparse.yml"), "").unwrap();
    fs::File::options()
        .write(true)
        .open(root.join("sparse.yml"))
        .unwrap()
        .set_len(1 << 34)
        .unwrap();
    write(
        &folder,
        "deep.md",
        &format!("---\ntitle: {}\n---\nx", "[".repeat(100_000)),
    );
    write(&folder, "hooks.md", "---\npath: .git/hooks/x\n---\nx");
    write(&folder, "dots.md", "---\npath: ../../x\n---\nx");
    let plan = tokio::time::timeout(Duration::from_secs(300), wiki.import(root).plan()).await;
    let plan = plan.expect("it hangs").unwrap();
    assert_eq!(todo(&plan), ["create good"], "{plan}");
    let problems: Vec<_> = plan
        .problems
        .iter()
        .map(|problem| problem.file.to_str().unwrap())
        .collect();
    let long = Path::new(&"deeper/".repeat(100)).join("a.md");
    let expected = [
        "deep.md",
        long.to_str().unwrap(),
        "dots.md",
        "hooks.md",
        "sparse.md",
    ];
    assert_eq!(problems, expected, "{plan}");
    let odd = plan
        .notices
        .iter()
        .filter(|notice| notice.starts_with("not looked at"));
    assert_eq!(odd.count(), 6, "{plan}");
    assert!(plan.apply().await.unwrap().is_complete());
    assert_eq!(fake.pages().len(), 1);
}

#[tokio::test]
async fn a_file_changed_between_plan_and_apply_is_a_failure() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    for name in ["removed", "grown", "folder", "broken"] {
        write(&folder, &format!("{name}.md"), "# Page");
    }
    write(&folder, "_assets/a.png", "a");
    write(&folder, "_assets/b.png", "b");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    let at = |file: &str| folder.path().join(file);
    fs::remove_file(at("removed.md")).unwrap();
    fs::File::options()
        .write(true)
        .open(at("grown.md"))
        .unwrap()
        .set_len(1 << 33)
        .unwrap();
    fs::remove_file(at("folder.md")).unwrap();
    fs::create_dir(at("folder.md")).unwrap();
    write(&folder, "broken.md", "---\ntitle: [\n---\n");
    write(&folder, "_assets/a.png", "changed");
    fs::remove_file(at("_assets/b.png")).unwrap();
    let report = plan.apply().await.unwrap();
    assert_eq!(report.failed.len(), 6, "{report}");
    assert!(
        report
            .failed
            .iter()
            .all(|failure| failure.error.is_conflict()),
        "{report}"
    );
    assert_eq!((fake.pages().len(), fake.assets().len()), (0, 0));
}

#[tokio::test]
async fn an_interrupted_write_does_not_make_a_file_foreign() {
    let (fake, wiki) = fake().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let folder = folder();
    exported(&wiki, &folder).await;
    let manifest = folder.path().join(".wikijs/manifest.jsonl");
    let known = fs::read_to_string(&manifest).unwrap();
    for n in 0..3 {
        fake.edit_page(id, |page| page.content = format!("new {n}"));
        exported(&wiki, &folder).await;
        // Simulates a power failure right after the file was renamed.
        let text = fs::read_to_string(folder.path().join("en/docs/a.md")).unwrap();
        let digest = sha256(&text);
        let line =
            format!("{{\"writing\":{{\"file\":\"en/docs/a.md\",\"sha256\":\"{digest}\"}}}}\n");
        fs::write(&manifest, format!("{known}{line}")).unwrap();
    }
    fake.edit_page(id, |page| page.content = "last".to_owned());
    exported(&wiki, &folder).await;
    assert!(read(&folder, "en/docs/a.md").ends_with("last"));
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;

    let mut digits = String::new();
    for byte in Sha256::digest(text) {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}

#[tokio::test]
async fn a_folder_may_be_as_deep_as_a_path_can_be() {
    let (_fake, wiki) = fake().await;
    let folder = folder();
    let mut deep = folder.path().to_owned();
    while deep.as_os_str().len() < 3900 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("a.png"), "png").unwrap();
    write(&folder, "good.md", "# Good");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert_eq!(todo(&plan), ["create good"], "{plan}");
    assert!(plan.notices[0].contains("neither pages nor assets"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_linked_folder_deletes_no_page() {
    let (fake, wiki) = fake().await;
    for path in ["docs/one", "docs/two", "home"] {
        fake.insert_page(FakePage::new(path, "A"));
    }
    let (folder, outside) = (folder(), folder());
    exported(&wiki, &folder).await;
    let (docs, elsewhere) = (folder.path().join("en/docs"), outside.path().join("docs"));
    fs::rename(&docs, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &docs).unwrap();
    let import = || wiki.import(folder.path()).delete_missing();
    let plan = import().plan().await.unwrap();
    assert_eq!(todo(&plan), Vec::<String>::new(), "{plan}");
    let kept = |notice: &String| notice.starts_with("nothing is deleted: ");
    assert!(plan.notices.iter().any(kept), "{plan}");
    fs::remove_file(&docs).unwrap();
    let plan = import().plan().await.unwrap();
    assert_eq!(todo(&plan), ["delete docs/one", "delete docs/two"]);
}

#[tokio::test]
async fn a_page_with_broken_front_matter_is_not_deleted() {
    let (fake, wiki) = fake().await;
    fake.insert_page(FakePage::new("old", "Old").editor("redirect"));
    fake.insert_page(FakePage::new("home", "Home"));
    let folder = folder();
    exported(&wiki, &folder).await;
    let import = || wiki.import(folder.path()).delete_missing();
    assert!(import().plan().await.unwrap().is_empty());
    let file = files(&folder).into_iter().find(|file| file.contains("old"));
    let file = file.unwrap();
    let text = read(&folder, &file);
    for spoilt in [
        text.replacen("title:", "title: [", 1),
        text.replacen("---", "--", 1),
        String::new(),
    ] {
        write(&folder, &file, &spoilt);
        let plan = import().plan().await.unwrap();
        assert_eq!(todo(&plan), Vec::<String>::new(), "{plan}");
        assert_eq!(plan.problems.len(), 1, "{plan}");
        assert_eq!(plan.problems[0].file, Path::new(&file));
    }
}

#[tokio::test]
async fn a_draft_exported_without_write_permission_remains_a_draft() {
    let (fake, wiki) = fake().await;
    fake.insert_page(FakePage::new("draft", "Draft").unpublished());
    let reader = Client::builder(fake.url())
        .api_key(fake.key_with(["read:pages", "read:source", "manage:pages"]))
        .build()
        .unwrap();
    let folder = folder();
    let export = reader.export(folder.path()).with_assets(false);
    assert!(export.await.unwrap().is_complete());
    let draft = fake.page_by_path("en", "draft").unwrap();
    wiki.pages().delete(draft.id).await.unwrap();
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.apply().await.unwrap().is_complete());
    let draft = fake.page_by_path("en", "draft").unwrap();
    assert!(!draft.is_published);
}

#[tokio::test]
async fn a_truncated_line_of_an_interrupted_import_is_ignored() {
    let (fake, wiki) = fake().await;
    let folder = folder();
    write(&folder, "one.md", "# One");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.apply().await.unwrap().is_complete());
    let log = folder.path().join(".wikijs/local/import.jsonl");
    let mut text = fs::read(&log).unwrap();
    text.extend_from_slice(br#"{"page":{"pla"#);
    fs::write(&log, text).unwrap();
    write(&folder, "two.md", "# Two");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert!(plan.apply().await.unwrap().is_complete());
    // The import was recorded, so that a page that was edited in the wiki since is a conflict.
    fake.edit_page(fake.page_by_path("en", "two").unwrap().id, |page| {
        page.content = "# Theirs".to_owned();
    });
    write(&folder, "two.md", "# Ours");
    let plan = wiki.import(folder.path()).plan().await.unwrap();
    assert_eq!(todo(&plan).len(), 1, "{plan}");
    assert!(todo(&plan)[0].starts_with("conflict two"), "{plan}");
}
