//! The pager for output that is longer than the screen.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
    process::{Command, Stdio},
};

use unicode_width::UnicodeWidthStr as _;

use crate::config::variable;

/// Exit code of a shell that does not find a command.
const NOT_FOUND: i32 = 127;

/// Returns the pager's command line: `$WIKIJS_PAGER`, `$PAGER` or `less`. `None` if standard output is no terminal or
/// the user wants no pager.
pub(crate) fn choose(no_pager: bool) -> Option<String> {
    if no_pager || !io::stdout().is_terminal() {
        return None;
    }
    // An empty WIKIJS_PAGER, or `cat`, turns the pager off.
    let pager = match env::var("WIKIJS_PAGER") {
        Ok(pager) => pager,
        Err(_) => variable("PAGER").unwrap_or_else(|| "less".to_owned()),
    };
    let pager = pager.trim();
    (!pager.is_empty() && pager != "cat").then(|| pager.to_owned())
}

/// Returns `true` if the screen cannot show the text at once.
pub(crate) fn is_longer_than_screen(text: &str) -> bool {
    let Some((width, height)) = terminal_size::terminal_size() else {
        return false;
    };
    let (width, height) = (usize::from(width.0).max(1), usize::from(height.0));
    // One line is left for the next prompt of the shell.
    let mut left = height.saturating_sub(1);
    for line in text.lines() {
        let rows = line.width().div_ceil(width).max(1);
        match left.checked_sub(rows) {
            Some(rest) => left = rest,
            None => return true,
        }
    }
    false
}

/// Shows a text in the pager and waits until the user quits it. Returns `false` if the pager cannot be run.
pub(crate) fn show(pager: &str, text: &str) -> io::Result<bool> {
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args(["/C", pager]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", pager]);
        command
    };
    // F: exit if the text fits on one screen. R: pass colors through. X: leave the text on the screen.
    if env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    if env::var_os("LV").is_none() {
        command.env("LV", "-c");
    }
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else {
        return Ok(false);
    };
    if let Some(mut stdin) = child.stdin.take() {
        // A user who quits early closes the pipe.
        let _ = stdin.write_all(text.as_bytes());
    }
    let status = child.wait()?;
    Ok(status.code() != Some(NOT_FOUND))
}
