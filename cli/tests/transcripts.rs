//! Runs the transcripts of `tests/transcripts/`, which are also the documentation.
//!
//! A transcript is Markdown. Blocks of `console` contain commands, each after `$ `, and their output. Every file has a
//! separate wiki, folder and configuration. The commands are those of Linux. `UPDATE_TRANSCRIPTS=1` writes the
//! output into the files.
//!
//! If `WIKIJS_TEST_URL` and `WIKIJS_TEST_API_KEY` (a key with full access) are set, the transcripts run on that wiki,
//! too. It has to be empty, apart from the pages of the transcripts themselves, and is empty afterwards. There, numbers
//! are not compared, and blocks after the comment `<!-- Only on the fake: REASON -->` are left out.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::format_push_string,
    reason = "tests"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use wikijs_fake::{FakeAsset, FakeComment, FakeGroup, FakePage, FakeUser, FakeWiki};

/// Start of the line above a block that only runs on the fake, such as one with its ids.
const FAKE_ONLY: &str = "<!-- Only on the fake:";
/// Address of the wiki in the transcripts.
const ADDRESS: &str = "http://localhost:3000";

async fn sample_wiki() -> FakeWiki {
    let wiki = FakeWiki::builder()
        .page(FakePage::new("home", "Home").content("Welcome.\n"))
        .page(
            FakePage::new("docs/install", "Install")
                .content("# Install\n\nRun the installer.\n")
                .tags(["docs", "howto"]),
        )
        .page(
            FakePage::new("docs/upgrade", "Upgrade")
                .content("# Upgrade\n\nMake a backup first.\n")
                .tags(["docs", "draft"]),
        )
        .page(
            FakePage::new("notes/meeting", "Meeting notes")
                .content("Agenda")
                .tags(["draft"]),
        )
        .asset(FakeAsset::new("images/photo.png", "not really one"))
        .group(FakeGroup::new("Editors", ["read:pages", "write:pages"]))
        .user(
            FakeUser::new("Ann", "ann@example.com")
                .password("a password")
                .groups([3]),
        )
        .start()
        .await;
    wiki.insert_comment(FakeComment::new(2, "Works on Debian, too"));
    wiki
}

/// The wiki of a transcript, its credentials and a folder.
struct Run<'a> {
    url: &'a str,
    key: &'a str,
    email: &'a str,
    password: &'a str,
    folder: &'a Path,
    is_fake: bool,
}

impl Run<'_> {
    /// Runs a command line and returns its output.
    fn run(&self, line: &str) -> String {
        let bin = Path::new(env!("CARGO_BIN_EXE_wikijs")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), env::var("PATH").unwrap());
        // The timeout makes a command that hangs fail the test.
        let output = Command::new("timeout")
            .args(["120", "sh", "-c"])
            .arg(format!("exec 2>&1\n{line}"))
            .current_dir(self.folder.join("work"))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder)
            // Disables the keyring of the machine.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env("WIKIJS_CONFIG_DIR", self.folder.join("config"))
            .env("WIKI", self.url)
            .env("KEY", self.key)
            .env("ADMIN", self.email)
            .env("PASSWORD", self.password)
            .env("WIKIJS_URL", self.url)
            .env("WIKIJS_API_KEY", self.key)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        match output.status.code() {
            Some(0) => {}
            code => text += &format!("[exit code {}]\n", code.unwrap_or(-1)),
        }
        self.redact(&text)
    }

    /// Replaces values that differ from run to run.
    fn redact(&self, text: &str) -> String {
        let text = text.replace(self.url, ADDRESS);
        let host = self.url.trim_start_matches("http://");
        let text = text.replace(&host.replace(':', "-"), "localhost-3000");
        let text = text.replace(&self.folder.display().to_string(), "~");
        let text = words(&text, |word| {
            let is_key = word.starts_with("eyJ") && word.len() > 40;
            is_key.then_some("KEY")
        });
        words(&text, |word| {
            is_time(word).then_some("2024-05-01T12:00:00.000Z")
        })
    }
}

/// Replaces words, which end at quotes and blanks.
fn words(text: &str, replacement: impl Fn(&str) -> Option<&'static str>) -> String {
    let ends = |c: char| c.is_whitespace() || "\"',;()<>".contains(c);
    text.split_inclusive(ends)
        .map(|piece| {
            let word = piece.trim_end_matches(ends);
            match replacement(word) {
                Some(new) => format!("{new}{}", &piece[word.len()..]),
                None => piece.to_owned(),
            }
        })
        .collect()
}

fn is_time(word: &str) -> bool {
    let word = word.as_bytes();
    word.len() >= 20
        && word[..4].iter().all(u8::is_ascii_digit)
        && word[4] == b'-'
        && word[10] == b'T'
        && word.ends_with(b"Z")
}

/// Runs all commands of a transcript, and returns the transcript with their output.
fn replay(transcript: &str, run: &Run<'_>) -> String {
    let mut text = String::new();
    let mut lines = transcript.lines().peekable();
    let (mut in_console, mut is_left_out) = (false, false);
    while let Some(line) = lines.next() {
        if line.starts_with(FAKE_ONLY) {
            is_left_out = !run.is_fake;
        }
        if line.starts_with("```") {
            in_console = line == "```console" && !is_left_out;
            if line == "```" {
                is_left_out = false;
            }
        }
        if !in_console || line == "```console" {
            text += line;
            text.push('\n');
            continue;
        }
        let Some(command) = line.strip_prefix("$ ") else {
            continue; // What was printed before.
        };
        text += &format!("{line}\n");
        let mut command = command.to_owned();
        while let Some(more) = lines.peek().and_then(|line| line.strip_prefix("> ")) {
            command += &format!("\n{more}");
            text += &format!("> {more}\n");
            lines.next();
        }
        text += &run.run(&command);
    }
    text
}

/// Returns the files of the transcripts, or those that `TRANSCRIPT` names.
fn transcripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let only = env::var("TRANSCRIPT").unwrap_or_default();
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|file| file.display().to_string().contains(&only))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transcripts_match_the_output_of_the_command() {
    let mut wrong = Vec::new();
    for file in transcripts() {
        let before = fs::read_to_string(&file).unwrap();
        let wiki = Arc::new(sample_wiki().await);
        let ended = Arc::new(AtomicBool::new(false));
        // Writes lines for commands that follow the log.
        let logs = thread::spawn({
            let (wiki, ended) = (Arc::clone(&wiki), Arc::clone(&ended));
            move || {
                while !ended.load(Ordering::Relaxed) {
                    if wiki.log_followers() > 0 {
                        wiki.log("info", "Rebuilding page tree");
                    }
                    thread::sleep(Duration::from_millis(50));
                }
            }
        });
        let scratch = scratch();
        let run = Run {
            url: wiki.url(),
            key: wiki.api_key(),
            email: FakeWiki::ADMIN_EMAIL,
            password: FakeWiki::ADMIN_PASSWORD,
            folder: scratch.path(),
            is_fake: true,
        };
        let after = tokio::task::block_in_place(|| replay(&before, &run));
        ended.store(true, Ordering::Relaxed);
        logs.join().unwrap();
        if after == before {
            continue;
        }
        if env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&file, &after).unwrap();
        }
        eprintln!("{}", diffy::create_patch(&before, &after));
        wrong.push(file.display().to_string());
    }
    assert!(
        wrong.is_empty() || env::var_os("UPDATE_TRANSCRIPTS").is_some(),
        "not as written: {wrong:?}; UPDATE_TRANSCRIPTS=1 writes the output into the files"
    );
}

fn scratch() -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    fs::create_dir(scratch.path().join("work")).unwrap();
    scratch
}

/// Commands that fill a real wiki with the objects of [`sample_wiki`].
const CREATE_SAMPLE: &str = "\
wikijs page create home --title Home --content Welcome.
wikijs page create docs/install --title Install --tag docs,howto --content '# Install

Run the installer.
'
wikijs page create docs/upgrade --title Upgrade --tag docs,draft --content '# Upgrade

Make a backup first.'
wikijs page create notes/meeting --title 'Meeting notes' --tag draft --content Agenda
printf 'not really one' > photo.png
wikijs asset upload photo.png --to images --mkdir
wikijs group create Editors --permission read:pages,write:pages
echo 'a password' | wikijs user create ann@example.com --name Ann --group Editors
wikijs comment add docs/install --text 'Works on Debian, too'
rm photo.png";

/// Commands that remove everything that transcripts create.
const CLEAN: &str = "\
wikijs page list --quiet | wikijs page delete - --yes --quiet
wikijs asset list --recursive --quiet | wikijs asset delete - --yes --quiet
for tag in $(wikijs tag list --quiet); do wikijs tag delete $tag --yes --quiet; done
for user in ann bob eve; do wikijs user delete $user@example.com --pages-to 1 --yes --quiet; done
for group in Editors Reviewers; do wikijs group delete $group --yes --quiet; done
wikijs config set site.title=Wiki.js theme.dark_mode=no --quiet";

/// Paths of pages that transcripts create.
const OWN_FOLDERS: [&str; 3] = ["home", "docs/", "notes/"];

#[test]
fn transcripts_run_on_a_real_wiki() {
    let (Ok(url), Ok(key)) = (env::var("WIKIJS_TEST_URL"), env::var("WIKIJS_TEST_API_KEY")) else {
        eprintln!("skipped: WIKIJS_TEST_URL and WIKIJS_TEST_API_KEY are not set");
        return;
    };
    let email = env::var("WIKIJS_TEST_USER").unwrap_or_default();
    let password = env::var("WIKIJS_TEST_PASSWORD").unwrap_or_default();
    let mut wrong = Vec::new();
    for file in transcripts() {
        let scratch = scratch();
        let run = Run {
            url: url.trim_end_matches('/'),
            key: key.trim(),
            email: &email,
            password: &password,
            folder: scratch.path(),
            is_fake: false,
        };
        let pages = run.run("wikijs page list --fields path");
        let is_own = |path: &str| OWN_FOLDERS.iter().any(|own| path.starts_with(own));
        assert!(
            pages.lines().all(is_own),
            "the wiki has other pages, so it is left alone: {pages}"
        );
        run.run(CLEAN);
        let output = run.run(CREATE_SAMPLE);
        assert!(!output.contains("error"), "{output}");
        let before = fs::read_to_string(&file).unwrap();
        let after = replay(&before, &run);
        run.run(CLEAN);
        let (before, after) = (comparable(&before), comparable(&after));
        if after != before {
            eprintln!(
                "{}: {}",
                file.display(),
                diffy::create_patch(&before, &after)
            );
            wrong.push(file.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "not as on the fake: {wrong:?}");
}

/// Replaces all numbers by one number, and all hashes by one hash, since ids, versions and sizes differ between
/// wikis.
fn comparable(text: &str) -> String {
    let text = words(text, |word| {
        let is_hash = word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some("HASH")
    });
    let mut comparable = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if comparable.ends_with('0') => {}
            '0'..='9' => comparable.push('0'),
            c => comparable.push(c),
        }
    }
    comparable
}
