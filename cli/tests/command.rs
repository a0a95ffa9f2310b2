//! Tests of the command beyond transcripts: requests, files, and failures on the way.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use wikijs_fake::{FakeAsset, FakePage, FakeWiki, Fault};

struct Run {
    wiki: FakeWiki,
    folder: tempfile::TempDir,
}

impl Run {
    async fn new() -> Self {
        let pages = ["docs/install", "docs/upgrade", "notes"];
        let pages = pages.map(|path| FakePage::new(path, path).content("text"));
        Self {
            wiki: FakeWiki::builder().pages(pages).start().await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wikijs"));
        command
            .args(arguments)
            .env_clear()
            .env("WIKIJS_CONFIG_DIR", self.folder.path())
            .env("WIKIJS_URL", self.wiki.url())
            .env("WIKIJS_API_KEY", self.wiki.api_key())
            // Disables the keyring of the machine.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn code(&self, arguments: &[&str]) -> i32 {
        self.run(arguments).status.code().unwrap()
    }
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}

#[tokio::test]
async fn a_page_is_one_request() {
    let run = Run::new().await;
    let output = run.run(&["page", "get", "1"]);
    assert_eq!(text(&output), "text\n");
    assert_eq!(run.wiki.request_count(), 1);

    run.wiki.clear_requests();
    let output = run
        .command(&["page", "get", "docs/install"])
        .env("WIKIJS_LOCALE", "en")
        .output();
    assert_eq!(text(&output.unwrap()), "text\n");
    assert_eq!(run.wiki.request_count(), 1);
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let run = Run::new().await;
    let text = run.folder.path().join("text.md");
    fs::write(&text, "new").unwrap();
    let text = text.to_str().unwrap();
    let commands: &[&[&str]] = &[
        &["page", "create", "new", "--file", text],
        &["page", "update", "1", "--title", "New"],
        &["page", "move", "1", "new"],
        &["page", "copy", "1", "new"],
        &["page", "delete", "1"],
        &["page", "render", "1"],
        &["page", "convert", "1", "--to", "code"],
        &["page", "tag", "1", "--add", "new"],
        &["asset", "upload", text],
        &["asset", "mkdir", "new"],
        &["comment", "add", "1", "--text", "new"],
        &["user", "create", "ann@example.com", "--name", "Ann"],
        &["group", "create", "New"],
        &["group", "add", "1", "1"],
        &["apikey", "create", "new", "--full-access"],
        &["apikey", "disable"],
        &["config", "set", "site.title=New"],
    ];
    for command in commands {
        let arguments: Vec<&str> = [command, &["--dry-run"][..]].concat();
        let output = run.run(&arguments);
        assert!(output.status.success(), "{command:?}: {output:?}");
        assert!(
            self::text(&output).contains("dry run"),
            "{command:?}: {output:?}"
        );
    }
    let sent = run.wiki.requests();
    let mutations = sent.iter().flat_map(|request| &request.operations);
    let mutations: Vec<_> = mutations
        .filter(|operation| operation.is_mutation)
        .collect();
    assert!(mutations.is_empty(), "{mutations:?}");
}

#[tokio::test]
async fn partial_and_complete_failures_have_different_exit_codes() {
    let run = Run::new().await;
    let output = run.run(&["page", "delete", "1", "999", "--yes"]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(text(&output).contains("page 999"), "{output:?}");
    assert!(run.wiki.page(1).is_none());
    assert_eq!(run.code(&["page", "delete", "998", "999", "--yes"]), 4);
    assert_eq!(run.code(&["page", "delete", "999", "--yes"]), 4);
}

#[tokio::test]
async fn exit_codes_distinguish_failures() {
    let run = Run::new().await;
    assert_eq!(run.code(&["page", "list"]), 0);
    assert_eq!(run.code(&["search", "nowhere"]), 1);
    assert_eq!(run.code(&["page", "lst"]), 2);
    assert_eq!(run.code(&["page", "get", "nowhere"]), 4);
    assert_eq!(run.code(&["page", "delete", "1"]), 5);
    assert_eq!(run.code(&["page", "move", "1", "notes"]), 6);
    let unreachable = run
        .command(&["check"])
        .env("WIKIJS_URL", "http://127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(unreachable.status.code(), Some(3));
    let reader = run.wiki.key_with(["read:pages"]);
    let forbidden = run
        .command(&["user", "list"])
        .env("WIKIJS_API_KEY", reader)
        .output()
        .unwrap();
    assert_eq!(forbidden.status.code(), Some(5), "{forbidden:?}");
    assert!(text(&forbidden).contains("wikijs whoami"), "{forbidden:?}");
}

#[tokio::test]
async fn a_misspelt_verb_is_corrected() {
    let run = Run::new().await;
    assert!(text(&run.run(&["page", "lst"])).contains("'list'"));
}

#[tokio::test]
async fn only_the_owner_can_read_stored_keys() {
    let run = Run::new().await;
    let login = |arguments: &[&str]| {
        let mut command = run.command(arguments);
        command.env_remove("WIKIJS_URL");
        command.output().unwrap()
    };
    let output = login(&["login", run.wiki.url(), "--name", "work"]);
    assert!(output.status.success(), "{output:?}");
    assert!(!text(&output).contains(run.wiki.api_key()));
    let file = run.folder.path().join("credentials.toml");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // A file that other users can read is an error, whose message has the command that fixes it.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = run
        .command(&["check", "--wiki", "work"])
        .env_remove("WIKIJS_API_KEY")
        .env_remove("WIKIJS_URL")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(text(&output).contains("chmod 600"), "{output:?}");
}

#[tokio::test]
async fn an_environment_key_is_sent_only_to_the_wiki_of_the_environment() {
    let run = Run::new().await;
    let other = FakeWiki::builder().api_key("secret").start().await;
    // The key is for WIKIJS_URL; --url names another wiki.
    let output = run.run(&["whoami", "--url", other.url(), "--fields", "kind"]);
    assert_eq!(text(&output), "guest\n");
    let sent = format!("{:?}", other.requests());
    assert!(!sent.contains(run.wiki.api_key()), "{sent}");
}

#[tokio::test]
async fn an_edit_keeps_its_draft_while_the_wiki_is_unreachable() {
    let run = Run::new().await;
    // A proxy rejects the write.
    run.wiki.fail_next_matching(
        "PagesUpdate",
        Fault::Status {
            code: 403,
            execute: false,
            retry_after: None,
        },
    );
    let output = run
        .command(&["page", "edit", "1"])
        .env("PATH", std::env::var("PATH").unwrap())
        .env("EDITOR", "sed -i s/text/changed/")
        .output()
        .unwrap();
    assert!(!output.status.success(), "{output:?}");
    assert!(text(&output).contains("--resume"), "{output:?}");
    let drafts = run.folder.path().join("drafts");
    let drafts = fs::read_dir(Path::new(&drafts))
        .unwrap()
        .map(|file| file.unwrap().path());
    let kept = drafts.filter(|file| file.extension().is_some_and(|end| end == "md"));
    let kept: Vec<String> = kept.map(|file| fs::read_to_string(file).unwrap()).collect();
    assert!(kept.len() == 1 && kept[0].contains("changed"), "{kept:?}");
}

#[tokio::test]
async fn an_interrupted_bulk_operation_reports_its_progress() {
    let run = Run::new().await;
    run.wiki.set_write_duration(Duration::from_secs(2));
    let child = run
        .command(&["page", "tag", "1", "2", "3", "--add", "new"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let tagged = || {
        run.wiki
            .pages()
            .iter()
            .filter(|page| !page.tags.is_empty())
            .count()
    };
    while tagged() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(text(&output).contains("of 3 pages were done"), "{output:?}");
    assert!(
        text(&output).contains("run the same command again"),
        "{output:?}"
    );
}

/// Returns the candidates for the last word of a command line.
fn completions(command: &mut Command, words: &[&str]) -> Vec<String> {
    let output = command
        .env("WIKIJS_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", (words.len()).to_string())
        .env("_CLAP_IFS", "\n")
        .args(["--", "wikijs"])
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_shell_completes_paths_tags_and_locales() {
    let pages = [
        FakePage::new("docs/install", "Install").tags(["howto", "draft"]),
        FakePage::new("docs/upgrade", "Upgrade").tags(["howto"]),
        FakePage::new("docs", "Docs"),
    ];
    let run = Run {
        wiki: FakeWiki::builder()
            .pages(pages)
            .locales(["fr"])
            .asset(FakeAsset::new("images/photo.png", "not really one"))
            .start()
            .await,
        folder: tempfile::tempdir().unwrap(),
    };
    let complete = |words: &[&str]| completions(&mut run.command(&[]), words);
    assert_eq!(complete(&["page", "get", "do"]), ["docs", "docs/"]);
    assert_eq!(
        complete(&["page", "get", "docs/"]),
        ["docs/install", "docs/upgrade"]
    );
    assert_eq!(complete(&["page", "list", "--tag", "h"]), ["howto"]);
    assert_eq!(
        complete(&["page", "tag", "1", "--add", "draft,h"]),
        ["draft,howto"]
    );
    assert_eq!(complete(&["page", "get", "--locale", "f"]), ["fr"]);
    assert_eq!(complete(&["asset", "download", "im"]), ["images/"]);
    assert_eq!(
        complete(&["asset", "download", "images/"]),
        ["images/photo.png"]
    );
    // Commands and options need no wiki.
    assert!(complete(&["page", "l"]).contains(&"list".to_owned()));
    assert!(complete(&["page", "list", "--desc"]).contains(&"--desc".to_owned()));
    // Without a response there are no candidates, and no message.
    let mut away = run.command(&[]);
    away.env("WIKIJS_URL", "http://127.0.0.1:1");
    assert!(completions(&mut away, &["page", "get", "do"]).is_empty());
    let mut unknown = run.command(&[]);
    unknown.env_remove("WIKIJS_URL");
    assert!(completions(&mut unknown, &["page", "get", "--wiki", "nope", "do"]).is_empty());
}

#[tokio::test]
async fn verbs_have_aliases_of_other_programs() {
    let run = Run::new().await;
    let output = run.run(&["page", "show", "1"]);
    assert_eq!(text(&output), "text\n");
    let output = run.run(&["upload", "photo.png"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        text(&output).contains("Did you mean `wikijs asset upload`?"),
        "{output:?}"
    );
    let output = run.run(&["rename"]);
    assert!(text(&output).contains("`wikijs tag rename`"), "{output:?}");
}

#[tokio::test]
async fn a_closed_pipe_ends_a_command_without_an_error() {
    let run = Run::new().await;
    let commands: &[&[&str]] = &[
        &["page", "list"],
        &["page", "list", "--json"],
        &["page", "get", "1"],
        &["page", "tree"],
        &["completions", "bash"],
        &["--help"],
        &["schema", "pull", "--url", run.wiki.url(), "--out", "-"],
    ];
    for arguments in commands {
        let mut child = run
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The reader closes the pipe before anything is written.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[tokio::test]
async fn invalid_inputs_are_errors_with_a_reason() {
    let run = Run::new().await;
    let folder = run.folder.path();
    fs::write(folder.join("latin1.md"), b"\xe4").unwrap();
    fs::write(folder.join("empty.md"), "").unwrap();
    fs::write(folder.join("huge.md"), "x".repeat(6_000_000)).unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["page", "get", ""], 2, "empty"),
        (
            &["page", "get", "http://other.example.com/en/x"],
            2,
            "not an address of the wiki",
        ),
        (&["page", "get", "1", "--url", "nonsense"], 2, "not a URL"),
        (&["page", "delete", "-"], 2, "standard input names no page"),
        (
            &["page", "create", "new", "--file", &at("missing.md")],
            2,
            "missing.md",
        ),
        (
            &["page", "create", "new", "--file", &at("latin1.md")],
            2,
            "not a text in UTF-8",
        ),
        (
            &["page", "create", "new", "--file", &at("empty.md")],
            2,
            "no text",
        ),
        (
            &["page", "create", "new", "--file", &at("huge.md")],
            2,
            "bytes",
        ),
        (&["page", "edit", "1"], 2, "no terminal"),
        (&["asset", "upload", &at("missing.png")], 2, "missing.png"),
        (&["asset", "upload", &at("")], 2, "not a file"),
        (&["import", &at("missing")], 2, "missing"),
        (&["export", &at("empty.md")], 3, "empty.md"),
        (&["export", "/proc/nowhere"], 3, "/proc/nowhere"),
        (&["tag", "rename", "nope", "other"], 4, "no tag `nope`"),
        (&["changes", "--since", "99999999999999d"], 2, "no time"),
    ];
    for (arguments, code, part) in cases {
        let output = run.run(arguments);
        assert_eq!(
            output.status.code(),
            Some(*code),
            "{arguments:?}: {output:?}"
        );
        assert!(text(&output).contains(part), "{arguments:?}: {output:?}");
    }
    // An editor that cannot be opened leaves no draft.
    let drafts = fs::read_dir(folder.join("drafts"));
    assert_eq!(drafts.map_or(0, Iterator::count), 0);
}

#[tokio::test]
async fn unicode_passes_unchanged() {
    let run = Run::new().await;
    let text = "Grüße 😀\u{202e}\n";
    let output = run.run(&[
        "page",
        "create",
        "tëst/😀",
        "--title",
        "Ü",
        "--content",
        text,
    ]);
    assert!(output.status.success(), "{output:?}");
    let output = run.run(&["page", "get", "tëst/😀"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
}

#[tokio::test]
async fn messages_contain_no_secrets() {
    let run = Run::new().await;
    let key = run.wiki.key_with(["read:pages"]);
    let broken = format!("{key}\nx");
    for (arguments, key) in [
        (&["user", "list"][..], &key),
        (&["page", "list"], &broken),
        (&["page", "list", "--url", "http://127.0.0.1:1"], &key),
    ] {
        let output = run
            .command(arguments)
            .env("WIKIJS_API_KEY", key)
            .env("RUST_BACKTRACE", "full")
            .env("RUST_LOG", "trace")
            .output()
            .unwrap();
        assert!(!output.status.success(), "{output:?}");
        let secret = key.lines().next().unwrap();
        assert!(!text(&output).contains(secret), "{output:?}");
    }
}

#[tokio::test]
async fn an_unknown_outcome_has_its_own_exit_code() {
    let run = Run::new().await;
    let file = run.folder.path().join("flush.graphql");
    fs::write(
        &file,
        "mutation FlushCache { pages { flushCache { responseResult { succeeded } } } }",
    )
    .unwrap();
    run.wiki.fail_next_matching("FlushCache", Fault::ResetAfter);
    let output = run.run(&["query", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(8), "{output:?}");
    assert!(text(&output).contains("look at the wiki"), "{output:?}");
}
