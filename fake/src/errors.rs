//! Failures as Wiki.js reports them: its own codes, JavaScript's errors and the database's.

use serde_json::{Map, Value, json};

/// Where the database would be.
const DATABASE_ADDRESS: &str = "127.0.0.1";
const DATABASE_PORT: u16 = 5432;

/// Something that went wrong while a field was resolved.
///
/// In a query it becomes a GraphQL error; most mutations catch it and answer a `responseResult` instead.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    /// The name of the JavaScript class, which is the slug in a `responseResult`.
    pub(crate) slug: &'static str,
    /// The code of Wiki.js, where it has one.
    pub(crate) code: Option<i64>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Thrown by Wiki.js itself.
    Wiki,
    /// Thrown by JavaScript, or by Wiki.js as a plain error.
    Plain,
    /// Thrown by graphql-js.
    GraphQl,
    /// Thrown by the database driver; the SQLSTATE.
    Database(&'static str),
    /// Thrown by Node.js when it could not connect to the database.
    Connection,
}

/// The codes of Wiki.js that the fake can answer.
macro_rules! wiki_errors {
    ($($name:ident = $code:literal $slug:literal $message:literal;)*) => {
        impl Failure {
            $(pub(crate) fn $name() -> Self {
                Self {
                    message: $message.to_owned(),
                    slug: $slug,
                    code: Some($code),
                    kind: Kind::Wiki,
                }
            })*
        }
    };
}

wiki_errors! {
    auth_login_failed = 1002 "AuthLoginFailed" "Invalid email / username or password.";
    auth_provider_invalid = 1003 "AuthProviderInvalid" "Invalid authentication provider.";
    auth_account_already_exists = 1004 "AuthAccountAlreadyExists" "An account already exists using this email address.";
    auth_tfa_failed = 1005 "AuthTFAFailed" "Incorrect TFA Security Code.";
    auth_tfa_invalid = 1006 "AuthTFAInvalid" "Invalid TFA Security Code or Login Token.";
    auth_registration_disabled = 1010 "AuthRegistrationDisabled" "Registration is disabled. Contact your system administrator.";
    auth_registration_domain_unauthorized = 1011 "AuthRegistrationDomainUnauthorized" "You are not authorized to register. Your domain is not whitelisted.";
    password_too_short = 1012 "InputInvalid" "Password must be at least 6 characters!";
    auth_account_banned = 1013 "AuthAccountBanned" "Your account has been disabled.";
    auth_account_not_verified = 1014 "AuthAccountNotVerified" "You must verify your account before your can login.";
    auth_validation_token_invalid = 1015 "AuthValidationTokenInvalid" "Invalid validation token.";
    user_not_found = 1016 "UserNotFound" "This user does not exist.";
    user_delete_foreign_constraint = 1017 "UserDeleteForeignConstraint" "Cannot delete user because of content relational constraints.";
    user_delete_protected = 1018 "UserDeleteProtected" "Cannot delete a protected system account.";
    auth_required = 1019 "AuthRequired" "You must be authenticated to access this resource.";
    auth_password_invalid = 1020 "AuthPasswordInvalid" "Password is incorrect.";
    asset_folder_exists = 2002 "AssetFolderExists" "An asset folder with the same name already exists.";
    asset_delete_forbidden = 2003 "AssetDeleteForbidden" "You are not authorized to delete this asset.";
    asset_invalid = 2004 "AssetInvalid" "This asset does not exist or is invalid.";
    asset_rename_collision = 2005 "AssetRenameCollision" "An asset with the same filename in the same folder already exists.";
    asset_rename_forbidden = 2006 "AssetRenameForbidden" "You are not authorized to rename this asset.";
    asset_rename_invalid = 2007 "AssetRenameInvalid" "The new asset filename is invalid.";
    asset_rename_invalid_ext = 2008 "AssetRenameInvalidExt" "The file extension cannot be changed on an existing asset.";
    asset_rename_target_forbidden = 2009 "AssetRenameTargetForbidden" "You are not authorized to rename this asset to the requested name.";
    mail_not_configured = 3002 "MailNotConfigured" "The mail configuration is incomplete or invalid.";
    mail_invalid_recipient = 3004 "MailInvalidRecipient" "The recipient email address is invalid.";
    page_duplicate_create = 6002 "PageDuplicateCreate" "Cannot create this page because an entry already exists at the same path.";
    page_not_found = 6003 "PageNotFound" "This page does not exist.";
    page_empty_content = 6004 "PageEmptyContent" "Page content cannot be empty.";
    page_illegal_path = 6005 "PageIllegalPath" "Page path cannot contains illegal characters.";
    page_path_collision = 6006 "PagePathCollision" "Destination page path already exists.";
    page_move_forbidden = 6007 "PageMoveForbidden" "You are not authorized to move this page.";
    page_update_forbidden = 6009 "PageUpdateForbidden" "You are not authorized to update this page.";
    page_delete_forbidden = 6010 "PageDeleteForbidden" "You are not authorized to delete this page.";
    page_restore_forbidden = 6011 "PageRestoreForbidden" "You are not authorized to restore this page version.";
    page_history_forbidden = 6012 "PageHistoryForbidden" "You are not authorized to view the history of this page.";
    page_view_forbidden = 6013 "PageViewForbidden" "You are not authorized to view this page.";
    system_ssl_disabled = 7002 "SystemSSLDisabled" "SSL is not enabled.";
    comment_generic_error = 8001 "CommentGenericError" "An unexpected error occured.";
    comment_post_forbidden = 8002 "CommentPostForbidden" "You are not authorized to post a comment on this page.";
    comment_content_missing = 8003 "CommentContentMissing" "Comment content is missing or too short.";
    comment_manage_forbidden = 8004 "CommentManageForbidden" "You are not authorized to manage comments on this page.";
    comment_not_found = 8005 "CommentNotFound" "This comment does not exist.";
    comment_view_forbidden = 8006 "CommentViewForbidden" "You are not authorized to view comments for this page.";
}

impl Failure {
    fn with_kind(slug: &'static str, message: impl Into<String>, kind: Kind) -> Self {
        Self {
            message: message.into(),
            slug,
            code: None,
            kind,
        }
    }

    /// A plain `Error`.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::with_kind("Error", message, Kind::Plain)
    }

    /// A `TypeError`: Wiki.js read a property of nothing.
    pub(crate) fn type_error(message: impl Into<String>) -> Self {
        Self::with_kind("TypeError", message, Kind::Plain)
    }

    /// A `SyntaxError`: a text that is not the JSON that it has to be.
    pub(crate) fn syntax_error(text: &str) -> Self {
        let first = text.chars().next().unwrap_or_default();
        let message = format!("Unexpected token '{first}', \"{text}\" is not valid JSON");
        Self::with_kind("SyntaxError", message, Kind::Plain)
    }

    /// Values that the model refuses: they have to be strings.
    pub(crate) fn not_strings(fields: &[&str]) -> Self {
        let reasons: Vec<_> = fields
            .iter()
            .map(|field| format!("{field}: should be string"))
            .collect();
        Self::with_kind("ValidationError", reasons.join(", "), Kind::Plain)
    }

    /// An error of GraphQL's own, thrown in the middle of an answer.
    pub(crate) fn graphql(message: impl Into<String>) -> Self {
        Self::with_kind("GraphQLError", message, Kind::GraphQl)
    }

    /// A `Type!` field without a value.
    pub(crate) fn null_for_non_null(type_name: &str, field: &str) -> Self {
        Self::error(format!(
            "Cannot return null for non-nullable field {type_name}.{field}."
        ))
    }

    /// Something of Wiki.js that the fake has not.
    pub(crate) fn not_imitated(type_name: &str, field: &str) -> Self {
        Self::error(format!("wikijs-fake does not imitate {type_name}.{field}"))
    }

    /// A person's data that Wiki.js refuses.
    pub(crate) fn input_invalid(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            slug: "InputInvalid",
            code: Some(1012),
            kind: Kind::Wiki,
        }
    }

    /// A value that the model refuses.
    pub(crate) fn validation(message: &str) -> Self {
        Self::with_kind("ValidationError", message, Kind::Plain)
    }

    /// A user that refers to nothing: by this constraint, of that table.
    pub(crate) fn user_refers_to_nothing(sql: &str, (table, constraint): (&str, &str)) -> Self {
        let message = format!(
            "{sql} - insert or update on table \"{table}\" violates foreign key constraint \"{constraint}\""
        );
        Self::with_kind("ForeignKeyViolationError", message, Kind::Database("23503"))
    }

    /// A null where the column takes none.
    pub(crate) fn null_in_column(sql: &str, column: &str, table: &str) -> Self {
        let message = format!(
            "{sql} - null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"
        );
        Self::with_kind("NotNullViolationError", message, Kind::Database("23502"))
    }

    /// A row that another table still refers to: of this table, by this constraint, from that table.
    pub(crate) fn still_referenced(
        sql: &str,
        (table, constraint, from): (&str, &str, &str),
    ) -> Self {
        let message = format!(
            "{sql} - update or delete on table \"{table}\" violates foreign key constraint \"{constraint}\" on \
             table \"{from}\""
        );
        Self::with_kind("ForeignKeyViolationError", message, Kind::Database("23503"))
    }

    /// A second user of one strategy with one mail address.
    pub(crate) fn user_exists(sql: &str) -> Self {
        let message = format!(
            "{sql} - duplicate key value violates unique constraint \"users_providerkey_email_unique\""
        );
        Self::with_kind("UniqueViolationError", message, Kind::Database("23505"))
    }

    /// A text longer than its column.
    pub(crate) fn too_long(sql: &str, length: usize) -> Self {
        let message = format!("{sql} - value too long for type character varying({length})");
        Self::with_kind("DataError", message, Kind::Database("22001"))
    }

    /// A negative `LIMIT`.
    pub(crate) fn negative_limit(sql: &str) -> Self {
        let message = format!("{sql} - LIMIT must not be negative");
        Self::with_kind("DataError", message, Kind::Database("2201W"))
    }

    /// A negative `OFFSET`.
    pub(crate) fn negative_offset(sql: &str) -> Self {
        let message = format!("{sql} - OFFSET must not be negative");
        Self::with_kind("DataError", message, Kind::Database("2201X"))
    }

    /// A NUL character in a text.
    pub(crate) fn nul_character(sql: &str) -> Self {
        let message = format!("{sql} - invalid byte sequence for encoding \"UTF8\": 0x00");
        Self::with_kind("DataError", message, Kind::Database("22021"))
    }

    /// A row that refers to nothing.
    pub(crate) fn foreign_key(sql: &str, constraint: &str) -> Self {
        Self::foreign_key_of(sql, "pages", constraint)
    }

    /// A row of a table that refers to nothing.
    pub(crate) fn foreign_key_of(sql: &str, table: &str, constraint: &str) -> Self {
        let message = format!(
            "{sql} - insert or update on table \"{table}\" violates foreign key constraint \"{constraint}\""
        );
        Self::with_kind("ForeignKeyViolationError", message, Kind::Database("23503"))
    }

    /// A tag that is there already.
    pub(crate) fn tag_exists(sql: &str) -> Self {
        let message =
            format!("{sql} - duplicate key value violates unique constraint \"tags_tag_unique\"");
        Self::with_kind("UniqueViolationError", message, Kind::Database("23505"))
    }

    /// Two rebuilds of the page tree at a time.
    pub(crate) fn rebuild_tree() -> Self {
        Self::error(
            "Error when running job rebuild-tree: insert into \"pageTree\" (\"ancestors\", \"depth\", \"id\", \
             \"isFolder\", \"isPrivate\", \"localeCode\", \"pageId\", \"parent\", \"path\", \"privateNS\", \
             \"title\") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) - duplicate key value violates \
             unique constraint \"pageTree_pkey\"",
        )
    }

    /// A page that could not be rendered.
    pub(crate) fn render_page() -> Self {
        Self::error("Error when running job render-page: wikijs-fake does so on purpose")
    }

    /// The database is away.
    pub(crate) fn database_away() -> Self {
        let message = format!("connect ECONNREFUSED {DATABASE_ADDRESS}:{DATABASE_PORT}");
        Self::with_kind("Error", message, Kind::Connection)
    }

    /// A database of Wiki.js 1 that does not answer.
    pub(crate) fn mongo_unreachable() -> Self {
        let message = "failed to connect to server [127.0.0.1:27017] on first connect";
        Self::with_kind("MongoNetworkError", message, Kind::Plain)
    }

    /// The client asks too often.
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        Self::graphql(format!(
            "Too many requests, please try again in {seconds} seconds."
        ))
    }

    /// `extensions` of the GraphQL error that it becomes.
    pub(crate) fn extensions(&self, production: bool) -> Value {
        let stack = format!("{}: {}\n    at wikijs-fake", self.slug, self.message);
        let mut exception = Map::new();
        match self.kind {
            Kind::Wiki => {
                let code = self.code.unwrap_or_default();
                let stack = format!("{} {code}: {}\n    at wikijs-fake", self.slug, self.message);
                exception.insert("stack".to_owned(), json!(stack));
                exception.insert("code".to_owned(), json!(code));
                exception.insert("message".to_owned(), json!(self.message));
            }
            Kind::Plain => {}
            Kind::GraphQl => {
                exception.insert("message".to_owned(), json!(self.message));
            }
            Kind::Database(sqlstate) => {
                exception.insert("name".to_owned(), json!(self.slug));
                exception.insert(
                    "nativeError".to_owned(),
                    json!({"name": "error", "severity": "ERROR", "code": sqlstate}),
                );
                exception.insert("client".to_owned(), json!("postgres"));
            }
            Kind::Connection => {
                exception.insert("errno".to_owned(), json!(-111));
                exception.insert("code".to_owned(), json!("ECONNREFUSED"));
                exception.insert("syscall".to_owned(), json!("connect"));
                exception.insert("address".to_owned(), json!(DATABASE_ADDRESS));
                exception.insert("port".to_owned(), json!(DATABASE_PORT));
            }
        }
        if !production {
            let lines: Vec<_> = stack.lines().collect();
            exception.insert("stacktrace".to_owned(), json!(lines));
        }
        if exception.is_empty() {
            json!({"code": "INTERNAL_SERVER_ERROR"})
        } else {
            json!({"code": "INTERNAL_SERVER_ERROR", "exception": exception})
        }
    }
}
