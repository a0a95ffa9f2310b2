//! The databases of Wiki.js: their comparison of texts, constraints and error messages.

use crate::errors::{Failure, ensure};
use crate::text::{Like, is_longer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// The database of a wiki, which determines the comparison of texts, the constraints and the error messages.
///
/// Each imitates the observed behaviour of Wiki.js 2.5.314 on PostgreSQL 15, MariaDB 10.11 and SQLite 3.44.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Database {
    /// PostgreSQL, the default: compares texts exactly, and enforces lengths and references.
    #[default]
    PostgreSql,
    /// MariaDB with the collation `utf8mb4_general_ci`: compares texts without case and accents, and all characters
    /// beyond U+FFFF are equal. Links are returned twice. Error messages contain the statement with its values.
    MariaDb,
    /// SQLite: compares texts exactly, and enforces neither lengths nor references, so that unknown locales and
    /// editors are stored. Error messages contain the statement with its values.
    Sqlite,
}

/// The data of a database, and its words for each violation.
#[derive(Debug, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) port: u16,
    violations: HashMap<String, Wording>,
}

/// The error of a violation: its class in Wiki.js, the error of the driver, and the reason, in which `{part}` stands for
/// a part of the violation.
#[derive(Debug, Deserialize)]
struct Wording {
    slug: String,
    native: Value,
    reason: String,
}

/// The data of the databases, by the name of their client in knex.
static PROFILES: LazyLock<HashMap<String, Profile>> = LazyLock::new(|| {
    let profiles = serde_json::from_str(include_str!("data/databases.json"));
    profiles.unwrap_or_default()
});

/// A column with its value.
pub(crate) type Column = (&'static str, Value);

/// A statement in PostgreSQL's quoting, with the columns of its placeholders.
#[derive(Debug)]
pub(crate) struct Statement {
    sql: String,
    columns: Vec<Column>,
}

impl Statement {
    /// Returns a statement without the values of its placeholders.
    pub(crate) fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            columns: Vec::new(),
        }
    }

    /// Returns an `INSERT` of a row. The library knex has the columns in alphabetical order.
    pub(crate) fn insert(table: &str, columns: impl Into<Vec<Column>>) -> Self {
        let columns = columns.into();
        let quoted = |(name, _): &Column| format!("\"{name}\"");
        let names: Vec<_> = columns.iter().map(quoted).collect();
        let places: Vec<_> = (1..=columns.len())
            .map(|index| format!("${index}"))
            .collect();
        let (names, places) = (names.join(", "), places.join(", "));
        let sql = format!("insert into \"{table}\" ({names}) values ({places}) returning \"id\"");
        Self { sql, columns }
    }

    /// Returns an `UPDATE` of columns in the row of an id.
    pub(crate) fn update(table: &str, columns: impl Into<Vec<Column>>, id: i64) -> Self {
        let mut columns = columns.into();
        let set = columns.iter().zip(1..);
        let set: Vec<_> = set
            .map(|((name, _), index)| format!("\"{name}\" = ${index}"))
            .collect();
        columns.push(("id", id.into()));
        let (set, index) = (set.join(", "), columns.len());
        let sql = format!("update \"{table}\" set {set} where \"{table}\".\"id\" = ${index}");
        Self { sql, columns }
    }
}

/// A foreign key: a column of a table, and the column of another one that it refers to.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct ForeignKey {
    table: &'static str,
    column: &'static str,
    other: &'static str,
    key: &'static str,
}

impl ForeignKey {
    pub(crate) const fn new(
        table: &'static str,
        column: &'static str,
        other: &'static str,
        key: &'static str,
    ) -> Self {
        Self {
            table,
            column,
            other,
            key,
        }
    }
}

/// The reason for which a database refuses a statement.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Violation<'a> {
    /// A text that is longer than its column, and the length of that.
    TooLong { column: &'a str, length: usize },
    /// A row that refers to a missing row.
    MissingReference(ForeignKey),
    /// A row that another one refers to.
    StillReferenced(ForeignKey),
    /// A second row with a value that must be unique. The columns are written as `table.column`.
    Duplicate {
        constraint: &'a str,
        columns: &'a str,
        value: &'a str,
    },
    /// A null in a column that does not allow it.
    Null { column: &'a str, table: &'a str },
    /// A NUL character in a text.
    NulCharacter {},
    /// A negative `LIMIT`. SQLite ignores it.
    NegativeLimit { number: i64 },
    /// A negative `OFFSET`. SQLite ignores it.
    NegativeOffset { number: i64 },
}

impl Database {
    /// Returns whether two texts are equal for the database.
    pub(crate) fn is_same(self, one: &str, other: &str) -> bool {
        one == other || (self == Self::MariaDb && self.fold(one) == self.fold(other))
    }

    /// Returns a form of a text that is the same for all equal texts.
    pub(crate) fn fold(self, text: &str) -> String {
        match self {
            Self::PostgreSql | Self::Sqlite => text.to_owned(),
            Self::MariaDb => fold_case_and_accents(text),
        }
    }

    /// Returns whether lengths and references are enforced.
    pub(crate) fn enforces(self) -> bool {
        self != Self::Sqlite
    }

    /// Returns whether several rows are inserted by one statement, all of them or none.
    pub(crate) fn inserts_at_once(self) -> bool {
        self == Self::PostgreSql
    }

    /// Returns the maximum number of bytes of a long text, in columns that Wiki.js does not make longer.
    pub(crate) fn longest_text(self) -> usize {
        match self {
            Self::MariaDb => 65_535,
            Self::PostgreSql | Self::Sqlite => usize::MAX,
        }
    }

    /// Returns a pattern of `LIKE`, or on PostgreSQL `ILIKE`, with which pages and tags are searched.
    pub(crate) fn ilike(self, pattern: &str) -> Like {
        let fold: fn(&str) -> String = match self {
            Self::PostgreSql => str::to_lowercase,
            Self::MariaDb => fold_case_and_accents,
            Self::Sqlite => str::to_ascii_lowercase,
        };
        Like::new(pattern, fold)
    }

    /// Returns a pattern of `LIKE`, with which users are searched.
    pub(crate) fn like(self, pattern: &str) -> Like {
        match self {
            Self::PostgreSql => Like::new(pattern, str::to_owned),
            Self::MariaDb | Self::Sqlite => self.ilike(pattern),
        }
    }

    /// Returns the data of the database.
    pub(crate) fn profile(self) -> &'static Profile {
        &PROFILES[self.client()]
    }

    /// Returns the name of its client in knex.
    fn client(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgres",
            Self::MariaDb => "mysql",
            Self::Sqlite => "sqlite",
        }
    }

    /// Refuses the first text of a statement that is longer than its column.
    pub(crate) fn check_lengths(self, statement: &Statement) -> Result<(), Failure> {
        let length = |column: &str| match column {
            "content" => usize::MAX,
            "localeCode" => 5,
            _ => 255,
        };
        let is_long = |(column, value): &&Column| {
            let text = value.as_str();
            text.is_some_and(|text| is_longer(text, length(column)))
        };
        let long = statement.columns.iter().find(is_long);
        match long.filter(|_| self.enforces()) {
            None => Ok(()),
            Some((column, _)) => {
                let length = length(column);
                Err(self.failure(statement, Violation::TooLong { column, length }))
            }
        }
    }

    /// Refuses a reference to a row that does not exist.
    pub(crate) fn check_reference(
        self,
        exists: bool,
        key: ForeignKey,
        statement: &Statement,
    ) -> Result<(), Failure> {
        let missing = || self.failure(statement, Violation::MissingReference(key));
        ensure(exists || !self.enforces(), missing)
    }

    /// Refuses a text with U+0000, which PostgreSQL does not store.
    pub(crate) fn check_nul(self, text: &str, statement: &Statement) -> Result<(), Failure> {
        let refused = self == Self::PostgreSql && text.contains('\0');
        ensure(!refused, || {
            self.failure(statement, Violation::NulCharacter {})
        })
    }

    /// Returns the number of rows that a statement returns or omits. Of a negative number SQLite makes `ignored`.
    pub(crate) fn rows(
        self,
        number: i64,
        ignored: usize,
        sql: &str,
        violation: Violation<'_>,
    ) -> Result<usize, Failure> {
        match usize::try_from(number) {
            Ok(rows) => Ok(rows),
            Err(_) if self == Self::Sqlite => Ok(ignored),
            Err(_) => Err(self.failure(&Statement::new(sql), violation)),
        }
    }

    /// Returns the failure of a statement in the words of the database.
    pub(crate) fn failure(self, statement: &Statement, violation: Violation<'_>) -> Failure {
        let shown = match self {
            Self::PostgreSql => statement.sql.clone(),
            Self::MariaDb | Self::Sqlite => with_values(statement),
        };
        let mut parts = json!(violation);
        let key = format!(
            "{}_{}_foreign",
            text(&parts["table"]),
            text(&parts["column"])
        );
        parts["foreignKey"] = json!(key.to_lowercase());
        let words = &self.profile().violations[&text(&parts["kind"])];
        let mut reason = words.reason.clone();
        for (name, value) in parts.as_object().into_iter().flatten() {
            // MariaDB shows characters beyond U+FFFF as question marks.
            let shown = text(value).replace(|c| c > '\u{ffff}', "?");
            reason = reason.replace(&format!("{{{name}}}"), &shown);
        }
        let mut native = words.native.clone();
        if self == Self::MariaDb {
            native["sqlMessage"] = json!(reason);
            native["sql"] = json!(shown);
        }
        Failure::of_database(
            &words.slug,
            format!("{shown} - {reason}"),
            self.client(),
            &native,
        )
    }

    /// Returns the failure of two rebuilds of the page tree at the same time.
    pub(crate) fn rebuild_tree(self) -> Failure {
        let statement = Statement::new(
            "insert into \"pageTree\" (\"ancestors\", \"depth\", \"id\", \"isFolder\", \"isPrivate\", \
             \"localeCode\", \"pageId\", \"parent\", \"path\", \"privateNS\", \"title\") values ($1, $2, $3, \
             $4, $5, $6, $7, $8, $9, $10, $11)",
        );
        let constraint = match self {
            Self::PostgreSql | Self::Sqlite => "pageTree_pkey",
            Self::MariaDb => "PRIMARY",
        };
        let columns = "pageTree.id";
        let duplicate = Violation::Duplicate {
            constraint,
            columns,
            value: "1",
        };
        let reason = self.failure(&statement, duplicate).message;
        Failure::error(format!("Error when running job rebuild-tree: {reason}"))
    }
}

/// Returns the weights of a text in the collation `utf8mb4_general_ci`.
fn fold_case_and_accents(text: &str) -> String {
    text.chars().map(weight).collect()
}

/// Returns the weight of a character in the collation `utf8mb4_general_ci`.
fn weight(character: char) -> char {
    if character > '\u{ffff}' {
        return '\u{fffd}';
    }
    let base = std::iter::once(character).nfd().next().unwrap_or(character);
    if base == 'ß' {
        return 'S';
    }
    let mut upper = base.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => base,
    }
}

/// Returns a statement as the drivers of MySQL and SQLite show it: with backticks and values.
fn with_values(statement: &Statement) -> String {
    let sql = statement.sql.replace('"', "`").replace(" ilike ", " like ");
    let sql = sql.split(" returning `").next().unwrap_or_default();
    let mut parts = sql.split('$');
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let index = number.parse::<usize>().unwrap_or_default().checked_sub(1);
        let column = index.and_then(|index| statement.columns.get(index));
        shown += &column.map_or("?".to_owned(), |(_, value)| literal(value));
        shown += rest;
    }
    shown
}

/// Returns a value as SQL.
fn literal(value: &Value) -> String {
    if matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) {
        return value.to_string().replace("null", "NULL");
    }
    let mut quoted = "'".to_owned();
    for character in text(value).chars() {
        match character {
            '\'' | '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            _ => quoted.push(character),
        }
    }
    quoted + "'"
}

/// Returns a text as it is, and any other value as JSON.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mariadb_compares_without_case_and_accents() {
        let database = Database::MariaDb;
        for (one, other) in [
            ("CAFE", "café"),
            ("résumé", "Resume"),
            ("🎉", "🚀"),
            ("I", "ı"),
            ("İ", "i"),
            ("ß", "S"),
            ("Ω", "ώ"),
        ] {
            assert!(database.is_same(one, other), "{one} and {other}");
            assert!(!Database::PostgreSql.is_same(one, other));
            assert!(!Database::Sqlite.is_same(one, other));
        }
        // A combining accent is a separate character.
        for (one, other) in [
            ("cafe", "cafe\u{301}"),
            ("ß", "SS"),
            ("🎉", "a"),
            ("ø", "o"),
        ] {
            assert!(!database.is_same(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn a_statement_shows_its_values_but_on_postgresql() {
        let statement =
            Statement::insert("tags", [("id", json!(7)), ("tag", json!("it's \"$2\""))]);
        let (constraint, columns) = ("tags_tag_unique", "tags.tag");
        let duplicate = Violation::Duplicate {
            constraint,
            columns,
            value: "x",
        };
        let message = |database: Database| database.failure(&statement, duplicate).message;
        assert_eq!(
            message(Database::PostgreSql),
            "insert into \"tags\" (\"id\", \"tag\") values ($1, $2) returning \"id\" - duplicate key value violates \
             unique constraint \"tags_tag_unique\""
        );
        assert_eq!(
            message(Database::MariaDb),
            "insert into `tags` (`id`, `tag`) values (7, 'it\\'s \\\"$2\\\"') - Duplicate entry 'x' for key \
             'tags_tag_unique'"
        );
        assert_eq!(
            message(Database::Sqlite),
            "insert into `tags` (`id`, `tag`) values (7, 'it\\'s \\\"$2\\\"') - SQLITE_CONSTRAINT: UNIQUE constraint \
             failed: tags.tag"
        );
    }
}
