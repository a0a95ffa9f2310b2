//! The output of commands: tables on a terminal, tab-separated values in a pipe, JSON on demand.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;
use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr as _;

use crate::{
    arguments::{Global, comma_separated},
    failure::{Failure, Result},
    pager,
};

/// Settings of the output.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch"
)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) quiet: bool,
    pub(crate) color: bool,
    pub(crate) terminal: bool,
    pager: Option<String>,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let terminal = io::stdout().is_terminal();
        let fields = comma_separated(&global.fields);
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json: global.json,
            fields: Some(fields).filter(|fields| !fields.is_empty()),
            quiet: global.quiet,
            color: terminal && !global.no_color && !no_color,
            terminal,
            pager: pager::choose(global.no_pager),
        }
    }

    /// Returns `true` if progress bars are shown: on a terminal, and without `--quiet` and `--json`.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    /// Prints a text unchanged, in the pager if it is longer than the screen.
    pub(crate) fn text(&self, text: &str) -> Result {
        if let Some(pager) = &self.pager
            && pager::is_longer_than_screen(text)
            && pager::show(pager, text)?
        {
            return Ok(());
        }
        self.line(text)
    }

    /// Prints a text unchanged and without the pager, such as an event or the subject of a confirmation.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(crate) fn line(&self, text: &str) -> Result {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    }

    /// Prints a message for the user to standard error.
    pub(crate) fn message(&self, text: impl AsRef<str>) {
        if !self.quiet {
            // Ignores a closed standard error, since there is no other channel for the message.
            let _ = writeln!(io::stderr(), "{}", text.as_ref());
        }
    }

    /// Prints a list of objects. `columns` are the fields of the table.
    pub(crate) fn list<T: Serialize>(&self, items: &[T], columns: &[&str]) -> Result {
        let items = items
            .iter()
            .map(|item| Ok(flat(serde_json::to_value(item)?)))
            .collect::<Result<Vec<Value>>>()?;
        self.check_fields(&items)?;
        if self.json {
            let picked: Vec<Value> = items.into_iter().map(|item| self.pick(item)).collect();
            return self.text(&serde_json::to_string_pretty(&picked)?);
        }
        let columns = self.columns(columns);
        let rows: Vec<Vec<String>> = items
            .iter()
            .map(|item| {
                columns
                    .iter()
                    .map(|column| one_line(&cell(at(item, column))))
                    .collect()
            })
            .collect();
        if self.terminal && !self.quiet {
            self.text(&self.table(&columns, &rows))
        } else {
            let lines: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
            self.text(&lines)
        }
    }

    /// Prints one object.
    pub(crate) fn record<T: Serialize>(&self, item: &T, columns: &[&str]) -> Result {
        let item = flat(serde_json::to_value(item)?);
        self.check_fields(std::slice::from_ref(&item))?;
        if self.json {
            return self.text(&serde_json::to_string_pretty(&self.pick(item))?);
        }
        let columns = self.columns(columns);
        // A single field is printed unchanged, for `$(wikijs … --fields content)`.
        if let [column] = columns.as_slice() {
            return self.text(&cell(at(&item, column)));
        }
        let width = columns.iter().map(String::len).max().unwrap_or_default();
        let mut text = String::new();
        for column in &columns {
            let value = one_line(&cell(at(&item, column)));
            if value.is_empty() && self.fields.is_none() {
                continue;
            }
            if self.terminal {
                let name = format!("{column:width$}");
                text += &format!("{}  {value}\n", self.dim(&name));
            } else {
                text += &format!("{column}\t{value}\n");
            }
        }
        self.text(&text)
    }

    /// Prints one object of a stream. With `--json` each object is one line.
    pub(crate) fn event<T: Serialize>(&self, item: &T, columns: &[&str]) -> Result {
        let item = flat(serde_json::to_value(item)?);
        self.check_fields(std::slice::from_ref(&item))?;
        if self.json {
            return self.line(&serde_json::to_string(&self.pick(item))?);
        }
        let columns = self.columns(columns);
        let separator = if self.terminal { "  " } else { "\t" };
        let cells: Vec<String> = columns
            .iter()
            .map(|column| one_line(&cell(at(&item, column))))
            .collect();
        self.line(&cells.join(separator))
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.styled("2", text)
    }

    pub(crate) fn styled(&self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn columns(&self, usual: &[&str]) -> Vec<String> {
        match &self.fields {
            Some(fields) => fields.clone(),
            None if self.quiet => usual.iter().take(1).map(|&name| name.to_owned()).collect(),
            None => usual.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn table(&self, columns: &[String], rows: &[Vec<String>]) -> String {
        let widths: Vec<usize> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let cells = rows.iter().map(|row| row[at].width());
                cells.chain([column.len()]).max().unwrap_or_default()
            })
            .collect();
        let line = |cells: &[String]| {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let gap = width.saturating_sub(cell.width()) + 2;
                line += cell;
                line.extend(std::iter::repeat_n(' ', gap));
            }
            line.trim_end().to_owned()
        };
        let heads: Vec<String> = columns.iter().map(|column| column.to_uppercase()).collect();
        let mut text = self.dim(&line(&heads)) + "\n";
        for row in rows {
            text += &line(row);
            text.push('\n');
        }
        text
    }

    /// Keeps only the fields of `--fields`.
    fn pick(&self, item: Value) -> Value {
        let Some(fields) = &self.fields else {
            return item;
        };
        let picked: Map<String, Value> = fields
            .iter()
            .map(|field| (field.clone(), at(&item, field).cloned().unwrap_or_default()))
            .collect();
        picked.into()
    }

    fn check_fields(&self, items: &[Value]) -> Result {
        let (Some(fields), Some(first)) = (&self.fields, items.first()) else {
            return Ok(());
        };
        for field in fields {
            if at(first, field).is_none() {
                let names: Vec<&str> = first
                    .as_object()
                    .map(|object| object.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                let failure = Failure::usage(format!("--fields: there is no field `{field}`"));
                let hint = match closest(field, names.iter().copied()) {
                    Some(name) => format!("did you mean `{name}`? There are: {}", names.join(", ")),
                    None => format!("there are: {}", names.join(", ")),
                };
                return Err(failure.hint(hint));
            }
        }
        Ok(())
    }
}

/// Returns the name with the smallest edit distance to `word`, if one is close.
pub(crate) fn closest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, name)| *distance <= (name.len().min(word.len()) / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

/// Moves the metadata fields of a page up to its other fields, so that a field has the same name in every output.
fn flat(mut item: Value) -> Value {
    if let Some(object) = item.as_object_mut() {
        match object.remove("metadata") {
            Some(Value::Object(inner)) => object.extend(inner),
            Some(Value::Null) | None => {}
            Some(other) => {
                object.insert("metadata".to_owned(), other);
            }
        }
    }
    item
}

/// Returns the value at a path of keys such as `author.name`.
fn at<'a>(item: &'a Value, field: &str) -> Option<&'a Value> {
    field.split('.').try_fold(item, |value, key| value.get(key))
}

/// Formats a value as the text of a table cell.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| cell(Some(item))).collect();
            items.join(", ")
        }
        Some(Value::Object(object)) => match object.get("name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => Value::Object(object.clone()).to_string(),
        },
        Some(other) => other.to_string(),
    }
}

/// Replaces control characters, which would break a line or control the terminal.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_has_a_suggestion() {
        assert_eq!(closest("titel", ["id", "title"].into_iter()), Some("title"));
        assert_eq!(closest("colour", ["id", "title"].into_iter()), None);
        assert_eq!(closest("nope", ["home"].into_iter()), None);
    }

    #[test]
    fn terminal_escapes_are_replaced() {
        assert_eq!(one_line("a\x1b[31m\tb\nc"), "a [31m b c");
    }
}
