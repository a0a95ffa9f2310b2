//! The databases of Wiki.js: their comparison of texts, constraints and error messages.

use crate::errors::{Failure, Native};
use crate::text::{self, is_longer};
use serde_json::Value;
use std::borrow::Cow;
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

/// A statement in PostgreSQL's quoting, with the known values of its placeholders.
#[derive(Debug, Clone)]
pub(crate) struct Statement<'a> {
    sql: Cow<'a, str>,
    values: Vec<Value>,
}

impl<'a> Statement<'a> {
    /// Returns a statement with its values.
    pub(crate) fn new(sql: impl Into<Cow<'a, str>>, values: impl Into<Vec<Value>>) -> Self {
        Self {
            sql: sql.into(),
            values: values.into(),
        }
    }

    /// Returns an `INSERT` of a row, an object, in the form of the library knex: with its columns in alphabetical
    /// order.
    pub(crate) fn insert(table: &str, row: Value, returning: &str) -> Self {
        let mut columns: Vec<_> = match row {
            Value::Object(row) => row.into_iter().collect(),
            _ => Vec::new(),
        };
        columns.sort_by(|one, other| one.0.cmp(&other.0));
        let names: Vec<_> = columns
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let places: Vec<_> = (1..=columns.len())
            .map(|index| format!("${index}"))
            .collect();
        let sql = format!(
            "insert into \"{table}\" ({}) values ({}) returning \"{returning}\"",
            names.join(", "),
            places.join(", ")
        );
        let values: Vec<_> = columns.into_iter().map(|(_, value)| value).collect();
        Self::new(sql, values)
    }

    /// Returns an `UPDATE` of columns in the row of an id.
    pub(crate) fn update(
        table: &str,
        columns: impl IntoIterator<Item = (&'a str, Value)>,
        key: &str,
        id: i64,
    ) -> Self {
        let (names, mut values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        values.push(id.into());
        let set = names.iter().zip(1..);
        let set: Vec<_> = set
            .map(|(name, index)| format!("\"{name}\" = ${index}"))
            .collect();
        let index = values.len();
        Self::new(
            format!(
                "update \"{table}\" set {} where {key} = ${index}",
                set.join(", ")
            ),
            values,
        )
    }
}

impl<'a> From<&'a str> for Statement<'a> {
    fn from(sql: &'a str) -> Self {
        Self::new(sql, [])
    }
}

/// A foreign key: table and column, and the table and column that it refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ForeignKey(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

impl ForeignKey {
    /// Returns the name that knex gives to the constraint.
    fn name(self) -> String {
        format!("{}_{}_foreign", self.0, self.1).to_lowercase()
    }

    /// Returns the constraint as MariaDB shows it.
    fn in_full(self) -> String {
        let (Self(table, column, other, key), name) = (self, self.name());
        format!(
            "`wiki`.`{table}`, CONSTRAINT `{name}` FOREIGN KEY (`{column}`) REFERENCES `{other}` (`{key}`)"
        )
    }
}

/// The reason for which a database refuses a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Violation<'a> {
    /// A text that is longer than its column, and the length of that.
    TooLong(&'a str, usize),
    /// A row that refers to a missing row.
    MissingReference(ForeignKey),
    /// A row that another one refers to.
    StillReferenced(ForeignKey),
    /// A second row with a value that must be unique: the constraint, the columns as `table.column`, and the value.
    Duplicate(&'a str, &'a str, &'a str),
    /// A null in a column of a table that does not allow it.
    Null(&'a str, &'a str),
    /// A NUL character in a text.
    NulCharacter,
    /// A negative `LIMIT` or `OFFSET`. SQLite ignores it.
    Negative(&'a str, i64),
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
            Self::MariaDb => text.chars().map(weight).collect(),
        }
    }

    /// Returns whether lengths and references are enforced.
    pub(crate) fn enforces(self) -> bool {
        self != Self::Sqlite
    }

    /// Returns whether a text may contain U+0000.
    pub(crate) fn stores_nul(self) -> bool {
        self != Self::PostgreSql
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

    /// Returns name and version, as in `system.info`.
    pub(crate) fn name_and_version(self) -> (&'static str, &'static str) {
        match self {
            Self::PostgreSql => ("PostgreSQL", "15.18"),
            Self::MariaDb => ("MariaDB", "10.11.19-MariaDB-0+deb12u1"),
            Self::Sqlite => ("SQLite", "3.44.2"),
        }
    }

    /// Returns the result of `LIKE`, or on PostgreSQL `ILIKE`, with which pages and tags are searched.
    pub(crate) fn ilike(self, text: &str, pattern: &str) -> bool {
        match self {
            Self::PostgreSql => text::ilike(text, pattern),
            Self::MariaDb | Self::Sqlite => self.like(text, pattern),
        }
    }

    /// Returns the result of `LIKE`, with which users are searched.
    pub(crate) fn like(self, text: &str, pattern: &str) -> bool {
        match self {
            Self::PostgreSql => text::like(text, pattern),
            Self::MariaDb => text::like(&self.fold(text), &self.fold(pattern)),
            Self::Sqlite => text::like(&text.to_ascii_lowercase(), &pattern.to_ascii_lowercase()),
        }
    }

    /// Returns the port that it listens on.
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::MariaDb => 3306,
            Self::PostgreSql | Self::Sqlite => 5432,
        }
    }

    /// Refuses the first text that is longer than its column.
    pub(crate) fn check_lengths<'a>(
        self,
        texts: &[(&str, &str)],
        statement: impl FnOnce() -> Statement<'a>,
    ) -> Result<(), Failure> {
        let most = |column: &str| if column == "localeCode" { 5 } else { 255 };
        let long = texts
            .iter()
            .find(|(column, text)| is_longer(text, most(column)));
        match long {
            Some((column, _)) if self.enforces() => {
                Err(self.failure(statement(), Violation::TooLong(column, most(column))))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a reference to a row that does not exist.
    pub(crate) fn check_reference<'a>(
        self,
        exists: bool,
        key: ForeignKey,
        statement: impl FnOnce() -> Statement<'a>,
    ) -> Result<(), Failure> {
        if exists || !self.enforces() {
            return Ok(());
        }
        Err(self.failure(statement(), Violation::MissingReference(key)))
    }

    /// Returns the failure of a statement in the words of the database.
    #[expect(
        clippy::too_many_lines,
        reason = "a table of the messages of three databases"
    )]
    pub(crate) fn failure<'a>(
        self,
        statement: impl Into<Statement<'a>>,
        violation: Violation<'_>,
    ) -> Failure {
        let statement = statement.into();
        let statement = match self {
            Self::PostgreSql => statement.sql.into_owned(),
            Self::MariaDb | Self::Sqlite => with_values(&statement),
        };
        let (mut slug, state, postgres, mysql, mysql_reason) = match violation {
            Violation::TooLong(column, length) => (
                "DataError",
                "22001",
                format!("value too long for type character varying({length})"),
                ("ER_DATA_TOO_LONG", 1406, "22001"),
                format!("Data too long for column '{column}' at row 1"),
            ),
            Violation::MissingReference(key) => (
                "ForeignKeyViolationError",
                "23503",
                format!(
                    "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
                    key.0,
                    key.name()
                ),
                ("ER_NO_REFERENCED_ROW_2", 1452, "23000"),
                format!(
                    "Cannot add or update a child row: a foreign key constraint fails ({})",
                    key.in_full()
                ),
            ),
            Violation::StillReferenced(key) => (
                "ForeignKeyViolationError",
                "23503",
                format!(
                    "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
                    key.2,
                    key.name(),
                    key.0
                ),
                ("ER_ROW_IS_REFERENCED_2", 1451, "23000"),
                format!(
                    "Cannot delete or update a parent row: a foreign key constraint fails ({})",
                    key.in_full()
                ),
            ),
            Violation::Duplicate(constraint, _, value) => (
                "UniqueViolationError",
                "23505",
                format!("duplicate key value violates unique constraint \"{constraint}\""),
                ("ER_DUP_ENTRY", 1062, "23000"),
                format!(
                    "Duplicate entry '{}' for key '{constraint}'",
                    value.replace(|c| c > '\u{ffff}', "?")
                ),
            ),
            Violation::Null(column, table) => (
                "NotNullViolationError",
                "23502",
                format!(
                    "null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"
                ),
                ("ER_BAD_NULL_ERROR", 1048, "23000"),
                format!("Column '{column}' cannot be null"),
            ),
            Violation::NulCharacter => (
                "DataError",
                "22021",
                "invalid byte sequence for encoding \"UTF8\": 0x00".to_owned(),
                ("", 0, ""),
                String::new(),
            ),
            Violation::Negative(clause, number) => (
                "DataError",
                if clause == "LIMIT" { "2201W" } else { "2201X" },
                format!("{clause} must not be negative"),
                ("ER_PARSE_ERROR", 1064, "42000"),
                format!(
                    "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server \
                     version for the right syntax to use near '{number}' at line 1"
                ),
            ),
        };
        let (reason, native) = match (self, violation) {
            (Self::Sqlite, Violation::Duplicate(_, columns, _)) => (
                format!("SQLITE_CONSTRAINT: UNIQUE constraint failed: {columns}"),
                Native::Sqlite,
            ),
            (Self::Sqlite, Violation::Null(column, table)) => (
                format!("SQLITE_CONSTRAINT: NOT NULL constraint failed: {table}.{column}"),
                Native::Sqlite,
            ),
            (Self::MariaDb, _) => {
                if matches!(violation, Violation::Negative(..)) {
                    slug = "DBError";
                }
                let (code, number, state) = mysql;
                (
                    mysql_reason,
                    Native::MySql {
                        code,
                        number,
                        state,
                    },
                )
            }
            _ => (postgres, Native::PostgreSql(state)),
        };
        Failure::of_database(slug, &statement, &reason, native)
    }

    /// Returns the failure of two rebuilds of the page tree at the same time.
    pub(crate) fn rebuild_tree(self) -> Failure {
        let statement = "insert into \"pageTree\" (\"ancestors\", \"depth\", \"id\", \
             \"isFolder\", \"isPrivate\", \"localeCode\", \"pageId\", \"parent\", \"path\", \"privateNS\", \
             \"title\") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let constraint = match self {
            Self::PostgreSql | Self::Sqlite => "pageTree_pkey",
            Self::MariaDb => "PRIMARY",
        };
        let violation = Violation::Duplicate(constraint, "pageTree.id", "1");
        let reason = self.failure(statement, violation).message;
        Failure::error(format!("Error when running job rebuild-tree: {reason}"))
    }
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
fn with_values(statement: &Statement<'_>) -> String {
    let sql = statement.sql.replace('"', "`").replace(" ilike ", " like ");
    let sql = sql.split(" returning `").next().unwrap_or_default();
    let mut shown = String::with_capacity(sql.len());
    let mut parts = sql.split('$');
    shown.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = part[..digits].parse().unwrap_or_default();
        match number
            .checked_sub(1)
            .and_then(|index| statement.values.get(index))
        {
            Some(value) => shown.push_str(&literal(value)),
            None => shown.push('?'),
        }
        shown.push_str(&part[digits..]);
    }
    shown
}

fn literal(value: &Value) -> String {
    let text = match value {
        Value::Null => return "NULL".to_owned(),
        Value::Bool(_) | Value::Number(_) => return value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        let statement = || Statement::insert("tags", json!({"tag": "it's \"$2\"", "id": 7}), "id");
        let duplicate = Violation::Duplicate("tags_tag_unique", "tags.tag", "x");
        let message = |database: Database| database.failure(statement(), duplicate).message;
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
