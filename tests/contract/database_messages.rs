//! Classification and reduction of the messages of databases.

use serde_json::json;
use wikijs_client::{Applied, Error};

use crate::canned::{CannedWiki, Response};

/// Maximum length of a message, in characters: 500, and ` … ` in place of the rest.
const LONGEST: usize = 503;

/// Returns the name of the predicate that is `true`.
fn name(error: &Error) -> &'static str {
    let names = [
        (error.is_conflict(), "conflict"),
        (error.is_invalid_input(), "invalid"),
        (error.is_transient(), "passes"),
        (error.is_unavailable(), "restart"),
    ];
    names
        .iter()
        .find(|(is, _)| *is)
        .map_or("other", |(_, name)| name)
}

/// Returns the error of a mutation that fails with this class and message, and its message.
async fn failed(wiki: &CannedWiki, class: &str, message: &str) -> (Error, String) {
    let result = json!({"succeeded": false, "errorCode": 1, "slug": class, "message": message});
    let data = json!({"data": {"pages": {"flushCache": {"responseResult": result}}}});
    wiki.set(Response::json(200, data));
    let error = match wiki.client.pages().flush_cache().await.unwrap_err() {
        Error::Unconfirmed(unconfirmed) => unconfirmed.source,
        error => error,
    };
    let Error::Api(api) = &error else {
        panic!("{error:?}")
    };
    let message = api.message.clone();
    (error, message)
}

fn start() -> CannedWiki {
    CannedWiki::start(|builder| builder)
}

/// Declares messages of databases.
macro_rules! seen {
    ($($class:literal $(, $statement:literal)? - $reason:literal => $meaning:literal $($applied:ident, $shown:literal)?;)*) => {
        &[$((
            $class,
            concat!($($statement)?),
            $reason,
            $meaning,
            seen!(@applied $($applied)?),
            concat!($($shown)?),
        )),*]
    };
    (@applied) => { Applied::Unknown };
    (@applied $applied:ident) => { Applied::$applied };
}

/// Messages that were observed: class, statement and reason; then the expected predicate, the outcome of the write, and
/// the beginning of the message that is shown.
const SEEN: &[(&str, &str, &str, &str, Applied, &str)] = seen! {
    "ForeignKeyViolationError", "insert into \"pages\" (\"title\") values ($1) returning \"id\""
        - "insert or update on table \"pages\" violates foreign key constraint \"pages_editorkey_foreign\""
        => "invalid" No, "inserting into pages";
    "ForeignKeyViolationError", "insert into `pages` (`content`) values ('# x - y')"
        - "Cannot add or update a child row: a foreign key constraint fails (`w`.`pages`, CONSTRAINT `pages_editorkey_foreign` FOREIGN KEY (`editorKey`) REFERENCES `editors` (`key`))"
        => "invalid" No, "inserting into pages";
    "ForeignKeyViolationError", "insert into `userGroups` (`groupId`, `userId`) values (9999, 4)"
        - "Cannot add or update a child row: a foreign key constraint fails (`w`.`userGroups`, CONSTRAINT `g` FOREIGN KEY (`groupId`) REFERENCES `groups` (`id`) ON DELETE CASCADE)"
        => "invalid" Unknown, "inserting into userGroups";
    "ForeignKeyViolationError", "delete from \"groups\" where \"id\" = $1"
        - "update or delete on table \"groups\" violates foreign key constraint \"g\" on table \"userGroups\""
        => "conflict" Unknown, "deleting from groups";
    "ForeignKeyViolationError", "delete from `users` where `id` = 3"
        - "Cannot delete or update a parent row: a foreign key constraint fails (`w`.`pages`, CONSTRAINT `p` FOREIGN KEY (`authorId`) REFERENCES `users` (`id`))"
        => "conflict" Unknown, "deleting from users";
    "ForeignKeyViolationError", "insert into [pages] ([title]) output inserted.[id] values (@p0)"
        - "The INSERT statement conflicted with the FOREIGN KEY constraint \"pages_editorkey_foreign\". The conflict occurred in database \"w\", table \"dbo.editors\", column 'key'."
        => "invalid" No, "inserting into pages";
    "DataError", "insert into \"pages\" (\"title\") values ($1) returning \"id\""
        - "value too long for type character varying(255)"
        => "invalid" No, "inserting into pages";
    "DataError", "insert into \"tags\" (\"tag\") values ($1) returning \"id\""
        - "value too long for type character varying(255)"
        => "invalid" Unknown, "inserting into tags";
    "DataError", "insert into `tags` (`tag`) values ('tttt')"
        - "Data too long for column 'tag' at row 1"
        => "invalid" Unknown, "inserting into tags";
    "DataError", "insert into [tags] ([tag]) values (@p0)"
        - "String or binary data would be truncated in table 'w.dbo.tags', column 'tag'. Truncated value: 'tt'."
        => "invalid" Unknown, "inserting into tags";
    "DataError", "update `pages` set `authorId` = 1, `extra` = '{\\\"js\\\":\\\"\\\"}' where `id` = 23"
        - "Data too long for column 'title' at row 1"
        => "invalid" No, "updating pages";
    "DataError", "update `pages` set `render` = REPLACE(`render`, 'a', 'b') where `id` = 2"
        - "Data too long for column 'render' at row 1"
        => "invalid" Unknown, "updating pages.render";
    "DataError", "insert into \"pages\" (\"title\") values ($1)"
        - "invalid byte sequence for encoding \"UTF8\": 0x00"
        => "invalid" No, "inserting into pages";
    "DataError", "insert into `pages` (`title`) values ('x')"
        - "Incorrect string value: '\\xF0\\x9F' for column `w`.`pages`.`title` at row 1"
        => "invalid" No, "inserting into pages";
    "UniqueViolationError", "insert into `tags` (`tag`, `title`) values ('🚀', '🚀')"
        - "Duplicate entry '?' for key 'tags_tag_unique'"
        => "conflict" Unknown, "inserting into tags";
    "UniqueViolationError", "insert into \"tags\" (\"tag\") values ($1) returning \"id\""
        - "duplicate key value violates unique constraint \"tags_tag_unique\""
        => "conflict" Unknown, "inserting into tags";
    "UniqueViolationError", "update `tags` set `tag` = 'two' where `tags`.`id` = 8"
        - "SQLITE_CONSTRAINT: UNIQUE constraint failed: tags.tag"
        => "conflict" No, "updating tags";
    "UniqueViolationError", "update `tags` set `tag` = 'a - b' where `tags`.`id` = 10"
        - "Duplicate entry 'a - b' for key 'tags_tag_unique'"
        => "conflict" No, "updating tags";
    "UniqueViolationError", "update [tags] set [tag] = @p0 where [tags].[id] = @p1"
        - "Violation of UNIQUE KEY constraint 'tags_tag_unique'. Cannot insert duplicate key in object 'dbo.tags'. The duplicate key value is (two)."
        => "conflict" No, "updating tags";
    "NotNullViolationError", "insert into `tags` (`tag`) values (NULL)"
        - "Column 'tag' cannot be null"
        => "invalid" Unknown, "inserting into tags";
    "NotNullViolationError", "insert into \"users\" (\"name\") values ($1)"
        - "null value in column \"name\" of relation \"users\" violates not-null constraint"
        => "invalid" No, "inserting into users";
    "DBError", "insert into `pages` (`title`) values ('x')"
        - "Lock wait timeout exceeded; try restarting transaction"
        => "passes" No, "inserting into pages";
    "DBError", "update `pages` set `title` = 'it\\'s' where `id` = 1"
        - "The MariaDB server is running with the --read-only option so it cannot execute this statement"
        => "passes" No, "updating pages";
    "DBError", "insert into `pageTree` (`id`) values (1)"
        - "SQLITE_BUSY: database is locked"
        => "passes" Unknown, "inserting into pageTree";
    "DBError", "insert into \"pageTree\" (\"id\") values ($1)"
        - "deadlock detected"
        => "passes" Unknown, "inserting into pageTree";
    "DBError", "insert into [pages] ([id]) values (@p0)"
        - "Transaction (Process ID 52) was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction."
        => "passes" No, "inserting into pages";
    "DBError", "update `pages` set `content` = 'x' where `id` = 1"
        - "Got a packet bigger than 'max_allowed_packet' bytes"
        => "invalid" No, "updating pages";
    "Error", "update \"pages\" set \"title\" = $1 where \"id\" = $2"
        - "Connection terminated unexpectedly"
        => "passes" Unknown, "updating pages";
    "DBError" - "terminating connection due to administrator command" => "passes";
    "DBError" - "Too many connections" => "passes";
    "DBError" - "User 'wiki' has exceeded the 'max_user_connections' resource (current value: 1)" => "passes";
    "Error" - "write EPIPE" => "passes";
    "Error" - "connect ETIMEDOUT 10.0.0.1:3306" => "passes";
    "ConnectionError" - "Failed to connect to db:1433 - connect ECONNREFUSED 10.0.0.1:1433" => "passes";
    "Error", ""
        - "Can't add new command when connection is in closed state"
        => "restart" Unknown, "the wiki has lost its database connection and must be restarted";
    "Error" - "Access denied for user 'wiki'@'db' (using password: YES)" => "other";
    "ValidationError", ""
        - "name: should NOT be longer than 255 characters"
        => "invalid" No, "";
    "Error", ""
        - "Error when running job rebuild-tree: insert into \"pageTree\" (\"id\") values ($1) - duplicate key value violates unique constraint \"pageTree_pkey\""
        => "other" Yes, "Error when running job rebuild-tree: inserting into pageTree failed: duplicate key";
};

#[tokio::test]
async fn database_messages_are_classified_and_shown_without_the_statement() {
    let wiki = start();
    for (class, statement, reason, meaning, applied, begin) in SEEN {
        let message = match *statement {
            "" => (*reason).to_owned(),
            statement => format!("{statement} - {reason}"),
        };
        let (error, shown) = failed(&wiki, class, &message).await;
        assert_eq!(name(&error), *meaning, "{message}");
        assert_eq!(error.applied(), *applied, "{message}");
        assert!(shown.starts_with(begin), "{shown}");
        for part in ["values (", "where ", "@p0", "$1"] {
            assert!(!format!("{error:?}").contains(part), "{error:?}");
        }
        if !statement.is_empty() {
            assert!(shown.ends_with(reason), "{shown}");
        }
        // Reducing the message again changes neither the message nor its classification.
        let (again, shown_again) = failed(&wiki, class, &shown).await;
        assert_eq!(shown_again, shown);
        assert_eq!(
            (name(&again), again.applied()),
            (*meaning, *applied),
            "{shown}"
        );
    }
}

/// Returns texts of users that quote messages of databases.
fn traps() -> Vec<String> {
    let mut traps: Vec<String> = SEEN
        .iter()
        .flat_map(|seen| {
            [
                format!(" - {}", seen.2),
                format!("x - {} - y", seen.2),
                format!("{} - {}", seen.1, seen.2),
            ]
        })
        .collect();
    traps.extend(
        [
            "it's",
            "' - read ECONNRESET",
            "\\",
            "\\' - deadlock detected",
            " - ",
            "''",
            "values ('x') - Forbidden",
            "Forbidden",
        ]
        .map(str::to_owned),
    );
    traps
}

#[tokio::test]
async fn a_text_within_a_statement_does_not_affect_the_classification_and_is_not_shown() {
    const SECRET: &str = "$2b$12$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
    // Database, class, reason, expected predicate.
    const FAILURES: &str = "
        MySQL  | DataError                | Data too long for column 'title' at row 1               | invalid
        MySQL  | ForeignKeyViolationError | Cannot add or update a child row: a foreign key constraint fails (`w`.`p`, CONSTRAINT `c` FOREIGN KEY (`e`) REFERENCES `e` (`k`)) | invalid
        MySQL  | Error                    | read ECONNRESET                                         | passes
        MySQL  | DBError                  | a reason that nobody has seen before                    | other
        SQLite | UniqueViolationError     | SQLITE_CONSTRAINT: UNIQUE constraint failed: pages.path | conflict
        SQLite | DBError                  | SQLITE_BUSY: database is locked                         | passes
        SQLite | DBError                  | SQLITE_FULL: database or disk is full                   | other";
    let quote = |database: &str, text: &str| match database {
        "SQLite" => text.replace('\'', "''"),
        _ => ['\\', '\'', '"']
            .iter()
            .fold(text.to_owned(), |text, mark| {
                text.replace(*mark, &format!("\\{mark}"))
            }),
    };
    let wiki = start();
    for trap in traps() {
        for line in FAILURES.trim().lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [database, class, reason, meaning] = cells[..] else {
                panic!("{line}")
            };
            let content = quote(database, &format!("private {trap} {SECRET} private"));
            let message = format!(
                "insert into `pages` (`content`, `path`) values ('{content}', 'p') - {reason}"
            );
            let (error, _) = failed(&wiki, class, &message).await;
            assert_eq!(name(&error), meaning, "{message}\n{error}");
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains("private") && !shown.contains(SECRET),
                "{message}\n{shown}"
            );
        }
    }
}

#[tokio::test]
async fn a_message_has_a_limited_length_and_contains_no_statement() {
    let wiki = start();
    let reduced = async |message: &str| failed(&wiki, "Error", message).await.1;
    let page = "secret text ".repeat(2000);
    for message in [
        format!(
            "insert into `pages` (`content`) values ('{page}') - Data too long for column 'title' at row 1"
        ),
        format!("insert into `pages` (`content`) values ('{page}"),
        format!("INSERT INTO pages (content) VALUES ('{page}')"),
        format!("Something failed: update `pages` set `content` = '{page}' - read ECONNRESET"),
        format!("unforeseen (in insert into \"pages\" (\"content\") values ('{page}'))"),
        format!("Variable \"$content\" got invalid value \"{page}\"; String cannot represent it"),
        format!("delete from pages where content = '{page}'"),
        format!("select `id` from `pages` where `content` = '{page}' - Unknown column"),
    ] {
        let reduced = reduced(&message).await;
        assert!(reduced.chars().count() <= LONGEST, "{reduced}");
        assert!(!reduced.contains("secret"), "{reduced}");
    }
    let value = "é - ".repeat(4000);
    let message = format!(
        "update `tags` set `tag` = 'x' - Duplicate entry '{value}' for key 'tags_tag_unique'"
    );
    let long = reduced(&message).await;
    assert!(long.chars().count() <= LONGEST);
    assert!(long.ends_with("for key 'tags_tag_unique'"), "{long}");
    for message in ["This page does not exist.", "", &"é".repeat(500)] {
        assert_eq!(reduced(message).await, message);
    }
    let long = reduced(&format!("begin {} end", "é".repeat(1000))).await;
    assert!(long.starts_with("begin ") && long.ends_with(" end"));
    assert_eq!(long.chars().count(), LONGEST);
}
