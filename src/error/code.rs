//! Error codes of Wiki.js.

use std::fmt;

/// Declares the codes: number, variant, name in Wiki.js, message.
macro_rules! codes {
    ($($number:literal $variant:ident $slug:literal $text:literal;)*) => {
        /// An error code of Wiki.js 2.x. The variants have the names of Wiki.js (`slug`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            /// 1: an unhandled exception. The slug is its JavaScript class.
            Unexpected,
            $(#[doc = concat!(stringify!($number), ": ", $text)] $variant,)*
            /// A code that this version of the crate does not know.
            Other(i64),
        }

        impl ErrorCode {
            /// Returns the number of the code (`errorCode`).
            pub const fn number(self) -> i64 {
                match self {
                    Self::Unexpected => 1,
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// Returns the name in Wiki.js, or `None` for codes without one.
            pub const fn slug(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($slug),)*
                    Self::Unexpected | Self::Other(_) => None,
                }
            }
        }

        impl From<i64> for ErrorCode {
            fn from(number: i64) -> Self {
                match number {
                    1 => Self::Unexpected,
                    $($number => Self::$variant,)*
                    other => Self::Other(other),
                }
            }
        }
    };
}

codes! {
    1001 AuthGenericError "AuthGenericError" "An unexpected error occurred during login.";
    1002 AuthLoginFailed "AuthLoginFailed" "Invalid email / username or password.";
    1003 AuthProviderInvalid "AuthProviderInvalid" "Invalid authentication provider.";
    1004 AuthAccountAlreadyExists "AuthAccountAlreadyExists" "An account already exists using this email address.";
    1005 AuthTfaFailed "AuthTFAFailed" "Incorrect TFA Security Code.";
    1006 AuthTfaInvalid "AuthTFAInvalid" "Invalid TFA Security Code or Login Token.";
    1007 BruteInstanceIsInvalid "BruteInstanceIsInvalid" "Invalid Brute Force Instance.";
    1008 BruteTooManyAttempts "BruteTooManyAttempts" "Too many attempts! Try again later.";
    1009 UserCreationFailed "UserCreationFailed" "An unexpected error occurred during user creation.";
    1010 AuthRegistrationDisabled "AuthRegistrationDisabled" "Registration is disabled. Contact your system administrator.";
    1011 AuthRegistrationDomainUnauthorized "AuthRegistrationDomainUnauthorized" "You are not authorized to register. Your domain is not whitelisted.";
    1012 InputInvalid "InputInvalid" "Input data is invalid.";
    1013 AuthAccountBanned "AuthAccountBanned" "Your account has been disabled.";
    1014 AuthAccountNotVerified "AuthAccountNotVerified" "You must verify your account before your can login.";
    1015 AuthValidationTokenInvalid "AuthValidationTokenInvalid" "Invalid validation token.";
    1016 UserNotFound "UserNotFound" "This user does not exist.";
    1017 UserDeleteForeignConstraint "UserDeleteForeignConstraint" "Cannot delete user because of content relational constraints.";
    1018 UserDeleteProtected "UserDeleteProtected" "Cannot delete a protected system account.";
    1019 AuthRequired "AuthRequired" "You must be authenticated to access this resource.";
    1020 AuthPasswordInvalid "AuthPasswordInvalid" "Password is incorrect.";
    2001 AssetGenericError "AssetGenericError" "An unexpected error occurred during asset operation.";
    2002 AssetFolderExists "AssetFolderExists" "An asset folder with the same name already exists.";
    2003 AssetDeleteForbidden "AssetDeleteForbidden" "You are not authorized to delete this asset.";
    2004 AssetInvalid "AssetInvalid" "This asset does not exist or is invalid.";
    2005 AssetRenameCollision "AssetRenameCollision" "An asset with the same filename in the same folder already exists.";
    2006 AssetRenameForbidden "AssetRenameForbidden" "You are not authorized to rename this asset.";
    2007 AssetRenameInvalid "AssetRenameInvalid" "The new asset filename is invalid.";
    2008 AssetRenameInvalidExt "AssetRenameInvalidExt" "The file extension cannot be changed on an existing asset.";
    2009 AssetRenameTargetForbidden "AssetRenameTargetForbidden" "You are not authorized to rename this asset to the requested name.";
    3001 MailGenericError "MailGenericError" "An unexpected error occurred during mail operation.";
    3002 MailNotConfigured "MailNotConfigured" "The mail configuration is incomplete or invalid.";
    3003 MailTemplateFailed "MailTemplateFailed" "Mail template failed to load.";
    3004 MailInvalidRecipient "MailInvalidRecipient" "The recipient email address is invalid.";
    4001 SearchGenericError "SearchGenericError" "An unexpected error occurred during search operation.";
    4002 SearchActivationFailed "SearchActivationFailed" "Search Engine activation failed.";
    5001 LocaleGenericError "LocaleGenericError" "An unexpected error occurred during locale operation.";
    5002 LocaleInvalidNamespace "LocaleInvalidNamespace" "Invalid locale or namespace.";
    6001 PageGenericError "PageGenericError" "An unexpected error occurred during a page operation.";
    6002 PageDuplicateCreate "PageDuplicateCreate" "Cannot create this page because an entry already exists at the same path.";
    6003 PageNotFound "PageNotFound" "This page does not exist.";
    6004 PageEmptyContent "PageEmptyContent" "Page content cannot be empty.";
    6005 PageIllegalPath "PageIllegalPath" "Page path cannot contains illegal characters.";
    6006 PagePathCollision "PagePathCollision" "Destination page path already exists.";
    6007 PageMoveForbidden "PageMoveForbidden" "You are not authorized to move this page.";
    6008 PageCreateForbidden "PageCreateForbidden" "You are not authorized to create this page.";
    6009 PageUpdateForbidden "PageUpdateForbidden" "You are not authorized to update this page.";
    6010 PageDeleteForbidden "PageDeleteForbidden" "You are not authorized to delete this page. Also for a create that is refused.";
    6011 PageRestoreForbidden "PageRestoreForbidden" "You are not authorized to restore this page version.";
    6012 PageHistoryForbidden "PageHistoryForbidden" "You are not authorized to view the history of this page.";
    6013 PageViewForbidden "PageViewForbidden" "You are not authorized to view this page.";
    7001 SystemGenericError "SystemGenericError" "An unexpected error occurred.";
    7002 SystemSslDisabled "SystemSSLDisabled" "SSL is not enabled.";
    7003 SystemSslRenewInvalidProvider "SystemSSLRenewInvalidProvider" "Current provider does not support SSL certificate renewal.";
    7004 SystemSslLeUnavailable "SystemSSLLEUnavailable" "Let's Encrypt is not initialized.";
    8001 CommentGenericError "CommentGenericError" "An unexpected error occurred.";
    8002 CommentPostForbidden "CommentPostForbidden" "You are not authorized to post a comment on this page.";
    8003 CommentContentMissing "CommentContentMissing" "Comment content is missing or too short.";
    8004 CommentManageForbidden "CommentManageForbidden" "You are not authorized to manage comments on this page.";
    8005 CommentNotFound "CommentNotFound" "This comment does not exist.";
    8006 CommentViewForbidden "CommentViewForbidden" "You are not authorized to view comments for this page.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slug() {
            Some(slug) => write!(f, "{} {slug}", self.number()),
            None => self.number().fmt(f),
        }
    }
}
