//! Messages with which PostgreSQL, MySQL, MariaDB, SQLite, SQL Server and their drivers reject statements.

use super::{Cause, LOST_CONNECTION};

/// The beginning and the end of a reason, and its cause.
///
/// A `*` in the end matches a name or a number. If the end is empty, any text without quotation marks may follow the
/// beginning. Quotation marks are excluded because they would end a text within a statement.
type Reason = (&'static str, &'static str, Cause);

/// Declares the table of reasons, a line for each.
macro_rules! reasons {
    ($($cause:ident: $begins:tt .. $ends:literal;)*) => {
        &[$(($begins, $ends, Cause::$cause)),*]
    };
}

/// The reasons of the databases and their drivers.
///
/// A reason must match from its first to its last character. Thus a page whose text quotes a reason does not match,
/// since the rest of the statement and the actual reason follow it.
const REASONS: &[Reason] = reasons! {
    // The text of a reduced message, so that it is classified like the original one.
    LostConnection: LOST_CONNECTION .. ")";
    // PostgreSQL: constraints and values.
    Unique: "duplicate key value violates unique constraint \"" .. "\"";
    DanglingReference: "insert or update on table \"" .. "\"";
    StillReferenced: "update or delete on table \"" .. "\"";
    Value: "null value in column \"" .. " violates not-null constraint";
    Value: "new row for relation \"" .. "\"";
    Value: "value too long for type " .. "";
    Value: "invalid byte sequence for encoding \"" .. "";
    Value: "invalid input syntax for " .. "";
    Value: "unsupported Unicode escape sequence" .. "";
    Value: "LIMIT must not be negative" .. "";
    Value: "OFFSET must not be negative" .. "";
    Value: "value \"" .. "\" is out of range for type integer";
    Value: "integer out of range" .. "";
    // PostgreSQL: transient failures.
    Undone: "deadlock detected" .. "";
    Undone: "could not serialize access due to " .. "";
    Undone: "canceling statement due to " .. "";
    Undone: "could not obtain lock on " .. "\"";
    Undone: "cannot execute " .. " in a read-only transaction";
    Away: "sorry, too many clients already" .. "";
    Away: "too many connections for " .. "\"";
    Away: "remaining connection slots are reserved for " .. "";
    Away: "no more connections allowed" .. "";
    Away: "the database system is " .. "";
    Away: "database \"" .. "\" is not currently accepting connections";
    Away: "terminating connection due to " .. "";
    Away: "terminating connection because of " .. "";
    Away: "server closed the connection unexpectedly" .. "";
    Away: "Connection terminated" .. "";
    Away: "Connection ended unexpectedly" .. "";
    Away: "Client has encountered a connection error and is not queryable" .. "";
    Away: "timeout expired" .. "";
    Away: "timeout exceeded when trying to connect" .. "";
    Away: "query_wait_timeout" .. "";
    // MariaDB and MySQL: constraints and values.
    Unique: "Duplicate entry '" .. "' for key '*'";
    DanglingReference: "Cannot add or update a child row: a foreign key constraint fails" .. ")";
    StillReferenced: "Cannot delete or update a parent row: a foreign key constraint fails" .. ")";
    Value: "Column '" .. "' cannot be null";
    Value: "Field '" .. "' doesn't have a default value";
    Value: "Data too long for column '" .. " at row *";
    Value: "Incorrect string value: '" .. " at row *";
    Value: "Incorrect datetime value: '" .. " at row *";
    Value: "Out of range value for column '" .. " at row *";
    Value: "Got a packet bigger than 'max_allowed_packet' bytes" .. "bytes";
    // MariaDB and MySQL: transient failures.
    Undone: "Lock wait timeout exceeded; try restarting transaction" .. "";
    Undone: "Deadlock found when trying to get lock; try restarting transaction" .. "";
    Undone: "The MariaDB server is running with the " .. " so it cannot execute this statement";
    Undone: "The MySQL server is running with the " .. " so it cannot execute this statement";
    Undone: "Query execution was interrupted" .. "";
    Away: "Too many connections" .. "";
    Away: "User '" .. "' resource (current value: *)";
    Away: "Host '" .. " flush-hosts'";
    Away: "Server shutdown in progress" .. "";
    Away: "Connection lost: The server closed the connection." .. "";
    Away: "Handshake inactivity timeout" .. "";
    Away: "WSREP has not yet prepared node for application use" .. "";
    LostConnection: "Can't add new command when connection is in closed state" .. "state";
    LostConnection: "Cannot enqueue " .. " after fatal error.";
    LostConnection: "Cannot enqueue " .. " after being destroyed.";
    LostConnection: "Pool is closed." .. "";
    // SQLite.
    Unique: "SQLITE_CONSTRAINT: UNIQUE constraint failed: " .. "";
    Unique: "SQLITE_CONSTRAINT: PRIMARY KEY constraint failed: " .. "";
    DanglingReference: "SQLITE_CONSTRAINT: FOREIGN KEY constraint failed" .. "";
    Value: "SQLITE_CONSTRAINT: NOT NULL constraint failed: " .. "";
    Value: "SQLITE_CONSTRAINT: CHECK constraint failed: " .. "";
    Value: "SQLITE_TOOBIG: " .. "";
    Undone: "SQLITE_BUSY: " .. "";
    Undone: "SQLITE_BUSY_SNAPSHOT: " .. "";
    Undone: "SQLITE_LOCKED: " .. "";
    Undone: "SQLITE_PROTOCOL: " .. "";
    LostConnection: "SQLITE_MISUSE: Database is closed" .. "";
    // SQL Server.
    Unique: "Violation of UNIQUE KEY constraint '" .. ").";
    Unique: "Violation of PRIMARY KEY constraint '" .. ").";
    Unique: "Cannot insert duplicate key row in object '" .. ").";
    DanglingReference: "The INSERT statement conflicted with the FOREIGN KEY constraint \"" .. "'.";
    DanglingReference: "The UPDATE statement conflicted with the FOREIGN KEY constraint \"" .. "'.";
    StillReferenced: "The DELETE statement conflicted with the REFERENCE constraint \"" .. "'.";
    Value: "The INSERT statement conflicted with the CHECK constraint \"" .. "'.";
    Value: "Cannot insert the value NULL into column '" .. " fails.";
    Value: "String or binary data would be truncated" .. ".";
    Undone: "Transaction (Process ID " .. "Rerun the transaction.";
    Undone: "Lock request time out period exceeded." .. "";
    Undone: "Failed to update database \"" .. " because the database is read-only.";
    Away: "Failed to connect to " .. "";
    Away: "Connection lost - " .. "";
    Away: "Connection is closed." .. "";
    Away: "Timeout: Request failed to complete in " .. "ms";
    Away: "Cannot open database \"" .. "\" requested by the login. The login failed.";
    // Node.js, and the connection pool of Wiki.js.
    Away: "connect E" .. "";
    Away: "getaddrinfo E" .. "";
    Away: "read E" .. "";
    Away: "write E" .. "";
    Away: "queryA E" .. "";
    Away: "socket hang up" .. "";
    Away: "This socket has been ended by the other party" .. "";
    Away: "Client network socket disconnected before secure TLS connection was established" .. "";
    Away: "Knex: Timeout acquiring a connection." .. "";
    Away: "ResourceRequest timed out" .. "";
};

/// Codes of Node.js and of the drivers for an unreachable database.
const AWAY: &str = "\
    ECONNREFUSED ECONNRESET ECONNABORTED ECONNCLOSED ENOTFOUND EAI_AGAIN EHOSTUNREACH EHOSTDOWN \
    ENETUNREACH ETIMEDOUT ETIMEOUT EPIPE ESOCKET PROTOCOL_CONNECTION_LOST PROTOCOL_SEQUENCE_TIMEOUT \
    ER_CON_COUNT_ERROR ER_USER_LIMIT_REACHED ER_TOO_MANY_USER_CONNECTIONS ER_SERVER_SHUTDOWN \
    53300 55000 57P01 57P02 57P03 08006 08001";

/// Codes for a connection that stays closed.
const LOST: &str = "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR PROTOCOL_ENQUEUE_AFTER_QUIT";

/// Returns the cause for a code of the operating system or of a driver.
pub(in crate::error) fn cause_of_code(code: &str) -> Option<Cause> {
    let causes = [(AWAY, Cause::Away), (LOST, Cause::LostConnection)];
    let found = causes
        .into_iter()
        .find(|(codes, _)| codes.split(' ').any(|known| known == code));
    found.map(|(_, cause)| cause)
}

/// Returns the cause for a reason, if the table contains it.
pub(super) fn cause_of_reason(reason: &str) -> Option<Cause> {
    let reason = reason.trim_end();
    REASONS.iter().find_map(|(begins, ends, cause)| {
        let rest = reason.strip_prefix(begins)?;
        let fits = match ends.split_once('*') {
            None if ends.is_empty() => !rest.contains(['\'', '`']),
            None => rest.ends_with(ends) || (rest.is_empty() && begins.ends_with(ends)),
            Some((before, after)) => rest.strip_suffix(after).is_some_and(|rest| {
                rest.trim_end_matches(|c: char| !c.is_whitespace() && !"'`\"".contains(c))
                    .ends_with(before)
            }),
        };
        fits.then_some(*cause)
    })
}
