//! Differences of texts in the format of `diff -u`.

use crate::output::{Output, one_line};

/// Returns the differences line by line; empty if there are none.
pub(crate) fn unified(output: &Output, before: &str, after: &str, names: [&str; 2]) -> String {
    if before == after {
        return String::new();
    }
    let patch = diffy::create_patch(before, after).to_string();
    let mut text = String::new();
    // The first two lines are names of the library.
    let named = [format!("--- {}", names[0]), format!("+++ {}", names[1])];
    let lines = named
        .iter()
        .map(String::as_str)
        .chain(patch.lines().skip(2));
    for (at, line) in lines.enumerate() {
        let line = line.replace('\t', "    ");
        let line = one_line(&line);
        let styled = match line.as_bytes().first() {
            _ if at < 2 => output.styled("1", &line),
            Some(b'+') => output.styled("32", &line),
            Some(b'-') => output.styled("31", &line),
            Some(b'@') => output.styled("36", &line),
            _ => line,
        };
        text += &styled;
        text.push('\n');
    }
    text
}
