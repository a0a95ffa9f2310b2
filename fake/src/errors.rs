//! Failures in the form in which Wiki.js reports them: its own codes, and errors of JavaScript and of the database.

use serde_json::{Value, json};

/// The address of the database.
const DATABASE_ADDRESS: &str = "127.0.0.1";

/// A failure of a resolver.
///
/// In a query it becomes a GraphQL error; most mutations catch it and return a `responseResult`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    /// Name of the JavaScript class, which is the slug in a `responseResult`.
    pub(crate) slug: &'static str,
    /// Code of Wiki.js, if it has one.
    pub(crate) code: Option<i64>,
    /// `extensions.exception` of its GraphQL error, without the stack trace.
    exception: Box<Value>,
    /// `true` if mutations do not catch it.
    pub(crate) is_uncaught: bool,
}

/// Returns a failure unless a condition holds.
pub(crate) fn ensure(condition: bool, failure: impl FnOnce() -> Failure) -> Result<(), Failure> {
    if condition { Ok(()) } else { Err(failure()) }
}

/// Declares the failures with codes of Wiki.js.
macro_rules! wiki_errors {
    ($($name:ident = $code:literal $slug:literal $message:literal;)*) => {
        impl Failure {
            $(pub(crate) fn $name() -> Self {
                Self::of_wiki($code, $slug, $message)
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
    /// Returns an error that JavaScript throws, or Wiki.js without a code.
    fn new(slug: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            slug,
            code: None,
            exception: Box::new(json!({})),
            is_uncaught: false,
        }
    }

    fn of_wiki(code: i64, slug: &'static str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(slug, message);
        let message = &failure.message;
        let stack = format!("{slug} {code}: {message}\n    at wikijs-fake");
        *failure.exception = json!({"stack": stack, "code": code, "message": message});
        failure.code = Some(code);
        failure
    }

    /// Returns a plain `Error`.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::new("Error", message)
    }

    /// Returns a `TypeError`.
    pub(crate) fn type_error(message: impl Into<String>) -> Self {
        Self::new("TypeError", message)
    }

    /// Returns the `SyntaxError` of a text that is not JSON.
    pub(crate) fn syntax_error(text: &str) -> Self {
        let first = text.chars().next().unwrap_or_default();
        let message = format!("Unexpected token '{first}', \"{text}\" is not valid JSON");
        Self::new("SyntaxError", message)
    }

    /// Returns the failure of fields that must be strings.
    pub(crate) fn not_strings(fields: &[&str]) -> Self {
        let reasons = fields
            .iter()
            .map(|field| format!("{field}: should be string"));
        Self::new("ValidationError", reasons.collect::<Vec<_>>().join(", "))
    }

    /// Returns a GraphQL error.
    pub(crate) fn graphql(message: impl Into<String>) -> Self {
        let mut failure = Self::new("GraphQLError", message);
        *failure.exception = json!({"message": failure.message});
        failure
    }

    /// Returns the failure of a field that must not be null.
    pub(crate) fn null_for_non_null(type_name: &str, field: &str) -> Self {
        Self::error(format!(
            "Cannot return null for non-nullable field {type_name}.{field}."
        ))
    }

    /// Returns the `TypeError` of a property of null or undefined.
    pub(crate) fn property_of(nothing: &str, name: &str) -> Self {
        Self::type_error(format!(
            "Cannot read properties of {nothing} (reading '{name}')"
        ))
    }

    /// Returns the failure of invalid data of a person.
    pub(crate) fn input_invalid(message: impl Into<String>) -> Self {
        Self::of_wiki(1012, "InputInvalid", message)
    }

    /// Returns the failure of a value that the model refuses.
    pub(crate) fn validation(message: &str) -> Self {
        Self::new("ValidationError", message)
    }

    /// Returns the failure of a page that could not be rendered.
    pub(crate) fn render_page() -> Self {
        Self::error("Error when running job render-page: injected by wikijs-fake")
    }

    /// Returns the failure of a write during which the wiki was stopped. No client receives it.
    pub(crate) fn stopped() -> Self {
        Self::error("The wiki was stopped.")
    }

    /// Returns the failure of a thrown value without a name, so that the `slug` of a `responseResult` is null.
    pub(crate) fn nameless() -> Self {
        Self::new("", "An unexpected error occured.")
    }

    /// Returns the failure of a thrown null, which Wiki.js cannot convert into a `responseResult`.
    pub(crate) fn null() -> Self {
        let failure = Self::property_of("null", "code");
        Self {
            is_uncaught: true,
            ..failure
        }
    }

    /// Returns the failure of a statement that the database refuses, with the error of its driver.
    pub(crate) fn of_database(
        slug: &'static str,
        message: String,
        client: &str,
        native: &Value,
    ) -> Self {
        let mut failure = Self::new(slug, message);
        *failure.exception = json!({"name": slug, "nativeError": native, "client": client});
        failure
    }

    /// Returns the failure to connect to the database at this port.
    pub(crate) fn database_away(port: u16) -> Self {
        let mut failure = Self::error(format!("connect ECONNREFUSED {DATABASE_ADDRESS}:{port}"));
        *failure.exception = json!({
            "errno": -111, "code": "ECONNREFUSED", "syscall": "connect",
            "address": DATABASE_ADDRESS, "port": port,
        });
        failure
    }

    /// Returns the failure to connect to the database of a Wiki.js 1.
    pub(crate) fn mongo_unreachable() -> Self {
        let message = "failed to connect to server [127.0.0.1:27017] on first connect";
        Self::new("MongoNetworkError", message)
    }

    /// Returns the refusal of a client that sends too many requests.
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        Self::graphql(format!(
            "Too many requests, please try again in {seconds} seconds."
        ))
    }

    /// Returns the `extensions` of its GraphQL error.
    pub(crate) fn extensions(&self, production: bool) -> Value {
        let mut exception = Value::clone(&self.exception);
        if !production {
            let stack = format!("{}: {}\n    at wikijs-fake", self.slug, self.message);
            exception["stacktrace"] = stack.lines().collect();
        }
        let mut extensions = json!({"code": "INTERNAL_SERVER_ERROR"});
        if exception != json!({}) {
            extensions["exception"] = exception;
        }
        extensions
    }
}
