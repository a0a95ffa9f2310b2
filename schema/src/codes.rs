//! The error codes of Wiki.js.

/// Passes the error codes of Wiki.js 2.x to a macro. A row has the number, a name in the style of Rust, the name in
/// Wiki.js (`slug`), the class of the failure, the time of the failure, and the message.
///
/// The class is one of `Conflict`, `Forbidden`, `InvalidInput`, `NotFound`, `RateLimited`, `Unauthenticated` and `Other`.
/// The time is `before` if Wiki.js returns the code only before it changes anything. Generic codes may be returned at
/// `any` time, and so may those of mail, which is sent after a user is stored, and those of moving a page, with which
/// `pages.update` and `pages.restore` end. Messages are quoted from Wiki.js, including misspelled ones. Code 1, an
/// unhandled exception, has no row.
///
/// ```
/// macro_rules! slugs {
///     ($($number:literal $name:ident $slug:literal $class:ident $time:ident $message:literal;)*) => {
///         [$(($number, $slug)),*]
///     };
/// }
///
/// let slugs = wikijs_schema::error_codes!(slugs);
/// assert!(slugs.contains(&(6003, "PageNotFound")));
/// ```
#[macro_export]
macro_rules! error_codes {
    ($callback:ident) => {
        $callback! {
            1001 AuthGenericError "AuthGenericError" Other any "An unexpected error occured during login.";
            1002 AuthLoginFailed "AuthLoginFailed" Unauthenticated before "Invalid email / username or password.";
            1003 AuthProviderInvalid "AuthProviderInvalid" Other before "Invalid authentication provider.";
            1004 AuthAccountAlreadyExists "AuthAccountAlreadyExists" Conflict before "An account already exists using this email address.";
            1005 AuthTfaFailed "AuthTFAFailed" Unauthenticated before "Incorrect TFA Security Code.";
            1006 AuthTfaInvalid "AuthTFAInvalid" Unauthenticated before "Invalid TFA Security Code or Login Token.";
            1007 BruteInstanceIsInvalid "BruteInstanceIsInvalid" Other before "Invalid Brute Force Instance.";
            1008 BruteTooManyAttempts "BruteTooManyAttempts" RateLimited before "Too many attempts! Try again later.";
            1009 UserCreationFailed "UserCreationFailed" Other any "An unexpected error occured during user creation.";
            1010 AuthRegistrationDisabled "AuthRegistrationDisabled" Forbidden before "Registration is disabled. Contact your system administrator.";
            1011 AuthRegistrationDomainUnauthorized "AuthRegistrationDomainUnauthorized" Forbidden before "You are not authorized to register. Your domain is not whitelisted.";
            1012 InputInvalid "InputInvalid" InvalidInput before "Input data is invalid.";
            1013 AuthAccountBanned "AuthAccountBanned" Unauthenticated before "Your account has been disabled.";
            1014 AuthAccountNotVerified "AuthAccountNotVerified" Unauthenticated before "You must verify your account before your can login.";
            1015 AuthValidationTokenInvalid "AuthValidationTokenInvalid" Unauthenticated before "Invalid validation token.";
            1016 UserNotFound "UserNotFound" NotFound before "This user does not exist.";
            1017 UserDeleteForeignConstraint "UserDeleteForeignConstraint" Conflict before "Cannot delete user because of content relational constraints.";
            1018 UserDeleteProtected "UserDeleteProtected" Forbidden before "Cannot delete a protected system account.";
            1019 AuthRequired "AuthRequired" Unauthenticated before "You must be authenticated to access this resource.";
            1020 AuthPasswordInvalid "AuthPasswordInvalid" Unauthenticated before "Password is incorrect.";
            2001 AssetGenericError "AssetGenericError" Other any "An unexpected error occured during asset operation.";
            2002 AssetFolderExists "AssetFolderExists" Conflict before "An asset folder with the same name already exists.";
            2003 AssetDeleteForbidden "AssetDeleteForbidden" Forbidden before "You are not authorized to delete this asset.";
            2004 AssetInvalid "AssetInvalid" NotFound before "This asset does not exist or is invalid.";
            2005 AssetRenameCollision "AssetRenameCollision" Conflict before "An asset with the same filename in the same folder already exists.";
            2006 AssetRenameForbidden "AssetRenameForbidden" Forbidden before "You are not authorized to rename this asset.";
            2007 AssetRenameInvalid "AssetRenameInvalid" InvalidInput before "The new asset filename is invalid.";
            2008 AssetRenameInvalidExt "AssetRenameInvalidExt" InvalidInput before "The file extension cannot be changed on an existing asset.";
            2009 AssetRenameTargetForbidden "AssetRenameTargetForbidden" Forbidden before "You are not authorized to rename this asset to the requested name.";
            3001 MailGenericError "MailGenericError" Other any "An unexpected error occured during mail operation.";
            3002 MailNotConfigured "MailNotConfigured" Other any "The mail configuration is incomplete or invalid.";
            3003 MailTemplateFailed "MailTemplateFailed" Other any "Mail template failed to load.";
            3004 MailInvalidRecipient "MailInvalidRecipient" InvalidInput any "The recipient email address is invalid.";
            4001 SearchGenericError "SearchGenericError" Other any "An unexpected error occured during search operation.";
            4002 SearchActivationFailed "SearchActivationFailed" Other any "Search Engine activation failed.";
            5001 LocaleGenericError "LocaleGenericError" Other any "An unexpected error occured during locale operation.";
            5002 LocaleInvalidNamespace "LocaleInvalidNamespace" Other before "Invalid locale or namespace.";
            6001 PageGenericError "PageGenericError" Other any "An unexpected error occured during a page operation.";
            6002 PageDuplicateCreate "PageDuplicateCreate" Conflict before "Cannot create this page because an entry already exists at the same path.";
            6003 PageNotFound "PageNotFound" NotFound before "This page does not exist.";
            6004 PageEmptyContent "PageEmptyContent" InvalidInput before "Page content cannot be empty.";
            6005 PageIllegalPath "PageIllegalPath" InvalidInput any "Page path cannot contains illegal characters.";
            6006 PagePathCollision "PagePathCollision" Conflict any "Destination page path already exists.";
            6007 PageMoveForbidden "PageMoveForbidden" Forbidden any "You are not authorized to move this page.";
            6008 PageCreateForbidden "PageCreateForbidden" Forbidden before "You are not authorized to create this page.";
            6009 PageUpdateForbidden "PageUpdateForbidden" Forbidden before "You are not authorized to update this page.";
            6010 PageDeleteForbidden "PageDeleteForbidden" Forbidden before "You are not authorized to delete this page.";
            6011 PageRestoreForbidden "PageRestoreForbidden" Forbidden before "You are not authorized to restore this page version.";
            6012 PageHistoryForbidden "PageHistoryForbidden" Forbidden before "You are not authorized to view the history of this page.";
            6013 PageViewForbidden "PageViewForbidden" Forbidden before "You are not authorized to view this page.";
            7001 SystemGenericError "SystemGenericError" Other any "An unexpected error occured.";
            7002 SystemSslDisabled "SystemSSLDisabled" Other before "SSL is not enabled.";
            7003 SystemSslRenewInvalidProvider "SystemSSLRenewInvalidProvider" Other before "Current provider does not support SSL certificate renewal.";
            7004 SystemSslLeUnavailable "SystemSSLLEUnavailable" Other before "Let's Encrypt is not initialized.";
            8001 CommentGenericError "CommentGenericError" Other any "An unexpected error occured.";
            8002 CommentPostForbidden "CommentPostForbidden" Forbidden before "You are not authorized to post a comment on this page.";
            8003 CommentContentMissing "CommentContentMissing" InvalidInput before "Comment content is missing or too short.";
            8004 CommentManageForbidden "CommentManageForbidden" Forbidden before "You are not authorized to manage comments on this page.";
            8005 CommentNotFound "CommentNotFound" NotFound before "This comment does not exist.";
            8006 CommentViewForbidden "CommentViewForbidden" Forbidden before "You are not authorized to view comments for this page.";
        }
    };
}
