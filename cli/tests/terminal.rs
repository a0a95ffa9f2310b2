//! Tests of the command in a pseudo-terminal: pager, progress bars, questions, editor and Ctrl-C.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::{fs, process::Command, time::Duration};

use expectrl::{
    Eof, Expect as _,
    process::{NonBlocking, unix::WaitStatus},
    session::OsSession,
};
use wikijs_fake::{FakePage, FakeWiki};

const CTRL_C: &str = "\x03";
/// Escape sequence that clears a line, which only progress bars write.
const CLEAR_LINE: &str = "\x1b[2K";

struct Terminal {
    wiki: FakeWiki,
    folder: tempfile::TempDir,
}

impl Terminal {
    async fn new(pages: usize) -> Self {
        let pages = (1..=pages).map(|number| {
            FakePage::new(format!("docs/page-{number:02}"), format!("Page {number}"))
                .content("first\nsecond\n")
        });
        Self {
            wiki: FakeWiki::builder().pages(pages).start().await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Types a line in a terminal of 20 lines and 80 columns.
    ///
    /// Ctrl-C reaches the shell as well. `trap` lets the shell survive it, as an interactive one does,
    /// and return the exit code of the command.
    fn type_line(&self, line: &str) -> Session {
        let bin = std::path::Path::new(env!("CARGO_BIN_EXE_wikijs"));
        let path = format!(
            "{}:{}",
            bin.parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("trap : INT; stty rows 20 cols 80; {line}"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("TERM", "xterm")
            .env("HOME", self.folder.path())
            .env("WIKIJS_CONFIG_DIR", self.folder.path().join("config"))
            .env("WIKIJS_STORE", "file")
            .env("WIKIJS_URL", self.wiki.url())
            .env("WIKIJS_API_KEY", self.wiki.api_key());
        let mut session = OsSession::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(30)));
        Session { session }
    }
}

struct Session {
    session: OsSession,
}

impl Session {
    /// Waits for a text, and returns everything before it.
    fn expect(&mut self, text: &str) -> String {
        match self.session.expect(text) {
            Ok(found) => String::from_utf8_lossy(found.before()).into_owned(),
            Err(error) => panic!("no {text:?}: {error}; {}", self.rest()),
        }
    }

    fn send(&mut self, text: &str) {
        self.session.send(text).unwrap();
    }

    fn rest(&mut self) -> String {
        let mut buffer = [0; 4096];
        self.session.get_stream_mut().set_blocking(false).ok();
        let read = self.session.try_read(&mut buffer).unwrap_or_default();
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    }

    /// Waits for the end, and returns the rest of the output and the exit code.
    fn end(mut self) -> (String, i32) {
        let rest = self.session.expect(Eof).unwrap();
        let rest = String::from_utf8_lossy(rest.as_bytes()).into_owned();
        let status = self.session.get_process().wait().unwrap();
        match status {
            WaitStatus::Exited(_, code) => (rest, code),
            other => panic!("{other:?}: {rest}"),
        }
    }
}

#[tokio::test]
async fn lists_are_tables_on_a_terminal() {
    let terminal = Terminal::new(2).await;
    let (text, code) = terminal.type_line("wikijs page list").end();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("ID  LOCALE  PATH"), "{text}");
    assert!(text.contains("\x1b[2m"), "the heading is dim: {text:?}");
    for line in [
        "NO_COLOR=1 wikijs page list",
        "wikijs page list --no-color",
        "wikijs page list | cat",
    ] {
        let (text, _) = terminal.type_line(line).end();
        assert!(!text.contains('\x1b'), "{line}: {text:?}");
    }
}

#[tokio::test]
async fn output_longer_than_the_screen_goes_to_the_pager() {
    let terminal = Terminal::new(30).await;
    let pager = "WIKIJS_PAGER='echo PAGER $LESS; cat'";
    let (text, code) = terminal
        .type_line(&format!("{pager} wikijs page list"))
        .end();
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("PAGER FRX"), "{text}");
    assert!(text.contains("page-30"), "{text}");
    for short in [
        format!("{pager} wikijs page list --limit 3"),
        format!("{pager} wikijs page list --no-pager"),
        format!("{pager} wikijs page list | cat"),
        "WIKIJS_PAGER= PAGER=false wikijs page list".to_owned(),
    ] {
        let (text, code) = terminal.type_line(&short).end();
        assert_eq!(code, 0, "{short}: {text}");
        assert!(!text.contains("PAGER"), "{short}: {text}");
        assert!(text.contains("page-03"), "{short}: {text}");
    }
    let (text, _) = terminal
        .type_line("PAGER='echo OTHER; cat' wikijs page list")
        .end();
    assert!(text.starts_with("OTHER"), "{text}");
    // Without a working pager, the output goes to the terminal.
    let (text, code) = terminal
        .type_line("PAGER=no-such-pager wikijs page list")
        .end();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("page-30"), "{text}");
}

#[tokio::test]
async fn quitting_the_pager_is_not_an_error() {
    let terminal = Terminal::new(60).await;
    let (text, code) = terminal
        .type_line("PAGER='head -n 1' wikijs page list")
        .end();
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[tokio::test]
async fn ctrl_c_in_the_pager_is_not_an_error() {
    let terminal = Terminal::new(60).await;
    let mut session =
        terminal.type_line("PAGER=\"trap '' INT; echo READY; sleep 1; cat\" wikijs page list");
    session.expect("READY");
    session.send(CTRL_C);
    let (text, code) = session.end();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("page-60"), "{text}");
    assert!(!text.contains("interrupted"), "{text}");
}

#[tokio::test]
async fn progress_is_only_shown_on_a_terminal() {
    let terminal = Terminal::new(3).await;
    terminal.wiki.set_write_duration(Duration::from_millis(300));
    let tag = "wikijs page tag 1 2 3 --add";
    let (text, code) = terminal.type_line(&format!("{tag} one")).end();
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("1/3") && text.contains(CLEAR_LINE),
        "{text:?}"
    );
    for quiet in [
        format!("{tag} two 2>&1 | cat"),
        format!("{tag} three --quiet"),
        format!("{tag} four --json --no-pager"),
    ] {
        let (text, code) = terminal.type_line(&quiet).end();
        assert_eq!(code, 0, "{quiet}: {text}");
        assert!(!text.contains("1/3"), "{quiet}: {text:?}");
    }
}

#[tokio::test]
async fn a_deletion_is_confirmed() {
    let terminal = Terminal::new(2).await;
    let mut session = terminal.type_line("wikijs page delete docs/page-01");
    session.expect("delete page docs/page-01 \"Page 1\" (1)? [y/N] ");
    session.send("\n");
    let (text, code) = session.end();
    assert_eq!(code, 5, "{text}");
    assert!(terminal.wiki.page(1).is_some());

    let mut session = terminal.type_line("wikijs page delete 1 2");
    session.expect("delete 2 pages:");
    session.expect("go on? [y/N] ");
    session.send("y\n");
    let (text, code) = session.end();
    assert_eq!(code, 0, "{text}");
    assert!(terminal.wiki.pages().is_empty());
}

#[tokio::test]
async fn a_page_is_edited_in_the_editor() {
    let terminal = Terminal::new(1).await;
    let edit = "EDITOR='sed -i s/second/changed/' wikijs page edit 1";
    let mut session = terminal.type_line(edit);
    let diff = session.expect("save page 1? [Y/n/e(dit)] ");
    assert!(
        diff.contains("-second") && diff.contains("+changed"),
        "{diff}"
    );
    session.send("n\n");
    let (text, code) = session.end();
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("--resume"), "{text}");

    // The text that was not saved is offered again.
    let mut session = terminal.type_line("EDITOR=true wikijs page edit 1");
    session.expect("go on with it? [Y/n] ");
    session.send("\n");
    session.expect("save page 1? [Y/n/e(dit)] ");
    session.send("\n");
    let (text, code) = session.end();
    assert_eq!(code, 0, "{text}");
    let page = terminal.wiki.page(1).unwrap();
    assert_eq!(page.content.trim_end(), "first\nchanged");
}

#[tokio::test]
async fn a_conflict_offers_the_merge() {
    let terminal = Terminal::new(1).await;
    fs::write(
        terminal.folder.path().join("editor.sh"),
        "sed -i s/second/mine/ \"$1\"\n\
         wikijs page update 1 --content 'theirs\nsecond' --quiet\n",
    )
    .unwrap();
    let mut session = terminal.type_line("EDITOR='sh editor.sh' wikijs page edit 1");
    session.expect("save page 1? [Y/n/e(dit)] ");
    session.send("y\n");
    session.expect("[Y/n] ");
    session.send("n\n");
    let (text, code) = session.end();
    assert_eq!(code, 6, "{text}");
    assert!(text.contains("your text is in"), "{text}");
    let page = terminal.wiki.page(1).unwrap();
    assert!(page.content.starts_with("theirs"), "{}", page.content);
}

#[tokio::test]
async fn ctrl_c_in_a_bulk_operation_reports_its_progress() {
    let terminal = Terminal::new(5).await;
    terminal.wiki.set_write_duration(Duration::from_secs(1));
    let mut session = terminal.type_line("wikijs page tag 1 2 3 4 5 --add new");
    session.expect("1/5");
    session.send(CTRL_C);
    session.expect("interrupted; waiting");
    let (text, code) = session.end();
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("of 5 pages were done"), "{text}");
    assert!(text.contains("run the same command again"), "{text}");
}

#[tokio::test]
async fn ctrl_c_ends_a_command_with_follow() {
    let terminal = Terminal::new(1).await;
    let mut session = terminal.type_line("wikijs changes --since 1d --follow --every 1");
    session.expect("docs/page-01");
    session.send(CTRL_C);
    let (text, code) = session.end();
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("interrupted"), "{text}");
}

#[tokio::test]
async fn a_key_is_read_without_an_echo() {
    let terminal = Terminal::new(1).await;
    let login = format!(
        "unset WIKIJS_API_KEY; wikijs login {} --name work; echo CODE $?",
        terminal.wiki.url()
    );
    let mut session = terminal.type_line(&login);
    session.expect("API key: ");
    let key = format!("{}\n", terminal.wiki.api_key());
    session.send(&key);
    let output = session.expect("CODE 0");
    assert!(!output.contains(key.trim()), "{output}");
    assert!(output.contains("Administrator"), "{output}");
}
